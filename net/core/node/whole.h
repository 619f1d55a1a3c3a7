/* SPDX-License-Identifier: MIT */
/* The inside of struct hl_node, shared by the files of this folder; not for users of node.h. What
 * happens to a datagram: accept.c (DATA) or greet.c (handshakes); what is sent: emit.c; when:
 * timers.c; sessions begin and end in assoc.c, our own attempts at them in call.c, and addresses
 * change in roam.c. Functions take the node and a peer of it. */
#ifndef HL_WHOLE_H
#define HL_WHOLE_H

#include "gate.h"
#include "guest.h"
#include "heap.h"
#include "peer.h"
#include "replies.h"
#include "table.h"

#define HL_PLACE_NONE UINT32_MAX

struct hl_node {
    const struct hl_env *env;
    struct hl_identity id;
    bool pairing;
    bool owner_repeats;
    size_t datagram;
    uint32_t peers_max;

    struct hl_peer **peers; /* by place; NULL = free */
    uint32_t places, peers_now;
    uint32_t next_place; /* where to look for a free one */
    uint32_t next_stranger;
    uint64_t stranger_instance; /* ours, for whom we do not know yet; 0 = not drawn yet */
    uint64_t seed;              /* of the hashes below */
    struct hl_table by_id, by_key;
    struct hl_heap due; /* peers by deadline */
    struct hl_index index;
    struct hl_guests guests;
    struct hl_gate gate;
    struct hl_replies replies;
    bool answered; /* what was sent last is one of these */

    uint32_t news_first, news_last; /* peers with events, by place */
    size_t news_told;               /* bytes of the first one's present turn */
    struct hl_peer *borrower;       /* its flow reads in the bytes of the last datagram */
    const uint8_t *reason;          /* of the peer's CLOSE, in those bytes */
    size_t reason_len;
    uint32_t reason_of;       /* place */
    uint32_t keyless;         /* peers whose key is not known yet, by place */
    struct hl_call *xx_calls; /* that wait for an answer */
    uint32_t awake;           /* flows that are not compact */
    hl_link *full;            /* streams that take no more for now */
    uint32_t full_count, full_cap;
    uint32_t sessions;
    struct hl_node_stats stats;
};

/* ---- peer.c: which peers there are ---- */

uint32_t hl_peer_hash_id(const void *node, uint32_t place);
uint32_t hl_peer_hash_key(const void *node, uint32_t place);
struct hl_peer *hl_peer_find(const struct hl_node *n, uint32_t id);
struct hl_peer *hl_peer_by_key(const struct hl_node *n, const uint8_t key[HL_KEY_SIZE]);
/* 0, HL_ERR_PEERS_FULL, -ENOMEM. */
int hl_peer_add(struct hl_node *n, uint32_t id, struct hl_peer **out)
    __attribute__((warn_unused_result));
/* Nobody finds it any more, though it goes on. */
void hl_peer_detach(struct hl_node *n, struct hl_peer *p);
/* Drops it with all it has, silently. */
void hl_peer_remove(struct hl_node *n, struct hl_peer *p);
/* Its key is known from now on. 0 or -ENOMEM. */
int hl_peer_set_key(struct hl_node *n, struct hl_peer *p, const uint8_t key[HL_KEY_SIZE])
    __attribute__((warn_unused_result));
/* There is something to tell of it. */
void hl_peer_tell(struct hl_node *n, struct hl_peer *p, uint8_t news);
void hl_peer_tell_down(struct hl_node *n, struct hl_peer *p, int err, uint64_t code);
/* It is served no later than at: for whoever has changed something of it. */
void hl_peer_due(struct hl_node *n, struct hl_peer *p, hl_time at);
/* Its flow, made if there is none yet. NULL: no memory. */
struct hl_flow *hl_peer_flow(struct hl_node *n, struct hl_peer *p, hl_time now);
/* Its flow is about to be used. */
void hl_peer_wake(struct hl_node *n, struct hl_peer *p);
void hl_peer_rest(struct hl_node *n, struct hl_peer *p);
/* Where it is. 0 or -ENOMEM. */
int hl_peer_set_route(struct hl_node *n, struct hl_peer *p, const struct hl_path *path)
    __attribute__((warn_unused_result));
void hl_peer_clear_route(struct hl_node *n, struct hl_peer *p);
/* Its path changed so much that rate, round trip and MTU are to be measured anew. */
void hl_peer_measure(struct hl_node *n, struct hl_peer *p, hl_time now);
/* The link is gone, and with it all routes over it. */
void hl_peer_link_down(struct hl_node *n, struct hl_peer *p, hl_link link);
/* Remembers an address that the owner named. 0 or -ENOMEM. */
int hl_peer_add_path(struct hl_node *n, struct hl_peer *p, const struct hl_path *path)
    __attribute__((warn_unused_result));

/* ---- assoc.c: sessions and the association they belong to ---- */

/* A handshake is complete on both sides. */
struct hl_assoc_with {
    const struct hl_slot *slot; /* taken over, its index too, if 0 is returned */
    uint64_t own, other;        /* instances: ours and the peer's */
    const struct hl_path *path;
    bool proven; /* the peer is at that address */
    size_t len;  /* bytes that came from there, if not */
};
int hl_assoc_join(struct hl_node *n, struct hl_peer *p, hl_time now,
                  const struct hl_assoc_with *with) __attribute__((warn_unused_result));
/* The slot that has that session index. */
struct hl_slot *hl_assoc_slot(struct hl_peer *p, uint32_t own);
/* A packet was opened with it: the peer has these keys too, and has not gone over to newer ones. */
void hl_assoc_heard(struct hl_peer *p, hl_time now, struct hl_slot *s);
/* Keys whose time is over are wiped. */
void hl_assoc_expire(struct hl_node *n, struct hl_peer *p, hl_time now);
hl_time hl_assoc_deadline(const struct hl_peer *p);
/* Wipes all keys: there is no session. The flow stays. */
void hl_assoc_end(struct hl_node *n, struct hl_peer *p);
/* The association is given up: we are another instance from now on, to which what was not
 * acknowledged is handed, unless the owner repeats that. */
void hl_assoc_renew(struct hl_node *n, struct hl_peer *p, hl_time now);
/* The peer broke the protocol: CLOSE and the end. */
void hl_assoc_fail(struct hl_node *n, struct hl_peer *p, hl_time now, int err);

/* ---- call.c: our own handshakes ---- */

/* Begins one over the paths known, unless one is under way; rekey: beside the session, at its
 * address alone, which one that is not makes a whole one. 0, -ENOMEM, -ENETUNREACH, -EBADMSG: a
 * hopeless key. */
int hl_call_start(struct hl_node *n, struct hl_peer *p, hl_time now, bool rekey);
/* The same beside a session whose peer may have lost it, until it is heard there after all. */
int hl_call_doubt(struct hl_node *n, struct hl_peer *p, hl_time now);
void hl_call_heard(struct hl_node *n, struct hl_peer *p);
void hl_call_end(struct hl_node *n, struct hl_peer *p);
/* All addresses at once instead of one after the other. */
void hl_call_hurry(struct hl_node *n, struct hl_peer *p, hl_time now);
/* Another address to try. */
int hl_call_add(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *path)
    __attribute__((warn_unused_result));
/* The link is gone. */
void hl_call_link_down(struct hl_node *n, struct hl_peer *p, hl_link link);
/* Time-outs: a new INITIAL, or giving up. */
void hl_call_run(struct hl_node *n, struct hl_peer *p, hl_time now);
hl_time hl_call_deadline(const struct hl_peer *p);
/* The next INITIAL or FINISH to send: its length, 0 = none now. */
size_t hl_call_send(struct hl_node *n, struct hl_peer *p, hl_time now, uint8_t *out,
                    struct hl_path *to);
/* Whether an address is one that INITIAL was sent to. */
struct hl_call_try *hl_call_tried(struct hl_call *c, const struct hl_path *path);
/* Whether it was sent anywhere: a link that it went over may be gone since. */
bool hl_call_asked(const struct hl_call *c);
/* The peer that our owner named at that address and that has shown no key yet, or that we call by
 * XX there: we are willing to answer it. */
struct hl_peer *hl_call_named(const struct hl_node *n, const struct hl_path *path);
/* Whether an INITIAL_XX that waits for its answer has that mac1. */
bool hl_call_made(const struct hl_node *n, const uint8_t mac1[HL_MAC_SIZE]);
/* RESPONSE came: the index is the session's now. */
void hl_call_answered(struct hl_node *n, struct hl_call *c);
/* After RESPONSE to XX: FINISH lies in c->packet. */
void hl_call_finishing(struct hl_node *n, struct hl_peer *p, hl_time now);

/* ---- roam.c: where a peer is ---- */

/* An authentic packet came from there. newest: with the highest number so far of those that are
 * more than probes of a path (RFC 9000 section 9.1). */
void hl_roam_heard(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *from,
                   size_t len, bool newest);
void hl_roam_challenged(struct hl_node *n, struct hl_peer *p, const struct hl_path *from,
                        const uint8_t challenge[8]);
void hl_roam_responded(struct hl_node *n, struct hl_peer *p, hl_time now,
                       const struct hl_path *from, const uint8_t response[8]);
/* A handshake found it there. */
int hl_roam_found(struct hl_node *n, struct hl_peer *p, hl_time now,
                  const struct hl_assoc_with *with) __attribute__((warn_unused_result));
void hl_roam_end(struct hl_node *n, struct hl_peer *p);
/* The link is gone: nothing leads back over it. */
void hl_roam_link_down(struct hl_node *n, struct hl_peer *p, hl_link link);
void hl_roam_run(struct hl_node *n, struct hl_peer *p, hl_time now);
hl_time hl_roam_deadline(const struct hl_peer *p);
/* Frames to go first in the next packet to the peer's address: their length. along: there will be
 * a packet anyhow. */
size_t hl_roam_frames(struct hl_peer *p, bool along, uint8_t *out, size_t cap);
/* A packet to another address than the peer's: the length of its frames, 0 = none. */
size_t hl_roam_aside(struct hl_node *n, struct hl_peer *p, uint8_t *out, size_t cap,
                     struct hl_path *to);
/* The last address that it proved to be at; NULL. */
const struct hl_route *hl_roam_proven(const struct hl_peer *p);
/* Bytes that may be sent to its address now, and that they were sent. */
size_t hl_roam_room(const struct hl_peer *p);
void hl_roam_spend(struct hl_peer *p, size_t len);

/* ---- timers.c ---- */

/* Does what is due for a peer, before it is asked what it has to send. */
void hl_timers_run(struct hl_node *n, struct hl_peer *p, hl_time now);
hl_time hl_timers_deadline(struct hl_node *n, const struct hl_peer *p, hl_time now);

/* ---- greet.c, accept.c: what a datagram does ---- */

void hl_greet_initial(struct hl_node *n, hl_time now, const struct hl_path *from,
                      const struct hl_packet *p);
void hl_greet_response(struct hl_node *n, hl_time now, const struct hl_path *from,
                       const struct hl_packet *p);
void hl_greet_cookie(struct hl_node *n, hl_time now, const struct hl_path *from,
                     const struct hl_packet *p);
void hl_greet_finish(struct hl_node *n, hl_time now, const struct hl_packet *p);
/* bytes: where p lies; opened in place. */
void hl_accept_data(struct hl_node *n, hl_time now, const struct hl_path *from,
                    const struct hl_packet *p, uint8_t *bytes);

/* Its keys have opened a packet: the guest becomes a session. Whose it is; NULL: there is no room
 * for it. */
struct hl_peer *hl_accept_confirm(struct hl_node *n, hl_time now, struct hl_guest *g,
                                  const struct hl_path *from);
/* The bytes of the last datagram go away: what was not read of them yet is copied. */
void hl_accept_settle(struct hl_node *n, hl_time now);

/* ---- emit.c ---- */

/* Whether a stream said that it takes no more for now. */
bool hl_emit_blocked(const struct hl_node *n, const struct hl_route *r);
/* The owner says so. 0 or -ENOMEM. */
int hl_emit_set_full(struct hl_node *n, hl_link link, bool full);

#endif
