/* SPDX-License-Identifier: MIT */
#include "cluster.h"

#include "utf8.h"

#include <stdbool.h>
#include <utf8proc.h>

/* utf8proc indexes tables with what it is given: never hand it an ill-formed value. */
static size_t decode(const char *s, size_t len, utf8proc_int32_t *cp)
{
    uint32_t value;
    size_t n = hl_utf8_decode(s, len, &value);
    *cp = value == HL_UTF8_INVALID ? HL_UTF8_REPLACEMENT : (utf8proc_int32_t)value;
    return n;
}

/* Two printable ASCII characters are always two clusters: the common case needs no table. */
static bool plain(char c)
{
    return c >= ' ' && c < 0x7f;
}

/* So are two of these, letters and ideographs of class Other. */
static bool lone(utf8proc_int32_t cp)
{
    return (cp >= 0x00c0 && cp <= 0x02ff) || /* Latin */
           (cp >= 0x0400 && cp <= 0x0482) || /* Cyrillic */
           (cp >= 0x3041 && cp <= 0x3096) || /* hiragana */
           (cp >= 0x30a1 && cp <= 0x30ff) || /* katakana */
           (cp >= 0x3400 && cp <= 0x9fff) || /* ideographs */
           (cp >= ' ' && cp < 0x7f);
}

size_t hl_cluster_next(const char *s, size_t len, size_t at)
{
    if (at >= len)
        return len;
    if (plain(s[at]) && (at + 1 == len || plain(s[at + 1])))
        return at + 1;
    utf8proc_int32_t left;
    utf8proc_int32_t right;
    utf8proc_int32_t state = 0;
    at += decode(s + at, len - at, &left);
    for (int count = 1; at < len && count < HL_CLUSTER_MAX; count++) {
        size_t n = decode(s + at, len - at, &right);
        if (lone(left) && lone(right))
            break;
        if (utf8proc_grapheme_break_stateful(left, right, &state))
            break;
        left = right;
        at += n;
    }
    return at;
}

/* Whether left and right are apart whatever comes before them. Only flags and families joined by
 * ZWJ need more context than the pair; for the former the stateless rule answers "together". */
static bool surely_apart(utf8proc_int32_t left, utf8proc_int32_t right)
{
    enum { ZWJ = 0x200d };
    return left != ZWJ && utf8proc_grapheme_break(left, right);
}

/* The last place before at, or the start, where clusters can be counted from. */
static size_t anchor(const char *s, size_t len, size_t at)
{
    utf8proc_int32_t left;
    utf8proc_int32_t right;
    size_t start = hl_utf8_prev(s, at);
    decode(s + start, len - start, &right);
    while (start > 0) {
        size_t before = hl_utf8_prev(s, start);
        decode(s + before, len - before, &left);
        if (surely_apart(left, right))
            break;
        start = before;
        right = left;
    }
    return start;
}

size_t hl_cluster_prev(const char *s, size_t len, size_t at)
{
    if (at == 0)
        return 0;
    if (at >= 2 && plain(s[at - 1]) && plain(s[at - 2]))
        return at - 1;
    size_t start = anchor(s, len, at);
    for (;;) {
        size_t next = hl_cluster_next(s, len, start);
        if (next >= at)
            return start;
        start = next;
    }
}

size_t hl_cluster_snap(const char *s, size_t len, size_t at)
{
    if (at == 0 || at >= len || (plain(s[at - 1]) && plain(s[at])))
        return at;
    size_t start = anchor(s, len, at);
    while (start < at)
        start = hl_cluster_next(s, len, start);
    return start;
}

size_t hl_cluster_cut(const char *s, size_t len, size_t max)
{
    return len <= max ? len : hl_cluster_prev(s, len, max + 1);
}
