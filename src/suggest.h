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

/* The name out of name(0..count-1) that is nearest to typed, NULL if none is near. */
const char *hl_suggest(const char *typed, size_t count, const char *(*name)(size_t index));

#endif
