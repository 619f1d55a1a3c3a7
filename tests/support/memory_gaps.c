/* SPDX-License-Identifier: MIT */
#include "memory_gaps.h"

#include <stdlib.h>
#include <string.h>

static void insert(struct memory_gaps *g, size_t at, const struct hl_ledger_gap *gap)
{
    struct hl_ledger_gap *grown = realloc(g->at, (g->count + 1) * sizeof *grown);

    if (!grown)
        abort();
    g->at = grown;
    memmove(&g->at[at + 1], &g->at[at], (g->count++ - at) * sizeof *g->at);
    g->at[at] = *gap;
}

bool memory_gaps_add(struct memory_gaps *g, const struct hl_ledger_gap *gap)
{
    size_t at = 0;

    while (at < g->count && g->at[at].from < gap->from)
        at++;
    if (at < g->count && g->at[at].from < gap->from + gap->count)
        return false;
    insert(g, at, gap);
    return true;
}

const struct hl_ledger_gap *memory_gaps_next(const struct memory_gaps *g, uint64_t from)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->at[i].from + g->at[i].count > from)
            return &g->at[i];
    }
    return NULL;
}

bool memory_gaps_drop(struct memory_gaps *g, uint64_t from, uint64_t count)
{
    const struct hl_ledger_gap *found = memory_gaps_next(g, from);
    struct hl_ledger_gap gap, rest;
    size_t at;

    if (!found || found->from > from || from + count > found->from + found->count)
        return false;
    at = (size_t)(found - g->at);
    gap = *found;
    rest = (struct hl_ledger_gap){from + count, gap.from + gap.count - from - count,
                                  gap.pos + (from + count - gap.from)};
    g->at[at].count = from - gap.from;
    if (rest.count && g->at[at].count)
        insert(g, at + 1, &rest);
    else if (rest.count)
        g->at[at] = rest;
    else if (!g->at[at].count)
        memmove(&g->at[at], &g->at[at + 1], (--g->count - at) * sizeof *g->at);
    return true;
}

uint64_t memory_gaps_sum(const struct memory_gaps *g)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < g->count; i++)
        sum += g->at[i].count;
    return sum;
}
