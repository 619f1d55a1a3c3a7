/* SPDX-License-Identifier: MIT */
#include "index.h"

#include <assert.h>
#include <string.h>

enum {
    SIZE_FIRST = 16,
};

#define PLACE_MASK ((UINT32_C(1) << HL_INDEX_BITS) - 1)

void hl_index_init(struct hl_index *x, const struct hl_env *env)
{
    *x = (struct hl_index){.env = env};
}

void hl_index_fini(struct hl_index *x)
{
    hl_env_free(x->env, x->entries);
    *x = (struct hl_index){.env = x->env};
}

static bool grow(struct hl_index *x)
{
    uint32_t size = x->size ? x->size * 2 : SIZE_FIRST;
    uint32_t first = x->size ? x->size : 1;
    struct hl_index_entry *entries;

    if (size > PLACE_MASK + 1)
        return false;
    entries = x->env->resize(x->env->user, x->entries, size * sizeof *entries);
    if (!entries)
        return false;
    memset(entries + x->size, 0, (size - x->size) * sizeof *entries);
    for (uint32_t i = first; i < size; i++)
        entries[i] = (struct hl_index_entry){.owner = i + 1 < size ? i + 1 : 0};
    x->entries = entries;
    x->size = size;
    x->free_first = first;
    return true;
}

uint32_t hl_index_add(struct hl_index *x, uint32_t owner)
{
    uint32_t place;
    uint32_t random;

    if (!x->free_first && !grow(x))
        return 0;
    place = x->free_first;
    x->free_first = x->entries[place].owner;
    random = (uint32_t)hl_env_random64(x->env);
    x->entries[place] = (struct hl_index_entry){
        .index = (random & ~PLACE_MASK) | place,
        .owner = owner,
    };
    x->used++;
    return x->entries[place].index;
}

static struct hl_index_entry *lookup(const struct hl_index *x, uint32_t index)
{
    uint32_t place = index & PLACE_MASK;

    if (place == 0 || place >= x->size || x->entries[place].index != index)
        return NULL;
    return &x->entries[place];
}

void hl_index_set(struct hl_index *x, uint32_t index, uint32_t owner)
{
    struct hl_index_entry *e = lookup(x, index);

    assert(e);
    e->owner = owner;
}

void hl_index_remove(struct hl_index *x, uint32_t index)
{
    struct hl_index_entry *e;

    if (index == 0)
        return;
    e = lookup(x, index);
    assert(e);
    *e = (struct hl_index_entry){.owner = x->free_first};
    x->free_first = (uint32_t)(e - x->entries);
    x->used--;
}

uint32_t hl_index_find(const struct hl_index *x, uint32_t index)
{
    const struct hl_index_entry *e = lookup(x, index);

    return e ? e->owner : HL_INDEX_NONE;
}

size_t hl_index_memory(const struct hl_index *x)
{
    return x->size * sizeof(*x->entries);
}
