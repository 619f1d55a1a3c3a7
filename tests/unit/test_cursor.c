/* SPDX-License-Identifier: MIT */
/* The message that is selected, what is done with it, and drafts that are about one. */
#include "screen.h"

TestSuite(cursor, .init = screen_start, .fini = screen_stop);

static uint64_t pos; /* of the last message */

static uint64_t message(enum hl_line_kind kind, const char *text)
{
    uint8_t entry[HL_ENTRY_MAX] = {(uint8_t)++pos};

    return hl_ui_line(ui, 1,
                      &(struct hl_line_new){.kind = kind,
                                            .sender = kind == HL_LINE_OUT ? "you" : "bob",
                                            .text = text,
                                            .len = strlen(text),
                                            .stamp = {2026, 11, 21, 9, 5, 0},
                                            .row = pos + 100,
                                            .pos = pos,
                                            .entry = entry});
}

static void open_chat(void)
{
    pos = 0;
    room(1, "bob");
    hl_ui_select(ui, 1);
    screen(12, 50);
    message(HL_LINE_IN, "noon?");
    message(HL_LINE_OUT, "or one");
    say(1, HL_LINE_NOTICE, NULL, "a notice");
    message(HL_LINE_IN, "good");
}

/* Where the sign of the cursor stands. */
static void is_at(const char *text)
{
    char want[80];
    const char *have = screen(12, 50);

    snprintf(want, sizeof(want), "▸ %s", text);
    if (strstr(have, want) == NULL)
        fprintf(stderr, "have:\n%s", have);
    cr_assert_not_null(strstr(have, want), "not at: %s", text);
    cr_assert_null(strstr(strstr(have, "▸") + 1, "▸"), "one alone");
}

Test(cursor, goes_from_message_to_message)
{
    open_chat();
    hides(12, 50, "▸");
    type("\033m");
    is_at("good");
    shows(12, 50, " Esc: back  r: reply  +: react  e: edit  d: ");
    type("k");
    is_at("or one"); /* a notice is none */
    type("\033[A");
    is_at("noon?");
    cr_assert_eq(type("p"), HL_UI_BELL);
    type("jn");
    is_at("good");
    cr_assert_eq(type("\033[B"), HL_UI_BELL);
    message(HL_LINE_IN, "one more");
    is_at("good");
    cr_assert_eq(type("x"), HL_UI_BELL);
    type("\033");
    hides(12, 50, "▸");
    hides(12, 50, "reply");
    type("x");
    shows(12, 50, "> x");
}

Test(cursor, nothing_to_select)
{
    room(1, "bob");
    hl_ui_select(ui, 1);
    cr_assert_eq(type("\033m"), HL_UI_BELL);
    shows(12, 60, "there is no message here");
    say(1, HL_LINE_NOTICE, NULL, "a notice");
    cr_assert_eq(type("\033m"), HL_UI_BELL);
    cr_assert_eq(type("\033"), HL_UI_BELL);
}

Test(cursor, the_view_goes_with_it)
{
    char text[40];

    open_chat();
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "number %d", i);
        message(HL_LINE_IN, text);
    }
    screen(12, 50);
    type("\033m");
    for (int i = 99; i > 0; i--) {
        snprintf(text, sizeof(text), "number %d\n", i);
        is_at(text);
        type("k");
    }
    for (int i = 0; i < 99; i++)
        type("j");
    is_at("number 99");
    type("\033[5~");
    is_at("number 94");
    type("\033[6~\033[6~");
    is_at("number 99");
    type("kkk");
    for (int i = 0; i < 50; i++)
        message(HL_LINE_IN, "a flood");
    is_at("number 96");
    type("\033<");
    is_at("noon?");
    type("\033>");
    is_at("a flood");
}

static void is_about(enum hl_ui_about about, uint8_t entry, const char *text)
{
    cr_assert_eq(last.kind, HL_UI_SUBMIT);
    cr_assert_eq(last.about, about);
    cr_assert_eq(last.entry[0], entry);
    cr_assert_str_eq(last.text, text);
    cr_assert_eq(last.conv, 1);
}

Test(cursor, a_reply)
{
    open_chat();
    type("I think ");
    type("\033mkr");
    hides(12, 50, "▸");
    shows(12, 50, "\n│ you: or one\nreply> I think\n");
    type("so\r");
    is_about(HL_UI_ABOUT_REPLY, 2, "I think so");
    cr_assert_str_eq(last.quote, "you: or one");
    cr_assert_eq(last.pos, 2);
    hides(12, 50, "reply>");
    type("next\r");
    is_about(HL_UI_ABOUT_NOTHING, 0, "next");
    type("\033m\ryes\007"); /* C-g: a message by itself after all */
    shows(12, 50, "\n> yes\n");
    type("\r");
    is_about(HL_UI_ABOUT_NOTHING, 0, "yes");
}

Test(cursor, an_edit_and_the_draft_from_before)
{
    struct hl_ui_kept kept;

    open_chat();
    type("half a thou");
    type("\033me");
    shows(12, 60, "not yours");
    is_at("good");
    type("ke");
    shows(12, 50, "\n│ you: or one\nedit> or one\n");
    while (hl_ui_keep_draft(ui, &kept))
        cr_assert_eq(strncmp(kept.text, "half a thou", kept.len), 0, "an edit is no draft");
    type("\025or two\r");
    is_about(HL_UI_ABOUT_EDIT, 2, "or two");
    shows(12, 50, "\n> half a thou\n");
    type("\033mke \003"); /* C-c */
    shows(12, 50, "\n> half a thou\n");
    type("ght\r");
    is_about(HL_UI_ABOUT_NOTHING, 0, "half a thought");
}

/* What is shown lacks what holds an emoji together; an edit must not take it from the message. */
Test(cursor, an_edit_is_of_the_original)
{
    static const char family[] = "\U0001f468\u200d\U0001f467 one";
    uint8_t entry[HL_ENTRY_MAX] = {2};
    uint8_t other[HL_ENTRY_MAX] = {3};

    open_chat();
    cr_assert_eq(type("\033mke"), HL_UI_ORIGINAL);
    cr_assert_eq(last.entry[0], 2);
    hl_ui_original(ui, 1, other, family, strlen(family));
    shows(12, 50, "\nedit> or one\n");
    hl_ui_original(ui, 1, entry, family, strlen(family));
    type("!\r");
    is_about(HL_UI_ABOUT_EDIT, 2, "\U0001f468\u200d\U0001f467 one!");
    cr_assert_eq(type("\033mke"), HL_UI_ORIGINAL);
    type("x"); /* faster than the store */
    hl_ui_original(ui, 1, entry, family, strlen(family));
    type("\r");
    is_about(HL_UI_ABOUT_EDIT, 2, "or onex");
    hl_ui_original(ui, 1, entry, family, strlen(family)); /* too late */
    shows(12, 50, "\n>\n");
}

Test(cursor, a_reaction)
{
    open_chat();
    type("\033m+");
    shows(12, 50, "\n│ bob: good\nreact>\n");
    type("❤\r");
    is_about(HL_UI_ABOUT_REACT, 3, "❤");
    type("\033m+\r"); /* none any more */
    is_about(HL_UI_ABOUT_REACT, 3, "");
    type("\033[A"); /* it is no input to be repeated */
    hides(12, 50, "❤");
}

Test(cursor, deletes_when_told_twice)
{
    open_chat();
    type("\033md");
    shows(12, 60, "not yours");
    cr_assert_eq(type("kd"), HL_UI_NONE);
    shows(12, 60, "same key again");
    cr_assert_eq(type("jkd"), HL_UI_NONE);
    cr_assert_eq(type("d"), HL_UI_DELETE);
    cr_assert_eq(last.entry[0], 2);
    struct hl_line_new gone = {.text = "(deleted)", .len = 9, .flags = HL_LINE_DELETED};
    hl_ui_replace(ui, &(struct hl_ui_at){.conv = 1, .line = HL_LINES_START + 1, .row = 102}, &gone);
    is_at("(deleted)");
    const char *acts[] = {"r", "+", "e", "d", "w"};
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        cr_assert_eq(type(acts[i]), HL_UI_BELL, "%s", acts[i]);
        shows(12, 60, "that message is deleted");
    }
}

Test(cursor, another_selection_is_asked_about_anew)
{
    open_chat();
    message(HL_LINE_OUT, "all right");
    cr_assert_eq(type("\033md"), HL_UI_NONE);
    shows(12, 60, "same key again");
    type("\033");
    cr_assert_eq(type("\033md"), HL_UI_NONE);
    shows(12, 60, "same key again");
    cr_assert_eq(type("d"), HL_UI_DELETE);
}

Test(cursor, takes_back_and_copies)
{
    open_chat();
    cr_assert_eq(type("\033mkc"), HL_UI_TAKE_BACK);
    cr_assert_eq(last.entry[0], 2);
    cr_assert_eq(type("jc"), HL_UI_BELL);
    cr_assert_eq(type("w"), HL_UI_COPY);
    cr_assert_eq(last.entry[0], 3);
    hides(12, 60, "▸");
    type("very \031");
    shows(12, 60, "> very good\n");
}

Test(cursor, to_what_it_answers)
{
    uint8_t entry[HL_ENTRY_MAX] = {50};

    open_chat();
    hl_ui_line(ui, 1,
               &(struct hl_line_new){.kind = HL_LINE_OUT,
                                     .sender = "you",
                                     .text = "yes",
                                     .len = 3,
                                     .stamp = {2026, 11, 21, 9, 5, 0},
                                     .pos = ++pos,
                                     .answers = 1,
                                     .entry = entry,
                                     .quote = "bob: noon?"});
    type("\033mg");
    is_at("noon?");
    cr_assert_eq(type("g"), HL_UI_BELL);
    shows(12, 60, "that message is not an answer");
    hl_ui_requote(ui, 1, 1, "bob: one?");
    shows(12, 60, "│ bob: one?\n");
}

Test(cursor, panes_and_keys_of_others)
{
    open_chat();
    type("\033m\0302"); /* C-x 2 leaves it and splits */
    hides(20, 50, "▸");
    shows(20, 50, "━ bob");
    type("\033m");
    shows(20, 50, "▸");
    type("\030o");
    hides(20, 50, "▸");
    type("\033m\020"); /* C-p is a key of the cursor */
    shows(20, 50, "▸ or one");
    type("\033[200~pasted\033[201~");
    shows(20, 50, "> pasted");
    type("\033m\033x"); /* M-x: the palette */
    shows(20, 50, "Do ");
}

Test(cursor, late_ones_leave_it_where_it_is)
{
    uint8_t entry[HL_ENTRY_MAX] = {99};
    struct hl_line_new late = {.kind = HL_LINE_IN,
                               .sender = "bob",
                               .text = "late",
                               .len = 4,
                               .stamp = {2026, 11, 21, 9, 5, 0},
                               .pos = 5,
                               .entry = entry};

    open_chat();
    pos = 6;
    uint64_t after = message(HL_LINE_IN, "after");
    cr_assert_neq(after, 0);
    struct hl_line_new gap = {.kind = HL_LINE_IN,
                              .sender = "bob",
                              .text = "behind a gap",
                              .len = 12,
                              .stamp = late.stamp,
                              .pos = 11,
                              .missing = 3};
    hl_ui_line(ui, 1, &gap);
    shows(12, 60, "3 messages are missing here, asked for again");
    type("\033mk");
    is_at("good");
    type("j");
    is_at("after");
    late.pos = 9;
    late.missing = 1;
    hl_ui_filled(ui, 1, 9, 1);
    cr_assert_eq(hl_ui_insert(ui, 1, &late), after + 1);
    shows(12, 60, "1 message is missing here");
    is_at("after");
    late.pos = 5;
    late.missing = 0;
    cr_assert_eq(hl_ui_insert(ui, 1, &late), after);
    is_at("after");
    hl_ui_filled(ui, 1, 8, 1);
    shows(12, 60, "missing");
    hl_ui_filled(ui, 1, 10, 1);
    hides(12, 60, "missing");
    late.pos = 0;
    cr_assert_eq(hl_ui_insert(ui, 77, &late), 0);
}
