/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"
#include "varint.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

/* ---- to the session ---- */

bool hl_outgoing_room(const struct hl_talk *t)
{
    const struct hl_flight_range *r = &t->now.flying;

    return r->tail - r->head < HL_DELIVERY_WINDOW && r->bytes < HL_DELIVERY_WINDOW_BYTES;
}

/* From now on the peer may have it, whatever becomes of us: that must be on disk before it goes. */
static int hand(struct hl_delivery *d, struct hl_talk *t, uint64_t seq)
{
    if (seq <= t->counts.handed)
        return 0;
    t->counts.handed = seq;
    return d->ledger->set_handed(d->ledger->user, t->contact, seq);
}

int hl_outgoing_send(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e,
                     const struct hl_ledger_row *row, enum hl_flight_form form)
{
    struct hl_envelope envelope = {.kind = HL_ENVELOPE_ENTRY, .entry = *e};
    struct hl_flight_entry flying = {.row = *row, .form = (uint8_t)form};
    int err;

    if (form == HL_FLIGHT_CANCEL) {
        envelope.entry =
            (struct hl_entry){.kind = HL_ENTRY_CANCEL, .seq = e->seq, .time_ms = e->time_ms};
        memcpy(envelope.entry.id, e->id, HL_ID_SIZE);
    }
    flying.len = (uint32_t)envelope.entry.len;
    err = hl_effects_send(d, t, &envelope, t->now.flying.tail);
    if (err)
        return err;
    return hl_flight_push(&t->flight, d->env, &t->now.flying, t->saved.flying.head, &flying);
}

/* The next of ours in its turn, in the form that its state asks for. */
static int send_next(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e,
                     const struct hl_ledger_row *row)
{
    enum hl_flight_form form = row->state == HL_STATE_QUEUED ? HL_FLIGHT_ENTRY : HL_FLIGHT_CANCEL;
    int err = hl_outgoing_send(d, t, e, row, form);

    t->now.cursor = e->seq + 1;
    return err ? err : hand(d, t, e->seq);
}

static int send_waiting(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_ledger_row row;
    struct hl_entry e;
    int err = 0;

    while (t->now.cursor < t->counts.next_seq && hl_outgoing_room(t)) {
        t->now.more = hl_delivery_full(d);
        if (t->now.more)
            return 0;
        err = d->ledger->waiting(d->ledger->user, t->contact, t->now.cursor, &e, &row);
        if (err == -ENOENT)
            t->now.cursor = t->counts.next_seq;
        else if (!err)
            err = send_next(d, t, &e, &row);
        if (err)
            break;
    }
    return err == -ENOENT ? 0 : err;
}

int hl_outgoing_receipt(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_RECEIPT, .seq = t->now.received};

    if (!t->owes || t->now.received > HL_VARINT_MAX)
        return 0; /* nobody can count so far: who says he did gets none */
    t->owes = HL_WRONG(RECEIPT_EARLY);
    memcpy(e.id, t->owed, HL_ID_SIZE);
    return hl_effects_send(d, t, &e, 0);
}

int hl_outgoing_pump(struct hl_delivery *d, struct hl_talk *t)
{
    int err;

    t->now.more = false;
    if (!t->now.up)
        return 0;
    err = hl_outgoing_receipt(d, t);
    if (!err)
        err = hl_gaps_pump(d, t);
    return err ? err : send_waiting(d, t);
}

/* ---- what our user says ---- */

/* Whether the peer has, or will have, what that entry refers to, and we may change it. */
static int check_target(struct hl_delivery *d, const struct hl_talk *t, const struct hl_entry *e)
{
    struct hl_ledger_row target;
    int err;

    if (e->kind == HL_ENTRY_TEXT)
        return 0;
    err = d->ledger->find(d->ledger->user, t->contact, e->target, &target);
    if (err)
        return err;
    if (e->kind != HL_ENTRY_REACT && !target.ours)
        return -EPERM;
    if (target.kind != HL_ENTRY_TEXT)
        return -ENOENT;
    switch (target.state) {
    case HL_STATE_FAILED:
    case HL_STATE_EXPIRED:
    case HL_STATE_CANCELLED:
    case HL_STATE_WITHDRAWN:
    case HL_STATE_LAPSED:
        return -ENOENT;
    case HL_STATE_QUEUED:
    case HL_STATE_SENT:
    case HL_STATE_DELIVERED:
    case HL_STATE_READ:
    case HL_STATE_CANCELLING:
    case HL_STATE_EXPIRING:
    case HL_STATE_TAKEN:
        break;
    }
    return 0;
}

static int refuse(struct hl_delivery *d, const struct hl_talk *t, const struct hl_input *in,
                  int err)
{
    struct hl_ledger_row row = {.contact = t->contact, .ours = true, .kind = in->entry.kind};

    memcpy(row.id, in->entry.id, HL_ID_SIZE);
    return hl_effects_state(d, &row, (enum hl_entry_state)0, err, in->request);
}

/* That id is there: asked a second time, we answer what became of the first. */
static int answer_known(struct hl_delivery *d, const struct hl_talk *t, const struct hl_input *in)
{
    struct hl_ledger_row row;
    int err = d->ledger->find(d->ledger->user, t->contact, in->entry.id, &row);

    if (err)
        return err;
    if (!row.ours)
        return refuse(d, t, in, -EEXIST);
    return hl_effects_state(d, &row, row.state, 0, in->request);
}

static int queue(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in,
                 struct hl_ledger_row *row)
{
    struct hl_ledger_expiry expiry = {.after_us = in->expire_us};
    struct hl_entry e = in->entry;
    int err;

    if (in->expire_us) {
        expiry.due_us = in->expire_us < HL_NEVER - d->time ? d->time + in->expire_us : HL_NEVER;
        if (expiry.due_us < d->now.expiry)
            d->now.expiry = expiry.due_us;
    }
    e.seq = t->counts.next_seq;
    err = d->ledger->queue(d->ledger->user, t->contact, &e, &expiry, row);
    if (!err)
        t->counts.next_seq++;
    return err;
}

/* What is queued while all before it has been sent goes at once: no need to read it back. */
static int send_queued(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e,
                       const struct hl_ledger_row *row)
{
    struct hl_entry numbered = *e;

    if (!t->now.up)
        return hl_presence_wait(d, t);
    if (t->now.cursor != row->seq || !hl_outgoing_room(t))
        return 0;
    numbered.seq = row->seq;
    return send_next(d, t, &numbered, row);
}

int hl_outgoing_submit(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in)
{
    struct hl_ledger_row row;
    int err = check_target(d, t, &in->entry);

    if (err == -ENOENT || err == -EPERM)
        return refuse(d, t, in, err);
    if (!err)
        err = queue(d, t, in, &row);
    if (err == -EEXIST)
        return answer_known(d, t, in);
    if (!err)
        err = hl_effects_state(d, &row, HL_STATE_QUEUED, 0, in->request);
    return err ? err : send_queued(d, t, &in->entry, &row);
}

/* ---- what is taken back ---- */

/* Asks the peer to forget an entry that it may have. Where that was not sent in this session yet,
 * the CANCEL goes in its turn, in its stead. */
static int recall_sent(struct hl_delivery *d, struct hl_talk *t, const struct hl_ledger_row *row)
{
    struct hl_entry e = {.seq = row->seq};

    hl_flight_flag(&t->flight, &t->now.flying, row->row, HL_FLIGHT_RECALLED);
    if (!t->now.up || row->seq >= t->now.cursor)
        return 0;
    memcpy(e.id, row->id, HL_ID_SIZE);
    return hl_outgoing_send(d, t, &e, row, HL_FLIGHT_CANCEL);
}

/* One that waits is taken back: for good if it never left, else if the peer agrees. */
static int take_back(struct hl_delivery *d, struct hl_talk *t, struct hl_ledger_row *row,
                     bool expired, uint64_t request)
{
    bool left = row->seq <= t->counts.handed && !HL_WRONG(CANCEL_EARLY);
    int reason = expired ? HL_ERR_EXPIRED : 0;
    int err;

    if (left)
        row->state = expired ? HL_STATE_EXPIRING : HL_STATE_CANCELLING;
    else
        row->state = expired ? HL_STATE_LAPSED : HL_STATE_WITHDRAWN;
    err = d->ledger->set_state(d->ledger->user, row->row, row->state, reason);
    if (!err)
        err = hl_effects_state(d, row, row->state, reason, request);
    return err || !left ? err : recall_sent(d, t, row);
}

static int cancel(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in,
                  struct hl_ledger_row *row)
{
    int err;

    switch (row->state) {
    case HL_STATE_QUEUED:
    case HL_STATE_SENT:
        return take_back(d, t, row, in->on, in->request);
    case HL_STATE_CANCELLING:
    case HL_STATE_EXPIRING:
        err = hl_effects_state(d, row, row->state, 0, in->request);
        return err ? err : recall_sent(d, t, row);
    case HL_STATE_CANCELLED:
    case HL_STATE_WITHDRAWN:
        return hl_effects_state(d, row, row->state, 0, in->request);
    case HL_STATE_DELIVERED:
    case HL_STATE_READ:
    case HL_STATE_FAILED:
    case HL_STATE_EXPIRED:
    case HL_STATE_LAPSED:
    case HL_STATE_TAKEN:
        break;
    }
    return hl_effects_state(d, row, row->state, -EALREADY, in->request);
}

int hl_outgoing_cancel(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in)
{
    struct hl_ledger_row row = {.contact = t->contact};
    int err = d->ledger->find(d->ledger->user, t->contact, in->id, &row);

    if (err && err != -ENOENT)
        return err;
    if (in->on && (err || !d->again))
        return 0; /* our own note of what expired: it only matters after a failure */
    if (!err && row.ours)
        return cancel(d, t, in, &row);
    memcpy(row.id, in->id, HL_ID_SIZE);
    return hl_effects_state(d, &row, (enum hl_entry_state)0, -ENOENT, in->request);
}

int hl_outgoing_recall(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_ledger_row row;
    struct hl_entry e;
    int err = 0;

    for (uint64_t from = 1; !err && from < t->now.cursor; from = row.seq + 1) {
        err = d->ledger->waiting(d->ledger->user, t->contact, from, &e, &row);
        if (!err && row.seq < t->now.cursor &&
            (row.state == HL_STATE_CANCELLING || row.state == HL_STATE_EXPIRING))
            err = recall_sent(d, t, &row);
    }
    return err == -ENOENT ? 0 : err;
}

/* Noted in the journal, so that it is told even if the commit fails and yet happens. */
static int note_expired(struct hl_delivery *d, const struct hl_ledger_row *row)
{
    struct hl_input in = {.kind = HL_INPUT_CANCEL, .contact = row->contact, .on = true};

    if (d->again)
        return 0; /* it was, then */
    memcpy(in.id, row->id, HL_ID_SIZE);
    return hl_delivery_note(d, &in);
}

int hl_outgoing_expire(struct hl_delivery *d)
{
    struct hl_ledger_row row;
    struct hl_talk *t;
    hl_time next = HL_NEVER;
    int err = 0;

    while (!err && !hl_delivery_full(d)) {
        err = d->ledger->expired(d->ledger->user, d->time, &row, &next);
        if (!err)
            err = note_expired(d, &row);
        if (!err)
            err = hl_talk_touch(d, row.contact, &t);
        if (!err)
            err = take_back(d, t, &row, true, 0);
    }
    if (err && err != -ENOENT)
        return err;
    d->now.expiry = err ? next : d->time; /* there may be more */
    return 0;
}
