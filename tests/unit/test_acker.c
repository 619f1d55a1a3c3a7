/* SPDX-License-Identifier: MIT */
#include "acker.h"
#include "codec.h"
#include "memory.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    SMALL = 60,
    FULL = 1200,
};

static struct memory memory;
static struct hl_acker acker;

static void setup(void)
{
    memory_init(&memory);
    hl_acker_init(&acker);
}

static void teardown(void)
{
    hl_acker_fini(&acker, &memory.env);
}

TestSuite(acker, .init = setup, .fini = teardown);

static void got(hl_time now, uint64_t pn, size_t size)
{
    hl_acker_received(&acker, &memory.env, now, pn, true, size);
}

/* The ACK in packet pn of ours, decoded. */
static struct hl_codec_ack put(hl_time now, uint64_t pn)
{
    static uint8_t out[512];
    struct hl_codec_frame f;
    size_t len = hl_acker_put(&acker, now, out, sizeof out, pn);

    cr_assert_gt(len, 0);
    cr_assert_eq(hl_codec_next(out, len, &f), (int)len);
    cr_assert_eq(f.type, HL_CODEC_ACK);
    cr_assert_eq(hl_acker_deadline(&acker), HL_NEVER);
    return f.ack;
}

static void acked(uint64_t lo, uint64_t hi)
{
    hl_acker_acked(&acker, &(struct hl_range){lo, hi});
}

Test(acker, owes_nothing_at_first)
{
    uint8_t out[64];

    cr_assert_not(hl_acker_due(&acker, HL_SECS(1000)));
    cr_assert_eq(hl_acker_deadline(&acker), HL_NEVER);
    cr_assert_eq(hl_acker_put(&acker, 5, out, sizeof out, 0), 0);
}

/* What comes within 10 ms of each other from 1 s on, and when it has to be acknowledged. */
static const struct {
    const char *name;
    struct {
        hl_time after;
        uint64_t pn;
        bool eliciting;
        size_t size;
    } packets[4];
    size_t count;
    hl_time due; /* after 1 s, or HL_NEVER */
} arrivals[] = {
    {"one small packet", {{0, 0, true, SMALL}}, 1, HL_ACK_DELAY},
    {"one full packet", {{0, 0, true, FULL}}, 1, HL_ACK_DELAY},
    {"the first counts", {{0, 0, true, SMALL}, {900, 1, true, SMALL}}, 2, HL_ACK_DELAY},
    {"two full ones", {{0, 0, true, FULL}, {70, 1, true, FULL}}, 2, 70},
    {"full, small, full", {{0, 0, true, FULL}, {70, 1, true, SMALL}, {80, 2, true, FULL}}, 3, 80},
    {"many small ones",
     {{0, 0, true, SMALL}, {1, 1, true, SMALL}, {2, 2, true, SMALL}, {3, 3, true, SMALL}},
     4,
     HL_ACK_DELAY},
    {"a gap", {{0, 0, true, SMALL}, {50, 2, true, SMALL}}, 2, 50},
    {"a late one", {{0, 0, false, SMALL}, {1, 2, false, SMALL}, {9, 1, true, SMALL}}, 3, 9},
    {"nothing eliciting", {{0, 0, false, FULL}, {1, 1, false, FULL}}, 2, HL_NEVER},
    {"a gap that elicits nothing", {{0, 0, false, SMALL}, {1, 2, false, SMALL}}, 2, HL_NEVER},
    {"at once stays at once", {{0, 0, true, FULL}, {5, 1, true, FULL}, {9, 2, true, FULL}}, 3, 5},
};

Test(acker, knows_when_it_owes)
{
    for (size_t i = 0; i < sizeof arrivals / sizeof arrivals[0]; i++) {
        hl_time due = arrivals[i].due == HL_NEVER ? HL_NEVER : HL_SECS(1) + arrivals[i].due;

        for (size_t k = 0; k < arrivals[i].count; k++)
            hl_acker_received(&acker, &memory.env, HL_SECS(1) + arrivals[i].packets[k].after,
                              arrivals[i].packets[k].pn, arrivals[i].packets[k].eliciting,
                              arrivals[i].packets[k].size);
        cr_assert_eq(hl_acker_deadline(&acker), due, "%s", arrivals[i].name);
        cr_assert(due == HL_NEVER || hl_acker_due(&acker, due), "%s", arrivals[i].name);
        cr_assert_not(hl_acker_due(&acker, due - 1), "%s", arrivals[i].name);
        hl_acker_fini(&acker, &memory.env);
    }
}

Test(acker, tells_largest_delay_and_ranges)
{
    struct hl_codec_ack ack;
    struct hl_range r;

    for (uint64_t pn = 0; pn < 10; pn++)
        got(1000 + (hl_time)pn, pn, SMALL);
    cr_assert_eq(put(1500, 0).delay, 491);
    got(2000, 20, SMALL);
    got(2500, 15, SMALL); /* late: no news about the largest */
    ack = put(2600, 1);
    cr_assert(ack.largest == 20 && ack.delay == 600);
    cr_assert(hl_codec_ack_next(&ack, &r) && r.lo == 20 && r.hi == 21);
    cr_assert(hl_codec_ack_next(&ack, &r) && r.lo == 15 && r.hi == 16);
    cr_assert(hl_codec_ack_next(&ack, &r) && r.lo == 0 && r.hi == 10);
    cr_assert_not(hl_codec_ack_next(&ack, &r));
}

Test(acker, an_ack_settles_what_was_owed)
{
    got(1000, 0, FULL);
    got(1000, 1, FULL);
    put(1001, 0);
    got(3000, 2, FULL);
    cr_assert_eq(hl_acker_deadline(&acker), 3000 + HL_ACK_DELAY);
}

Test(acker, an_ack_without_room_is_still_owed)
{
    uint8_t out[4];

    got(10, 0, SMALL);
    cr_assert_eq(hl_acker_put(&acker, 20, out, sizeof out, 0), 0);
    cr_assert_eq(hl_acker_deadline(&acker), 10 + HL_ACK_DELAY);
}

static unsigned count(struct hl_codec_ack ack)
{
    struct hl_range r;
    unsigned n = 0;

    while (hl_codec_ack_next(&ack, &r))
        n++;
    return n;
}

Test(acker, what_the_peer_knows_is_not_repeated)
{
    struct hl_codec_ack ack;
    struct hl_range r;

    for (uint64_t pn = 0; pn < 20; pn += 2)
        got(1, pn, SMALL);
    cr_assert_eq(count(put(2, 7)), 10);
    got(3, 20, SMALL);
    acked(0, 7);
    acked(8, 9);
    cr_assert_eq(count(put(4, 9)), 11, "packet 7 may be lost");
    acked(5, 8);
    ack = put(5, 10);
    cr_assert_eq(count(ack), 2);
    cr_assert(hl_codec_ack_next(&ack, &r) && r.lo == 20);
    cr_assert(hl_codec_ack_next(&ack, &r) && r.lo == 18 && r.hi == 19);
    got(6, 3, SMALL); /* an old one that comes late is acknowledged for itself */
    cr_assert_eq(count(put(6, 11)), 3);
}

Test(acker, a_lost_ack_is_followed_by_another)
{
    for (uint64_t pn = 0; pn < 20; pn += 2)
        got(1, pn, SMALL);
    put(2, 7);
    acked(8, 10);
    put(2, 11); /* 7 may merely have been overtaken, so that 11 is not remembered */
    acked(11, 12);
    cr_assert_eq(count(put(3, 12)), 10);
    acked(12, 13);
    cr_assert_eq(count(put(4, 13)), 1);
}

Test(acker, the_oldest_of_too_many_ranges_is_forgotten)
{
    struct hl_codec_ack ack;
    struct hl_range r;

    for (uint64_t pn = 0; pn < 200; pn += 2)
        got(1, pn, SMALL);
    got(1, 1, SMALL); /* below all that is remembered: nothing to say about it */
    ack = put(2, 0);
    cr_assert_eq(count(ack), HL_CODEC_ACK_RANGES);
    for (uint64_t pn = 198; hl_codec_ack_next(&ack, &r); pn -= 2)
        cr_assert(r.lo == pn && r.hi == pn + 1);
}

Test(acker, lives_without_memory)
{
    memory.allowed = 0;
    for (uint64_t pn = 0; pn < 200; pn += 2)
        got(1, pn, SMALL);
    cr_assert_eq(count(put(2, 0)), HL_RANGES_INLINE);
    cr_assert_eq(memory.blocks, 0);
}
