/* SPDX-License-Identifier: MIT */
#include "memory_ledger_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *memory_grow(void *at, size_t size)
{
    void *moved = realloc(at, size ? size : 1);

    if (!moved)
        abort();
    return moved;
}

void *memory_copy_of(const void *at, size_t size)
{
    void *copy = memory_grow(NULL, size);

    if (size)
        memcpy(copy, at, size);
    return copy;
}

static void broken_contract(const char *what)
{
    fprintf(stderr, "ledger: %s\n", what);
    abort();
}

/* Before every call but begin and rollback: 0, or how it fails. */
static int enter(struct memory_ledger *m)
{
    if (!m->open)
        broken_contract("called outside of a transaction");
    if (m->failed)
        broken_contract("called after a failure");
    m->calls++;
    if (m->broken || m->fail_in == 0) {
        m->fail_in = -1;
        m->failed = true;
        return -EIO;
    }
    m->fail_in -= m->fail_in > 0;
    return 0;
}

/* ---- transactions ---- */

static struct memory_ledger_undo *note(struct memory_ledger *m, enum undo_kind kind)
{
    if (m->undo_count == m->undo_cap) {
        m->undo_cap = m->undo_cap ? m->undo_cap * 2 : 64;
        m->undo = memory_grow(m->undo, m->undo_cap * sizeof *m->undo);
    }
    m->undo[m->undo_count] = (struct memory_ledger_undo){.kind = kind};
    return &m->undo[m->undo_count++];
}

static int begin(void *user)
{
    struct memory_ledger *m = user;

    if (m->open)
        broken_contract("begun twice");
    m->calls++;
    if (m->broken || m->fail_in == 0) {
        m->fail_in = -1;
        return -EIO;
    }
    m->fail_in -= m->fail_in > 0;
    m->open = true;
    return 0;
}

/* What is kept only to be undone. */
static void forget_undo(struct memory_ledger *m)
{
    for (size_t i = 0; i < m->undo_count; i++) {
        struct memory_ledger_undo *u = &m->undo[i];

        if (u->kind == UNDO_GAPS)
            free(u->gaps.at);
        else if (u->kind == UNDO_OURS)
            free(u->ours.at);
        else if (u->kind == UNDO_CHANGE && u->body)
            free(u->row.body);
    }
    m->undo_count = 0;
}

static int commit(void *user)
{
    struct memory_ledger *m = user;
    enum memory_ledger_commit fate = m->fate;
    int err = enter(m);

    if (err)
        return err;
    m->fate = MEMORY_LEDGER_COMMITS;
    if (fate == MEMORY_LEDGER_LOSES) {
        m->failed = true;
        return -EIO;
    }
    forget_undo(m);
    m->commits++;
    m->failed = fate == MEMORY_LEDGER_DOUBTS;
    m->open = m->failed;
    return m->failed ? -EIO : 0;
}

/* ---- tables ---- */

struct memory_ledger_conv *memory_conv_find(const struct memory_ledger *m, uint32_t contact)
{
    for (size_t i = 0; i < m->convs_count; i++) {
        if (m->convs[i].contact == contact)
            return &m->convs[i];
    }
    return NULL;
}

struct memory_ledger_conv *memory_conv_of(struct memory_ledger *m, uint32_t contact)
{
    struct memory_ledger_conv *c = memory_conv_find(m, contact);
    size_t at = 0;

    if (c)
        return c;
    while (at < m->convs_count && m->convs[at].contact < contact)
        at++;
    m->convs = memory_grow(m->convs, (m->convs_count + 1) * sizeof *m->convs);
    memmove(&m->convs[at + 1], &m->convs[at], (m->convs_count++ - at) * sizeof *m->convs);
    c = &m->convs[at];
    *c = (struct memory_ledger_conv){
        .contact = contact, .n = {.next_seq = 1, .expected = 1, .next_pos = 1}, .low = 1};
    return c;
}

static void note_numbers(struct memory_ledger *m, const struct memory_ledger_conv *c)
{
    struct memory_ledger_undo *u = note(m, UNDO_NUMBERS);

    u->contact = c->contact;
    u->numbers = c->n;
}

static void note_gaps(struct memory_ledger *m, const struct memory_ledger_conv *c)
{
    struct memory_ledger_undo *u = note(m, UNDO_GAPS);

    u->contact = c->contact;
    u->gaps.at = memory_copy_of(c->gaps.at, c->gaps.count * sizeof *c->gaps.at);
    u->gaps.count = c->gaps.count;
}

static size_t bucket(const struct memory_ledger *m, uint32_t contact, const uint8_t *id)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ contact;

    for (int i = 0; i < HL_ID_SIZE; i++)
        h = (h ^ id[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32) & (m->hash_cap - 1);
}

static void link_row(struct memory_ledger *m, size_t index)
{
    struct memory_ledger_row *r = &m->rows[index];
    size_t *head = &m->hash[bucket(m, r->row.contact, r->row.id)];

    r->next = *head;
    *head = index + 1;
}

static void rehash(struct memory_ledger *m)
{
    m->hash_cap = m->hash_cap ? m->hash_cap * 2 : 64;
    m->hash = memory_grow(m->hash, m->hash_cap * sizeof *m->hash);
    memset(m->hash, 0, m->hash_cap * sizeof *m->hash);
    for (size_t i = 0; i < m->count; i++)
        link_row(m, i);
}

struct memory_ledger_row *memory_row_find(const struct memory_ledger *m, uint32_t contact,
                                          const uint8_t *id)
{
    size_t at = m->hash_cap ? m->hash[bucket(m, contact, id)] : 0;

    for (; at; at = m->rows[at - 1].next) {
        struct memory_ledger_row *r = &m->rows[at - 1];

        if (r->row.contact == contact && memcmp(r->row.id, id, HL_ID_SIZE) == 0)
            return r;
    }
    return NULL;
}

static struct memory_ledger_row *add_row(struct memory_ledger *m, uint32_t contact,
                                         const struct hl_entry *e, uint64_t pos)
{
    struct memory_ledger_row *r;

    if (m->count == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 64;
        m->rows = memory_grow(m->rows, m->cap * sizeof *m->rows);
    }
    if (m->count == m->hash_cap)
        rehash(m);
    r = &m->rows[m->count];
    *r = (struct memory_ledger_row){.row = {.row = m->count + 1,
                                            .pos = pos,
                                            .contact = contact,
                                            .kind = e->kind,
                                            .seq = e->seq},
                                    .time_ms = e->time_ms,
                                    .body = memory_copy_of(e->body, e->len),
                                    .len = e->len};
    memcpy(r->row.id, e->id, HL_ID_SIZE);
    memcpy(r->target, e->target, HL_ID_SIZE);
    link_row(m, m->count++);
    note(m, UNDO_ROW)->index = m->count - 1;
    return r;
}

static struct memory_ledger_row *change(struct memory_ledger *m, size_t index)
{
    struct memory_ledger_undo *u = note(m, UNDO_CHANGE);

    u->index = index;
    u->row = m->rows[index];
    return &m->rows[index];
}

/* Of several entries that change one, that counts which stands last. */
static void change_target(struct memory_ledger *m, const struct memory_ledger_row *by)
{
    struct memory_ledger_row *r = memory_row_find(m, by->row.contact, by->target);
    uint64_t pos = by->row.pos;
    const void *body = by->body;
    size_t len = by->len;

    if ((by->row.kind != HL_ENTRY_EDIT && by->row.kind != HL_ENTRY_DELETE) || !r ||
        r->changed > pos)
        return;
    r = change(m, (size_t)(r - m->rows));
    m->undo[m->undo_count - 1].body = true;
    r->body = memory_copy_of(body, len);
    r->len = len;
    r->changed = pos;
}

static void rollback(void *user)
{
    struct memory_ledger *m = user;

    if (!m->open)
        broken_contract("rolled back outside of a transaction");
    memory_ledger_crash(m);
}

static void undo_row(struct memory_ledger *m)
{
    struct memory_ledger_row *r = &m->rows[--m->count];

    m->hash[bucket(m, r->row.contact, r->row.id)] = r->next; /* the latest is the first */
    free(r->body);
}

static void undo_last(struct memory_ledger *m)
{
    struct memory_ledger_undo *u = &m->undo[--m->undo_count];
    struct memory_ledger_conv *c = memory_conv_find(m, u->contact);

    switch (u->kind) {
    case UNDO_ROW:
        undo_row(m);
        break;
    case UNDO_CHANGE:
        if (u->body)
            free(m->rows[u->index].body);
        u->row.next = m->rows[u->index].next;
        m->rows[u->index] = u->row;
        break;
    case UNDO_NUMBERS:
        c->n = u->numbers;
        break;
    case UNDO_GAPS:
        free(c->gaps.at);
        c->gaps = u->gaps;
        break;
    case UNDO_OURS:
        free(c->ours);
        c->ours = u->ours.at;
        c->ours_cap = u->ours.cap;
        break;
    }
}

void memory_ledger_crash(struct memory_ledger *m)
{
    while (m->undo_count)
        undo_last(m);
    for (size_t i = 0; i < m->convs_count; i++)
        m->convs[i].low = 1;
    m->open = m->failed = false;
}

/* ---- the ledger ---- */

void memory_count(const struct memory_ledger *m, const struct memory_ledger_conv *c,
                  struct hl_ledger_counts *out)
{
    *out = (struct hl_ledger_counts){.next_seq = c->n.next_seq,
                                     .expected = c->n.expected,
                                     .kept = c->n.kept,
                                     .handed = c->n.handed};
    for (uint64_t seq = c->low; seq < c->n.next_seq; seq++) {
        size_t at = c->ours[seq - 1];

        out->waiting += at && !hl_entry_state_last((int)m->rows[at - 1].row.state);
    }
}

static int counts(void *user, uint32_t contact, struct hl_ledger_counts *out)
{
    struct memory_ledger *m = user;
    int err = enter(m);

    if (!err)
        memory_count(m, memory_conv_of(m, contact), out);
    return err;
}

static void give(const struct memory_ledger_row *r, struct hl_entry *e, struct hl_ledger_row *row)
{
    *row = r->row;
    *e = (struct hl_entry){.kind = r->row.kind,
                           .seq = r->row.seq,
                           .time_ms = r->time_ms,
                           .body = r->body,
                           .len = r->len};
    memcpy(e->id, r->row.id, HL_ID_SIZE);
    memcpy(e->target, r->target, HL_ID_SIZE);
}

/* The first of ours from a number on, NULL if there is none. */
static struct memory_ledger_row *first(const struct memory_ledger *m,
                                       const struct memory_ledger_conv *c, uint64_t from,
                                       bool waiting)
{
    for (uint64_t seq = from ? from : 1; seq < c->n.next_seq; seq++) {
        size_t at = c->ours[seq - 1];

        if (at && !(waiting && hl_entry_state_last((int)m->rows[at - 1].row.state)))
            return &m->rows[at - 1];
    }
    return NULL;
}

static struct memory_ledger_row *first_waiting(const struct memory_ledger *m,
                                               struct memory_ledger_conv *c, uint64_t from)
{
    const struct memory_ledger_row *low = first(m, c, c->low, true);

    c->low = low ? low->row.seq : c->n.next_seq;
    return first(m, c, from > c->low ? from : c->low, true);
}

static int waiting(void *user, uint32_t contact, uint64_t from, struct hl_entry *e,
                   struct hl_ledger_row *row)
{
    struct memory_ledger *m = user;
    const struct memory_ledger_row *r;
    int err = enter(m);

    if (err)
        return err;
    r = first_waiting(m, memory_conv_of(m, contact), from);
    if (!r)
        return -ENOENT;
    give(r, e, row);
    return 0;
}

static int numbered(void *user, uint32_t contact, uint64_t from, struct hl_entry *e,
                    struct hl_ledger_row *row)
{
    struct memory_ledger *m = user;
    const struct memory_ledger_row *r;
    int err = enter(m);

    if (err)
        return err;
    r = first(m, memory_conv_of(m, contact), from, false);
    if (!r)
        return -ENOENT;
    give(r, e, row);
    return 0;
}

static int next_waiting(void *user, uint32_t after, uint32_t *contact)
{
    struct memory_ledger *m = user;
    int err = enter(m);

    for (size_t i = 0; i < m->convs_count && !err; i++) {
        *contact = m->convs[i].contact;
        if (*contact > after && first_waiting(m, &m->convs[i], 1))
            return 0;
    }
    return err ? err : -ENOENT;
}

static int find(void *user, uint32_t contact, const uint8_t *id, struct hl_ledger_row *out)
{
    struct memory_ledger *m = user;
    const struct memory_ledger_row *r;
    int err = enter(m);

    if (err)
        return err;
    r = memory_row_find(m, contact, id);
    if (!r)
        return -ENOENT;
    *out = r->row;
    return 0;
}

/* One that comes late is as its author has it now: what stood behind it has changed it already. */
static void was_changed(const struct memory_ledger *m, struct memory_ledger_row *r)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct memory_ledger_row *by = &m->rows[i];

        if ((by->row.kind == HL_ENTRY_EDIT || by->row.kind == HL_ENTRY_DELETE) &&
            by->row.contact == r->row.contact && memcmp(by->target, r->row.id, HL_ID_SIZE) == 0 &&
            by->row.pos > r->changed)
            r->changed = by->row.pos;
    }
}

static int queue(void *user, uint32_t contact, const struct hl_entry *e,
                 const struct hl_ledger_expiry *expiry, struct hl_ledger_row *out)
{
    struct memory_ledger *m = user;
    struct memory_ledger_conv *c;
    struct memory_ledger_row *r;
    int err = enter(m);

    if (err)
        return err;
    if (memory_row_find(m, contact, e->id))
        return -EEXIST;
    c = memory_conv_of(m, contact);
    if (e->seq != c->n.next_seq)
        broken_contract("queued under another number than the next");
    note_numbers(m, c);
    r = add_row(m, contact, e, c->n.next_pos++);
    r->row.ours = true;
    r->row.state = HL_STATE_QUEUED;
    r->due_us = expiry->after_us ? expiry->due_us : 0;
    if (c->n.next_seq > c->ours_cap) {
        c->ours_cap = c->ours_cap ? c->ours_cap * 2 : 64;
        c->ours = memory_grow(c->ours, c->ours_cap * sizeof *c->ours);
    }
    c->ours[c->n.next_seq++ - 1] = m->count;
    *out = r->row;
    change_target(m, r);
    return 0;
}

static int take(void *user, uint32_t contact, const struct hl_entry *e, uint64_t pos,
                uint64_t expect, struct hl_ledger_row *out)
{
    struct memory_ledger *m = user;
    struct memory_ledger_conv *c;
    struct memory_ledger_row *r;
    int err = enter(m);

    if (err)
        return err;
    if (memory_row_find(m, contact, e->id))
        return -EEXIST;
    c = memory_conv_of(m, contact);
    note_numbers(m, c);
    if (pos >= c->n.next_pos)
        broken_contract("taken at a place that was not kept free");
    r = add_row(m, contact, e, pos ? pos : c->n.next_pos++);
    r->row.state = HL_STATE_TAKEN;
    c->n.expected = expect;
    c->n.kept += e->len + HL_LEDGER_ENTRY;
    *out = r->row;
    if (pos)
        was_changed(m, r);
    change_target(m, r);
    return 0;
}

static int set_state(void *user, uint64_t row, enum hl_entry_state state, int why)
{
    struct memory_ledger *m = user;
    struct memory_ledger_row *r;
    int err = enter(m);

    if (err)
        return err;
    if (row == 0 || row > m->count || !m->rows[row - 1].row.ours)
        broken_contract("a state for what is not ours");
    r = change(m, (size_t)row - 1);
    r->row.state = state;
    r->err = why;
    return 0;
}

static int set_read(void *user, uint32_t contact, uint64_t row)
{
    struct memory_ledger *m = user;
    int err = enter(m);

    for (uint64_t i = row; i-- > 0 && !err;) {
        const struct hl_ledger_row *r = &m->rows[i].row;

        if (r->contact != contact || !r->ours)
            continue;
        if (r->state == HL_STATE_READ)
            break;
        if (r->state == HL_STATE_DELIVERED)
            change(m, (size_t)i)->row.state = HL_STATE_READ;
    }
    return err;
}

/* Changes one of the numbers of a conversation. */
static int set(struct memory_ledger *m, uint32_t contact, uint64_t *(*which)(struct numbers *n),
               uint64_t value)
{
    struct memory_ledger_conv *c;
    int err = enter(m);

    if (err)
        return err;
    c = memory_conv_of(m, contact);
    note_numbers(m, c);
    *which(&c->n) = value;
    return 0;
}

static uint64_t *seen_of(struct numbers *n)
{
    return &n->seen;
}

static uint64_t *handed_of(struct numbers *n)
{
    return &n->handed;
}

static uint64_t *expected_of(struct numbers *n)
{
    return &n->expected;
}

static int set_seen(void *user, uint32_t contact, uint64_t row)
{
    struct memory_ledger *m = user;
    uint64_t seen = memory_conv_of(m, contact)->n.seen;

    return set(m, contact, seen_of, row > seen ? row : seen);
}

static int set_handed(void *user, uint32_t contact, uint64_t seq)
{
    return set(user, contact, handed_of, seq);
}

static int set_expected(void *user, uint32_t contact, uint64_t seq)
{
    return set(user, contact, expected_of, seq);
}

/* A new table of ours; the old one is kept in case that all is undone. */
static const size_t *begin_ours_anew(struct memory_ledger *m, struct memory_ledger_conv *c)
{
    struct memory_ledger_undo *u = note(m, UNDO_OURS);

    u->contact = c->contact;
    u->ours.at = c->ours;
    u->ours.cap = c->ours_cap;
    c->ours = memory_grow(NULL, c->ours_cap * sizeof *c->ours);
    c->low = 1;
    return u->ours.at;
}

static int renumber(void *user, uint32_t contact)
{
    struct memory_ledger *m = user;
    struct memory_ledger_conv *c;
    struct numbers n;
    const size_t *ours;
    int err = enter(m);

    if (err)
        return err;
    c = memory_conv_of(m, contact);
    n = c->n;
    note_numbers(m, c);
    ours = begin_ours_anew(m, c);
    c->n.next_seq = 1;
    c->n.handed = 0;
    for (uint64_t old = 1; old < n.next_seq; old++) {
        size_t at = ours[old - 1];
        bool waits = at && !hl_entry_state_last((int)m->rows[at - 1].row.state);

        if (at)
            change(m, at - 1)->row.seq = waits ? c->n.next_seq : 0;
        if (!waits)
            continue;
        c->ours[c->n.next_seq - 1] = at;
        if (old <= n.handed)
            c->n.handed = c->n.next_seq;
        c->n.next_seq++;
    }
    return 0;
}

static int last_seen(void *user, uint32_t contact, struct hl_ledger_row *out)
{
    struct memory_ledger *m = user;
    uint64_t seen;
    int err = enter(m);

    if (err)
        return err;
    seen = memory_conv_of(m, contact)->n.seen;
    if (!seen)
        return -ENOENT;
    *out = m->rows[seen - 1].row;
    return 0;
}

static int expired(void *user, int64_t now_us, struct hl_ledger_row *row, int64_t *next)
{
    struct memory_ledger *m = user;
    int err = enter(m);

    *next = INT64_MAX;
    for (size_t i = 0; i < m->count && !err; i++) {
        const struct memory_ledger_row *r = &m->rows[i];

        if (!r->due_us || r->row.state != HL_STATE_QUEUED)
            continue;
        if (r->due_us <= now_us) {
            *row = r->row;
            return 0;
        }
        if (r->due_us < *next)
            *next = r->due_us;
    }
    return err ? err : -ENOENT;
}

/* ---- gaps ---- */

static int gap_open(void *user, uint32_t contact, uint64_t from, uint64_t missing)
{
    struct memory_ledger *m = user;
    struct memory_ledger_conv *c;
    int err = enter(m);

    if (err)
        return err;
    c = memory_conv_of(m, contact);
    note_numbers(m, c);
    note_gaps(m, c);
    if (!memory_gaps_add(&c->gaps, &(struct hl_ledger_gap){from, missing, c->n.next_pos}))
        broken_contract("a gap in a gap");
    c->n.next_pos += missing;
    return 0;
}

static int gap_next(void *user, uint32_t contact, uint64_t from, struct hl_ledger_gap *out)
{
    struct memory_ledger *m = user;
    const struct hl_ledger_gap *gap;
    int err = enter(m);

    if (err)
        return err;
    gap = memory_gaps_next(&memory_conv_of(m, contact)->gaps, from);
    if (!gap)
        return -ENOENT;
    *out = *gap;
    return 0;
}

static int gap_find(void *user, uint32_t contact, uint64_t seq, struct hl_ledger_gap *out)
{
    int err = gap_next(user, contact, seq, out);

    return !err && out->from > seq ? -ENOENT : err;
}

static int gap_drop(void *user, uint32_t contact, uint64_t from, uint64_t missing)
{
    struct memory_ledger *m = user;
    struct memory_ledger_conv *c;
    int err = enter(m);

    if (err)
        return err;
    c = memory_conv_of(m, contact);
    note_gaps(m, c);
    if (!memory_gaps_drop(&c->gaps, from, missing))
        broken_contract("dropped more than one gap holds");
    return 0;
}

void memory_ledger_init(struct memory_ledger *m)
{
    *m = (struct memory_ledger){.ledger = {.user = m,
                                           .begin = begin,
                                           .commit = commit,
                                           .rollback = rollback,
                                           .counts = counts,
                                           .next_waiting = next_waiting,
                                           .find = find,
                                           .queue = queue,
                                           .take = take,
                                           .set_state = set_state,
                                           .set_read = set_read,
                                           .set_seen = set_seen,
                                           .last_seen = last_seen,
                                           .set_handed = set_handed,
                                           .set_expected = set_expected,
                                           .renumber = renumber,
                                           .waiting = waiting,
                                           .numbered = numbered,
                                           .expired = expired,
                                           .gap_open = gap_open,
                                           .gap_find = gap_find,
                                           .gap_next = gap_next,
                                           .gap_drop = gap_drop},
                                .fail_in = -1};
}
