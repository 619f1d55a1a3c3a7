/* SPDX-License-Identifier: MIT */
/* Messages that leave from the calling thread beside those that the send thread has: their order,
 * their reports, and what full peers do to others. */
#include "await.h"
#include "peer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

static const struct hl_net_config plain = {0};

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

/* A plain Unix datagram socket, bound to a name of the kernel's choice. */
static int unix_datagram(struct hl_addr *at)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct timeval tv = {.tv_sec = AWAIT_MS / 1000};
    socklen_t len = sizeof(sun);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun.sun_family)), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&sun, &len), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    *at =
        (struct hl_addr){.family = HL_AF_UNIX, .unix_len = (uint8_t)(len - sizeof(sun.sun_family))};
    memcpy(at->path, sun.sun_path, at->unix_len);
    return fd;
}

/* ---- order ---- */

enum {
    MESSAGES = 20000,
    SENDERS = 3,
};

struct numbered {
    uint32_t sender, number;
};

struct reader {
    int fd;
    uint32_t wanted;
    uint32_t next[SENDERS];
    uint32_t wrong; /* messages out of order */
    uint32_t got;
};

/* Reads by fits and starts, so that the sockets are full now and then. */
static void *read_slowly(void *arg)
{
    struct reader *r = arg;
    struct numbered m;

    while (r->got < r->wanted && recv(r->fd, &m, sizeof(m), 0) == sizeof(m)) {
        if (m.sender >= SENDERS || m.number != r->next[m.sender]++)
            r->wrong++;
        if (++r->got % 1000 == 0)
            poll(NULL, 0, 1);
    }
    return NULL;
}

/* Takes events until a link is writable again; the SENT of one sender must come in order. */
static void take_until_writable(struct hl_net *n, uint64_t *sent)
{
    struct hl_event ev;

    for (;;) {
        struct pollfd p = {.fd = hl_net_fd(n), .events = POLLIN};

        cr_assert_eq(poll(&p, 1, AWAIT_MS), 1, "nothing came after BUSY");
        while (hl_net_next(n, &ev)) {
            if (ev.kind == HL_EV_WRITABLE)
                return;
            cr_assert_eq(ev.kind, HL_EV_SENT, "%s", hl_err_text(ev.err));
            cr_assert_eq(ev.token, (*sent)++);
        }
    }
}

Test(direct, nothing_overtakes_what_waits)
{
    struct hl_net *n = start(&plain);
    struct hl_path path = listen_at(n, "unix-dgram:@");
    struct reader r = {.wanted = MESSAGES};
    struct hl_event ev;
    uint64_t sent = 0;
    pthread_t thread;

    r.fd = unix_datagram(&path.remote);
    pthread_create(&thread, NULL, read_slowly, &r);
    for (uint32_t i = 0; i < MESSAGES;) {
        struct numbered m = {.number = i};
        int err = hl_net_send(n, &path, i, &m, sizeof(m));

        cr_assert(err == 0 || err == HL_ERR_BUSY, "%s", hl_err_text(err));
        i += err == 0;
        if (err)
            take_until_writable(n, &sent);
    }
    while (sent < MESSAGES) {
        await_event(n, HL_EV_SENT, &ev);
        cr_assert_eq(ev.token, sent++, "reported in order, once each");
    }
    pthread_join(thread, NULL);
    cr_assert_eq(r.got, MESSAGES);
    cr_assert_eq(r.wrong, 0);
    close(r.fd);
    hl_net_stop(n, 0);
}

struct sender {
    struct hl_net *net;
    struct hl_path path;
    uint32_t id;
    int err;
};

static void *send_numbered(void *arg)
{
    struct sender *s = arg;

    for (uint32_t i = 0; i < MESSAGES / SENDERS && s->err == 0;) {
        struct numbered m = {.sender = s->id, .number = i};
        const struct hl_net_transmit t = {.path = &s->path, .data = &m, .len = sizeof(m)};

        s->err = hl_net_transmit(s->net, &t);
        if (s->err == HL_ERR_BUSY) { /* the events are another thread's */
            s->err = 0;
            poll(NULL, 0, 1);
            continue;
        }
        i++;
    }
    return NULL;
}

Test(direct, several_threads_keep_their_order)
{
    struct hl_net *n = start(&plain);
    struct hl_path path = listen_at(n, "unix-dgram:@");
    struct reader r = {.wanted = MESSAGES / SENDERS * SENDERS};
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS], reader;

    r.fd = unix_datagram(&path.remote);
    pthread_create(&reader, NULL, read_slowly, &r);
    for (uint32_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.net = n, .path = path, .id = i};
        pthread_create(&threads[i], NULL, send_numbered, &senders[i]);
    }
    for (uint32_t i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(senders[i].err, 0, "%s", hl_err_text(senders[i].err));
    }
    pthread_join(reader, NULL);
    cr_assert_eq(r.got, r.wanted);
    cr_assert_eq(r.wrong, 0);
    close(r.fd);
    hl_net_stop(n, 0);
}

/* Nobody takes events: the reports do not overflow, and what was taken is reported all the same. */
Test(direct, reports_wait_for_room)
{
    static char text[2000];
    struct hl_net *n = start(&plain);
    struct hl_path path = listen_at(n, "127.0.0.1:0");
    struct hl_event ev;
    uint64_t taken = 0, sent = 0;
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);

    path.remote = loopback(port);
    while (hl_net_send(n, &path, taken, text, sizeof(text)) == 0)
        taken++;
    cr_assert_gt(taken, 1000);
    cr_assert_lt(taken, 20000, "without an end");
    while (sent < taken) {
        await_event(n, HL_EV_SENT, &ev);
        cr_assert_eq(ev.token, sent++);
    }
    cr_assert_eq(hl_net_send(n, &path, 0, text, 1), 0);
    close(peer);
    hl_net_stop(n, 0);
}

Test(direct, a_paced_link_is_busy_then_writable)
{
    struct hl_net_config config = {.send_gap = 10};
    static char text[1000];
    struct hl_net *n = start(&config);
    struct hl_path path = listen_at(n, "127.0.0.1:0");
    const struct hl_net_transmit t = {.path = &path, .data = text, .len = sizeof(text)};
    struct hl_event ev;

    path.remote = path.local;
    while (hl_net_transmit(n, &t) == 0)
        continue;
    await_event(n, HL_EV_WRITABLE, &ev);
    cr_assert_eq(ev.path.link, path.link);
    cr_assert_eq(hl_net_transmit(n, &t), 0);
    hl_net_stop(n, 0);
}

/* ---- full peers ---- */

Test(direct, a_full_unix_receiver_holds_back_nobody_else)
{
    struct hl_net *n = start(&plain);
    struct hl_path full = listen_at(n, "unix-dgram:@");
    struct hl_path other = full;
    hl_time began = hl_clock_now();
    uint64_t failed = 0;
    struct hl_event ev;
    char c;
    int stuck = unix_datagram(&full.remote);
    int fd = unix_datagram(&other.remote);

    for (int i = 0; i < 1000; i++)
        cr_assert_eq(hl_net_send(n, &full, 1, "x", 1), 0);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(hl_net_send(n, &other, 2, "y", 1), 0);
        cr_assert_eq(recv(fd, &c, 1, 0), 1);
    }
    cr_assert_lt(hl_clock_now() - began, HL_UNIX_PATIENCE, "they waited for the full one");
    do {
        await_event(n, HL_EV_FAILED, &ev);
        cr_assert_eq(ev.err, HL_ERR_TIMEOUT);
        cr_assert_eq(ev.token, 1);
    } while (++failed < 900);
    cr_assert_geq(hl_clock_now() - began, HL_UNIX_PATIENCE);
    cr_assert_eq(hl_net_send(n, &other, 3, "z", 1), 0);
    cr_assert_eq(recv(fd, &c, 1, 0), 1);
    close(stuck);
    close(fd);
    hl_net_stop(n, 0);
}

/* Stream peers that connect and never read. */
struct stalled {
    int fd;
    struct hl_path path;
};

static void connect_stalled(struct hl_net *n, const struct hl_addr *at, struct stalled *s)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct hl_event ev;

    memcpy(sun.sun_path, at->path, at->unix_len);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(
        connect(s->fd, (struct sockaddr *)&sun, (socklen_t)(sizeof(sun.sun_family) + at->unix_len)),
        0);
    await_event(n, HL_EV_ACCEPTED, &ev);
    s->path = ev.path;
}

static size_t fill(struct hl_net *n, const struct stalled *s)
{
    static char text[10000];
    size_t sent = 0;

    while (hl_net_send(n, &s->path, 1, text, sizeof(text)) == 0)
        sent += sizeof(text);
    return sent;
}

Test(direct, peers_that_read_nothing_leave_room_for_others)
{
    enum { STALLED = 20 };
    struct hl_net *n = start(&plain);
    struct hl_path at = listen_at(n, "unix:@");
    struct hl_path udp = listen_at(n, "127.0.0.1:0");
    struct stalled peers[STALLED], good;
    char text[1000] = {0};
    struct hl_event ev;

    for (int i = 0; i < STALLED; i++) {
        connect_stalled(n, &at.local, &peers[i]);
        cr_assert_gt(fill(n, &peers[i]), 0, "peer %d is shut out", i);
    }
    connect_stalled(n, &at.local, &good);
    udp.remote = udp.local;
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(hl_net_send(n, &good.path, 2, text, sizeof(text)), 0, "round %d", i);
        cr_assert_eq(recv(good.fd, text, sizeof(text), MSG_WAITALL), (ssize_t)sizeof(text));
        cr_assert_eq(hl_net_send(n, &udp, 3, text, sizeof(text)), 0, "round %d", i);
        await_event(n, HL_EV_MESSAGE, &ev);
    }
    for (int i = 0; i < STALLED; i++)
        close(peers[i].fd);
    close(good.fd);
    hl_net_stop(n, 0);
}

Test(direct, a_closed_link_does_not_wait_for_ever)
{
    struct hl_net_config config = {.close_patience = HL_MS(200)};
    struct hl_net *n = start(&config);
    struct hl_path at = listen_at(n, "unix:@");
    struct stalled peer;
    struct hl_event ev;
    hl_time began;

    connect_stalled(n, &at.local, &peer);
    cr_assert_gt(fill(n, &peer), 0);
    began = hl_clock_now();
    cr_assert_eq(hl_net_close(n, peer.path.link), 0);
    await_event(n, HL_EV_FAILED, &ev);
    cr_assert_eq(ev.err, HL_ERR_TIMEOUT);
    await_event(n, HL_EV_CLOSED, &ev);
    cr_assert_eq(ev.err, HL_ERR_TIMEOUT);
    cr_assert_geq(hl_clock_now() - began, HL_MS(200));
    close(peer.fd);
    hl_net_stop(n, 0);
}

/* One that reads, however slowly, gets all of it after the close. */
Test(direct, a_closed_link_waits_for_who_reads)
{
    struct hl_net_config config = {.close_patience = HL_SECS(1)};
    static char text[10000];
    struct hl_net *n = start(&config);
    struct hl_path at = listen_at(n, "unix:@");
    struct stalled peer;
    size_t sent;
    size_t got = 0;
    ssize_t len;

    connect_stalled(n, &at.local, &peer);
    sent = fill(n, &peer);
    cr_assert_eq(hl_net_close(n, peer.path.link), 0);
    while ((len = recv(peer.fd, text, sizeof(text), 0)) > 0) {
        got += (size_t)len;
        poll(NULL, 0, 30); /* longer in all than the patience */
    }
    cr_assert_eq(got, sent);
    close(peer.fd);
    hl_net_stop(n, 0);
}

/* ---- start ---- */

Test(direct, a_start_that_fails_says_why)
{
    struct rlimit limit;
    struct hl_net *n;
    rlim_t first;
    int err = -EMFILE;
    int fd = dup(0);

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    first = (rlim_t)fd;
    close(fd);
    for (limit.rlim_cur = first; err != 0; limit.rlim_cur++) {
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        err = hl_net_start(&plain, &n);
        cr_assert(err == 0 || err == -EMFILE, "%s", hl_err_text(err));
        cr_assert_lt(limit.rlim_cur, first + 30);
    }
    cr_assert_gt(limit.rlim_cur, first + 5, "none of the failures was seen");
    hl_net_stop(n, 0);
}
