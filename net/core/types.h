/* SPDX-License-Identifier: MIT */
/* Plain values shared by all of net: time and addresses. No system header. */
#ifndef HL_TYPES_H
#define HL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds of a monotonic clock that also counts suspend; its zero means nothing. */
typedef int64_t hl_time;

#define HL_NEVER   INT64_MAX
#define HL_MS(n)   ((hl_time)(n)*1000)
#define HL_SECS(n) ((hl_time)(n)*1000000)

enum hl_family {
    HL_AF_NONE = 0, /* no address: "any", or not known */
    HL_AF_INET = 4,
    HL_AF_INET6 = 6,
    HL_AF_UNIX = 1,
};

enum {
    HL_UNIX_PATH_MAX = 108, /* sun_path of Linux; an abstract name starts with a NUL byte */
};

/* A transport address. v4 is never kept as ::ffff:a.b.c.d: hl_addr_normalise() in endpoint.h turns
 * that into HL_AF_INET, so equal peers compare equal. Always compare with hl_addr_equal(). */
struct hl_addr {
    uint8_t family;   /* enum hl_family */
    uint8_t unix_len; /* HL_AF_UNIX: bytes of path in use, 0 = unnamed */
    uint16_t port;    /* host byte order */
    uint32_t scope;   /* interface index, link-local v6 only, else 0 */
    union {
        uint8_t ip[16]; /* network byte order; v4 uses the first four */
        char path[HL_UNIX_PATH_MAX];
    };
};

enum hl_transport {
    HL_UDP,
    HL_TCP,
    HL_UNIX_STREAM,
    HL_UNIX_DGRAM,
    HL_UNIX_SEQPACKET,
};

static inline bool hl_transport_is_stream(enum hl_transport t)
{
    return t == HL_TCP || t == HL_UNIX_STREAM;
}

bool hl_addr_equal(const struct hl_addr *a, const struct hl_addr *b);
/* FNV-1a over what hl_addr_equal() compares. */
uint32_t hl_addr_hash(const struct hl_addr *a);

#endif
