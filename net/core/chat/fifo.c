/* SPDX-License-Identifier: MIT */
#include "fifo.h"

#include <assert.h>
#include <string.h>

enum {
    BLOCK_FIRST = 4096,
    BLOCK_KEPT = 256 << 10, /* a larger one is given back when it is empty */
};

/* Before each record. */
struct head {
    _Alignas(max_align_t) size_t size; /* of head and record, rounded up */
};

void hl_fifo_init(struct hl_fifo *f, const struct hl_env *env)
{
    *f = (struct hl_fifo){.env = env};
}

void hl_fifo_fini(struct hl_fifo *f)
{
    hl_env_free(f->env, f->block);
    hl_fifo_init(f, f->env);
}

static struct head *head_at(const struct hl_fifo *f, uint64_t position)
{
    assert(position >= f->head && position < f->tail);
    return (struct head *)(void *)(f->block + (position - f->base));
}

/* Moves what is there to the front of the block. */
static void compact(struct hl_fifo *f)
{
    if (f->head > f->base && f->tail > f->head)
        memmove(f->block, f->block + (f->head - f->base), hl_fifo_bytes(f));
    f->base = f->head;
}

static int make_room(struct hl_fifo *f, size_t size)
{
    size_t used = hl_fifo_bytes(f), cap = f->cap ? f->cap : BLOCK_FIRST;
    uint8_t *block;

    /* Half of the block must be free, or records would be moved again and again. */
    if (used + size <= f->cap / 2) {
        compact(f);
        return 0;
    }
    while (cap < used + size)
        cap *= 2;
    if (cap == f->cap)
        cap *= 2;
    block = f->env->resize(f->env->user, f->block, cap);
    if (!block)
        return -1;
    f->block = block;
    f->cap = cap;
    compact(f);
    return 0;
}

void *hl_fifo_add(struct hl_fifo *f, size_t size)
{
    size_t whole = (sizeof(struct head) + size + _Alignof(max_align_t) - 1) /
                   _Alignof(max_align_t) * _Alignof(max_align_t);
    struct head *head;

    if (f->tail - f->base + whole > f->cap && make_room(f, whole) < 0)
        return NULL;
    head = (struct head *)(void *)(f->block + (f->tail - f->base));
    head->size = whole;
    f->tail += whole;
    return head + 1;
}

void *hl_fifo_at(const struct hl_fifo *f, uint64_t position)
{
    return head_at(f, position) + 1;
}

uint64_t hl_fifo_next(const struct hl_fifo *f, uint64_t position)
{
    return position + head_at(f, position)->size;
}

/* An empty one begins at the front again, so that a queue that keeps up never moves a byte. */
static void reset(struct hl_fifo *f)
{
    if (f->head != f->tail)
        return;
    f->base = f->head;
    if (f->cap <= BLOCK_KEPT)
        return;
    hl_env_free(f->env, f->block);
    f->block = NULL;
    f->cap = 0;
}

void hl_fifo_drop(struct hl_fifo *f, uint64_t position)
{
    assert(position >= f->head && position <= f->tail);
    f->head = position;
    reset(f);
}

void hl_fifo_cut(struct hl_fifo *f, uint64_t position)
{
    assert(position >= f->head && position <= f->tail);
    f->tail = position;
    reset(f);
}
