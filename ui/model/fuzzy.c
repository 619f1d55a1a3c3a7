/* SPDX-License-Identifier: MIT */
#include "fuzzy.h"

#include "utf8.h"

#include <string.h>
#include <utf8proc.h>

/* fzf's weights: a gap of three costs less than the start of a word gives, so that the letters of
 * an abbreviation find the words that they stand for. */
enum {
    MATCH = 16,
    GAP_START = 3,
    GAP_MORE = 1,
    WORD_START = 8,
    TEXT_START = 10, /* or after a blank */
    HUMP = 7,        /* an upper-case letter after a lower-case one, a digit after a letter */
    NEXT_TO = 4,     /* right after the letter before */
    FIRST_TIMES = 2, /* what the first letter of a word of the query gets its bonus times */
    NO = INT16_MIN / 2,
};

/* A text as far as it is looked at. */
struct text {
    size_t count;
    uint32_t letters[HL_FUZZY_TEXT]; /* folded */
    uint16_t at[HL_FUZZY_TEXT + 1];  /* offset of each, and of the end */
    uint8_t bonus[HL_FUZZY_TEXT];
};

enum kind {
    KIND_SEPARATOR,
    KIND_BLANK,
    KIND_LOWER, /* and letters without case */
    KIND_UPPER,
    KIND_DIGIT,
};

static enum kind kind_of(uint32_t cp)
{
    static const enum kind kinds[UTF8PROC_CATEGORY_CO + 1] = {
        [UTF8PROC_CATEGORY_ZS] = KIND_BLANK, [UTF8PROC_CATEGORY_LU] = KIND_UPPER,
        [UTF8PROC_CATEGORY_LT] = KIND_UPPER, [UTF8PROC_CATEGORY_LL] = KIND_LOWER,
        [UTF8PROC_CATEGORY_LO] = KIND_LOWER, [UTF8PROC_CATEGORY_LM] = KIND_LOWER,
        [UTF8PROC_CATEGORY_MN] = KIND_LOWER, [UTF8PROC_CATEGORY_MC] = KIND_LOWER,
        [UTF8PROC_CATEGORY_ND] = KIND_DIGIT,
    };

    if (cp == ' ' || cp == '\n')
        return KIND_BLANK;
    if (cp < 0x80) {
        return cp >= 'a' && cp <= 'z'   ? KIND_LOWER
               : cp >= 'A' && cp <= 'Z' ? KIND_UPPER
               : cp >= '0' && cp <= '9' ? KIND_DIGIT
                                        : KIND_SEPARATOR;
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return category <= UTF8PROC_CATEGORY_CO ? kinds[category] : KIND_SEPARATOR;
}

static uint32_t fold(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp - 'A' + 'a' : cp;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

static uint8_t bonus_of(enum kind before, enum kind here)
{
    if (here == KIND_BLANK || here == KIND_SEPARATOR)
        return before == KIND_BLANK ? WORD_START : 0;
    if (before == KIND_BLANK)
        return TEXT_START;
    if (before == KIND_SEPARATOR)
        return WORD_START;
    if ((before == KIND_LOWER && here == KIND_UPPER) ||
        (before != KIND_DIGIT && here == KIND_DIGIT))
        return HUMP;
    return 0;
}

static void read_text(struct text *t, const char *text, size_t len)
{
    enum kind before = KIND_BLANK;
    size_t at = 0;

    t->count = 0;
    while (at < len && t->count < HL_FUZZY_TEXT) {
        uint32_t cp;
        size_t n = hl_utf8_decode(text + at, len - at, &cp);
        enum kind here = kind_of(cp);
        t->letters[t->count] = fold(cp);
        t->bonus[t->count] = bonus_of(before, here);
        t->at[t->count++] = (uint16_t)at;
        before = here;
        at += n;
    }
    t->at[t->count] = (uint16_t)at;
}

void hl_fuzzy_init(struct hl_fuzzy *f, const char *query, size_t len)
{
    size_t at = 0;
    size_t start = 0;

    f->count = f->words = 0;
    while (at < len && f->count < HL_FUZZY_QUERY && f->words < HL_FUZZY_WORDS) {
        uint32_t cp;
        at += hl_utf8_decode(query + at, len - at, &cp);
        bool blank = kind_of(cp) == KIND_BLANK;
        if (!blank)
            f->letters[f->count++] = fold(cp);
        bool over = blank || at == len || f->count == HL_FUZZY_QUERY;
        if (over && f->count > start) {
            f->ends[f->words++] = f->count;
            start = f->count;
        }
    }
}

/* ---- one word ---- */

/* at[i][j]: the best score of an alignment in which letter i of the word stands at character j;
 * upto[i][j]: of one in which it stands there or before, less what the gap since then costs. */
struct table {
    int16_t at[HL_FUZZY_QUERY][HL_FUZZY_TEXT];
    int16_t upto[HL_FUZZY_QUERY][HL_FUZZY_TEXT];
};

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* What letter i at character j adds to an alignment in which the one before stands next to it. */
static int joined(const struct text *t, size_t j)
{
    return MATCH + max_int(t->bonus[j], NEXT_TO);
}

static int score_at(const struct table *m, const struct text *t, size_t i, size_t j)
{
    if (i == 0)
        return MATCH + FIRST_TIMES * t->bonus[j];
    if (j == 0)
        return NO;
    int next_to = m->at[i - 1][j - 1] > NO ? m->at[i - 1][j - 1] + joined(t, j) : NO;
    int apart = j >= 2 && m->upto[i - 1][j - 2] > NO
                    ? m->upto[i - 1][j - 2] - GAP_START + MATCH + t->bonus[j]
                    : NO;
    return max_int(next_to, apart);
}

static int fill(struct table *m, const struct text *t, const uint32_t *word, size_t len)
{
    int best = NO;

    for (size_t i = 0; i < len; i++) {
        int upto = NO;
        for (size_t j = 0; j < t->count; j++) {
            int at = t->letters[j] == word[i] ? score_at(m, t, i, j) : NO;
            upto = max_int(at, upto > NO ? upto - GAP_MORE : NO);
            m->at[i][j] = (int16_t)at;
            m->upto[i][j] = (int16_t)upto;
            if (i + 1 == len)
                best = max_int(best, at);
        }
    }
    return best;
}

/* Follows the best alignment back and marks its letters; of equal ones the first in the text. */
static void trace(const struct table *m, const struct text *t, size_t len, int best, bool *marks)
{
    size_t j = 0;

    while (m->at[len - 1][j] != best)
        j++;
    for (size_t i = len; i-- > 0;) {
        memset(marks + t->at[j], true, (size_t)(t->at[j + 1] - t->at[j]));
        if (i == 0)
            break;
        int before = m->at[i - 1][j - 1];
        if (before > NO && m->at[i][j] == before + joined(t, j)) {
            j--;
            continue;
        }
        for (j -= 2; m->at[i - 1][j] != m->upto[i - 1][j]; j--)
            ;
    }
}

static bool occurs(const struct text *t, const uint32_t *word, size_t len)
{
    size_t i = 0;

    for (size_t j = 0; j < t->count && i < len; j++)
        i += t->letters[j] == word[i];
    return i == len;
}

int hl_fuzzy_match(const struct hl_fuzzy *f, const char *text, size_t len, bool *marks)
{
    struct text t;
    struct table m;
    int score = 0;

    read_text(&t, text, len);
    for (size_t w = 0, start = 0; w < f->words; start = f->ends[w++]) {
        if (!occurs(&t, f->letters + start, f->ends[w] - start))
            return -1;
    }
    for (size_t w = 0, start = 0; w < f->words; start = f->ends[w++]) {
        size_t count = f->ends[w] - start;
        int best = fill(&m, &t, f->letters + start, count);
        score += max_int(best, 0);
        if (marks != NULL)
            trace(&m, &t, count, best, marks);
    }
    return score;
}

size_t hl_fuzzy_mark_words(const struct hl_fuzzy *f, const char *text, size_t len, bool *marks)
{
    size_t places = 0;

    for (size_t at = 0, n; at < len; at += n) {
        uint32_t cp;
        n = hl_utf8_decode(text + at, len - at, &cp);
        for (size_t w = 0, start = 0; w < f->words; start = f->ends[w++]) {
            size_t end = at;
            size_t i = start;
            while (i < f->ends[w] && end < len) {
                size_t more = hl_utf8_decode(text + end, len - end, &cp);
                if (fold(cp) != f->letters[i])
                    break;
                end += more;
                i++;
            }
            if (i < f->ends[w])
                continue;
            memset(marks + at, true, end - at);
            places++;
        }
    }
    return places;
}
