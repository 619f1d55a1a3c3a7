/* SPDX-License-Identifier: MIT */
/* What front ends are told of entries.
 *
 * One that keeps up is told at once. One that does not is told less now and all of it later: new
 * entries are read for it from the store, from the row on that it was told last, and of those that
 * changed meanwhile the ids are kept. So nothing is lost, and nobody waits for the slowest. */
#include "messenger_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 100,    /* entries that are read for one front end at once */
    OWE_STATE = 1, /* values of owed, as bits */
    OWE_ENTRY = 2,
    OWED_MAX = 1 << 20,  /* a front end that lets more pile up is not one any more */
    AWAIT_FEW = 64,      /* entries of ours that are awaited without a look at what they are */
    AWAIT_DELIVERED = 1, /* values of awaited: this bit, and the row times AWAIT_ROW */
    AWAIT_ROW = 2,
};

/* ---- who asked ---- */

struct hl_asked {
    uint32_t front; /* 0: answered */
    uint64_t request;
};

static bool make_room(struct hl_messenger *m)
{
    size_t cap = m->asked_cap ? 2 * m->asked_cap : 256;
    size_t done = 0;
    struct hl_asked *more;

    while (done < m->asked_count && m->asked[done].front == 0)
        done++;
    if (done > m->asked_cap / 2) { /* what is answered goes, in one piece */
        m->asked_count -= done;
        m->asked_first += done;
        memmove(m->asked, m->asked + done, m->asked_count * sizeof *m->asked);
        return true;
    }
    more = realloc(m->asked, cap * sizeof *more);
    if (!more)
        return false;
    m->asked = more;
    m->asked_cap = cap;
    return true;
}

uint64_t hl_feed_ask(struct hl_messenger *m, const struct hl_front *f, uint64_t request)
{
    if (m->asked_count == m->asked_cap && !make_room(m))
        return 0;
    m->asked[m->asked_count].front = f->number;
    m->asked[m->asked_count].request = request;
    return m->asked_first + m->asked_count++;
}

void hl_feed_unask(struct hl_messenger *m, uint64_t number)
{
    if (number != 0)
        m->asked_count--;
}

/* Whom the answer to that number is for; NULL: nobody any more. */
static struct hl_front *asker(struct hl_messenger *m, uint64_t number, uint64_t *request)
{
    struct hl_asked *a;
    uint32_t front;

    if (number < m->asked_first || number - m->asked_first >= m->asked_count)
        return NULL;
    a = &m->asked[number - m->asked_first];
    front = a->front;
    *request = a->request;
    a->front = 0;
    return hl_front_find(m, front);
}

/* ---- entries of ours ---- */

/* More may come of one that was delivered: it may be read. */
static bool is_over(enum hl_entry_state state)
{
    return hl_entry_state_last((int)state) && state != HL_STATE_DELIVERED;
}

/* Whether nothing more is to be told of it. It was read: all up to a row are, though one alone was
 * named. Or it was delivered long ago, to a peer that does not tell what is read; should it do so
 * after all, whoever awaits anything hears of it. What f has yet to be told past stays: by that it
 * is known to be its own. */
static bool is_settled(struct hl_messenger *m, const struct hl_front *f,
                       const struct hl_idtable_item *item)
{
    const struct hl_party *p = hl_party_find(m, item->contact);
    uint64_t row = item->value / AWAIT_ROW;
    bool late = row + HL_CTL_READ_LATE < m->last_row && row <= f->told;

    return !p || (item->value & AWAIT_DELIVERED && (row <= p->read_row || late));
}

static void sweep(struct hl_messenger *m, struct hl_front *f)
{
    struct hl_idtable *t = &f->awaited;

    for (size_t i = 0; i < t->cap;) {
        struct hl_idtable_item *item = &t->items[i];

        if (item->contact && is_settled(m, f, item))
            hl_idtable_remove(t, item); /* another may stand here now */
        else
            i++;
    }
}

/* A sweep comes when there are twice as many as the last one has left, so that each costs no more
 * than what was added since. */
int hl_feed_await(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *state)
{
    uint64_t delivered = state->state == HL_STATE_DELIVERED ? AWAIT_DELIVERED : 0;

    if (is_over((enum hl_entry_state)state->state))
        return 0;
    if (f->awaited.count >= f->sweep_at) {
        sweep(m, f);
        f->sweep_at = 2 * f->awaited.count + AWAIT_FEW;
    }
    return hl_idtable_put(&f->awaited, (uint32_t)state->contact, state->id,
                          state->row * AWAIT_ROW + delivered);
}

void hl_feed_merged(struct hl_messenger *m, uint32_t from, uint32_t to)
{
    for (struct hl_front *f = m->fronts; f; f = f->next) {
        hl_idtable_rename(&f->awaited, from, to);
        hl_idtable_rename(&f->owed, from, to);
    }
}

static void owe(struct hl_front *f, uint32_t contact, const uint8_t *id, uint64_t what)
{
    const struct hl_idtable_item *item = hl_idtable_find(&f->owed, contact, id);

    if (item)
        what |= item->value;
    if (f->owed.count >= OWED_MAX || hl_idtable_put(&f->owed, contact, id, what) != 0)
        f->lost = true;
}

static void fill_state(struct hl_ctl *c, const struct hl_ledger_row *row)
{
    static const enum hl_entry_state told[] = {
        [HL_STATE_WITHDRAWN] = HL_STATE_CANCELLED, [HL_STATE_LAPSED] = HL_STATE_EXPIRED};

    c->kind = HL_CTL_STATE;
    c->contact = row->contact;
    c->row = row->row;
    c->pos = row->pos;
    c->state = row->state;
    if (row->state < sizeof told / sizeof *told && told[row->state])
        c->state = told[row->state];
    c->has_id = true;
    memcpy(c->id, row->id, HL_ID_SIZE);
}

static bool copy_state(void *user, const struct hl_stored *e)
{
    struct hl_ctl *c = user;

    fill_state(c, &e->row);
    c->err = e->err;
    return false;
}

int hl_feed_lookup(struct hl_messenger *m, uint32_t contact, const uint8_t *id,
                   struct hl_ctl *state)
{
    const struct hl_ledger *ledger = hl_store_ledger(m->store);
    struct hl_ledger_row row;
    int err;

    *state = (struct hl_ctl){.kind = HL_CTL_STATE};
    err = hl_store_entry(m->store, contact, id, copy_state, state);
    if (err == -ENOENT) { /* an entry that changes another one is not shown by itself */
        err = ledger->find(ledger->user, contact, id, &row);
        if (err == 0)
            fill_state(state, &row);
    }
    return err;
}

static struct hl_ctl state_of(const struct hl_effect *e, uint64_t request)
{
    struct hl_ctl c = {.kind = HL_CTL_STATE,
                       .request = request,
                       .contact = e->contact,
                       .row = e->row.row,
                       .pos = e->row.pos,
                       .has_id = true,
                       .state = e->state,
                       .err = e->err,
                       .text = hl_ctl_bytes(e->err ? hl_err_text(e->err) : NULL)};

    memcpy(c.id, e->id, sizeof c.id);
    return c;
}

static void tell_state(struct hl_front *f, const struct hl_effect *e)
{
    const struct hl_ctl state = state_of(e, 0);

    hl_front_put(f, &state);
}

/* The asker is answered, however much waits for it: its requests are bounded by their own size. */
static void answer(struct hl_messenger *m, struct hl_front *f, const struct hl_effect *e,
                   uint64_t request)
{
    const struct hl_ctl state = state_of(e, request);

    hl_front_put(f, &state);
    if (e->state == 0 || is_over(e->state))
        return;
    if (hl_feed_await(m, f, &state) != 0)
        f->lost = true;
    if (!f->behind && e->row.row > f->told)
        f->told = e->row.row;
}

static void pass_on(struct hl_front *f, const struct hl_effect *e, bool is_new)
{
    struct hl_idtable_item *item = hl_idtable_find(&f->awaited, e->contact, e->id);
    bool concerned =
        item || f->flags & HL_CTL_F_STATES || (e->state == HL_STATE_READ && f->awaited.count > 0);

    if (is_new && f->flags & HL_CTL_F_ENTRIES && e->row.row > f->told && !item)
        f->behind = true;
    if (!concerned)
        return;
    if (hl_front_full(f) || f->owed.count > 0)
        owe(f, e->contact, e->id, OWE_STATE);
    else
        tell_state(f, e);
    if (item && is_over(e->state))
        hl_idtable_remove(&f->awaited, item);
    else if (item && e->state == HL_STATE_DELIVERED)
        item->value |= AWAIT_DELIVERED;
}

void hl_feed_state(struct hl_messenger *m, const struct hl_effect *e)
{
    const struct hl_ledger *ledger = hl_store_ledger(m->store);
    struct hl_party *p = hl_party_find(m, e->contact);
    bool is_new = e->request != 0 && e->state == HL_STATE_QUEUED;
    struct hl_entry entry;
    struct hl_ledger_row row;
    uint64_t request = 0;
    struct hl_front *to = e->request ? asker(m, e->request, &request) : NULL;

    if (to)
        answer(m, to, e, request);
    for (struct hl_front *f = m->fronts; f; f = f->next) {
        if (f != to && f->greeted)
            pass_on(f, e, is_new && e->row.kind == HL_ENTRY_TEXT);
    }
    if (e->state == HL_STATE_READ && p && e->row.row > p->read_row)
        p->read_row = e->row.row;
    if (is_new && e->row.kind != HL_ENTRY_TEXT &&
        ledger->numbered(ledger->user, e->contact, e->row.seq, &entry, &row) == 0)
        hl_feed_changed(m, e->contact, entry.target,
                        HL_CTL_E_BY_US | (e->row.kind == HL_ENTRY_REACT ? HL_CTL_E_REACTED : 0));
}

/* ---- entries of peers, and changes ---- */

void hl_feed_entry(struct hl_messenger *m, const struct hl_stored *e)
{
    for (struct hl_front *f = m->fronts; f; f = f->next) {
        if (!f->greeted || !(f->flags & HL_CTL_F_ENTRIES) || e->row.row <= f->told)
            continue;
        if (f->behind || f->stale || hl_front_full(f)) {
            f->behind = true;
        } else {
            hl_tell_entry(f, e, 0, 0);
            f->told = e->row.row;
        }
    }
}

struct changed {
    struct hl_messenger *m;
    struct hl_front *only; /* NULL = all */
    uint64_t by;           /* flags; 0 = not known any more */
};

static bool tell_changed(void *user, const struct hl_stored *e)
{
    const struct changed *c = user;

    for (struct hl_front *f = c->m->fronts; f; f = f->next) {
        if (!f->greeted || !(f->flags & HL_CTL_F_ENTRIES) || (c->only && c->only != f) ||
            e->row.row > f->told)
            continue;
        if (!c->only && (hl_front_full(f) || f->owed.count > 0))
            owe(f, e->row.contact, e->row.id, OWE_ENTRY);
        else
            hl_tell_entry(f, e, HL_CTL_E_CHANGED | c->by, 0);
    }
    return false;
}

void hl_feed_changed(struct hl_messenger *m, uint32_t contact, const uint8_t *id, uint64_t by)
{
    struct changed c = {.m = m, .by = by};

    (void)!hl_store_entry(m->store, contact, id, tell_changed, &c);
}

/* ---- catching up ---- */

struct feeding {
    struct hl_messenger *m;
    struct hl_front *f;
    size_t count;
};

static bool feed_one(void *user, const struct hl_stored *e)
{
    struct feeding *feed = user;
    struct hl_front *f = feed->f;

    feed->count++;
    f->told = e->row.row;
    if (!(e->row.ours && hl_idtable_find(&f->awaited, e->row.contact, e->row.id)))
        hl_tell_entry(f, e, e->row.row <= f->old ? HL_CTL_E_OLD : 0, 0);
    return !hl_front_full(f) && !f->lost;
}

static void feed_entries(struct hl_messenger *m, struct hl_front *f)
{
    struct feeding feed = {.m = m, .f = f};
    const struct hl_store_query q = {.order = HL_STORE_FORWARD, .from = f->told, .limit = PAGE};

    if (hl_store_read(m->store, &q, feed_one, &feed) == 0 && feed.count < PAGE && !hl_front_full(f))
        f->behind = false;
}

static void pay_one(struct hl_messenger *m, struct hl_front *f, const struct hl_idtable_item *item)
{
    struct changed c = {.m = m, .only = f};
    struct hl_ctl state;

    if (item->value & OWE_STATE && hl_feed_lookup(m, item->contact, item->id, &state) == 0)
        hl_front_put(f, &state);
    if (item->value & OWE_ENTRY)
        (void)!hl_store_entry(m->store, item->contact, item->id, tell_changed, &c);
}

/* What f is owed, as far as there is room for it. going: all states of that contact's entries,
 * which go with it; 0 = none does. */
static void pay(struct hl_messenger *m, struct hl_front *f, uint32_t going)
{
    for (size_t i = 0; i < f->owed.cap && (going || !hl_front_full(f));) {
        struct hl_idtable_item item = f->owed.items[i];

        if (item.contact == 0 || (going && item.contact != going)) {
            i++;
            continue;
        }
        if (going)
            item.value &= OWE_STATE;
        pay_one(m, f, &item);
        hl_idtable_remove(&f->owed, &f->owed.items[i]); /* another may stand here now */
    }
}

static bool job_one(void *user, const struct hl_stored *e)
{
    struct feeding *feed = user;
    struct hl_front_job *job = &feed->f->job;

    job->given += e->entry.len;
    job->more = job->most > 0 && job->given > job->most && job->given > e->entry.len;
    if (job->more) {
        job->left = 0;
        return false;
    }
    hl_tell_entry(feed->f, e, HL_CTL_E_OLD, job->request);
    job->query.from = job->query.contact && job->kind == HL_CTL_HISTORY ? e->row.pos : e->row.row;
    feed->count++;
    job->left--;
    return job->left > 0 && !hl_front_full(feed->f);
}

static void end_job(struct hl_front *f, int err)
{
    const struct hl_ctl c = {
        .kind = HL_CTL_NONE, .request = f->job.request, .flags = f->job.more ? HL_CTL_MORE : 0};

    if (err)
        hl_request_error(f, &c, err, err == -EINVAL ? "there is no word in that" : NULL);
    else
        hl_request_end(f, &c);
    free(f->job.words);
    f->job = (struct hl_front_job){.kind = HL_CTL_NONE};
}

static void go_on_job(struct hl_messenger *m, struct hl_front *f)
{
    struct feeding feed = {.m = m, .f = f};
    struct hl_front_job *job = &f->job;
    int err = 0;

    job->query.limit = job->left < PAGE ? job->left : PAGE;
    if (job->left > 0)
        err = hl_store_read(m->store, &job->query, job_one, &feed);
    if (err || job->left == 0 || (feed.count < job->query.limit && !hl_front_full(f)))
        end_job(f, err);
}

bool hl_feed_serve(struct hl_messenger *m, struct hl_front *f)
{
    bool was_behind = f->behind;
    uint64_t told = f->told;

    if (f->job.kind != HL_CTL_NONE) {
        go_on_job(m, f);
        if (f->job.kind == HL_CTL_NONE)
            m->again = true; /* its next request may lie there already */
        return true;
    }
    if (f->owed.count > 0)
        pay(m, f, 0);
    if (f->behind)
        feed_entries(m, f);
    return was_behind && f->told != told;
}

/* ---- contacts that go ---- */

void hl_feed_going(struct hl_messenger *m, uint32_t contact)
{
    for (struct hl_front *f = m->fronts; f; f = f->next)
        pay(m, f, contact);
}

/* What was delivered can no longer be read, but that it was delivered stays true. */
static void fail_awaited(struct hl_front *f, uint32_t contact)
{
    struct hl_ctl c = {.kind = HL_CTL_STATE,
                       .contact = contact,
                       .has_id = true,
                       .state = HL_STATE_FAILED,
                       .err = HL_ERR_NO_PEER,
                       .text = hl_ctl_bytes(hl_err_text(HL_ERR_NO_PEER))};

    for (size_t i = 0; i < f->awaited.cap;) {
        struct hl_idtable_item *item = &f->awaited.items[i];

        if (item->contact != contact) {
            i++;
            continue;
        }
        memcpy(c.id, item->id, sizeof c.id);
        c.row = item->value / AWAIT_ROW;
        if (!(item->value & AWAIT_DELIVERED))
            hl_front_put(f, &c);
        hl_idtable_remove(&f->awaited, item); /* another may stand here now */
    }
}

void hl_feed_gone(struct hl_messenger *m, uint32_t contact)
{
    for (struct hl_front *f = m->fronts; f; f = f->next)
        fail_awaited(f, contact);
}
