/* SPDX-License-Identifier: MIT */
/* Sessions over a bad path: a relay between two sides drops, doubles and reorders datagrams, cuts
 * the path, changes its port, and keeps a copy of all bytes. */
#include "sides.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    HELD_MAX = 64,
    CAPTURE_MAX = 32 << 20,
    LATE_US = 5000, /* how long a datagram is held back at most */
};

struct held {
    int fd; /* -1 = free */
    struct sockaddr_in to;
    hl_time due;
    size_t len;
    uint8_t data[2048];
};

/* Everything but the atomics belongs to the relay's thread while it runs. */
struct relay {
    int front, back; /* clients talk to front; the server hears from back */
    int wake;
    uint16_t port; /* of front */
    atomic_uint server;
    atomic_uint drop, twice, late; /* per cent */
    atomic_bool cut, rebind, stop;
    atomic_uint turns; /* how often it has passed on all that was there */
    uint64_t seed;
    struct sockaddr_in client;
    struct held held[HELD_MAX];
    uint8_t *capture;
    size_t captured;
    unsigned dropped, doubled, held_back;
    pthread_t thread;
};

static struct side a, b;
static struct relay relay;

static unsigned chance(struct relay *r)
{
    r->seed ^= r->seed << 13;
    r->seed ^= r->seed >> 7;
    r->seed ^= r->seed << 17;
    return (unsigned)(r->seed % 100);
}

static struct sockaddr_in loopback_in(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void release(struct held *h)
{
    (void)!sendto(h->fd, h->data, h->len, 0, (struct sockaddr *)&h->to, sizeof(h->to));
    h->fd = -1;
}

static bool hold(struct relay *r, int fd, const struct sockaddr_in *to, const uint8_t *data,
                 size_t len)
{
    for (int i = 0; i < HELD_MAX; i++) {
        struct held *h = &r->held[i];

        if (h->fd >= 0 || len > sizeof(h->data))
            continue;
        h->fd = fd;
        h->to = *to;
        h->due = hl_clock_now() + 1 + (hl_time)(chance(r) * LATE_US / 100);
        h->len = len;
        memcpy(h->data, data, len);
        r->held_back++;
        return true;
    }
    return false;
}

static void forward(struct relay *r, int fd, const struct sockaddr_in *to, const uint8_t *data,
                    size_t len)
{
    if (r->captured + len <= CAPTURE_MAX) {
        memcpy(r->capture + r->captured, data, len);
        r->captured += len;
    }
    if (atomic_load(&r->cut) || chance(r) < atomic_load(&r->drop)) {
        r->dropped++;
        return;
    }
    if (chance(r) < atomic_load(&r->late) && hold(r, fd, to, data, len))
        return;
    (void)!sendto(fd, data, len, 0, (const struct sockaddr *)to, sizeof(*to));
    if (chance(r) < atomic_load(&r->twice)) {
        r->doubled++;
        (void)!sendto(fd, data, len, 0, (const struct sockaddr *)to, sizeof(*to));
    }
}

static void pass_on(struct relay *r, int from)
{
    static uint8_t bytes[HL_DATAGRAM_MAX];
    struct sockaddr_in at;
    socklen_t len = sizeof(at);
    ssize_t n;

    while ((n = recvfrom(from, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&at, &len)) >=
           0) {
        if (from == r->front) {
            struct sockaddr_in server = loopback_in((uint16_t)atomic_load(&r->server));

            r->client = at;
            forward(r, r->back, &server, bytes, (size_t)n);
        } else if (r->client.sin_port != 0) {
            forward(r, r->front, &r->client, bytes, (size_t)n);
        }
    }
}

static void release_due(struct relay *r)
{
    hl_time now = hl_clock_now();

    for (int i = 0; i < HELD_MAX; i++) {
        if (r->held[i].fd >= 0 && r->held[i].due <= now)
            release(&r->held[i]);
    }
}

static void change_port(struct relay *r)
{
    uint16_t port;

    for (int i = 0; i < HELD_MAX; i++) {
        if (r->held[i].fd >= 0)
            release(&r->held[i]);
    }
    close(r->back);
    r->back = plain_socket(SOCK_DGRAM, &port);
}

static void *relay_main(void *arg)
{
    struct relay *r = arg;

    while (!atomic_load(&r->stop)) {
        struct pollfd fds[] = {{.fd = r->front, .events = POLLIN},
                               {.fd = r->back, .events = POLLIN},
                               {.fd = r->wake, .events = POLLIN}};
        eventfd_t count;

        poll(fds, 3, 1);
        if (fds[2].revents)
            eventfd_read(r->wake, &count);
        if (atomic_exchange(&r->rebind, false))
            change_port(r);
        pass_on(r, r->front);
        pass_on(r, r->back);
        release_due(r);
        atomic_fetch_add(&r->turns, 1);
    }
    return NULL;
}

/* The path is whole again, and what was sent before is lost: a turn may be under way, so a whole
 * one has gone by when the second ends. */
static void relay_mend(void)
{
    unsigned turns = atomic_load(&relay.turns);

    while (atomic_load(&relay.turns) - turns < 2)
        sched_yield();
    atomic_store(&relay.cut, false);
}

static void relay_start(uint16_t server)
{
    uint16_t port;

    memset(&relay, 0, sizeof(relay));
    relay.front = plain_socket(SOCK_DGRAM, &relay.port);
    relay.back = plain_socket(SOCK_DGRAM, &port);
    relay.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    relay.seed = 20261121;
    relay.capture = malloc(CAPTURE_MAX);
    cr_assert_not_null(relay.capture);
    atomic_store(&relay.server, server);
    for (int i = 0; i < HELD_MAX; i++)
        relay.held[i].fd = -1;
    cr_assert_eq(pthread_create(&relay.thread, NULL, relay_main, &relay), 0);
}

static void relay_stop(void)
{
    atomic_store(&relay.stop, true);
    eventfd_write(relay.wake, 1);
    pthread_join(relay.thread, NULL);
    close(relay.front);
    close(relay.back);
    close(relay.wake);
}

static void make_bad(void)
{
    atomic_store(&relay.drop, 20);
    atomic_store(&relay.twice, 10);
    atomic_store(&relay.late, 25);
}

/* a opens b through the relay. */
static void meet_as(const struct hl_secure_config *config_a)
{
    char text[32];

    side_start(&a, 1, config_a);
    side_start(&b, 2, NULL);
    side_listen(&b, "127.0.0.1:0");
    relay_start(b.bound.port);
    snprintf(text, sizeof(text), "127.0.0.1:%u", relay.port);
    side_open(
        &a, (struct hl_secure_open){.to = endpoint(text), .carrier = HL_CARRIER_UDP, .key = b.key});
    PUMP_UNTIL(a.count[HL_SEC_UP] && b.count[HL_SEC_UP], &a, &b);
}

static void meet_through_relay(void)
{
    meet_as(NULL);
}

static void part(void)
{
    side_stop(&a);
    side_stop(&b);
    relay_stop();
}

static void free_capture(void)
{
    free(relay.capture);
}

Test(secure_relay, every_line_once_in_order, .timeout = 100)
{
    meet_through_relay();
    make_bad();
    a.peers[0].bytes = b.peers[0].bytes = 60;
    for (uint64_t n = 10; n <= 3000; n += 10) { /* a few at a time, or few datagrams would do */
        a.peers[0].to_send = b.peers[0].to_send = n;
        PUMP_UNTIL(a.peers[0].heard >= n && b.peers[0].heard >= n, &a, &b);
    }
    PUMP_UNTIL(a.peers[0].acked == 3000 && b.peers[0].acked == 3000 && a.peers[0].heard == 3000 &&
                   b.peers[0].heard == 3000,
               &a, &b);
    part();
    cr_assert_gt(relay.dropped, 0);
    cr_assert_gt(relay.doubled, 0);
    cr_assert_gt(relay.held_back, 0);
    fprintf(stderr, "relay: %u dropped, %u doubled, %u reordered\n", relay.dropped, relay.doubled,
            relay.held_back);
    free_capture();
}

/* Handshakes too come through. */
Test(secure_relay, a_session_over_a_bad_path, .timeout = 100)
{
    char text[32];

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "127.0.0.1:0");
    relay_start(b.bound.port);
    make_bad();
    snprintf(text, sizeof(text), "127.0.0.1:%u", relay.port);
    side_open(&a, (struct hl_secure_open){.to = endpoint(text), .carrier = HL_CARRIER_UDP});
    a.peers[0].to_send = 50;
    PUMP_UNTIL(a.peers[0].acked == 50, &a, &b);
    part();
    free_capture();
}

/* ---- what others see ---- */

static const char canary[] = "the canary sings at midnight";

static void say_canary(struct side *x, uint64_t stream)
{
    const struct hl_bytes text = {(const uint8_t *)canary, sizeof(canary) - 1};
    int err = stream < HL_STREAM_BYTES
                  ? hl_secure_send(x->s, x->peers[0].number, stream, 0, &text)
                  : hl_secure_write(x->s, x->peers[0].number, stream, 0, &text, true);

    cr_assert_eq(err, 0);
}

static size_t find_in_capture(const void *what, size_t len)
{
    return memmem(relay.capture, relay.captured, what, len) != NULL;
}

/* Takes events without looking at messages. */
static size_t take_canaries(struct side *x)
{
    struct hl_secure_event ev;
    size_t n = 0;

    while (hl_secure_next(x->s, &ev)) {
        if ((ev.kind == HL_SEC_MESSAGE || ev.kind == HL_SEC_DATA) && ev.len > 0) {
            cr_assert_eq(ev.len, sizeof(canary) - 1);
            cr_assert_arr_eq(ev.data, canary, sizeof(canary) - 1);
            n++;
        }
    }
    return n;
}

Test(secure_relay, a_capture_shows_no_plaintext, .timeout = 100)
{
    hl_time end;
    size_t heard = 0;

    meet_through_relay();
    for (uint64_t stream = 0; stream < 4; stream++) {
        say_canary(&a, stream);
        say_canary(&b, stream);
    }
    end = hl_clock_now() + HL_MS(PATIENCE_MS);
    while (heard < 8) {
        struct pollfd fds[] = {{.fd = hl_secure_fd(a.s), .events = POLLIN},
                               {.fd = hl_secure_fd(b.s), .events = POLLIN}};

        cr_assert_lt(hl_clock_now(), end);
        poll(fds, 2, 20);
        heard += take_canaries(&a) + take_canaries(&b);
    }
    part();
    cr_assert_gt(relay.captured, 8 * sizeof(canary));
    cr_assert_not(find_in_capture(canary, sizeof(canary) - 1));
    for (size_t at = 0; at + 8 < sizeof(canary); at++) /* nor any part of it */
        cr_assert_not(find_in_capture(canary + at, 8));
    cr_assert_not(find_in_capture(a.key, HL_KEY_SIZE), "an IK handshake hides who asks");
    cr_assert_not(find_in_capture(a.secret, HL_KEY_SIZE));
    cr_assert_not(find_in_capture(b.secret, HL_KEY_SIZE));
    cr_assert(find_in_capture((const uint8_t[]){0xfe}, 1), "the search finds what is there");
    free_capture();
}

/* ---- changes under way ---- */

Test(secure_relay, another_port_in_mid_flow, .timeout = 100)
{
    meet_through_relay();
    for (uint64_t n = 200; n <= 1000; n += 200) {
        a.peers[0].to_send = b.peers[0].to_send = n;
        PUMP_UNTIL(a.peers[0].heard >= n - 100, &a, &b);
        atomic_store(&relay.rebind, true);
        eventfd_write(relay.wake, 1);
        PUMP_UNTIL(!atomic_load(&relay.rebind), &a, &b);
        a.peers[0].to_send = n + 1; /* a NAT opens from the inside only */
        PUMP_UNTIL(a.peers[0].acked == n + 1 && b.peers[0].acked == n, &a, &b);
        b.peers[0].to_send = n + 1;
    }
    cr_assert_geq(b.count[HL_SEC_MOVED], 1);
    cr_assert_eq(a.count[HL_SEC_DOWN] + b.count[HL_SEC_DOWN], 0);
    part();
    free_capture();
}

Test(secure_relay, an_outage, .timeout = 100)
{
    hl_time back;

    meet_through_relay();
    atomic_store(&relay.cut, true);
    a.peers[0].to_send = b.peers[0].to_send = 100;
    back = hl_clock_now() + HL_SECS(1);
    PUMP_UNTIL(hl_clock_now() >= back, &a, &b);
    cr_assert_eq(a.peers[0].heard + b.peers[0].heard, 0);
    atomic_store(&relay.cut, false);
    PUMP_UNTIL(a.peers[0].acked == 100 && b.peers[0].acked == 100, &a, &b);
    fprintf(stderr, "after an outage of 1 s all had arrived in %.0f ms\n",
            (double)(hl_clock_now() - back) / 1000);
    part();
    free_capture();
}

static struct side reborn;

/* b is back, without its state, and calls a. */
static void start_again(void)
{
    side_start(&reborn, 2, NULL);
    side_listen(&reborn, "127.0.0.1:0");
    atomic_store(&relay.server, reborn.bound.port);
    relay_mend();
    side_listen(&a, "127.0.0.1:0");
    side_open(&reborn, (struct hl_secure_open){.to = endpoint_of(&a.bound, ""), .key = a.key});
    reborn.peers[0].heard = a.peers[0].acked; /* what was acknowledged is not said again */
}

static void end_all(void)
{
    side_stop(&reborn);
    side_stop(&a);
    relay_stop();
    free_capture();
}

/* b is killed and started again with what a had not seen acknowledged on its way. */
Test(secure_relay, a_restart_in_mid_flow, .timeout = 100)
{
    meet_through_relay();
    a.peers[0].to_send = 100;
    PUMP_UNTIL(a.peers[0].acked == 100, &a, &b);
    atomic_store(&relay.cut, true); /* so that nobody hears its goodbye */
    a.peers[0].to_send = 200;
    PUMP_UNTIL(a.peers[0].said == 200, &a);
    side_stop(&b);

    start_again();
    PUMP_UNTIL(a.peers[0].acked == 200, &a, &reborn);
    cr_assert_eq(reborn.peers[0].heard, 200);
    cr_assert(a.last[HL_SEC_UP].restarted);
    cr_assert_eq(a.count[HL_SEC_FAILED], 0);
    end_all();
}

/* The same with an owner that repeats what was not acknowledged: nothing of the old association
 * comes beside that, whether it waited in the node, before it, or was being said when b came back.
 */
static void repeated(bool until_blocked)
{
    const struct hl_secure_config config = {.pairing = true, .owner_repeats = true};
    const uint64_t all = 5000;
    struct side_peer *p;

    meet_as(&config);
    a.repeats = true;
    p = &a.peers[0];
    p->to_send = 100;
    PUMP_UNTIL(p->acked == 100, &a, &b);
    atomic_store(&relay.cut, true);
    p->to_send = until_blocked ? all : 200;
    PUMP_UNTIL(p->blocked || p->said == 200, &a);
    cr_assert_eq(p->blocked, until_blocked);
    side_stop(&b);
    start_again();
    while (a.count[HL_SEC_UP] < 2) { /* and goes on talking meanwhile */
        p->to_send += p->to_send < all;
        pump_sides((struct side *[]){&a, &reborn, NULL});
    }
    p->to_send = all;
    PUMP_UNTIL(p->acked == all, &a, &reborn);
    cr_assert_eq(reborn.peers[0].heard, all);
    cr_assert_eq(a.count[HL_SEC_FAILED], 0, "what was dropped is no failure");
    end_all();
}

Test(secure_relay, a_restart_of_which_the_owner_repeats, .timeout = 100)
{
    repeated(false);
}

Test(secure_relay, a_restart_while_much_waits, .timeout = 100)
{
    repeated(true);
}

/* b is back and calls nobody: a finds that out by itself, long before b counts as silent. */
Test(secure_relay, a_restart_that_nobody_tells_of, .timeout = 100)
{
    hl_time back;

    meet_through_relay();
    a.peers[0].to_send = 100;
    PUMP_UNTIL(a.peers[0].acked == 100, &a, &b);
    atomic_store(&relay.cut, true); /* so that nobody hears its goodbye */
    side_stop(&b);
    side_start(&reborn, 2, NULL);
    side_listen(&reborn, "127.0.0.1:0");
    side_open(&reborn, (struct hl_secure_open){.to = {.kind = HL_HOST_ANY}, .key = a.key});
    reborn.peers[0].heard = 100; /* what was acknowledged is not said again */
    atomic_store(&relay.server, reborn.bound.port);
    relay_mend();

    back = hl_clock_now();
    a.peers[0].to_send = 101;
    PUMP_UNTIL(a.peers[0].acked == 101, &a, &reborn);
    fprintf(stderr, "found after %.0f ms\n", (double)(hl_clock_now() - back) / 1000);
    cr_assert_leq(hl_clock_now() - back, HL_SECS(5));
    cr_assert(a.last[HL_SEC_UP].restarted);
    cr_assert_eq(a.count[HL_SEC_DOWN], 0);
    end_all();
}
