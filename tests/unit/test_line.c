/* SPDX-License-Identifier: MIT */
/* The input line on the screen: its rows, the cursor in them, earlier input, and keys that wait for
 * another one. */
#include "screen.h"

#include "edit.h"
#include "frame.h"

TestSuite(line, .init = screen_start, .fini = screen_stop);

#define UP     "\033[A"
#define DOWN   "\033[B"
#define LEFT   "\033[D"
#define CTRL_X "\x18"

static void drafts(const char *want)
{
    size_t len;
    const char *have = hl_ui_drafted(ui, &len);

    cr_expect_str_eq(have, want);
}

/* ---- rows ---- */

Test(line, grows_and_scrolls_inside)
{
    type("1\n2\n3\n4\n5\n6\n7\n8\n9");
    shows(24, 20, "9 lines> 1\n         2\n");
    shows(10, 20, "9 lines> 5\n         6\n         7\n         8\n         9\n");
    hides(10, 20, "4");
    const struct hl_frame *f = hl_ui_frame(ui, 10, 20);
    cr_assert_eq(f->cursor_row, 9);
    /* The view stays while the cursor moves in it, and follows where it leaves. */
    type(UP UP UP UP);
    shows(10, 20, "         9\n");
    f = hl_ui_frame(ui, 10, 20);
    cr_assert_eq(f->cursor_row, 5);
    type(UP);
    hides(10, 20, "         9\n");
    shows(10, 20, "9 lines> 4\n         5\n         6\n         7\n         8\n");
    type(UP UP UP);
    shows(10, 20, "9 lines> 1\n");
    type(DOWN DOWN);
    shows(10, 20, "9 lines> 1\n");
}

Test(line, grows_to_ten_rows_at_most)
{
    for (int i = 0; i < 30; i++)
        type("x\n");
    const struct hl_frame *f = hl_ui_frame(ui, 80, 80);
    int rows = 0;
    char text[512];
    for (int row = 1; row < 79; row++) {
        hl_frame_row(f, row, text, sizeof(text));
        rows += strstr(text, "x") != NULL;
    }
    cr_assert_eq(rows, 9); /* and the empty one of the cursor */
}

Test(line, up_and_down_go_by_rows)
{
    type("earlier\r");
    for (int i = 0; i < 50; i++)
        type("0123456789");
    shows(24, 80, "> 0123456789");
    size_t at = 500;
    type(UP);
    type("|");
    const char *text = hl_ui_drafted(ui, NULL);
    cr_assert_eq(strchr(text, '|') - text, (long)at - 78);
    type("\x1f");
    for (int i = 0; i < 10; i++)
        type(UP);
    drafts("earlier"); /* above the first row */
    type(DOWN);
    cr_assert_eq(strlen(hl_ui_drafted(ui, NULL)), at); /* it came back whole */
}

Test(line, up_and_down_keep_their_column)
{
    type("abcdef\nx\nghijkl");
    shows(24, 80, "3 lines> abcdef");
    type(UP UP "|");
    drafts("abcdef|\nx\nghijkl");
    type("\x1f" LEFT LEFT DOWN DOWN "|");
    drafts("abcdef\nx\nghij|kl");
}

Test(line, up_stops_between_clusters)
{
    type("漢字漢字\nabc" LEFT LEFT);
    shows(24, 80, "2 lines> ");
    type(UP "|");
    drafts("|漢字漢字\nabc");
}

/* Keys may come faster than frames. */
Test(line, up_before_the_frame)
{
    shows(24, 40, "\n>\n");
    type("aaaa\nbb" UP "|");
    drafts("aa|aa\nbb");
}

/* Wherever the cursor is in the text, at any size, it is on the screen and in the input line. */
Test(line, the_cursor_stays_on_the_screen)
{
    static const int sizes[][2] = {{24, 80}, {5, 20}, {3, 3}, {1, 1}, {2, 9}, {4, 10}, {1, 80}};
    static const char *const texts[] = {
        "",
        "x",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345",
        "a\n\n\nb\n",
        "漢字漢字漢字漢字漢字漢字",
        "👨\u200d👩\u200d👧\u200d👦🇩🇪e\u0301\u0301\tx\n\n漢"};

    for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
        hl_ui_draft(ui, 0, texts[t], strlen(texts[t]));
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            type("\x05" DOWN DOWN DOWN DOWN DOWN DOWN "\x05");
            for (int step = 0; step < 90; step++) {
                const struct hl_frame *f = hl_ui_frame(ui, sizes[s][0], sizes[s][1]);
                cr_assert(f->cursor_visible);
                cr_assert(f->cursor_row >= 0 && f->cursor_row < sizes[s][0]);
                cr_assert(f->cursor_col >= 0 && f->cursor_col < sizes[s][1]);
                cr_assert_gt(f->cursor_row + 11, sizes[s][0]);
                type(step % 7 == 0 ? UP : LEFT);
            }
        }
        type("\x03\x03");
    }
}

/* ---- earlier input ---- */

Test(line, a_search_that_is_left_gives_the_draft_back)
{
    type("alpha\rbeta\r");
    type("half" LEFT LEFT "\x12"
         "alp");
    drafts("alpha");
    type("\x07");
    drafts("half");
    type("|");
    drafts("ha|lf");
}

Test(line, a_search_goes_both_ways)
{
    type("one x\rtwo x\rthree x\r");
    type("\x12x");
    drafts("three x");
    type("\x12\x12");
    drafts("one x");
    type("\x13");
    drafts("two x");
    type("\x13");
    drafts("three x");
    cr_assert_eq(type("\x13"), HL_UI_BELL);
    type("\005!");
    drafts("three x!");
}

Test(line, finds_input_that_begins_alike)
{
    type("/msg bob hi\rhello\r/msg eve yo\r/names\r");
    type("/msg");
    type("\033\x10"); /* C-M-p */
    drafts("/msg eve yo");
    type("\033\x10");
    drafts("/msg bob hi");
    cr_assert_eq(type("\033\x10"), HL_UI_BELL);
    drafts("/msg bob hi");
    type("\033\x0e");
    drafts("/msg eve yo");
    type("\033\x0e");
    drafts("/msg"); /* what was typed */
    type("x");
    drafts("/msgx");
}

Test(line, what_does_not_begin_alike_stays_as_it_was)
{
    type("one\rtwo\r");
    type("zzz");
    cr_assert_eq(type("\033\x10"), HL_UI_BELL);
    drafts("zzz");
    type("\033[A");
    drafts("two");
    type("\033[A");
    drafts("one");
    type("\033[B\033[B");
    drafts("zzz");
}

Test(line, the_last_word_of_earlier_input)
{
    type("see http://a.example/\rhello bob \r");
    type("to \033.");
    drafts("to bob");
    type("\033.");
    drafts("to http://a.example/");
    cr_assert_eq(type("\033."), HL_UI_BELL);
    drafts("to http://a.example/");
    type(" \033.");
    drafts("to http://a.example/ bob");
    type("\x1f");
    drafts("to http://a.example/ ");
}

/* ---- keys that wait for another one ---- */

Test(line, numbers_repeat_keys)
{
    type("one two three four");
    type("\0330"
         "2\x17"); /* C-w twice */
    drafts("one two ");
    type("\x19"); /* and they are one kill */
    drafts("one two three four");
    type("\033-"
         "\033"
         "3"
         "\006"); /* three to the left, though C-f */
    type("\0330\0331\0332*");
    drafts("one two three f************our");
    type("\033-\006|");
    drafts("one two three f***********|*our");
    cr_assert_eq(type("\033-\033u"), HL_UI_BELL); /* there is no other way round */
    type("\0330"
         "3");
    shows(5, 40, "times 3");
    cr_assert_eq(type("\007"), HL_UI_BELL);
    hides(5, 40, "times");
    type("!");
    drafts("one two three f***********|!*our");
    type("\0330"
         "0x");
    drafts("one two three f***********|!*our");
}

Test(line, a_number_is_bounded)
{
    type("\0330"
         "99999999999999999999"
         "y");
    size_t len;
    hl_ui_drafted(ui, &len);
    cr_assert_eq(len, 9999);
    type("\0330"
         "99999"
         "\010"); /* stops where nothing is left */
    drafts("");
}

Test(line, quoted_keys)
{
    type("a\x11\tb\x11\rc\x11\x11");
    drafts("a\tb\nc");
    shows(10, 70, "messages hold no control characters except Tab and Enter");
    type("\x11/\x11漢\033\t");
    drafts("a\tb\nc/漢\t");
    type("\x11");
    shows(10, 70, "C-q-");
    cr_assert_eq(type("\033"), HL_UI_BELL);
    type("x");
    drafts("a\tb\nc/漢\tx");
    cr_assert_eq(type("\x11\033[200~p\rq\033[201~"), HL_UI_NONE);
    drafts("a\tb\nc/漢\txp\nq");
}

Test(line, seeks_a_character)
{
    type("one two\001");
    type("\x1dt|");
    drafts("one |two");
    type("\033\x1dn|");
    drafts("o|ne |two");
    cr_assert_eq(type("\x1dz"), HL_UI_BELL);
    cr_assert_eq(type("\x1d\x07"), HL_UI_BELL);
}

Test(line, the_mark)
{
    type("one two");
    type("\033 "); /* M-Space */
    type("\001" CTRL_X "\x18|");
    drafts("one two|");
    type("\x1f" CTRL_X "\x18"
         "\006\006\006" CTRL_X "\x17");
    drafts("one");
    type(CTRL_X "\x15"); /* C-x C-u */
    drafts("one two");
    type("\033r");
    drafts("");
}

/* ---- from right to left ---- */

static int cursor_col(int rows, int cols)
{
    return hl_ui_frame(ui, rows, cols)->cursor_col;
}

Test(line, a_draft_from_right_to_left_is_drawn_as_messages_are)
{
    type("שלום");
    shows(6, 40, "\n>  םולש\n");
    cr_assert_eq(cursor_col(6, 40), 2, "the next letter goes to the left end");
    type("\x02");
    cr_assert_eq(cursor_col(6, 40), 3, "on the last letter");
    type("\x01");
    cr_assert_eq(cursor_col(6, 40), 6, "on the first letter");
    type("\x05 abc");
    shows(6, 40, "\n>  abc םולש\n");
    cr_assert_eq(cursor_col(6, 40), 2);
    type("\x02");
    cr_assert_eq(cursor_col(6, 40), 5, "on c");
}

Test(line, a_word_from_right_to_left_in_another_draft)
{
    type("abc שלום");
    shows(6, 40, "\n> abc םולש\n");
    cr_assert_eq(cursor_col(6, 40), 10, "behind it: the paragraph goes on there");
    type("\x02");
    cr_assert_eq(cursor_col(6, 40), 6, "on its last letter, which is the leftmost");
    type("\x02\x02\x02");
    cr_assert_eq(cursor_col(6, 40), 9);
    type("\x02");
    cr_assert_eq(cursor_col(6, 40), 5, "on the space");
}

Test(line, rows_from_right_to_left)
{
    type("\033[200~שלום עולם\rxyz\rאב\033[201~");
    shows(9, 40, "\n3 lines>  םלוע םולש\n         xyz\n          בא\n");
    cr_assert_eq(cursor_col(9, 40), 9);
    type("\x05\033[A\033[A"); /* up twice, at the left */
    cr_assert_eq(cursor_col(9, 40), 9);
    type("!");
    shows(9, 40, "\n3 lines>  !םלוע םולש\n");
}

Test(line, a_list_from_right_to_left)
{
    room(1, "אבג");
    type("\x18"
         "bא");
    shows(6, 40, "\n גבא\n");
    shows(6, 40, "\ngo to:  א\n");
    cr_assert_eq(cursor_col(6, 40), 7);
}
