/* SPDX-License-Identifier: MIT */
/* A contact with another key: what waits goes there, what the old key was given goes nowhere. */
#include "talkers.h"

#include <criterion/criterion.h>
#include <string.h>

static struct talkers w;

static void setup(void)
{
    talkers_init(&w);
    talkers_up(&w, true);
    talkers_settle(&w);
}

static void teardown(void)
{
    talkers_fini(&w);
}

TestSuite(delivery_rekey, .init = setup, .fini = teardown);

static void say(int side, uint64_t from, uint64_t to)
{
    char word[] = "a";

    for (uint64_t n = from; n <= to; n++) {
        word[0] = (char)('a' + n % 26);
        talkers_say(&w, side, n, word);
    }
    cr_assert_eq(talkers_run(&w, side), 0);
}

static struct hl_ledger_counts counts(int side)
{
    return memory_ledger_counts(&w.side[side].ledger, TALKERS_PEER);
}

/* The peer is away. */
static void part(void)
{
    talkers_settle(&w);
    talkers_down(&w);
    talkers_settle(&w);
}

/* Side 1 is somebody who knows nothing, and side 0 has accepted that. */
static void rekey(uint64_t expected)
{
    talkers_crash(&w, 1);
    memory_ledger_fini(&w.side[1].ledger);
    memory_ledger_init(&w.side[1].ledger);
    talkers_put(
        &w, 0,
        &(struct hl_input){.kind = HL_INPUT_REKEY, .contact = TALKERS_PEER, .expected = expected});
    cr_assert_eq(talkers_run(&w, 0), 0);
}

static void meet(void)
{
    talkers_up(&w, true);
    talkers_settle(&w);
}

/* What side 0 has sent that was not handed over yet: the entries, and numbers told not to be. */
static void sent(size_t *entries, uint64_t *none)
{
    const struct talker *t = &w.side[0];
    struct hl_envelope e;

    *entries = 0;
    *none = 0;
    for (size_t i = t->first; i < t->letters; i++) {
        cr_assert_eq(hl_envelope_get(&e, t->wire[i].bytes, t->wire[i].len), 0);
        *entries += e.kind == HL_ENVELOPE_ENTRY;
        *none += e.kind == HL_ENVELOPE_NONE ? e.count : 0;
    }
}

static void ask_again(uint64_t seq, uint64_t count)
{
    talkers_envelope(&w, 0,
                     &(struct hl_envelope){.kind = HL_ENVELOPE_AGAIN, .seq = seq, .count = count});
    cr_assert_eq(talkers_run(&w, 0), 0);
}

Test(delivery_rekey, what_the_old_key_had_is_not_sent_again)
{
    size_t entries;
    uint64_t none;

    say(0, 1, 3);
    part();
    rekey(0);
    meet();
    ask_again(1, 3);
    sent(&entries, &none);
    cr_assert_eq(entries, 0);
    cr_assert_eq(none, 3);
    for (uint64_t seq = 1; seq < 10; seq++)
        ask_again(seq, HL_DELIVERY_AGAIN_MAX);
    sent(&entries, &none);
    cr_assert_eq(entries, 0);
    cr_assert_eq(w.side[1].ledger.count, 0);
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_DELIVERED);
}

Test(delivery_rekey, what_waits_goes_to_the_new_key_and_leaves_no_gap)
{
    say(0, 1, 3);
    part();
    say(0, 4, 6);
    rekey(0);
    meet();
    cr_assert_str_eq(talkers_read(&w, 1), "e f g");
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_GAP), 0);
    cr_assert_eq(talkers_state(&w, 0, 6), HL_STATE_DELIVERED);
    say(0, 7, 7);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "e f g h");
    cr_assert_eq(counts(0).next_seq, 5);
    cr_assert_eq(counts(1).expected, 5);
}

/* Inputs wait for each other while the disk is full. */
Test(delivery_rekey, the_session_comes_in_the_same_run)
{
    say(0, 1, 3);
    part();
    say(0, 4, 6);
    talkers_crash(&w, 1);
    memory_ledger_fini(&w.side[1].ledger);
    memory_ledger_init(&w.side[1].ledger);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_REKEY, .contact = TALKERS_PEER});
    meet();
    cr_assert_str_eq(talkers_read(&w, 1), "e f g");
    say(0, 7, 7);
    say(1, 1, 1);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "e f g h");
    cr_assert_str_eq(talkers_heard(&w, 0), "b");
}

/* On its way when the session ended: the old key may have them, and nobody knows. */
Test(delivery_rekey, what_has_no_receipt_goes_to_the_new_key)
{
    say(0, 1, 2);
    talkers_settle(&w);
    say(0, 3, 5);
    talkers_down(&w);
    rekey(0);
    cr_assert_eq(counts(0).handed, 3, "whoever takes one back must ask");
    talkers_cancel(&w, 0, 4);
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_stored(&w, 0, 4), HL_STATE_CANCELLING);
    meet();
    cr_assert_str_eq(talkers_read(&w, 1), "d f");
    cr_assert_eq(talkers_state(&w, 0, 4), HL_STATE_CANCELLED);
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_GAP), 0);
}

Test(delivery_rekey, who_asks_again_for_numbers_of_its_own_gets_them)
{
    size_t entries;
    uint64_t none;

    say(0, 1, 3);
    part();
    say(0, 4, 5);
    rekey(0);
    meet();
    ask_again(1, 5);
    sent(&entries, &none);
    cr_assert_eq(entries, 2);
    cr_assert_eq(none, 3);
}

Test(delivery_rekey, the_new_key_begins_with_one_and_leaves_no_gap)
{
    say(1, 1, 3);
    part();
    rekey(0);
    meet();
    say(1, 11, 12);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 0), "b c d l m");
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_GAP), 0);
    cr_assert_eq(counts(0).expected, 3);
}

static void entry_of_peer(uint64_t n, uint64_t seq)
{
    struct hl_envelope e = {
        .kind = HL_ENVELOPE_ENTRY,
        .entry = {.kind = HL_ENTRY_TEXT, .seq = seq, .body = (const uint8_t *)"x", .len = 1}};

    talkers_id(e.entry.id, 1, n);
    talkers_envelope(&w, 0, &e);
    cr_assert_eq(talkers_run(&w, 0), 0);
}

/* Else the new key could say something in the place of what the old one had said. */
Test(delivery_rekey, what_was_missing_of_the_old_key_is_lost)
{
    const struct hl_effect *gap;

    say(1, 1, 2);
    talkers_settle(&w);
    entry_of_peer(50, 8);
    cr_assert_eq(memory_ledger_missing(&w.side[0].ledger, TALKERS_PEER), 5);
    talkers_down(&w);
    rekey(0);
    gap = &talkers_last(&w, 0, HL_EFFECT_GAP)->e;
    cr_assert(gap->lost && gap->seq == 3 && gap->count == 5);
    cr_assert_eq(memory_ledger_missing(&w.side[0].ledger, TALKERS_PEER), 0);
    meet();
    say(1, 11, 14);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 0), "b c x l m n o");
}

/* The new key's user may be there. */
Test(delivery_rekey, the_absence_of_the_old_key_ends)
{
    static const char why[] = "gone";

    talkers_put(&w, 1,
                &(struct hl_input){.kind = HL_INPUT_AWAY,
                                   .on = true,
                                   .bytes = {(const uint8_t *)why, sizeof why - 1}});
    talkers_settle(&w);
    cr_assert(talkers_last(&w, 0, HL_EFFECT_AWAY)->e.on);
    part();
    cr_assert(talkers_last(&w, 0, HL_EFFECT_AWAY)->e.on, "and may well be so still");
    rekey(0);
    cr_assert_not(talkers_last(&w, 0, HL_EFFECT_AWAY)->e.on);
    meet();
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_AWAY), 2);
}

Test(delivery_rekey, a_key_that_was_known_goes_on_where_it_was)
{
    part();
    rekey(9);
    meet();
    entry_of_peer(50, 9);
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_GAP), 0);
    cr_assert_eq(counts(0).expected, 10);
}

/* Whatever a commit does, and however often it is tried. */
Test(delivery_rekey, a_commit_that_fails_changes_nothing_for_good)
{
    static const enum memory_ledger_commit fates[] = {MEMORY_LEDGER_LOSES, MEMORY_LEDGER_DOUBTS,
                                                      MEMORY_LEDGER_LOSES};

    say(0, 1, 3);
    part();
    say(0, 4, 5);
    talkers_crash(&w, 1);
    memory_ledger_fini(&w.side[1].ledger);
    memory_ledger_init(&w.side[1].ledger);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_REKEY, .contact = TALKERS_PEER});
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        w.side[0].ledger.fate = fates[i];
        cr_assert_neq(talkers_run(&w, 0), 0);
        cr_assert_eq(counts(0).next_seq, i == 0 ? 6 : 3);
    }
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(counts(0).waiting, 2);
    meet();
    cr_assert_str_eq(talkers_read(&w, 1), "e f");
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_GAP), 0);
}
