/* SPDX-License-Identifier: MIT */
/* A clean stop within 200 ms at any moment: of an idle node, in look-ups, dials and handshakes,
 * under load, with queues full. */
#include "sides.h"

#include <stdio.h>
#include <unistd.h>

enum {
    CYCLES =
        300, /* HL_CYCLES in the environment changes it; the target secure_cycles runs 10,000 */
    MOMENTS = 6,
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    STOP_MS = 1000, /* of a tenth of the speed */
#else
    STOP_MS = 200,
#endif
};

static struct side a, b;
static hl_time longest;

/* How long beyond flush the stop took. */
static hl_time stop_timed(struct side *x, hl_time flush)
{
    hl_time before = hl_clock_now();
    hl_time took;

    hl_secure_stop(x->s, flush);
    took = hl_clock_now() - before - flush;
    longest = took > longest ? took : longest;
    return took;
}

static void dial(const char *text, enum hl_secure_carrier carrier)
{
    side_open(&a, (struct hl_secure_open){.to = endpoint(text), .carrier = carrier});
}

/* Brings a and b into one of several states, and stops a in it. */
static void cycle(unsigned moment, uint16_t silent, uint16_t full)
{
    char text[32];

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    switch (moment) {
    case 0: /* nothing has happened */
        break;
    case 1: /* in a look-up, of a name that no server knows */
        dial("stop.invalid:9", HL_CARRIER_AUTO);
        break;
    case 2: /* in a handshake that nobody answers */
        snprintf(text, sizeof(text), "127.0.0.1:%u", silent);
        dial(text, HL_CARRIER_UDP);
        a.peers[0].to_send = 5;
        side_say(&a, &a.peers[0]);
        break;
    case 3: /* in a connection that nobody accepts */
        snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", full);
        dial(text, HL_CARRIER_STREAM);
        break;
    case 4: /* as soon as there is a session */
        side_listen(&b, "127.0.0.1:0");
        side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .key = b.key});
        PUMP_UNTIL(a.count[HL_SEC_UP], &a, &b);
        break;
    default: /* under load over TCP, with a peer that reads nothing */
        side_listen(&b, "tcp://127.0.0.1:0");
        side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, "tcp://")});
        PUMP_UNTIL(a.count[HL_SEC_UP] && b.count[HL_SEC_UP], &a, &b);
        b.deaf = true;
        a.peers[0].to_send = 2000;
        a.peers[0].bytes = 1000;
        side_say(&a, &a.peers[0]);
    }
    stop_timed(&a, 0);
    stop_timed(&b, 0);
}

/* A TCP listener whose backlog is full, so that further dials wait. */
static int full_listener(uint16_t *port, int clients[2])
{
    int fd = plain_socket(SOCK_STREAM, port);
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    cr_assert_eq(listen(fd, 0), 0);
    for (int i = 0; i < 2; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(clients[i], (struct sockaddr *)&at, sizeof(at));
    }
    return fd;
}

Test(secure_stop, at_any_moment, .timeout = 3000)
{
    const char *wanted = getenv("HL_CYCLES");
    unsigned cycles = wanted ? (unsigned)strtoul(wanted, NULL, 10) : CYCLES;
    uint16_t silent, full;
    int clients[2];
    int silent_fd = plain_socket(SOCK_DGRAM, &silent);
    int full_fd = full_listener(&full, clients);

    for (unsigned i = 0; i < cycles; i++) {
        cycle(i % MOMENTS, silent, full);
        cr_assert_lt(longest, HL_MS(STOP_MS), "cycle %u took %ld us", i, (long)longest);
    }
    fprintf(stderr, "%u starts and stops, the longest stop took %.1f ms\n", 2 * cycles,
            (double)longest / 1000);
    close(silent_fd);
    close(full_fd);
    close(clients[0]);
    close(clients[1]);
}

/* What was queued leaves and is acknowledged before the goodbye. */
Test(secure_stop, flushes, .timeout = 60)
{
    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "127.0.0.1:0");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .key = b.key});
    a.peers[0].to_send = 200;
    side_say(&a, &a.peers[0]); /* there is no session yet */
    cr_assert_eq(a.peers[0].said, 200);
    cr_assert_lt(stop_timed(&a, HL_SECS(5)), 0, "the whole flush was waited for");
    PUMP_UNTIL(b.count[HL_SEC_DOWN], &b);
    cr_assert_eq(b.peers[0].heard, 200);
    cr_assert_eq(b.last[HL_SEC_DOWN].err, HL_ERR_CLOSED);
    side_stop(&b);
}

/* Nobody is waited for who cannot be reached. */
Test(secure_stop, gives_up_after_the_flush, .timeout = 60)
{
    uint16_t port;
    int silent = plain_socket(SOCK_DGRAM, &port);
    char text[32];
    hl_time took;

    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    side_start(&a, 1, NULL);
    dial(text, HL_CARRIER_UDP);
    a.peers[0].to_send = 5;
    side_say(&a, &a.peers[0]);
    took = stop_timed(&a, HL_MS(300));
    cr_assert(took > -HL_MS(5) && took < HL_MS(STOP_MS), "a handshake is under way");
    close(silent);
}
