/* SPDX-License-Identifier: MIT */
/* The sockets that a program listens on, and which of them it speaks through. One owner. */
#ifndef HL_LISTENERS_H
#define HL_LISTENERS_H

#include "net.h"

enum {
    HL_LISTENERS_UDP = 16, /* datagram sockets that are remembered to be spoken through */
};

struct hl_bound {
    enum hl_transport transport;
    struct hl_addr addr;
    hl_link link;
};

struct hl_listeners {
    struct hl_net *net;
    struct hl_bound udp[HL_LISTENERS_UDP]; /* in the order of their opening */
    size_t udp_count;
};

/* Opens a listener. With HL_UDP and no scheme typed (at->transport_given false) UDP and TCP are
 * opened on the same port. port_default: nobody asked for this port by name, the next free one
 * is taken when it is in use. bound[] receives up to two addresses (UDP first), *count how many. */
int hl_listeners_open(struct hl_listeners *l, const struct hl_endpoint *at, bool port_default,
                      bool udp_only, struct hl_bound bound[static 2], size_t *count)
    __attribute__((warn_unused_result));

/* The UDP socket to speak to a peer through, 0 if none is of its family. */
hl_link hl_listeners_choose(const struct hl_listeners *l, const struct hl_endpoint *to);

/* What a socket is bound to; NULL if it is none of these. */
const struct hl_addr *hl_listeners_address(const struct hl_listeners *l, hl_link link);

#endif
