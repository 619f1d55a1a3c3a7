/* SPDX-License-Identifier: MIT */
/* The inside of a memory_ledger: memory_ledger.c is the ledger, memory_ledger_look.c what tests do
 * to it and see of it from outside. */
#ifndef HL_TEST_MEMORY_LEDGER_INSIDE_H
#define HL_TEST_MEMORY_LEDGER_INSIDE_H

#include "memory_gaps.h"
#include "memory_ledger.h"

struct numbers {
    uint64_t next_seq, expected, kept, handed, next_pos, seen;
};

struct memory_ledger_conv {
    uint32_t contact;
    struct numbers n;
    size_t *ours; /* by seq - 1: index + 1 into rows; 0 = erased */
    size_t ours_cap;
    uint64_t low; /* no entry of ours below waits */
    struct memory_gaps gaps;
};

enum undo_kind { UNDO_ROW, UNDO_CHANGE, UNDO_NUMBERS, UNDO_GAPS, UNDO_OURS };

struct memory_ledger_undo {
    enum undo_kind kind;
    bool body;    /* UNDO_CHANGE: the row has another body since */
    size_t index; /* of a row */
    uint32_t contact;
    union {
        struct memory_ledger_row row;
        struct numbers numbers;
        struct memory_gaps gaps;
        struct {
            size_t *at;
            size_t cap;
        } ours;
    };
};

/* Both abort if there is no memory. */
void *memory_grow(void *at, size_t size);
void *memory_copy_of(const void *at, size_t size);

/* NULL: nothing is known of that contact. */
struct memory_ledger_conv *memory_conv_find(const struct memory_ledger *m, uint32_t contact);
struct memory_ledger_conv *memory_conv_of(struct memory_ledger *m, uint32_t contact); /* made */
struct memory_ledger_row *memory_row_find(const struct memory_ledger *m, uint32_t contact,
                                          const uint8_t *id);
void memory_count(const struct memory_ledger *m, const struct memory_ledger_conv *c,
                  struct hl_ledger_counts *out);

#endif
