/* SPDX-License-Identifier: MIT */
#include "entropy.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/random.h>

int hl_crypt_init(void)
{
    return sodium_init() < 0 ? -ENOSYS : 0;
}

static void *resize(void *user, void *at, size_t size)
{
    (void)user;
    if (size == 0) {
        free(at);
        return NULL;
    }
    return realloc(at, size);
}

static void fill(void *user, void *out, size_t len)
{
    uint8_t *at = out;

    (void)user;
    while (len) {
        ssize_t got = getrandom(at, len, 0);

        assert(got > 0 || errno == EINTR);
        if (got < 0)
            continue;
        at += got;
        len -= (size_t)got;
    }
}

static const struct hl_env env = {resize, fill, NULL};

const struct hl_env *hl_entropy_env(void)
{
    return &env;
}
