/* SPDX-License-Identifier: MIT */
/* Lines and exact counts from a connection, like a file opened for reading. One thread. */
#ifndef HL_READER_H
#define HL_READER_H

#include "sync.h"

#include <stdbool.h>

struct hl_reader {
    struct hl_sync *from; /* borrowed; its time-out is for each wait, not for a whole line */
    uint8_t *buf;         /* HL_LINE_MAX bytes, owned */
    size_t start, end;    /* what has come and was not given yet */
    bool ended;
};

/* Returns 0 or -ENOMEM. */
int hl_reader_init(struct hl_reader *r, struct hl_sync *from) __attribute__((warn_unused_result));
void hl_reader_fini(struct hl_reader *r);

/* The next line with its '\n', or without it the last one of a stream that ends in mid-line, or
 * HL_LINE_MAX bytes of a longer line. *line stays valid until the next call. Returns its length,
 * 0 at the end, or an error; after HL_ERR_TIMEOUT nothing is lost and the call may be made again.
 */
ssize_t hl_reader_line(struct hl_reader *r, const char **line) __attribute__((warn_unused_result));

/* len bytes, fewer only at the end of the stream. Returns how many, or an error; the bytes that
 * came before the error are then lost with it. */
ssize_t hl_reader_read(struct hl_reader *r, void *out, size_t len)
    __attribute__((warn_unused_result));

#endif
