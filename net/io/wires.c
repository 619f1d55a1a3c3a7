/* SPDX-License-Identifier: MIT */
#include "wires.h"

void hl_wires_init(struct hl_wires *t)
{
    hl_mutex_init(&t->lock);
    for (size_t i = 0; i < HL_WIRES_BUCKETS; i++)
        t->buckets[i] = NULL;
}

void hl_wires_fini(struct hl_wires *t)
{
    for (size_t i = 0; i < HL_WIRES_BUCKETS; i++) {
        while (t->buckets[i]) {
            struct hl_wire *w = t->buckets[i];

            t->buckets[i] = w->next_listed;
            hl_wire_unref(w);
        }
    }
    hl_mutex_fini(&t->lock);
}

static struct hl_wire **slot(struct hl_wires *t, hl_link link) HL_REQUIRES(&t->lock)
{
    struct hl_wire **at = &t->buckets[link % HL_WIRES_BUCKETS];

    while (*at && (*at)->path.link != link)
        at = &(*at)->next_listed;
    return at;
}

void hl_wires_add(struct hl_wires *t, struct hl_wire *w)
{
    struct hl_wire **at;

    hl_mutex_lock(&t->lock);
    at = &t->buckets[w->path.link % HL_WIRES_BUCKETS];
    w->next_listed = *at;
    *at = hl_wire_ref(w);
    hl_mutex_unlock(&t->lock);
}

void hl_wires_remove(struct hl_wires *t, hl_link link)
{
    struct hl_wire **at;
    struct hl_wire *w;

    hl_mutex_lock(&t->lock);
    at = slot(t, link);
    w = *at;
    if (w)
        *at = w->next_listed;
    hl_mutex_unlock(&t->lock);
    if (w)
        hl_wire_unref(w);
}

struct hl_wire *hl_wires_find(struct hl_wires *t, hl_link link)
{
    return *slot(t, link);
}

hl_link hl_wires_first(struct hl_wires *t, enum hl_transport transport)
{
    hl_link first = 0;

    hl_mutex_lock(&t->lock);
    for (size_t i = 0; i < HL_WIRES_BUCKETS; i++) {
        for (const struct hl_wire *w = t->buckets[i]; w; w = w->next_listed) {
            if (w->path.transport == transport && (first == 0 || w->path.link < first))
                first = w->path.link;
        }
    }
    hl_mutex_unlock(&t->lock);
    return first;
}
