/* SPDX-License-Identifier: MIT */
#include "chaos.h"

#include "attacker.h"
#include "pmtud.h"
#include "traffic.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

#define CHAOS_HEAL  HL_SECS(60) /* from the end of all trouble until nothing is owed */
#define CHAOS_HELLO HL_SECS(10) /* for one message over a good path, however long it rested */
#define CHAOS_REST  HL_SECS(30) /* from then on until no node waits for anything */

struct chaos {
    struct world *w;
    struct sim_random random;
    struct attacker *attacker;
    unsigned honest; /* nodes that are friends; a stranger comes after them */
    bool six;
    hl_time end;     /* of all trouble */
    unsigned movers; /* bits: nodes whose address changed */
};

/* ---- drawing ---- */

static uint64_t below(struct chaos *c, uint64_t n)
{
    return sim_random_below(&c->random, n);
}

static bool percent(struct chaos *c, uint32_t chance)
{
    return sim_random_chance(&c->random, chance * 10000);
}

static hl_time between(struct chaos *c, hl_time low, hl_time high)
{
    return sim_random_between(&c->random, low, high);
}

/* Short ones mostly, long ones sometimes. */
static hl_time stretch(struct chaos *c, hl_time longest)
{
    uint64_t shift = below(c, 10);

    return between(c, longest >> 10, longest >> shift);
}

static uint32_t sometimes(struct chaos *c, uint32_t chance, uint32_t most)
{
    uint32_t value = (uint32_t)below(c, most);

    return percent(c, chance) ? value : 0;
}

/* ---- paths ---- */

static void draw_pipe(struct chaos *c, struct sim_pipe_config *p)
{
    static const size_t mtus[] = {1200, 1252, 1372, 1452, 1472, 4000, 8952};
    static const uint32_t losses[] = {0, 0, 10000, 50000, 200000, 300000};
    bool clean = percent(c, 30);

    *p = (struct sim_pipe_config){
        .delay = stretch(c, HL_MS(300)),
        .loss = losses[below(c, 6)],
        .burst_enter = sometimes(c, 20, 10000),
        .burst_leave = 100000 + (uint32_t)below(c, 300000),
        .duplicate = sometimes(c, 30, 100000),
        .reorder = sometimes(c, 30, 100000),
        .reorder_by = stretch(c, HL_MS(100)),
        .corrupt = sometimes(c, 30, 50000),
        .truncate = sometimes(c, 20, 50000),
        .jitter = sometimes(c, 40, HL_MS(30)),
        .rate = sometimes(c, 40, 4000000),
        .queue = UINT64_C(8192) << below(c, 6),
        .mtu = mtus[below(c, 7)],
        .mtu_refuses = percent(c, 30),
    };
    if (p->rate)
        p->rate += 30000;
    if (percent(c, 40))
        p->mtu = 0;
    if (clean)
        *p = (struct sim_pipe_config){.delay = p->delay, .rate = p->rate, .queue = p->queue};
}

static void draw_paths(struct chaos *c)
{
    for (unsigned a = 0; a < c->w->count; a++) {
        for (unsigned b = 0; b < c->w->count; b++)
            draw_pipe(c, &simnet_pipe(c->w->net, a, b)->config);
    }
}

/* ---- what is said ---- */

struct say {
    unsigned from, to;
    uint64_t stream;
    uint32_t len;
};

static void say(struct world *w, const void *args)
{
    struct say s;

    memcpy(&s, args, sizeof s);
    if (!w->nodes[s.from].asleep && w->nodes[s.from].peer[s.to].known)
        traffic_say(w, s.from, s.to, s.stream, s.len);
}

static void send_file(struct world *w, const void *args)
{
    struct say s;

    memcpy(&s, args, sizeof s);
    if (!w->nodes[s.from].asleep && w->nodes[s.from].peer[s.to].known)
        (void)traffic_send_file(w, s.from, s.to, s.len);
}

static void end_files(struct world *w, const void *args)
{
    struct say s;

    memcpy(&s, args, sizeof s);
    for (unsigned i = 0; i < w->traffic->files_count; i++) {
        const struct traffic_file *f = &w->traffic->files[i];

        if (s.stream && f->from == s.from && !w->nodes[s.from].asleep && !f->finished)
            traffic_reset_file(w, i);
        else if (!s.stream && f->to == s.from && !w->nodes[s.from].asleep && !f->finished)
            traffic_stop_file(w, i);
    }
}

static uint32_t draw_size(struct chaos *c)
{
    uint64_t kind = below(c, 40);

    if (kind == 0)
        return (uint32_t)between(c, 10000, HL_MESSAGE_MAX);
    if (kind < 4)
        return (uint32_t)between(c, 1000, 5000);
    return (uint32_t)between(c, TRAFFIC_HEAD, 200);
}

static void draw_talk(struct chaos *c, unsigned from, unsigned to, hl_time start)
{
    struct say s = {.from = from, .to = to, .stream = HL_STREAM_CHAT};
    unsigned count = (unsigned)between(c, 1, 30);
    hl_time at = start, gap = percent(c, 30) ? 0 : stretch(c, HL_MS(800));

    for (unsigned i = 0; i < count; i++) {
        s.len = draw_size(c);
        s.stream = percent(c, 10) ? HL_STREAM_CONTROL : HL_STREAM_CHAT;
        world_at(c->w, at, say, &s, sizeof s);
        at += gap ? between(c, 0, 2 * gap) : 0;
        if (percent(c, 2))
            at += stretch(c, HL_SECS(4));
        if (at > c->end)
            return;
    }
}

static void draw_file(struct chaos *c, unsigned from, unsigned to, hl_time start)
{
    struct say s = {.from = from, .to = to, .len = (uint32_t)stretch(c, 200000)};
    hl_time later = start + stretch(c, HL_SECS(2));

    world_at(c->w, start, send_file, &s, sizeof s);
    if (percent(c, 10)) {
        s.from = percent(c, 50) ? from : to;
        s.stream = s.from == from;
        world_at(c->w, later, end_files, &s, sizeof s);
    }
}

/* Bursts of talk with rests between them, some long enough for keys to grow old. */
static void draw_traffic(struct chaos *c)
{
    unsigned phases = (unsigned)between(c, 1, 4);
    hl_time at = stretch(c, HL_SECS(1));

    for (unsigned i = 0; i < phases; i++) {
        unsigned from = (unsigned)below(c, c->honest);
        unsigned to = (from + 1 + (unsigned)below(c, c->honest - 1)) % c->honest;

        if (at < c->end) {
            draw_talk(c, from, to, at);
            if (percent(c, 70))
                draw_talk(c, to, from, at + stretch(c, HL_SECS(1)));
            if (percent(c, 30))
                draw_file(c, from, to, at + stretch(c, HL_SECS(1)));
        }
        at += percent(c, 60) ? stretch(c, HL_SECS(20)) : between(c, HL_SECS(60), HL_SECS(400));
    }
}

/* ---- what befalls them ---- */

struct incident {
    struct chaos *chaos;
    unsigned a, b;
    uint64_t value;
};

static bool able(const struct world *w, unsigned a)
{
    return !w->nodes[a].asleep && !w->nodes[a].down;
}

static void order(struct world *w, unsigned a, unsigned b, struct hl_command c)
{
    if (able(w, a) && w->nodes[a].peer[b].known)
        (void)!world_command(w, a, b, &c);
}

static void cut(struct chaos *c, const struct incident *i)
{
    simnet_pipe(c->w->net, i->a, i->b)->config.cut = true;
    if (i->value % 3)
        simnet_pipe(c->w->net, i->b, i->a)->config.cut = true;
}

static void mend(struct chaos *c, const struct incident *i)
{
    simnet_pipe(c->w->net, i->a, i->b)->config.cut = false;
    simnet_pipe(c->w->net, i->b, i->a)->config.cut = false;
}

static void rebind(struct chaos *c, const struct incident *i)
{
    c->movers |= 1U << i->a;
    world_rebind(c->w, i->a, i->value & 2 && c->six ? HL_AF_INET6 : HL_AF_INET, i->value & 1);
}

static void change_family(struct chaos *c, const struct incident *i)
{
    if (!c->six || c->movers & ~(1U << i->a))
        return;
    c->movers |= 1U << i->a;
    world_change_family(c->w, i->a, i->value & 1 ? HL_AF_INET6 : HL_AF_INET);
}

static void sleep_host(struct chaos *c, const struct incident *i)
{
    simnet_break_all(c->w->net, i->a);
    world_sleep(c->w, i->a);
}

static void wake_host(struct chaos *c, const struct incident *i)
{
    world_wake(c->w, i->a);
}

static void restart(struct chaos *c, const struct incident *i)
{
    if (c->w->nodes[i->a].life + 2 < TRAFFIC_LIVES)
        world_restart(c->w, i->a);
}

static void network(struct chaos *c, const struct incident *i)
{
    order(c->w, i->a, i->b, (struct hl_command){.kind = HL_CMD_NETWORK});
}

static void rekey(struct chaos *c, const struct incident *i)
{
    order(c->w, i->a, i->b, (struct hl_command){.kind = HL_CMD_REKEY});
}

static void goodbye(struct chaos *c, const struct incident *i)
{
    order(c->w, i->a, i->b, (struct hl_command){.kind = HL_CMD_CLOSE});
}

static void keepalive(struct chaos *c, const struct incident *i)
{
    hl_time interval = HL_SECS(1 + (hl_time)(i->value % 40));

    order(c->w, i->a, i->b, (struct hl_command){.kind = HL_CMD_KEEPALIVE, .interval = interval});
}

static void no_keepalive(struct chaos *c, const struct incident *i)
{
    order(c->w, i->a, i->b, (struct hl_command){.kind = HL_CMD_KEEPALIVE});
}

static void shrink(struct chaos *c, const struct incident *i)
{
    simnet_pipe(c->w->net, i->a, i->b)->config.mtu = HL_PMTUD_BASE;
}

static void mask(struct chaos *c, const struct incident *i)
{
    simnet_pipe(c->w->net, i->a, i->b)->config.mask = i->value;
}

static void slow_down(struct chaos *c, const struct incident *i)
{
    simnet_pipe(c->w->net, i->a, i->b)->config.delay += (hl_time)(i->value % HL_MS(300));
}

static void attach(struct chaos *c, const struct incident *i)
{
    struct hl_addr x;

    if (able(c->w, i->a) && able(c->w, i->b) && c->w->nodes[i->a].peer[i->b].known &&
        simnet_addr(c->w->net, i->a, HL_AF_INET, &x) &&
        simnet_addr(c->w->net, i->b, HL_AF_INET, &x))
        (void)world_connect(c->w, i->a, i->b);
}

static void detach(struct chaos *c, const struct incident *i)
{
    simnet_break_all(c->w->net, i->a);
}

static void starve(struct chaos *c, const struct incident *i)
{
    c->w->nodes[i->a].env.fail = (uint32_t)(i->value % 50000);
}

static void feed(struct chaos *c, const struct incident *i)
{
    c->w->nodes[i->a].env.fail = 0;
}

/* The owner of a node is busy elsewhere, while somebody sends it more than may wait for him. */
static void go_deaf(struct chaos *c, const struct incident *i)
{
    c->w->nodes[i->a].deaf = true;
    if (able(c->w, i->b) && c->w->nodes[i->b].peer[i->a].known)
        (void)traffic_send_file(c->w, i->b, i->a, 300000 + i->value % 100000);
}

static void listen_again(struct chaos *c, const struct incident *i)
{
    c->w->nodes[i->a].deaf = false;
    c->w->nodes[i->a].touched = true;
}

static void nothing(struct chaos *c, const struct incident *i)
{
    (void)c;
    (void)i;
}

/* begin, and after up to that long end. */
static const struct incident_kind {
    void (*begin)(struct chaos *c, const struct incident *i);
    void (*end)(struct chaos *c, const struct incident *i);
    hl_time longest;
    uint32_t weight;
} kinds[] = {
    {cut, mend, HL_SECS(30), 4},
    {rebind, nothing, 0, 4},
    {change_family, nothing, 0, 2},
    {sleep_host, wake_host, HL_SECS(300), 2},
    {restart, nothing, 0, 4},
    {network, nothing, 0, 1},
    {rekey, nothing, 0, 2},
    {goodbye, nothing, 0, 2},
    {keepalive, no_keepalive, HL_SECS(100), 2},
    {shrink, nothing, 0, 2},
    {mask, nothing, 0, 2},
    {slow_down, nothing, 0, 2},
    {attach, detach, HL_SECS(20), 3},
    {starve, feed, HL_SECS(5), 1},
    {go_deaf, listen_again, HL_SECS(20), 1},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

struct happening {
    struct incident incident;
    uint64_t kind;
    bool ends;
};

static void happen(struct world *w, const void *args)
{
    struct happening h;

    (void)w;
    memcpy(&h, args, sizeof h);
    if (h.ends)
        kinds[h.kind].end(h.incident.chaos, &h.incident);
    else
        kinds[h.kind].begin(h.incident.chaos, &h.incident);
}

static uint64_t draw_kind(struct chaos *c)
{
    uint64_t total = 0, k = 0, at;

    for (unsigned i = 0; i < KINDS; i++)
        total += kinds[i].weight;
    for (at = below(c, total); at >= kinds[k].weight; k++)
        at -= kinds[k].weight;
    return k;
}

static void draw_incidents(struct chaos *c)
{
    unsigned count = percent(c, 30) ? 0 : (unsigned)between(c, 1, 4);

    for (unsigned i = 0; i < count; i++) {
        struct happening h = {.incident = {.chaos = c}, .kind = draw_kind(c)};
        hl_time at = percent(c, 50) ? stretch(c, c->end) : between(c, 0, c->end - 1);
        hl_time longest = kinds[h.kind].longest;

        h.incident.a = (unsigned)below(c, c->honest);
        h.incident.b = (h.incident.a + 1 + (unsigned)below(c, c->honest - 1)) % c->honest;
        h.incident.value = sim_random_next(&c->random);
        world_at(c->w, at, happen, &h, sizeof h);
        if (longest) {
            h.ends = true;
            at += stretch(c, longest);
            world_at(c->w, at < c->end ? at : c->end, happen, &h, sizeof h);
        }
    }
}

/* ---- who is there ---- */

static void draw_node(struct chaos *c)
{
    static const size_t datagrams[] = {0, 0, 1200, 1452, 8952, 65000};
    struct world_node *n = &c->w->nodes[c->w->count];

    n->config.datagram = datagrams[below(c, 6)];
    n->config.pairing = false;
    n->config.owner_repeats = sim_mix(c->w->seed * WORLD_NODES + c->w->count) & 1;
    (void)world_add(c->w, c->six);
}

static void let_pair(struct chaos *c, unsigned a)
{
    struct hl_command pairing = {.kind = HL_CMD_PAIRING, .on = true};

    c->w->nodes[a].config.pairing = true;
    (void)!world_command(c->w, a, a, &pairing);
}

static void acquaint(struct chaos *c, unsigned a, unsigned b)
{
    struct world_node *n = c->w->nodes;
    unsigned paths = c->six ? 2 : 1;
    bool psk = percent(c, 20), both = percent(c, 40);

    if (percent(c, 25)) { /* b learns of a when a calls */
        let_pair(c, b);
        world_introduce(c->w, a, b, percent(c, 20), paths);
        return;
    }
    n[a].peer[b].has_psk = n[b].peer[a].has_psk = psk;
    memset(n[a].peer[b].psk, 0x55, HL_KEY_SIZE);
    memset(n[b].peer[a].psk, 0x55, HL_KEY_SIZE);
    world_introduce(c->w, b, a, true, both ? paths : 0);
    world_introduce(c->w, a, b, true, paths);
}

/* Somebody with a key that nobody knows calls a contact of nobody. */
static void add_stranger(struct chaos *c)
{
    unsigned x = c->w->count, a = (unsigned)below(c, c->honest);
    struct hl_addr addr;

    draw_node(c);
    if (c->w->nodes[a].config.pairing)
        return;
    for (unsigned f = HL_AF_INET; f <= HL_AF_INET6; f += HL_AF_INET6 - HL_AF_INET) {
        if (simnet_addr(c->w->net, x, (enum hl_family)f, &addr))
            watch_addr(&c->w->nodes[a].ledger, &addr)->stranger = true;
    }
    c->w->nodes[x].stranger = true;
    world_introduce(c->w, x, a, percent(c, 70), 1);
}

static void draw_world(struct chaos *c)
{
    c->honest = percent(c, 85) ? 2 : 3;
    c->six = percent(c, 50);
    c->w->batch = percent(c, 50);
    c->end = percent(c, 60) ? between(c, HL_SECS(1), HL_SECS(20))
                            : between(c, HL_SECS(20), HL_SECS(600));
    for (unsigned a = 0; a < c->honest; a++)
        draw_node(c);
    draw_paths(c);
    for (unsigned a = 1; a < c->honest; a++) {
        unsigned up = (unsigned)below(c, 2);

        acquaint(c, a - up, a - !up);
    }
    if (percent(c, 15))
        add_stranger(c);
    if (percent(c, 30))
        c->attacker = attacker_new(c->w, (unsigned)below(c, ATTACK_ALL + 1),
                                   (uint32_t)stretch(c, 500000), c->end);
    draw_traffic(c);
    draw_incidents(c);
}

/* ---- the course of it ---- */

/* All trouble ends. */
static void heal(struct chaos *c)
{
    struct world *w = c->w;

    for (unsigned a = 0; a < w->count; a++) {
        for (unsigned b = 0; b < w->count; b++) {
            struct sim_pipe_config *p = &simnet_pipe(w->net, a, b)->config;

            *p = (struct sim_pipe_config){.delay = p->delay};
        }
    }
    for (unsigned a = 0; a < w->count; a++) {
        world_wake(w, a);
        w->nodes[a].env.fail = 0;
        w->nodes[a].deaf = false;
        w->nodes[a].touched = true;
        for (unsigned b = 0; b < w->count; b++) {
            order(w, a, b, (struct hl_command){.kind = HL_CMD_KEEPALIVE});
            /* Who moved while nobody was looking is found by looking it up. */
            if (c->movers && w->nodes[a].peer[b].paths && w->nodes[a].peer[b].known)
                world_look_up(w, a, b);
        }
    }
}

static void hello(struct chaos *c)
{
    for (unsigned a = 0; a < c->honest; a++) {
        for (unsigned b = 0; b < c->honest; b++) {
            if (a != b && c->w->nodes[a].peer[b].known)
                traffic_say(c->w, a, b, HL_STREAM_CHAT, 20);
        }
    }
}

static bool done(struct world *w)
{
    return traffic_done(w);
}

static bool quiet(struct world *w)
{
    return world_quiet(w);
}

static void settle(struct chaos *c, hl_time limit)
{
    struct world *w = c->w;

    if (!world_run_to(w, world_now(w) + limit, done))
        traffic_report(w);
    else if (!world_run_to(w, world_now(w) + CHAOS_REST, quiet))
        world_fail(w, "all is said, but a node still has a timer");
}

static void course(struct chaos *c)
{
    struct world *w = c->w;
    hl_time rest;

    draw_world(c);
    if (!world_run(w, c->end))
        return;
    heal(c);
    hello(c); /* whose NAT chose anew says so, or nobody would find it */
    settle(c, CHAOS_HEAL);
    rest = percent(c, 50) ? stretch(c, HL_SECS(5)) : between(c, HL_SECS(5), HL_SECS(4000));
    if (!world_run(w, world_now(w) + rest))
        return;
    hello(c);
    settle(c, CHAOS_HELLO);
}

void chaos_run(uint64_t seed, int64_t base, bool verbose, struct chaos_result *out)
{
    struct chaos c = {.w = world_new(seed), .random = sim_random_fork(seed, 0)};
    struct world *w = c.w;

    w->verbose = verbose;
    w->base = base;
    course(&c);
    *out = (struct chaos_result){.duration = world_now(w)};
    for (unsigned a = 0; a < w->count; a++)
        out->datagrams += w->nodes[a].datagrams_out;
    for (unsigned i = 0; i < w->traffic->talks_count; i++)
        out->messages += w->traffic->talks[i].total;
    world_stop(w);
    out->ok = !world_failed(w);
    out->hash = w->trace.hash;
    if (!out->ok)
        (void)snprintf(out->failed, sizeof out->failed, "%.6f s: %s", (double)w->failed_at / 1e6,
                       w->failed);
    attacker_free(c.attacker);
    world_free(w);
}
