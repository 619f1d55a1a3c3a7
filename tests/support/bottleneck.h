/* SPDX-License-Identifier: MIT */
/* Several flows through one bottleneck in simulated time: propagation, a rate that may change, a
 * tail-drop queue, random loss in front of it, an outage. Each flow is a sender with congestion
 * control and the least of a loss detection (RFC 9002), and a receiver that acknowledges.
 * Everything follows from the seed. */
#ifndef HL_TEST_BOTTLENECK_H
#define HL_TEST_BOTTLENECK_H

#include "cc.h"

enum {
    NET_FLOWS = 4,
    NET_STEPS = 3,
    NET_BURST = 64 << 10,  /* bytes */
    NET_PACKETS = 1 << 14, /* of one flow, on their way */
    NET_EVENTS = 1 << 16,
    NET_SAMPLES = 1 << 20,
    NET_OVERHEAD = 28 + 27, /* bytes of IPv4 and UDP on the link, and of ours */
};

struct net_step {
    hl_time at;
    uint64_t rate; /* bytes per second */
    hl_time delay; /* one way, and the same back */
};

struct net_link {
    struct net_step steps[NET_STEPS]; /* the first at 0; a rate of 0 ends the list */
    uint64_t queue;                   /* bytes */
    unsigned loss;                    /* per 100 000, before the queue */
    hl_time down_from, down_to;
    hl_time jitter; /* at most this much more delay, never reordering */
};

struct net_packet {
    uint64_t size;
    hl_time sent;
    struct hl_cc_packet cc;
    enum { NET_GONE, NET_FLYING, NET_ARRIVED } state;
};

struct net_flow {
    /* What it does. */
    hl_time start, stop;
    uint64_t datagram;
    hl_time chat_every; /* 0 = bulk */
    hl_time timer_late; /* at most: how late the sender wakes */
    hl_time rx_late;    /* at most: how late the receiver wakes; what came until then is a batch */
    uint64_t cpu_rate;  /* bytes per second that the sender can make; 0 = any */

    bool reno; /* instead of hl_cc */

    struct hl_cc cc;
    uint64_t reno_window;
    hl_time reno_cut;
    bool reno_slow;
    struct net_packet packets[NET_PACKETS];
    uint64_t next, oldest; /* numbers of packets: to be sent, not yet gone */
    uint64_t in_flight;
    uint64_t acked_max; /* number + 1 */
    hl_time srtt, heard, cpu_free, arrived_last;
    hl_time wake, pto;
    unsigned pto_count;
    uint64_t rx_acked, rx_arrived; /* numbers + 1 */
    unsigned rx_unacked;
    bool rx_waking;
    hl_time rx_since;

    uint64_t received, sent, dropped, lost;
    hl_time *latency; /* of chat */
    size_t latencies;
};

enum net_what { NET_WAKE, NET_ARRIVE, NET_RX, NET_ACK_TIMER, NET_ACK, NET_PTO };

struct net_event {
    hl_time at;
    uint64_t order;
    enum net_what what;
    uint32_t flow;
    uint64_t number;
    hl_time ack_delay;
};

struct net {
    struct net_link link;
    struct net_flow *flows;
    unsigned count;
    uint64_t random;
    hl_time now, link_free;
    uint64_t link_rest;
    struct net_event events[NET_EVENTS];
    size_t pending;
    uint64_t order;
    hl_time *queued; /* time in the queue of each datagram that passed it */
    hl_time *queued_at;
    size_t samples;
};

struct net *net_new(const struct net_link *link, unsigned flows, uint64_t seed);
void net_free(struct net *net);
/* Runs until then. May be called again. */
void net_run(struct net *net, hl_time until);
/* Percentile, in parts per thousand, of the time in the queue from one time to another. */
hl_time net_queue(const struct net *net, unsigned permille, hl_time from, hl_time to);
hl_time net_latency(const struct net_flow *flow, unsigned permille);

#endif
