/* SPDX-License-Identifier: MIT */
#include "pmtud.h"
#include "whole.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    PLACES_FIRST = 8,
};

/* Mixed with a seed of the node's, lest strangers choose keys that collide. */
static uint32_t hash_key(const struct hl_node *n, const uint8_t key[HL_KEY_SIZE])
{
    uint64_t first;

    memcpy(&first, key, sizeof first);
    return (uint32_t)hl_table_mix(n->seed ^ first);
}

static uint32_t hash_id(const struct hl_node *n, uint32_t id)
{
    return (uint32_t)hl_table_mix(n->seed ^ id);
}

uint32_t hl_peer_hash_id(const void *node, uint32_t place)
{
    const struct hl_node *n = node;

    return hash_id(n, n->peers[place]->id);
}

uint32_t hl_peer_hash_key(const void *node, uint32_t place)
{
    const struct hl_node *n = node;

    return hash_key(n, n->peers[place]->key);
}

struct hl_peer *hl_peer_find(const struct hl_node *n, uint32_t id)
{
    uint32_t at = hash_id(n, id);
    uint32_t place;

    while ((place = hl_table_next(&n->by_id, &at)) != HL_TABLE_NONE)
        if (n->peers[place]->id == id)
            return n->peers[place];
    return NULL;
}

struct hl_peer *hl_peer_by_key(const struct hl_node *n, const uint8_t key[HL_KEY_SIZE])
{
    uint32_t at = hash_key(n, key);
    uint32_t place;

    while ((place = hl_table_next(&n->by_key, &at)) != HL_TABLE_NONE)
        if (memcmp(n->peers[place]->key, key, HL_KEY_SIZE) == 0)
            return n->peers[place];
    return NULL;
}

static int grow(struct hl_node *n)
{
    uint32_t places = n->places ? n->places * 2 : PLACES_FIRST;
    struct hl_peer **peers;

    if (hl_heap_reserve(&n->due, places) < 0)
        return -ENOMEM;
    peers = n->env->resize(n->env->user, n->peers, places * sizeof(*peers));
    if (!peers)
        return -ENOMEM;
    memset(peers + n->places, 0, (places - n->places) * sizeof(*peers));
    n->peers = peers;
    n->places = places;
    return 0;
}

int hl_peer_add(struct hl_node *n, uint32_t id, struct hl_peer **out)
{
    struct hl_peer *p;

    if (n->peers_now >= n->peers_max)
        return HL_ERR_PEERS_FULL;
    if (n->peers_now == n->places && grow(n) < 0)
        return -ENOMEM;
    if (hl_table_reserve(&n->by_id) < 0)
        return -ENOMEM;
    p = hl_env_alloc(n->env, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->id = id;
    p->own = hl_env_random64(n->env) | 1;
    p->waiting = p->retry = HL_NEVER;
    while (n->peers[n->next_place])
        n->next_place = (n->next_place + 1) % n->places;
    p->place = n->next_place;
    n->peers[p->place] = p;
    n->peers_now++;
    hl_table_add(&n->by_id, p->place);
    hl_heap_add(&n->due, p->place, HL_NEVER);
    p->next_keyless = n->keyless;
    n->keyless = p->place;
    *out = p;
    return 0;
}

/* Takes it out of the list of those with news, wherever it stands. */
static void untell(struct hl_node *n, struct hl_peer *p)
{
    uint32_t *at = &n->news_first;
    uint32_t last = HL_PLACE_NONE;

    if (!p->in_news)
        return;
    while (*at != p->place) {
        last = *at;
        at = &n->peers[*at]->next_news;
    }
    *at = p->next_news;
    if (n->news_last == p->place)
        n->news_last = last;
    p->in_news = false;
}

static void leave_keyless(struct hl_node *n, struct hl_peer *p)
{
    uint32_t *at = &n->keyless;

    if (p->has_key)
        return;
    while (*at != p->place)
        at = &n->peers[*at]->next_keyless;
    *at = p->next_keyless;
}

void hl_peer_detach(struct hl_node *n, struct hl_peer *p)
{
    if (p->gone)
        return;
    /* Should it come back as a stranger, what it shared with us is no more. */
    if (p->own == n->stranger_instance)
        n->stranger_instance = 0;
    if (p->has_key)
        hl_table_remove(&n->by_key, p->place);
    leave_keyless(n, p);
    hl_table_remove(&n->by_id, p->place);
    hl_guests_forget(&n->guests, p->id);
    hl_call_end(n, p);
    untell(n, p);
    p->gone = true;
}

void hl_peer_remove(struct hl_node *n, struct hl_peer *p)
{
    hl_peer_detach(n, p);
    hl_roam_end(n, p);
    hl_assoc_end(n, p);
    hl_peer_clear_route(n, p);
    if (n->borrower == p)
        n->borrower = NULL;
    if (p->flow) {
        hl_flow_free(p->flow);
        n->awake -= p->awake;
    }
    for (unsigned i = 0; p->paths && i < p->paths->count; i++)
        hl_route_clear(n->env, &p->paths->routes[i]);
    hl_env_free(n->env, p->paths);
    hl_env_free(n->env, p->older);
    if (p->psk)
        hl_crypt_wipe(p->psk, HL_KEY_SIZE);
    hl_env_free(n->env, p->psk);
    hl_env_free(n->env, p->shown);
    hl_heap_remove(&n->due, p->place);
    n->peers[p->place] = NULL;
    n->next_place = p->place;
    n->peers_now--;
    hl_crypt_wipe(p, sizeof *p);
    hl_env_free(n->env, p);
}

int hl_peer_set_key(struct hl_node *n, struct hl_peer *p, const uint8_t key[HL_KEY_SIZE])
{
    if (hl_table_reserve(&n->by_key) < 0)
        return -ENOMEM;
    if (p->has_key)
        hl_table_remove(&n->by_key, p->place);
    leave_keyless(n, p);
    memcpy(p->key, key, HL_KEY_SIZE);
    p->has_key = true;
    hl_table_add(&n->by_key, p->place);
    return 0;
}

void hl_peer_tell(struct hl_node *n, struct hl_peer *p, uint8_t news)
{
    if (p->gone)
        return;
    p->news |= news;
    if (p->in_news)
        return;
    p->in_news = true;
    p->next_news = HL_PLACE_NONE;
    if (n->news_last == HL_PLACE_NONE)
        n->news_first = p->place;
    else
        n->peers[n->news_last]->next_news = p->place;
    n->news_last = p->place;
}

void hl_peer_tell_down(struct hl_node *n, struct hl_peer *p, int err, uint64_t code)
{
    p->up = false;
    p->err = (int16_t)err;
    p->code = code;
    p->news &= (uint8_t) ~(HL_NEWS_UP | HL_NEWS_MOVED);
    hl_peer_tell(n, p, HL_NEWS_DOWN);
}

void hl_peer_due(struct hl_node *n, struct hl_peer *p, hl_time at)
{
    if (at < hl_heap_at(&n->due, p->place))
        hl_heap_set(&n->due, p->place, at);
}

/* What a path of that kind carries; NULL: not known yet, taken for UDP. */
static struct hl_flow_path carries(const struct hl_node *n, const struct hl_route *r)
{
    bool stream = r->set && hl_transport_is_stream((enum hl_transport)r->transport);

    return (struct hl_flow_path){
        .reliable = stream,
        .datagram = stream ? HL_PMTUD_MAX : n->datagram,
        .overhead = HL_PACKET_OVERHEAD,
    };
}

struct hl_flow *hl_peer_flow(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    const struct hl_flow_path path = carries(n, &p->route);

    if (!p->flow && hl_flow_new(n->env, now, &path, &p->flow) < 0)
        p->flow = NULL;
    return p->flow;
}

void hl_peer_measure(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    const struct hl_flow_path path = carries(n, &p->route);

    if (p->flow)
        hl_flow_set_path(p->flow, now, &path);
}

void hl_peer_wake(struct hl_node *n, struct hl_peer *p)
{
    if (!p->awake)
        n->awake++;
    p->awake = true;
}

void hl_peer_rest(struct hl_node *n, struct hl_peer *p)
{
    if (p->awake)
        n->awake--;
    p->awake = false;
    hl_flow_compact(p->flow);
}

/* Counts its address in or out at the gate: only those of contacts, who may be in a hurry. */
static void know(struct hl_node *n, struct hl_peer *p, int count)
{
    struct hl_path path;

    if (p->known == (count > 0) || !p->route.set)
        return;
    hl_route_path(&p->route, &path);
    hl_gate_know(&n->gate, &path.remote, count);
    p->known = count > 0;
}

int hl_peer_set_route(struct hl_node *n, struct hl_peer *p, const struct hl_path *path)
{
    struct hl_route new = {.set = false};

    if (hl_route_set(n->env, &new, path) < 0)
        return -ENOMEM;
    know(n, p, -1);
    hl_route_move(n->env, &p->route, &new);
    know(n, p, 1);
    return 0;
}

void hl_peer_clear_route(struct hl_node *n, struct hl_peer *p)
{
    know(n, p, -1);
    hl_route_clear(n->env, &p->route);
}

static void drop_path(struct hl_node *n, struct hl_paths *paths, unsigned i)
{
    struct hl_route gone = paths->routes[i];

    memmove(&paths->routes[i], &paths->routes[i + 1],
            (--paths->count - i) * sizeof paths->routes[0]);
    hl_route_clear(n->env, &gone);
}

int hl_peer_add_path(struct hl_node *n, struct hl_peer *p, const struct hl_path *path)
{
    unsigned count = p->paths ? p->paths->count : 0;
    struct hl_route new = {.set = false};
    struct hl_paths *paths;

    if (hl_route_set(n->env, &new, path) < 0)
        return -ENOMEM;
    paths = n->env->resize(n->env->user, p->paths,
                           sizeof *paths + (count + 1) * sizeof paths->routes[0]);
    if (!paths) {
        hl_route_clear(n->env, &new);
        return -ENOMEM;
    }
    p->paths = paths;
    paths->count = (uint8_t)count;
    for (unsigned i = count; i-- > 0;)
        if (hl_route_compare(&paths->routes[i], path) == HL_ROUTE_SAME)
            drop_path(n, paths, i);
    if (paths->count == HL_NODE_PATHS_MAX)
        drop_path(n, paths, 0);
    paths->routes[paths->count++] = new;
    return 0;
}

void hl_peer_link_down(struct hl_node *n, struct hl_peer *p, hl_link link)
{
    for (unsigned i = p->paths ? p->paths->count : 0; i-- > 0;)
        if (p->paths->routes[i].link == link)
            drop_path(n, p->paths, i);
    hl_call_link_down(n, p, link);
    hl_roam_link_down(n, p, link);
    if (p->route.set && p->route.link == link)
        hl_peer_clear_route(n, p);
}
