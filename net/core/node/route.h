/* SPDX-License-Identifier: MIT */
/* A struct hl_path in a quarter of its room, for what is kept per peer: only the rare Unix socket
 * names lie in a block of their own. Embedded; all zeros is no route. */
#ifndef HL_ROUTE_H
#define HL_ROUTE_H

#include "env.h"
#include "path.h"

struct hl_route_ip {
    uint8_t ip[16];
    uint32_t scope;
    uint16_t port;
    uint8_t family;
};

struct hl_route {
    hl_link link;
    uint8_t transport;
    bool set;
    bool on_heap;
    union {
        struct hl_route_ip ip[2]; /* remote, local */
        struct hl_path *path;
    };
};

/* Copies path, dropping what was there. 0 or -ENOMEM, which leaves the route as it was. */
int hl_route_set(const struct hl_env *env, struct hl_route *r, const struct hl_path *path)
    __attribute__((warn_unused_result));
void hl_route_clear(const struct hl_env *env, struct hl_route *r);
/* Moves from to to, dropping what was there; from is no route afterwards. */
void hl_route_move(const struct hl_env *env, struct hl_route *to, struct hl_route *from);
/* r is a route. */
void hl_route_path(const struct hl_route *r, struct hl_path *out);

/* How much two paths differ, seen from the packets' way. */
enum hl_route_change {
    HL_ROUTE_SAME, /* the same remote address; over a stream the same stream */
    HL_ROUTE_PORT, /* UDP, another port of the same host: a NAT has forgotten us */
    HL_ROUTE_NEW,
};
enum hl_route_change hl_route_compare(const struct hl_route *r, const struct hl_path *path);

/* Whether the sender of a datagram could lie about the address it came from: only over UDP. */
static inline bool hl_route_forgeable(enum hl_transport transport)
{
    return transport == HL_UDP;
}

#endif
