/* SPDX-License-Identifier: MIT */
/* A peer that breaks the protocol, frame by frame; and frames that come twice or late. */
#include "codec.h"
#include "couple.h"
#include "err.h"
#include "varint.h"

#include <criterion/criterion.h>
#include <string.h>

static struct couple couple;
static unsigned events;
static struct hl_flow_event last;

static void on_event(struct couple *c, int host, const struct hl_flow_event *ev)
{
    (void)c;
    (void)host;
    events++;
    last = *ev;
}

static void setup(void)
{
    couple_init(&couple, 1);
    couple.event = on_event;
    events = 0;
}

static void teardown(void)
{
    couple_fini(&couple);
}

TestSuite(flow_hostile, .init = setup, .fini = teardown);

/* Host 0 has sent packets 0, 1 and a few, ten bytes of chat and of stream 2, and ended stream 3. */
static void prepare(void)
{
    struct hl_flow *f = couple.host[0].flow;

    cr_assert_eq(hl_flow_send(f, HL_STREAM_CHAT, "123456789", 9, 1), 0);
    cr_assert_eq(hl_flow_write(f, 2, "1234567890", 10, false, 0), 10);
    couple_pump(&couple);
    cr_assert_eq(hl_flow_write(f, 3, "12345", 5, true, 5), 5);
    couple_pump(&couple);
    couple_cut(&couple);
    cr_assert_geq(couple.host[0].packets, 2);
    cr_assert_lt(couple.host[0].packets, 60);
}

#define BYTES(...)                                                                                 \
    (const uint8_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define FRAMES(...) BYTES(__VA_ARGS__), sizeof BYTES(__VA_ARGS__)
#define V4(n)       0x80 | ((n) >> 24 & 0x3f), (n) >> 16 & 0xff, (n) >> 8 & 0xff, (n)&0xff
#define V8_MAX      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

static const struct {
    const char *what;
    const uint8_t *frames;
    size_t len;
    int err;
} rows[] = {
    {"a PING", FRAMES(0x01), 0},
    {"padding alone", FRAMES(0x00, 0x00), 0},
    {"padding that is not zero", FRAMES(0x00, 0x01), HL_ERR_BAD_FRAME},
    {"an unknown frame", FRAMES(0x0d), HL_ERR_UNKNOWN_FRAME},
    {"a frame cut short", FRAMES(0x01, 0x03, 0x01), HL_ERR_BAD_FRAME},
    {"an ACK of what was sent", FRAMES(0x02, 1, 0, 0, 1), 0},
    {"an ACK of what was never sent", FRAMES(0x02, 60, 0, 0, 0), HL_ERR_BAD_ACK},
    {"an ACK of all there may ever be", FRAMES(0x02, V8_MAX, 0, 0, 0), HL_ERR_BAD_ACK},
    {"received what was never sent", FRAMES(0x03, 1, 11, V4(300000)), HL_ERR_BAD_ACK},
    {"received all", FRAMES(0x03, 1, 10, V4(300000)), 0},
    {"of a byte stream: what was never sent", FRAMES(0x03, 2, 11, V4(300000)), HL_ERR_BAD_ACK},
    {"credit for a stream that is not open", FRAMES(0x03, 9, 11, V4(300000)), 0},
    {"the end of a stream that has none", FRAMES(0x03, 2, 10, V8_MAX), HL_ERR_STREAM_STATE},
    {"the end of a stream too early", FRAMES(0x03, 3, 4, V8_MAX), HL_ERR_STREAM_STATE},
    {"the end of a stream", FRAMES(0x03, 3, 5, V8_MAX), 0},
    {"a reset of chat", FRAMES(0x04, 1, 0, 0), HL_ERR_STREAM_STATE},
    {"a reset", FRAMES(0x04, 5, 0, 0), 0},
    {"a reset beyond the limit", FRAMES(0x04, 5, 0, V4(262145)), HL_ERR_FLOW_CONTROL},
    {"a reset below what came", FRAMES(0x0a, 5, 0, 2, 'a', 'b', 0x04, 5, 0, 1),
     HL_ERR_STREAM_STATE},
    {"a stop of chat", FRAMES(0x05, 0, 0), HL_ERR_STREAM_STATE},
    {"a stop", FRAMES(0x05, 2, 0), 0},
    {"a stop of a stream that is not open", FRAMES(0x05, 9, 0), 0},
    {"chat", FRAMES(0x0a, 1, 0, 2, 1, 'a'), 0},
    {"the end of chat", FRAMES(0x0b, 1, 0, 2, 1, 'a'), HL_ERR_STREAM_STATE},
    {"chat beyond the limit", FRAMES(0x0a, 1, V4(262144), 1, 'a'), HL_ERR_FLOW_CONTROL},
    {"bytes beyond the limit", FRAMES(0x0a, 7, V4(262144), 1, 'a'), HL_ERR_FLOW_CONTROL},
    {"bytes beyond the end", FRAMES(0x0b, 7, 0, 1, 'a', 0x0a, 7, 1, 1, 'b'), HL_ERR_STREAM_STATE},
    {"two ends", FRAMES(0x0b, 7, 0, 1, 'a', 0x0b, 7, 0, 2, 'a', 'b'), HL_ERR_STREAM_STATE},
    {"offsets beyond all bounds", FRAMES(0x08, 7, V8_MAX, 'a'), HL_ERR_BAD_FRAME},
    {"a goodbye", FRAMES(0x0c, 0, 2, 'h', 'i'), 0},
    {"a reason too long", FRAMES(0x0c, 0, 0x40, 201), HL_ERR_BAD_FRAME},
};

Test(flow_hostile, each_frame_has_its_error)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int err;

        couple_fini(&couple);
        setup();
        prepare();
        err = couple_inject(&couple, 0, 0, rows[i].frames, rows[i].len);
        cr_assert_eq(err, rows[i].err, "%s: %d", rows[i].what, err);
        /* Once more in the next packet: the same frames do no harm. */
        if (!err)
            cr_assert_eq(couple_inject(&couple, 0, 1, rows[i].frames, rows[i].len), 0, "%s, again",
                         rows[i].what);
        couple_run(&couple, couple.now + HL_MS(500));
    }
}

Test(flow_hostile, a_packet_holds_something)
{
    cr_assert_eq(couple_inject(&couple, 0, 0, "", 0), HL_ERR_BAD_FRAME);
}

Test(flow_hostile, a_number_counts_once)
{
    const uint8_t chat[] = {0x0a, 1, 0, 2, 1, 'a'};
    const uint8_t more[] = {0x0a, 1, 2, 2, 1, 'b'};
    struct hl_flow_stats stats;

    cr_assert_eq(couple_inject(&couple, 0, 9000, chat, sizeof chat), 0);
    cr_assert_eq(events, 1);
    cr_assert_not(hl_flow_fresh(couple.host[0].flow, 9000));
    cr_assert_eq(couple_inject(&couple, 0, 9000, more, sizeof more), 0);
    cr_assert_eq(events, 1);
    cr_assert_not(hl_flow_fresh(couple.host[0].flow, 9000 - 8192));
    cr_assert(hl_flow_fresh(couple.host[0].flow, 8999));
    hl_flow_stats(couple.host[0].flow, &stats);
    cr_assert_eq(stats.duplicates, 1);
    cr_assert_eq(stats.packets_received, 1);
}

static const struct {
    const char *what;
    const uint8_t *frames;
    size_t len;
} messages[] = {
    {"empty", FRAMES(0x08, 1, 0, 0)},
    {"too long", FRAMES(0x08, 1, 0, V4(65537))},
    {"too long, after a good one", FRAMES(0x08, 0, 0, 1, 'a', V4(65537), 'x')},
};

Test(flow_hostile, messages_of_impossible_length_are_told)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        couple_fini(&couple);
        setup();
        (void)!couple_inject(&couple, 0, 0, messages[i].frames, messages[i].len);
        cr_assert_eq(last.kind, HL_FLOW_BROKEN, "%s", messages[i].what);
        cr_assert_eq(last.err, HL_ERR_BAD_MESSAGE);
    }
}

Test(flow_hostile, the_node_hears_of_its_frames)
{
    uint8_t frames[64];
    const uint8_t challenge[] = "12345678";
    const uint8_t response[] = "abcdefgh";
    struct hl_flow_notice notice;
    size_t len = hl_codec_put_path(frames, sizeof frames, HL_CODEC_PATH_CHALLENGE, challenge);
    const struct hl_codec_close close = {.code = 3, .reason = challenge, .reason_len = 5};

    len += hl_codec_put_path(frames + len, sizeof frames - len, HL_CODEC_PATH_RESPONSE, response);
    cr_assert_eq(hl_flow_recv(couple.host[0].flow, couple.now, 0, frames, len, &notice), 0);
    cr_assert(notice.ack_eliciting && notice.challenged && notice.responded && !notice.closed);
    cr_assert_eq(memcmp(notice.challenge, challenge, 8), 0);
    cr_assert_eq(memcmp(notice.response, response, 8), 0);
    len = hl_codec_put_close(frames, sizeof frames, &close);
    cr_assert_eq(hl_flow_recv(couple.host[0].flow, couple.now, 1, frames, len, &notice), 0);
    cr_assert(notice.closed && !notice.ack_eliciting && notice.code == 3);
    cr_assert(notice.reason_len == 5 && memcmp(notice.reason, "12345", 5) == 0);
}

/* A peer that opens streams without end. */
Test(flow_hostile, streams_are_limited)
{
    uint8_t frame[] = {0x0a, 0, 0, 1, 'x'};

    couple.host[0].deaf = true;
    for (unsigned i = 0; i < HL_STREAMS_MAX; i++) {
        frame[1] = (uint8_t)(HL_STREAM_BYTES + i) & 0x3f;
        if (frame[1] < HL_STREAM_BYTES)
            break;
        cr_assert_eq(couple_inject(&couple, 0, i, frame, sizeof frame), 0);
    }
    for (unsigned i = 62; i < 64; i++) {
        uint8_t wide[] = {0x0a, 0x40, (uint8_t)(i + HL_STREAM_BYTES), 0, 1, 'x'};

        cr_assert_eq(couple_inject(&couple, 0, 100 + i, wide, sizeof wide), 0);
    }
    {
        const uint8_t wide[] = {0x0a, 0x40, 99, 0, 1, 'x'};

        cr_assert_eq(couple_inject(&couple, 0, 300, wide, sizeof wide), HL_ERR_STREAM_LIMIT);
    }
}

/* One that ends thousands of streams and never hears that it may open more. */
Test(flow_hostile, ends_without_end_cost_no_memory)
{
    long blocks;

    for (unsigned i = 0; i < 5000; i++) {
        uint8_t frame[16] = {0x0b};
        size_t at = 1;

        at += hl_varint_put(frame + at, sizeof frame - at, HL_STREAM_BYTES + i);
        frame[at++] = 0;
        frame[at++] = 1;
        frame[at++] = 'x';
        cr_assert_eq(couple_inject(&couple, 0, i, frame, at), 0);
        if (i == 100)
            blocks = couple.host[0].memory.blocks;
        if (i > 100)
            cr_assert_leq(couple.host[0].memory.blocks, blocks);
    }
}

/* Random frames of random sizes in a session: errors, but no harm. */
Test(flow_hostile, noise)
{
    uint8_t noise[200];

    for (uint64_t seed = 1; seed <= 3000; seed++) {
        couple_fini(&couple);
        setup();
        prepare();
        couple.random = seed;
        for (unsigned pn = 0; pn < 20; pn++) {
            size_t len = couple_random(&couple, sizeof noise) + 1;

            for (size_t i = 0; i < len; i++)
                noise[i] = (uint8_t)couple_random(&couple, couple_random(&couple, 2) ? 16 : 256);
            if (couple_inject(&couple, 0, pn, noise, len) < 0)
                break;
            couple.now += HL_MS(10);
            couple_pump(&couple);
            couple_cut(&couple);
        }
    }
}
