/* SPDX-License-Identifier: MIT */
/* What the display filter may never let pass, said without its own table. The locale must be a
 * UTF-8 one. */
#ifndef HL_TEST_FORBIDDEN_H
#define HL_TEST_FORBIDDEN_H

#include <stdbool.h>
#include <stdint.h>
#include <utf8proc.h>
#include <wchar.h>

/* By the properties utf8proc has. */
static inline bool forbidden(uint32_t cp)
{
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    if (cp == '\n')
        return false;
    if (p->category == UTF8PROC_CATEGORY_CC || p->category == UTF8PROC_CATEGORY_ZL ||
        p->category == UTF8PROC_CATEGORY_ZP || p->category == UTF8PROC_CATEGORY_CS || p->ignorable)
        return true;
    switch (p->bidi_class) {
    case UTF8PROC_BIDI_CLASS_LRE:
    case UTF8PROC_BIDI_CLASS_LRO:
    case UTF8PROC_BIDI_CLASS_RLE:
    case UTF8PROC_BIDI_CLASS_RLO:
    case UTF8PROC_BIDI_CLASS_PDF:
    case UTF8PROC_BIDI_CLASS_LRI:
    case UTF8PROC_BIDI_CLASS_RLI:
    case UTF8PROC_BIDI_CLASS_FSI:
    case UTF8PROC_BIDI_CLASS_PDI:
        return true;
    default:
        break;
    }
    return (cp >= 0xe0000 && cp <= 0xe0fff) || (cp >= 0xfff9 && cp <= 0xfffb) ||
           wcwidth((wchar_t)cp) < 0;
}

#endif
