/* SPDX-License-Identifier: MIT */
/* Packets on their way: what each carried, until it was acknowledged or lost (RFC 9002 section 6).
 *
 * A ring indexed by packet number; it grows as the window does. A packet that was declared lost
 * stays for a while, because its acknowledgement may still come: then the loss was spurious, and
 * the next packets are given more time to arrive out of order.
 *
 * Whoever takes a packet out reads its chunks and tells the streams. */
#ifndef HL_SENT_H
#define HL_SENT_H

#include "cc.h"
#include "env.h"
#include "rtt.h"

enum {
    HL_SENT_CHUNKS = 3,       /* parts of streams in one packet, at most */
    HL_SENT_REORDER = 3,      /* kPacketThreshold */
    HL_SENT_REORDER_MAX = 64, /* it rises so far with losses that were none */
    HL_SENT_PACKETS_MAX = 1 << 16,
};

enum hl_sent_kind {
    HL_SENT_DATA,  /* offset, len */
    HL_SENT_FIN,   /* the same, and the end of the stream */
    HL_SENT_RESET, /* the others are about a stream as a whole: offset is its number */
    HL_SENT_STOP,
    HL_SENT_MAX,
    HL_SENT_DONE, /* the last MAX_STREAM_DATA of a byte stream */
};

struct hl_sent_chunk {
    uint64_t offset;
    uint32_t stream; /* low bits: tells a stream from the next one in its slot */
    uint16_t len;
    uint8_t slot; /* where the flow keeps that stream */
    uint8_t kind;
};

enum hl_sent_state {
    HL_SENT_NONE, /* nothing to wait for: an ACK alone */
    HL_SENT_FLYING,
    HL_SENT_ACKED,
    HL_SENT_LOST,
};

struct hl_sent_packet {
    struct hl_cc_packet cc;
    struct hl_sent_chunk chunk[HL_SENT_CHUNKS];
    uint16_t size; /* of the datagram */
    uint8_t chunks;
    uint8_t state; /* enum hl_sent_state */
    bool probe;    /* path MTU probe: its loss is no sign of congestion */
};

struct hl_sent {
    struct hl_sent_packet *ring;
    uint32_t cap;       /* a power of two, or 0 */
    uint32_t flying;    /* packets */
    uint32_t lost;      /* packets that are still remembered */
    uint64_t base;      /* entries are of [base, next) */
    uint64_t oldest;    /* no packet before this one is flying */
    uint64_t next;      /* number of the next packet */
    uint64_t in_flight; /* bytes */
    uint64_t largest;   /* acknowledged + 1; 0 = none */
    hl_time loss_time;  /* when the next packet is lost by its age; HL_NEVER */
    uint32_t reorder;   /* packets that may overtake */
};

void hl_sent_init(struct hl_sent *s, uint64_t next);
void hl_sent_fini(struct hl_sent *s, const struct hl_env *env);

/* Makes room for the packet s->next. False: no memory, or too many on their way. */
bool hl_sent_room(struct hl_sent *s, const struct hl_env *env);
/* The entry of the packet s->next, blank. hl_sent_room() said yes. */
struct hl_sent_packet *hl_sent_slot(struct hl_sent *s);
/* It leaves: FLYING with a size, or NONE. */
void hl_sent_push(struct hl_sent *s, bool flying);

/* The first packet of [*pn, last] that is FLYING or LOST; *pn becomes its number. NULL: none. It
 * becomes ACKED; *was_lost tells that it had been declared lost. */
struct hl_sent_packet *hl_sent_acked(struct hl_sent *s, uint64_t *pn, uint64_t last,
                                     bool *was_lost);
/* The next packet that is lost at that time, by the packets or the time that it is behind; it
 * becomes LOST, *pn its number. Asked until NULL, which leaves loss_time set. */
struct hl_sent_packet *hl_sent_lost(struct hl_sent *s, hl_time now, const struct hl_rtt *rtt,
                                    uint64_t *pn);
/* Nothing is waited for any more: the path is left. */
void hl_sent_abandon(struct hl_sent *s);
/* The packet s->next leaves over a path that loses nothing; nothing is flying. */
void hl_sent_skip(struct hl_sent *s);
/* Forgets what nobody waits for any more. */
void hl_sent_trim(struct hl_sent *s, hl_time before);
/* Bytes held. */
size_t hl_sent_memory(const struct hl_sent *s);

#endif
