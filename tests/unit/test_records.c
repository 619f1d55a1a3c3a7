/* SPDX-License-Identifier: MIT */
#include "records.h"

#include "err.h"
#include "net_limits.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint8_t buf[HL_RECORD_MAX];
static uint8_t wire[1 << 20];

/* Appends a record of len bytes, each made of its place in the stream. */
static size_t put(size_t at, size_t len)
{
    wire[at++] = (uint8_t)(len >> 8);
    wire[at++] = (uint8_t)len;
    for (size_t i = 0; i < len; i++, at++)
        wire[at] = (uint8_t)(at * 31);
    return at;
}

/* Feeds wire in pieces of step bytes; every record must be what the stream says at its place. */
static size_t count_records(size_t n, size_t step)
{
    struct hl_records r = {.buf = buf};
    size_t count = 0;
    size_t place = 0;

    for (size_t at = 0; at < n; at += step) {
        size_t end = at + step < n ? at + step : n;

        for (size_t off = at; off < end;) {
            const uint8_t *data;
            size_t len;
            int err;
            size_t taken = hl_records_take(&r, wire + off, end - off, &data, &len, &err);

            cr_assert(taken > 0 && off + taken <= end, "step %zu", step);
            cr_assert_eq(err, 0);
            off += taken;
            if (!data)
                continue;
            cr_assert_eq(len, (size_t)wire[place] << 8 | wire[place + 1], "step %zu", step);
            cr_assert_arr_eq(data, wire + place + 2, len);
            place += 2 + len;
            count++;
        }
    }
    cr_assert_eq(hl_records_waiting(&r), place < n, "step %zu", step);
    return count;
}

Test(records, every_length_comes_back_whatever_the_pieces)
{
    static const size_t lengths[] = {1, 2, 255, 256, 257, 1, 1400, 65535, 3, 65534, 9};
    static const size_t steps[] = {1, 2, 3, 7, 1000, 65535, 65536, 65537, sizeof(wire)};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        n = put(n, lengths[i]);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        cr_assert_eq(count_records(n, steps[i]), sizeof(lengths) / sizeof(lengths[0]));
}

Test(records, an_end_within_a_record_shows)
{
    size_t n = put(0, 300);

    for (size_t cut = 1; cut < n; cut++)
        cr_assert_eq(count_records(cut, 64), 0, "%zu", cut);
}

Test(records, a_length_of_zero_is_the_end)
{
    for (size_t step = 1; step < 5; step++) {
        struct hl_records r = {.buf = buf};
        size_t n = put(0, 5);
        size_t count = 0;
        int err = 0;

        memset(wire + n, 0, 4);
        for (size_t off = 0; err == 0;) {
            const uint8_t *data;
            size_t len;
            size_t most = n + 4 - off < step ? n + 4 - off : step;

            cr_assert_lt(off, n + 2, "step %zu: it passed", step);
            off += hl_records_take(&r, wire + off, most, &data, &len, &err);
            count += data != NULL;
        }
        cr_assert_eq(err, HL_ERR_FRAMING);
        cr_assert_eq(count, 1);
    }
}
