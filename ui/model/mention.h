/* SPDX-License-Identifier: MIT */
/* Whether a text names somebody. */
#ifndef HL_MENTION_H
#define HL_MENTION_H

#include <stdbool.h>
#include <stddef.h>

/* The name stands in the text as a word of its own, with or without @ before it; ASCII letters
 * match in either case. An empty name, or NULL, is never there. Pure; any thread. */
bool hl_mention(const char *text, size_t len, const char *name);

#endif
