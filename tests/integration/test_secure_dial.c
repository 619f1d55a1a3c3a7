/* SPDX-License-Identifier: MIT */
/* How peers are reached, and what is said when they are not. */
#include "sides.h"

#include <stdio.h>
#include <unistd.h>

static struct side a, b;

static struct hl_endpoint at_port(const char *scheme, uint16_t port)
{
    char text[64];

    snprintf(text, sizeof(text), "%s127.0.0.1:%u", scheme, port);
    return endpoint(text);
}

static bool quiet(struct side *x)
{
    return x->count[HL_SEC_UP] + x->count[HL_SEC_STRANGER] + x->count[HL_SEC_MESSAGE] == 0;
}

/* ---- nobody there ---- */

/* UDP refused, then TCP refused: known within moments, not after the time-out. */
Test(secure_dial, refused, .timeout = 60)
{
    hl_time before = hl_clock_now();
    uint16_t port;
    int fd = plain_socket(SOCK_DGRAM, &port);

    close(fd);
    side_start(&a, 1, NULL);
    side_open(&a, (struct hl_secure_open){.to = at_port("", port), .timeout = HL_SECS(60)});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a);
    cr_assert_eq(a.last[HL_SEC_NO_ANSWER].err, -ECONNREFUSED);
    cr_assert_eq(hl_err_class(a.last[HL_SEC_NO_ANSWER].err), HL_CLASS_UNREACHABLE);
    cr_assert_eq(a.count[HL_SEC_TRY_FAILED], 2, "UDP and TCP");
    cr_assert_geq(a.count[HL_SEC_TRYING], 2);
    cr_assert_lt(hl_clock_now() - before, HL_SECS(10));
    side_stop(&a);
}

Test(secure_dial, silence, .timeout = 60)
{
    uint16_t port;
    int fd = plain_socket(SOCK_DGRAM, &port);

    side_start(&a, 1, NULL);
    side_open(&a, (struct hl_secure_open){
                      .to = at_port("", port), .carrier = HL_CARRIER_UDP, .timeout = HL_MS(300)});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a);
    cr_assert_eq(a.last[HL_SEC_NO_ANSWER].err, HL_ERR_TIMEOUT);
    cr_assert_eq(hl_err_class(a.last[HL_SEC_NO_ANSWER].err), HL_CLASS_TIMEOUT);
    cr_assert_eq(a.count[HL_SEC_TRY_FAILED], 0);
    close(fd);
    side_stop(&a);
}

/* A refusal of the fallback does not hide that UDP was silent. */
Test(secure_dial, silence_and_refused_fallback, .timeout = 60)
{
    uint16_t port;
    int fd = plain_socket(SOCK_DGRAM, &port);

    side_start(&a, 1, NULL);
    side_open(&a, (struct hl_secure_open){.to = at_port("", port), .timeout = HL_MS(1500)});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a);
    cr_assert_eq(a.last[HL_SEC_NO_ANSWER].err, HL_ERR_TIMEOUT);
    cr_assert_eq(a.count[HL_SEC_TRY_FAILED], 1);
    cr_assert_eq(a.last[HL_SEC_TRY_FAILED].err, -ECONNREFUSED);
    close(fd);
    side_stop(&a);
}

Test(secure_dial, no_such_name, .timeout = 60)
{
    side_start(&a, 1, NULL);
    side_open(&a, (struct hl_secure_open){.to = endpoint("name.invalid:9")});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a);
    cr_assert_eq(hl_err_class(a.last[HL_SEC_NO_ANSWER].err), HL_CLASS_NAME);
    cr_assert_eq(a.count[HL_SEC_TRYING], 0);
    side_stop(&a);
}

/* Whoever comes later is found by the handshake that goes on. */
Test(secure_dial, a_peer_that_starts_late_is_found, .timeout = 60)
{
    uint16_t port;
    int fd = plain_socket(SOCK_DGRAM, &port);
    char text[32];

    close(fd);
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    side_start(&a, 1, NULL);
    side_open(&a, (struct hl_secure_open){.to = endpoint(text), .carrier = HL_CARRIER_UDP});
    a.peers[0].to_send = 3;
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a);
    side_start(&b, 2, NULL);
    side_listen(&b, text);
    PUMP_UNTIL(b.peer_count && b.peers[0].heard == 3, &a, &b);
    side_stop(&a);
    side_stop(&b);
}

/* ---- TCP beside UDP ---- */

/* Lets x listen over TCP on a port whose UDP takes everything and says nothing. Others may have a
 * number for one of the two alone. */
static int listen_in_black_hole(struct side *x, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int hole = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    do {
        side_listen(x, "tcp://127.0.0.1:0");
        *port = x->bound.port;
        at.sin_port = htons(*port);
    } while (bind(hole, (struct sockaddr *)&at, sizeof at));
    return hole;
}

Test(secure_dial, tcp_where_udp_is_a_black_hole, .timeout = 60)
{
    uint16_t port;

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    int hole = listen_in_black_hole(&b, &port);
    side_open(&a, (struct hl_secure_open){.to = at_port("", port), .key = b.key});
    a.peers[0].to_send = 100;
    PUMP_UNTIL(a.peers[0].acked == 100, &a, &b);
    cr_assert_eq(a.last[HL_SEC_UP].path.transport, HL_TCP);
    cr_assert_eq(a.count[HL_SEC_NO_ANSWER], 0);
    close(hole);
    side_stop(&a);
    side_stop(&b);
}

Test(secure_dial, the_carrier_that_was_typed_is_the_only_one, .timeout = 60)
{
    uint16_t port;

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    int hole = listen_in_black_hole(&b, &port);
    side_open(&a, (struct hl_secure_open){
                      .to = at_port("udp://", port), .key = b.key, .timeout = HL_MS(1300)});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a, &b);
    cr_assert(quiet(&b));
    close(hole);
    side_stop(&a);
    side_stop(&b);
}

/* ---- names ---- */

Test(secure_dial, a_name_and_its_addresses, .timeout = 60)
{
    char text[48];

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "0");
    snprintf(text, sizeof(text), "localhost:%u", b.bound.port);
    side_open(&a, (struct hl_secure_open){.to = endpoint(text)});
    PUMP_UNTIL(a.count[HL_SEC_UP], &a, &b);
    cr_assert_geq(a.count[HL_SEC_LOOKED_UP], 1);
    cr_assert_eq(a.last[HL_SEC_LOOKED_UP].path.remote.port, b.bound.port);
    side_stop(&a);
    side_stop(&b);
}

/* ---- keys ---- */

Test(secure_dial, a_stranger_gets_no_answer_without_pairing, .timeout = 60)
{
    static const struct hl_secure_config closed = {.pairing = false};
    struct hl_node_stats stats;

    side_start(&a, 1, NULL);
    side_start(&b, 2, &closed);
    side_listen(&b, "127.0.0.1:0");
    for (int known = 0; known < 2; known++) {
        unsigned before = a.count[HL_SEC_NO_ANSWER];

        side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""),
                                              .carrier = HL_CARRIER_UDP,
                                              .key = known ? b.key : NULL,
                                              .timeout = HL_MS(400)});
        PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER] > before, &a, &b);
        cr_assert_eq(a.last[HL_SEC_NO_ANSWER].err, HL_ERR_TIMEOUT);
    }
    hl_secure_stats(b.s, &stats);
    cr_assert_gt(stats.strangers, 0);
    cr_assert_eq(stats.datagrams_out, 0);
    cr_assert(quiet(&b));

    hl_secure_pairing(b.s, true);
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .key = b.key});
    PUMP_UNTIL(a.count[HL_SEC_UP], &a, &b);
    side_stop(&a);
    side_stop(&b);
}

Test(secure_dial, somebody_else_lives_there, .timeout = 60)
{
    uint8_t other[HL_KEY_SIZE];
    uint8_t secret[HL_KEY_SIZE];

    side_secret(secret, 9);
    hl_crypt_public(other, secret);
    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "127.0.0.1:0");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""),
                                          .carrier = HL_CARRIER_UDP,
                                          .key = other,
                                          .timeout = HL_MS(400)});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a, &b);
    cr_assert(quiet(&a) && quiet(&b));
    side_stop(&a);
    side_stop(&b);
}

Test(secure_dial, a_pre_shared_key_must_be_the_same, .timeout = 60)
{
    static const uint8_t psk[HL_KEY_SIZE] = {1, 2, 3};
    struct hl_secure_open o = {.carrier = HL_CARRIER_UDP, .timeout = HL_MS(400)};

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&a, "127.0.0.1:0");
    side_listen(&b, "127.0.0.1:0");
    o.to = endpoint_of(&b.bound, "");
    o.key = b.key;
    o.psk = psk;
    side_open(&a, o);
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a, &b);
    cr_assert(quiet(&a));
    o.to = endpoint_of(&a.bound, "");
    o.key = a.key;
    side_open(&b, o);
    PUMP_UNTIL(a.count[HL_SEC_UP] && b.count[HL_SEC_UP], &a, &b);
    side_stop(&a);
    side_stop(&b);
}

/* ---- both at once ---- */

Test(secure_dial, both_dial_each_other, .timeout = 60)
{
    static const struct hl_secure_config contacts_only = {.pairing = false};

    for (int round = 0; round < 10; round++) {
        side_start(&a, 1, &contacts_only);
        side_start(&b, 2, &contacts_only);
        side_listen(&a, "127.0.0.1:0");
        side_listen(&b, "127.0.0.1:0");
        side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .key = b.key});
        side_open(&b, (struct hl_secure_open){.to = endpoint_of(&a.bound, ""), .key = a.key});
        a.peers[0].to_send = b.peers[0].to_send = 100;
        PUMP_UNTIL(a.peers[0].acked == 100 && b.peers[0].acked == 100, &a, &b);
        cr_assert_eq(a.peers[0].heard, 100);
        cr_assert_eq(b.peers[0].heard, 100);
        cr_assert_eq(a.peer_count + b.peer_count, 2);
        side_stop(&a);
        side_stop(&b);
    }
}

/* A contact without an address comes to us; who is none gets no answer. */
Test(secure_dial, a_contact_that_comes_to_us, .timeout = 60)
{
    static const struct hl_secure_config contacts_only = {.pairing = false};
    const struct hl_secure_open contact = {.to.kind = HL_HOST_ANY, .key = a.key};

    side_start(&a, 1, NULL);
    side_start(&b, 2, &contacts_only);
    side_listen(&b, "127.0.0.1:0");
    side_open(&b, contact)->to_send = 5; /* said before it came */
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .key = b.key});
    PUMP_UNTIL(b.peers[0].acked == 5, &a, &b);
    cr_assert_eq(b.count[HL_SEC_STRANGER] + b.count[HL_SEC_NO_ANSWER], 0);
    cr_assert_eq(a.peers[0].heard, 5);
    side_stop(&a);
    side_stop(&b);
}

/* Two numbers for one key: the second is told which to use. */
Test(secure_dial, a_peer_that_is_known_already, .timeout = 60)
{
    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "127.0.0.1:0");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .key = b.key});
    PUMP_UNTIL(a.count[HL_SEC_UP], &a, &b);
    for (int known = 0; known < 2; known++) { /* by its address, by its key */
        unsigned downs = a.count[HL_SEC_DOWN];

        side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""),
                                              .key = known ? b.key : NULL});
        PUMP_UNTIL(a.count[HL_SEC_DOWN] > downs, &a, &b);
        cr_assert_eq(a.last[HL_SEC_DOWN].err, -EEXIST);
        cr_assert_eq(a.last[HL_SEC_DOWN].code, a.peers[0].number);
        cr_assert_arr_eq(a.last[HL_SEC_DOWN].key, b.key, HL_KEY_SIZE);
        cr_assert_eq(hl_secure_forget(a.s, a.last[HL_SEC_DOWN].peer), 0);
    }
    a.peers[0].to_send = 10;
    PUMP_UNTIL(a.peers[0].acked == 10, &a, &b);
    side_stop(&a);
    side_stop(&b);
}

/* ---- stream connections that prove nothing ---- */

static int connect_raw(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval tv = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

Test(secure_dial, idle_connections_take_no_places, .timeout = 60)
{
    enum { CONNECTIONS = 3 * HL_LINKS_UNUSED };
    int fds[CONNECTIONS];
    char byte;

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "tcp://127.0.0.1:0");
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = connect_raw(b.bound.port);
    cr_assert_eq(recv(fds[0], &byte, 1, 0), 0, "the oldest gave way");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, "tcp://"), .key = b.key});
    a.peers[0].to_send = 10;
    PUMP_UNTIL(a.peers[0].acked == 10, &a, &b);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    side_stop(&a);
    side_stop(&b);
}

/* A session over an accepted connection ends, and there is one too many that nobody uses. It gives
 * way when we connect to somebody, who may take his time all the same. */
Test(secure_dial, a_connection_of_ours_takes_a_place, .timeout = 60)
{
    enum { CONNECTIONS = HL_LINKS_UNUSED + 1 };
    struct hl_node_stats stats;
    int fds[CONNECTIONS];
    uint16_t port;
    int listener = plain_socket(SOCK_STREAM, &port);
    int fd;
    char byte;

    cr_assert_eq(listen(listener, 1), 0);
    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&a, "tcp://127.0.0.1:0");
    side_open(&b, (struct hl_secure_open){.to = endpoint_of(&a.bound, "tcp://"), .key = a.key});
    PUMP_UNTIL(a.count[HL_SEC_UP] && b.count[HL_SEC_UP], &a, &b);
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = connect_raw(a.bound.port);
    cr_assert_eq(recv(fds[0], &byte, 1, 0), 0, "the oldest gave way");
    cr_assert_eq(hl_secure_close(b.s, b.peers[0].number), 0);
    PUMP_UNTIL(a.count[HL_SEC_DOWN], &a, &b);
    side_open(&a, (struct hl_secure_open){.to = at_port("tcp://", port), .timeout = HL_SECS(60)});
    fd = accept(listener, NULL, NULL);
    cr_assert_geq(fd, 0);
    cr_assert_eq(recv(fd, &byte, 1, 0), 1, "he is asked for a session");
    hl_secure_stats(a.s, &stats);
    side_pump(&a);
    cr_assert_eq(a.count[HL_SEC_NO_ANSWER], 0);
    close(fd);
    close(listener);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    side_stop(&a);
    side_stop(&b);
}

/* An accepted connection that says nothing, and a session beside it. */
Test(secure_dial, a_silent_connection_is_closed, .timeout = 60)
{
    hl_time before;
    char byte;
    int fd;

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "tcp://127.0.0.1:0");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, "tcp://"), .key = b.key});
    PUMP_UNTIL(a.count[HL_SEC_UP], &a, &b);
    before = hl_clock_now();
    fd = connect_raw(b.bound.port);
    while (recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN) /* each waits 5 s at most */
        cr_assert_lt(hl_clock_now() - before, HL_SECS(30));
    cr_assert_geq(hl_clock_now() - before, HL_LINK_UNUSED - HL_MS(100));
    a.peers[0].to_send = 10; /* the one in use is not idle, though silent */
    PUMP_UNTIL(a.peers[0].acked == 10, &a, &b);
    cr_assert_eq(a.count[HL_SEC_DOWN], 0);
    close(fd);
    side_stop(&a);
    side_stop(&b);
}

Test(secure_dial, garbage_over_tcp_ends_that_connection_alone, .timeout = 60)
{
    static const uint8_t no_record[] = {0, 0, 1, 2};
    char byte;
    int fd;

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "tcp://127.0.0.1:0");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, "tcp://"), .key = b.key});
    PUMP_UNTIL(a.count[HL_SEC_UP], &a, &b);
    fd = connect_raw(b.bound.port);
    cr_assert_eq(send(fd, no_record, sizeof(no_record), MSG_NOSIGNAL), 4);
    cr_assert_leq(recv(fd, &byte, 1, 0), 0);
    a.peers[0].to_send = 10;
    PUMP_UNTIL(a.peers[0].acked == 10, &a, &b);
    close(fd);
    side_stop(&a);
    side_stop(&b);
}

/* The connection under a session is lost; the program opens it again. */
Test(secure_dial, a_lost_connection_is_replaced, .timeout = 60)
{
    struct hl_secure_open again;
    hl_link lost;

    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "tcp://127.0.0.1:0");
    again = (struct hl_secure_open){.to = endpoint_of(&b.bound, "tcp://"), .key = b.key};
    side_open(&a, again);
    a.peers[0].to_send = 10;
    PUMP_UNTIL(a.peers[0].acked == 10, &a, &b);
    lost = a.last[HL_SEC_UP].path.link;
    cr_assert_eq(hl_net_close(hl_secure_net(a.s), lost), 0);
    a.peers[0].to_send = 20;
    PUMP_UNTIL(a.peers[0].said == 20 && a.count[HL_SEC_DOWN], &a, &b);
    cr_assert_eq(hl_secure_reopen(a.s, a.peers[0].number, &again), 0);
    PUMP_UNTIL(a.peers[0].acked == 20, &a, &b);
    cr_assert_eq(b.peers[0].heard, 20);
    side_stop(&a);
    side_stop(&b);
}
