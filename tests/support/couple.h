/* SPDX-License-Identifier: MIT */
/* Two flows back to back over a scripted channel, in virtual time. */
#ifndef COUPLE_H
#define COUPLE_H

#include "flow.h"
#include "memory.h"

enum {
    COUPLE_OVERHEAD = 29,
    COUPLE_DATAGRAM = 16332,
};

/* A packet on its way. */
struct couple_packet {
    struct couple_packet *next;
    hl_time at;
    int to;
    uint64_t pn;
    size_t len;
    uint8_t bytes[];
};

struct couple_host {
    struct memory memory;
    struct hl_flow *flow;
    struct hl_flow_path path;
    hl_time link_free;
    uint64_t packets, bytes; /* that left, of frames */
    int err;                 /* of hl_flow_recv() or HL_FLOW_BROKEN */
    bool deaf;               /* takes no events */
    bool down;               /* what is sent to it is lost */
};

struct couple {
    struct couple_host host[2];
    struct couple_packet *wire; /* by arrival */
    hl_time now;
    hl_time delay;     /* one way */
    double rate;       /* bytes per second, 0 = endless */
    hl_time queue;     /* longest wait for the link, or the packet is lost */
    unsigned lose;     /* per mille */
    unsigned twice;    /* per mille */
    unsigned late;     /* per mille: by up to the delay again */
    hl_time dark_from; /* nothing arrives of what leaves from here */
    hl_time dark_to;   /* to here */
    size_t mtu;        /* larger datagrams are lost; 0 = none */
    uint64_t random;   /* state */
    uint64_t trace;    /* hash over all that left */
    uint64_t vain;     /* times that a deadline came with nothing to do */
    /* Called for each event and each packet that leaves (false: it is lost); either may be NULL. */
    void (*event)(struct couple *c, int host, const struct hl_flow_event *ev);
    bool (*gate)(struct couple *c, int host, const uint8_t *frames, size_t len, uint64_t pn);
    void *user;
};

/* Both flows new, over UDP; 25 ms one way, nothing lost. */
void couple_init(struct couple *c, uint64_t seed);
/* Frees all; aborts if a block is left. */
void couple_fini(struct couple *c);
/* A new flow for that host, whose old one is the caller's. */
void couple_renew(struct couple *c, int host);
/* What is on its way is lost. */
void couple_cut(struct couple *c);
uint64_t couple_random(struct couple *c, uint64_t below);

/* Sends what may leave now, takes all events. */
void couple_pump(struct couple *c);
/* The next thing that happens, not later than until. False: nothing happens before. */
bool couple_step(struct couple *c, hl_time until);
/* Steps until then. */
void couple_run(struct couple *c, hl_time until);
/* Steps until both are idle and nothing is on its way; false: not within that time. */
bool couple_settle(struct couple *c, hl_time within);
/* Hands frames to a host as packet pn; returns what hl_flow_recv() does. */
int couple_inject(struct couple *c, int host, uint64_t pn, const void *frames, size_t len);

#endif
