/* SPDX-License-Identifier: MIT */
/* Bounded queue of records between threads: many producers, one consumer.
 *
 * Two buffers take turns. Producers append to one under the lock; the consumer reads the other
 * without it and swaps when it is through. So a burst costs one lock and one wake-up for the
 * consumer, records are read where they lie, and nobody holds the lock for longer than a memcpy.
 * Each buffer grows to the bound and no further: a full queue refuses. What a burst made of a
 * buffer is given back once the buffer has come round with little in it. */
#ifndef HL_QUEUE_H
#define HL_QUEUE_H

#include "thread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_queue_buf {
    uint8_t *bytes;
    size_t len;
    size_t cap;
};

struct hl_queue {
    struct hl_mutex lock;
    struct hl_queue_buf in;  /* producers, under lock */
    struct hl_queue_buf out; /* consumer alone */
    size_t at;               /* consumer alone: read position in out */
    size_t bound;            /* immutable */
    int fd;                  /* immutable: eventfd, readable until a pop finds nothing */
    bool signalled;          /* under lock: fd was written and not read yet */
    uint32_t starved;        /* under lock: producers that found no room */
};

int hl_queue_init(struct hl_queue *q, size_t bound) __attribute__((warn_unused_result));
void hl_queue_fini(struct hl_queue *q);

/* A record as its producer holds it: a fixed head and bytes that follow it. */
struct hl_record {
    const void *head;
    size_t head_len;
    const void *body;
    size_t body_len;
};

/* Appends a record, if reserve more bytes would still fit after it (so that status records get
 * through when data is refused). On false, the bits of who are remembered and given to the
 * consumer once there is room: at once where memory is what was missing. Any thread. */
bool hl_queue_push(struct hl_queue *q, const struct hl_record *r, size_t reserve, uint32_t who)
    __attribute__((warn_unused_result));

/* Appends a record though the queue may be full: for what must not be refused and is bounded by
 * something else, such as the number of connections. False only if memory ran out. Any thread. */
bool hl_queue_force(struct hl_queue *q, const struct hl_record *r)
    __attribute__((warn_unused_result));

/* Whether a record of len bytes would find room now; others may be faster. Any thread. */
bool hl_queue_fits(struct hl_queue *q, size_t len);

/* The next record, NULL if there is none. Valid until the next call. Records start at multiples
 * of 8 bytes. *starved receives the producers waiting for room, when this call made some.
 * Consumer only. */
const void *hl_queue_pop(struct hl_queue *q, size_t *len, uint32_t *starved);

#endif
