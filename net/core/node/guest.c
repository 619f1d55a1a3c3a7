/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <assert.h>
#include <string.h>

void hl_guests_init(struct hl_guests *g, const struct hl_env *env, struct hl_index *index)
{
    *g = (struct hl_guests){.env = env, .index = index};
}

void hl_guests_fini(struct hl_guests *g)
{
    while (g->oldest)
        hl_guests_drop(g, g->oldest, false);
    hl_env_free(g->env, g->places);
    g->places = NULL;
}

static struct hl_guest **chain(struct hl_guests *g, const uint8_t mac1[HL_MAC_SIZE])
{
    return &g->hashes[mac1[0]];
}

static void link_newest(struct hl_guests *g, struct hl_guest *guest)
{
    guest->next = NULL;
    guest->prev = g->newest;
    if (g->newest)
        g->newest->next = guest;
    else
        g->oldest = guest;
    g->newest = guest;
}

static void unlink_age(struct hl_guests *g, struct hl_guest *guest)
{
    *(guest->prev ? &guest->prev->next : &g->oldest) = guest->next;
    *(guest->next ? &guest->next->prev : &g->newest) = guest->prev;
}

static uint32_t free_place(struct hl_guests *g)
{
    while (g->places[g->next_place % HL_GUESTS_MAX])
        g->next_place++;
    return g->next_place++ % HL_GUESTS_MAX;
}

static bool has_room(struct hl_guests *g, bool stranger)
{
    if (g->count >= HL_GUESTS_MAX || (stranger && g->strangers >= HL_GUESTS_STRANGERS))
        return false;
    if (!g->places)
        g->places = hl_env_alloc(g->env, HL_GUESTS_MAX * sizeof(*g->places));
    return g->places != NULL;
}

struct hl_guest *hl_guests_add(struct hl_guests *g, hl_time now, bool stranger,
                               const uint8_t mac1[HL_MAC_SIZE])
{
    struct hl_guest *guest;
    struct hl_guest **first = chain(g, mac1);

    if (!has_room(g, stranger))
        return NULL;
    guest = hl_env_alloc(g->env, sizeof *guest);
    if (!guest)
        return NULL;
    guest->place = free_place(g);
    guest->own = hl_index_add(g->index, HL_GUEST_OWNER | guest->place);
    if (!guest->own) {
        hl_env_free(g->env, guest);
        return NULL;
    }
    g->places[guest->place] = guest;
    memcpy(guest->mac1, mac1, HL_MAC_SIZE);
    guest->same_hash = *first;
    *first = guest;
    guest->ends = now + HL_GUEST_LIFE;
    guest->stranger = stranger;
    link_newest(g, guest);
    g->count++;
    g->strangers += stranger;
    return guest;
}

void hl_guests_drop(struct hl_guests *g, struct hl_guest *guest, bool keep)
{
    struct hl_guest **at = chain(g, guest->mac1);

    while (*at != guest)
        at = &(*at)->same_hash;
    *at = guest->same_hash;
    unlink_age(g, guest);
    g->places[guest->place] = NULL;
    g->count--;
    g->strangers -= guest->stranger;
    if (!keep)
        hl_index_remove(g->index, guest->own);
    hl_route_clear(g->env, &guest->route);
    hl_crypt_wipe(guest, sizeof *guest);
    hl_env_free(g->env, guest);
}

uint64_t hl_guests_instance(const struct hl_guests *g, const uint8_t key[HL_KEY_SIZE])
{
    const struct hl_guest *guest = g->newest;

    while (guest && (guest->waiting || memcmp(guest->key, key, HL_KEY_SIZE) != 0))
        guest = guest->prev;
    return guest ? guest->instance : 0;
}

struct hl_guest *hl_guests_repeated(const struct hl_guests *g, const uint8_t mac1[HL_MAC_SIZE])
{
    struct hl_guest *guest = g->hashes[mac1[0]];

    while (guest && memcmp(guest->mac1, mac1, HL_MAC_SIZE) != 0)
        guest = guest->same_hash;
    return guest;
}

struct hl_guest *hl_guests_at(const struct hl_guests *g, uint32_t owner)
{
    struct hl_guest *guest = g->places[owner & ~HL_GUEST_OWNER];

    assert(guest);
    return guest;
}

void hl_guests_renew(struct hl_guests *g, struct hl_guest *guest, hl_time now)
{
    unlink_age(g, guest);
    guest->ends = now + HL_GUEST_LIFE;
    link_newest(g, guest);
}

void hl_guests_expire(struct hl_guests *g, hl_time now)
{
    while (g->oldest && g->oldest->ends <= now)
        hl_guests_drop(g, g->oldest, false);
}

hl_time hl_guests_deadline(const struct hl_guests *g)
{
    return g->oldest ? g->oldest->ends : HL_NEVER;
}

static struct hl_guest *next_of(struct hl_guest *from, uint32_t contact)
{
    while (from && (from->stranger || from->contact != contact))
        from = from->next;
    return from;
}

void hl_guests_limit(struct hl_guests *g, uint32_t contact)
{
    struct hl_guest *oldest = next_of(g->oldest, contact);
    unsigned count = 0;

    for (struct hl_guest *i = oldest; i; i = next_of(i->next, contact))
        count++;
    if (count >= HL_GUESTS_PER_PEER)
        hl_guests_drop(g, oldest, false);
}

void hl_guests_forget(struct hl_guests *g, uint32_t contact)
{
    struct hl_guest *next;

    for (struct hl_guest *i = next_of(g->oldest, contact); i; i = next) {
        next = next_of(i->next, contact);
        hl_guests_drop(g, i, false);
    }
}

bool hl_guests_crowded(const struct hl_guests *g)
{
    return g->count >= HL_GUESTS_MAX / 2 || g->strangers >= HL_GUESTS_STRANGERS / 2;
}

size_t hl_guests_memory(const struct hl_guests *g)
{
    return g->count * sizeof(struct hl_guest) +
           (g->places ? HL_GUESTS_MAX * sizeof(*g->places) : 0);
}
