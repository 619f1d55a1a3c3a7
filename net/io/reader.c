/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include "net_limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int hl_reader_init(struct hl_reader *r, struct hl_sync *from)
{
    *r = (struct hl_reader){.from = from, .buf = malloc(HL_LINE_MAX)};
    return r->buf ? 0 : -ENOMEM;
}

void hl_reader_fini(struct hl_reader *r)
{
    free(r->buf);
    r->buf = NULL;
}

/* Moves what waits to the front and reads once behind it. Returns 0 (perhaps the end) or an error.
 */
static int fill(struct hl_reader *r)
{
    ssize_t n;

    memmove(r->buf, r->buf + r->start, r->end - r->start);
    r->end -= r->start;
    r->start = 0;
    n = hl_sync_recv(r->from, r->buf + r->end, HL_LINE_MAX - r->end, 0);
    if (n < 0)
        return (int)n;
    r->ended = n == 0;
    r->end += (size_t)n;
    return 0;
}

static size_t give(struct hl_reader *r, size_t len)
{
    r->start += len;
    return len;
}

ssize_t hl_reader_line(struct hl_reader *r, const char **line)
{
    size_t seen = 0; /* bytes known to hold no newline */

    for (;;) {
        size_t len = r->end - r->start;
        const uint8_t *nl = memchr(r->buf + r->start + seen, '\n', len - seen);
        int err;

        *line = (const char *)r->buf + r->start;
        if (nl)
            return (ssize_t)give(r, (size_t)(nl + 1 - (r->buf + r->start)));
        if (r->ended || len == HL_LINE_MAX)
            return (ssize_t)give(r, len);
        seen = len;
        err = fill(r);
        if (err != 0)
            return err;
    }
}

ssize_t hl_reader_read(struct hl_reader *r, void *out, size_t len)
{
    size_t done = 0;

    while (done < len) {
        size_t piece = r->end - r->start < len - done ? r->end - r->start : len - done;
        int err;

        memcpy((uint8_t *)out + done, r->buf + r->start, piece);
        done += give(r, piece);
        if (done == len || r->ended)
            break;
        err = fill(r);
        if (err != 0)
            return err;
    }
    return (ssize_t)done;
}
