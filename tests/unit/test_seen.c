/* SPDX-License-Identifier: MIT */
#include "memory.h"
#include "replay.h"
#include "seen.h"
#include "varint.h"

#include <criterion/criterion.h>
#include <inttypes.h>

static struct memory memory;
static struct hl_seen seen;

static void setup(void)
{
    memory_init(&memory);
    hl_seen_init(&seen);
}

static void teardown(void)
{
    hl_seen_compact(&seen, &memory.env);
}

TestSuite(seen, .init = setup, .fini = teardown);

static void see(uint64_t pn)
{
    cr_assert(hl_seen_fresh(&seen, pn), "%" PRIu64, pn);
    hl_seen_mark(&seen, &memory.env, pn);
    cr_assert_not(hl_seen_fresh(&seen, pn), "%" PRIu64, pn);
}

Test(seen, numbers_in_order_need_no_memory)
{
    for (uint64_t pn = 0; pn < 20000; pn++)
        see(pn);
    cr_assert(memory.blocks == 0 && seen.top == 20000);
    cr_assert_not(hl_seen_fresh(&seen, 19000));
}

Test(seen, a_number_left_out_may_still_come_once)
{
    for (uint64_t pn = 0; pn < 10; pn++)
        see(pn);
    see(12);
    see(13);
    cr_assert(memory.blocks == 1 && seen.top == 14);
    see(10);
    cr_assert_not(hl_seen_fresh(&seen, 9));
    cr_assert(hl_seen_fresh(&seen, 11));
    see(13 + HL_REPLAY_WINDOW + 100);
    cr_assert_not(hl_seen_fresh(&seen, 11), "too old to know");
    cr_assert_eq(memory.blocks, 1);
}

Test(seen, a_compact_one_takes_all_below_as_seen)
{
    see(0);
    see(5);
    hl_seen_compact(&seen, &memory.env);
    cr_assert(memory.blocks == 0 && seen.top == 6);
    for (uint64_t pn = 0; pn < 6; pn++)
        cr_assert_not(hl_seen_fresh(&seen, pn));
    see(6);
    cr_assert_eq(memory.blocks, 0);
}

Test(seen, without_memory_a_gap_is_given_up)
{
    memory.allowed = 0;
    see(0);
    see(5);
    cr_assert(seen.top == 6 && !hl_seen_fresh(&seen, 3));
    see(6);
}

Test(seen, numbers_that_no_packet_has)
{
    cr_assert_not(hl_seen_fresh(&seen, HL_VARINT_MAX + 1));
    cr_assert_not(hl_seen_fresh(&seen, UINT64_MAX));
    see(HL_VARINT_MAX);
    cr_assert_not(hl_seen_fresh(&seen, HL_VARINT_MAX + 1));
}
