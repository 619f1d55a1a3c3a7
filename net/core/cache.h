/* SPDX-License-Identifier: MIT */
/* Names looked up a short while ago. Bounded, embedded, no clock: the caller passes the time.
 * A name and a family are the key, the name without regard to ASCII case. Failures are kept too,
 * for a shorter time, so that a storm of questions for a dead name asks only once. */
#ifndef HL_CACHE_H
#define HL_CACHE_H

#include "net_limits.h"
#include "types.h"

enum {
    HL_CACHE_ADDRS = 8, /* addresses remembered per entry; the first ones, which are the best */
};

/* ip and scope only; ports are not part of a name. */
struct hl_cache_addr {
    uint32_t scope;
    uint8_t ip[16];
};

struct hl_cache_entry {
    char name[HL_HOST_MAX]; /* "" = free */
    char canonical[HL_HOST_MAX];
    uint8_t family;
    uint8_t count;
    int err; /* when count is 0 */
    hl_time stored, expires;
    struct hl_cache_addr addrs[HL_CACHE_ADDRS];
};

struct hl_cache {
    struct hl_cache_entry entries[HL_CACHE_MAX];
};

void hl_cache_init(struct hl_cache *c);

/* The entry that is still good at now, or NULL. Valid until the next put. */
const struct hl_cache_entry *hl_cache_get(const struct hl_cache *c, const char *name,
                                          enum hl_family family, hl_time now);

struct hl_cache_result {
    const struct hl_addr *addrs; /* all of the family asked for */
    size_t count;
    const char *canonical; /* or "" */
    int err;               /* kept if count is 0 */
};

/* Remembers or replaces an answer; a free or dead entry is used, else the oldest makes room.
 * Names that do not fit are not remembered. */
void hl_cache_put(struct hl_cache *c, const char *name, enum hl_family family,
                  const struct hl_cache_result *result, hl_time now);

/* Address number i of e, with port. */
struct hl_addr hl_cache_addr(const struct hl_cache_entry *e, size_t i, uint16_t port);

#endif
