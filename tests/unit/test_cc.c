/* SPDX-License-Identifier: MIT */
/* Congestion control against a bottleneck in simulated time: 20 Mbit/s, a round trip of 50 ms and a
 * queue of 128 KB where nothing else is said. Shares are of payload, in thousandths of the link, so
 * that the most that can be reached with datagrams of 1200 bytes is 956, and of 2400 bytes 977. */
#include "bottleneck.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum {
    RATE = 2500000, /* bytes per second */
    SEEDS = 10,
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static const struct net_link wide_area = {
    .steps = {{0, RATE, HL_MS(25)}},
    .queue = 128 << 10,
};

static struct net *one_flow(const struct net_link *link, uint64_t seed)
{
    struct net *net = net_new(link, 1, seed);

    net->flows[0].timer_late = 200;
    net->flows[0].rx_late = 100;
    return net;
}

/* Of the link at that rate, of what came between two times; runs until the second. */
static unsigned share_until(struct net *net, unsigned flow, uint64_t rate, hl_time until)
{
    hl_time from = net->now;
    uint64_t before = net->flows[flow].received;

    net_run(net, until);
    return (unsigned)((net->flows[flow].received - before) * HL_SECS(1) * 1000 / rate /
                      (uint64_t)(until - from));
}

static unsigned lost_of_thousand(const struct net_flow *flow)
{
    return (unsigned)(flow->dropped * 1000 / flow->sent);
}

Test(cc, is_small)
{
    cr_expect_leq(sizeof(struct hl_cc), 350, "%zu bytes", sizeof(struct hl_cc));
}

/* Start-up included: 8 seconds from the first packet. */
Test(cc, random_loss_does_not_slow_it)
{
    static const struct {
        unsigned loss; /* per 100 000 */
        unsigned share;
    } rows[] = {{0, 950}, {1000, 945}, {5000, 900}, {10000, 850}};

    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct net_link link = wide_area;
            struct net *net;
            unsigned got;
            hl_time p99;

            link.loss = rows[i].loss;
            net = one_flow(&link, seed);
            net->flows[0].datagram = 2400;
            got = share_until(net, 0, RATE, HL_SECS(8));
            p99 = net_queue(net, 990, 0, HL_NEVER);
            printf("loss %2u %%, seed %2d: share %u, queue p50 %d us, p99 %d us\n",
                   rows[i].loss / 1000, (int)seed, got, (int)net_queue(net, 500, 0, HL_NEVER),
                   (int)p99);
            cr_expect_geq(got, rows[i].share, "loss %u, seed %d: %u", rows[i].loss, (int)seed, got);
            cr_expect_leq(p99, HL_MS(9), "loss %u, seed %d: queue %d us", rows[i].loss, (int)seed,
                          (int)p99);
            net_free(net);
        }
    }
}

/* A message every 20 ms on a second connection: 25 ms of it are propagation. */
Test(cc, chat_does_not_wait_behind_bulk)
{
    static const uint64_t datagrams[] = {1200, 1452, 2400};

    for (size_t i = 0; i < LENGTH(datagrams); i++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct net *net = net_new(&wide_area, 2, seed);
            unsigned got;
            hl_time p99, worst;

            net->flows[0].datagram = datagrams[i];
            net->flows[0].timer_late = 200;
            net->flows[1].start = HL_MS(200);
            net->flows[1].datagram = 400;
            net->flows[1].chat_every = HL_MS(20);
            got = share_until(net, 0, RATE, HL_SECS(8));
            p99 = net_latency(&net->flows[1], 990);
            worst = net_latency(&net->flows[1], 1000);
            printf("datagram %d, seed %2d: chat p50 %d us, p99 %d us, worst %d us beside %u\n",
                   (int)datagrams[i], (int)seed, (int)net_latency(&net->flows[1], 500), (int)p99,
                   (int)worst, got);
            cr_expect_leq(p99, HL_MS(33), "seed %d: p99 %d us", (int)seed, (int)p99);
            cr_expect_leq(worst, HL_MS(40), "seed %d: worst %d us", (int)seed, (int)worst);
            cr_expect_geq(got, 920, "seed %d: share %u", (int)seed, got);
            net_free(net);
        }
    }
}

/* The smallest share in four seconds, of what it ought to be. */
static unsigned smallest_part(struct net *net, hl_time until)
{
    uint64_t before[NET_FLOWS], least = UINT64_MAX, sum = 0;

    for (unsigned i = 0; i < net->count; i++)
        before[i] = net->flows[i].received;
    net_run(net, until);
    for (unsigned i = 0; i < net->count; i++) {
        uint64_t got = net->flows[i].received - before[i];

        sum += got;
        least = got < least ? got : least;
    }
    return (unsigned)(least * 1000 * net->count / sum);
}

Test(cc, flows_share_evenly)
{
    static const struct {
        unsigned flows;
        hl_time apart; /* the later find the queue of the earlier */
        unsigned soon, later;
        hl_time queue;
    } rows[] = {
        {2, 0, 850, 950, HL_MS(8)},
        {2, HL_SECS(1), 750, 900, HL_MS(8)},
        {3, HL_MS(700), 550, 850, HL_MS(10)},
        {4, HL_MS(300), 350, 850, HL_MS(12)},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct net *net = net_new(&wide_area, rows[i].flows, seed);
            unsigned soon, later;
            hl_time started = (rows[i].flows - 1) * rows[i].apart, queue;

            for (unsigned k = 0; k < rows[i].flows; k++) {
                net->flows[k].start = k * (rows[i].apart + (hl_time)seed * 7001);
                net->flows[k].timer_late = 200;
            }
            net_run(net, started + HL_SECS(2));
            soon = smallest_part(net, started + HL_SECS(8));
            net_run(net, started + HL_SECS(16));
            later = smallest_part(net, started + HL_SECS(20));
            queue = net_queue(net, 500, started + HL_SECS(16), HL_NEVER);
            printf("%u flows %d ms apart, seed %2d: smallest %u, later %u, queue p50 %d us\n",
                   rows[i].flows, (int)(rows[i].apart / 1000), (int)seed, soon, later, (int)queue);
            cr_expect_geq(soon, rows[i].soon, "row %zu, seed %d: %u", i, (int)seed, soon);
            cr_expect_geq(later, rows[i].later, "row %zu, seed %d: later %u", i, (int)seed, later);
            cr_expect_leq(queue, rows[i].queue, "row %zu, seed %d: queue %d us", i, (int)seed,
                          (int)queue);
            net_free(net);
        }
    }
}

/* Ten packets of queue, at three rates. */
Test(cc, shallow_queue_is_not_flooded)
{
    static const uint64_t rates[] = {625000, RATE, 12500000};

    for (size_t i = 0; i < LENGTH(rates); i++) {
        struct net_link link = {.steps = {{0, rates[i], HL_MS(25)}}, .queue = 10 * 1255};
        struct net *net = one_flow(&link, 1);
        unsigned got = share_until(net, 0, rates[i], HL_SECS(8));
        unsigned lost = lost_of_thousand(&net->flows[0]);

        printf("shallow queue at %d B/s: share %u, %u of a thousand lost\n", (int)rates[i], got,
               lost);
        cr_expect_leq(lost, 20, "%d B/s: %u", (int)rates[i], lost);
        cr_expect_geq(got, 850, "%d B/s: %u", (int)rates[i], got);
        net_free(net);
    }
}

Test(cc, recovers_from_an_outage)
{
    struct net_link link = wide_area;
    struct net *net;
    unsigned soon, later;

    link.down_from = HL_SECS(4);
    link.down_to = HL_SECS(5);
    net = one_flow(&link, 1);
    net_run(net, HL_SECS(5));
    soon = share_until(net, 0, RATE, HL_SECS(6));
    later = share_until(net, 0, RATE, HL_SECS(7));
    printf("after an outage: share %u in the first second, %u in the next\n", soon, later);
    cr_expect_geq(soon, 500, "%u", soon);
    cr_expect_geq(later, 930, "%u", later);
    net_free(net);
}

Test(cc, follows_the_rate)
{
    static const uint64_t rates[] = {RATE, RATE / 4};

    for (size_t i = 0; i < 2; i++) {
        struct net_link link = {
            .steps = {{0, rates[i], HL_MS(25)}, {HL_SECS(4), rates[1 - i], HL_MS(25)}},
            .queue = 128 << 10,
        };
        struct net *net = one_flow(&link, 1);
        unsigned soon, later;
        hl_time queue;

        net_run(net, HL_SECS(4));
        soon = share_until(net, 0, rates[1 - i], HL_SECS(5));
        later = share_until(net, 0, rates[1 - i], HL_SECS(6));
        queue = net_queue(net, 990, HL_SECS(5), HL_SECS(6));
        printf("rate %d to %d: share %u, then %u with a queue p99 of %d us\n", (int)rates[i],
               (int)rates[1 - i], soon, later, (int)queue);
        cr_expect_geq(soon, 600, "%u", soon);
        cr_expect_geq(later, 930, "%u", later);
        cr_expect_leq(queue, HL_MS(15), "%d", (int)queue);
        net_free(net);
    }
}

/* A longer path must not be taken for a queue for ever. */
Test(cc, follows_the_path)
{
    static const hl_time delays[] = {HL_MS(50), HL_MS(100), HL_MS(5)};

    for (size_t i = 0; i < LENGTH(delays); i++) {
        struct net_link link = {
            .steps = {{0, RATE, HL_MS(25)}, {HL_SECS(4), RATE, delays[i]}},
            .queue = 128 << 10,
        };
        struct net *net = one_flow(&link, 1);
        unsigned soon, later;

        net_run(net, HL_SECS(4));
        soon = share_until(net, 0, RATE, HL_SECS(10));
        later = share_until(net, 0, RATE, HL_SECS(12));
        printf("delay 25 to %d ms: share %u in 6 s, then %u\n", (int)(delays[i] / 1000), soon,
               later);
        cr_expect_geq(soon, 200, "%d: %u", (int)delays[i], soon);
        cr_expect_geq(later, 800, "%d: %u", (int)delays[i], later);
        net_free(net);
    }
}

Test(cc, other_paths)
{
    static const struct {
        uint64_t rate;
        hl_time delay;
        unsigned share; /* in 10 s, start-up included */
        hl_time queue;  /* p99 in the second half */
    } rows[] = {
        {125000, HL_MS(25), 900, HL_MS(40)},  {1250000, HL_MS(150), 780, HL_MS(10)},
        {12500000, HL_MS(10), 940, HL_MS(4)}, {12500000, HL_MS(50), 850, HL_MS(5)},
        {125000000, HL_MS(5), 940, HL_MS(2)}, {125000000, HL_MS(40), 800, HL_MS(3)},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct net_link link = {.steps = {{0, rows[i].rate, rows[i].delay}}};
        struct net *net;
        unsigned got;
        hl_time queue;

        link.queue = rows[i].rate / 20 + 12000;
        net = one_flow(&link, 1);
        net->flows[0].datagram = 1452;
        got = share_until(net, 0, rows[i].rate, HL_SECS(10));
        queue = net_queue(net, 990, HL_SECS(5), HL_NEVER);
        printf("%d B/s, %d ms: share %u, queue p99 %d us\n", (int)rows[i].rate,
               (int)(2 * rows[i].delay / 1000), got, (int)queue);
        cr_expect_geq(got, rows[i].share, "row %zu: %u", i, got);
        cr_expect_leq(queue, rows[i].queue, "row %zu: %d us", i, (int)queue);
        net_free(net);
    }
}

/* A host's own loopback and a LAN: batches, threads that wake late, no pacing. */
Test(cc, short_paths_are_not_held_back)
{
    static const struct {
        uint64_t rate;
        hl_time delay;
        uint64_t queue, datagram;
        hl_time rx_late;
        unsigned share;
    } rows[] = {
        {2000000000, 15, 4 << 20, 8952, 0, 900},     {2000000000, 15, 4 << 20, 8952, 100, 900},
        {1000000000, 15, 400 << 10, 8952, 50, 900},  {1000000000, 100, 400 << 10, 8952, 100, 700},
        {125000000, 100, 200 << 10, 1472, 200, 920}, {12500000, 700, 200 << 10, 1472, 300, 920},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct net_link link = {.steps = {{0, rows[i].rate, rows[i].delay}},
                                .queue = rows[i].queue};
        struct net *net = net_new(&link, 1, 1);
        unsigned got, lost;

        net->flows[0].datagram = rows[i].datagram;
        net->flows[0].rx_late = rows[i].rx_late;
        net->flows[0].cpu_rate = rows[i].rate + rows[i].rate / 5;
        got = share_until(net, 0, rows[i].rate, HL_MS(200));
        lost = lost_of_thousand(&net->flows[0]);
        printf("%d MB/s, %d us, receiver %d us late: share %u, %u of a thousand lost\n",
               (int)(rows[i].rate / 1000000), (int)(2 * rows[i].delay), (int)rows[i].rx_late, got,
               lost);
        cr_expect_geq(got, rows[i].share, "row %zu: %u", i, got);
        cr_expect_leq(lost, 20, "row %zu: %u", i, lost);
        net_free(net);
    }
}

/* RFC 8085 section 3.1: no path bears a sender that takes all loss for chance. */
Test(cc, heavy_loss_slows_it)
{
    static const struct {
        unsigned loss;
        unsigned share; /* of what was sent, not of what came */
    } rows[] = {{35000, 400}, {50000, 200}, {80000, 100}};

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct net_link link = wide_area;
        struct net *net;
        uint64_t sent;
        unsigned got;

        link.loss = rows[i].loss;
        net = one_flow(&link, 1);
        net_run(net, HL_SECS(5));
        sent = net->flows[0].sent;
        net_run(net, HL_SECS(10));
        got = (unsigned)((net->flows[0].sent - sent) * 1000 / RATE / 5);
        printf("loss %u %%: sends %u of a thousand of the link\n", rows[i].loss / 1000, got);
        cr_expect_leq(got, rows[i].share, "loss %u: %u", rows[i].loss, got);
        net_free(net);
    }
}

/* It yields to a flow that fills the queue, but is not starved. */
Test(cc, lives_beside_a_flow_that_fills_the_queue)
{
    struct net *net = net_new(&wide_area, 2, 1);
    unsigned got;

    net->flows[1].reno = true;
    net->flows[1].start = HL_SECS(2);
    net_run(net, HL_SECS(10));
    got = share_until(net, 0, RATE, HL_SECS(40));
    printf("beside Reno: share %u\n", got);
    cr_expect_geq(got, 20, "%u", got);
    net_free(net);
}

/* ---- without a network ---- */

struct lone {
    struct hl_cc cc;
    hl_time now;
};

/* A packet that is acknowledged a round trip later. */
static void exchange(struct lone *l, uint64_t size, hl_time rtt)
{
    struct hl_cc_ack ack = {.acked = size, .rtt = rtt};

    hl_cc_sent(&l->cc, l->now, size, 0, &ack.newest);
    hl_cc_app_limited(&l->cc, size);
    l->now += rtt;
    ack.now = l->now;
    hl_cc_acked(&l->cc, &ack);
}

Test(cc, chat_alone_teaches_nothing_wrong)
{
    struct lone l = {.now = HL_SECS(1)};
    uint64_t window;

    hl_cc_init(&l.cc, l.now, 1200);
    window = hl_cc_window(&l.cc);
    cr_assert_eq(window, 12000);
    for (int i = 0; i < 1000; i++) {
        exchange(&l, 200, HL_MS(50) + i % 7 * 1000);
        l.now += HL_MS(20);
        cr_assert_geq(hl_cc_window(&l.cc), window, "message %d", i);
        cr_assert_leq(hl_cc_next_send(&l.cc), l.now + HL_MS(2), "message %d", i);
    }
    cr_expect_leq(hl_cc_window(&l.cc), 2 * window);
    cr_expect_geq(hl_cc_burst(&l.cc, l.now), 1200);
}

Test(cc, persistent_congestion_leaves_two_datagrams)
{
    struct lone l = {.now = HL_SECS(1)};

    hl_cc_init(&l.cc, l.now, 1200);
    exchange(&l, 1200, HL_MS(50));
    hl_cc_lost(&l.cc, l.now, 1200, false);
    cr_expect_geq(hl_cc_window(&l.cc), 12000);
    hl_cc_lost(&l.cc, l.now, 1200, true);
    cr_expect_eq(hl_cc_window(&l.cc), 2400);
}

Test(cc, a_new_path_is_learnt_anew)
{
    struct lone l = {.now = HL_SECS(1)};
    struct hl_cc_ack late = {.acked = 1200, .rtt = HL_MS(3)};

    hl_cc_init(&l.cc, l.now, 1200);
    hl_cc_sent(&l.cc, l.now, 1200, 0, &late.newest);
    l.now += HL_MS(1);
    hl_cc_reset(&l.cc, l.now);
    cr_expect_eq(hl_cc_rate(&l.cc), 0);
    cr_expect_eq(hl_cc_window(&l.cc), 12000);
    l.now += HL_MS(2);
    late.now = l.now;
    hl_cc_acked(&l.cc, &late);
    exchange(&l, 1200, HL_MS(80));
    exchange(&l, 1200, HL_MS(80));
    cr_expect_leq(hl_cc_rate(&l.cc), 1200 * 1000 / 80, "the old path's round trip counted");
}

Test(cc, bursts_last_a_millisecond)
{
    struct net *net = one_flow(&wide_area, 1);
    struct hl_cc *cc = &net->flows[0].cc;

    net_run(net, HL_SECS(5));
    cr_expect_geq(hl_cc_rate(cc), RATE * 9 / 10);
    cr_expect_leq(hl_cc_rate(cc), RATE * 11 / 10);
    for (int i = 0; i < 1000; i++) {
        net_run(net, net->now + 137);
        if (hl_cc_next_send(cc) > net->now)
            cr_assert_eq(hl_cc_burst(cc, net->now), 0);
        else
            cr_assert(hl_cc_burst(cc, net->now) >= 1200 && hl_cc_burst(cc, net->now) <= 4000);
    }
    net_free(net);
}

Test(cc, the_same_seed_gives_the_same_run)
{
    uint64_t received[2];

    for (int i = 0; i < 2; i++) {
        struct net_link link = wide_area;
        struct net *net;

        link.loss = 3000;
        link.jitter = HL_MS(1);
        net = one_flow(&link, 7);
        net_run(net, HL_SECS(3));
        received[i] = net->flows[0].received + net->order;
        net_free(net);
    }
    cr_expect_eq(received[0], received[1]);
}
