/* SPDX-License-Identifier: MIT */
#include "idmap.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct hl_idmap map;

static const uint8_t *id_of(uint32_t n)
{
    static uint8_t id[HL_ID_SIZE];

    memset(id, 0, sizeof(id));
    memcpy(id, &n, sizeof(n));
    return id;
}

Test(idmap, an_empty_one_has_nothing)
{
    uint64_t number;
    size_t at = 0;

    cr_assert_eq(hl_idmap_get(&map, id_of(1)), 0);
    cr_assert_eq(hl_idmap_take(&map, id_of(1)), 0);
    hl_idmap_drop_below(&map, 10);
    cr_assert_null(hl_idmap_next(&map, &at, &number));
    hl_idmap_fini(&map);
}

Test(idmap, a_number_is_replaced_and_found_both_ways)
{
    uint64_t number;
    size_t at = 0;

    cr_assert_eq(hl_idmap_put(&map, id_of(7), 1), 0);
    cr_assert_eq(hl_idmap_put(&map, id_of(7), 2), 0);
    cr_assert_eq(map.count, 1);
    cr_assert_eq(hl_idmap_get(&map, id_of(7)), 2);
    cr_assert_eq(memcmp(hl_idmap_next(&map, &at, &number), id_of(7), HL_ID_SIZE), 0);
    cr_assert_eq(number, 2);
    cr_assert_null(hl_idmap_next(&map, &at, &number));
    hl_idmap_fini(&map);
}

/* Against an array, with ids that come and go. */
Test(idmap, as_an_array_would_do_it)
{
    enum { IDS = 5000, STEPS = 200000 };
    uint64_t *naive = calloc(IDS, sizeof(*naive));
    size_t count = 0;

    srandom(4);
    for (uint64_t step = 1; step <= STEPS; step++) {
        uint32_t n = (uint32_t)random() % IDS;

        switch (random() % 3) {
        case 0:
            count += naive[n] == 0;
            naive[n] = step;
            cr_assert_eq(hl_idmap_put(&map, id_of(n), step), 0);
            break;
        case 1:
            cr_assert_eq(hl_idmap_take(&map, id_of(n)), naive[n]);
            count -= naive[n] != 0;
            naive[n] = 0;
            break;
        default:
            cr_assert_eq(hl_idmap_get(&map, id_of(n)), naive[n]);
        }
        cr_assert_eq(map.count, count);
    }
    hl_idmap_drop_below(&map, STEPS / 2);
    for (uint32_t n = 0; n < IDS; n++)
        cr_assert_eq(hl_idmap_get(&map, id_of(n)), naive[n] < STEPS / 2 ? 0 : naive[n]);
    free(naive);
    hl_idmap_fini(&map);
}
