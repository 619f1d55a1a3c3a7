/* SPDX-License-Identifier: MIT */
/* A contact that says, authentically, whatever costs most: memory and ledger stay within their
 * bounds, and what somebody else says meanwhile is kept and receipted in the same run. */
#include "delivery.h"
#include "err.h"
#include "hostile.h"
#include "memory_ledger.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOSTILE = 7,
    FRIEND = 8,
    FRAMES = 1000000,
    BATCH = 500, /* frames that come between two commits */
    QUOTA = 4 << 20,
    HEAP = 24 << 20, /* bytes that the delivery may ever hold: journal, effects, their growth */
};

/* ---- counted memory ---- */

static size_t held, held_most;

static void *counted_resize(void *user, void *at, size_t size)
{
    size_t *block = at ? (size_t *)at - 2 : NULL;

    (void)user;
    held -= block ? *block : 0;
    if (size == 0) {
        free(block);
        return NULL;
    }
    block = realloc(block, size + 16);
    if (!block)
        abort();
    *block = size;
    held += size;
    held_most = held > held_most ? held : held_most;
    return block + 2;
}

static const struct hl_env env = {.resize = counted_resize};

/* ---- the victim ---- */

static struct memory_ledger ledger;
static struct hl_delivery *victim;
static hl_time now;
static uint64_t sent[2], receipts, refused[4], bad; /* by the victim: to HOSTILE, to FRIEND */

static void put(const struct hl_input *in)
{
    cr_assert_eq(hl_delivery_put(victim, in), 0);
}

static void take_effects(void)
{
    struct hl_effect e;
    struct hl_envelope out;

    while (hl_delivery_effect(victim, &e)) {
        bad += e.kind == HL_EFFECT_BAD;
        cr_assert(e.kind != HL_EFFECT_BAD || e.contact == HOSTILE);
        if (e.kind != HL_EFFECT_SEND)
            continue;
        sent[e.contact - HOSTILE]++;
        cr_assert_eq(hl_envelope_get(&out, e.bytes.at, e.bytes.len), 0);
        receipts += e.contact == FRIEND && out.kind == HL_ENVELOPE_RECEIPT;
        if (out.kind == HL_ENVELOPE_REFUSED)
            refused[out.code]++;
    }
}

static void run(void)
{
    do {
        cr_assert_eq(hl_delivery_run(victim, now), 0);
        take_effects();
    } while (hl_delivery_pending(victim));
}

static void hear(uint32_t contact, const struct hl_envelope *e)
{
    static uint8_t bytes[HL_ENVELOPE_MAX];
    size_t len = hl_envelope_put(bytes, sizeof bytes, e);

    cr_assert_gt(len, 0);
    put(&(struct hl_input){.kind = HL_INPUT_ENVELOPE, .contact = contact, .bytes = {bytes, len}});
}

static void begin(void)
{
    const struct hl_delivery_config config = {
        .env = &env, .ledger = &ledger.ledger, .read_receipts = true, .nick = "v", .quota = QUOTA};

    memory_ledger_init(&ledger);
    cr_assert_eq(hl_delivery_new(&config, &victim), 0);
    now = HL_SECS(1000);
    for (uint32_t contact = HOSTILE; contact <= FRIEND; contact++) {
        put(&(struct hl_input){.kind = HL_INPUT_UP, .contact = contact, .fresh = true});
        hear(contact, &(struct hl_envelope){.kind = HL_ENVELOPE_HELLO, .seq = 1});
    }
    run();
}

static void end(void)
{
    hl_delivery_free(victim);
    memory_ledger_fini(&ledger);
    cr_assert_eq(held, 0);
}

/* ---- what it is told ---- */

static void put_hostile(void *user, const struct hl_bytes *envelope)
{
    (void)user;
    put(&(struct hl_input){.kind = HL_INPUT_ENVELOPE, .contact = HOSTILE, .bytes = *envelope});
}

static struct hostile hostile = {.state = 88172645463325252U, .say = put_hostile};

/* ---- and meanwhile ---- */

static void friend_says(uint64_t n)
{
    struct hl_envelope e = {
        .kind = HL_ENVELOPE_ENTRY,
        .entry = {.kind = HL_ENTRY_TEXT, .seq = n, .body = (const uint8_t *)"hello", .len = 5}};
    uint64_t before = receipts;

    memcpy(e.entry.id, &n, sizeof n);
    e.entry.id[15] = 2;
    hear(FRIEND, &e);
    run();
    cr_assert_eq(receipts, before + 1, "message %zu of the friend has no receipt", (size_t)n);
    cr_assert_not_null(memory_ledger_find(&ledger, FRIEND, e.entry.id));
}

static void we_say(uint64_t n)
{
    struct hl_input in = {
        .kind = HL_INPUT_SUBMIT,
        .contact = HOSTILE,
        .entry = {.kind = HL_ENTRY_TEXT, .body = (const uint8_t *)"to you", .len = 6}};

    memcpy(in.entry.id, &n, sizeof n);
    in.entry.id[15] = 3;
    put(&in);
}

/* attack HOSTILE_ATTACKS: all of them at once */
static void attack(unsigned which, uint64_t frames)
{
    uint64_t friends = 0;

    for (uint64_t n = 1; n <= 1000; n++)
        we_say(n);
    run();
    for (uint64_t n = 1; n <= frames; n++) {
        hostile_attacks[which < HOSTILE_ATTACKS ? which : hostile_draw(&hostile, HOSTILE_ATTACKS)](
            &hostile);
        if (n % BATCH)
            continue;
        now += HL_MS(20);
        friend_says(++friends);
    }
}

static void check_bounds(unsigned which)
{
    struct hl_ledger_counts counts;

    run();
    counts = memory_ledger_counts(&ledger, HOSTILE);
    cr_assert_leq(counts.kept, QUOTA, "attack %u", which);
    cr_assert_leq(ledger.count, QUOTA / HL_LEDGER_ENTRY + 1000 + FRAMES / BATCH, "attack %u",
                  which);
    cr_assert_leq(memory_ledger_missing(&ledger, HOSTILE), HL_DELIVERY_GAP_MAX, "attack %u", which);
    cr_assert_leq(held_most, HEAP, "attack %u: %zu", which, held_most);
}

Test(delivery_hostile, all_at_once, .timeout = 250)
{
    begin();
    attack(HOSTILE_ATTACKS, FRAMES);
    check_bounds(HOSTILE_ATTACKS);
    printf("%d hostile frames: %zu kB of heap at most, %zu rows, %zu kB counted, %zu missing; "
           "refused: %zu long, %zu over quota, %zu without sense; %zu were no envelopes\n",
           FRAMES, held_most >> 10, ledger.count,
           (size_t)memory_ledger_counts(&ledger, HOSTILE).kept >> 10,
           (size_t)memory_ledger_missing(&ledger, HOSTILE), (size_t)refused[HL_REFUSAL_LONG],
           (size_t)refused[HL_REFUSAL_QUOTA], (size_t)refused[HL_REFUSAL_BAD], (size_t)bad);
    cr_assert_gt(refused[HL_REFUSAL_QUOTA], 0);
    cr_assert_gt(refused[HL_REFUSAL_BAD], 0);
    cr_assert_gt(bad, 0);
    cr_assert_eq(memory_ledger_counts(&ledger, FRIEND).expected, FRAMES / BATCH + 1);
    end();
}

Test(delivery_hostile, one_by_one, .timeout = 250)
{
    for (unsigned which = 0; which < HOSTILE_ATTACKS; which++) {
        hostile.last_seq = 0;
        memset(sent, 0, sizeof sent);
        begin();
        attack(which, 60000);
        check_bounds(which);
        printf("attack %u: %zu envelopes in answer, %zu rows\n", which, (size_t)sent[0],
               ledger.count);
        /* 60000 frames in 2.4 s of asking again: 10 times at once, then once a second. */
        cr_assert(hostile_attacks[which] != hostile_ask_again || sent[0] <= 1000 + 13 * 1000, "%zu",
                  (size_t)sent[0]);
        end();
    }
}
