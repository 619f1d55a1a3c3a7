/* SPDX-License-Identifier: MIT */
/* The display filter. */
#include "forbidden.h"
#include "hard_strings.h"
#include "text.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(text, .init = utf8_locale);

/* Everything the header promises of a filtered text. */
static void check_clean(const char *out, size_t n, size_t in_len, unsigned flags, unsigned id)
{
    unsigned marks = 0;
    bool based = false;
    cr_assert_leq(n, in_len * HL_TEXT_GROWTH, "input %u grew to %zu", id, n);
    cr_assert_eq(out[n], '\0');
    cr_assert(hl_utf8_valid(out, n), "input %u", id);
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        at += hl_utf8_decode(out + at, n - at, &cp);
        if (cp == '\n') {
            cr_assert(flags & HL_TEXT_LINES, "input %u: newline", id);
            based = false;
            continue;
        }
        cr_assert(!(flags & HL_TEXT_ASCII) || (cp >= ' ' && cp < 0x7f), "input %u: U+%04X", id, cp);
        cr_assert(!forbidden(cp), "input %u: U+%04X passed", id, cp);
        marks = wcwidth((wchar_t)cp) > 0 ? 0 : marks + 1;
        cr_assert(marks == 0 || based, "input %u: mark without a base", id);
        cr_assert_leq(marks, (unsigned)HL_TEXT_MARKS, "input %u", id);
        based = true;
    }
}

Test(text, all_scalar_values)
{
    static const unsigned flags[] = {0, HL_TEXT_LINES, HL_TEXT_ASCII,
                                     HL_TEXT_ASCII | HL_TEXT_LINES};
    static const char *const before[] = {"", "e"};
    char in[8];
    char out[64];
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        if (cp == 0xd800)
            cp = 0xe000;
        for (size_t i = 0; i < 8; i++) {
            size_t len = strlen(before[i / 4]);
            unsigned found;
            memcpy(in, before[i / 4], len);
            len += hl_utf8_encode(cp, in + len);
            size_t n = hl_text_clean(out, sizeof out, in, len, flags[i % 4], &found);
            check_clean(out, n, len, flags[i % 4], cp);
            cr_assert(!(found & (HL_TEXT_BAD_UTF8 | HL_TEXT_TRUNCATED)), "U+%04X", cp);
            /* What may pass does, and unchanged. */
            bool mark = wcwidth((wchar_t)cp) == 0;
            if (flags[i % 4] == 0 && found == 0 && cp != '\n' && cp != '\t' && cp != 0x2028 &&
                cp != 0x2029 && cp != '\r' && !(mark && i < 4))
                cr_assert(n == len && memcmp(in, out, n) == 0, "U+%04X was changed", cp);
            if (flags[i % 4] == 0 && forbidden(cp) && cp != '\t' && cp != 0x2028 && cp != 0x2029 &&
                cp != '\r')
                cr_assert_neq(found, 0, "U+%04X went without a word", cp);
        }
    }
}

Test(text, all_pairs_of_bytes)
{
    char out[16];
    for (unsigned i = 0; i < 1U << 16; i++) {
        char in[2] = {(char)(i >> 8), (char)i};
        for (unsigned flags = 0; flags < 4; flags++)
            check_clean(out, hl_text_clean(out, sizeof out, in, 2, flags, NULL), 2, flags, i);
    }
}

Test(text, rows)
{
#define R "\xef\xbf\xbd"
    static const struct {
        const char *in;
        size_t len; /* 0 = strlen */
        unsigned flags;
        const char *out;
        unsigned found;
    } rows[] = {
        {"", 0, 0, "", 0},
        {"hello", 0, 0, "hello", 0},
        {"a\0b", 3, 0, "a" R "b", HL_TEXT_REPLACED},
        {"\x1b[31mred\x1b]0;title\a", 0, 0, R "[31mred" R "]0;title" R, HL_TEXT_REPLACED},
        {"\b\b09:00 - bob", 0, 0, R R "09:00 - bob", HL_TEXT_REPLACED},
        {"a\tb", 0, 0, "a b", 0},
        {"a\tb", 0, HL_TEXT_LINES, "a    b", 0},
        {"a\nb", 0, 0, "a⏎b", 0},
        {"a\nb", 0, HL_TEXT_LINES, "a\nb", 0},
        {"a\nb", 0, HL_TEXT_ASCII, "a|b", 0},
        {"a\r\nb\r\n", 0, HL_TEXT_LINES, "a\nb\n", 0},
        {"a\rb", 0, 0, "a" R "b", HL_TEXT_REPLACED},
        {"a\r", 0, 0, "a", 0},
        {"a\u2028b\u2029c", 0, HL_TEXT_LINES, "a\nb\nc", 0},
        {"a\u2028b", 0, 0, "a⏎b", 0},
        {"a\xc2\x85\xc2\x9b"
         "31mb",
         0, 0, "a" R R "31mb", HL_TEXT_REPLACED},
        {"\x7f", 0, 0, R, HL_TEXT_REPLACED},
        {"\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80", 0, 0, R R "|" R R R "|" R R R R,
         HL_TEXT_BAD_UTF8},
        {"a\xe6\xbc", 0, 0, "a" R, HL_TEXT_BAD_UTF8},
        {"caf\xe9", 0, 0, "caf" R, HL_TEXT_BAD_UTF8},
        {"a\u202eb\u202c\u2066c\u2069\u200e\u200f\u061c", 0, 0, "abc", HL_TEXT_DROPPED},
        {"a\u200b\u2060\ufeff\u00adb", 0, 0, "ab", HL_TEXT_DROPPED},
        {"\U000e0001\U000e0041x\U000e007f", 0, 0, "x", HL_TEXT_DROPPED},
        {"\u3164\u115f\u1160\uffa0", 0, 0, "", HL_TEXT_DROPPED},
        {"a\ufff9b\ufffac\ufffb", 0, 0, "abc", HL_TEXT_DROPPED},
        {"\u2764\ufe0f", 0, 0, "\u2764", HL_TEXT_DROPPED},
        {"👩\u200d🚀", 0, 0, "👩🚀", HL_TEXT_DROPPED},
        {"🇩🇪", 0, 0, "🇩🇪", 0},
        {"\uffff\U0010ffff\u0378", 0, 0, R R R, HL_TEXT_REPLACED},
        {"\u0301x", 0, 0, "◌\u0301x", 0},
        {"a\n\u0301", 0, HL_TEXT_LINES, "a\n◌\u0301", 0},
        {"\u200d\u0301", 0, 0, "◌\u0301", HL_TEXT_DROPPED},
        {" \u0301", 0, 0, " \u0301", 0},
        {"e\u0301\u0301\u0301\u0301\u0301e\u0301", 0, 0, "e\u0301\u0301\u0301\u0301e\u0301",
         HL_TEXT_DROPPED},
        {"e\u0301\u200d\u0301\u0301\u0301\u0301", 0, 0, "e\u0301\u0301\u0301\u0301",
         HL_TEXT_DROPPED},
        {"caf\u00e9 漢字 😀!", 0, HL_TEXT_ASCII, "caf? ?? ?!", HL_TEXT_REPLACED},
        {"👨\u200d👩\u200d👧 🇩🇪🇫🇷", 0, HL_TEXT_ASCII, "? ??", HL_TEXT_REPLACED | HL_TEXT_DROPPED},
        {"e\u0301\u0302x", 0, HL_TEXT_ASCII, "ex", HL_TEXT_DROPPED},
        {"a\u202eb", 0, HL_TEXT_ASCII, "ab", HL_TEXT_DROPPED},
        {"\xff\x01", 0, HL_TEXT_ASCII, "??", HL_TEXT_BAD_UTF8 | HL_TEXT_REPLACED},
        {"שלום مرحبا", 0, 0, "שלום مرحبا", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[256];
        unsigned found;
        size_t len = rows[i].len ? rows[i].len : strlen(rows[i].in);
        size_t n = hl_text_clean(out, sizeof out, rows[i].in, len, rows[i].flags, &found);
        cr_expect_str_eq(out, rows[i].out, "row %zu: %s", i, out);
        cr_expect_eq(n, strlen(rows[i].out), "row %zu", i);
        cr_expect_eq(found, rows[i].found, "row %zu: found %x", i, found);
    }
}

/* A name holds no colon that a space follows, whatever the filter made of what was there. */
Test(text, names)
{
    static const char *const rows[][2] = {
        {"bob", "bob"},
        {"bob: hi", "bob:hi"},
        {"bob:   : hi", "bob::hi"},
        {"bob:\t\u200b hi", "bob:hi"},
        {"bob:\u2028 x", "bob:\u23ce x"},
        {": ", ":"},
        {"12:30 bob", "12:30 bob"},
        {"\x1b]0;x\a: y", R "]0;x" R ":y"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[64];
        size_t n = hl_text_clean_name(out, sizeof out, rows[i][0], strlen(rows[i][0]), 0);
        cr_assert_str_eq(out, rows[i][1], "row %zu: %s", i, out);
        cr_assert_eq(n, strlen(out));
    }
}

Test(text, filtering_twice_changes_nothing)
{
    char once[256];
    char twice[256];
    for (size_t i = 0; i < HARD_STRINGS; i++) {
        const char *in = hard_strings[i].text;
        size_t n = hl_text_clean(once, sizeof once, in, strlen(in), 0, NULL);
        check_clean(once, n, strlen(in), 0, (unsigned)i);
        hl_text_clean(twice, sizeof twice, once, n, 0, NULL);
        cr_assert_str_eq(once, twice, "%s", hard_strings[i].what);
    }
}

Test(text, small_room_never_cuts_a_character)
{
    static const char in[] = "ab\u00e9\u6f22\U0001f600e\u0301\x1b\n\u0301";
    char whole[64];
    char part[64];
    for (unsigned flags = 0; flags < 4; flags++) {
        size_t n = hl_text_clean(whole, sizeof whole, in, sizeof in - 1, flags, NULL);
        for (size_t cap = 1; cap <= n + 1; cap++) {
            unsigned found;
            memset(part, '#', sizeof part);
            size_t m = hl_text_clean(part, cap, in, sizeof in - 1, flags, &found);
            cr_assert_lt(m, cap);
            cr_assert_gt(m + 8, cap, "cap %zu: only %zu", cap, m);
            cr_assert(m == 0 || memcmp(part, whole, m) == 0);
            cr_assert(hl_utf8_valid(part, m), "cap %zu", cap);
            cr_assert_eq(part[m], '\0');
            cr_assert_eq(part[cap], '#', "cap %zu: written behind", cap);
            cr_assert_eq(!!(found & HL_TEXT_TRUNCATED), m < n, "cap %zu", cap);
        }
    }
}

Test(text, prefixes_are_filtered_to_prefixes)
{
    char whole[256];
    char part[256];
    for (size_t i = 0; i < HARD_STRINGS; i++) {
        const char *in = hard_strings[i].text;
        size_t len = strlen(in);
        hl_text_clean(whole, sizeof whole, in, len, 0, NULL);
        for (size_t at = 0; at <= len; at++) {
            if (hl_utf8_cut(in, len, at) != at)
                continue;
            size_t n = hl_text_clean(part, sizeof part, in, at, 0, NULL);
            cr_assert_eq(memcmp(whole, part, n), 0, "%s at %zu", hard_strings[i].what, at);
        }
    }
}

Test(text, dup_holds_the_worst_growth)
{
    static const char *const worst[] = {"\t", "\x01", "\xff", "\n\xcc\x81", "\n"};
    char in[3000];
    for (size_t i = 0; i < 5; i++) {
        size_t unit = strlen(worst[i]);
        size_t len = 0;
        while (len + unit <= sizeof in) {
            memcpy(in + len, worst[i], unit);
            len += unit;
        }
        size_t n;
        unsigned found;
        char *out = hl_text_clean_dup(in, len, HL_TEXT_LINES, &n, &found);
        cr_assert_not_null(out);
        check_clean(out, n, len, HL_TEXT_LINES, (unsigned)i);
        cr_assert(!(found & HL_TEXT_TRUNCATED));
        free(out);
    }
    char *empty = hl_text_clean_dup("", 0, 0, NULL, NULL);
    cr_assert_str_eq(empty, "");
    free(empty);
}

Test(text, random_bytes)
{
    char in[200];
    char out[200 * HL_TEXT_GROWTH + 1];
    for (unsigned seed = 1; seed <= 20000; seed++) {
        unsigned state = seed;
        size_t len = (size_t)rand_r(&state) % sizeof in;
        for (size_t i = 0; i < len; i++) {
            unsigned r = (unsigned)rand_r(&state) >> 3;
            /* lead and continuation bytes more often than chance has them */
            in[i] = (char)(r & 0x300 ? r & 0xff : 0x80 | (r & 0x7f));
        }
        unsigned flags = (unsigned)rand_r(&state) / 5 % 4;
        size_t n = hl_text_clean(out, sizeof out, in, len, flags, NULL);
        check_clean(out, n, len, flags, seed);
    }
}

static const struct {
    const char *raw, *want;
} originals[] = {
    {"plain\ttext\nof two lines", "plain\ttext\nof two lines"},
    {"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 \xe2\x9d\xa4\xef\xb8\x8f",
     "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 \xe2\x9d\xa4\xef\xb8\x8f"},
    {"\xe2\x80\xae right to left \xe2\x80\xac", "\xe2\x80\xae right to left \xe2\x80\xac"},
    {"e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86",
     "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86"},
    {"\033[201~rm -rf /\r\n", "[201~rm -rf /"},
    {"a\rb\bc\ad\x7f"
     "e\xc2\x9b"
     "f\xc2\x85g",
     "abcdefg"},
    {"bad \xff\xc3 bytes", "bad \xef\xbf\xbd\xef\xbf\xbd bytes"},
    {"\n\n", ""},
    {"", ""},
};

Test(text, the_original_is_kept_but_for_what_acts)
{
    char out[256];

    for (size_t i = 0; i < sizeof originals / sizeof originals[0]; i++) {
        size_t len = hl_text_original(out, originals[i].raw, strlen(originals[i].raw));
        cr_expect_str_eq(out, originals[i].want, "row %zu: %s", i, out);
        cr_expect_eq(len, strlen(out), "row %zu", i);
    }
    cr_assert_eq(hl_text_original(out, "a\0b", 3), 2);
    cr_assert_str_eq(out, "ab");
}
