/* SPDX-License-Identifier: MIT */
/* What a user searches for: words, "phrases" and beginnings*, all of which must occur. Nothing that
 * can be typed is a mistake or has another meaning, but a text without any word. Pure but for
 * memory. */
#ifndef HL_QUERY_H
#define HL_QUERY_H

#include "bytes.h"

#include <stdbool.h>

struct hl_query;

/* -EINVAL: there is no word in it. -ENOMEM. */
int hl_query_new(const char *words, struct hl_query **out) __attribute__((warn_unused_result));
void hl_query_free(struct hl_query *q);

/* Whether the text has it all. */
bool hl_query_matches(struct hl_query *q, struct hl_bytes text);
/* The same as an expression of FTS5 over an index whose words are those of fts.h; words of a phrase
 * stand between spaces. */
const char *hl_query_fts(const struct hl_query *q);
/* Whether a beginning* is longer than HL_WORDS_BEGINNING. */
bool hl_query_long_beginning(const struct hl_query *q);

#endif
