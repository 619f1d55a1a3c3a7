/* SPDX-License-Identifier: MIT */
/* What this machine could do at most: the figures that hullo-bench is held against.
 *
 *   raw_*      datagrams per second of 100 bytes, one process to another over loopback
 *   sealed_*   the same datagrams, sealed and opened with ChaCha20-Poly1305 and nothing else: no
 *              acknowledgement, no loss, no congestion control. Messages of 100 bytes per second,
 *              one or thirteen in a datagram, or MB per second
 *   rr_direct  round trip of 100 bytes between two processes that do nothing else */
#include "crypt.h"
#include "dgram.h"
#include "entropy.h"
#include "stats.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SOCKET_BUFFER = 4 << 20,
    RUN_MAX = 65000, /* bytes that one call may cut into datagrams */
    SEGMENTS_MAX = 40,
    ROUNDS = 5000,
    HEADER = 13, /* of a sealed packet: counter and what else stands in clear */
};

#define SECONDS 0.5

static _Atomic uint64_t *received; /* datagrams that were taken whole */
static const uint8_t key[HL_KEY_SIZE] = {9};
static uint8_t run[RUN_MAX + 1];

struct limit {
    const char *name;
    size_t text; /* bytes of a datagram before it is sealed */
    bool runs;   /* UDP_SEGMENT and UDP_GRO */
    bool sealed;
    double per; /* figure per datagram: messages, or bytes / 10^6 */
};

static const struct limit limits[] = {
    {"raw_100B_datagrams_per_s", 100, false, false, 1},
    {"raw_100B_datagrams_gso_per_s", 100, true, false, 1},
    {"sealed_100B_1_a_datagram_per_s", 100, false, true, 1},
    {"sealed_100B_1_a_datagram_gso_per_s", 100, true, true, 1},
    {"sealed_100B_13_a_datagram_gso_per_s", 1300, true, true, 13},
    {"sealed_1400B_gso_MB_per_s", 1400, true, true, 1400 / 1e6},
    {"sealed_16000B_gso_MB_per_s", 16000, true, true, 16000 / 1e6},
};

static int bound(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int size = SOCKET_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)at, len) ||
        getsockname(fd, (struct sockaddr *)at, &len))
        stats_die("socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return fd;
}

static size_t wire_size(const struct limit *l)
{
    return l->text + (l->sealed ? HEADER + HL_TAG_SIZE : 0);
}

static bool take(const struct limit *l, uint8_t *packet, size_t len)
{
    uint64_t counter;

    if (!l->sealed)
        return true;
    memcpy(&counter, packet, sizeof counter);
    return hl_crypt_open(key, counter, (struct hl_bytes){packet, HEADER},
                         (struct hl_bytes){packet + HEADER, len - HEADER}, packet + HEADER);
}

_Noreturn static void receive(int fd, const struct limit *l)
{
    struct hl_dgram_rx *rx = hl_dgram_rx_new();
    const struct hl_dgram *d;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        struct pollfd in = {.fd = fd, .events = POLLIN};
        int n = hl_dgram_recv(rx, fd, HL_BATCH, &d);

        if (n <= 0)
            (void)poll(&in, 1, -1);
        for (int i = 0; i < n; i++) {
            size_t step = d[i].segment ? d[i].segment : d[i].len;

            for (size_t at = 0; at < d[i].len; at += step) {
                if (take(l, (uint8_t *)(uintptr_t)d[i].data + at, step))
                    ++*received;
            }
        }
    }
}

static void fill(const struct limit *l, size_t count, uint64_t *counter)
{
    size_t size = wire_size(l);

    for (size_t i = 0; l->sealed && i < count; i++, ++*counter) {
        uint8_t *packet = run + i * size;

        memcpy(packet, counter, sizeof *counter);
        hl_crypt_seal(key, *counter, (struct hl_bytes){packet, HEADER}, packet + HEADER, l->text);
    }
}

static void send_for(int fd, const struct limit *l, const struct sockaddr_in *to, double seconds)
{
    const struct hl_addr remote = {
        .family = HL_AF_INET, .port = ntohs(to->sin_port), .ip = {127, 0, 0, 1}};
    const struct hl_addr local = {0};
    size_t size = wire_size(l);
    size_t count = !l->runs ? 1 : RUN_MAX / size < SEGMENTS_MAX ? RUN_MAX / size : SEGMENTS_MAX;
    struct hl_dgram_run r = {
        .remote = &remote, .local = &local, .data = run, .len = count * size, .segment = size};
    atomic_uint can = l->runs ? hl_dgram_enable(fd) : 0;
    double end = stats_now() + seconds * 1e6;
    uint64_t counter = 0;
    int err;

    while (stats_now() < end) {
        fill(l, count, &counter);
        if (l->runs)
            (void)hl_dgram_send_run(fd, AF_INET, &r, &can, &err);
        else
            (void)!sendto(fd, run, size, 0, (const struct sockaddr *)to, sizeof *to);
    }
}

static void measure(const struct limit *l)
{
    struct sockaddr_in to;
    struct sockaddr_in own;
    int in = bound(&to);
    int out = bound(&own);
    uint64_t before;
    double begin;
    pid_t child;

    if (l->runs)
        (void)hl_dgram_enable(in);
    child = fork();
    if (child == 0)
        receive(in, l);
    send_for(out, l, &to, 0.1); /* until both run at full speed */
    before = *received;
    begin = stats_now();
    send_for(out, l, &to, SECONDS);
    stats_print(l->name, (double)(*received - before) * l->per / ((stats_now() - begin) / 1e6));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(in);
    close(out);
}

static void round_trip(void)
{
    static double took[ROUNDS];
    struct sockaddr_in there;
    struct sockaddr_in own;
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    int in = bound(&there);
    int out = bound(&own);
    pid_t child = fork();
    ssize_t n;

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while ((n = recvfrom(in, run, sizeof run, 0, (struct sockaddr *)&from, &len)) >= 0)
            (void)!sendto(in, run, (size_t)n, 0, (const struct sockaddr *)&from, len);
        _exit(1);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        double begin = stats_now();

        if (sendto(out, run, 100, 0, (const struct sockaddr *)&there, sizeof there) != 100 ||
            recv(out, run, sizeof run, 0) != 100)
            stats_die("round trip");
        took[i] = stats_now() - begin;
    }
    stats_print_quantiles("rr_direct", took, ROUNDS);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(in);
    close(out);
}

int main(void)
{
    received =
        mmap(NULL, sizeof *received, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (received == MAP_FAILED || hl_crypt_init())
        stats_die("limits");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        measure(&limits[i]);
    round_trip();
    return 0;
}
