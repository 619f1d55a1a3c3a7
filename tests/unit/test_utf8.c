/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <criterion/criterion.h>
#include <string.h>

Test(utf8, every_scalar_value_goes_there_and_back)
{
    char s[HL_UTF8_MAX];
    uint32_t back;
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        if (cp == 0xd800)
            cp = 0xe000;
        size_t n = hl_utf8_encode(cp, s);
        cr_assert_eq(n, cp < 0x80 ? 1U : cp < 0x800 ? 2U : cp < 0x10000 ? 3U : 4U);
        cr_assert_eq(hl_utf8_decode(s, n, &back), n, "U+%04X", cp);
        cr_assert_eq(back, cp, "U+%04X", cp);
        cr_assert(hl_utf8_valid(s, n), "U+%04X", cp);
        for (size_t cut = 1; cut < n; cut++)
            cr_assert(!hl_utf8_valid(s, cut), "U+%04X cut", cp);
    }
}

Test(utf8, what_is_no_scalar_value_is_written_as_replacement)
{
    static const uint32_t bad[] = {0xd800, 0xdfff, 0x110000, HL_UTF8_INVALID, 0xffffffff};
    char s[HL_UTF8_MAX];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(hl_utf8_encode(bad[i], s), 3);
        cr_assert_eq(memcmp(s, "\xef\xbf\xbd", 3), 0);
    }
}

/* Byte by byte after table 3-7: the length of the well-formed sequence at s, or 0. */
static size_t well_formed(const unsigned char *s, size_t len)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

Test(utf8, all_triples_of_bytes_decode_as_the_table_says)
{
    for (unsigned i = 0; i < 1U << 24; i++) {
        unsigned char s[3] = {(unsigned char)(i >> 16), (unsigned char)(i >> 8), (unsigned char)i};
        uint32_t cp;
        size_t n = hl_utf8_decode((const char *)s, 3, &cp);
        size_t right = well_formed(s, 3);
        if (right ? cp == HL_UTF8_INVALID || n != right : cp != HL_UTF8_INVALID || n < 1 || n > 3)
            cr_assert_fail("%02x %02x %02x: %zu", s[0], s[1], s[2], n);
        if (s[0] < 0x80)
            i |= 0xffff;
    }
}

/* Maximal subparts: the examples of chapter 3.9 (tables 3-8 to 3-11) and their like. */
Test(utf8, ill_formed_sequences_have_maximal_subparts)
{
    static const struct {
        const char *bytes;
        const char *lengths; /* of each step, as digits; a letter is a well-formed character */
    } rows[] = {
        {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", "11111111a"},
        {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", "11111111a"},
        {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", "11111a11a"},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", "2132a"},
        {"\xe4\xbd", "2"},
        {"\xf0\x9f\x98", "3"},
        {"\xf0\x9f\x98\x41", "3a"},
        {"\xc2", "1"},
        {"\xc2\xc2\x80", "1b"},
        {"\xf5\x80\x80\x80", "1111"},
        {"\xfe\xff", "11"},
        {"\x80", "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *s = rows[i].bytes;
        size_t len = strlen(s);
        size_t at = 0;
        for (const char *l = rows[i].lengths; *l; l++) {
            uint32_t cp;
            cr_assert_lt(at, len, "row %zu", i);
            size_t n = hl_utf8_decode(s + at, len - at, &cp);
            bool valid = *l >= 'a';
            cr_assert_eq(n, (size_t)(valid ? *l - 'a' + 1 : *l - '0'), "row %zu at %zu: %zu", i, at,
                         n);
            cr_assert_eq(cp != HL_UTF8_INVALID, valid, "row %zu at %zu", i, at);
            at += n;
        }
        cr_assert_eq(at, len, "row %zu", i);
        cr_assert(!hl_utf8_valid(s, len));
    }
}

Test(utf8, cut_and_prev_keep_characters_whole)
{
    static const char s[] = "a\u00e9\u6f22\U0001f600z";
    static const size_t starts[] = {0, 1, 3, 6, 10, 11};
    size_t len = sizeof s - 1;
    for (size_t max = 0; max <= len + 2; max++) {
        size_t want = 0;
        for (size_t i = 0; i < 6; i++)
            if (starts[i] <= max)
                want = starts[i];
        cr_assert_eq(hl_utf8_cut(s, len, max), want, "max %zu", max);
    }
    for (size_t i = 1; i < 6; i++)
        cr_assert_eq(hl_utf8_prev(s, starts[i]), starts[i - 1]);
    cr_assert_eq(hl_utf8_cut("\x80\x80\x80\x80\x80", 5, 4), 4);
}
