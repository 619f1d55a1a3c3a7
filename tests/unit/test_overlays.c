/* SPDX-License-Identifier: MIT */
/* Lists over the screen: the palette, conversations, links, and the search in history. */
#include "screen.h"

#include "picker.h"
#include "settings.h"
#include "utf8.h"

static void start(void)
{
    screen_start();
    room(1, "alice");
    room(2, "bob");
}

TestSuite(overlays, .init = start, .fini = screen_stop);

/* ---- palette ---- */

Test(overlays, palette_runs_a_command)
{
    type("\033x");
    shows(24, 80, " Do  1/");
    type("quit");
    shows(24, 80, " /quit");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "/quit");
    hides(24, 80, " Do  ");
}

Test(overlays, palette_waits_for_arguments)
{
    type("half a thought\033xconn\r");
    shows(24, 80, "> /connect\n");
    shows(24, 80, "undo brings it back");
    type("\x1f");
    shows(24, 80, "> half a thought\n");
}

Test(overlays, palette_does_actions_with_their_keys_shown)
{
    screen(24, 80);
    type("\033OQ"
         "split below");
    shows(24, 80, "split-below  split: another pane below  [C-x 2]\n");
    type("\r");
    char layout[HL_SPLITS_TEXT];
    hl_ui_layout(ui, layout);
    cr_assert_not_null(strstr(layout, "-"), "%s", layout);
}

Test(overlays, palette_shows_conversations_and_settings)
{
    type("\033xali\r");
    cr_assert_eq(hl_ui_selected(ui), 1);
    type("\033xnick_col\r");
    shows(24, 80, "> /set nick_colours on\n");
}

Test(overlays, palette_has_the_recent_first)
{
    type("\033xbob\r\033x");
    shows(24, 80, " Do  1/");
    cr_assert_not_null(strstr(screen(24, 80), "back\n bob "));
}

Test(overlays, escape_leaves_all_as_it_was)
{
    static char before[1 << 16];

    type("a draft");
    strcpy(before, screen(24, 80));
    type("\033xsplit\033");
    is_screen(24, 80, before);
    type("\x18"
         "b\x07");
    is_screen(24, 80, before);
    type("\x13words\x03");
    is_screen(24, 80, before);
    type("\033xzoom\033!"); /* Esc and a letter at once */
    shows(24, 80, "> a draft!\n");
}

Test(overlays, a_full_query_says_so)
{
    char words[HL_PICKER_TEXT] = {0};

    memset(words, 'x', 600);
    cr_assert(hl_ui_open(ui, HL_ACT_FIND, words));
    shows(24, 80, " the query was too long: its last 88 bytes are missing\n");
    cr_assert_eq(type("y"), HL_UI_BELL);
    shows(24, 80, " the query is full: nothing was added\n");
    type("\x7f");
    shows(24, 80, " Search  ");
}

Test(overlays, every_size)
{
    type("\033x");
    for (int rows = 1; rows < 10; rows++)
        for (int cols = 1; cols < 100; cols += 3) {
            const struct hl_frame *f = hl_ui_frame(ui, rows, cols);
            cr_assert(f->cursor_row < rows && f->cursor_col < cols);
        }
    is_screen(1, 1, "\n");
    shows(3, 20, " Do  1/");
    shows(3, 20, "\n /connect PEER\n>\n");
}

Test(overlays, help_is_searched)
{
    type("\033OP/zoom");
    shows(24, 80, "pane-zoom");
    type("\033");
    shows(24, 80, " Moving\n"); /* back on the page */
}

Test(overlays, help_lists_settings)
{
    type("\033OP\033>");
    shows(60, 80, " Settings\n");
    shows(60, 80, "  theme ");
}

static void has_words(const char *page, const char *text, int cols)
{
    char word[64];

    for (size_t n; *text != '\0'; text += n + (text[n] == ' ')) {
        n = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, text);
        cr_expect_not_null(strstr(page, word), "in %d columns there is no %s", cols, word);
    }
}

Test(overlays, help_is_nowhere_cut)
{
    static const int widths[] = {44, 60, 80, 200, 38, 42};
    size_t count;
    size_t settings;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    const struct hl_setting *table = hl_settings_table(&settings);

    type("\033OP");
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        const char *page = screen(HL_FRAME_ROWS, widths[i]);
        cr_expect_null(strstr(page, "…"), "cut in %d columns", widths[i]);
        for (size_t n = 0; n < count; n++)
            has_words(page, rows[n].help, widths[i]);
        for (size_t n = 0; n < settings; n++)
            has_words(page, table[n].help, widths[i]);
    }
}

/* Wherever it is scrolled to; and there it stays when the screen gets another width. */
Test(overlays, help_in_every_width)
{
    char row[512];

    type("\033OP");
    for (int cols = 1; cols < 130; cols++) {
        screen(12, cols);
        type("\033>");
        cr_expect_gt(hl_frame_row(hl_ui_frame(ui, 12, cols), 9, row, sizeof row), 0,
                     "%d columns: beyond the end", cols);
        type("\033<");
        cr_expect_not_null(strstr(screen(12, cols), cols > 10 ? "Commands" : "C"));
        screen(12, cols);
        type("\033[6~\033[6~\033[5~\033[5~");
        cr_expect_not_null(strstr(screen(12, cols), cols > 10 ? "Commands" : "C"));
    }
    screen(12, 120);
    type("\033[6~\033[6~\033[6~");
    char first[512];
    hl_frame_row(hl_ui_frame(ui, 12, 120), 1, first, sizeof first);
    hl_ui_frame(ui, 12, 37);
    char again[512];
    hl_frame_row(hl_ui_frame(ui, 12, 120), 1, again, sizeof again);
    cr_assert_str_eq(first, again);
}

/* ---- conversations ---- */

Test(overlays, switch_has_the_unread_first)
{
    hl_ui_select(ui, 1);
    room(3, "carol");
    say(3, HL_LINE_IN, "carol", "hello");
    type("\x18"
         "b");
    is_screen(6, 40,
              " Conversations  1/4\n"
              " carol\n"
              " hullo\n"
              " bob\n"
              " alice\n"
              "go to:\n");
    shows(6, 60, " carol  ");
    shows(6, 60, "1 unread, open");
    type("bo\r");
    cr_assert_eq(hl_ui_selected(ui), 2);
    type("\x18"
         "b\x18"
         "b"); /* a prefix means nothing there */
    type("\x07\x18"
         "bar\r"); /* c-ar-ol */
    cr_assert_eq(hl_ui_selected(ui), 3);
}

/* ---- links ---- */

Test(overlays, links_newest_first)
{
    hl_ui_select(ui, 1);
    say(1, HL_LINE_IN, "alice", "see https://a.example/x and http://b.example.");
    say(1, HL_LINE_OUT, "you", "no, https://c.example/ü");
    type("\x18"
         "u");
    is_screen(6, 60,
              " Links  1/3                 Enter: show it whole  Esc: back\n"
              " https://c.example/ü  09:05 you\n"
              " https://a.example/x  09:05 alice\n"
              " http://b.example     09:05 alice\n"
              "\n"
              "link:\n");
    type("\r");
    is_screen(4, 20,
              "https://c.example/%C\n"
              "3%BC\n"
              "\n"
              "Enter: open it  Esc…\n");
    cr_assert(hl_ui_frame(ui, 4, 20)->flowing[0]);
    type("\033");
    shows(6, 60, " Links  1/3");
    type("b.ex\r");
    cr_assert_eq(type("\r"), HL_UI_OPEN);
    cr_assert_str_eq(last.text, "http://b.example");
    hides(6, 60, "Links");
}

Test(overlays, no_links)
{
    cr_assert_eq(type("\x18"
                      "u"),
                 HL_UI_BELL);
    shows(24, 80, "no links here");
}

/* ---- search: a store in which place n of conversation 1 holds "message n" ---- */

enum {
    STORED = 130,
};

static size_t questions;

static void found(uint32_t conv, uint64_t pos)
{
    char text[64];

    snprintf(text, sizeof(text), "message %d%s", (int)pos, pos % 2 ? " odd" : "");
    hl_ui_find_said(ui, &(struct hl_ui_said){.conv = conv,
                                             .row = pos + 1000,
                                             .pos = pos,
                                             .stamp = {2026, 11, 21, 9, 5, 0},
                                             .sender = pos % 2 ? "you" : "alice",
                                             .text = text,
                                             .len = strlen(text)});
}

static bool holds(uint64_t pos, const char *words)
{
    char word[32];

    snprintf(word, sizeof(word), "%.*s", (int)strcspn(words, " "), words);
    return strstr("message", word) != NULL || (pos % 2 && strstr("odd", word) != NULL);
}

static void answer(const struct hl_ui_asks *a)
{
    size_t got = 0;

    questions++;
    if (a->kind == HL_UI_FIND_WORDS) {
        uint64_t pos = a->at == 0 ? STORED : a->at - 1001;
        for (; pos > 0 && got < a->number; pos--)
            if (holds(pos, a->words) && a->conv < 2) {
                found(1, pos);
                got++;
            }
    } else if (a->kind == HL_UI_FIND_BEFORE) {
        for (uint64_t pos = a->at - 1; pos > 0 && got < a->number; pos--, got++)
            found(1, pos);
    } else {
        for (uint64_t pos = a->at + 1; pos <= STORED && got < a->number; pos++, got++)
            found(1, pos);
    }
    hl_ui_find_end(ui, NULL);
}

static void settle(void)
{
    struct hl_ui_asks a;

    screen(24, 80);
    for (int i = 0; i < 20 && hl_ui_find_next(ui, &a); i++) {
        answer(&a);
        screen(24, 80);
    }
}

Test(overlays, search_while_typing)
{
    struct hl_ui_asks a;

    type("\x13");
    cr_assert_not(hl_ui_find_next(ui, &a), "nothing is typed");
    type("od");
    settle();
    is_screen(20, 60,
              " Search  1/50  in all conversations, and more\n"
              " 2026-11-21 09:05 alice, you: message 129 odd\n"
              " 2026-11-21 09:05 alice, you: message 127 odd\n"
              " 2026-11-21 09:05 alice, you: message 125 odd\n"
              " 2026-11-21 09:05 alice, you: message 123 odd\n"
              " 2026-11-21 09:05 alice, you: message 121 odd\n"
              " 2026-11-21 09:05 alice, you: message 119 odd\n"
              " 2026-11-21 09:05 alice, you: message 117 odd\n"
              " 2026-11-21 09:05 alice, you: message 115 odd\n"
              " 2026-11-21 09:05 alice, you: message 113 odd\n"
              " 2026-11-21 09:05 alice, you: message 111 odd\n"
              " 2026-11-21 09:05 alice, you: message 109 odd\n"
              " 2026-11-21 09:05 alice, you: message 107 odd\n"
              "────────────────────────────────────────────────────────────\n"
              " 09:05 you: message 127 odd\n"
              " 09:05 alice: message 128\n"
              " 09:05 alice, you: message 129 odd\n"
              " 09:05 alice: message 130\n"
              "\n"
              "words: od\n");
    type("\x12"); /* C-r: older */
    settle();
    shows(20, 60, " Search  2/50");
    shows(20, 60, " 09:05 alice: message 126\n 09:05 alice, you: message 127 odd\n");
    type("\x13"); /* C-s: newer */
    settle();
    shows(20, 60, " Search  1/50");
    cr_assert_eq(type("\x13"), HL_UI_BELL);
}

Test(overlays, search_loads_older_hits_near_the_end)
{
    type("\x13odd");
    settle();
    shows(24, 80, " Search  1/50");
    type("\033>");
    settle();
    shows(24, 80, " Search  50/65  in all conversations  ");
    type("\033>");
    settle();
    shows(24, 80, "message 1 odd\n");
}

Test(overlays, search_asks_one_question_at_a_time)
{
    struct hl_ui_asks a, other;

    type("\x13m");
    cr_assert(hl_ui_find_next(ui, &a));
    type("ess");
    cr_assert_not(hl_ui_find_next(ui, &other), "one is under way");
    type("x");
    cr_assert_str_eq(a.words, "m", "what was asked for stays");
    answer(&a);
    cr_assert(hl_ui_find_next(ui, &a));
    cr_assert_str_eq(a.words, "messx", "the latest query wins");
    answer(&a);
    shows(24, 80, ": nothing was found");
    cr_assert_not(hl_ui_find_next(ui, &a));
}

Test(overlays, answers_that_come_too_late)
{
    struct hl_ui_asks a, b;

    type("\x13odd");
    cr_assert(hl_ui_find_next(ui, &a));
    type("\033");
    answer(&a); /* nobody listens */
    hides(24, 80, "message");
    type("\x13odd");
    cr_assert(hl_ui_find_next(ui, &a));
    type("\x07\x13mess");
    cr_assert_not(hl_ui_find_next(ui, &b));
    answer(&a);
    hides(24, 80, "odd");
    cr_assert(hl_ui_find_next(ui, &b));
    cr_assert_str_eq(b.words, "mess");
    answer(&b);
    shows(24, 80, "message 130");
}

Test(overlays, search_in_this_conversation)
{
    struct hl_ui_asks a;

    hl_ui_select(ui, 2);
    type("\x13odd");
    settle();
    shows(24, 80, "in all conversations");
    type("\t");
    cr_assert(hl_ui_find_next(ui, &a));
    cr_assert_eq(a.conv, 2);
    answer(&a);
    shows(24, 80, " Search  0/0  in bob: nothing was found");
    type("\t");
    settle();
    shows(24, 80, " Search  1/50");
}

Test(overlays, a_hit_is_gone_to)
{
    type("\x13odd");
    settle();
    cr_assert_eq(type("\x12\r"), HL_UI_GO);
    hides(24, 80, "Search");
    cr_assert_eq(last.conv, 1);
    cr_assert_eq(last.pos, 127);
}

Test(overlays, a_search_that_fails)
{
    struct hl_ui_asks a;

    type("\x13odd");
    cr_assert(hl_ui_find_next(ui, &a));
    hl_ui_find_end(ui, "no disk");
    shows(24, 80, " Search  0/0  in all conversations: no disk\n");
    cr_assert_not(hl_ui_find_next(ui, &a), "it is not asked again by itself");
    type("\x7f");
    settle();
    shows(24, 80, "message 129 odd");
}

Test(overlays, search_opens_with_words)
{
    cr_assert(hl_ui_open(ui, HL_ACT_FIND, "odd"));
    settle();
    shows(24, 80, "words: odd\n");
    shows(24, 80, "message 129 odd");
    type(" "); /* now the word is whole */
    settle();
    shows(24, 80, "message 129 odd");
}

Test(overlays, a_long_message_shows_where_the_word_is)
{
    static char text[20000];
    struct hl_ui_asks a;

    memset(text, 'x', sizeof(text) - 1);
    for (size_t i = 7; i < sizeof(text) - 1; i += 8)
        text[i] = ' ';
    memcpy(text + 15000, " needle ", 8);
    type("\x13needle");
    cr_assert(hl_ui_find_next(ui, &a));
    hl_ui_find_said(
        ui,
        &(struct hl_ui_said){
            .conv = 1, .row = 7, .pos = 7, .sender = "you", .text = text, .len = sizeof(text) - 1});
    hl_ui_find_end(ui, NULL);
    shows(10, 80, " needle ");
}
