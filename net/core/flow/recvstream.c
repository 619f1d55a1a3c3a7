/* SPDX-License-Identifier: MIT */
#include "recvstream.h"

#include "codec.h"
#include "err.h"
#include "flow.h"
#include "ranges.h"
#include "varint.h"

#include <errno.h>
#include <string.h>

enum {
    BUFFER_MIN = 4096,
    /* A lost packet holds back all that came after it for a round trip or, lost again, for more. */
    WINDOW_TRIPS = 8,
};
#define NOT_KNOWN UINT64_MAX /* of the final size */

/* Bytes at their offset less base: in one piece, so that a message in it needs no assembling. What
 * has been consumed is cut off when it is half of the buffer, so that a byte moves once at most. */
struct hl_recvbuf {
    uint64_t base;
    size_t cap;
    struct hl_ranges ahead; /* pieces above received */
    uint8_t bytes[];
};

static bool final_known(const struct hl_recvstream *s)
{
    return s->final != NOT_KNOWN;
}

static bool borrowing(const struct hl_recvstream *s)
{
    return s->packet_hi > s->consumed;
}

/* Some bytes are in the buffer and nowhere else. */
static bool keeping(const struct hl_recvstream *s)
{
    if (!s->buf)
        return false;
    if (s->buf->ahead.count)
        return true;
    return s->consumed < s->received &&
           !(s->packet_lo <= s->consumed && s->packet_hi == s->received);
}

void hl_recvstream_init(struct hl_recvstream *s, bool messages)
{
    *s = (struct hl_recvstream){
        .final = NOT_KNOWN,
        .limit = HL_WINDOW_INITIAL,
        .window = HL_WINDOW_INITIAL,
        .messages = messages,
    };
}

static void drop_buffer(struct hl_recvstream *s, const struct hl_env *env)
{
    if (!s->buf)
        return;
    hl_ranges_clear(&s->buf->ahead, env);
    hl_env_free(env, s->buf);
    s->buf = NULL;
}

void hl_recvstream_fini(struct hl_recvstream *s, const struct hl_env *env)
{
    drop_buffer(s, env);
}

void hl_recvstream_compact(struct hl_recvstream *s, const struct hl_env *env)
{
    if (!keeping(s))
        drop_buffer(s, env);
}

size_t hl_recvstream_memory(const struct hl_recvstream *s)
{
    size_t ranges;

    if (!s->buf)
        return 0;
    ranges = s->buf->ahead.cap > HL_RANGES_INLINE ? s->buf->ahead.cap : 0;
    return sizeof *s->buf + s->buf->cap + ranges * sizeof(struct hl_range);
}

/* ---- the buffer ---- */

/* A buffer of at least size bytes; what was in the old one stays. */
static int resize(struct hl_recvstream *s, const struct hl_env *env, size_t size)
{
    size_t cap = s->buf ? s->buf->cap : BUFFER_MIN;
    struct hl_recvbuf *buf;

    while (cap < size)
        cap *= 2;
    buf = env->resize(env->user, s->buf, sizeof *buf + cap);
    if (!buf)
        return -ENOMEM;
    if (!s->buf) {
        buf->base = s->consumed;
        hl_ranges_init(&buf->ahead, HL_RECVSTREAM_GAPS);
    }
    buf->cap = cap;
    s->buf = buf;
    return 0;
}

/* Cuts off what was consumed. */
static void slide(struct hl_recvstream *s)
{
    struct hl_recvbuf *b = s->buf;
    size_t gone = (size_t)(s->consumed - b->base);
    uint64_t top = s->received;

    if (b->ahead.count)
        top = hl_ranges_all(&b->ahead)[b->ahead.count - 1].hi;
    if (keeping(s)) {
        size_t used = (size_t)(top - b->base);

        /* borrowed bytes at the end have no place in the buffer yet */
        if (used > b->cap)
            used = b->cap;
        memmove(b->bytes, b->bytes + gone, used - gone);
    }
    b->base = s->consumed;
}

/* Makes room for the bytes below end. */
static int reserve(struct hl_recvstream *s, const struct hl_env *env, uint64_t end)
{
    struct hl_recvbuf *b = s->buf;

    if (b && end - b->base <= b->cap)
        return 0;
    if (b && (!keeping(s) || s->consumed - b->base >= b->cap / 2))
        slide(s);
    if (b && end - b->base <= b->cap)
        return 0;
    return resize(s, env, (size_t)(end - (b ? b->base : s->consumed)));
}

static int store(struct hl_recvstream *s, const struct hl_env *env, uint64_t offset,
                 const uint8_t *data, size_t len)
{
    int err = reserve(s, env, offset + len);

    if (err < 0)
        return err;
    memcpy(s->buf->bytes + (offset - s->buf->base), data, len);
    return 0;
}

/* ---- in ---- */

/* May there be bytes up to end, and may they be the last? */
static int check(const struct hl_recvstream *s, uint64_t end, bool fin)
{
    if (fin && s->messages)
        return HL_ERR_STREAM_STATE;
    if (final_known(s) ? end > s->final || (fin && end != s->final) : fin && end < s->highest)
        return HL_ERR_STREAM_STATE;
    return end > s->limit ? HL_ERR_FLOW_CONTROL : 0;
}

/* All below end is here now, and with it what had come before its turn. */
static void advance(struct hl_recvstream *s, uint64_t end)
{
    struct hl_ranges *ahead = s->buf ? &s->buf->ahead : NULL;

    s->received = end;
    while (ahead && ahead->count && hl_ranges_all(ahead)[0].lo <= s->received) {
        uint64_t hi = hl_ranges_all(ahead)[0].hi;

        hl_ranges_drop(ahead, hi);
        s->received = hi > s->received ? hi : s->received;
    }
}

static int take_ahead(struct hl_recvstream *s, const struct hl_env *env,
                      const struct hl_codec_stream *frame)
{
    int err = store(s, env, frame->offset, frame->data, frame->len);

    if (err < 0)
        return err;
    return hl_ranges_add(&s->buf->ahead, env, frame->offset, frame->offset + frame->len);
}

/* Bytes that go on where the others end; the first skip of them are not new. */
static int take_in_order(struct hl_recvstream *s, const struct hl_env *env,
                         const struct hl_codec_stream *frame)
{
    size_t skip = (size_t)(s->received - frame->offset);
    uint64_t end = frame->offset + frame->len;
    int err;

    if (borrowing(s)) { /* a second piece for this stream in one packet */
        err = store(s, env, s->received, frame->data + skip, frame->len - skip);
        if (err < 0)
            return err;
    } else {
        s->packet = frame->data + skip;
        s->packet_lo = s->received;
        s->packet_hi = end;
    }
    advance(s, end);
    return 0;
}

int hl_recvstream_push(struct hl_recvstream *s, const struct hl_env *env,
                       const struct hl_codec_stream *frame)
{
    uint64_t end = frame->offset + frame->len;
    int err = check(s, end, frame->fin);

    if (err < 0)
        return err;
    if (end > s->received && frame->len && !s->discarded) {
        err =
            frame->offset > s->received ? take_ahead(s, env, frame) : take_in_order(s, env, frame);
        if (err < 0)
            return err;
    }
    if (end > s->highest)
        s->highest = end;
    if (frame->fin)
        s->final = end;
    return 0;
}

int hl_recvstream_settle(struct hl_recvstream *s, const struct hl_env *env)
{
    int err = 0;

    if (borrowing(s)) {
        uint64_t lo = s->packet_lo > s->consumed ? s->packet_lo : s->consumed;

        err = store(s, env, lo, s->packet + (lo - s->packet_lo), (size_t)(s->packet_hi - lo));
        if (err < 0)
            s->received = lo; /* as if they had never come, nor what follows them */
    }
    s->packet_lo = s->packet_hi = 0;
    return err;
}

static void drop_all(struct hl_recvstream *s, const struct hl_env *env)
{
    drop_buffer(s, env);
    s->packet_lo = s->packet_hi = 0;
    s->consumed = s->received;
}

int hl_recvstream_reset(struct hl_recvstream *s, const struct hl_env *env, uint64_t final_size)
{
    int err = s->messages ? HL_ERR_STREAM_STATE : check(s, final_size, true);

    if (err < 0)
        return err;
    drop_all(s, env);
    s->final = s->highest = s->received = s->consumed = final_size;
    s->ended = true;
    return 0;
}

void hl_recvstream_discard(struct hl_recvstream *s, const struct hl_env *env)
{
    drop_all(s, env);
    s->discarded = true;
}

bool hl_recvstream_over(const struct hl_recvstream *s)
{
    return s->ended || (s->discarded && final_known(s));
}

/* ---- out ---- */

/* The longest run of bytes at consumed that lie in one place; consumed < received. */
static size_t run(const struct hl_recvstream *s, const uint8_t **data)
{
    if (s->packet_hi > s->consumed) {
        if (s->packet_lo <= s->consumed) {
            *data = s->packet + (s->consumed - s->packet_lo);
            return (size_t)(s->packet_hi - s->consumed);
        }
        *data = s->buf->bytes + (s->consumed - s->buf->base);
        return (size_t)(s->packet_lo - s->consumed);
    }
    *data = s->buf->bytes + (s->consumed - s->buf->base);
    return (size_t)(s->received - s->consumed);
}

/* As run(), of at least want bytes (want <= received - consumed): those that lie in the packet
 * before or behind buffered ones join them. */
static int join(struct hl_recvstream *s, const struct hl_env *env, size_t want,
                const uint8_t **data)
{
    uint64_t end = s->consumed + want;
    uint64_t lo;
    uint64_t hi;
    int err;

    if (run(s, data) >= want)
        return 0;
    lo = s->packet_lo > s->consumed ? s->packet_lo : s->consumed;
    hi = s->packet_hi < end ? s->packet_hi : end;
    err = store(s, env, lo, s->packet + (lo - s->packet_lo), (size_t)(hi - lo));
    if (err < 0)
        return err;
    s->packet += hi - s->packet_lo;
    s->packet_lo = hi;
    *data = s->buf->bytes + (s->consumed - s->buf->base);
    return 0;
}

/* The length in front of the next message. Returns the bytes that it takes, 0 = not all here. */
static int message_length(struct hl_recvstream *s, const struct hl_env *env, uint64_t *len)
{
    uint64_t here = s->received - s->consumed;
    const uint8_t *data;
    size_t together;
    size_t n;
    int err;

    if (here == 0)
        return 0;
    together = run(s, &data);
    n = hl_varint_get(data, together, len);
    if (n || together == here)
        return (int)n;
    together = here < HL_VARINT_LEN_MAX ? (size_t)here : HL_VARINT_LEN_MAX;
    err = join(s, env, together, &data);
    return err < 0 ? err : (int)hl_varint_get(data, together, len);
}

int hl_recvstream_message(struct hl_recvstream *s, const struct hl_env *env, const uint8_t **data,
                          size_t *len)
{
    uint64_t body = 0;
    int head = message_length(s, env, &body);
    int err;

    if (head <= 0)
        return head;
    if (body == 0 || body > HL_MESSAGE_MAX)
        return HL_ERR_BAD_MESSAGE;
    if ((uint64_t)head + body > s->received - s->consumed)
        return 0;
    err = join(s, env, (size_t)head + (size_t)body, data);
    if (err < 0)
        return err;
    *data += head;
    *len = (size_t)body;
    s->consumed += (uint64_t)head + body;
    return 1;
}

bool hl_recvstream_data(struct hl_recvstream *s, struct hl_recvstream_piece *piece)
{
    if (s->ended || s->discarded || (s->consumed == s->received && s->received != s->final))
        return false;
    *piece = (struct hl_recvstream_piece){.offset = s->consumed};
    if (s->consumed < s->received)
        piece->len = run(s, &piece->data);
    s->consumed += piece->len;
    s->ended = s->consumed == s->final;
    piece->fin = s->ended;
    return true;
}

/* ---- credit ---- */

bool hl_recvstream_credit_due(const struct hl_recvstream *s, bool reliable)
{
    if (reliable && s->received > s->told)
        return true;
    return !final_known(s) && hl_recvstream_limit(s) - s->limit >= s->window / 2;
}

/* The window lasts for less than WINDOW_TRIPS round trips at the pace since the last look. */
static bool too_small(const struct hl_recvstream *s, hl_time now, hl_time rtt, uint64_t used)
{
    return s->epoch && now - s->epoch < WINDOW_TRIPS * rtt * (hl_time)used / (hl_time)s->window;
}

static void widen(struct hl_recvstream *s, size_t spare)
{
    uint32_t max = s->messages ? HL_WINDOW_MESSAGES : HL_WINDOW_BYTES;
    uint32_t more = s->window < max - s->window ? s->window : max - s->window;

    s->window += more < spare ? more : (uint32_t)spare;
}

void hl_recvstream_tell(struct hl_recvstream *s, hl_time now, hl_time rtt, size_t spare,
                        struct hl_codec_max *out)
{
    uint64_t used = s->consumed - s->epoch_offset;

    if (used >= s->window / 2) {
        if (too_small(s, now, rtt, used))
            widen(s, spare);
        s->epoch = now;
        s->epoch_offset = s->consumed;
    }
    s->limit = hl_recvstream_limit(s);
    s->told = s->received;
    out->received = s->received;
    out->limit = s->limit;
}
