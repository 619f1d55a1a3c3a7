/* SPDX-License-Identifier: MIT */
/* The kernel's news about this host's addresses and links (rtnetlink(7), RFC 3549). The socket
 * needs no right; one thread reads it. */
#ifndef HL_NETLINK_H
#define HL_NETLINK_H

#include "types.h"

enum hl_netlink_kind {
    HL_NL_ADDR_ADDED,
    HL_NL_ADDR_REMOVED,
    HL_NL_LINK_UP,   /* running: there is a carrier */
    HL_NL_LINK_DOWN, /* no carrier, switched off, or removed */
    HL_NL_OVERRUN,   /* news were lost: look at everything again */
};

struct hl_netlink_event {
    enum hl_netlink_kind kind;
    uint32_t index;      /* interface; 0 for OVERRUN */
    struct hl_addr addr; /* ADDR_*: port 0, scope set where it is link-local */
};

typedef void (*hl_netlink_fn)(void *user, const struct hl_netlink_event *ev);

/* Opens a non-blocking socket that hears of links and of v4 and v6 addresses. */
int hl_netlink_open(int *fd) __attribute__((warn_unused_result));

/* Reads what waits, at most a bounded batch (poll again), and calls fn for each event. A v6
 * address that is still being checked for duplicates is told when it may be used, and that one's
 * lifetime was prolonged is not. Messages that do not come from the kernel are dropped. Returns how
 * many events, or -errno. */
int hl_netlink_read(int fd, hl_netlink_fn fn, void *user) __attribute__((warn_unused_result));

/* The parser alone: any bytes, whatever their alignment; what is cut or unknown is skipped.
 * Returns how many events. */
int hl_netlink_parse(const void *bytes, size_t len, hl_netlink_fn fn, void *user);

/* "address added", "link down" ... */
const char *hl_netlink_kind_text(enum hl_netlink_kind kind);

#endif
