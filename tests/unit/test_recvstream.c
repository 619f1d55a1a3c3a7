/* SPDX-License-Identifier: MIT */
#include "../sim/random.h"
#include "codec.h"
#include "err.h"
#include "flow.h"
#include "memory.h"
#include "recvstream.h"
#include "varint.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    TEXT = 600000,
};

static struct memory memory;
static struct hl_recvstream stream;
static uint8_t text[TEXT];   /* what the peer sends: byte i at offset i */
static uint8_t packet[TEXT]; /* which is gone once the stream is settled */
static size_t packet_len;

static void setup(void)
{
    memory_init(&memory);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7 + i / 251);
    hl_recvstream_init(&stream, false);
}

static void teardown(void)
{
    hl_recvstream_fini(&stream, &memory.env);
    if (memory.blocks)
        abort();
}

TestSuite(recvstream, .init = setup, .fini = teardown);

static int push_fin(uint64_t offset, size_t len, bool fin)
{
    struct hl_codec_stream f = {.offset = offset, .len = len, .fin = fin};

    f.data = packet + packet_len;
    memcpy(packet + packet_len, text + offset, len);
    packet_len += len;
    return hl_recvstream_push(&stream, &memory.env, &f);
}

static int push(uint64_t offset, size_t len)
{
    return push_fin(offset, len, false);
}

static void settle(void)
{
    cr_assert_eq(hl_recvstream_settle(&stream, &memory.env), 0);
    memset(packet, 0xa5, packet_len);
    packet_len = 0;
}

/* Takes the next piece, which must hold the right bytes. Its length, -1 = none. */
static long take(void)
{
    struct hl_recvstream_piece p;

    if (!hl_recvstream_data(&stream, &p))
        return -1;
    cr_assert_eq(memcmp(p.data, text + p.offset, p.len), 0);
    cr_assert_eq(stream.consumed, p.offset + p.len);
    return (long)p.len;
}

/* ---- bytes ---- */

Test(recvstream, bytes_in_order_are_not_copied)
{
    struct hl_recvstream_piece p;

    for (uint64_t at = 0; at < 200000; at += 1000) {
        cr_assert_eq(push(at, 1000), 0);
        cr_assert(hl_recvstream_data(&stream, &p));
        cr_assert(p.data == packet && p.len == 1000 && p.offset == at && !p.fin);
        cr_assert_not(hl_recvstream_data(&stream, &p));
        settle();
    }
    cr_assert_eq(memory.blocks, 0);
}

Test(recvstream, bytes_wait_for_their_turn)
{
    cr_assert_eq(push(100, 50), 0);
    cr_assert_eq(push(200, 50), 0);
    cr_assert_eq(take(), -1);
    settle();
    cr_assert_eq(push(0, 100), 0);
    cr_assert_eq(take(), 100);
    cr_assert_eq(take(), 50);
    cr_assert_eq(take(), -1);
    cr_assert_eq(push(120, 100), 0);
    cr_assert_eq(take(), 70);
    cr_assert_eq(take(), 30);
    cr_assert_eq(take(), -1);
    hl_recvstream_compact(&stream, &memory.env);
    cr_assert_eq(memory.blocks, 0);
    cr_assert_eq(hl_recvstream_memory(&stream), 0);
}

Test(recvstream, unread_bytes_are_kept)
{
    cr_assert_eq(push(0, 1000), 0);
    cr_assert_eq(push(1000, 1000), 0);
    settle();
    cr_assert_eq(push(2000, 500), 0);
    hl_recvstream_compact(&stream, &memory.env);
    cr_assert_eq(take(), 2000);
    cr_assert_eq(take(), 500);
    cr_assert_eq(take(), -1);
}

Test(recvstream, the_buffer_of_a_long_stream_stays_small)
{
    struct hl_codec_max max;
    size_t empty;

    cr_assert_eq(push(0, 1000), 0);
    settle();
    empty = hl_recvstream_memory(&stream);
    cr_assert_eq(take(), 1000);
    cr_assert_eq(push(1000, 4000), 0);
    settle();
    cr_assert_eq(hl_recvstream_memory(&stream), empty, "nothing of the first was left in it");
    cr_assert_eq(take(), 4000);

    /* one piece of 1000 bytes is missing at any time, and the one after it is there */
    cr_assert_eq(push(6000, 1000), 0);
    for (uint64_t at = 5000; at < TEXT - 4000; at += 2000) {
        cr_assert_eq(push(at + 3000, 1000), 0);
        cr_assert_eq(push(at, 1000), 0);
        cr_assert_eq(take(), 1000);
        cr_assert_eq(take(), 1000);
        settle();
        hl_recvstream_tell(&stream, 1, 0, 0, &max);
    }
    cr_assert_leq(hl_recvstream_memory(&stream), 4 * empty);
}

Test(recvstream, what_was_taken_is_ignored)
{
    cr_assert_eq(push(0, 1000), 0);
    cr_assert_eq(take(), 1000);
    settle();
    cr_assert_eq(push(0, 1000), 0);
    cr_assert_eq(push(500, 100), 0);
    cr_assert_eq(take(), -1);
    cr_assert_eq(push(900, 200), 0);
    cr_assert_eq(take(), 100);
    cr_assert_eq(memory.blocks, 0);
}

Test(recvstream, the_end_comes_once)
{
    struct hl_recvstream_piece p;

    cr_assert_eq(push_fin(10, 10, true), 0);
    cr_assert_eq(push(0, 10), 0);
    cr_assert(hl_recvstream_data(&stream, &p) && p.len == 10 && !p.fin);
    cr_assert_not(hl_recvstream_over(&stream));
    cr_assert(hl_recvstream_data(&stream, &p) && p.len == 10 && p.fin);
    cr_assert_not(hl_recvstream_data(&stream, &p));
    cr_assert(hl_recvstream_over(&stream));
    cr_assert_eq(push_fin(10, 10, true), 0);
    cr_assert_not(hl_recvstream_data(&stream, &p));
}

Test(recvstream, the_end_may_come_alone)
{
    struct hl_recvstream_piece p;

    cr_assert_eq(push(0, 10), 0);
    cr_assert_eq(take(), 10);
    cr_assert_eq(push_fin(10, 0, true), 0);
    cr_assert(hl_recvstream_data(&stream, &p) && p.len == 0 && p.fin && p.offset == 10);
    cr_assert_not(hl_recvstream_data(&stream, &p));
}

Test(recvstream, an_empty_stream_ends)
{
    struct hl_recvstream_piece p;

    cr_assert_eq(push_fin(0, 0, true), 0);
    cr_assert(hl_recvstream_data(&stream, &p) && p.len == 0 && p.fin);
    cr_assert(hl_recvstream_over(&stream));
}

/* ---- what a peer must not do ---- */

Test(recvstream, the_limit_holds)
{
    cr_assert_eq(push(HL_WINDOW_INITIAL - 10, 11), HL_ERR_FLOW_CONTROL);
    cr_assert_eq(push(HL_WINDOW_INITIAL + 1, 0), HL_ERR_FLOW_CONTROL);
    cr_assert_eq(push(HL_WINDOW_INITIAL - 10, 10), 0);
    cr_assert_eq(hl_recvstream_reset(&stream, &memory.env, HL_WINDOW_INITIAL + 1),
                 HL_ERR_FLOW_CONTROL);
}

Test(recvstream, the_size_is_final)
{
    cr_assert_eq(push(10, 10), 0);
    cr_assert_eq(push_fin(0, 19, true), HL_ERR_STREAM_STATE);
    cr_assert_eq(hl_recvstream_reset(&stream, &memory.env, 19), HL_ERR_STREAM_STATE);
    cr_assert_eq(push_fin(20, 5, true), 0);
    cr_assert_eq(push_fin(20, 4, true), HL_ERR_STREAM_STATE);
    cr_assert_eq(push_fin(20, 6, true), HL_ERR_STREAM_STATE);
    cr_assert_eq(push(20, 6), HL_ERR_STREAM_STATE);
    cr_assert_eq(push(25, 0), 0);
    cr_assert_eq(hl_recvstream_reset(&stream, &memory.env, 24), HL_ERR_STREAM_STATE);
    cr_assert_eq(hl_recvstream_reset(&stream, &memory.env, 26), HL_ERR_STREAM_STATE);
    cr_assert_eq(hl_recvstream_reset(&stream, &memory.env, 25), 0);
    cr_assert(hl_recvstream_over(&stream) && memory.blocks == 0);
    cr_assert_eq(take(), -1);
    cr_assert_eq(push(0, 25), 0);
    cr_assert_eq(take(), -1);
}

Test(recvstream, message_streams_never_end)
{
    hl_recvstream_init(&stream, true);
    cr_assert_eq(push_fin(0, 0, true), HL_ERR_STREAM_STATE);
    cr_assert_eq(hl_recvstream_reset(&stream, &memory.env, 0), HL_ERR_STREAM_STATE);
}

Test(recvstream, what_nobody_wants_is_dropped)
{
    cr_assert_eq(push(0, 10), 0);
    cr_assert_eq(push(20, 10), 0);
    hl_recvstream_discard(&stream, &memory.env);
    cr_assert_eq(memory.blocks, 0);
    cr_assert_eq(take(), -1);
    cr_assert_eq(push(10, 10), 0);
    cr_assert_eq(push(30, 1), 0);
    cr_assert(take() == -1 && memory.blocks == 0);
    cr_assert_not(hl_recvstream_over(&stream));
    cr_assert_eq(push_fin(0, 29, true), HL_ERR_STREAM_STATE);
    cr_assert_eq(push_fin(30, 1, true), 0);
    cr_assert(hl_recvstream_over(&stream));
    cr_assert_eq(take(), -1);
}

Test(recvstream, crumbs_are_refused_but_not_what_fills_the_gap)
{
    size_t n = 0;
    int err = 0;

    while (err == 0) {
        n++;
        err = push(n * 2, 1);
    }
    cr_assert_eq(err, -ENOBUFS);
    cr_assert_eq(n, HL_RECVSTREAM_GAPS + 1);
    cr_assert_eq(push(0, 2 * n), 0);
    cr_assert_eq(take(), 2 * (long)n);
    cr_assert_eq(push(2 * n, 1), 0);
    cr_assert_eq(take(), 1);
}

Test(recvstream, without_memory_nothing_is_taken)
{
    memory.allowed = 0;
    cr_assert_eq(push_fin(10, 10, true), -ENOMEM);
    cr_assert(stream.highest == 0 && stream.final == UINT64_MAX);
    cr_assert_eq(push(0, 10), 0);
    cr_assert_eq(push(10, 10), -ENOMEM);
    cr_assert_eq(take(), 10);
    cr_assert_eq(push(10, 10), 0);
    cr_assert_eq(take(), 10);
    settle();
    cr_assert_eq(push(20, 10), 0);
    cr_assert_eq(hl_recvstream_settle(&stream, &memory.env), -ENOMEM);
    cr_assert_eq(take(), -1, "they went with the packet");
}

/* What was kept of the packets before can be read. */
Test(recvstream, without_memory_the_last_packet_is_lost)
{
    cr_assert_eq(push(0, 4000), 0);
    settle();
    memory.allowed = 0;
    cr_assert_eq(push_fin(4000, 1000, true), 0);
    cr_assert_eq(hl_recvstream_settle(&stream, &memory.env), -ENOMEM);
    cr_assert_eq(take(), 4000);
    cr_assert_eq(take(), -1, "nor does the stream end there");
    cr_assert_not(stream.ended);
}

/* ---- messages ---- */

/* Writes a message at offset at of text: each of its bytes is fill. Returns where the next goes. */
static size_t write_message(size_t at, size_t len, uint8_t fill)
{
    size_t head = hl_varint_put(text + at, HL_VARINT_LEN_MAX, len);

    memset(text + at + head, fill, len);
    return at + head + len;
}

/* Takes a message and checks its bytes. Its length, 0 = none. */
static size_t take_message(uint8_t fill)
{
    const uint8_t *data;
    size_t len;
    int got = hl_recvstream_message(&stream, &memory.env, &data, &len);

    cr_assert_geq(got, 0, "%s", hl_err_text(got));
    if (got == 0)
        return 0;
    for (size_t i = 0; i < len; i++)
        cr_assert_eq(data[i], fill);
    return len;
}

Test(recvstream, messages_in_a_packet_are_not_copied)
{
    size_t end = 0;

    hl_recvstream_init(&stream, true);
    for (uint8_t i = 1; i < 100; i++)
        end = write_message(end, i, i);
    cr_assert_eq(push(0, end), 0);
    for (uint8_t i = 1; i < 100; i++)
        cr_assert_eq(take_message(i), i);
    cr_assert_eq(take_message(0), 0);
    settle();
    cr_assert_eq(memory.blocks, 0);
}

/* Lengths whose varint is 1, 2 and 4 bytes long. */
static const size_t message_lengths[] = {1, 5, 63, 64, 300, 16383, 16384, HL_MESSAGE_MAX, 2};
enum {
    MESSAGES = sizeof message_lengths / sizeof message_lengths[0],
};

Test(recvstream, messages_are_put_together_from_packets_of_any_size)
{
    static const size_t sizes[] = {1, 2, 3, 7, 64, 1200, 16000, 65000};
    size_t end = 0;

    for (uint8_t i = 0; i < MESSAGES; i++)
        end = write_message(end, message_lengths[i], i);
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        uint8_t next = 0;

        hl_recvstream_init(&stream, true);
        for (size_t at = 0; at < end; at += sizes[k]) {
            size_t len = end - at < sizes[k] ? end - at : sizes[k];

            cr_assert_eq(push(at, len), 0);
            for (size_t got; (got = take_message(next)) > 0; next++)
                cr_assert_eq(got, message_lengths[next]);
            settle();
        }
        cr_assert_eq(next, MESSAGES, "packets of %zu", sizes[k]);
        hl_recvstream_compact(&stream, &memory.env);
        cr_assert_eq(memory.blocks, 0);
    }
}

Test(recvstream, a_packet_that_fills_a_gap_is_joined)
{
    size_t end;

    hl_recvstream_init(&stream, true);
    end = write_message(0, 100, 1);
    end = write_message(end, 300, 2);
    end = write_message(end, 200, 3);
    cr_assert_eq(push(0, 50), 0);
    settle();
    cr_assert_eq(push(250, end - 250), 0); /* begins within the second */
    settle();
    cr_assert_eq(take_message(0), 0);
    cr_assert_eq(push(50, 200), 0);
    cr_assert_eq(take_message(1), 100);
    cr_assert_eq(take_message(2), 300);
    cr_assert_eq(take_message(3), 200);
    cr_assert_eq(take_message(0), 0);
}

Test(recvstream, a_buffer_slides_below_a_packet)
{
    size_t second;
    size_t end;

    hl_recvstream_init(&stream, true);
    second = write_message(0, 2500, 1);
    end = write_message(second, 7000, 2);
    cr_assert_eq(push(0, 4000), 0); /* nearly fills the buffer */
    settle();
    cr_assert_eq(take_message(1), 2500);
    cr_assert_eq(push(4000, 4000), 0);
    cr_assert_eq(push(8000, end - 8000), 0); /* copied, though the one before is not yet */
    cr_assert_eq(take_message(2), 7000);
}

Test(recvstream, impossible_lengths_end_the_session)
{
    static const uint64_t lengths[] = {0, HL_MESSAGE_MAX + 1, HL_VARINT_MAX};
    const uint8_t *data;
    size_t len;

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t head = hl_varint_put(text, HL_VARINT_LEN_MAX, lengths[i]);

        hl_recvstream_init(&stream, true);
        cr_assert_eq(push(0, head), 0);
        for (int again = 0; again < 2; again++)
            cr_assert_eq(hl_recvstream_message(&stream, &memory.env, &data, &len),
                         HL_ERR_BAD_MESSAGE);
    }
}

Test(recvstream, a_message_waits_for_memory)
{
    const uint8_t *data;
    size_t len;
    size_t end;

    hl_recvstream_init(&stream, true);
    end = write_message(0, 10000, 9);
    cr_assert_eq(push(0, 4000), 0);
    settle();
    cr_assert_eq(push(4000, end - 4000), 0);
    memory.allowed = 0;
    cr_assert_eq(hl_recvstream_message(&stream, &memory.env, &data, &len), -ENOMEM);
    memory.allowed = -1;
    cr_assert_eq(take_message(9), 10000);
}

/* ---- credit ---- */

static void tell(hl_time now, hl_time rtt, struct hl_codec_max *max)
{
    hl_recvstream_tell(&stream, now, rtt, SIZE_MAX, max);
}

Test(recvstream, credit_is_worth_saying_for_half_a_window)
{
    struct hl_codec_max max;

    cr_assert_not(hl_recvstream_credit_due(&stream, true));
    cr_assert_eq(push(0, HL_WINDOW_INITIAL / 2), 0);
    cr_assert_not(hl_recvstream_credit_due(&stream, false));
    cr_assert(hl_recvstream_credit_due(&stream, true));
    cr_assert_eq(take(), HL_WINDOW_INITIAL / 2);
    cr_assert(hl_recvstream_credit_due(&stream, false));
    tell(HL_SECS(1), 0, &max);
    cr_assert(max.received == HL_WINDOW_INITIAL / 2 && max.limit == HL_WINDOW_INITIAL * 3 / 2);
    cr_assert_not(hl_recvstream_credit_due(&stream, false));
    cr_assert_not(hl_recvstream_credit_due(&stream, true));
    tell(HL_SECS(1), 0, &max); /* sent again */
    cr_assert_eq(max.limit, HL_WINDOW_INITIAL * 3 / 2);
    cr_assert_eq(push(HL_WINDOW_INITIAL / 2, HL_WINDOW_INITIAL), 0);
    cr_assert_eq(push(HL_WINDOW_INITIAL * 3 / 2, 1), HL_ERR_FLOW_CONTROL);
}

Test(recvstream, a_stream_whose_end_is_known_needs_no_credit)
{
    cr_assert_eq(push_fin(0, HL_WINDOW_INITIAL, true), 0);
    cr_assert_eq(take(), HL_WINDOW_INITIAL);
    cr_assert_not(hl_recvstream_credit_due(&stream, false));
    cr_assert(hl_recvstream_credit_due(&stream, true));
}

Test(recvstream, the_first_half_window_tells_no_pace)
{
    struct hl_codec_max max;

    cr_assert_eq(push(0, HL_WINDOW_INITIAL), 0);
    cr_assert_eq(take(), HL_WINDOW_INITIAL);
    tell(1, HL_MS(50), &max);
    cr_assert_eq(stream.window, HL_WINDOW_INITIAL);
}

/* Bytes without content: a window's worth of them arrives and is taken at once. */
static void consume(uint64_t len)
{
    struct hl_codec_stream f = {.offset = stream.received, .data = text};
    struct hl_recvstream_piece p;

    for (f.len = 50000; len; len -= f.len) {
        f.len = len < f.len ? (size_t)len : f.len;
        f.offset = stream.received;
        cr_assert_eq(hl_recvstream_push(&stream, &memory.env, &f), 0);
        cr_assert(hl_recvstream_data(&stream, &p));
        settle();
    }
}

/* Round trips per half window, and the window after 20 of them. */
static const struct {
    hl_time pause, rtt;
    size_t spare;
    bool messages;
    uint32_t window;
} paces[] = {
    {HL_MS(160), HL_MS(50), SIZE_MAX, false, HL_WINDOW_BYTES},
    {HL_MS(240), HL_MS(50), SIZE_MAX, false, HL_WINDOW_INITIAL},
    {HL_MS(40), HL_MS(50), 0, false, HL_WINDOW_INITIAL},
    {HL_MS(40), 0, SIZE_MAX, false, HL_WINDOW_INITIAL},
};

Test(recvstream, the_window_grows_with_the_pace)
{
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        hl_time now = HL_SECS(5);
        struct hl_codec_max max;

        hl_recvstream_init(&stream, false);
        for (int round = 0; round < 20; round++, now += paces[i].pause) {
            consume(stream.window / 2);
            cr_assert(hl_recvstream_credit_due(&stream, false));
            hl_recvstream_tell(&stream, now, paces[i].rtt, paces[i].spare, &max);
            cr_assert_eq(max.limit, stream.consumed + stream.window);
        }
        cr_assert_eq(stream.window, paces[i].window, "row %zu: %u", i, stream.window);
    }
    cr_assert_eq(memory.blocks, 0);
}

Test(recvstream, the_window_of_messages_grows_less)
{
    hl_time now = HL_SECS(5);
    struct hl_codec_max max;

    hl_recvstream_init(&stream, true);
    for (int round = 0; round < 20; round++, now += 10) {
        stream.consumed = stream.received = stream.highest = stream.received + stream.window / 2;
        tell(now, HL_MS(1), &max);
    }
    cr_assert_eq(stream.window, HL_WINDOW_MESSAGES);
}

/* ---- against the obvious ---- */

/* One packet of up to three pieces somewhere around what is wanted, read now or later. */
static void random_packet(struct sim_random *random, bool *have, size_t size)
{
    for (uint64_t n = sim_random_below(random, 3) + 1; n > 0; n--) {
        uint64_t lo = stream.received + sim_random_below(random, 1000);
        size_t len = (size_t)(sim_random_below(random, 700));

        lo = lo > 300 ? lo - 300 : 0;
        lo = lo < size ? lo : size;
        len = len < size - lo ? len : (size_t)(size - lo);
        cr_assert_eq(push_fin(lo, len, lo + len == size), 0);
        memset(have + lo, true, len);
    }
}

static void follow(uint64_t seed)
{
    static bool have[TEXT];
    const size_t size = 60000;
    struct hl_recvstream_piece p = {0};
    struct sim_random random = {seed};

    hl_recvstream_init(&stream, false);
    memset(have, 0, size);
    while (!p.fin) {
        size_t here = stream.consumed;

        random_packet(&random, have, size);
        while (here < size && have[here])
            here++;
        cr_assert_eq(stream.received, here, "seed %" PRIu64, seed);
        for (uint64_t n = sim_random_below(&random, 4); n > 0 && hl_recvstream_data(&stream, &p);
             n--)
            cr_assert_eq(memcmp(p.data, text + p.offset, p.len), 0, "seed %" PRIu64, seed);
        settle();
        if (sim_random_below(&random, 8) == 0)
            hl_recvstream_compact(&stream, &memory.env);
    }
    cr_assert_eq(stream.consumed, size, "seed %" PRIu64, seed);
    hl_recvstream_fini(&stream, &memory.env);
}

Test(recvstream, random_packets_match_a_slow_model)
{
    for (uint64_t seed = 0; seed < 100; seed++)
        follow(seed);
}
