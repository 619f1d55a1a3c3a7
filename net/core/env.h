/* SPDX-License-Identifier: MIT */
/* What the pure core is given instead of calling the system: memory and random bytes. */
#ifndef HL_ENV_H
#define HL_ENV_H

#include <stddef.h>
#include <stdint.h>

struct hl_env {
    /* As realloc(): at NULL makes a new block, size 0 frees and returns NULL; NULL otherwise
     * means that there is no memory, which every caller survives. */
    void *(*resize)(void *user, void *at, size_t size);
    /* Fills out with unpredictable bytes (getrandom); must not fail. */
    void (*random)(void *user, void *out, size_t len);
    void *user;
};

/* Zeroed memory, NULL if there is none. */
void *hl_env_alloc(const struct hl_env *env, size_t size) __attribute__((warn_unused_result));
void hl_env_free(const struct hl_env *env, void *at);
uint64_t hl_env_random64(const struct hl_env *env);

#endif
