/* SPDX-License-Identifier: MIT */
/* Framed streams: records over TCP and Unix sockets, from peers that behave and peers that do not.
 */
#include "await.h"
#include "peer.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct pair {
    struct hl_net *net; /* framed */
    struct hl_path path;
    int raw; /* the other end, without any of our code */
};

static void pair_open(struct pair *p, const struct hl_net_config *config)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hl_endpoint e = listen_endpoint("tcp://127.0.0.1:0");
    const int on = 1;
    struct hl_addr bound;
    struct hl_event ev;
    hl_link link;
    uint16_t port;

    cr_assert_eq(hl_net_start(config, &p->net), 0);
    cr_assert_eq(hl_net_listen(p->net, &e, &link, &bound), 0);
    to.sin_port = htons(bound.port);
    p->raw = plain_socket(SOCK_STREAM, &port);
    setsockopt(p->raw, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    cr_assert_eq(connect(p->raw, (struct sockaddr *)&to, sizeof(to)), 0);
    await_event(p->net, HL_EV_ACCEPTED, &ev);
    p->path = ev.path;
}

static void pair_close(struct pair *p)
{
    close(p->raw);
    hl_net_stop(p->net, 0);
}

static const struct hl_net_config framed = {.framed = true};

static int transmit(struct pair *p, const void *data, size_t len, size_t segment)
{
    const struct hl_net_transmit t = {
        .path = &p->path, .data = data, .len = len, .segment = segment};

    return hl_net_transmit(p->net, &t);
}

static void expect(struct hl_net *n, const void *data, size_t len)
{
    struct hl_event ev;

    await_event(n, HL_EV_MESSAGE, &ev);
    cr_assert_eq(ev.len, len);
    cr_assert_arr_eq(ev.data, data, len);
    cr_assert_eq(ev.flags, 0);
}

static void read_all(int fd, uint8_t *buf, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = recv(fd, buf + got, len - got, 0);

        cr_assert_gt(n, 0, "after %zu of %zu bytes", got, len);
        got += (size_t)n;
    }
}

/* ---- in ---- */

Test(records, a_byte_at_a_time)
{
    static const uint8_t wire[] = "\0\1x\0\5\n\n\0\1\2\0\2\r\n";
    struct pair p;

    pair_open(&p, &framed);
    for (size_t i = 0; i + 1 < sizeof(wire); i++)
        cr_assert_eq(send(p.raw, wire + i, 1, 0), 1);
    expect(p.net, "x", 1);
    expect(p.net, "\n\n\0\1\2", 5);
    expect(p.net, "\r\n", 2);
    pair_close(&p);
}

Test(records, the_largest_and_many_in_one)
{
    static uint8_t wire[2 + HL_RECORD_MAX];
    struct pair p;

    pair_open(&p, &framed);
    for (size_t i = 2; i < sizeof(wire); i++)
        wire[i] = (uint8_t)(i * 31);
    wire[0] = wire[1] = 0xff;
    for (size_t sent = 0; sent < sizeof(wire);) {
        ssize_t n = send(p.raw, wire + sent, sizeof(wire) - sent, 0);

        cr_assert_gt(n, 0);
        sent += (size_t)n;
    }
    expect(p.net, wire + 2, HL_RECORD_MAX);
    for (size_t i = 0; i < 900; i += 3) {
        wire[i] = 0;
        wire[i + 1] = 1;
        wire[i + 2] = (uint8_t)i;
    }
    cr_assert_eq(send(p.raw, wire, 900, 0), 900);
    for (size_t i = 0; i < 900; i += 3)
        expect(p.net, wire + i + 2, 1);
    pair_close(&p);
}

static const struct {
    const char *bytes;
    size_t len;
    bool end; /* then the peer ends its side */
    int err;
} hostile[] = {
    {"\0\0", 2, false, HL_ERR_FRAMING},
    {"\0\3abc\0\0\0\3def", 12, false, HL_ERR_FRAMING},
    {"\0", 1, true, HL_ERR_FRAMING},
    {"\377\377abc", 5, true, HL_ERR_FRAMING},
    {"GET / HTTP/1.0\r\n\r\n", 18, true, HL_ERR_FRAMING},
};

Test(records, what_is_none_ends_the_link)
{
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct hl_event ev;
        struct pair p;
        char c;

        pair_open(&p, &framed);
        cr_assert_eq(send(p.raw, hostile[i].bytes, hostile[i].len, 0), (ssize_t)hostile[i].len);
        if (hostile[i].end)
            shutdown(p.raw, SHUT_WR);
        await_event(p.net, HL_EV_CLOSED, &ev);
        cr_assert_eq(ev.err, hostile[i].err, "row %zu: %s", i, hl_err_text(ev.err));
        cr_assert_leq(recv(p.raw, &c, 1, 0), 0, "row %zu: the peer learns it", i);
        cr_assert_eq(transmit(&p, "x", 1, 0), HL_ERR_NO_LINK);
        pair_close(&p);
    }
}

Test(records, an_end_between_records_is_no_error)
{
    struct hl_event ev;
    struct pair p;

    pair_open(&p, &framed);
    cr_assert_eq(send(p.raw, "\0\1x", 3, 0), 3);
    shutdown(p.raw, SHUT_WR);
    expect(p.net, "x", 1);
    await_event(p.net, HL_EV_FINISHED, &ev);
    cr_assert_eq(hl_net_finish(p.net, p.path.link), 0);
    cr_assert_lt(transmit(&p, "x", 1, 0), 0, "our side has ended too");
    await_event(p.net, HL_EV_CLOSED, &ev);
    cr_assert_eq(ev.err, 0);
    pair_close(&p);
}

/* ---- out ---- */

Test(records, what_leaves_is_framed)
{
    static uint8_t big[HL_TEXT_MAX];
    uint8_t got[16];
    struct pair p;

    pair_open(&p, &framed);
    cr_assert_eq(transmit(&p, "one", 3, 0), 0);
    cr_assert_eq(transmit(&p, "twothreefour", 12, 5), 0);
    read_all(p.raw, got, 5);
    cr_assert_arr_eq(got, "\0\3one", 5);
    read_all(p.raw, got, 14);
    cr_assert_arr_eq(got, "\0\5twoth\0\5reefo", 14);
    read_all(p.raw, got, 4);
    cr_assert_arr_eq(got, "\0\2ur", 4);
    cr_assert_eq(transmit(&p, big, sizeof(big), 0), HL_ERR_TOO_LONG);
    pair_close(&p);
}

/* A record of a length of its own that holds its number. */
static int send_record(struct pair *p, uint32_t number)
{
    static uint8_t data[3000];

    memset(data, (int)(number % 251), sizeof(data));
    memcpy(data, &number, sizeof(number));
    return transmit(p, data, 4 + number % 2900, 0);
}

/* Sends records until the link says BUSY. Returns the number of the next. */
static uint32_t fill(struct pair *p, uint32_t first)
{
    for (uint32_t i = first;; i++) {
        int err = send_record(p, i);

        if (err == HL_ERR_BUSY)
            return i;
        cr_assert_eq(err, 0, "%s", hl_err_text(err));
    }
}

static void drain(int fd, uint32_t first, uint32_t end)
{
    static uint8_t data[3000];

    for (uint32_t i = first; i < end; i++) {
        uint8_t head[2];
        uint32_t number;

        read_all(fd, head, sizeof(head));
        cr_assert_eq((head[0] << 8 | head[1]), (int)(4 + i % 2900), "record %u", i);
        read_all(fd, data, 4 + i % 2900);
        memcpy(&number, data, sizeof(number));
        cr_assert_eq(number, i);
        cr_assert(i % 2900 == 0 || data[3 + i % 2900] == i % 251);
    }
}

/* However a peer stalls, in the middle of a record or not: nothing is lost, doubled or moved. */
Test(records, a_slow_peer_is_busy_then_writable)
{
    struct hl_event ev;
    struct pair p;
    uint32_t sent = 0, before;

    pair_open(&p, &framed);
    for (int round = 0; round < 5; round++) {
        before = sent;
        sent = fill(&p, sent);
        cr_assert_gt(sent, before);
        while (hl_net_next(p.net, &ev))
            cr_assert_neq(ev.kind, HL_EV_WRITABLE, "nobody has read a byte");
        drain(p.raw, before, sent);
        await_event(p.net, HL_EV_WRITABLE, &ev);
        cr_assert_eq(ev.path.link, p.path.link);
    }
    while (hl_net_next(p.net, &ev))
        cr_assert_neq(ev.kind, HL_EV_WRITABLE, "it is told once");
    pair_close(&p);
}

struct sink {
    int fd;
    uint32_t end; /* records to read */
};

static void *drain_slowly(void *arg)
{
    const struct sink *s = arg;
    uint32_t step = 97;

    for (uint32_t at = 0; at < s->end; at += step) {
        drain(s->fd, at, at + step < s->end ? at + step : s->end);
        poll(NULL, 0, 1);
    }
    return NULL;
}

/* What leaves directly and what is queued, as the peer reads by fits and starts. */
Test(records, their_order_holds)
{
    struct sink sink = {.end = 8000};
    pthread_t thread;
    struct hl_event ev;
    struct pair p;

    pair_open(&p, &framed);
    sink.fd = p.raw;
    pthread_create(&thread, NULL, drain_slowly, &sink);
    for (uint32_t sent = 0; sent < sink.end;) {
        int err = send_record(&p, sent);

        cr_assert(err == 0 || err == HL_ERR_BUSY, "%s", hl_err_text(err));
        sent += err == 0;
        if (err)
            await_event(p.net, HL_EV_WRITABLE, &ev);
    }
    pthread_join(thread, NULL);
    pair_close(&p);
}

/* Both ends ours, over each kind of stream, in runs. */
Test(records, between_two_of_ours)
{
    static const char *const kinds[] = {"tcp://127.0.0.1:", "unix:@hullo-records-",
                                        "unix-seqpacket:@hullo-records-s"};
    static uint8_t data[60000];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        struct pair p = {.raw = -1};
        struct hl_net *server;
        struct hl_endpoint e;
        struct hl_addr bound;
        struct hl_dial d = {0};
        struct hl_event ev;
        hl_link link;
        char text[64];

        snprintf(text, sizeof(text), "%s%d", kinds[k], k == 0 ? 0 : (int)getpid());
        e = listen_endpoint(text);
        cr_assert_eq(hl_net_start(&framed, &server), 0);
        cr_assert_eq(hl_net_start(&framed, &p.net), 0);
        cr_assert_eq(hl_net_listen(server, &e, &link, &bound), 0);
        d.to = e;
        d.to.addr = bound;
        d.to.port = bound.port;
        cr_assert_eq(hl_net_dial(p.net, &d, 1), 0);
        await_event(p.net, HL_EV_CONNECTED, &ev);
        p.path = ev.path;
        for (int i = 0; i < 20; i++) {
            cr_assert_eq(transmit(&p, data, sizeof(data), 1400), 0, "%s %d", text, i);
            for (size_t at = 0; at < sizeof(data); at += 1400)
                expect(server, data + at, at + 1400 < sizeof(data) ? 1400 : sizeof(data) - at);
        }
        hl_net_stop(p.net, 0);
        hl_net_stop(server, 0);
    }
}
