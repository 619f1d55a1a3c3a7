/* SPDX-License-Identifier: MIT */
/* Which of several texts fits a query best, and which of their letters it found. */
#include "fuzzy.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start(void)
{
    cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
}

TestSuite(fuzzy, .init = start);

static int score(const char *query, const char *text)
{
    struct hl_fuzzy f;

    hl_fuzzy_init(&f, query, strlen(query));
    return hl_fuzzy_match(&f, text, strlen(text), NULL);
}

Test(fuzzy, what_fits)
{
    static const struct {
        const char *name, *query, *text;
        bool fits;
    } rows[] = {
        {"nothing typed fits all", "", "anything", true},
        {"blanks are nothing", "   ", "anything", true},
        {"the empty text", "a", "", false},
        {"letters in order", "cnt", "/connect", true},
        {"letters out of order", "tnc", "/connect", false},
        {"more letters than there are", "aaa", "aa", false},
        {"case is no matter", "CON", "/connect", true},
        {"nor beyond ASCII", "ÉÀ", "été à", true},
        {"Greek, Cyrillic", "σΜ", "ΣΙΓΜΑ", true},
        {"letters without case", "字", "漢字", true},
        {"words in any order", "bob alice", "alice and bob", true},
        {"each word must fit", "alice carol", "alice and bob", false},
        {"an accent is a letter of its own", "e", "é", false},
        {"emoji", "🎉", "party 🎉", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(score(rows[i].query, rows[i].text) >= 0, rows[i].fits, "%s", rows[i].name);
}

Test(fuzzy, which_fits_better)
{
    static const struct {
        const char *name, *query, *better, *worse;
    } rows[] = {
        {"start of the text", "co", "connect", "decor"},
        {"start of a word", "pb", "pane-below", "superb"},
        {"letters together", "help", "help page", "heal people"},
        {"initials over scattered", "sb", "split-below", "subscribe-abc"},
        {"a hump", "fB", "fooBar", "foobar"},
        {"a digit after letters", "p4", "ipv4 port4", "p994"},
        {"after a slash", "quit", "/quit", "requited"},
        {"a short gap over a long one", "ab", "xaxb", "xaxxxxxb"},
        {"after a blank over after a dash", "x", "a x", "a-x"},
        {"first letters of both words", "ab", "able bob", "cab"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_gt(score(rows[i].query, rows[i].better), score(rows[i].query, rows[i].worse),
                     "%s: %d, %d", rows[i].name, score(rows[i].query, rows[i].better),
                     score(rows[i].query, rows[i].worse));
}

/* The text with brackets around what was found. */
static const char *marked(const char *query, const char *text, bool words)
{
    static char out[512];
    bool marks[128] = {false};
    struct hl_fuzzy f;
    size_t len = strlen(text);
    size_t at = 0;

    hl_fuzzy_init(&f, query, strlen(query));
    if (words)
        hl_fuzzy_mark_words(&f, text, len, marks);
    else
        cr_assert_geq(hl_fuzzy_match(&f, text, len, marks), 0);
    for (size_t i = 0; i <= len; i++) {
        bool before = i > 0 && marks[i - 1];
        bool here = i < len && marks[i];
        if (before && !here)
            out[at++] = ']';
        if (here && !before)
            out[at++] = '[';
        out[at++] = text[i];
    }
    return out;
}

Test(fuzzy, the_letters_found)
{
    cr_assert_str_eq(marked("con", "/connect", false), "/[con]nect");
    cr_assert_str_eq(marked("sb", "subscribe split-below", false), "subscribe [s]plit-[b]elow");
    cr_assert_str_eq(marked("字b", "漢字 bar", false), "漢[字] [b]ar");
    cr_assert_str_eq(marked("bob ali", "alice bob", false), "[ali]ce [bob]");
    cr_assert_str_eq(marked("o", "foo", false), "f[o]o", "of equal ones the first");
    cr_assert_str_eq(marked("", "foo", false), "foo");
}

Test(fuzzy, words_as_they_are)
{
    cr_assert_str_eq(marked("foo", "a Foo, food, f o o", true), "a [Foo], [foo]d, f o o");
    cr_assert_str_eq(marked("aa", "aaa", true), "[aaa]");
    cr_assert_str_eq(marked("é 字", "Éa漢字", true), "[É]a漢[字]");
    cr_assert_str_eq(marked("", "abc", true), "abc");
}

/* The definition, tried the slow way: every way to place the letters. */
static int brute(const char *query, const char *text, size_t from, bool first)
{
    int best = -1;

    if (*query == '\0')
        return 0;
    for (size_t j = from; text[j] != '\0'; j++) {
        if (text[j] != *query)
            continue;
        int rest = brute(query + 1, text, j + 1, false);
        size_t gap = j - from;
        bool starts = j == 0 || text[j - 1] == ' ';
        int bonus = starts ? 10 : text[j - 1] == '-' ? 8 : 0;
        int here = first      ? 16 + 2 * bonus
                   : gap == 0 ? 16 + (bonus > 4 ? bonus : 4)
                              : 16 + bonus - 3 - (int)(gap - 1);
        if (rest >= 0 && rest + here > best)
            best = rest + here;
    }
    return best;
}

Test(fuzzy, the_best_of_all_ways)
{
    unsigned seed = 20261121;

    for (int n = 0; n < 20000; n++) {
        char text[14];
        char query[5];
        size_t len = 1 + (size_t)(rand_r(&seed) % 12);
        size_t letters = 1 + (size_t)(rand_r(&seed) % 4);
        for (size_t i = 0; i < len; i++)
            text[i] = "abab -"[rand_r(&seed) % 6];
        for (size_t i = 0; i < letters; i++)
            query[i] = "ab"[rand_r(&seed) % 2];
        text[len] = query[letters] = '\0';
        cr_assert_eq(score(query, text), brute(query, text, 0, true),
                     "%s in %s: %d, %d (seed 20261121)", query, text, score(query, text),
                     brute(query, text, 0, true));
    }
}

Test(fuzzy, long_ones_cost_no_more)
{
    size_t len = 4 << 20;
    char *text = malloc(len);
    bool *marks = calloc(len, sizeof(bool));
    struct hl_fuzzy f;

    cr_assert(text != NULL && marks != NULL);
    memset(text, 'a', len);
    hl_fuzzy_init(&f, text, len);
    cr_assert_eq(f.count, HL_FUZZY_QUERY);
    for (int i = 0; i < 200; i++)
        cr_assert_gt(hl_fuzzy_match(&f, text, len, marks), 0);
    cr_assert(!marks[HL_FUZZY_TEXT], "nothing beyond is looked at");
    free(marks);
    free(text);
}
