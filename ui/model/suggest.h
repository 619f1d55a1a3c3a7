/* SPDX-License-Identifier: MIT */
/* "Did you mean …?": the nearest of a list of names. Pure. */
#ifndef HL_SUGGEST_H
#define HL_SUGGEST_H

#include <stddef.h>

enum {
    HL_SUGGEST_MAX = 32, /* bytes of a name that are compared */
};

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b. */
size_t hl_suggest_distance(const char *a, const char *b);

/* Names are offered one by one; best is then the nearest, NULL if none is near. */
struct hl_suggestion {
    const char *typed;
    const char *best;
    size_t distance; /* of best; before there is one, the most that counts as near */
};

void hl_suggest_start(struct hl_suggestion *s, const char *typed);
void hl_suggest_offer(struct hl_suggestion *s, const char *name);

/* The name out of name(0..count-1) that is nearest to typed, NULL if none is near. */
const char *hl_suggest(const char *typed, size_t count, const char *(*name)(size_t index));

#endif
