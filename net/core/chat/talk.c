/* SPDX-License-Identifier: MIT */
#include "delivery_state.h"

#include <errno.h>
#include <string.h>

enum {
    TALKS_FIRST = 8,
    RING_KEPT = 64, /* elements; a larger empty ring is given back when nothing is being sent */
};

/* Index of the contact, or where it belongs. */
static size_t place(const struct hl_delivery *d, uint32_t contact)
{
    size_t low = 0, high = d->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (d->talks[middle]->contact < contact)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct hl_delivery *d)
{
    size_t cap = d->cap ? d->cap * 2 : TALKS_FIRST;
    struct hl_talk **talks;

    if (d->count < d->cap)
        return 0;
    talks = d->env->resize(d->env->user, d->talks, cap * sizeof(struct hl_talk *));
    if (!talks)
        return -ENOMEM;
    d->talks = talks;
    d->cap = cap;
    return 0;
}

static int add(struct hl_delivery *d, size_t at, uint32_t contact)
{
    struct hl_talk *t = make_room(d) == 0 ? hl_env_alloc(d->env, sizeof *t) : NULL;

    if (!t)
        return -ENOMEM;
    t->contact = contact;
    t->now.flying = (struct hl_flight_range){.head = 1, .tail = 1};
    memmove(d->talks + at + 1, d->talks + at, (d->count - at) * sizeof(struct hl_talk *));
    d->talks[at] = t;
    d->count++;
    return 0;
}

int hl_talk_touch(struct hl_delivery *d, uint32_t contact, struct hl_talk **out)
{
    size_t at = place(d, contact);
    struct hl_talk *t;
    int err = 0;

    if (at == d->count || d->talks[at]->contact != contact)
        err = add(d, at, contact);
    if (err)
        return err;
    *out = t = d->talks[at];
    if (!t->touched) {
        t->touched = true;
        t->saved = t->now;
        t->next = d->touched;
        d->touched = t;
        t->gone = t->owes = t->bad = false;
        t->typing = t->presence = 0;
    }
    if (t->loaded)
        return 0;
    err = d->ledger->counts(d->ledger->user, contact, &t->counts);
    t->loaded = err == 0;
    return err;
}

void hl_talk_drop(struct hl_talk *t)
{
    uint64_t tail = t->now.flying.tail;

    t->now = (struct hl_talk_state){.flying = {.head = tail, .tail = tail}};
    t->gone = true;
    t->owes = false;
    t->typing = t->presence = 0;
    t->loaded = false;
}

static void release(struct hl_delivery *d, struct hl_talk *t)
{
    hl_flight_free(&t->flight, d->env);
    hl_env_free(d->env, t);
}

static void drop(struct hl_delivery *d, struct hl_talk *t)
{
    size_t at = place(d, t->contact);

    d->count--;
    memmove(d->talks + at, d->talks + at + 1, (d->count - at) * sizeof(struct hl_talk *));
    release(d, t);
}

void hl_talk_commit(struct hl_delivery *d)
{
    struct hl_talk *t;

    while ((t = d->touched)) {
        d->touched = t->next;
        t->touched = false;
        if (t->gone)
            drop(d, t);
        else if (t->flight.cap > RING_KEPT && t->now.flying.head == t->now.flying.tail &&
                 t->now.flying.tail == t->saved.flying.tail)
            hl_flight_free(&t->flight, d->env);
    }
}

void hl_talk_rollback(struct hl_delivery *d)
{
    struct hl_talk *t;

    while ((t = d->touched)) {
        d->touched = t->next;
        t->touched = false;
        t->now = t->saved;
        t->loaded = false;
    }
}

void hl_talk_free_all(struct hl_delivery *d)
{
    for (size_t i = 0; i < d->count; i++)
        release(d, d->talks[i]);
    hl_env_free(d->env, d->talks);
}
