/* SPDX-License-Identifier: MIT */
/* Datagrams in batches, with what travels beside them: our own address (IP_PKTINFO), truncation,
 * and the kernel's error queue (IP_RECVERR). Equal datagrams of one peer travel in runs where the
 * kernel can: UDP_GRO joins them on arrival, UDP_SEGMENT cuts them on departure (udp(7)), and both
 * save most of the cost of a datagram. Stateless but for the receive buffers. */
#ifndef HL_DGRAM_H
#define HL_DGRAM_H

#include "net_limits.h"
#include "types.h"

#include <stdatomic.h>
#include <sys/uio.h>

/* What a UDP socket can do beyond one datagram at a time. */
enum hl_dgram_can {
    HL_DGRAM_JOIN = 1,  /* gives runs */
    HL_DGRAM_CUT = 2,   /* takes runs */
    HL_DGRAM_WHOLE = 4, /* its datagrams are never fragmented, here or on the way */
};

/* Asks for all of it. Returns what the kernel grants. */
unsigned hl_dgram_enable(int fd);

struct hl_dgram {
    struct hl_addr remote;
    struct hl_addr local; /* the address it was sent to; port left 0 */
    const uint8_t *data;
    size_t len;
    size_t
        segment; /* 0 = one datagram, else data is datagrams of this size, the last may be less */
    bool truncated;
};

/* Buffers for HL_BATCH datagrams of any size; pages are touched only as far as they are used. */
struct hl_dgram_rx;
struct hl_dgram_rx *hl_dgram_rx_new(void);
void hl_dgram_rx_free(struct hl_dgram_rx *rx);

/* Receives up to most <= HL_BATCH datagrams or runs into *out, which stay valid until the next
 * call with rx.
 * Returns how many, 0 if none waits, or -errno (a pending ICMP error shows as such: read the
 * error queue and go on). */
int hl_dgram_recv(struct hl_dgram_rx *rx, int fd, int most, const struct hl_dgram **out);

struct hl_dgram_error {
    struct hl_addr remote; /* where our datagram was going */
    int err;               /* -errno as ICMP told it */
    bool ours;             /* it was this host that said so */
    const uint8_t *data;   /* the part of our datagram that came back */
    size_t len;
};

/* Takes one report from the error queue into *out. Returns 1, or 0 if there is none. */
int hl_dgram_recv_error(struct hl_dgram_rx *rx, int fd, struct hl_dgram_error *out);

/* struct iovec serves reading and writing, so it knows no const. */
static inline struct iovec hl_dgram_iov(const void *data, size_t len)
{
    union {
        const void *in;
        void *out;
    } of = {.in = data};

    return (struct iovec){.iov_base = of.out, .iov_len = len};
}

struct hl_dgram_out {
    struct hl_addr remote;
    struct hl_addr local; /* source address to use, family NONE = the kernel's choice */
    const void *data;
    size_t len; /* never 0 */
};

/* Sends up to HL_BATCH datagrams through fd of the given socket family. Returns how many went
 * out; fewer than n means that the next one met *err (-EAGAIN: the socket's buffer is full). An
 * ICMP error that was pending on the socket is not taken for one of these datagrams. */
int hl_dgram_send(int fd, int sock_family, const struct hl_dgram_out *out, int n, int *err);

struct hl_dgram_run {
    const struct hl_addr *remote;
    const struct hl_addr *local; /* as above */
    const uint8_t *data;
    size_t len;     /* never 0 */
    size_t segment; /* bytes of each datagram, the last may be shorter; 0 = one datagram */
};

/* Sends a run in as few calls as *can permits. When the kernel or the card refuses to cut
 * (EINVAL, EIO, EOPNOTSUPP: virtual cards, IPsec, no checksum offload), it goes piece by piece,
 * and HL_DGRAM_CUT is taken from *can. Returns how many bytes went out, always whole datagrams;
 * fewer than len means that the next one met *err, else *err is 0. */
size_t hl_dgram_send_run(int fd, int sock_family, const struct hl_dgram_run *r, atomic_uint *can,
                         int *err);

/* Datagrams the kernel dropped on fd because its receive buffer was full, since it was opened. */
uint32_t hl_dgram_drops(int fd);

#endif
