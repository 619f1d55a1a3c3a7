/* SPDX-License-Identifier: MIT */
#include "simenv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Before each block; keeps the alignment of malloc(). */
struct head {
    _Alignas(max_align_t) size_t size;
};

static void *resize(void *user, void *at, size_t size)
{
    struct sim_env *e = user;
    struct head *head = at ? (struct head *)at - 1 : NULL;
    size_t before = head ? head->size : 0;

    if (size) {
        e->requests++;
        if (size > before && sim_random_chance(&e->luck, e->fail)) {
            e->failures++;
            return NULL;
        }
    }
    e->live += size - before;
    if (!size) {
        free(head);
        return NULL;
    }
    if (e->live > e->peak)
        e->peak = e->live;
    head = realloc(head, sizeof *head + size);
    assert(head);
    head->size = size;
    return head + 1;
}

static void random_bytes(void *user, void *out, size_t len)
{
    struct sim_env *e = user;
    uint8_t *at = out;

    while (len) {
        uint64_t word = sim_random_next(&e->random);
        size_t part = len < sizeof word ? len : sizeof word;

        memcpy(at, &word, part);
        at += part;
        len -= part;
    }
}

void sim_env_init(struct sim_env *e, uint64_t seed, uint64_t use)
{
    *e = (struct sim_env){.env = {resize, random_bytes, e},
                          .random = sim_random_fork(seed, use),
                          .luck = sim_random_fork(seed, ~use)};
}
