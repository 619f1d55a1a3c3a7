/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"

#include <errno.h>
#include <string.h>

/* One AGAIN a second, after this many at once: a gap of HL_DELIVERY_GAP_MAX is asked for in as
 * many. Who asks more often waits. */
enum { AGAIN_BURST = HL_DELIVERY_GAP_MAX / HL_DELIVERY_AGAIN_MAX };

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- the peer's that are missing here ---- */

static int tell(struct hl_delivery *d, const struct hl_talk *t, enum hl_effect_kind kind,
                const struct hl_ledger_gap *gap, bool lost)
{
    return hl_effects_add(d, &(struct hl_effect){.kind = kind,
                                                 .contact = t->contact,
                                                 .seq = gap->from,
                                                 .count = gap->count,
                                                 .row.pos = gap->pos,
                                                 .lost = lost});
}

int hl_gaps_expect(struct hl_delivery *d, struct hl_talk *t, uint64_t expect)
{
    if (expect == t->counts.expected)
        return 0;
    t->counts.expected = expect;
    return d->ledger->set_expected(d->ledger->user, t->contact, expect);
}

/* How many are missing, up to HL_DELIVERY_GAP_MAX. */
static int count_missing(struct hl_delivery *d, const struct hl_talk *t, uint64_t *missing)
{
    struct hl_ledger_gap gap = {.from = 0, .count = 1};
    int err;

    *missing = 0;
    do {
        err = d->ledger->gap_next(d->ledger->user, t->contact, gap.from + gap.count, &gap);
        if (!err)
            *missing += gap.count;
    } while (!err && *missing < HL_DELIVERY_GAP_MAX);
    return err == -ENOENT ? 0 : err;
}

/* Whether that many more may be missing. A peer that skips numbers all the time costs no more than
 * a count in a second. */
static int find_room(struct hl_delivery *d, struct hl_talk *t, uint64_t count, bool *room)
{
    uint64_t missing;
    int err;

    if (count > t->now.gaps.room && d->time >= t->now.gaps.recount) {
        err = count_missing(d, t, &missing);
        if (err)
            return err;
        t->now.gaps.room = HL_DELIVERY_GAP_MAX - smaller(missing, HL_DELIVERY_GAP_MAX);
        t->now.gaps.recount = d->time + HL_SECS(1);
    }
    *room = count <= t->now.gaps.room;
    if (*room)
        t->now.gaps.room -= count;
    return 0;
}

static int open_gap(struct hl_delivery *d, struct hl_talk *t, uint64_t seq)
{
    struct hl_ledger_gap gap = {.from = t->counts.expected, .count = seq - t->counts.expected};
    bool room;
    int err = find_room(d, t, gap.count, &room);

    if (err)
        return err;
    if (room) {
        err = d->ledger->gap_open(d->ledger->user, t->contact, gap.from, gap.count);
        if (err)
            return err;
        t->now.ask.next = smaller(t->now.ask.next, gap.from);
        t->now.ask.done = false;
    }
    return tell(d, t, HL_EFFECT_GAP, &gap, !room);
}

/* All that was asked for has been answered up to there. */
static void answered(struct hl_talk *t, uint64_t up_to)
{
    if (t->now.ask.end == 0 || up_to < t->now.ask.end)
        return;
    t->now.ask.next = t->now.ask.end;
    t->now.ask.end = 0;
}

/* Takes part of a gap away: it came, or never will. */
static int close_part(struct hl_delivery *d, struct hl_talk *t, const struct hl_ledger_gap *part,
                      bool lost)
{
    int err = d->ledger->gap_drop(d->ledger->user, t->contact, part->from, part->count);

    if (err)
        return err;
    answered(t, part->from + part->count);
    return tell(d, t, lost ? HL_EFFECT_GAP : HL_EFFECT_HEALED, part, lost);
}

/* Nothing between from and end will come any more. */
static int lose(struct hl_delivery *d, struct hl_talk *t, uint64_t from, uint64_t end)
{
    struct hl_ledger_gap gap;
    int err = 0;

    while (from < end) {
        err = d->ledger->gap_next(d->ledger->user, t->contact, from, &gap);
        if (err || gap.from >= end)
            break;
        from = larger(from, gap.from);
        gap.pos += from - gap.from;
        gap.count = smaller(end, gap.from + gap.count) - from;
        gap.from = from;
        err = close_part(d, t, &gap, true);
        if (err)
            break;
        from += gap.count;
    }
    return err == -ENOENT ? 0 : err;
}

int hl_gaps_lose(struct hl_delivery *d, struct hl_talk *t)
{
    return lose(d, t, 1, UINT64_MAX);
}

/* A number that came before, or so we thought. */
static int place_old(struct hl_delivery *d, struct hl_talk *t, uint64_t seq, bool refused,
                     struct hl_place *out)
{
    struct hl_ledger_gap gap, part = {.from = seq, .count = 1};
    int err = d->ledger->gap_find(d->ledger->user, t->contact, seq, &gap);

    out->expect = t->counts.expected;
    if (!err) {
        out->pos = part.pos = gap.pos + (seq - gap.from);
        return close_part(d, t, &part, refused);
    }
    if (err != -ENOENT || refused)
        return err == -ENOENT ? 0 : err;
    /* Another entry under a number that is taken: its author has an older copy of his store back,
     * and goes on from there. What was missing of the time that he has forgotten is lost. */
    out->expect = seq + 1;
    return lose(d, t, seq, UINT64_MAX);
}

int hl_gaps_place(struct hl_delivery *d, struct hl_talk *t, uint64_t seq, bool refused,
                  struct hl_place *out)
{
    *out = (struct hl_place){.expect = seq + 1};
    if (seq == t->counts.expected)
        return 0;
    if (seq > t->counts.expected)
        return open_gap(d, t, seq);
    return place_old(d, t, seq, refused, out);
}

int hl_gaps_known(struct hl_delivery *d, struct hl_talk *t, uint64_t seq)
{
    struct hl_ledger_gap gap, part = {.from = seq, .count = 1};
    int err;

    if (d->again) { /* perhaps it opened a gap, and that was not told */
        t->now.ask.next = 1;
        t->now.ask.done = false;
    }
    if (seq == t->counts.expected)
        return hl_gaps_expect(d, t, seq + 1);
    if (seq > t->counts.expected)
        return 0;
    err = d->ledger->gap_find(d->ledger->user, t->contact, seq, &gap);
    if (err)
        return err == -ENOENT ? 0 : err;
    part.pos = gap.pos + (seq - gap.from);
    return close_part(d, t, &part, false);
}

int hl_gaps_none(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    uint64_t end = e->seq + smaller(e->count, HL_DELIVERY_AGAIN_MAX); /* as we ask for no more */
    int err = lose(d, t, e->seq, end);

    answered(t, end);
    return err;
}

/* One AGAIN at a time: when it is answered, the next. */
static int ask(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_AGAIN};
    struct hl_ledger_gap gap;
    int err;

    if (t->now.ask.done || t->now.ask.end)
        return 0;
    err = d->ledger->gap_next(d->ledger->user, t->contact, t->now.ask.next, &gap);
    if (err) {
        t->now.ask.done = err == -ENOENT;
        return t->now.ask.done ? 0 : err;
    }
    e.seq = larger(gap.from, t->now.ask.next);
    e.count = smaller(gap.from + gap.count - e.seq, HL_DELIVERY_AGAIN_MAX);
    t->now.ask.end = e.seq + e.count;
    return hl_effects_send(d, t, &e, 0);
}

/* ---- ours that the peer misses ---- */

int hl_gaps_again(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    hl_time whole = t->now.again.credit > d->time ? t->now.again.credit : d->time;

    if (t->now.again.from < t->now.again.end)
        return 0; /* a peer that follows the protocol waits for the answer to the last one */
    t->now.again.from = e->seq;
    t->now.again.end = e->seq + smaller(e->count, HL_DELIVERY_AGAIN_MAX);
    t->now.again.credit = whole + HL_SECS(1);
    return 0;
}

static int send_none(struct hl_delivery *d, struct hl_talk *t, uint64_t to)
{
    struct hl_envelope e = {
        .kind = HL_ENVELOPE_NONE, .seq = t->now.again.from, .count = to - t->now.again.from};

    t->now.again.from = to;
    return hl_effects_send(d, t, &e, 0);
}

static enum hl_flight_form form_of(enum hl_entry_state state)
{
    return state == HL_STATE_QUEUED || state == HL_STATE_DELIVERED || state == HL_STATE_READ
               ? HL_FLIGHT_AGAIN
               : HL_FLIGHT_CANCEL;
}

/* Answers a part: one entry, or what is known not to exist. */
static int send_again(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_ledger_row row;
    struct hl_entry e;
    int err = d->ledger->numbered(d->ledger->user, t->contact, t->now.again.from, &e, &row);

    if (err && err != -ENOENT)
        return err;
    if (err || e.seq >= t->now.again.end)
        return send_none(d, t, t->now.again.end);
    if (e.seq > t->now.again.from)
        return send_none(d, t, e.seq);
    t->now.again.from++;
    if (e.seq >= t->now.cursor && !hl_entry_state_last((int)row.state))
        return 0; /* it comes in its turn */
    return hl_outgoing_send(d, t, &e, &row, form_of(row.state));
}

static int send_all_again(struct hl_delivery *d, struct hl_talk *t)
{
    hl_time since = t->now.again.credit - HL_SECS(AGAIN_BURST);
    int err = 0;

    if (t->now.again.from < t->now.again.end && d->time < since) {
        if (since < d->now.again)
            d->now.again = since;
        return 0;
    }
    while (!err && t->now.again.from < t->now.again.end && hl_outgoing_room(t)) {
        t->now.more = hl_delivery_full(d);
        if (t->now.more)
            break;
        err = send_again(d, t);
    }
    return err;
}

int hl_gaps_pump(struct hl_delivery *d, struct hl_talk *t)
{
    int err = ask(d, t);

    return err ? err : send_all_again(d, t);
}

int hl_gaps_tick(struct hl_delivery *d)
{
    struct hl_talk *t;
    int err = 0;

    if (d->time < d->now.again)
        return 0;
    d->now.again = HL_NEVER;
    for (size_t i = 0; i < d->count && !err; i++) {
        if (d->talks[i]->now.again.from < d->talks[i]->now.again.end)
            err = hl_talk_touch(d, d->talks[i]->contact, &t);
    }
    return err;
}
