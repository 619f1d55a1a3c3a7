/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include "err.h"
#include "wrong.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    INPUT_MAX = 1 << 16, /* bytes of an envelope: what a message of a flow may have */
};

/* In the journal; the body and the bytes of the input follow. */
struct record {
    struct hl_input in;
    bool again; /* was applied in a run that failed when it was committed */
    bool took;  /* and took an entry then */
};

int hl_delivery_new(const struct hl_delivery_config *config, struct hl_delivery **out)
{
    struct hl_delivery *d = hl_env_alloc(config->env, sizeof *d);

    *out = d;
    if (!d)
        return -ENOMEM;
    d->config = *config;
    d->env = config->env;
    d->ledger = config->ledger;
    hl_fifo_init(&d->journal, d->env);
    hl_fifo_init(&d->effects, d->env);
    d->now.again = HL_NEVER;
    return 0;
}

void hl_delivery_free(struct hl_delivery *d)
{
    if (!d)
        return;
    hl_talk_free_all(d);
    hl_fifo_fini(&d->journal);
    hl_fifo_fini(&d->effects);
    hl_env_free(d->env, d);
}

/* ---- in ---- */

static const uint8_t no_id[HL_ID_SIZE];

static int check_lengths(const struct hl_entry *e)
{
    bool empty = e->len == 0;

    switch (e->kind) {
    case HL_ENTRY_TEXT:
    case HL_ENTRY_EDIT:
        if (e->len > HL_BODY_MAX)
            return HL_ERR_TOO_LONG;
        return empty ? -EINVAL : 0;
    case HL_ENTRY_DELETE:
        return empty ? 0 : -EINVAL;
    case HL_ENTRY_REACT:
        return e->len > HL_REACTION_MAX ? HL_ERR_TOO_LONG : 0;
    case HL_ENTRY_CANCEL:
        break;
    }
    return -EINVAL;
}

static int check_submit(const struct hl_entry *e)
{
    if (memcmp(e->id, no_id, HL_ID_SIZE) == 0)
        return -EINVAL;
    if (e->kind != HL_ENTRY_TEXT && memcmp(e->target, no_id, HL_ID_SIZE) == 0)
        return -EINVAL;
    return check_lengths(e);
}

static int check(const struct hl_input *in)
{
    switch (in->kind) {
    case HL_INPUT_SUBMIT:
        return in->expire_us < 0 ? -EINVAL : check_submit(&in->entry);
    case HL_INPUT_ENVELOPE:
        return in->bytes.len > INPUT_MAX ? HL_ERR_TOO_LONG : 0;
    case HL_INPUT_TYPING:
        return in->bytes.len > HL_TYPED_MAX ? HL_ERR_TOO_LONG : 0;
    case HL_INPUT_AWAY:
        return in->bytes.len > HL_AWAY_MAX ? HL_ERR_TOO_LONG : 0;
    case HL_INPUT_CANCEL:
    case HL_INPUT_SEEN:
    case HL_INPUT_UP:
    case HL_INPUT_DOWN:
    case HL_INPUT_ARRIVED:
    case HL_INPUT_FORGET:
    case HL_INPUT_REKEY:
    case HL_INPUT_TICK:
        return 0;
    }
    return -EINVAL;
}

static int append(struct hl_delivery *d, const struct hl_input *in)
{
    size_t body = in->kind == HL_INPUT_SUBMIT ? in->entry.len : 0;
    struct record *r = hl_fifo_add(&d->journal, sizeof *r + body + in->bytes.len);

    if (!r)
        return -ENOMEM;
    *r = (struct record){.in = *in};
    if (body)
        memcpy(r + 1, in->entry.body, body);
    if (in->bytes.len)
        memcpy((uint8_t *)(r + 1) + body, in->bytes.at, in->bytes.len);
    return 0;
}

int hl_delivery_put(struct hl_delivery *d, const struct hl_input *in)
{
    int err = check(in);

    if (err)
        return err;
    if (hl_fifo_bytes(&d->journal) + sizeof(struct record) + in->entry.len + in->bytes.len >
        HL_DELIVERY_JOURNAL)
        return HL_ERR_BUSY;
    return append(d, in);
}

bool hl_delivery_pending(const struct hl_delivery *d)
{
    return hl_fifo_bytes(&d->journal) > 0 || d->now.more || !d->now.scanned;
}

/* The input of a record, with pointers to where its bytes lie now. */
static struct hl_input input_of(struct record *r)
{
    struct hl_input in = r->in;

    in.entry.body = (const uint8_t *)(r + 1);
    if (in.kind != HL_INPUT_SUBMIT)
        in.entry.len = 0;
    in.bytes.at = in.entry.body + in.entry.len;
    return in;
}

struct hl_bytes hl_delivery_input_bytes(const struct hl_delivery *d, uint64_t position)
{
    return input_of(hl_fifo_at(&d->journal, position)).bytes;
}

void hl_delivery_took(struct hl_delivery *d)
{
    struct record *r = hl_fifo_at(&d->journal, d->position);

    r->took = true;
}

int hl_delivery_note(struct hl_delivery *d, const struct hl_input *in)
{
    return append(d, in);
}

/* ---- a run ---- */

static int tick(struct hl_delivery *d)
{
    int err = hl_outgoing_expire(d);

    return err ? err : hl_gaps_tick(d);
}

static int forget(struct hl_delivery *d, struct hl_talk *t)
{
    int err = hl_presence_gone(d, t);

    if (!err)
        hl_talk_drop(t);
    return err;
}

/* Neither side may ask for what was said under the key that was: the numbers of both end here. */
static int rekey(struct hl_delivery *d, struct hl_talk *t, uint64_t expected)
{
    int err = hl_gaps_lose(d, t);

    if (!err && expected)
        err = hl_gaps_expect(d, t, expected);
    if (!err && !HL_WRONG(OLD_NUMBERS))
        err = d->ledger->renumber(d->ledger->user, t->contact);
    return err ? err : forget(d, t);
}

static int apply(struct hl_delivery *d, const struct hl_input *in)
{
    struct hl_talk *t;
    int err;

    if (in->kind == HL_INPUT_TICK)
        return tick(d);
    if (in->kind == HL_INPUT_AWAY)
        return hl_presence_away(d, in);
    err = hl_talk_touch(d, in->contact, &t);
    if (err)
        return err;
    switch (in->kind) {
    case HL_INPUT_SUBMIT:
        return hl_outgoing_submit(d, t, in);
    case HL_INPUT_CANCEL:
        return hl_outgoing_cancel(d, t, in);
    case HL_INPUT_SEEN:
        return hl_presence_seen(d, t, in);
    case HL_INPUT_TYPING:
        return hl_presence_type(d, t, in);
    case HL_INPUT_UP:
        return hl_presence_up(d, t, in->fresh);
    case HL_INPUT_DOWN:
        return hl_presence_down(d, t);
    case HL_INPUT_ENVELOPE:
        return hl_incoming_envelope(d, t, &in->bytes);
    case HL_INPUT_ARRIVED:
        return hl_receipts_arrived(d, t, in->token);
    case HL_INPUT_FORGET:
        return forget(d, t);
    case HL_INPUT_REKEY:
        return rekey(d, t, in->expected);
    case HL_INPUT_AWAY:
    case HL_INPUT_TICK:
        break;
    }
    return 0;
}

/* *to: the end of what was applied. Inputs wait in the journal once there are too many effects. */
static int apply_all(struct hl_delivery *d, uint64_t *to)
{
    uint64_t at = d->journal.head;
    int err = 0;

    while (!err && at != d->journal.tail && !hl_delivery_full(d)) {
        struct record *r = hl_fifo_at(&d->journal, at);
        struct hl_input in = input_of(r);

        d->position = at;
        d->again = r->again;
        d->took = r->again && r->took;
        err = apply(d, &in);
        at = hl_fifo_next(&d->journal, at);
    }
    *to = at;
    return err;
}

/* What follows from all inputs together: one receipt for all that came, as much as may be sent. */
static int pump(struct hl_delivery *d)
{
    struct hl_talk *t;
    int err = 0;

    for (t = d->touched; t && !err; t = t->next) {
        if (t->gone)
            continue;
        err = hl_presence_pump(d, t);
        if (!err)
            err = hl_outgoing_pump(d, t);
        d->now.more |= t->now.more;
    }
    return err;
}

/* Those that had more to send than there was room for effects go on. */
static int take_up(struct hl_delivery *d)
{
    struct hl_talk *t;
    int err = 0;

    if (!d->now.scanned)
        err = hl_presence_scan(d);
    if (!d->now.more)
        return err;
    d->now.more = false;
    for (size_t i = 0; i < d->count && !err; i++) {
        if (d->talks[i]->now.more)
            err = hl_talk_touch(d, d->talks[i]->contact, &t);
    }
    return err;
}

/* A commit that failed may have happened all the same: inputs that find their work done when they
 * are applied again have to tell of it then. */
static void doubt(struct hl_delivery *d, uint64_t to)
{
    for (uint64_t at = d->journal.head; at != to; at = hl_fifo_next(&d->journal, at)) {
        struct record *r = hl_fifo_at(&d->journal, at);

        r->again = true;
    }
}

static void undo(struct hl_delivery *d, uint64_t effects)
{
    d->ledger->rollback(d->ledger->user);
    if (!HL_WRONG(EFFECTS_EARLY))
        hl_fifo_cut(&d->effects, effects);
    for (struct hl_talk *t = d->touched; HL_WRONG(RECEIPT_EARLY) && t; t = t->next)
        (void)hl_outgoing_receipt(d, t);
    d->committed = d->effects.tail;
    hl_talk_rollback(d);
    d->now = d->saved;
}

static void release_lent(struct hl_delivery *d)
{
    if (!d->lent)
        return;
    d->lent = false;
    hl_fifo_drop(&d->effects, hl_fifo_next(&d->effects, d->effects.head));
}

/* Everything of a run but the commit. */
static int work(struct hl_delivery *d, uint64_t *to)
{
    int err = take_up(d);

    if (!err)
        err = apply_all(d, to);
    return err ? err : pump(d);
}

int hl_delivery_run(struct hl_delivery *d, hl_time now)
{
    uint64_t effects, inputs, to;
    int err;

    release_lent(d);
    if (!hl_delivery_pending(d) || hl_delivery_full(d))
        return 0;
    err = d->ledger->begin(d->ledger->user);
    if (err)
        return err;
    effects = d->effects.tail;
    inputs = d->journal.tail;
    d->time = now;
    d->saved = d->now;
    err = work(d, &to);
    if (err) {
        hl_fifo_cut(&d->journal, inputs); /* what the run itself had noted there */
    } else {
        err = d->ledger->commit(d->ledger->user);
        if (err)
            doubt(d, to);
    }
    if (err) {
        undo(d, effects);
        return err;
    }
    hl_talk_commit(d);
    hl_fifo_drop(&d->journal, to);
    d->committed = d->effects.tail;
    return 0;
}

hl_time hl_delivery_deadline(const struct hl_delivery *d)
{
    return d->now.expiry < d->now.again ? d->now.expiry : d->now.again;
}

/* ---- out ---- */

bool hl_delivery_effect(struct hl_delivery *d, struct hl_effect *out)
{
    const struct hl_effect *kept;

    release_lent(d);
    if (d->effects.head >= d->committed || d->effects.head == d->effects.tail)
        return false;
    kept = hl_fifo_at(&d->effects, d->effects.head);
    *out = *kept;
    if (out->kind == HL_EFFECT_ENTRY)
        out->entry.body = (const uint8_t *)(kept + 1);
    else
        out->bytes.at = (const uint8_t *)(kept + 1);
    d->lent = true;
    return true;
}
