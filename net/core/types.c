/* SPDX-License-Identifier: MIT */
#include "types.h"

#include <string.h>

static size_t body_len(const struct hl_addr *a)
{
    switch ((enum hl_family)a->family) {
    case HL_AF_INET:
        return 4;
    case HL_AF_INET6:
        return 16;
    case HL_AF_UNIX:
        return a->unix_len;
    case HL_AF_NONE:
        break;
    }
    return 0;
}

bool hl_addr_equal(const struct hl_addr *a, const struct hl_addr *b)
{
    size_t len = body_len(a);

    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           len == body_len(b) && memcmp(a->path, b->path, len) == 0;
}

static uint32_t fnv1a(uint32_t h, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 16777619U;
    return h;
}

uint32_t hl_addr_hash(const struct hl_addr *a)
{
    uint32_t h = fnv1a(2166136261U, &a->family, sizeof(a->family));

    h = fnv1a(h, &a->port, sizeof(a->port));
    h = fnv1a(h, &a->scope, sizeof(a->scope));
    return fnv1a(h, a->path, body_len(a));
}
