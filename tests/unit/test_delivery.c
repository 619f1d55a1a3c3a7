/* SPDX-License-Identifier: MIT */
/* The straight road, and what the journal does. */
#include "err.h"
#include "talkers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct talkers w;

static void setup(void)
{
    talkers_init(&w);
}

static void teardown(void)
{
    talkers_fini(&w);
}

TestSuite(delivery, .init = setup, .fini = teardown);

Test(delivery, each_state_in_its_turn)
{
    uint8_t id[HL_ID_SIZE];

    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "one");
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_QUEUED);
    cr_assert_eq(talkers_last(&w, 0, HL_EFFECT_STATE)->e.request, 5);
    cr_assert_eq(talkers_pass(&w, 0, 1), 1);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_SENT);
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_QUEUED);
    cr_assert_str_eq(talkers_read(&w, 1), "one");
    cr_assert_str_eq(talkers_heard(&w, 1), "one");
    cr_assert_eq(talkers_pass(&w, 1, 1), 1);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_DELIVERED);

    talkers_id(id, 0, 1);
    struct hl_input seen = {.kind = HL_INPUT_SEEN};
    memcpy(seen.id, id, HL_ID_SIZE);
    talkers_put(&w, 1, &seen);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_READ);
    cr_assert_eq(talkers_stored(&w, 0, 1), HL_STATE_READ);
}

Test(delivery, both_learn_the_others_name)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_last(&w, 0, HL_EFFECT_HELLO)->text, "bob");
    cr_assert_str_eq(talkers_last(&w, 1, HL_EFFECT_HELLO)->text, "alice");
}

Test(delivery, who_has_no_name_is_heard_too)
{
    const struct hl_envelope nameless = {.kind = HL_ENVELOPE_HELLO, .seq = 1};

    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
    for (int i = 0; i < 3; i++) {
        talkers_envelope(&w, 0, &nameless);
        cr_assert_eq(talkers_run(&w, 0), 0);
    }
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_HELLO), 1, "and told of once");
    cr_assert_str_eq(talkers_last(&w, 0, HL_EFFECT_HELLO)->text, "");
}

Test(delivery, what_is_said_while_nobody_is_there_waits)
{
    cr_assert_eq(talkers_run(&w, 0), 0);
    talkers_say(&w, 0, 1, "one");
    talkers_say(&w, 0, 2, "two");
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_WAITING), 1);
    cr_assert(talkers_last(&w, 0, HL_EFFECT_WAITING)->e.on);
    talkers_crash(&w, 0);
    cr_assert(hl_delivery_pending(w.side[0].delivery));
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_WAITING), 2,
                 "a new process looks who is waited for");
    talkers_up(&w, true);
    cr_assert_not(talkers_last(&w, 0, HL_EFFECT_WAITING)->e.on);
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "one two");
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_DELIVERED);
}

Test(delivery, one_receipt_for_all_that_came_together)
{
    char word[16];

    talkers_up(&w, true);
    talkers_settle(&w);
    for (uint64_t i = 0; i < 100; i++) {
        (void)snprintf(word, sizeof word, "%d", (int)i);
        talkers_say(&w, 0, i, word);
    }
    w.side[1].sent = 0;
    talkers_settle(&w);
    cr_assert_eq(w.side[1].sent, 1);
    cr_assert_eq(talkers_state(&w, 0, 99), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_ENTRY), 100);
}

Test(delivery, sent_falls_back_when_the_session_is_gone_and_goes_again)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "one");
    talkers_say(&w, 0, 2, "two");
    cr_assert_eq(talkers_run(&w, 0), 0);
    (void)talkers_pass(&w, 0, 2);
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_SENT);
    talkers_down(&w); /* and with it the receipt */
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_QUEUED);
    cr_assert(talkers_last(&w, 0, HL_EFFECT_WAITING)->e.on);
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_DELIVERED);
    cr_assert_str_eq(talkers_heard(&w, 1), "one two", "and nobody hears it twice");
}

Test(delivery, a_session_that_goes_on_repeats_nothing)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "one");
    cr_assert_eq(talkers_run(&w, 0), 0);
    for (int i = 0; i < 2; i++) {
        talkers_put(&w, i, &(struct hl_input){.kind = HL_INPUT_DOWN});
        cr_assert_eq(talkers_run(&w, i), 0);
    }
    talkers_say(&w, 0, 2, "two");
    w.side[0].sent = 0;
    talkers_up(&w, false);
    talkers_settle(&w);
    cr_assert_eq(w.side[0].sent, 1);
    cr_assert_str_eq(talkers_heard(&w, 1), "one two");
    cr_assert_eq(talkers_state(&w, 0, 2), HL_STATE_DELIVERED);
}

Test(delivery, asked_twice_it_answers_what_became_of_it)
{
    struct hl_entry e = {.kind = HL_ENTRY_TEXT, .body = (const uint8_t *)"x", .len = 1};

    talkers_up(&w, true);
    talkers_say(&w, 0, 1, "one");
    talkers_settle(&w);
    talkers_say(&w, 0, 1, "other words");
    talkers_settle(&w);
    cr_assert_eq(talkers_last(&w, 0, HL_EFFECT_STATE)->e.state, HL_STATE_DELIVERED);
    cr_assert_eq(talkers_last(&w, 0, HL_EFFECT_STATE)->e.request, 5);
    cr_assert_str_eq(talkers_read(&w, 1), "one");
    talkers_id(e.id, 0, 1); /* on the other side that is the peer's */
    talkers_submit(&w, 1, &e);
    talkers_settle(&w);
    cr_assert_eq(talkers_last(&w, 1, HL_EFFECT_STATE)->e.err, -EEXIST);
    cr_assert_eq((int)talkers_last(&w, 1, HL_EFFECT_STATE)->e.state, 0);
}

static const struct {
    enum hl_entry_kind kind;
    size_t len;
    bool target;
    int err;
} submits[] = {
    {HL_ENTRY_TEXT, 0, false, -EINVAL},
    {HL_ENTRY_TEXT, 1, false, 0},
    {HL_ENTRY_TEXT, HL_BODY_MAX, true, 0},
    {HL_ENTRY_TEXT, HL_BODY_MAX + 1, false, HL_ERR_TOO_LONG},
    {HL_ENTRY_EDIT, 1, false, -EINVAL},
    {HL_ENTRY_EDIT, 0, true, -EINVAL},
    {HL_ENTRY_EDIT, HL_BODY_MAX + 1, true, HL_ERR_TOO_LONG},
    {HL_ENTRY_DELETE, 0, false, -EINVAL},
    {HL_ENTRY_DELETE, 1, true, -EINVAL},
    {HL_ENTRY_REACT, HL_REACTION_MAX + 1, true, HL_ERR_TOO_LONG},
    {HL_ENTRY_REACT, 0, false, -EINVAL},
    {HL_ENTRY_CANCEL, 0, true, -EINVAL},
    {(enum hl_entry_kind)0, 1, false, -EINVAL},
    {(enum hl_entry_kind)6, 1, true, -EINVAL},
};

Test(delivery, what_can_never_be_sent_is_not_taken)
{
    static uint8_t body[HL_BODY_MAX + 1];

    for (unsigned i = 0; i < sizeof submits / sizeof *submits; i++) {
        struct hl_input in = {.kind = HL_INPUT_SUBMIT,
                              .entry = {.kind = submits[i].kind, .body = body}};

        in.entry.len = submits[i].len;
        talkers_id(in.entry.id, 0, i);
        if (submits[i].target)
            talkers_id(in.entry.target, 0, 1000);
        cr_assert_eq(hl_delivery_put(w.side[0].delivery, &in), submits[i].err, "row %u", i);
    }
    cr_assert_eq(hl_delivery_put(
                     w.side[0].delivery,
                     &(struct hl_input){.kind = HL_INPUT_SUBMIT,
                                        .entry = {.kind = HL_ENTRY_TEXT, .body = body, .len = 1}}),
                 -EINVAL, "no id");
}

Test(delivery, the_journal_has_an_end)
{
    static uint8_t body[60000];
    struct hl_input in = {.kind = HL_INPUT_SUBMIT,
                          .contact = TALKERS_PEER,
                          .entry = {.kind = HL_ENTRY_TEXT, .body = body, .len = sizeof body}};
    uint64_t n = 0;
    int err;

    do {
        talkers_id(in.entry.id, 0, ++n);
        err = hl_delivery_put(w.side[0].delivery, &in);
    } while (!err);
    cr_assert_eq(err, HL_ERR_BUSY);
    cr_assert(n > HL_DELIVERY_JOURNAL / 60400 && n <= HL_DELIVERY_JOURNAL / 60000 + 1, "%d",
              (int)n);
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(hl_delivery_put(w.side[0].delivery, &in), 0);
    cr_assert_eq(talkers_run(&w, 0), 0);
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_ENTRY), n);
}

/* ---- edits, and the like ---- */

static void refer(int side, uint64_t n, enum hl_entry_kind kind, int to, uint64_t target,
                  const char *text)
{
    struct hl_entry e = {.kind = kind, .body = (const uint8_t *)text, .len = strlen(text)};

    talkers_id(e.id, side, n);
    talkers_id(e.target, to, target);
    talkers_submit(&w, side, &e);
}

Test(delivery, an_author_changes_his_own)
{
    talkers_up(&w, true);
    talkers_say(&w, 0, 1, "one");
    talkers_say(&w, 0, 2, "two");
    talkers_settle(&w);
    refer(0, 3, HL_ENTRY_EDIT, 0, 1, "uno");
    refer(1, 1, HL_ENTRY_REACT, 0, 1, "!");
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "uno two");
    cr_assert_eq(talkers_state(&w, 0, 3), HL_STATE_DELIVERED);
    cr_assert_eq(talkers_state(&w, 1, 1), HL_STATE_DELIVERED);
    refer(0, 4, HL_ENTRY_DELETE, 0, 2, "");
    talkers_settle(&w);
    cr_assert_str_eq(talkers_read(&w, 1), "uno ");
}

Test(delivery, nobody_changes_what_is_not_his)
{
    talkers_up(&w, true);
    talkers_say(&w, 0, 1, "one");
    talkers_settle(&w);
    refer(1, 1, HL_ENTRY_EDIT, 0, 1, "mine");
    talkers_settle(&w);
    cr_assert_eq(talkers_last(&w, 1, HL_EFFECT_STATE)->e.err, -EPERM);
    refer(1, 2, HL_ENTRY_REACT, 0, 77, "!");
    talkers_settle(&w);
    cr_assert_eq(talkers_last(&w, 1, HL_EFFECT_STATE)->e.err, -ENOENT);
    cr_assert_eq(talkers_count(&w, 0, HL_EFFECT_ENTRY), 0);
    cr_assert_eq(memory_ledger_counts(&w.side[1].ledger, TALKERS_PEER).next_seq, 1);
}

/* ---- typing ---- */

static void type(int side, bool on, const char *text)
{
    talkers_put(&w, side,
                &(struct hl_input){.kind = HL_INPUT_TYPING,
                                   .on = on,
                                   .bytes = {(const uint8_t *)text, strlen(text)}});
}

Test(delivery, typing_is_told_and_never_stored)
{
    unsigned long commits;
    unsigned long told;

    talkers_up(&w, true);
    talkers_settle(&w);
    commits = w.side[1].ledger.count;
    told = (unsigned long)talkers_count(&w, 1, HL_EFFECT_TYPING);
    type(0, true, "hel");
    type(0, true, "hell");
    type(0, true, "hello");
    talkers_settle(&w);
    cr_assert_eq((unsigned long)talkers_count(&w, 1, HL_EFFECT_TYPING), told + 1,
                 "the last of those that came together");
    cr_assert_str_eq(talkers_last(&w, 1, HL_EFFECT_TYPING)->text, "hello");
    cr_assert(talkers_last(&w, 1, HL_EFFECT_TYPING)->e.on);
    cr_assert_eq(w.side[1].ledger.count, commits);
    talkers_down(&w);
    cr_assert_not(talkers_last(&w, 1, HL_EFFECT_TYPING)->e.on, "who is gone types no more");
}

Test(delivery, the_line_is_shown_only_to_those_who_want_it)
{
    w.side[1].config.live = false;
    talkers_crash(&w, 1);
    talkers_up(&w, true);
    talkers_settle(&w);
    type(0, true, "secret");
    talkers_settle(&w);
    cr_assert(talkers_last(&w, 1, HL_EFFECT_TYPING)->e.on);
    cr_assert_str_eq(talkers_last(&w, 1, HL_EFFECT_TYPING)->text, "");
}

/* Live typing that a user switches on or off for one contact. */
static void live(int side, bool on, const char *text)
{
    talkers_put(&w, side,
                &(struct hl_input){.kind = HL_INPUT_TYPING,
                                   .on = *text != '\0',
                                   .live = on,
                                   .bytes = {(const uint8_t *)text, strlen(text)}});
    talkers_settle(&w);
}

static void sees(int side, const char *text, bool wanted)
{
    cr_assert_str_eq(talkers_last(&w, side, HL_EFFECT_TYPING)->text, text);
    cr_assert_eq(talkers_last(&w, side, HL_EFFECT_TYPING)->e.live, wanted);
}

Test(delivery, the_line_is_shown_while_both_have_switched_it_on)
{
    for (int side = 0; side < 2; side++) {
        w.side[side].config.live = false;
        talkers_crash(&w, side);
    }
    talkers_up(&w, true);
    talkers_settle(&w);
    live(0, true, "to nobody yet");
    sees(1, "", true);
    live(1, true, "");
    sees(0, "", true);
    live(0, true, "now");
    sees(1, "now", true);
    live(1, true, "and back");
    sees(0, "and back", true);
    live(1, false, "");
    sees(0, "", false);
    live(0, true, "secret again");
    sees(1, "", true);
    cr_assert(talkers_last(&w, 1, HL_EFFECT_TYPING)->e.on, "that he types is no secret");
    live(1, true, "");
    talkers_down(&w);
    sees(0, "", false);
    talkers_up(&w, true);
    talkers_settle(&w);
    live(0, true, "the wish outlives the session");
    sees(1, "the wish outlives the session", true);
}

/* ---- presence ---- */

static void away(int side, bool on, const char *why)
{
    talkers_put(&w, side,
                &(struct hl_input){
                    .kind = HL_INPUT_AWAY, .on = on, .bytes = {(const uint8_t *)why, strlen(why)}});
}

static void is_away(int side, unsigned long times, bool on, const char *why)
{
    const struct talkers_told *last = talkers_last(&w, side, HL_EFFECT_AWAY);

    cr_assert_eq((unsigned long)talkers_count(&w, side, HL_EFFECT_AWAY), times);
    cr_assert_eq(last->e.on, on);
    cr_assert_str_eq(last->text, why);
}

Test(delivery, who_is_away_is_told_now_and_in_each_new_session)
{
    unsigned long commits;

    away(0, true, "before anybody is there");
    talkers_up(&w, true);
    talkers_settle(&w);
    is_away(1, 1, true, "before anybody is there");
    commits = w.side[1].ledger.count;
    away(0, true, "gone");
    away(0, true, "gone fishing");
    talkers_settle(&w);
    is_away(1, 2, true, "gone fishing");
    cr_assert_eq(w.side[1].ledger.count, commits, "it is never stored");
    talkers_down(&w);
    talkers_up(&w, false);
    talkers_settle(&w);
    is_away(1, 2, true, "gone fishing");
    talkers_crash(&w, 1); /* who knows nothing any more */
    talkers_up(&w, true);
    talkers_settle(&w);
    is_away(1, 3, true, "gone fishing");
    away(0, false, "");
    talkers_settle(&w);
    is_away(1, 4, false, "");
}

Test(delivery, who_comes_back_between_two_sessions_is_there_in_the_next)
{
    talkers_up(&w, true);
    away(0, true, "");
    talkers_settle(&w);
    is_away(1, 1, true, "");
    talkers_down(&w);
    away(0, false, "");
    talkers_up(&w, false); /* goes on where it was: it has to be said */
    talkers_settle(&w);
    is_away(1, 2, false, "");
    away(0, true, "again");
    talkers_settle(&w);
    talkers_down(&w);
    away(0, false, "");
    talkers_up(&w, true); /* a new one: it goes without saying */
    talkers_settle(&w);
    is_away(1, 4, false, "");
    talkers_down(&w);
    talkers_up(&w, true);
    talkers_settle(&w);
    is_away(1, 4, false, "");
}

/* Side 0 alone begins anew, and is back in the same moment: that goes without saying. */
Test(delivery, what_was_told_before_a_greeting_does_not_hold)
{
    talkers_up(&w, true);
    talkers_settle(&w);
    away(0, true, "gone");
    cr_assert_eq(talkers_run(&w, 0), 0);
    away(0, false, "");
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
    cr_assert_eq(talkers_run(&w, 0), 0);
    cr_assert_eq(talkers_pass(&w, 0, 10), 2, "both in one run");
    talkers_settle(&w);
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_AWAY), 0);
}

Test(delivery, who_is_forgotten_is_neither_away_nor_types)
{
    talkers_up(&w, true);
    away(0, true, "gone");
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_TYPING, .on = true});
    talkers_settle(&w);
    is_away(1, 1, true, "gone");
    cr_assert(talkers_last(&w, 1, HL_EFFECT_TYPING)->e.on);
    talkers_put(&w, 1, &(struct hl_input){.kind = HL_INPUT_FORGET});
    cr_assert_eq(talkers_run(&w, 1), 0);
    is_away(1, 2, false, "");
    cr_assert_not(talkers_last(&w, 1, HL_EFFECT_TYPING)->e.on);
}

Test(delivery, what_is_too_long_a_reason_to_be_away_is_not_taken)
{
    static const uint8_t text[HL_AWAY_MAX + 1];
    const struct hl_input in = {.kind = HL_INPUT_AWAY, .on = true, .bytes = {text, sizeof text}};

    cr_assert_eq(hl_delivery_put(w.side[0].delivery, &in), HL_ERR_TOO_LONG);
}

Test(delivery, what_was_read_is_told_when_the_author_is_back)
{
    struct hl_input seen = {.kind = HL_INPUT_SEEN};

    talkers_up(&w, true);
    talkers_say(&w, 0, 1, "one");
    talkers_settle(&w);
    talkers_down(&w);
    talkers_id(seen.id, 0, 1);
    talkers_put(&w, 1, &seen);
    cr_assert_eq(talkers_run(&w, 1), 0);
    talkers_crash(&w, 1);
    talkers_up(&w, true);
    talkers_settle(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_READ);
}

Test(delivery, or_kept_to_oneself)
{
    struct hl_input seen = {.kind = HL_INPUT_SEEN};

    w.side[1].config.read_receipts = false;
    talkers_crash(&w, 1);
    talkers_up(&w, true);
    talkers_say(&w, 0, 1, "one");
    talkers_settle(&w);
    talkers_id(seen.id, 0, 1);
    talkers_put(&w, 1, &seen);
    talkers_settle(&w);
    talkers_reconnect(&w);
    cr_assert_eq(talkers_state(&w, 0, 1), HL_STATE_DELIVERED);
}

Test(delivery, a_forgotten_contact_is_forgotten)
{
    talkers_up(&w, true);
    talkers_say(&w, 0, 1, "one");
    talkers_settle(&w);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_FORGET});
    talkers_say(&w, 1, 1, "still there?");
    talkers_settle(&w);
    talkers_put(&w, 0, &(struct hl_input){.kind = HL_INPUT_FORGET});
    cr_assert_eq(talkers_run(&w, 0), 0);
}

/* ---- speed ---- */

Test(delivery, two_hundred_thousand)
{
    enum { COUNT = 200000 };
    struct timespec from, to;
    double seconds;
    uint64_t n = 0;

    talkers_up(&w, true);
    talkers_settle(&w);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    while (n < COUNT) {
        for (int i = 0; i < 500; i++)
            talkers_say(&w, 0, ++n, "forty bytes of text, as people write it.");
        cr_assert_eq(talkers_run(&w, 0), 0);
        (void)talkers_pass(&w, 0, SIZE_MAX);
        (void)talkers_pass(&w, 1, SIZE_MAX);
    }
    talkers_settle(&w);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("%d messages in %.2f s: %.0f a second\n", COUNT, seconds, COUNT / seconds);
    cr_assert_eq(talkers_count(&w, 1, HL_EFFECT_ENTRY), COUNT);
    cr_assert_eq(memory_ledger_counts(&w.side[0].ledger, TALKERS_PEER).waiting, 0);
}
