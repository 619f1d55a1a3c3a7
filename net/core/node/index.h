/* SPDX-License-Identifier: MIT */
/* Session indices: 32-bit names, meaningful to their owner alone, that lead a packet to whom it is
 * for. The low bits are a place in a table, the others random, so that the index of a session long
 * gone rarely is that of another. O(1) but for growing. One thread. */
#ifndef HL_INDEX_H
#define HL_INDEX_H

#include "env.h"
#include "types.h"

enum {
    HL_INDEX_BITS = 20, /* of the place: 2^20 - 1 indices at most */
};

#define HL_INDEX_NONE UINT32_MAX /* no owner */

struct hl_index_entry {
    uint32_t index; /* 0 = free */
    uint32_t owner; /* or the next free place */
};

struct hl_index {
    const struct hl_env *env;
    struct hl_index_entry *entries; /* place 0 is never given */
    uint32_t size, free_first, used;
};

void hl_index_init(struct hl_index *x, const struct hl_env *env);
void hl_index_fini(struct hl_index *x);

/* A new index that leads to owner; 0 = no memory. */
uint32_t hl_index_add(struct hl_index *x, uint32_t owner) __attribute__((warn_unused_result));
/* The index leads to another owner from now on. */
void hl_index_set(struct hl_index *x, uint32_t index, uint32_t owner);
/* 0 is ignored. */
void hl_index_remove(struct hl_index *x, uint32_t index);
/* HL_INDEX_NONE if it leads nowhere. */
uint32_t hl_index_find(const struct hl_index *x, uint32_t index);

size_t hl_index_memory(const struct hl_index *x);

#endif
