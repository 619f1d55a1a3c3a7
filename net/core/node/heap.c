/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <assert.h>
#include <errno.h>

void hl_heap_init(struct hl_heap *h, const struct hl_env *env)
{
    *h = (struct hl_heap){.env = env};
}

void hl_heap_fini(struct hl_heap *h)
{
    hl_env_free(h->env, h->entries);
    hl_env_free(h->env, h->where);
    *h = (struct hl_heap){.env = h->env};
}

int hl_heap_reserve(struct hl_heap *h, uint32_t count)
{
    struct hl_heap_entry *entries;
    uint32_t *where;

    if (count <= h->cap)
        return 0;
    entries = h->env->resize(h->env->user, h->entries, count * sizeof *entries);
    if (!entries)
        return -ENOMEM;
    h->entries = entries;
    where = h->env->resize(h->env->user, h->where, count * sizeof *where);
    if (!where)
        return -ENOMEM;
    h->where = where;
    h->cap = count;
    return 0;
}

/* turn wraps around: those that are compared were set within 2^31 changes of each other, or are
 * as late that their order does not matter. */
static bool before(const struct hl_heap_entry *a, const struct hl_heap_entry *b)
{
    return a->at != b->at ? a->at < b->at : (int32_t)(a->turn - b->turn) < 0;
}

static void put(struct hl_heap *h, uint32_t place, struct hl_heap_entry e)
{
    h->entries[place] = e;
    h->where[e.member] = place;
}

static void up(struct hl_heap *h, uint32_t place)
{
    struct hl_heap_entry e = h->entries[place];

    while (place > 0 && before(&e, &h->entries[(place - 1) / 2])) {
        put(h, place, h->entries[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(h, place, e);
}

static void down(struct hl_heap *h, uint32_t place)
{
    struct hl_heap_entry e = h->entries[place];

    for (;;) {
        uint32_t child = 2 * place + 1;

        if (child >= h->len)
            break;
        if (child + 1 < h->len && before(&h->entries[child + 1], &h->entries[child]))
            child++;
        if (!before(&h->entries[child], &e))
            break;
        put(h, place, h->entries[child]);
        place = child;
    }
    put(h, place, e);
}

void hl_heap_add(struct hl_heap *h, uint32_t member, hl_time at)
{
    assert(member < h->cap && h->len < h->cap);
    put(h, h->len, (struct hl_heap_entry){.at = at, .turn = h->turn++, .member = member});
    up(h, h->len++);
}

void hl_heap_remove(struct hl_heap *h, uint32_t member)
{
    uint32_t place = h->where[member];

    assert(place < h->len && h->entries[place].member == member);
    if (place == --h->len)
        return;
    put(h, place, h->entries[h->len]);
    down(h, place);
    up(h, place);
}

void hl_heap_set(struct hl_heap *h, uint32_t member, hl_time at)
{
    uint32_t place = h->where[member];

    assert(place < h->len && h->entries[place].member == member);
    h->entries[place].at = at;
    h->entries[place].turn = h->turn++;
    up(h, place);
    down(h, h->where[member]);
}

hl_time hl_heap_first(const struct hl_heap *h, uint32_t *member)
{
    if (h->len == 0)
        return HL_NEVER;
    *member = h->entries[0].member;
    return h->entries[0].at;
}

size_t hl_heap_memory(const struct hl_heap *h)
{
    return h->cap * (sizeof(*h->entries) + sizeof(*h->where));
}
