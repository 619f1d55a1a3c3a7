/* SPDX-License-Identifier: MIT */
/* Sockets on their own: opening, binding, listening, connecting, options. README.md maps the
 * numbers in the suite names to what is offered. */
#include "err.h"
#include "net_limits.h"
#include "peer.h"
#include "sock.h"
#include "sockopt.h"
#include "sync.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct hl_addr bound_name(const struct hl_sync *s)
{
    struct hl_addr a;

    cr_assert_eq(hl_sock_name(s->fd, &a), 0);
    return a;
}

static struct hl_sync tcp_listener(int backlog)
{
    struct hl_addr at = loopback(0);
    struct hl_sync s;

    cr_assert_eq(hl_sync_listen(&s, HL_TCP, &at, backlog), 0);
    return s;
}

Test(row_12, every_descriptor_is_closed_on_exec_and_never_blocks)
{
    static const enum hl_transport all[] = {HL_UDP, HL_TCP, HL_UNIX_STREAM, HL_UNIX_DGRAM,
                                            HL_UNIX_SEQPACKET};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct hl_sync s;

        cr_assert_eq(hl_sync_open(&s, all[i], HL_AF_NONE, 0), 0);
        cr_assert(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
        cr_assert(fcntl(s.fd, F_GETFL) & O_NONBLOCK);
    }
}

Test(row_12, a_child_program_inherits_no_socket)
{
    struct hl_sync listener = tcp_listener(1);
    struct hl_addr at = bound_name(&listener);
    struct hl_sync client;
    struct hl_sync accepted;
    struct hl_sync copy;

    cr_assert_eq(hl_sync_dial(&client, HL_TCP, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &accepted, NULL), 0);
    cr_assert_eq(hl_sync_dup(&accepted, &copy), 0);
    cr_assert_neq(shell("ls -l /proc/self/fd | grep socket:"), 0, "a socket leaked");
}

Test(rows_13_15, protocol_argument)
{
    static const struct {
        enum hl_transport t;
        enum hl_family family;
        int protocol;
        int err;
    } rows[] = {
        {HL_UDP, HL_AF_INET, 0, 0},
        {HL_UDP, HL_AF_INET, IPPROTO_UDP, 0},
        {HL_TCP, HL_AF_INET6, IPPROTO_TCP, 0},
        {HL_TCP, HL_AF_INET, IPPROTO_UDP, -EPROTONOSUPPORT},
        {HL_UDP, HL_AF_INET6, IPPROTO_TCP, -EPROTONOSUPPORT},
        {HL_UNIX_STREAM, HL_AF_NONE, 0, 0},
        {HL_UNIX_STREAM, HL_AF_INET, 0, -EAFNOSUPPORT},
        {HL_TCP, HL_AF_UNIX, 0, -EAFNOSUPPORT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd;

        cr_assert_eq(hl_sock_open(rows[i].t, rows[i].family, rows[i].protocol, &fd), rows[i].err,
                     "row %zu", i);
        cr_assert_eq(fd >= 0, rows[i].err == 0, "row %zu", i);
        if (fd >= 0)
            close(fd);
    }
}

Test(row_16, a_port_in_use_is_an_error_for_udp_and_tcp)
{
    struct hl_addr at = loopback(0);
    struct hl_sync udp;
    struct hl_sync tcp = tcp_listener(1);
    struct hl_sync second;

    cr_assert_eq(hl_sync_datagram(&udp, &at), 0);
    at.port = bound_name(&udp).port;
    cr_assert_neq(at.port, 0);
    cr_assert_eq(hl_sync_datagram(&second, &at), -EADDRINUSE);
    cr_assert_eq(second.fd, -1);
    at.port = bound_name(&tcp).port;
    cr_assert_eq(hl_sync_listen(&second, HL_TCP, &at, 1), -EADDRINUSE);
    cr_assert_str_eq(hl_err_text(-EADDRINUSE), "Address already in use");
    at = (struct hl_addr){.family = HL_AF_INET, .ip = {192, 0, 2, 1}};
    cr_assert_eq(hl_sync_datagram(&second, &at), -EADDRNOTAVAIL);
}

Test(row_16, no_address_means_both_families)
{
    struct hl_addr any = {.family = HL_AF_NONE};
    struct hl_sync server;
    struct hl_addr at;

    cr_assert_eq(hl_sync_datagram(&server, &any), 0);
    at = bound_name(&server);
    for (int i = 0; i < 2; i++) {
        struct hl_addr to = i ? loopback6(at.port) : loopback(at.port);
        struct hl_addr source = i ? loopback6(0) : loopback(0);
        struct hl_addr from;
        struct hl_sync client;
        char c;

        cr_assert_eq(hl_sync_datagram(&client, &source), 0);
        cr_assert_eq(hl_sync_send_to(&client, "x", 1, 0, &to), 1);
        cr_assert_eq(hl_sync_recv_from(&server, &c, 1, 0, &from), 1);
        source = bound_name(&client);
        cr_assert(hl_addr_equal(&from, &source), "a mapped address shows through");
        cr_assert_eq(hl_sync_send_to(&server, "y", 1, 0, &from), 1);
        cr_assert_eq(hl_sync_recv(&client, &c, 1, 0), 1);
    }
}

/* Starts clients until one is not let in; how many were. */
static int let_in(const struct hl_addr *at)
{
    int count = 0;

    for (;;) {
        struct pollfd p = {.events = POLLOUT};
        int err = hl_sock_connect_start(HL_TCP, at, NULL, &p.fd);

        cr_assert(err == 0 || err == -EINPROGRESS);
        if (poll(&p, 1, 300) == 0)
            return count;
        cr_assert_eq(hl_sock_connect_result(p.fd), 0);
        count++;
    }
}

Test(row_17, backlog_n_lets_n_plus_one_connect)
{
    static const int rows[][2] = {{-1, 1}, {0, 1}, {1, 2}, {5, 6}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hl_sync listener = tcp_listener(rows[i][0]);
        struct hl_addr at = bound_name(&listener);

        cr_assert_eq(let_in(&at), rows[i][1], "backlog %d", rows[i][0]);
        hl_sync_close(&listener);
    }
}

Test(row_36, a_listener_restarts_while_connections_are_in_time_wait)
{
    struct hl_sync listener = tcp_listener(1);
    struct hl_addr at = bound_name(&listener);
    struct hl_sync client;
    struct hl_sync accepted;
    char c;

    cr_assert_eq(hl_sync_dial(&client, HL_TCP, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &accepted, NULL), 0);
    cr_assert_eq(hl_sync_close(&accepted), 0); /* who closes first is left in TIME_WAIT */
    cr_assert_eq(hl_sync_recv(&client, &c, 1, 0), 0);
    hl_sync_close(&client);
    hl_sync_close(&listener);
    cr_assert_eq(hl_sync_listen(&listener, HL_TCP, &at, 1), 0);
}

Test(row_36, udp_is_never_shared)
{
    struct hl_addr at = loopback(0);
    struct hl_sync s;
    int value = -1;

    cr_assert_eq(hl_sync_datagram(&s, &at), 0);
    cr_assert_eq(hl_sockopt_get(s.fd, "SO_REUSEADDR", &value), 0);
    cr_assert_eq(value, 0);
}

Test(row_37, options_by_name_have_effective_values)
{
    struct hl_addr at = {.family = HL_AF_NONE};
    struct hl_sync udp;
    struct hl_sync tcp;
    int value;

    cr_assert_eq(hl_sync_datagram(&udp, &at), 0);
    cr_assert_eq(hl_sync_open(&tcp, HL_TCP, HL_AF_INET, 0), 0);
    cr_assert_eq(hl_sockopt_set(udp.fd, "SO_RCVBUF", 10000), 0);
    cr_assert_eq(hl_sockopt_get(udp.fd, "SO_RCVBUF", &value), 0);
    cr_assert_eq(value, 20000, "Linux doubles it: %d", value);
    cr_assert_eq(hl_sockopt_get(udp.fd, "SO_TYPE", &value), 0);
    cr_assert_eq(value, SOCK_DGRAM);
    cr_assert_eq(hl_sockopt_set(udp.fd, "SO_TYPE", 1), -EPERM);
    cr_assert_eq(hl_sockopt_get(udp.fd, "SO_NONSENSE", &value), -ENOENT);
    cr_assert_lt(hl_sockopt_get(udp.fd, "TCP_NODELAY", &value), 0);
    cr_assert_eq(hl_sockopt_get(-1, "SO_TYPE", &value), -EBADF);
    hl_sock_tune_stream(tcp.fd);
    cr_assert_eq(hl_sockopt_get(tcp.fd, "TCP_NODELAY", &value), 0);
    cr_assert_eq(value, 1);
    cr_assert_eq(hl_sockopt_get(tcp.fd, "TCP_USER_TIMEOUT", &value), 0);
    cr_assert_eq(value, HL_USER_TIMEOUT_MS);
    cr_assert_eq(hl_sockopt_set(tcp.fd, "SO_LINGER", 7), 0);
    cr_assert_eq(hl_sockopt_get(tcp.fd, "SO_LINGER", &value), 0);
    cr_assert_eq(value, 7);
}

Test(row_37, both_error_queues_of_a_dual_stack_socket_are_on)
{
    static const char *const on[] = {"IP_RECVERR", "IPV6_RECVERR", "IP_PKTINFO", "IPV6_RECVPKTINFO",
                                     "SO_RXQ_OVFL"};
    struct hl_addr at = {.family = HL_AF_NONE};
    struct hl_sync udp;
    int value;

    cr_assert_eq(hl_sync_datagram(&udp, &at), 0);
    for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
        cr_assert_eq(hl_sockopt_get(udp.fd, on[i], &value), 0, "%s", on[i]);
        cr_assert_eq(value, 1, "%s", on[i]);
    }
    cr_assert_eq(hl_sockopt_get(udp.fd, "IPV6_V6ONLY", &value), 0);
    cr_assert_eq(value, 0);
}

Test(row_37, names_in_the_table_are_unique)
{
    const struct hl_sockopt *row;

    for (size_t i = 0; (row = hl_sockopt_row(i)); i++)
        cr_assert_eq(hl_sockopt_find(row->name), row);
}

Test(row_43, an_outside_loop_can_poll_the_descriptor)
{
    struct hl_sync listener = tcp_listener(1);
    struct hl_addr at = bound_name(&listener);
    struct pollfd p = {.fd = listener.fd, .events = POLLIN};
    struct hl_sync client;

    cr_assert_eq(poll(&p, 1, 0), 0);
    cr_assert_eq(hl_sync_dial(&client, HL_TCP, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(poll(&p, 1, 5000), 1);
}

static struct hl_addr path_addr(const char *path)
{
    struct hl_addr a = {.family = HL_AF_UNIX, .unix_len = (uint8_t)strlen(path)};

    memcpy(a.path, path, a.unix_len);
    return a;
}

Test(row_3, a_stale_path_is_replaced_a_living_one_or_a_file_is_not)
{
    static const enum hl_transport all[] = {HL_UNIX_STREAM, HL_UNIX_SEQPACKET, HL_UNIX_DGRAM};
    char dir[] = "/tmp/hullo-test-XXXXXX";
    char path[64];

    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/socket", dir);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct hl_addr at = path_addr(path);
        struct hl_sync first;
        struct hl_sync second;
        struct stat st;

        for (int round = 0; round < 2; round++) { /* the second one finds a stale file */
            cr_assert_eq(all[i] == HL_UNIX_DGRAM ? hl_sync_datagram(&first, &at)
                                                 : hl_sync_listen(&first, all[i], &at, 1),
                         0);
            cr_assert_eq(stat(path, &st), 0);
            cr_assert_eq(st.st_mode & 0777, 0600);
            if (round == 0)
                hl_sync_close(&first);
        }
        cr_assert_eq(all[i] == HL_UNIX_DGRAM ? hl_sync_datagram(&second, &at)
                                             : hl_sync_listen(&second, all[i], &at, 1),
                     -EADDRINUSE);
        hl_sock_unlink_if_ours(&at);
        cr_assert_eq(stat(path, &st), 0, "a living socket was removed");
        hl_sync_close(&first);
        hl_sock_unlink_if_ours(&at);
        cr_assert_neq(stat(path, &st), 0);
    }
    cr_assert_geq(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600), 0);
    struct hl_addr at = path_addr(path);
    struct hl_sync s;
    cr_assert_eq(hl_sync_listen(&s, HL_UNIX_STREAM, &at, 1), -EADDRINUSE);
    hl_sock_unlink_if_ours(&at);
    cr_assert_eq(unlink(path), 0, "a plain file was removed");
    rmdir(dir);
}

Test(row_11, seqpacket_keeps_two_sends_apart)
{
    const char *text;
    struct hl_addr at = abstract_addr(&text);
    struct hl_sync listener;
    struct hl_sync client;
    struct hl_sync server;
    char buf[16];

    cr_assert_eq(hl_sync_listen(&listener, HL_UNIX_SEQPACKET, &at, 1), 0);
    cr_assert_eq(hl_sync_dial(&client, HL_UNIX_SEQPACKET, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &server, NULL), 0);
    cr_assert_eq(hl_sync_send(&client, "one", 3, 0), 3);
    cr_assert_eq(hl_sync_send(&client, "four", 4, 0), 4);
    cr_assert_eq(hl_sync_recv(&server, buf, sizeof(buf), 0), 3);
    cr_assert_eq(hl_sync_recv(&server, buf, sizeof(buf), 0), 4);
}

Test(row_3, the_kernel_tells_who_the_peer_is)
{
    const char *text;
    struct hl_addr at = abstract_addr(&text);
    struct hl_sync listener;
    struct hl_sync client;
    struct hl_sync server;
    struct hl_cred cred;

    cr_assert_eq(hl_sync_listen(&listener, HL_UNIX_STREAM, &at, 1), 0);
    cr_assert_eq(hl_sync_dial(&client, HL_UNIX_STREAM, &at, 1, NULL, HL_SECS(5)), 0);
    cr_assert_eq(hl_sync_accept(&listener, &server, NULL), 0);
    cr_assert_eq(hl_sock_peer_cred(server.fd, &cred), 0);
    cr_assert_eq(cred.pid, getpid());
    cr_assert_eq(cred.uid, getuid());
}

Test(row_20, connected_udp_hears_a_refusal_on_the_next_call)
{
    struct hl_addr at = loopback(0);
    struct hl_sync dead;
    struct hl_sync client;
    struct pollfd p = {.events = POLLIN};
    char c;

    cr_assert_eq(hl_sync_datagram(&dead, &at), 0);
    at = bound_name(&dead);
    hl_sync_close(&dead);
    cr_assert_eq(hl_sync_dial(&client, HL_UDP, &at, 1, NULL, HL_SECS(1)), 0);
    cr_assert_eq(hl_sync_send(&client, "x", 1, 0), 1);
    p.fd = client.fd;
    cr_assert_eq(poll(&p, 1, 5000), 1);
    cr_assert_eq(hl_sync_send(&client, "x", 1, 0), -ECONNREFUSED);
    cr_assert_eq(hl_sync_send(&client, "x", 1, 0), 1, "not fatal");
    hl_sync_set_timeout(&client, HL_SECS(5));
    cr_assert_eq(hl_sync_recv(&client, &c, 1, 0), -ECONNREFUSED);
}

Test(row_21, errors_are_numbers_and_those_of_names_stand_apart)
{
    struct hl_sync listener = tcp_listener(1);
    struct hl_addr at = bound_name(&listener);
    struct hl_sync client;

    cr_assert_eq(hl_sync_open(&client, HL_TCP, HL_AF_INET, 0), 0);
    hl_sync_set_timeout(&client, 0);
    cr_assert_eq(hl_sync_connect(&client, &at), -EINPROGRESS);
    hl_sync_close(&client);
    hl_sync_close(&listener);
    cr_assert_eq(hl_sync_dial(&client, HL_TCP, &at, 1, NULL, HL_SECS(5)), -ECONNREFUSED);
    cr_assert_eq(hl_err_class(-ECONNREFUSED), HL_CLASS_UNREACHABLE);
    cr_assert_eq(hl_err_class(HL_ERR_NOT_FOUND), HL_CLASS_NAME);
}

Test(row_21, python_says_the_same)
{
    static const struct {
        const char *what, *said;
    } rows[] = {{"refused", "111"}, {"started", "EINPROGRESS"}, {"name no.invalid", "error"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer p;

        if (i == 2)
            peer_start(&p, "facts.py", "name", "no.invalid", NULL);
        else
            peer_start(&p, "facts.py", rows[i].what, NULL);
        cr_assert(strncmp(peer_line(&p), rows[i].said, strlen(rows[i].said)) == 0);
        peer_end(&p);
    }
}
