/* SPDX-License-Identifier: MIT */
/* What travels beside the data in recvmsg() and sendmsg(): addresses, hop limits, time stamps,
 * descriptors, and the kernel's error queue. Pure conversions; any thread.
 * Sources: ip(7), ipv6(7), unix(7), RFC 3542. */
#ifndef HL_CMSG_H
#define HL_CMSG_H

#include "types.h"

#include <sys/socket.h>

enum {
    HL_CMSG_SPACE = 512,  /* bytes of control buffer that hold everything below */
    HL_CMSG_FDS_MAX = 16, /* descriptors in one message */
};

struct hl_cmsg {
    struct hl_addr local;     /* IP_PKTINFO: our address, port 0. To send: the source; NONE = any */
    int ttl;                  /* TTL or hop limit, -1 = not told / the socket's own */
    int tclass;               /* TOS or traffic class; its low two bits are ECN; -1 as above */
    int64_t stamp_ns;         /* SO_TIMESTAMPNS: wall clock at arrival, 0 = not told */
    uint32_t drops;           /* SO_RXQ_OVFL: datagrams the socket has lost so far */
    int err;                  /* MSG_ERRQUEUE: -errno that ICMP or the kernel reported, else 0 */
    uint32_t mtu;             /* MSG_ERRQUEUE with -EMSGSIZE: what the path carries */
    struct hl_addr offender;  /* MSG_ERRQUEUE: the host that complained */
    int fds[HL_CMSG_FDS_MAX]; /* SCM_RIGHTS: received ones belong to the caller, close-on-exec */
    size_t fds_len;
};

/* Everything "not told". */
void hl_cmsg_init(struct hl_cmsg *c);

/* Reads the control messages of msg after recvmsg(fd, msg, flags | MSG_CMSG_CLOEXEC). Descriptors
 * beyond HL_CMSG_FDS_MAX are closed, unknown control messages skipped. */
void hl_cmsg_parse(struct msghdr *msg, struct hl_cmsg *out);

/* Writes local, ttl, tclass and fds of c to the control buffer of msg, which has HL_CMSG_SPACE
 * zeroed bytes aligned as struct cmsghdr. sock_family (AF_*) decides the form: on AF_INET6 a v4
 * source is written ::ffff:a.b.c.d. Returns 0, or -EINVAL for more descriptors than fit. */
int hl_cmsg_build(struct msghdr *msg, int sock_family, const struct hl_cmsg *c)
    __attribute__((warn_unused_result));

/* A control buffer with the right alignment. */
union hl_cmsg_buf {
    char bytes[HL_CMSG_SPACE];
    struct cmsghdr align;
};

#endif
