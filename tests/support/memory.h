/* SPDX-License-Identifier: MIT */
/* Memory for the pure core: counted, and refused on demand. One per test, not shared by threads. */
#ifndef HL_TEST_MEMORY_H
#define HL_TEST_MEMORY_H

#include "env.h"

#include <stdlib.h>

struct memory {
    struct hl_env env; /* what the core is given; random is NULL */
    long blocks;       /* held now: 0 when all was given back */
    long allowed;      /* calls that get memory before all others are refused; negative: all do */
};

static void *memory_resize(void *user, void *at, size_t size)
{
    struct memory *m = user;
    void *moved;

    if (size == 0) {
        m->blocks -= at != NULL;
        free(at);
        return NULL;
    }
    if (m->allowed == 0)
        return NULL;
    moved = realloc(at, size);
    if (!moved)
        abort();
    m->blocks += at == NULL;
    m->allowed -= m->allowed > 0;
    return moved;
}

static inline void memory_init(struct memory *m)
{
    *m = (struct memory){.env = {.resize = memory_resize, .user = m}, .allowed = -1};
}

#endif
