/* SPDX-License-Identifier: MIT */
/* Cuts a byte stream into records, each behind its length in 2 bytes, big endian. A read is any
 * piece of the stream, so a record may come in parts or many at once. Pure; the caller gives the
 * buffer that holds an unfinished record. */
#ifndef HL_RECORDS_H
#define HL_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_RECORD_PREFIX = 2,
};

struct hl_records {
    uint8_t *buf; /* of HL_RECORD_MAX bytes, the caller's */
    uint8_t head[HL_RECORD_PREFIX];
    size_t got; /* bytes of the unfinished record, its length counted */
};

/* Takes bytes from in until a record is complete. Returns how many were taken (call again with the
 * rest until it is all); *data is the record, into in or the buffer: use it before the next call,
 * or NULL. A length of 0 is HL_ERR_FRAMING in *err, and the stream is of no use any more. */
size_t hl_records_take(struct hl_records *r, const uint8_t *in, size_t n, const uint8_t **data,
                       size_t *len, int *err);

/* Whether a record has begun: a stream that ends here was cut. */
static inline bool hl_records_waiting(const struct hl_records *r)
{
    return r->got > 0;
}

#endif
