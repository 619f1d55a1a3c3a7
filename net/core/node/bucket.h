/* SPDX-License-Identifier: MIT */
/* Token buckets: how many events a second are let through, and how many at once. One alone, or one
 * for each source address in a table of fixed size. Pure, one thread. */
#ifndef HL_BUCKET_H
#define HL_BUCKET_H

#include "env.h"
#include "types.h"

struct hl_bucket_rate {
    uint32_t rate;  /* tokens a second */
    uint32_t burst; /* tokens that a rested bucket holds */
};

struct hl_bucket {
    hl_time at;   /* of the last look */
    int64_t held; /* millionths of a token; what the burst lacks of it */
};

/* A full one. */
void hl_bucket_init(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r);
/* Takes a token, false if there is none. */
bool hl_bucket_take(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r);
/* Tokens held. */
uint32_t hl_bucket_level(struct hl_bucket *b, hl_time now, const struct hl_bucket_rate *r);

/* One bucket for each IPv4 address and each IPv6 network of 64 bits. Where the table is full the
 * source of its set that asked longest ago is forgotten. */
struct hl_bucket_source {
    uint64_t name; /* keyed hash of the address; 0 = free */
    struct hl_bucket bucket;
};

struct hl_buckets {
    const struct hl_env *env;
    struct hl_bucket_source *sources; /* NULL until one is asked for */
    uint64_t seed;
};

void hl_buckets_init(struct hl_buckets *b, const struct hl_env *env);
void hl_buckets_fini(struct hl_buckets *b);
/* As hl_bucket_take(); false too if there is no memory. */
bool hl_buckets_take(struct hl_buckets *b, hl_time now, const struct hl_addr *from,
                     const struct hl_bucket_rate *r);

/* Hash of the part of an address that its owner cannot choose at will: IPv4 whole, IPv6 the first
 * 64 bits, no port. Never 0. */
uint64_t hl_buckets_name(uint64_t seed, const struct hl_addr *from);

#endif
