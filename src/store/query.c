/* SPDX-License-Identifier: MIT */
#include "query.h"

#include "entry.h"
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A word of a phrase. */
struct term {
    char word[HL_WORD_MAX];
    size_t len;
    bool alone;
    bool first, last; /* of its phrase */
    bool prefix;
    bool reached; /* the words read last are the phrase up to here */
    bool found;   /* last: once they were all of it */
};

struct hl_query {
    struct term *terms;
    size_t count, cap;
    size_t phrases;
    size_t longest; /* term */
    bool long_beginning;
    char *fts;
    uint8_t lower[HL_BODY_MAX]; /* the text that is looked at */
};

/* One phrase as it was typed. */
struct typed {
    const char *at;
    size_t len;
    bool prefix;
};

/* The next one of the text, which may have no word; false: no more. */
static bool next_typed(const char **text, struct typed *out)
{
    const char *at = *text + strspn(*text, " \t\n\r\f\v");
    bool quoted = *at == '"';

    if (*at == '\0')
        return false;
    at += quoted;
    out->at = at;
    out->len = strcspn(at, quoted ? "\"" : "\" \t\n\r\f\v");
    at += out->len;
    if (quoted)
        at += *at == '"';
    out->prefix = quoted ? *at == '*' : out->len > 0 && at[-1] == '*';
    *text = at + (quoted && out->prefix);
    return true;
}

static int add_term(struct hl_query *q, const struct hl_words *w)
{
    struct term *t;

    if (q->count == q->cap) {
        size_t cap = q->cap ? 2 * q->cap : 8;

        t = reallocarray(q->terms, cap, sizeof *t);
        if (!t)
            return -ENOMEM;
        q->terms = t;
        q->cap = cap;
    }
    t = &q->terms[q->count];
    *t = (struct term){.len = w->len, .alone = w->alone};
    memcpy(t->word, w->word, w->len);
    if (t->len > q->terms[q->longest].len)
        q->longest = q->count;
    q->count++;
    return 0;
}

static int add_phrase(struct hl_query *q, const struct typed *typed)
{
    size_t first = q->count;
    struct hl_words w;

    hl_words_init(&w, (struct hl_bytes){(const uint8_t *)typed->at, typed->len});
    while (hl_words_next(&w)) {
        if (add_term(q, &w) < 0)
            return -ENOMEM;
    }
    if (q->count == first)
        return 0;
    q->phrases++;
    q->terms[first].first = true;
    q->terms[q->count - 1].last = true;
    q->terms[q->count - 1].prefix = typed->prefix;
    if (typed->prefix && q->terms[q->count - 1].len > HL_WORDS_BEGINNING)
        q->long_beginning = true;
    return 0;
}

/* ---- for FTS5 ---- */

static char *put(char *at, const void *text, size_t len)
{
    return (char *)memcpy(at, text, len) + len;
}

/* The word of the index that stands for this one and, in scripts without spaces, for the next. The
 * last of several has no word of its own: the one before tells of it. */
static char *put_term(char *at, const struct term *t)
{
    static const char separator = HL_WORDS_PAIR;
    bool pair = t->alone && !t->last && t[1].alone;
    bool is_told = t->alone && t->last && !t->first && t[-1].alone;

    if (t->first)
        at = stpcpy(at, "\"");
    if (!is_told)
        at = put(at, t->word, t->len);
    if (!is_told && t->alone && !t->prefix)
        at = put(at, &separator, 1);
    if (pair)
        at = put(at, t[1].word, t[1].len);
    if (!t->last)
        return stpcpy(at, " ");
    return stpcpy(at, t->prefix || (t->alone && !is_told) ? "\"* " : "\" ");
}

/* A phrase is a string of FTS5: nothing in it means anything, for no word has a quotation mark. */
static int make_fts(struct hl_query *q)
{
    size_t size = 1;
    char *at;

    for (size_t i = 0; i < q->count; i++)
        size += 2 * q->terms[i].len + sizeof "\"_\"* ";
    q->fts = at = malloc(size);
    if (!at)
        return -ENOMEM;
    for (size_t i = 0; i < q->count; i++)
        at = put_term(at, &q->terms[i]);
    return 0;
}

int hl_query_new(const char *words, struct hl_query **out)
{
    struct hl_query *q = calloc(1, sizeof *q);
    struct typed typed;
    int err = 0;

    *out = NULL;
    if (!q)
        return -ENOMEM;
    while (err == 0 && next_typed(&words, &typed))
        err = add_phrase(q, &typed);
    if (err == 0)
        err = q->count == 0 ? -EINVAL : make_fts(q);
    if (err < 0) {
        hl_query_free(q);
        return err;
    }
    *out = q;
    return 0;
}

void hl_query_free(struct hl_query *q)
{
    if (!q)
        return;
    free(q->terms);
    free(q->fts);
    free(q);
}

const char *hl_query_fts(const struct hl_query *q)
{
    return q->fts;
}

bool hl_query_long_beginning(const struct hl_query *q)
{
    return q->long_beginning;
}

static bool is_word(const struct term *t, const struct hl_words *w)
{
    if (t->prefix ? w->len < t->len : w->len != t->len)
        return false;
    return memcmp(t->word, w->word, t->len) == 0;
}

/* A first look, twenty times as fast as telling words apart: ASCII folds byte by byte, so that no
 * text of it has a word which is not a part of it. */
static bool may_match(struct hl_query *q, struct hl_bytes text)
{
    const struct term *t = &q->terms[q->longest];
    uint8_t all = 0;

    if (text.len > sizeof q->lower)
        return true;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];

        all |= c;
        q->lower[i] = (uint8_t)(c | (c >= 'A' && c <= 'Z' ? 'a' - 'A' : 0));
    }
    return all >= 0x80 || memmem(q->lower, text.len, t->word, t->len) != NULL;
}

bool hl_query_matches(struct hl_query *q, struct hl_bytes text)
{
    size_t found = 0;
    struct hl_words w;

    if (!may_match(q, text))
        return false;
    for (size_t i = 0; i < q->count; i++)
        q->terms[i].reached = q->terms[i].found = false;
    hl_words_init(&w, text);
    while (found < q->phrases && hl_words_next(&w)) {
        /* Backwards, so that each term sees how far its phrase was one word ago. */
        for (size_t i = q->count; i-- > 0;) {
            struct term *t = &q->terms[i];

            t->reached = (t->first || q->terms[i - 1].reached) && is_word(t, &w);
            if (t->last && t->reached && !t->found) {
                t->found = true;
                found++;
            }
        }
    }
    return found == q->phrases;
}
