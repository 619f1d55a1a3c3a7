/* SPDX-License-Identifier: MIT */
/* The sockets that a program listens on, and which of them it speaks through. One owner. */
#ifndef HL_LISTENERS_H
#define HL_LISTENERS_H

#include "net.h"

enum {
    HL_LISTENERS_MAX = 64, /* sockets that are remembered */
};

struct hl_bound {
    enum hl_transport transport;
    struct hl_addr addr;
    hl_link link;
};

struct hl_listener {
    struct hl_bound bound;
    enum hl_host_kind kind; /* as typed: [::] is both families for HL_HOST_ANY alone */
    bool udp_only;          /* to speak through, and not for others to find us */
};

struct hl_listeners {
    struct hl_net *net;
    struct hl_listener open[HL_LISTENERS_MAX]; /* in the order of their opening */
    size_t count;
};

/* Opens a listener. With HL_UDP and no scheme typed (at->transport_given false) UDP and TCP are
 * opened on the same port. port_default: nobody asked for this port by name, the next free one
 * is taken when it is in use. One that is open already is what was asked for: the second program
 * of a home may name the same address. bound[] receives up to two addresses (UDP first), *count how
 * many. */
int hl_listeners_open(struct hl_listeners *l, const struct hl_endpoint *at, bool port_default,
                      bool udp_only, struct hl_bound bound[static 2], size_t *count)
    __attribute__((warn_unused_result));

/* The UDP socket to speak to a peer through, 0 if none is of its family. */
hl_link hl_listeners_choose(const struct hl_listeners *l, const struct hl_endpoint *to);

/* What a socket is bound to; NULL if it is none of these. */
const struct hl_addr *hl_listeners_address(const struct hl_listeners *l, hl_link link);

#endif
