/* SPDX-License-Identifier: MIT */
/* The two threads over real sockets, driven through net.h alone. */
#include "await.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

static struct hl_net *start(void)
{
    struct hl_net_config config = {0};
    struct hl_net *n;

    cr_assert_eq(hl_net_start(&config, &n), 0);
    return n;
}

static hl_link listen_at(struct hl_net *n, const char *text, struct hl_addr *bound)
{
    struct hl_endpoint e = listen_endpoint(text);
    hl_link link;

    cr_assert_eq(hl_net_listen(n, &e, &link, bound), 0, "%s", text);
    return link;
}

/* Dials text; the path of the connection. */
static struct hl_path dial(struct hl_net *n, const char *text, hl_link via)
{
    struct hl_dial d = {.to = endpoint(text), .via = via};
    struct hl_event ev;

    cr_assert_eq(hl_net_dial(n, &d, 77), 0);
    await_event(n, HL_EV_CONNECTED, &ev);
    cr_assert_eq(ev.token, 77);
    return ev.path;
}

static void say(struct hl_net *n, const struct hl_path *to, const char *text)
{
    cr_assert_eq(hl_net_send(n, to, 5, text, strlen(text)), 0);
}

static void expect(struct hl_net *n, const char *text, struct hl_event *ev)
{
    await_event(n, HL_EV_MESSAGE, ev);
    cr_assert_eq(ev->len, strlen(text));
    cr_assert_arr_eq(ev->data, text, ev->len);
}

Test(net, start_and_stop_many_times)
{
    for (int i = 0; i < 200; i++) {
        struct hl_net *n = start();
        struct hl_addr bound;

        if (i % 2 == 0)
            listen_at(n, "127.0.0.1:0", &bound);
        hl_net_stop(n, 0);
    }
}

Test(net, datagrams_both_ways)
{
    struct hl_net *n = start();
    struct hl_addr bound;
    struct hl_event ev;
    char text[64];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);
    hl_link link = listen_at(n, "0", &bound);
    struct hl_path path;

    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    path = dial(n, text, link);
    say(n, &path, "to the peer");
    await_event(n, HL_EV_SENT, &ev);
    cr_assert_eq(ev.token, 5);
    cr_assert_eq(recv(peer, text, sizeof(text), 0), 11);

    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(bound.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert_eq(sendto(peer, "back", 4, 0, (struct sockaddr *)&to, sizeof(to)), 4);
    expect(n, "back", &ev);
    cr_assert_eq(ev.path.remote.family, HL_AF_INET, "v4 peers of a dual-stack socket are v4");
    cr_assert_eq(ev.path.remote.port, port);
    cr_assert_eq(ev.path.local.ip[0], 127);
    close(peer);
    hl_net_stop(n, 0);
}

Test(net, refusal_names_the_datagram)
{
    struct hl_net *n = start();
    struct hl_addr bound;
    struct hl_event ev;
    char text[64];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);
    hl_link link = listen_at(n, "0", &bound);
    struct hl_path path;

    close(peer);
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    path = dial(n, text, link);
    for (int i = 0; i < 3; i++) {
        say(n, &path, "anybody there?");
        await_event(n, HL_EV_REFUSED, &ev);
        cr_assert_eq(ev.err, -ECONNREFUSED);
        cr_assert_eq(ev.path.remote.port, port);
        cr_assert_eq(ev.len, 14);
        cr_assert_arr_eq(ev.data, "anybody there?", 14);
    }
    hl_net_stop(n, 0);
}

Test(net, zero_length_and_too_long_are_refused)
{
    struct hl_net *n = start();
    struct hl_addr bound;
    struct hl_path path = {.link = listen_at(n, "127.0.0.1:0", &bound)};
    static char big[HL_TEXT_MAX + 1];

    cr_assert_eq(hl_net_send(n, &path, 1, "", 0), -EINVAL);
    cr_assert_eq(hl_net_send(n, &path, 1, big, sizeof(big)), HL_ERR_TOO_LONG);
    hl_net_stop(n, 0);
}

Test(net, sending_through_no_link_fails)
{
    struct hl_net *n = start();
    struct hl_path path = {.link = 999};
    struct hl_event ev;

    say(n, &path, "x");
    await_event(n, HL_EV_FAILED, &ev);
    cr_assert_eq(ev.err, HL_ERR_NO_LINK);
    hl_net_stop(n, 0);
}

static void stream_pair(const char *listen_text, const char *scheme)
{
    struct hl_net *server = start();
    struct hl_net *client = start();
    struct hl_addr bound;
    struct hl_event ev;
    struct hl_path there, here;
    char text[HL_ADDR_TEXT], address[HL_ADDR_TEXT + 16];

    listen_at(server, listen_text, &bound);
    hl_addr_text(&bound, text);
    snprintf(address, sizeof(address), "%s%s", scheme, text);
    there = dial(client, address, 0);
    await_event(server, HL_EV_ACCEPTED, &ev);
    here = ev.path;

    say(client, &there, "one\ntwo\nhalf");
    expect(server, "one", &ev);
    expect(server, "two", &ev);
    expect(server, "half", &ev);
    cr_assert(ev.flags & HL_EVF_PARTIAL, "an unfinished line is shown after a quiet time");
    say(client, &there, " done\n");
    expect(server, " done", &ev);
    cr_assert(ev.flags & HL_EVF_CONTINUES);

    cr_assert_eq(hl_net_finish(client, there.link), 0);
    await_event(server, HL_EV_FINISHED, &ev);
    say(server, &here, "still hears\n");
    expect(client, "still hears", &ev);
    cr_assert_eq(hl_net_finish(server, here.link), 0);
    await_event(client, HL_EV_CLOSED, &ev);
    cr_assert_eq(ev.err, 0);
    await_event(server, HL_EV_CLOSED, &ev);
    cr_assert_eq(ev.err, 0);
    hl_net_stop(client, 0);
    hl_net_stop(server, 0);
}

Test(net, tcp_lines_half_close_and_end)
{
    stream_pair("tcp://127.0.0.1:0", "tcp://");
}

Test(net, unix_stream_lines_half_close_and_end)
{
    char path[64];

    snprintf(path, sizeof(path), "unix:/tmp/hullo-test-%d.sock", (int)getpid());
    stream_pair(path, "");
    cr_assert_neq(access(path + 5, F_OK), 0, "the path is removed");
}

Test(net, unix_abstract_stream)
{
    char path[64];

    snprintf(path, sizeof(path), "unix:@hullo-test-%d", (int)getpid());
    stream_pair(path, "");
}

Test(net, unix_kinds_are_found_by_connecting)
{
    static const struct {
        const char *scheme;
        enum hl_transport transport;
    } kinds[] = {{"unix-dgram:", HL_UNIX_DGRAM}, {"unix-seqpacket:", HL_UNIX_SEQPACKET}};

    for (size_t i = 0; i < 2; i++) {
        struct hl_net *server = start();
        struct hl_net *client = start();
        char name[48], text[80];
        struct hl_addr bound;
        struct hl_path path;
        struct hl_event ev;

        snprintf(name, sizeof(name), "@hullo-kind-%zu-%d", i, (int)getpid());
        snprintf(text, sizeof(text), "%s%s", kinds[i].scheme, name);
        listen_at(server, text, &bound);
        snprintf(text, sizeof(text), "unix:%s", name);
        path = dial(client, text, 0);
        cr_assert_eq(path.transport, kinds[i].transport);
        say(client, &path, "first");
        say(client, &path, "second");
        expect(server, "first", &ev);
        expect(server, "second", &ev);
        say(server, &ev.path, "answer");
        expect(client, "answer", &ev);
        hl_net_stop(client, 0);
        hl_net_stop(server, 0);
    }
}

Test(net, refused_stream_says_so)
{
    struct hl_net *n = start();
    struct hl_dial d;
    struct hl_event ev;
    char text[64];
    uint16_t port;

    close(plain_socket(SOCK_STREAM, &port));
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", port);
    d = (struct hl_dial){.to = endpoint(text)};
    cr_assert_eq(hl_net_dial(n, &d, 9), 0);
    await_event(n, HL_EV_DIAL_FAILED, &ev);
    cr_assert_eq(ev.err, -ECONNREFUSED);
    cr_assert_eq(ev.token, 9);
    d.to = endpoint("unix:/nowhere/to/be.found");
    cr_assert_eq(hl_net_dial(n, &d, 10), 0);
    await_event(n, HL_EV_DIAL_FAILED, &ev);
    cr_assert_eq(ev.err, -ENOENT);
    hl_net_stop(n, 0);
}

Test(net, source_address_is_seen_by_the_peer)
{
    struct hl_net *server = start();
    struct hl_net *client = start();
    struct hl_addr bound;
    struct hl_dial d;
    struct hl_event ev;
    char text[64];

    listen_at(server, "tcp://127.0.0.1:0", &bound);
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", bound.port);
    d = (struct hl_dial){.to = endpoint(text)};
    d.source = (struct hl_addr){.family = HL_AF_INET, .ip = {127, 0, 0, 5}};
    cr_assert_eq(hl_net_dial(client, &d, 1), 0);
    await_event(server, HL_EV_ACCEPTED, &ev);
    cr_assert_eq(ev.path.remote.ip[3], 5);
    hl_net_stop(client, 0);
    hl_net_stop(server, 0);
}

Test(net, reset_ends_the_link_and_fails_what_waits)
{
    struct hl_net *n = start();
    struct linger hard = {.l_onoff = 1};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hl_addr bound;
    struct hl_event ev;
    struct hl_path path;
    uint16_t port;
    int peer = plain_socket(SOCK_STREAM, &port);

    listen_at(n, "tcp://127.0.0.1:0", &bound);
    to.sin_port = htons(bound.port);
    cr_assert_eq(connect(peer, (struct sockaddr *)&to, sizeof(to)), 0);
    await_event(n, HL_EV_ACCEPTED, &ev);
    path = ev.path;
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(peer);
    await_event(n, HL_EV_CLOSED, &ev);
    cr_assert_eq(ev.err, -ECONNRESET);
    say(n, &path, "late\n");
    await_event(n, HL_EV_FAILED, &ev);
    hl_net_stop(n, 0);
}

Test(net, slow_reader_gets_ten_megabytes_whole)
{
    struct hl_net *server = start();
    struct hl_net *client = start();
    static char chunk[60000];
    struct hl_addr bound;
    struct hl_path path;
    struct hl_event ev;
    char text[64];
    size_t sent = 0, got = 0, total = 10 << 20;
    int idle = 0;

    memset(chunk, 'z', sizeof(chunk));
    chunk[sizeof(chunk) - 1] = '\n';
    listen_at(server, "tcp://127.0.0.1:0", &bound);
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", bound.port);
    path = dial(client, text, 0);
    /* The server takes nothing until the sender is held back. */
    for (size_t waiting = 0; got < total;) {
        if (sent < total && waiting < HL_CONN_QUEUE / 2 &&
            hl_net_send(client, &path, 1, chunk, sizeof(chunk)) == 0) {
            sent += sizeof(chunk);
            waiting += sizeof(chunk);
        }
        while (hl_net_next(client, &ev)) {
            cr_assert_neq(ev.kind, HL_EV_FAILED, "%s", hl_err_text(ev.err));
            if (ev.kind == HL_EV_SENT)
                waiting -= sizeof(chunk);
        }
        if (waiting < HL_CONN_QUEUE / 2 && sent < total)
            continue;
        if (++idle % 4 == 0 && hl_net_next(server, &ev) && ev.kind == HL_EV_MESSAGE)
            got += ev.len + 1;
    }
    cr_assert_eq(got, sent);
    hl_net_stop(client, 0);
    hl_net_stop(server, 0);
}

Test(net, cancelled_dial_ends_at_once)
{
    struct hl_net *n = start();
    struct hl_dial d = {.to = endpoint("tcp://192.0.2.1:9"), .timeout = HL_SECS(60)};
    struct hl_event ev;
    hl_time began;

    cr_assert_eq(hl_net_dial(n, &d, 3), 0);
    await_event(n, HL_EV_TRYING, &ev);
    began = hl_clock_now();
    cr_assert_eq(hl_net_cancel(n, 3), 0);
    await_event(n, HL_EV_DIAL_FAILED, &ev);
    cr_assert_lt(hl_clock_now() - began, HL_MS(500));
    hl_net_stop(n, 0);
}

Test(net, many_clients_at_once)
{
    enum { CLIENTS = 100 };
    struct hl_net *n = start();
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hl_addr bound;
    struct hl_event ev;
    int peers[CLIENTS];
    char text[8];

    listen_at(n, "tcp://127.0.0.1:0", &bound);
    to.sin_port = htons(bound.port);
    for (int i = 0; i < CLIENTS; i++) {
        uint16_t port;

        peers[i] = plain_socket(SOCK_STREAM, &port);
        cr_assert_eq(connect(peers[i], (struct sockaddr *)&to, sizeof(to)), 0);
        cr_assert_eq(send(peers[i], "hi\n", 3, 0), 3);
    }
    for (int i = 0; i < CLIENTS; i++) {
        expect(n, "hi", &ev);
        say(n, &ev.path, "yo\n");
    }
    for (int i = 0; i < CLIENTS; i++) {
        cr_assert_eq(recv(peers[i], text, sizeof(text), 0), 3);
        close(peers[i]);
    }
    for (int i = 0; i < CLIENTS; i++)
        await_event(n, HL_EV_FINISHED, &ev);
    hl_net_stop(n, 0);
}

Test(net, peers_beyond_the_limit_are_turned_away)
{
    struct hl_net_config config = {.conns_max = 2};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hl_net_stats stats;
    struct hl_net *n;
    struct hl_addr bound;
    struct hl_event ev;
    int peers[3];
    char c;

    cr_assert_eq(hl_net_start(&config, &n), 0);
    listen_at(n, "tcp://127.0.0.1:0", &bound);
    to.sin_port = htons(bound.port);
    for (int i = 0; i < 3; i++) {
        uint16_t port;

        peers[i] = plain_socket(SOCK_STREAM, &port);
        cr_assert_eq(connect(peers[i], (struct sockaddr *)&to, sizeof(to)), 0);
        if (i < 2)
            await_event(n, HL_EV_ACCEPTED, &ev);
    }
    cr_assert_leq(recv(peers[2], &c, 1, 0), 0, "the third is closed");
    hl_net_stats(n, &stats);
    cr_assert_eq(stats.refused_conns, 1);
    close(peers[0]);
    await_event(n, HL_EV_FINISHED, &ev);
    cr_assert_eq(hl_net_close(n, ev.path.link), 0);
    await_event(n, HL_EV_CLOSED, &ev);
    hl_net_stop(n, 0);
}

Test(net, floods_are_counted_not_hidden)
{
    enum { FLOOD = 60000 };
    struct hl_net *n = start();
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hl_addr bound;
    struct hl_event ev;
    uint64_t got = 0, lost = 0;
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);

    listen_at(n, "0", &bound);
    to.sin_port = htons(bound.port);
    /* Nobody takes events while this goes on: queue and socket buffer fill up. */
    for (int i = 0; i < FLOOD; i++)
        cr_assert_eq(sendto(peer, "0123456789", 10, 0, (struct sockaddr *)&to, sizeof(to)), 10);
    while (got + lost < FLOOD) {
        struct pollfd p = {.fd = hl_net_fd(n), .events = POLLIN};

        cr_assert_eq(poll(&p, 1, AWAIT_MS), 1, "%lu came, %lu lost", got, lost);
        while (hl_net_next(n, &ev)) {
            got += ev.kind == HL_EV_MESSAGE;
            lost += ev.kind == HL_EV_DROPPED ? ev.count : 0;
        }
    }
    cr_assert_eq(got + lost, FLOOD);
    cr_assert_gt(lost, 0, "the test must outrun the receiver to mean anything");
    close(peer);
    hl_net_stop(n, 0);
}

Test(net, stop_flushes_what_is_queued)
{
    struct hl_net *n = start();
    struct hl_addr bound;
    char text[64];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);
    struct hl_path path;

    listen_at(n, "127.0.0.1:0", &bound);
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    path = dial(n, text, 1);
    for (int i = 0; i < 100; i++)
        say(n, &path, "flush");
    hl_net_stop(n, HL_SECS(2));
    for (int i = 0; i < 100; i++)
        cr_assert_eq(recv(peer, text, sizeof(text), 0), 5, "datagram %d", i);
    close(peer);
}

Test(net, pace_spreads_datagrams)
{
    struct hl_net_config config = {.send_gap = HL_MS(2)};
    struct hl_net *n;
    struct hl_addr bound;
    struct hl_event ev;
    char text[64];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);
    struct hl_path path;
    hl_time began;

    cr_assert_eq(hl_net_start(&config, &n), 0);
    listen_at(n, "127.0.0.1:0", &bound);
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    path = dial(n, text, 1);
    began = hl_clock_now();
    for (int i = 0; i < 100; i++)
        say(n, &path, "paced");
    for (int i = 0; i < 100; i++)
        await_event(n, HL_EV_SENT, &ev);
    cr_assert_geq(hl_clock_now() - began, HL_MS(2) * (100 - 20), "a burst of 16 may go at once");
    close(peer);
    hl_net_stop(n, 0);
}

Test(net, port_in_use)
{
    struct hl_net *n = start();
    struct hl_addr bound;
    struct hl_endpoint e;
    hl_link link;
    char text[64];

    listen_at(n, "127.0.0.1:0", &bound);
    snprintf(text, sizeof(text), "127.0.0.1:%u", bound.port);
    e = listen_endpoint(text);
    cr_assert_eq(hl_net_listen(n, &e, &link, &bound), -EADDRINUSE);
    hl_net_stop(n, 0);
}

Test(net, closing_a_listener_frees_its_port)
{
    struct hl_net *n = start();
    struct hl_addr bound;
    struct hl_event ev;
    char text[64];
    hl_link link = listen_at(n, "tcp://127.0.0.1:0", &bound);

    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", bound.port);
    cr_assert_eq(hl_net_close(n, link), 0);
    await_event(n, HL_EV_CLOSED, &ev);
    listen_at(n, text, &bound);
    hl_net_stop(n, 0);
}

/* A slow pace fills the queue: BUSY, nothing lost, room again when it has left. */
Test(net, a_full_queue_says_busy_and_recovers)
{
    struct hl_net_config config = {.send_gap = 20};
    static char text[1000];
    struct hl_net *n;
    struct hl_addr bound;
    struct hl_event ev;
    struct hl_path path = {.transport = HL_UDP};
    size_t taken = 0, done = 0;

    memset(text, 'q', sizeof(text));
    cr_assert_eq(hl_net_start(&config, &n), 0);
    path.link = listen_at(n, "127.0.0.1:0", &bound);
    path.remote = bound; /* to itself */
    while (hl_net_send(n, &path, taken, text, sizeof(text)) == 0)
        taken++;
    cr_assert_leq(taken, HL_SEND_QUEUE / sizeof(text) + HL_BATCH * 100);
    while (done < taken) {
        await_event(n, HL_EV_SENT, &ev);
        cr_assert_eq(ev.token, done, "reported in order, once each");
        done++;
    }
    cr_assert_eq(hl_net_send(n, &path, 1, text, sizeof(text)), 0);
    hl_net_stop(n, 0);
}
