/* SPDX-License-Identifier: MIT */
/* The beginning of a conversation, taken apart: each packet of it lost, each side restarted at
 * each of its steps, each order of starting. */
#include "scene.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#define RTT HL_MS(50)

/* Both say something; returns when all of it was known to be delivered, or -1. */
static hl_time finish(struct world *w, hl_time limit)
{
    hl_time took = -1;

    if (scene_drain(w, limit))
        took = world_now(w);
    cr_assert(!world_failed(w), "%s", w->failed);
    return took;
}

static void end(struct world *w)
{
    world_stop(w);
    cr_assert(!world_failed(w), "%s", w->failed);
    world_free(w);
}

static struct world *begin(enum scene_start start, uint64_t seed)
{
    struct world *w = scene_new(&(struct scene){.start = start, .delay = RTT / 2, .seed = seed});

    traffic_say(w, 0, 1, HL_STREAM_CHAT, 100);
    if (start != SCENE_XX)
        traffic_say(w, 1, 0, HL_STREAM_CHAT, 100);
    return w;
}

static hl_time masked(enum scene_start start, uint64_t there, uint64_t back)
{
    struct world *w = begin(start, 1);
    hl_time took;

    simnet_pipe(w->net, 0, 1)->config.mask = there;
    simnet_pipe(w->net, 1, 0)->config.mask = back;
    took = finish(w, HL_SECS(60));
    cr_assert(took >= 0, "start %d, masks %#lx %#lx: not done in a minute", (int)start,
              (unsigned long)there, (unsigned long)back);
    end(w);
    return took;
}

static const char *const start_names[] = {"by key", "to an address", "both at once"};

/* All 256 ways to lose some of the first 8 packets of one direction, the same of the other, and
 * of both alike. The INITIAL goes out at 0, 250, 750, 1750 and 3750 ms and anew at 5 s. */
ParameterizedTestParameters(phases, any_of_the_first_packets_may_be_lost)
{
    static int starts[] = {SCENE_IK, SCENE_XX, SCENE_BOTH};

    return cr_make_param_array(int, starts, 3);
}

ParameterizedTest(const int *param, phases, any_of_the_first_packets_may_be_lost)
{
    enum scene_start start = (enum scene_start) * param;
    hl_time worst = 0, sum = 0;
    uint64_t worst_there = 0, worst_back = 0;

    for (uint64_t i = 0; i < 3 * 256 + 1000; i++) {
        uint64_t z = sim_mix(i), k = i & 255;
        uint64_t there = i < 256 ? k : i < 512 ? 0 : i < 768 ? k : z & 255;
        uint64_t back = i < 256 ? 0 : i < 768 ? k : z >> 8 & 255;
        hl_time took = masked(start, there, back);

        sum += took;
        if (took > worst) {
            worst = took;
            worst_there = there;
            worst_back = back;
        }
    }
    printf("%s, 1768 masks: mean %.3f s, worst %.3f s (%#lx %#lx)\n", start_names[start],
           (double)sum / 1768e6, (double)worst / 1e6, (unsigned long)worst_there,
           (unsigned long)worst_back);
    cr_expect(worst <= HL_SECS(16), "%.3f s", (double)worst / 1e6);
}

/* ---- restarts ---- */

static uint64_t packets_wanted;

static bool sent_enough(struct world *w)
{
    struct simnet_stats s;

    simnet_stats(w->net, &s);
    return s.sent >= packets_wanted;
}

/* After k packets of the conversation side loses its state. */
static hl_time restarted(enum scene_start start, unsigned side, unsigned k)
{
    struct world *w = begin(start, k);
    hl_time took, at;

    scene_chat(w, &(struct scene_chat){0, 1, 10, 100, HL_MS(60), HL_MS(15)});
    packets_wanted = k;
    (void)world_run_to(w, HL_SECS(5), sent_enough);
    cr_assert(!world_failed(w), "%s, side %u after %u packets: %s", start_names[start], side, k,
              w->failed);
    at = world_now(w);
    world_restart(w, side);
    traffic_say(w, 0, 1, HL_STREAM_CHAT, 50);
    (void)world_run(w, HL_MS(300)); /* all that is planned has been said */
    took = finish(w, HL_SECS(60));
    cr_assert(took >= 0, "%s, side %u after %u packets: not done in a minute", start_names[start],
              side, k);
    end(w);
    return took - at;
}

Test(phases, either_side_may_restart_at_any_step)
{
    hl_time took, worst;

    for (int start = SCENE_IK; start <= SCENE_BOTH; start++) {
        for (unsigned side = 0; side < 2; side++) {
            worst = 0;
            for (unsigned k = 0; k < 40; k++) {
                took = restarted((enum scene_start)start, side, k);
                worst = took > worst ? took : worst;
            }
            printf("%s, side %u restarted after 0 to 39 packets: worst %.3f s\n",
                   start_names[start], side, (double)worst / 1e6);
            cr_expect(worst <= HL_SECS(6), "%.3f s", (double)worst / 1e6);
        }
    }
}

/* ---- both start ---- */

Test(phases, both_may_start_at_any_distance)
{
    hl_time worst = 0;

    for (hl_time late = 0; late <= 3 * RTT; late += HL_MS(1)) {
        struct world *w =
            scene_new(&(struct scene){.start = SCENE_IK, .delay = RTT / 2, .seed = (uint64_t)late});
        hl_time took;

        traffic_say(w, 0, 1, HL_STREAM_CHAT, 100);
        cr_assert(world_run(w, late), "%s", w->failed);
        w->nodes[1].peer[0].paths = 1;
        world_look_up(w, 1, 0);
        traffic_say(w, 1, 0, HL_STREAM_CHAT, 100);
        took = finish(w, HL_SECS(10));
        cr_assert(took >= 0, "%.3f s apart", (double)late / 1e6);
        took -= late;
        worst = took > worst ? took : worst;
        end(w);
    }
    printf("both start, 0 to 150 ms apart: worst %.3f s\n", (double)worst / 1e6);
    cr_expect(worst <= HL_MS(200), "%.3f s", (double)worst / 1e6);
}
