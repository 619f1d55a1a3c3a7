/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    SIZE_FIRST = 16,
};

void hl_table_fini(struct hl_table *t)
{
    hl_env_free(t->env, t->cells);
    t->cells = NULL;
    t->size = t->used = 0;
}

static void put(struct hl_table *t, uint32_t member)
{
    uint32_t at = t->hash(t->owner, member) & (t->size - 1);

    while (t->cells[at])
        at = (at + 1) & (t->size - 1);
    t->cells[at] = member + 1;
}

int hl_table_reserve(struct hl_table *t)
{
    uint32_t old_size = t->size;
    uint32_t *old = t->cells;
    uint32_t *cells;

    if (t->used + 1 <= t->size / 4 * 3)
        return 0;
    t->size = old_size ? old_size * 2 : SIZE_FIRST;
    cells = hl_env_alloc(t->env, t->size * sizeof *cells);
    if (!cells) {
        t->size = old_size;
        return -ENOMEM;
    }
    t->cells = cells;
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i])
            put(t, old[i] - 1);
    hl_env_free(t->env, old);
    return 0;
}

void hl_table_add(struct hl_table *t, uint32_t member)
{
    assert(t->used < t->size / 4 * 3);
    put(t, member);
    t->used++;
}

/* Closes the gap at hole: what stands behind it and would not be found any more moves up (Knuth,
 * The Art of Computer Programming, volume 3, section 6.4, algorithm R). */
static void close_gap(struct hl_table *t, uint32_t hole)
{
    uint32_t mask = t->size - 1;

    for (uint32_t at = (hole + 1) & mask; t->cells[at]; at = (at + 1) & mask) {
        uint32_t home = t->hash(t->owner, t->cells[at] - 1) & mask;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        t->cells[hole] = t->cells[at];
        hole = at;
    }
    t->cells[hole] = 0;
}

void hl_table_remove(struct hl_table *t, uint32_t member)
{
    uint32_t at = t->hash(t->owner, member) & (t->size - 1);

    while (t->cells[at] != member + 1) {
        assert(t->cells[at]);
        at = (at + 1) & (t->size - 1);
    }
    close_gap(t, at);
    t->used--;
}

uint32_t hl_table_next(const struct hl_table *t, uint32_t *at)
{
    uint32_t cell;

    if (t->size == 0)
        return HL_TABLE_NONE;
    cell = t->cells[*at & (t->size - 1)];
    ++*at;
    return cell ? cell - 1 : HL_TABLE_NONE;
}

size_t hl_table_memory(const struct hl_table *t)
{
    return t->size * sizeof(*t->cells);
}
