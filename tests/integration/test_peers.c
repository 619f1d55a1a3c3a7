/* SPDX-License-Identifier: MIT */
/* Small Python programs at the other end, in both roles, over all transports. */
#include "err.h"
#include "feature.h"
#include "host.h"
#include "peer.h"
#include "reader.h"
#include "services.h"
#include "sock.h"
#include "sync.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct hl_sync dial(const struct hl_addr *at, enum hl_transport t)
{
    struct hl_sync s;

    cr_assert_eq(hl_sync_dial(&s, t, at, 1, NULL, HL_SECS(10)), 0);
    hl_sync_set_timeout(&s, HL_SECS(10));
    return s;
}

static struct hl_sync dial_tcp(struct peer *p)
{
    struct hl_addr at = loopback(peer_port(p));

    return dial(&at, HL_TCP);
}

static struct hl_sync listen_tcp(uint16_t *port)
{
    struct hl_addr at = loopback(0);
    struct hl_sync s;

    cr_assert_eq(hl_sync_listen(&s, HL_TCP, &at, 5), 0);
    cr_assert_eq(hl_sock_name(s.fd, &at), 0);
    hl_sync_set_timeout(&s, HL_SECS(20));
    *port = at.port;
    return s;
}

static struct hl_sync accept_one(struct hl_sync *listener, struct hl_addr *from)
{
    struct hl_sync s;

    cr_assert_eq(hl_sync_accept(listener, &s, from), 0);
    hl_sync_set_timeout(&s, HL_SECS(10));
    return s;
}

static struct hl_sync udp_any(uint16_t *port)
{
    struct hl_addr at = {.family = HL_AF_NONE};
    struct hl_sync s;

    cr_assert_eq(hl_sync_datagram(&s, &at), 0);
    cr_assert_eq(hl_sock_name(s.fd, &at), 0);
    hl_sync_set_timeout(&s, HL_SECS(20));
    *port = at.port;
    return s;
}

/* Sends text if there is one, then expects what comes to be want. */
static void talk(struct hl_sync *s, const char *text, const char *want)
{
    char buf[256];
    ssize_t n;

    if (text)
        cr_assert_eq(hl_sync_send_all(s, text, strlen(text)), 0);
    n = hl_sync_recv(s, buf, sizeof(buf) - 1, 0);
    cr_assert_geq(n, 0, "%s", hl_err_text((int)n));
    buf[n] = '\0';
    cr_assert_str_eq(buf, want);
}

Test(rows_1_7_18_24, tcp_hello_server)
{
    struct peer p;
    struct hl_sync s;

    peer_start(&p, "tcp.py", "hello-server", NULL); /* binds to '' */
    s = dial_tcp(&p);
    talk(&s, "hello", "hello from the server");
    talk(&s, NULL, "");
    cr_assert_str_eq(peer_line(&p), "127.0.0.1 hello");
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_1_7_18_24, tcp_hello_client)
{
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_addr from;
    struct hl_sync s;
    struct peer p;

    peer_start(&p, "tcp.py", "hello-client", "127.0.0.1", port_text(port), NULL);
    s = accept_one(&listener, &from);
    cr_assert_eq(from.family, HL_AF_INET);
    cr_assert_neq(from.port, 0);
    talk(&s, "hi there", "hello");
    cr_assert_str_eq(peer_line(&p), "hi there");
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_1_8_25, udp_hello_server_and_client)
{
    uint16_t port;
    struct hl_sync s = udp_any(&port);
    struct hl_addr to = loopback(0);
    struct hl_addr from;
    struct peer p;
    char buf[64];

    peer_start(&p, "udp.py", "hello-server", NULL);
    to.port = peer_port(&p);
    cr_assert_eq(hl_sync_send_to(&s, "we", 2, 0, &to), 2);
    cr_assert_eq(hl_sync_recv_from(&s, buf, sizeof(buf), 0, &from), 9);
    cr_assert(hl_addr_equal(&from, &to));
    cr_assert_eq(peer_end(&p), 0);

    peer_start(&p, "udp.py", "hello-client", "127.0.0.1", port_text(port), NULL);
    cr_assert_eq(hl_sync_recv_from(&s, buf, sizeof(buf), 0, &from), 5);
    cr_assert_eq(hl_sync_send_to(&s, "and you", 7, 0, &from), 7);
    cr_assert_str_eq(peer_line(&p), "and you");
    cr_assert_eq(peer_end(&p), 0);
}

Test(row_2, udp_and_tcp_over_v6)
{
    struct hl_addr at = loopback6(0);
    struct hl_sync s;
    struct peer p;

    if (!hl_feature_has_ipv6())
        cr_skip("no IPv6");
    peer_start(&p, "udp.py", "echo", "::1", NULL);
    at.port = peer_port(&p);
    s = dial(&at, HL_UDP);
    talk(&s, "six", "six");
    peer_kill(&p);
    peer_start(&p, "tcp.py", "hello-server", "::1", NULL);
    at.port = peer_port(&p);
    s = dial(&at, HL_TCP);
    talk(&s, "hello", "hello from the server");
    cr_assert_eq(peer_end(&p), 0);
}

Test(row_3, unix_peers)
{
    const char *text;
    struct hl_addr at = abstract_addr(&text);
    struct hl_sync s;
    struct peer p;

    peer_start(&p, "udp.py", "unix-echo", text, NULL);
    cr_assert_str_eq(peer_line(&p), "ready");
    s = dial(&at, HL_UNIX_DGRAM);
    talk(&s, "datagram", "datagram");
    peer_kill(&p);
    at = abstract_addr(&text);
    peer_start(&p, "tcp.py", "unix-upper", text, NULL);
    cr_assert_str_eq(peer_line(&p), "ready");
    s = dial(&at, HL_UNIX_STREAM);
    talk(&s, "stream", "STREAM");
    hl_sync_close(&s);
    cr_assert_eq(peer_end(&p), 0);
}

Test(row_5, the_features_are_those_that_python_finds)
{
    struct peer p;
    const char *line;
    int count = 0;

    peer_start(&p, "facts.py", "features", NULL);
    for (line = peer_line(&p); *line; line = peer_line(&p)) {
        char name[64];
        char answer[8];
        int err;

        cr_assert_eq(sscanf(line, "%63s %7s", name, answer), 2);
        err = hl_feature_find(name);
        cr_assert_neq(err, -ENOENT, "%s is not in the list", name);
        cr_assert_eq(err == 0, strcmp(answer, "yes") == 0, "%s: %s", name, hl_err_text(err));
        count++;
    }
    cr_assert_geq(count, 10);
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_5_10, what_is_missing_has_a_reason)
{
    struct hl_feature f;

    for (size_t i = 0; hl_feature_probe(i, &f); i++) {
        cr_assert_leq(f.err, 0);
        cr_assert_gt(strlen(f.purpose), 0);
        cr_assert_str_neq(hl_err_text(f.err), "unknown error");
    }
    cr_assert_lt(hl_feature_find("SOCK_RDM"), 0);
    cr_assert_eq(hl_feature_find("AF_NONSENSE"), -ENOENT);
}

Test(row_20, a_connected_udp_client)
{
    uint16_t port;
    struct hl_sync s = udp_any(&port);
    struct hl_addr from;
    struct peer p;
    char buf[64];

    peer_start(&p, "udp.py", "connected", "127.0.0.1", port_text(port), NULL);
    peer_say(&p, "typed\n");
    cr_assert_eq(hl_sync_recv_from(&s, buf, sizeof(buf), 0, &from), 5);
    cr_assert_eq(hl_sync_send_to(&s, "answer", 6, 0, &from), 6);
    cr_assert_str_eq(peer_line(&p), "127.0.0.1 answer");
    cr_assert_eq(peer_end(&p), 0);
}

Test(row_22, create_connection_with_a_source_address)
{
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_addr from;
    struct hl_sync s;
    struct peer p;

    peer_start(&p, "tcp.py", "create", "127.0.0.1", port_text(port), "127.0.0.5", NULL);
    s = accept_one(&listener, &from);
    cr_assert_eq(memcmp(from.ip, (uint8_t[]){127, 0, 0, 5}, 4), 0);
    talk(&s, NULL, "127.0.0.5");
    talk(&s, NULL, "");
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_29_58_59, the_two_thread_chat)
{
    uint16_t port;
    struct hl_sync s = udp_any(&port);
    struct hl_addr to = loopback(0);
    struct hl_addr from;
    struct peer p;
    char want[64];
    char buf[64];
    unsigned theirs;

    peer_start(&p, "two_thread_chat.py", NULL);
    peer_say(&p, "0\n127.0.0.1\n");
    peer_say(&p, port_text(port));
    peer_say(&p, "\n");
    cr_assert_eq(sscanf(peer_line(&p), "local port: peer address: peer port: bound %u", &theirs),
                 1);
    to.port = (uint16_t)theirs;
    cr_assert_eq(hl_sync_send_to(&s, "[1, 2]", 6, 0, &to), 6);
    snprintf(want, sizeof(want), "127.0.0.1:%u<<:[1, 2]", (unsigned)port);
    cr_assert_str_eq(peer_line(&p), want);
    peer_say(&p, "back\n");
    cr_assert_eq(hl_sync_recv_from(&s, buf, sizeof(buf), 0, &from), 4);
    cr_assert(hl_addr_equal(&from, &to));
    peer_kill(&p);
}

Test(row_31, a_python_receiver_gets_a_file)
{
    static const char digest[] = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_sync s;
    struct peer p;
    char want[128];
    size_t sent;
    int file = memfd_create("file", MFD_CLOEXEC);

    cr_assert_eq(write(file, "0123456789", 10), 10);
    peer_start(&p, "tcp.py", "take", "127.0.0.1", port_text(port), NULL);
    s = accept_one(&listener, NULL);
    cr_assert_eq(hl_sync_send_file(&s, file, 0, 0, &sent), 0);
    hl_sync_close(&s);
    snprintf(want, sizeof(want), "10 %s", digest);
    cr_assert_str_eq(peer_line(&p), want);
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_33_60, upper_case_servers)
{
    static const char *const kinds[] = {"upper-once", "upper-loop", "upper-count"};

    for (size_t i = 0; i < 3; i++) {
        int clients = i == 1 ? 3 : 1;
        struct hl_sync s;
        struct hl_addr at;
        struct peer p;

        peer_start(&p, "tcp.py", kinds[i], NULL);
        at = loopback(peer_port(&p));
        for (int c = 0; c < clients; c++) {
            s = dial(&at, HL_TCP);
            talk(&s, "abc", "ABC");
            talk(&s, "d", "D");
            hl_sync_close(&s);
        }
        if (i == 1) {
            peer_kill(&p);
            continue;
        }
        if (i == 2) {
            cr_assert_str_eq(peer_line(&p), "3");
            cr_assert_str_eq(peer_line(&p), "1");
        }
        cr_assert_eq(peer_end(&p), 0, "ends with its client");
    }
}

Test(row_60, an_upper_case_client_sends_words_only)
{
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_sync s;
    struct peer p;

    peer_start(&p, "tcp.py", "upper-client", "127.0.0.1", port_text(port), NULL);
    s = accept_one(&listener, NULL);
    peer_say(&p, "\n  \n12\nword\n");
    talk(&s, NULL, "word");
    cr_assert_eq(hl_sync_send_all(&s, "WORD", 4), 0);
    cr_assert_str_eq(peer_line(&p), "WORD");
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_34_35, both_ends_agree_on_both_addresses)
{
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_addr from;
    struct hl_addr ours;
    struct hl_addr peer;
    struct hl_sync s;
    struct peer p;
    char want[128];

    peer_start(&p, "tcp.py", "peername", "127.0.0.1", port_text(port), NULL);
    s = accept_one(&listener, &from);
    cr_assert_eq(hl_sock_name(s.fd, &ours), 0);
    cr_assert_eq(hl_sock_peer(s.fd, &peer), 0);
    cr_assert(hl_addr_equal(&peer, &from));
    snprintf(want, sizeof(want), "127.0.0.1 %u 127.0.0.1 %u", (unsigned)ours.port,
             (unsigned)from.port);
    cr_assert_str_eq(peer_line(&p), want);
    cr_assert_eq(peer_end(&p), 0);

    peer_start(&p, "tcp.py", "sockname", NULL);
    s = dial_tcp(&p);
    cr_assert_eq(hl_sock_peer(s.fd, &peer), 0);
    snprintf(want, sizeof(want), "127.0.0.1 %u", (unsigned)peer.port);
    talk(&s, NULL, want);
    cr_assert_eq(hl_sock_peer(listener.fd, &peer), -ENOTCONN);
    peer_kill(&p);
}

Test(rows_24_33, a_server_that_greets_first_and_closes)
{
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_sync s;
    struct peer p;

    peer_start(&p, "tcp.py", "greet", NULL);
    s = dial_tcp(&p);
    talk(&s, NULL, "welcome 127.0.0.1\n");
    talk(&s, NULL, "");
    peer_kill(&p);
    peer_start(&p, "tcp.py", "greeted", "127.0.0.1", port_text(port), NULL);
    s = accept_one(&listener, NULL);
    cr_assert_eq(hl_sync_send_all(&s, "hello\n", 6), 0);
    hl_sync_close(&s);
    cr_assert_str_eq(peer_line(&p), "hello");
    cr_assert_eq(peer_end(&p), 0);
}

Test(row_44, python_reads_our_lines_and_we_its)
{
    uint16_t port;
    struct hl_sync listener = listen_tcp(&port);
    struct hl_sync s;
    struct hl_reader r;
    struct peer p;
    const char *line;

    peer_start(&p, "tcp.py", "readline", "127.0.0.1", port_text(port), NULL);
    s = accept_one(&listener, NULL);
    cr_assert_eq(hl_sync_send_all(&s, "a\n", 2), 0);
    cr_assert_str_eq(peer_line(&p), "'a\\n'");
    cr_assert_eq(hl_sync_send_all(&s, "b", 1), 0);
    hl_sync_close(&s);
    cr_assert_str_eq(peer_line(&p), "'b'");
    cr_assert_eq(peer_end(&p), 0);
    peer_start(&p, "tcp.py", "greet", NULL);
    s = dial_tcp(&p);
    cr_assert_eq(hl_reader_init(&r, &s), 0);
    cr_assert_eq(hl_reader_line(&r, &line), 18);
    cr_assert_eq(hl_reader_line(&r, &line), 0);
    hl_reader_fini(&r);
    peer_kill(&p);
}

Test(row_48, the_host_name_is_the_one_python_sees)
{
    char name[HL_HOST_MAX];
    struct peer p;

    peer_start(&p, "facts.py", "hostname", NULL);
    cr_assert_str_eq(peer_line(&p), hl_host_name(name));
    cr_assert_eq(peer_end(&p), 0);
}

Test(rows_50_51, services_are_those_that_python_finds)
{
    static const struct {
        const char *port, *protocol;
        enum hl_protocol proto;
    } rows[] = {
        {"53", "udp", HL_PROTO_UDP},  {"69", "tcp", HL_PROTO_TCP},  {"80", "tcp", HL_PROTO_TCP},
        {"119", "tcp", HL_PROTO_TCP}, {"20", "tcp", HL_PROTO_TCP},  {"21", "tcp", HL_PROTO_TCP},
        {"25", "tcp", HL_PROTO_TCP},  {"110", "tcp", HL_PROTO_TCP}, {"143", "tcp", HL_PROTO_TCP},
        {"23", "tcp", HL_PROTO_TCP},  {"70", "tcp", HL_PROTO_TCP},  {"53", NULL, HL_PROTO_ANY},
    };

    if (access("/etc/services", R_OK) != 0)
        cr_skip("no services database to compare with");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[HL_SERVICE_MAX];
        unsigned port = 0;
        struct peer p;
        int err;

        cr_assert_eq(sscanf(rows[i].port, "%u", &port), 1);
        err = hl_service_name((uint16_t)port, rows[i].proto, name);
        peer_start(&p, "facts.py", "service", rows[i].port, rows[i].protocol, NULL);
        cr_assert_str_eq(peer_line(&p), err == 0 ? name : "not found", "port %s", rows[i].port);
        cr_assert_eq(peer_end(&p), 0);
    }
}
