/* SPDX-License-Identifier: MIT */
/* A stream fed with pieces in any order, read, settled and short of memory as the input says. It
 * must be the stream that a bool a byte describes. The first byte chooses messages or bytes; each
 * three after it are one step. */
#include "codec.h"
#include "flow.h"
#include "fuzz.h"
#include "recvstream.h"
#include "varint.h"

#include <errno.h>

enum {
    SPACE = 1 << 20, /* more than any input gets to */
    PIECES = 512,
};

static uint8_t text[SPACE];
static bool have[SPACE];
static uint8_t *pieces[PIECES]; /* borrowed: freed when the stream is settled */
static size_t piece_count;
static int refusals; /* requests for memory that fail from now on */
static struct hl_recvstream stream;
static uint64_t read_to; /* what came out */
static uint64_t claimed; /* the highest end of any frame, empty ones too */

static void *resize(void *user, void *at, size_t size)
{
    (void)user;
    if (size == 0) {
        free(at);
        return NULL;
    }
    if (refusals) {
        refusals--;
        return NULL;
    }
    return realloc(at, size);
}

static const struct hl_env env = {.resize = resize};

/* What the peer has to say: messages of all lengths that matter, one after the other. */
static void write_text(void)
{
    static const uint16_t lengths[] = {1, 100, 63, 64, 2, 1400, 16384, 5, 40000, 7, 16383};
    size_t at = 0;

    for (size_t i = 0;; i++) {
        size_t len = lengths[i % (sizeof lengths / sizeof lengths[0])];

        if (at + len + HL_VARINT_LEN_MAX > SPACE)
            return;
        at += hl_varint_put(text + at, HL_VARINT_LEN_MAX, len);
        for (size_t end = at + len; at < end; at++)
            text[at] = (uint8_t)(at * 7 + at / 251);
    }
}

static bool settle(void)
{
    int err = hl_recvstream_settle(&stream, &env);

    while (piece_count)
        free(pieces[--piece_count]);
    return err == 0;
}

/* Whether the peer may do that, the slow way. */
static bool allowed(const struct hl_codec_stream *f)
{
    uint64_t end = f->offset + f->len;

    if (end > stream.limit || (f->fin && stream.messages))
        return false;
    if (stream.final != UINT64_MAX)
        return f->fin ? end == stream.final : end <= stream.final;
    return !f->fin || end >= claimed;
}

/* Mostly where the stream goes on or a little before or after; else where the limit is. */
static uint64_t offset_of(uint8_t where, size_t len)
{
    if (where == 255)
        return stream.limit - len + len / 12 % 2;
    if (where >= 64)
        return stream.received + (where - 64U) * 40;
    return stream.received > where ? stream.received - where : 0;
}

/* False: the session is over. */
static bool push(uint8_t where, uint8_t size, bool fin)
{
    struct hl_codec_stream f = {.len = (size_t)size * 12, .fin = fin};
    int err;

    f.offset = offset_of(where, f.len);
    if (f.offset + f.len > SPACE || piece_count == PIECES)
        return true;
    pieces[piece_count] = malloc(f.len + 1);
    FUZZ_CHECK(pieces[piece_count]);
    memcpy(pieces[piece_count], text + f.offset, f.len);
    f.data = pieces[piece_count++];
    err = hl_recvstream_push(&stream, &env, &f);
    if (err == -ENOMEM || err == -ENOBUFS)
        return true;
    FUZZ_CHECK((err == 0) == allowed(&f));
    if (err < 0)
        return false;
    memset(have + f.offset, true, f.len);
    claimed = f.offset + f.len > claimed ? f.offset + f.len : claimed;
    return true;
}

static void came_out(uint64_t offset, const uint8_t *data, size_t len)
{
    FUZZ_CHECK(offset == read_to || (stream.messages && offset > read_to));
    FUZZ_CHECK(len == 0 || memcmp(data, text + offset, len) == 0);
    read_to = offset + len;
    FUZZ_CHECK(read_to == stream.consumed && read_to <= stream.received);
}

static void take(void)
{
    struct hl_recvstream_piece p;
    const uint8_t *data;
    size_t len;

    if (stream.messages) {
        int got = hl_recvstream_message(&stream, &env, &data, &len);

        FUZZ_CHECK(got == 0 || got == 1 || got == -ENOMEM);
        if (got == 1)
            came_out(stream.consumed - len, data, len);
    } else if (hl_recvstream_data(&stream, &p)) {
        came_out(p.offset, p.data, p.len);
        FUZZ_CHECK(p.fin == (read_to == stream.final) && (p.len || p.fin));
    }
}

static void tell(uint8_t pause)
{
    struct hl_codec_max max;
    static hl_time now;

    now += pause;
    hl_recvstream_tell(&stream, now, 50, SPACE, &max);
    FUZZ_CHECK(max.limit == stream.limit && max.received == stream.received);
    FUZZ_CHECK(max.limit >= stream.consumed + stream.window);
}

static bool step(const uint8_t *data)
{
    switch (data[0] % 8) {
    case 0:
        refusals = data[1] % 4;
        return true;
    case 1:
        tell(data[1]);
        return true;
    case 2:
        if (data[1] % 4 == 0)
            hl_recvstream_compact(&stream, &env);
        return settle();
    case 3:
    case 4:
        for (int n = data[1] % 4; n >= 0; n--)
            take();
        return true;
    default:
        return push(data[1], data[2], data[0] >= 250);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint64_t here = 0;

    if (!text[0])
        write_text();
    if (len == 0)
        return 0;
    hl_recvstream_init(&stream, data[0] % 2);
    memset(have, 0, sizeof have);
    read_to = claimed = 0;
    refusals = 0;
    for (size_t i = 1; i + 3 <= len && step(data + i); i += 3) {
        while (here < SPACE && have[here])
            here++;
        FUZZ_CHECK(stream.received == here);
    }
    settle();
    hl_recvstream_fini(&stream, &env);
    return 0;
}
