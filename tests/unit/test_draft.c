/* SPDX-License-Identifier: MIT */
/* Drafts of the screen: long pastes ask before they go, and what is typed is kept. */
#include "screen.h"

#include "edit.h"
#include "settings.h"

TestSuite(draft, .init = screen_start, .fini = screen_stop);

static void paste(const char *text)
{
    type("\033[200~");
    type(text);
    type("\033[201~");
}

Test(draft, a_long_paste_asks_first)
{
    cr_assert_eq(type("\033[200~1\r2\r3\r4\r5\r6\033[201~"), HL_UI_NONE);
    shows(14, 70, "6 lines> 1\n");
    cr_assert_eq(type("\r"), HL_UI_NONE);
    shows(14, 70, "send 6 lines as one message? Enter again sends, C-c drops it");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "1\n2\n3\n4\n5\n6");
}

Test(draft, another_key_asks_again)
{
    type("\033[200~1\r2\r3\r4\r5\r6\033[201~");
    cr_assert_eq(type("\r"), HL_UI_NONE);
    type("!");
    hides(14, 70, "send 6 lines");
    cr_assert_eq(type("\r"), HL_UI_NONE);
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
}

Test(draft, control_c_drops_it)
{
    type("\033[200~1\r2\r3\r4\r5\r6\033[201~\r");
    type("\x03");
    shows(14, 70, "\n>");
    hides(14, 70, "lines>");
    cr_assert_eq(type("\r"), HL_UI_NONE);
    type("\x1f"); /* undo: it is not lost */
    shows(14, 70, "6 lines> 1\n");
}

Test(draft, what_is_short_or_typed_goes_at_once)
{
    cr_assert_eq(type("\033[200~1\r2\r3\r4\r5\033[201~\r"), HL_UI_SUBMIT);
    cr_assert_eq(type("1\n2\n3\n4\n5\n6\n7\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "1\n2\n3\n4\n5\n6\n7");
}

Test(draft, one_giant_line_asks_too)
{
    static char line[5000];

    memset(line, 'x', sizeof(line) - 1);
    hl_ui_key(ui, &(struct hl_key){.key = HL_KEY_PASTE, .paste = line, .paste_len = 4999}, &last);
    cr_assert_eq(type("\r"), HL_UI_NONE);
    shows(14, 70, "send 4999 bytes as one message?");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_eq(last.len, 4999);
}

Test(draft, the_limits_are_settings)
{
    static struct hl_settings s;

    hl_settings_init(&s);
    s.paste_lines = 2;
    hl_ui_free(ui);
    ui = hl_ui_new(&(struct hl_ui_config){.settings = &s});
    cr_assert_eq(type("\033[200~1\r2\033[201~\r"), HL_UI_SUBMIT);
    cr_assert_eq(type("\033[200~1\r2\r3\033[201~\r"), HL_UI_NONE);
}

Test(draft, a_paste_that_is_too_long_keeps_what_was_typed)
{
    static char text[HL_EDIT_MAX];

    memset(text, 'x', sizeof(text));
    type("typed");
    hl_ui_key(ui,
              &(struct hl_key){
                  .key = HL_KEY_PASTE, .paste = text, .paste_len = sizeof(text), .paste_lost = 9},
              &last);
    shows(6, 80, "the paste of 65545 bytes does not fit into the draft: nothing was added");
    shows(6, 80, "\n> typed");
    type("\x03");
    hl_ui_key(ui,
              &(struct hl_key){
                  .key = HL_KEY_PASTE, .paste = text, .paste_len = sizeof(text), .paste_lost = 9},
              &last);
    shows(6, 70, "the paste was too long: its last 9 bytes are missing");
}

Test(draft, tells_what_is_to_be_kept)
{
    struct hl_ui_kept kept;

    room(1, "bob");
    room(2, "eve");
    cr_assert_not(hl_ui_unkept(ui));
    hl_ui_select(ui, 1);
    type("for bob");
    hl_ui_select(ui, 2);
    type("for eve");
    cr_assert(hl_ui_unkept(ui));
    cr_assert(hl_ui_keep_draft(ui, &kept));
    cr_assert_eq(kept.conv, 1);
    cr_assert_str_eq(kept.text, "for bob");
    cr_assert(hl_ui_keep_draft(ui, &kept));
    cr_assert_eq(kept.conv, 2);
    cr_assert_not(hl_ui_keep_draft(ui, &kept));
    cr_assert_not(hl_ui_unkept(ui));
    type("\001\005"); /* moving is no change */
    cr_assert_not(hl_ui_unkept(ui));
    hl_ui_not_kept(ui, 1);
    cr_assert(hl_ui_keep_draft(ui, &kept));
    cr_assert_eq(kept.conv, 1);
    type("\r");
    cr_assert(hl_ui_keep_draft(ui, &kept));
    cr_assert_eq(kept.conv, 2);
    cr_assert_eq(kept.len, 0, "what was sent is no draft");
}

Test(draft, keeps_what_it_answers)
{
    static const uint8_t id[HL_ENTRY_MAX] = {7, 8, 9};
    static const uint8_t none[HL_ENTRY_MAX];
    struct hl_ui_kept kept;
    char quote[HL_QUOTE_MAX + 1];

    room(1, "bob");
    hl_ui_select(ui, 1);
    hl_ui_line(
        ui, 1,
        &(struct hl_line_new){
            .kind = HL_LINE_IN, .sender = "bob", .text = "when?", .len = 5, .pos = 4, .entry = id});
    type("now");
    cr_assert(hl_ui_keep_draft(ui, &kept));
    cr_assert_not(kept.turned);
    screen(12, 60);
    type("\033mr"); /* an answer, with the same text */
    cr_assert(hl_ui_keep_draft(ui, &kept));
    cr_assert(kept.turned);
    cr_assert_eq(memcmp(kept.answers, id, sizeof id), 0);
    cr_assert_eq(kept.pos, 4);
    cr_assert_str_eq(kept.quote, "bob: when?");
    cr_assert_not(hl_ui_keep_draft(ui, &kept));
    hl_ui_not_kept(ui, 1);
    cr_assert(hl_ui_keep_draft(ui, &kept) && kept.turned);
    snprintf(quote, sizeof quote, "%s", kept.quote);
    kept.quote = quote;
    type("\r");
    cr_assert_eq(last.about, HL_UI_ABOUT_REPLY);
    struct hl_ui_kept sent;
    cr_assert(hl_ui_keep_draft(ui, &sent) && sent.turned);
    cr_assert_eq(memcmp(sent.answers, none, sizeof none), 0);

    cr_assert(hl_ui_restore_draft(ui, 1, "now", 3));
    hl_ui_restore_reply(ui, &kept);
    cr_assert_not(hl_ui_keep_draft(ui, &sent));
    shows(12, 60, "reply> now\n");
    shows(12, 60, "│ bob: when?\n");
    type("\r");
    cr_assert_eq(last.about, HL_UI_ABOUT_REPLY);
    cr_assert_eq(memcmp(last.entry, id, sizeof id), 0);
    cr_assert_eq(last.pos, 4);
}

Test(draft, comes_back_unless_something_is_typed)
{
    struct hl_ui_kept kept;

    room(1, "bob");
    hl_ui_select(ui, 1);
    hl_ui_restore_draft(ui, 1, "half a", 6);
    shows(6, 40, "\n> half a\n");
    cr_assert_not(hl_ui_keep_draft(ui, &kept), "it is kept already");
    hl_ui_restore_draft(ui, 1, "another", 7);
    shows(6, 40, "\n> half a\n");
    hl_ui_restore_draft(ui, 9, "nobody's", 8);
    room(2, "robert");
    hl_ui_move_draft(ui, 1, 2);
    hl_ui_select(ui, 2);
    shows(6, 40, "\n> half a\n");
    hl_ui_move_draft(ui, 7, 2);
    hl_ui_move_draft(ui, 2, 7);
}

Test(draft, input_history_comes_back)
{
    char text[100];
    size_t len;

    cr_assert_not(hl_ui_keep_history(ui, text, sizeof(text), &len));
    type("one\rtwo\r");
    cr_assert(hl_ui_keep_history(ui, text, sizeof(text), &len));
    cr_assert_not(hl_ui_keep_history(ui, text, sizeof(text), &len));
    screen_stop();
    screen_start();
    hl_ui_restore_history(ui, text, len);
    type("\033[A\033[A");
    shows(6, 40, "\n> one\n");
    paste("!");
    shows(6, 40, "\n> one!\n");
}

Test(draft, is_edited_elsewhere)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    type("half");
    cr_assert_eq(type("\x18\x05"), HL_UI_EDIT);
    cr_assert_eq(last.conv, 1);
    cr_assert_eq(last.len, 4);
    cr_assert_str_eq(last.text, "half");
    hl_ui_select(ui, 0);
    cr_assert(hl_ui_set_draft(ui, 1, "whole\nand more", 14));
    hl_ui_select(ui, 1);
    shows(14, 70, "2 lines> whole\n         and more");
    type("\x1f");
    shows(14, 70, "> half\n");
    cr_assert(hl_ui_set_draft(ui, 1, "half", 4)); /* nothing to undo */
    type("\x1f\x1f\x1f");
    cr_assert_not(hl_ui_set_draft(ui, 7, "x", 1));
}
