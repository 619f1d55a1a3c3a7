/* SPDX-License-Identifier: MIT */
/* Numbers by the ids of entries: which message of ours, which line of the screen. One thread. */
#ifndef HL_IDMAP_H
#define HL_IDMAP_H

#include "idhash.h"

struct hl_idmap_slot;

/* All zero is an empty map. */
struct hl_idmap {
    struct hl_idmap_slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t count;
    struct hl_idhash hash;
};

void hl_idmap_fini(struct hl_idmap *m);

/* number must not be 0; it replaces the one that is there, for which no memory is needed. Returns 0
 * or -ENOMEM. */
int hl_idmap_put(struct hl_idmap *m, const uint8_t id[static HL_ID_SIZE], uint64_t number)
    __attribute__((warn_unused_result));
/* 0 if the id is not there. */
uint64_t hl_idmap_get(const struct hl_idmap *m, const uint8_t id[static HL_ID_SIZE]);
/* The same, and it is there no more. */
uint64_t hl_idmap_take(struct hl_idmap *m, const uint8_t id[static HL_ID_SIZE]);
/* Drops all numbers below least. */
void hl_idmap_drop_below(struct hl_idmap *m, uint64_t least);
/* The ids one after the other, in no order; *at is 0 at first. NULL: that was all. Numbers
 * may be replaced meanwhile, nothing else. */
const uint8_t *hl_idmap_next(const struct hl_idmap *m, size_t *at, uint64_t *number);

#endif
