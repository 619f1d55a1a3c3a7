/* SPDX-License-Identifier: MIT */
/* Completion of a word: its candidates, one after the other. Letters match whatever their case.
 * Pure. */
#ifndef HL_COMPLETE_H
#define HL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_MATCHES_MAX = 64,    /* candidates that are kept */
    HL_MATCHES_TEXT = 160,  /* bytes with NUL of one; longer ones are left out */
    HL_MATCHES_LABEL = 224, /* and of what is shown of it */
};

struct hl_matches {
    char word[HL_MATCHES_TEXT];
    size_t count;
    struct {
        char text[HL_MATCHES_TEXT];   /* what takes the place of the word */
        char label[HL_MATCHES_LABEL]; /* what the list shows */
    } at[HL_MATCHES_MAX];
};

/* A word that is too long has no candidates. */
void hl_matches_start(struct hl_matches *m, const char *word, size_t len);
/* Takes the candidate if it begins with the word. */
void hl_matches_add(struct hl_matches *m, const char *candidate);
/* Emoji whose ":name:" begins with the word, which is a colon and at least one letter. */
void hl_matches_emoji(struct hl_matches *m);
/* Bytes that all candidates begin with alike, whole characters. */
size_t hl_matches_common(const struct hl_matches *m);
/* Their labels on one line, that of current in brackets (none: count or more), from a place that
 * has current in it. */
void hl_matches_list(const struct hl_matches *m, size_t current, char *out, size_t size);

/* Rows of emoji.c; ended by a NULL name. */
struct hl_emoji {
    const char *name, *text;
};
extern const struct hl_emoji hl_emoji_names[];

#endif
