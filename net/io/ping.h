/* SPDX-License-Identifier: MIT */
/* ICMP echo without being root: the kernel's ping sockets (icmp(7), RFC 792, RFC 4443). They are
 * open to the groups in the sysctl net.ipv4.ping_group_range; we never use a raw socket. */
#ifndef HL_PING_H
#define HL_PING_H

#include "types.h"

struct hl_pong {
    struct hl_addr from;
    hl_time took; /* round trip */
};

/* Sends one echo request and waits for its answer until deadline (of hl_clock_now()); any thread,
 * but it waits. The sequence number is seq. Returns 0; HL_ERR_TIMEOUT; -EACCES if this user may
 * not ping; -EHOSTUNREACH and the like as an ICMP error told; -EAFNOSUPPORT. */
int hl_ping(const struct hl_addr *to, uint16_t seq, hl_time deadline, struct hl_pong *out)
    __attribute__((warn_unused_result));

/* hl_err_text(), but says for -EACCES and -EPERM what to ask the administrator for. */
const char *hl_ping_err_text(int err);

#endif
