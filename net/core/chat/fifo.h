/* SPDX-License-Identifier: MIT */
/* Records in the order in which they came, in one block of memory. A position is the number of
 * bytes that went in before, over all time, so that it stays good while records come and go. */
#ifndef HL_FIFO_H
#define HL_FIFO_H

#include "env.h"

struct hl_fifo {
    const struct hl_env *env;
    uint8_t *block;
    size_t cap;
    uint64_t head, tail; /* positions: the first record, the end of the last */
    uint64_t base;       /* position of block[0] */
};

void hl_fifo_init(struct hl_fifo *f, const struct hl_env *env);
void hl_fifo_fini(struct hl_fifo *f);

/* Room for one more record, aligned for anything, not zeroed; NULL: no memory. What was given out
 * before may have moved. */
void *hl_fifo_add(struct hl_fifo *f, size_t size) __attribute__((warn_unused_result));
/* The record at that position, and that of the next one. */
void *hl_fifo_at(const struct hl_fifo *f, uint64_t position);
uint64_t hl_fifo_next(const struct hl_fifo *f, uint64_t position);
/* Forgets all before that position, or all from it on. */
void hl_fifo_drop(struct hl_fifo *f, uint64_t position);
void hl_fifo_cut(struct hl_fifo *f, uint64_t position);

static inline size_t hl_fifo_bytes(const struct hl_fifo *f)
{
    return (size_t)(f->tail - f->head);
}

#endif
