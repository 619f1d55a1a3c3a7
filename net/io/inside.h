/* SPDX-License-Identifier: MIT */
/* The inside of struct hl_net: what net.c, rx.c, tx.c and dial.c share. Not for users of the net
 * module. Stop order: hl_net_stop() sets stopping (events are thrown away from then on, nobody
 * waits for room), the send thread flushes and ends, then the receive thread, then all is freed. */
#ifndef HL_INSIDE_H
#define HL_INSIDE_H

#include "budget.h"
#include "net.h"
#include "queue.h"
#include "thread.h"
#include "wires.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    HL_SEND_OVERHEAD = 384, /* bytes a waiting message costs beside its text, at most about */
};

enum hl_starved {
    HL_STARVED_RX = 1,
    HL_STARVED_TX = 2,
};

struct hl_rx;
struct hl_tx;

struct hl_net {
    struct hl_net_config config; /* immutable, no field 0 that has a default */
    struct hl_queue events;      /* receive and send thread -> main */
    struct hl_queue tx_commands; /* main and receive thread -> send thread */
    struct hl_queue rx_commands; /* main and send thread -> receive thread */
    int rx_room, tx_room;        /* eventfds: the events queue has room again */
    atomic_uint next_link;
    atomic_bool stopping;
    struct hl_budget sending; /* bytes given to the send thread that neither left nor failed yet,
                               * and HL_SEND_OVERHEAD for each message */
    struct hl_wires wires;    /* links that can be written to */
    atomic_size_t conns;      /* stream connections of both kinds */
    struct hl_rx *rx;         /* the receive thread's own */
    struct hl_tx *tx;         /* the send thread's own */
    pthread_t rx_thread, tx_thread;

    atomic_uint_fast64_t datagrams_in, datagrams_out, bytes_in, bytes_out;
    atomic_uint_fast64_t dropped, icmp_errors, refused_conns, send_errors;
};

/* Commands, by value. A wire in a command is a reference that goes with it. */
enum hl_tx_kind {
    HL_TX_ADD,     /* wire: from now on messages can be sent through it */
    HL_TX_SEND,    /* path, token; the bytes follow */
    HL_TX_RUN,     /* path, segment, skip; the bytes follow: a run of hl_net_transmit() */
    HL_TX_WANT,    /* link, charge: HL_EV_WRITABLE when as much fits */
    HL_TX_FINISH,  /* link */
    HL_TX_CLOSE,   /* link */
    HL_TX_LOST,    /* link: the receive thread met an error or the end */
    HL_TX_DIAL,    /* token; a struct hl_dial follows */
    HL_TX_LOOKUP,  /* token; a struct hl_dial follows, of which to and timeout count */
    HL_TX_REVERSE, /* token; a struct hl_dial follows: the name of to.addr is asked for */
    HL_TX_CANCEL,  /* token */
    HL_TX_STOP,    /* deadline for what is queued */
};

struct hl_tx_command {
    enum hl_tx_kind kind;
    hl_link link;
    uint64_t token;
    hl_time deadline;
    struct hl_wire *wire;
    struct hl_path path; /* HL_TX_SEND, HL_TX_RUN */
    size_t charge;       /* of the budget, HL_SEND_OVERHEAD not counted */
    size_t segment;
    size_t skip; /* bytes of the first record, its length counted, that have left already */
    bool known;  /* the link was there: its wire was charged too */
};

enum hl_rx_kind {
    HL_RX_ADD,   /* wire */
    HL_RX_CLOSE, /* link: read and throw away until the peer ends too, for a short while */
    HL_RX_STOP,
};

struct hl_rx_command {
    enum hl_rx_kind kind;
    hl_link link;
    struct hl_wire *wire;
};

/* Whether that wire carries records behind their lengths. */
static inline bool hl_net_is_framed(const struct hl_net *n, const struct hl_wire *w)
{
    return n->config.framed && hl_transport_is_stream(w->path.transport);
}

/* Puts an event into the queue, waiting for room. who: HL_STARVED_RX or HL_STARVED_TX. */
void hl_net_emit(struct hl_net *n, const struct hl_event *ev, uint32_t who);

/* Commands that must not be refused, a few for each link at most, so they go beyond the bound of
 * the queue. Returns false only if memory ran out. */
bool hl_net_tell_tx(struct hl_net *n, const struct hl_tx_command *c);
bool hl_net_tell_rx(struct hl_net *n, const struct hl_rx_command *c);

hl_link hl_net_new_link(struct hl_net *n);

static inline void hl_net_count(atomic_uint_fast64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

#endif
