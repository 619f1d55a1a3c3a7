/* SPDX-License-Identifier: MIT */
#include "couple.h"
#include "err.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINES = 5000,
    LINE = 100,
};

static struct couple couple;

/* Numbered lines from host 0 to host 1 on the chat stream. */
static struct {
    unsigned sent, got, acked;
    hl_time at[LINES];   /* when it was sent */
    hl_time took[LINES]; /* until it was there */
} lines;

static void note_line(struct couple *c, const struct hl_flow_event *ev)
{
    uint32_t number;

    cr_assert_eq(ev->len, LINE);
    memcpy(&number, ev->data, sizeof number);
    cr_assert_eq(number, lines.got, "line %u came, %u was due", number, lines.got);
    lines.took[number] = c->now - lines.at[number];
    lines.got++;
}

/* Bytes of stream 2 that arrived. */
static uint64_t bulk;

static void on_event(struct couple *c, int host, const struct hl_flow_event *ev)
{
    if (ev->kind == HL_FLOW_DATA)
        bulk += ev->len;
    if (host == 1 && ev->kind == HL_FLOW_MESSAGE && ev->stream == HL_STREAM_CHAT)
        note_line(c, ev);
    if (host == 0 && ev->kind == HL_FLOW_ACKED) {
        lines.acked++;
        cr_assert_eq(ev->token, lines.acked);
    }
}

static void setup(void)
{
    couple_init(&couple, 1);
    couple.event = on_event;
    memset(&lines, 0, sizeof lines);
}

static void teardown(void)
{
    couple_fini(&couple);
}

TestSuite(flow, .init = setup, .fini = teardown);

static int send_line(void)
{
    uint8_t line[LINE];
    int err;

    memset(line, 'x', sizeof line);
    memcpy(line, &lines.sent, sizeof lines.sent);
    lines.at[lines.sent] = couple.now;
    err = hl_flow_send(couple.host[0].flow, HL_STREAM_CHAT, line, sizeof line, lines.sent + 1);
    if (!err)
        lines.sent++;
    return err;
}

/* So many lines, one each 20 ms, and all that comes of them. */
static void talk(unsigned count)
{
    while (count-- > 0) {
        cr_assert_eq(send_line(), 0);
        couple_run(&couple, couple.now + HL_MS(20));
    }
    cr_assert(couple_settle(&couple, HL_SECS(60)));
    cr_assert_eq(lines.got, lines.sent);
    cr_assert_eq(lines.acked, lines.sent);
    cr_assert_eq(couple.host[0].err, 0);
    cr_assert_eq(couple.host[1].err, 0);
}

static int by_time(const void *a, const void *b)
{
    hl_time x = *(const hl_time *)a;
    hl_time y = *(const hl_time *)b;

    return (x > y) - (x < y);
}

static hl_time percentile(unsigned p)
{
    qsort(lines.took, lines.got, sizeof *lines.took, by_time);
    return lines.took[p == 100 ? lines.got - 1 : lines.got * p / 100];
}

Test(flow, a_line_arrives_and_is_acknowledged)
{
    talk(1);
    cr_assert_eq(percentile(100), HL_MS(25));
    cr_assert_eq(hl_flow_deadline(couple.host[0].flow, couple.now), HL_NEVER);
    cr_assert_eq(hl_flow_deadline(couple.host[1].flow, couple.now), HL_NEVER);
}

/* One line each 20 ms over 50 ms of round trip: 99 of 100 are there within so much. */
static const struct {
    unsigned lose; /* per mille */
    hl_time p99;
} losses[] = {{0, HL_MS(26)}, {10, HL_MS(30)}, {50, HL_MS(45)}, {200, HL_MS(65)}};

Test(flow, a_lost_line_is_hardly_late)
{
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        couple_fini(&couple);
        setup();
        couple.lose = losses[i].lose;
        talk(LINES);
        cr_assert_leq(percentile(99), losses[i].p99, "%u per mille: %" PRId64 " us", losses[i].lose,
                      percentile(99));
    }
}

Test(flow, an_outage_of_a_second_costs_hardly_more)
{
    talk(50);
    couple.dark_from = couple.now + HL_MS(500);
    couple.dark_to = couple.dark_from + HL_SECS(1);
    talk(200);
    cr_assert_leq(percentile(100), HL_MS(1050), "%" PRId64 " us", percentile(100));
}

/* A file fills a link of 20 Mbit/s: what it gets of the link, in a thousand, and how late chat is.
 */
static const struct {
    unsigned lose; /* per mille */
    unsigned share;
    hl_time p99;
} files[] = {{0, 920, HL_MS(35)}, {10, 920, HL_MS(35)}, {50, 890, HL_MS(40)}};

static void chat_beside_a_file(unsigned lose)
{
    static const uint8_t data[1 << 16];

    couple_fini(&couple);
    setup();
    bulk = 0;
    couple.rate = 2.5e6;
    couple.lose = lose;
    for (int i = 0; i < 500; i++) {
        cr_assert_eq(send_line(), 0);
        while (hl_flow_write(couple.host[0].flow, 2, data, sizeof data, false, 0) > 0)
            ;
        couple_run(&couple, couple.now + HL_MS(20));
    }
}

Test(flow, chat_is_hardly_late_while_a_file_fills_the_link)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        uint64_t share;

        chat_beside_a_file(files[i].lose);
        share = bulk * 1000 / (10 * UINT64_C(2500000));
        cr_assert_geq(share, files[i].share, "%u per mille lost: a share of %u", files[i].lose,
                      (unsigned)share);
        cr_assert_leq(percentile(99), files[i].p99, "%u per mille lost: %" PRId64 " us",
                      files[i].lose, percentile(99));
    }
}

Test(flow, all_arrives_in_order_over_a_bad_path)
{
    couple.lose = 200;
    couple.twice = 100;
    couple.late = 300;
    talk(2000);
}

Test(flow, no_timer_ends_in_vain)
{
    talk(200);
    cr_assert_leq(couple.vain, 2, "%" PRIu64, couple.vain);
}

Test(flow, the_same_seed_is_the_same_flow)
{
    uint64_t trace = 0;

    for (int i = 0; i < 3; i++) {
        couple_fini(&couple);
        setup();
        couple.random = i == 2 ? 6 : 5;
        couple.lose = 100;
        couple.late = 100;
        talk(300);
        if (i == 1)
            cr_assert_eq(couple.trace, trace);
        if (i == 2)
            cr_assert_neq(couple.trace, trace);
        trace = couple.trace;
    }
}
