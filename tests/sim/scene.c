/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void scene_both(struct world *w, unsigned a, unsigned b, const struct sim_pipe_config *config)
{
    simnet_pipe(w->net, a, b)->config = *config;
    simnet_pipe(w->net, b, a)->config = *config;
}

void scene_add_pair(struct world *w, const struct scene *s)
{
    const unsigned paths = s->six ? 2 : 1;
    unsigned a, b;

    a = world_add(w, s->six);
    w->nodes[w->count].config.pairing = s->start == SCENE_XX;
    b = world_add(w, s->six);
    if (a) {
        simnet_share(w->net, a, b, simnet_pipe(w->net, 0, 1));
        simnet_share(w->net, b, a, simnet_pipe(w->net, 1, 0));
    } else {
        const struct sim_pipe_config config = {
            .delay = s->delay, .loss = s->loss, .rate = s->rate, .queue = s->queue, .mtu = s->mtu};

        scene_both(w, a, b, &config);
    }
    if (s->start != SCENE_XX)
        world_introduce(w, b, a, true, s->start == SCENE_BOTH ? paths : 0);
    world_introduce(w, a, b, s->start != SCENE_XX, paths);
}

struct world *scene_new(const struct scene *s)
{
    struct world *w = world_new(s->seed);

    scene_add_pair(w, s);
    return w;
}

static void say_next(struct world *w, const void *args)
{
    struct scene_chat c;

    memcpy(&c, args, sizeof c);
    traffic_say(w, c.from, c.to, HL_STREAM_CHAT, c.len);
    c.start += c.every;
    if (--c.count)
        world_at(w, c.start, say_next, &c, sizeof c);
}

void scene_chat(struct world *w, const struct scene_chat *c)
{
    world_at(w, c->start, say_next, c, sizeof *c);
}

static bool drained(struct world *w)
{
    return traffic_done(w);
}

bool scene_drain(struct world *w, hl_time until)
{
    return world_run_to(w, until, drained);
}

static int by_time(const void *a, const void *b)
{
    hl_time x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

struct scene_times scene_times(struct world *w, unsigned from, unsigned to)
{
    const struct traffic_talk *talk = traffic_talk(w, from, to, HL_STREAM_CHAT);
    struct scene_times t = {0};
    hl_time *took = calloc(talk->count + 1, sizeof *took);

    assert(took);
    for (size_t i = 0; i < talk->count; i++) {
        if (talk->messages[i].delivered >= 0)
            took[t.count++] = talk->messages[i].delivered - talk->messages[i].said;
    }
    if (t.count) {
        qsort(took, t.count, sizeof *took, by_time);
        t.p50 = took[t.count / 2];
        t.p99 = took[t.count * 99 / 100];
        t.max = took[t.count - 1];
    }
    free(took);
    return t;
}
