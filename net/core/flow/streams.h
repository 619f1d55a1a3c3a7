/* SPDX-License-Identifier: MIT */
/* The byte streams that a peer has open, by number: at most HL_STREAMS_MAX at once.
 *
 * A stream is opened by the first frame that names it. One that is over is remembered as a number
 * only, and what still comes for it is ignored. Numbers are expected to rise: a peer that leaves
 * out more than HL_STREAMS_SKIPPED groups of them cannot use the lowest any more. */
#ifndef HL_STREAMS_H
#define HL_STREAMS_H

#include "flow.h"
#include "ranges.h"
#include "recvstream.h"

enum {
    HL_STREAMS_SKIPPED = 256,
    HL_STREAMS_WINDOW = 64 << 20, /* bytes of all their windows, beyond the initial ones */
};

struct hl_instream {
    uint64_t id;
    struct hl_recvstream recv;
    /* The flow's own marks. */
    uint64_t stop_code;
    uint64_t reset_code;
    bool stop_due;  /* STOP_SENDING is to be sent */
    bool stopped;   /* it was, once; nobody hears of this stream any more */
    bool reset_due; /* the owner is to hear of a reset */
    bool tell;      /* a MAX_STREAM_DATA was lost */
};

struct hl_streams {
    struct hl_instream **open; /* sorted by id; each stays where it is while it is open */
    unsigned count;
    unsigned cap;
    size_t widened;        /* bytes by which windows have grown */
    struct hl_ranges over; /* numbers of streams that are over */
};

void hl_streams_init(struct hl_streams *t);
void hl_streams_fini(struct hl_streams *t, const struct hl_env *env);

/* The stream with that number; NULL: it is not open. */
struct hl_instream *hl_streams_find(const struct hl_streams *t, uint64_t id);
/* The same, opened if need be. 0: *out is NULL if the stream is over, to be ignored.
 * HL_ERR_STREAM_LIMIT ends the session; -ENOMEM as in hl_recvstream_push(). id is at least
 * HL_STREAM_BYTES. */
int hl_streams_open(struct hl_streams *t, const struct hl_env *env, uint64_t id,
                    struct hl_instream **out) __attribute__((warn_unused_result));
/* The stream is over: it is freed, and its number is remembered. */
void hl_streams_close(struct hl_streams *t, const struct hl_env *env, struct hl_instream *stream);

/* hl_recvstream_tell() with what is left of HL_STREAMS_WINDOW. Fills out->stream too. */
void hl_streams_tell(struct hl_streams *t, struct hl_instream *stream, hl_time now, hl_time rtt,
                     struct hl_codec_max *out);

#endif
