/* SPDX-License-Identifier: MIT */
#include "screen.h"

TestSuite(panes, .init = screen_start, .fini = screen_stop);

static void two(void)
{
    room(1, "bob");
    room(2, "eve");
    hl_ui_select(ui, 1);
    say(1, HL_LINE_IN, "bob", "hi");
    say(2, HL_LINE_IN, "eve", "psst");
}

Test(panes, below_each_other)
{
    two();
    screen(12, 50);
    type("\x18"
         "2");
    type("\033"
         "2");
    is_screen(12, 50,
              " hullo · eve                              F1 help\n"
              "━ eve ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\n"
              "\n"
              "─── Saturday, 21 November 2026 ───────────────────\n"
              "─── new ──────────────────────────────────────────\n"
              "09:05 eve  psst\n"
              "─ bob ────────────────────────────────────────────\n"
              "\n"
              "─── Saturday, 21 November 2026 ───────────────────\n"
              "09:05 bob  hi\n"
              " open  udp 192.0.2.7:4855 → 192.0.2.1:4855  sent 3\n"
              ">\n");
    say(1, HL_LINE_IN, "bob", "seen at once");
    hides(12, 50, "unread");
    type("\x18o");
    cr_assert_eq(hl_ui_selected(ui), 1);
    type("\x18"
         "0");
    cr_assert_eq(hl_ui_selected(ui), 2);
    hides(12, 50, "bob");
    cr_assert_eq(type("\x18"
                      "0"),
                 HL_UI_BELL);
}

Test(panes, beside_each_other)
{
    two();
    screen(8, 60);
    type("\x18"
         "3\x18o\033"
         "2");
    is_screen(9, 58,
              " hullo · eve                                      F1 help\n"
              "─ bob ───────────────────────│━ eve ━━━━━━━━━━━━━━━━━━━━━━\n"
              "                             │\n"
              "                             │\n"
              "                             │─── 21 November 2026 ───────\n"
              "─── 21 November 2026 ────────│─── new ────────────────────\n"
              "bob  hi                      │eve  psst\n"
              " open  udp 192.0.2.7:4855 → 192.0.2.1:4855  sent 3  [2]\n"
              ">\n");
}

Test(panes, the_same_conversation_twice)
{
    two();
    for (int i = 0; i < 40; i++)
        say(1, HL_LINE_IN, "bob", "filling");
    uint64_t ours = say(1, HL_LINE_OUT, "you", "mine");
    screen(20, 60);
    type("\x18"
         "2\033<"); /* one at the oldest line, the other at the newest */
    shows(20, 60, "↓ 35 more ━\n 1   bob      │─── Saturday, 21 November 2026 ─");
    shows(20, 60, "│09:05 bob  hi\n");
    shows(20, 60, "mine");
    shows(20, 60, "↓ 35 more ");
    say(1, HL_LINE_IN, "bob", "more");
    hides(20, 60, "unread 2");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .line = ours}, HL_LINE_READ, NULL);
    shows(20, 60, "read\n");
}

Test(panes, unread_unless_its_newest_end_is_shown)
{
    two();
    for (int i = 0; i < 40; i++)
        say(1, HL_LINE_IN, "bob", "filling");
    cr_assert(hl_ui_shown(ui, 1));
    screen(12, 50);
    type("\033<");
    cr_assert_not(hl_ui_shown(ui, 1));
    say(1, HL_LINE_IN, "bob", "behind the view");
    say(1, HL_LINE_IN, "bob", "and another");
    shows(12, 60, "unread 3: bob");
    while (hl_ui_looked(ui) != 0) {
    }
    type("\033>");
    cr_assert_eq(hl_ui_looked(ui), 1);
    cr_assert_eq(hl_ui_looked(ui), 0);
    shows(12, 50, "─ new ─");
    shows(12, 60, "unread 1: eve");
}

Test(panes, hidden_panes_show_nothing)
{
    two();
    screen(12, 60);
    type("\x18"
         "3\033"
         "2");
    cr_assert(hl_ui_shown(ui, 1) && hl_ui_shown(ui, 2));
    screen(12, 20); /* too narrow for both */
    cr_assert(!hl_ui_shown(ui, 1) && hl_ui_shown(ui, 2));
    say(1, HL_LINE_IN, "bob", "unseen");
    shows(12, 60, "unseen"); /* wide again */
    hides(12, 60, "unread");
    type("\x18z");
    shows(12, 60, "1 of 2 panes");
    cr_assert_not(hl_ui_shown(ui, 1));
    type("\x18o");
    cr_assert_eq(hl_ui_selected(ui), 1);
    type("\x18z");
    hides(12, 60, "of 2 panes");
}

Test(panes, sequences_of_two_keys)
{
    two();
    type("\x18");
    shows(12, 60, "C-x-");
    type("x"); /* means nothing: neither a key nor text */
    shows(12, 60, "\n>\n");
    type("\x18\033[200~pasted\033[201~");
    shows(12, 60, "> pasted\n");
    type("\x18\x07");
    hides(12, 60, "C-x-");
}

Test(panes, arrows_go_to_the_pane_on_that_side)
{
    two();
    screen(20, 80);
    type("\x18"
         "3\x18"
         "2\033"
         "2"); /* 2 above 1 at the left, 1 at the right */
    screen(20, 80);
    type("\x18\033[C");
    cr_assert_eq(hl_ui_selected(ui), 1);
    cr_assert_eq(type("\x18\033[C"), HL_UI_BELL);
    type("\x18\033[D");
    cr_assert_eq(hl_ui_selected(ui), 2);
    type("\x18\033[B");
    cr_assert_eq(hl_ui_selected(ui), 1);
    type("\x18"
         "1");
    hides(20, 80, "━");
}

Test(panes, a_conversation_that_goes_leaves_its_panes)
{
    two();
    screen(20, 80);
    type("\x18"
         "3\033"
         "2\x18o");
    hl_ui_conv_remove(ui, 1);
    cr_assert_eq(hl_ui_selected(ui), 0);
    hl_ui_conv_remove(ui, 2);
    screen(20, 80);
    char text[HL_SPLITS_TEXT];
    hl_ui_layout(ui, text);
    cr_assert_str_eq(text, "|5000[0 *0]");
}

Test(panes, the_layout_comes_back)
{
    char text[HL_SPLITS_TEXT];

    two();
    screen(20, 80);
    type("\x18"
         "3\x18}\033"
         "2");
    hl_ui_layout(ui, text);
    cr_assert_str_eq(text, "|5397[*2 1]");
    type("\x18"
         "1");
    cr_assert(hl_ui_set_layout(ui, text));
    cr_assert(hl_ui_shown(ui, 1) && hl_ui_selected(ui) == 2);
    cr_assert(hl_ui_set_layout(ui, "-5000[|100[9 *8] 1]")); /* two of them are not there */
    cr_assert(hl_ui_shown(ui, 1) && hl_ui_selected(ui) == 1);
    cr_assert(hl_ui_set_layout(ui, "*9"));
    cr_assert_eq(hl_ui_selected(ui), 0);
    cr_assert_not(hl_ui_set_layout(ui, "rubbish"));
}

Test(panes, any_size)
{
    two();
    cr_assert(hl_ui_set_layout(ui, "|3000[-5000[1 2] -2000[|5000[*0 1] 2]]"));
    for (int rows = 1; rows <= 30; rows++) {
        for (int cols = 1; cols <= 120; cols += cols < 40 ? 1 : 7) {
            const struct hl_frame *f = hl_ui_frame(ui, rows, cols);
            cr_assert(f->rows == rows && f->cols == cols && f->cursor_visible);
            type(rows % 2 ? "\033[5~" : "\x18o");
        }
    }
}

Test(panes, too_many_or_too_small)
{
    two();
    screen(8, 40);
    type("\x18"
         "2");
    shows(8, 40, "too small to split");
    screen(200, 1000);
    for (int i = 1; i < HL_SPLITS_MAX; i++)
        cr_assert_eq(type(i % 2 ? "\x18"
                                  "2"
                                : "\x18"
                                  "3"),
                     HL_UI_NONE);
    cr_assert_eq(type("\x18"
                      "2"),
                 HL_UI_BELL);
    shows(200, 1000, "there can be no more than 16 panes");
}

Test(panes, list_with_mentions_and_presence)
{
    hl_ui_free(ui);
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo", .nick = "Alice"});
    struct hl_ui_conv_info info = {.name = "eve",
                                   .local = "",
                                   .peer = "",
                                   .transport = "",
                                   .state = "open",
                                   .presence = HL_UI_HERE};

    cr_assert_eq(hl_ui_conv(ui, 7, &info), 0);
    info.name = "kim";
    info.presence = HL_UI_TYPING;
    cr_assert_eq(hl_ui_conv(ui, 5, &info), 0);
    info.name = "lee";
    info.alert = true;
    cr_assert_eq(hl_ui_conv(ui, 6, &info), 0);
    say(5, HL_LINE_IN, "kim", "alicette was here");
    say(7, HL_LINE_IN, "eve", "did @alice see that?");
    say(7, HL_LINE_IN, "eve", "hm");
    is_screen(7, 60,
              " hullo                                              F1 help\n"
              "     hullo    │\n"
              " 5 ✎ kim     1│\n"
              " 6 ! lee      │\n"
              " 7 ● eve    @2│\n"
              " unread 3: @eve\n"
              ">\n");
    type("\033a");
    cr_assert_eq(hl_ui_selected(ui), 7, "who names us goes first");
    const struct hl_line *line = hl_lines_get(hl_ui_lines(ui, 7), HL_LINES_START);
    cr_assert(line->flags & HL_LINE_MENTION);
    type("\033a");
    cr_assert_eq(hl_ui_selected(ui), 5);
    type("\033a");
    cr_assert_eq(hl_ui_selected(ui), 0);
}

static void typed(enum hl_ui_live live, const char *text)
{
    hl_ui_live(ui, 1, live, text, strlen(text));
}

Test(panes, live_typing)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    for (int i = 0; i < 20; i++)
        say(1, HL_LINE_IN, "bob", "said");
    typed(HL_UI_LIVE_WAITING, "");
    shows(13, 40,
          "09:05 bob  said\n"
          "─ waiting for bob to /talk, too ────────\n"
          "\n"
          "\n"
          " open");
    typed(HL_UI_LIVE_ON, "what I ty");
    type("and mine");
    shows(13, 40,
          "09:05 bob  said\n"
          "─ bob, as it is typed ──────────────────\n"
          "  what I ty\n"
          "\n"
          " open  udp 192.0.2.1:4855  sent 3\n"
          "> and mine\n");
    typed(HL_UI_LIVE_ON,
          "it is much longer than the pane is wide, so its end is what is shown: 漢字 😀");
    shows(13, 40,
          "  wide, so its end is what is shown: 漢\n"
          "  字 😀\n"
          " open");
    typed(HL_UI_LIVE_ON, "one\ntwo\nthree");
    shows(13, 40, "──\n  two\n  three\n open");
    screen(20, 60);
    type("\x18"
         "3"); /* in both panes of it */
    shows(13, 60, "  three                       │  three\n");
    for (int rows = 1; rows < 20; rows++) {
        for (int cols = 1; cols < 50; cols++)
            screen(rows, cols);
    }
    typed(HL_UI_LIVE_OFF, "");
    hides(13, 40, "typed");
    hl_ui_live(ui, 99, HL_UI_LIVE_ON, "nobody", 6);
}
