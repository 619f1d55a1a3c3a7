/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

enum { ANEW_BURST = 5 }; /* times at once, then one a second */

static int tell(struct hl_delivery *d, const struct hl_talk *t, enum hl_effect_kind kind, bool on,
                const struct hl_bytes *bytes)
{
    struct hl_effect e = {.kind = kind, .contact = t->contact, .on = on};

    if (bytes)
        e.bytes = *bytes;
    return hl_effects_add(d, &e);
}

/* Both see what is typed only while both want it. */
static bool wants_live(const struct hl_delivery *d, const struct hl_talk *t)
{
    return d->config.live || t->now.live;
}

static int tell_typing(struct hl_delivery *d, const struct hl_talk *t, const struct hl_bytes *text)
{
    struct hl_effect e = {.kind = HL_EFFECT_TYPING,
                          .contact = t->contact,
                          .on = t->now.types,
                          .live = (t->now.peer_flags & HL_ENVELOPE_LIVE) != 0};

    if (text)
        e.bytes = *text;
    return hl_effects_add(d, &e);
}

/* why: NULL = is back */
static int tell_away(struct hl_delivery *d, struct hl_talk *t, const struct hl_bytes *why)
{
    t->now.away = why != NULL;
    return tell(d, t, HL_EFFECT_AWAY, t->now.away, why);
}

static int end_typing(struct hl_delivery *d, struct hl_talk *t)
{
    if (!t->now.types && !(t->now.peer_flags & HL_ENVELOPE_LIVE))
        return 0;
    t->now.types = false;
    t->now.peer_flags &= ~(uint64_t)HL_ENVELOPE_LIVE;
    return tell_typing(d, t, NULL);
}

/* ---- sessions ---- */

static int send_hello(struct hl_delivery *d, const struct hl_talk *t, uint64_t flags)
{
    const struct hl_delivery_config *c = &d->config;
    struct hl_envelope e = {.kind = HL_ENVELOPE_HELLO, .flags = flags, .seq = t->now.flying.tail};

    e.flags |=
        (c->read_receipts ? HL_ENVELOPE_RECEIPTS : 0) | (wants_live(d, t) ? HL_ENVELOPE_LIVE : 0);
    e.text = (struct hl_bytes){(const uint8_t *)c->nick, strlen(c->nick)};
    return hl_effects_send(d, t, &e, 0);
}

static int send_read(struct hl_delivery *d, const struct hl_talk *t, const uint8_t *id)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_READ};

    if (!d->config.read_receipts || !t->now.up)
        return 0;
    memcpy(e.id, id, HL_ID_SIZE);
    return hl_effects_send(d, t, &e, 0);
}

/* Perhaps it did not arrive in the last session, or that was another process of ours. */
static int repeat_read(struct hl_delivery *d, const struct hl_talk *t)
{
    struct hl_ledger_row row;
    int err;

    if (!d->config.read_receipts)
        return 0;
    err = d->ledger->last_seen(d->ledger->user, t->contact, &row);
    if (err)
        return err == -ENOENT ? 0 : err;
    return send_read(d, t, row.id);
}

/* The peer knows nothing of the last session: all without a receipt is to be sent, in order. */
static int begin(struct hl_delivery *d, struct hl_talk *t, uint64_t flags)
{
    struct hl_flight_range *r = &t->now.flying;
    int err;

    r->head = r->tail;
    r->bytes = 0;
    if (!HL_WRONG(NEVER_REPEATED) || !t->now.greeted)
        t->now.cursor = 1;
    t->now.met = false;
    t->now.peer_flags = 0;
    t->now.again.from = t->now.again.end = 0;
    t->now.ask.next = 1;
    t->now.ask.end = 0;
    t->now.ask.done = false;
    t->now.greeted = true;
    /* That he is there goes without saying. */
    t->now.presence = d->away.on && !HL_WRONG(ABSENCE_ONCE) ? 0 : d->away.number;
    t->owes = false;
    err = t->now.away ? tell_away(d, t, NULL) : 0;
    if (!err)
        err = send_hello(d, t, flags);
    return err ? err : repeat_read(d, t);
}

int hl_presence_up(struct hl_delivery *d, struct hl_talk *t, bool fresh)
{
    int err = 0;

    if (t->now.up)
        err = hl_presence_down(d, t);
    t->now.up = true;
    t->gone = false; /* if it was another key's at the beginning of this run */
    if (!err && t->now.waits) {
        t->now.waits = false;
        err = tell(d, t, HL_EFFECT_WAITING, false, NULL);
    }
    if (err)
        return err;
    return fresh || !t->now.greeted ? begin(d, t, 0) : hl_outgoing_recall(d, t);
}

int hl_presence_down(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_ledger_row row;
    struct hl_entry e;
    int err;

    if (!t->now.up)
        return 0;
    t->now.up = false;
    t->typing = t->presence = 0;
    err = hl_receipts_down(d, t);
    if (!err)
        err = end_typing(d, t);
    if (!err)
        err = d->ledger->waiting(d->ledger->user, t->contact, 1, &e, &row);
    if (err)
        return err == -ENOENT ? 0 : err;
    return hl_presence_wait(d, t);
}

int hl_presence_gone(struct hl_delivery *d, struct hl_talk *t)
{
    int err = t->now.away ? tell_away(d, t, NULL) : 0;

    return err ? err : end_typing(d, t);
}

int hl_presence_wait(struct hl_delivery *d, struct hl_talk *t)
{
    if (t->now.up || t->now.waits)
        return 0;
    t->now.waits = true;
    return tell(d, t, HL_EFFECT_WAITING, true, NULL);
}

int hl_presence_scan(struct hl_delivery *d)
{
    struct hl_talk *t;
    uint32_t contact;
    int err = 0;

    while (!err && !hl_delivery_full(d)) {
        err = d->ledger->next_waiting(d->ledger->user, d->now.scan, &contact);
        if (err)
            break;
        d->now.scan = contact;
        err = hl_talk_touch(d, contact, &t);
        if (!err)
            err = hl_presence_wait(d, t);
    }
    d->now.scanned = err == -ENOENT;
    return d->now.scanned ? 0 : err;
}

/* The first of a session is told though it brings no name: somebody is there. */
static int tell_nick(struct hl_delivery *d, struct hl_talk *t, const struct hl_bytes *nick,
                     bool first)
{
    if (!first && nick->len == t->now.nick_len &&
        (nick->len == 0 || memcmp(nick->at, t->now.nick, nick->len) == 0))
        return 0;
    t->now.nick_len = (uint8_t)nick->len;
    memcpy(t->now.nick, nick->at, nick->len);
    return tell(d, t, HL_EFFECT_HELLO, false, nick);
}

/* The peer begins anew amid a session of ours: it has lost its state, or its way of knowing that
 * ours was not lost, and ignores all that we say until we greet it. What we then repeat is much
 * more than it had to say, so it may not ask for that all the time. */
static int begin_anew(struct hl_delivery *d, struct hl_talk *t)
{
    hl_time whole = t->now.anew > d->time ? t->now.anew : d->time;

    if (whole - d->time >= HL_SECS(ANEW_BURST))
        return 0;
    t->now.anew = whole + HL_SECS(1);
    return begin(d, t, HL_ENVELOPE_ANSWERS);
}

int hl_presence_hello(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    bool first = !t->now.met;
    int err = 0;

    t->typing = t->presence = 0; /* what came before it is not true of this session */
    if (t->now.met && t->now.up && !(e->flags & HL_ENVELOPE_ANSWERS))
        err = begin_anew(d, t);
    t->now.met = true;
    t->now.received = e->seq - 1;
    t->owes = false;
    t->now.peer_flags = e->flags;
    if (!err && e->flags & HL_ENVELOPE_LIVE)
        err = tell_typing(d, t, NULL);
    return err ? err : tell_nick(d, t, &e->text, first);
}

/* ---- the user's eyes and fingers ---- */

int hl_presence_seen(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in)
{
    struct hl_ledger_row row;
    int err = d->ledger->find(d->ledger->user, t->contact, in->id, &row);

    if (err || row.ours)
        return err == -ENOENT ? 0 : err;
    err = d->ledger->set_seen(d->ledger->user, t->contact, row.row);
    return err ? err : send_read(d, t, in->id);
}

int hl_presence_type(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_TYPING, .flags = in->on ? HL_ENVELOPE_TYPES : 0};

    t->now.live = in->live;
    if (!t->now.up)
        return 0;
    if (wants_live(d, t))
        e.flags |= HL_ENVELOPE_WELCOME;
    if (in->on && wants_live(d, t) && (t->now.peer_flags & HL_ENVELOPE_LIVE))
        e.text = in->bytes;
    return hl_effects_send(d, t, &e, 0);
}

int hl_presence_away(struct hl_delivery *d, const struct hl_input *in)
{
    struct hl_talk *t;
    int err = 0;

    d->away.on = in->on;
    d->away.number++;
    d->away.len = in->bytes.len;
    if (in->bytes.len)
        memcpy(d->away.text, in->bytes.at, in->bytes.len);
    for (size_t i = 0; i < d->count && !err; i++) {
        if (d->talks[i]->now.up)
            err = hl_talk_touch(d, d->talks[i]->contact, &t);
    }
    return err;
}

static int send_presence(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_PRESENCE,
                            .flags = d->away.on ? HL_ENVELOPE_AWAY : 0,
                            .text = {d->away.text, d->away.on ? d->away.len : 0}};

    t->now.presence = d->away.number;
    return hl_effects_send(d, t, &e, 0);
}

/* Of what came in one run, the last one counts. */
static int take_presence(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_bytes bytes = hl_delivery_input_bytes(d, t->presence - 1);
    struct hl_envelope e;
    int err = hl_envelope_get(&e, bytes.at, bytes.len);

    t->presence = 0;
    if (err)
        return err;
    if (e.flags & HL_ENVELOPE_AWAY)
        return tell_away(d, t, &e.text);
    return t->now.away ? tell_away(d, t, NULL) : 0;
}

static int take_typing(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_bytes bytes;
    struct hl_envelope e;
    int err;

    bytes = hl_delivery_input_bytes(d, t->typing - 1);
    t->typing = 0;
    err = hl_envelope_get(&e, bytes.at, bytes.len);
    if (err)
        return err;
    t->now.types = (e.flags & HL_ENVELOPE_TYPES) != 0;
    t->now.peer_flags &= ~(uint64_t)HL_ENVELOPE_LIVE;
    if (e.flags & HL_ENVELOPE_WELCOME)
        t->now.peer_flags |= HL_ENVELOPE_LIVE;
    if (!wants_live(d, t) || !t->now.types)
        e.text.len = 0;
    return tell_typing(d, t, &e.text);
}

int hl_presence_pump(struct hl_delivery *d, struct hl_talk *t)
{
    int err = 0;

    if (t->now.up && t->now.presence != d->away.number)
        err = send_presence(d, t);
    if (!err && t->presence)
        err = take_presence(d, t);
    if (!err && t->typing)
        err = take_typing(d, t);
    return err;
}
