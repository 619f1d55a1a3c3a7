/* SPDX-License-Identifier: MIT */
#include "utf8.h"

/* What may follow a lead byte: table 3-7 of the Unicode Standard. Only the second byte has limits
 * of its own; they shut out overlong forms, surrogates and what lies above U+10FFFF. */
struct lead {
    uint8_t first, last; /* lead bytes of this row */
    uint8_t low, high;   /* range of the second byte */
    uint8_t length;
};

static const struct lead leads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const struct lead *find_lead(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

size_t hl_utf8_decode(const char *s, size_t len, uint32_t *cp)
{
    const uint8_t *b = (const uint8_t *)s;
    if (b[0] < 0x80) {
        *cp = b[0];
        return 1;
    }
    *cp = HL_UTF8_INVALID;
    const struct lead *lead = find_lead(b[0]);
    if (!lead || len < 2 || b[1] < lead->low || b[1] > lead->high)
        return 1;
    uint32_t value = ((uint32_t)b[0] & (0x7fU >> lead->length)) << 6 | (b[1] & 0x3fU);
    for (size_t i = 2; i < lead->length; i++) {
        if (i >= len || (b[i] & 0xc0) != 0x80)
            return i;
        value = value << 6 | (b[i] & 0x3fU);
    }
    *cp = value;
    return lead->length;
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
