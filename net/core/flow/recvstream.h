/* SPDX-License-Identifier: MIT */
/* One incoming stream: frames in any order go in, messages or bytes in order come out.
 *
 * What comes in order is not copied: it is read where it lies in the packet, which has to stay
 * there until hl_recvstream_settle(). Only what was not asked for by then, and what came before
 * its turn, moves to a buffer; a stream that waits for nothing needs none.
 *
 * What comes out counts as consumed, and the limit for the peer rises with it: an owner that
 * takes nothing is sent no more than one window. The window doubles while the peer fills it
 * within a few round trips. Offsets and sizes are bytes of the stream. */
#ifndef HL_RECVSTREAM_H
#define HL_RECVSTREAM_H

#include "env.h"
#include "types.h"

enum {
    HL_WINDOW_INITIAL = 262144, /* limit of each stream before the first MAX_STREAM_DATA */
    HL_WINDOW_MESSAGES = 4 << 20,
    HL_WINDOW_BYTES = 16 << 20,
    HL_RECVSTREAM_GAPS = 2048, /* pieces before their turn, at most */
};

struct hl_recvbuf; /* what cannot be read from a packet; recvstream.c */

struct hl_recvstream {
    uint64_t consumed; /* the owner has taken all below */
    uint64_t received; /* all below is here */
    uint64_t highest;  /* nothing at or above has come */
    uint64_t final;    /* size of the stream, UINT64_MAX until FIN or reset */
    uint64_t limit;    /* the peer was told that it may send up to here */
    uint64_t told;     /* value of received that it was told along with it */

    uint64_t epoch_offset; /* value of consumed when the window was last looked at */
    hl_time epoch;         /* and the time; 0 = never */
    uint32_t window;

    bool messages;
    bool ended;     /* FIN came out; or the stream was reset */
    bool discarded; /* what comes is dropped */

    const uint8_t *packet; /* borrowed bytes from packet_lo to packet_hi; equal: none */
    uint64_t packet_lo;
    uint64_t packet_hi;
    struct hl_recvbuf *buf; /* NULL: nothing is kept */
};

void hl_recvstream_init(struct hl_recvstream *s, bool messages);
void hl_recvstream_fini(struct hl_recvstream *s, const struct hl_env *env);

struct hl_codec_stream;
/* Takes a STREAM frame, whose data are borrowed. Returns 0, HL_ERR_FLOW_CONTROL or
 * HL_ERR_STREAM_STATE, which end the session; or -ENOMEM or -ENOBUFS: nothing was taken, the
 * packet must not be acknowledged, and when its frames come again all will be well. */
int hl_recvstream_push(struct hl_recvstream *s, const struct hl_env *env,
                       const struct hl_codec_stream *frame) __attribute__((warn_unused_result));
/* Ends the borrowing: copies what is left. 0 or -ENOMEM: bytes are lost, end the session; those
 * before them can still be taken. */
int hl_recvstream_settle(struct hl_recvstream *s, const struct hl_env *env)
    __attribute__((warn_unused_result));
/* Gives the buffer back if nothing is in it. */
void hl_recvstream_compact(struct hl_recvstream *s, const struct hl_env *env);

/* RESET_STREAM came: what has not been taken is dropped. 0, or an error as above. */
int hl_recvstream_reset(struct hl_recvstream *s, const struct hl_env *env, uint64_t final_size)
    __attribute__((warn_unused_result));
/* The owner wants no more (STOP_SENDING): what comes is checked and dropped. */
void hl_recvstream_discard(struct hl_recvstream *s, const struct hl_env *env);
/* Nothing will come out any more, nor need anything come in: the peer is to be told so. */
bool hl_recvstream_over(const struct hl_recvstream *s);

/* Message streams: the next whole message, valid until the next call. 1, 0 = none yet, or
 * HL_ERR_BAD_MESSAGE: the peer wrote an impossible length. -ENOMEM: ask again. */
int hl_recvstream_message(struct hl_recvstream *s, const struct hl_env *env, const uint8_t **data,
                          size_t *len) __attribute__((warn_unused_result));

/* Byte streams: what comes next in order. */
struct hl_recvstream_piece {
    uint64_t offset;
    const uint8_t *data; /* valid until the next call */
    size_t len;          /* 0 only with fin */
    bool fin;            /* these were the last */
};
/* False: nothing has come yet, or all came out. */
bool hl_recvstream_data(struct hl_recvstream *s, struct hl_recvstream_piece *piece);

/* What a MAX_STREAM_DATA would say now. */
static inline uint64_t hl_recvstream_limit(const struct hl_recvstream *s)
{
    uint64_t limit = s->consumed + s->window;

    return limit > s->limit ? limit : s->limit;
}

/* Is it worth saying? When half of the window is used up; over a reliable path, where it is the
 * only acknowledgement, after each receipt. */
bool hl_recvstream_credit_due(const struct hl_recvstream *s, bool reliable);

struct hl_codec_max;
/* The fields of a MAX_STREAM_DATA that leaves now (all but its stream). The first of each half
 * window looks at whether the window is too small for this round trip (0 = unknown: it is left as
 * it is) and widens it by spare bytes at most. For one sent again because it was lost too. */
void hl_recvstream_tell(struct hl_recvstream *s, hl_time now, hl_time rtt, size_t spare,
                        struct hl_codec_max *out);

/* Bytes of memory that it holds. */
size_t hl_recvstream_memory(const struct hl_recvstream *s);

#endif
