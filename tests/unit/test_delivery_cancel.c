/* SPDX-License-Identifier: MIT */
/* What is taken back, by its author or by time: told as done only when it is. */
#include "err.h"
#include "talkers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct talkers w;

static void setup(void)
{
    talkers_init(&w);
}

static void teardown(void)
{
    talkers_fini(&w);
}

TestSuite(delivery_cancel, .init = setup, .fini = teardown);

static void run(int side)
{
    cr_assert_eq(talkers_run(&w, side), 0);
}

static int last_error(void)
{
    const struct talkers_told *told = talkers_last(&w, 0, HL_EFFECT_STATE);

    cr_assert_eq(told->e.request, 6);
    return told->e.err;
}

static void say_until(uint64_t n, int64_t expire_us)
{
    struct hl_input in = {.kind = HL_INPUT_SUBMIT,
                          .expire_us = expire_us,
                          .entry = {.kind = HL_ENTRY_TEXT, .body = (const uint8_t *)"x", .len = 1}};

    talkers_id(in.entry.id, 0, n);
    talkers_put(&w, 0, &in);
}

static void tick(void)
{
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_TICK});
    run(0);
}

Test(delivery_cancel, what_never_left_is_taken_back_at_once_and_leaves_no_gap)
{
    talkers_say(&w, 0, 1, "one");
    talkers_say(&w, 0, 2, "two");
    talkers_say(&w, 0, 3, "three");
    run(0);
    talkers_cancel(&w, 0, 2);
    run(0);
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_CANCELLED);
    cr_assert_eq(talkers_stored(&w, 0, 2), HL_STATE_WITHDRAWN);
    cr_assert_eq(last_error(), 0);
    talkers_crash(&w, 0);
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "one three");
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_GAP), 0);
    cr_assert_eq(talkers_stored(&w, 0, 2), HL_STATE_CANCELLED);
    cr_assert_eq(talkers_stored(&w, 0, 3), HL_STATE_DELIVERED);
    cr_assert_eq(memory_ledger_counts(&w.side[1].ledger, TALKERS_PEER).expected, 4);
}

Test(delivery_cancel, what_the_peer_has_stays_delivered)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "one");
    run(0);
    talkers_cancel(&w, 0, 1);
    run(0);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_CANCELLING);
    (void)talkers_pass(&w, 0, 1); /* it alone arrives, and its receipt is on its way */
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_DELIVERED);
    talkers_cancel(&w, 0, 1);
    run(0);
    cr_assert_eq(last_error(), -EALREADY);
}

Test(delivery_cancel, nor_when_both_come_together)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "one");
    talkers_say(&w, 0, 2, "two");
    run(0);
    talkers_cancel(&w, 0, 1);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_DELIVERED);
    cr_assert_str_eq(talkers_read(&w, 1), "one two");
}

/* It left, the session was lost, and nobody knows: only the peer can tell. */
Test(delivery_cancel, what_left_may_have_arrived)
{
    for (int arrives = 0; arrives < 2; arrives++) {
        uint64_t n = 1 + (uint64_t)arrives;

        talkers_up(&w, true);
        talkers_settle(&w);
        talkers_say(&w, 0, n, arrives ? "yes" : "no");
        run(0);
        if (arrives)
            (void)talkers_pass(&w, 0, 1);
        talkers_down(&w);
        talkers_cancel(&w, 0, n);
        run(0);
        cr_assert_eq(talkers_state(&w, 0, n), HL_STATE_CANCELLING);
        talkers_crash(&w, 0);
        talkers_up(&w, true);
        talkers_settle(&w);
        cr_assert_eq(talkers_state(&w, 0, n), arrives ? HL_STATE_DELIVERED : HL_STATE_CANCELLED);
        cr_assert_eq(talkers_stored(&w, 0, n), arrives ? HL_STATE_DELIVERED : HL_STATE_CANCELLED);
        talkers_down(&w);
    }
    cr_assert_str_eq(talkers_read(&w, 1), "yes");
}

Test(delivery_cancel, a_cancel_crosses_a_session_that_goes_on)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "one");
    run(0);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_DOWN});
    talkers_cancel(&w, 0, 1);
    run(0);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_CANCELLING);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_UP});
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
}

Test(delivery_cancel, twice_is_once)
{
    talkers_say(&w, 0, 1, "one");
    talkers_cancel(&w, 0, 1);
    talkers_cancel(&w, 0, 1);
    run(0);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_CANCELLED);
    cr_assert_eq(last_error(), 0);
    talkers_cancel(&w, 0, 99);
    run(0);
    cr_assert_eq(last_error(), -ENOENT);
}

Test(delivery_cancel, nobody_takes_back_what_is_not_his)
{
    struct hl_input in = {.kind = HL_INPUT_CANCEL, .request = 6};

    talkers_up(&w, true);
    talkers_say(&w, 1, 1, "hers");
    talkers_settle(&w);
    talkers_id(in.id, 1, 1);
    talkers_put(&w, 0, &in);
    talkers_settle(&w);
    cr_assert_eq(last_error(), -ENOENT);
    cr_assert_str_eq(talkers_read(&w, 0), "hers");
}

/* ---- time ---- */

Test(delivery_cancel, time_runs_out_for_what_never_left)
{
    tick(); /* the first one finds out what there is */
    say_until(1, HL_SECS(5));
    run(0);
    cr_assert_eq(hl_delivery_deadline(w.side[0].delivery), w.now + HL_SECS(5));
    w.now += HL_SECS(5) - 1;
    tick();
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_QUEUED);
    w.now += 1;
    tick();
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_EXPIRED);
    cr_assert_eq(talkers_last(&w, 0, HL_EFFECT_STATE)->e.err, HL_ERR_EXPIRED);
    cr_assert_eq(hl_delivery_deadline(w.side[0].delivery), HL_NEVER);
    talkers_say(&w, 0, 2, "later");
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "later");
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_EXPIRED);
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_GAP), 0);
}

Test(delivery_cancel, time_runs_out_for_what_left)
{
    for (int arrives = 0; arrives < 2; arrives++) {
        uint64_t n = 1 + (uint64_t)arrives;

        talkers_up(&w, true);
        talkers_settle(&w);
        say_until(n, HL_SECS(5));
        run(0);
        if (arrives)
            (void)talkers_pass(&w, 0, 1);
        talkers_down(&w);
        w.now += HL_SECS(6);
        tick();
        cr_assert_eq(talkers_state(&w, 0, n), HL_STATE_EXPIRING);
        talkers_up(&w, true);
        talkers_settle(&w);
        cr_assert_eq(talkers_state(&w, 0, n), arrives ? HL_STATE_DELIVERED : HL_STATE_EXPIRED);
        talkers_down(&w);
    }
}

Test(delivery_cancel, what_is_delivered_has_time)
{
    talkers_up(&w, true);
    say_until(1, HL_SECS(5));
    talkers_settle(&w);
    w.now += HL_SECS(50);
    tick();
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
}
