/* SPDX-License-Identifier: MIT */
#include "../sim/random.h"
#include "memory.h"
#include "ranges.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    SPACE = 300, /* numbers of the slow model */
};

static struct memory memory;
static struct hl_ranges set;

static void setup(void)
{
    memory_init(&memory);
    memset(&set, 0xa5, sizeof set);
    hl_ranges_init(&set, 64);
}

TestSuite(ranges, .init = setup);

static void add(uint64_t lo, uint64_t hi)
{
    cr_assert_eq(hl_ranges_add(&set, &memory.env, lo, hi), 0);
}

static bool holds(size_t count, const struct hl_range *wanted)
{
    return set.count == count && memcmp(hl_ranges_all(&set), wanted, count * sizeof wanted[0]) == 0;
}

Test(ranges, touching_ranges_become_one)
{
    add(10, 20);
    add(30, 40);
    add(20, 25);
    add(28, 30);
    cr_assert(holds(2, (struct hl_range[]){{10, 25}, {28, 40}}));
    add(25, 28);
    cr_assert(holds(1, (struct hl_range[]){{10, 40}}));
    add(0, UINT64_MAX);
    cr_assert(holds(1, (struct hl_range[]){{0, UINT64_MAX}}));
    add(7, 7);
    add(9, 8);
    cr_assert_eq(set.count, 1);
    cr_assert_eq(memory.blocks, 0, "four ranges need no memory");
}

Test(ranges, a_hole_is_cut)
{
    add(10, 20);
    cr_assert_eq(hl_ranges_remove(&set, &memory.env, 12, 15), 0);
    cr_assert(holds(2, (struct hl_range[]){{10, 12}, {15, 20}}));
    cr_assert_eq(hl_ranges_remove(&set, &memory.env, 11, 16), 0);
    cr_assert(holds(2, (struct hl_range[]){{10, 11}, {16, 20}}));
    hl_ranges_drop(&set, 18);
    cr_assert(holds(1, (struct hl_range[]){{18, 20}}));
    hl_ranges_drop(&set, UINT64_MAX);
    cr_assert_eq(set.count, 0);
}

Test(ranges, gaps_are_found)
{
    struct hl_range gap;

    cr_assert(hl_ranges_gap(&set, 5, &gap) && gap.lo == 5 && gap.hi == UINT64_MAX);
    add(10, 20);
    add(30, 40);
    cr_assert(hl_ranges_gap(&set, 0, &gap) && gap.lo == 0 && gap.hi == 10);
    cr_assert(hl_ranges_gap(&set, 10, &gap) && gap.lo == 20 && gap.hi == 30);
    cr_assert(hl_ranges_gap(&set, 19, &gap) && gap.lo == 20 && gap.hi == 30);
    cr_assert(hl_ranges_gap(&set, 20, &gap) && gap.lo == 20 && gap.hi == 30);
    cr_assert(hl_ranges_gap(&set, 25, &gap) && gap.lo == 25 && gap.hi == 30);
    cr_assert(hl_ranges_gap(&set, 30, &gap) && gap.lo == 40 && gap.hi == UINT64_MAX);
    add(40, UINT64_MAX);
    cr_assert_not(hl_ranges_gap(&set, 30, &gap));
    cr_assert_not(hl_ranges_gap(&set, UINT64_MAX, &gap));
}

Test(ranges, the_bound_and_missing_memory_change_nothing)
{
    static struct hl_range before[64];

    for (uint64_t i = 0; i < 64; i++)
        add(i * 10, i * 10 + 5);
    memcpy(before, hl_ranges_all(&set), sizeof before);
    cr_assert_eq(hl_ranges_add(&set, &memory.env, 1000, 1001), -ENOBUFS);
    cr_assert_eq(hl_ranges_remove(&set, &memory.env, 1, 2), -ENOBUFS);
    cr_assert(holds(64, before));
    hl_ranges_join_lowest(&set);
    cr_assert(set.count == 63 && hl_ranges_all(&set)[0].lo == 0 && hl_ranges_all(&set)[0].hi == 15);
    add(1000, 1001);
    hl_ranges_clear(&set, &memory.env);
    cr_assert(set.count == 0 && memory.blocks == 0);

    for (uint64_t i = 0; i < HL_RANGES_INLINE; i++)
        add(i * 10, i * 10 + 5);
    memcpy(before, hl_ranges_all(&set), HL_RANGES_INLINE * sizeof before[0]);
    memory.allowed = 0;
    cr_assert_eq(hl_ranges_add(&set, &memory.env, 7, 8), -ENOMEM);
    cr_assert(holds(HL_RANGES_INLINE, before));
    hl_ranges_join_lowest(&set);
    add(17, 18);
}

/* ---- against one bool a number ---- */

static bool model[SPACE];

static void check(uint64_t seed)
{
    const struct hl_range *at = hl_ranges_all(&set);
    uint64_t from = 0;
    struct hl_range gap;

    for (uint32_t i = 0; i < set.count; i++) {
        cr_assert(at[i].lo < at[i].hi, "seed %" PRIu64, seed);
        cr_assert(i == 0 || at[i - 1].hi < at[i].lo, "seed %" PRIu64, seed);
    }
    for (uint64_t n = 0; n < SPACE; n++)
        cr_assert_eq(hl_ranges_contains(&set, n), model[n], "seed %" PRIu64, seed);
    while (hl_ranges_gap(&set, from, &gap)) {
        for (uint64_t n = from; n < gap.hi && n < SPACE; n++)
            cr_assert_eq(model[n], n < gap.lo, "seed %" PRIu64, seed);
        from = gap.hi;
    }
}

static void step(struct sim_random *random)
{
    uint64_t lo = sim_random_below(random, SPACE);
    uint64_t hi = lo + sim_random_below(random, 20);
    uint64_t op = sim_random_below(random, 16);
    bool added = op < 10;
    int err = 0;

    if (hi > SPACE)
        hi = SPACE;
    if (op == 15) {
        lo = 0;
        hi = hi / 4;
        hl_ranges_drop(&set, hi);
    } else if (added) {
        err = hl_ranges_add(&set, &memory.env, lo, hi);
    } else {
        err = hl_ranges_remove(&set, &memory.env, lo, hi);
    }
    for (uint64_t n = lo; err == 0 && n < hi; n++)
        model[n] = added;
}

Test(ranges, random_changes_match_a_slow_model)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct sim_random random = {seed};

        hl_ranges_init(&set, seed % 3 ? 64 : 7);
        memset(model, 0, sizeof model);
        for (int i = 0; i < 300; i++) {
            step(&random);
            check(seed);
        }
        hl_ranges_clear(&set, &memory.env);
    }
    cr_assert_eq(memory.blocks, 0);
}
