/* SPDX-License-Identifier: MIT */
/* hullo chat --plain on a pseudo-terminal, with a UDP socket of the test as its peer. */
#ifndef HL_TEST_PTYTALK_H
#define HL_TEST_PTYTALK_H

#include "ptyrun.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct pty p;
static int peer = -1;               /* the test's socket */
static struct sockaddr_in its_addr; /* where the program speaks from */
static char peer_text[64];

static const char *const no_env[] = {NULL};

static inline void open_peer(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(own);

    peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(peer, 0);
    cr_assert_eq(bind(peer, (struct sockaddr *)&own, sizeof(own)), 0);
    cr_assert_eq(getsockname(peer, (struct sockaddr *)&own, &len), 0);
    snprintf(peer_text, sizeof(peer_text), "127.0.0.1:%d", ntohs(own.sin_port));
}

static inline void start_with(bool job, const char *const *env)
{
    const char *const argv[] = {HULLO,         "chat",    "--plain", "--listen",
                                "127.0.0.1:0", peer_text, NULL};

    open_peer();
    pty_start(&p, job, env, argv);
    pty_await(&p, "talking to 127.0.0.1", true);
}

/* The next datagram from the program, as a string. */
static inline const char *heard(void)
{
    static char text[65536];
    struct pollfd fd = {.fd = peer, .events = POLLIN};
    socklen_t len = sizeof(its_addr);
    double end = pty_now() + PTY_DEADLINE;

    while (poll(&fd, 1, 20) <= 0 && pty_now() < end)
        pty_read(&p, 0);
    ssize_t n =
        recvfrom(peer, text, sizeof(text) - 1, MSG_DONTWAIT, (struct sockaddr *)&its_addr, &len);
    cr_assert_geq(n, 0, "nothing came");
    text[n] = '\0';
    return text;
}

static inline void tell(const char *bytes, size_t len)
{
    cr_assert_eq(sendto(peer, bytes, len, 0, (struct sockaddr *)&its_addr, sizeof(its_addr)),
                 (ssize_t)len);
}

/* One message each way, so that both sides know each other. */
static inline void shake_hands(void)
{
    pty_type(&p, "hello\r");
    cr_assert_str_eq(heard(), "hello");
    tell("welcome", 7);
    pty_await(&p, "welcome", true);
}

static inline void stop(void)
{
    if (p.vt != NULL)
        pty_end(&p);
    if (peer >= 0)
        close(peer);
}

#endif
