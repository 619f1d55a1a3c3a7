/* SPDX-License-Identifier: MIT */
#include "idmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    CAP_FIRST = 64,
};

struct hl_idmap_slot {
    uint8_t id[HL_ID_SIZE];
    uint64_t number; /* 0 = free */
};

void hl_idmap_fini(struct hl_idmap *m)
{
    free(m->slots);
    *m = (struct hl_idmap){0};
}

static size_t home_of(const struct hl_idmap *m, const uint8_t *id)
{
    return hl_idhash_place(&m->hash, id, m->cap);
}

/* Where the id is, or the free slot where it would go. There is always a free one. */
static struct hl_idmap_slot *slot_of(const struct hl_idmap *m, const uint8_t *id)
{
    size_t at = home_of(m, id);

    while (m->slots[at].number && memcmp(m->slots[at].id, id, HL_ID_SIZE) != 0)
        at = (at + 1) & (m->cap - 1);
    return &m->slots[at];
}

static int grow(struct hl_idmap *m)
{
    struct hl_idmap old = *m;

    m->cap = old.cap ? old.cap * 2 : CAP_FIRST;
    m->slots = calloc(m->cap, sizeof *m->slots);
    if (!m->slots) {
        *m = old;
        return -ENOMEM;
    }
    m->hash = hl_idhash_new();
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].number)
            *slot_of(m, old.slots[i].id) = old.slots[i];
    }
    free(old.slots);
    return 0;
}

int hl_idmap_put(struct hl_idmap *m, const uint8_t id[static HL_ID_SIZE], uint64_t number)
{
    struct hl_idmap_slot *s = m->count ? slot_of(m, id) : NULL;

    if (s && s->number) {
        s->number = number;
        return 0;
    }
    if (4 * (m->count + 1) > 3 * m->cap && grow(m))
        return -ENOMEM;
    s = slot_of(m, id);
    m->count++;
    memcpy(s->id, id, HL_ID_SIZE);
    s->number = number;
    return 0;
}

uint64_t hl_idmap_get(const struct hl_idmap *m, const uint8_t id[static HL_ID_SIZE])
{
    return m->count ? slot_of(m, id)->number : 0;
}

/* Frees a slot and moves up those that a search would no longer reach past the hole. */
static void clear(struct hl_idmap *m, size_t hole)
{
    size_t mask = m->cap - 1;

    m->count--;
    m->slots[hole].number = 0;
    for (size_t at = (hole + 1) & mask; m->slots[at].number; at = (at + 1) & mask) {
        size_t home = home_of(m, m->slots[at].id);

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        m->slots[hole] = m->slots[at];
        m->slots[at].number = 0;
        hole = at;
    }
}

uint64_t hl_idmap_take(struct hl_idmap *m, const uint8_t id[static HL_ID_SIZE])
{
    struct hl_idmap_slot *s = m->count ? slot_of(m, id) : NULL;
    uint64_t number = s ? s->number : 0;

    if (number)
        clear(m, (size_t)(s - m->slots));
    return number;
}

void hl_idmap_drop_below(struct hl_idmap *m, uint64_t least)
{
    for (size_t i = 0; i < m->cap;) {
        if (m->slots[i].number && m->slots[i].number < least)
            clear(m, i); /* another may have moved here: look again */
        else
            i++;
    }
}

const uint8_t *hl_idmap_next(const struct hl_idmap *m, size_t *at, uint64_t *number)
{
    while (*at < m->cap && m->slots[*at].number == 0)
        ++*at;
    if (*at >= m->cap)
        return NULL;
    *number = m->slots[*at].number;
    return m->slots[(*at)++].id;
}
