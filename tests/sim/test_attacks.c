/* SPDX-License-Identifier: MIT */
/* What somebody without a key can do: nothing but make noise. */
#include "attacker.h"
#include "scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RTT HL_MS(50)

static void end(struct world *w)
{
    cr_assert(!world_failed(w), "%s", w->failed);
    world_stop(w);
    cr_assert(!world_failed(w), "%s", w->failed);
    world_free(w);
}

/* ---- altered packets ---- */

struct mutator {
    struct world *w;
    unsigned types[8]; /* packets of each type seen */
    uint64_t forged;
};

static void forge(struct mutator *m, const struct simnet_packet *p, const uint8_t *bytes,
                  size_t len, size_t altered)
{
    simnet_inject(m->w->net, p->at,
                  &(struct simnet_forgery){p->from, p->to, bytes, len, altered, -1, p->to});
    m->forged++;
}

/* Before the first packets of each type arrives, every single-bit change and every truncation of
 * it does, and it itself with a byte more. The world checks that each is dropped. */
static bool mutate(void *user, const struct simnet_packet *p)
{
    struct mutator *m = user;
    uint8_t bytes[2048];

    if (p->len >= sizeof bytes || m->types[p->bytes[0] & 7]++ >= 3)
        return false;
    memcpy(bytes, p->bytes, p->len);
    for (size_t bit = 0; bit < p->len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        forge(m, p, bytes, p->len, bit / 8 + 1);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len < p->len; len++)
        forge(m, p, bytes, len, len + 1);
    bytes[p->len] = 0;
    forge(m, p, bytes, p->len + 1, 1);
    return false;
}

Test(attacks, no_altered_packet_is_taken)
{
    for (int start = SCENE_IK; start <= SCENE_XX; start++) {
        struct world *w = scene_new(
            &(struct scene){.start = (enum scene_start)start, .delay = RTT / 2, .seed = 1});
        struct mutator m = {.w = w};

        simnet_set_tap(w->net, mutate, &m);
        scene_chat(w, &(struct scene_chat){0, 1, 20, 100, 0, HL_MS(20)});
        cr_assert(world_run(w, HL_SECS(2)), "%s", w->failed);
        cr_assert(scene_drain(w, HL_SECS(20)), "%s", w->failed);
        cr_expect(w->nodes[0].peer[1].ups == 1 && w->nodes[1].peer[0].ups == 1);
        printf("%s: %lu altered packets, none taken\n", start == SCENE_XX ? "XX" : "IK",
               (unsigned long)m.forged);
        simnet_set_tap(w->net, NULL, NULL);
        end(w);
    }
}

/* ---- strangers ---- */

Test(attacks, a_stranger_gets_no_byte)
{
    struct world *w = scene_new(&(struct scene){.start = SCENE_IK, .delay = RTT / 2, .seed = 2});
    struct sim_random random = sim_random_fork(2, 0);
    struct simnet_forgery f = {.from = simnet_ip(HL_AF_INET, 99, 9), .maker = -1};
    struct hl_addr addr;
    uint8_t bytes[256];
    unsigned x;

    cr_assert(simnet_addr(w->net, 1, HL_AF_INET, &f.to));
    watch_addr(&w->nodes[1].ledger, &f.from)->stranger = true;
    x = world_add(w, false);
    cr_assert(simnet_addr(w->net, x, HL_AF_INET, &addr));
    watch_addr(&w->nodes[1].ledger, &addr)->stranger = true;
    world_introduce(w, x, 1, true, 1); /* a valid first message, from a key nobody knows */
    traffic_say(w, 0, 1, HL_STREAM_CHAT, 100);
    f.bytes = bytes;
    f.altered = 1;
    for (unsigned i = 0; i < 100000; i++) {
        static const size_t lens[] = {192, 156, 108, 64, 124, 29, 100};

        f.len = i % 2 ? lens[i / 2 % 7] : 1 + sim_random_below(&random, sizeof bytes - 1);
        for (size_t k = 0; k < f.len; k++)
            bytes[k] = (uint8_t)sim_random_next(&random);
        if (i % 4)
            bytes[0] |= 0xf8;
        simnet_inject(w->net, HL_MS(100) + i * 100, &f);
    }
    cr_assert(world_run(w, HL_SECS(40)), "%s", w->failed);
    cr_expect_eq(w->nodes[x].peer[1].ups, 0);
    cr_expect_gt(w->nodes[x].peer[1].no_answers, 0);
    cr_expect(traffic_done(w));
    end(w);
}

/* ---- what an attacker on the path does for a while ---- */

static const struct {
    const char *name;
    unsigned ways;
    uint32_t chance;
    hl_time longest; /* delivery of a message meanwhile */
} attacks[] = {
    {"every packet replayed at random later", ATTACK_REPLAY, 1000000, RTT / 2 + HL_MS(1)},
    {"every packet sent back", ATTACK_REFLECT, 1000000, RTT / 2 + HL_MS(1)},
    {"every packet spliced", ATTACK_SPLICE, 1000000, RTT / 2 + HL_MS(1)},
    {"every packet altered", ATTACK_MODIFY, 1000000, RTT / 2 + HL_MS(1)},
    {"noise", ATTACK_NOISE, 1000000, RTT / 2 + HL_MS(1)},
    {"every eighth forwarded from elsewhere", ATTACK_FORWARD, 1000000, HL_SECS(3)},
    {"one in eighty stolen and forwarded", ATTACK_STEAL, 100000, HL_SECS(3)},
    {"all of it", ATTACK_ALL, 1000000, HL_SECS(5)},
};

Test(attacks, a_conversation_goes_on_under_attack)
{
    for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        struct world *w =
            scene_new(&(struct scene){.start = SCENE_BOTH, .delay = RTT / 2, .seed = 51 + i});
        struct attacker *x = attacker_new(w, attacks[i].ways, attacks[i].chance, HL_SECS(10));
        struct scene_times there, back;
        struct hl_peer_info info;
        struct hl_addr addr;

        scene_chat(w, &(struct scene_chat){0, 1, 450, 100, HL_SECS(1), HL_MS(20)});
        scene_chat(w, &(struct scene_chat){1, 0, 450, 100, HL_SECS(1), HL_MS(20)});
        cr_assert(world_run(w, HL_SECS(10)), "%s: %s", attacks[i].name, w->failed);
        traffic_say(w, 0, 1, HL_STREAM_CHAT, 10);
        traffic_say(w, 1, 0, HL_STREAM_CHAT, 10);
        cr_assert(scene_drain(w, HL_SECS(60)), "%s: %s", attacks[i].name, w->failed);
        there = scene_times(w, 0, 1);
        back = scene_times(w, 1, 0);
        printf("%s: p99 %.1f and %.1f, longest delivery %.1f and %.1f ms\n", attacks[i].name,
               (double)there.p99 / 1e3, (double)back.p99 / 1e3, (double)there.max / 1e3,
               (double)back.max / 1e3);
        cr_expect(there.max <= attacks[i].longest && back.max <= attacks[i].longest, "%s",
                  attacks[i].name);
        /* Whatever he did, in the end each is where it is. */
        for (unsigned a = 0; a < 2; a++) {
            cr_assert(hl_node_peer(w->nodes[a].node, !a, &info));
            cr_assert(simnet_addr(w->net, !a, HL_AF_INET, &addr));
            cr_expect(hl_addr_equal(&info.path.remote, &addr), "%s: %u was led astray",
                      attacks[i].name, a);
        }
        attacker_free(x);
        end(w);
    }
}

/* ---- a recording of everything, played back later ---- */

struct tape {
    struct simnet_forgery *packets;
    size_t count, cap;
};

static bool record(void *user, const struct simnet_packet *p)
{
    struct tape *t = user;
    uint8_t *bytes = malloc(p->len);

    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->packets = reallocarray(t->packets, t->cap, sizeof *t->packets);
    }
    cr_assert(bytes && t->packets);
    memcpy(bytes, p->bytes, p->len);
    t->packets[t->count++] =
        (struct simnet_forgery){p->from, p->to, bytes, p->len, 0, (int)p->host, p->to};
    return false;
}

static void play(struct world *w, const struct tape *t)
{
    for (size_t i = 0; i < t->count; i++)
        simnet_inject(w->net, world_now(w) + (hl_time)i * 200, &t->packets[i]);
    cr_assert(world_run(w, world_now(w) + (hl_time)t->count * 200 + HL_SECS(2)), "%s", w->failed);
}

/* At once, after the keys were changed, after each side lost its state, after a long rest. */
Test(attacks, an_old_conversation_cannot_be_played_again)
{
    struct world *w = scene_new(&(struct scene){.start = SCENE_IK, .delay = RTT / 2, .seed = 3});
    struct hl_command rekey = {.kind = HL_CMD_REKEY};
    struct tape t = {0};
    uint64_t total;

    simnet_set_tap(w->net, record, &t);
    scene_chat(w, &(struct scene_chat){0, 1, 100, 100, 0, HL_MS(20)});
    scene_chat(w, &(struct scene_chat){1, 0, 100, 100, HL_SECS(1), HL_MS(20)});
    cr_assert(world_run(w, HL_SECS(5)) && traffic_done(w), "%s", w->failed);
    simnet_set_tap(w->net, NULL, NULL);
    play(w, &t);
    cr_assert_eq(world_command(w, 0, 1, &rekey), 0);
    cr_assert(world_run(w, world_now(w) + HL_SECS(1)), "%s", w->failed);
    play(w, &t);
    play(w, &t);
    for (unsigned a = 0; a < 2; a++) {
        world_restart(w, a);
        play(w, &t);
    }
    cr_assert(world_run(w, world_now(w) + HL_SECS(10000)), "%s", w->failed);
    play(w, &t);
    total = w->traffic->talks[0].total + w->traffic->talks[1].total;
    cr_expect(total == 200, "%lu messages", (unsigned long)total);
    traffic_say(w, 0, 1, HL_STREAM_CHAT, 10);
    cr_assert(scene_drain(w, world_now(w) + HL_SECS(10)), "%s", w->failed);
    printf("%zu packets played back six times: none taken\n", t.count);
    for (size_t i = 0; i < t.count; i++)
        free((void *)(uintptr_t)t.packets[i].bytes);
    free(t.packets);
    end(w);
}
