/* SPDX-License-Identifier: MIT */
/* Congestion control against a bottleneck in simulated time: 20 Mbit/s, a round trip of 50 ms and a
 * queue of 128 KB where nothing else is said. Shares are of payload, so that the most that can be
 * reached with datagrams of 1200 bytes is 956 of a thousand, and of 2400 bytes 977. */
#include "bottleneck.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum {
    RATE = 2500000, /* bytes per second */
};

static const struct net_link wide_area = {
    .rates = {{0, RATE}},
    .delay = HL_MS(25),
    .queue = 128 << 10,
};

static unsigned share(uint64_t bytes, uint64_t rate, hl_time time)
{
    return (unsigned)(bytes * HL_SECS(1) * 1000 / rate / (uint64_t)time);
}

Test(cc, random_loss_does_not_slow_it)
{
    static const struct {
        unsigned loss; /* per 100 000 */
        unsigned share;
    } rows[] = {{0, 940}, {1000, 930}, {5000, 890}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint64_t seed = 1; seed <= 8; seed++) {
            struct net_link link = wide_area;
            struct net *net;
            unsigned got;

            link.loss = rows[i].loss;
            net = net_new(&link, 1, seed);
            net->flows[0].datagram = 2400;
            net_run(net, HL_SECS(8));
            got = share(net->flows[0].received, RATE, HL_SECS(8));
            printf("loss %u.%03u %%, seed %u: share %u, queue p50 %d us, p99 %d us\n",
                   rows[i].loss / 1000, rows[i].loss % 1000, (unsigned)seed, got,
                   (int)net_queue(net, 500, 0, HL_NEVER), (int)net_queue(net, 990, 0, HL_NEVER));
            cr_expect_geq(got, rows[i].share, "loss %u, seed %u: %u", rows[i].loss, (unsigned)seed,
                          got);
            net_free(net);
        }
    }
}
