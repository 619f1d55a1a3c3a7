/* SPDX-License-Identifier: MIT */
/* One direction between two hosts: what becomes of each packet that enters it.
 *
 * Every packet draws the same number of values from the pipe's own generator, whatever is switched
 * on: whether packet k is lost depends on the seed and k alone, and two runs that differ in one
 * setting can be compared packet by packet. */
#ifndef HL_SIM_PIPE_H
#define HL_SIM_PIPE_H

#include "random.h"
#include "types.h"

enum {
    SIM_HEADERS = 28, /* bytes of IP and UDP header that each datagram costs the link */
};

/* Chances in parts per million; all zero is a path without fault or delay. */
struct sim_pipe_config {
    uint32_t loss;
    uint32_t burst_enter, burst_leave; /* Gilbert: of entering and leaving a burst, per packet */
    uint32_t duplicate, reorder, corrupt, truncate;
    uint64_t mask;     /* bit 0: the next packet is lost, bit 1: the one after it, ... */
    bool mask_rotates; /* else only the next 64 packets are meant */
    bool cut;          /* nothing passes */
    bool mtu_refuses;  /* the sender is told (EMSGSIZE) instead of left to find out */
    size_t mtu;        /* largest payload, 0 = any */
    hl_time delay, jitter;
    hl_time reorder_by; /* how much later than its followers a reordered packet comes */
    uint64_t rate;      /* bytes per second with headers, 0 = any */
    uint64_t queue;     /* bytes that may wait for the rate; what comes then is dropped */
};

struct sim_pipe_stats {
    uint64_t packets, bytes, lost, queue_drops, too_big, duplicated, reordered, corrupted,
        truncated;
};

struct sim_pipe {
    struct sim_pipe_config config; /* may be changed at any time */
    struct sim_pipe_stats stats;
    struct sim_random random;
    bool bursting;
    int64_t free_ns; /* the link has sent all that it took so far */
    hl_time last;    /* arrival of the latest packet: jitter alone does not reorder */
};

struct sim_fate {
    unsigned copies; /* 0 = lost */
    hl_time at[2];   /* when each arrives */
    size_t len;      /* of what arrives */
    bool corrupted;  /* bit flip of byte flip / 8 */
    size_t flip;
};

void sim_pipe_init(struct sim_pipe *p, uint64_t seed, uint64_t use);
void sim_pipe_pass(struct sim_pipe *p, hl_time now, size_t len, struct sim_fate *fate);
/* Bytes that wait for the link. */
uint64_t sim_pipe_queued(const struct sim_pipe *p, hl_time now);

#endif
