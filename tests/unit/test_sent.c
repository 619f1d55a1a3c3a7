/* SPDX-License-Identifier: MIT */
#include "memory.h"
#include "sent.h"

#include <criterion/criterion.h>

static struct memory memory;
static struct hl_sent sent;
static struct hl_rtt rtt;

static void setup(void)
{
    memory_init(&memory);
    hl_sent_init(&sent, 100);
    hl_rtt_init(&rtt);
    hl_rtt_sample(&rtt, HL_MS(40), 0);
}

static void teardown(void)
{
    hl_sent_fini(&sent, &memory.env);
    if (memory.blocks)
        abort();
}

TestSuite(sent, .init = setup, .fini = teardown);

/* A packet of that size; 0: an ACK alone. */
static void leave(hl_time now, uint16_t size)
{
    struct hl_sent_packet *p;

    cr_assert(hl_sent_room(&sent, &memory.env));
    p = hl_sent_slot(&sent);
    p->size = size;
    p->cc.sent = now;
    p->chunks = 1;
    p->chunk[0] = (struct hl_sent_chunk){.offset = sent.next};
    hl_sent_push(&sent, size > 0);
}

static bool was_lost;

/* The packet of [lo, hi] that is acknowledged next, by what it carried; 0: none. */
static uint64_t acked(uint64_t lo, uint64_t hi)
{
    uint64_t pn = lo;
    struct hl_sent_packet *p = hl_sent_acked(&sent, &pn, hi, &was_lost);

    if (p)
        cr_assert_eq(p->chunk[0].offset, pn);
    return p ? pn : 0;
}

static uint64_t lost(hl_time now)
{
    uint64_t pn;
    struct hl_sent_packet *p = hl_sent_lost(&sent, now, &rtt, &pn);

    if (p)
        cr_assert_eq(p->chunk[0].offset, pn);
    return p ? pn : 0;
}

Test(sent, a_packet_is_acknowledged_once)
{
    leave(0, 1000);
    leave(0, 500);
    cr_assert_eq(sent.in_flight, 1500);
    cr_assert_eq(acked(0, 101), 100);
    cr_assert_not(was_lost);
    cr_assert_eq(acked(0, 101), 101);
    cr_assert_eq(acked(0, 101), 0);
    cr_assert_eq(sent.in_flight, 0);
    cr_assert_eq(sent.flying, 0);
}

Test(sent, an_ack_alone_is_not_waited_for)
{
    leave(0, 0);
    cr_assert_eq(sent.flying, 0);
    cr_assert_eq(acked(0, 100), 0);
    hl_sent_trim(&sent, 0);
    cr_assert_eq(sent.base, sent.next);
}

Test(sent, three_later_packets_mean_loss)
{
    for (int i = 0; i < 5; i++)
        leave(0, 100);
    cr_assert_eq(acked(102, 102), 102);
    cr_assert_eq(lost(HL_MS(1)), 0);
    cr_assert_eq(sent.loss_time, HL_MS(45)); /* 9/8 of 40 ms */
    cr_assert_eq(acked(103, 103), 103);
    cr_assert_eq(lost(HL_MS(1)), 100);
    cr_assert_eq(lost(HL_MS(1)), 0);
    cr_assert_eq(sent.in_flight, 200);
}

Test(sent, time_means_loss_only_below_an_acknowledged_packet)
{
    leave(0, 100);
    leave(HL_MS(5), 100);
    cr_assert_eq(lost(HL_SECS(9)), 0);
    cr_assert_eq(sent.loss_time, HL_NEVER);
    cr_assert_eq(acked(101, 101), 101);
    cr_assert_eq(lost(HL_MS(44)), 0);
    cr_assert_eq(lost(HL_MS(45)), 100);
    cr_assert_eq(sent.loss_time, HL_NEVER);
}

Test(sent, a_late_acknowledgement_makes_it_patient)
{
    for (int i = 0; i < 20; i++)
        leave(0, 100);
    cr_assert_eq(acked(110, 110), 110);
    for (uint64_t pn = 100; pn <= 107; pn++)
        cr_assert_eq(lost(HL_MS(1)), pn);
    cr_assert_eq(lost(HL_MS(1)), 0);
    cr_assert_eq(acked(101, 101), 101);
    cr_assert(was_lost);
    cr_assert_eq(sent.reorder, 10);
    cr_assert_eq(acked(118, 118), 118);
    cr_assert_eq(lost(HL_MS(1)), 108);
    cr_assert_eq(lost(HL_MS(1)), 0);
}

Test(sent, lost_packets_are_remembered_for_a_while)
{
    for (int i = 0; i < 8; i++)
        leave(HL_MS(i), 100);
    cr_assert_eq(acked(103, 107), 103);
    while (acked(103, 107))
        ;
    while (lost(HL_MS(10)))
        ;
    hl_sent_trim(&sent, HL_MS(2));
    cr_assert_eq(sent.base, 102);
    hl_sent_trim(&sent, HL_MS(3));
    cr_assert_eq(sent.base, 108);
    cr_assert_eq(sent.lost, 0);
}

/* The packets that are open, against the obvious. */
Test(sent, the_ring_grows_around_its_corner)
{
    uint64_t open = 100;

    for (uint64_t pn = 100; pn < 5000; pn++) {
        leave(0, 10);
        if (pn % 3 == 0) {
            cr_assert_eq(acked(0, pn), open);
            open++;
            hl_sent_trim(&sent, 0);
        }
        cr_assert_eq(sent.flying, pn + 1 - open);
        cr_assert_eq(sent.base, open);
    }
}

Test(sent, without_memory_nothing_leaves)
{
    memory.allowed = 0;
    cr_assert_not(hl_sent_room(&sent, &memory.env));
    memory.allowed = -1;
    leave(0, 1);
    memory.allowed = 0;
    for (int i = 0; i < 15; i++)
        leave(0, 1);
    cr_assert_not(hl_sent_room(&sent, &memory.env));
    cr_assert_eq(acked(0, 115), 100);
    hl_sent_trim(&sent, 0);
    leave(0, 1);
}

Test(sent, there_is_a_bound)
{
    for (int i = 0; i < HL_SENT_PACKETS_MAX; i++)
        leave(0, 1);
    cr_assert_not(hl_sent_room(&sent, &memory.env));
}

Test(sent, an_abandoned_path_is_forgotten)
{
    for (int i = 0; i < 5; i++)
        leave(0, 100);
    cr_assert_eq(acked(104, 104), 104);
    cr_assert_eq(lost(0), 100);
    hl_sent_abandon(&sent);
    cr_assert_eq(sent.in_flight, 0);
    cr_assert_eq(acked(0, 104), 0);
    hl_sent_skip(&sent);
    cr_assert_eq(sent.next, 106);
    cr_assert_eq(sent.base, 106);
}
