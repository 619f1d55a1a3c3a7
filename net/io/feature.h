/* SPDX-License-Identifier: MIT */
/* What this system's sockets can do, found by trying: headers tell what was there at compile
 * time only. Asking leaves nothing open. Any thread. */
#ifndef HL_FEATURE_H
#define HL_FEATURE_H

#include <stdbool.h>
#include <stddef.h>

struct hl_feature {
    const char *name;    /* "AF_INET6", "SOCK_SEQPACKET", "UDP_GRO" */
    const char *purpose; /* what we use it for, or why not: one line for people */
    int err;             /* 0 = it works, else -errno as the kernel said: hl_err_text() */
};

/* Tries the i-th feature of the list. Returns false behind its end. */
bool hl_feature_probe(size_t i, struct hl_feature *out);

/* By name; -ENOENT if it is not listed. */
int hl_feature_find(const char *name);

/* Whether v6 is of use: the protocol is there and a socket can be bound to ::1. */
bool hl_feature_has_ipv6(void);

#endif
