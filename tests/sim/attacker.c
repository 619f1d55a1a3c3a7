/* SPDX-License-Identifier: MIT */
#include "attacker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORDS = 64,
    NOISE_MAX = 300,
    HOST_V4 = 200, /* of the attacker's addresses */
};

struct record {
    int host; /* that sent it */
    struct hl_addr from, to;
    uint8_t *bytes;
    size_t len;
};

struct attacker {
    struct world *world;
    struct sim_random random;
    unsigned ways;
    uint32_t chance;
    hl_time stop;
    struct record records[RECORDS];
    unsigned count;
    uint8_t scratch[2048];
};

typedef bool attack_act(struct attacker *x, const struct simnet_packet *p);

struct hl_addr attacker_addr(const struct attacker *x, enum hl_family family)
{
    (void)x;
    return simnet_ip(family, HOST_V4, 4855);
}

static void inject(struct attacker *x, const struct simnet_forgery *f)
{
    hl_time delay = (hl_time)sim_random_below(&x->random, HL_MS(2));

    if (f->len)
        simnet_inject(x->world->net, world_now(x->world) + delay, f);
}

static const struct record *any_record(struct attacker *x)
{
    unsigned kept = x->count < RECORDS ? x->count : RECORDS;

    return kept ? &x->records[sim_random_below(&x->random, kept)] : NULL;
}

static void keep(struct attacker *x, const struct simnet_packet *p)
{
    struct record *r = &x->records[x->count++ % RECORDS];

    free(r->bytes);
    *r = (struct record){
        .host = (int)p->host, .from = p->from, .to = p->to, .bytes = malloc(p->len), .len = p->len};
    assert(r->bytes);
    memcpy(r->bytes, p->bytes, p->len);
}

/* ---- what he does; true: the datagram itself goes no further ---- */

static bool replay(struct attacker *x, const struct simnet_packet *p)
{
    const struct record *r = any_record(x);

    (void)p;
    if (r)
        inject(x, &(struct simnet_forgery){r->from, r->to, r->bytes, r->len, 0, r->host, r->to});
    return false;
}

static bool reflect(struct attacker *x, const struct simnet_packet *p)
{
    inject(x, &(struct simnet_forgery){p->to, p->from, p->bytes, p->len, 0, (int)p->host, p->to});
    return false;
}

static bool splice(struct attacker *x, const struct simnet_packet *p)
{
    const struct record *r = any_record(x);
    struct simnet_forgery f = {p->from, p->to, x->scratch, p->len, 0, -1, p->to};
    size_t cut;

    if (!r || p->len > sizeof x->scratch || p->len < 2)
        return false;
    cut = 1 + (size_t)sim_random_below(&x->random, p->len - 1);
    memcpy(x->scratch, p->bytes, p->len);
    if (r->len > cut) {
        f.len = r->len < sizeof x->scratch ? r->len : sizeof x->scratch;
        memcpy(x->scratch + cut, r->bytes + cut, f.len - cut);
    }
    f.altered = cut + 1;
    /* It may have come out as one of the two; then it was not altered. */
    if ((f.len != p->len || memcmp(x->scratch, p->bytes, f.len) != 0) &&
        (f.len != r->len || memcmp(x->scratch, r->bytes, f.len) != 0))
        inject(x, &f);
    return false;
}

static bool modify(struct attacker *x, const struct simnet_packet *p)
{
    struct simnet_forgery f = {p->from, p->to, x->scratch, p->len, 0, -1, p->to};
    uint64_t how = sim_random_below(&x->random, 4);
    size_t at = (size_t)sim_random_below(&x->random, how ? p->len : p->len < 20 ? p->len : 20);

    if (p->len + 1 > sizeof x->scratch)
        return false;
    memcpy(x->scratch, p->bytes, p->len);
    f.altered = at + 1;
    if (how == 2)
        f.len = at; /* cut short */
    else if (how == 3)
        x->scratch[f.len++] = 0;
    else
        x->scratch[at] ^= (uint8_t)(1U << sim_random_below(&x->random, 8));
    if (how == 3)
        f.altered = 1;
    inject(x, &f);
    return false;
}

static bool forward(struct attacker *x, const struct simnet_packet *p)
{
    inject(x, &(struct simnet_forgery){attacker_addr(x, (enum hl_family)p->from.family), p->to,
                                       p->bytes, p->len, 0, (int)p->host, p->to});
    return false;
}

static bool steal(struct attacker *x, const struct simnet_packet *p)
{
    forward(x, p);
    return true;
}

static bool misdirect(struct attacker *x, const struct simnet_packet *p)
{
    const struct record *r = any_record(x);

    if (r && r->to.family == p->from.family)
        inject(x,
               &(struct simnet_forgery){p->from, r->to, p->bytes, p->len, 0, (int)p->host, p->to});
    return false;
}

static bool noise(struct attacker *x, const struct simnet_packet *p)
{
    struct simnet_forgery f = {attacker_addr(x, (enum hl_family)p->to.family),
                               p->to,
                               x->scratch,
                               1 + sim_random_below(&x->random, NOISE_MAX),
                               1,
                               -1,
                               p->to};

    if (sim_random_below(&x->random, 2))
        f.from = p->from;
    for (size_t i = 0; i < f.len; i++)
        x->scratch[i] = (uint8_t)sim_random_next(&x->random);
    if (sim_random_below(&x->random, 2))
        x->scratch[0] |= 0xf8;
    inject(x, &f);
    return false;
}

static attack_act *const acts[] = {replay,  reflect, splice,    modify,
                                   forward, steal,   misdirect, noise};

static bool on_packet(void *user, const struct simnet_packet *p)
{
    struct attacker *x = user;
    uint64_t act = sim_random_below(&x->random, sizeof acts / sizeof *acts);
    bool swallowed = false;

    if (p->at >= x->stop)
        return false;
    if (sim_random_chance(&x->random, x->chance) && x->ways & 1U << act)
        swallowed = acts[act](x, p);
    keep(x, p);
    return swallowed;
}

struct attacker *attacker_new(struct world *w, unsigned ways, uint32_t chance, hl_time stop)
{
    struct attacker *x = calloc(1, sizeof *x);

    assert(x);
    x->world = w;
    x->random = sim_random_fork(w->seed, 3000);
    x->ways = ways;
    x->chance = chance;
    x->stop = stop;
    simnet_set_tap(w->net, on_packet, x);
    return x;
}

void attacker_free(struct attacker *x)
{
    if (!x)
        return;
    simnet_set_tap(x->world->net, NULL, NULL);
    for (unsigned i = 0; i < RECORDS; i++)
        free(x->records[i].bytes);
    free(x);
}
