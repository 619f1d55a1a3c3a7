/* SPDX-License-Identifier: MIT */
/* Congestion control: how much may be on its way, and how fast it may leave.
 *
 * A model of the path in the manner of BBR (draft-ietf-ccwg-bbr): the largest delivery rate and
 * the smallest round trip seen lately. It differs in its bound on the queue that it builds
 * itself, HL_CC_QUEUE at most, so that a line of chat through the same bottleneck never waits
 * behind bulk for longer; and in its answer to random loss, which is none below HL_CC_LOSS_MAX.
 *
 * One hl_cc belongs to one flow, in one thread. Bytes are UDP payload bytes. */
#ifndef HL_CC_H
#define HL_CC_H

#include "types.h"

/* Kept with each packet on its way, for the delivery rate sample (BBR draft, section 4.1). */
struct hl_cc_packet {
    hl_time sent;
    hl_time delivered_time; /* of the flow, when this packet left */
    hl_time first_sent;     /* of the packet that was acknowledged last when this one left */
    uint64_t delivered;     /* bytes, when this packet left */
    bool app_limited;
};

/* What one acknowledgement said, after all its ranges were taken in. */
struct hl_cc_ack {
    hl_time now;
    hl_time rtt;                /* latest sample of the path, ack delay taken out; 0 = none */
    uint64_t acked;             /* bytes newly acknowledged */
    uint64_t lost;              /* bytes declared lost along with it */
    uint64_t in_flight;         /* bytes still on their way afterwards */
    struct hl_cc_packet newest; /* the newest packet that was acknowledged */
};

struct hl_cc {
    size_t datagram;
};

void hl_cc_init(struct hl_cc *cc, hl_time now, size_t datagram);
/* The path changed: what was learnt of it is void. */
void hl_cc_reset(struct hl_cc *cc, hl_time now);
/* The size of a full datagram changed (path MTU). */
void hl_cc_set_datagram(struct hl_cc *cc, size_t datagram);

/* A packet of size bytes leaves; in_flight without it. Fills *p. */
void hl_cc_sent(struct hl_cc *cc, hl_time now, uint64_t size, uint64_t in_flight,
                struct hl_cc_packet *p);
void hl_cc_acked(struct hl_cc *cc, const struct hl_cc_ack *ack);
/* Loss found without an acknowledgement: a timer. persistent: RFC 9002 section 7.6. */
void hl_cc_lost(struct hl_cc *cc, hl_time now, uint64_t bytes, bool persistent);
/* There was nothing to send though the window had room: rates measured now say nothing. */
void hl_cc_app_limited(struct hl_cc *cc, uint64_t in_flight);

/* Bytes that may be on their way. */
uint64_t hl_cc_window(const struct hl_cc *cc);
/* Earliest time at which the next packet may leave; in the past = now. No pacing below
 * HL_CC_PACE_RTT of round trip. */
hl_time hl_cc_next_send(const struct hl_cc *cc);
/* Most bytes that may leave at once now, pacing included: at least one datagram once
 * hl_cc_next_send() has come. For the size of a batch (GSO). */
uint64_t hl_cc_burst(const struct hl_cc *cc, hl_time now);
/* Bytes per second that the path is believed to carry; 0 = not known yet. For datagrams no larger
 * than what leaves within a millisecond, or a large one would delay a line of chat. */
uint64_t hl_cc_rate(const struct hl_cc *cc);

#endif
