/* SPDX-License-Identifier: MIT */
/* Frames as bytes: net/PROTOCOL.md section 5. Pure functions; what they read is hostile. */
#ifndef HL_CODEC_H
#define HL_CODEC_H

#include "ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hl_codec_type {
    HL_CODEC_PADDING = 0x00,
    HL_CODEC_PING = 0x01,
    HL_CODEC_ACK = 0x02,
    HL_CODEC_MAX_STREAM_DATA = 0x03,
    HL_CODEC_RESET_STREAM = 0x04,
    HL_CODEC_STOP_SENDING = 0x05,
    HL_CODEC_PATH_CHALLENGE = 0x06,
    HL_CODEC_PATH_RESPONSE = 0x07,
    HL_CODEC_STREAM = 0x08, /* to 0x0b, see the two bits below */
    HL_CODEC_CLOSE = 0x0c,
};

enum {
    HL_CODEC_FIN = 1,
    HL_CODEC_LENGTH = 2,
    HL_CODEC_ACK_RANGES = 32, /* in one ACK */
    HL_CODEC_REASON = 200,    /* bytes in CLOSE */
    HL_CODEC_PATH_DATA = 8,   /* bytes in PATH_CHALLENGE and PATH_RESPONSE */
};

/* The ranges were checked when the frame was decoded; hl_codec_ack_next() walks over them. */
struct hl_codec_ack {
    uint64_t largest;
    uint64_t delay; /* µs between the arrival of largest and this frame */
    /* the walk */
    const uint8_t *at, *end;
    unsigned left; /* ranges to come */
    uint64_t next; /* hi of the next one */
};

struct hl_codec_max {
    uint64_t stream;
    uint64_t received; /* all below is there; not more than limit */
    uint64_t limit;
};

struct hl_codec_reset {
    uint64_t stream;
    uint64_t code;
    uint64_t final_size;
};

struct hl_codec_stop {
    uint64_t stream;
    uint64_t code;
};

struct hl_codec_stream {
    uint64_t stream;
    uint64_t offset; /* offset + len is at most HL_VARINT_MAX */
    const uint8_t *data;
    size_t len; /* may be 0 */
    bool fin;
};

struct hl_codec_close {
    uint64_t code;
    const uint8_t *reason; /* as the peer wrote it: not known to be UTF-8 */
    size_t reason_len;
};

struct hl_codec_frame {
    enum hl_codec_type type; /* HL_CODEC_STREAM for all four */
    union {
        struct hl_codec_ack ack;
        struct hl_codec_max max;
        struct hl_codec_reset reset;
        struct hl_codec_stop stop;
        struct hl_codec_stream stream;
        struct hl_codec_close close;
        const uint8_t *path; /* HL_CODEC_PATH_DATA bytes of a challenge or response */
    };
};

/* Decodes the frame at the front of the len > 0 bytes at at, into which *out will point. Returns
 * the bytes it takes, HL_ERR_BAD_FRAME or HL_ERR_UNKNOWN_FRAME. */
int hl_codec_next(const uint8_t *at, size_t len, struct hl_codec_frame *out)
    __attribute__((warn_unused_result));

/* The next range of an ACK, the highest first; false after the last. */
bool hl_codec_ack_next(struct hl_codec_ack *ack, struct hl_range *range);

/* Each writes one frame and returns its length, 0 = no room. */
size_t hl_codec_put_ping(uint8_t *out, size_t cap);
/* The highest ranges of received, which is not empty: as many as fit, HL_CODEC_ACK_RANGES at most.
 */
size_t hl_codec_put_ack(uint8_t *out, size_t cap, uint64_t delay, const struct hl_ranges *received);
size_t hl_codec_put_max(uint8_t *out, size_t cap, const struct hl_codec_max *max);
size_t hl_codec_put_reset(uint8_t *out, size_t cap, const struct hl_codec_reset *reset);
size_t hl_codec_put_stop(uint8_t *out, size_t cap, const struct hl_codec_stop *stop);
/* type is HL_CODEC_PATH_CHALLENGE or HL_CODEC_PATH_RESPONSE. */
size_t hl_codec_put_path(uint8_t *out, size_t cap, enum hl_codec_type type,
                         const uint8_t data[HL_CODEC_PATH_DATA]);
/* Cuts the reason to HL_CODEC_REASON bytes, wherever that falls. */
size_t hl_codec_put_close(uint8_t *out, size_t cap, const struct hl_codec_close *close);

/* How many of want bytes a STREAM frame can carry in cap bytes, its header with a length
 * included. 0 with want > 0: there is no room for even one. */
size_t hl_codec_stream_room(size_t cap, uint64_t stream, uint64_t offset, size_t want);
/* Writes the header of a STREAM frame; the caller puts s->len bytes of data behind it (s->data is
 * not read). last: the frame ends the packet, so no length is written. Returns the length of the
 * header, 0 = it and the data have no room. What hl_codec_stream_room() allowed always has. */
size_t hl_codec_put_stream(uint8_t *out, size_t cap, const struct hl_codec_stream *s, bool last);

#endif
