/* SPDX-License-Identifier: MIT */
#include "end.h"

#include "clock.h"
#include "dgram.h"
#include "entropy.h"
#include "node.h"
#include "stats.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SOCKET_BUFFER = 4 << 20,
    ROUNDS = 16, /* batches read before timers and output get their turn */
    READY = 64,
    PEER = 1, /* the one that was dialled */
};

struct end {
    int fd;
    atomic_uint can; /* enum hl_dgram_can */
    struct hl_node *node;
    end_message *deliver;
    bool connected;
    bool asked; /* now is that of the sends since the last round */
    hl_time now;
    struct hl_command send; /* what is the same in each */
};

/* Shared by all ends of a process: they take turns on one thread. */
static struct hl_dgram_rx *rx;
static uint8_t batch[HL_NODE_BATCH];
static int poller = -1;

static struct hl_addr loopback(int port)
{
    return (struct hl_addr){.family = HL_AF_INET, .port = (uint16_t)port, .ip = {127, 0, 0, 1}};
}

static int open_socket(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = SOCKET_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at))
        stats_die("bind");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return fd;
}

struct end *end_new(int port, end_message *deliver)
{
    struct hl_node_config config = {.env = hl_entropy_env(), .pairing = true};
    struct end *e = calloc(1, sizeof *e);

    if (!rx) {
        rx = hl_dgram_rx_new();
        poller = epoll_create1(EPOLL_CLOEXEC);
    }
    if (!e || !rx || poller < 0 || hl_crypt_init())
        stats_die("end");
    config.env->random(config.env->user, config.secret, sizeof config.secret);
    e->deliver = deliver;
    e->fd = open_socket(port);
    e->can = hl_dgram_enable(e->fd);
    e->send = (struct hl_command){.kind = HL_CMD_SEND, .stream = HL_STREAM_CHAT};
    if (hl_node_new(&config, hl_clock_now(), &e->node))
        stats_die("node");
    if (epoll_ctl(poller, EPOLL_CTL_ADD, e->fd,
                  &(struct epoll_event){.events = EPOLLIN, .data.ptr = e}))
        stats_die("epoll");
    return e;
}

void end_free(struct end *e)
{
    hl_node_free(e->node);
    close(e->fd);
    free(e);
}

static int command(struct end *e, const struct hl_command *c)
{
    return hl_node_command(e->node, hl_clock_now(), c);
}

void end_dial(struct end *e, int port)
{
    struct hl_command c = {.kind = HL_CMD_PEER, .peer = PEER};

    if (command(e, &c))
        stats_die("peer");
    c.kind = HL_CMD_PATH;
    c.path = (struct hl_path){.link = 1, .transport = HL_UDP, .remote = loopback(port)};
    if (command(e, &c))
        stats_die("path");
}

bool end_connected(const struct end *e)
{
    return e->connected;
}

bool end_send(struct end *e, uint32_t to, const void *data, size_t len)
{
    if (!e->asked)
        e->now = hl_clock_now();
    e->asked = true;
    e->send.peer = to ? to : PEER;
    e->send.data = data;
    e->send.len = len;
    return hl_node_command(e->node, e->now, &e->send) == 0;
}

size_t end_write(struct end *e, const void *data, size_t len)
{
    size_t taken = 0;
    const struct hl_command c = {.kind = HL_CMD_WRITE,
                                 .peer = PEER,
                                 .stream = HL_STREAM_BYTES,
                                 .data = data,
                                 .len = len,
                                 .taken = &taken};
    return command(e, &c) == 0 ? taken : 0;
}

static void take_events(struct end *e, hl_time now)
{
    struct hl_node_event ev;

    while (hl_node_event(e->node, now, &ev)) {
        if (ev.kind == HL_NODE_UP)
            e->connected = true;
        else if (ev.kind == HL_NODE_FLOW &&
                 (ev.flow.kind == HL_FLOW_MESSAGE || ev.flow.kind == HL_FLOW_DATA))
            e->deliver(ev.peer, ev.flow.data, ev.flow.len, ev.flow.kind == HL_FLOW_DATA);
    }
}

static void too_big(struct end *e, hl_time now, const struct hl_transmit *t)
{
    const struct hl_command c = {
        .kind = HL_CMD_TOO_BIG, .path = t->path, .len = t->segment ? t->segment : t->len};

    (void)!hl_node_command(e->node, now, &c);
}

static void transmit(struct end *e, hl_time now)
{
    struct hl_transmit t;
    int err;

    while (hl_node_poll(e->node, now, batch, sizeof batch, &t)) {
        const struct hl_dgram_run run = {.remote = &t.path.remote,
                                         .local = &t.path.local,
                                         .data = t.data,
                                         .len = t.len,
                                         .segment = t.segment};

        (void)hl_dgram_send_run(e->fd, AF_INET, &run, &e->can, &err);
        if (err == -EMSGSIZE)
            too_big(e, now, &t); /* everything else that is lost here is sent again */
    }
}

static void take_datagram(struct end *e, hl_time now, const struct hl_dgram *d)
{
    const struct hl_path from = {
        .link = 1, .transport = HL_UDP, .remote = d->remote, .local = d->local};
    size_t step = d->segment ? d->segment : d->len;

    for (size_t at = 0; at < d->len; at += step) {
        size_t len = d->len - at < step ? d->len - at : step;

        hl_node_recv(e->node, now, &from, (uint8_t *)(uintptr_t)d->data + at, len);
        take_events(e, now);
    }
}

static void receive(struct end *e, hl_time now)
{
    const struct hl_dgram *d;

    for (int round = 0; round < ROUNDS; round++) {
        int n = hl_dgram_recv(rx, e->fd, HL_BATCH, &d);

        for (int i = 0; i < n; i++)
            take_datagram(e, now, &d[i]);
        if (n > 0)
            transmit(e, now); /* acknowledges once for each batch */
        if (n < HL_BATCH)
            return;
    }
}

/* How long all may sleep, in microseconds. */
static int64_t patience(struct end *const *ends, size_t count, hl_time now, int timeout_us)
{
    int64_t left = timeout_us;

    for (size_t i = 0; i < count && left > 0; i++) {
        hl_time deadline = hl_node_deadline(ends[i]->node);

        if (deadline - now < left && deadline != HL_NEVER)
            left = deadline > now ? deadline - now : 0;
    }
    return left;
}

void end_service(struct end *const *ends, size_t count, int timeout_us)
{
    struct epoll_event ready[READY];
    hl_time now = hl_clock_now();
    struct timespec left;
    int64_t us;
    int n;

    for (size_t i = 0; i < count; i++) {
        ends[i]->asked = false;
        take_events(ends[i], now);
        transmit(ends[i], now);
    }
    us = patience(ends, count, now, timeout_us);
    left = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (count == 1) { /* the usual case, without the detour */
        struct pollfd in = {.fd = ends[0]->fd, .events = POLLIN};

        if (us > 0 && ppoll(&in, 1, &left, NULL) <= 0)
            return;
        receive(ends[0], us > 0 ? hl_clock_now() : now);
        return;
    }
    n = epoll_pwait2(poller, ready, READY, &left, NULL);
    for (int i = 0; i < n; i++)
        receive(ready[i].data.ptr, hl_clock_now());
}
