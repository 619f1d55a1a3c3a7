/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    FIRST_CAP = 4096,
    RECORD_ALIGN = 8,
    KEEP_CAP = 64 << 10, /* a buffer of this size is kept in any case */
    KEEP_SHARE = 8,      /* a larger one if at least this part of it was used last time */
};

int hl_queue_init(struct hl_queue *q, size_t bound)
{
    *q = (struct hl_queue){.bound = bound};
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (q->fd < 0)
        return -errno;
    hl_mutex_init(&q->lock);
    return 0;
}

void hl_queue_fini(struct hl_queue *q)
{
    free(q->in.bytes);
    free(q->out.bytes);
    close(q->fd);
    hl_mutex_fini(&q->lock);
}

static bool reserve_bytes(struct hl_queue_buf *b, size_t want)
{
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    uint8_t *bytes;

    if (want <= b->cap)
        return true;
    while (cap < want)
        cap *= 2;
    bytes = realloc(b->bytes, cap);
    if (!bytes)
        return false;
    b->bytes = bytes;
    b->cap = cap;
    return true;
}

static size_t record_size(size_t len)
{
    return sizeof(uint64_t) + ((len + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1));
}

static void append(struct hl_queue_buf *b, const struct hl_record *r)
{
    uint64_t len = r->head_len + r->body_len;
    uint8_t *at = b->bytes + b->len;

    memcpy(at, &len, sizeof(len));
    at += sizeof(len);
    memcpy(at, r->head, r->head_len);
    if (r->body_len > 0)
        memcpy(at + r->head_len, r->body, r->body_len);
    b->len += record_size(len);
}

static bool push(struct hl_queue *q, const struct hl_record *r, size_t bound, uint32_t who)
{
    size_t size = record_size(r->head_len + r->body_len);
    bool wake = false;
    bool fits;

    hl_mutex_lock(&q->lock);
    fits = q->in.len + size <= bound && reserve_bytes(&q->in, q->in.len + size);
    if (fits) {
        append(&q->in, r);
        wake = !q->signalled;
        q->signalled = true;
    } else {
        q->starved |= who;
        /* Without memory the queue may be empty: then nothing else brings the consumer. */
        wake = who != 0 && !q->signalled;
        q->signalled = q->signalled || wake;
    }
    hl_mutex_unlock(&q->lock);
    if (wake)
        eventfd_write(q->fd, 1);
    return fits;
}

bool hl_queue_push(struct hl_queue *q, const struct hl_record *r, size_t reserve, uint32_t who)
{
    return push(q, r, reserve < q->bound ? q->bound - reserve : 0, who);
}

bool hl_queue_force(struct hl_queue *q, const struct hl_record *r)
{
    return push(q, r, SIZE_MAX, 0);
}

bool hl_queue_fits(struct hl_queue *q, size_t len)
{
    bool fits;

    hl_mutex_lock(&q->lock);
    fits = q->in.len + record_size(len) <= q->bound;
    hl_mutex_unlock(&q->lock);
    return fits;
}

/* What a consumer is through with goes back to the producers, empty. */
static struct hl_queue_buf recycle(struct hl_queue_buf b)
{
    if (b.cap > KEEP_CAP && b.len < b.cap / KEEP_SHARE) {
        free(b.bytes);
        return (struct hl_queue_buf){0};
    }
    b.len = 0;
    return b;
}

/* Takes what producers have appended. The eventfd stays readable until there is nothing left to
 * take: a consumer that stops half-way is woken again. It is read under the lock: read outside
 * it, the signal of a push that came in between would be lost. And it is read even if nothing
 * seems to be signalled: a producer writes after it let go of the lock, maybe after its record
 * was taken, and such a late signal would keep the descriptor readable for ever. */
static void swap(struct hl_queue *q, uint32_t *starved)
{
    struct hl_queue_buf done = recycle(q->out);
    eventfd_t count;

    hl_mutex_lock(&q->lock);
    q->out = q->in;
    q->in = done;
    if (q->out.len == 0) {
        eventfd_read(q->fd, &count);
        q->signalled = false;
    }
    *starved = q->starved;
    q->starved = 0;
    hl_mutex_unlock(&q->lock);
    q->at = 0;
}

const void *hl_queue_pop(struct hl_queue *q, size_t *len, uint32_t *starved)
{
    const uint8_t *record;
    uint64_t record_len;

    *starved = 0;
    if (q->at == q->out.len)
        swap(q, starved);
    if (q->at == q->out.len)
        return NULL;
    record = q->out.bytes + q->at;
    memcpy(&record_len, record, sizeof(record_len));
    q->at += record_size(record_len);
    *len = record_len;
    return record + sizeof(record_len);
}
