/* SPDX-License-Identifier: MIT */
#include "bucket.h"
#include "rules.h"
#include "table.h"

enum {
    WAYS = 8, /* sources of one set */
    SETS = HL_SOURCES_MAX / WAYS,
    MICRO = 1000000,
};

void hl_bucket_init(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r)
{
    *b = (struct hl_bucket){.at = now, .held = (int64_t)r->burst * MICRO};
}

static void refill(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r)
{
    int64_t most = (int64_t)r->burst * MICRO;
    hl_time passed = now - b->at;

    b->at = now;
    /* The time that fills it whole, first: a long rest would overflow. */
    if (passed >= most / r->rate + 1)
        b->held = most;
    else
        b->held += passed * r->rate;
    if (b->held > most)
        b->held = most;
}

bool hl_bucket_take(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r)
{
    refill(b, now, r);
    if (b->held < MICRO)
        return false;
    b->held -= MICRO;
    return true;
}

uint32_t hl_bucket_level(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r)
{
    refill(b, now, r);
    return (uint32_t)(b->held / MICRO);
}

void hl_buckets_init(struct hl_buckets *b, const struct hl_env *env)
{
    *b = (struct hl_buckets){.env = env, .seed = hl_env_random64(env)};
}

void hl_buckets_fini(struct hl_buckets *b)
{
    hl_env_free(b->env, b->sources);
    b->sources = NULL;
}

uint64_t hl_buckets_name(uint64_t seed, const struct hl_addr *from)
{
    size_t len = from->family == HL_AF_INET ? 4 : from->family == HL_AF_INET6 ? 8 : 0;
    uint64_t prefix = 0;

    for (size_t i = 0; i < len; i++)
        prefix = prefix << 8 | from->ip[i];
    return hl_table_mix(hl_table_mix(seed ^ prefix) + from->family) | 1;
}

static struct hl_bucket_source *find(struct hl_buckets *b, uint64_t name)
{
    struct hl_bucket_source *set = &b->sources[(name >> 8) % SETS * WAYS];
    struct hl_bucket_source *oldest = set;

    for (struct hl_bucket_source *s = set; s < set + WAYS; s++) {
        if (s->name == name)
            return s;
        if (oldest->name && (!s->name || s->bucket.at < oldest->bucket.at))
            oldest = s;
    }
    oldest->name = 0;
    return oldest;
}

bool hl_buckets_take(struct hl_buckets *b, hl_time now, const struct hl_addr *from,
                     const struct hl_bucket_rate *r)
{
    uint64_t name = hl_buckets_name(b->seed, from);
    struct hl_bucket_source *s;

    if (!b->sources)
        b->sources = hl_env_alloc(b->env, HL_SOURCES_MAX * sizeof *b->sources);
    if (!b->sources)
        return false;
    s = find(b, name);
    if (!s->name) {
        s->name = name;
        hl_bucket_init(&s->bucket, now, r);
    }
    return hl_bucket_take(&s->bucket, now, r);
}
