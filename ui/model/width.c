/* SPDX-License-Identifier: MIT */
#include "width.h"

#include "cluster.h"
#include "utf8.h"

#include <wchar.h>

size_t hl_width_char(uint32_t cp)
{
    if (cp >= ' ' && cp < 0x7f)
        return 1;
    int columns = wcwidth((wchar_t)cp);
    return columns < 0 ? 1 : (size_t)columns;
}

size_t hl_width(const char *s, size_t len)
{
    size_t columns = 0;
    uint32_t cp;
    for (size_t at = 0; at < len;) {
        at += hl_utf8_decode(s + at, len - at, &cp);
        if (cp != '\n')
            columns += hl_width_char(cp);
    }
    return columns;
}

size_t hl_width_fit(const char *s, size_t len, size_t columns, size_t *used)
{
    size_t at = 0;
    size_t sum = 0;
    while (at < len) {
        size_t next = hl_cluster_next(s, len, at);
        size_t width = hl_width(s + at, next - at);
        if (sum + width > columns)
            break;
        sum += width;
        at = next;
    }
    if (used)
        *used = sum;
    return at;
}

size_t hl_width_skip(const char *s, size_t len, size_t columns)
{
    size_t left = hl_width(s, len);
    size_t at = 0;
    while (left > columns) {
        size_t next = hl_cluster_next(s, len, at);
        left -= hl_width(s + at, next - at);
        at = next;
    }
    return at;
}

const char *hl_width_unicode_version(void)
{
    /* A character that came with each version (DerivedAge.txt), newest first. */
    static const struct {
        const char *version;
        uint32_t cp;
    } ages[] = {{"17", 0x1faea}, {"16", 0x1fae9}, {"15", 0x1fae8}, {"14", 0x1fae0}, {"13", 0x1f978},
                {"12", 0x1f90d}, {"11", 0x1f97a}, {"10", 0x1f92f}, {"9", 0x1f924}};
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        if (wcwidth((wchar_t)ages[i].cp) >= 0)
            return ages[i].version;
    }
    return "";
}
