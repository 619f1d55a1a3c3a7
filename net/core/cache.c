/* SPDX-License-Identifier: MIT */
#include "cache.h"

#include <string.h>

void hl_cache_init(struct hl_cache *c)
{
    for (size_t i = 0; i < HL_CACHE_MAX; i++)
        c->entries[i].name[0] = '\0';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* strcasecmp() would follow the locale, which DNS does not. */
static bool same_name(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool used(const struct hl_cache_entry *e)
{
    return e->name[0] != '\0';
}

static size_t find(const struct hl_cache *c, const char *name, enum hl_family family)
{
    size_t i = 0;

    while (i < HL_CACHE_MAX && !(used(&c->entries[i]) && c->entries[i].family == family &&
                                 same_name(c->entries[i].name, name)))
        i++;
    return i;
}

const struct hl_cache_entry *hl_cache_get(const struct hl_cache *c, const char *name,
                                          enum hl_family family, hl_time now)
{
    size_t i = find(c, name, family);

    return i < HL_CACHE_MAX && now < c->entries[i].expires ? &c->entries[i] : NULL;
}

/* A free or dead entry if there is one, else the oldest. */
static size_t make_room(const struct hl_cache *c, hl_time now)
{
    size_t oldest = 0;

    for (size_t i = 0; i < HL_CACHE_MAX; i++) {
        if (!used(&c->entries[i]) || now >= c->entries[i].expires)
            return i;
        if (c->entries[i].stored < c->entries[oldest].stored)
            oldest = i;
    }
    return oldest;
}

void hl_cache_put(struct hl_cache *c, const char *name, enum hl_family family,
                  const struct hl_cache_result *result, hl_time now)
{
    size_t len = strlen(name);
    size_t canonical_len = strlen(result->canonical);
    size_t i;
    struct hl_cache_entry *e;

    if (len == 0 || len >= HL_HOST_MAX)
        return;
    i = find(c, name, family);
    e = &c->entries[i < HL_CACHE_MAX ? i : make_room(c, now)];
    memset(e, 0, sizeof(*e));
    memcpy(e->name, name, len);
    if (canonical_len < HL_HOST_MAX)
        memcpy(e->canonical, result->canonical, canonical_len);
    e->family = (uint8_t)family;
    e->count = (uint8_t)(result->count < HL_CACHE_ADDRS ? result->count : HL_CACHE_ADDRS);
    e->err = e->count ? 0 : result->err;
    e->stored = now;
    e->expires = now + (e->count ? HL_CACHE_TTL : HL_CACHE_NEGATIVE);
    for (size_t k = 0; k < e->count; k++) {
        e->addrs[k].scope = result->addrs[k].scope;
        memcpy(e->addrs[k].ip, result->addrs[k].ip, sizeof(e->addrs[k].ip));
    }
}

struct hl_addr hl_cache_addr(const struct hl_cache_entry *e, size_t i, uint16_t port)
{
    struct hl_addr a = {.family = e->family, .port = port, .scope = e->addrs[i].scope};

    memcpy(a.ip, e->addrs[i].ip, sizeof(a.ip));
    return a;
}
