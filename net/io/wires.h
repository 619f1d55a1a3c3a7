/* SPDX-License-Identifier: MIT */
/* The links that can be written to, by number: how the thread that gives commands finds a socket
 * without the send thread. A wire is listed before anybody can know its number, and struck off by
 * the send thread when it lets go of it. Who holds the lock may write to the wires; it is never
 * held over anything that waits. */
#ifndef HL_WIRES_H
#define HL_WIRES_H

#include "thread.h"
#include "wire.h"

enum {
    HL_WIRES_BUCKETS = 1024, /* link numbers are consecutive, so they spread evenly */
};

struct hl_wires {
    struct hl_mutex lock;
    struct hl_wire *buckets[HL_WIRES_BUCKETS]; /* under lock; a reference each */
};

void hl_wires_init(struct hl_wires *t);
void hl_wires_fini(struct hl_wires *t); /* lets go of those that are left */

/* Takes a reference of its own. */
void hl_wires_add(struct hl_wires *t, struct hl_wire *w) HL_EXCLUDES(&t->lock);
void hl_wires_remove(struct hl_wires *t, hl_link link) HL_EXCLUDES(&t->lock);

/* The lowest number of a link of that transport, 0 if there is none. */
hl_link hl_wires_first(struct hl_wires *t, enum hl_transport transport) HL_EXCLUDES(&t->lock);

/* NULL if there is none. Good as long as the lock is held. */
struct hl_wire *hl_wires_find(struct hl_wires *t, hl_link link) HL_REQUIRES(&t->lock);

#endif
