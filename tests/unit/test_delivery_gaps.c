/* SPDX-License-Identifier: MIT */
/* Numbers that are missing since a store came back from a backup, on either side. */
#include "err.h"
#include "talkers.h"

#include <criterion/criterion.h>
#include <string.h>

static struct talkers w;
static struct memory_ledger older;

static void setup(void)
{
    talkers_init(&w);
    memory_ledger_init(&older);
    talkers_up(&w, true);
    talkers_settle(&w);
}

static void teardown(void)
{
    memory_ledger_fini(&older);
    talkers_fini(&w);
}

TestSuite(delivery_gaps, .init = setup, .fini = teardown);

static void say(int side, uint64_t from, uint64_t to)
{
    char word[] = "a";

    for (uint64_t n = from; n <= to; n++) {
        word[0] = (char)('a' + n % 26);
        talkers_say(&w, side, n, word);
    }
    talkers_settle(&w);
}

static void back_up(int side)
{
    memory_ledger_copy(&older, &w.side[side].ledger);
}

static void restore(int side)
{
    talkers_down(&w);
    talkers_crash(&w, side);
    memory_ledger_copy(&w.side[side].ledger, &older);
    talkers_up(&w, true);
    talkers_settle(&w);
}

static const struct hl_effect *gap(void)
{
    return &talkers_last(&w, 1, HL_EFFECT_GAP)->e;
}

Test(delivery_gaps, a_reader_who_lost_some_gets_them_again_in_their_places)
{
    say(0, 1, 2);
    back_up(1);
    say(0, 3, 5);
    restore(1);
    cr_assert_str_eq(talkers_read(&w, 1), "b c");
    talkers_say(&w, 0, 6, "g");
    cr_assert_eq(talkers_run(&w, 0), 0);
    (void)talkers_pass(&w, 0, SIZE_MAX);
    cr_assert(gap()->seq == 3 && gap()->count == 3 && !gap()->lost);
    cr_assert_str_eq(talkers_read(&w, 1), "b c g");
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "b c d e f g");
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_HEALED), 3);
    cr_assert_eq(talkers_last(&w, 1, HL_EFFECT_HEALED)->e.row.pos, 5);
    cr_assert_eq(memory_ledger_missing(&w.side[1].ledger, TALKERS_PEER), 0);
    cr_assert_eq(talkers_state(&w, 0, 6), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_stored(&w, 0, 4), HL_STATE_DELIVERED);
}

Test(delivery_gaps, what_does_not_exist_any_more_is_told_as_lost)
{
    say(0, 1, 2);
    back_up(1);
    say(0, 3, 6);
    memory_ledger_erase(&w.side[0].ledger, TALKERS_PEER, 4);
    memory_ledger_erase(&w.side[0].ledger, TALKERS_PEER, 5);
    restore(1);
    say(0, 7, 7);
    cr_assert_str_eq(talkers_read(&w, 1), "b c d g h");
    cr_assert(gap()->lost && gap()->seq == 4 && gap()->count == 2 && gap()->row.pos == 4);
    cr_assert_eq(memory_ledger_missing(&w.side[1].ledger, TALKERS_PEER), 0);
}

Test(delivery_gaps, a_long_gap_heals_in_parts)
{
    back_up(1);
    say(0, 1, 2500);
    restore(1);
    say(0, 2501, 2501);
    cr_assert_eq(memory_ledger_missing(&w.side[1].ledger, TALKERS_PEER), 0);
    cr_assert_eq(w.side[1].ledger.count, 2501);
}

Test(delivery_gaps, an_endless_one_is_told_and_left)
{
    back_up(1);
    say(0, 1, HL_DELIVERY_GAP_MAX + 1);
    restore(1);
    say(0, HL_DELIVERY_GAP_MAX + 2, HL_DELIVERY_GAP_MAX + 2);
    cr_assert(gap()->lost && gap()->count == HL_DELIVERY_GAP_MAX + 1);
    cr_assert_eq(w.side[1].ledger.count, 1);
    say(0, 20000, 20001);
    cr_assert_eq(w.side[1].ledger.count, 3);
}

Test(delivery_gaps, an_edit_is_not_lost_in_a_gap)
{
    struct hl_entry edit = {.kind = HL_ENTRY_EDIT, .body = (const uint8_t *)"new", .len = 3};

    back_up(1);
    say(0, 1, 2);
    restore(1);
    talkers_id(edit.id, 0, 50);
    talkers_id(edit.target, 0, 1);
    talkers_submit(&w, 0, &edit);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 50), HL_STATE_DELIVERED);
    cr_assert_str_eq(talkers_read(&w, 1), "new c");
}

Test(delivery_gaps, an_edit_of_what_is_lost_is_refused)
{
    struct hl_entry edit = {.kind = HL_ENTRY_EDIT, .body = (const uint8_t *)"new", .len = 3};

    back_up(1);
    say(0, 1, 2);
    memory_ledger_erase(&w.side[0].ledger, TALKERS_PEER, 1);
    memory_ledger_erase(&w.side[0].ledger, TALKERS_PEER, 2);
    restore(1);
    say(0, 3, 3);
    talkers_id(edit.id, 0, 50);
    talkers_id(edit.target, 0, 1);
    talkers_submit(&w, 0, &edit);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 50), HL_STATE_FAILED);
    cr_assert_eq(talkers_last(&w, 0, HL_EFFECT_STATE)->e.err, HL_ERR_REFUSED_BAD);
    say(0, 4, 4);
    cr_assert_str_eq(talkers_read(&w, 1), "d e", "and the next one leaves no gap");
    cr_assert_eq(memory_ledger_missing(&w.side[1].ledger, TALKERS_PEER), 0);
}

Test(delivery_gaps, an_author_with_an_older_store_goes_on)
{
    say(0, 1, 2);
    back_up(0);
    say(0, 3, 5);
    restore(0);
    say(0, 10, 12); /* under numbers 3 to 5, once more */
    cr_assert_str_eq(talkers_read(&w, 1), "b c d e f k l m");
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_GAP), 0);
    cr_assert_eq(talkers_state(&w, 0, 12), HL_STATE_DELIVERED);
}

Test(delivery_gaps, what_was_queued_in_it_is_not_shown_twice)
{
    talkers_down(&w);
    talkers_say(&w, 0, 1, "b");
    cr_assert_eq(talkers_run(&w, 0), 0);
    back_up(0);
    talkers_up(&w, true);
    talkers_settle(&w);
    restore(0);
    cr_assert_str_eq(talkers_heard(&w, 1), "b");
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_DELIVERED);
}

/* It was sent after the backup, and is believed not to have left: the peer knows better. */
Test(delivery_gaps, nor_is_it_taken_back)
{
    talkers_down(&w);
    talkers_say(&w, 0, 1, "b");
    cr_assert_eq(talkers_run(&w, 0), 0);
    back_up(0);
    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_down(&w);
    talkers_crash(&w, 0);
    memory_ledger_copy(&w.side[0].ledger, &older);
    talkers_cancel(&w, 0, 1);
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
    cr_assert_str_eq(talkers_read(&w, 1), "b");
}
