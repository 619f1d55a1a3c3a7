/* SPDX-License-Identifier: MIT */
/* A set of numbers as sorted ranges that neither touch nor overlap: packet numbers, offsets.
 *
 * Four ranges need no memory beside the struct, which may be moved and copied with memcpy() as
 * long as only one of the copies is used. Adding at the top costs the same for any number of
 * ranges; elsewhere a binary search and a memmove(). */
#ifndef HL_RANGES_H
#define HL_RANGES_H

#include "env.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_RANGES_INLINE = 4,
};

/* lo <= n < hi; never empty. */
struct hl_range {
    uint64_t lo;
    uint64_t hi;
};

struct hl_ranges {
    uint32_t count;
    uint32_t cap; /* HL_RANGES_INLINE: few; more: many */
    uint32_t max; /* of count */
    union {
        struct hl_range few[HL_RANGES_INLINE];
        struct hl_range *many;
    };
};

/* An empty set of at most max ranges, max > 0. */
void hl_ranges_init(struct hl_ranges *r, uint32_t max);
/* Empties the set and gives its memory back. */
void hl_ranges_clear(struct hl_ranges *r, const struct hl_env *env);

/* Adds lo <= n < hi; nothing if lo >= hi. 0, -ENOBUFS: that would be one range too many, or
 * -ENOMEM; the set is then as it was. */
int hl_ranges_add(struct hl_ranges *r, const struct hl_env *env, uint64_t lo, uint64_t hi)
    __attribute__((warn_unused_result));
/* Takes lo <= n < hi out; fails as hl_ranges_add() does, and only when it cuts a range in two. */
int hl_ranges_remove(struct hl_ranges *r, const struct hl_env *env, uint64_t lo, uint64_t hi)
    __attribute__((warn_unused_result));
/* Takes all n < below out. */
void hl_ranges_drop(struct hl_ranges *r, uint64_t below);
/* Fills the lowest gap, so that there is one range less; nothing below two ranges. */
void hl_ranges_join_lowest(struct hl_ranges *r);

bool hl_ranges_contains(const struct hl_ranges *r, uint64_t n);
/* The first gap at or after from: the numbers lo <= n < hi that are missing, hi = UINT64_MAX after
 * the last range. False: none, as the set reaches UINT64_MAX. */
bool hl_ranges_gap(const struct hl_ranges *r, uint64_t from, struct hl_range *gap);

/* The ranges in ascending order, count of them, until the next change. */
static inline const struct hl_range *hl_ranges_all(const struct hl_ranges *r)
{
    return r->cap > HL_RANGES_INLINE ? r->many : r->few;
}

#endif
