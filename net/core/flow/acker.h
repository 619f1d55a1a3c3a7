/* SPDX-License-Identifier: MIT */
/* Which packets came, and when the peer is owed an ACK that says so: net/PROTOCOL.md section 6,
 * RFC 9000 section 13.2. For paths that lose packets; over a reliable one nobody asks.
 *
 * Owed at once when a packet came out of order or left a gap before it, or when two full ones
 * came; HL_ACK_DELAY after the first eliciting packet otherwise. Packets that elicit nothing are
 * reported along with others and never owed.
 *
 * What the peer knows to be acknowledged is not repeated for ever: once a packet of ours that
 * carried an ACK is acknowledged itself, the ranges in it are dropped (section 13.2.4). */
#ifndef HL_ACKER_H
#define HL_ACKER_H

#include "ranges.h"
#include "types.h"

#define HL_ACK_DELAY HL_MS(2)

enum {
    HL_ACKER_FULL = 1000, /* bytes of frames from which a packet counts as full */
};

struct hl_acker {
    hl_time due;           /* HL_NEVER: nothing is owed */
    hl_time largest_at;    /* arrival of the largest number */
    uint64_t carrier;      /* number of a packet of ours with an ACK on its way; none: UINT64_MAX */
    uint64_t carried;      /* largest number that ACK told of */
    uint64_t acked;        /* all that the peer acknowledged of ours is below */
    unsigned full;         /* full packets since the last ACK */
    struct hl_ranges seen; /* at most HL_CODEC_ACK_RANGES */
};

void hl_acker_init(struct hl_acker *a);
/* Gives memory back and forgets all; owes nothing. */
void hl_acker_fini(struct hl_acker *a, const struct hl_env *env);

/* Packet pn came, not seen before, size bytes of frames. Without memory the oldest ranges are
 * forgotten: their packets will be sent again. */
void hl_acker_received(struct hl_acker *a, const struct hl_env *env, hl_time now, uint64_t pn,
                       bool eliciting, size_t size);

/* An ACK has to leave now, with other frames or alone. */
static inline bool hl_acker_due(const struct hl_acker *a, hl_time now)
{
    return now >= a->due;
}

/* When it has to; HL_NEVER: none is owed. Until then it may go with any packet that leaves. */
static inline hl_time hl_acker_deadline(const struct hl_acker *a)
{
    return a->due;
}

/* Writes the ACK that goes with packet pn of ours, and nothing is owed any more. Returns its
 * length; 0: no room, or nothing was received yet. */
size_t hl_acker_put(struct hl_acker *a, hl_time now, uint8_t *out, size_t cap, uint64_t pn);

/* The peer acknowledged our packets of that range: for each range of each ACK that comes. */
void hl_acker_acked(struct hl_acker *a, const struct hl_range *ours);

#endif
