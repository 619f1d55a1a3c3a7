/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"

#include <errno.h>
#include <string.h>

int hl_effects_add(struct hl_delivery *d, const struct hl_effect *e)
{
    const struct hl_bytes *bytes = &e->bytes;
    struct hl_bytes body = {e->entry.body, e->entry.len};
    struct hl_effect *kept;

    if (e->kind == HL_EFFECT_ENTRY)
        bytes = &body;
    kept = hl_fifo_add(&d->effects, sizeof *kept + bytes->len);
    if (!kept)
        return -ENOMEM;
    *kept = *e;
    if (bytes->len)
        memcpy(kept + 1, bytes->at, bytes->len);
    return 0;
}

int hl_effects_send(struct hl_delivery *d, const struct hl_talk *t, const struct hl_envelope *e,
                    uint64_t token)
{
    size_t len = hl_envelope_put(d->scratch, sizeof d->scratch, e);

    if (len == 0)
        return HL_ERR_STORE_DAMAGED; /* only the ledger could make us say that */
    return hl_effects_add(d, &(struct hl_effect){.kind = HL_EFFECT_SEND,
                                                 .contact = t->contact,
                                                 .token = token,
                                                 .bytes = {d->scratch, len}});
}

int hl_effects_state(struct hl_delivery *d, const struct hl_ledger_row *row,
                     enum hl_entry_state state, int err, uint64_t request)
{
    struct hl_effect e = {.kind = HL_EFFECT_STATE,
                          .contact = row->contact,
                          .request = request,
                          .err = err,
                          .row = *row};

    if (state == HL_STATE_WITHDRAWN)
        state = HL_STATE_CANCELLED;
    else if (state == HL_STATE_LAPSED)
        state = HL_STATE_EXPIRED;
    if (state == HL_STATE_EXPIRED && !err)
        e.err = HL_ERR_EXPIRED;
    e.state = e.row.state = state;
    memcpy(e.id, row->id, HL_ID_SIZE);
    return hl_effects_add(d, &e);
}

int hl_effects_set_state(struct hl_delivery *d, const struct hl_ledger_row *row,
                         enum hl_entry_state state, int err, uint64_t request)
{
    int failed = d->ledger->set_state(d->ledger->user, row->row, state, err);

    return failed ? failed : hl_effects_state(d, row, state, err, request);
}

int hl_effects_bad(struct hl_delivery *d, struct hl_talk *t, int err)
{
    if (t->bad)
        return 0; /* once in a run is enough, however much nonsense it holds */
    t->bad = true;
    return hl_effects_add(
        d, &(struct hl_effect){.kind = HL_EFFECT_BAD, .contact = t->contact, .err = err});
}
