/* SPDX-License-Identifier: MIT */
#include "cmsg.h"

#include "addr.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void hl_cmsg_init(struct hl_cmsg *c)
{
    memset(c, 0, sizeof(*c));
    c->ttl = -1;
    c->tclass = -1;
}

/* Copies the head of a control message to what has a type; false if it is too short. */
static bool take(const struct cmsghdr *cm, void *out, size_t len)
{
    if (cm->cmsg_len < CMSG_LEN(len))
        return false;
    memcpy(out, CMSG_DATA(cm), len);
    return true;
}

static void read_int(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    bool ttl =
        cm->cmsg_level == IPPROTO_IP ? cm->cmsg_type == IP_TTL : cm->cmsg_type == IPV6_HOPLIMIT;
    int *field = ttl ? &out->ttl : &out->tclass;

    if (!take(cm, field, sizeof(*field))) {
        uint8_t octet; /* IP_TOS comes as a single byte */

        if (take(cm, &octet, sizeof(octet)))
            *field = octet;
    }
}

static void read_pktinfo4(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    struct in_pktinfo info;

    if (!take(cm, &info, sizeof(info)))
        return;
    out->local = (struct hl_addr){.family = HL_AF_INET};
    memcpy(out->local.ip, &info.ipi_addr, sizeof(info.ipi_addr));
}

static void read_pktinfo6(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    struct in6_pktinfo info;

    if (!take(cm, &info, sizeof(info)))
        return;
    sin6.sin6_addr = info.ipi6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
        sin6.sin6_scope_id = info.ipi6_ifindex;
    memcpy(&ss, &sin6, sizeof(sin6));
    hl_addr_from_sockaddr(&out->local, &ss, sizeof(sin6));
}

static void read_error(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    struct sock_extended_err e;
    size_t rest;

    if (!take(cm, &e, sizeof(e)))
        return;
    out->err = -(int)e.ee_errno;
    if (e.ee_errno == EMSGSIZE)
        out->mtu = e.ee_info;
    rest = cm->cmsg_len - CMSG_LEN(sizeof(e));
    if (rest > sizeof(ss))
        rest = sizeof(ss);
    memcpy(&ss, CMSG_DATA(cm) + sizeof(e), rest);
    hl_addr_from_sockaddr(&out->offender, &ss, (socklen_t)rest);
}

static void read_stamp(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    struct timespec ts;

    if (take(cm, &ts, sizeof(ts)))
        out->stamp_ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void read_drops(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    take(cm, &out->drops, sizeof(out->drops));
}

static void read_fds(const struct cmsghdr *cm, struct hl_cmsg *out)
{
    size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    for (size_t i = 0; i < n; i++) {
        int fd;

        memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
        if (out->fds_len < HL_CMSG_FDS_MAX)
            out->fds[out->fds_len++] = fd;
        else
            close(fd);
    }
}

static const struct {
    int level, type;
    void (*read)(const struct cmsghdr *cm, struct hl_cmsg *out);
} readers[] = {
    {IPPROTO_IP, IP_PKTINFO, read_pktinfo4},
    {IPPROTO_IPV6, IPV6_PKTINFO, read_pktinfo6},
    {IPPROTO_IP, IP_RECVERR, read_error},
    {IPPROTO_IPV6, IPV6_RECVERR, read_error},
    {IPPROTO_IP, IP_TTL, read_int},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, read_int},
    {IPPROTO_IP, IP_TOS, read_int},
    {IPPROTO_IPV6, IPV6_TCLASS, read_int},
    {SOL_SOCKET, SCM_TIMESTAMPNS, read_stamp},
    {SOL_SOCKET, SO_RXQ_OVFL, read_drops},
    {SOL_SOCKET, SCM_RIGHTS, read_fds},
};

void hl_cmsg_parse(struct msghdr *msg, struct hl_cmsg *out)
{
    hl_cmsg_init(out);
    for (struct cmsghdr *cm = CMSG_FIRSTHDR(msg); cm; cm = CMSG_NXTHDR(msg, cm)) {
        for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
            if (cm->cmsg_level == readers[i].level && cm->cmsg_type == readers[i].type)
                readers[i].read(cm, out);
        }
    }
}

static void put(struct msghdr *msg, int level, int type, const void *data, size_t len)
{
    struct cmsghdr *cm = (struct cmsghdr *)(void *)((char *)msg->msg_control + msg->msg_controllen);

    cm->cmsg_level = level;
    cm->cmsg_type = type;
    cm->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(cm), data, len);
    msg->msg_controllen += CMSG_SPACE(len);
}

static void put_source(struct msghdr *msg, int sock_family, const struct hl_addr *local)
{
    struct sockaddr_storage ss;
    socklen_t len;

    if (local->family == HL_AF_NONE || local->family == HL_AF_UNIX ||
        hl_addr_to_sockaddr(local, sock_family == AF_INET6, &ss, &len) != 0)
        return;
    if (sock_family == AF_INET6) {
        const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)&ss;
        struct in6_pktinfo info = {.ipi6_addr = sin6->sin6_addr,
                                   .ipi6_ifindex = sin6->sin6_scope_id};

        put(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    } else {
        struct in_pktinfo info = {.ipi_spec_dst = ((const struct sockaddr_in *)&ss)->sin_addr};

        put(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }
}

static void put_int(struct msghdr *msg, int sock_family, int type4, int type6, int value)
{
    bool v6 = sock_family == AF_INET6;

    if (value >= 0)
        put(msg, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? type6 : type4, &value, sizeof(value));
}

int hl_cmsg_build(struct msghdr *msg, int sock_family, const struct hl_cmsg *c)
{
    msg->msg_controllen = 0;
    if (c->fds_len > HL_CMSG_FDS_MAX)
        return -EINVAL;
    if (sock_family == AF_UNIX) {
        if (c->fds_len > 0)
            put(msg, SOL_SOCKET, SCM_RIGHTS, c->fds, c->fds_len * sizeof(c->fds[0]));
        return 0;
    }
    if (c->fds_len > 0)
        return -EINVAL;
    put_source(msg, sock_family, &c->local);
    put_int(msg, sock_family, IP_TTL, IPV6_HOPLIMIT, c->ttl);
    put_int(msg, sock_family, IP_TOS, IPV6_TCLASS, c->tclass);
    return 0;
}
