/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_MAX = 16384, /* bytes per datagram: netlink(7) sends no more than 8 kB here */
    READ_BATCH = 16,  /* datagrams per call */
    RENEWAL = 200,    /* hundredths of a second between an address and news that it goes on */
};

struct sink {
    hl_netlink_fn fn;
    void *user;
    int count;
};

static void tell(struct sink *s, const struct hl_netlink_event *ev)
{
    s->count++;
    s->fn(s->user, ev);
}

int hl_netlink_open(int *fd)
{
    struct sockaddr_nl at = {.nl_family = AF_NETLINK,
                             .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int err;

    *fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (*fd < 0)
        return -errno;
    if (bind(*fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
        return 0;
    err = -errno;
    close(*fd);
    *fd = -1;
    return err;
}

/* What is of interest among the attributes of an address. */
struct attributes {
    uint8_t ip[16];
    bool found; /* ip is one */
    bool local;
    struct ifa_cacheinfo times;
};

/* IFA_LOCAL is ours where IFA_ADDRESS is the other end of a point-to-point link; IPv6 has only
 * the latter. */
static void take_attribute(struct attributes *out, uint16_t type, const uint8_t *p, size_t len,
                           size_t ip_len)
{
    if (len == ip_len && (type == IFA_LOCAL || (type == IFA_ADDRESS && !out->local))) {
        memcpy(out->ip, p, len);
        out->found = true;
        out->local = type == IFA_LOCAL;
    }
    if (type == IFA_CACHEINFO && len == sizeof(out->times))
        memcpy(&out->times, p, len);
}

static void read_attributes(struct attributes *out, const uint8_t *p, size_t len, size_t ip_len)
{
    while (len >= sizeof(struct rtattr)) {
        struct rtattr a;
        size_t step;

        memcpy(&a, p, sizeof(a));
        if (a.rta_len < sizeof(a) || a.rta_len > len)
            break;
        take_attribute(out, a.rta_type, p + sizeof(a), a.rta_len - sizeof(a), ip_len);
        step = RTA_ALIGN((size_t)a.rta_len);
        if (step > len)
            break;
        p += step;
        len -= step;
    }
}

/* The kernel tells of an address again whenever a router or DHCP server prolongs its life. */
static bool is_renewal(const struct ifa_cacheinfo *times)
{
    return times->tstamp - times->cstamp > RENEWAL;
}

static void read_address(struct sink *s, uint16_t type, const uint8_t *p, size_t len)
{
    struct hl_netlink_event ev = {.kind =
                                      type == RTM_NEWADDR ? HL_NL_ADDR_ADDED : HL_NL_ADDR_REMOVED};
    struct attributes found = {.found = false};
    struct ifaddrmsg m;

    if (len < sizeof(m))
        return;
    memcpy(&m, p, sizeof(m));
    if (m.ifa_family != AF_INET && m.ifa_family != AF_INET6)
        return;
    if (type == RTM_NEWADDR && (m.ifa_flags & IFA_F_TENTATIVE))
        return;
    read_attributes(&found, p + NLMSG_ALIGN(sizeof(m)), len - NLMSG_ALIGN(sizeof(m)),
                    m.ifa_family == AF_INET ? 4 : 16);
    if (!found.found || (type == RTM_NEWADDR && is_renewal(&found.times)))
        return;
    ev.index = m.ifa_index;
    ev.addr.family = m.ifa_family == AF_INET ? HL_AF_INET : HL_AF_INET6;
    if (m.ifa_family == AF_INET6 && m.ifa_scope == RT_SCOPE_LINK)
        ev.addr.scope = m.ifa_index;
    memcpy(ev.addr.ip, found.ip, sizeof(found.ip));
    tell(s, &ev);
}

static void read_link(struct sink *s, uint16_t type, const uint8_t *p, size_t len)
{
    struct hl_netlink_event ev = {.kind = HL_NL_LINK_DOWN};
    struct ifinfomsg m;

    if (len < sizeof(m))
        return;
    memcpy(&m, p, sizeof(m));
    if (type == RTM_NEWLINK && (m.ifi_flags & IFF_UP) && (m.ifi_flags & IFF_RUNNING))
        ev.kind = HL_NL_LINK_UP;
    ev.index = (uint32_t)m.ifi_index;
    tell(s, &ev);
}

static const struct {
    uint16_t type;
    void (*read)(struct sink *s, uint16_t type, const uint8_t *p, size_t len);
} readers[] = {
    {RTM_NEWADDR, read_address},
    {RTM_DELADDR, read_address},
    {RTM_NEWLINK, read_link},
    {RTM_DELLINK, read_link},
};

int hl_netlink_parse(const void *bytes, size_t len, hl_netlink_fn fn, void *user)
{
    struct sink s = {.fn = fn, .user = user};
    const uint8_t *p = bytes;

    while (len >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr h;
        size_t step;

        memcpy(&h, p, sizeof(h));
        if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
            break;
        for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
            if (readers[i].type == h.nlmsg_type)
                readers[i].read(&s, h.nlmsg_type, p + sizeof(h), h.nlmsg_len - sizeof(h));
        }
        step = NLMSG_ALIGN((size_t)h.nlmsg_len);
        if (step > len)
            break;
        p += step;
        len -= step;
    }
    return s.count;
}

int hl_netlink_read(int fd, hl_netlink_fn fn, void *user)
{
    uint8_t buf[READ_MAX];
    int count = 0;

    for (int i = 0; i < READ_BATCH; i++) {
        struct sockaddr_nl from;
        socklen_t from_len = sizeof(from);
        ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &from_len);

        if (n < 0 && errno == ENOBUFS) {
            fn(user, &(struct hl_netlink_event){.kind = HL_NL_OVERRUN});
            count++;
        } else if (n < 0) {
            return errno == EAGAIN || errno == EINTR ? count : -errno;
        } else if (from_len == sizeof(from) && from.nl_pid == 0) {
            count += hl_netlink_parse(buf, (size_t)n, fn, user);
        }
    }
    return count;
}

const char *hl_netlink_kind_text(enum hl_netlink_kind kind)
{
    static const char *const texts[] = {
        [HL_NL_ADDR_ADDED] = "address added", [HL_NL_ADDR_REMOVED] = "address removed",
        [HL_NL_LINK_UP] = "link up",          [HL_NL_LINK_DOWN] = "link down",
        [HL_NL_OVERRUN] = "news were lost",
    };

    return (size_t)kind < sizeof(texts) / sizeof(texts[0]) ? texts[kind] : "unknown";
}
