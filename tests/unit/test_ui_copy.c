/* SPDX-License-Identifier: MIT */
/* The copy view: text of messages from edge to edge, and how one gets in and out. */
#include "screen.h"

TestSuite(ui_copy, .init = screen_start, .fini = screen_stop);

static void said(int messages)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    say(1, HL_LINE_NOTICE, NULL, "a notice");
    for (int i = 1; i <= messages; i++) {
        char text[64];
        snprintf(text, sizeof text, "message %d", i);
        say(1, i % 2 ? HL_LINE_IN : HL_LINE_OUT, i % 2 ? "bob" : NULL, text);
    }
}

Test(ui_copy, text_alone)
{
    said(2);
    shows(6, 60, "bob");
    type("\033w");
    is_screen(6, 60, "message 1\nmessage 2\n\n\n\n\n");
    cr_assert_not(hl_ui_frame(ui, 6, 60)->cursor_visible);
    type("\033w");
    shows(6, 60, "bob");
}

Test(ui_copy, long_lines_flow)
{
    said(0);
    say(1, HL_LINE_IN, "bob", "0123456789abcdefghij"); /* two rows, both full */
    say(1, HL_LINE_OUT, NULL, "two\nlines");
    say(1, HL_LINE_IN, "bob", "012345678漢字");
    type("\033w");
    is_screen(7, 10, "0123456789\nabcdefghij\ntwo\nlines\n012345678\n漢字\n\n");
    static const bool flowing[] = {true, false, false, false, true, false, false};
    for (int row = 0; row < 7; row++)
        cr_assert_eq(hl_ui_frame(ui, 7, 10)->flowing[row], flowing[row], "row %d", row);
    type("\033w");
    for (int row = 0; row < 7; row++)
        cr_assert_not(hl_ui_frame(ui, 7, 10)->flowing[row]);
}

Test(ui_copy, scrolls_and_stands_still)
{
    said(30);
    type("\033w");
    is_screen(3, 20, "message 28\nmessage 29\nmessage 30\n");
    say(1, HL_LINE_IN, "bob", "later");
    is_screen(3, 20, "message 28\nmessage 29\nmessage 30\n");
    type("\033[5~");
    is_screen(3, 20, "message 26\nmessage 27\nmessage 28\n");
    type("\033[1;5A");
    is_screen(3, 20, "message 25\nmessage 26\nmessage 27\n");
    type("\033<");
    is_screen(3, 20, "message 1\nmessage 2\nmessage 3\n");
    cr_assert_eq(type("\033[5~"), HL_UI_BELL);
    type("\033[6~");
    is_screen(3, 20, "message 3\nmessage 4\nmessage 5\n");
    type("\033>");
    is_screen(3, 20, "message 29\nmessage 30\nlater\n");
    cr_assert_eq(type("\033[6~"), HL_UI_BELL);
}

/* The newest stays on a screen that gets narrower, until somebody scrolls. */
Test(ui_copy, narrower)
{
    said(0);
    say(1, HL_LINE_IN, "bob", "first");
    say(1, HL_LINE_IN, "bob", "0123456789abcdefghijklmnopqrstuvwxyz");
    screen(3, 60);
    type("\033w");
    is_screen(3, 60, "first\n0123456789abcdefghijklmnopqrstuvwxyz\n\n");
    is_screen(3, 10, "abcdefghij\nklmnopqrst\nuvwxyz\n");
    type("\033[1;5A");
    is_screen(3, 10, "0123456789\nabcdefghij\nklmnopqrst\n");
    is_screen(3, 60, "first\n0123456789abcdefghijklmnopqrstuvwxyz\n\n");
}

Test(ui_copy, opens_where_one_reads)
{
    said(30);
    screen(8, 60);
    type("\033[5~\033w");
    hides(8, 60, "message 30");
}

Test(ui_copy, keys_leave_it)
{
    static const char *const leaving[] = {"\033w", "q", "\033"};
    for (size_t i = 0; i < 3; i++) {
        said(1);
        type("\033w");
        hides(8, 60, "\n>");
        type(leaving[i]);
        shows(8, 60, "\n>");
        hides(8, 60, "> q");
    }
    type("\033w");
    type("x"); /* what is typed is not lost */
    shows(8, 60, "> x");
    type("\033w\033[I"); /* the window got the focus: nobody's key */
    hides(8, 60, "> x");
}

Test(ui_copy, nothing_to_show)
{
    type("\033w");
    is_screen(2, 10, "\n\n");
    type("\033[5~\033[6~\033<\033>");
    is_screen(1, 1, "\n");
    type("\033w");
    say(0, HL_LINE_NOTICE, NULL, "a notice");
    type("\033w");
    is_screen(2, 10, "a notice\n\n");
}

Test(ui_copy, a_late_one_does_not_move_it)
{
    char before[65536];

    room(1, "bob");
    hl_ui_select(ui, 1);
    for (uint64_t pos = 1; pos <= 40; pos += 2) {
        char text[64];
        snprintf(text, sizeof text, "message %d", (int)pos);
        hl_ui_line(ui, 1,
                   &(struct hl_line_new){
                       .kind = HL_LINE_IN, .text = text, .len = strlen(text), .pos = pos});
    }
    screen(6, 60);
    type("\033w\033[5~");
    snprintf(before, sizeof before, "%s", screen(6, 60));
    cr_assert_not(hl_ui_idle(ui));
    hl_ui_insert(ui, 1,
                 &(struct hl_line_new){.kind = HL_LINE_IN, .text = "late", .len = 4, .pos = 10});
    cr_assert_str_eq(screen(6, 60), before);
    type("q");
    cr_assert(hl_ui_idle(ui));
}

Test(ui_copy, lines_are_forgotten_while_it_is_open)
{
    said(5);
    type("\033w");
    screen(3, 20);
    hl_ui_clear(ui, 1);
    is_screen(3, 20, "\n\n\n");
    said(3);
    is_screen(3, 20, "message 1\nmessage 2\nmessage 3\n");
    hl_ui_conv_remove(ui, 1);
    screen(3, 20);
}
