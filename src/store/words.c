/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <string.h>
#include <utf8proc.h>

_Static_assert(HL_WORDS_FOLDED >= 18, "the longest compatibility decomposition, U+FDFA");

enum class {
    SPACE,
    LETTER, /* part of a word */
    ALONE,  /* a word */
    MARK,   /* part of what goes before */
    NOTHING /* as if it were not there */
};

/* Scripts without spaces. */
static const struct {
    int32_t first, last;
} alone[] = {
    {0x0e00, 0x0eff},   /* Thai, Lao */
    {0x1000, 0x109f},   /* Myanmar */
    {0x1780, 0x17ff},   /* Khmer */
    {0x3005, 0x3007},   /* ideographic iteration mark, closing mark, zero */
    {0x3041, 0x30ff},   /* Hiragana, Katakana */
    {0x31f0, 0x31ff},   /* Katakana extensions */
    {0x3400, 0x4dbf},   /* Han */
    {0x4e00, 0x9fff},   /* Han */
    {0xf900, 0xfaff},   /* Han, compatibility */
    {0x20000, 0x3ffff}, /* Han */
};

static bool is_alone(int32_t c)
{
    if (c < alone[0].first)
        return false;
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) {
        if (c >= alone[i].first && c <= alone[i].last)
            return true;
    }
    return false;
}

/* Marks above and below letters, and points of Hebrew and Arabic, by canonical combining class.
 * Others are not accents: vowels of Indic scripts, Japanese voicing. */
static bool is_accent(const utf8proc_property_t *p)
{
    return p->combining_class >= 200 || (p->combining_class >= 10 && p->combining_class <= 35);
}

static enum class class_beyond_ascii(int32_t c) {
    const utf8proc_property_t *p = utf8proc_get_property(c);

    switch (p->category){
        case UTF8PROC_CATEGORY_LU : case UTF8PROC_CATEGORY_LL : case UTF8PROC_CATEGORY_LT :
                case UTF8PROC_CATEGORY_LM : case UTF8PROC_CATEGORY_LO : case UTF8PROC_CATEGORY_ND :
                    case UTF8PROC_CATEGORY_NL : case UTF8PROC_CATEGORY_NO :
                        return is_alone(c) ? ALONE : LETTER;
        case UTF8PROC_CATEGORY_MN : case UTF8PROC_CATEGORY_MC : case UTF8PROC_CATEGORY_ME :
                    return is_accent(p) || p->ignorable
            ? NOTHING
            : MARK;
        case UTF8PROC_CATEGORY_SO : return ALONE;
        case UTF8PROC_CATEGORY_CF : return NOTHING;
        default : return SPACE;
    }
}

/* Of a code point that is folded: there are no capitals. */
static enum class class_of(int32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? LETTER : SPACE;
    return class_beyond_ascii(c);
}

void hl_words_init(struct hl_words *w, struct hl_bytes text)
{
    w->text = text;
    w->at = w->next = 0;
    w->folded_at = w->folded_count = 0;
}

/* Folds the next code point of the text. */
static void fold(struct hl_words *w)
{
    const uint8_t *at = w->text.at + w->next;
    utf8proc_int32_t c = *at;
    utf8proc_ssize_t n = 1;
    int last = 0;

    w->at = w->next;
    w->folded_at = 0;
    w->folded_count = 1;
    if (c < 0x80) {
        w->folded[0] = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
        w->next++;
        return;
    }
    n = utf8proc_iterate(at, (utf8proc_ssize_t)(w->text.len - w->next), &c);
    if (n <= 0) {
        w->folded[0] = ' ';
        w->next++;
        return;
    }
    w->next += (size_t)n;
    n = utf8proc_decompose_char(c, w->folded, HL_WORDS_FOLDED,
                                (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPAT |
                                                    UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD),
                                &last);
    w->folded_count = n > 0 && n <= HL_WORDS_FOLDED ? (int)n : 0;
}

/* The next folded code point; -1: the text has ended. */
static int32_t look(struct hl_words *w)
{
    while (w->folded_at == w->folded_count) {
        if (w->next == w->text.len)
            return -1;
        fold(w);
    }
    return w->folded[w->folded_at];
}

static void append(struct hl_words *w, int32_t c)
{
    utf8proc_uint8_t bytes[4];
    size_t n = 1;

    bytes[0] = (utf8proc_uint8_t)c;
    if (c >= 0x80)
        n = (size_t)utf8proc_encode_char(c, bytes);
    if (w->len == 0)
        w->from = w->at;
    w->to = w->next;
    if (w->len + n > HL_WORD_MAX)
        return;
    memcpy(w->word + w->len, bytes, n);
    w->len += n;
}

bool hl_words_next(struct hl_words *w)
{
    bool is_whole = false; /* only marks may follow */
    int32_t c;

    w->len = 0;
    while ((c = look(w)) >= 0) {
        enum class class = class_of(c);

        if (w->len > 0 && (class == SPACE || class == ALONE || (class == LETTER && is_whole)))
            break;
        w->folded_at++;
        if (class == LETTER || class == ALONE || (class == MARK && w->len > 0))
            append(w, c);
        is_whole = is_whole || class == ALONE;
    }
    w->alone = is_whole;
    return w->len > 0;
}
