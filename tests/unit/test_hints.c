/* SPDX-License-Identifier: MIT */
/* Hints name the keys that are bound now. */
#include "screen.h"

#include "keymap.h"

static struct hl_keymap map;

static void start(void)
{
    screen_start();
    hl_ui_free(ui);
    map = (struct hl_keymap){.count = 0};
    ui = hl_ui_new(&(struct hl_ui_config){
        .title = "hullo", .commands = test_commands, .command_count = 2, .keymap = &map});
    cr_assert_not_null(ui);
}

TestSuite(hints, .init = start, .fini = screen_stop);

static void rebind(const char *key, const char *action)
{
    char why[HL_KEYMAP_WHY];

    cr_assert_eq(hl_keymap_bind(&map, key, action, why), 0, "%s", why);
}

Test(hints, help)
{
    shows(10, 40, " F1 help\n");
    rebind("F5", "help");
    shows(10, 40, " F1 help\n");
    rebind("F1", "none");
    shows(10, 40, " F5 help\n");
    rebind("F5", "default");
    shows(10, 40, " /help\n");
}

Test(hints, quitting)
{
    rebind("C-c", "none");
    rebind("M-q", "clear-or-quit");
    type("\033q");
    shows(10, 40, " M-q again quits\n");
    rebind("M-q", "none");
    type("\033xclear-or\r");
    shows(10, 40, " /quit quits\n");
}

Test(hints, a_long_paste)
{
    rebind("C-c", "none");
    rebind("M-q", "clear-or-quit");
    type("\033[200~1\r2\r3\r4\r5\r6\033[201~\r");
    shows(14, 70, "as one message? Enter again sends, M-q drops it\n");
    rebind("M-q", "none");
    type("!\r");
    shows(14, 70, "as one message? Enter again sends\n");
}

static void open_chat(void)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    hl_ui_line(ui, 1,
               &(struct hl_line_new){.kind = HL_LINE_IN,
                                     .sender = "bob",
                                     .text = "noon?",
                                     .len = 5,
                                     .entry = (const uint8_t[HL_ENTRY_MAX]){7}});
    screen(10, 60);
}

Test(hints, a_copy)
{
    open_chat();
    type("\033mw");
    shows(10, 60, " copied: C-y puts it into the input line\n");
    rebind("C-y", "none");
    rebind("C-x y", "yank");
    type("\033mw");
    shows(10, 60, " copied: C-x y puts it into the input line\n");
    rebind("C-x y", "none");
    type("\033mw");
    shows(10, 60, " copied\n");
}

Test(hints, a_key_that_waits)
{
    rebind("F5", "quoted-insert");
    type("\x11");
    shows(10, 40, " C-q-\n");
    type("x\033[15~");
    shows(10, 40, " F5-\n");
    type("x");
    rebind("C-q", "none");
    type("\033xquoted\r");
    shows(10, 40, " F5-\n");
    type("x");
    rebind("F5", "none");
    type("\033xquoted\r");
    shows(10, 40, " quoted-insert-\n");
}

Test(hints, lists)
{
    rebind("Esc", "none");
    type("\033x");
    shows(10, 60, "Enter: do it  C-g: back\n");
    type("\x07");
    room(1, "bob");
    hl_ui_select(ui, 1);
    say(1, HL_LINE_IN, "bob", "https://a.example");
    type("\x18u");
    shows(10, 60, "Enter: show it whole  C-g: back\n");
    type("\r");
    shows(10, 60, "Enter: open it  C-g: back to the list\n");
    type("\x07\x07\x13");
    shows(10, 90, "Enter: go there  Tab: where  C-g: back\n");
    rebind("Tab", "none");
    shows(10, 90, "Enter: go there  C-g: back\n");
}

/* One action in several rows of the table. */
Test(hints, a_message)
{
    open_chat();
    type("\033m");
    shows(10, 60, " Esc: back  r: reply");
    rebind("Esc", "none");
    rebind("C-g", "none");
    shows(10, 60, " q: back  r: reply");
}

Test(hints, the_keys_of_a_form_stay)
{
    const struct hl_ui_question questions[HL_UI_FORM_FIELDS] = {
        {.label = "Name"}, {.label = "Port"}, {.label = "Peer"}};

    rebind("Tab", "redraw");
    rebind("Up", "undo");
    cr_assert_eq(hl_ui_form_open(ui, "Hullo", questions), 0);
    cr_assert_eq(type("\ta\033[Ab"), HL_UI_NONE);
    cr_assert_str_eq(hl_ui_form_answer(ui, 0), "b");
    cr_assert_str_eq(hl_ui_form_answer(ui, 1), "a");
    hl_ui_form_close(ui);
}
