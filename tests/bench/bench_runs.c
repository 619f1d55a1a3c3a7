/* SPDX-License-Identifier: MIT */
/* What hl_net_transmit() carries over loopback: runs of datagrams beside bare UDP_SEGMENT and
 * UDP_GRO in the same run, the same without the kernel's help, and records over TCP. Counted is
 * what arrives, in datagrams and megabytes per second. One "key value" line per figure. */
#include "net.h"
#include "stats.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
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
    QUIET_MS = 200,     /* after this much silence the rest is lost */
    RUN_PIECES_MAX = 64 /* the kernel's bound for one call */
};

#define RUN_TIME 1e6 /* microseconds that each figure is sent for */

static uint8_t data[65536];

struct load {
    const char *name;
    size_t segment;
};

static const struct load loads[] = {{"100", 100}, {"1400", 1400}};

static size_t run_len(size_t segment)
{
    size_t pieces = 65507 / segment;

    return segment * (pieces < RUN_PIECES_MAX ? pieces : RUN_PIECES_MAX);
}

struct count {
    double first, last; /* when the first and the last came */
    size_t bytes;
};

static void count(struct count *c, size_t bytes)
{
    c->last = stats_now();
    if (c->bytes == 0)
        c->first = c->last;
    c->bytes += bytes;
}

static void print(const char *who, const struct load *l, const struct count *c, double sent)
{
    double us = c->last - c->first;
    char key[64];

    snprintf(key, sizeof key, "%s_%s_datagrams_per_s", who, l->name);
    stats_print(key, (double)c->bytes / (double)l->segment / us * 1e6);
    snprintf(key, sizeof key, "%s_%s_MB_per_s", who, l->name);
    stats_print(key, (double)c->bytes / us);
    snprintf(key, sizeof key, "%s_%s_lost_percent", who, l->name);
    stats_print(key, 100.0 * (1 - (double)c->bytes / sent));
}

/* Bare sockets */

struct bare {
    int fd;
    struct count count;
};

static void *bare_receive(void *arg)
{
    static uint8_t buf[65536];
    struct bare *b = arg;
    struct timeval quiet = {.tv_usec = QUIET_MS * 1000};
    ssize_t n;

    setsockopt(b->fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet);
    while ((n = recv(b->fd, buf, sizeof buf, 0)) > 0)
        count(&b->count, (size_t)n);
    return NULL;
}

static int bare_socket(struct sockaddr_in *at)
{
    int size = 4 << 20;
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)at, sizeof *at) || getsockname(fd, (struct sockaddr *)at, &len))
        stats_die("bind");
    return fd;
}

static void bare_run(const struct load *l)
{
    struct sockaddr_in own;
    struct sockaddr_in to;
    struct bare b = {0};
    pthread_t thread;
    int segment = (int)l->segment;
    int on = 1;
    int fd = bare_socket(&own);
    double sent = 0;
    double start;

    b.fd = bare_socket(&to);
    if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) ||
        setsockopt(b.fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on)) {
        printf("bare_%s none: the kernel has no runs\n", l->name);
        close(fd);
        close(b.fd);
        return;
    }
    pthread_create(&thread, NULL, bare_receive, &b);
    for (start = stats_now(); stats_now() - start < RUN_TIME;) {
        ssize_t n = sendto(fd, data, run_len(l->segment), 0, (struct sockaddr *)&to, sizeof to);

        if (n < 0)
            stats_die("sendto");
        sent += (double)n;
    }
    pthread_join(thread, NULL);
    close(fd);
    close(b.fd);
    print("bare", l, &b.count, sent);
}

/* The net module */

struct end {
    struct hl_net *net;
    struct hl_path path;
    struct count count;
    bool writable, connected;
};

/* Takes what there is within ms. False if nothing came. */
static bool end_take(struct end *e, int ms)
{
    struct pollfd p = {.fd = hl_net_fd(e->net), .events = POLLIN};
    struct hl_event ev;

    if (poll(&p, 1, ms) <= 0)
        return false;
    while (hl_net_next(e->net, &ev)) {
        if (ev.kind == HL_EV_MESSAGE) {
            count(&e->count, ev.len);
        } else if (ev.kind == HL_EV_WRITABLE) {
            e->writable = true;
        } else if (ev.kind == HL_EV_CONNECTED) {
            e->connected = true;
            e->path = ev.path;
        }
    }
    return true;
}

static void *receive(void *arg)
{
    struct end *e = arg;

    while (end_take(e, e->count.bytes ? QUIET_MS : 5 * QUIET_MS))
        continue;
    return NULL;
}

static void end_start(struct end *e, enum hl_transport transport, bool no_offload,
                      struct hl_addr *bound)
{
    struct hl_net_config config = {.segments = true, .framed = true, .no_offload = no_offload};
    struct hl_endpoint at = {
        .transport = transport, .transport_given = true, .kind = HL_HOST_IPV4, .port_given = true};
    int err = hl_net_start(&config, &e->net);

    at.addr = (struct hl_addr){.family = HL_AF_INET, .ip = {127, 0, 0, 1}};
    if (!err)
        err = hl_net_listen(e->net, &at, &e->path.link, bound);
    if (err) {
        fprintf(stderr, "bench_runs: %s\n", hl_err_text(err));
        exit(1);
    }
    e->path.transport = transport;
}

static double send_runs(struct end *e, size_t len, size_t segment)
{
    const struct hl_net_transmit t = {
        .path = &e->path, .data = data, .len = len, .segment = segment};
    double start = stats_now();
    double sent = 0;

    while (stats_now() - start < RUN_TIME) {
        int err = hl_net_transmit(e->net, &t);

        if (err == HL_ERR_BUSY) {
            for (e->writable = false; !e->writable;)
                end_take(e, QUIET_MS);
        } else if (err) {
            fprintf(stderr, "bench_runs: %s\n", hl_err_text(err));
            exit(1);
        } else {
            sent += (double)len;
        }
    }
    return sent;
}

static void net_run(const char *who, const struct load *l, bool no_offload)
{
    struct end a = {0};
    struct end b = {0};
    struct hl_addr own;
    pthread_t thread;
    double sent;

    end_start(&a, HL_UDP, no_offload, &own);
    end_start(&b, HL_UDP, no_offload, &a.path.remote);
    pthread_create(&thread, NULL, receive, &b);
    sent = send_runs(&a, run_len(l->segment), l->segment);
    pthread_join(thread, NULL);
    hl_net_stop(a.net, 0);
    hl_net_stop(b.net, 0);
    print(who, l, &b.count, sent);
}

static void tcp_run(const struct load *l)
{
    struct hl_dial dial = {.to = {.transport = HL_TCP, .kind = HL_HOST_IPV4, .port_given = true}};
    struct end a = {0};
    struct end b = {0};
    struct hl_addr own;
    pthread_t thread;
    double sent;

    end_start(&a, HL_UDP, false, &own);
    end_start(&b, HL_TCP, false, &dial.to.addr);
    dial.to.port = dial.to.addr.port;
    if (hl_net_dial(a.net, &dial, 1))
        stats_die("dial");
    while (!a.connected)
        end_take(&a, 1000);
    pthread_create(&thread, NULL, receive, &b);
    sent = send_runs(&a, run_len(l->segment), l->segment);
    pthread_join(thread, NULL);
    hl_net_stop(a.net, 0);
    hl_net_stop(b.net, 0);
    print("tcp_records", l, &b.count, sent);
}

int main(void)
{
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        bare_run(&loads[i]);
        net_run("net", &loads[i], false);
        net_run("net_no_offload", &loads[i], true);
        tcp_run(&loads[i]);
    }
    return 0;
}
