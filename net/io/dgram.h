/* SPDX-License-Identifier: MIT */
/* Datagrams in batches, with what travels beside them: our own address (IP_PKTINFO), truncation,
 * and the kernel's error queue (IP_RECVERR). Stateless but for the receive buffers. */
#ifndef HL_DGRAM_H
#define HL_DGRAM_H

#include "limits.h"
#include "types.h"

struct hl_dgram {
    struct hl_addr remote;
    struct hl_addr local; /* the address it was sent to; port left 0 */
    const uint8_t *data;
    size_t len;
    bool truncated;
};

/* Buffers for HL_BATCH datagrams of any size; pages are touched only as far as they are used. */
struct hl_dgram_rx;
struct hl_dgram_rx *hl_dgram_rx_new(void);
void hl_dgram_rx_free(struct hl_dgram_rx *rx);

/* Receives up to HL_BATCH datagrams into *out, which stay valid until the next call with rx.
 * Returns how many, 0 if none waits, or -errno (a pending ICMP error shows as such: read the
 * error queue and go on). */
int hl_dgram_recv(struct hl_dgram_rx *rx, int fd, const struct hl_dgram **out);

struct hl_dgram_error {
    struct hl_addr remote; /* where our datagram was going */
    int err;               /* -errno as ICMP told it */
    const uint8_t *data;   /* the part of our datagram that came back */
    size_t len;
};

/* Takes one report from the error queue into *out. Returns 1, or 0 if there is none. */
int hl_dgram_recv_error(struct hl_dgram_rx *rx, int fd, struct hl_dgram_error *out);

struct hl_dgram_out {
    struct hl_addr remote;
    struct hl_addr local; /* source address to use, family NONE = the kernel's choice */
    void *data;           /* not written to: struct iovec knows no const */
    size_t len;           /* never 0 */
};

/* Sends up to HL_BATCH datagrams through fd of the given socket family. Returns how many went
 * out; fewer than n means that the next one met *err (-EAGAIN: the socket's buffer is full). An
 * ICMP error that was pending on the socket is not taken for one of these datagrams. */
int hl_dgram_send(int fd, int sock_family, const struct hl_dgram_out *out, int n, int *err);

/* Datagrams the kernel dropped on fd because its receive buffer was full, since it was opened. */
uint32_t hl_dgram_drops(int fd);

#endif
