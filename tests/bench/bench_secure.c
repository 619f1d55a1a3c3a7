/* SPDX-License-Identifier: MIT */
/* Encrypted sessions between two processes over loopback: round trips, messages, bulk. Beside them
 * the floor: plain datagrams, once with a blocking thread on either side, and once handed from
 * thread to thread as often as a message of hl_secure is, by the same queues. One "key value" line
 * per figure. */
#include "crypt.h"
#include "queue.h"
#include "secure.h"
#include "stats.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TEXT = 100,
    ROUND_TRIPS = 20000,
    MESSAGES = 2000000,
    BULK = 1 << 30,
    PIECE = 60000,
};

static uint8_t text[PIECE];
static double times[ROUND_TRIPS];

/* ---- plain datagrams ---- */

static int bare_socket(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)at, sizeof *at) || getsockname(fd, (struct sockaddr *)at, &len))
        stats_die("bind");
    return fd;
}

/* One side: datagrams go from the thread that reads to a second one and to main, what is said from
 * main to the second one, which sends. */
struct relayed {
    int fd;
    struct hl_queue arrived; /* receive thread to middle */
    struct hl_queue events;  /* middle to main */
    struct hl_queue commands;
};

static void wait_for(int fd, int other)
{
    struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};

    if (poll(p, other < 0 ? 1 : 2, 5000) <= 0)
        stats_die("an answer");
}

static void hand_on(struct hl_queue *q, const void *data, size_t len)
{
    if (!hl_queue_push(q, &(struct hl_record){.head = data, .head_len = len}, 0, 0))
        stats_die("queue");
}

static void *relayed_receive(void *arg)
{
    struct relayed *r = arg;
    uint8_t buf[TEXT];
    ssize_t n;

    while ((n = recv(r->fd, buf, sizeof buf, 0)) > 1)
        hand_on(&r->arrived, buf, (size_t)n);
    return NULL;
}

static void *relayed_middle(void *arg)
{
    struct relayed *r = arg;

    for (;;) {
        const void *record;
        uint32_t starved;
        size_t len;

        wait_for(r->arrived.fd, r->commands.fd);
        while ((record = hl_queue_pop(&r->arrived, &len, &starved)) != NULL)
            hand_on(&r->events, record, len);
        while ((record = hl_queue_pop(&r->commands, &len, &starved)) != NULL) {
            if (send(r->fd, record, len, 0) < 0)
                stats_die("send");
            if (len == 1)
                return NULL;
        }
    }
}

static void relayed_start(struct relayed *r, int fd, pthread_t threads[2])
{
    r->fd = fd;
    if (hl_queue_init(&r->arrived, 1 << 20) || hl_queue_init(&r->events, 1 << 20) ||
        hl_queue_init(&r->commands, 1 << 20) ||
        pthread_create(&threads[0], NULL, relayed_receive, r) ||
        pthread_create(&threads[1], NULL, relayed_middle, r))
        stats_die("start");
}

/* Takes one message and, as the echo, says it again. */
static void relayed_take(struct relayed *r, bool echo)
{
    const void *record;
    uint32_t starved;
    size_t len;

    wait_for(r->events.fd, -1);
    while ((record = hl_queue_pop(&r->events, &len, &starved)) != NULL) {
        if (echo)
            hand_on(&r->commands, record, len);
    }
}

static void bare_echo(int fd, bool relayed)
{
    struct relayed r;
    pthread_t threads[2];
    uint8_t buf[TEXT];
    ssize_t n;

    if (relayed) {
        relayed_start(&r, fd, threads);
        for (;;)
            relayed_take(&r, true);
    }
    while ((n = recv(fd, buf, sizeof buf, 0)) > 0)
        (void)!send(fd, buf, (size_t)n, 0);
    _exit(0);
}

static void bare_round_trips(const char *name, bool relayed)
{
    struct sockaddr_in at[2];
    int fds[2] = {bare_socket(&at[0]), bare_socket(&at[1])};
    struct relayed r;
    pthread_t threads[2];
    uint8_t buf[TEXT];
    pid_t child;

    for (int i = 0; i < 2; i++) {
        if (connect(fds[i], (struct sockaddr *)&at[1 - i], sizeof at[0]))
            stats_die("connect");
    }
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        bare_echo(fds[1], relayed);
    }
    if (relayed)
        relayed_start(&r, fds[0], threads);
    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        double start = stats_now();

        if (relayed) {
            hand_on(&r.commands, text, TEXT);
            relayed_take(&r, false);
        } else if (send(fds[0], text, TEXT, 0) < 0 || recv(fds[0], buf, sizeof buf, 0) < 0) {
            stats_die("round trip");
        }
        times[i] = stats_now() - start;
    }
    if (relayed) { /* the threads end: the second at one byte, the first when nothing comes */
        hand_on(&r.commands, text, 1);
        pthread_join(threads[1], NULL);
        shutdown(fds[0], SHUT_RD);
        pthread_join(threads[0], NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    stats_print_quantiles(name, times, ROUND_TRIPS);
}

/* ---- sessions ---- */

static void check(int err, const char *what)
{
    if (err == 0)
        return;
    fprintf(stderr, "bench_secure: %s: %s\n", what, hl_err_text(err));
    exit(1);
}

static struct hl_secure *start(uint8_t key)
{
    struct hl_secure_config config = {.pairing = true};
    struct hl_secure *s;

    memset(config.secret, key, sizeof config.secret);
    check(hl_secure_start(&config, &s), "start");
    return s;
}

/* Says back what is on the chat stream; of byte streams, that they are over. */
static void echo(const char *listen, int report)
{
    struct hl_secure *s;
    struct hl_secure_event ev;
    struct hl_endpoint at;
    struct hl_addr bound;
    hl_link link;
    size_t got = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    s = start(2);
    check(hl_endpoint_parse_listen(listen, &at), "address");
    check(hl_net_listen(hl_secure_net(s), &at, &link, &bound), "listen");
    (void)!write(report, &bound.port, sizeof bound.port);
    for (;;) {
        wait_for(hl_secure_fd(s), -1);
        while (hl_secure_next(s, &ev)) {
            const struct hl_bytes back = {ev.data, ev.len};

            if (ev.kind == HL_SEC_MESSAGE && ev.stream == HL_STREAM_CONTROL && ++got == MESSAGES)
                check(hl_secure_send(s, ev.peer, HL_STREAM_CHAT, 0, &(struct hl_bytes){text, 1}),
                      "end");
            if (ev.kind == HL_SEC_MESSAGE && ev.stream == HL_STREAM_CHAT)
                check(hl_secure_send(s, ev.peer, HL_STREAM_CHAT, 0, &back), "echo");
            if (ev.kind == HL_SEC_DATA && ev.fin)
                check(hl_secure_send(s, ev.peer, HL_STREAM_CHAT, 0, &(struct hl_bytes){text, 1}),
                      "end");
        }
    }
}

/* Waits for an event of that kind; others are thrown away. */
static void await(struct hl_secure *s, enum hl_secure_event_kind kind)
{
    struct hl_secure_event ev;

    for (;;) {
        while (hl_secure_next(s, &ev)) {
            if (ev.kind == kind)
                return;
        }
        wait_for(hl_secure_fd(s), -1);
    }
}

static void secure_round_trips(const char *name, struct hl_secure *s, uint32_t peer)
{
    const struct hl_bytes message = {text, TEXT};

    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        double begun = stats_now();

        check(hl_secure_send(s, peer, HL_STREAM_CHAT, 0, &message), "send");
        await(s, HL_SEC_MESSAGE);
        times[i] = stats_now() - begun;
    }
    stats_print_quantiles(name, times, ROUND_TRIPS);
}

static double secure_messages(struct hl_secure *s, uint32_t peer)
{
    const struct hl_bytes message = {text, TEXT};
    double begun = stats_now();

    for (size_t i = 0; i < MESSAGES;) {
        int err = hl_secure_send(s, peer, HL_STREAM_CONTROL, 0, &message);

        if (err == HL_ERR_BUSY)
            await(s, HL_SEC_WRITABLE);
        else
            check(err, "send");
        i += err == 0;
    }
    await(s, HL_SEC_MESSAGE);
    return MESSAGES / (stats_now() - begun) * 1e6;
}

static double secure_bulk(struct hl_secure *s, uint32_t peer)
{
    const struct hl_bytes piece = {text, PIECE};
    double begun = stats_now();

    for (size_t done = 0; done < BULK;) {
        int err = hl_secure_write(s, peer, HL_STREAM_BYTES, 0, &piece, done + PIECE >= BULK);

        if (err == HL_ERR_BUSY)
            await(s, HL_SEC_WRITABLE);
        else
            check(err, "write");
        done += err == 0 ? PIECE : 0;
    }
    await(s, HL_SEC_MESSAGE);
    return BULK / (stats_now() - begun);
}

static void secure(const char *name, const char *listen, const char *dial)
{
    struct hl_secure_open open = {.carrier = HL_CARRIER_UDP};
    char address[64];
    char key[64];
    uint16_t port;
    int report[2];
    struct hl_secure *s;
    uint32_t peer;
    pid_t child;

    if (pipe(report))
        stats_die("pipe");
    child = fork();
    if (child == 0)
        echo(listen, report[1]);
    if (read(report[0], &port, sizeof port) != sizeof port)
        stats_die("the other process");
    snprintf(address, sizeof address, "%s127.0.0.1:%u", dial, port);
    check(hl_endpoint_parse(address, &open.to), address);
    s = start(1);
    check(hl_secure_open(s, &open, &peer), "open");
    await(s, HL_SEC_UP);
    snprintf(key, sizeof key, "%s_round_trip", name);
    secure_round_trips(key, s, peer);
    snprintf(key, sizeof key, "%s_messages_per_s", name);
    stats_print(key, secure_messages(s, peer));
    snprintf(key, sizeof key, "%s_bulk_mb_per_s", name);
    stats_print(key, secure_bulk(s, peer));
    hl_secure_stop(s, 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(void)
{
    memset(text, 'x', sizeof text);
    bare_round_trips("bare_round_trip", false);
    bare_round_trips("relayed_round_trip", true);
    secure("secure_udp", "127.0.0.1:0", "");
    secure("secure_tcp", "tcp://127.0.0.1:0", "tcp://");
    return 0;
}
