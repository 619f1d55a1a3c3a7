/* SPDX-License-Identifier: MIT */
#include "utf8.h"

/* Length that a lead byte announces, 0 if it is none: table 3-7 of the Unicode Standard. C0, C1 and
 * F5 to FF could only begin overlong forms or what lies above U+10FFFF. */
static size_t announced(uint8_t lead)
{
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The second byte has limits of its own after four leads; they shut out the other overlong forms,
 * the surrogates and the rest above U+10FFFF. */
static bool may_follow(uint8_t lead, uint8_t second)
{
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

size_t hl_utf8_decode(const char *s, size_t len, uint32_t *cp)
{
    const uint8_t *b = (const uint8_t *)s;
    if (b[0] < 0x80) {
        *cp = b[0];
        return 1;
    }
    *cp = HL_UTF8_INVALID;
    size_t length = announced(b[0]);
    if (length == 0 || len < 2 || !may_follow(b[0], b[1]))
        return 1;
    uint32_t value = (b[0] & (0x7fU >> length)) << 6 | (b[1] & 0x3fU);
    for (size_t i = 2; i < length; i++) {
        if (i >= len || (b[i] & 0xc0) != 0x80)
            return i;
        value = value << 6 | (b[i] & 0x3fU);
    }
    *cp = value;
    return length;
}

size_t hl_utf8_encode(uint32_t cp, char out[static HL_UTF8_MAX])
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = HL_UTF8_REPLACEMENT;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t length = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3f));
    out[0] = (char)((0xf00U >> length & 0xf0) | cp);
    return length;
}

bool hl_utf8_valid(const char *s, size_t len)
{
    uint32_t cp = 0;
    for (size_t at = 0; at < len; at += hl_utf8_decode(s + at, len - at, &cp))
        if (cp == HL_UTF8_INVALID)
            return false;
    return cp != HL_UTF8_INVALID;
}

size_t hl_utf8_prev(const char *s, size_t at)
{
    do
        at--;
    while (at > 0 && ((uint8_t)s[at] & 0xc0) == 0x80);
    return at;
}

size_t hl_utf8_cut(const char *s, size_t len, size_t max)
{
    if (len <= max)
        return len;
    size_t start = max;
    while (start > 0 && max - start < HL_UTF8_MAX - 1 && ((uint8_t)s[start] & 0xc0) == 0x80)
        start--;
    uint32_t cp;
    return start + hl_utf8_decode(s + start, len - start, &cp) > max ? start : max;
}
