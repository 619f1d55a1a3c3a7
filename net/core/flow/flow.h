/* SPDX-License-Identifier: MIT */
/* A flow: the reliable state that two peers share, whatever keys and addresses they use.
 *
 * It turns messages and bytes into frames and frames into messages and bytes: streams,
 * acknowledgement ranges, loss detection and probe time-outs (RFC 9002), retransmission of frames,
 * flow control, congestion control (cc.h) and path MTU (pmtud.h). It never sees a key or an
 * address: the node opens a packet and hands over the plaintext, or asks for plaintext to seal.
 * It lives on over rekeying and roaming; its packet numbers never repeat, whichever key seals.
 *
 * Streams go one way each: stream 5 of ours has nothing to do with stream 5 of the peer.
 *   0 control, 1 chat   messages: kept apart, each up to HL_MESSAGE_MAX bytes
 *   2 and up            bytes, with an end (FIN) or a reset; at most HL_STREAMS_MAX at once
 * Control goes before chat and chat before bytes, whose streams take turns.
 *
 * No thread of its own, no clock: one owner, which tells the time (monotonic, never backwards).
 * Memory comes from env. A flow with nothing to do holds less than 256 bytes (compact). */
#ifndef HL_FLOW_H
#define HL_FLOW_H

#include "env.h"
#include "path.h"
#include "types.h"

enum {
    HL_STREAM_CONTROL = 0,
    HL_STREAM_CHAT = 1,
    HL_STREAM_BYTES = 2, /* the first of these */
    HL_STREAMS_MAX = 64, /* byte streams open at once in one direction */
    HL_MESSAGE_MAX = 65536,
    HL_FRAMES_MAX = 65000, /* bytes of plaintext in one packet, at most */
};

struct hl_flow;

/* What the path below is like. */
struct hl_flow_path {
    bool reliable;   /* a stream carries the packets: no ACK, no loss, no congestion control */
    size_t datagram; /* largest UDP payload or record that could be sent at all */
    size_t overhead; /* bytes that header and tag add to the frames of each packet */
};

int hl_flow_new(const struct hl_env *env, hl_time now, const struct hl_flow_path *path,
                struct hl_flow **out) __attribute__((warn_unused_result));
void hl_flow_free(struct hl_flow *f);

/* Another path, or the same over new ground: forgets rate, round trip and MTU (RFC 9000 section
 * 9.4), and sends again all that is unacknowledged: what was on its way counts as lost. */
void hl_flow_set_path(struct hl_flow *f, hl_time now, const struct hl_flow_path *path);
/* The kernel refused a datagram of this size (EMSGSIZE). */
void hl_flow_too_big(struct hl_flow *f, hl_time now, size_t datagram);

/* ---- packets in ---- */

/* May a packet of that number be new? Asked before it is opened (RFC 6479 window, 8192). */
bool hl_flow_fresh(const struct hl_flow *f, uint64_t pn);

/* What a packet held for the node itself. */
struct hl_flow_notice {
    bool ack_eliciting; /* anything but ACK, PADDING and CLOSE */
    bool probing;       /* nothing but PATH_* and PADDING: says nothing of where the peer lives */
    bool challenged;    /* PATH_CHALLENGE: to be answered on the path it came by */
    bool responded;     /* PATH_RESPONSE */
    bool closed;        /* CLOSE: code, reason (in the packet's bytes) */
    uint8_t challenge[8];
    uint8_t response[8];
    uint64_t code;
    const uint8_t *reason;
    size_t reason_len;
};

/* Takes the opened frames of packet pn. bytes stay the caller's, but are borrowed until the next
 * call of hl_flow_recv() or hl_flow_settle(): messages that arrived whole are read where they lie.
 * Returns 0, or the HL_ERR_* that the peer broke the protocol with: close the session. -ENOMEM: the
 * packet was not looked at, as if it had been lost. -ENOBUFS: there is no memory for what came over
 * a path that loses nothing, or for what was borrowed: close the session. (Over a datagram path a
 * packet of the former kind is not acknowledged, and its frames come again.) */
int hl_flow_recv(struct hl_flow *f, hl_time now, uint64_t pn, uint8_t *bytes, size_t len,
                 struct hl_flow_notice *notice) __attribute__((warn_unused_result));
/* Ends the borrowing: copies what hl_flow_event() has not been asked for. 0, or -ENOMEM: bytes that
 * were taken are lost, close the session. No ACK tells of them unless it has left already. */
int hl_flow_settle(struct hl_flow *f) __attribute__((warn_unused_result));

enum hl_flow_event_kind {
    HL_FLOW_MESSAGE, /* stream, data, len: a whole message; the stream is CONTROL or CHAT */
    HL_FLOW_DATA,    /* stream, offset, data, len, fin: the next bytes, in order; len may be 0 */
    HL_FLOW_RESET,   /* stream, code: the peer gives up a byte stream of its own */
    HL_FLOW_STOPPED, /* stream, code: the peer wants no more of a byte stream of ours, which ends */
    HL_FLOW_ACKED,   /* stream, token: the peer's host has that message, or all up to a FIN */
    HL_FLOW_WRITABLE, /* stream: said HL_ERR_BUSY and has room again */
    HL_FLOW_BROKEN,   /* stream, err: a message of an impossible length: close the session */
};

struct hl_flow_event {
    enum hl_flow_event_kind kind;
    uint64_t stream;
    uint64_t offset;
    uint64_t token;
    uint64_t code;
    int err;
    bool fin;
    const uint8_t *data; /* valid until the next call for this flow */
    size_t len;
};

/* The next event, false if there is none. Flow control lets the peer send more only as events
 * are taken: an owner that stops asking stops the peer. */
bool hl_flow_event(struct hl_flow *f, hl_time now, struct hl_flow_event *ev);

/* ---- packets out ---- */

struct hl_flow_fill {
    uint8_t *out;   /* frames are written here */
    size_t cap;     /* room: at most this, whatever the path carries (amplification limit) */
    size_t used;    /* bytes of frames that the node wrote itself at out, at the front */
    bool eliciting; /* those ask for an acknowledgement */
    /* results */
    size_t len;  /* of all frames, used included */
    uint64_t pn; /* number to seal the packet with */
    bool probe;  /* path MTU probe: send alone, unfragmented, larger than the others */
};

/* The next packet: frames, number, bookkeeping. False: nothing may or need leave now (used frames
 * alone are reason enough to send), or there is no memory to remember it by. Loss and probe timers
 * that are due are run first. Every true packet counts as sent: a number is never given twice. */
bool hl_flow_fill(struct hl_flow *f, hl_time now, struct hl_flow_fill *fill);

/* When hl_flow_fill() may next have something or a timer ends; <= now: at once; HL_NEVER. It does
 * not know of the caller's limits: who gives less room than 100 bytes must not wait for this. */
hl_time hl_flow_deadline(const struct hl_flow *f, hl_time now);
/* Largest packet (frames, without overhead) of an ordinary fill: batches are cut to it. */
size_t hl_flow_packet_max(const struct hl_flow *f);
/* Bytes that may leave in one batch now (cc.h). */
size_t hl_flow_burst(const struct hl_flow *f, hl_time now);

/* ---- the owner's wishes ---- */

/* Queues a message, 1 to HL_MESSAGE_MAX bytes, copied. token != 0: HL_FLOW_ACKED will tell.
 * HL_ERR_BUSY: nothing was taken, HL_FLOW_WRITABLE will tell. HL_ERR_TOO_LONG, -EINVAL, -ENOMEM. */
int hl_flow_send(struct hl_flow *f, uint64_t stream, const void *data, size_t len, uint64_t token)
    __attribute__((warn_unused_result));
/* Queues bytes of a byte stream, opening it; its number is below 2^32 and was never used before.
 * Returns how many were taken; fewer than len: HL_FLOW_WRITABLE will tell. fin: after these, if all
 * were taken, the stream ends; token as above. -EINVAL, -ENOMEM, HL_ERR_STREAM_STATE (it has
 * ended), HL_ERR_STREAM_LIMIT (HL_STREAMS_MAX are open: a stream counts until the peer's owner took
 * all). */
ptrdiff_t hl_flow_write(struct hl_flow *f, uint64_t stream, const void *data, size_t len, bool fin,
                        uint64_t token) __attribute__((warn_unused_result));
/* Gives a byte stream of ours up. -ENOENT: no such stream. */
int hl_flow_reset(struct hl_flow *f, uint64_t stream, uint64_t code);
/* Wants no more of a byte stream of the peer's: no event of it will come. -ENOENT, -ENOMEM. */
int hl_flow_stop(struct hl_flow *f, uint64_t stream, uint64_t code);
/* Sends a PING: the peer is asked for a sign of life. */
void hl_flow_ping(struct hl_flow *f);

/* The peer lost its state (another instance answers): f, which is new, reports old's outgoing byte
 * streams as HL_FLOW_STOPPED and, if messages are wanted, takes over those that were not
 * acknowledged, in order and with their tokens. Incoming byte streams just end; what old still had
 * to tell should have been asked for. old may only be freed afterwards. 0 or -ENOMEM. */
int hl_flow_inherit(struct hl_flow *f, struct hl_flow *old, bool messages)
    __attribute__((warn_unused_result));

/* Nothing unacknowledged, queued, owed or unread. */
bool hl_flow_idle(const struct hl_flow *f);
/* In a row, without an answer: the peer may be gone. */
unsigned hl_flow_probe_timeouts(const struct hl_flow *f);
/* Gives back what an idle flow does not need; packet numbers, offsets, round trip and MTU stay. */
void hl_flow_compact(struct hl_flow *f);

struct hl_flow_stats {
    uint64_t packets_sent, packets_received, packets_lost, spurious; /* declared lost, came */
    uint64_t bytes_sent, bytes_received;                             /* frames */
    uint64_t duplicates, in_flight, window, rate;
    hl_time rtt, rtt_min, rtt_var;
    size_t datagram;
    size_t memory;           /* bytes held */
    unsigned probe_timeouts; /* hl_flow_probe_timeouts() */
};
void hl_flow_stats(const struct hl_flow *f, struct hl_flow_stats *out);

#endif
