/* SPDX-License-Identifier: MIT */
/* The net module's two threads with Python programs, many peers, and hostile bytes. */
#include "await.h"
#include "peer.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CLIENTS = 100,
    IDLE_PEERS = 10000,
    SPARE_FILES = 200,
};

static struct hl_net *start(const struct hl_net_config *config)
{
    struct hl_net *n;

    cr_assert_eq(hl_net_start(config, &n), 0);
    return n;
}

static uint16_t listen_at(struct hl_net *n, const char *text)
{
    struct hl_endpoint e = listen_endpoint(text);
    struct hl_addr bound;
    hl_link link;

    cr_assert_eq(hl_net_listen(n, &e, &link, &bound), 0, "%s", text);
    return bound.port;
}

static void say(struct hl_net *n, const struct hl_path *to, const char *text)
{
    cr_assert_eq(hl_net_send(n, to, 1, text, strlen(text)), 0);
}

static void expect(struct hl_net *n, const char *text, size_t len, struct hl_event *ev)
{
    await_event(n, HL_EV_MESSAGE, ev);
    cr_assert_eq(ev->len, len);
    cr_assert_arr_eq(ev->data, text, len);
}

/* The two-thread program, told to talk to port on 127.0.0.1. Returns its own port. */
static uint16_t start_chat(struct peer *p, uint16_t port)
{
    unsigned theirs;

    peer_start(p, "two_thread_chat.py", NULL);
    peer_say(p, "0\n127.0.0.1\n");
    peer_say(p, port_text(port));
    peer_say(p, "\n");
    cr_assert_eq(sscanf(peer_line(p), "local port: peer address: peer port: bound %u", &theirs), 1);
    return (uint16_t)theirs;
}

Test(rows_25_53_55_59, the_two_thread_chat_and_our_two_threads)
{
    struct hl_net_config config = {0};
    struct hl_net *n = start(&config);
    uint16_t port = listen_at(n, "0");
    struct hl_event ev;
    struct peer p;
    char want[64];
    uint16_t theirs = start_chat(&p, port);

    peer_say(&p, "[1, 2]\n");
    expect(n, "[1, 2]", 6, &ev);
    cr_assert_eq(ev.path.remote.port, theirs);
    say(n, &ev.path, "{'a': 'ü'}");
    snprintf(want, sizeof(want), "127.0.0.1:%u<<:{'a': 'ü'}", (unsigned)port);
    cr_assert_str_eq(peer_line(&p), want);
    peer_kill(&p);
    hl_net_stop(n, 0);
}

Test(row_52, bytes_that_kill_the_small_program_leave_us_alive)
{
    static const char bad[] = "\xff\xfe";
    struct hl_net_config config = {0};
    struct hl_net *n = start(&config);
    uint16_t port = listen_at(n, "0");
    struct hl_event ev;
    struct peer p;

    (void)start_chat(&p, port);
    peer_say(&p, "first\n");
    expect(n, "first", 5, &ev);
    say(n, &ev.path, bad);
    say(n, &ev.path, "never printed");
    peer_say(&p, "still typing\n"); /* its other thread goes on */
    expect(n, "still typing", 12, &ev);
    close(p.in);
    cr_assert_str_eq(peer_line(&p), "", "its receive thread has ended");

    struct hl_path self = {.link = ev.path.link, .transport = HL_UDP, .remote = loopback(port)};
    say(n, &self, bad); /* and now to ourselves */
    expect(n, bad, 2, &ev);
    say(n, &self, "alive");
    expect(n, "alive", 5, &ev);
    hl_net_stop(n, 0);
}

Test(rows_18_56, a_hundred_python_clients_at_once)
{
    struct hl_net_config config = {0};
    struct hl_net *n = start(&config);
    uint16_t port = listen_at(n, "tcp://127.0.0.1:0");
    struct peer p;

    peer_start(&p, "tcp.py", "many", "127.0.0.1", port_text(port), "100", NULL);
    for (int i = 0; i < CLIENTS; i++) {
        struct hl_event ev;
        char answer[64];

        await_event(n, HL_EV_MESSAGE, &ev);
        snprintf(answer, sizeof(answer), "%.*s\n", (int)ev.len, (const char *)ev.data);
        say(n, &ev.path, answer);
    }
    cr_assert_str_eq(peer_line(&p), "all");
    cr_assert_eq(peer_end(&p), 0);
    hl_net_stop(n, 0);
}

Test(rows_24_33, a_python_server_that_greets_and_closes)
{
    struct hl_net_config config = {0};
    struct hl_net *n = start(&config);
    struct hl_event ev;
    struct peer p;
    char text[64];

    peer_start(&p, "tcp.py", "greet", NULL);
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", (unsigned)peer_port(&p));
    struct hl_dial d = {.to = endpoint(text)};
    cr_assert_eq(hl_net_dial(n, &d, 7), 0);
    expect(n, "welcome 127.0.0.1", 17, &ev);
    await_event(n, HL_EV_FINISHED, &ev);
    cr_assert_eq(hl_net_finish(n, ev.path.link), 0);
    await_event(n, HL_EV_CLOSED, &ev);
    peer_kill(&p);
    hl_net_stop(n, 0);
}

/* Processor time of this process so far. */
static hl_time cpu_time(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return HL_SECS(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* Connects count times from a child that then says nothing, but for the last of its connections,
 * which speaks for each byte written to the returned pipe. */
static int idle_clients(uint16_t port, int count)
{
    int wake[2];

    cr_assert_eq(pipe(wake), 0);
    if (fork() == 0) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
        int fd = -1;
        char c;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (int i = 0; i < count; i++) {
            fd = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
                _exit(1);
        }
        while (read(wake[0], &c, 1) == 1 && send(fd, "awake\n", 6, 0) == 6) {
        }
        _exit(0);
    }
    close(wake[0]);
    return wake[1];
}

Test(row_41, ten_thousand_idle_peers_cost_nothing, .timeout = 100)
{
    struct rlimit files;
    struct hl_net_config config = {.conns_max = IDLE_PEERS};
    struct hl_event ev;
    struct hl_net *n;
    hl_time before;
    hl_time used;
    hl_time end;
    int wake;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < IDLE_PEERS + SPARE_FILES)
        cr_skip("only %ld descriptors are permitted", (long)files.rlim_max);
    n = start(&config);
    wake = idle_clients(listen_at(n, "tcp://127.0.0.1:0"), IDLE_PEERS);
    for (int i = 0; i < IDLE_PEERS; i++)
        await_event(n, HL_EV_ACCEPTED, &ev);
    before = cpu_time();
    end = hl_clock_now() + HL_SECS(1);
    while (hl_clock_now() < end) {
        struct pollfd p = {.fd = hl_net_fd(n), .events = POLLIN};

        poll(&p, 1, 100);
        while (hl_net_next(n, &ev)) {
        }
    }
    used = cpu_time() - before;
    cr_assert_lt(used, HL_MS(20), "%ld us in a second", (long)used);
    cr_assert_eq(write(wake, "!", 1), 1);
    expect(n, "awake", 5, &ev);
    hl_net_stop(n, 0);
}

Test(row_4, a_new_address_is_announced)
{
    struct hl_net_config config = {.route_events = true};
    struct hl_event ev;
    struct hl_net *n;

    if (!own_netns())
        cr_skip("network namespaces are not permitted here");
    n = start(&config);
    cr_assert_eq(shell("ip addr add 10.77.0.9/32 dev lo"), 0);
    await_event(n, HL_EV_ADDRESSES, &ev);
    hl_net_stop(n, 0);
}

/* Puts text in place of a file of /etc, for this test alone. False if that is not permitted. */
static bool replace_file(const char *path, const char *text)
{
    char name[] = "/tmp/hullo-test-XXXXXX";
    int fd = mkstemp(name);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
              unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
              mount(name, path, NULL, MS_BIND, NULL) == 0;

    close(fd);
    unlink(name);
    return ok;
}

static void await_any(struct hl_net *n, struct hl_event *ev)
{
    hl_time deadline = hl_clock_now() + HL_SECS(10);

    while (!hl_net_next(n, ev)) {
        struct pollfd p = {.fd = hl_net_fd(n), .events = POLLIN};

        cr_assert_lt(hl_clock_now(), deadline, "nothing comes");
        poll(&p, 1, 100);
    }
}

Test(rows_45_46, names_of_the_hosts_file_are_those_that_python_finds)
{
    static const char *const asked[] = {"host1.test", "nick.test"};
    struct hl_net_config config = {0};
    struct hl_endpoint what;
    struct hl_event ev;
    struct hl_net *n;
    struct peer p;
    char ours[2 * PEER_LINE_MAX];
    char aliases[PEER_LINE_MAX / 2];
    char address[HL_ADDR_TEXT];

    /* Both families have the alias, which is told once. */
    if (!own_netns() || !replace_file("/etc/hosts", "127.0.0.1 localhost\n"
                                                    "10.77.0.2 host1.test nick.test other.test\n"
                                                    "fd77::2 host1.test nick.test\n"))
        cr_skip("namespaces are not permitted here");
    n = start(&config);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        uint64_t token = i + 1;

        what = endpoint(asked[i]);
        aliases[0] = '\0';
        cr_assert_eq(hl_net_resolve(n, &what, HL_SECS(5), token), 0);
        for (await_any(n, &ev); ev.kind != HL_EV_LOOKUP_DONE; await_any(n, &ev)) {
            cr_assert_eq(ev.token, token);
            if (ev.kind == HL_EV_LOOKED_UP && ev.path.remote.family == HL_AF_INET)
                hl_addr_text_ip(&ev.path.remote, address);
            if (ev.kind == HL_EV_ALIAS)
                snprintf(aliases + strlen(aliases), sizeof(aliases) - strlen(aliases), "%s%.*s",
                         aliases[0] ? "," : "", (int)ev.len, (const char *)ev.data);
        }
        cr_assert_eq(ev.err, 0);
        snprintf(ours, sizeof(ours), "%.*s %s %s", (int)ev.len, (const char *)ev.data, aliases,
                 address);
        peer_start(&p, "facts.py", "name", asked[i], NULL);
        cr_assert_str_eq(ours, peer_line(&p));
        cr_assert_eq(peer_end(&p), 0);
        cr_assert_str_eq(ours, "host1.test nick.test,other.test 10.77.0.2");
    }
    hl_net_stop(n, 0);
}

Test(row_47, reverse_look_ups_end_within_a_second)
{
    struct hl_net_config config = {0};
    struct hl_addr local = loopback(0);
    struct hl_addr unknown = {.family = HL_AF_INET, .ip = {10, 77, 9, 9}};
    struct hl_event ev;
    struct hl_net *n;
    hl_time begin;

    /* The name server is an address of ours where nobody answers: its datagrams vanish. */
    if (!own_netns() || !replace_file("/etc/resolv.conf", "nameserver 10.77.0.1\n") ||
        shell("ip link add t0 type veth peer name t1 && ip link set t1 up && ip link set t0 up && "
              "ip addr add 10.77.0.5/24 dev t0 && "
              "ip neigh add 10.77.0.1 lladdr 02:00:00:00:00:01 dev t0") != 0)
        cr_skip("namespaces are not permitted here");
    n = start(&config);
    cr_assert_eq(hl_net_reverse(n, &local, 1), 0);
    await_event(n, HL_EV_LOOKUP_DONE, &ev);
    cr_assert_eq(ev.err, 0);
    cr_assert_eq(strncmp((const char *)ev.data, "localhost", ev.len), 0);
    begin = hl_clock_now();
    cr_assert_eq(hl_net_reverse(n, &unknown, 2), 0);
    await_event(n, HL_EV_LOOKUP_DONE, &ev);
    cr_assert_eq(ev.err, HL_ERR_NAME_AGAIN, "%s", hl_err_text(ev.err));
    cr_assert_geq(hl_clock_now() - begin, HL_MS(900));
    cr_assert_lt(hl_clock_now() - begin, HL_MS(1500));
    hl_net_stop(n, 0);
}
