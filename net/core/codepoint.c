/* SPDX-License-Identifier: MIT */
#include "codepoint.h"

#include <string.h>

/* Length of the character that starts with byte b, 0 if none can. */
static size_t sequence_len(uint8_t b)
{
    if (b < 0x80)
        return 1;
    if (b >= 0xc2 && b <= 0xdf)
        return 2;
    if (b >= 0xe0 && b <= 0xef)
        return 3;
    if (b >= 0xf0 && b <= 0xf4)
        return 4;
    return 0;
}

/* The second byte is where overlong forms, surrogates and too large values show (RFC 3629, 4). */
static bool second_fits(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

/* How many of the n bytes at p, at most want, form the beginning of a valid character. */
static size_t prefix_len(const uint8_t *p, size_t n, size_t want)
{
    size_t i = 1;

    if (n < 2 || want < 2)
        return 1;
    if (!second_fits(p[0], p[1]))
        return 1;
    for (i = 2; i < n && i < want; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return i;
    }
    return i;
}

bool hl_codepoint_valid(const void *text, size_t len)
{
    const uint8_t *p = text;
    size_t i = 0;

    while (i < len) {
        uint64_t word;
        size_t want;

        /* Eight ASCII bytes at a time: most text is ASCII. */
        if (len - i >= sizeof(word)) {
            memcpy(&word, p + i, sizeof(word));
            if ((word & 0x8080808080808080U) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        want = sequence_len(p[i]);
        if (want == 0 || prefix_len(p + i, len - i, want) != want)
            return false;
        i += want;
    }
    return true;
}

size_t hl_codepoint_tail(const void *text, size_t len)
{
    const uint8_t *p = text;

    for (size_t back = 1; back <= 3 && back <= len; back++) {
        uint8_t b = p[len - back];
        size_t want = sequence_len(b);

        if ((b & 0xc0) == 0x80)
            continue;
        if (want > back && prefix_len(p + len - back, back, want) == back)
            return back;
        return 0;
    }
    return 0;
}

size_t hl_codepoint_cut(const void *text, size_t len, size_t max)
{
    size_t tail;

    if (len <= max)
        return len;
    tail = hl_codepoint_tail(text, max);
    return tail < max ? max - tail : max;
}
