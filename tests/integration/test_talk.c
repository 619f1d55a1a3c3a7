/* SPDX-License-Identifier: MIT */
/* Conversations over real sockets: what every front end relies on. */
#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

/* Counts what a talk reports, and keeps the last of each. */
struct seen {
    size_t opened, closed, finished, in, sent, failed, tries, changes;
    char text[70000];
    size_t len, bytes, longest;
    uint32_t flags;
    bool bad;
    int err;
    uint64_t msg;
    enum hl_entry_state last;
    struct hl_conv *conv;
    uint64_t order; /* 1 while numbers come in order */
    unsigned long next;
};

static void changed(void *user, struct hl_conv *c)
{
    struct seen *s = user;

    s->changes++;
    s->conv = c;
    s->opened += c->state == HL_CONV_OPEN;
    s->finished += c->state == HL_CONV_FINISHED;
    s->closed += c->state == HL_CONV_CLOSED || c->state == HL_CONV_FAILED;
    s->err = c->err;
}

static void incoming(void *user, struct hl_conv *c, const struct hl_incoming *m)
{
    struct seen *s = user;

    s->conv = c;
    s->flags = m->flags;
    s->bad = m->bad_utf8;
    s->len = m->len < sizeof(s->text) ? m->len : sizeof(s->text) - 1;
    memcpy(s->text, m->text, s->len);
    s->text[s->len] = '\0';
    if (strtoul(s->text, NULL, 10) == s->next)
        s->next++;
    s->bytes += m->len;
    if (m->len > s->longest)
        s->longest = m->len;
    s->in++;
}

static void delivery(void *user, struct hl_conv *c, const struct hl_fate *f)
{
    struct seen *s = user;

    (void)c;
    s->msg = f->msg;
    s->last = f->state;
    s->sent += f->state == HL_STATE_SENT;
    s->failed += f->state == HL_STATE_FAILED;
    if (f->state == HL_STATE_FAILED)
        s->err = f->err;
}

static void trying(void *user, struct hl_conv *c, const struct hl_addr *at, int err)
{
    struct seen *s = user;

    (void)c;
    (void)at;
    (void)err;
    s->tries++;
}

static const struct hl_talk_ops ops = {
    .changed = changed, .incoming = incoming, .delivery = delivery, .trying = trying};

static struct hl_talk *start(struct seen *s, const char *listen_text, struct hl_bound bound[2])
{
    struct hl_talk_config config = {0};
    char why[HL_STORE_WHY];
    struct hl_talk *t;
    size_t count;

    memset(s, 0, sizeof(*s));
    cr_assert_eq(hl_talk_new(&config, &ops, s, &t, why), 0, "%s", why);
    cr_assert_eq(hl_talk_listen(t, listen_text, false, false, bound, &count), 0);
    return t;
}

static struct hl_conv *open_to(struct hl_talk *t, const char *scheme, uint16_t port)
{
    struct hl_conv *c;
    char text[64];

    snprintf(text, sizeof(text), "%s127.0.0.1:%u", scheme, port);
    cr_assert_eq(hl_talk_open(t, text, 0, &c), 0);
    return c;
}

static uint64_t say(struct hl_talk *t, struct hl_conv *c, const char *text)
{
    uint64_t msg = 0;

    cr_assert_eq(hl_talk_send(t, c, text, strlen(text), &msg), 0);
    return msg;
}

static struct seen a, b;

Test(talk, two_of_us_over_udp)
{
    struct hl_bound at_a[2], at_b[2];
    struct hl_talk *ta = start(&a, "127.0.0.1:0", at_a);
    struct hl_talk *tb = start(&b, "127.0.0.1:0", at_b);
    struct hl_conv *c = open_to(ta, "", at_b[0].addr.port);
    char local[HL_ADDR_TEXT];

    cr_assert_eq(at_a[0].addr.port, at_a[1].addr.port, "UDP and TCP share a port");
    say(ta, c, "hello"); /* waits until the dial is done */
    await_count(ta, tb, &b.in, 1);
    hl_addr_text(&at_a[0].addr, local);
    cr_assert_str_eq(c->local, local, "our address is known before the peer has spoken");
    cr_assert_str_eq(b.text, "hello");
    say(tb, b.conv, "hello yourself");
    await_count(ta, tb, &a.in, 1);
    cr_assert_str_eq(a.text, "hello yourself");
    cr_assert_eq(a.conv, c, "the answer belongs to the conversation that asked");
    await_count(ta, tb, &a.sent, 1);
    cr_assert_eq(c->sent, 1);
    cr_assert_eq(c->received, 1);
    cr_assert_eq(hl_talk_queued(ta), 0);
    hl_talk_free(ta, 0);
    hl_talk_free(tb, 0);
}

Test(talk, long_text_is_cut_between_characters)
{
    struct hl_bound at_a[2], at_b[2];
    struct hl_talk *ta = start(&a, "127.0.0.1:0", at_a);
    struct hl_talk *tb = start(&b, "127.0.0.1:0", at_b);
    struct hl_conv *c = open_to(ta, "", at_b[0].addr.port);
    char text[3001];

    for (size_t i = 0; i < 3000; i += 3)
        memcpy(text + i, "\xe6\xbc\xa2", 3);
    text[3000] = '\0';
    say(ta, c, text);
    await_count(ta, tb, &b.bytes, 3000);
    cr_assert_eq(b.longest, 999);
    cr_assert_not(b.bad);
    cr_assert_eq(b.in, 4);
    await_count(ta, tb, &a.sent, 1);
    cr_assert_eq(a.sent, 1, "four datagrams, one message");
    hl_talk_free(ta, 0);
    hl_talk_free(tb, 0);
}

Test(talk, refusal_lands_on_the_very_message)
{
    struct hl_bound at[2];
    struct hl_talk *t = start(&a, "127.0.0.1:0", at);
    struct hl_conv *c;
    uint64_t first, second;
    uint16_t port;

    close(plain_socket(SOCK_DGRAM, &port));
    c = open_to(t, "", port);
    first = say(t, c, "first");
    await_count(t, NULL, &a.failed, 1);
    cr_assert_eq(a.msg, first);
    cr_assert_eq(a.err, -ECONNREFUSED);
    second = say(t, c, "second");
    await_count(t, NULL, &a.failed, 2);
    cr_assert_eq(a.msg, second);
    cr_assert_eq(c->failed, 2);
    hl_talk_free(t, 0);
}

/* Gives this test a hosts file of its own, in which two.test has both addresses. Each test is a
 * process of its own, so nothing has to be undone. */
static void two_addresses(void)
{
    static const char hosts[] = "::1 two.test\n127.0.0.1 two.test\n";
    char path[] = "/tmp/hullo-hosts-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, hosts, sizeof(hosts) - 1), (ssize_t)sizeof(hosts) - 1);
    close(fd);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(path, "/etc/hosts", NULL, MS_BIND, NULL) != 0) {
        unlink(path);
        cr_skip_test("needs the right to mount");
    }
    unlink(path);
}

/* The refusal and the news that the datagram left come from two threads, in any order: the last
 * word on every message must be the refusal. */
Test(talk, a_refusal_is_the_last_word)
{
    enum { ROUNDS = 300 };
    struct hl_bound at[2];
    struct hl_talk *t = start(&a, "127.0.0.1:0", at);
    struct hl_conv *c;
    uint16_t port;

    close(plain_socket(SOCK_DGRAM, &port));
    c = open_to(t, "", port);
    for (size_t i = 0; i < ROUNDS; i++) {
        uint64_t msg = say(t, c, "is anybody there");

        await_count(t, NULL, &a.failed, i + 1);
        cr_assert_eq(a.msg, msg);
        cr_assert_eq(a.last, HL_STATE_FAILED);
    }
    cr_assert_eq(c->failed, ROUNDS);
    cr_assert_eq(c->sent, 0);
    hl_talk_free(t, 0);
}

/* two.test is ::1 first; a program that listens on 127.0.0.1 only must hear the first word. */
Test(talk, next_address_of_a_name_is_tried_when_one_refuses)
{
    struct hl_bound at[2];
    struct hl_talk *t;
    struct hl_conv *c;
    char text[64];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);

    two_addresses(); /* before the threads that are to see it */
    t = start(&a, "0", at);
    snprintf(text, sizeof(text), "two.test:%u", port);
    cr_assert_eq(hl_talk_open(t, text, 0, &c), 0);
    say(t, c, "are you there");
    await_count(t, NULL, &a.sent, 1);
    while (c->path.remote.family == HL_AF_INET6) {
        struct pollfd p = {.fd = hl_talk_fd(t), .events = POLLIN};

        cr_assert_eq(poll(&p, 1, AWAIT_MS), 1);
        hl_talk_pump(t);
    }
    cr_assert_eq(recv(peer, text, sizeof(text), 0), 13);
    cr_assert_eq(a.failed, 0);
    close(peer);
    hl_talk_free(t, 0);
}

/* The only addresses refuse: every message says so, also one that left before that was known. */
Test(talk, all_addresses_of_a_name_refuse)
{
    struct hl_bound at[2];
    struct hl_talk *t;
    struct hl_conv *c;
    char text[64];
    uint16_t port;

    two_addresses();
    t = start(&a, "0", at);
    close(plain_socket(SOCK_DGRAM, &port));
    snprintf(text, sizeof(text), "two.test:%u", port);
    cr_assert_eq(hl_talk_open(t, text, 0, &c), 0);
    say(t, c, "one");
    say(t, c, "two");
    await_count(t, NULL, &a.failed, 2);
    cr_assert_eq(a.err, -ECONNREFUSED);
    cr_assert_eq(c->path.remote.family, HL_AF_INET, "both were tried");
    hl_talk_free(t, 0);
}

/* A socket that is bound to a v4 address cannot reach the v6 addresses of a name. */
Test(talk, names_are_reached_from_a_socket_of_one_family)
{
    struct hl_bound at[2];
    struct hl_talk *t;
    struct hl_conv *c;
    char text[64];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);

    two_addresses(); /* before the threads that are to see it */
    t = start(&a, "127.0.0.1:0", at);
    snprintf(text, sizeof(text), "two.test:%u", port);
    cr_assert_eq(hl_talk_open(t, text, 0, &c), 0);
    say(t, c, "over v4");
    await_count(t, NULL, &a.sent, 1);
    cr_assert_eq(recv(peer, text, sizeof(text), 0), 7);
    cr_assert_eq(a.failed, 0);
    close(peer);
    hl_talk_free(t, 0);
}

Test(talk, a_port_in_use_moves_on_only_if_nobody_asked_for_it)
{
    struct hl_bound at[2], other[2];
    struct hl_talk *t = start(&a, "127.0.0.1:0", at);
    char text[64];
    size_t count;
    uint16_t port;
    int taken = plain_socket(SOCK_DGRAM, &port);

    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    cr_assert_eq(hl_talk_listen(t, text, false, false, other, &count), -EADDRINUSE);
    cr_assert_eq(hl_talk_listen(t, text, true, false, other, &count), 0);
    cr_assert_gt(other[0].addr.port, port);
    cr_assert_eq(count, 2);
    hl_talk_free(t, 0);
    close(taken);
}

Test(talk, a_port_that_is_ours_already_is_what_was_asked_for)
{
    struct hl_bound at[2], other[2];
    struct hl_talk *t = start(&a, "127.0.0.1:0", at);
    char text[64];
    size_t count;

    snprintf(text, sizeof(text), "127.0.0.1:%u", at[0].addr.port);
    cr_assert_eq(hl_talk_listen(t, text, false, false, other, &count), 0);
    cr_assert_eq(count, 2);
    cr_assert_eq(other[0].link, at[0].link);
    cr_assert_eq(other[1].link, at[1].link);
    hl_talk_free(t, 0);
}

static size_t send_many(struct hl_talk *ta, struct hl_talk *tb, struct hl_conv *c, size_t n)
{
    size_t busy = 0;

    for (size_t i = 0; i < n;) {
        char line[32];
        uint64_t msg;
        int len = snprintf(line, sizeof(line), "%zu and some words", i);
        int err = hl_talk_send(ta, c, line, (size_t)len, &msg);

        if (err == 0) {
            i++;
            continue;
        }
        cr_assert_eq(err, HL_ERR_BUSY);
        busy++;
        hl_talk_pump(ta);
        hl_talk_pump(tb);
    }
    return busy;
}

Test(talk, fifty_thousand_lines_over_tcp_in_order)
{
    enum { LINES = 50000 };
    struct hl_bound at_a[2], at_b[2];
    struct hl_talk *ta = start(&a, "127.0.0.1:0", at_a);
    struct hl_talk *tb = start(&b, "127.0.0.1:0", at_b);
    struct hl_conv *c = open_to(ta, "tcp://", at_b[1].addr.port);

    cr_assert_gt(send_many(ta, tb, c, LINES), 0, "the sender must have been held back");
    hl_talk_finish(ta, c);
    await_count(ta, tb, &b.in, LINES);
    cr_assert_eq(b.next, LINES, "in order");
    await_count(ta, tb, &b.finished, 1);
    await_count(ta, tb, &a.sent, LINES);
    cr_assert_eq(a.failed, 0);
    hl_talk_free(ta, 0);
    hl_talk_free(tb, 0);
}

Test(talk, closed_stream_dials_again_on_the_next_message)
{
    struct hl_bound at_a[2], at_b[2];
    struct hl_talk *ta = start(&a, "127.0.0.1:0", at_a);
    struct hl_talk *tb = start(&b, "127.0.0.1:0", at_b);
    struct hl_conv *c = open_to(ta, "tcp://", at_b[1].addr.port);

    say(ta, c, "one");
    await_count(ta, tb, &b.in, 1);
    cr_assert_eq(hl_talk_close(tb, b.conv), 0);
    await_count(ta, tb, &a.finished, 1);
    cr_assert_eq(hl_talk_close(ta, c), 0);
    await_count(ta, tb, &a.closed, 1);
    say(ta, c, "two");
    await_count(ta, tb, &b.in, 2);
    cr_assert_str_eq(b.text, "two");
    hl_talk_free(ta, 0);
    hl_talk_free(tb, 0);
}

Test(talk, messages_of_a_failed_dial_fail_with_its_reason)
{
    struct hl_bound at[2];
    struct hl_talk *t = start(&a, "127.0.0.1:0", at);
    struct hl_conv *c;
    uint16_t port;

    close(plain_socket(SOCK_STREAM, &port));
    c = open_to(t, "tcp://", port);
    say(t, c, "one");
    say(t, c, "two");
    await_count(t, NULL, &a.failed, 2);
    cr_assert_eq(a.err, -ECONNREFUSED);
    cr_assert_eq(c->state, HL_CONV_FAILED);
    cr_assert_eq(hl_talk_queued(t), 0);
    hl_talk_free(t, 0);
}

Test(talk, hostile_datagrams_are_marked_not_fatal)
{
    struct hl_bound at[2];
    struct hl_talk *t = start(&a, "127.0.0.1:0", at);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static char big[60000];
    uint16_t port;
    int peer = plain_socket(SOCK_DGRAM, &port);

    to.sin_port = htons(at[0].addr.port);
    cr_assert_eq(sendto(peer, "\xff\xfe", 2, 0, (struct sockaddr *)&to, sizeof(to)), 2);
    await_count(t, NULL, &a.in, 1);
    cr_assert(a.bad);
    cr_assert_eq(sendto(peer, "", 0, 0, (struct sockaddr *)&to, sizeof(to)), 0);
    memset(big, 'b', sizeof(big));
    cr_assert_eq(sendto(peer, big, sizeof(big), 0, (struct sockaddr *)&to, sizeof(to)), 60000);
    await_count(t, NULL, &a.in, 2);
    cr_assert_eq(a.len, 60000, "whole, and the empty datagram is passed over");
    cr_assert_eq(sendto(peer, "line\n", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    await_count(t, NULL, &a.in, 3);
    cr_assert_str_eq(a.text, "line");
    close(peer);
    hl_talk_free(t, 0);
}

Test(talk, strangers_do_not_fill_the_table)
{
    enum { STRANGERS = 40 };
    struct hl_talk_config config = {.convs_max = 8};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char why[HL_STORE_WHY];
    struct hl_bound at[2];
    struct hl_talk *t;
    struct hl_conv *mine;
    size_t count, n = 0;
    uint16_t port;

    cr_assert_eq(hl_talk_new(&config, &ops, &a, &t, why), 0, "%s", why);
    cr_assert_eq(hl_talk_listen(t, "127.0.0.1:0", false, true, at, &count), 0);
    cr_assert_eq(count, 1);
    close(plain_socket(SOCK_DGRAM, &port));
    mine = open_to(t, "", port);
    to.sin_port = htons(at[0].addr.port);
    for (size_t i = 0; i < STRANGERS; i++) {
        int peer = plain_socket(SOCK_DGRAM, &port);

        sendto(peer, "hi", 2, 0, (struct sockaddr *)&to, sizeof(to));
        await_count(t, NULL, &a.in, i + 1);
        close(peer);
    }
    for (struct hl_conv *c = hl_talk_first(t); c; c = hl_talk_next(t, c))
        n++;
    cr_assert_eq(n, 8);
    cr_assert_eq(hl_talk_first(t), mine, "a conversation of ours is not forgotten");
    cr_assert_eq(hl_talk_find(t, "1"), mine);
    hl_talk_free(t, 0);
}
