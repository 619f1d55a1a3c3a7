/* SPDX-License-Identifier: MIT */
/* A contact that says, authentically, whatever costs most: memory and ledger stay within their
 * bounds, and what somebody else says meanwhile is kept and receipted in the same run. */
#include "delivery.h"
#include "err.h"
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
static uint64_t state = 88172645463325252U;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 16) % below;
}

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
        hear(contact, &(struct hl_envelope){.kind = HL_ENVELOPE_HELLO});
    }
    run();
}

static void end(void)
{
    hl_delivery_free(victim);
    memory_ledger_fini(&ledger);
    cr_assert_eq(held, 0);
}

/* ---- what a hostile contact says ---- */

static uint64_t last_seq, last_id;

static struct hl_envelope entry(enum hl_entry_kind kind, uint64_t seq)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = kind, .seq = seq}};

    last_id++;
    memcpy(e.entry.id, &last_id, sizeof last_id);
    e.entry.id[15] = 1;
    return e;
}

static struct hl_envelope number(enum hl_envelope_kind kind)
{
    struct hl_envelope e = {.kind = kind, .count = 1 + draw(UINT64_C(1) << 60)};

    e.seq = 1 + draw(UINT64_C(1) << 60);
    memcpy(e.id, &e.seq, sizeof e.seq);
    return e;
}

static void say_tiny(void)
{
    struct hl_envelope e = entry(HL_ENTRY_TEXT, ++last_seq);

    e.entry.body = (const uint8_t *)"x";
    e.entry.len = 1;
    hear(HOSTILE, &e);
}

static void say_huge(void)
{
    static uint8_t body[HL_BODY_MAX];
    struct hl_envelope e = entry(HL_ENTRY_TEXT, ++last_seq);

    if (draw(20))
        return; /* they take their time */
    e.entry.body = body;
    e.entry.len = sizeof body;
    hear(HOSTILE, &e);
}

/* Of nothing, or of the very first entry, with bodies or none. */
static void say_reference(void)
{
    static const enum hl_entry_kind kinds[] = {HL_ENTRY_EDIT, HL_ENTRY_DELETE, HL_ENTRY_REACT};
    struct hl_envelope e = entry(kinds[draw(3)], ++last_seq);
    uint64_t target = draw(2) ? 1 : draw(UINT64_MAX);

    memcpy(e.entry.target, &target, sizeof target);
    e.entry.target[15] = 1;
    e.entry.body = (const uint8_t *)"!";
    e.entry.len = e.entry.kind != HL_ENTRY_DELETE;
    hear(HOSTILE, &e);
}

static void say_cancel(void)
{
    struct hl_envelope e = entry(HL_ENTRY_CANCEL, ++last_seq);

    hear(HOSTILE, &e);
}

static void skip_one(void)
{
    struct hl_envelope e = entry(draw(2) ? HL_ENTRY_TEXT : (enum hl_entry_kind)99, last_seq += 2);

    e.entry.body = (const uint8_t *)"x";
    e.entry.len = 1;
    hear(HOSTILE, &e);
}

static void skip_far(void)
{
    struct hl_envelope e = entry(HL_ENTRY_CANCEL, 0);

    if (last_seq < UINT64_C(1) << 60)
        last_seq += draw(UINT64_C(1) << 40);
    e.entry.seq = ++last_seq;
    hear(HOSTILE, &e);
}

static void go_back(void)
{
    struct hl_envelope e = entry(HL_ENTRY_CANCEL, 1 + draw(last_seq + 1));

    if (draw(50))
        return;
    last_seq = e.entry.seq;
    hear(HOSTILE, &e);
}

static void say_number(void)
{
    static const enum hl_envelope_kind kinds[] = {HL_ENVELOPE_RECEIPT, HL_ENVELOPE_READ,
                                                  HL_ENVELOPE_KEPT,    HL_ENVELOPE_REFUSED,
                                                  HL_ENVELOPE_AGAIN,   HL_ENVELOPE_NONE};
    struct hl_envelope e = number(kinds[draw(6)]);

    hear(HOSTILE, &e);
}

/* Of what was really said, again and again. */
static void ask_again(void)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_AGAIN, .seq = 1, .count = 1 + draw(1000)};

    hear(HOSTILE, &e);
}

static void type(void)
{
    static const uint8_t line[HL_TYPED_MAX];
    struct hl_envelope e = {.kind = HL_ENVELOPE_TYPING, .flags = HL_ENVELOPE_TYPES};

    e.text = (struct hl_bytes){line, draw(sizeof line)};
    hear(HOSTILE, &e);
}

static void call_itself(void)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_HELLO, .flags = draw(1 << 20)};
    uint64_t nick = draw(UINT64_MAX);

    e.text = (struct hl_bytes){(const uint8_t *)&nick, sizeof nick};
    hear(HOSTILE, &e);
}

static void talk_nonsense(void)
{
    uint8_t bytes[64];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)draw(256);
    bytes[0] %= 12;
    put(&(struct hl_input){
        .kind = HL_INPUT_ENVELOPE, .contact = HOSTILE, .bytes = {bytes, draw(sizeof bytes)}});
}

static void (*const attacks[])(void) = {
    say_tiny, say_huge,   say_reference, say_cancel, skip_one,    skip_far,
    go_back,  say_number, ask_again,     type,       call_itself, talk_nonsense,
};
enum { ATTACKS = sizeof attacks / sizeof *attacks };

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

/* attack ATTACKS: all of them at once */
static void attack(unsigned which, uint64_t frames)
{
    uint64_t friends = 0;

    for (uint64_t n = 1; n <= 1000; n++)
        we_say(n);
    run();
    for (uint64_t n = 1; n <= frames; n++) {
        attacks[which < ATTACKS ? which : draw(ATTACKS)]();
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
    attack(ATTACKS, FRAMES);
    check_bounds(ATTACKS);
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
    for (unsigned which = 0; which < ATTACKS; which++) {
        last_seq = 0;
        memset(sent, 0, sizeof sent);
        begin();
        attack(which, 60000);
        check_bounds(which);
        printf("attack %u: %zu envelopes in answer, %zu rows\n", which, (size_t)sent[0],
               ledger.count);
        /* 60000 frames in 2.4 s of asking again: 10 times at once, then once a second. */
        cr_assert(attacks[which] != ask_again || sent[0] <= 1000 + 13 * 1000, "%zu",
                  (size_t)sent[0]);
        end();
    }
}
