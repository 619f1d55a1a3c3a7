/* SPDX-License-Identifier: MIT */
/* A node: one identity and all its peers, as a pure state machine.
 *
 *   hl_node_recv(datagram) \                          / hl_node_poll() -> datagrams
 *   hl_node_command()       >---- peers, sessions ---<  hl_node_event() -> what happened
 *   the time               /                          \ hl_node_deadline() -> when to ask again
 *
 * No socket, clock, thread or file, and no memory but what env gives. The program, the simulator,
 * the fuzzers and the benchmark share it. One thread owns a node. After hl_node_recv() and
 * hl_node_command() take all events, then poll until it gives nothing; the bytes that were given
 * to hl_node_recv() must stay until the next call of anything but hl_node_event().
 * net/PROTOCOL.md is the text that this follows. */
#ifndef HL_NODE_H
#define HL_NODE_H

#include "crypt.h"
#include "env.h"
#include "err.h"
#include "flow.h"
#include "path.h"

enum {
    HL_NODE_PATHS_MAX = 8, /* addresses of one peer that are tried */
    HL_NODE_BATCH = 65000, /* most bytes that one poll gives: a GSO buffer */
};

/* Peers by number: the caller's own choice below HL_PEER_STRANGER, the node's from there on. */
#define HL_PEER_STRANGER (UINT32_C(1) << 31)

struct hl_node;

struct hl_node_config {
    const struct hl_env *env;    /* must outlive the node */
    uint8_t secret[HL_KEY_SIZE]; /* static private key; copied, wiped with the node */
    bool pairing;                /* answer strangers; HL_CMD_PAIRING changes it */
    bool owner_repeats; /* messages stay with the association they were sent in: see below */
    size_t peers_max;   /* 0 = 4096 */
    size_t datagram;    /* largest UDP payload the sockets take, 0 = HL_PMTUD_MAX */
};

/* When an association ends, because the peer lost it or either side broke the protocol, what it had
 * not seen acknowledged on streams 0 and 1 goes into the next one, in order. An owner that has
 * receipts of its own wants to decide itself what is sent again, and when: with owner_repeats all
 * that it sent before HL_NODE_UP told it of the restart is dropped, without a word for each token,
 * and all that it sends afterwards goes to the new association. A session that ends and comes back
 * in the same association (restarted false) drops nothing in either case. */
int hl_node_new(const struct hl_node_config *config, hl_time now, struct hl_node **out)
    __attribute__((warn_unused_result));
void hl_node_free(struct hl_node *n);
/* The public key of this node. */
const uint8_t *hl_node_key(const struct hl_node *n);

/* ---- in ---- */

/* A datagram, or a record of a stream, as it came from the network; opened in place. Whatever it
 * holds: at worst a counter goes up. */
void hl_node_recv(struct hl_node *n, hl_time now, const struct hl_path *from, uint8_t *bytes,
                  size_t len);

/* Ends the borrowing at once: the bytes that were given to hl_node_recv() may go. */
void hl_node_settle(struct hl_node *n, hl_time now);

enum hl_command_kind {
    HL_CMD_PEER,      /* peer, key (NULL = unknown: first contact by XX), psk (NULL = as it
                       * was; zeros for a new peer, or another key than before) */
    HL_CMD_PATH,      /* peer, path: an address to try; the first answer wins. Starts a handshake
                       * unless there is a session; tried HL_RACE_STAGGER apart (RFC 8305) */
    HL_CMD_SEND,      /* peer, stream 0 or 1, token, data, len: a message */
    HL_CMD_WRITE,     /* peer, stream >= 2, token, data, len, fin; *taken tells how many bytes */
    HL_CMD_RESET,     /* peer, stream, code */
    HL_CMD_STOP,      /* peer, stream, code */
    HL_CMD_CLOSE,     /* peer, code: says goodbye (CLOSE frame) and ends the session; the peer stays
                       * known, its messages stay queued */
    HL_CMD_FORGET,    /* peer: HL_CMD_CLOSE, then all of it is dropped */
    HL_CMD_PAIRING,   /* on: answer strangers or not */
    HL_CMD_NETWORK,   /* our addresses changed, or we slept: every session sends a PING at once */
    HL_CMD_LINK_DOWN, /* path.link: a stream ended; its sessions look for another path */
    HL_CMD_LINK_FULL, /* path.link, on: no room for more there (off = room again) */
    HL_CMD_TOO_BIG,   /* path, len: EMSGSIZE */
    HL_CMD_REKEY,     /* peer: a new handshake now */
    HL_CMD_SHUN,      /* peer, on: its calls are answered as little as a stranger's without pairing;
                       * a session that is there stays */
    HL_CMD_KEEPALIVE, /* peer, interval: silence after which a PING keeps NATs open; 0 = none */
};

struct hl_command {
    enum hl_command_kind kind;
    uint32_t peer;
    uint64_t stream;
    uint64_t token;
    uint64_t code;
    bool on, fin;
    hl_time interval;
    struct hl_path path;
    const uint8_t *key; /* HL_KEY_SIZE bytes each, or NULL */
    const uint8_t *psk;
    const uint8_t *data;
    size_t len;
    size_t *taken;
};

/* Carries out a command; all is copied. Returns 0, HL_ERR_NO_PEER, HL_ERR_BUSY (a WRITABLE event
 * will follow), HL_ERR_TOO_LONG, -EINVAL, -ENOMEM, HL_ERR_PEERS_FULL. Messages for a peer
 * without a session wait, up to the stream's buffer, and start a handshake if a path is known. */
int hl_node_command(struct hl_node *n, hl_time now, const struct hl_command *c)
    __attribute__((warn_unused_result));

/* ---- out ---- */

struct hl_transmit {
    struct hl_path path;
    uint8_t *data;  /* in the caller's buffer */
    size_t len;     /* one datagram, or several of segment bytes, the last may be shorter */
    size_t segment; /* 0 = one */
    bool probe;     /* path MTU probe: must not be fragmented */
};

/* What is to be sent next. buf must hold HL_NODE_BATCH bytes. False: nothing now. */
bool hl_node_poll(struct hl_node *n, hl_time now, uint8_t *buf, size_t cap,
                  struct hl_transmit *out);
/* When to poll again if nothing arrives; <= now: at once; HL_NEVER: never. */
hl_time hl_node_deadline(const struct hl_node *n);

enum hl_node_event_kind {
    HL_NODE_STRANGER,  /* peer, key: a new peer that pairing let in; its session is up next */
    HL_NODE_UP,        /* peer, key, path: a session; restarted: in another association than the
                        * last that was told of for this peer (never so for the first) */
    HL_NODE_DOWN,      /* peer, key, err: HL_ERR_TIMEOUT (silent), HL_ERR_CLOSED + code/data
                        * (goodbye), HL_ERR_BAD_FRAME ... (it broke the protocol),
                        * HL_ERR_KEY_CHANGED (key: the one that was shown), -EEXIST (key: of the
                        * peer that answered, which has another number already), -ECONNRESET (its
                        * stream ended, and there is no other path) */
    HL_NODE_NO_ANSWER, /* peer, err: no path of it led anywhere; tried again with each message */
    HL_NODE_MOVED,     /* peer, path: it is reached there now */
    HL_NODE_FLOW,      /* peer, flow: see struct hl_flow_event */
};

struct hl_node_event {
    enum hl_node_event_kind kind;
    uint32_t peer;
    int err;
    uint64_t code;
    bool restarted;
    const uint8_t *key;
    const uint8_t *data;
    size_t len;
    struct hl_path path;       /* undefined, unless the kind names it */
    struct hl_flow_event flow; /* the same */
};

/* The next event, false if there is none. Pointers are valid until the next call. An owner that
 * takes no events stops its peers by flow control. */
bool hl_node_event(struct hl_node *n, hl_time now, struct hl_node_event *ev);

/* ---- looking in ---- */

/* X(name, meaning): every reason to drop something, counted. */
#define HL_NODE_COUNTERS(X)                                                                        \
    X(datagrams_in, "datagrams received")                                                          \
    X(datagrams_out, "datagrams sent")                                                             \
    X(bytes_in, "bytes received")                                                                  \
    X(bytes_out, "bytes sent")                                                                     \
    X(not_hullo, "dropped: not a packet of this protocol")                                         \
    X(bad_length, "dropped: no packet of that type has that length")                               \
    X(bad_mac, "dropped: mac1 wrong")                                                              \
    X(bad_seal, "dropped: does not open")                                                          \
    X(no_session, "dropped: no session of that index")                                             \
    X(replayed, "dropped: seen before, or too old to tell")                                        \
    X(strangers, "dropped: not a contact, and pairing is off")                                     \
    X(throttled, "dropped: too many handshakes")                                                   \
    X(cookies_out, "cookies sent under load")                                                      \
    X(handshakes_in, "handshakes answered")                                                        \
    X(handshakes_out, "handshakes started")                                                        \
    X(sessions, "sessions established")                                                            \
    X(protocol_errors, "sessions ended because the peer broke the protocol")                       \
    X(moved, "address changes followed")                                                           \
    X(held_back, "packets held back by the amplification limit")

struct hl_node_stats {
#define HL_NODE_COUNTER(name, meaning) uint64_t name;
    HL_NODE_COUNTERS(HL_NODE_COUNTER)
#undef HL_NODE_COUNTER
    size_t peers, sessions_now, memory;
};
void hl_node_stats(const struct hl_node *n, struct hl_node_stats *out);

struct hl_peer_info {
    uint8_t key[HL_KEY_SIZE];
    bool has_key, up, validated; /* validated: the peer proved to be at its address */
    struct hl_path path;
    struct hl_flow_stats flow;
    hl_time heard; /* last authentic packet, 0 = never */
};
/* False if there is no such peer. */
bool hl_node_peer(const struct hl_node *n, uint32_t peer, struct hl_peer_info *out);

#endif
