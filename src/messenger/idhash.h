/* SPDX-License-Identifier: MIT */
/* Where an entry's id stands in a hash table. Peers choose the ids of their entries, so the hash is
 * keyed with random numbers: nobody can aim at one place. Any thread. */
#ifndef HL_IDHASH_H
#define HL_IDHASH_H

#include "entropy.h"
#include "entry.h"

#include <stddef.h>
#include <string.h>

struct hl_idhash {
    uint64_t key[2];
};

/* Another one for each table. */
static inline struct hl_idhash hl_idhash_new(void)
{
    const struct hl_env *env = hl_entropy_env();

    return (struct hl_idhash){{hl_env_random64(env) | 1, hl_env_random64(env) | 1}};
}

/* Multiply-shift over both halves, with two odd factors. cap: places, a power of two. */
static inline size_t hl_idhash_place(const struct hl_idhash *h, const uint8_t id[static HL_ID_SIZE],
                                     size_t cap)
{
    uint64_t half[2];

    memcpy(half, id, sizeof half);
    return (size_t)((half[0] * h->key[0] + half[1] * h->key[1]) >> 32) & (cap - 1);
}

#endif
