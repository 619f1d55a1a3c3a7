/* SPDX-License-Identifier: MIT */
#include "dgram.h"

#include "addr.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    /* Room for one pktinfo of each family, the error report with its address, and spare. */
    CONTROL_MAX = 512,
    /* sendmsg() reports a pending ICMP error once, instead of sending; then it is gone. */
    PENDING_ERRORS_MAX = 8,
};

struct hl_dgram_rx {
    struct mmsghdr headers[HL_BATCH];
    struct iovec iov[HL_BATCH];
    struct sockaddr_storage from[HL_BATCH];
    struct hl_dgram got[HL_BATCH];
    _Alignas(struct cmsghdr) uint8_t control[HL_BATCH][CONTROL_MAX];
    uint8_t data[HL_BATCH][HL_DATAGRAM_MAX + 1];
};

struct hl_dgram_rx *hl_dgram_rx_new(void)
{
    return malloc(sizeof(struct hl_dgram_rx));
}

void hl_dgram_rx_free(struct hl_dgram_rx *rx)
{
    free(rx);
}

static void prepare(struct hl_dgram_rx *rx, int i)
{
    rx->iov[i] = (struct iovec){.iov_base = rx->data[i], .iov_len = sizeof(rx->data[i])};
    rx->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &rx->from[i],
        .msg_namelen = sizeof(rx->from[i]),
        .msg_iov = &rx->iov[i],
        .msg_iovlen = 1,
        .msg_control = rx->control[i],
        .msg_controllen = sizeof(rx->control[i]),
    };
}

static void take_pktinfo(const struct cmsghdr *c, struct hl_addr *local)
{
    struct sockaddr_storage ss = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ss;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ss;

    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;

        memcpy(&info, CMSG_DATA(c), sizeof(info));
        v4->sin_family = AF_INET;
        v4->sin_addr = info.ipi_addr;
        hl_addr_from_sockaddr(local, &ss, sizeof(*v4));
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;

        memcpy(&info, CMSG_DATA(c), sizeof(info));
        v6->sin6_family = AF_INET6;
        v6->sin6_addr = info.ipi6_addr;
        if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
            v6->sin6_scope_id = info.ipi6_ifindex;
        hl_addr_from_sockaddr(local, &ss, sizeof(*v6));
    }
}

int hl_dgram_recv(struct hl_dgram_rx *rx, int fd, const struct hl_dgram **out)
{
    int n;

    for (int i = 0; i < HL_BATCH; i++)
        prepare(rx, i);
    do
        n = recvmmsg(fd, rx->headers, HL_BATCH, MSG_DONTWAIT, NULL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        struct msghdr *h = &rx->headers[i].msg_hdr;
        struct hl_dgram *d = &rx->got[i];

        *d = (struct hl_dgram){.data = rx->data[i], .len = rx->headers[i].msg_len};
        d->truncated = (h->msg_flags & MSG_TRUNC) != 0;
        hl_addr_from_sockaddr(&d->remote, &rx->from[i], h->msg_namelen);
        for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
            take_pktinfo(c, &d->local);
    }
    *out = rx->got;
    return n;
}

int hl_dgram_recv_error(struct hl_dgram_rx *rx, int fd, struct hl_dgram_error *out)
{
    struct msghdr *h = &rx->headers[0].msg_hdr;
    ssize_t n;

    prepare(rx, 0);
    do
        n = recvmsg(fd, h, MSG_ERRQUEUE | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return 0;
    *out = (struct hl_dgram_error){.err = -EIO, .data = rx->data[0], .len = (size_t)n};
    /* With IP_RECVERR the name is the destination of the datagram that caused the error. */
    hl_addr_from_sockaddr(&out->remote, &rx->from[0], h->msg_namelen);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        struct sock_extended_err e;

        if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
            !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            continue;
        memcpy(&e, CMSG_DATA(c), sizeof(e));
        out->err = -(int)e.ee_errno;
    }
    return 1;
}

static size_t put_control(struct cmsghdr *c, int level, int type, const void *data, size_t len)
{
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type};
    memcpy(CMSG_DATA(c), data, len);
    return CMSG_SPACE(len);
}

/* Asks the kernel to send from local: the peer knows us by that address. */
static size_t put_source(void *control, int sock_family, const struct hl_addr *local)
{
    struct sockaddr_storage ss;
    socklen_t len;

    if (local->family != HL_AF_INET && local->family != HL_AF_INET6)
        return 0;
    if (hl_addr_to_sockaddr(local, sock_family == AF_INET6, &ss, &len) != 0)
        return 0;
    if (ss.ss_family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = ((struct sockaddr_in *)&ss)->sin_addr};

        return put_control(control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }
    struct in6_pktinfo info = {
        .ipi6_addr = ((struct sockaddr_in6 *)&ss)->sin6_addr,
        .ipi6_ifindex = ((struct sockaddr_in6 *)&ss)->sin6_scope_id,
    };
    return put_control(control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

int hl_dgram_send(int fd, int sock_family, const struct hl_dgram_out *out, int n, int *err)
{
    struct mmsghdr headers[HL_BATCH] = {0};
    struct iovec iov[HL_BATCH];
    struct sockaddr_storage to[HL_BATCH];
    _Alignas(struct cmsghdr) uint8_t control[HL_BATCH][CMSG_SPACE(sizeof(struct in6_pktinfo))];
    int sent = 0;
    int pending = 0;

    *err = 0;
    if (n > HL_BATCH)
        n = HL_BATCH;
    for (int i = 0; i < n; i++) {
        struct msghdr *h = &headers[i].msg_hdr;

        iov[i] = (struct iovec){.iov_base = out[i].data, .iov_len = out[i].len};
        h->msg_name = &to[i];
        *err =
            hl_addr_to_sockaddr(&out[i].remote, sock_family == AF_INET6, &to[i], &h->msg_namelen);
        if (*err != 0) { /* not an address of this socket's kind: send what stands before it */
            n = i;
            break;
        }
        h->msg_iov = &iov[i];
        h->msg_iovlen = 1;
        h->msg_controllen = put_source(control[i], sock_family, &out[i].local);
        h->msg_control = h->msg_controllen > 0 ? control[i] : NULL;
    }
    while (sent < n) {
        int r = sendmmsg(fd, headers + sent, (unsigned)(n - sent), MSG_DONTWAIT | MSG_NOSIGNAL);

        if (r > 0) {
            sent += r;
            pending = 0;
            continue;
        }
        if (errno == EINTR)
            continue;
        *err = -errno;
        if (errno == EAGAIN || ++pending > PENDING_ERRORS_MAX)
            return sent;
    }
    return sent;
}

uint32_t hl_dgram_drops(int fd)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(info);

    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) != 0)
        return 0;
    return info[SK_MEMINFO_DROPS];
}
