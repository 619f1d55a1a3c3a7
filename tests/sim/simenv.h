/* SPDX-License-Identifier: MIT */
/* What the core is given instead of the system, made repeatable: memory that is counted and may
 * run out, random bytes from a seed. */
#ifndef HL_SIM_ENV_H
#define HL_SIM_ENV_H

#include "env.h"
#include "random.h"

struct sim_env {
    struct hl_env env; /* hand out &env */
    struct sim_random random, luck;
    uint32_t fail; /* chance per million that a request for memory fails */
    size_t live, peak;
    uint64_t requests, failures;
};

/* e must not move afterwards. */
void sim_env_init(struct sim_env *e, uint64_t seed, uint64_t use);

#endif
