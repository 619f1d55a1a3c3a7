/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <criterion/criterion.h>

enum {
    BOUND = 1 << 20,
    PIECE = 1000,
};

static size_t fill(struct hl_budget *b, atomic_size_t *share)
{
    while (hl_budget_take(b, share, PIECE))
        continue;
    return atomic_load(share);
}

static void expect_about(size_t got, size_t want)
{
    cr_assert(got <= want && got + PIECE > want, "%zu, not %zu", got, want);
}

Test(budget, one_gets_half)
{
    struct hl_budget b = {.bound = BOUND};
    atomic_size_t share = 0;

    expect_about(fill(&b, &share), BOUND / 2);
    cr_assert(hl_budget_fits(&b, NULL, BOUND / 2));
    cr_assert_not(hl_budget_fits(&b, NULL, BOUND / 2 + 2 * PIECE));
}

/* However many take what they can, one that holds nothing finds room. */
Test(budget, those_who_hold_shut_nobody_out)
{
    struct hl_budget b = {.bound = BOUND};
    atomic_size_t shares[12] = {0};
    atomic_size_t late = 0;

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 12; i++)
            fill(&b, &shares[i]);
    }
    cr_assert_not(hl_budget_take(&b, NULL, PIECE), "the whole is taken");
    cr_assert(hl_budget_take(&b, &late, HL_BUDGET_FLOOR));
    cr_assert_not(hl_budget_take(&b, &late, 1));
    cr_assert_leq(atomic_load(&b.used), BOUND + 13 * HL_BUDGET_FLOOR);
}

/* All take turns, so that none is ahead: then each gets an equal part, and one is left free. */
Test(budget, equals_get_equal_shares)
{
    for (size_t k = 1; k <= 8; k++) {
        struct hl_budget b = {.bound = BOUND};
        atomic_size_t shares[8] = {0};
        bool took = true;

        while (took) {
            took = false;
            for (size_t i = 0; i < k; i++)
                took = hl_budget_take(&b, &shares[i], PIECE) || took;
        }
        for (size_t i = 0; i < k; i++)
            cr_assert(atomic_load(&shares[i]) + 2 * PIECE > BOUND / (k + 1), "%zu of %zu", i, k);
    }
}

Test(budget, room_is_told_at_half)
{
    struct hl_budget b = {.bound = BOUND};
    atomic_size_t share = 0;
    size_t held = fill(&b, &share);

    while (!hl_budget_has_room(&b, &share, PIECE)) {
        hl_budget_give(&b, &share, PIECE);
        held -= PIECE;
    }
    cr_assert_eq(atomic_load(&share), held);
    expect_about(held, BOUND / 3); /* half of what is free then: 2/3 */
    cr_assert_not(hl_budget_has_room(&b, &share, BOUND), "what was refused must fit as well");
    hl_budget_give(&b, &share, held);
    cr_assert_eq(atomic_load(&b.used), 0);
}
