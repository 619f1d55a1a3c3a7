/* SPDX-License-Identifier: MIT */
/* The gaps of one conversation in a memory_ledger: an array in the order of their numbers. */
#ifndef HL_MEMORY_GAPS_H
#define HL_MEMORY_GAPS_H

#include "ledger.h"

struct memory_gaps {
    struct hl_ledger_gap *at;
    size_t count;
};

/* False: it would lie within another. Aborts if there is no memory. */
bool memory_gaps_add(struct memory_gaps *g, const struct hl_ledger_gap *gap);
/* The first that ends behind from, NULL if none does. */
const struct hl_ledger_gap *memory_gaps_next(const struct memory_gaps *g, uint64_t from);
/* Takes count numbers from from out of the gap that holds them; it may split. False: none does. */
bool memory_gaps_drop(struct memory_gaps *g, uint64_t from, uint64_t count);
uint64_t memory_gaps_sum(const struct memory_gaps *g);

#endif
