/* SPDX-License-Identifier: MIT */
#include "ctlio.h"

#include "err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FIRST = 4096,
    READ = 64 << 10, /* bytes that are asked for at once */
    KEEP = 4 * READ, /* an empty buffer that has grown larger is given back */
    LENGTH = 4,
};

/* ---- buffers ---- */

static void move_front(struct hl_ctlio_buf *b)
{
    if (b->to > b->from)
        memmove(b->bytes, b->bytes + b->from, b->to - b->from);
    b->to -= b->from;
    b->from = 0;
}

/* Makes room for n bytes behind what waits. */
static bool make_room(struct hl_ctlio_buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : FIRST;
    char *more;

    if (b->cap - b->to >= n)
        return true;
    if (b->from >= b->cap / 2) { /* so that what is moved was paid for by what was taken */
        move_front(b);
        if (b->cap - b->to >= n)
            return true;
    }
    while (cap - b->to < n)
        cap *= 2;
    more = realloc(b->bytes, cap);
    if (!more)
        return false;
    b->bytes = more;
    b->cap = cap;
    return true;
}

static void take(struct hl_ctlio_buf *b, size_t n)
{
    b->from += n;
    if (b->from < b->to)
        return;
    b->from = b->to = 0;
    if (b->cap > KEEP) {
        free(b->bytes);
        *b = (struct hl_ctlio_buf){0};
    }
}

void hl_ctlio_init(struct hl_ctlio *io, int fd)
{
    *io = (struct hl_ctlio){.fd = fd};
}

void hl_ctlio_fini(struct hl_ctlio *io)
{
    if (io->fd >= 0)
        close(io->fd);
    free(io->in.bytes);
    free(io->out.bytes);
    hl_ctlio_init(io, -1);
}

/* ---- out ---- */

int hl_ctlio_put(struct hl_ctlio *io, const struct hl_ctl *c)
{
    size_t used;

    if (!make_room(&io->out, hl_ctl_size(c)))
        return -ENOMEM;
    used = hl_ctl_put(io->out.bytes + io->out.to, io->out.cap - io->out.to, c);
    io->out.to += used;
    return used ? 0 : HL_ERR_TOO_LONG;
}

int hl_ctlio_flush(struct hl_ctlio *io)
{
    while (io->out.from < io->out.to) {
        ssize_t n = send(io->fd, io->out.bytes + io->out.from, io->out.to - io->out.from,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        take(&io->out, (size_t)n);
    }
    return 0;
}

size_t hl_ctlio_unsent(const struct hl_ctlio *io)
{
    return io->out.to - io->out.from;
}

/* ---- in ---- */

int hl_ctlio_fill(struct hl_ctlio *io)
{
    ssize_t n;

    if (!make_room(&io->in, READ))
        return -ENOMEM;
    do
        n = recv(io->fd, io->in.bytes + io->in.to, io->in.cap - io->in.to, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return -EPIPE;
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    io->in.to += (size_t)n;
    return 1;
}

int hl_ctlio_peek(const struct hl_ctlio *io, struct hl_ctl *out)
{
    ptrdiff_t n = 0;

    if (io->in.from < io->in.to)
        n = hl_ctl_get(out, io->in.bytes + io->in.from, io->in.to - io->in.from);
    return n > 0 ? 1 : (int)n;
}

void hl_ctlio_drop(struct hl_ctlio *io)
{
    const unsigned char *at = (const unsigned char *)io->in.bytes + io->in.from;
    size_t len = LENGTH;

    for (size_t i = 0; i < LENGTH; i++)
        len += (size_t)at[i] << 8 * i;
    take(&io->in, len);
}
