/* SPDX-License-Identifier: MIT */
/* Worlds for scripted cases: what they begin with, what is said in them, how long it took. */
#ifndef HL_SIM_SCENE_H
#define HL_SIM_SCENE_H

#include "traffic.h"
#include "world.h"

/* How two nodes know each other. */
enum scene_start {
    SCENE_IK,   /* by key, only the first knows where the other is */
    SCENE_XX,   /* the first knows an address, the second lets strangers pair */
    SCENE_BOTH, /* by key, both know where the other is and start at once */
};

struct scene {
    enum scene_start start;
    hl_time delay; /* each way */
    uint32_t loss; /* each way, per million */
    uint64_t rate, queue;
    size_t mtu;
    bool six; /* IPv6 addresses too */
    uint64_t seed;
};

/* Two nodes, 0 and 1; or more pairs (2, 3), ... whose pipes are those of the first. */
struct world *scene_new(const struct scene *s);
void scene_add_pair(struct world *w, const struct scene *s);
/* Same settings for both directions between two nodes. */
void scene_both(struct world *w, unsigned a, unsigned b, const struct sim_pipe_config *config);

/* count messages of len bytes, one each every microseconds, from start on. */
struct scene_chat {
    unsigned from, to;
    unsigned count;
    uint32_t len;
    hl_time start, every;
};
void scene_chat(struct world *w, const struct scene_chat *c);
/* Runs until all that was said is delivered and acknowledged. False if not by then. */
bool scene_drain(struct world *w, hl_time until);

/* Delivery times of what from said to to over the chat stream. */
struct scene_times {
    size_t count;
    hl_time p50, p99, max;
};
struct scene_times scene_times(struct world *w, unsigned from, unsigned to);

#endif
