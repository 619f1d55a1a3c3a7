/* SPDX-License-Identifier: MIT */
/* What a commit has brought about: envelopes for the network, news for front ends. */
#include "messenger_inside.h"

#include "endpoint.h"

#include <stdio.h>
#include <string.h>

static void on_send(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    hl_sender_send(m, p, e->token, &e->bytes);
}

static void on_state(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    (void)p;
    if (e->row.row > m->last_row)
        m->last_row = e->row.row;
    hl_feed_state(m, e);
}

/* Entries that change another one are not told by themselves, but for what they have made of it. */
static void on_entry(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    struct hl_stored s = {.row = e->row, .entry = e->entry, .stored_ms = hl_messenger_wall()};

    hl_tell_now(m, p);
    if (e->row.row > m->last_row)
        m->last_row = e->row.row;
    if (e->row.kind != HL_ENTRY_TEXT) {
        hl_feed_changed(m, e->contact, e->entry.target,
                        e->row.kind == HL_ENTRY_REACT ? HL_CTL_E_REACTED : 0);
        return;
    }
    if (m->gap.contact == e->contact && m->gap.seq + m->gap.count == e->row.seq)
        s.missing_before = m->gap.count;
    else
        (void)!hl_store_missing(m->store, e->contact, e->row.pos, &s.missing_before);
    if (hl_entry_has_target(&e->entry))
        (void)!hl_store_answered(m->store, e->contact, e->entry.target, &s.answered);
    hl_feed_entry(m, &s);
}

static void on_gap(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    const struct hl_ctl c = {.kind = e->kind == HL_EFFECT_GAP ? HL_CTL_GAP : HL_CTL_HEALED,
                             .contact = p->contact.id,
                             .seq = e->seq,
                             .pos = e->row.pos,
                             .count = e->count,
                             .flags = e->lost ? HL_CTL_LOST : 0};

    if (e->kind == HL_EFFECT_GAP) {
        m->gap.contact = e->contact;
        m->gap.seq = e->seq;
        m->gap.count = e->count;
    }
    hl_front_put_all(m, HL_CTL_F_ENTRIES, &c);
}

static void on_typing(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    const struct hl_ctl c = {.kind = HL_CTL_TYPED,
                             .contact = p->contact.id,
                             .flags = (e->on ? HL_CTL_ON : 0) | (e->live ? HL_CTL_LIVE : 0),
                             .text = {(const char *)e->bytes.at, e->bytes.len}};

    hl_front_put_all(m, HL_CTL_F_CONTACTS, &c);
}

/* An address tells our user nothing, and must always mean who is there: nobody may take one for a
 * name. The name of a host that was typed is as good as any. */
static bool is_address(const char *name)
{
    struct hl_endpoint e;

    return hl_endpoint_parse(name, &e) == 0 && e.kind != HL_HOST_NAME;
}

/* Who was let in may name itself once, and whoever is known by an address alone; what our user has
 * typed stays. */
static bool may_be_called(const struct hl_contact *c, const char *nick)
{
    bool nameless = (c->let_in && *c->nick == '\0') || is_address(c->name);

    return nameless && !c->named && !hl_contact_name_wrong(nick) && !is_address(nick);
}

static void on_hello(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    struct hl_contact c = p->contact;
    bool names_itself;

    snprintf(c.nick, sizeof c.nick, "%.*s", (int)e->bytes.len, (const char *)e->bytes.at);
    names_itself = may_be_called(&p->contact, c.nick);
    if (p->came)
        hl_party_changed(m, p, 0);
    p->came = false;
    if (names_itself)
        snprintf(c.name, sizeof c.name, "%s", c.nick);
    if ((names_itself || strcmp(c.nick, p->contact.nick) != 0) && hl_manners_may_write(m, p))
        (void)!hl_party_save(m, p, &c);
}

/* So often that it would cost us something, nobody comes and goes. */
static void on_away(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    char why[sizeof p->why];

    snprintf(why, sizeof why, "%.*s", (int)e->bytes.len, (const char *)e->bytes.at);
    if (e->on == p->away && strcmp(why, p->why) == 0)
        return;
    if (e->on && !hl_manners_may_write(m, p))
        return;
    p->away = e->on;
    memcpy(p->why, why, sizeof why);
    hl_party_changed(m, p, 0);
}

static void on_waiting(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    p->waiting = e->on;
    hl_party_changed(m, p, 0);
    if (!e->on)
        hl_reach_unwant(m, p);
    else if (p->retry_at == HL_NEVER) /* else it was called in vain a moment ago */
        hl_reach_want(m, p);
}

/* A peer that breaks the rules loses its session, not its place: whatever made it do so, it is
 * still the contact that our user wants. */
static void on_bad(struct hl_messenger *m, struct hl_party *p, const struct hl_effect *e)
{
    hl_manners_bad(m, p, e->err);
}

void hl_outcome_take(struct hl_messenger *m)
{
    static void (*const takers[])(struct hl_messenger * m, struct hl_party * p,
                                  const struct hl_effect *e) = {
        [HL_EFFECT_SEND] = on_send, [HL_EFFECT_STATE] = on_state, [HL_EFFECT_ENTRY] = on_entry,
        [HL_EFFECT_GAP] = on_gap,   [HL_EFFECT_HEALED] = on_gap,  [HL_EFFECT_TYPING] = on_typing,
        [HL_EFFECT_AWAY] = on_away, [HL_EFFECT_HELLO] = on_hello, [HL_EFFECT_WAITING] = on_waiting,
        [HL_EFFECT_BAD] = on_bad};
    struct hl_effect e;

    while (hl_delivery_effect(m->delivery, &e)) {
        struct hl_party *p = hl_party_find(m, e.contact);

        if (p && takers[e.kind])
            takers[e.kind](m, p, &e);
    }
    m->gap.contact = 0;
}
