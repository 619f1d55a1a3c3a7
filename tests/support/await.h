/* SPDX-License-Identifier: MIT */
/* Waiting for conditions instead of sleeping: for tests with real threads. */
#ifndef HL_TEST_AWAIT_H
#define HL_TEST_AWAIT_H

#include "clock.h"
#include "net.h"
#include "talk.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    AWAIT_MS = 10000, /* a hang guard: nothing that works takes as long */
};

/* Takes events until one of this kind comes; others are thrown away. */
static inline void await_event(struct hl_net *n, enum hl_event_kind kind, struct hl_event *ev)
{
    hl_time deadline = hl_clock_now() + HL_MS(AWAIT_MS);

    while (hl_clock_now() < deadline) {
        struct pollfd p = {.fd = hl_net_fd(n), .events = POLLIN};

        while (hl_net_next(n, ev)) {
            if (ev->kind == kind)
                return;
        }
        poll(&p, 1, 100);
    }
    cr_assert_fail("event %d did not come", (int)kind);
}

/* Pumps talks until *flag is at least n. */
static inline void await_count(struct hl_talk *a, struct hl_talk *b, const size_t *flag, size_t n)
{
    hl_time deadline = hl_clock_now() + HL_MS(AWAIT_MS);

    while (*flag < n) {
        struct pollfd p[2] = {{.fd = hl_talk_fd(a), .events = POLLIN},
                              {.fd = b ? hl_talk_fd(b) : -1, .events = POLLIN}};

        cr_assert_lt(hl_clock_now(), deadline, "%zu of %zu came", *flag, n);
        poll(p, 2, 100);
        hl_talk_pump(a);
        if (b)
            hl_talk_pump(b);
    }
}

static inline struct hl_endpoint endpoint(const char *text)
{
    struct hl_endpoint e;

    cr_assert_eq(hl_endpoint_parse(text, &e), 0, "%s", text);
    return e;
}

static inline struct hl_endpoint listen_endpoint(const char *text)
{
    struct hl_endpoint e;

    cr_assert_eq(hl_endpoint_parse_listen(text, &e), 0, "%s", text);
    return e;
}

/* A peer on 127.0.0.1 without any of our code: a plain socket with a receive time-out. */
static inline int plain_socket(int type, uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval tv = {.tv_sec = AWAIT_MS / 1000};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    *port = ntohs(a.sin_port);
    return fd;
}

#endif
