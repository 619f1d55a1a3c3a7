/* SPDX-License-Identifier: MIT */
/* Sending from the thread that asks. A message goes straight into the socket when nothing of its
 * link waits: then nothing can be overtaken, because only askers put messages into the queue, they
 * take turns by the lock of struct hl_wires, and the send thread gives back what a message was
 * charged only after it has left and was reported. All else is left to the send thread. */
#ifndef HL_DIRECT_H
#define HL_DIRECT_H

#include "inside.h"

/* What hl_net_send() and hl_net_transmit() of net.h promise, their arguments checked. */
int hl_direct_send(struct hl_net *n, const struct hl_path *to, uint64_t token, const void *data,
                   size_t len) HL_EXCLUDES(&n->wires.lock);
int hl_direct_transmit(struct hl_net *n, const struct hl_net_transmit *t)
    HL_EXCLUDES(&n->wires.lock);

/* No more is to be sent through link; conns_only: unless it is one of datagrams, which have no end
 * to tell. */
void hl_direct_end(struct hl_net *n, hl_link link, bool conns_only) HL_EXCLUDES(&n->wires.lock);

#endif
