/* SPDX-License-Identifier: MIT */
/* Every limit and time of net in one place, with its unit and its reason. */
#ifndef HL_NET_LIMITS_H
#define HL_NET_LIMITS_H

#include "types.h"

enum hl_limits {
    HL_PORT_DEFAULT = 4855, /* UDP and TCP */
    HL_PORT_TRIES = 32,     /* ports tried after a default port that is taken */

    HL_DATAGRAM_MAX = 65535, /* bytes received whole: the largest UDP payload fits */
    HL_PIECE_MAX = 1000,     /* bytes of text per plain datagram: small programs read 1024 */
    HL_LINE_MAX = 65536,     /* bytes of a TCP line held before it is handed on in parts */
    HL_TEXT_MAX = 65536,     /* bytes of one message handed to the net module */

    HL_HOST_MAX = 254,      /* bytes with NUL: RFC 1035 allows 253 characters */
    HL_ZONE_MAX = 16,       /* bytes with NUL: IFNAMSIZ */
    HL_SERVICE_MAX = 32,    /* bytes with NUL of a service name */
    HL_ADDR_TEXT = 160,     /* bytes with NUL of any address as text */
    HL_CANDIDATES_MAX = 32, /* addresses of one name that are tried */

    HL_RECORD_MAX = 65535, /* bytes of a record: what its 2-byte length can say */

    HL_SEND_QUEUE = 1 << 20,   /* bytes waiting to leave, of all links; then HL_ERR_BUSY */
    HL_EVENT_QUEUE = 1 << 20,  /* bytes waiting for the main thread; net.h: when it is full */
    HL_CONN_QUEUE = 512 << 10, /* of them, what one slow link alone may hold back: budget.h */
    HL_CONNS_MAX = 4096,       /* stream connections; further ones are refused politely */
    HL_BACKLOG = 4096,         /* connections that wait for accept; one too many loses a second */
    HL_BATCH = 32,             /* datagrams per recvmmsg/sendmmsg */
    HL_BATCH_RUNS = 8,         /* the same where each may be a run of 64 KiB: stays in the cache */
    HL_UDP_RCVBUF = 4194304, /* bytes asked of the kernel: holds a burst while we are descheduled */

    HL_SECURE_COMMANDS = 4 << 20, /* bytes on their way to the core thread: above what follows */
    HL_SECURE_WAITING = 2 << 20,  /* of them messages, and those that the node has no room for */
    HL_SECURE_EVENTS = 1 << 20,   /* bytes waiting for the main thread; then peers are stopped */
    HL_LINKS_UNUSED = 64,         /* stream connections that came to us and proved no key yet */

    HL_LOOKUPS_MAX = 8, /* look-ups that may be stuck in the system's resolver; then NAME_BUSY */
    HL_CACHE_MAX = 256, /* names remembered */
};

#define HL_QUIET_TIME      HL_MS(200)  /* an unfinished line is shown after this much silence */
#define HL_RACE_STAGGER    HL_MS(250)  /* RFC 8305 section 5: connection attempt delay */
#define HL_RACE_GRACE      HL_MS(50)   /* RFC 8305 section 3: resolution delay, v4 waits for v6 */
#define HL_DIAL_TIMEOUT    HL_SECS(10) /* a whole dial: look-up and all attempts */
#define HL_FALLBACK_DELAY  HL_SECS(1)  /* silence of UDP until TCP is tried beside it */
#define HL_LINK_UNUSED     HL_SECS(10) /* a stream connection without a session is closed */
#define HL_SLEPT           HL_SECS(30) /* longer suspends may have cost the NAT its mapping */
#define HL_CACHE_TTL       HL_SECS(60) /* getaddrinfo tells no TTL */
#define HL_CACHE_NEGATIVE  HL_SECS(5)  /* long enough to stop a storm, short enough to forgive */
#define HL_LOOKUP_STUCK    HL_SECS(1)  /* a look-up that has run this long may never end */
#define HL_REVERSE_TIMEOUT HL_SECS(1)  /* a reverse look-up is decoration */
#define HL_USER_TIMEOUT_MS 20000       /* TCP_USER_TIMEOUT: unacknowledged data on a dead path */
#define HL_CLOSE_PATIENCE                                                                          \
    HL_SECS(20) /* a closed link whose peer takes no byte: as TCP_USER_TIMEOUT */
#define HL_UNIX_PATIENCE    HL_SECS(1) /* a datagram for a local program that reads none */
#define HL_KEEPALIVE_IDLE_S 30         /* TCP keepalive: first probe */
#define HL_KEEPALIVE_GAP_S  5          /* TCP keepalive: between probes */
#define HL_KEEPALIVE_COUNT  4          /* TCP keepalive: probes until the peer counts as gone */

#endif
