/* SPDX-License-Identifier: MIT */
#include "bucket.h"
#include "memory.h"
#include "rules.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct hl_bucket_rate rate = {10, 20};

Test(bucket, lets_a_burst_through_and_then_its_rate)
{
    struct hl_bucket b;
    unsigned taken = 0;

    hl_bucket_init(&b, 0, &rate);
    for (hl_time now = 0; now < HL_SECS(100); now += HL_MS(1))
        taken += hl_bucket_take(&b, now, &rate);
    cr_assert(taken >= 1018 && taken <= 1021, "%u", taken);
}

Test(bucket, rests_as_long_as_it_likes)
{
    static const hl_time rests[] = {HL_SECS(2), HL_SECS(3600), INT64_MAX / 2};
    struct hl_bucket b;

    for (unsigned i = 0; i < 3; i++) {
        hl_bucket_init(&b, 0, &rate);
        while (hl_bucket_take(&b, 0, &rate))
            continue;
        cr_assert_eq(hl_bucket_level(&b, 0, &rate), 0);
        cr_assert_eq(hl_bucket_level(&b, HL_MS(100), &rate), 1);
        cr_assert_eq(hl_bucket_level(&b, rests[i], &rate), 20);
    }
}

static void draw(void *user, void *out, size_t len)
{
    (void)user;
    memset(out, 0x55, len);
}

static struct hl_addr v4(uint32_t n)
{
    struct hl_addr a = {.family = HL_AF_INET, .port = (uint16_t)n};

    memcpy(a.ip, &n, 4);
    return a;
}

Test(bucket, one_for_each_source)
{
    struct memory m;
    struct hl_buckets b;
    struct hl_addr a = v4(1), other = v4(2), six = {.family = HL_AF_INET6, .ip = {1}};
    struct hl_addr neighbour = six, far = six;

    memory_init(&m);
    m.env.random = draw;
    hl_buckets_init(&b, &m.env);
    for (unsigned i = 0; i < 20; i++)
        cr_assert(hl_buckets_take(&b, 0, &a, &rate));
    a.port = 99;
    cr_assert_not(hl_buckets_take(&b, 0, &a, &rate), "another port is no other source");
    cr_assert(hl_buckets_take(&b, 0, &other, &rate));
    neighbour.ip[15] = 7;
    far.ip[7] = 7;
    for (unsigned i = 0; i < 20; i++)
        cr_assert(hl_buckets_take(&b, 0, i % 2 ? &six : &neighbour, &rate), "one network of 64");
    cr_assert_not(hl_buckets_take(&b, 0, &neighbour, &rate));
    cr_assert(hl_buckets_take(&b, 0, &far, &rate));
    hl_buckets_fini(&b);
    cr_assert_eq(m.blocks, 0);
}

Test(bucket, a_flood_of_sources_takes_no_more_room)
{
    struct memory m;
    struct hl_buckets b;
    unsigned kept = 0;

    memory_init(&m);
    m.env.random = draw;
    hl_buckets_init(&b, &m.env);
    for (uint32_t i = 0; i < 100000; i++) {
        struct hl_addr a = v4(i);

        for (unsigned k = 0; k < 20; k++)
            cr_assert(hl_buckets_take(&b, i, &a, &rate), "a new source finds a full bucket");
    }
    cr_assert_eq(m.blocks, 1);
    for (uint32_t i = 100000 - 500; i < 100000; i++) {
        struct hl_addr a = v4(i);

        kept += !hl_buckets_take(&b, 100000, &a, &rate);
    }
    cr_assert_geq(kept, 400, "%u of the last 500 are remembered", kept);
    hl_buckets_fini(&b);
    m.allowed = 0;
    cr_assert_not(hl_buckets_take(&b, 0, &(struct hl_addr){.family = HL_AF_INET}, &rate));
}
