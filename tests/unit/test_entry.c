/* SPDX-License-Identifier: MIT */
/* Ids of entries. */
#include "entry.h"

#include <criterion/criterion.h>
#include <string.h>

static void fill(void *user, void *out, size_t len)
{
    memset(out, *(const uint8_t *)user, len);
}

Test(entry, ids_are_in_order_of_time)
{
    static const int64_t times[] = {0, 1, 255, 256, INT64_C(1700000000000), INT64_C(1700000000001)};
    uint8_t noise[] = {0xff, 0};
    uint8_t before[HL_ID_SIZE] = {0}, id[HL_ID_SIZE];

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct hl_env env = {.random = fill, .user = &noise[i % 2]};

        hl_entry_make_id(&env, times[i], id);
        cr_assert(i == 0 || memcmp(before, id, sizeof id) < 0, "%zu", i);
        memcpy(before, id, sizeof id);
    }
}

Test(entry, the_rest_of_an_id_is_random)
{
    uint8_t noise = 0xa5, id[HL_ID_SIZE];
    struct hl_env env = {.random = fill, .user = &noise};

    hl_entry_make_id(&env, INT64_C(0x0123456789ab), id);
    cr_assert_eq(memcmp(id, "\x01\x23\x45\x67\x89\xab", 6), 0);
    for (size_t i = 6; i < sizeof id; i++)
        cr_assert_eq(id[i], noise);
}
