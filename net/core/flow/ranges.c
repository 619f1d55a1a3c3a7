/* SPDX-License-Identifier: MIT */
#include "ranges.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void hl_ranges_init(struct hl_ranges *r, uint32_t max)
{
    assert(max > 0);
    *r = (struct hl_ranges){.cap = HL_RANGES_INLINE, .max = max};
}

void hl_ranges_clear(struct hl_ranges *r, const struct hl_env *env)
{
    if (r->cap > HL_RANGES_INLINE)
        hl_env_free(env, r->many);
    hl_ranges_init(r, r->max);
}

static struct hl_range *all(struct hl_ranges *r)
{
    return r->cap > HL_RANGES_INLINE ? r->many : r->few;
}

/* Index of the first range with hi >= n: the one that holds n, touches it from below or follows. */
static uint32_t find(const struct hl_ranges *r, uint64_t n)
{
    const struct hl_range *at = hl_ranges_all(r);
    uint32_t from = 0;
    uint32_t to = r->count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (at[middle].hi < n)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static int grow(struct hl_ranges *r, const struct hl_env *env)
{
    uint32_t cap = r->cap * 2 < r->max ? r->cap * 2 : r->max;
    struct hl_range *many = r->cap > HL_RANGES_INLINE ? r->many : NULL;
    struct hl_range few[HL_RANGES_INLINE];

    memcpy(few, r->few, sizeof few); /* the pointer will lie over them */
    many = env->resize(env->user, many, cap * sizeof *many);
    if (!many)
        return -ENOMEM;
    if (r->cap == HL_RANGES_INLINE)
        memcpy(many, few, sizeof few);
    r->many = many;
    r->cap = cap;
    return 0;
}

static int insert(struct hl_ranges *r, const struct hl_env *env, uint32_t i, struct hl_range range)
{
    struct hl_range *at;

    if (r->count == r->max)
        return -ENOBUFS;
    if (r->count == r->cap && grow(r, env) < 0)
        return -ENOMEM;
    at = all(r);
    memmove(at + i + 1, at + i, (r->count - i) * sizeof *at);
    at[i] = range;
    r->count++;
    return 0;
}

static void erase(struct hl_ranges *r, uint32_t from, uint32_t to)
{
    struct hl_range *at = all(r);

    if (from == to)
        return;
    memmove(at + from, at + to, (r->count - to) * sizeof *at);
    r->count -= to - from;
}

int hl_ranges_add(struct hl_ranges *r, const struct hl_env *env, uint64_t lo, uint64_t hi)
{
    struct hl_range *at = all(r);
    uint32_t first;
    uint32_t end;

    if (lo >= hi)
        return 0;
    /* nearly always it goes on where the highest one ended */
    first = r->count && lo >= at[r->count - 1].lo ? r->count - (lo <= at[r->count - 1].hi)
                                                  : find(r, lo);
    for (end = first; end < r->count && at[end].lo <= hi; end++)
        ;
    if (first == end)
        return insert(r, env, first, (struct hl_range){lo, hi});
    if (lo < at[first].lo)
        at[first].lo = lo;
    at[first].hi = hi > at[end - 1].hi ? hi : at[end - 1].hi;
    erase(r, first + 1, end);
    return 0;
}

int hl_ranges_remove(struct hl_ranges *r, const struct hl_env *env, uint64_t lo, uint64_t hi)
{
    struct hl_range *at;
    uint32_t first;
    uint32_t end;
    int err;

    if (lo >= hi)
        return 0;
    first = lo < UINT64_MAX ? find(r, lo + 1) : r->count;
    if (first < r->count && all(r)[first].lo < lo) {
        struct hl_range above = {hi, all(r)[first].hi};

        if (hi < above.hi) {
            err = insert(r, env, first + 1, above);
            if (err < 0)
                return err;
        }
        all(r)[first++].hi = lo;
    }
    at = all(r);
    for (end = first; end < r->count && at[end].hi <= hi; end++)
        ;
    if (end < r->count && at[end].lo < hi)
        at[end].lo = hi;
    erase(r, first, end);
    return 0;
}

void hl_ranges_drop(struct hl_ranges *r, uint64_t below)
{
    int err = hl_ranges_remove(r, NULL, 0, below);

    assert(err == 0); /* nothing is cut in two from 0, so that no room is needed */
}

void hl_ranges_join_lowest(struct hl_ranges *r)
{
    struct hl_range *at = all(r);

    if (r->count < 2)
        return;
    at[1].lo = at[0].lo;
    erase(r, 0, 1);
}

bool hl_ranges_contains(const struct hl_ranges *r, uint64_t n)
{
    uint32_t i;

    if (n == UINT64_MAX) /* no hi is beyond it */
        return false;
    i = find(r, n + 1);
    return i < r->count && hl_ranges_all(r)[i].lo <= n;
}

bool hl_ranges_gap(const struct hl_ranges *r, uint64_t from, struct hl_range *gap)
{
    const struct hl_range *at = hl_ranges_all(r);
    uint32_t i = find(r, from);

    if (i < r->count && at[i].hi == from) /* the first number after it: the gap begins here */
        i++;
    gap->lo = from;
    if (i < r->count && at[i].lo <= from)
        gap->lo = at[i++].hi;
    gap->hi = i < r->count ? at[i].lo : UINT64_MAX;
    return gap->lo < gap->hi;
}
