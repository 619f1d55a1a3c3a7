/* SPDX-License-Identifier: MIT */
#include "budget.h"

/* What the holder of share may hold in all. */
static size_t allowed(const struct hl_budget *b, const atomic_size_t *share)
{
    size_t used = atomic_load(&b->used);
    size_t left = used < b->bound ? b->bound - used : 0;

    return share && left < HL_BUDGET_FLOOR ? HL_BUDGET_FLOOR : left;
}

bool hl_budget_fits(const struct hl_budget *b, const atomic_size_t *share, size_t n)
{
    size_t held = share ? atomic_load(share) : 0;

    return held + n <= allowed(b, share);
}

bool hl_budget_take(struct hl_budget *b, atomic_size_t *share, size_t n)
{
    if (!hl_budget_fits(b, share, n))
        return false;
    atomic_fetch_add(&b->used, n);
    if (share)
        atomic_fetch_add(share, n);
    return true;
}

void hl_budget_give(struct hl_budget *b, atomic_size_t *share, size_t n)
{
    atomic_fetch_sub(&b->used, n);
    if (share)
        atomic_fetch_sub(share, n);
}

bool hl_budget_has_room(const struct hl_budget *b, const atomic_size_t *share, size_t n)
{
    return hl_budget_fits(b, share, n) && atomic_load(share) * 2 <= allowed(b, share);
}
