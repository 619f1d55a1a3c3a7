/* SPDX-License-Identifier: MIT */
/* The net module's two threads beside bare sendto() and recvfrom(), over loopback, in one run:
 * how many datagrams and stream lines arrive in a second, and how long a question and its answer
 * take. One "key value" line per figure. */
#include "net.h"
#include "stats.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TEXT = 100,         /* bytes of a message */
    DATAGRAMS = 300000, /* of a throughput run */
    LINES = 300000,     /* of a stream run */
    ROUND_TRIPS = 20000,
    QUIET_MS = 200, /* after this much silence the rest is lost */
};

static const char text[TEXT + 1] = "one hundred bytes of text, which is about what a person types "
                                   "before the Enter key is pressed. ....\n";
static double times[ROUND_TRIPS];

/* Bare sockets */

static int bare_socket(struct sockaddr_in *at)
{
    int size = 4 << 20;
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)at, sizeof *at) || getsockname(fd, (struct sockaddr *)at, &len))
        stats_die("bind");
    return fd;
}

struct bare {
    int fd;
    struct sockaddr_in at;
    size_t got;
    double last; /* when the last one came */
};

static void *bare_receive(void *arg)
{
    struct bare *b = arg;
    struct timeval quiet = {.tv_usec = QUIET_MS * 1000};
    char buf[TEXT];

    setsockopt(b->fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet);
    while (b->got < DATAGRAMS && recvfrom(b->fd, buf, sizeof buf, 0, NULL, NULL) > 0) {
        b->got++;
        b->last = stats_now();
    }
    return NULL;
}

static double bare_throughput(void)
{
    struct bare b = {0};
    struct sockaddr_in own;
    pthread_t thread;
    int fd = bare_socket(&own);
    double start = stats_now();

    b.fd = bare_socket(&b.at);
    pthread_create(&thread, NULL, bare_receive, &b);
    for (size_t i = 0; i < DATAGRAMS; i++) {
        if (sendto(fd, text, TEXT, 0, (struct sockaddr *)&b.at, sizeof b.at) < 0)
            stats_die("sendto");
    }
    pthread_join(thread, NULL);
    close(fd);
    close(b.fd);
    stats_print("bare_datagrams_lost_percent",
                100.0 * (double)(DATAGRAMS - b.got) / (double)DATAGRAMS);
    return (double)b.got / (b.last - start) * 1e6;
}

static void *bare_echo(void *arg)
{
    const struct bare *b = arg;
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    char buf[TEXT];
    ssize_t n;

    while ((n = recvfrom(b->fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len)) > 1)
        (void)!sendto(b->fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len);
    return NULL;
}

static void bare_round_trips(void)
{
    struct bare b = {0};
    struct sockaddr_in own;
    pthread_t thread;
    char buf[TEXT];
    int fd = bare_socket(&own);

    b.fd = bare_socket(&b.at);
    pthread_create(&thread, NULL, bare_echo, &b);
    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        double start = stats_now();

        if (sendto(fd, text, TEXT, 0, (struct sockaddr *)&b.at, sizeof b.at) < 0 ||
            recvfrom(fd, buf, sizeof buf, 0, NULL, NULL) < 0)
            stats_die("round trip");
        times[i] = stats_now() - start;
    }
    (void)!sendto(fd, text, 1, 0, (struct sockaddr *)&b.at, sizeof b.at);
    pthread_join(thread, NULL);
    close(fd);
    close(b.fd);
    stats_print_quantiles("bare_round_trip", times, ROUND_TRIPS);
}

/* The net module: two handles, as two programs would have */

struct end {
    struct hl_net *net;
    struct hl_path peer;
    size_t got;
    uint64_t dropped;
    double last;
    bool ready; /* a stream is connected */
};

static void end_start(struct end *e, enum hl_transport transport, struct hl_addr *bound)
{
    struct hl_net_config config = {0};
    struct hl_endpoint at = {
        .transport = transport, .transport_given = true, .kind = HL_HOST_IPV4, .port_given = true};
    int err = hl_net_start(&config, &e->net);

    at.addr = (struct hl_addr){.family = HL_AF_INET, .ip = {127, 0, 0, 1}};
    if (!err)
        err = hl_net_listen(e->net, &at, &e->peer.link, bound);
    if (err) {
        fprintf(stderr, "bench_net: %s\n", hl_err_text(err));
        exit(1);
    }
    e->peer.transport = transport;
}

/* Takes what is there; answers with the same when echo is set. */
static void end_take(struct end *e, bool echo)
{
    struct hl_event ev;

    while (hl_net_next(e->net, &ev)) {
        if (ev.kind == HL_EV_MESSAGE) {
            e->got++;
            e->last = stats_now();
            if (echo && hl_net_send(e->net, &ev.path, e->got, ev.data, ev.len))
                fprintf(stderr, "bench_net: an answer was not taken\n");
        } else if (ev.kind == HL_EV_DROPPED) {
            e->dropped += ev.count;
        } else if (ev.kind == HL_EV_CONNECTED) {
            e->peer = ev.path;
            e->ready = true;
        }
    }
}

static bool end_wait(struct end *e, int ms)
{
    struct pollfd p = {.fd = hl_net_fd(e->net), .events = POLLIN};

    return poll(&p, 1, ms) > 0;
}

struct reader {
    struct end end;
    size_t wanted;
    atomic_bool stop;
    bool echo;
};

static void *read_events(void *arg)
{
    struct reader *r = arg;

    while (!atomic_load(&r->stop) && (r->echo || r->end.got < r->wanted)) {
        if (end_wait(&r->end, QUIET_MS))
            end_take(&r->end, r->echo);
        else if (r->end.got && !r->echo)
            break;
    }
    return NULL;
}

/* Sends count messages as fast as the queue takes them, taking our own events meanwhile. */
static void send_all(struct end *e, size_t count)
{
    for (size_t i = 0; i < count;) {
        int err = hl_net_send(e->net, &e->peer, i + 1, text, TEXT);

        if (!err) {
            i++;
        } else if (err == HL_ERR_BUSY) {
            end_wait(e, QUIET_MS);
            end_take(e, false);
        } else {
            fprintf(stderr, "bench_net: %s\n", hl_err_text(err));
            exit(1);
        }
    }
}

static double net_throughput(enum hl_transport transport, size_t count)
{
    struct end a = {0};
    struct reader b = {.wanted = count};
    struct hl_addr own;
    struct hl_addr to;
    pthread_t thread;
    double start;

    end_start(&b.end, transport, &to);
    end_start(&a, HL_UDP, &own);
    a.peer.remote = to;
    if (transport == HL_TCP) {
        struct hl_dial dial = {.to = {.transport = HL_TCP,
                                      .kind = HL_HOST_IPV4,
                                      .addr = to,
                                      .port = to.port,
                                      .port_given = true}};

        if (hl_net_dial(a.net, &dial, 1))
            stats_die("dial");
        while (!a.ready && end_wait(&a, 1000))
            end_take(&a, false);
    }
    pthread_create(&thread, NULL, read_events, &b);
    start = stats_now();
    send_all(&a, count);
    while (pthread_tryjoin_np(thread, NULL) == EBUSY) {
        end_wait(&a, 1);
        end_take(&a, false);
    }
    hl_net_stop(a.net, 0);
    hl_net_stop(b.end.net, 0);
    if (transport == HL_UDP) {
        stats_print("net_datagrams_lost_percent",
                    100.0 * (double)(count - b.end.got) / (double)count);
        stats_print("net_datagrams_counted_as_lost", (double)b.end.dropped);
    }
    return (double)b.end.got / (b.end.last - start) * 1e6;
}

static void net_round_trips(void)
{
    struct end a = {0};
    struct reader b = {.echo = true};
    struct hl_addr own;
    struct hl_addr to;
    pthread_t thread;

    end_start(&b.end, HL_UDP, &to);
    end_start(&a, HL_UDP, &own);
    a.peer.remote = to;
    pthread_create(&thread, NULL, read_events, &b);
    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        double start = stats_now();

        if (hl_net_send(a.net, &a.peer, i + 1, text, TEXT))
            stats_die("send");
        while (a.got <= i && end_wait(&a, 1000))
            end_take(&a, false);
        times[i] = stats_now() - start;
    }
    atomic_store(&b.stop, true);
    pthread_join(thread, NULL);
    hl_net_stop(a.net, 0);
    hl_net_stop(b.end.net, 0);
    stats_print_quantiles("net_round_trip", times, ROUND_TRIPS);
}

int main(void)
{
    double bare = bare_throughput();
    double net = net_throughput(HL_UDP, DATAGRAMS);

    stats_print("bare_datagrams_per_s", bare);
    stats_print("net_datagrams_per_s", net);
    stats_print("net_to_bare_percent", 100 * net / bare);
    stats_print("net_tcp_lines_per_s", net_throughput(HL_TCP, LINES));
    bare_round_trips();
    net_round_trips();
    return 0;
}
