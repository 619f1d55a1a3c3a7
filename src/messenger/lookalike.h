/* SPDX-License-Identifier: MIT */
/* Names that pass for one another at a glance: "alice" and "aliсe" with a Cyrillic letter, "Bob"
 * and "B0b", "paul" with an invisible character in it.
 *
 * The idea is that of Unicode Technical Standard 39, section 4: each name has a skeleton, in which
 * every letter stands for all that look like it, and names are confusable when their skeletons are
 * equal. Ours is smaller and stricter: the letters of Latin, Greek, Cyrillic and Armenian and the
 * digits alone, case and accents do not count either, and the table is made by eye. A finding is a
 * mark beside a name, so one too many costs little. Pure; any thread. */
#ifndef HL_LOOKALIKE_H
#define HL_LOOKALIKE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_LOOKALIKE_MAX = 256, /* bytes of a form with NUL; what is longer counts up to there */
};

/* A letter is judged as it is written and in lower case: Greek capital nu looks like N, the small
 * one like v. */
struct hl_lookalike {
    char as_written[HL_LOOKALIKE_MAX];
    char in_lower_case[HL_LOOKALIKE_MAX];
};

/* name: any bytes; what is not UTF-8 counts as U+FFFD each. */
void hl_lookalike_of(struct hl_lookalike *out, const char *name);

/* Whether one could be taken for the other; equal names are. A name of which nothing is visible
 * imitates nobody. */
bool hl_lookalike_match(const struct hl_lookalike *a, const struct hl_lookalike *b);

/* The same for two names. */
bool hl_lookalike_names(const char *a, const char *b);

#endif
