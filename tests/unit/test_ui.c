/* SPDX-License-Identifier: MIT */
#include "screen.h"

TestSuite(ui, .init = screen_start, .fini = screen_stop);

Test(ui, enter_submits_the_draft)
{
    room(1, "bob");
    cr_assert(hl_ui_select(ui, 1));
    cr_assert_eq(type("hallo\r"), HL_UI_SUBMIT);
    cr_assert_eq(last.conv, 1);
    cr_assert_eq(last.len, 5);
    cr_assert_str_eq(last.text, "hallo");
    cr_assert_eq(type("\r"), HL_UI_NONE); /* nothing is left to send */
}

Test(ui, a_paste_is_never_sent)
{
    cr_assert_eq(type("\033[200~one\rtwo\r/quit\r\033[201~"), HL_UI_NONE);
    shows(10, 40, "4 lines> one\n         two\n         /quit\n");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "one\ntwo\n/quit\n");
}

Test(ui, each_conversation_has_its_draft)
{
    room(1, "bob");
    room(2, "eve");
    hl_ui_select(ui, 1);
    type("for bob");
    hl_ui_select(ui, 2);
    hides(10, 80, "for bob");
    type("for eve");
    hl_ui_select(ui, 1);
    shows(10, 80, "> for bob\n");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "for bob");
    hl_ui_select(ui, 2);
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "for eve");
}

Test(ui, history_keeps_the_draft)
{
    type("one\rtwo\r");
    type("draft\033[A\033[A");
    shows(5, 40, "> one\n");
    type("\033[B\033[B");
    shows(5, 40, "> draft\n");
}

Test(ui, incremental_search)
{
    type("first apple\rpear\rsecond apple\r");
    type("\x12"
         "app");
    shows(5, 60, "search app: second apple\n");
    type("\x12");
    shows(5, 60, "search app: first apple\n");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "first apple");
    type("\x12zzz");
    shows(5, 60, "nothing more with zzz:");
    type("\x07");
    hides(5, 60, "search");
}

Test(ui, completion)
{
    type("/q\t");
    shows(5, 40, "> /quit\n");
    type("\x15/c\t"); /* the candidates differ after the first letter */
    shows(5, 40, "/connect /close");
    type("onn\t");
    shows(5, 40, "> /connect\n");
    type("b\t");
    shows(5, 40, "bob bert");
    type("\x7f漢\t");
    shows(5, 40, "> /connect 漢字\n");
    cr_assert_eq(type("\x15no\t"), HL_UI_BELL);
}

Test(ui, quitting_takes_intent)
{
    type("text");
    cr_assert_eq(type("\x03"), HL_UI_NONE); /* clears */
    cr_assert_eq(type("\x03"), HL_UI_NONE); /* warns */
    shows(5, 40, "C-c again quits");
    cr_assert_eq(type("x\x7f\x03"), HL_UI_NONE); /* another key came between */
    cr_assert_eq(type("\x03"), HL_UI_QUIT);
    cr_assert_eq(type("\x04"), HL_UI_QUIT); /* C-d on an empty line */
    cr_assert_eq(type("x\001\x04"), HL_UI_NONE);
}

Test(ui, keys_of_the_program)
{
    cr_assert_eq(type("\x1a"), HL_UI_SUSPEND);
    cr_assert_eq(type("\x0c"), HL_UI_REDRAW);
}

Test(ui, choosing_conversations)
{
    room(1, "bob");
    room(2, "eve");
    room(5, "kim");
    type("\033"
         "5");
    cr_assert_eq(hl_ui_selected(ui), 5);
    type("\x0e");
    cr_assert_eq(hl_ui_selected(ui), 0);
    type("\x10");
    cr_assert_eq(hl_ui_selected(ui), 5);
    cr_assert_eq(type("\033"
                      "9"),
                 HL_UI_BELL);
    say(2, HL_LINE_IN, "eve", "psst");
    type("\033a");
    cr_assert_eq(hl_ui_selected(ui), 2);
    type("\033a"); /* all is read: back */
    cr_assert_eq(hl_ui_selected(ui), 5);
    cr_assert_eq(type("\033a"), HL_UI_BELL);
    type("\x18"
         "l");
    cr_assert_eq(hl_ui_selected(ui), 2);
    hl_ui_conv_remove(ui, 2);
    cr_assert_eq(hl_ui_selected(ui), 1);
    hl_ui_conv_remove(ui, 1);
    hl_ui_conv_remove(ui, 0); /* stays */
    cr_assert_eq(hl_ui_selected(ui), 0);
}

Test(ui, a_full_draft_says_so)
{
    static char text[70000];

    memset(text, 'x', sizeof(text) - 1);
    hl_ui_draft(ui, 0, text, 65000);
    hl_ui_draft(ui, 0, text, 65000);
    shows(5, 60, "the draft is full");
}

Test(ui, one_conversation_cannot_push_out_the_others)
{
    static char text[60000];

    memset(text, 'x', sizeof(text) - 1);
    room(1, "bob");
    say(1, HL_LINE_IN, "bob", "remember me");
    for (uint32_t id = 2; id < 30; id++) {
        room(id, "stranger");
        for (int i = 0; i < 80; i++)
            say(id, HL_LINE_IN, "stranger", text);
    }
    size_t bytes = 0;
    for (uint32_t id = 0; id < 30; id++)
        bytes += hl_ui_lines(ui, id)->bytes;
    cr_assert_leq(bytes, HL_UI_BYTES);
    cr_assert_eq(hl_ui_lines(ui, 1)->count, 1);
}

Test(ui, form_asks_three_questions)
{
    static const struct hl_ui_question q[HL_UI_FORM_FIELDS] = {
        {"Local port", "4855", NULL}, {"Peer address", NULL, NULL}, {"Peer port", "4855", NULL}};

    cr_assert_eq(hl_ui_form_open(ui, "Plain chat", q), 0);
    cr_assert_eq(type("70\r"), HL_UI_FORM_NEXT);
    cr_assert_eq(last.field, 0);
    cr_assert_eq(type("host.local\t\r"), HL_UI_FORM_DONE);
    cr_assert_str_eq(hl_ui_form_answer(ui, 0), "70");
    cr_assert_str_eq(hl_ui_form_answer(ui, 1), "host.local");
    cr_assert_str_eq(hl_ui_form_answer(ui, 2), "");
    hl_ui_form_error(ui, 0, "permission denied");
    is_screen(12, 50,
              " Plain chat\n"
              "\n"
              "Local port    70\n"
              "              permission denied\n"
              "Peer address  host.local\n"
              "\n"
              "Peer port      4855\n"
              "\n\n\n\n"
              "Enter: next, and at the end connect; Tab, Up, Dow…\n");
    type("\x7f");
    hides(12, 50, "permission denied");
    cr_assert_eq(type("\033[200~\n\033[201~"), HL_UI_BELL); /* an answer is one line */
    type("\025\033[200~host\nb.local\r\n\033[201~");
    cr_assert_str_eq(hl_ui_form_answer(ui, 0), "host b.local");
    for (int rows = 1; rows < 14; rows++) {
        for (int cols = 1; cols < 60; cols += 7)
            screen(rows, cols);
    }
    cr_assert_eq(type("\033"), HL_UI_QUIT);
    hl_ui_form_close(ui);
    cr_assert_str_eq(hl_ui_form_answer(ui, 1), "");
}

Test(ui, long_answers_show_their_end)
{
    static const struct hl_ui_question q[HL_UI_FORM_FIELDS] = {
        {"Name", NULL, NULL}, {"Peer address", NULL, NULL}, {"Peer port", NULL, NULL}};

    cr_assert_eq(hl_ui_form_open(ui, "Plain chat", q), 0);
    type("漢字仮名交じり文 is wide");
    shows(12, 30, "Name          じり文 is wide\n");
    for (int cols = 1; cols < 60; cols++)
        screen(12, cols);
    hl_ui_form_close(ui);
}

Test(ui, an_answer_has_255_bytes)
{
    static const struct hl_ui_question q[HL_UI_FORM_FIELDS] = {
        {"Local port", "4855", NULL}, {"Peer address", NULL, NULL}, {"Peer port", "4855", NULL}};
    char hundred[101] = {0};

    memset(hundred, 'x', 100);
    cr_assert_eq(hl_ui_form_open(ui, "Plain chat", q), 0);
    type(hundred);
    type("\x15\x19\x19");
    cr_assert_eq(strlen(hl_ui_form_answer(ui, 0)), 200);
    cr_assert_eq(type("\x19"), HL_UI_BELL); /* C-y */
    cr_assert_eq(strlen(hl_ui_form_answer(ui, 0)), 200);
    shows(12, 60, "\n              the answer is full: nothing was added\n");
    type("y");
    hides(12, 60, "full");
    hl_ui_form_close(ui);

    char initial[300] = {0};
    memset(initial, 'x', 254);
    memcpy(initial + 254, "\xe6\xbc\xa2", 3); /* U+6F22 */
    struct hl_ui_question given[HL_UI_FORM_FIELDS] = {
        {"Local port", "4855", initial}, {"Peer address", NULL, NULL}, {"Peer port", "4855", NULL}};
    cr_assert_eq(hl_ui_form_open(ui, "Plain chat", given), 0);
    cr_assert_eq(strlen(hl_ui_form_answer(ui, 0)), 254);
    hl_ui_form_close(ui);
}

Test(ui, a_wrong_answer_is_shown_where_it_stands)
{
    static const struct hl_ui_question q[HL_UI_FORM_FIELDS] = {
        {"Local port", "4855", NULL}, {"Peer address", NULL, NULL}, {"Peer port", "4855", NULL}};

    cr_assert_eq(hl_ui_form_open(ui, "Plain chat", q), 0);
    cr_assert_eq(type("70000\r"), HL_UI_FORM_NEXT);
    hl_ui_form_error(ui, last.field, "the port must be a number from 1 to 65535");
    is_screen(12, 40,
              " Plain chat\n"
              "\n"
              "Local port    70000\n"
              "              the port must be a number\n"
              "              from 1 to 65535\n"
              "Peer address\n"
              "\n"
              "Peer port      4855\n"
              "\n\n\n"
              "Enter: next, and at the end connect; Ta…\n");
    cr_assert_eq(hl_ui_frame(ui, 12, 40)->cursor_row, 2);
    shows(24, 80, "Local port    70000\n              the port must be a number from 1 to 65535\n");
    type("\t");
    shows(24, 80, "from 1 to 65535"); /* to leave a field does not mend it */
    cr_assert_eq(hl_ui_frame(ui, 4, 40)->cursor_row, 0, "a low screen shows the field asked for");
    type("\033[Z\x7f"
         "\r");
    hides(24, 80, "from 1 to 65535");
    cr_assert_eq(hl_ui_frame(ui, 24, 80)->cursor_row, 4);
    hl_ui_form_close(ui);
}

Test(ui, escape_and_text_at_once)
{
    type("\033OP"
         "\033/net");
    shows(24, 80, "> /net\n");
    hides(24, 80, "Moving");
    cr_assert_eq(type("\033/"), HL_UI_BELL); /* nothing is open: M-/ means nothing */
    shows(24, 80, "> /net\n");
    type("\x15one\r\x12on\033/x"); /* the same out of a search */
    shows(24, 80, "> /x\n");
    type("\033OP\033<"); /* M-< has a meaning there */
    shows(24, 80, "Moving");
}
