/* SPDX-License-Identifier: MIT */
#include "listeners.h"

#include <errno.h>

/* ---- those that are open ---- */

static bool is_datagram(const struct hl_bound *b)
{
    return b->transport == HL_UDP || b->transport == HL_UNIX_DGRAM;
}

/* Whether what comes to that endpoint comes to l already. */
static bool covers(const struct hl_listener *l, const struct hl_endpoint *at)
{
    const struct hl_addr *a = &l->bound.addr;

    if (l->bound.transport != at->transport)
        return false;
    if (at->kind == HL_HOST_PATH)
        return hl_addr_equal(a, &at->addr);
    if (at->port == 0 || a->port != at->port)
        return false;
    if (l->kind == HL_HOST_ANY)
        return at->kind == HL_HOST_ANY || a->family == HL_AF_INET6 || a->family == at->addr.family;
    return at->kind != HL_HOST_ANY && hl_addr_equal(a, &at->addr);
}

static const struct hl_bound *find(const struct hl_listeners *l, const struct hl_endpoint *at)
{
    for (size_t i = 0; i < l->count && at->kind != HL_HOST_NAME; i++) {
        if (covers(&l->open[i], at))
            return &l->open[i].bound;
    }
    return NULL;
}

const struct hl_addr *hl_listeners_address(const struct hl_listeners *l, hl_link link)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->open[i].bound.link == link)
            return &l->open[i].bound.addr;
    }
    return NULL;
}

static void remember(struct hl_listeners *l, const struct hl_endpoint *at, bool udp_only,
                     const struct hl_bound *bound)
{
    if (l->count == HL_LISTENERS_MAX || hl_listeners_address(l, bound->link))
        return; /* it is heard all the same */
    l->open[l->count++] =
        (struct hl_listener){.bound = *bound, .kind = at->kind, .udp_only = udp_only};
}

/* ---- opening ---- */

static int open_one(struct hl_listeners *l, const struct hl_endpoint *at,
                    enum hl_transport transport, uint16_t port, struct hl_bound *bound)
{
    struct hl_endpoint e = *at;
    const struct hl_bound *known;

    e.transport = transport;
    e.port = port;
    if (e.kind != HL_HOST_PATH)
        e.addr.port = port;
    known = find(l, &e);
    if (known) {
        *bound = *known;
        return 0;
    }
    bound->transport = transport;
    return hl_net_listen(l->net, &e, &bound->link, &bound->addr);
}

/* One port, for one transport or for both. */
static int open_at(struct hl_listeners *l, const struct hl_endpoint *at, uint16_t port,
                   bool udp_only, struct hl_bound bound[static 2], size_t *count)
{
    bool both = !at->transport_given && at->transport == HL_UDP && !udp_only;
    int err = open_one(l, at, at->transport, port, &bound[0]);

    *count = err == 0;
    if (err != 0 || !both)
        return err;
    err = open_one(l, at, HL_TCP, bound[0].addr.port, &bound[1]);
    if (err != 0) {
        if (!hl_listeners_address(l, bound[0].link))
            (void)!hl_net_close(l->net, bound[0].link);
        *count = 0;
        return err;
    }
    *count = 2;
    return 0;
}

int hl_listeners_open(struct hl_listeners *l, const struct hl_endpoint *at, bool port_default,
                      bool udp_only, struct hl_bound bound[static 2], size_t *count)
{
    unsigned port = at->port;
    int err = -EADDRINUSE;

    /* A port of the system's choice may be free for UDP and taken for TCP: ask again. */
    for (int i = 0; i < HL_PORT_TRIES && err == -EADDRINUSE; i++) {
        err = open_at(l, at, (uint16_t)port, udp_only, bound, count);
        if (port == 0)
            continue;
        if (!port_default || ++port > UINT16_MAX)
            break;
    }
    for (size_t i = 0; err == 0 && i < *count; i++)
        remember(l, at, udp_only, &bound[i]);
    return err;
}

/* ---- speaking ---- */

/* Of the family, or one that carries both. */
hl_link hl_listeners_choose(const struct hl_listeners *l, const struct hl_endpoint *to)
{
    uint8_t want = to->kind == HL_HOST_IPV4   ? HL_AF_INET
                   : to->kind == HL_HOST_IPV6 ? HL_AF_INET6
                                              : HL_AF_NONE;

    for (size_t i = 0; i < l->count; i++) {
        const struct hl_addr *a = &l->open[i].bound.addr;
        bool carries_both = a->family == HL_AF_INET6 && hl_addr_is_any(a);

        if (is_datagram(&l->open[i].bound) &&
            (a->family == want ||
             (a->family != HL_AF_UNIX && (carries_both || want == HL_AF_NONE))))
            return l->open[i].bound.link;
    }
    return 0;
}
