/* SPDX-License-Identifier: MIT */
#include "screen.h"

TestSuite(view, .init = screen_start, .fini = screen_stop);

static void chat(void)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    say(1, HL_LINE_NOTICE, NULL, "talking to 192.0.2.1:4855");
    say(1, HL_LINE_IN, "bob", "hi 漢字 there");
    uint64_t id = say(1, HL_LINE_OUT, "you", "a line that is long enough to be wrapped here");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .line = id}, HL_LINE_UNCONFIRMED, NULL);
}

Test(view, eighty_columns)
{
    chat();
    uint64_t id = say(1, HL_LINE_OUT, "you", "second");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .line = id}, HL_LINE_FAILED, "refused");
    say(1, HL_LINE_OUT, "you", "third");
    type("draft");
    is_screen(12, 80,
              " hullo · bob                                                            F1 help\n"
              "\n\n\n"
              "─── Saturday, 21 November 2026 ─────────────────────────────────────────────────\n"
              "09:05   *  talking to 192.0.2.1:4855\n"
              "09:05 bob  hi 漢字 there\n"
              "09:05 you  a line that is long enough to be wrapped here       sent, unconfirmed\n"
              "09:05 you  second                                                failed: refused\n"
              "09:05 you  third\n"
              " open  udp 192.0.2.7:4855 → 192.0.2.1:4855  sent 3  received 5\n"
              "> draft\n");
}

Test(view, forty_by_ten)
{
    chat();
    is_screen(10, 40,
              " hullo · bob                    F1 help\n"
              "\n"
              "─── Saturday, 21 November 2026 ─────────\n"
              "09:05   *  talking to 192.0.2.1:4855\n"
              "09:05 bob  hi 漢字 there\n"
              "09:05 you  a line that is long enough to\n"
              "           be wrapped here\n"
              "                       sent, unconfirmed\n"
              " open  udp 192.0.2.1:4855  sent 3\n"
              ">\n");
}

Test(view, ten_by_three)
{
    chat();
    is_screen(3, 10,
              "sent, unc…\n"
              " open\n"
              ">\n");
}

Test(view, one_by_one)
{
    chat();
    is_screen(1, 1, "\n");
    type("x");
    screen(1, 1);
    const struct hl_frame *f = hl_ui_frame(ui, 1, 1);
    cr_assert(f->cursor_visible && f->cursor_row == 0 && f->cursor_col == 0);
}

Test(view, any_size_of_any_screen)
{
    static const char *const texts[] = {
        "漢字漢字漢字漢字漢字",
        "\U0001F600\U0001F600 \U0001F600",
        "\xd8\xa7\xd9\x84\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85", /* Arabic */
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "e\u0301e\u0301e\u0301",
        "one\ntwo\n\nthree",
        "",
    };

    for (uint32_t id = 1; id < 8; id++) {
        room(id, id % 2 ? "漢字漢字漢字漢字漢字漢字漢字" : "bob.example.org");
        hl_ui_select(ui, id % 3);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
            say(id, (enum hl_line_kind)(i % 4), "sender", texts[i]);
            type(texts[i]);
        }
    }
    for (int rows = 1; rows <= 30; rows++) {
        for (int cols = 1; cols <= 130; cols += cols < 12 ? 1 : 5) {
            const struct hl_frame *f = hl_ui_frame(ui, rows, cols);
            cr_assert_eq(f->rows, rows);
            cr_assert_eq(f->cols, cols);
            cr_assert(f->cursor_visible);
            cr_assert(f->cursor_row >= 0 && f->cursor_row < rows);
            cr_assert(f->cursor_col >= 0 && f->cursor_col < cols);
            type(rows % 2 ? "\033[5~" : "\033[6~");
            type(cols % 3 ? "\x0e" : "\033OP");
        }
    }
}

Test(view, list_of_conversations)
{
    room(1, "bob");
    room(2, "eve.example.org");
    room(12, "漢字漢字漢字漢字漢字漢字");
    hl_ui_select(ui, 1);
    for (int i = 0; i < 3; i++)
        say(2, HL_LINE_IN, "eve.example.org", "hello");
    say(1, HL_LINE_IN, "bob", "hi");
    is_screen(8, 70,
              " hullo · bob                                                  F1 help\n"
              "     hullo      │\n"
              " 1   bob        │\n"
              " 2   eve.exam… 3│\n"
              "12   漢字漢字漢…│─── Saturday, 21 November 2026 ──────────────────────\n"
              "                │09:05 bob  hi\n"
              " unread 3: eve.example.org  open  udp 192.0.2.7:4855 → 192.0.2.1:4855\n"
              ">\n");
    shows(8, 100, "sent 3  received 5  [1]\n");
    hl_ui_select(ui, 12);
    shows(8, 100, "[12]\n"); /* as M-1..9 and the list number it */
    hl_ui_select(ui, 0);
    hides(8, 100, "[");
    hl_ui_select(ui, 1);
    hides(8, 59, "│"); /* too narrow for a list */
    shows(8, 59, "unread 3");
}

Test(view, unread_marker)
{
    room(1, "bob");
    room(2, "eve");
    hl_ui_select(ui, 1);
    say(1, HL_LINE_IN, "bob", "old");
    hl_ui_select(ui, 2);
    say(1, HL_LINE_IN, "bob", "fresh");
    say(1, HL_LINE_IN, "bob", "fresher");
    hl_ui_select(ui, 1);
    shows(10, 50,
          "09:05 bob  old\n"
          "─── new ──────────────────────────────────────────\n"
          "09:05 bob  fresh\n"
          "09:05 bob  fresher\n");
    type("answer\r");
    hides(10, 50, "new");
}

Test(view, scrolled_view_stays)
{
    char text[32];

    room(1, "bob");
    hl_ui_select(ui, 1);
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        say(1, HL_LINE_IN, "bob", text);
    }
    screen(13, 40); /* ten rows of messages */
    type("\033[5~");
    shows(13, 40, "line 32\n");
    hides(13, 40, "line 42\n");
    shows(13, 40, "↓ 8 more");
    char before[4096];
    snprintf(before, sizeof(before), "%.*s", 200, screen(13, 40));
    say(1, HL_LINE_IN, "bob", "newest");
    cr_assert_eq(strncmp(before, screen(13, 40), 200), 0);
    shows(13, 40, "↓ 9 more");
    type("\033[6~\033[6~");
    shows(13, 40, "newest\n");
    hides(13, 40, "more");
    type("\033<");
    shows(13, 40, "November 2026 ─────────\n09:05 bob  line 0\n");
    cr_assert_eq(type("\033[5~"), HL_UI_BELL);
    type("\033>");
    shows(13, 40, "newest\n");
    type("\033[1;5A"); /* one line up */
    hides(13, 40, "newest\n");
    shows(13, 40, "line 49\n");
}

Test(view, scrolled_view_survives_the_ring)
{
    char text[32];

    room(1, "bob");
    hl_ui_select(ui, 1);
    for (int i = 0; i < 100; i++)
        say(1, HL_LINE_IN, "bob", "old");
    screen(13, 40);
    type("\033<");
    for (int i = 0; i < HL_LINES_MAX + 5; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        say(1, HL_LINE_IN, "bob", text);
    }
    shows(13, 40, "line 5\n"); /* the oldest that is left */
    shows(13, 40, "↓ 9992 more");
}

Test(view, day_changes)
{
    struct hl_line_new line = {.kind = HL_LINE_NOTICE, .text = "x", .len = 1};

    line.stamp = (struct hl_stamp){2026, 12, 31, 23, 59, 59};
    hl_ui_line(ui, 0, &line);
    line.stamp = (struct hl_stamp){2027, 1, 1, 0, 0, 1};
    hl_ui_line(ui, 0, &line);
    shows(8, 40,
          "─── Thursday, 31 December 2026 ─────────\n"
          "23:59 *  x\n"
          "─── Friday, 1 January 2027 ─────────────\n"
          "00:00 *  x\n");
}

Test(view, marks_of_messages)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    hl_ui_line(ui, 1,
               &(struct hl_line_new){.kind = HL_LINE_IN,
                                     .sender = "bob",
                                     .text = "a\uFFFD",
                                     .len = 4,
                                     .flags = HL_LINE_BAD_UTF8 | HL_LINE_CUT});
    shows(8, 60, "00:00 bob  a\uFFFD                     not valid UTF-8, cut short\n");
}

Test(view, long_draft_shows_its_cursor)
{
    static char text[10001];

    memset(text, 'a', sizeof(text) - 1);
    text[9999] = 'z';
    hl_ui_draft(ui, 0, text, 10000);
    shows(24, 80, "az\n");
    const struct hl_frame *f = hl_ui_frame(ui, 24, 80);
    cr_assert_eq(f->cursor_row, 23);
    type("\001"); /* start of the line */
    shows(24, 80, "> aaa");
    f = hl_ui_frame(ui, 24, 80);
    cr_assert_eq(f->cursor_col, 2);
    cr_assert_eq(f->cursor_row, 14);
}

Test(view, cursor_at_the_end_of_a_full_row)
{
    type("12345678901234567"); /* 2 + 17 of 20 */
    const struct hl_frame *f = hl_ui_frame(ui, 10, 20);
    cr_assert_eq(f->cursor_col, 19);
    type("8");
    f = hl_ui_frame(ui, 10, 20);
    cr_assert_eq(f->cursor_row, 9);
    cr_assert_eq(f->cursor_col, 2);
    type("漢");
    f = hl_ui_frame(ui, 10, 20);
    cr_assert_eq(f->cursor_col, 4);
}

Test(view, help_page)
{
    type("\033OP");
    shows(24, 80, " Moving\n");
    shows(24, 80, "Left, C-b");
    shows(24, 80, " Esc: back  PageDown: more  /: search\n");
    type(" ");
    hides(24, 80, " Commands\n");
    type("jkb");
    shows(24, 80, " Commands\n");
    type("G");
    hides(24, 80, " Moving\n");
    shows(24, 80, "  title  ");
    shows(500, 80, " Commands\n");
    shows(500, 80, "  /quit                    leave\n");
    shows(500, 80, " Settings\n");
    type("q");
    hides(500, 80, "Commands");
    type("\033OPx"); /* typing leaves it */
    shows(24, 80, "> x\n");
    hides(24, 80, "Moving");
}

Test(view, terminal_without_utf8)
{
    hl_ui_free(ui);
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo", .ascii = true});
    chat();
    room(2, "eve");
    type("漢é");
    const char *have = screen(10, 80);
    for (const char *p = have; *p != '\0'; p++)
        cr_assert((unsigned char)*p < 0x80);
    shows(10, 80, "> ??\n");
}

Test(view, large)
{
    chat();
    cr_assert_not_null(strstr(screen(60, 200), "sent, unconfirmed\n"));
}

/* ---- lines that are kept no longer ---- */

static void few_lines(void)
{
    screen_start();
    hl_ui_free(ui);
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo", .lines_max = 5});
    cr_assert_not_null(ui);
    room(1, "bob");
    hl_ui_select(ui, 1);
}

TestSuite(view_forgotten, .init = few_lines, .fini = screen_stop);

static void say_numbers(uint64_t pos, int count)
{
    for (int n = 1; n <= count; n++) {
        char text[16];
        snprintf(text, sizeof text, "line %d", n);
        hl_ui_line(ui, 1,
                   &(struct hl_line_new){.kind = HL_LINE_IN,
                                         .sender = "bob",
                                         .text = text,
                                         .len = strlen(text),
                                         .pos = pos > 0 ? pos + (uint64_t)n : 0,
                                         .stamp = {2026, 11, 21, 9, 5, 0}});
    }
}

Test(view_forgotten, the_top_says_so)
{
    say_numbers(0, 5);
    hides(12, 50, "no longer kept");
    say_numbers(0, 1);
    shows(12, 50, "─── 1 older line is no longer kept ─");
    say_numbers(0, 2);
    shows(12, 50,
          "─── 3 older lines are no longer kept ─────────────\n"
          "─── Saturday, 21 November 2026 ───────────────────\n"
          "09:05 bob  line 4\n");
    shows(12, 20, "─── 3 gone ─────────\n");
    hides(7, 50, "3 older lines");
    type("\033[5~\033[5~"); /* PgUp */
    shows(7, 50, "3 older lines");
    hl_ui_clear(ui, 1);
    say_numbers(0, 1);
    hides(12, 50, "no longer kept");
}

/* What is in the store is asked for instead. */
Test(view_forgotten, what_is_stored_is_not_gone)
{
    struct hl_ui_want w;

    say_numbers(7, 8);
    hides(6, 50, "no longer kept");
    type("\033[5~");
    hides(6, 50, "no longer kept");
    cr_assert(hl_ui_want(ui, &w));
    cr_assert_eq(w.kind, HL_UI_OLDER);
}
