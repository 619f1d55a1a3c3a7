/* SPDX-License-Identifier: MIT */
#include "dgram.h"

#include "addr.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    /* Room for one pktinfo of each family, the error report with its address, and spare. */
    CONTROL_MAX = 512,
    /* sendmsg() reports a pending ICMP error once, instead of sending; then it is gone. */
    PENDING_ERRORS_MAX = 8,
    /* What one UDP_SEGMENT call may carry: UDP_MAX_SEGMENTS of older kernels, and a v4 packet. */
    CUT_PIECES_MAX = 64,
    CUT_BYTES_MAX = 65507,
    SOURCE_SPACE = CMSG_SPACE(sizeof(struct in6_pktinfo)),
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

static void take_segment(const struct cmsghdr *c, struct hl_dgram *d)
{
    int segment;

    if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
        return;
    memcpy(&segment, CMSG_DATA(c), sizeof(segment));
    if (segment > 0 && (size_t)segment < d->len)
        d->segment = (size_t)segment;
}

int hl_dgram_recv(struct hl_dgram_rx *rx, int fd, int most, const struct hl_dgram **out)
{
    int n;

    for (int i = 0; i < most; i++)
        prepare(rx, i);
    do
        n = recvmmsg(fd, rx->headers, (unsigned)most, MSG_DONTWAIT, NULL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        struct msghdr *h = &rx->headers[i].msg_hdr;
        struct hl_dgram *d = &rx->got[i];

        *d = (struct hl_dgram){.data = rx->data[i], .len = rx->headers[i].msg_len};
        d->truncated = (h->msg_flags & MSG_TRUNC) != 0;
        hl_addr_from_sockaddr(&d->remote, &rx->from[i], h->msg_namelen);
        for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
            take_pktinfo(c, &d->local);
            take_segment(c, d);
        }
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
        out->ours = e.ee_origin == SO_EE_ORIGIN_LOCAL;
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
    _Alignas(struct cmsghdr) uint8_t control[HL_BATCH][SOURCE_SPACE];
    int behind = 0; /* what the one meets that follows those that are sent */
    int sent = 0;
    int pending = 0;

    if (n > HL_BATCH)
        n = HL_BATCH;
    for (int i = 0; i < n; i++) {
        struct msghdr *h = &headers[i].msg_hdr;

        iov[i] = hl_dgram_iov(out[i].data, out[i].len);
        h->msg_name = &to[i];
        behind =
            hl_addr_to_sockaddr(&out[i].remote, sock_family == AF_INET6, &to[i], &h->msg_namelen);
        if (behind != 0) { /* not an address of this socket's kind: send what stands before it */
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
    *err = behind;
    return sent;
}

/* ---- runs ---- */

static bool set_on(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

unsigned hl_dgram_enable(int fd)
{
    int family = AF_UNSPEC;
    int segment;
    socklen_t len = sizeof(family);
    unsigned can = 0;

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
    if (set_on(fd, IPPROTO_UDP, UDP_GRO, 1))
        can |= HL_DGRAM_JOIN;
    len = sizeof(segment);
    if (getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, &len) == 0)
        can |= HL_DGRAM_CUT;
    /* A dual-stack socket needs both. */
    if (set_on(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE) &&
        (family != AF_INET6 || set_on(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)))
        can |= HL_DGRAM_WHOLE;
    return can;
}

/* A run whose address is made ready once for all its pieces. */
struct outgoing {
    int fd;
    struct msghdr header;
    struct iovec iov;
    struct sockaddr_storage to;
    size_t source_len; /* bytes of control that the source address takes */
    _Alignas(struct cmsghdr) uint8_t control[SOURCE_SPACE + CMSG_SPACE(sizeof(uint16_t))];
};

static int make_ready(struct outgoing *o, int fd, int sock_family, const struct hl_dgram_run *r)
{
    o->fd = fd;
    o->header = (struct msghdr){.msg_name = &o->to, .msg_iov = &o->iov, .msg_iovlen = 1};
    o->source_len = put_source(o->control, sock_family, r->local);
    return hl_addr_to_sockaddr(r->remote, sock_family == AF_INET6, &o->to, &o->header.msg_namelen);
}

/* One call: one datagram (segment 0), or several to be cut. */
static int send_call(struct outgoing *o, const uint8_t *data, size_t len, size_t segment)
{
    uint16_t cut = (uint16_t)segment;
    int pending = 0;

    o->iov = hl_dgram_iov(data, len);
    o->header.msg_controllen = o->source_len;
    if (segment > 0)
        o->header.msg_controllen +=
            put_control((struct cmsghdr *)(void *)(o->control + o->source_len), IPPROTO_UDP,
                        UDP_SEGMENT, &cut, sizeof(cut));
    o->header.msg_control = o->header.msg_controllen > 0 ? o->control : NULL;
    while (sendmsg(o->fd, &o->header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EINVAL || ++pending > PENDING_ERRORS_MAX)
            return -errno;
    }
    return 0;
}

/* Lets the kernel cut: each call takes as many pieces as one may. */
static size_t send_cut(int fd, int sock_family, const struct hl_dgram_run *r, int *err)
{
    size_t pieces = CUT_BYTES_MAX / r->segment;
    struct outgoing o;
    size_t sent = 0;

    if (pieces > CUT_PIECES_MAX)
        pieces = CUT_PIECES_MAX;
    *err = make_ready(&o, fd, sock_family, r);
    while (sent < r->len && *err == 0) {
        size_t left = r->len - sent;
        size_t len = left < r->segment * pieces ? left : r->segment * pieces;

        *err = send_call(&o, r->data + sent, len, len > r->segment ? r->segment : 0);
        if (*err == 0)
            sent += len;
    }
    return sent;
}

/* Cuts here. */
static size_t send_pieces(int fd, int sock_family, const struct hl_dgram_run *r, size_t sent,
                          int *err)
{
    struct hl_dgram_out out[HL_BATCH];

    *err = 0;
    while (sent < r->len && *err == 0) {
        size_t off = sent;
        int done;
        int n;

        for (n = 0; n < HL_BATCH && off < r->len; n++) {
            size_t left = r->len - off;

            out[n] = (struct hl_dgram_out){.remote = *r->remote, .local = *r->local};
            out[n].data = r->data + off;
            out[n].len = left < r->segment ? left : r->segment;
            off += out[n].len;
        }
        done = hl_dgram_send(fd, sock_family, out, n, err);
        for (int i = 0; i < done; i++)
            sent += out[i].len;
    }
    return sent;
}

static size_t send_single(int fd, int sock_family, const struct hl_dgram_run *r, int *err)
{
    struct outgoing o;

    *err = make_ready(&o, fd, sock_family, r);
    if (*err == 0)
        *err = send_call(&o, r->data, r->len, 0);
    return *err ? 0 : r->len;
}

static bool is_refusal(int err)
{
    return err == -EINVAL || err == -EIO || err == -EOPNOTSUPP;
}

size_t hl_dgram_send_run(int fd, int sock_family, const struct hl_dgram_run *r, atomic_uint *can,
                         int *err)
{
    size_t sent = 0;
    size_t cut = 0;
    bool refused;

    if (r->segment == 0 || r->segment >= r->len)
        return send_single(fd, sock_family, r, err);
    refused = !(atomic_load_explicit(can, memory_order_relaxed) & HL_DGRAM_CUT) ||
              r->segment * 2 > CUT_BYTES_MAX;
    if (refused)
        return send_pieces(fd, sock_family, r, 0, err);
    cut = send_cut(fd, sock_family, r, err);
    if (!is_refusal(*err))
        return cut;
    /* Pieces too big for the link are EINVAL to some kernels: it is the cutting that is refused
     * if they leave one by one. */
    sent = send_pieces(fd, sock_family, r, cut, err);
    if (sent > cut)
        atomic_fetch_and(can, ~(unsigned)HL_DGRAM_CUT);
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
