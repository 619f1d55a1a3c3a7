/* SPDX-License-Identifier: MIT */
/* Changes to a text, for undo and redo. Bounded: the oldest are forgotten. */
#ifndef HL_JOURNAL_H
#define HL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* At offset at, removed was replaced by inserted. */
struct hl_change {
    size_t at;
    const char *removed, *inserted;
    size_t removed_len, inserted_len;
    size_t cursor_before, cursor_after;
};

struct hl_journal_step;

struct hl_journal {
    struct hl_journal_step *steps;
    size_t count, cap;
    size_t done;  /* steps[0..done) are in effect, those behind can be redone */
    size_t bytes; /* of memory, kept below max */
    size_t max;
};

void hl_journal_init(struct hl_journal *j, size_t max);
void hl_journal_fini(struct hl_journal *j);

/* Records a change (copied) and forgets what could have been redone. False: out of memory. */
bool hl_journal_add(struct hl_journal *j, const struct hl_change *c);

/* Makes the newest change longer: c inserts where its inserted text ended and removes nothing.
 * False: out of memory, or there is no such change; then add it instead. */
bool hl_journal_grow(struct hl_journal *j, const struct hl_change *c);

/* The change to take back, or to make again; NULL when there is none. Valid until the next call
 * that changes the journal. */
const struct hl_change *hl_journal_undo(struct hl_journal *j);
const struct hl_change *hl_journal_redo(struct hl_journal *j);

void hl_journal_clear(struct hl_journal *j);

#endif
