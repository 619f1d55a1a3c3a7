/* SPDX-License-Identifier: MIT */
/* Where a message goes or came from: a socket of ours, its address and the peer's. */
#ifndef HL_PATH_H
#define HL_PATH_H

#include "types.h"

typedef uint32_t hl_link; /* names a socket, never used again; 0 is no link */

/* local is the address of ours that was used (IP_PKTINFO): answers leave from it, or a
 * multi-homed host would answer from an address nobody asked. */
struct hl_path {
    hl_link link;
    enum hl_transport transport;
    struct hl_addr remote;
    struct hl_addr local;
};

#endif
