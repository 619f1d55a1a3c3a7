/* SPDX-License-Identifier: MIT */
#include "pmtud.h"
#include "whole.h"

#include <errno.h>
#include <string.h>

/* ---- life ---- */

int hl_node_new(const struct hl_node_config *config, hl_time now, struct hl_node **out)
{
    const struct hl_env *env = config->env;
    struct hl_node *n = hl_env_alloc(env, sizeof *n);

    if (!n)
        return -ENOMEM;
    n->env = env;
    hl_identity_init(&n->id, config->secret);
    n->pairing = config->pairing;
    n->owner_repeats = config->owner_repeats;
    n->datagram =
        config->datagram && config->datagram < HL_PMTUD_MAX ? config->datagram : HL_PMTUD_MAX;
    n->peers_max = config->peers_max ? (uint32_t)config->peers_max : HL_PEERS_DEFAULT;
    n->next_stranger = HL_PEER_STRANGER;
    n->news_first = n->news_last = n->reason_of = n->keyless = HL_PLACE_NONE;
    n->seed = hl_env_random64(env);
    n->by_id = (struct hl_table){.env = env, .owner = n, .hash = hl_peer_hash_id};
    n->by_key = (struct hl_table){.env = env, .owner = n, .hash = hl_peer_hash_key};
    hl_heap_init(&n->due, env);
    hl_index_init(&n->index, env);
    hl_guests_init(&n->guests, env, &n->index);
    hl_gate_init(&n->gate, env, now);
    hl_replies_init(&n->replies, env);
    *out = n;
    return 0;
}

void hl_node_free(struct hl_node *n)
{
    const struct hl_env *env;

    if (!n)
        return;
    env = n->env;
    for (uint32_t i = 0; i < n->places; i++)
        if (n->peers[i])
            hl_peer_remove(n, n->peers[i]);
    hl_guests_fini(&n->guests);
    hl_replies_fini(&n->replies);
    hl_gate_fini(&n->gate);
    hl_index_fini(&n->index);
    hl_heap_fini(&n->due);
    hl_table_fini(&n->by_id);
    hl_table_fini(&n->by_key);
    hl_env_free(env, n->peers);
    hl_env_free(env, n->full);
    hl_crypt_wipe(n, sizeof *n);
    hl_env_free(env, n);
}

const uint8_t *hl_node_key(const struct hl_node *n)
{
    return n->id.key;
}

/* ---- in ---- */

void hl_node_recv(struct hl_node *n, hl_time now, const struct hl_path *from, uint8_t *bytes,
                  size_t len)
{
    struct hl_packet p;

    hl_accept_settle(n, now);
    hl_guests_expire(&n->guests, now);
    n->stats.datagrams_in++;
    n->stats.bytes_in += len;
    switch (hl_packet_decode(bytes, len, &p)) {
    case HL_PACKET_NOT_HULLO:
        n->stats.not_hullo++;
        return;
    case HL_PACKET_BAD_LENGTH:
        n->stats.bad_length++;
        return;
    case HL_PACKET_GOOD:
        break;
    }
    switch (p.type) {
    case HL_PACKET_INITIAL_XX:
    case HL_PACKET_INITIAL_IK:
        hl_greet_initial(n, now, from, &p);
        break;
    case HL_PACKET_RESPONSE_XX:
    case HL_PACKET_RESPONSE_IK:
        hl_greet_response(n, now, from, &p);
        break;
    case HL_PACKET_COOKIE:
        hl_greet_cookie(n, now, from, &p);
        break;
    case HL_PACKET_FINISH_XX:
        hl_greet_finish(n, now, &p);
        break;
    case HL_PACKET_DATA:
        hl_accept_data(n, now, from, &p, bytes);
        break;
    }
}

void hl_node_settle(struct hl_node *n, hl_time now)
{
    hl_accept_settle(n, now);
}

/* ---- events ---- */

static void fill_path(const struct hl_peer *p, struct hl_node_event *ev)
{
    if (p->route.set)
        hl_route_path(&p->route, &ev->path);
}

static void fill_down(const struct hl_node *n, const struct hl_peer *p, struct hl_node_event *ev)
{
    ev->err = p->err;
    ev->code = p->code;
    if (p->err == HL_ERR_KEY_CHANGED || p->err == -EEXIST)
        ev->key = p->shown;
    if (p->err == HL_ERR_CLOSED && n->reason_of == p->place) {
        ev->data = n->reason;
        ev->len = n->reason_len;
    }
}

/* The one of these bits that is told first; 0. */
static uint8_t first_news(const struct hl_peer *p, uint8_t among)
{
    uint8_t news = p->news & among;

    return (uint8_t)(news & -news);
}

static bool tell(struct hl_node *n, struct hl_peer *p, uint8_t news, struct hl_node_event *ev)
{
    if (!news)
        return false;
    p->news &= (uint8_t)~news;
    *ev = (struct hl_node_event){.peer = p->id, .key = p->has_key ? p->key : NULL};
    switch ((enum hl_news)news) {
    case HL_NEWS_STRANGER:
        ev->kind = HL_NODE_STRANGER;
        break;
    case HL_NEWS_DOWN:
        ev->kind = HL_NODE_DOWN;
        fill_down(n, p, ev);
        break;
    case HL_NEWS_UP:
        ev->kind = HL_NODE_UP;
        ev->restarted = p->restarted;
        p->restarted = false;
        fill_path(p, ev);
        break;
    case HL_NEWS_MOVED:
        ev->kind = HL_NODE_MOVED;
        fill_path(p, ev);
        break;
    case HL_NEWS_NO_ANSWER:
        ev->kind = HL_NODE_NO_ANSWER;
        ev->err = p->err;
        break;
    }
    return true;
}

/* What a session brought is told after its UP and before its DOWN; of a session that ended and
 * another that began since, the end first. */
static bool tell_next(struct hl_node *n, struct hl_peer *p, hl_time now, struct hl_node_event *ev)
{
    const uint8_t last = p->news & HL_NEWS_UP ? 0 : HL_NEWS_DOWN | HL_NEWS_NO_ANSWER;

    if (tell(n, p, first_news(p, (uint8_t)~last), ev))
        return true;
    /* Most events are messages: path, the bulk of the struct, is not worth zeroing for each. */
    memset(ev, 0, offsetof(struct hl_node_event, path));
    ev->kind = HL_NODE_FLOW;
    ev->peer = p->id;
    while (p->flow && hl_flow_event(p->flow, now, &ev->flow)) {
        if (ev->flow.kind != HL_FLOW_BROKEN)
            return true;
        hl_assoc_fail(n, p, now, ev->flow.err);
    }
    return tell(n, p, first_news(p, last), ev);
}

static struct hl_peer *take_first(struct hl_node *n)
{
    struct hl_peer *p = n->peers[n->news_first];

    n->news_first = p->next_news;
    if (n->news_first == HL_PLACE_NONE)
        n->news_last = HL_PLACE_NONE;
    n->news_told = 0;
    p->in_news = false;
    return p;
}

/* Whoever says more than the owner can take must not keep the others from being heard. */
static void take_turns(struct hl_node *n, hl_time now)
{
    struct hl_peer *p;

    if (n->news_told < HL_NEWS_TURN || n->news_first == n->news_last)
        return;
    p = take_first(n);
    hl_peer_tell(n, p, 0);
    hl_peer_due(n, p, now);
}

bool hl_node_event(struct hl_node *n, hl_time now, struct hl_node_event *ev)
{
    take_turns(n, now);
    while (n->news_first != HL_PLACE_NONE) {
        struct hl_peer *p = n->peers[n->news_first];

        if (tell_next(n, p, now, ev)) {
            n->news_told += HL_NEWS_COST + (ev->kind == HL_NODE_FLOW ? ev->flow.len : ev->len);
            return true;
        }
        p = take_first(n);
        hl_peer_due(n, p, now); /* what was read may be news to the peer */
    }
    return false;
}

/* ---- looking in ---- */

static size_t peer_memory(const struct hl_peer *p)
{
    struct hl_flow_stats s = {.memory = 0};

    if (p->flow)
        hl_flow_stats(p->flow, &s);
    return sizeof *p + s.memory + (p->call ? sizeof *p->call : 0) +
           (p->roam ? sizeof *p->roam : 0) +
           (p->paths ? sizeof *p->paths + p->paths->count * sizeof p->paths->routes[0] : 0) +
           (p->older ? HL_SLOTS_OLDER * sizeof *p->older : 0) + (p->psk ? HL_KEY_SIZE : 0) +
           (p->shown ? HL_KEY_SIZE : 0);
}

void hl_node_stats(const struct hl_node *n, struct hl_node_stats *out)
{
    size_t memory = sizeof *n + n->places * sizeof(*n->peers) + hl_heap_memory(&n->due) +
                    hl_index_memory(&n->index) + hl_table_memory(&n->by_id) +
                    hl_table_memory(&n->by_key) + hl_guests_memory(&n->guests) +
                    hl_replies_memory(&n->replies) + hl_gate_memory(&n->gate) +
                    n->full_cap * sizeof(*n->full);

    for (uint32_t i = 0; i < n->places; i++)
        if (n->peers[i])
            memory += peer_memory(n->peers[i]);
    *out = n->stats;
    out->peers = n->peers_now;
    out->sessions_now = n->sessions;
    out->memory = memory;
}

bool hl_node_peer(const struct hl_node *n, uint32_t peer, struct hl_peer_info *out)
{
    const struct hl_peer *p = hl_peer_find(n, peer);

    if (!p)
        return false;
    *out = (struct hl_peer_info){
        .has_key = p->has_key,
        .up = p->up,
        .validated = p->route.set && hl_roam_room(p) == SIZE_MAX,
        .heard = p->heard,
    };
    memcpy(out->key, p->key, sizeof out->key);
    if (p->route.set)
        hl_route_path(&p->route, &out->path);
    if (p->flow)
        hl_flow_stats(p->flow, &out->flow);
    return true;
}
