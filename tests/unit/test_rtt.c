/* SPDX-License-Identifier: MIT */
#include "rtt.h"

#include <criterion/criterion.h>

Test(rtt, starts_with_a_guess)
{
    struct hl_rtt r;

    hl_rtt_init(&r);
    cr_assert_eq(r.latest, 0);
    cr_assert_eq(r.smoothed, HL_RTT_INITIAL);
    cr_assert_eq(hl_rtt_pto(&r), HL_RTT_INITIAL + 4 * (HL_RTT_INITIAL / 2) + HL_RTT_ACK_DELAY);
}

Test(rtt, first_sample_replaces_the_guess)
{
    struct hl_rtt r;

    hl_rtt_init(&r);
    hl_rtt_sample(&r, HL_MS(50), 0);
    cr_assert_eq(r.smoothed, HL_MS(50));
    cr_assert_eq(r.var, HL_MS(25));
    cr_assert_eq(r.min, HL_MS(50));
}

/* RFC 9002 section 5.3, by hand. */
Test(rtt, later_samples_are_smoothed)
{
    struct hl_rtt r;

    hl_rtt_init(&r);
    hl_rtt_sample(&r, HL_MS(50), 0);
    cr_assert_eq(hl_rtt_sample(&r, HL_MS(60), HL_MS(2)), HL_MS(58));
    cr_assert_eq(r.latest, HL_MS(60));
    cr_assert_eq(r.var, (3 * 25000 + 8000) / 4);
    cr_assert_eq(r.smoothed, (7 * 50000 + 58000) / 8);
}

Test(rtt, delay_is_not_believed_below_the_minimum)
{
    struct hl_rtt r;

    hl_rtt_init(&r);
    hl_rtt_sample(&r, HL_MS(50), 0);
    cr_assert_eq(hl_rtt_sample(&r, HL_MS(51), HL_MS(2)), HL_MS(51));
}

Test(rtt, samples_out_of_range_are_bounded)
{
    struct hl_rtt r;

    hl_rtt_init(&r);
    hl_rtt_sample(&r, 0, 0);
    cr_assert_eq(r.min, 1);
    hl_rtt_sample(&r, HL_SECS(100000), 0);
    cr_assert_eq(r.latest, UINT32_MAX / 8);
    cr_assert_gt(hl_rtt_pto(&r), 0);
}

Test(rtt, times_have_a_floor)
{
    struct hl_rtt r;

    hl_rtt_init(&r);
    for (int i = 0; i < 100; i++)
        hl_rtt_sample(&r, 40, 0);
    cr_assert_eq(hl_rtt_loss_delay(&r), HL_RTT_TICK);
    cr_assert_eq(hl_rtt_pto(&r), 40 + HL_RTT_TICK + HL_RTT_ACK_DELAY);
    hl_rtt_sample(&r, HL_MS(8), 0);
    cr_assert_eq(hl_rtt_loss_delay(&r), HL_MS(9));
}
