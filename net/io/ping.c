/* SPDX-License-Identifier: MIT */
#include "ping.h"

#include "addr.h"
#include "clock.h"
#include "err.h"
#include "sync.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

/* The same eight bytes in both versions; the kernel writes identifier and checksum. */
struct echo {
    uint8_t type, code;
    uint16_t checksum, id, seq;
};

static int open_ping(const struct hl_addr *to, struct hl_sync *s)
{
    int af = hl_addr_af(to);
    int on = 1;

    if (af != AF_INET && af != AF_INET6)
        return -EAFNOSUPPORT;
    *s = (struct hl_sync){.transport = HL_UDP};
    s->fd = socket(af, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                   af == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    if (s->fd < 0)
        return -errno;
    /* Unreachable then ends the wait at once instead of at the deadline. */
    if (af == AF_INET)
        setsockopt(s->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
    else
        setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    return 0;
}

static int await_pong(struct hl_sync *s, uint16_t seq, uint8_t type, hl_time deadline,
                      struct hl_pong *out)
{
    for (;;) {
        struct echo e;
        ssize_t n;

        if (deadline != HL_NEVER) {
            s->timeout = deadline - hl_clock_now();
            if (s->timeout <= 0)
                return HL_ERR_TIMEOUT;
        }
        n = hl_sync_recv_from(s, &e, sizeof(e), 0, &out->from);
        if (n < 0)
            return (int)n;
        if (n == (ssize_t)sizeof(e) && e.type == type && e.seq == htons(seq))
            return 0;
    }
}

int hl_ping(const struct hl_addr *to, uint16_t seq, hl_time deadline, struct hl_pong *out)
{
    bool v6 = to->family == HL_AF_INET6;
    struct echo e = {.type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO, .seq = htons(seq)};
    hl_time start = hl_clock_now();
    struct hl_addr bare = *to;
    struct hl_sync s;
    int err = open_ping(to, &s);

    if (err != 0)
        return err;
    bare.port = 0;
    s.timeout = HL_NEVER;
    err = (int)hl_sync_send_to(&s, &e, sizeof(e), 0, &bare);
    if (err >= 0)
        err = await_pong(&s, seq, v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY, deadline, out);
    out->took = hl_clock_now() - start;
    hl_sync_close(&s);
    return err;
}

const char *hl_ping_err_text(int err)
{
    if (err == -EACCES || err == -EPERM)
        return "not permitted to ping: the system setting net.ipv4.ping_group_range must include "
               "one of your groups";
    return hl_err_text(err);
}
