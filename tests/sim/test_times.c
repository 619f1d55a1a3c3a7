/* SPDX-License-Identifier: MIT */
/* How long things take in virtual time, which is the same on every machine: a change that makes
 * anything slower fails here. The measured values are printed. */
#include "scene.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define RTT HL_MS(50)

static void end(struct world *w, const char *name)
{
    cr_assert(!world_failed(w), "%s: %s", name, w->failed);
    world_stop(w);
    cr_assert(!world_failed(w), "%s: %s", name, w->failed);
    world_free(w);
}

/* ---- set-up ---- */

static const struct {
    const char *name;
    enum scene_start start;
    unsigned from;     /* who says the first message, at once */
    hl_time delivered; /* no later */
} setups[] = {
    {"by key", SCENE_IK, 0, 3 * RTT / 2},
    {"to an address", SCENE_XX, 0, 3 * RTT / 2},
    {"both at once", SCENE_BOTH, 0, 3 * RTT / 2},
    {"both at once, the other speaks", SCENE_BOTH, 1, 3 * RTT / 2},
    {"the one who is called speaks", SCENE_IK, 1, 2 * RTT},
};

Test(times, first_message_leaves_after_one_round_trip)
{
    for (unsigned i = 0; i < sizeof setups / sizeof *setups; i++) {
        struct world *w = scene_new(&(struct scene){.start = setups[i].start, .delay = RTT / 2});
        struct scene_times t;

        traffic_say(w, setups[i].from, !setups[i].from, HL_STREAM_CHAT, 100);
        cr_assert(scene_drain(w, HL_SECS(10)), "%s: %s", setups[i].name, w->failed);
        t = scene_times(w, setups[i].from, !setups[i].from);
        printf("set-up, %s: %.1f ms\n", setups[i].name, (double)t.max / 1e3);
        cr_expect(t.max <= setups[i].delivered + HL_MS(1), "%s: %.1f ms", setups[i].name,
                  (double)t.max / 1e3);
        end(w, setups[i].name);
    }
}

/* ---- chat over loss ---- */

static const struct {
    uint32_t loss;
    hl_time p99;
} paced[] = {
    {0, RTT / 2 + HL_MS(1)},
    {10000, HL_MS(30)},
    {50000, HL_MS(45)},
    {200000, HL_MS(65)},
};

Test(times, chat_over_loss)
{
    for (unsigned i = 0; i < sizeof paced / sizeof *paced; i++) {
        struct world *w =
            scene_new(&(struct scene){.start = SCENE_IK, .delay = RTT / 2, .seed = 11 + i});
        struct scene_times t;

        cr_assert(world_run(w, HL_SECS(1)), "%s", w->failed);
        simnet_pipe(w->net, 0, 1)->config.loss = paced[i].loss;
        simnet_pipe(w->net, 1, 0)->config.loss = paced[i].loss;
        scene_chat(w, &(struct scene_chat){.from = 0,
                                           .to = 1,
                                           .count = 5000,
                                           .len = 100,
                                           .start = HL_SECS(1),
                                           .every = HL_MS(20)});
        cr_assert(world_run(w, HL_SECS(101)), "%s", w->failed);
        cr_assert(scene_drain(w, HL_SECS(110)), "%s", w->failed);
        t = scene_times(w, 0, 1);
        printf("chat at %4.1f %% loss: p50 %.1f, p99 %.1f, max %.1f ms; %.1f bytes sent per byte\n",
               (double)paced[i].loss / 1e4, (double)t.p50 / 1e3, (double)t.p99 / 1e3,
               (double)t.max / 1e3, (double)w->nodes[0].bytes_out / 500000.0);
        cr_expect(t.p99 <= paced[i].p99, "%u ppm: p99 %.1f ms", paced[i].loss, (double)t.p99 / 1e3);
        end(w, "paced");
    }
}

/* ---- bulk, and chat beside it ---- */

enum { MBIT = 125000 };

static const struct {
    const char *name;
    uint32_t loss; /* in the direction of the bulk */
    unsigned chat; /* 0 none, 1 on the same connection, 2 on another over the same link */
    double share;  /* of the link, headers counted, at least */
    double goal;
} bulks[] = {
    {"20 Mbit/s, 0 % loss", 0, 0, .93, .94},     {"20 Mbit/s, 1 % loss", 10000, 0, .91, .93},
    {"20 Mbit/s, 5 % loss", 50000, 0, .87, .89}, {"chat on the same connection", 0, 1, .91, .92},
    {"chat on another", 0, 2, .90, .92},
};

#define CHAT_P99 HL_MS(35) /* beside bulk */

static void run_bulk(unsigned i)
{
    const struct scene scene = {.start = SCENE_IK,
                                .delay = RTT / 2,
                                .rate = 20 * MBIT,
                                .queue = 128 << 10,
                                .mtu = 1472,
                                .seed = 21 + i};
    struct world *w = scene_new(&scene);
    unsigned from = bulks[i].chat == 2 ? 2 : 0, file;
    struct scene_times t;
    double share;

    if (bulks[i].chat == 2)
        scene_add_pair(w, &scene);
    cr_assert(world_run(w, HL_SECS(1)), "%s", w->failed);
    simnet_pipe(w->net, 0, 1)->config.loss = bulks[i].loss;
    file = traffic_send_file(w, 0, 1, UINT64_C(1) << 40);
    if (bulks[i].chat)
        scene_chat(w, &(struct scene_chat){.from = from,
                                           .to = from + 1,
                                           .count = 390,
                                           .len = 100,
                                           .start = HL_MS(1200),
                                           .every = HL_MS(20)});
    cr_assert(world_run(w, HL_SECS(9)), "%s", w->failed);
    share = (double)w->traffic->files[file].got / 8 / (20 * MBIT);
    t = scene_times(w, from, from + 1);
    printf("bulk, %s: share %.3f (goal %.2f)", bulks[i].name, share, bulks[i].goal);
    if (bulks[i].chat)
        printf("; chat p50 %.1f, p99 %.1f, max %.1f ms", (double)t.p50 / 1e3, (double)t.p99 / 1e3,
               (double)t.max / 1e3);
    puts("");
    cr_expect(share >= bulks[i].share, "%s: share %.3f", bulks[i].name, share);
    cr_expect(!bulks[i].chat || t.count >= 385, "%s: %zu lines", bulks[i].name, t.count);
    cr_expect(!bulks[i].chat || t.p99 <= CHAT_P99, "%s: chat p99 %.1f ms", bulks[i].name,
              (double)t.p99 / 1e3);
    end(w, bulks[i].name);
}

Test(times, bulk_fills_the_link_and_chat_does_not_wait)
{
    for (unsigned i = 0; i < sizeof bulks / sizeof *bulks; i++)
        run_bulk(i);
}

/* ---- what interrupts a conversation ---- */

static void cut(struct world *w, const void *args)
{
    bool on;

    memcpy(&on, args, sizeof on);
    simnet_pipe(w->net, 0, 1)->config.cut = on;
    simnet_pipe(w->net, 1, 0)->config.cut = on;
}

static void rebind(struct world *w, const void *args)
{
    bool address;

    memcpy(&address, args, sizeof address);
    world_rebind(w, 0, HL_AF_INET, address);
}

static void to_six(struct world *w, const void *args)
{
    (void)args;
    world_change_family(w, 0, HL_AF_INET6);
}

static void narrow(struct world *w, const void *args)
{
    (void)args;
    simnet_pipe(w->net, 0, 1)->config.mtu = 1200;
    simnet_pipe(w->net, 1, 0)->config.mtu = 1200;
}

static void sleep_long(struct world *w, const void *args)
{
    bool on;

    memcpy(&on, args, sizeof on);
    if (on)
        world_sleep(w, 1);
    else
        world_wake(w, 1);
}

static const struct {
    const char *name;
    world_act *begin, *end; /* at 2 s and later, with true and false */
    hl_time lasts;
    hl_time longest; /* delivery of any message */
    bool arg;
} breaks[] = {
    {"outage of 1 s", cut, cut, HL_SECS(1), HL_MS(1050), true},
    {"outage of 10 s", cut, cut, HL_SECS(10), HL_MS(10500), true},
    {"port changes (NAT)", rebind, NULL, 0, 3 * RTT / 2 + HL_MS(1), false},
    {"address changes", rebind, NULL, 0, 3 * RTT / 2 + HL_MS(1), true},
    {"IPv4 to IPv6", to_six, NULL, 0, 5 * RTT / 2, true},
    {"path carries less", narrow, NULL, 0, HL_MS(300), true},
    {"asleep for an hour", sleep_long, sleep_long, HL_SECS(3600), HL_SECS(3600) + HL_MS(300), true},
};

Test(times, a_conversation_survives)
{
    const bool off = false;

    for (unsigned i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        struct world *w = scene_new(
            &(struct scene){.start = SCENE_IK, .delay = RTT / 2, .six = true, .seed = 31 + i});
        struct scene_times there, back;
        hl_time until = HL_SECS(4) + breaks[i].lasts;

        world_at(w, HL_SECS(2), breaks[i].begin, &breaks[i].arg, sizeof(bool));
        if (breaks[i].end)
            world_at(w, HL_SECS(2) + breaks[i].lasts, breaks[i].end, &off, sizeof off);
        for (unsigned from = 0; from < 2; from++)
            scene_chat(w, &(struct scene_chat){.from = from,
                                               .to = !from,
                                               .count = 150,
                                               .len = 100,
                                               .start = HL_MS(500) + from,
                                               .every = HL_MS(20)});
        cr_assert(world_run(w, until), "%s: %s", breaks[i].name, w->failed);
        cr_assert(scene_drain(w, until + HL_SECS(60)), "%s: %s", breaks[i].name, w->failed);
        there = scene_times(w, 0, 1);
        back = scene_times(w, 1, 0);
        printf("%s: longest delivery %.3f and %.3f s\n", breaks[i].name, (double)there.max / 1e6,
               (double)back.max / 1e6);
        cr_expect(there.count == 150 && back.count == 150, "%s: lost", breaks[i].name);
        cr_expect(there.max <= breaks[i].longest && back.max <= breaks[i].longest,
                  "%s: %.3f and %.3f s", breaks[i].name, (double)there.max / 1e6,
                  (double)back.max / 1e6);
        end(w, breaks[i].name);
    }
}
