/* SPDX-License-Identifier: MIT */
/* The hosts of a world and what befalls them; step.c lets them live. */
#include "world.h"

#include "entropy.h"
#include "traffic.h"
#include "whole.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT = 4855 };

struct world *world_new(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);

    if (!w || hl_crypt_init() != 0)
        abort();
    w->seed = seed;
    w->net = simnet_new(seed);
    w->random = sim_random_fork(seed, 1000);
    w->traffic = traffic_new(w);
    w->buf = malloc(HL_NODE_BATCH);
    assert(w->buf);
    return w;
}

void world_unlend(struct world *w, unsigned a)
{
    free(w->nodes[a].lent);
    w->nodes[a].lent = NULL;
}

static void stop_node(struct world *w, unsigned a)
{
    struct world_node *n = &w->nodes[a];

    hl_node_free(n->node);
    n->node = NULL;
    world_unlend(w, a);
    if (n->env.live)
        world_fail(w, "node %u left %zu bytes behind", a, n->env.live);
}

void world_stop(struct world *w)
{
    for (unsigned a = 0; a < w->count; a++)
        stop_node(w, a);
}

void world_free(struct world *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        hl_node_free(w->nodes[i].node);
        world_unlend(w, i);
        watch_ledger_fini(&w->nodes[i].ledger);
    }
    watch_numbers_fini(&w->numbers);
    traffic_free(w->traffic);
    simnet_free(w->net);
    free(w->actions);
    free(w->buf);
    free(w);
}

void world_fail(struct world *w, const char *format, ...)
{
    va_list args;

    if (world_failed(w))
        return;
    va_start(args, format);
    (void)vsnprintf(w->failed, sizeof w->failed, format, args);
    va_end(args);
    w->failed_at = simnet_now(w->net);
}

bool world_failed(const struct world *w)
{
    return w->failed[0] != 0;
}

hl_time world_now(const struct world *w)
{
    return simnet_now(w->net);
}

hl_time world_clock(const struct world *w)
{
    return w->base + simnet_now(w->net);
}

/* ---- nodes ---- */

static void start_node(struct world *w, unsigned a)
{
    struct world_node *n = &w->nodes[a];
    uint32_t fail = n->env.fail;
    int err;

    sim_env_init(&n->env, w->seed, 2000 + a * 100 + n->life);
    n->config.env = &n->env.env;
    err = hl_node_new(&n->config, world_clock(w), &n->node);
    assert(err == 0);
    n->env.fail = fail;
    memcpy(n->key, hl_node_key(n->node), sizeof n->key);
    n->datagrams_in = n->bytes_in = n->datagrams_out = n->bytes_out = 0;
    n->touched = true;
}

/* The generator of that use gives it. */
static void draw_secret(const struct world *w, struct world_node *n, uint64_t use)
{
    struct sim_random random = sim_random_fork(w->seed, use);

    for (unsigned i = 0; i < HL_KEY_SIZE; i++)
        n->config.secret[i] = (uint8_t)sim_random_next(&random);
}

unsigned world_add(struct world *w, bool six)
{
    unsigned a = w->count++;
    struct world_node *n = &w->nodes[a];
    struct hl_addr four = simnet_ip(HL_AF_INET, a + 1, PORT);
    struct hl_addr other = simnet_ip(HL_AF_INET6, a + 1, PORT);

    assert(a < WORLD_NODES);
    n->host = simnet_host(w->net);
    assert(n->host == a);
    simnet_set_addr(w->net, a, HL_AF_INET, &four, &four);
    if (six)
        simnet_set_addr(w->net, a, HL_AF_INET6, &other, &other);
    draw_secret(w, n, 1500 + a);
    start_node(w, a);
    return a;
}

int world_command(struct world *w, unsigned a, unsigned b, struct hl_command *c)
{
    struct world_node *n = &w->nodes[a];
    int err;

    assert(n->node && !n->asleep);
    c->peer = n->peer[b].number;
    n->touched = true;
    err = hl_node_command(n->node, world_clock(w), c);
    world_unlend(w, a);
    return err;
}

/* For commands that the rules of the world let succeed, but for memory. */
static void must(struct world *w, unsigned a, unsigned b, struct hl_command *c)
{
    int err = world_command(w, a, b, c);

    if (err && !w->nodes[a].env.fail)
        world_fail(w, "command %d of node %u: %s", (int)c->kind, a, hl_err_text(err));
}

void world_give_path(struct world *w, unsigned a, unsigned b, const struct hl_path *path)
{
    struct hl_command c = {.kind = HL_CMD_PATH, .path = *path};

    watch_addr(&w->nodes[a].ledger, &path->remote)->given = true;
    must(w, a, b, &c);
}

void world_look_up(struct world *w, unsigned a, unsigned b)
{
    static const enum hl_family families[] = {HL_AF_INET, HL_AF_INET6};
    unsigned left = w->nodes[a].peer[b].paths;

    for (unsigned i = 0; i < 2 && left; i++) {
        struct hl_path path = {.transport = HL_UDP, .link = i ? SIMNET_LINK_V6 : SIMNET_LINK_V4};

        if (simnet_addr(w->net, b, families[i], &path.remote)) {
            world_give_path(w, a, b, &path);
            left--;
        }
    }
}

static void make_known(struct world *w, unsigned a, unsigned b)
{
    struct world_node *n = &w->nodes[a];
    const uint32_t fail = n->env.fail;
    struct hl_command c = {.kind = HL_CMD_PEER,
                           .key = n->peer[b].key_known ? n->peer[b].key : NULL,
                           .psk = n->peer[b].has_psk ? n->peer[b].psk : NULL};

    n->peer[b].number = b;
    n->env.fail = 0; /* a user whose contact could not be added would try again */
    must(w, a, b, &c);
    world_look_up(w, a, b);
    n->env.fail = fail;
}

void world_introduce(struct world *w, unsigned a, unsigned b, bool key, unsigned paths)
{
    w->nodes[a].peer[b].known = w->nodes[a].peer[b].introduced = true;
    w->nodes[a].peer[b].key_known = key;
    memcpy(w->nodes[a].peer[b].key, w->nodes[b].key, HL_KEY_SIZE);
    w->nodes[a].peer[b].paths = paths;
    make_known(w, a, b);
}

static size_t free_action(struct world *w)
{
    size_t i = w->actions_free;

    if (i) {
        w->actions_free = w->actions[i - 1].next;
        return i - 1;
    }
    if (w->actions_count == w->actions_cap) {
        w->actions_cap = w->actions_cap ? w->actions_cap * 2 : 256;
        w->actions = reallocarray(w->actions, w->actions_cap, sizeof *w->actions);
        assert(w->actions);
    }
    return w->actions_count++;
}

void world_at(struct world *w, hl_time at, world_act *act, const void *args, size_t size)
{
    size_t i = free_action(w);
    struct world_action *action = &w->actions[i];

    assert(size <= sizeof action->args);
    action->act = act;
    if (size)
        memcpy(action->args, args, size);
    simnet_timer(w->net, at, i);
}

void world_do(struct world *w, size_t action)
{
    struct world_action a = w->actions[action];

    w->actions[action].next = w->actions_free;
    w->actions_free = action + 1;
    a.act(w, a.args);
}

/* ---- what befalls them ---- */

static void forget_balances(struct world_node *n)
{
    for (size_t i = 0; i < n->ledger.count; i++) {
        struct watch_addr *row = &n->ledger.rows[i];

        row->in = row->out = 0;
        row->reached = row->proven = false;
    }
}

void world_restart(struct world *w, unsigned a)
{
    struct world_node *n = &w->nodes[a];

    assert(n->life + 1 < TRAFFIC_LIVES);
    w->may_restart = true;
    simnet_break_all(w->net, a);
    stop_node(w, a);
    n->life++;
    n->asleep = n->down = n->deaf = false;
    simnet_set_asleep(w->net, a, false);
    forget_balances(n);
    n->tops = (struct watch_tops){0};
    start_node(w, a);
    traffic_restarted(w, a);
    for (unsigned b = 0; b < w->count; b++) {
        n->peer[b].up = false;
        n->peer[b].known = n->peer[b].introduced; /* whom it let in itself it has forgotten */
        if (n->peer[b].known)
            make_known(w, a, b);
    }
    if (w->owner.restarted)
        w->owner.restarted(w->owner.user, a);
}

void world_change_key(struct world *w, unsigned a)
{
    draw_secret(w, &w->nodes[a], 1600 + a);
    world_restart(w, a);
}

void world_accept_key(struct world *w, unsigned a, unsigned b)
{
    memcpy(w->nodes[a].peer[b].key, w->nodes[b].key, HL_KEY_SIZE);
    w->nodes[a].peer[b].up = false;
    make_known(w, a, b);
}

void world_sleep(struct world *w, unsigned a)
{
    w->nodes[a].asleep = true;
    simnet_set_asleep(w->net, a, true);
}

static void network_changed(struct world *w, unsigned a)
{
    struct hl_command c = {.kind = HL_CMD_NETWORK};

    if (!w->nodes[a].asleep && !w->nodes[a].down)
        must(w, a, a, &c);
}

void world_wake(struct world *w, unsigned a)
{
    if (!w->nodes[a].asleep)
        return;
    w->nodes[a].asleep = false;
    simnet_set_asleep(w->net, a, false);
    network_changed(w, a);
}

void world_rebind(struct world *w, unsigned a, enum hl_family family, bool address)
{
    struct hl_addr inner, outer;
    uint16_t port = (uint16_t)sim_random_between(&w->random, 20000, 60000);

    if (!simnet_addr(w->net, a, family, &outer))
        return;
    if (address) {
        outer = simnet_ip(family, (unsigned)sim_random_between(&w->random, 20, 120), port);
        simnet_set_addr(w->net, a, family, &outer, &outer);
        network_changed(w, a);
        return;
    }
    inner = simnet_ip(family, a + 1, PORT);
    outer.port = port;
    simnet_set_addr(w->net, a, family, &inner, &outer);
}

void world_change_family(struct world *w, unsigned a, enum hl_family to)
{
    enum hl_family from = to == HL_AF_INET ? HL_AF_INET6 : HL_AF_INET;
    struct hl_addr addr = simnet_ip(to, (unsigned)sim_random_between(&w->random, 20, 120), PORT);

    simnet_set_addr(w->net, a, from, NULL, NULL);
    simnet_set_addr(w->net, a, to, &addr, &addr);
    network_changed(w, a);
    for (unsigned b = 0; b < w->count; b++) {
        if (!w->nodes[a].asleep && w->nodes[a].peer[b].known && w->nodes[a].peer[b].paths)
            world_look_up(w, a, b);
    }
}

hl_link world_connect(struct world *w, unsigned a, unsigned b)
{
    struct hl_path at_a, at_b;

    simnet_connect(w->net, a, b, &at_a, &at_b);
    watch_addr(&w->nodes[b].ledger, &at_b.remote)->given = true;
    world_give_path(w, a, b, &at_a);
    return at_a.link;
}

/* ---- looking in ---- */

bool world_in_session(const struct world *w, unsigned a, unsigned b)
{
    const struct hl_peer *p = hl_peer_find(w->nodes[a].node, w->nodes[a].peer[b].number);
    const struct hl_peer *q = hl_peer_find(w->nodes[b].node, w->nodes[b].peer[a].number);

    if (!hl_slot_used(&p->slot) && !hl_slot_used(&q->slot))
        return true;
    return p->slot.own == q->slot.theirs && p->slot.theirs == q->slot.own &&
           p->slot.initiator != q->slot.initiator && p->own == q->other && p->other == q->own;
}
