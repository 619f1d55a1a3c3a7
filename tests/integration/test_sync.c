/* SPDX-License-Identifier: MIT */
/* Calls with deadlines: time-outs, signals, partial transfers, ancillary data, hand-over. */
#include "clock.h"
#include "err.h"
#include "peer.h"
#include "reader.h"
#include "sock.h"
#include "sockopt.h"
#include "sync.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    BIG = 10 * 1000 * 1000,
    FAN_OUT = 1000,
};

static struct hl_addr name_of(const struct hl_sync *s)
{
    struct hl_addr a;

    cr_assert_eq(hl_sock_name(s->fd, &a), 0);
    return a;
}

static void udp_at_loopback(struct hl_sync *s)
{
    struct hl_addr at = loopback(0);

    cr_assert_eq(hl_sync_datagram(s, &at), 0);
    hl_sync_set_timeout(s, HL_SECS(10));
}

static void tcp_pair(struct hl_sync *a, struct hl_sync *b)
{
    struct hl_addr at = loopback(0);
    struct hl_sync listener;

    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
    at = name_of(&listener);
    cr_assert_eq(hl_sync_dial(a, HL_TCP, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, b, NULL), 0);
    hl_sync_close(&listener);
    hl_sync_set_timeout(a, HL_SECS(10));
    hl_sync_set_timeout(b, HL_SECS(10));
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* A signal each millisecond, whose handler does not restart system calls. */
static void signal_storm(void)
{
    struct sigaction sa = {.sa_handler = on_alarm};
    struct itimerval each = {{0, 1000}, {0, 1000}};

    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
}

/* A listener that lets nobody in any more. */
static struct hl_addr full_listener(void)
{
    struct hl_addr at = loopback(0);
    struct hl_sync listener;

    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 0), 0);
    at = name_of(&listener);
    for (;;) {
        struct pollfd p = {.events = POLLOUT};

        cr_assert_eq(hl_sock_connect_start(HL_TCP, &at, NULL, &p.fd), -EINPROGRESS);
        if (poll(&p, 1, 200) == 0)
            return at;
    }
}

Test(row_19, a_signal_storm_does_not_disturb_the_deadline_of_connect)
{
    struct hl_addr at = full_listener();
    struct hl_sync s;
    hl_time start = hl_clock_now();

    signal_storm();
    cr_assert_eq(hl_sync_dial(&s, HL_TCP, &at, 1, NULL, HL_MS(300)), HL_ERR_TIMEOUT);
    cr_assert_geq(hl_clock_now() - start, HL_MS(300));
    cr_assert_lt(hl_clock_now() - start, HL_SECS(3));
    cr_assert_gt(alarms, 10);
}

Test(row_54, a_signal_storm_does_not_disturb_receiving_and_accepting)
{
    struct hl_addr at = loopback(0);
    struct hl_sync listener;
    struct hl_sync out;
    struct hl_sync s;
    char c;

    udp_at_loopback(&s);
    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
    signal_storm();
    hl_sync_set_timeout(&s, HL_MS(100));
    hl_sync_set_timeout(&listener, HL_MS(100));
    cr_assert_eq(hl_sync_recv(&s, &c, 1, 0), HL_ERR_TIMEOUT);
    cr_assert_eq(hl_sync_accept(&listener, &out, NULL), HL_ERR_TIMEOUT);
    cr_assert_gt(alarms, 10);
    cr_assert_eq(hl_err_class(HL_ERR_TIMEOUT), HL_CLASS_TIMEOUT);
}

Test(rows_23_39_42, the_default_goes_to_new_and_accepted_handles)
{
    struct hl_sync a;
    struct hl_sync b;
    struct hl_addr at = loopback(0);
    struct hl_addr bound;
    struct hl_sync listener;

    cr_assert_eq(hl_sync_default_timeout(), HL_NEVER);
    cr_assert_eq(hl_sync_set_default_timeout(-1), -EINVAL);
    cr_assert_eq(hl_sync_set_default_timeout(HL_MS(1234)), 0);
    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
    cr_assert_eq(listener.timeout, HL_MS(1234));
    hl_sync_set_timeout(&listener, HL_NEVER);
    bound = name_of(&listener);
    cr_assert_eq(hl_sync_dial(&a, HL_TCP, &bound, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &b, NULL), 0);
    cr_assert_eq(a.timeout, HL_MS(1234));
    cr_assert_eq(b.timeout, HL_MS(1234), "the default, not the listener's own");
    cr_assert_eq(hl_sync_set_timeout(&a, -1), -EINVAL);
    cr_assert_eq(a.timeout, HL_MS(1234));
}

Test(rows_38_40, two_tenths_of_a_second_and_none)
{
    struct hl_sync s;
    hl_time start = hl_clock_now();
    char c;

    udp_at_loopback(&s);
    hl_sync_set_timeout(&s, HL_MS(200));
    cr_assert_eq(hl_sync_recv(&s, &c, 1, 0), HL_ERR_TIMEOUT);
    cr_assert_geq(hl_clock_now() - start, HL_MS(200));
    cr_assert_lt(hl_clock_now() - start, HL_SECS(2));
    hl_sync_set_timeout(&s, 0);
    cr_assert_eq(hl_sync_recv(&s, &c, 1, 0), -EAGAIN);
    hl_sync_set_timeout(&s, HL_NEVER);
    cr_assert_eq(hl_sync_recv(&s, &c, 1, MSG_DONTWAIT), -EAGAIN);
}

Test(row_22, dialling_goes_on_to_the_next_address)
{
    struct hl_addr at = loopback(0);
    struct hl_addr source = {.family = HL_AF_INET, .ip = {127, 0, 0, 5}};
    struct hl_addr list[2];
    struct hl_addr from;
    struct hl_sync listener;
    struct hl_sync accepted;
    struct hl_sync s;

    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
    list[0] = name_of(&listener);
    hl_sync_close(&listener);
    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
    list[1] = name_of(&listener);
    cr_assert_eq(hl_sync_dial(&s, HL_TCP, list, 2, &source, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &accepted, &from), 0);
    cr_assert_eq(memcmp(from.ip, source.ip, 4), 0, "the source address was not used");
    cr_assert_eq(hl_sync_dial(&s, HL_TCP, list, 1, NULL, HL_SECS(5)), -ECONNREFUSED);
    cr_assert_eq(hl_sync_dial(&s, HL_TCP, list, 0, NULL, HL_SECS(5)), HL_ERR_NO_ADDRESS);
}

Test(row_24, a_long_message_is_whole_and_the_end_is_zero)
{
    static char data[5000];
    static char got[5000];
    struct hl_sync a;
    struct hl_sync b;

    memset(data, 'x', sizeof(data));
    tcp_pair(&a, &b);
    cr_assert_eq(hl_sync_send_all(&a, data, sizeof(data)), 0);
    cr_assert_eq(hl_sock_shutdown_write(a.fd), 0);
    cr_assert_eq(hl_sync_recv(&b, got, sizeof(got), MSG_WAITALL), (ssize_t)sizeof(got));
    cr_assert_eq(hl_sync_recv(&b, got, sizeof(got), 0), 0);
    cr_assert_eq(hl_sync_send(&b, "bye", 3, 0), 3, "the other direction is still open");
    cr_assert_eq(hl_sync_recv(&a, got, sizeof(got), 0), 3);
}

static ssize_t recv_one(struct hl_sync *s, struct hl_sync_msg *m, char *buf, size_t cap)
{
    struct iovec part = {.iov_base = buf, .iov_len = cap};

    *m = (struct hl_sync_msg){.parts = &part, .parts_len = 1};
    return hl_sync_recv_msg(s, m, 0);
}

Test(row_26, an_answer_leaves_from_the_address_that_was_asked)
{
    struct hl_addr any = {.family = HL_AF_NONE};
    struct hl_addr second = {.family = HL_AF_INET, .ip = {127, 0, 0, 7}};
    struct hl_sync server;
    struct hl_sync client;
    struct hl_sync_msg m;
    struct iovec part;
    char buf[8];

    cr_assert_eq(hl_sync_datagram(&server, &any), 0);
    second.port = name_of(&server).port;
    cr_assert_eq(hl_sync_dial(&client, HL_UDP, &second, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_send(&client, "q", 1, 0), 1);
    cr_assert_eq(recv_one(&server, &m, buf, sizeof(buf)), 1);
    cr_assert_eq(memcmp(m.beside.local.ip, second.ip, 4), 0);
    part = (struct iovec){.iov_base = buf, .iov_len = 1};
    m.parts = &part;
    cr_assert_eq(hl_sync_send_msg(&server, &m, 0), 1);
    hl_sync_set_timeout(&client, HL_SECS(5));
    cr_assert_eq(hl_sync_recv(&client, buf, sizeof(buf), 0), 1);
}

Test(row_26, the_error_queue_tells_who_refused)
{
    struct hl_addr any = {.family = HL_AF_NONE};
    struct hl_sync dead;
    struct hl_sync s;
    struct hl_addr at;
    struct pollfd p = {0};
    struct iovec part;
    struct hl_sync_msg m = {.parts = &part, .parts_len = 1};
    char buf[64];

    udp_at_loopback(&dead);
    at = name_of(&dead);
    hl_sync_close(&dead);
    cr_assert_eq(hl_sync_datagram(&s, &any), 0);
    cr_assert_eq(hl_sync_send_to(&s, "lost", 4, 0, &at), 4);
    p.fd = s.fd;
    cr_assert_eq(poll(&p, 1, 5000), 1);
    cr_assert(p.revents & POLLERR);
    part = (struct iovec){.iov_base = buf, .iov_len = sizeof(buf)};
    cr_assert_eq(hl_sync_recv_msg(&s, &m, MSG_ERRQUEUE), 4, "the datagram comes back");
    cr_assert_eq(m.beside.err, -ECONNREFUSED);
    cr_assert(hl_addr_equal(&m.remote, &at), "and where it was going");
    cr_assert_eq(m.flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
    cr_assert_eq(hl_sync_recv_msg(&s, &m, MSG_ERRQUEUE), -EAGAIN);
}

Test(row_26, hop_limits_and_time_stamps_are_told)
{
    struct hl_sync a;
    struct hl_sync b;
    struct hl_addr to;
    struct iovec part = {.iov_base = (char[]){'x'}, .iov_len = 1};
    struct hl_sync_msg m = {.parts = &part, .parts_len = 1};
    char buf[8];

    udp_at_loopback(&a);
    udp_at_loopback(&b);
    cr_assert_eq(hl_sockopt_set(b.fd, "IP_RECVTTL", 1), 0);
    cr_assert_eq(hl_sockopt_set(b.fd, "IP_RECVTOS", 1), 0);
    cr_assert_eq(hl_sockopt_set(b.fd, "SO_TIMESTAMPNS", 1), 0);
    to = name_of(&b);
    m.remote = to;
    hl_cmsg_init(&m.beside);
    m.beside.ttl = 9;
    m.beside.tclass = 1; /* ECT(1) */
    cr_assert_eq(hl_sync_send_msg(&a, &m, 0), 1);
    cr_assert_eq(recv_one(&b, &m, buf, 0), 0);
    cr_assert_eq(m.flags & MSG_TRUNC, MSG_TRUNC);
    cr_assert_eq(m.beside.ttl, 9);
    cr_assert_eq(m.beside.tclass, 1);
    cr_assert_gt(m.beside.stamp_ns, 0);
}

Test(rows_14_26, a_descriptor_goes_over_a_unix_socket_and_is_adopted)
{
    const char *text;
    struct hl_addr at = abstract_addr(&text);
    struct hl_sync listener;
    struct hl_sync from;
    struct hl_sync to;
    struct hl_sync udp;
    struct hl_sync adopted;
    struct hl_addr want;
    struct hl_addr got;
    struct iovec part = {.iov_base = (char[]){'f'}, .iov_len = 1};
    struct hl_sync_msg m = {.parts = &part, .parts_len = 1};
    char buf[8];

    cr_assert_eq(hl_sync_listen(&listener, HL_UNIX_STREAM, &at, 1), 0);
    cr_assert_eq(hl_sync_dial(&from, HL_UNIX_STREAM, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &to, NULL), 0);
    udp_at_loopback(&udp);
    want = name_of(&udp);
    hl_cmsg_init(&m.beside);
    m.beside.fds[m.beside.fds_len++] = udp.fd;
    cr_assert_eq(hl_sync_send_msg(&from, &m, 0), 1);
    cr_assert_eq(hl_sync_close(&udp), 0);
    cr_assert_eq(recv_one(&to, &m, buf, sizeof(buf)), 1);
    cr_assert_eq(m.beside.fds_len, 1);
    cr_assert(fcntl(m.beside.fds[0], F_GETFD) & FD_CLOEXEC);
    cr_assert_eq(hl_sync_adopt(&adopted, m.beside.fds[0]), 0);
    cr_assert_eq(adopted.transport, HL_UDP);
    got = name_of(&adopted);
    cr_assert(hl_addr_equal(&got, &want));
}

Test(row_14, dup_detach_and_what_cannot_be_adopted)
{
    struct hl_sync s;
    struct hl_sync copy;
    struct hl_sync bad;
    int fd;

    udp_at_loopback(&s);
    cr_assert_eq(hl_sync_dup(&s, &copy), 0);
    cr_assert_neq(copy.fd, s.fd);
    fd = hl_sync_detach(&s);
    cr_assert_geq(fd, 0);
    cr_assert_eq(hl_sync_detach(&s), -EBADF);
    cr_assert_eq(hl_sync_dup(&s, &bad), -EBADF);
    cr_assert_eq(close(fd), 0, "given away, not closed");
    cr_assert_eq(hl_sync_adopt(&bad, STDERR_FILENO), -ENOTSOCK);
    cr_assert_eq(hl_sync_adopt(&bad, -1), -EBADF);
}

Test(row_33, closing_twice_is_an_error_and_hurts_nobody)
{
    struct hl_sync s;
    struct hl_sync other;
    struct hl_addr at = loopback(9);
    struct hl_sync_msg m = {0};
    size_t sent;
    char c;

    udp_at_loopback(&s);
    cr_assert_eq(hl_sync_close(&s), 0);
    udp_at_loopback(&other); /* gets the same number */
    cr_assert_eq(hl_sync_close(&s), -EBADF);
    cr_assert_geq(fcntl(other.fd, F_GETFD), 0);
    cr_assert_eq(hl_sync_recv(&s, &c, 1, 0), -EBADF);
    cr_assert_eq(hl_sync_send(&s, "x", 1, 0), -EBADF);
    cr_assert_eq(hl_sync_send_to(&s, "x", 1, 0, &at), -EBADF);
    cr_assert_eq(hl_sync_send_all(&s, "x", 1), -EBADF);
    cr_assert_eq(hl_sync_send_file(&s, 0, 0, 1, &sent), -EBADF);
    cr_assert_eq(hl_sync_recv_msg(&s, &m, 0), -EBADF);
    cr_assert_eq(hl_sync_send_msg(&s, &m, 0), -EBADF);
    cr_assert_eq(hl_sync_connect(&s, &at), -EBADF);
    cr_assert_eq(hl_sync_accept(&s, &other, NULL), -EBADF);
}

Test(row_27, one_send_may_be_short)
{
    static char data[BIG];
    struct hl_sync a;
    struct hl_sync b;
    ssize_t n;

    tcp_pair(&a, &b);
    cr_assert_eq(hl_sockopt_set(a.fd, "SO_SNDBUF", 1), 0);
    n = hl_sync_send(&a, data, sizeof(data), 0);
    cr_assert_gt(n, 0);
    cr_assert_lt(n, (ssize_t)sizeof(data));
    hl_sync_set_timeout(&a, HL_MS(50));
    cr_assert_eq(hl_sync_send_all(&a, data, sizeof(data)), HL_ERR_TIMEOUT);
    hl_sync_close(&b);
    while (n >= 0)
        n = hl_sync_send(&a, data, 1000, 0);
    cr_assert(n == -EPIPE || n == -ECONNRESET, "not SIGPIPE: %zd", n);
}

Test(row_29, an_address_on_a_connected_stream_is_ignored)
{
    struct hl_addr elsewhere = loopback(9);
    struct hl_sync a;
    struct hl_sync b;
    char c;

    tcp_pair(&a, &b);
    cr_assert_eq(hl_sync_send_to(&a, "x", 1, 0, &elsewhere), 1);
    cr_assert_eq(hl_sync_send_to(&a, "y", 1, MSG_DONTWAIT, NULL), 1);
    cr_assert_eq(hl_sync_recv(&b, &c, 1, 0), 1);
    cr_assert_eq(c, 'x');
}

Test(row_30, one_socket_gathers_and_sends_to_a_thousand_peers)
{
    struct rlimit files = {4096, 4096};
    static struct hl_sync peers[FAN_OUT];
    struct iovec parts[] = {{(char[]){"nick: "}, 6}, {(char[]){"text"}, 4}};
    struct hl_sync_msg m = {.parts = parts, .parts_len = 2};
    struct hl_sync s;
    char buf[32];
    ssize_t got;

    setrlimit(RLIMIT_NOFILE, &files);
    udp_at_loopback(&s);
    hl_cmsg_init(&m.beside);
    for (size_t i = 0; i < FAN_OUT; i++)
        udp_at_loopback(&peers[i]);
    for (size_t i = 0; i < FAN_OUT; i++) {
        m.remote = name_of(&peers[i]);
        cr_assert_eq(hl_sync_send_msg(&s, &m, 0), 10);
    }
    for (size_t i = 0; i < FAN_OUT; i++) {
        /* A port that was free may have been somebody's who is still being written to. */
        do
            got = hl_sync_recv(&peers[i], buf, sizeof(buf), 0);
        while (got >= 0 && (got != 10 || memcmp(buf, "nick: text", 10) != 0));
        cr_assert_eq(got, 10, "peer %zu: %zd", i, got);
        hl_sync_close(&peers[i]);
    }
}

Test(row_31, a_file_is_sent_from_an_offset_and_not_over_udp)
{
    struct hl_sync a;
    struct hl_sync b;
    struct hl_sync udp;
    int file = memfd_create("digits", MFD_CLOEXEC);
    size_t sent;
    char buf[16];

    cr_assert_eq(write(file, "0123456789", 10), 10);
    tcp_pair(&a, &b);
    cr_assert_eq(hl_sync_send_file(&a, file, 3, 5, &sent), 0);
    cr_assert_eq(sent, 5);
    cr_assert_eq(3 + sent, 8, "where to resume");
    cr_assert_eq(hl_sync_recv(&b, buf, 5, MSG_WAITALL), 5);
    cr_assert_eq(memcmp(buf, "34567", 5), 0);
    cr_assert_eq(hl_sync_send_file(&a, file, 8, 0, &sent), 0);
    cr_assert_eq(sent, 2, "to the end");
    cr_assert_eq(hl_sync_send_file(&a, file, 10, 5, &sent), 0);
    cr_assert_eq(sent, 0, "behind the end");
    cr_assert_eq(lseek(file, 0, SEEK_CUR), 10, "the position stays");
    udp_at_loopback(&udp);
    cr_assert_eq(hl_sync_send_file(&udp, file, 0, 5, &sent), -EOPNOTSUPP);
}

Test(row_32, flags)
{
    struct hl_sync a;
    struct hl_sync b;
    char buf[4];

    tcp_pair(&a, &b);
    cr_assert_eq(hl_sync_send(&a, "xyz", 3, MSG_NOSIGNAL), 3);
    cr_assert_eq(hl_sync_recv(&b, buf, 1, MSG_PEEK), 1);
    cr_assert_eq(hl_sync_recv(&b, buf, 3, MSG_WAITALL), 3);
    cr_assert_eq(memcmp(buf, "xyz", 3), 0, "peeking took nothing");
    cr_assert_eq(hl_sync_recv(&b, buf, 1, MSG_DONTWAIT), -EAGAIN);
    cr_assert_eq(hl_sync_recv(&b, buf, 1, MSG_ERRQUEUE), -EAGAIN);
}

Test(row_44, lines_come_whole_however_they_were_cut)
{
    struct hl_sync a;
    struct hl_sync b;
    struct hl_reader r;
    const char *line;
    char rest[8];

    tcp_pair(&a, &b);
    cr_assert_eq(hl_reader_init(&r, &b), 0);
    cr_assert_eq(hl_sync_send_all(&a, "one\ntw", 6), 0);
    cr_assert_eq(hl_reader_line(&r, &line), 4);
    cr_assert_eq(memcmp(line, "one\n", 4), 0);
    hl_sync_set_timeout(&b, HL_MS(20));
    cr_assert_eq(hl_reader_line(&r, &line), HL_ERR_TIMEOUT);
    cr_assert_eq(hl_sync_send_all(&a, "o\n\n12345end", 11), 0);
    hl_sync_set_timeout(&b, HL_SECS(5));
    cr_assert_eq(hl_reader_line(&r, &line), 4);
    cr_assert_eq(memcmp(line, "two\n", 4), 0);
    cr_assert_eq(hl_reader_line(&r, &line), 1);
    cr_assert_eq(hl_reader_read(&r, rest, 5), 5);
    cr_assert_eq(memcmp(rest, "12345", 5), 0);
    hl_sync_close(&a);
    cr_assert_eq(hl_reader_line(&r, &line), 3);
    cr_assert_eq(hl_reader_line(&r, &line), 0);
    hl_reader_fini(&r);
}

static void write_numbers(struct hl_sync *s)
{
    static char zeros[100000];
    size_t left = BIG;

    memset(zeros, 'z', sizeof(zeros));
    for (; left > 0; left -= sizeof(zeros))
        cr_assert_eq(hl_sync_send_all(s, zeros, sizeof(zeros)), 0);
}

Test(row_28, ten_megabytes_reach_a_slow_reader)
{
    struct hl_addr at = loopback(0);
    struct hl_sync listener;
    struct hl_sync s;
    struct peer p;
    int count = 0;

    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
    peer_start(&p, "tcp.py", "slow", "127.0.0.1", port_text(name_of(&listener).port), NULL);
    cr_assert_eq(hl_sync_accept(&listener, &s, NULL), 0);
    cr_assert_eq(hl_sockopt_set(s.fd, "SO_SNDBUF", 4096), 0);
    write_numbers(&s);
    hl_sync_close(&s);
    cr_assert_eq(sscanf(peer_line(&p), "%d", &count), 1);
    cr_assert_eq(count, BIG);
    cr_assert_eq(peer_end(&p), 0);
}
