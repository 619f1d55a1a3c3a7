/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include <criterion/criterion.h>

#define START HL_SECS(100)

/* Rounds as soon as they may be, all of which take that long, for a second. */
static int rounds_of(hl_time each)
{
    struct hl_pace p = {0};
    int count = 0;

    for (hl_time now = START; now < START + HL_SECS(1); count++) {
        hl_time next = hl_pace_next(&p, now);

        now = next > now + each ? next : now + each;
    }
    return count;
}

Test(pace, one_alone_does_not_wait)
{
    struct hl_pace p = {0};

    for (hl_time now = START; now < START + HL_SECS(60); now += HL_PACE_ROUND)
        cr_assert_eq(hl_pace_next(&p, now), now);
}

Test(pace, some_follow_at_once)
{
    struct hl_pace p = {0};

    for (int i = 0; i < 10; i++)
        cr_assert_eq(hl_pace_next(&p, START + i), START + i);
    cr_expect_gt(hl_pace_next(&p, START + 10), START + 10);
}

Test(pace, never_waits_longer_than_a_round)
{
    struct hl_pace p = {0};

    for (int i = 0; i < 1000; i++)
        cr_assert_leq(hl_pace_next(&p, START + i), START + i + HL_PACE_ROUND);
}

Test(pace, a_stream_shares_its_rounds)
{
    cr_expect_leq(rounds_of(HL_MS(1)), 111);
    cr_expect_geq(rounds_of(HL_MS(1)), 100);
    cr_expect_leq(rounds_of(HL_MS(4)), 111);
    cr_expect_eq(rounds_of(HL_MS(20)), 50, "those that take long anyway are not held up");
}

Test(pace, rests)
{
    struct hl_pace p = {0};

    for (int i = 0; i < 1000; i++)
        (void)hl_pace_next(&p, START + i);
    hl_time later = START + HL_PACE_BURST + 2 * HL_PACE_ROUND;
    for (int i = 0; i < 10; i++)
        cr_assert_eq(hl_pace_next(&p, later + i), later + i);
}
