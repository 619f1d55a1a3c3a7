/* SPDX-License-Identifier: MIT */
#include "lookalike.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

enum {
    ROW_MAX = 24,    /* characters that look like one */
    EXPANDS_MAX = 32 /* code points that one becomes at most: U+FDFA gives 18 */
};

/* What a letter stands for in a skeleton, and the code points that look like it in one of the usual
 * fonts. Capitals that look like a Latin capital are here too, since letters come once before and
 * once after they lose their case. Compatibility forms (full width, mathematical, ligatures) and
 * accents are gone before anything is looked up. */
static const struct {
    const char *as;
    uint32_t like[ROW_MAX]; /* ended by 0 */
} rows[] = {
    {"a", {0x0251, 0x0391, 0x03b1, 0x0410, 0x0430}},
    {"b", {0x0184, 0x0392, 0x03b2, 0x0412, 0x0432, 0x042c, 0x044c}},
    {"c", {0x03f2, 0x03f9, 0x0421, 0x0441, 0x1d04}},
    {"d", {0x0257, 0x0500, 0x0501}},
    {"e", {0x0395, 0x03b5, 0x0404, 0x0415, 0x0435, 0x0454, 0x04bd}},
    {"f", {0x0192, 0x03dc, 0x03dd, 0x0584}},
    {"g", {0x0261, 0x0581}},
    {"h", {0x0127, 0x0397, 0x041d, 0x043d, 0x045b, 0x04ba, 0x04bb, 0x0570}},
    {"j", {0x037f, 0x03f3, 0x0408, 0x0458, 0x0575}},
    {"k", {0x0138, 0x039a, 0x03ba, 0x041a, 0x043a}},
    {"l", {'I',    'i',    '1',    '|',    '!',    0x0131, 0x0142, 0x0196, 0x01c0, 0x0269,
           0x026a, 0x0399, 0x03b9, 0x0406, 0x0456, 0x04c0, 0x04cf, 0x0582, 0x2223, 0x23fd}},
    {"n", {0x039d, 0x03b7, 0x043f, 0x0578, 0x057c}},
    {"o",
     {'0', 0x00d8, 0x00f8, 0x0275, 0x039f, 0x03bf, 0x03c3, 0x03c2, 0x041e, 0x043e, 0x04e8, 0x04e9,
      0x0555, 0x0585, 0x0966, 0x09e6, 0x0be6, 0x3007}},
    {"p", {0x03a1, 0x03c1, 0x0420, 0x0440}},
    {"q", {0x051a, 0x051b, 0x0563}},
    {"r", {0x0433, 0x1d26}},
    {"rn", {'m', 'M', 0x039c, 0x041c, 0x043c}},
    {"s", {'5', '$', 0x0405, 0x0455, 0x054f, 0xa731}},
    {"t", {0x03a4, 0x03c4, 0x0422, 0x0442}},
    {"u", {0x028b, 0x03bc, 0x03c5, 0x0438, 0x054d, 0x057d}},
    {"v", {0x03bd, 0x0474, 0x0475, 0x2228}},
    {"vv", {'w', 'W', 0x03c9, 0x0448, 0x0461, 0x051c, 0x051d, 0x0561}},
    {"x", {0x00d7, 0x03a7, 0x03c7, 0x0425, 0x0445}},
    {"y", {0x0263, 0x03a5, 0x03b3, 0x0423, 0x0443, 0x04ae, 0x04af}},
    {"z", {0x0396, 0x1d22}},
    {"3", {0x0292, 0x0437, 0x0417, 0x04e0, 0x04e1}},
    {"6", {0x0431}},
    {"-", {0x02d7, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2043, 0x2212}},
    {"'", {'`', 0x02b9, 0x02bc, 0x02c8, 0x05f3, 0x2018, 0x2019, 0x201b, 0x2032}},
    {".", {0x00b7, 0x2024, 0x0660, 0x06f0}},
    {":", {0x02d0, 0x0589, 0x2236, 0xa789}},
    {"/", {0x2044, 0x2215}},
};

struct skeleton {
    char *out;
    size_t len;
    bool space; /* one is due before the next visible character */
};

static void put(struct skeleton *s, const void *bytes, size_t len)
{
    if (len >= HL_LOOKALIKE_MAX - s->len)
        return;
    memcpy(s->out + s->len, bytes, len);
    s->len += len;
}

static const char *looks_like(uint32_t cp)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; k < ROW_MAX && rows[i].like[k]; k++) {
            if (rows[i].like[k] == cp)
                return rows[i].as;
        }
    }
    return NULL;
}

/* Accents of alphabets; the vowel signs of other scripts are marks as well, and make the word. */
static bool is_accent(uint32_t cp)
{
    return (cp >= 0x0300 && cp <= 0x036f) || (cp >= 0x1ab0 && cp <= 0x1aff) ||
           (cp >= 0x1dc0 && cp <= 0x1dff) || (cp >= 0x20d0 && cp <= 0x20ff) ||
           (cp >= 0xfe20 && cp <= 0xfe2f);
}

static bool is_hidden(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

    return is_accent(cp) || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF;
}

static void put_character(struct skeleton *s, uint32_t cp)
{
    const char *as = looks_like(cp);
    utf8proc_uint8_t bytes[4];

    if (!as) {
        cp = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
        as = looks_like(cp);
    }
    if (as)
        put(s, as, strlen(as));
    else
        put(s, bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, bytes));
}

/* One code point of a name, taken apart: without what cannot be seen, runs of spaces as one. */
static void put_decomposed(struct skeleton *s, uint32_t cp)
{
    if (is_hidden(cp))
        return;
    if (cp == ' ' || cp == 0x2800) { /* the braille pattern without dots */
        s->space = s->len > 0;
        return;
    }
    if (s->space)
        put(s, " ", 1);
    s->space = false;
    put_character(s, cp);
}

static void make_skeleton(char out[static HL_LOOKALIKE_MAX], const char *name, unsigned folding)
{
    const unsigned options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE | folding;
    struct skeleton s = {.out = out};
    size_t len = strlen(name);

    while (len) {
        utf8proc_int32_t parts[EXPANDS_MAX];
        utf8proc_int32_t cp;
        utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)len, &cp);
        utf8proc_ssize_t count;
        int boundary = 0;

        if (used <= 0) {
            used = 1;
            cp = 0xfffd;
        }
        count =
            utf8proc_decompose_char(cp, parts, EXPANDS_MAX, (utf8proc_option_t)options, &boundary);
        for (utf8proc_ssize_t i = 0; i < count && i < EXPANDS_MAX; i++)
            put_decomposed(&s, (uint32_t)parts[i]);
        name += used;
        len -= (size_t)used;
    }
    out[s.len] = '\0';
}

void hl_lookalike_of(struct hl_lookalike *out, const char *name)
{
    make_skeleton(out->as_written, name, 0);
    make_skeleton(out->in_lower_case, name, UTF8PROC_CASEFOLD);
}

static bool same(const char *a, const char *b)
{
    return *a && strcmp(a, b) == 0;
}

bool hl_lookalike_match(const struct hl_lookalike *a, const struct hl_lookalike *b)
{
    return same(a->as_written, b->as_written) || same(a->as_written, b->in_lower_case) ||
           same(a->in_lower_case, b->as_written) || same(a->in_lower_case, b->in_lower_case);
}

bool hl_lookalike_names(const char *a, const char *b)
{
    struct hl_lookalike form_a;
    struct hl_lookalike form_b;

    hl_lookalike_of(&form_a, a);
    hl_lookalike_of(&form_b, b);
    return hl_lookalike_match(&form_a, &form_b);
}
