/* SPDX-License-Identifier: MIT */
#include "messenger_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

static struct hl_party **contact_slot(struct hl_messenger *m, uint32_t contact)
{
    return &m->contacts[contact % HL_PARTY_BUCKETS];
}

/* Strangers differ in the top bits. */
static struct hl_party **peer_slot(struct hl_messenger *m, uint32_t peer)
{
    return &m->peers[(peer ^ peer >> 21) % HL_PARTY_BUCKETS];
}

struct hl_party *hl_party_find(struct hl_messenger *m, uint64_t contact)
{
    struct hl_party *p;

    if (contact == 0 || contact > UINT32_MAX)
        return NULL;
    for (size_t i = 0; i < m->alias_count; i++) { /* in the order of the merges: they may chain */
        if (m->aliases[i].from == contact)
            contact = m->aliases[i].to;
    }
    p = *contact_slot(m, (uint32_t)contact);
    while (p && p->contact.id != contact)
        p = p->in_contact;
    return p && !p->gone ? p : NULL;
}

struct hl_party *hl_party_by_peer(struct hl_messenger *m, uint32_t peer)
{
    struct hl_party *p = *peer_slot(m, peer);

    while (p && p->peer != peer)
        p = p->in_peer;
    return p;
}

struct hl_party *hl_party_by_probe(struct hl_messenger *m, uint32_t peer)
{
    struct hl_party *p = m->parties;

    while (p && (p->probe != peer || peer == 0))
        p = p->next;
    return p;
}

struct hl_party *hl_party_by_key(struct hl_messenger *m, const uint8_t key[static HL_KEY_SIZE])
{
    struct hl_party *p = m->parties;

    while (p && !(p->contact.has_key && !p->gone && memcmp(p->contact.key, key, HL_KEY_SIZE) == 0))
        p = p->next;
    return p;
}

void hl_party_set_peer(struct hl_messenger *m, struct hl_party *p, uint32_t peer)
{
    struct hl_party **at = peer_slot(m, p->peer);

    if (p->peer != 0) {
        while (*at != p)
            at = &(*at)->in_peer;
        *at = p->in_peer;
    }
    p->peer = peer;
    if (peer != 0) {
        at = peer_slot(m, peer);
        p->in_peer = *at;
        *at = p;
    }
}

/* ---- life ---- */

static void set_contact(struct hl_party *p, const struct hl_contact *c)
{
    p->contact = *c;
    hl_lookalike_of(&p->name_look, c->name);
    hl_lookalike_of(&p->nick_look, c->nick);
}

void hl_party_set(struct hl_messenger *m, struct hl_party *p, const struct hl_contact *c)
{
    set_contact(p, c);
    hl_party_changed(m, p, 0);
}

struct hl_party *hl_party_new(struct hl_messenger *m, const struct hl_contact *c)
{
    struct hl_party *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    set_contact(p, c);
    p->retry_at = p->probe_at = p->admit_at = HL_NEVER;
    hl_manners_init(&p->manners, m->now);
    p->parcels_last = &p->parcels;
    p->next = m->parties;
    m->parties = p;
    p->in_contact = *contact_slot(m, c->id);
    *contact_slot(m, c->id) = p;
    return p;
}

void hl_party_free(struct hl_messenger *m, struct hl_party *p)
{
    struct hl_party **at = &m->parties;

    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    at = contact_slot(m, p->contact.id);
    while (*at != p)
        at = &(*at)->in_contact;
    *at = p->in_contact;
    hl_party_set_peer(m, p, 0);
    hl_sender_drop(p);
    free(p);
}

struct loading {
    struct hl_messenger *m;
    int err;
};

static bool load_one(void *user, const struct hl_contact *c)
{
    struct loading *l = user;

    if (!hl_party_new(l->m, c))
        l->err = -ENOMEM;
    return l->err == 0;
}

int hl_party_load(struct hl_messenger *m)
{
    struct loading l = {.m = m};
    int err = hl_store_contacts(m->store, load_one, &l);

    return err ? err : l.err;
}

int hl_party_save(struct hl_messenger *m, struct hl_party *p, const struct hl_contact *c)
{
    struct hl_contact copy = *c;
    int err = hl_store_contact_put(m->store, &copy);

    if (err == 0)
        hl_party_set(m, p, &copy);
    return err;
}

int hl_party_forget(struct hl_messenger *m, struct hl_party *p)
{
    const struct hl_input forget = {.kind = HL_INPUT_FORGET, .contact = p->contact.id};
    int err = hl_messenger_commit(m);

    if (err)
        return err;
    hl_reach_drop(m, p, 0);
    err = hl_messenger_put(m, &forget);
    if (err == 0)
        err = hl_messenger_commit(m);
    if (err)
        return err;
    hl_feed_going(m, p->contact.id);
    err = hl_store_contact_delete(m->store, p->contact.id);
    if (err == 0) {
        hl_feed_gone(m, p->contact.id);
        p->gone = true;
        hl_party_changed(m, p, 0);
    }
    return err;
}

void hl_party_alias(struct hl_messenger *m, uint32_t from, uint32_t to)
{
    void *more = realloc(m->aliases, (m->alias_count + 1) * sizeof *m->aliases);

    if (!more)
        return; /* whoever asks for the old one is told that it is not there */
    m->aliases = more;
    m->aliases[m->alias_count].from = from;
    m->aliases[m->alias_count++].to = to;
}

void hl_party_changed(struct hl_messenger *m, struct hl_party *p, uint64_t news)
{
    p->dirty = true;
    p->news |= news;
    m->changed = true;
}

/* ---- names ---- */

const struct hl_party *hl_party_like(struct hl_messenger *m, const struct hl_party *p)
{
    for (const struct hl_party *other = m->parties; other; other = other->next) {
        if (other != p && (hl_lookalike_match(&p->name_look, &other->name_look) ||
                           hl_lookalike_match(&p->nick_look, &other->name_look)))
            return other;
    }
    return NULL;
}
