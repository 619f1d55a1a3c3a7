/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"

#include <errno.h>
#include <string.h>

int hl_receipts_arrived(struct hl_delivery *d, struct hl_talk *t, uint64_t token)
{
    struct hl_flight_entry *f = hl_flight_at(&t->flight, &t->now.flying, token);

    if (!f || f->form != HL_FLIGHT_ENTRY || (f->flags & (HL_FLIGHT_RECALLED | HL_FLIGHT_SETTLED)))
        return 0;
    f->flags |= HL_FLIGHT_SENT;
    return hl_effects_state(d, &f->row, HL_STATE_SENT, 0, 0);
}

int hl_receipts_down(struct hl_delivery *d, struct hl_talk *t)
{
    struct hl_flight_range *r = &t->now.flying;
    int err = 0;

    for (uint64_t n = r->head; n < r->tail && !err; n++) {
        const struct hl_flight_entry *f = hl_flight_at(&t->flight, r, n);

        if (f->flags == HL_FLIGHT_SENT)
            err = hl_effects_state(d, &f->row, HL_STATE_QUEUED, 0, 0);
    }
    return err;
}

/* What one that is taken back becomes when the peer does not have it. */
static enum hl_entry_state taken_back(enum hl_entry_state state)
{
    return state == HL_STATE_EXPIRING || state == HL_STATE_LAPSED ? HL_STATE_EXPIRED
                                                                  : HL_STATE_CANCELLED;
}

/* CANCELLING, EXPIRING, WITHDRAWN, LAPSED. */
static bool is_taken_back(const struct hl_ledger_row *row)
{
    return row->ours && row->state != HL_STATE_QUEUED && !hl_entry_state_last((int)row->state);
}

/* The peer's receipt covers a CANCEL of ours, and it has not said KEPT. */
static int settle_cancel(struct hl_delivery *d, const struct hl_ledger_row *sent)
{
    struct hl_ledger_row row;
    enum hl_entry_state state;
    int err = d->ledger->find(d->ledger->user, sent->contact, sent->id, &row);

    if (err)
        return err == -ENOENT ? 0 : err;
    if (!is_taken_back(&row) && !d->again)
        return 0;
    if (hl_entry_state_last((int)row.state))
        return hl_effects_state(d, &row, row.state, 0, 0);
    state = taken_back(row.state);
    return hl_effects_set_state(d, &row, state, state == HL_STATE_EXPIRED ? HL_ERR_EXPIRED : 0, 0);
}

static int settle(struct hl_delivery *d, const struct hl_flight_entry *f)
{
    if (f->form == HL_FLIGHT_AGAIN || (f->flags & HL_FLIGHT_SETTLED))
        return 0;
    if (f->form == HL_FLIGHT_CANCEL)
        return settle_cancel(d, &f->row);
    /* Whatever our user wished meanwhile: the peer has it. */
    return hl_effects_set_state(d, &f->row, HL_STATE_DELIVERED, 0, 0);
}

int hl_receipts_receipt(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    struct hl_flight_range *r = &t->now.flying;
    const struct hl_flight_entry *f = hl_flight_at(&t->flight, r, e->seq);
    int err = 0;

    if (!f || memcmp(f->row.id, e->id, HL_ID_SIZE) != 0)
        return 0; /* of what is settled, or was never sent: an honest peer has its reasons */
    while (!err && r->head <= e->seq) {
        err = settle(d, hl_flight_at(&t->flight, r, r->head));
        if (!err)
            hl_flight_pop(&t->flight, r);
    }
    return err;
}

/* One of ours that was sent in this session, and which the peer names. -ENOENT: it is not. */
static int find_sent(struct hl_delivery *d, const struct hl_talk *t, const uint8_t *id,
                     struct hl_ledger_row *row)
{
    int err = d->ledger->find(d->ledger->user, t->contact, id, row);

    if (err)
        return err;
    return row->ours && row->seq < t->now.cursor ? 0 : -ENOENT;
}

static int settled_by_peer(struct hl_delivery *d, struct hl_talk *t,
                           const struct hl_ledger_row *row, enum hl_entry_state state, int err)
{
    hl_flight_flag(&t->flight, &t->now.flying, row->row, HL_FLIGHT_SETTLED);
    return hl_effects_set_state(d, row, state, err, 0);
}

int hl_receipts_kept(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    struct hl_ledger_row row;
    int err = find_sent(d, t, e->id, &row);

    if (err)
        return err == -ENOENT ? 0 : err;
    if (is_taken_back(&row) || (d->again && row.state == HL_STATE_DELIVERED))
        return settled_by_peer(d, t, &row, HL_STATE_DELIVERED, 0);
    return 0;
}

static int refusal(uint64_t code)
{
    switch (code) {
    case HL_REFUSAL_LONG:
        return HL_ERR_REFUSED_LONG;
    case HL_REFUSAL_QUOTA:
        return HL_ERR_REFUSED_QUOTA;
    default:
        return HL_ERR_REFUSED_BAD;
    }
}

int hl_receipts_refused(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    struct hl_ledger_row row;
    int err = find_sent(d, t, e->id, &row);

    if (err)
        return err == -ENOENT ? 0 : err;
    if (is_taken_back(&row))
        return settled_by_peer(d, t, &row, taken_back(row.state), 0);
    if (row.state == HL_STATE_QUEUED || (d->again && row.state == HL_STATE_FAILED))
        return settled_by_peer(d, t, &row, HL_STATE_FAILED, refusal(e->code));
    return 0;
}

int hl_receipts_read(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e)
{
    struct hl_ledger_row row;
    int err = d->ledger->find(d->ledger->user, t->contact, e->id, &row);

    if (err)
        return err == -ENOENT ? 0 : err;
    if (!row.ours || (row.state != HL_STATE_DELIVERED && !(d->again && row.state == HL_STATE_READ)))
        return 0;
    err = d->ledger->set_read(d->ledger->user, t->contact, row.row);
    return err ? err : hl_effects_state(d, &row, HL_STATE_READ, 0, 0);
}
