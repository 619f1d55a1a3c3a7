/* SPDX-License-Identifier: MIT */
/* Numbers from a seed: splitmix64 (Steele, Lea, Flood 2014). */
#ifndef HL_SIM_RANDOM_H
#define HL_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_MILLION UINT32_C(1000000) /* chances are told in parts of it */

struct sim_random {
    uint64_t state;
};

static inline uint64_t sim_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t sim_random_next(struct sim_random *r)
{
    return sim_mix(r->state += UINT64_C(0x9e3779b97f4a7c15));
}

/* A generator of its own for each use, so that a draw more here shifts nothing there. */
static inline struct sim_random sim_random_fork(uint64_t seed, uint64_t use)
{
    return (struct sim_random){sim_mix(seed + UINT64_C(0x9e3779b97f4a7c15) * (use + 1))};
}

/* One drawn value as a number below n (n > 0); the bias of 2^-32 does not matter here. */
static inline uint64_t sim_scale(uint64_t drawn, uint64_t n)
{
    return n <= UINT32_MAX ? (drawn >> 32) * n >> 32 : drawn % n;
}

static inline uint64_t sim_random_below(struct sim_random *r, uint64_t n)
{
    return sim_scale(sim_random_next(r), n);
}

static inline int64_t sim_random_between(struct sim_random *r, int64_t low, int64_t high)
{
    return low + (int64_t)sim_random_below(r, (uint64_t)(high - low) + 1);
}

static inline bool sim_random_chance(struct sim_random *r, uint32_t per_million)
{
    return sim_random_below(r, SIM_MILLION) < per_million;
}

#endif
