/* SPDX-License-Identifier: MIT */
/* Path MTU discovery by probing (RFC 8899): the largest datagram that arrives.
 *
 * Starts at HL_PMTUD_BASE, which every path carries, and searches upwards through a table of
 * usual sizes; a probe is a packet of its own, padded, whose loss says nothing about congestion.
 * When full-sized packets keep getting lost while small ones arrive, the path has become a black
 * hole: back to the base, and search again. Sizes are UDP payload bytes. */
#ifndef HL_PMTUD_H
#define HL_PMTUD_H

#include "types.h"

enum {
    HL_PMTUD_BASE = 1200,      /* RFC 9000 section 14: paths that carry less are not used */
    HL_PMTUD_MAX = 16332,      /* larger ones gain nothing: sealing dominates */
    HL_PMTUD_TRIES = 3,        /* RFC 8899 section 5.1.2: MAX_PROBES */
    HL_PMTUD_FULL_LOST = 6,    /* in a row while smaller ones arrive: a black hole */
    HL_PMTUD_SILENT_LOST = 32, /* in a row when nothing small is sent that could tell */
};
#define HL_PMTUD_RAISE HL_SECS(600) /* RFC 8899 section 5.1.1: PMTU_RAISE_TIMER */
#define HL_PMTUD_PAUSE HL_SECS(1)   /* after a black hole, until the search begins again */

struct hl_pmtud {
    uint16_t size;     /* in use */
    uint16_t max;      /* what the socket and the peer can take */
    uint16_t ceiling;  /* smallest size known to fail, or max + 1 */
    uint16_t probing;  /* size of the probe on its way, 0 = none */
    uint8_t tries;     /* of this size */
    uint16_t lost_min; /* smallest packet above the base that was lost; 0 = none */
    uint8_t full_lost; /* such packets, since one of that size arrived */
    bool small_acked;  /* smaller ones arrived since */
    hl_time next;      /* earliest time for the next probe */
};

/* max: what the socket and the peer can take at most; never below the base. */
void hl_pmtud_init(struct hl_pmtud *p, hl_time now, size_t max);

/* Size for a probe to be sent now, 0 = none is due. Only asked while there is traffic: an idle
 * connection has no timer. */
size_t hl_pmtud_probe(const struct hl_pmtud *p, hl_time now);
/* A probe of hl_pmtud_probe()'s size left. */
void hl_pmtud_probe_sent(struct hl_pmtud *p, hl_time now);
void hl_pmtud_probe_acked(struct hl_pmtud *p, hl_time now);
void hl_pmtud_probe_lost(struct hl_pmtud *p, hl_time now);

/* The kernel said EMSGSIZE for a datagram of this size: at once, without a lost packet. */
void hl_pmtud_too_big(struct hl_pmtud *p, hl_time now, size_t size);

/* Ordinary packets: black-hole detection. Returns true if size fell back. */
bool hl_pmtud_lost(struct hl_pmtud *p, hl_time now, size_t size);
void hl_pmtud_acked(struct hl_pmtud *p, size_t size);

#endif
