/* SPDX-License-Identifier: MIT */
/* History that is loaded while it is scrolled, from a store of numbered messages. */
#include "screen.h"

enum { LONG = 20000 };

static uint64_t stored; /* places 1 .. stored hold "message N" */
static size_t asked;    /* wishes that were answered */
static bool longer;     /* two of three with LONG bytes */
static int rows, cols;

static void start(void)
{
    screen_start();
    stored = 5000;
    asked = 0;
    longer = false;
    rows = 13;
    cols = 40;
}

TestSuite(pages, .init = start, .fini = screen_stop);

static struct hl_line_new message(uint64_t pos, char text[static LONG + 1])
{
    snprintf(text, 32, longer ? "<%d>" : "message %d", (int)pos);
    if (longer) {
        size_t len = strlen(text);
        size_t end = pos % 3 == 0 ? len + 1 : LONG;
        memset(text + len, '.', end - len);
        text[end] = '\0';
    }
    return (struct hl_line_new){.kind = HL_LINE_IN,
                                .sender = "bob",
                                .text = text,
                                .len = strlen(text),
                                .flags = HL_LINE_SEEN,
                                .stamp = {2026, 11, 21, 9, 5, 0},
                                .row = pos + 100,
                                .pos = pos};
}

static void put(const struct hl_ui_want *w, bool front, uint64_t pos)
{
    char text[LONG + 1];
    struct hl_line_new line = message(pos, text);

    hl_ui_page_line(ui, w, front, &line);
}

static bool older(const struct hl_ui_want *w, uint64_t before)
{
    uint64_t pos = before == 0 || before > stored ? stored + 1 : before;
    int n = 0;

    for (; pos > 1 && n < HL_UI_PAGE; n++)
        put(w, true, --pos);
    return n < HL_UI_PAGE;
}

static bool newer(const struct hl_ui_want *w, uint64_t after)
{
    int n = 0;

    for (; after < stored && n < HL_UI_PAGE; n++)
        put(w, false, ++after);
    return n < HL_UI_PAGE;
}

static void answer(const struct hl_ui_want *w)
{
    bool first = true;
    bool end = true;

    asked++;
    if (w->kind == HL_UI_OLDER)
        first = older(w, w->pos);
    if (w->kind == HL_UI_AROUND && w->pos != 0)
        first = older(w, w->pos + 1);
    if (w->kind != HL_UI_OLDER)
        end = newer(w, w->pos);
    hl_ui_page_end(ui, w, first, end);
}

/* A frame, and what it asks for. */
static void settle(void)
{
    struct hl_ui_want w;

    for (int i = 0; i < 20; i++) {
        screen(rows, cols);
        if (!hl_ui_want(ui, &w))
            return;
        answer(&w);
    }
    cr_assert_fail("it never has enough");
}

/* The conversation with its last count messages. */
static void open_chat(uint64_t count)
{
    char text[LONG + 1];

    room(1, "bob");
    hl_ui_select(ui, 1);
    for (uint64_t pos = stored - count + 1; pos <= stored; pos++) {
        struct hl_line_new line = message(pos, text);
        hl_ui_line(ui, 1, &line);
    }
    hl_ui_above(ui, 1);
    settle();
}

Test(pages, older_ones_come_before_they_are_needed)
{
    open_chat(50);
    cr_assert_eq(asked, 0);
    shows(13, 40, "message 5000\n");
    for (int i = 4992; i > 0 && i > 4992 - 8 * 400; i -= 8) {
        char text[32];
        type("\033[5~");
        settle();
        snprintf(text, sizeof(text), "bob  message %d\n >", i > 0 ? i : 10);
        hides(13, 40, "loading");
        shows(13, 40, "more");
    }
    cr_assert_leq(hl_ui_lines(ui, 1)->count, HL_LINES_MAX);
    cr_assert_leq(asked, 20);
}

/* A key that is held is faster than the store. */
Test(pages, scrolling_goes_on_when_a_page_comes)
{
    char want[65536];

    open_chat(50);
    for (int i = 0; i < 20; i++)
        type("\033[5~");
    for (int i = 0; i < 3; i++)
        type("\033[1;2A");
    screen(13, 40);
    settle();
    cr_assert_gt(asked, 0);
    snprintf(want, sizeof(want), "%s", screen(13, 40));
    hl_ui_clear(ui, 1);
    open_chat(50);
    for (int i = 0; i < 23; i++) {
        type(i < 20 ? "\033[5~" : "\033[1;2A");
        settle();
    }
    is_screen(13, 40, want);
}

/* But not after something else was done. */
Test(pages, scrolling_back_forgets_what_was_to_come)
{
    open_chat(50);
    for (int i = 0; i < 30; i++)
        type("\033[5~");
    type("\033[6~");
    settle();
    shows(13, 40, "message 49"); /* among the first that were there */
    for (int i = 0; i < 30; i++)
        type("\033[5~");
    type("\033>");
    settle();
    shows(13, 40, "message 5000\n");
}

Test(pages, the_view_stays_when_a_page_comes)
{
    struct hl_ui_want w;
    char before[65536];

    open_chat(50);
    type("\033[5~\033[5~\033[5~");
    snprintf(before, sizeof(before), "%s", screen(13, 40));
    cr_assert(hl_ui_want(ui, &w));
    struct hl_ui_want other;
    cr_assert_not(hl_ui_want(ui, &other), "one at a time");
    cr_assert_eq(w.kind, HL_UI_OLDER);
    cr_assert_eq(w.pos, stored - 49);
    for (uint64_t pos = w.pos; pos > w.pos - 100; pos--) {
        put(&w, true, pos - 1);
        cr_assert_str_eq(screen(13, 40), before); /* no jolt at any of them */
        put(&w, true, pos);                       /* told twice: not shown twice */
    }
    hl_ui_page_end(ui, &w, false, false);
    cr_assert_str_eq(screen(13, 40), before);
    cr_assert_eq(hl_ui_lines(ui, 1)->count, 150);
}

Test(pages, a_short_history_ends)
{
    stored = 3;
    open_chat(3);
    cr_assert_eq(asked, 1);
    settle();
    cr_assert_eq(asked, 1, "there was nothing, it is not asked for again");
    cr_assert_eq(type("\033[5~"), HL_UI_BELL);
}

Test(pages, to_a_message_far_away_and_back)
{
    open_chat(50);
    cr_assert(hl_ui_goto(ui, 1, 1000));
    settle();
    shows(13, 40, "09:05 bob  message 1000\n09:05 bob  message 1001\n");
    shows(13, 40, "09:05 bob  message 996\n");
    const struct hl_frame *f = hl_ui_frame(ui, 13, 40);
    for (int row = 1; row < 11; row++) {
        char text[200];
        hl_frame_row(f, row, text, sizeof(text));
        bool found = strstr(text, "message 1000") != NULL;
        cr_assert_eq(f->cells[row * 40 + 12].style == HL_STYLE_FOUND, found);
    }
    shows(13, 40, "↓ more");
    cr_assert_not(hl_ui_shown(ui, 1));
    say(1, HL_LINE_IN, "bob", "new");
    shows(13, 40, "message 1000");
    for (int i = 0; i < 30; i++) {
        type("\033[5~");
        settle();
    }
    shows(13, 40, "message 760\n");
    for (int i = 0; i < 600; i++) {
        type("\033[6~");
        settle();
    }
    shows(13, 40, "new\n");
    cr_assert(hl_ui_shown(ui, 1));
    cr_assert_leq(hl_ui_lines(ui, 1)->count, 500);
}

Test(pages, old_ones_are_copied_where_they_are_read)
{
    struct hl_ui_want w;

    open_chat(50);
    hl_ui_goto(ui, 1, 1000);
    settle();
    type("\033w");
    shows(13, 40, "message 1000\nmessage 1001\n");
    hides(13, 40, "bob");
    cr_assert_not(hl_ui_want(ui, &w), "it stands still");
    type("\033[5~");
    shows(13, 40, "message 990\n");
    type("q");
    settle();
    shows(13, 40, "bob  message 1000\n");
}

Test(pages, every_message_is_passed_once)
{
    char want[32];
    int next = 1;

    open_chat(20);
    type("\033<"); /* the very first one, which is not here */
    settle();
    shows(13, 40, "─\n09:05 bob  message 1\n");
    for (; next <= (int)stored - 9; next++) {
        snprintf(want, sizeof(want), "message %d\n", next + 8);
        shows(13, 40, want);
        type("\033[1;5B"); /* one row down */
        settle();
    }
    shows(13, 40, "message 5000\n");
    hides(13, 40, "more");
}

/* A window over the past forgets what is far behind. */
Test(pages, the_first_ones_come_again_after_a_long_way)
{
    open_chat(20);
    type("\033<");
    settle();
    for (int i = 0; i < 570; i++) {
        type("\033[6~");
        settle();
    }
    hides(13, 40, "message 5000\n");
    for (int i = 0; i < 640; i++) {
        type("\033[5~");
        settle();
    }
    shows(13, 40, "─\n09:05 bob  message 1\n");
}

/* An edit makes one message so long that others give way. */
Test(pages, what_an_edit_pushes_out_comes_again)
{
    enum { MOST = LONG + 2000 };
    struct hl_line_new line;
    char text[LONG + 1];

    hl_ui_free(ui);
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo", .bytes_max = MOST});
    stored = 100;
    open_chat(stored);
    cr_assert_eq(hl_lines_first_pos(hl_ui_lines(ui, 1)), 1);
    longer = true;
    line = message(95, text);
    longer = false;
    hl_ui_replace(ui,
                  &(struct hl_ui_at){
                      .conv = 1, .line = hl_lines_by_pos(hl_ui_lines(ui, 1), 95), .row = line.row},
                  &line);
    cr_assert_leq(hl_ui_lines(ui, 1)->bytes, MOST);
    cr_assert_gt(hl_lines_first_pos(hl_ui_lines(ui, 1)), 1);
    for (int i = 0; i < 200; i++) {
        type("\033[5~");
        settle();
    }
    shows(13, 40, "─\n09:05 bob  message 1\n");
}

Test(pages, a_full_window_goes_on_in_another)
{
    hl_ui_free(ui);
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo", .lines_max = 500});
    open_chat(200);
    for (int i = 0; i < 200; i++) {
        type("\033[5~");
        settle();
    }
    cr_assert_leq(hl_ui_lines(ui, 1)->count, 500);
    shows(13, 40, "message 3393\n");
    say(1, HL_LINE_IN, "bob", "new");
    type("\033>");
    settle();
    shows(13, 40, "new\n");
}

Test(pages, two_panes_read_at_different_places)
{
    open_chat(50);
    hl_ui_frame(ui, 30, 40);
    type("\x18"
         "2");
    hl_ui_goto(ui, 1, 1000);
    settle();
    type("\x18o");
    hl_ui_goto(ui, 1, 2000);
    settle();
    shows(30, 40, "message 1000\n");
    shows(30, 40, "message 2000\n");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .row = 2100}, HL_LINE_DELIVERED, NULL);
    shows(30, 40, "message 2000        delivered\n");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .row = 5100, .pos = 5000}, HL_LINE_READ, NULL);
    shows(30, 40, "message 2000             read\n");
    struct hl_line_new line = {.text = "changed",
                               .len = 7,
                               .flags = HL_LINE_EDITED,
                               .after = "+1 2",
                               .quote = "you: what?"};
    hl_ui_replace(ui, &(struct hl_ui_at){.conv = 1, .row = 1100}, &line);
    shows(30, 40,
          "           │ you: what?\n"
          "09:05 bob  changed                edited\n"
          "           +1 2\n");
    type("\x18"
         "0");
    settle();
    shows(30, 40, "changed");
}

Test(pages, what_is_not_there)
{
    struct hl_ui_want w;

    open_chat(50);
    stored = 300;
    hl_ui_goto(ui, 1, 900);
    settle();
    shows(13, 50, "no longer there");
    shows(13, 40, "message");
    cr_assert_not(hl_ui_goto(ui, 77, 1));
    hl_ui_goto(ui, 1, 20);
    screen(13, 40);
    cr_assert(hl_ui_want(ui, &w));
    type("\033>"); /* the user does not want it any more */
    answer(&w);
    shows(13, 40, "message 5000\n");
    hl_ui_goto(ui, 1, 21);
    cr_assert(hl_ui_want(ui, &w));
    hl_ui_conv_remove(ui, 1);
    answer(&w); /* nobody is there */
    hl_ui_page_end(ui, &w, true, true);
}

Test(pages, a_failure_is_no_loop)
{
    struct hl_ui_want w;

    open_chat(50);
    hl_ui_goto(ui, 1, 900);
    cr_assert(hl_ui_want(ui, &w));
    hl_ui_page_end(ui, &w, true, true);
    screen(13, 40);
    cr_assert_not(hl_ui_want(ui, &w));
    shows(13, 40, "message 5000\n");
}

/* On a screen that has room for one of them, fifty of which are a window. */
static void open_long(uint64_t count)
{
    longer = true;
    stored = 400;
    rows = 24;
    cols = 1000;
    open_chat(count);
}

static bool is_here(int number)
{
    char want[32];

    snprintf(want, sizeof(want), " <%d>.", number);
    return strstr(screen(rows, cols), want) != NULL;
}

/* Page by page, until it is there. */
static void go_to(int number, const char *key)
{
    for (int i = 0; i < 3 && !is_here(number); i++) {
        type(key);
        settle();
    }
    cr_assert(is_here(number), "message %d was passed over", number);
}

Test(pages, long_messages_are_passed_too)
{
    open_long(20);
    cr_assert(hl_ui_goto(ui, 1, 150));
    settle();
    cr_assert(is_here(150));
    cr_assert_null(strstr(screen(rows, cols), "not there"));
    for (int number = 149; number >= 100; number--)
        go_to(number, "\033[5~");
    for (int number = 101; number <= 120; number++)
        go_to(number, "\033[6~");
    cr_assert_leq(asked, 10);
}
