/* SPDX-License-Identifier: MIT */
/* A contact that says, authentically, whatever costs most. */
#ifndef HL_TEST_HOSTILE_H
#define HL_TEST_HOSTILE_H

#include "envelope.h"
#include "varint.h"

#include <string.h>

struct hostile {
    uint64_t state; /* of its dice, not 0 */
    uint64_t last_seq, last_id;
    void (*say)(void *user, const struct hl_bytes *envelope);
    void *user;
};

static uint64_t hostile_draw(struct hostile *h, uint64_t below)
{
    h->state ^= h->state << 13;
    h->state ^= h->state >> 7;
    h->state ^= h->state << 17;
    return (h->state >> 16) % below;
}

static void hostile_hear(struct hostile *h, const struct hl_envelope *e)
{
    static uint8_t bytes[HL_ENVELOPE_MAX];
    const struct hl_bytes envelope = {bytes, hl_envelope_put(bytes, sizeof bytes, e)};

    h->say(h->user, &envelope);
}

static struct hl_envelope hostile_entry(struct hostile *h, enum hl_entry_kind kind, uint64_t seq)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = kind, .seq = seq}};

    h->last_id++;
    memcpy(e.entry.id, &h->last_id, sizeof h->last_id);
    e.entry.id[15] = 1;
    return e;
}

static struct hl_envelope hostile_number(struct hostile *h, enum hl_envelope_kind kind)
{
    struct hl_envelope e = {.kind = kind, .count = 1 + hostile_draw(h, UINT64_C(1) << 60)};

    e.seq = 1 + hostile_draw(h, UINT64_C(1) << 60);
    memcpy(e.id, &e.seq, sizeof e.seq);
    return e;
}

static void hostile_say_tiny(struct hostile *h)
{
    struct hl_envelope e = hostile_entry(h, HL_ENTRY_TEXT, ++h->last_seq);

    e.entry.body = (const uint8_t *)"x";
    e.entry.len = 1;
    hostile_hear(h, &e);
}

static void hostile_say_huge(struct hostile *h)
{
    static uint8_t body[HL_BODY_MAX];
    struct hl_envelope e = hostile_entry(h, HL_ENTRY_TEXT, ++h->last_seq);

    if (hostile_draw(h, 20))
        return; /* they take their time */
    e.entry.body = body;
    e.entry.len = sizeof body;
    hostile_hear(h, &e);
}

/* Of nothing, or of the very first entry, with bodies or none. */
static void hostile_say_reference(struct hostile *h)
{
    static const enum hl_entry_kind kinds[] = {HL_ENTRY_EDIT, HL_ENTRY_DELETE, HL_ENTRY_REACT};
    struct hl_envelope e = hostile_entry(h, kinds[hostile_draw(h, 3)], ++h->last_seq);
    uint64_t target = hostile_draw(h, 2) ? 1 : hostile_draw(h, UINT64_MAX);

    memcpy(e.entry.target, &target, sizeof target);
    e.entry.target[15] = 1;
    e.entry.body = (const uint8_t *)"!";
    e.entry.len = e.entry.kind != HL_ENTRY_DELETE;
    hostile_hear(h, &e);
}

static void hostile_say_cancel(struct hostile *h)
{
    struct hl_envelope e = hostile_entry(h, HL_ENTRY_CANCEL, ++h->last_seq);

    hostile_hear(h, &e);
}

static void hostile_skip_one(struct hostile *h)
{
    struct hl_envelope e = hostile_entry(
        h, hostile_draw(h, 2) ? HL_ENTRY_TEXT : (enum hl_entry_kind)99, h->last_seq += 2);

    e.entry.body = (const uint8_t *)"x";
    e.entry.len = 1;
    hostile_hear(h, &e);
}

static void hostile_skip_far(struct hostile *h)
{
    struct hl_envelope e = hostile_entry(h, HL_ENTRY_CANCEL, 0);

    if (h->last_seq < UINT64_C(1) << 60)
        h->last_seq += hostile_draw(h, UINT64_C(1) << 40);
    e.entry.seq = ++h->last_seq;
    hostile_hear(h, &e);
}

static void hostile_go_back(struct hostile *h)
{
    struct hl_envelope e = hostile_entry(h, HL_ENTRY_CANCEL, 1 + hostile_draw(h, h->last_seq + 1));

    if (hostile_draw(h, 50))
        return;
    h->last_seq = e.entry.seq;
    hostile_hear(h, &e);
}

static void hostile_say_number(struct hostile *h)
{
    static const enum hl_envelope_kind kinds[] = {HL_ENVELOPE_RECEIPT, HL_ENVELOPE_READ,
                                                  HL_ENVELOPE_KEPT,    HL_ENVELOPE_REFUSED,
                                                  HL_ENVELOPE_AGAIN,   HL_ENVELOPE_NONE};
    struct hl_envelope e = hostile_number(h, kinds[hostile_draw(h, 6)]);

    hostile_hear(h, &e);
}

/* Of what was really said, again and again. */
static void hostile_ask_again(struct hostile *h)
{
    struct hl_envelope e = {
        .kind = HL_ENVELOPE_AGAIN, .seq = 1, .count = 1 + hostile_draw(h, 1000)};

    hostile_hear(h, &e);
}

static void hostile_type(struct hostile *h)
{
    static const uint8_t line[HL_TYPED_MAX];
    struct hl_envelope e = {.kind = HL_ENVELOPE_TYPING, .flags = HL_ENVELOPE_TYPES};

    e.text = (struct hl_bytes){line, hostile_draw(h, sizeof line)};
    hostile_hear(h, &e);
}

static void hostile_come_and_go(struct hostile *h)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_PRESENCE, .flags = hostile_draw(h, 4)};
    uint64_t why = hostile_draw(h, UINT64_MAX);

    e.text = (struct hl_bytes){(const uint8_t *)&why, hostile_draw(h, sizeof why + 1)};
    hostile_hear(h, &e);
}

static void hostile_call_itself(struct hostile *h)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_HELLO, .flags = hostile_draw(h, 1 << 20)};
    uint64_t nick = hostile_draw(h, UINT64_MAX);

    e.seq = 1 + hostile_draw(h, HL_VARINT_MAX);
    e.text = (struct hl_bytes){(const uint8_t *)&nick, sizeof nick};
    hostile_hear(h, &e);
}

static void hostile_talk_nonsense(struct hostile *h)
{
    uint8_t bytes[64];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)hostile_draw(h, 256);
    bytes[0] %= 12;
    h->say(h->user, &(struct hl_bytes){bytes, 1 + hostile_draw(h, sizeof bytes - 1)});
}

static void (*const hostile_attacks[])(struct hostile *h) = {
    hostile_say_tiny,      hostile_say_huge, hostile_say_reference, hostile_say_cancel,
    hostile_skip_one,      hostile_skip_far, hostile_go_back,       hostile_say_number,
    hostile_ask_again,     hostile_type,     hostile_come_and_go,   hostile_call_itself,
    hostile_talk_nonsense,
};
enum {
    HOSTILE_ATTACKS = sizeof hostile_attacks / sizeof *hostile_attacks,
    HOSTILE_NONSENSE = HOSTILE_ATTACKS - 1, /* is no envelope */
};

#endif
