/* SPDX-License-Identifier: MIT */
#include "keys.h"
#include "screen.h"

enum { ROWS = 14, COLS = 80 };

/* bob's pane above eve's, beside the list: row 1 is bob's title, row 6 is eve's. */
static void start(void)
{
    screen_start();
    room(1, "bob");
    room(2, "eve");
    hl_ui_select(ui, 1);
    for (int i = 0; i < 30; i++)
        say(1, HL_LINE_IN, "bob", "hi");
    say(2, HL_LINE_IN, "eve", "psst");
    screen(ROWS, COLS);
}

TestSuite(mouse, .init = start, .fini = screen_stop);

/* One report: button, column and row from 1, press or release. */
static void report(int button, int row, int col, char final)
{
    char bytes[64];

    snprintf(bytes, sizeof(bytes), "\033[<%d;%d;%d%c", button, col + 1, row + 1, final);
    type(bytes);
    screen(ROWS, COLS);
}

static void click(int row, int col)
{
    report(0, row, col, 'M');
    report(0, row, col, 'm');
}

Test(mouse, a_click_in_the_list_selects)
{
    click(3, 2);
    cr_expect_eq(hl_ui_selected(ui), 2);
    click(2, 2);
    cr_expect_eq(hl_ui_selected(ui), 1);
    click(9, 2); /* below the last one */
    cr_expect_eq(hl_ui_selected(ui), 1);
}

Test(mouse, a_click_focuses_the_pane)
{
    type("\x18"
         "2\x18o\033"
         "2");
    screen(ROWS, COLS);
    cr_expect_eq(hl_ui_selected(ui), 2);
    click(2, 50);
    cr_expect_eq(hl_ui_selected(ui), 1);
    click(9, 50);
    cr_expect_eq(hl_ui_selected(ui), 2);
}

Test(mouse, the_wheel_scrolls_what_is_under_it)
{
    type("\x18"
         "2\x18o\033"
         "2");
    hides(ROWS, COLS, "more");
    report(64, 2, 50, 'M');
    shows(ROWS, COLS, "↓ 3 more");
    cr_expect_eq(hl_ui_selected(ui), 2, "the focus went with it");
    report(65, 2, 50, 'M');
    hides(ROWS, COLS, "more");
}

/* The column of the rule between the panes: the last one in a row. */
static int rule_at(int row)
{
    const struct hl_frame *f = hl_ui_frame(ui, ROWS, COLS);
    int found = -1;

    for (int col = 0; col < COLS; col++) {
        const struct hl_cell *cell = &f->cells[row * COLS + col];
        if (cell->len == 3 && memcmp(cell->text, "\u2502", 3) == 0)
            found = col;
    }
    return found;
}

Test(mouse, a_rule_is_dragged)
{
    type("\x18"
         "3");
    screen(ROWS, COLS);
    int rule = rule_at(5);
    cr_assert_gt(rule, 30);
    report(0, 5, rule, 'M');
    report(32, 7, rule - 5, 'M');
    cr_expect_eq(rule_at(5), rule - 5);
    report(32, 7, rule + 7, 'M');
    cr_expect_eq(rule_at(5), rule + 7);
    report(32, 5, 16000, 'M'); /* as far as it goes */
    int limit = rule_at(5);
    cr_expect(limit > rule + 7 && limit < COLS - 1);
    report(0, 5, rule, 'm');
    report(32, 5, rule, 'M');
    cr_expect_eq(rule_at(5), limit, "it was let go");
}

Test(mouse, a_title_is_dragged)
{
    type("\x18"
         "2");
    screen(ROWS, COLS);
    char layout[HL_SPLITS_TEXT];
    char moved[HL_SPLITS_TEXT];
    hl_ui_layout(ui, layout);
    report(0, 7, 50, 'M');
    report(32, 9, 50, 'M');
    report(0, 9, 50, 'm');
    hl_ui_layout(ui, moved);
    cr_expect_str_neq(layout, moved);
}

Test(mouse, a_click_places_the_cursor)
{
    static const struct {
        const char *draft;
        int col;
        const char *typed; /* with X where the cursor was put */
    } rows[] = {{"hello", 4, "heXllo"},
                {"hello", 2, "Xhello"},
                {"hello", 40, "helloX"},
                {"\u6f22\u5b57", 4, "\u6f22X\u5b57"},
                {"\u6f22\u5b57", 5, "\u6f22X\u5b57"},
                {"e\u0301x", 3, "e\u0301Xx"},
                {"\U0001f468\u200d\U0001f469 a", 6, "\U0001f468\u200d\U0001f469X a"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len;
        hl_ui_draft(ui, 1, rows[i].draft, strlen(rows[i].draft));
        screen(ROWS, COLS);
        click(ROWS - 1, rows[i].col);
        type("X");
        cr_expect_str_eq(hl_ui_drafted(ui, &len), rows[i].typed, "row %zu", i);
        type("\025\013"); /* C-u C-k */
    }
}

Test(mouse, nothing_is_hit_that_a_list_hides)
{
    type("\033x"); /* the palette */
    click(3, 2);
    report(64, 4, 40, 'M');
    type("\033");
    cr_expect_eq(hl_ui_selected(ui), 1);
    hides(ROWS, COLS, "more");
    type("\033x");
    click(3, 2);
    type("\033");
    cr_expect_eq(hl_ui_selected(ui), 1);
}

Test(mouse, a_search_stays_with_its_draft)
{
    size_t len;

    type("first\rsecond\rsecret\x12"
         "fir");
    click(3, 2);
    cr_expect_eq(hl_ui_selected(ui), 2);
    type("\007"); /* C-g */
    cr_expect_str_eq(hl_ui_drafted(ui, &len), "");
    hides(ROWS, COLS, "search fir");
}

Test(mouse, a_paste_is_asked_about_where_it_is_sent)
{
    static const char paste[] = "\033[200~1\n2\n3\n4\n5\n6\n7\033[201~";

    type(paste);
    click(3, 2);
    type(paste);
    cr_expect_eq(type("\r"), HL_UI_NONE);
    click(2, 2);
    cr_expect_eq(type("\r"), HL_UI_NONE, "that was another one");
    cr_expect_eq(type("\r"), HL_UI_SUBMIT);
}

/* Whatever is reported, nothing breaks: places outside of the screen too. */
Test(mouse, anything_anywhere)
{
    unsigned seed = 1;

    type("\x18"
         "2\x18"
         "3");
    for (int i = 0; i < 3000; i++) {
        static const int buttons[] = {0, 32, 64, 65, 1, 4, 99};
        seed = seed * 1103515245 + 12345;
        int rows = 1 + (int)(seed >> 8) % 30;
        int cols = 1 + (int)(seed >> 12) % 100;
        char bytes[64];
        snprintf(bytes, sizeof(bytes), "\033[<%d;%d;%d%c", buttons[(seed >> 5) % 7],
                 (int)(seed >> 16) % 120, (int)(seed >> 20) % 40, seed & 64 ? 'M' : 'm');
        type(bytes);
        screen(rows, cols);
    }
}
