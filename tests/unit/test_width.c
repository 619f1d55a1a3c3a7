/* SPDX-License-Identifier: MIT */
/* Clusters and columns. */
#include "cluster.h"
#include "hard_strings.h"
#include "text.h"
#include "utf8.h"
#include "width.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(width, .init = utf8_locale);

/* The boundaries by one pass from the start: marks[i] = i is one. */
static void reference(const char *s, size_t len, bool *marks)
{
    utf8proc_int32_t left = 0;
    utf8proc_int32_t state = 0;
    memset(marks, 0, len + 1);
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        size_t n = hl_utf8_decode(s + at, len - at, &cp);
        if (at == 0 || utf8proc_grapheme_break_stateful(left, (utf8proc_int32_t)cp, &state))
            marks[at] = true;
        left = (utf8proc_int32_t)cp;
        at += n;
    }
    marks[len] = true;
    marks[0] = true;
}

Test(width, hard_strings_have_their_clusters)
{
    cr_assert_eq(HARD_STRINGS, 50);
    for (size_t i = 0; i < HARD_STRINGS; i++) {
        const struct hard_string *h = &hard_strings[i];
        size_t len = strlen(h->text);
        size_t count = 0;
        for (size_t at = 0; at < len; at = hl_cluster_next(h->text, len, at))
            count++;
        cr_expect_eq(count, h->clusters, "%s: %zu clusters, not %zu", h->what, count, h->clusters);
    }
}

Test(width, hard_strings_have_their_columns_after_the_filter)
{
    char clean[256];
    for (size_t i = 0; i < HARD_STRINGS; i++) {
        const struct hard_string *h = &hard_strings[i];
        size_t n = hl_text_clean(clean, sizeof clean, h->text, strlen(h->text), 0, NULL);
        size_t columns = hl_width(clean, n);
        cr_expect_eq(columns, h->columns, "%s: %zu columns, not %zu", h->what, columns, h->columns);
    }
}

static void check_boundaries(const char *s, size_t len, const char *what, unsigned seed)
{
    static bool marks[4096];
    reference(s, len, marks);
    for (size_t at = 0; at <= len; at++) {
        size_t before = at;
        size_t after = at;
        if (at < len && ((unsigned char)s[at] & 0xc0) == 0x80)
            continue;
        while (!marks[after])
            after++;
        cr_assert_eq(hl_cluster_snap(s, len, at), after, "%s seed %u: snap at %zu", what, seed, at);
        if (!marks[at])
            continue;
        while (before > 0 && !marks[--before])
            ;
        cr_assert_eq(hl_cluster_prev(s, len, at), before, "%s seed %u: prev at %zu", what, seed,
                     at);
        after = at == len ? len : at + 1;
        while (!marks[after])
            after++;
        cr_assert_eq(hl_cluster_next(s, len, at), after, "%s seed %u: next at %zu", what, seed, at);
    }
}

Test(width, backwards_and_forwards_agree_with_one_pass)
{
    for (size_t i = 0; i < HARD_STRINGS; i++)
        check_boundaries(hard_strings[i].text, strlen(hard_strings[i].text), hard_strings[i].what,
                         0);
}

/* Code points that take part in the rules of UAX #29, and plain ones between them. */
static const uint32_t pieces[] = {
    'a',     ' ',     '\n',    '\r',   0x301,  0x200d, 0xfe0f,  0x1f468, 0x1f469,
    0x1f3fd, 0x1f1e9, 0x1f1ea, 0x1100, 0x1161, 0x11ab, 0xac00,  0xac01,  0x600,
    0x915,   0x94d,   0x93f,   0x2764, 0x4e2d, 0xe33,  0xe0067,
};

Test(width, random_mixtures_agree_with_one_pass)
{
    for (unsigned seed = 1; seed <= 3000; seed++) {
        char s[256];
        size_t len = 0;
        unsigned state = seed;
        for (size_t n = (size_t)rand_r(&state) % 24; n > 0; n--) {
            size_t pick = (size_t)rand_r(&state) / 7 % (sizeof pieces / sizeof pieces[0]);
            len += hl_utf8_encode(pieces[pick], s + len);
        }
        check_boundaries(s, len, "mixture", seed);
    }
}

Test(width, every_character_beside_a_letter_and_an_ideograph)
{
    static const uint32_t beside[] = {'a', 0xe9, 0x4e2d};
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        if (cp == 0xd800)
            cp = 0xe000;
        for (size_t i = 0; i < 3; i++) {
            char s[2 * HL_UTF8_MAX];
            size_t first = hl_utf8_encode(beside[i], s);
            size_t len = first + hl_utf8_encode(cp, s + first);
            bool apart = utf8proc_grapheme_break((utf8proc_int32_t)beside[i], (utf8proc_int32_t)cp);
            cr_assert_eq(hl_cluster_next(s, len, 0), apart ? first : len, "U+%04X", cp);
            first = hl_utf8_encode(cp, s);
            len = first + hl_utf8_encode(beside[i], s + first);
            apart = utf8proc_grapheme_break((utf8proc_int32_t)cp, (utf8proc_int32_t)beside[i]);
            cr_assert_eq(hl_cluster_next(s, len, 0), apart ? first : len, "U+%04X", cp);
        }
    }
}

Test(width, ten_thousand_flags_and_marks_are_walked)
{
    static char s[40001];
    size_t len = 0;
    for (int i = 0; i < 10000; i++)
        len += hl_utf8_encode(0x1f1e9 + (uint32_t)i % 2, s + len);
    cr_assert_eq(hl_cluster_prev(s, len, len), len - 8);
    len = 0;
    s[len++] = 'e';
    for (int i = 0; i < 10000; i++)
        len += hl_utf8_encode(0x301, s + len);
    cr_assert_eq(hl_cluster_next(s, len, 0), 1 + 2 * (HL_CLUSTER_MAX - 1));
    size_t last = 10001 % HL_CLUSTER_MAX; /* marks that are left for it */
    cr_assert_eq(hl_cluster_prev(s, len, len), len - 2 * last);
    cr_assert_eq(hl_cluster_snap(s, len, len - 2), len);
}

Test(width, ends_and_empty_text)
{
    cr_assert_eq(hl_cluster_next("", 0, 0), 0);
    cr_assert_eq(hl_cluster_prev("", 0, 0), 0);
    cr_assert_eq(hl_cluster_snap("", 0, 0), 0);
    cr_assert_eq(hl_cluster_next("ab", 2, 2), 2);
    cr_assert_eq(hl_width("", 0), 0);
    cr_assert_eq(hl_width("a\nb", 3), 2);
}

Test(width, fit_takes_whole_clusters)
{
    static const struct {
        const char *text;
        size_t columns, len, used;
    } rows[] = {
        {"hello", 0, 0, 0}, {"hello", 3, 3, 3}, {"hello", 9, 5, 5},     {"漢字", 3, 3, 2},
        {"漢字", 1, 0, 0},  {"漢字", 4, 6, 4},  {"e\u0301e", 1, 3, 1},  {"", 4, 0, 0},
        {"🇩🇪x", 1, 0, 0},   {"🇩🇪x", 2, 8, 2},   {"a👍🏽", 4, 1, 1}, {"ab漢", 3, 2, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t used;
        size_t n = hl_width_fit(rows[i].text, strlen(rows[i].text), rows[i].columns, &used);
        cr_expect_eq(n, rows[i].len, "row %zu: %zu bytes", i, n);
        cr_expect_eq(used, rows[i].used, "row %zu: %zu columns", i, used);
        cr_assert_eq(hl_width_fit(rows[i].text, strlen(rows[i].text), rows[i].columns, NULL), n);
    }
}

Test(width, the_end_of_what_is_long)
{
    static const struct {
        const char *text;
        size_t columns, skipped;
    } rows[] = {{"", 0, 0},         {"abc", 3, 0},     {"abc", 2, 1},    {"abc", 0, 3},
                {"漢字漢", 6, 0},   {"漢字漢", 5, 3},  {"漢字漢", 1, 9}, {"a漢b", 3, 1},
                {"e\u0301x", 1, 3}, {"x\u0301", 0, 3}, {"\xff漢", 2, 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = hl_width_skip(rows[i].text, strlen(rows[i].text), rows[i].columns);
        cr_expect_eq(n, rows[i].skipped, "row %zu: %zu bytes", i, n);
    }
}

Test(width, what_wcwidth_rejects_counts_one)
{
    cr_assert_eq(hl_width_char(0x07), 1);
    cr_assert_eq(hl_width_char(0xffff), 1);
    cr_assert_eq(hl_width_char(0x301), 0);
    cr_assert_eq(hl_width_char(0x4e2d), 2);
}
