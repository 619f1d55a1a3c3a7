/* SPDX-License-Identifier: MIT */
/* The containers of a node against slow and obvious ones: index, table, heap. */
#include "heap.h"
#include "index.h"
#include "memory.h"
#include "table.h"

#include <criterion/criterion.h>
#include <string.h>

static uint64_t state = 88172645463325252U;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void fill(void *user, void *out, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)out)[i] = (uint8_t)(draw() >> 24);
}

static void start(struct memory *m)
{
    memory_init(m);
    m->env.random = fill;
}

/* ---- index ---- */

enum {
    OWNERS = 500,
    STEPS = 200000,
};

Test(index, leads_to_its_owner_only)
{
    struct memory m;
    struct hl_index x;
    uint32_t given[OWNERS] = {0}, old[OWNERS] = {0};

    start(&m);
    hl_index_init(&x, &m.env);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t owner = (uint32_t)(draw() % OWNERS);

        if (given[owner]) {
            cr_assert_eq(hl_index_find(&x, given[owner]), owner);
            hl_index_remove(&x, given[owner]);
            cr_assert_eq(hl_index_find(&x, given[owner]), HL_INDEX_NONE);
            old[owner] = given[owner];
            given[owner] = 0;
        } else {
            given[owner] = hl_index_add(&x, owner);
            cr_assert_neq(given[owner], 0);
            cr_assert_neq(given[owner], old[owner], "an index that was used lately");
        }
    }
    cr_assert_eq(hl_index_find(&x, 0), HL_INDEX_NONE);
    cr_assert_eq(hl_index_find(&x, UINT32_MAX), HL_INDEX_NONE);
    for (uint32_t i = 0; i < OWNERS; i++)
        if (given[i]) {
            hl_index_set(&x, given[i], i + 1000);
            cr_assert_eq(hl_index_find(&x, given[i]), i + 1000);
        }
    hl_index_remove(&x, 0);
    cr_assert_leq(x.size, 1024, "places are used again");
    hl_index_fini(&x);
    cr_assert_eq(m.blocks, 0);
}

Test(index, no_memory)
{
    struct memory m;
    struct hl_index x;

    start(&m);
    hl_index_init(&x, &m.env);
    m.allowed = 0;
    cr_assert_eq(hl_index_add(&x, 1), 0);
    m.allowed = 1;
    for (unsigned i = 0; i < 15; i++)
        cr_assert_neq(hl_index_add(&x, i), 0);
    cr_assert_eq(hl_index_add(&x, 15), 0);
    m.allowed = -1;
    cr_assert_neq(hl_index_add(&x, 15), 0);
    hl_index_fini(&x);
}

/* ---- table ---- */

static uint32_t hashes[OWNERS];

static uint32_t hash_of(const void *owner, uint32_t member)
{
    return ((const uint32_t *)owner)[member];
}

static bool contains(const struct hl_table *t, uint32_t member)
{
    uint32_t at = hashes[member];
    uint32_t found;

    while ((found = hl_table_next(t, &at)) != HL_TABLE_NONE)
        if (found == member)
            return true;
    return false;
}

static void table_with(uint32_t spread)
{
    struct memory m;
    struct hl_table t;
    bool there[OWNERS] = {false};

    start(&m);
    t = (struct hl_table){.env = &m.env, .owner = hashes, .hash = hash_of};
    for (unsigned i = 0; i < OWNERS; i++)
        hashes[i] = (uint32_t)draw() % spread;
    for (unsigned step = 0; step < 20000; step++) {
        uint32_t member = (uint32_t)(draw() % OWNERS);

        if (there[member]) {
            hl_table_remove(&t, member);
        } else {
            cr_assert_eq(hl_table_reserve(&t), 0);
            hl_table_add(&t, member);
        }
        there[member] = !there[member];
        for (unsigned i = 0; i < 10; i++) {
            uint32_t any = (uint32_t)(draw() % OWNERS);

            cr_assert_eq(contains(&t, any), there[any]);
        }
    }
    for (uint32_t i = 0; i < OWNERS; i++)
        cr_assert_eq(contains(&t, i), there[i]);
    hl_table_fini(&t);
    cr_assert_eq(m.blocks, 0);
}

Test(table, finds_what_is_in_it)
{
    table_with(UINT32_MAX);
    table_with(64); /* many collide */
    table_with(3);
}

/* ---- heap ---- */

Test(heap, the_earliest_first)
{
    struct memory m;
    struct hl_heap h;
    hl_time at[64];
    bool there[64] = {false};

    start(&m);
    hl_heap_init(&h, &m.env);
    cr_assert_eq(hl_heap_reserve(&h, 64), 0);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t member = (uint32_t)(draw() % 64);
        hl_time when = draw() % 10 ? (hl_time)(draw() % 1000) : HL_NEVER;
        hl_time least = HL_NEVER;
        uint32_t first = 0;

        if (there[member] && draw() % 3 == 0) {
            hl_heap_remove(&h, member);
            there[member] = false;
        } else {
            if (there[member])
                hl_heap_set(&h, member, when);
            else
                hl_heap_add(&h, member, when);
            there[member] = true;
            at[member] = when;
        }
        for (unsigned i = 0; i < 64; i++)
            if (there[i] && at[i] < least)
                least = at[i];
        cr_assert_eq(hl_heap_first(&h, &first), least);
        if (least != HL_NEVER)
            cr_assert(there[first] && at[first] == least);
    }
    hl_heap_fini(&h);
    cr_assert_eq(m.blocks, 0);
}

/* Those that are due at the same time take turns. */
Test(heap, equal_ones_take_turns)
{
    struct memory m;
    struct hl_heap h;
    uint32_t first;

    start(&m);
    hl_heap_init(&h, &m.env);
    h.turn = UINT32_MAX - 20; /* it wraps around */
    cr_assert_eq(hl_heap_reserve(&h, 5), 0);
    for (uint32_t i = 0; i < 5; i++)
        hl_heap_add(&h, i, 7);
    for (unsigned i = 0; i < 50; i++) {
        cr_assert_eq(hl_heap_first(&h, &first), 7);
        cr_assert_eq(first, i % 5);
        hl_heap_set(&h, first, 7);
    }
    hl_heap_fini(&h);
}
