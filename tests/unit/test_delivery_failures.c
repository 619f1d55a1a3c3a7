/* SPDX-License-Identifier: MIT */
/* Disks that fail at each call, commits in doubt, no memory: nothing is told that did not happen,
 * and in the end it is as if nothing had failed. */
#include "err.h"
#include "talkers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct talkers w;

/* A bit of everything. Inputs of both sides, but not run. */
static void script(void)
{
    struct hl_entry edit = {.kind = HL_ENTRY_EDIT, .body = (const uint8_t *)"B", .len = 1};

    for (uint64_t n = 1; n <= 3; n++) {
        talkers_say(&w, 0, n, (const char *[]){"a", "b", "c"}[n - 1]);
        talkers_say(&w, 1, n, (const char *[]){"x", "y", "z"}[n - 1]);
    }
    talkers_id(edit.id, 0, 4);
    talkers_id(edit.target, 0, 2);
    talkers_submit(&w, 0, &edit);
    talkers_cancel(&w, 1, 3);
}

static void check_end(unsigned long k)
{
    cr_assert_str_eq(talkers_read(&w, 1), "a B c", "call %lu", k);
    cr_assert_str_eq(talkers_heard(&w, 1), "a B c B", "call %lu: %s", k, talkers_heard(&w, 1));
    for (uint64_t n = 1; n <= 4; n++)
        cr_assert_eq(talkers_state(&w, 0, n), HL_STATE_DELIVERED, "call %lu", k);
    cr_assert_eq(talkers_state(&w, 1, 1), HL_STATE_DELIVERED, "call %lu", k);
    cr_assert_eq(talkers_state(&w, 1, 3), talkers_stored(&w, 1, 3), "call %lu", k);
    cr_assert_eq(memory_ledger_counts(&w.side[0].ledger, TALKERS_PEER).waiting, 0);
}

/* Runs both until all is quiet, however often a run fails. Returns how often. */
static unsigned struggle(void)
{
    unsigned failed = 0, rounds = 0;
    bool more;

    do {
        more = false;
        for (int i = 0; i < 2; i++) {
            struct talker *t = &w.side[i];

            while (talkers_run(&w, i) != 0) {
                cr_assert_lt(failed++, 1000);
                t->memory.allowed = -1;
            }
            while (t->first < t->letters) {
                struct talkers_letter *l = &t->wire[t->first++];

                talkers_put(
                    &w, !i,
                    &(struct hl_input){.kind = HL_INPUT_ENVELOPE, .bytes = {l->bytes, l->len}});
                free(l->bytes);
                more = true;
            }
            t->first = t->letters = 0;
        }
        cr_assert_lt(rounds++, 1000);
    } while (more || hl_delivery_pending(w.side[0].delivery));
    return failed;
}

Test(delivery_failures, each_call_of_the_ledger, .timeout = 60)
{
    unsigned failed = 1;

    for (unsigned long k = 0; failed; k++) {
        talkers_init(&w);
        script();
        for (int i = 0; i < 2; i++) {
            w.side[i].up = true;
            talkers_put(&w, i, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
            w.side[i].ledger.fail_in = (long)k;
        }
        failed = struggle();
        check_end(k);
        talkers_fini(&w);
        cr_assert(failed || k > 20, "only %lu calls were made", k);
    }
}

/* Each commit of either side, one that happened and one that did not. */
Test(delivery_failures, each_commit_in_doubt, .timeout = 60)
{
    for (unsigned k = 0; k < 24; k++) {
        enum memory_ledger_commit fate = k % 2 ? MEMORY_LEDGER_DOUBTS : MEMORY_LEDGER_LOSES;
        int side = k / 2 % 2;
        unsigned long before = k / 4;

        talkers_init(&w);
        script();
        for (int i = 0; i < 2; i++) {
            w.side[i].up = true;
            talkers_put(&w, i, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
        }
        if (before == 0)
            w.side[side].ledger.fate = fate;
        for (unsigned long round = 0; round < 20; round++) {
            if (w.side[side].ledger.commits == before && before)
                w.side[side].ledger.fate = fate;
            (void)talkers_run(&w, 0);
            (void)talkers_run(&w, 1);
        }
        (void)struggle();
        check_end(k);
        talkers_fini(&w);
    }
}

Test(delivery_failures, no_memory_at_each_request, .timeout = 60)
{
    unsigned failed = 1;

    for (long k = 0; failed; k++) {
        talkers_init(&w);
        script();
        for (int i = 0; i < 2; i++) {
            w.side[i].up = true;
            talkers_put(&w, i, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
        }
        w.side[0].memory.allowed = k;
        failed = talkers_run(&w, 0) != 0;
        w.side[0].memory.allowed = -1;
        (void)struggle();
        check_end((unsigned long)k);
        talkers_fini(&w);
        cr_assert(failed || k > 2, "memory never failed");
    }
}

Test(delivery_failures, nothing_comes_out_while_nothing_is_kept)
{
    struct hl_effect e;

    talkers_init(&w);
    w.side[0].ledger.broken = true;
    talkers_say(&w, 0, 1, "one");
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(talkers_run(&w, 0), -EIO);
        cr_assert_not(hl_delivery_effect(w.side[0].delivery, &e));
    }
    w.side[0].ledger.broken = false;
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_QUEUED);
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_STATE), 1);
    talkers_fini(&w);
}

Test(delivery_failures, what_expired_in_a_commit_in_doubt_is_told)
{
    struct hl_input in = {.kind = HL_INPUT_SUBMIT,
                          .expire_us = HL_SECS(1),
                          .entry = {.kind = HL_ENTRY_TEXT, .body = (const uint8_t *)"x", .len = 1}};

    talkers_init(&w);
    talkers_id(in.entry.id, 0, 1);
    talkers_put(&w, 0, &in);
    cr_assert_eq(talkers_run(&w, 0), 0);
    w.now += HL_SECS(2);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_TICK});
    w.side[0].ledger.fate = MEMORY_LEDGER_DOUBTS;
    cr_assert_eq(talkers_run(&w, 0), -EIO);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_QUEUED);
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_EXPIRED);
    talkers_fini(&w);
}
