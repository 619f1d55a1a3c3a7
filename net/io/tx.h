/* SPDX-License-Identifier: MIT */
/* What the send thread's two files share: tx.c writes, dial.c looks up and connects. All of it
 * belongs to the send thread. */
#ifndef HL_TX_H
#define HL_TX_H

#include "inside.h"
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

struct hl_tx_link;
struct hl_tx_dial;

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
    struct hl_tx_link *removed; /* freed after the batch: its epoll events may still name them */
    struct hl_tx_dial *dials;
    struct hl_tx_dial *ended; /* dials freed after the batch, likewise */
    uint64_t next_dial;
    hl_time stop_at; /* HL_NEVER until a stop was asked for */
};

struct hl_tx *hl_tx_new(struct hl_net *n);
void hl_tx_free(struct hl_tx *tx);
void *hl_tx_main(void *tx);

void hl_tx_emit(struct hl_tx *tx, struct hl_event *ev) HL_REQUIRES(hl_role_tx);

/* Takes over a reference of w: messages can be sent through it now. False if memory ran out. */
bool hl_tx_add(struct hl_tx *tx, struct hl_wire *w) HL_REQUIRES(hl_role_tx);

/* AF_* of the socket behind link, AF_UNSPEC if there is none. */
int hl_tx_family(struct hl_tx *tx, hl_link link) HL_REQUIRES(hl_role_tx);

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
