/* SPDX-License-Identifier: MIT */
/* How well a few typed letters fit a text: they must occur in it in their order, and score more at
 * the starts of words, in camelCase humps, after separators and one right after the other.
 *
 * The score is the best local alignment in the manner of Smith and Waterman, weighed as fzf's
 * second algorithm does (junegunn/fzf, src/algo/algo.go, whose idea this is). A query of several
 * words fits when each of them does, wherever. Letters compare folded to lower case. What a text
 * has beyond HL_FUZZY_TEXT characters is not looked at, so a match costs at most
 * HL_FUZZY_QUERY * HL_FUZZY_TEXT steps. Pure. */
#ifndef HL_FUZZY_H
#define HL_FUZZY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_FUZZY_QUERY = 48, /* characters of a query that count */
    HL_FUZZY_TEXT = 256, /* characters of a text that are looked at */
    HL_FUZZY_WORDS = 8,
};

/* A query ready to be compared. */
struct hl_fuzzy {
    uint32_t letters[HL_FUZZY_QUERY]; /* folded, without blanks */
    size_t count;
    size_t ends[HL_FUZZY_WORDS]; /* index behind the last letter of each word */
    size_t words;
};

/* query: valid UTF-8. One without words fits everything with 0. */
void hl_fuzzy_init(struct hl_fuzzy *f, const char *query, size_t len);

/* The score, at least 0, or -1 if it does not fit. marks, if not NULL, are len of them: those of
 * the bytes of matched letters become true, the others stay. */
int hl_fuzzy_match(const struct hl_fuzzy *f, const char *text, size_t len, bool *marks);

/* Marks every place where a word of the query stands as it is. Returns how many places. */
size_t hl_fuzzy_mark_words(const struct hl_fuzzy *f, const char *text, size_t len, bool *marks);

#endif
