/* SPDX-License-Identifier: MIT */
/* What the send thread's files share: tx.c keeps the links and runs commands, tx_stream.c and
 * tx_dgram.c write, dial.c looks up and connects. All of it belongs to the send thread. */
#ifndef HL_TX_H
#define HL_TX_H

#include "inside.h"
#include "outbuf.h"
#include "resolve.h"

enum hl_tx_source_kind {
    HL_TX_SOURCE_COMMANDS,
    HL_TX_SOURCE_RESOLVER,
    HL_TX_SOURCE_LINK,
    HL_TX_SOURCE_ATTEMPT,
};

/* First member of everything that epoll points to. */
struct hl_tx_source {
    enum hl_tx_source_kind kind;
};

struct hl_tx_dial;
struct hl_tx_backlog;

struct hl_tx_link {
    struct hl_tx_source source;
    struct hl_wire *wire;
    struct hl_tx_link *next_in_bucket;
    struct hl_tx_link *next_waiting; /* also: next removed */
    struct hl_tx_link *next_owed;
    struct hl_tx_link *next_closing;
    bool waits;                          /* stands in hl_tx.waiting */
    bool wants_out;                      /* stands in epoll for EPOLLOUT */
    bool finish, close;                  /* asked for, once all is written */
    size_t owed;                         /* what is to fit before HL_EV_WRITABLE, 0 = none asked */
    hl_time close_due;                   /* HL_NEVER until it waits in hl_tx.closing */
    struct hl_outbuf out;                /* streams */
    struct hl_tx_backlog *first, **last; /* datagrams */
    hl_time due;                         /* datagrams: when the pace permits the next */
    hl_time retry, pause;                /* Unix datagrams: when full receivers are tried again */
};

enum {
    HL_TX_BUCKETS = 1024, /* link numbers are consecutive, so they spread evenly */
};

struct hl_tx {
    struct hl_net *net;
    int epoll;
    struct hl_tx_source commands, answers;
    struct hl_resolver *resolver;
    struct hl_tx_link *buckets[HL_TX_BUCKETS];
    struct hl_tx_link *waiting; /* links with something to write before the next sleep */
    struct hl_tx_link *owed;    /* links whose user waits for room */
    struct hl_tx_link *closing; /* links to be closed whose peer takes what is left too slowly */
    struct hl_tx_link *removed; /* freed after the batch: its epoll events may still name them */
    struct hl_tx_dial *dials;
    struct hl_tx_dial *ended; /* dials freed after the batch, likewise */
    uint64_t next_dial;
    hl_time stop_at; /* HL_NEVER until a stop was asked for */
};

/* Returns 0 or -errno; then nothing is left of it. */
int hl_tx_new(struct hl_net *n, struct hl_tx **out) __attribute__((warn_unused_result));
void hl_tx_free(struct hl_tx *tx);
void *hl_tx_main(void *tx);

/* ---- tx.c, for the others ---- */

void hl_tx_emit(struct hl_tx *tx, struct hl_event *ev) HL_REQUIRES(hl_role_tx);

/* Takes over a reference of w: messages can be sent through it now. False if memory ran out. */
bool hl_tx_add(struct hl_tx *tx, struct hl_wire *w) HL_REQUIRES(hl_role_tx);
/* l->wire is let go of; l itself is freed after the batch. */
void hl_tx_remove(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx);

/* AF_* of the socket behind link, AF_UNSPEC if there is none. */
int hl_tx_family(struct hl_tx *tx, hl_link link) HL_REQUIRES(hl_role_tx);

/* l is looked at before the thread sleeps next. */
void hl_tx_wait(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx);
/* l is looked at when its socket takes more. */
void hl_tx_want_out(struct hl_tx *tx, struct hl_tx_link *l, bool want) HL_REQUIRES(hl_role_tx);

/* Bytes that were charged to l (NULL: to the whole alone) have left or failed. */
void hl_tx_release(struct hl_tx *tx, struct hl_tx_link *l, size_t bytes) HL_REQUIRES(hl_role_tx);
/* Tells how a message ended, and then releases HL_SEND_OVERHEAD: in this order, so that no message
 * sent directly is reported before it. */
void hl_tx_report(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_path *path,
                  uint64_t token, int err) HL_REQUIRES(hl_role_tx);
/* A message or run got no further than its command. */
void hl_tx_refuse(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c, int err)
    HL_REQUIRES(hl_role_tx);

/* ---- tx_stream.c: streams and seqpackets ---- */

void hl_tx_stream_queue(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                        const uint8_t *data, size_t len) HL_REQUIRES(hl_role_tx);
void hl_tx_stream_write(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx);
/* The out side is over: normally (err 0) or because it broke. A broken one is shut down, so that
 * the receive thread meets its end too, after reading what the peer still said. */
void hl_tx_stream_end(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx);
void hl_tx_stream_fail(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx);

/* ---- tx_dgram.c ---- */

void hl_tx_dgram_queue(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                       const uint8_t *data, size_t len) HL_REQUIRES(hl_role_tx);
/* Sends what may leave now. Returns when the next may; HL_NEVER: nothing is left, or the socket
 * will tell. */
hl_time hl_tx_dgram_write(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx);
void hl_tx_dgram_close(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx);
void hl_tx_dgram_fail(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx);

/* ---- dial.c ---- */

void hl_dial_start(struct hl_tx *tx, const struct hl_tx_command *c, const struct hl_dial *request)
    HL_REQUIRES(hl_role_tx);
void hl_dial_cancel(struct hl_tx *tx, uint64_t token) HL_REQUIRES(hl_role_tx);
void hl_dial_answers(struct hl_tx *tx) HL_REQUIRES(hl_role_tx);
void hl_dial_ready(struct hl_tx *tx, struct hl_tx_source *attempt) HL_REQUIRES(hl_role_tx);
/* Starts attempts that are due and ends dials that took too long. Returns the next such time. */
hl_time hl_dial_timers(struct hl_tx *tx) HL_REQUIRES(hl_role_tx);
void hl_dial_free_ended(struct hl_tx *tx) HL_REQUIRES(hl_role_tx);
void hl_dial_stop(struct hl_tx *tx) HL_REQUIRES(hl_role_tx);

#endif
