/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct memory_ledger_row *row_of(const struct witness *o, unsigned home, unsigned peer,
                                              const struct witness_said *s)
{
    return memory_ledger_find(o->homes[home].ledger, witness_contact(peer), s->entry.id);
}

/* Its reader has it, and did not merely hear that it was taken back. */
static bool is_read(const struct witness *o, const struct witness_said *s)
{
    const struct memory_ledger_row *r = row_of(o, s->to, s->from, s);

    return r && r->row.kind != HL_ENTRY_CANCEL;
}

static unsigned long number(const struct witness *o, const struct witness_said *s)
{
    return (unsigned long)(s - o->said);
}

size_t witness_say(struct witness *o, unsigned from, unsigned to, enum hl_entry_kind kind)
{
    struct witness_said *s;
    uint64_t mixed;

    if (o->count == o->cap) {
        o->cap = o->cap ? o->cap * 2 : 64;
        o->said = reallocarray(o->said, o->cap, sizeof *o->said);
        assert(o->said);
    }
    s = &o->said[o->count];
    *s = (struct witness_said){.from = from, .to = to, .entry = {.kind = kind}};
    mixed = sim_mix(o->count + 1);
    memcpy(s->entry.id, &o->count, sizeof o->count);
    memcpy(s->entry.id + sizeof o->count, &mixed, sizeof mixed);
    return o->count++;
}

static struct witness_said *said(struct witness *o, const uint8_t *id)
{
    size_t i;

    memcpy(&i, id, sizeof i);
    return i < o->count && memcmp(o->said[i].entry.id, id, HL_ID_SIZE) == 0 ? &o->said[i] : NULL;
}

/* ---- who is there ---- */

void witness_begins(struct witness *o, unsigned home)
{
    o->homes[home].presence = (struct witness_presence){0};
    memset(o->homes[home].shown, 0, sizeof o->homes[home].shown);
}

/* Words begin with a number that tells whose they are, and which came later. */
const struct witness_presence *witness_leaves(struct witness *o, unsigned home, bool away)
{
    struct witness_presence *p = &o->homes[home].presence;
    uint64_t number = ++o->words * WORLD_NODES + home;

    *p = (struct witness_presence){.away = away};
    if (!away)
        return p;
    p->len = (size_t)sim_random_between(&o->random, sizeof number, HL_AWAY_MAX);
    for (size_t i = 0; i < p->len; i++)
        p->text[i] = (uint8_t)sim_random_next(&o->random);
    memcpy(p->text, &number, sizeof number);
    return p;
}

static bool is_shown(const struct witness *o, unsigned home, unsigned other)
{
    const struct witness_presence *shown = &o->homes[home].shown[other];
    const struct witness_presence *is = &o->homes[other].presence;

    if (home == other || !o->homes[home].up[other] || !o->homes[other].up[home])
        return true;
    return shown->away == is->away && shown->len == is->len &&
           memcmp(shown->text, is->text, is->len) == 0;
}

/* ---- what is told ---- */

/* It may only go on, but for a session that ended. */
static bool goes_on(enum hl_entry_state from, enum hl_entry_state to)
{
    switch (from) {
    case HL_STATE_DELIVERED:
        return to == HL_STATE_DELIVERED || to == HL_STATE_READ;
    case HL_STATE_READ:
        return to == HL_STATE_READ;
    case HL_STATE_CANCELLED:
        return to == HL_STATE_CANCELLED;
    case HL_STATE_EXPIRED:
        return to == HL_STATE_EXPIRED;
    case HL_STATE_CANCELLING:
    case HL_STATE_EXPIRING:
        return to != HL_STATE_SENT && to != HL_STATE_QUEUED;
    case HL_STATE_QUEUED:
    case HL_STATE_SENT:
    case HL_STATE_FAILED:
    case HL_STATE_TAKEN:
    case HL_STATE_WITHDRAWN:
    case HL_STATE_LAPSED:
        break;
    }
    return true;
}

static void told_delivered(struct witness *o, const struct witness_said *s)
{
    o->delivered++;
    if (!is_read(o, s) && !s->lost)
        world_fail(o->w, "entry %lu of home %u is said to be delivered, and home %u has it not",
                   number(o, s), s->from, s->to);
}

static void told_state(struct witness *o, unsigned home, const struct hl_effect *e)
{
    struct witness_said *s = said(o, e->id);
    const struct memory_ledger_row *r = s ? row_of(o, home, s->to, s) : NULL;

    if (!s || s->from != home) {
        world_fail(o->w, "home %u is told the state of what it never said", home);
        return;
    }
    if (!e->state)
        return; /* refused: nothing is kept */
    if (!r)
        world_fail(o->w, "entry %lu of home %u is %s, and not on its disk", number(o, s), home,
                   hl_entry_state_name((int)e->state));
    if (!o->homes[home].restored && !goes_on(s->state, e->state))
        world_fail(o->w, "entry %lu of home %u was %s and is %s", number(o, s), home,
                   hl_entry_state_name((int)s->state), hl_entry_state_name((int)e->state));
    s->state = e->state;
    s->queued = true;
    if (e->state == HL_STATE_DELIVERED || e->state == HL_STATE_READ)
        told_delivered(o, s);
    if ((e->state == HL_STATE_CANCELLED || e->state == HL_STATE_EXPIRED) && is_read(o, s) &&
        !o->homes[home].restored)
        world_fail(o->w, "entry %lu of home %u is %s, and home %u has it", number(o, s), home,
                   hl_entry_state_name((int)e->state), s->to);
}

static void told_entry(struct witness *o, unsigned home, const struct hl_effect *e)
{
    struct witness_said *s = said(o, e->entry.id);

    if (!s || s->to != home || witness_contact(s->from) != e->contact) {
        world_fail(o->w, "home %u is told what nobody said", home);
        return;
    }
    if (s->heard)
        world_fail(o->w, "home %u is told entry %lu twice", home, number(o, s));
    if (s->closed)
        world_fail(o->w, "home %u is told entry %lu, which was another key's", home, number(o, s));
    if (!is_read(o, s))
        world_fail(o->w, "home %u is told entry %lu, which is not on its disk", home, number(o, s));
    s->heard = true;
}

static void told_gap(struct witness *o, unsigned home, const struct hl_effect *e)
{
    for (unsigned a = 0; a < o->w->count; a++) {
        if (o->homes[a].restored)
            return;
    }
    world_fail(o->w, "home %u is told of a gap of %lu, and there is none", home,
               (unsigned long)e->count);
}

static void told_away(struct witness *o, unsigned home, const struct hl_effect *e)
{
    unsigned other = e->contact - 1;
    struct witness_presence *shown = &o->homes[home].shown[other];
    uint64_t *latest = &o->homes[home].latest[other];
    uint64_t words = 0;

    if (e->on ? e->bytes.len < sizeof words || e->bytes.len > HL_AWAY_MAX : e->bytes.len != 0) {
        world_fail(o->w, "home %u is told words of %zu bytes", home, e->bytes.len);
        return;
    }
    *shown = (struct witness_presence){.away = e->on, .len = e->bytes.len};
    if (!e->on)
        return;
    memcpy(shown->text, e->bytes.at, e->bytes.len);
    memcpy(&words, shown->text, sizeof words);
    if (words % WORLD_NODES != other || words / WORLD_NODES > o->words)
        world_fail(o->w, "home %u is told why home %u is away, who never said so", home, other);
    if (words < *latest)
        world_fail(o->w, "home %u is told older words of home %u after newer ones", home, other);
    *latest = words;
}

void witness_told(struct witness *o, unsigned home, const struct hl_effect *e)
{
    switch (e->kind) {
    case HL_EFFECT_STATE:
        told_state(o, home, e);
        break;
    case HL_EFFECT_ENTRY:
        told_entry(o, home, e);
        break;
    case HL_EFFECT_GAP:
    case HL_EFFECT_HEALED:
        told_gap(o, home, e);
        break;
    case HL_EFFECT_BAD:
        world_fail(o->w, "home %u finds fault with an honest peer", home);
        break;
    case HL_EFFECT_AWAY:
        told_away(o, home, e);
        break;
    case HL_EFFECT_SEND:
    case HL_EFFECT_TYPING:
    case HL_EFFECT_HELLO:
    case HL_EFFECT_WAITING:
        break;
    }
}

/* older: what is left. */
static void forget(struct witness *o, unsigned home, const struct memory_ledger *older)
{
    for (size_t i = 0; i < o->count; i++) {
        struct witness_said *s = &o->said[i];
        uint32_t contact = witness_contact(s->to == home ? s->from : s->to);

        if ((s->to != home && s->from != home) || memory_ledger_find(older, contact, s->entry.id))
            continue;
        if (s->from == home) {
            s->forgotten = true;
        } else {
            s->lost = s->lost || is_read(o, s);
            s->heard = false;
        }
    }
}

void witness_restores(struct witness *o, unsigned home, const struct memory_ledger *older)
{
    o->homes[home].restored = true;
    forget(o, home, older);
}

void witness_loses(struct witness *o, unsigned home)
{
    struct memory_ledger none;

    memory_ledger_init(&none);
    forget(o, home, &none);
}

void witness_accepts(struct witness *o, unsigned home, unsigned other)
{
    for (size_t i = 0; i < o->count; i++) {
        struct witness_said *s = &o->said[i];
        const struct memory_ledger_row *r = row_of(o, home, other, s);

        if (s->from == home && s->to == other && r && hl_entry_state_last((int)r->row.state))
            s->closed = true;
    }
}

/* ---- in the end ---- */

static bool taken_back(const struct witness_said *s)
{
    return s->state == HL_STATE_CANCELLED || s->state == HL_STATE_EXPIRED;
}

static bool settled(const struct witness *o, const struct witness_said *s)
{
    const struct memory_ledger_row *r = row_of(o, s->from, s->to, s);

    if (!r || s->closed) /* never queued, or forgotten since */
        return true;
    if (!hl_entry_state_last((int)r->row.state))
        return false;
    return is_read(o, s) || r->row.state == HL_STATE_CANCELLED ||
           r->row.state == HL_STATE_EXPIRED || r->row.state == HL_STATE_FAILED;
}

static bool all_shown(const struct witness *o)
{
    for (unsigned a = 0; a < o->w->count; a++) {
        for (unsigned b = 0; b < o->w->count; b++) {
            if (!is_shown(o, a, b))
                return false;
        }
    }
    return true;
}

/* Asked after every step: what was missing last is looked at first, and mostly still is. */
bool witness_all_delivered(struct witness *o)
{
    if (o->missing < o->count && !settled(o, &o->said[o->missing]))
        return false;
    for (o->missing = 0; o->missing < o->count; o->missing++) {
        if (!settled(o, &o->said[o->missing]))
            return false;
    }
    return all_shown(o);
}

static void report_shown(struct witness *o)
{
    static const char *const names[] = {"there", "away"};

    for (unsigned a = 0; a < o->w->count; a++) {
        for (unsigned b = 0; b < o->w->count; b++) {
            if (!is_shown(o, a, b))
                world_fail(o->w, "home %u is %s (words %zu), shown to home %u as %s (words %zu)", b,
                           names[o->homes[b].presence.away], o->homes[b].presence.len, a,
                           names[o->homes[a].shown[b].away], o->homes[a].shown[b].len);
        }
    }
}

void witness_report(struct witness *o)
{
    report_shown(o);
    for (size_t i = 0; i < o->count; i++) {
        const struct witness_said *s = &o->said[i];
        const struct memory_ledger_row *r = row_of(o, s->from, s->to, s);

        if (!settled(o, s))
            world_fail(o->w, "entry %lu (number %lu) of home %u to %u is still %s, %s",
                       number(o, s), (unsigned long)r->row.seq, s->from, s->to,
                       hl_entry_state_name((int)r->row.state),
                       is_read(o, s) ? "and is there" : "and is not there");
    }
}

static void check_said(struct witness *o, const struct witness_said *s)
{
    const struct memory_ledger_row *mine = row_of(o, s->from, s->to, s);
    const struct memory_ledger_row *theirs = row_of(o, s->to, s->from, s);
    bool restored = o->homes[s->from].restored || o->homes[s->to].restored;

    if (s->queued && !mine && !s->forgotten)
        world_fail(o->w, "entry %lu of home %u was queued and is gone", number(o, s), s->from);
    if (taken_back(s) && is_read(o, s) && !restored)
        world_fail(o->w, "entry %lu of home %u was %s, and home %u has it", number(o, s), s->from,
                   hl_entry_state_name((int)s->state), s->to);
    if (s->closed && is_read(o, s))
        world_fail(o->w, "entry %lu of home %u was another key's, and home %u has it", number(o, s),
                   s->from, s->to);
    /* What refers to one that was taken back is refused with reason. */
    if (mine && mine->row.state == HL_STATE_FAILED && s->entry.kind == HL_ENTRY_TEXT && !restored)
        world_fail(o->w, "entry %lu of home %u was refused", number(o, s), s->from);
    if (!mine || !is_read(o, s) || s->entry.kind != HL_ENTRY_TEXT || restored)
        return;
    if (mine->len != theirs->len || (mine->len && memcmp(mine->body, theirs->body, mine->len) != 0))
        world_fail(o->w, "entry %lu of home %u reads otherwise at home %u", number(o, s), s->from,
                   s->to);
}

/* What both have stands in the same order with both. */
static void check_order(struct witness *o, unsigned from, unsigned to)
{
    const struct memory_ledger *mine = o->homes[from].ledger;
    uint64_t *places = calloc(mine->count + 1, sizeof *places); /* by number */
    uint64_t last = 0;

    assert(places);
    for (size_t i = 0; i < mine->count; i++) {
        const struct hl_ledger_row *r = &mine->rows[i].row;
        const struct memory_ledger_row *theirs =
            memory_ledger_find(o->homes[to].ledger, witness_contact(from), r->id);

        if (r->ours && r->contact == witness_contact(to) && theirs)
            places[r->seq] = theirs->row.pos;
    }
    for (size_t seq = 1; seq <= mine->count; seq++) {
        if (places[seq] && places[seq] <= last)
            world_fail(o->w, "home %u has number %lu of home %u out of its order", to,
                       (unsigned long)seq, from);
        if (places[seq])
            last = places[seq];
    }
    free(places);
}

/* In a ledger is what somebody said, and nothing else. */
static void check_rows(struct witness *o, unsigned home)
{
    const struct memory_ledger *l = o->homes[home].ledger;

    for (size_t i = 0; i < l->count; i++) {
        const struct hl_ledger_row *r = &l->rows[i].row;
        const struct witness_said *s = said(o, r->id);

        if (!s || (r->ours ? s->from : s->to) != home ||
            witness_contact(r->ours ? s->to : s->from) != r->contact)
            world_fail(o->w, "home %u has what nobody said", home);
    }
}

/* What one says next is what the other expects next. */
static void check_numbers(struct witness *o, unsigned from, unsigned to)
{
    uint64_t next = memory_ledger_counts(o->homes[from].ledger, witness_contact(to)).next_seq;
    uint64_t expected = memory_ledger_counts(o->homes[to].ledger, witness_contact(from)).expected;

    if (next != expected && !o->homes[from].restored && !o->homes[to].restored)
        world_fail(o->w, "home %u says number %lu next, and home %u expects %lu", from,
                   (unsigned long)next, to, (unsigned long)expected);
}

void witness_final(struct witness *o)
{
    report_shown(o);
    for (size_t i = 0; i < o->count; i++)
        check_said(o, &o->said[i]);
    for (unsigned a = 0; a < o->w->count; a++) {
        check_rows(o, a);
        for (unsigned b = 0; b < o->w->count; b++) {
            if (a != b) {
                check_order(o, a, b);
                check_numbers(o, a, b);
            }
            if (memory_ledger_missing(o->homes[a].ledger, witness_contact(b)))
                world_fail(o->w, "home %u still misses what home %u said", a, b);
        }
    }
}
