/* SPDX-License-Identifier: MIT */
/* Every time and limit of sessions, with its unit and its reason; net/PROTOCOL.md section 7 has
 * the same list. What they mean on the wire is told there too. */
#ifndef HL_RULES_H
#define HL_RULES_H

#include "types.h"

/* handshakes */
#define HL_CALL_RESEND  HL_MS(250)  /* the same INITIAL again, doubling: a lost one costs this */
#define HL_CALL_FRESH   HL_SECS(5)  /* a new INITIAL: the responder has forgotten the old one */
#define HL_CALL_GIVE_UP HL_SECS(20) /* without an answer over any path: the owner is told */
#define HL_CALL_RETRY   HL_SECS(30) /* then again, while messages wait */
#define HL_GUEST_LIFE   HL_SECS(5)  /* of an unconfirmed session: three lost packets and more */
#define HL_LOAD_HOLD    HL_SECS(1)  /* cookies are asked for that long after the last overload */

/* sessions; all but the wiping are looked at when there is something to send */
#define HL_SLOT_REKEY     HL_SECS(120) /* the initiator of a session in use makes the next one */
#define HL_SLOT_REKEY_ANY HL_SECS(150) /* and either side, should the initiator have failed to */
#define HL_SLOT_SEND      HL_SECS(170) /* nothing is sealed any more: the other side's may be older */
#define HL_SLOT_LIFE      HL_SECS(180) /* nothing is opened any more; keys are wiped */
#define HL_SLOT_OLDER     HL_SECS(10)  /* keys replaced and no longer used by the peer are wiped */

/* silence */
#define HL_PEER_DOUBT   HL_MS(250)  /* unanswered data: a handshake beside the session */
#define HL_PEER_SILENT  HL_SECS(10) /* the same: one over all known paths */
#define HL_PEER_UNHEARD HL_SECS(5)  /* the same for a session that never brought a packet */
#define HL_PEER_REST    HL_MS(250)  /* an idle flow gives its memory back */

/* paths */
#define HL_ROAM_FIRST    HL_MS(250) /* most between two challenges; the probe time-out if less */
#define HL_ROAM_PATIENCE HL_SECS(1) /* for an answer, while no round trip is known */

enum hl_rules {
    HL_DOUBT_PROBES = 2,       /* probe time-outs in a row: it is not just a long round trip */
    HL_CALL_SENDS = 5,         /* of one INITIAL over one path: at 0, 250, 750, 1750, 3750 ms */
    HL_SLOTS_OLDER = 2,        /* replaced sessions that still open packets */
    HL_GUESTS_PER_PEER = 4,    /* unconfirmed sessions of a peer; the next replaces the oldest */
    HL_GUESTS_STRANGERS = 256, /* half-made sessions with strangers */
    HL_GUESTS_MAX = 1024,      /* half-made sessions in all: the rest is for contacts */
    HL_REPLIES_MAX = 256,      /* answers to handshakes waiting for the socket; then dropped */
    HL_ROAM_TRIES = 3,         /* challenges to a new address */
    HL_PEERS_DEFAULT = 4096,
    HL_AWAKE_MAX = 16,      /* idle flows that keep their memory for HL_PEER_REST */
    HL_SEGMENTS_MAX = 64,   /* datagrams of one batch: UDP_MAX_SEGMENTS of Linux */
    HL_NEWS_TURN = 1 << 16, /* bytes told of one peer, then the next one with news has its turn */
    HL_NEWS_COST = 64,      /* bytes that an event counts for beside its data */

    HL_LOAD_HANDSHAKES = 100,    /* a second without cookies: 2 % of a core's time in X25519 */
    HL_PROVEN_HANDSHAKES = 1000, /* a second from addresses with a cookie: 20 % of a core */
    HL_RESERVE_HANDSHAKES = 250, /* of these kept for addresses of contacts */
    HL_SOURCE_HANDSHAKES = 10,   /* a second from one address (IPv6: /64) with a cookie */
    HL_SOURCE_BURST = 20,
    HL_SOURCES_MAX = 1024, /* addresses whose rate is remembered */
};

#define HL_SLOT_PACKETS UINT32_MAX /* sealed under one key, 2^32 - 1: then the next session */

#endif
