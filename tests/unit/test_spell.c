/* SPDX-License-Identifier: MIT */
/* Which words are checked, what is known of them, and what the input line makes of it. */
#include "screen.h"

#include "settings.h"
#include "spell.h"
#include "theme.h"

#include <stdlib.h>

/* The words of a text with | between them. */
static const char *words(const char *text)
{
    static char out[1024];
    struct hl_spell_walk w = {.text = text, .len = strlen(text)};

    out[0] = '\0';
    while (hl_spell_walk(&w)) {
        cr_assert(w.from < w.to && w.to <= w.len);
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%.*s", out[0] != '\0' ? "|" : "",
                 (int)(w.to - w.from), text + w.from);
    }
    return out;
}

Test(spell, words_of_a_text)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"   ", ""},
        {"one", "one"},
        {" one,  two.\n(three)\t", "one|two|three"},
        {"don't it’s 'quoted' dogs'", "don't|it’s|quoted|dogs"},
        {"well-known; he said:\"so\"", "well|known|he|said|so"},
        {"größe cafe\u0301 мир", "größe|cafe\u0301|мир"},
        {"a I x", ""},
        {"mp3 4th v2 covid19x word", "word"},
        {"漢字 日本語です ไทย word", "word"},
        {"漢word word", "word"},
        {"한국어", "한국어"},
        {"see http://exmple.org/wrld, or www.exmple.org now", "see|or|now"},
        {"mail bob@exmple.org @bob #tpic", "mail"},
        {"/usr/lib ./fiel ~/x a_b x=y C:\\dir <b> `cod` $HOME", ""},
        {":smile: bob: well:done end. Next", "bob|end|Next"},
        {"what? no?yes ok...", "what|ok"},
        {"fiel.txt fiel.", "fiel"},
        {"''' - ... !!", ""},
        {"\xe2\x80\x99", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(words(rows[i][0]), rows[i][1], "%zu: %s", i, words(rows[i][0]));
}

Test(spell, long_words_are_none)
{
    char text[2 * HL_SPELL_WORD + 8];

    memset(text, 'x', sizeof(text));
    memcpy(text + sizeof(text) - 5, " end", 5);
    cr_expect_str_eq(words(text), "end");
    text[HL_SPELL_WORD - 1] = ' ';
    text[HL_SPELL_WORD + 1] = '\0';
    cr_expect_eq(strlen(words(text)), HL_SPELL_WORD - 1);
}

Test(spell, remembers)
{
    struct hl_spell *s = hl_spell_new();

    cr_assert_not_null(s);
    cr_expect_eq(hl_spell_of(s, "helo", 4), HL_SPELLING_UNKNOWN);
    hl_spell_set(s, "helo", 4, HL_SPELLING_ASKED, NULL);
    cr_expect_eq(hl_spell_of(s, "helo", 4), HL_SPELLING_ASKED);
    hl_spell_set(s, "helo!", 4, HL_SPELLING_BAD, "hello, help");
    cr_expect_eq(hl_spell_of(s, "helo", 4), HL_SPELLING_BAD);
    cr_expect_str_eq(hl_spell_near(s, "helo", 4), "hello, help");
    cr_expect_eq(hl_spell_of(s, "hel", 3), HL_SPELLING_UNKNOWN);
    cr_expect_str_eq(hl_spell_near(s, "hel", 3), "");
    hl_spell_set(s, "helo", 4, HL_SPELLING_GOOD, "");
    cr_expect_str_eq(hl_spell_near(s, "helo", 4), "");
    hl_spell_free(s);
    hl_spell_free(NULL);
}

/* However many there are, the newest is known, and memory is bounded. */
Test(spell, forgets)
{
    struct hl_spell *s = hl_spell_new();
    char word[16];

    for (int i = 0; i < 10 * HL_SPELL_WORDS; i++) {
        int len = snprintf(word, sizeof(word), "w%d", i);
        hl_spell_set(s, word, (size_t)len, i % 2 ? HL_SPELLING_BAD : HL_SPELLING_GOOD, "x");
        cr_assert_eq(hl_spell_of(s, word, (size_t)len), i % 2 ? HL_SPELLING_BAD : HL_SPELLING_GOOD);
    }
    cr_expect_eq(hl_spell_of(s, "w1", 2), HL_SPELLING_UNKNOWN);
    hl_spell_free(s);
}

/* ---- the input line ---- */

TestSuite(spelling, .init = screen_start, .fini = screen_stop);

/* Answers all that is asked, and returns that: words with an x are wrong. */
static const char *asked(int rows, int cols)
{
    static char out[1024];
    char word[HL_SPELL_WORD];

    out[0] = '\0';
    hl_ui_frame(ui, rows, cols);
    while (hl_ui_spell_next(ui, word)) {
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", out[0] != '\0' ? "|" : "",
                 word);
        bool good = strchr(word, 'x') == NULL;
        hl_ui_spelt(ui, word, good, good ? "" : "fix, mix it, axe");
    }
    return out;
}

/* What is underlined, with | between; a word that goes on in the next row is two. */
static const char *underlined(int rows, int cols)
{
    static char out[1024];
    const struct hl_frame *f = hl_ui_frame(ui, rows, cols);
    size_t len = 0;
    bool before = false;

    for (int i = 0; i < f->rows * f->cols; i++) {
        const struct hl_cell *c = &f->cells[i];
        bool is = c->style == HL_STYLE_MISSPELT;
        if (is && len > 0 && (!before || i % f->cols == 0))
            out[len++] = '|';
        if (is) {
            memcpy(out + len, c->text, c->len);
            len += c->len;
        }
        before = is;
    }
    out[len] = '\0';
    return out;
}

Test(spelling, off)
{
    type("wxrd and more ");
    cr_expect_str_eq(asked(5, 40), "");
    cr_expect_str_eq(underlined(5, 40), "");
    cr_expect_eq(type("\033s"), HL_UI_BELL);
    shows(5, 80, "there is no spell checker: /set spell PROGRAM");
}

Test(spelling, words_when_they_are_complete)
{
    cr_assert_eq(hl_ui_spell(ui, true), 0);
    type("the wxr");
    cr_expect_str_eq(asked(5, 40), "the");
    type("d");
    cr_expect_str_eq(asked(5, 40), "");
    type(",");
    cr_expect_str_eq(asked(5, 40), "wxrd");
    cr_expect_str_eq(underlined(5, 40), "wxrd");
    cr_expect_str_eq(asked(5, 40), "");
    type(" wxrd the wxrd ");
    cr_expect_str_eq(asked(5, 40), "");
    cr_expect_str_eq(underlined(5, 40), "wxrd|wxrd|wxrd");
    type("\033[D\033[D"); /* into the last one */
    cr_expect_str_eq(underlined(5, 40), "wxrd|wxrd");
    cr_assert_eq(hl_ui_spell(ui, false), 0);
    cr_expect_str_eq(underlined(5, 40), "");
}

Test(spelling, no_commands_and_no_names)
{
    room(1, "Dexter");
    hl_ui_spell(ui, true);
    type("/msg dxx wxrd ");
    cr_expect_str_eq(asked(5, 40), "");
    type("\x15//wxrd or dexter: Dexter ");
    cr_expect_str_eq(asked(5, 40), "or");
    cr_expect_str_eq(underlined(5, 40), "");
    type("\x15/quit wxrd\r");
    type("say wxrd\r\x12say"); /* a search */
    cr_expect_str_eq(asked(5, 40), "");
}

Test(spelling, over_rows_and_with_wide_characters)
{
    hl_ui_spell(ui, true);
    type("漢 wxrd 漢字 axbcdefghijklmn end ");
    cr_expect_str_eq(asked(10, 20), "wxrd|axbcdefghijklmn|end");
    cr_expect_str_eq(underlined(10, 20), "wxrd|axbcd|efghijklmn");
    cr_expect_str_eq(underlined(10, 80), "wxrd|axbcdefghijklmn");
    static const int sizes[][2] = {{1, 1}, {3, 3}, {5, 20}, {2, 9}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        underlined(sizes[i][0], sizes[i][1]);
}

/* Of a long draft only what is on the screen. */
Test(spelling, rows_that_are_not_shown)
{
    hl_ui_spell(ui, true);
    for (int i = 0; i < 40; i++)
        type("xa\n");
    type("xb\nlast ");
    cr_expect_str_eq(asked(9, 40), "xa|xb|last");
    type("http://");
    for (int i = 0; i < 200; i++)
        type("exmple");
    type(" ");
    cr_expect_str_eq(asked(9, 40), "");
    cr_expect_str_eq(underlined(9, 40), "");
}

Test(spelling, mends)
{
    hl_ui_spell(ui, true);
    type("so wxrd or nxt here ");
    asked(5, 60);
    type("\033s");
    shows(5, 60, "> so wxrd or fix here");
    shows(5, 60, "[fix] mix it axe");
    type("\033s");
    shows(5, 60, "> so wxrd or mix it here");
    type("\t\t");
    shows(5, 60, "> so wxrd or fix here");
    type("!"); /* where one was typing */
    shows(5, 60, "> so wxrd or fix here !");
    asked(5, 60);
    type("\x1f\x1f\x1f\x1f\x1f");
    shows(5, 60, "> so wxrd or nxt here");
    type("\001\033s"); /* none before: the first one after */
    shows(5, 60, "> so fix or nxt here");
    type("|");
    shows(5, 60, "> so fix| or nxt here");
}

Test(spelling, mends_the_word_just_typed)
{
    hl_ui_spell(ui, true);
    type("a wxrd and gxd");
    asked(5, 60);
    cr_expect_str_eq(underlined(5, 60), "wxrd");
    type("\033$"); /* nothing is known of it yet */
    shows(5, 60, "> a wxrd and gxd");
    cr_expect_str_eq(asked(5, 60), "gxd");
    shows(5, 60, "> a wxrd and fix");
    type("\033$");
    shows(5, 60, "> a wxrd and mix it");
    type("\x15good");
    type("\033s");
    asked(5, 60);
    shows(5, 60, "no word is misspelt");
    /* What was changed meanwhile is left alone. */
    type("\x15gxx\033s");
    type("y");
    asked(5, 60);
    shows(5, 60, "> gxxy");
}

Test(spelling, what_a_speller_says_is_filtered)
{
    char word[HL_SPELL_WORD];

    hl_ui_spell(ui, true);
    type("wxrd ");
    hl_ui_frame(ui, 5, 60);
    cr_assert(hl_ui_spell_next(ui, word));
    hl_ui_spelt(ui, word, false, "a\033[31mb\x07, \xff\u202e,, ,");
    type("\033s");
    shows(5, 60, "> a\ufffd[31mb\ufffd");
    type("\x15yxz ");
    asked(5, 60);
    hl_ui_spelt(ui, "yxz", false, "");
    cr_expect_eq(type("\033s"), HL_UI_BELL);
    shows(5, 60, "yxz: no suggestions");
}

/* The front end starts it anew, and the word that the key was meant for is asked for. */
Test(spelling, what_is_gone_is_wanted_again)
{
    static struct hl_settings settings;
    char word[HL_SPELL_WORD];

    screen_stop();
    screen_start();
    hl_ui_free(ui);
    hl_settings_init(&settings);
    snprintf(settings.spell, sizeof settings.spell, "aspell -a");
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo", .settings = &settings});
    cr_assert_not_null(ui);
    type("helo");
    screen(6, 40);
    cr_assert_eq(type("\033s"), HL_UI_SPELL);
    cr_assert_eq(hl_ui_spell(ui, true), 0);
    cr_assert(hl_ui_spell_next(ui, word));
    cr_assert_str_eq(word, "helo");
    hl_ui_spelt(ui, "helo", false, "hello");
    shows(6, 40, "> hello\n");
}
