/* SPDX-License-Identifier: MIT */
/* What the parts of a flow share; for flow*.c alone.
 *
 *   flow.c        life, the owner's wishes          flow_recv.c   frames in, acknowledgements
 *   flow_bytes.c  the table of byte streams         flow_event.c  what happened
 *   flow_time.c   loss, probes, repeats, deadline   flow_fill.c   frames out
 *
 * struct hl_flow is what a resting flow keeps: hl_flow_compact() moves the rest of the state into
 * it. struct hl_flow_live is there from the first packet or message to the next rest. */
#ifndef HL_FLOW_STATE_H
#define HL_FLOW_STATE_H

#include "acker.h"
#include "cc.h"
#include "codec.h"
#include "flow.h"
#include "pmtud.h"
#include "rtt.h"
#include "seen.h"
#include "sendstream.h"
#include "sent.h"
#include "streams.h"

enum {
    FLOW_CHATS = 2,                   /* message streams: control, chat */
    FLOW_RESERVE = 2 * HL_PMTUD_BASE, /* bytes by which chat may exceed the window */
    FLOW_DONE_MAX = 64,               /* HL_STREAMS_MAX: more cannot be open at an honest peer */
    FLOW_FRAME_MAX = 64,              /* room for any one control frame */
    FLOW_REPEAT_ROOM = 128,           /* left for ACK and headers by chat that is said again */
    FLOW_STREAM_MIN = 32,             /* a STREAM frame is not begun in less room than this */
    FLOW_PING_MIN = 24, /* frames of a packet that ends with PING: ACK, PATH_CHALLENGE */
};

/* Repeats of chat, and probes while nothing answers (net/PROTOCOL.md section 6). */
#define FLOW_REPEAT_MIN  HL_MS(3)
#define FLOW_STEADY_MIN  HL_MS(10)
#define FLOW_EAGER       HL_SECS(2)
#define FLOW_BACKOFF_MAX HL_SECS(5)
#define FLOW_STARVED     HL_MS(10) /* until memory is asked for again */

/* A stream of the peer's that is over: it is told by MAX_STREAM_DATA with the limit HL_VARINT_MAX,
 * and may open another. */
struct hl_flow_done {
    uint64_t id;
    uint64_t size;
    bool due; /* to be told, for the first time or again */
};

/* Streams of bytes, and what is remembered of those that are over. */
struct hl_flow_bytes {
    struct hl_sendstream *out[HL_STREAMS_MAX]; /* a slot keeps its stream until the peer is done */
    uint64_t ready;                            /* slots that have bytes to be sent */
    uint64_t control;                          /* slots that have a reset to be sent */
    uint64_t news;                             /* slots that may have an event */
    uint64_t turn;                             /* slot that is served next */
    struct hl_streams in;
    struct hl_flow_done done[FLOW_DONE_MAX]; /* the last ones; a ring */
    unsigned done_next;
    unsigned done_due;
    bool in_control; /* some incoming stream may owe MAX_STREAM_DATA or STOP_SENDING */
    bool in_news;    /* some incoming stream may have an event */
};

struct hl_flow_live {
    struct hl_cc cc;
    struct hl_sent sent;
    struct hl_acker acker;
    struct hl_sendstream out[FLOW_CHATS];
    struct hl_recvstream in[FLOW_CHATS];
    hl_time progress; /* last acknowledgement, or when the first of a new lot was sent */
    hl_time pto_base; /* the probe time-out counts from here */
    hl_time repeat_at;
    hl_time repeat_gap;
    hl_time starved; /* no memory: nothing can leave before this time */
    unsigned pto_count;
    bool probe_due;           /* a probe time-out has passed and nothing was sent for it */
    bool ping;                /* PING is to be sent */
    bool borrowed;            /* streams may point into the packet of the last hl_flow_recv() */
    bool in_news[FLOW_CHATS]; /* there may be a message */
    bool tell[FLOW_CHATS];    /* MAX_STREAM_DATA was lost */
    bool out_news;            /* chat may have a token or room */
    int broken;               /* HL_ERR_*: a message of impossible length; 0 */
};

/* Where a message stream rests. */
struct hl_flow_rest {
    uint64_t out;
    uint64_t out_limit;
    uint64_t in;
    uint64_t in_limit;
};

struct hl_flow {
    const struct hl_env *env;
    struct hl_flow_live *live;   /* NULL: at rest */
    struct hl_flow_bytes *bytes; /* NULL: no byte stream is open */
    hl_time now;                 /* as it was told last */
    uint64_t next_pn;            /* while at rest; else live->sent.next */
    struct hl_seen seen;
    struct hl_rtt rtt;
    struct hl_pmtud pmtud;
    struct hl_flow_rest rest[FLOW_CHATS];
    uint64_t over;     /* while bytes is NULL: incoming byte streams below this number are over */
    uint32_t datagram; /* struct hl_flow_path */
    uint16_t overhead;
    bool reliable;
    uint64_t packets_received;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint32_t packets_lost;
    uint32_t spurious;
    uint32_t duplicates;
};

/* ---- flow.c ---- */

/* Wakes a resting flow. 0 or -ENOMEM. */
int hl_flow_wake(struct hl_flow *f) __attribute__((warn_unused_result));

/* ---- flow_bytes.c ---- */

/* The byte streams, made if need be; NULL: no memory. */
struct hl_flow_bytes *hl_flow_bytes_get(struct hl_flow *f);
void hl_flow_bytes_free(struct hl_flow *f);
/* At rest: frees them if a number is enough to remember those that are over. */
void hl_flow_bytes_rest(struct hl_flow *f);
/* Nothing is open, owed or unread. */
bool hl_flow_bytes_idle(const struct hl_flow_bytes *b);
/* Slot of the outgoing stream with that number, -1: none. */
int hl_flow_bytes_find(const struct hl_flow_bytes *b, uint64_t id);
/* Keeps the bit of the slot in ready and control true to its stream. */
void hl_flow_bytes_touch(struct hl_flow_bytes *b, unsigned slot);
/* The peer is done with the stream in that slot. */
void hl_flow_bytes_drop(struct hl_flow *f, unsigned slot);
/* An incoming stream is over: frees it and owes the peer its end. */
void hl_flow_bytes_over(struct hl_flow *f, struct hl_instream *in);

/* ---- flow_recv.c ---- */

/* Tells the streams what became of the chunks of a packet. */
void hl_flow_chunks_lost(struct hl_flow *f, const struct hl_sent_packet *p);

/* ---- flow_time.c ---- */

/* What may leave now. */
struct hl_flow_plan {
    bool ack;     /* an ACK is owed */
    bool control; /* frames about streams, PING */
    bool chat;    /* streams 0 and 1: new or lost */
    bool repeat;  /* streams 0 and 1: once more what is unacknowledged */
    bool bytes;   /* the others */
    bool probe;   /* after a probe time-out something must ask for an answer */
    bool mtu;     /* path MTU probe */
    hl_time next; /* if none of these: when that may change */
};
void hl_flow_plan(const struct hl_flow *f, hl_time now, struct hl_flow_plan *plan);
/* Timers that are due: loss, probe time-out. */
void hl_flow_run_timers(struct hl_flow *f, hl_time now);
/* Declares packets lost, for an ACK or by the timer. Returns their bytes; *persistent as of RFC
 * 9002 section 7.6. */
uint64_t hl_flow_detect_lost(struct hl_flow *f, hl_time now, bool *persistent);
/* A packet that asks for an acknowledgement left; chat: it carried what is unacknowledged of
 * streams 0 and 1, fresh: for the first time. */
void hl_flow_eliciting_sent(struct hl_flow *f, hl_time now, bool first_in_flight);
/* Chat was sent from its oldest byte on; fresh: something of it for the first time. */
void hl_flow_chat_sent(struct hl_flow *f, hl_time now, bool fresh);
/* Some of what was on its way is acknowledged. */
void hl_flow_progress(struct hl_flow *f, hl_time now);
/* All that is unacknowledged of chat fits into a small datagram, on a path where saying it twice
 * is faster than waiting for the answer. */
bool hl_flow_repeats(const struct hl_flow *f);

/* Bytes of frames in a datagram of the base size, which every path carries. */
static inline size_t hl_flow_base(const struct hl_flow *f)
{
    return HL_PMTUD_BASE - (size_t)f->overhead;
}

static inline bool hl_flow_chat_ready(const struct hl_flow_live *l)
{
    return hl_sendstream_ready(&l->out[0]) || hl_sendstream_ready(&l->out[1]);
}

/* Is there something that may be sent as far as the peer's limits go? */
static inline bool hl_flow_has_data(const struct hl_flow *f)
{
    return hl_flow_chat_ready(f->live) || (f->bytes && f->bytes->ready);
}

static inline uint64_t hl_flow_chat_open(const struct hl_flow_live *l)
{
    return hl_sendstream_open(&l->out[0]) + hl_sendstream_open(&l->out[1]);
}

#endif
