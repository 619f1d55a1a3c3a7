/* SPDX-License-Identifier: MIT */
/* Byte streams: order, ends, back-pressure, resets, and how many there may be. */
#include "couple.h"
#include "err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

enum {
    STREAMS = HL_STREAM_BYTES + 3 * HL_STREAMS_MAX,
    PIECE = 1 << 16,
};

static struct couple couple;

/* Byte i of stream n is (i * 31 + n) & 0xff. What host 1 got of each stream of host 0, and host 0
 * heard of it. */
static struct {
    uint64_t got;
    bool fin;
    int resets, stops, acked, writable;
    uint64_t code, token;
} streams[STREAMS];

static void on_event(struct couple *c, int host, const struct hl_flow_event *ev)
{
    (void)c;
    cr_assert_lt(ev->stream, STREAMS);
    switch (ev->kind) {
    case HL_FLOW_DATA:
        cr_assert_eq(host, 1);
        cr_assert_not(streams[ev->stream].fin);
        cr_assert_eq(ev->offset, streams[ev->stream].got);
        for (size_t i = 0; i < ev->len; i++)
            cr_assert_eq(ev->data[i], (uint8_t)((ev->offset + i) * 31 + ev->stream));
        streams[ev->stream].got += ev->len;
        streams[ev->stream].fin = ev->fin;
        break;
    case HL_FLOW_RESET:
        streams[ev->stream].resets++;
        streams[ev->stream].code = ev->code;
        break;
    case HL_FLOW_STOPPED:
        streams[ev->stream].stops++;
        streams[ev->stream].code = ev->code;
        break;
    case HL_FLOW_ACKED:
        streams[ev->stream].acked++;
        streams[ev->stream].token = ev->token;
        break;
    case HL_FLOW_WRITABLE:
        streams[ev->stream].writable++;
        break;
    default:
        cr_assert(0, "event %d", (int)ev->kind);
    }
}

static void setup(void)
{
    couple_init(&couple, 1);
    couple.event = on_event;
    memset(streams, 0, sizeof streams);
}

static void teardown(void)
{
    couple_fini(&couple);
}

TestSuite(flow_bytes, .init = setup, .fini = teardown);

static uint64_t written[STREAMS];

static ptrdiff_t write_some(uint64_t stream, size_t len, bool fin)
{
    static uint8_t data[PIECE];
    ptrdiff_t n;

    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)((written[stream] + i) * 31 + stream);
    n = hl_flow_write(couple.host[0].flow, stream, data, len, fin, stream + 1000);
    if (n > 0)
        written[stream] += (uint64_t)n;
    return n;
}

/* So many bytes of a stream, as fast as it takes them. */
static void send_all(uint64_t stream, uint64_t size)
{
    hl_time until = couple.now + HL_SECS(100);

    while (written[stream] < size) {
        size_t len = size - written[stream] < PIECE ? size - written[stream] : PIECE;

        if (write_some(stream, len, written[stream] + len == size) < (ptrdiff_t)len)
            cr_assert(couple_step(&couple, until));
    }
}

static void expect_quiet(void)
{
    cr_assert(couple_settle(&couple, HL_SECS(100)));
    cr_assert_eq(couple.host[0].err, 0);
    cr_assert_eq(couple.host[1].err, 0);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(hl_flow_deadline(couple.host[i].flow, couple.now), HL_NEVER);
}

static const struct {
    unsigned lose, twice, late;
} paths[] = {{0, 0, 0}, {50, 0, 0}, {200, 100, 200}};

Test(flow_bytes, a_file_arrives_whole)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        uint64_t n = HL_STREAM_BYTES + i;

        couple.lose = paths[i].lose;
        couple.twice = paths[i].twice;
        couple.late = paths[i].late;
        send_all(n, 1000000);
        expect_quiet();
        cr_assert_eq(streams[n].got, 1000000);
        cr_assert(streams[n].fin);
        cr_assert_eq(streams[n].acked, 1);
        cr_assert_eq(streams[n].token, n + 1000);
    }
}

Test(flow_bytes, an_empty_stream_ends_too)
{
    cr_assert_eq(write_some(2, 0, true), 0);
    expect_quiet();
    cr_assert(streams[2].fin);
    cr_assert_eq(streams[2].acked, 1);
    cr_assert_eq(write_some(3, 10, false), 10);
    couple_run(&couple, couple.now + HL_SECS(1));
    cr_assert_eq(write_some(3, 0, true), 0);
    expect_quiet();
    cr_assert(streams[3].fin);
}

Test(flow_bytes, all_streams_take_turns)
{
    for (uint64_t n = 2; n < 2 + HL_STREAMS_MAX; n++)
        cr_assert_eq(write_some(n, PIECE, false), PIECE);
    couple_run(&couple, couple.now + HL_MS(600));
    for (uint64_t n = 2; n < 2 + HL_STREAMS_MAX; n++)
        cr_assert_gt(streams[n].got, 0, "stream %u", (unsigned)n);
    for (uint64_t n = 2; n < 2 + HL_STREAMS_MAX; n++)
        cr_assert_eq(write_some(n, 0, true), 0);
    expect_quiet();
}

Test(flow_bytes, a_stream_counts_until_the_peer_took_all)
{
    for (uint64_t n = 2; n < 2 + HL_STREAMS_MAX; n++)
        cr_assert_eq(write_some(n, 10, true), 10);
    cr_assert_eq(write_some(2 + HL_STREAMS_MAX, 10, true), HL_ERR_STREAM_LIMIT);
    couple.host[1].deaf = true;
    couple_run(&couple, couple.now + HL_SECS(1));
    cr_assert_eq(streams[2].acked, 1);
    cr_assert_eq(write_some(2 + HL_STREAMS_MAX, 10, true), HL_ERR_STREAM_LIMIT);
    couple.host[1].deaf = false;
    couple_run(&couple, couple.now + HL_SECS(1));
    for (uint64_t n = 2 + HL_STREAMS_MAX; n < 2 + 2 * HL_STREAMS_MAX; n++)
        cr_assert_eq(write_some(n, 10, true), 10);
    expect_quiet();
    for (uint64_t n = 2; n < 2 + 2 * HL_STREAMS_MAX; n++)
        cr_assert(streams[n].fin && streams[n].acked == 1);
}

Test(flow_bytes, an_owner_that_takes_nothing_stops_the_peer)
{
    hl_time until;

    couple.host[1].deaf = true;
    while (write_some(2, PIECE, false) == PIECE)
        ;
    cr_assert_eq(written[2], 4 << 20);
    couple_run(&couple, couple.now + HL_SECS(10));
    cr_assert_eq(hl_flow_deadline(couple.host[0].flow, couple.now), HL_NEVER);
    cr_assert_eq(streams[2].got, 0);
    cr_assert_eq(streams[2].writable, 0);
    couple.host[1].deaf = false;
    until = couple.now + HL_SECS(30);
    while (streams[2].got < written[2])
        cr_assert(couple_step(&couple, until));
    cr_assert_eq(streams[2].writable, 1);
    write_some(2, 0, true);
    expect_quiet();
}

Test(flow_bytes, a_reset_is_told)
{
    cr_assert_eq(write_some(2, PIECE, false), PIECE);
    couple_run(&couple, couple.now + HL_MS(30));
    cr_assert_eq(hl_flow_reset(couple.host[0].flow, 2, 77), 0);
    cr_assert_eq(write_some(2, 1, false), HL_ERR_STREAM_STATE);
    expect_quiet();
    cr_assert_eq(streams[2].resets, 1);
    cr_assert_eq(streams[2].code, 77);
    cr_assert_not(streams[2].fin);
    cr_assert_eq(streams[2].acked, 0);
    cr_assert_eq(hl_flow_reset(couple.host[0].flow, 2, 77), -ENOENT);
}

Test(flow_bytes, a_stop_ends_the_stream)
{
    cr_assert_eq(write_some(2, PIECE, false), PIECE);
    couple_run(&couple, couple.now + HL_MS(30));
    cr_assert_eq(hl_flow_stop(couple.host[1].flow, 2, 5), 0);
    expect_quiet();
    cr_assert_eq(streams[2].stops, 1);
    cr_assert_eq(streams[2].code, 5);
    cr_assert_eq(streams[2].resets, 0);
    cr_assert_eq(hl_flow_stop(couple.host[1].flow, 3, 5), -ENOENT);
}

/* Of all ways to end, with a path that loses, doubles and reorders. */
Test(flow_bytes, any_end_survives_a_bad_path)
{
    hl_time until = couple.now + HL_SECS(300);

    couple.lose = 250;
    couple.twice = 100;
    couple.late = 300;
    for (uint64_t n = 2; n < STREAMS; n++) {
        while (write_some(n, 3000, n % 3 == 0) < 0)
            cr_assert(couple_step(&couple, until));
        couple_run(&couple, couple.now + HL_MS(10));
        if (n % 3 == 1)
            hl_flow_reset(couple.host[0].flow, n, n);
        else if (n % 3 == 2 && hl_flow_stop(couple.host[1].flow, n, n) != 0)
            hl_flow_reset(couple.host[0].flow, n, n);
    }
    expect_quiet();
    for (uint64_t n = 2; n < STREAMS; n++)
        cr_assert_eq(streams[n].fin + streams[n].resets + streams[n].stops, 1, "stream %u",
                     (unsigned)n);
}

Test(flow_bytes, owners_mistakes)
{
    struct hl_flow *f = couple.host[0].flow;

    cr_assert_eq(hl_flow_write(f, 1, "x", 1, false, 0), -EINVAL);
    cr_assert_eq(hl_flow_write(f, UINT64_C(1) << 32, "x", 1, false, 0), -EINVAL);
    cr_assert_eq(hl_flow_reset(f, 2, 0), -ENOENT);
    cr_assert_eq(hl_flow_stop(f, 2, 0), -ENOENT);
    cr_assert_eq(write_some(2, 1, true), 1);
    cr_assert_eq(write_some(2, 1, true), HL_ERR_STREAM_STATE);
}
