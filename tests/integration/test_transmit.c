/* SPDX-License-Identifier: MIT */
/* hl_net_transmit(): runs of datagrams with and without the kernel's help, records of streams, what
 * leaves directly and what is queued. */
#include "await.h"
#include "dgram.h"
#include "peer.h"
#include "sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LO_MTU = 65536, /* of the loopback interface: less than the largest UDP datagram of IPv6 */
};

static struct hl_net *start(const struct hl_net_config *config)
{
    struct hl_net *n;

    cr_assert_eq(hl_net_start(config, &n), 0);
    return n;
}

static struct hl_path listen_at(struct hl_net *n, const char *text)
{
    struct hl_endpoint e = listen_endpoint(text);
    struct hl_path p = {.transport = e.transport};

    cr_assert_eq(hl_net_listen(n, &e, &p.link, &p.local), 0, "%s", text);
    return p;
}

static int transmit(struct hl_net *n, const struct hl_path *to, const void *data, size_t len,
                    size_t segment)
{
    const struct hl_net_transmit t = {.path = to, .data = data, .len = len, .segment = segment};

    return hl_net_transmit(n, &t);
}

/* Bytes that tell their place. */
static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + (i >> 8) * 13);
}

static uint8_t *bytes(void)
{
    static uint8_t b[HL_TEXT_MAX];

    for (size_t i = 0; i < sizeof(b); i++)
        b[i] = pattern(i);
    return b;
}

/* Awaits a run from a sender that sent len bytes in pieces; returns how many events it took. */
static size_t expect_run(struct hl_net *n, size_t len, size_t segment)
{
    size_t got = 0;
    size_t events = 0;

    while (got < len) {
        struct hl_event ev;
        size_t each;

        await_event(n, HL_EV_MESSAGE, &ev);
        each = ev.segment ? ev.segment : ev.len;
        cr_assert(each == segment || got + ev.len == len, "%zu at %zu of %zu", each, got, len);
        for (size_t i = 0; i < ev.len; i++)
            cr_assert_eq(ev.data[i], pattern(got + i), "%zu of %zu", got + i, len);
        got += ev.len;
        events++;
    }
    cr_assert_eq(got, len);
    return events;
}

/* ---- datagrams ---- */

static const struct {
    size_t len, segment;
} runs[] = {
    {1, 0},       {100, 0},    {65507, 0},  {1400, 1400},   {1401, 1400}, {65536, 1400},
    {65536, 100}, {6400, 100}, {6500, 100}, {65536, 32000}, {3, 1},       {60000, 40000},
};

/* Datagrams larger than most are left out. */
static void run_table(const char *at, size_t most, bool send_whole, bool receive_whole)
{
    struct hl_net_config from = {.segments = true, .no_offload = !send_whole};
    struct hl_net_config to = {.segments = true, .no_offload = !receive_whole};
    struct hl_net *a = start(&from);
    struct hl_net *b = start(&to);
    struct hl_path path = listen_at(a, at);
    struct hl_net_stats stats;
    size_t pieces = 0;

    path.remote = listen_at(b, at).local;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        size_t segment = runs[i].segment ? runs[i].segment : runs[i].len;
        size_t count = (runs[i].len + segment - 1) / segment;
        size_t events;

        if (segment > most)
            continue;
        cr_assert_eq(transmit(a, &path, bytes(), runs[i].len, runs[i].segment), 0, "row %zu", i);
        events = expect_run(b, runs[i].len, segment);
        pieces += count;
        if (!send_whole || !receive_whole)
            cr_assert_eq(events, count, "row %zu: %zu", i, events);
        else if (count > 1 && segment < 20000)
            cr_assert_lt(events, count, "row %zu: the kernel joined nothing", i);
    }
    hl_net_stats(a, &stats);
    cr_assert_eq(stats.datagrams_out, pieces);
    hl_net_stats(b, &stats);
    cr_assert_eq(stats.datagrams_in, pieces);
    hl_net_stop(a, 0);
    hl_net_stop(b, 0);
}

Test(transmit, runs_of_every_size)
{
    run_table("127.0.0.1:0", HL_TEXT_MAX, true, true);
}

Test(transmit, runs_without_the_kernels_help)
{
    run_table("127.0.0.1:0", HL_TEXT_MAX, false, true);
    run_table("127.0.0.1:0", HL_TEXT_MAX, true, false);
    run_table("127.0.0.1:0", HL_TEXT_MAX, false, false);
}

Test(transmit, runs_over_ipv6)
{
    run_table("[::1]:0", LO_MTU - 48, true, true);
    run_table("[::1]:0", LO_MTU - 48, false, false);
}

/* A real refusal: the kernel does not cut for a socket that computes no checksums. */
Test(transmit, a_refusal_to_cut_is_got_over)
{
    struct hl_net_config config = {.segments = true};
    struct hl_net *a = start(&config);
    struct hl_net *b = start(&config);
    struct hl_path path = {.transport = HL_UDP};
    const int on = 1;
    uint16_t port;
    int fd = plain_socket(SOCK_DGRAM, &port);

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)), 0);
    cr_assert_eq(hl_net_adopt(a, fd, &path.link, &path.local), 0);
    path.remote = listen_at(b, "127.0.0.1:0").local;
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(transmit(a, &path, bytes(), 65536, 1400), 0);
        cr_assert_eq(expect_run(b, 65536, 1400), 47, "it was cut after all: no refusal to test");
    }
    hl_net_stop(a, 0);
    hl_net_stop(b, 0);
}

/* A refusal that came before, of another datagram, is not that of one of these. */
Test(transmit, an_old_refusal_ends_no_run)
{
    const struct hl_addr any = {.family = HL_AF_INET, .ip = {127, 0, 0, 1}};
    struct hl_addr to = any, from;
    struct hl_dgram_run run = {&to, &(struct hl_addr){0}, bytes(), 10, 10};
    struct pollfd p = {.events = 0}; /* POLLERR */
    atomic_uint can = 0;
    uint16_t port;
    int fd = plain_socket(SOCK_DGRAM, &port);
    int err;

    close(fd);
    fd = plain_socket(SOCK_DGRAM, &to.port);
    cr_assert_eq(hl_sock_datagram(&any, &p.fd, &from), 0);
    run.remote = &(struct hl_addr){.family = HL_AF_INET, .ip = {127, 0, 0, 1}, .port = port};
    (void)hl_dgram_send_run(p.fd, AF_INET, &run, &can, &err);
    cr_assert_eq(poll(&p, 1, AWAIT_MS), 1, "nobody refused it");
    run.remote = &to;
    run.len = 30;
    cr_assert_eq(hl_dgram_send_run(p.fd, AF_INET, &run, &can, &err), 30);
    cr_assert_eq(err, 0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(recv(fd, (uint8_t[20]){0}, 20, 0), 10);
    close(p.fd);
    close(fd);
}

/* ---- too big ---- */

static void expect_too_big(struct hl_net *n, const struct hl_path *path, size_t len, size_t segment)
{
    struct hl_event ev;

    cr_assert_eq(transmit(n, path, bytes(), len, segment), 0);
    await_event(n, HL_EV_TOO_BIG, &ev);
    cr_assert_eq(ev.count, segment ? segment : len);
    cr_assert_eq(ev.path.link, path->link);
    cr_assert(hl_addr_equal(&ev.path.remote, &path->remote));
}

/* Directly and, under a pace, through the send thread. */
Test(transmit, what_no_packet_can_hold_is_too_big)
{
    for (hl_time gap = 0; gap < 2; gap++) {
        struct hl_net_config config = {.segments = true, .send_gap = gap};
        struct hl_net *n = start(&config);
        struct hl_path v4 = listen_at(n, "127.0.0.1:0");
        struct hl_path v6 = listen_at(n, "[::1]:0");

        v4.remote = v4.local;
        v6.remote = v6.local;
        expect_too_big(n, &v4, 65508, 0);
        expect_too_big(n, &v4, 65536, 65510);
        expect_too_big(n, &v6, LO_MTU - 47, 0);
        cr_assert_eq(transmit(n, &v4, bytes(), 65507, 0), 0);
        expect_run(n, 65507, 65507);
        hl_net_stop(n, 0);
    }
}

/* Where a link carries less than a run's pieces, the pieces are too big, and cutting is still of
 * use for smaller ones. Without segments the kernel may fragment, so nothing is. */
Test(transmit, small_links)
{
    struct hl_net_config config = {.segments = true};
    struct hl_net_config plain = {0};
    struct hl_net *n;
    struct hl_path path;
    struct hl_event ev;

    if (!own_netns())
        cr_skip("network namespaces are not permitted here");
    cr_assert_eq(shell("ip link set lo mtu 1500"), 0);
    n = start(&config);
    path = listen_at(n, "127.0.0.1:0");
    path.remote = path.local;
    expect_too_big(n, &path, 1473, 0);
    expect_too_big(n, &path, 60000, 2000);
    cr_assert_eq(transmit(n, &path, bytes(), 60000, 1472), 0);
    cr_assert_lt(expect_run(n, 60000, 1472), 5);
    while (hl_net_next(n, &ev))
        cr_assert_neq(ev.kind, HL_EV_REFUSED, "it was told already");
    hl_net_stop(n, 0);
    n = start(&plain);
    path = listen_at(n, "127.0.0.1:0");
    path.remote = path.local;
    cr_assert_eq(transmit(n, &path, bytes(), 60000, 2000), 0);
    cr_assert_eq(expect_run(n, 60000, 2000), 30);
    hl_net_stop(n, 0);
}

Test(transmit, probes_need_a_socket_that_never_fragments)
{
    for (int segments = 0; segments < 2; segments++) {
        struct hl_net_config config = {.segments = segments};
        struct hl_net *n = start(&config);
        struct hl_path path = listen_at(n, "127.0.0.1:0");
        struct hl_net_transmit t = {
            .path = &path, .data = bytes(), .len = 1200, .flags = HL_TX_PROBE};

        path.remote = path.local;
        cr_assert_eq(hl_net_transmit(n, &t), segments ? 0 : -EOPNOTSUPP);
        if (segments)
            expect_run(n, 1200, 1200);
        hl_net_stop(n, 0);
    }
}

Test(transmit, arguments)
{
    struct hl_net_config config = {.framed = true};
    struct hl_net *n = start(&config);
    struct hl_path path = listen_at(n, "127.0.0.1:0");
    struct hl_path nowhere = {.link = 999};
    struct hl_path other = {.link = path.link, .remote = loopback6(1)};

    path.remote = path.local;
    cr_assert_eq(transmit(n, &path, "", 0, 0), -EINVAL);
    cr_assert_eq(transmit(n, &path, bytes(), HL_TEXT_MAX + 1, 0), HL_ERR_TOO_LONG);
    cr_assert_eq(transmit(n, &nowhere, "x", 1, 0), HL_ERR_NO_LINK);
    cr_assert_lt(transmit(n, &other, "x", 1, 0), 0, "a v6 peer of a v4 socket");
    cr_assert_eq(hl_net_finish(n, path.link), 0);
    cr_assert_eq(transmit(n, &path, "x", 1, 0), 0, "datagrams have no end to tell");
    cr_assert_eq(hl_net_close(n, path.link), 0);
    cr_assert_lt(transmit(n, &path, "x", 1, 0), 0, "closed, or gone already");
    hl_net_stop(n, 0);
}
