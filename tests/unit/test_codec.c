/* SPDX-License-Identifier: MIT */
#include "codec.h"
#include "err.h"
#include "memory.h"
#include "varint.h"

#include <criterion/criterion.h>
#include <string.h>

#define HALF 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff /* the largest varint */

static const struct {
    const char *name;
    uint8_t bytes[32];
    size_t len;
    int result; /* of hl_codec_next() */
    enum hl_codec_type type;
} samples[] = {
    {"padding to the end", {0, 0, 0}, 3, 3, HL_CODEC_PADDING},
    {"one byte of padding", {0}, 1, 1, HL_CODEC_PADDING},
    {"padding that is not zero", {0, 0, 1}, 3, HL_ERR_BAD_FRAME, 0},
    {"padding that is nowhere zero", {0, 1, 1}, 3, HL_ERR_BAD_FRAME, 0},
    {"ping and more", {1, 1}, 2, 1, HL_CODEC_PING},
    {"ack of one packet", {2, 9, 1, 0, 0}, 5, 5, HL_CODEC_ACK},
    {"ack of all from 0", {2, 9, 1, 0, 9}, 5, 5, HL_CODEC_ACK},
    {"ack below 0", {2, 9, 1, 0, 10}, 5, HL_ERR_BAD_FRAME, 0},
    {"ack with a gap to 0", {2, 9, 1, 1, 0, 7, 0}, 7, 7, HL_CODEC_ACK},
    {"ack with a gap below 0", {2, 9, 1, 1, 0, 8, 0}, 7, HL_ERR_BAD_FRAME, 0},
    {"ack with a range below 0", {2, 9, 1, 1, 0, 7, 1}, 7, HL_ERR_BAD_FRAME, 0},
    {"ack with a huge gap", {2, 9, 1, 1, 0, HALF, 0}, 14, HL_ERR_BAD_FRAME, 0},
    {"ack with a huge range", {2, 9, 1, 0, HALF}, 12, HL_ERR_BAD_FRAME, 0},
    {"ack without its ranges", {2, 9, 1, 3, 0, 0, 0}, 7, HL_ERR_BAD_FRAME, 0},
    {"ack of the largest number", {2, HALF, 0, 0, HALF}, 19, 19, HL_CODEC_ACK},
    {"max", {3, 1, 5, 5}, 4, 4, HL_CODEC_MAX_STREAM_DATA},
    {"max below what was received", {3, 1, 6, 5}, 4, HL_ERR_BAD_FRAME, 0},
    {"max cut short", {3, 1, 6}, 3, HL_ERR_BAD_FRAME, 0},
    {"reset", {4, 2, 3, 4}, 4, 4, HL_CODEC_RESET_STREAM},
    {"reset cut short", {4, 2, 3, 0x40}, 4, HL_ERR_BAD_FRAME, 0},
    {"stop", {5, 2, 3}, 3, 3, HL_CODEC_STOP_SENDING},
    {"stop cut short", {5, 2}, 2, HL_ERR_BAD_FRAME, 0},
    {"challenge", {6, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10, 9, HL_CODEC_PATH_CHALLENGE},
    {"response", {7, 1, 2, 3, 4, 5, 6, 7, 8}, 9, 9, HL_CODEC_PATH_RESPONSE},
    {"response cut short", {7, 1, 2, 3, 4, 5, 6, 7}, 8, HL_ERR_BAD_FRAME, 0},
    {"stream to the end", {8, 1, 0, 'a', 'b'}, 5, 5, HL_CODEC_STREAM},
    {"stream, fin, nothing else", {9, 1, 0}, 3, 3, HL_CODEC_STREAM},
    {"stream with a length", {10, 1, 0, 1, 'a', 'b'}, 6, 5, HL_CODEC_STREAM},
    {"stream with all", {11, 1, 0, 1, 'a', 'b'}, 6, 5, HL_CODEC_STREAM},
    {"stream longer than the packet", {10, 1, 0, 3, 'a', 'b'}, 6, HL_ERR_BAD_FRAME, 0},
    {"stream of impossible length", {10, 1, 0, HALF, 'a'}, 12, HL_ERR_BAD_FRAME, 0},
    {"stream up to the largest offset", {8, 1, HALF}, 10, 10, HL_CODEC_STREAM},
    {"stream beyond the largest offset", {8, 1, HALF, 'a'}, 11, HL_ERR_BAD_FRAME, 0},
    {"stream without offset", {8, 1}, 2, HL_ERR_BAD_FRAME, 0},
    {"close without reason", {12, 0, 0}, 3, 3, HL_CODEC_CLOSE},
    {"close with reason", {12, 1, 2, 'h', 'i', 'x'}, 6, 5, HL_CODEC_CLOSE},
    {"close cut short", {12, 1, 2, 'h'}, 4, HL_ERR_BAD_FRAME, 0},
    {"close of many words", {12, 1, 0x40, 201}, 4, HL_ERR_BAD_FRAME, 0},
    {"unknown", {13}, 1, HL_ERR_UNKNOWN_FRAME, 0},
    {"a type in two bytes", {0x40, 1}, 2, HL_ERR_UNKNOWN_FRAME, 0},
    {"the last type", {0xff}, 1, HL_ERR_UNKNOWN_FRAME, 0},
};

Test(codec, frames_are_told_from_noise)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct hl_codec_frame f;
        int n = hl_codec_next(samples[i].bytes, samples[i].len, &f);

        cr_assert_eq(n, samples[i].result, "%s: %d", samples[i].name, n);
        cr_assert(n < 0 || f.type == samples[i].type, "%s", samples[i].name);
    }
}

static uint8_t out[512];

/* Decodes what was just written, which must be exactly one frame. */
static struct hl_codec_frame again(size_t len)
{
    struct hl_codec_frame f;

    cr_assert_gt(len, 0);
    cr_assert_eq(hl_codec_next(out, len, &f), (int)len);
    return f;
}

Test(codec, what_is_written_is_read)
{
    static const uint8_t token[HL_CODEC_PATH_DATA] = "challen";
    static const struct hl_codec_max max = {1, 70000, 262144};
    static const struct hl_codec_reset reset = {64, 5, HL_VARINT_MAX};
    static const struct hl_codec_stop stop = {3, 16384};
    static const struct hl_codec_close close = {7, (const uint8_t *)"reason", 6};
    struct hl_codec_frame f;

    cr_assert_eq(again(hl_codec_put_ping(out, sizeof out)).type, HL_CODEC_PING);
    f = again(hl_codec_put_max(out, sizeof out, &max));
    cr_assert(f.max.stream == 1 && f.max.received == 70000 && f.max.limit == 262144);
    f = again(hl_codec_put_reset(out, sizeof out, &reset));
    cr_assert(f.reset.stream == 64 && f.reset.code == 5 && f.reset.final_size == HL_VARINT_MAX);
    f = again(hl_codec_put_stop(out, sizeof out, &stop));
    cr_assert(f.stop.stream == 3 && f.stop.code == 16384);
    f = again(hl_codec_put_path(out, sizeof out, HL_CODEC_PATH_RESPONSE, token));
    cr_assert(f.type == HL_CODEC_PATH_RESPONSE && memcmp(f.path, token, sizeof token) == 0);
    f = again(hl_codec_put_close(out, sizeof out, &close));
    cr_assert(f.close.code == 7 && f.close.reason_len == 6);
    cr_assert_eq(memcmp(f.close.reason, "reason", 6), 0);
}

Test(codec, nothing_is_written_beyond_the_room)
{
    static const uint8_t token[HL_CODEC_PATH_DATA] = "challen";
    static const struct hl_codec_max max = {1, 70000, 262144};
    static const struct hl_codec_reset reset = {64, 5, HL_VARINT_MAX};
    static const struct hl_codec_stop stop = {3, 16384};
    static const struct hl_codec_close close = {7, (const uint8_t *)"reason", 6};

    for (size_t cap = 0; cap < 16; cap++) {
        memset(out, 0xa5, sizeof out);
        cr_assert_eq(hl_codec_put_ping(out, cap), cap > 0);
        cr_assert_eq(hl_codec_put_max(out, cap, &max), cap < 10 ? 0 : 10);
        cr_assert_eq(hl_codec_put_reset(out, cap, &reset), cap < 12 ? 0 : 12);
        cr_assert_eq(hl_codec_put_stop(out, cap, &stop), cap < 6 ? 0 : 6);
        cr_assert_eq(hl_codec_put_path(out, cap, HL_CODEC_PATH_CHALLENGE, token), cap < 9 ? 0 : 9);
        cr_assert_eq(hl_codec_put_close(out, cap, &close), cap < 9 ? 0 : 9);
        cr_assert_eq(out[cap], 0xa5);
    }
}

Test(codec, a_long_reason_is_cut)
{
    uint8_t reason[300] = {0};
    struct hl_codec_close close = {7, reason, sizeof reason};

    cr_assert_eq(again(hl_codec_put_close(out, sizeof out, &close)).close.reason_len,
                 HL_CODEC_REASON);
}

/* ---- ACK ---- */

static struct hl_ranges ranges(struct memory *m, unsigned count)
{
    struct hl_ranges r;

    hl_ranges_init(&r, 100);
    for (uint64_t i = 0; i < count; i++)
        cr_assert_eq(hl_ranges_add(&r, &m->env, i * 100, i * 100 + 1 + i), 0);
    return r;
}

Test(codec, ack_ranges_come_back_highest_first)
{
    struct memory m;

    memory_init(&m);
    for (unsigned count = 1; count < 40; count++) {
        struct hl_ranges r = ranges(&m, count);
        struct hl_codec_frame f = again(hl_codec_put_ack(out, sizeof out, 1234, &r));
        struct hl_range range;
        uint32_t i = r.count;

        cr_assert(f.ack.delay == 1234 && f.ack.largest == hl_ranges_all(&r)[i - 1].hi - 1);
        while (hl_codec_ack_next(&f.ack, &range)) {
            i--;
            cr_assert_eq(memcmp(&range, &hl_ranges_all(&r)[i], sizeof range), 0);
        }
        cr_assert_eq(r.count - i, count < HL_CODEC_ACK_RANGES ? count : HL_CODEC_ACK_RANGES);
        hl_ranges_clear(&r, &m.env);
    }
    cr_assert_eq(m.blocks, 0);
}

Test(codec, an_ack_has_so_many_ranges_at_most)
{
    static const uint8_t head[] = {HL_CODEC_ACK, 0x7f, 0xff, 0, HL_CODEC_ACK_RANGES - 1};
    struct hl_codec_frame f;

    memset(out, 0, sizeof out); /* one number each */
    memcpy(out, head, sizeof head);
    cr_assert_eq(hl_codec_next(out, sizeof out, &f), 5 + 2 * HL_CODEC_ACK_RANGES - 1);
    out[4]++;
    cr_assert_eq(hl_codec_next(out, sizeof out, &f), HL_ERR_BAD_FRAME);
}

Test(codec, an_ack_holds_what_fits)
{
    struct memory m;
    struct hl_ranges r;
    size_t full;

    memory_init(&m);
    r = ranges(&m, 20);
    full = hl_codec_put_ack(out, sizeof out, 0, &r);
    for (size_t cap = 0; cap <= full; cap++) {
        struct hl_range range;
        struct hl_codec_frame f;
        size_t len;

        memset(out, 0xa5, sizeof out);
        len = hl_codec_put_ack(out, cap, 0, &r);
        cr_assert_eq(out[cap], 0xa5);
        cr_assert(len ? len <= cap && cap - len < 3 : cap < 6, "%zu of %zu", len, cap);
        if (len == 0)
            continue;
        f = again(len);
        cr_assert(hl_codec_ack_next(&f.ack, &range) && range.lo == 1900 && range.hi == 1920);
    }
    hl_ranges_clear(&r, &m.env);
}

/* ---- STREAM ---- */

Test(codec, a_stream_frame_uses_all_the_room)
{
    for (size_t cap = 0; cap < 300; cap++) {
        struct hl_codec_stream s = {.stream = 100, .offset = 20000};
        size_t head;
        struct hl_codec_frame f;

        s.len = hl_codec_stream_room(cap, s.stream, s.offset, 250);
        if (s.len == 0) {
            cr_assert_lt(cap, 9);
            continue;
        }
        memset(out, 0xa5, sizeof out);
        head = hl_codec_put_stream(out, cap, &s, false);
        cr_assert(head > 0 && head + s.len <= cap, "cap %zu", cap);
        cr_assert(s.len == 250 || cap - head - s.len <= 1, "cap %zu", cap);
        f = again(head + s.len);
        cr_assert(f.stream.stream == 100 && f.stream.offset == 20000 && f.stream.len == s.len);
        cr_assert(f.stream.data == out + head && !f.stream.fin);
    }
}

Test(codec, the_last_stream_frame_needs_no_length)
{
    struct hl_codec_stream s = {.stream = 1, .offset = 5, .len = 100, .fin = true};
    struct hl_codec_frame f;

    cr_assert_eq(hl_codec_put_stream(out, 102, &s, true), 0);
    cr_assert_eq(hl_codec_put_stream(out, 103, &s, true), 3);
    f = again(103);
    cr_assert(f.stream.len == 100 && f.stream.fin);
    s.len = 0;
    cr_assert_eq(hl_codec_put_stream(out, 3, &s, false), 0);
    f = again(hl_codec_put_stream(out, 4, &s, false));
    cr_assert(f.stream.len == 0 && f.stream.fin && f.stream.offset == 5);
}
