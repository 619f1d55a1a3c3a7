/* SPDX-License-Identifier: MIT */
#include "sockopt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define ROW(level, option, kind, settable, unit)                                                   \
    {                                                                                              \
#option, level, option, kind, settable, unit                                               \
    }

static const struct hl_sockopt table[] = {
    ROW(SOL_SOCKET, SO_TYPE, HL_OPT_INT, false, ""),
    ROW(SOL_SOCKET, SO_DOMAIN, HL_OPT_INT, false, ""),
    ROW(SOL_SOCKET, SO_PROTOCOL, HL_OPT_INT, false, ""),
    ROW(SOL_SOCKET, SO_ACCEPTCONN, HL_OPT_BOOL, false, ""),
    ROW(SOL_SOCKET, SO_ERROR, HL_OPT_INT, false, "errno"),
    ROW(SOL_SOCKET, SO_RCVBUF, HL_OPT_INT, true, "bytes"),
    ROW(SOL_SOCKET, SO_SNDBUF, HL_OPT_INT, true, "bytes"),
    ROW(SOL_SOCKET, SO_REUSEADDR, HL_OPT_BOOL, true, ""),
    ROW(SOL_SOCKET, SO_BROADCAST, HL_OPT_BOOL, true, ""),
    ROW(SOL_SOCKET, SO_KEEPALIVE, HL_OPT_BOOL, true, ""),
    ROW(SOL_SOCKET, SO_LINGER, HL_OPT_SECONDS, true, "s"),
    ROW(SOL_SOCKET, SO_RXQ_OVFL, HL_OPT_BOOL, true, ""),
    ROW(SOL_SOCKET, SO_TIMESTAMPNS, HL_OPT_BOOL, true, ""),
    ROW(SOL_SOCKET, SO_PASSCRED, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_TCP, TCP_NODELAY, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_TCP, TCP_MAXSEG, HL_OPT_INT, true, "bytes"),
    ROW(IPPROTO_TCP, TCP_USER_TIMEOUT, HL_OPT_INT, true, "ms"),
    ROW(IPPROTO_TCP, TCP_KEEPIDLE, HL_OPT_INT, true, "s"),
    ROW(IPPROTO_TCP, TCP_KEEPINTVL, HL_OPT_INT, true, "s"),
    ROW(IPPROTO_TCP, TCP_KEEPCNT, HL_OPT_INT, true, ""),
    ROW(IPPROTO_IP, IP_TTL, HL_OPT_INT, true, "hops"),
    ROW(IPPROTO_IP, IP_TOS, HL_OPT_INT, true, ""),
    ROW(IPPROTO_IP, IP_MTU, HL_OPT_INT, false, "bytes"),
    ROW(IPPROTO_IP, IP_MTU_DISCOVER, HL_OPT_INT, true, ""),
    ROW(IPPROTO_IP, IP_RECVERR, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IP, IP_PKTINFO, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IP, IP_RECVTTL, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IP, IP_RECVTOS, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IP, IP_MULTICAST_TTL, HL_OPT_INT, true, "hops"),
    ROW(IPPROTO_IP, IP_MULTICAST_LOOP, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IPV6, IPV6_V6ONLY, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IPV6, IPV6_UNICAST_HOPS, HL_OPT_INT, true, "hops"),
    ROW(IPPROTO_IPV6, IPV6_TCLASS, HL_OPT_INT, true, ""),
    ROW(IPPROTO_IPV6, IPV6_MTU, HL_OPT_INT, true, "bytes"),
    ROW(IPPROTO_IPV6, IPV6_MTU_DISCOVER, HL_OPT_INT, true, ""),
    ROW(IPPROTO_IPV6, IPV6_RECVERR, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IPV6, IPV6_RECVPKTINFO, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, HL_OPT_BOOL, true, ""),
    ROW(IPPROTO_IPV6, IPV6_RECVTCLASS, HL_OPT_BOOL, true, ""),
};

const struct hl_sockopt *hl_sockopt_row(size_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct hl_sockopt *hl_sockopt_find(const char *name)
{
    const struct hl_sockopt *row;

    for (size_t i = 0; (row = hl_sockopt_row(i)); i++) {
        if (strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

int hl_sockopt_get(int fd, const char *name, int *value)
{
    const struct hl_sockopt *row = hl_sockopt_find(name);
    struct linger linger;
    bool is_linger = row && row->kind == HL_OPT_SECONDS;
    socklen_t len = is_linger ? sizeof(linger) : sizeof(*value);

    if (!row)
        return -ENOENT;
    if (getsockopt(fd, row->level, row->option, is_linger ? (void *)&linger : value, &len) != 0)
        return -errno;
    if (is_linger)
        *value = linger.l_onoff ? linger.l_linger : -1;
    return 0;
}

int hl_sockopt_set(int fd, const char *name, int value)
{
    const struct hl_sockopt *row = hl_sockopt_find(name);
    struct linger linger = {.l_onoff = value >= 0, .l_linger = value >= 0 ? value : 0};
    bool is_linger = row && row->kind == HL_OPT_SECONDS;

    if (!row)
        return -ENOENT;
    if (!row->settable)
        return -EPERM;
    if (setsockopt(fd, row->level, row->option, is_linger ? (void *)&linger : &value,
                   is_linger ? sizeof(linger) : sizeof(value)) != 0)
        return -errno;
    return 0;
}
