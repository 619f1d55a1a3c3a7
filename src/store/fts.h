/* SPDX-License-Identifier: MIT */
/* The search index of an open store: an FTS5 table over the bodies of texts.
 *
 * It keeps no texts, and is not told of each entry: those after hl_store.indexed are taken in when
 * there is time for it (hl_store_tidy), and a search looks through them one by one. */
#ifndef HL_FTS_H
#define HL_FTS_H

#include "query.h"
#include "store_inside.h"

/* Tells a connection how to tell words apart. */
int hl_fts_register(struct hl_db *db) __attribute__((warn_unused_result));
/* Makes the index where it has to be and is not, or is of another version. */
int hl_fts_prepare(struct hl_store *s) __attribute__((warn_unused_result));
/* An entry with row <= hl_store.indexed gets a body, or loses one; inside of a transaction. */
int hl_fts_add(struct hl_store *s, uint64_t row, uint32_t contact, struct hl_bytes body)
    __attribute__((warn_unused_result));
int hl_fts_remove(struct hl_store *s, uint64_t row, uint32_t contact, struct hl_bytes body)
    __attribute__((warn_unused_result));
/* Begins anew, with nothing: cheaper than many removals. Inside of a transaction. */
int hl_fts_clear(struct hl_store *s) __attribute__((warn_unused_result));

#endif
