/* SPDX-License-Identifier: MIT */
#include "secure_inside.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct hl_secure s = {.budget = {.bound = 2 * HL_BUDGET_FLOOR}};

Test(secure_account, who_is_forgotten_waits_for_no_room)
{
    struct hl_sec_account *a = hl_secure_account_get(&s, 7);

    cr_assert_not_null(a);
    while (hl_secure_account_take(&s, a, HL_STREAM_CHAT, 1000) == 0)
        continue;
    cr_assert_eq(atomic_load(&s.wanting), 1);
    cr_assert_eq(hl_secure_account_remove(&s, 7), a);
    cr_assert_eq(atomic_load(&s.wanting), 0, "the core thread looks for room in vain");
    free(a);
    hl_secure_accounts_free(&s);
}
