/* SPDX-License-Identifier: MIT */
/* Control records over a stream socket that does not block, with a buffer for each direction. Both
 * the server and the client speak through this. One owner. */
#ifndef HL_CTLIO_H
#define HL_CTLIO_H

#include "ctl.h"

struct hl_ctlio_buf {
    char *bytes;
    size_t from, to, cap; /* what waits lies between from and to */
};

struct hl_ctlio {
    int fd; /* -1 = none */
    struct hl_ctlio_buf in, out;
};

/* Takes over fd. */
void hl_ctlio_init(struct hl_ctlio *io, int fd);
/* Closes fd and frees what waits. */
void hl_ctlio_fini(struct hl_ctlio *io);

/* Queues a record. -ENOMEM, HL_ERR_TOO_LONG. */
int hl_ctlio_put(struct hl_ctlio *io, const struct hl_ctl *c) __attribute__((warn_unused_result));
/* Writes what the socket takes. 0, or -errno: the connection is over. */
int hl_ctlio_flush(struct hl_ctlio *io) __attribute__((warn_unused_result));
/* Bytes that are not written yet. */
size_t hl_ctlio_unsent(const struct hl_ctlio *io);

/* Reads what is there, at most about a record's worth. 1: something came; 0: nothing; -EPIPE: the
 * other side has ended; -ENOMEM or -errno. */
int hl_ctlio_fill(struct hl_ctlio *io) __attribute__((warn_unused_result));
/* The record at the front. What out points to is valid until the next call of fill. 1: there is
 * one; 0: not yet; HL_ERR_FRAMING. hl_ctlio_drop() takes it away. */
int hl_ctlio_peek(const struct hl_ctlio *io, struct hl_ctl *out)
    __attribute__((warn_unused_result));
void hl_ctlio_drop(struct hl_ctlio *io);

#endif
