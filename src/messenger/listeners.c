/* SPDX-License-Identifier: MIT */
#include "listeners.h"

#include <errno.h>

static void remember(struct hl_listeners *l, const struct hl_bound *bound)
{
    if (l->udp_count < HL_LISTENERS_UDP) /* else it is heard, only not spoken through first */
        l->udp[l->udp_count++] = *bound;
}

static int open_one(struct hl_listeners *l, const struct hl_endpoint *at,
                    enum hl_transport transport, uint16_t port, struct hl_bound *bound)
{
    struct hl_endpoint e = *at;

    e.transport = transport;
    e.port = port;
    if (e.kind != HL_HOST_PATH)
        e.addr.port = port;
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
    if (err == 0 && (bound[0].transport == HL_UDP || bound[0].transport == HL_UNIX_DGRAM))
        remember(l, &bound[0]);
    return err;
}

/* Of the family, or one that carries both. */
hl_link hl_listeners_choose(const struct hl_listeners *l, const struct hl_endpoint *to)
{
    uint8_t want = to->kind == HL_HOST_IPV4   ? HL_AF_INET
                   : to->kind == HL_HOST_IPV6 ? HL_AF_INET6
                                              : HL_AF_NONE;

    for (size_t i = 0; i < l->udp_count; i++) {
        const struct hl_addr *a = &l->udp[i].addr;
        bool carries_both = a->family == HL_AF_INET6 && hl_addr_is_any(a);

        if (a->family == want || (a->family != HL_AF_UNIX && (carries_both || want == HL_AF_NONE)))
            return l->udp[i].link;
    }
    return 0;
}

const struct hl_addr *hl_listeners_address(const struct hl_listeners *l, hl_link link)
{
    for (size_t i = 0; i < l->udp_count; i++) {
        if (l->udp[i].link == link)
            return &l->udp[i].addr;
    }
    return NULL;
}
