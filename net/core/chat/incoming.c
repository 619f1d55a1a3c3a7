/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

static const uint8_t no_id[HL_ID_SIZE];

/* ---- what we do not keep ---- */

/* Whether an entry that is not here may be among those that are missing. What refers to it is
 * taken then: the missing one comes as its author has it now, that is, changed already. */
static int may_be_missing(struct hl_delivery *d, const struct hl_talk *t, const struct hl_entry *e,
                          bool *may)
{
    struct hl_ledger_gap gap;
    int err;

    *may = e->seq > t->counts.expected && e->seq - t->counts.expected <= HL_DELIVERY_GAP_MAX;
    if (*may)
        return 0;
    err = d->ledger->gap_next(d->ledger->user, t->contact, 1, &gap);
    *may = err == 0;
    return err == -ENOENT ? 0 : err;
}

/* An edit of what is not its author's, or of nothing. */
static int check_target(struct hl_delivery *d, const struct hl_talk *t, const struct hl_entry *e,
                        uint64_t *code)
{
    struct hl_ledger_row target;
    bool may;
    int err;

    if (memcmp(e->target, no_id, HL_ID_SIZE) == 0) {
        *code = HL_REFUSAL_BAD;
        return 0;
    }
    err = d->ledger->find(d->ledger->user, t->contact, e->target, &target);
    if (err == -ENOENT) {
        err = may_be_missing(d, t, e, &may);
        if (!may)
            *code = HL_REFUSAL_BAD;
    } else if (!err &&
               (target.kind != HL_ENTRY_TEXT || (target.ours && e->kind != HL_ENTRY_REACT))) {
        *code = HL_REFUSAL_BAD;
    }
    return err;
}

/* *code: enum hl_refusal, 0 if nothing is wrong with it. */
static int check(struct hl_delivery *d, const struct hl_talk *t, const struct hl_entry *e,
                 uint64_t *code)
{
    uint64_t quota = d->config.quota;
    uint64_t cost = e->len + HL_LEDGER_ENTRY;
    size_t max = e->kind == HL_ENTRY_REACT ? HL_REACTION_MAX : HL_BODY_MAX;

    *code = 0;
    if (memcmp(e->id, no_id, HL_ID_SIZE) == 0 || !hl_entry_kind_name((int)e->kind))
        *code = HL_REFUSAL_BAD;
    else if (e->len > max)
        *code = HL_REFUSAL_LONG;
    else if (quota && (t->counts.kept > quota || cost > quota - t->counts.kept))
        *code = HL_REFUSAL_QUOTA;
    if (*code || e->kind == HL_ENTRY_TEXT || e->kind == HL_ENTRY_CANCEL)
        return 0;
    return check_target(d, t, e, code);
}

static int answer(struct hl_delivery *d, const struct hl_talk *t, enum hl_envelope_kind kind,
                  const uint8_t *id, uint64_t code)
{
    struct hl_envelope e = {.kind = kind, .code = code};

    if (!t->now.up)
        return 0;
    memcpy(e.id, id, HL_ID_SIZE);
    return hl_effects_send(d, t, &e, 0);
}

static int refuse(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e, uint64_t code)
{
    struct hl_place place;
    int err = hl_gaps_place(d, t, e->seq, true, &place);

    if (!err)
        err = hl_gaps_expect(d, t, place.expect);
    return err ? err : answer(d, t, HL_ENVELOPE_REFUSED, e->id, code);
}

/* ---- what we keep ---- */

static int tell(struct hl_delivery *d, const struct hl_entry *e, const struct hl_ledger_row *row)
{
    if (e->kind == HL_ENTRY_CANCEL)
        return 0;
    return hl_effects_add(
        d, &(struct hl_effect){
               .kind = HL_EFFECT_ENTRY, .contact = row->contact, .row = *row, .entry = *e});
}

/* It came before, and is receipted as if it were new; all else depends on what it is here. */
static int take_known(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e,
                      const struct hl_ledger_row *row)
{
    int err = hl_gaps_known(d, t, e->seq);

    if (err)
        return err;
    if (e->kind == HL_ENTRY_CANCEL && !row->ours)
        return row->kind == HL_ENTRY_CANCEL ? 0 : answer(d, t, HL_ENVELOPE_KEPT, e->id, 0);
    if (row->ours || row->kind == HL_ENTRY_CANCEL)
        return answer(d, t, HL_ENVELOPE_REFUSED, e->id, HL_REFUSAL_BAD);
    return d->took || HL_WRONG(NO_DEDUP) ? tell(d, e, row) : 0;
}

static int take_new(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e)
{
    struct hl_ledger_row row;
    struct hl_place place;
    int err = hl_gaps_place(d, t, e->seq, false, &place);

    if (!err)
        err = d->ledger->take(d->ledger->user, t->contact, e, place.pos, place.expect, &row);
    if (err == -EEXIST) {
        err = d->ledger->find(d->ledger->user, t->contact, e->id, &row);
        return err ? err : take_known(d, t, e, &row);
    }
    if (err)
        return err;
    t->counts.expected = place.expect;
    t->counts.kept += e->len + HL_LEDGER_ENTRY;
    hl_delivery_took(d);
    return tell(d, e, &row);
}

static int take(struct hl_delivery *d, struct hl_talk *t, struct hl_entry *e)
{
    struct hl_ledger_row row;
    uint64_t code;
    int err;

    if (HL_WRONG(DEDUP_HIGHEST) && e->seq < t->counts.expected)
        return 0;
    if (e->kind == HL_ENTRY_CANCEL)
        e->len = 0;
    err = check(d, t, e, &code);
    if (err)
        return err;
    if (code == 0 && e->seq == t->counts.expected)
        return take_new(d, t, e); /* as nearly all are: the ledger looks for the id but once */
    err = d->ledger->find(d->ledger->user, t->contact, e->id, &row);
    if (!err)
        return take_known(d, t, e, &row);
    if (err != -ENOENT)
        return err;
    return code ? refuse(d, t, e, code) : take_new(d, t, e);
}

static int on_entry(struct hl_delivery *d, struct hl_talk *t, struct hl_entry *e)
{
    t->now.received++;
    t->owes = true;
    memcpy(t->owed, e->id, HL_ID_SIZE);
    t->typing = 0; /* that was this very line */
    return take(d, t, e);
}

int hl_incoming_envelope(struct hl_delivery *d, struct hl_talk *t, const struct hl_bytes *bytes)
{
    struct hl_envelope e;
    int err = hl_envelope_get(&e, bytes->at, bytes->len);

    if (err)
        return err == HL_ERR_UNKNOWN_FRAME ? 0 : hl_effects_bad(d, t, err);
    /* Meant for the last session. Entries come again, in their order. */
    if (!t->now.met && e.kind != HL_ENVELOPE_HELLO)
        return 0;
    switch (e.kind) {
    case HL_ENVELOPE_HELLO:
        return hl_presence_hello(d, t, &e);
    case HL_ENVELOPE_ENTRY:
        return on_entry(d, t, &e.entry);
    case HL_ENVELOPE_RECEIPT:
        return hl_receipts_receipt(d, t, &e);
    case HL_ENVELOPE_READ:
        return hl_receipts_read(d, t, &e);
    case HL_ENVELOPE_KEPT:
        return hl_receipts_kept(d, t, &e);
    case HL_ENVELOPE_REFUSED:
        return hl_receipts_refused(d, t, &e);
    case HL_ENVELOPE_AGAIN:
        return hl_gaps_again(d, t, &e);
    case HL_ENVELOPE_NONE:
        return hl_gaps_none(d, t, &e);
    case HL_ENVELOPE_TYPING:
        t->typing = d->position + 1;
        return 0;
    case HL_ENVELOPE_PRESENCE:
        t->presence = d->position + 1;
        return 0;
    }
    return 0;
}
