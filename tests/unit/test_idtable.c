/* SPDX-License-Identifier: MIT */
#include "idtable.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    IDS = 3000,
};

/* Ids that differ in few bits. */
static const uint8_t *id_of(unsigned n)
{
    static uint8_t id[HL_ID_SIZE];

    memset(id, 0, sizeof id);
    id[8] = (uint8_t)(n % 7);
    memcpy(id, &n, sizeof n);
    return id;
}

Test(idtable, finds_what_was_put)
{
    struct hl_idtable map = {0};

    cr_assert_null(hl_idtable_find(&map, 1, id_of(1)));
    for (unsigned i = 0; i < IDS; i++)
        cr_assert_eq(hl_idtable_put(&map, 1 + i % 2, id_of(i), i), 0);
    cr_assert_eq(map.count, IDS);
    for (unsigned i = 0; i < IDS; i++) {
        cr_assert_eq(hl_idtable_find(&map, 1 + i % 2, id_of(i))->value, i);
        cr_assert_null(hl_idtable_find(&map, 2 - i % 2, id_of(i)), "another contact's");
    }
    cr_assert_eq(hl_idtable_put(&map, 1, id_of(0), 77), 0);
    cr_assert_eq(map.count, IDS);
    cr_assert_eq(hl_idtable_find(&map, 1, id_of(0))->value, 77);
    hl_idtable_fini(&map);
}

/* Against an array of flags, in an order that is no order. */
Test(idtable, forgets_what_was_removed)
{
    static bool there[IDS];
    struct hl_idtable map = {0};
    unsigned n = 1;

    for (unsigned round = 0; round < 20 * IDS; round++) {
        struct hl_idtable_item *item;

        n = n * 1103515245 + 12345;
        unsigned i = n / 65536 % IDS;

        item = hl_idtable_find(&map, 5, id_of(i));
        cr_assert_eq(item != NULL, there[i], "%u in round %u", i, round);
        if (item)
            hl_idtable_remove(&map, item);
        else
            cr_assert_eq(hl_idtable_put(&map, 5, id_of(i), i), 0);
        there[i] = !there[i];
    }
    hl_idtable_fini(&map);
}

Test(idtable, renames_contacts)
{
    struct hl_idtable map = {0};

    for (unsigned i = 0; i < 100; i++)
        cr_assert_eq(hl_idtable_put(&map, 1 + i % 3, id_of(i), i), 0);
    hl_idtable_rename(&map, 1, 3);
    for (unsigned i = 0; i < 100; i++) {
        cr_assert_eq(hl_idtable_find(&map, i % 3 == 1 ? 2 : 3, id_of(i))->value, i);
        cr_assert_null(hl_idtable_find(&map, 1, id_of(i)));
    }
    hl_idtable_fini(&map);
}

/* Peers choose ids: those with equal halves must not all come to stand in one run, which each
 * search would walk. */
Test(idtable, nobody_aims_at_one_place)
{
    struct hl_idtable map = {0};
    unsigned runs = 0;

    for (unsigned i = 0; i < 32; i++) {
        uint8_t id[HL_ID_SIZE] = {0};

        id[i % 2 * 8] = (uint8_t)(1 + i / 2); /* 16 for each half */
        cr_assert_eq(hl_idtable_put(&map, 1, id, 0), 0);
    }
    for (size_t i = 0; i < map.cap; i++)
        runs += map.items[i].contact != 0 && map.items[(i + 1) % map.cap].contact == 0;
    cr_assert_gt(runs, 2, "%u", runs);
    hl_idtable_fini(&map);
}
