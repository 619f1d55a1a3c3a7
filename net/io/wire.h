/* SPDX-License-Identifier: MIT */
/* A socket that both threads use, and the end of its life.
 *
 * Each thread holds a reference while the socket stands in its table; the one that lets go last
 * closes the descriptor, so neither can read or write a number that means something else by now.
 * A stream ends when both directions are done: each thread reports its own once, and the one
 * that makes it two tells the program. */
#ifndef HL_WIRE_H
#define HL_WIRE_H

#include "net.h"

#include <stdatomic.h>

struct hl_wire {
    /* Immutable after hl_wire_new(). */
    int fd;
    int family; /* AF_* of the socket: a v4 peer of an AF_INET6 socket is written ::ffff:... */
    bool listener;
    struct hl_path path;

    struct hl_wire *next_listed; /* under the lock of struct hl_wires, as is: */
    bool ending;                 /* its end was asked for: what is sent from now on is refused */

    atomic_size_t waiting; /* bytes of messages given to the send thread and not done: budget.h */
    atomic_bool wanted;    /* its user was told BUSY and is owed an HL_EV_WRITABLE */
    atomic_uint can;       /* enum hl_dgram_can; bits only ever go */

    atomic_int refs;
    atomic_int err;   /* why the stream ended; 0 until somebody knows */
    atomic_uint done; /* enum hl_wire_side */
};

enum hl_wire_side {
    HL_WIRE_IN = 1,  /* the peer says no more, or we stopped listening to it */
    HL_WIRE_OUT = 2, /* we say no more */
};

static inline bool hl_wire_is_datagram(const struct hl_wire *w)
{
    return w->path.transport == HL_UDP || w->path.transport == HL_UNIX_DGRAM;
}

/* Takes fd; one reference, the caller's. NULL if memory ran out (fd stays the caller's). */
struct hl_wire *hl_wire_new(int fd, hl_link link, enum hl_transport transport, bool listener);
struct hl_wire *hl_wire_ref(struct hl_wire *w);
/* Lets go; the last one closes, and removes the path of a Unix socket that we bound. */
void hl_wire_unref(struct hl_wire *w);

/* Marks sides as done, with the reason if there is one and none was known. Returns true to the
 * one caller that made it both: that one reports HL_EV_CLOSED. */
bool hl_wire_end(struct hl_wire *w, unsigned sides, int err);

#endif
