/* SPDX-License-Identifier: MIT */
/* Paths change, hosts rest and restart: messages and bytes go on. */
#include "couple.h"
#include "err.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    MESSAGES = 900,
    FILE_SIZE = 3000000,
};

static struct couple couple;

/* Messages of host 0 have their number in front, and a length that follows from it. */
static struct {
    uint32_t sent, got, acked;
    uint32_t expect; /* the number that comes next at host 1 */
    uint32_t heard;  /* all below came at least once */
    uint64_t bytes;
    bool fin;
    int stopped;
} count;

static size_t length_of(uint32_t number)
{
    return 4 + number * 37 % 2000;
}

static void on_event(struct couple *c, int host, const struct hl_flow_event *ev)
{
    uint32_t number;

    (void)c;
    if (ev->kind == HL_FLOW_MESSAGE && host == 1) {
        memcpy(&number, ev->data, sizeof number);
        if (count.expect == UINT32_MAX) {
            cr_assert_leq(number, count.heard, "a message was left out");
            count.expect = number;
        }
        cr_assert_eq(number, count.expect);
        cr_assert_eq(ev->len, length_of(number));
        cr_assert(ev->len == 4 || ev->data[ev->len - 1] == (uint8_t)number);
        count.expect++;
        count.heard = count.expect > count.heard ? count.expect : count.heard;
        count.got++;
    } else if (ev->kind == HL_FLOW_ACKED && ev->stream == HL_STREAM_CHAT) {
        cr_assert_eq(ev->token, ++count.acked);
    } else if (ev->kind == HL_FLOW_DATA) {
        cr_assert_eq(ev->offset, count.bytes);
        count.bytes += ev->len;
        count.fin = ev->fin;
    } else if (ev->kind == HL_FLOW_STOPPED) {
        count.stopped++;
    }
}

static void setup(void)
{
    couple_init(&couple, 1);
    couple.event = on_event;
    memset(&count, 0, sizeof count);
}

static void teardown(void)
{
    couple_fini(&couple);
}

TestSuite(flow_paths, .init = setup, .fini = teardown);

static void send_messages(uint32_t n)
{
    static uint8_t text[2100];

    for (; n > 0; n--) {
        memset(text, (int)(count.sent & 0xff), sizeof text);
        memcpy(text, &count.sent, sizeof count.sent);
        cr_assert_eq(hl_flow_send(couple.host[0].flow, HL_STREAM_CHAT, text, length_of(count.sent),
                                  count.sent + 1),
                     0);
        count.sent++;
    }
}

static uint64_t write_file(uint64_t from)
{
    static uint8_t data[FILE_SIZE];
    ptrdiff_t n = hl_flow_write(couple.host[0].flow, 2, data, FILE_SIZE - from, true, 1);

    cr_assert_geq(n, 0);
    return from + (uint64_t)n;
}

static void expect_all(void)
{
    bool settled = couple_settle(&couple, HL_SECS(100));

    cr_assert_eq(couple.host[0].err, 0, "%d", couple.host[0].err);
    cr_assert_eq(couple.host[1].err, 0, "%d", couple.host[1].err);
    cr_assert(settled);
    cr_assert_eq(count.got, count.sent);
    cr_assert_eq(count.acked, count.sent);
}

/* Both hosts go over to another kind of path; what is on its way stays there or is lost. */
static void switch_path(bool reliable, bool lose)
{
    const struct hl_flow_path path = {.reliable = reliable, .datagram = 65535, .overhead = 29};

    for (int i = 0; i < 2; i++) {
        couple.host[i].path = path;
        hl_flow_set_path(couple.host[i].flow, couple.now, &path);
    }
    if (lose)
        couple_cut(&couple);
}

Test(flow_paths, a_reliable_path_needs_no_ack)
{
    switch_path(true, true);
    send_messages(MESSAGES);
    for (uint64_t at = 0; at < FILE_SIZE;) {
        at = write_file(at);
        couple_run(&couple, couple.now + HL_MS(10));
    }
    expect_all();
    cr_assert_eq(count.bytes, FILE_SIZE);
    cr_assert(count.fin);
}

Test(flow_paths, back_and_forth_between_kinds_of_paths)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        couple_fini(&couple);
        setup();
        couple.random = seed;
        couple.lose = 50;
        write_file(0);
        for (int i = 0; i < 20; i++) {
            send_messages((uint32_t)couple_random(&couple, 60) + 1);
            couple_run(&couple, couple.now + (hl_time)couple_random(&couple, 120000));
            switch_path(i % 2 == 0, couple_random(&couple, 2));
        }
        expect_all();
        cr_assert_eq(count.bytes, FILE_SIZE, "seed %u", (unsigned)seed);
        cr_assert(count.fin);
    }
}

/* One host knows of the new path a little earlier. */
Test(flow_paths, hosts_need_not_switch_together)
{
    const struct hl_flow_path tcp = {.reliable = true, .datagram = 65535, .overhead = 29};
    const struct hl_flow_path udp = {.datagram = COUPLE_DATAGRAM, .overhead = 29};

    for (int i = 0; i < 10; i++) {
        const struct hl_flow_path *path = i % 2 ? &udp : &tcp;

        send_messages(20);
        couple_run(&couple, couple.now + HL_MS(40));
        hl_flow_set_path(couple.host[i / 2 % 2].flow, couple.now, path);
        send_messages(5);
        couple_run(&couple, couple.now + HL_MS(20));
        hl_flow_set_path(couple.host[!(i / 2 % 2)].flow, couple.now, path);
    }
    expect_all();
}

Test(flow_paths, roaming_loses_nothing)
{
    write_file(0);
    for (int i = 0; i < 20; i++) {
        send_messages(20);
        couple_run(&couple, couple.now + HL_MS(70));
        switch_path(false, true);
    }
    expect_all();
}

/* ---- rest ---- */

Test(flow_paths, a_resting_flow_is_small_and_goes_on)
{
    for (int i = 0; i < 5; i++) {
        struct hl_flow_stats stats;

        send_messages(100);
        expect_all();
        for (int h = 0; h < 2; h++) {
            hl_flow_compact(couple.host[h].flow);
            hl_flow_stats(couple.host[h].flow, &stats);
            cr_assert_leq(stats.memory, 256 - 16, "%zu bytes", stats.memory);
            cr_assert_eq(couple.host[h].memory.blocks, 1);
            cr_assert_eq(hl_flow_deadline(couple.host[h].flow, couple.now), HL_NEVER);
            cr_assert(hl_flow_idle(couple.host[h].flow));
        }
        cr_assert_gt(stats.packets_sent, 0);
        hl_flow_stats(couple.host[0].flow, &stats);
        cr_assert_geq(stats.rtt, HL_MS(50));
        couple.now += HL_SECS(3600);
    }
}

Test(flow_paths, byte_streams_leave_no_weight_behind)
{
    struct hl_flow_stats stats;

    write_file(FILE_SIZE - 100000);
    expect_all();
    for (int h = 0; h < 2; h++) {
        hl_flow_compact(couple.host[h].flow);
        hl_flow_stats(couple.host[h].flow, &stats);
        cr_assert_leq(stats.memory, 256 - 16, "%zu bytes", stats.memory);
        cr_assert_eq(couple.host[h].memory.blocks, 1);
    }
    /* The number is still known to be used up. */
    cr_assert_gt(hl_flow_write(couple.host[0].flow, 2, "x", 1, false, 0), 0);
    couple_run(&couple, couple.now + HL_SECS(1));
    cr_assert_eq(count.bytes, 100000);
}

Test(flow_paths, a_busy_flow_does_not_rest)
{
    struct hl_flow_stats before, after;

    send_messages(3);
    couple_pump(&couple);
    hl_flow_stats(couple.host[0].flow, &before);
    hl_flow_compact(couple.host[0].flow);
    hl_flow_stats(couple.host[0].flow, &after);
    cr_assert_eq(before.memory, after.memory);
    cr_assert_not(hl_flow_idle(couple.host[0].flow));
    expect_all();
}

/* Limits outlive the rest: more than one window in all. */
Test(flow_paths, limits_go_on_after_a_rest)
{
    for (int i = 0; i < 10; i++) {
        send_messages(60);
        expect_all();
        hl_flow_compact(couple.host[i % 2].flow);
        if (i % 3 == 0)
            hl_flow_compact(couple.host[!(i % 2)].flow);
    }
}

/* ---- another instance ---- */

Test(flow_paths, a_new_instance_gets_what_the_old_one_did_not_confirm)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct hl_flow *old;

        couple_fini(&couple);
        setup();
        couple.random = seed;
        couple.lose = 100;
        for (int i = 0; i < 10; i++) {
            send_messages((uint32_t)couple_random(&couple, 40));
            cr_assert_eq(hl_flow_write(couple.host[0].flow, 2, "abc", 3, false, 0), 3);
            couple_run(&couple, couple.now + (hl_time)couple_random(&couple, 80000));
            /* Host 1 has lost all; what it had and did not say will come again. */
            couple_cut(&couple);
            hl_flow_free(couple.host[1].flow);
            couple_renew(&couple, 1);
            old = couple.host[0].flow;
            couple_renew(&couple, 0);
            cr_assert_eq(hl_flow_inherit(couple.host[0].flow, old, true), 0);
            hl_flow_free(old);
            count.expect = UINT32_MAX; /* told by the first that comes */
            count.bytes = 0;
            couple_pump(&couple);
            cr_assert_eq(count.stopped, i + 1);
        }
        cr_assert(couple_settle(&couple, HL_SECS(100)));
        cr_assert_eq(count.acked, count.sent, "seed %u", (unsigned)seed);
        cr_assert_eq(count.heard, count.sent);
    }
}
