/* SPDX-License-Identifier: MIT */
/* A world drawn from a seed: who knows whom, what the paths are like, what is said, what befalls
 * the hosts, who attacks. After a while all of that ends, and everything must drain within
 * CHAOS_HEAL, stay silent, and come back to life for one more message. */
#ifndef HL_SIM_CHAOS_H
#define HL_SIM_CHAOS_H

#include <stdbool.h>
#include <stdint.h>

struct chaos_result {
    bool ok;
    char failed[320];   /* what rule was broken, and when */
    uint64_t hash;      /* of the whole trace */
    uint64_t datagrams; /* sent */
    uint64_t messages;  /* delivered */
    int64_t duration;   /* virtual time */
};

/* base: what the nodes' clocks show at the beginning, which must not matter. */
void chaos_run(uint64_t seed, int64_t base, bool verbose, struct chaos_result *out);

#endif
