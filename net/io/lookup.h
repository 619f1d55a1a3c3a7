/* SPDX-License-Identifier: MIT */
/* One question to the system's resolver, asked in the calling thread, which may block for 10 s
 * and more. resolve.h is the way to ask without waiting. Any thread. */
#ifndef HL_LOOKUP_H
#define HL_LOOKUP_H

#include "net_limits.h"
#include "types.h"

enum {
    HL_ALIASES_MAX = 512, /* bytes of all aliases of a name, each with its NUL */
};

struct hl_lookup {
    int err; /* 0 if there is at least one address (or, for a reverse question, a name) */
    size_t count;
    struct hl_addr addrs[HL_CANDIDATES_MAX]; /* in the order of RFC 6724, without ports */
    char name[HL_HOST_MAX];                  /* canonical name, "" if unknown */
    char aliases[HL_ALIASES_MAX];            /* one after the other, ended by an empty one */
};

/* Host name as typed, UTF-8 in any locale, to what DNS knows it by (IDNA 2008, non-transitional).
 * Returns 0, HL_ERR_BAD_NAME or HL_ERR_BAD_IPV4; see hl_host_check(). Does not block. */
int hl_lookup_ascii(const char *typed, char ascii[static HL_HOST_MAX])
    __attribute__((warn_unused_result));

/* Addresses of one family. Fills err (HL_ERR_NOT_FOUND, NO_ADDRESS, NAME_AGAIN, NAME_FAILED,
 * -ENOMEM), count, addrs and name. */
void hl_lookup_host(const char *ascii, enum hl_family family, struct hl_lookup *out);

/* Fills aliases only, as gethostbyname() knows them. */
void hl_lookup_aliases(const char *ascii, enum hl_family family, struct hl_lookup *out);

/* The name of an address: fills err and name. */
void hl_lookup_name(const struct hl_addr *a, struct hl_lookup *out);

#endif
