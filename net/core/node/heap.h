/* SPDX-License-Identifier: MIT */
/* Who is due next: a binary heap of numbered members by deadline, those with the same deadline in
 * the order in which they were set. Each member is in it at all times, at HL_NEVER if it waits for
 * nothing. O(log n) a change. One thread. */
#ifndef HL_HEAP_H
#define HL_HEAP_H

#include "env.h"
#include "types.h"

struct hl_heap_entry {
    hl_time at;
    uint32_t turn;
    uint32_t member;
};

struct hl_heap {
    const struct hl_env *env;
    struct hl_heap_entry *entries;
    uint32_t *where; /* member -> place in entries */
    uint32_t len, cap, turn;
};

void hl_heap_init(struct hl_heap *h, const struct hl_env *env);
void hl_heap_fini(struct hl_heap *h);
/* Room for members numbered below count; 0 or -ENOMEM. */
int hl_heap_reserve(struct hl_heap *h, uint32_t count) __attribute__((warn_unused_result));
/* member is below the count reserved and not in the heap. */
void hl_heap_add(struct hl_heap *h, uint32_t member, hl_time at);
void hl_heap_remove(struct hl_heap *h, uint32_t member);
void hl_heap_set(struct hl_heap *h, uint32_t member, hl_time at);
static inline hl_time hl_heap_at(const struct hl_heap *h, uint32_t member)
{
    return h->entries[h->where[member]].at;
}

/* The earliest deadline, HL_NEVER if there is none; its member if that is not HL_NEVER. */
hl_time hl_heap_first(const struct hl_heap *h, uint32_t *member);

size_t hl_heap_memory(const struct hl_heap *h);

#endif
