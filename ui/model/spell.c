/* SPDX-License-Identifier: MIT */
#include "spell.h"

#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- words ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Scripts without spaces between words: no dictionary has what stands between two blanks. */
static bool is_unspaced(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } scripts[] = {
        {0x0e00, 0x0eff},   /* Thai, Lao */
        {0x1000, 0x109f},   /* Burmese */
        {0x1780, 0x17ff},   /* Khmer */
        {0x2e80, 0xa4cf},   /* Chinese, Japanese, Yi */
        {0xf900, 0xfaff},   /* Chinese */
        {0xff66, 0xff9d},   /* Japanese */
        {0x20000, 0x3ffff}, /* Chinese */
    };

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (cp >= scripts[i].first && cp <= scripts[i].last)
            return true;
    return false;
}

enum kind {
    LETTER,
    DIGIT,
    UNSPACED,
    APOSTROPHE, /* between two letters it is part of the word */
    JOINT,      /* between two letters it makes a name of a host or the like of the whole */
    FOREIGN,    /* and this wherever it stands */
    OTHER,
};

static enum kind kind_of(uint32_t cp)
{
    enum { RIGHT_QUOTE = 0x2019 };

    if (cp == '\'' || cp == RIGHT_QUOTE)
        return APOSTROPHE;
    if (cp < 0x80 && cp != 0 && strchr(".:?", (int)cp))
        return JOINT;
    if (cp < 0x80 && cp != 0 && strchr("/\\@_#~=<>`$|{}", (int)cp))
        return FOREIGN;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO)
        return DIGIT;
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME)
        return is_unspaced(cp) ? UNSPACED : LETTER;
    return OTHER;
}

static enum kind kind_at(const struct hl_spell_walk *w, size_t at, size_t *n)
{
    uint32_t cp;
    *n = hl_utf8_decode(w->text + at, w->len - at, &cp);
    return kind_of(cp);
}

/* The piece from from to to is text of a person. */
static bool is_prose(const struct hl_spell_walk *w, size_t from, size_t to)
{
    enum kind before = OTHER;
    size_t n;
    if (w->text[from] == ':' && to - from > 1) /* :emoji: */
        return false;
    for (size_t at = from; at < to; at += n) {
        enum kind kind = kind_at(w, at, &n);
        size_t next_n;
        bool joins =
            kind == JOINT && before <= DIGIT && at + n < to && kind_at(w, at + n, &next_n) <= DIGIT;
        if (kind == FOREIGN || joins)
            return false;
        before = kind;
    }
    return true;
}

/* To the next piece of prose; false: there is none. */
static bool next_piece(struct hl_spell_walk *w)
{
    for (size_t at = w->end; at < w->len; at = w->end) {
        while (at < w->len && is_blank(w->text[at]))
            at++;
        w->end = at;
        while (w->end < w->len && !is_blank(w->text[w->end]))
            w->end++;
        w->to = at;
        if (at < w->end && is_prose(w, at, w->end))
            return true;
    }
    return false;
}

/* Takes the next run of letters and what belongs to it; false: this piece has no more. *pure: they
 * are all letters. */
static bool next_run(struct hl_spell_walk *w, bool *pure)
{
    size_t n;
    size_t at = w->to;
    while (at < w->end && kind_at(w, at, &n) > UNSPACED)
        at += n;
    w->from = at;
    *pure = true;
    for (; at < w->end; at += n) {
        enum kind kind = kind_at(w, at, &n);
        size_t next_n;
        bool inside = kind == APOSTROPHE && at > w->from && at + n < w->end &&
                      kind_at(w, at + n, &next_n) == LETTER;
        if (kind > UNSPACED && !inside)
            break;
        *pure = *pure && (kind == LETTER || inside);
    }
    w->to = at;
    return w->from < w->to;
}

bool hl_spell_walk(struct hl_spell_walk *w)
{
    bool pure;
    for (;;) {
        uint32_t cp;
        if (w->to >= w->end && !next_piece(w))
            return false;
        if (!next_run(w, &pure)) {
            w->to = w->end;
            continue;
        }
        size_t len = w->to - w->from;
        if (pure && len < HL_SPELL_WORD && hl_utf8_decode(w->text + w->from, len, &cp) < len)
            return true; /* one letter is no word */
    }
}

/* ---- what is known ---- */

struct entry {
    char *word; /* NULL: free */
    char *near; /* NULL: nothing */
    enum hl_spelling spelling;
};

struct hl_spell {
    size_t count;
    struct entry entries[2 * HL_SPELL_WORDS];
};

enum {
    PLACES = 2 * HL_SPELL_WORDS,
};

struct hl_spell *hl_spell_new(void)
{
    return calloc(1, sizeof(struct hl_spell));
}

static void forget_all(struct hl_spell *s)
{
    for (size_t i = 0; i < PLACES; i++) {
        free(s->entries[i].word);
        free(s->entries[i].near);
    }
    *s = (struct hl_spell){.count = 0};
}

void hl_spell_free(struct hl_spell *s)
{
    if (s)
        forget_all(s);
    free(s);
}

/* Its place, or the free one where it would stand. FNV-1a, linear probing. */
static size_t place_of(const struct hl_spell *s, const char *word, size_t len)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)word[i]) * 16777619U;
    size_t at = hash % PLACES;
    while (s->entries[at].word != NULL &&
           (strlen(s->entries[at].word) != len || memcmp(s->entries[at].word, word, len) != 0))
        at = (at + 1) % PLACES;
    return at;
}

enum hl_spelling hl_spell_of(const struct hl_spell *s, const char *word, size_t len)
{
    return s->entries[place_of(s, word, len)].spelling;
}

const char *hl_spell_near(const struct hl_spell *s, const char *word, size_t len)
{
    const char *near = s->entries[place_of(s, word, len)].near;
    return near != NULL ? near : "";
}

void hl_spell_set(struct hl_spell *s, const char *word, size_t len, enum hl_spelling spelling,
                  const char *near)
{
    size_t at = place_of(s, word, len);
    if (s->entries[at].word == NULL && s->count == HL_SPELL_WORDS) {
        forget_all(s);
        at = place_of(s, word, len);
    }
    struct entry *e = &s->entries[at];
    if (e->word == NULL) {
        e->word = strndup(word, len);
        if (e->word == NULL)
            return;
        s->count++;
    }
    free(e->near);
    e->near = near != NULL && near[0] != '\0' ? strdup(near) : NULL;
    e->spelling = spelling;
}
