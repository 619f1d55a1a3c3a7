/* SPDX-License-Identifier: MIT */
/* A set of numbered members, found by a hash of something that the owner keeps for each: open
 * addressing with linear probing, no tombstones. 4 bytes a cell, at most three of four in use. */
#ifndef HL_TABLE_H
#define HL_TABLE_H

#include "env.h"
#include "types.h"

#define HL_TABLE_NONE UINT32_MAX

struct hl_table {
    const struct hl_env *env;
    const void *owner;
    /* Hash of a member that is in the table. */
    uint32_t (*hash)(const void *owner, uint32_t member);
    uint32_t *cells; /* member + 1, 0 = free */
    uint32_t size;   /* power of two */
    uint32_t used;
};

/* Room for one member more: 0 or -ENOMEM. */
int hl_table_reserve(struct hl_table *t) __attribute__((warn_unused_result));
void hl_table_fini(struct hl_table *t);

/* member is new, and there is room. */
void hl_table_add(struct hl_table *t, uint32_t member);
/* member is in the table. */
void hl_table_remove(struct hl_table *t, uint32_t member);

/* Members whose hash is this one or lies near it: call with *at = hash first, then on until
 * HL_TABLE_NONE; the caller compares. */
uint32_t hl_table_next(const struct hl_table *t, uint32_t *at);

size_t hl_table_memory(const struct hl_table *t);

/* The finishing steps of SplitMix64 (Sebastiano Vigna): each bit of x moves half of the result. */
static inline uint64_t hl_table_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

#endif
