/* SPDX-License-Identifier: MIT */
/* A packet of hostile frames. Whatever decodes lies within the packet, and says the same when it
 * is written and read once more. */
#include "codec.h"
#include "err.h"
#include "fuzz.h"
#include "varint.h"

static uint8_t out[1 << 16];

static void *resize(void *user, void *at, size_t size)
{
    (void)user;
    if (size)
        return realloc(at, size);
    free(at);
    return NULL;
}

static const struct hl_env env = {.resize = resize};

static size_t write_ack(struct hl_codec_ack ack)
{
    struct hl_ranges ranges;
    struct hl_range r;
    uint64_t above = HL_VARINT_MAX + 2;
    size_t len;

    hl_ranges_init(&ranges, HL_CODEC_ACK_RANGES);
    while (hl_codec_ack_next(&ack, &r)) {
        FUZZ_CHECK(r.lo < r.hi && r.hi < above); /* one number at least between two */
        FUZZ_CHECK(above <= HL_VARINT_MAX || r.hi == ack.largest + 1);
        FUZZ_CHECK(hl_ranges_add(&ranges, &env, r.lo, r.hi) == 0);
        above = r.lo;
    }
    len = hl_codec_put_ack(out, sizeof out, ack.delay, &ranges);
    hl_ranges_clear(&ranges, &env);
    return len;
}

static size_t write_stream(const struct hl_codec_stream *s)
{
    size_t head = hl_codec_put_stream(out, sizeof out, s, false);

    if (s->len)
        memcpy(out + head, s->data, s->len);
    FUZZ_CHECK(s->len == hl_codec_stream_room(sizeof out, s->stream, s->offset, s->len));
    return head + s->len;
}

static size_t write_frame(const struct hl_codec_frame *f)
{
    switch (f->type) {
    case HL_CODEC_PADDING:
        out[0] = 0;
        return 1;
    case HL_CODEC_PING:
        return hl_codec_put_ping(out, sizeof out);
    case HL_CODEC_ACK:
        return write_ack(f->ack);
    case HL_CODEC_MAX_STREAM_DATA:
        return hl_codec_put_max(out, sizeof out, &f->max);
    case HL_CODEC_RESET_STREAM:
        return hl_codec_put_reset(out, sizeof out, &f->reset);
    case HL_CODEC_STOP_SENDING:
        return hl_codec_put_stop(out, sizeof out, &f->stop);
    case HL_CODEC_PATH_CHALLENGE:
    case HL_CODEC_PATH_RESPONSE:
        return hl_codec_put_path(out, sizeof out, f->type, f->path);
    case HL_CODEC_STREAM:
        return write_stream(&f->stream);
    case HL_CODEC_CLOSE:
        return hl_codec_put_close(out, sizeof out, &f->close);
    }
    return 0;
}

static int same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static int same_ack(struct hl_codec_ack a, struct hl_codec_ack b)
{
    struct hl_range r;
    struct hl_range s;

    while (hl_codec_ack_next(&a, &r)) {
        if (!hl_codec_ack_next(&b, &s) || r.lo != s.lo || r.hi != s.hi)
            return 0;
    }
    return a.largest == b.largest && a.delay == b.delay && !hl_codec_ack_next(&b, &s);
}

static int same(const struct hl_codec_frame *a, const struct hl_codec_frame *b)
{
    if (a->type != b->type)
        return 0;
    switch (a->type) {
    case HL_CODEC_PADDING:
    case HL_CODEC_PING:
        return 1;
    case HL_CODEC_ACK:
        return same_ack(a->ack, b->ack);
    case HL_CODEC_MAX_STREAM_DATA:
        return memcmp(&a->max, &b->max, sizeof a->max) == 0;
    case HL_CODEC_RESET_STREAM:
        return memcmp(&a->reset, &b->reset, sizeof a->reset) == 0;
    case HL_CODEC_STOP_SENDING:
        return memcmp(&a->stop, &b->stop, sizeof a->stop) == 0;
    case HL_CODEC_PATH_CHALLENGE:
    case HL_CODEC_PATH_RESPONSE:
        return same_bytes(a->path, HL_CODEC_PATH_DATA, b->path, HL_CODEC_PATH_DATA);
    case HL_CODEC_STREAM:
        return a->stream.stream == b->stream.stream && a->stream.offset == b->stream.offset &&
               a->stream.fin == b->stream.fin &&
               same_bytes(a->stream.data, a->stream.len, b->stream.data, b->stream.len);
    case HL_CODEC_CLOSE:
        return a->close.code == b->close.code && same_bytes(a->close.reason, a->close.reason_len,
                                                            b->close.reason, b->close.reason_len);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    while (len) {
        struct hl_codec_frame f;
        struct hl_codec_frame again;
        int n = hl_codec_next(data, len, &f);
        size_t written;

        if (n < 0) {
            FUZZ_CHECK(n == HL_ERR_BAD_FRAME || n == HL_ERR_UNKNOWN_FRAME);
            return 0;
        }
        FUZZ_CHECK(n > 0 && (size_t)n <= len);
        written = write_frame(&f);
        FUZZ_CHECK(written > 0 && written <= (size_t)n + 2); /* a length that was not there */
        FUZZ_CHECK(hl_codec_next(out, written, &again) == (int)written);
        FUZZ_CHECK(same(&f, &again));
        data += n;
        len -= (size_t)n;
    }
    return 0;
}
