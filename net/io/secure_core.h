/* SPDX-License-Identifier: MIT */
/* The core thread: what its files share. All of it belongs to that thread alone.
 *
 *   secure_core.c    the loop: what arrives, commands, timers, what leaves
 *   secure_events.c  from the node's events to the program's
 *   secure_peers.c   messages that the node has no room for yet; what is not acknowledged
 *   secure_dial.c    names and addresses, UDP first and TCP after it
 *   secure_links.c   stream connections: bounded as long as nobody has proved a key over them */
#ifndef HL_SECURE_CORE_H
#define HL_SECURE_CORE_H

#include "secure_inside.h"

struct hl_sec_peer;
struct hl_sec_dial;
struct hl_sec_link;

struct hl_sec_core {
    struct hl_secure *s;
    struct hl_node *node;
    hl_time now;        /* of this turn */
    hl_time slept;      /* how long the machine has slept in all, last turn */
    bool full;          /* the events queue has no room: the node keeps its events */
    bool moved;         /* our addresses changed, or we slept: the node is to be told */
    bool pass_routes;   /* immutable: the program wants HL_EV_ADDRESSES too */
    bool owner_repeats; /* immutable; secure.h */
    struct {
        struct hl_path path;
        uint64_t count;
    } dropped; /* HL_EV_DROPPED that are not reported yet */

    hl_time stop_at; /* HL_NEVER until a stop was asked for */

    struct hl_sec_peer *peers[HL_SECURE_BUCKETS];
    uint64_t last_serial;
    uint64_t restarts; /* HL_SEC_UP with restarted, so far */

    struct hl_sec_dial *dials;
    uint64_t last_token;

    struct hl_sec_link *links[HL_SECURE_BUCKETS];
    struct {
        struct hl_sec_link *first, *last; /* in order of due */
        unsigned accepted;                /* of them, those that came to us */
    } unused;

    uint8_t batch[HL_NODE_BATCH];
};

/* A connection, which loses nothing, has an order and a room that ends. */
static inline bool hl_sec_is_conn(const struct hl_path *path)
{
    return hl_transport_is_stream(path->transport) || path->transport == HL_UNIX_SEQPACKET;
}

/* config's secret is the caller's to wipe. */
int hl_secure_core_new(struct hl_secure *s, const struct hl_secure_config *config,
                       struct hl_sec_core **out) __attribute__((warn_unused_result));
void hl_secure_core_free(struct hl_sec_core *core);
void *hl_secure_core_main(void *core);

/* Gives the node a command that can fail only for reasons its peer will be told by events. */
void hl_secure_core_tell(struct hl_sec_core *core, const struct hl_command *c)
    HL_REQUIRES(hl_role_core);

/* ---- events for the program ---- */

/* Takes what the node has to tell, until the events queue is full. */
void hl_secure_events_take(struct hl_sec_core *core) HL_REQUIRES(hl_role_core);

/* What comes of the program's own doing, and so is bounded by it: never refused. */
void hl_secure_events_say(struct hl_sec_core *core, const struct hl_sec_record *r)
    HL_REQUIRES(hl_role_core);
void hl_secure_events_say_where(struct hl_sec_core *core, const struct hl_sec_record *r,
                                const struct hl_path *path, const uint8_t *key)
    HL_REQUIRES(hl_role_core);
/* An event of the net that is the program's. */
void hl_secure_events_pass(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core);

/* ---- peers ---- */

/* A message or bytes on the way to the node. */
struct hl_sec_parcel {
    struct hl_sec_parcel *next;
    uint64_t serial;
    size_t len;
    size_t sent; /* bytes of it that the node has */
    bool fin;
    uint8_t data[];
};

/* A stream the node had no room for. */
struct hl_sec_outlet {
    struct hl_sec_outlet *next;
    uint64_t stream;
    struct hl_sec_parcel *first, **last;
};

/* What waits to be acknowledged; its serial is its place. */
struct hl_sec_pending {
    uint64_t token; /* the program's, 0 = it does not ask */
    uint64_t serial;
    uint64_t stream;
};

struct hl_sec_peer {
    struct hl_sec_peer *next; /* in its bucket */
    uint32_t number;
    bool up;
    bool told;                      /* that there is no answer; once is enough */
    uint64_t restarted;             /* number of its last restart, 0 = none */
    hl_link link;                   /* up: the link its packets go through */
    struct hl_sec_account *account; /* NULL until it is sent to */
    struct hl_sec_outlet *outlets;
    struct hl_sec_pending *pending; /* ring */
    size_t pending_at, pending_count, pending_cap;
};

/* The number of the peer with that key, 0 if there is none. */
uint32_t hl_secure_peers_by_key(struct hl_sec_core *core, const uint8_t key[HL_KEY_SIZE])
    HL_REQUIRES(hl_role_core);
struct hl_sec_peer *hl_secure_peers_find(struct hl_sec_core *core, uint32_t number)
    HL_REQUIRES(hl_role_core);
/* Makes it if need be; NULL if memory ran out. */
struct hl_sec_peer *hl_secure_peers_get(struct hl_sec_core *core, uint32_t number)
    HL_REQUIRES(hl_role_core);
/* The session of p speaks through link from now on; 0 = there is none. */
void hl_secure_peers_set_link(struct hl_sec_core *core, struct hl_sec_peer *p, hl_link link)
    HL_REQUIRES(hl_role_core);
/* HL_SEC_DO_SEND. */
void hl_secure_peers_send(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core);
/* The node has room again. */
void hl_secure_peers_writable(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream)
    HL_REQUIRES(hl_role_core);
void hl_secure_peers_acked(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t serial)
    HL_REQUIRES(hl_role_core);
/* It is another association: of messages what was sent before is the owner's to repeat. */
void hl_secure_peers_restarted(struct hl_sec_core *core, struct hl_sec_peer *p)
    HL_REQUIRES(hl_role_core);
/* What waits on a byte stream will not be sent any more. */
void hl_secure_peers_give_up(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream,
                             int err) HL_REQUIRES(hl_role_core);
/* All of it. */
void hl_secure_peers_forget(struct hl_sec_core *core, uint32_t number) HL_REQUIRES(hl_role_core);
/* Tells the program where there is room again. */
void hl_secure_peers_rooms(struct hl_sec_core *core) HL_REQUIRES(hl_role_core);
/* Whether somebody who can be reached has not acknowledged everything. */
bool hl_secure_peers_busy(struct hl_sec_core *core) HL_REQUIRES(hl_role_core);
/* Says goodbye to all. */
void hl_secure_peers_close(struct hl_sec_core *core) HL_REQUIRES(hl_role_core);
void hl_secure_peers_free(struct hl_sec_core *core);

/* ---- dials ---- */

/* HL_SEC_DO_OPEN; takes the request. */
void hl_secure_dial_open(struct hl_sec_core *core, uint32_t peer, struct hl_sec_request *request)
    HL_REQUIRES(hl_role_core);
/* An event of the net with a token of ours. */
void hl_secure_dial_event(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core);
/* Nobody answers there: ICMP or the kernel says so, or the stream ended. */
void hl_secure_dial_refused(struct hl_sec_core *core, const struct hl_path *path, int err)
    HL_REQUIRES(hl_role_core);
/* A packet leaves over path. */
void hl_secure_dial_left(struct hl_sec_core *core, const struct hl_path *path)
    HL_REQUIRES(hl_role_core);
/* Ends what is under way to peer: it is up, or not wanted any more. */
void hl_secure_dial_end(struct hl_sec_core *core, uint32_t peer) HL_REQUIRES(hl_role_core);
bool hl_secure_dial_busy(const struct hl_sec_core *core, uint32_t peer) HL_REQUIRES(hl_role_core);
/* Does what is due. Returns when the next is, HL_NEVER if nothing is. */
hl_time hl_secure_dial_timers(struct hl_sec_core *core) HL_REQUIRES(hl_role_core);
void hl_secure_dial_free(struct hl_sec_core *core);

/* ---- stream connections ---- */

/* Without memory for it, it is closed. */
void hl_secure_links_add(struct hl_sec_core *core, const struct hl_path *path, bool accepted)
    HL_REQUIRES(hl_role_core);
/* A session speaks through link, or does no more; 0 and datagram links are none of ours. */
void hl_secure_links_use(struct hl_sec_core *core, hl_link link, bool on) HL_REQUIRES(hl_role_core);
/* Closes link unless a session uses it. */
void hl_secure_links_drop(struct hl_sec_core *core, hl_link link) HL_REQUIRES(hl_role_core);
/* The net says that it is over. False: it is none of these. */
bool hl_secure_links_over(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core);
/* Room in it again. */
void hl_secure_links_writable(struct hl_sec_core *core, hl_link link) HL_REQUIRES(hl_role_core);
/* Sends packets over a stream. What the net has no room for is kept until it has. */
void hl_secure_links_send(struct hl_sec_core *core, const struct hl_transmit *t)
    HL_REQUIRES(hl_role_core);
hl_time hl_secure_links_timers(struct hl_sec_core *core) HL_REQUIRES(hl_role_core);
void hl_secure_links_free(struct hl_sec_core *core);

#endif
