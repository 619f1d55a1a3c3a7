/* SPDX-License-Identifier: MIT */
#include "env.h"

#include <string.h>

void *hl_env_alloc(const struct hl_env *env, size_t size)
{
    void *at = env->resize(env->user, NULL, size);

    if (at)
        memset(at, 0, size);
    return at;
}

void hl_env_free(const struct hl_env *env, void *at)
{
    if (at)
        (void)env->resize(env->user, at, 0);
}

uint64_t hl_env_random64(const struct hl_env *env)
{
    uint64_t value;

    env->random(env->user, &value, sizeof value);
    return value;
}
