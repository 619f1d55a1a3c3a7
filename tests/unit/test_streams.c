/* SPDX-License-Identifier: MIT */
#include "codec.h"
#include "err.h"
#include "flow.h"
#include "memory.h"
#include "streams.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

static struct memory memory;
static struct hl_streams table;

static void setup(void)
{
    memory_init(&memory);
    hl_streams_init(&table);
}

static void teardown(void)
{
    hl_streams_fini(&table, &memory.env);
    if (memory.blocks)
        abort();
}

TestSuite(streams, .init = setup, .fini = teardown);

static struct hl_instream *open_stream(uint64_t id)
{
    struct hl_instream *s;

    cr_assert_eq(hl_streams_open(&table, &memory.env, id, &s), 0);
    cr_assert(!s || s->id == id);
    return s;
}

static void close_stream(uint64_t id)
{
    hl_streams_close(&table, &memory.env, hl_streams_find(&table, id));
}

Test(streams, the_first_frame_opens)
{
    struct hl_instream *a;
    struct hl_instream *b;

    cr_assert_null(hl_streams_find(&table, 7));
    a = open_stream(7);
    b = open_stream(3);
    cr_assert(a && b && a != b && table.count == 2);
    cr_assert(open_stream(7) == a && hl_streams_find(&table, 3) == b);
    cr_assert(table.open[0] == b && table.open[1] == a);
    cr_assert_null(hl_streams_find(&table, 5));
}

Test(streams, what_is_over_does_not_open_again)
{
    open_stream(2);
    open_stream(4);
    close_stream(2);
    cr_assert_null(open_stream(2));
    cr_assert_null(hl_streams_find(&table, 2));
    cr_assert_not_null(open_stream(3));
    for (uint64_t id = 5; id < 10000; id++) {
        open_stream(id);
        close_stream(id);
    }
    cr_assert_null(open_stream(9000));
    cr_assert_eq(table.over.count, 2);
}

Test(streams, no_more_than_allowed)
{
    struct hl_instream *s;
    uint64_t id = HL_STREAM_BYTES;

    for (; id < HL_STREAM_BYTES + HL_STREAMS_MAX; id++)
        open_stream(id);
    cr_assert_eq(hl_streams_open(&table, &memory.env, id, &s), HL_ERR_STREAM_LIMIT);
    cr_assert_not_null(open_stream(HL_STREAM_BYTES));
    close_stream(HL_STREAM_BYTES);
    cr_assert_not_null(open_stream(id));
}

Test(streams, numbers_left_out_are_given_up_one_day)
{
    for (uint64_t id = 2; id < 2000; id += 2) {
        open_stream(id);
        close_stream(id);
    }
    cr_assert_eq(table.over.count, HL_STREAMS_SKIPPED);
    cr_assert_null(open_stream(3));
    cr_assert_not_null(open_stream(1997));
}

Test(streams, lives_without_memory)
{
    struct hl_instream *s;

    for (uint64_t id = 2; id < 22; id += 2)
        open_stream(id);
    memory.allowed = 0;
    cr_assert_eq(hl_streams_open(&table, &memory.env, 100, &s), -ENOMEM);
    for (uint64_t id = 2; id < 22; id += 2)
        close_stream(id);
    for (uint64_t id = 2; id < 22; id += 2)
        cr_assert_null(open_stream(id));
    memory.allowed = 1; /* for the stream, not for the table */
    cr_assert_not_null(open_stream(100));
}

Test(streams, windows_share_a_budget)
{
    struct hl_codec_max max;
    uint64_t total = 0;

    for (uint64_t id = 2; id < 12; id++) {
        struct hl_instream *s = open_stream(id);

        for (hl_time now = 1; now < 20; now++) {
            s->recv.consumed = s->recv.received = s->recv.received + s->recv.window / 2;
            hl_streams_tell(&table, s, now, HL_MS(1), &max);
            cr_assert(max.stream == id && max.limit == s->recv.consumed + s->recv.window);
        }
        total += s->recv.window - HL_WINDOW_INITIAL;
        cr_assert(total == table.widened && total <= HL_STREAMS_WINDOW);
    }
    cr_assert_eq(total, HL_STREAMS_WINDOW);
    for (uint64_t id = 2; id < 12; id++)
        close_stream(id);
    cr_assert_eq(table.widened, 0);
}
