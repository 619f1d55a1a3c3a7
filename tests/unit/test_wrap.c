/* SPDX-License-Identifier: MIT */
#include "cluster.h"
#include "hard_strings.h"
#include "text.h"
#include "utf8.h"
#include "width.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(wrap, .init = utf8_locale);

/* The rows as one string: indent as dots, rows ended by '/'. */
static void picture(char *out, size_t cap, const char *text, const struct hl_wrap_shape *shape)
{
    struct hl_wrap w;
    struct hl_wrap_row row;
    size_t n = 0;
    hl_wrap_init(&w, text, strlen(text), shape);
    while (hl_wrap_next(&w, &row)) {
        cr_assert_lt(n + row.indent + row.len + 2, cap);
        memset(out + n, '.', row.indent);
        n += row.indent;
        memcpy(out + n, text + row.offset, row.len);
        n += row.len;
        out[n++] = '/';
    }
    out[n] = '\0';
}

Test(wrap, rows)
{
    static const struct {
        const char *text;
        struct hl_wrap_shape shape;
        const char *want;
    } rows[] = {
        {"", {.width = 10}, "/"},
        {"hello", {.width = 10}, "hello/"},
        {"hello", {.width = 5}, "hello/"},
        {"hello world", {.width = 5}, "hello/world/"},
        {"hello world", {.width = 10}, "hello/world/"},
        {"hello world", {.width = 11}, "hello world/"},
        {"a bb ccc", {.width = 4}, "a bb/ccc/"},
        {"a    b", {.width = 3}, "a/b/"},
        {"abc   ", {.width = 3}, "abc/"},
        {"abc   ", {.width = 5}, "abc/"},
        {"abc  ", {.width = 5}, "abc  /"},
        {"abcdefgh", {.width = 3}, "abc/def/gh/"},
        {"x abcdefgh", {.width = 4}, "x/abcd/efgh/"},
        {"    code", {.width = 6}, "    co/de/"},
        {"      ", {.width = 3}, "/"},
        {"      x", {.width = 3}, "/x/"},
        {"a\nb", {.width = 9}, "a/b/"},
        {"a\n\nb\n", {.width = 9}, "a//b//"},
        {"\n", {.width = 9}, "//"},
        {"ab cd\n  ef gh", {.width = 5}, "ab cd/  ef/gh/"},
        {"漢字漢字", {.width = 5}, "漢字/漢字/"},
        {"漢字", {.width = 1}, "漢/字/"},
        {"漢a字", {.width = 1}, "漢/a/字/"},
        {"あい。う", {.width = 4}, "あ/い。/う/"},
        {"あ「い」", {.width = 4}, "あ/「い/」/"},
        {"ab漢字cd", {.width = 4}, "ab漢/字cd/"},
        {"e\u0301e\u0301e\u0301", {.width = 2}, "e\u0301e\u0301/e\u0301/"},
        {"🇩🇪🇫🇷", {.width = 3}, "🇩🇪/🇫🇷/"},
        {"🇩🇪", {.width = 1}, "🇩/🇪/"},
        {"👍🏽", {.width = 2}, "👍/🏽/"},
        {"a\u00a0b c", {.width = 3}, "a\u00a0b/c/"},
        {"x", {.width = 0}, "x/"},
        /* with a prefix and a hanging indent */
        {"one two three four", {.width = 16, .first = 4, .hang = 4}, "....one two/....three four/"},
        {"one two three four", {.width = 16, .first = 4, .hang = 2}, "....one two/..three four/"},
        {"abcdefghijklmnop", {.width = 12, .first = 4, .hang = 2}, "....abcdefgh/..ijklmnop/"},
        {"a\nb", {.width = 12, .first = 4, .hang = 4}, "....a/....b/"},
        {"one two", {.width = 10, .first = 4}, "/one two/"},
        {"one two", {.width = 10, .first = 40, .hang = 40}, "/one two/"},
        {"one two three", {.width = 8, .hang = 4}, "one two/three/"},
        {"", {.width = 8, .first = 4}, "//"},
        {"", {.width = 12, .first = 4}, "..../"},
        /* an input line keeps every space and has a cell for the cursor behind a full row */
        {"one two", {.width = 5, .cells = true}, "one t/wo/"},
        {"abc   ", {.width = 3, .cells = true}, "abc/   //"},
        {"abc", {.width = 3, .cells = true}, "abc//"},
        {"abc\nd", {.width = 3, .cells = true}, "abc//d/"},
        {"ab\nc", {.width = 3, .cells = true}, "ab/c/"},
        {"漢字", {.width = 3, .cells = true}, "漢/字/"},
        {"漢字", {.width = 1, .cells = true}, "漢/字//"},
        {"", {.width = 3, .cells = true}, "/"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[256];
        picture(got, sizeof got, rows[i].text, &rows[i].shape);
        cr_expect_str_eq(got, rows[i].want, "row %zu: %s, not %s", i, got, rows[i].want);
    }
}

/* What holds for any text and any shape. */
static void check(const char *text, size_t len, const struct hl_wrap_shape *shape, unsigned id)
{
    struct hl_wrap w;
    struct hl_wrap_row row;
    size_t at = 0;
    size_t count = 0;
    hl_wrap_init(&w, text, len, shape);
    while (hl_wrap_next(&w, &row)) {
        count++;
        cr_assert_leq(count, 2 * len + 3, "%u: no end", id);
        cr_assert_geq(row.offset, at, "%u: row %zu goes back", id, count);
        cr_assert_leq(row.offset + row.len, len, "%u", id);
        for (size_t i = at; i < row.offset; i++)
            cr_assert(text[i] == '\n' || (text[i] == ' ' && !shape->cells), "%u: byte %zu lost", id,
                      i);
        at = row.offset + row.len;
        cr_assert_eq(row.columns, hl_width(text + row.offset, row.len), "%u: columns", id);
        cr_assert_null(memchr(text + row.offset, '\n', row.len), "%u: newline", id);
        cr_assert(hl_utf8_valid(text + row.offset, row.len), "%u: cut character", id);
        size_t width = shape->width ? shape->width : 1;
        if (row.columns + row.indent > width) {
            uint32_t cp;
            size_t n = hl_utf8_decode(text + row.offset, row.len, &cp);
            cr_assert_gt(hl_width_char(cp) + row.indent, width, "%u: row %zu too wide", id, count);
            for (size_t i = n; i < row.len;) {
                i += hl_utf8_decode(text + row.offset + i, row.len - i, &cp);
                cr_assert_eq(hl_width_char(cp), 0, "%u: more than the one character", id);
            }
        } else if (row.offset + row.len < len) {
            /* clusters stay whole unless one fills a row */
            size_t whole = hl_cluster_snap(text, len, row.offset + row.len);
            size_t start = hl_cluster_prev(text, len, whole);
            cr_assert(whole == row.offset + row.len ||
                          hl_width(text + start, whole - start) + row.indent > width,
                      "%u: cut cluster", id);
        }
    }
    for (size_t i = at; i < len; i++)
        cr_assert(text[i] == '\n' || (text[i] == ' ' && !shape->cells), "%u: end lost", id);
    cr_assert_eq(hl_wrap_height(text, len, shape), count, "%u", id);
}

Test(wrap, hard_strings_at_every_width)
{
    char clean[256];
    for (unsigned i = 0; i < HARD_STRINGS; i++) {
        const char *in = hard_strings[i].text;
        size_t n = hl_text_clean(clean, sizeof clean, in, strlen(in), 0, NULL);
        for (size_t width = 0; width <= 24; width++) {
            for (unsigned cells = 0; cells < 2; cells++) {
                struct hl_wrap_shape shape = {
                    .width = width, .first = width / 3, .hang = width / 4, .cells = cells};
                check(clean, n, &shape, i);
            }
        }
    }
}

Test(wrap, random_text_and_shapes)
{
    static const char *const words[] = {
        " ",  " ", "\n", "a",        "word",    "  ", "漢",          "字。",
        "「", "😀", "🇩🇪", "👍🏽", "e\u0301", "!",  "longer-word", "\u0e33"};
    for (unsigned seed = 1; seed <= 20000; seed++) {
        char text[512];
        size_t len = 0;
        unsigned state = seed;
        for (size_t n = (size_t)rand_r(&state) % 40; n > 0; n--) {
            const char *word = words[(size_t)rand_r(&state) / 7 % (sizeof words / sizeof words[0])];
            memcpy(text + len, word, strlen(word));
            len += strlen(word);
        }
        struct hl_wrap_shape shape = {.width = (size_t)rand_r(&state) % 30,
                                      .first = (size_t)rand_r(&state) % 20,
                                      .hang = (size_t)rand_r(&state) % 20,
                                      .cells = rand_r(&state) % 2};
        check(text, len, &shape, seed);
    }
}

/* Some characters have columns of their own and yet join what is before them, without end: a
 * message of a peer's that is made of them must not stop the screen. It took seconds when each row
 * looked for the end of the cluster. */
Test(wrap, endless_clusters_cost_no_more_than_others)
{
    static const uint32_t joining[] = {0x0903, 0x1100, 0x0600, 0x0e33};
    static char text[60000];

    for (size_t i = 0; i < sizeof joining / sizeof joining[0]; i++) {
        size_t len = 0;
        while (len + HL_UTF8_MAX <= sizeof text)
            len += hl_utf8_encode(joining[i], text + len);
        clock_t before = clock();
        for (int times = 0; times < 3; times++)
            hl_wrap_height(text, len, &(struct hl_wrap_shape){.width = 20});
        double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
        cr_expect_lt(seconds, 1.0, "U+%04X: %.1f s", (unsigned)joining[i], seconds);
    }
}
