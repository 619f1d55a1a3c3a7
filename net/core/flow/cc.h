/* SPDX-License-Identifier: MIT */
/* Congestion control: how much may be on its way, and how fast it may leave.
 *
 * The window is steered by delay: a flow keeps a few milliseconds of its own bytes queued in front
 * of the bottleneck, no fewer, or the link would idle, and no more, or a line of chat through the
 * same bottleneck would wait behind bulk. Random loss is no sign of a queue and does not slow the
 * flow; it only shrinks what may queue, in case the queue is shallow. Above HL_CC_LOSS_MAX it does.
 *
 * Borrowed ideas: the window that moves towards "bytes queued = allowance" is FAST TCP (Wei, Jin,
 * Low and Hegde, 2006); an allowance that grows slower than the rate, so that equal flows get equal
 * shares, is flow scaling in Swift (Kumar et al., 2020); delivery rate samples, rounds, and a
 * regular drain to see the empty path are BBR (draft-ietf-ccwg-bbr); leaving start-up on delay is
 * HyStart++ (RFC 9406).
 *
 * One hl_cc belongs to one flow, in one thread. Bytes are UDP payload bytes. */
#ifndef HL_CC_H
#define HL_CC_H

#include "types.h"

enum {
    HL_CC_LOSS_MAX = 200, /* of a thousand, smoothed: more is congestion, whatever the delay */
    HL_CC_INITIAL_DATAGRAMS = 10, /* RFC 9002 section 7.2 */
    HL_CC_MIN_DATAGRAMS = 2,      /* RFC 9002 section 7.2: minimum window */
    HL_CC_LAN_WINDOW = 256 << 10, /* bytes: round trips below HL_CC_PACE_RTT; hides ack batching */
    HL_CC_BURST_MAX = 64 << 10,   /* bytes of one batch: what UDP_SEGMENT takes */
};
#define HL_CC_PACE_RTT    HL_MS(2)    /* below it a timer costs more than the queue it avoids */
#define HL_CC_BURST_TIME  HL_MS(1)    /* of a batch when paced: what a line of chat may wait */
#define HL_CC_QUEUE_REF   HL_MS(4)    /* own queue of one flow at the rate of HL_CC_RATE_REF */
#define HL_CC_RATE_REF    2500000     /* bytes per second */
#define HL_CC_MIN_RTT_AGE HL_SECS(10) /* the path may have become longer since */
#define HL_CC_DRAIN_EVERY HL_MS(1500) /* the own queue runs empty: the path is seen without it */

/* Kept with each packet on its way, for the delivery rate sample (BBR draft, section 4.1). */
struct hl_cc_packet {
    hl_time sent;
    hl_time delivered_time; /* of the flow, when this packet left */
    hl_time first_sent;     /* of the packet that was acknowledged last when this one left */
    uint64_t delivered;     /* bytes, when this packet left */
    uint64_t lost;          /* bytes, when this packet left */
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
    uint32_t datagram;
    uint8_t state;       /* enum of cc.c */
    uint8_t empty_runs;  /* rounds in a row that saw no own queue */
    uint8_t flat_rounds; /* rounds of start-up without a faster rate */
    uint16_t loss;       /* of a thousand bytes, smoothed over rounds */
    uint8_t squeeze;     /* loss: the allowance is divided by 2^this */
    bool round_limited;  /* the window, not the application, held this round back */
    uint8_t skip_rounds; /* rounds that saw a drain say nothing about the steady state */

    hl_time squeezed; /* last */
    uint64_t window;
    uint64_t strange_window; /* when strange_queue was first seen */
    hl_time strange_queue;   /* of a length that may not be ours; 0 = none */
    uint64_t drain_window;   /* while draining: what is allowed now, on its way down */
    uint64_t drain_floor;

    hl_time since;      /* of this path */
    uint64_t delivered; /* bytes, ever */
    uint64_t lost;      /* bytes, ever */
    hl_time delivered_time;
    hl_time first_sent;
    uint64_t app_limited; /* samples of packets below this many delivered bytes; 0 = none */

    uint64_t round_end; /* of delivered; the ack of a packet that left after it ends the round */
    uint64_t round_acked, round_lost;
    hl_time round_rtt; /* smallest of this round; HL_NEVER = none */

    hl_time min_rtt[2]; /* of this half of HL_CC_MIN_RTT_AGE and of the one before */
    hl_time min_rtt_since;
    uint64_t rate[2]; /* largest delivery rates: of these rounds and of those before */
    uint8_t rate_rounds;
    uint64_t startup_rate; /* best when start-up last got faster */
    hl_time low_rtt;       /* smallest since the last drain began */
    hl_time drain_due;

    hl_time train_sent; /* first packet of a burst ... */
    hl_time train_came; /* ... and its arrival, as seen from here; 0 = none */
    uint64_t train_delivered;
    uint64_t train_bytes; /* of the longest burst measured; 0 = none */
    uint64_t train_rate;  /* bytes per second at which a burst arrived; 0 = not known */
    hl_time block_rtt;    /* smallest of the last few acknowledgements */
    hl_time recent_rtt;   /* of the last few that are complete; 0 = none */
    uint8_t block_acks;

    hl_time next_send;
    uint64_t burst_left; /* bytes of start-up's burst that leave unpaced */
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
