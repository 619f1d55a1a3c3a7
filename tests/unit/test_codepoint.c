/* SPDX-License-Identifier: MIT */
#include "codepoint.h"

#include <criterion/criterion.h>
#include <string.h>

static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

Test(codepoint, every_scalar_value_is_valid_and_never_cut)
{
    char text[8];
    unsigned count = 0;

    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        size_t n = encode(c, text);
        bool surrogate = c >= 0xd800 && c <= 0xdfff;

        cr_assert_eq(hl_codepoint_valid(text, n), !surrogate, "U+%04X", c);
        if (surrogate)
            continue;
        count++;
        text[n] = 'x';
        for (size_t max = 1; max < n; max++) {
            cr_assert_not(hl_codepoint_valid(text, max), "U+%04X cut to %zu", c, max);
            cr_assert_eq(hl_codepoint_tail(text, max), max, "U+%04X tail %zu", c, max);
        }
        cr_assert_eq(hl_codepoint_tail(text, n), 0, "U+%04X", c);
    }
    cr_assert_eq(count, 1112064);
}

static const struct {
    const char *bytes;
    size_t len;
    bool valid;
} table[] = {
    {"", 0, true},
    {"abcdefghij", 10, true},
    {"\xc0\x80", 2, false},         /* overlong NUL */
    {"\xc1\xbf", 2, false},         /* overlong */
    {"\xe0\x9f\xbf", 3, false},     /* overlong */
    {"\xed\xa0\x80", 3, false},     /* surrogate */
    {"\xf0\x8f\xbf\xbf", 4, false}, /* overlong */
    {"\xf4\x90\x80\x80", 4, false}, /* above U+10FFFF */
    {"\xf5\x80\x80\x80", 4, false}, /* no such lead byte */
    {"\xff\xfe", 2, false},         /* never valid */
    {"\x80", 1, false},             /* lone continuation */
    {"abcdefgh\xc3", 9, false},     /* cut at the end */
    {"abcdefgh\xc3\xa9zzzzzzzz", 18, true},
    {"a\0b", 3, true}, /* NUL is a character */
};

Test(codepoint, table)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        cr_assert_eq(hl_codepoint_valid(table[i].bytes, table[i].len), table[i].valid, "row %zu",
                     i);
}

Test(codepoint, pieces_are_whole_and_lose_nothing)
{
    char text[4096];
    size_t len = 0;

    while (len + 4 < sizeof(text))
        len += encode(len % 3 == 0 ? 0x1f600 : len % 3 == 1 ? 0x6f22 : 0xe9, text + len);
    for (size_t max = 4; max < 64; max++) {
        size_t off = 0;

        while (off < len) {
            size_t n = hl_codepoint_cut(text + off, len - off, max);

            cr_assert(n > 0 && n <= max);
            cr_assert(hl_codepoint_valid(text + off, n), "max %zu at %zu", max, off);
            off += n;
        }
        cr_assert_eq(off, len);
    }
}

Test(codepoint, cutting_garbage_makes_progress)
{
    char junk[64];

    memset(junk, 0x80, sizeof(junk));
    cr_assert_eq(hl_codepoint_cut(junk, sizeof(junk), 10), 10);
    memset(junk, 0xf0, sizeof(junk));
    cr_assert_eq(hl_codepoint_cut(junk, sizeof(junk), 10), 9);
    cr_assert_eq(hl_codepoint_cut(junk, 3, 10), 3);
}
