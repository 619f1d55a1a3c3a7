/* SPDX-License-Identifier: MIT */
/* Encrypted sessions over real sockets: every carrier, delivery, back-pressure. */
#include "sides.h"

#include <criterion/parameterized.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
enum { MANY = 2000 }; /* of a tenth of the speed */
#else
enum { MANY = 10000 };
#endif

static struct side a, b, c;

/* ---- carriers ---- */

static const struct carrier {
    const char *name;
    const char *listen; /* a name of this process is added after "@" */
    const char *scheme;
    enum hl_transport transport;
} carriers[] = {
    {"udp", "127.0.0.1:0", "", HL_UDP},
    {"udp of both families", "0", "udp://", HL_UDP},
    {"udp over v6", "[::1]:0", "", HL_UDP},
    {"tcp", "tcp://127.0.0.1:0", "tcp://", HL_TCP},
    {"tcp over v6", "tcp://[::1]:0", "tcp://", HL_TCP},
    {"unix stream", "unix:@", "", HL_UNIX_STREAM},
    {"unix datagram", "unix-dgram:@", "unix-dgram:", HL_UNIX_DGRAM},
    {"unix record", "unix-seqpacket:@", "unix-seqpacket:", HL_UNIX_SEQPACKET},
};
enum {
    CARRIERS = sizeof(carriers) / sizeof(carriers[0]),
};

static struct hl_endpoint listen_on(struct side *x, const struct carrier *w)
{
    char text[64];
    char address[HL_ADDR_TEXT];

    snprintf(text, sizeof(text), "%s", w->listen);
    if (strchr(text, '@'))
        snprintf(text, sizeof(text), "%shullo-secure-%d", w->listen, (int)getpid());
    side_listen(x, text);
    if (x->bound.family == HL_AF_NONE || hl_addr_is_any(&x->bound)) {
        snprintf(address, sizeof(address), "127.0.0.1:%u", x->bound.port);
        return endpoint(address);
    }
    if (x->bound.family == HL_AF_UNIX) { /* the text of an address says "unix:" itself */
        const char *plain = hl_addr_text(&x->bound, address);
        char typed[HL_ADDR_TEXT + 20];

        snprintf(typed, sizeof(typed), "%s%s", *w->scheme ? w->scheme : "unix:", plain + 5);
        return endpoint(typed);
    }
    return endpoint_of(&x->bound, w->scheme);
}

/* a opens b; both know each other as peers[0] and are up. */
static struct hl_endpoint meet_on(const struct carrier *w, const struct hl_secure_config *config_a,
                                  const struct hl_secure_config *config_b)
{
    struct hl_endpoint to;

    side_start(&a, 1, config_a);
    side_start(&b, 2, config_b);
    to = listen_on(&b, w);
    side_open(&a, (struct hl_secure_open){.to = to, .key = b.key});
    PUMP_UNTIL(a.count[HL_SEC_UP] && b.count[HL_SEC_UP], &a, &b);
    return to;
}

static void meet(void)
{
    meet_on(&carriers[0], NULL, NULL);
}

static void part(void)
{
    side_stop(&a);
    side_stop(&b);
}

static void both_say(uint64_t n)
{
    a.peers[0].to_send += n;
    b.peers[0].to_send += n;
}

static bool all_arrived(const struct side_peer *from, const struct side_peer *to)
{
    return from->acked == from->to_send && to->heard == from->to_send;
}

static void exchange(uint64_t n)
{
    struct side_peer *p = &a.peers[0];
    struct side_peer *q = &b.peers[0];

    both_say(n);
    PUMP_UNTIL(all_arrived(p, q) && all_arrived(q, p), &a, &b);
}

ParameterizedTestParameters(secure, every_carrier)
{
    static int rows[CARRIERS];

    for (int i = 0; i < CARRIERS; i++)
        rows[i] = i;
    return cr_make_param_array(int, rows, CARRIERS);
}

ParameterizedTest(int *row, secure, every_carrier, .timeout = 100)
{
    const struct carrier *w = &carriers[*row];

    meet_on(w, NULL, NULL);
    cr_assert_eq(a.last[HL_SEC_UP].path.transport, w->transport, "%s", w->name);
    cr_assert_arr_eq(a.last[HL_SEC_UP].key, b.key, HL_KEY_SIZE);
    cr_assert_arr_eq(b.last[HL_SEC_UP].key, a.key, HL_KEY_SIZE);
    cr_assert_eq(b.count[HL_SEC_STRANGER], 1, "b had never heard of a");
    exchange(MANY);
    cr_assert_eq(a.count[HL_SEC_DOWN] + b.count[HL_SEC_DOWN], 0);
    cr_assert_eq(a.count[HL_SEC_FAILED] + b.count[HL_SEC_FAILED], 0);
    part();
}

/* With and without the kernel's help, and one side with it. */
ParameterizedTestParameters(secure, offload)
{
    static int rows[] = {1, 2, 3};

    return cr_make_param_array(int, rows, 3);
}

ParameterizedTest(int *row, secure, offload, .timeout = 100)
{
    struct hl_secure_config plain_a = {.pairing = true, .no_offload = *row & 1};
    struct hl_secure_config plain_b = {.pairing = true, .no_offload = *row & 2};

    meet_on(&carriers[0], &plain_a, &plain_b);
    exchange(MANY);
    part();
}

Test(secure, first_contact_knows_no_key, .timeout = 60)
{
    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&b, "127.0.0.1:0");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, "")});
    a.peers[0].to_send = 3; /* said before anybody answered */
    PUMP_UNTIL(a.peers[0].acked == 3, &a, &b);
    cr_assert_arr_eq(a.last[HL_SEC_UP].key, b.key, HL_KEY_SIZE);
    cr_assert_eq(b.peers[0].heard, 3);
    cr_assert_geq(a.count[HL_SEC_TRYING], 1);
    part();
}

/* ---- two processes ---- */

/* Says back what it hears until its peer says goodbye. */
static void echo_process(int report)
{
    struct hl_secure_event ev;
    struct hl_secure_config config = {.pairing = true};
    struct hl_secure *s;
    struct hl_endpoint e;
    struct hl_addr bound;
    hl_link link;
    bool over = false;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    side_secret(config.secret, 2);
    if (hl_endpoint_parse_listen("127.0.0.1:0", &e) != 0 || hl_secure_start(&config, &s) != 0 ||
        hl_net_listen(hl_secure_net(s), &e, &link, &bound) != 0 ||
        write(report, &bound.port, sizeof(bound.port)) != sizeof(bound.port))
        _exit(1);
    while (!over) {
        struct pollfd p = {.fd = hl_secure_fd(s), .events = POLLIN};

        poll(&p, 1, -1);
        while (hl_secure_next(s, &ev)) {
            struct hl_bytes back = {ev.data, ev.len};

            if (ev.kind == HL_SEC_MESSAGE &&
                hl_secure_send(s, ev.peer, HL_STREAM_CHAT, 0, &back) != 0)
                _exit(2);
            over = over || ev.kind == HL_SEC_DOWN;
        }
    }
    hl_secure_stop(s, 0);
    _exit(ev.err == HL_ERR_CLOSED ? 0 : 3);
}

Test(secure, two_processes, .timeout = 60)
{
    char text[32];
    uint16_t port;
    int report[2];
    int status;
    pid_t child;

#if defined(__SANITIZE_THREAD__)
    cr_skip(
        "threads in a fork of a process with threads, which its runtime has, are not supported");
#endif
    cr_assert_eq(pipe(report), 0);
    child = fork();
    if (child == 0)
        echo_process(report[1]);
    cr_assert_eq(read(report[0], &port, sizeof(port)), (ssize_t)sizeof(port));
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    side_start(&a, 1, NULL);
    side_open(&a, (struct hl_secure_open){.to = endpoint(text)});
    a.peers[0].to_send = 200;
    PUMP_UNTIL(a.peers[0].heard == 200, &a);
    side_stop(&a);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}

/* ---- messages and streams ---- */

Test(secure, largest_messages, .timeout = 60)
{
    const struct hl_bytes too_long = {(const uint8_t *)"", HL_MESSAGE_MAX + 1};
    const struct hl_bytes empty = {(const uint8_t *)"", 0};

    meet();
    a.peers[0].bytes = HL_MESSAGE_MAX;
    b.peers[0].bytes = HL_MESSAGE_MAX - 1;
    exchange(100);
    cr_assert_eq(hl_secure_send(a.s, a.peers[0].number, HL_STREAM_CHAT, 0, &too_long),
                 HL_ERR_TOO_LONG);
    cr_assert_eq(hl_secure_send(a.s, a.peers[0].number, HL_STREAM_CHAT, 0, &empty), -EINVAL);
    cr_assert_eq(hl_secure_send(a.s, 999, HL_STREAM_CHAT, 0, &too_long), HL_ERR_NO_PEER);
    part();
}

/* Writes len bytes of a pattern, as room permits, and the end. */
static void write_stream(struct side *x, struct side *to, uint64_t stream, size_t len)
{
    static uint8_t bytes[40000];
    size_t done = 0;

    while (done < len) {
        size_t n = len - done < sizeof(bytes) ? len - done : sizeof(bytes);
        const struct hl_bytes piece = {bytes, n};
        int err;

        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)((done + i) % 251);
        err = hl_secure_write(x->s, x->peers[0].number, stream, stream, &piece, done + n == len);
        if (err == HL_ERR_BUSY) {
            unsigned before = x->count[HL_SEC_WRITABLE];

            PUMP_UNTIL(x->count[HL_SEC_WRITABLE] > before, x, to);
            continue;
        }
        cr_assert_eq(err, 0);
        done += n;
    }
}

Test(secure, byte_streams, .timeout = 60)
{
    enum { LEN = 20 << 20 };

    meet();
    write_stream(&a, &b, 2, LEN);
    write_stream(&a, &b, 3, 1);
    PUMP_UNTIL(b.fin_heard[0] && b.fin_heard[1] && a.count[HL_SEC_ACKED] == 2, &a, &b);
    cr_assert_eq(b.bytes_heard[0], LEN);
    cr_assert_eq(b.bytes_heard[1], 1);
    part();
}

Test(secure, byte_streams_are_given_up, .timeout = 60)
{
    const struct hl_bytes some = {(const uint8_t *)"\0\1\2", 3};
    uint32_t peer;

    meet();
    peer = a.peers[0].number;
    cr_assert_eq(hl_secure_write(a.s, peer, 2, 7, &some, false), 0);
    PUMP_UNTIL(b.bytes_heard[0] == 3, &a, &b);
    cr_assert_eq(hl_secure_reset(a.s, peer, 2, 1234), 0);
    PUMP_UNTIL(b.count[HL_SEC_RESET], &a, &b);
    cr_assert_eq(b.last[HL_SEC_RESET].code, 1234);

    cr_assert_eq(hl_secure_write(a.s, peer, 3, 8, &some, false), 0);
    PUMP_UNTIL(b.bytes_heard[1] == 3, &a, &b);
    cr_assert_eq(hl_secure_refuse(b.s, b.peers[0].number, 3, 4321), 0);
    PUMP_UNTIL(a.count[HL_SEC_STOPPED], &a, &b);
    cr_assert_eq(a.last[HL_SEC_STOPPED].code, 4321);
    cr_assert_eq(a.last[HL_SEC_STOPPED].stream, 3);
    exchange(10);
    part();
}

/* ---- back-pressure ---- */

static size_t resident(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    cr_assert_not_null(f);
    cr_assert_eq(fscanf(f, "%*u %lu", &pages), 1);
    fclose(f);
    return pages * 4096;
}

/* Pumps x until it has been told to wait and nothing more leaves. */
static void fill(struct side *x, struct side_peer *p)
{
    hl_time progress = hl_clock_now();
    uint64_t said = 0;

    p->to_send += 1000000;
    while (!p->blocked || hl_clock_now() - progress < HL_MS(300)) {
        pump_sides((struct side *[]){x, NULL});
        if (p->said > said)
            progress = hl_clock_now();
        said = p->said;
    }
    p->to_send = p->said;
}

Test(secure, a_program_that_takes_no_events_stops_its_peer, .timeout = 100)
{
    size_t before;

    meet();
    before = resident();
    b.deaf = true;
    a.peers[0].bytes = 2000;
    fill(&a, &a.peers[0]);
    cr_assert_lt(a.peers[0].said * 2000, 16U << 20, "%zu messages", (size_t)a.peers[0].said);
    cr_assert_lt(resident(), before + (64U << 20));
    b.deaf = false;
    exchange(100);
    part();
}

Test(secure, both_are_held_back_at_once, .timeout = 100)
{
    meet();
    a.peers[0].bytes = b.peers[0].bytes = 1000;
    a.deaf = b.deaf = true;
    for (int i = 0; i < 20000; i++) { /* deaf sides speak too */
        a.peers[0].to_send++;
        b.peers[0].to_send++;
        side_say(&a, &a.peers[0]);
        side_say(&b, &b.peers[0]);
    }
    cr_assert(a.peers[0].blocked && b.peers[0].blocked);
    a.deaf = b.deaf = false;
    exchange(100);
    part();
}

Test(secure, a_slow_peer_stops_no_other, .timeout = 100)
{
    struct side_peer *slow;
    struct side_peer *quick;

    meet();
    side_start(&c, 3, NULL);
    side_listen(&c, "127.0.0.1:0");
    slow = &a.peers[0];
    slow->bytes = 3000;
    b.deaf = true;
    fill(&a, slow);

    quick = side_open(&a, (struct hl_secure_open){.to = endpoint_of(&c.bound, ""), .key = c.key});
    quick->to_send = 2000;
    PUMP_UNTIL(quick->acked == 2000, &a, &c);
    cr_assert_eq(c.peers[0].heard, 2000);
    cr_assert_lt(slow->acked, slow->said, "the other one has not moved");
    b.deaf = false;
    PUMP_UNTIL(slow->acked == slow->to_send, &a, &b);
    side_stop(&c);
    part();
}

/* A file that fills everything leaves room for a line of chat. */
Test(secure, bulk_leaves_room_for_chat, .timeout = 100)
{
    static const uint8_t bytes[40000];
    const struct hl_bytes piece = {bytes, sizeof(bytes)};
    int err = 0;

    meet();
    b.deaf = true;
    while (err == 0)
        err = hl_secure_write(a.s, a.peers[0].number, 2, 0, &piece, false);
    cr_assert_eq(err, HL_ERR_BUSY);
    a.peers[0].to_send = 10;
    side_say(&a, &a.peers[0]);
    cr_assert_eq(a.peers[0].said, 10);
    part();
}

/* ---- looking in, forgetting ---- */

Test(secure, snapshots, .timeout = 60)
{
    struct hl_peer_info info;
    struct hl_node_stats stats;

    meet();
    exchange(10);
    cr_assert(hl_secure_peer(a.s, a.peers[0].number, &info));
    cr_assert(info.up && info.has_key);
    cr_assert_arr_eq(info.key, b.key, HL_KEY_SIZE);
    cr_assert_not(hl_secure_peer(a.s, 999, &info));
    hl_secure_stats(b.s, &stats);
    cr_assert_gt(stats.datagrams_in, 0);
    cr_assert_eq(stats.peers, 1);
    part();
}

Test(secure, what_is_forgotten_failed, .timeout = 60)
{
    const struct hl_bytes text = {(const uint8_t *)"12345678", 8};
    uint16_t port;
    int silent = plain_socket(SOCK_DGRAM, &port);
    char at[32];
    uint32_t peer;

    snprintf(at, sizeof(at), "127.0.0.1:%u", port);
    side_start(&a, 1, NULL);
    peer = side_open(&a, (struct hl_secure_open){.to = endpoint(at)})->number;
    for (uint64_t token = 1; token <= 100; token++)
        cr_assert_eq(hl_secure_send(a.s, peer, HL_STREAM_CHAT, token, &text), 0);
    cr_assert_eq(hl_secure_forget(a.s, peer), 0);
    PUMP_UNTIL(a.count[HL_SEC_FAILED] == 100, &a);
    cr_assert_eq(hl_secure_send(a.s, peer, HL_STREAM_CHAT, 1, &text), HL_ERR_NO_PEER);
    cr_assert_eq(hl_secure_forget(a.s, peer), HL_ERR_NO_PEER);
    close(silent);
    side_stop(&a);
}

Test(secure, goodbye_and_again, .timeout = 60)
{
    struct hl_endpoint to = meet_on(&carriers[0], NULL, NULL);
    unsigned ups = a.count[HL_SEC_UP];

    exchange(10);
    cr_assert_eq(hl_secure_close(a.s, a.peers[0].number), 0);
    PUMP_UNTIL(b.count[HL_SEC_DOWN], &a, &b);
    cr_assert_eq(b.last[HL_SEC_DOWN].err, HL_ERR_CLOSED);
    cr_assert_eq(hl_secure_reopen(a.s, a.peers[0].number, &(struct hl_secure_open){.to = to}), 0);
    PUMP_UNTIL(a.count[HL_SEC_UP] > ups, &a, &b);
    exchange(10);
    part();
}
