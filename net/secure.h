/* SPDX-License-Identifier: MIT */
/* Encrypted sessions behind one handle: a node (net/core/node) on the sockets of a net (net.h).
 *
 * The core thread owns the node and all keys. It takes what the receive thread brought, carries
 * out the program's commands, and hands sealed datagrams to the send thread, or sends them
 * itself when nothing waits. It sleeps until the node's next deadline.
 *
 *   receive thread --datagrams--> core thread --datagrams--> send thread
 *                                  |       ^
 *                               events  commands
 *                                  v       |
 *                                 main thread
 *
 * Main thread only, but for hl_secure_fd(). Queues are bounded in bytes; when full:
 *   commands   hl_secure_send() and hl_secure_write() say HL_ERR_BUSY and keep nothing;
 *              HL_SEC_WRITABLE tells when to try again
 *   events     the core thread stops taking messages out of the node; flow control then stops
 *              the peers, and nothing is lost
 *   datagrams  dropped and counted: the peer's loss detection sends again
 * Closing any peer leaves the others alone. */
#ifndef HL_SECURE_H
#define HL_SECURE_H

#include "bytes.h"
#include "net.h"
#include "node.h"

struct hl_secure;

struct hl_secure_config {
    struct hl_net_config net;
    uint8_t secret[HL_KEY_SIZE]; /* static private key: copied, wiped at the end */
    bool pairing;                /* answer strangers */
    bool owner_repeats;          /* messages stay with the association they were sent in; node.h */
    size_t peers_max;            /* 0 = 4096 */
    bool no_offload;             /* leave UDP_SEGMENT and UDP_GRO alone (tests, broken cards) */
};

enum hl_secure_event_kind {
    HL_SEC_STRANGER,   /* peer, key, path: pairing let in a new peer; HL_SEC_UP follows */
    HL_SEC_UP,         /* peer, key, path; restarted: in another association than the last one told
                        * of, which lost what was not acknowledged, if the owner repeats: all that
                        * was sent before this event was taken, and no more. Nobody says
                        * HL_SEC_FAILED for it */
    HL_SEC_DOWN,       /* peer, err; code, data: the peer's own words of farewell, if any; key: of
                        * the peer, for HL_ERR_KEY_CHANGED and -EEXIST that which was shown; zeros
                        * if there was no memory for it */
    HL_SEC_NO_ANSWER,  /* peer, err: every address failed or was silent; err of the likeliest */
    HL_SEC_MOVED,      /* peer, path */
    HL_SEC_MESSAGE,    /* peer, stream, data, len */
    HL_SEC_DATA,       /* peer, stream, offset, data, len, fin */
    HL_SEC_RESET,      /* peer, stream, code */
    HL_SEC_STOPPED,    /* peer, stream, code */
    HL_SEC_ACKED,      /* peer, token: the peer's host has it */
    HL_SEC_FAILED,     /* peer, token, err: it will not be sent (peer forgotten, stopped) */
    HL_SEC_WRITABLE,   /* peer, stream */
    HL_SEC_LOOKED_UP,  /* peer, path.remote: an address of the peer's name */
    HL_SEC_TRYING,     /* peer, path: a connection attempt or handshake starts there */
    HL_SEC_TRY_FAILED, /* peer, path, err */
    HL_SEC_NET,        /* net: an event of net.h that concerns no peer (addresses, drops,
                        * look-ups asked for through hl_secure_net()); data, len are in it */
};

/* path, key and net are filled in only for the kinds that name them above. */
struct hl_secure_event {
    enum hl_secure_event_kind kind;
    uint32_t peer;
    int err;
    bool restarted, fin;
    uint64_t stream, offset, token, code;
    hl_time time;
    const uint8_t *data; /* valid until the next hl_secure_next() */
    size_t len;
    struct hl_path path;
    uint8_t key[HL_KEY_SIZE];
    struct hl_event net;
};

int hl_secure_start(const struct hl_secure_config *config, struct hl_secure **out)
    __attribute__((warn_unused_result));
/* Says goodbye to all peers, waits for at most flush until what was queued is acknowledged, stops
 * and joins all threads. Within 200 ms beyond flush at any moment. */
void hl_secure_stop(struct hl_secure *s, hl_time flush);

int hl_secure_fd(const struct hl_secure *s); /* readable while events wait */
bool hl_secure_next(struct hl_secure *s, struct hl_secure_event *ev);

/* The net underneath: for hl_net_listen(), hl_net_adopt(), hl_net_resolve(), hl_net_reverse(),
 * hl_net_cancel(), hl_net_stats(). Its events come as HL_SEC_NET; do not take them elsewhere.
 * Tokens from HL_SECURE_TOKENS on are taken. */
struct hl_net *hl_secure_net(struct hl_secure *s);

enum hl_secure_carrier {
    HL_CARRIER_AUTO, /* UDP; TCP too when UDP gave no answer for a second */
    HL_CARRIER_UDP,
    HL_CARRIER_STREAM, /* TCP, or what a unix: endpoint says */
};

#define HL_SECURE_TOKENS (UINT64_C(1) << 63)

struct hl_secure_open {
    struct hl_endpoint to; /* a scheme that was typed goes before carrier; of kind HL_HOST_ANY: no
                            * address is known, the peer may come to us */
    hl_link via; /* the UDP socket to speak through; 0 = the first one that was opened, and
                  * where there is none one is opened */
    enum hl_secure_carrier carrier;
    const uint8_t *key; /* NULL: not known yet, first contact */
    const uint8_t *psk; /* NULL: none given */
    hl_time timeout;    /* for look-up and handshake; then HL_SEC_NO_ANSWER. 0 = default */
};

/* Makes a peer, looks its name up and tries its addresses, staggered (RFC 8305). The number is
 * valid at once: messages may be queued. HL_SEC_UP or HL_SEC_NO_ANSWER tells what came of it.
 *
 * If another peer has that key already, or the peer that answers turns out to be one that is known,
 * HL_SEC_DOWN says -EEXIST and in code the number to use. The new number never comes up; messages
 * that wait for it are said to have failed when it is forgotten. */
int hl_secure_open(struct hl_secure *s, const struct hl_secure_open *o, uint32_t *peer)
    __attribute__((warn_unused_result));
/* One more address to try, or the same again (reopen after HL_SEC_DOWN). A key or psk that is NULL
 * stays as it was; another key does away with the psk of the one before. */
int hl_secure_reopen(struct hl_secure *s, uint32_t peer, const struct hl_secure_open *o)
    __attribute__((warn_unused_result));

int hl_secure_send(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t token,
                   const struct hl_bytes *message) __attribute__((warn_unused_result));
/* Bytes of a byte stream: all or nothing. */
int hl_secure_write(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t token,
                    const struct hl_bytes *bytes, bool fin) __attribute__((warn_unused_result));
int hl_secure_reset(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t code);  /* ours */
int hl_secure_refuse(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t code); /* its */
int hl_secure_close(struct hl_secure *s, uint32_t peer);  /* goodbye; stays known; no event */
int hl_secure_forget(struct hl_secure *s, uint32_t peer); /* goodbye, and HL_SEC_FAILED for what
                                                           * was not acknowledged */
void hl_secure_pairing(struct hl_secure *s, bool on);
/* Calls of a peer with a key are not answered, though pairing be on; it is as if we were not there.
 * A session that is up stays: close it first. */
void hl_secure_shun(struct hl_secure *s, uint32_t peer, bool on);
/* While peer is up, silence of that length is broken by a PING, which NATs and firewalls on the way
 * take for use: 25 s keeps most of them open. It tells in time that the peer is gone, too. 0 =
 * none, as at first: an idle session has no timer, and its peer may become unreachable from
 * outside. */
void hl_secure_keepalive(struct hl_secure *s, uint32_t peer, hl_time interval);

/* A snapshot; waits for the core thread, at most a few ms. False: no such peer. */
bool hl_secure_peer(struct hl_secure *s, uint32_t peer, struct hl_peer_info *out);
void hl_secure_stats(struct hl_secure *s, struct hl_node_stats *out);

#endif
