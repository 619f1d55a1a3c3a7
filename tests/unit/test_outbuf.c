/* SPDX-License-Identifier: MIT */
#include "outbuf.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(outbuf, a_message_is_done_when_its_last_byte_is)
{
    struct hl_outbuf o = {0};
    struct hl_outbuf_mark mark;

    cr_assert(hl_outbuf_add(&o, 1, "hello", 5));
    cr_assert(hl_outbuf_add(&o, 2, "you", 3));
    cr_assert_eq(hl_outbuf_first(&o), 5);
    hl_outbuf_wrote(&o, 4);
    cr_assert_not(hl_outbuf_done(&o, &mark));
    cr_assert_eq(hl_outbuf_first(&o), 1);
    hl_outbuf_wrote(&o, 2);
    cr_assert(hl_outbuf_done(&o, &mark));
    cr_assert_eq(mark.token, 1);
    cr_assert_not(hl_outbuf_done(&o, &mark));
    cr_assert_eq(hl_outbuf_first(&o), 2);
    cr_assert(hl_outbuf_drop(&o, &mark));
    cr_assert_eq(mark.token, 2);
    cr_assert_not(hl_outbuf_drop(&o, &mark));
    hl_outbuf_fini(&o);
}

/* The stream that comes out of random adds and partial writes is the one that went in. */
Test(outbuf, random_adds_and_writes)
{
    unsigned seed = 4855;
    struct hl_outbuf o = {0};
    uint64_t added = 0, written = 0, tokens = 0, done = 0;
    uint64_t ends[4000];

    for (int round = 0; round < 20000; round++) {
        if (rand_r(&seed) % 2 == 0 && tokens < 4000) {
            uint8_t data[400];
            size_t len = 1 + (size_t)rand_r(&seed) % sizeof(data);

            for (size_t i = 0; i < len; i++)
                data[i] = (uint8_t)((added + i) * 7);
            cr_assert(hl_outbuf_add(&o, tokens, data, len));
            added += len;
            ends[tokens++] = added;
        } else if (o.len > 0) {
            size_t n = 1 + (size_t)rand_r(&seed) % o.len;
            struct hl_outbuf_mark mark;

            for (size_t i = 0; i < n; i++)
                cr_assert_eq(o.bytes[o.head + i], (uint8_t)((written + i) * 7), "seed 4855");
            hl_outbuf_wrote(&o, n);
            written += n;
            while (hl_outbuf_done(&o, &mark)) {
                cr_assert_eq(mark.token, done);
                cr_assert_leq(ends[done], written);
                done++;
            }
            cr_assert(done == tokens || ends[done] > written);
        }
    }
    cr_assert_gt(done, 3000);
    hl_outbuf_fini(&o);
}
