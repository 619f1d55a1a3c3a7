/* SPDX-License-Identifier: MIT */
#include "codec.h"

#include "err.h"
#include "varint.h"

#include <assert.h>
#include <string.h>

/* ---- reading ---- */

struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

static size_t left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

static bool take(struct reader *r, uint64_t *v)
{
    size_t n = hl_varint_get(r->at, left(r), v);

    r->at += n;
    return n > 0;
}

static bool take_bytes(struct reader *r, uint64_t len, const uint8_t **data)
{
    if (len > left(r))
        return false;
    *data = r->at;
    r->at += len;
    return true;
}

/* Each reads the fields after the type; false: malformed. */

static bool read_padding(struct reader *r, struct hl_codec_frame *out)
{
    (void)out;
    if (left(r) && (r->at[0] || memcmp(r->at, r->at + 1, left(r) - 1) != 0))
        return false;
    r->at = r->end;
    return true;
}

static bool read_ping(struct reader *r, struct hl_codec_frame *out)
{
    (void)r;
    (void)out;
    return true;
}

/* The range at the front of the walk, checked: RFC 9000 section 19.3.1. */
static bool walk(struct hl_codec_ack *ack, struct hl_range *range)
{
    struct reader r = {ack->at, ack->end};
    uint64_t length;
    uint64_t gap;

    if (!take(&r, &length) || length >= ack->next)
        return false;
    range->hi = ack->next;
    range->lo = ack->next - 1 - length;
    if (--ack->left) {
        if (!take(&r, &gap) || gap + 1 >= range->lo)
            return false;
        ack->next = range->lo - gap - 1;
    }
    ack->at = r.at;
    return true;
}

static bool read_ack(struct reader *r, struct hl_codec_frame *out)
{
    struct hl_codec_ack *ack = &out->ack;
    struct hl_codec_ack check;
    struct hl_range range;
    uint64_t count;

    if (!take(r, &ack->largest) || !take(r, &ack->delay) || !take(r, &count) ||
        count >= HL_CODEC_ACK_RANGES)
        return false;
    ack->at = r->at;
    ack->end = r->end;
    ack->left = (unsigned)count + 1;
    ack->next = ack->largest + 1;
    check = *ack;
    while (check.left) {
        if (!walk(&check, &range))
            return false;
    }
    ack->end = r->at = check.at;
    return true;
}

static bool read_max(struct reader *r, struct hl_codec_frame *out)
{
    struct hl_codec_max *max = &out->max;

    return take(r, &max->stream) && take(r, &max->received) && take(r, &max->limit) &&
           max->received <= max->limit;
}

static bool read_reset(struct reader *r, struct hl_codec_frame *out)
{
    return take(r, &out->reset.stream) && take(r, &out->reset.code) &&
           take(r, &out->reset.final_size);
}

static bool read_stop(struct reader *r, struct hl_codec_frame *out)
{
    return take(r, &out->stop.stream) && take(r, &out->stop.code);
}

static bool read_path(struct reader *r, struct hl_codec_frame *out)
{
    return take_bytes(r, HL_CODEC_PATH_DATA, &out->path);
}

static bool read_stream(struct reader *r, struct hl_codec_frame *out)
{
    struct hl_codec_stream *s = &out->stream;
    unsigned type = r->at[-1];
    uint64_t len;

    s->fin = type & HL_CODEC_FIN;
    if (!take(r, &s->stream) || !take(r, &s->offset))
        return false;
    len = left(r);
    if ((type & HL_CODEC_LENGTH) && !take(r, &len))
        return false;
    s->len = (size_t)len;
    return take_bytes(r, len, &s->data) && len <= HL_VARINT_MAX - s->offset;
}

static bool read_close(struct reader *r, struct hl_codec_frame *out)
{
    uint64_t len;

    if (!take(r, &out->close.code) || !take(r, &len) || len > HL_CODEC_REASON)
        return false;
    out->close.reason_len = (size_t)len;
    return take_bytes(r, len, &out->close.reason);
}

/* By the first byte of the frame. */
static const struct {
    enum hl_codec_type type;
    bool (*read)(struct reader *r, struct hl_codec_frame *out);
} frames[] = {
    [HL_CODEC_PADDING] = {HL_CODEC_PADDING, read_padding},
    [HL_CODEC_PING] = {HL_CODEC_PING, read_ping},
    [HL_CODEC_ACK] = {HL_CODEC_ACK, read_ack},
    [HL_CODEC_MAX_STREAM_DATA] = {HL_CODEC_MAX_STREAM_DATA, read_max},
    [HL_CODEC_RESET_STREAM] = {HL_CODEC_RESET_STREAM, read_reset},
    [HL_CODEC_STOP_SENDING] = {HL_CODEC_STOP_SENDING, read_stop},
    [HL_CODEC_PATH_CHALLENGE] = {HL_CODEC_PATH_CHALLENGE, read_path},
    [HL_CODEC_PATH_RESPONSE] = {HL_CODEC_PATH_RESPONSE, read_path},
    [HL_CODEC_STREAM] = {HL_CODEC_STREAM, read_stream},
    [HL_CODEC_STREAM | HL_CODEC_FIN] = {HL_CODEC_STREAM, read_stream},
    [HL_CODEC_STREAM | HL_CODEC_LENGTH] = {HL_CODEC_STREAM, read_stream},
    [HL_CODEC_STREAM | HL_CODEC_LENGTH | HL_CODEC_FIN] = {HL_CODEC_STREAM, read_stream},
    [HL_CODEC_CLOSE] = {HL_CODEC_CLOSE, read_close},
};

int hl_codec_next(const uint8_t *at, size_t len, struct hl_codec_frame *out)
{
    struct reader r = {at + 1, at + len};

    assert(len > 0);
    if (at[0] >= sizeof frames / sizeof frames[0])
        return HL_ERR_UNKNOWN_FRAME;
    out->type = frames[at[0]].type;
    return frames[at[0]].read(&r, out) ? (int)(r.at - at) : HL_ERR_BAD_FRAME;
}

bool hl_codec_ack_next(struct hl_codec_ack *ack, struct hl_range *range)
{
    return ack->left && walk(ack, range);
}

/* ---- writing ---- */

/* Writes type and fields; what has no room makes len 0 in the end. */
struct writer {
    uint8_t *out;
    size_t cap;
    size_t len;
    bool full;
};

static void put(struct writer *w, uint64_t v)
{
    size_t n = w->full ? 0 : hl_varint_put(w->out + w->len, w->cap - w->len, v);

    w->full = n == 0;
    w->len += n;
}

static void put_bytes(struct writer *w, const uint8_t *data, size_t len)
{
    w->full = w->full || len > w->cap - w->len;
    if (w->full || len == 0)
        return;
    memcpy(w->out + w->len, data, len);
    w->len += len;
}

/* All types are below 64, so that the byte is its varint. */
static struct writer start(uint8_t *out, size_t cap, unsigned type)
{
    struct writer w = {.cap = cap};

    w.out = out;
    put(&w, type);
    return w;
}

static size_t finish(const struct writer *w)
{
    return w->full ? 0 : w->len;
}

size_t hl_codec_put_ping(uint8_t *out, size_t cap)
{
    struct writer w = start(out, cap, HL_CODEC_PING);

    return finish(&w);
}

size_t hl_codec_put_ack(uint8_t *out, size_t cap, uint64_t delay, const struct hl_ranges *received)
{
    const struct hl_range *all = hl_ranges_all(received);
    const struct hl_range *r = &all[received->count - 1];
    struct writer w = start(out, cap, HL_CODEC_ACK);
    size_t count_at;

    put(&w, r->hi - 1);
    put(&w, delay);
    count_at = w.len;
    put(&w, 0);
    put(&w, r->hi - r->lo - 1);
    if (w.full)
        return 0;
    while (r > all && out[count_at] + 1 < HL_CODEC_ACK_RANGES) {
        size_t len = w.len;

        put(&w, r[0].lo - r[-1].hi - 1);
        put(&w, r[-1].hi - r[-1].lo - 1);
        if (w.full)
            return len;
        out[count_at]++;
        r--;
    }
    return w.len;
}

size_t hl_codec_put_max(uint8_t *out, size_t cap, const struct hl_codec_max *max)
{
    struct writer w = start(out, cap, HL_CODEC_MAX_STREAM_DATA);

    put(&w, max->stream);
    put(&w, max->received);
    put(&w, max->limit);
    return finish(&w);
}

size_t hl_codec_put_reset(uint8_t *out, size_t cap, const struct hl_codec_reset *reset)
{
    struct writer w = start(out, cap, HL_CODEC_RESET_STREAM);

    put(&w, reset->stream);
    put(&w, reset->code);
    put(&w, reset->final_size);
    return finish(&w);
}

size_t hl_codec_put_stop(uint8_t *out, size_t cap, const struct hl_codec_stop *stop)
{
    struct writer w = start(out, cap, HL_CODEC_STOP_SENDING);

    put(&w, stop->stream);
    put(&w, stop->code);
    return finish(&w);
}

size_t hl_codec_put_path(uint8_t *out, size_t cap, enum hl_codec_type type,
                         const uint8_t data[HL_CODEC_PATH_DATA])
{
    struct writer w = start(out, cap, type);

    put_bytes(&w, data, HL_CODEC_PATH_DATA);
    return finish(&w);
}

size_t hl_codec_put_close(uint8_t *out, size_t cap, const struct hl_codec_close *close)
{
    size_t len = close->reason_len < HL_CODEC_REASON ? close->reason_len : HL_CODEC_REASON;
    struct writer w = start(out, cap, HL_CODEC_CLOSE);

    put(&w, close->code);
    put(&w, len);
    put_bytes(&w, close->reason, len);
    return finish(&w);
}

size_t hl_codec_stream_room(size_t cap, uint64_t stream, uint64_t offset, size_t want)
{
    size_t head = 1 + hl_varint_len(stream) + hl_varint_len(offset);

    for (size_t width = 1; width <= 4; width *= 2) {
        size_t room = cap > head + width ? cap - head - width : 0;

        if (room > want)
            room = want;
        if (hl_varint_len(room) <= width)
            return room;
    }
    return 0;
}

size_t hl_codec_put_stream(uint8_t *out, size_t cap, const struct hl_codec_stream *s, bool last)
{
    unsigned type = HL_CODEC_STREAM | (s->fin ? HL_CODEC_FIN : 0U) | (last ? 0U : HL_CODEC_LENGTH);
    struct writer w = start(out, cap, type);

    put(&w, s->stream);
    put(&w, s->offset);
    if (!last)
        put(&w, s->len);
    if (w.full || s->len > w.cap - w.len)
        return 0;
    return w.len;
}
