/* SPDX-License-Identifier: MIT */
/* A virtual network with virtual time, the same for the same seed: hosts with addresses, the
 * pipes between them (pipe.h), translated and changing addresses, hosts that sleep, an observer on
 * the path, and connections that carry records in order.
 *
 * Pull-style, as the protocol is: send, then take what arrives. Nothing happens by itself, no
 * clock is read, and no call comes back but the tap's.
 *
 *   simnet_send(net, a, &path, bytes, len, 0);
 *   while (simnet_next(net, HL_NEVER, &ev))       time moves to ev.at
 *       node_recv(ev.host, ev.at, &ev.path, ev.bytes, ev.len);  */
#ifndef HL_SIM_NET_H
#define HL_SIM_NET_H

#include "path.h"
#include "pipe.h"

enum {
    SIMNET_HOSTS = 8,
    SIMNET_CONNS = 32,
    SIMNET_LINK_V4 = 1, /* the UDP sockets of each host */
    SIMNET_LINK_V6 = 2,
    SIMNET_CONN_QUEUE = 64 << 10, /* bytes that a connection takes before it says full */
};

struct simnet;

enum simnet_event_kind {
    SIMNET_DATAGRAM,  /* host, path, bytes, len, forged, altered */
    SIMNET_RECORD,    /* the same over a connection */
    SIMNET_LINK_DOWN, /* host, path.link: a connection broke */
    SIMNET_LINK_ROOM, /* host, path.link: one that was full takes more */
    SIMNET_TIMER,     /* timer */
};

struct simnet_event {
    enum simnet_event_kind kind;
    hl_time at;
    unsigned host;
    struct hl_path path;
    uint8_t *bytes; /* may be written to; valid until the next simnet_next() */
    size_t len;
    bool forged;          /* injected: not by whom it says, or not now */
    size_t altered;       /* 1 + the first byte that is not as it was sent, 0 = none */
    int maker;            /* host that made it, -1 = none */
    struct hl_addr meant; /* where that one sent it */
    uint64_t timer;
};

struct simnet_stats {
    uint64_t sent, delivered, unreachable, nowhere, filtered, asleep, forged;
};

/* A datagram on its way, before anything befalls it; addresses as others see them. */
struct simnet_packet {
    hl_time at;
    unsigned host; /* who sent it */
    struct hl_addr from, to;
    const uint8_t *bytes;
    size_t len;
};

/* Sees each datagram; true: it goes no further. */
typedef bool simnet_tap(void *user, const struct simnet_packet *packet);

struct simnet *simnet_new(uint64_t seed);
void simnet_free(struct simnet *net);
void simnet_set_tap(struct simnet *net, simnet_tap *tap, void *user);
hl_time simnet_now(const struct simnet *net);
void simnet_stats(const struct simnet *net, struct simnet_stats *out);

/* ---- hosts ---- */

/* A host without address. Returns its number, from 0. */
unsigned simnet_host(struct simnet *net);
/* Gives the host an address of that family: inner is what it sees, outer what the others see
 * (they differ behind a NAT). The old one of that family is gone at once, as are packets on their
 * way to it. NULL: none. */
void simnet_set_addr(struct simnet *net, unsigned host, enum hl_family family,
                     const struct hl_addr *inner, const struct hl_addr *outer);
/* The address that others see; false if there is none of that family. */
bool simnet_addr(const struct simnet *net, unsigned host, enum hl_family family,
                 struct hl_addr *out);
/* Only those get in to whom the host has sent since it has its address (a NAT's filter). */
void simnet_set_filter(struct simnet *net, unsigned host, bool on);
/* A host that sleeps hears nothing; its owner must not let it send. */
void simnet_set_asleep(struct simnet *net, unsigned host, bool asleep);
/* 192.0.2.n or 2001:db8::n and so on. */
struct hl_addr simnet_ip(enum hl_family family, unsigned n, uint16_t port);

/* The direction from one host to another. */
struct sim_pipe *simnet_pipe(struct simnet *net, unsigned from, unsigned to);
/* Lets from-to use the pipe of other hosts: a common bottleneck. */
void simnet_share(struct simnet *net, unsigned from, unsigned to, const struct sim_pipe *pipe);

/* ---- traffic ---- */

/* Sends len bytes in datagrams of segment bytes (0: one), or a record over path->link. 0, -EMSGSIZE
 * (the interface refuses that size; nothing left), or HL_ERR_BUSY: the record was taken, but
 * SIMNET_LINK_ROOM is to be awaited before the next. */
int simnet_send(struct simnet *net, unsigned host, const struct hl_path *path, const uint8_t *bytes,
                size_t len, size_t segment);
/* A datagram out of nowhere; altered, maker and meant as in simnet_event. */
struct simnet_forgery {
    struct hl_addr from, to; /* what it says */
    const uint8_t *bytes;
    size_t len, altered;
    int maker;
    struct hl_addr meant;
};
void simnet_inject(struct simnet *net, hl_time at, const struct simnet_forgery *f);
void simnet_timer(struct simnet *net, hl_time at, uint64_t timer);

/* Connects two hosts as TCP does; link_from and link_to are the ends' names of it. Loss on the
 * pipes between them becomes delay. */
void simnet_connect(struct simnet *net, unsigned from, unsigned to, struct hl_path *at_from,
                    struct hl_path *at_to);
/* Breaks the connection that one end calls link; what is on its way is lost. Both hear of it. */
void simnet_break(struct simnet *net, unsigned host, hl_link link);
/* Breaks all connections of a host. */
void simnet_break_all(struct simnet *net, unsigned host);

/* The time of the next event, HL_NEVER. */
hl_time simnet_due(const struct simnet *net);
/* The next event no later than until; moves the time to it, or to until when there is none. */
bool simnet_next(struct simnet *net, hl_time until, struct simnet_event *ev);

#endif
