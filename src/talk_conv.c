/* SPDX-License-Identifier: MIT */
#include "talk_inside.h"

#include "addr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t bucket_of(const struct hl_path *p)
{
    uint32_t h = p->link * 2654435761U;

    if (p->transport == HL_UDP || p->transport == HL_UNIX_DGRAM)
        h ^= hl_addr_hash(&p->remote);
    return h % TALK_BUCKETS;
}

static bool same_path(const struct hl_path *a, const struct hl_path *b)
{
    if (a->link != b->link)
        return false;
    return !talk_is_datagram(a->transport) || hl_addr_equal(&a->remote, &b->remote);
}

static struct conv **id_bucket(struct hl_talk *t, uint32_t id)
{
    return &t->ids[id % TALK_BUCKETS];
}

struct conv *talk_conv_new(struct hl_talk *t, uint32_t id)
{
    struct conv *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    if (id == 0)
        talk_conv_make_room(t);
    c->pub.id = id ? id : ++t->next_conv;
    c->pub.state = HL_CONV_DIALLING;
    c->last = &c->first;
    c->prev = t->last_conv;
    *(c->prev ? &c->prev->next : &t->convs) = c;
    t->last_conv = c;
    c->in_id = *id_bucket(t, c->pub.id);
    *id_bucket(t, c->pub.id) = c;
    t->conv_count++;
    return c;
}

void talk_conv_unhash(struct hl_talk *t, struct conv *c)
{
    struct conv **at = &t->buckets[bucket_of(&c->pub.path)];

    if (!c->hashed)
        return;
    while (*at != c)
        at = &(*at)->in_path;
    *at = c->in_path;
    c->hashed = false;
}

void talk_conv_set_path(struct hl_talk *t, struct conv *c, const struct hl_path *p)
{
    struct conv **at;

    talk_conv_unhash(t, c);
    c->pub.path = *p;
    at = &t->buckets[bucket_of(p)];
    c->in_path = *at;
    *at = c;
    c->hashed = true;
    hl_addr_format(&p->remote, c->pub.address);
    talk_conv_set_local(t, c, &p->local);
}

void talk_conv_set_local(const struct hl_talk *t, struct conv *c, const struct hl_addr *local)
{
    const struct hl_addr *shown = local;

    c->pub.path.local = *local;
    if (local->family == HL_AF_NONE) /* nothing told which of our addresses the peer knows */
        shown = hl_listeners_address(&t->listeners, c->pub.path.link);
    if (shown)
        hl_addr_format(shown, c->pub.local);
}

void talk_conv_free(struct hl_talk *t, struct conv *c)
{
    struct conv **at = id_bucket(t, c->pub.id);

    if (t->ops.gone)
        t->ops.gone(t->user, &c->pub);
    talk_conv_unhash(t, c);
    while (*at != c)
        at = &(*at)->in_id;
    *at = c->in_id;
    *(c->prev ? &c->prev->next : &t->convs) = c->next;
    *(c->next ? &c->next->prev : &t->last_conv) = c->prev;
    t->conv_count--;
    talk_out_free(t, c);
    talk_said_free(c);
    free(c);
}

struct conv *talk_conv_by_id(const struct hl_talk *t, uint32_t id)
{
    struct conv *c = t->ids[id % TALK_BUCKETS];

    while (c && c->pub.id != id)
        c = c->in_id;
    return c;
}

struct conv *talk_conv_by_path(const struct hl_talk *t, const struct hl_path *p)
{
    struct conv *c = t->buckets[bucket_of(p)];

    while (c && !same_path(&c->pub.path, p))
        c = c->in_path;
    return c;
}

void talk_changed(struct hl_talk *t, struct conv *c, enum hl_conv_state state, int err)
{
    c->pub.state = state;
    c->pub.err = err;
    if (t->ops.changed)
        t->ops.changed(t->user, &c->pub);
}

/* Ended streams go before living ones, then whoever was silent longest. */
static bool goes_before(const struct conv *a, const struct conv *b)
{
    bool a_over = a->pub.state == HL_CONV_CLOSED;
    bool b_over = b->pub.state == HL_CONV_CLOSED;

    return a_over != b_over ? a_over : a->heard < b->heard;
}

void talk_conv_make_room(struct hl_talk *t)
{
    struct conv *victim = NULL;

    if (t->conv_count < t->config.convs_max)
        return;
    for (struct conv *c = t->convs; c; c = c->next) {
        if (!c->pub.dialled && !c->first && c->piece_count == 0 &&
            (!victim || goes_before(c, victim)))
            victim = c;
    }
    if (victim)
        hl_talk_forget(t, &victim->pub);
}

struct hl_conv *hl_talk_first(struct hl_talk *t)
{
    return t->convs ? &t->convs->pub : NULL;
}

struct hl_conv *hl_talk_next(struct hl_talk *t, struct hl_conv *c)
{
    struct conv *next = ((struct conv *)c)->next;

    (void)t;
    return next ? &next->pub : NULL;
}

struct hl_conv *hl_talk_by_id(const struct hl_talk *t, uint32_t id)
{
    struct conv *c = talk_conv_by_id(t, id);

    return c ? &c->pub : NULL;
}

struct hl_conv *hl_talk_find(struct hl_talk *t, const char *text)
{
    struct hl_conv *found = NULL;
    char number[16];

    for (struct conv *c = t->convs; c; c = c->next) {
        snprintf(number, sizeof(number), "%u", c->pub.id);
        if (strcmp(text, number) == 0)
            return &c->pub;
        if (strcmp(text, c->pub.name) != 0 && strcmp(text, c->pub.address) != 0)
            continue;
        if (found)
            return NULL;
        found = &c->pub;
    }
    return found;
}
