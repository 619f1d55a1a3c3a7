/* SPDX-License-Identifier: MIT */
/* What needs a network of its own: each test moves into a namespace, which ends with it. */
#include "clock.h"
#include "err.h"
#include "feature.h"
#include "host.h"
#include "netlink.h"
#include "peer.h"
#include "ping.h"
#include "sock.h"
#include "sync.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void need_netns(void)
{
    if (!own_netns())
        cr_skip("network namespaces are not permitted here");
}

struct seen {
    int counts[HL_NL_OVERRUN + 1];
    struct hl_addr addr; /* the last one told */
};

static void note(void *user, const struct hl_netlink_event *ev)
{
    struct seen *s = user;

    s->counts[ev->kind]++;
    if (ev->addr.family != HL_AF_NONE)
        s->addr = ev->addr;
}

static void await(int fd, struct seen *s, enum hl_netlink_kind kind)
{
    hl_time deadline = hl_clock_now() + HL_SECS(10);

    memset(s, 0, sizeof(*s));
    while (s->counts[kind] == 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        cr_assert_lt(hl_clock_now(), deadline, "not told: %s", hl_netlink_kind_text(kind));
        poll(&p, 1, 1000);
        cr_assert_geq(hl_netlink_read(fd, note, s), 0);
    }
}

Test(row_4, addresses_and_links_that_come_and_go_are_told)
{
    struct seen s;
    int fd;

    need_netns();
    cr_assert_eq(hl_netlink_open(&fd), 0);
    cr_assert_eq(shell("ip link add t0 type veth peer name t1 && ip link set t1 up && "
                       "ip link set t0 up"),
                 0);
    await(fd, &s, HL_NL_LINK_UP);
    cr_assert_eq(shell("ip addr add 10.77.0.9/24 dev t0"), 0);
    await(fd, &s, HL_NL_ADDR_ADDED);
    while (s.addr.family != HL_AF_INET) /* the link-local one may come between */
        await(fd, &s, HL_NL_ADDR_ADDED);
    cr_assert_eq(memcmp(s.addr.ip, (uint8_t[]){10, 77, 0, 9}, 4), 0);
    cr_assert_eq(shell("ip addr del 10.77.0.9/24 dev t0"), 0);
    await(fd, &s, HL_NL_ADDR_REMOVED);
    cr_assert_eq(shell("ip link set t0 down"), 0);
    await(fd, &s, HL_NL_LINK_DOWN);
}

static void ignore(void *user, const struct hl_netlink_event *ev)
{
    (void)user;
    cr_assert_leq((int)ev->kind, (int)HL_NL_OVERRUN);
}

/* An address that is told of again long after it came: its lifetime was prolonged. */
Test(row_4, what_goes_on_is_no_news)
{
    struct {
        struct nlmsghdr head;
        struct ifaddrmsg about;
        struct rtattr ip_head;
        uint8_t ip[4];
        struct rtattr times_head;
        struct ifa_cacheinfo times;
    } m = {
        .head = {.nlmsg_len = sizeof(m), .nlmsg_type = RTM_NEWADDR},
        .about = {.ifa_family = AF_INET, .ifa_index = 1},
        .ip_head = {.rta_len = sizeof(struct rtattr) + 4, .rta_type = IFA_LOCAL},
        .ip = {10, 77, 0, 9},
        .times_head = {.rta_len = sizeof(struct rtattr) + sizeof(m.times),
                       .rta_type = IFA_CACHEINFO},
    };
    static const struct {
        uint32_t came, told;
        int news;
    } times[] = {{5000, 5000, 1}, {5000, 5100, 1}, {5000, 65000, 0}, {UINT32_MAX, 10, 1}};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct seen s = {.addr.family = HL_AF_NONE};

        m.times.cstamp = times[i].came;
        m.times.tstamp = times[i].told;
        cr_assert_eq(hl_netlink_parse(&m, sizeof(m), note, &s), times[i].news);
        cr_assert_eq(s.counts[HL_NL_ADDR_ADDED], times[i].news);
        if (times[i].news)
            cr_assert_eq(memcmp(s.addr.ip, m.ip, sizeof(m.ip)), 0);
    }
    m.head.nlmsg_type = RTM_DELADDR;
    m.times.cstamp = 0;
    cr_assert_eq(hl_netlink_parse(&m, sizeof(m), ignore, NULL), 1, "that it ends is news");
}

Test(row_4, any_bytes_are_harmless)
{
    uint8_t junk[512];
    unsigned seed = 4711;

    for (int round = 0; round < 200000; round++) {
        size_t len = (size_t)rand_r(&seed) % sizeof(junk);

        for (size_t i = 0; i < len; i++)
            junk[i] = (uint8_t)((unsigned)rand_r(&seed) >> 7);
        if (len >= 8) { /* or hardly any would get past the first header */
            junk[0] = (uint8_t)len;
            junk[1] = (uint8_t)(len >> 8);
            junk[2] = junk[3] = 0;
            junk[4] = (uint8_t)(16 + (unsigned)rand_r(&seed) % 6);
            junk[5] = 0;
        }
        hl_netlink_parse(junk, len, ignore, NULL);
    }
}

Test(row_6, ipv6_is_found_missing_and_found_again)
{
    need_netns();
    cr_assert_eq(hl_feature_has_ipv6(), true);
    cr_assert_eq(shell("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"), 0);
    cr_assert_eq(hl_feature_has_ipv6(), false);
    struct hl_addr any = {.family = HL_AF_NONE};
    struct hl_addr to = loopback(0);
    struct hl_addr at;
    struct hl_sync s;
    char c;
    cr_assert_eq(hl_sync_datagram(&s, &any), 0, "v4 goes on");
    cr_assert_eq(hl_sock_name(s.fd, &at), 0);
    to.port = at.port;
    cr_assert_eq(hl_sync_send_to(&s, "x", 1, 0, &to), 1);
    cr_assert_eq(hl_sync_recv(&s, &c, 1, 0), 1);
    cr_assert_eq(shell("echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6"), 0);
    cr_assert_eq(hl_feature_has_ipv6(), true);
}

Test(row_9, ping_is_answered_or_says_what_is_missing)
{
    struct hl_addr to = loopback(0);
    struct hl_pong pong;
    int err;

    need_netns();
    err = hl_ping(&to, 1, hl_clock_now() + HL_SECS(5), &pong);
    cr_assert_eq(err, -EACCES, "nobody may, by default");
    cr_assert_not_null(strstr(hl_ping_err_text(err), "ping_group_range"));
    pid_t child = fork();
    if (child == 0) { /* and so a user without rights */
        err = setgid(65534) || setuid(65534) ? 1 : hl_ping(&to, 1, HL_NEVER, &pong);
        _exit(err == -EACCES ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_eq(shell("echo '0 0' > /proc/sys/net/ipv4/ping_group_range"), 0);
    cr_assert_eq(hl_ping(&to, 2, hl_clock_now() + HL_SECS(5), &pong), 0);
    cr_assert(hl_addr_equal(&pong.from, &to));
    to = loopback6(0);
    cr_assert_eq(hl_ping(&to, 3, hl_clock_now() + HL_SECS(5), &pong), 0);
    to = (struct hl_addr){.family = HL_AF_INET, .ip = {10, 9, 8, 7}};
    cr_assert_eq(hl_ping(&to, 4, hl_clock_now() + HL_SECS(5), &pong), -ENETUNREACH);
    cr_assert_eq(shell("ip link add t0 type veth peer name t1 && ip link set t1 up && "
                       "ip link set t0 up && "
                       "ip addr add 10.9.8.1/24 dev t0"),
                 0);
    cr_assert_eq(hl_ping(&to, 5, hl_clock_now() + HL_MS(200), &pong), HL_ERR_TIMEOUT);
}

/* A second namespace, held by a child that echoes UDP on port 4855 until it is killed. */
static pid_t other_host(int *ready)
{
    int up[2];
    pid_t pid;

    cr_assert_eq(pipe(up), 0);
    pid = fork();
    if (pid == 0) {
        struct hl_addr any = {.family = HL_AF_NONE, .port = 4855};
        struct hl_addr from;
        struct hl_sync s;
        char buf[64];
        ssize_t n = 0;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!own_netns() || hl_sync_datagram(&s, &any) != 0 || write(up[1], "+", 1) != 1)
            _exit(1);
        while ((n = hl_sync_recv_from(&s, buf, sizeof(buf), 0, &from)) >= 0)
            n = hl_sync_send_to(&s, buf, (size_t)n, 0, &from);
        _exit(0);
    }
    close(up[1]);
    *ready = up[0];
    return pid;
}

Test(row_2, link_local_addresses_between_two_hosts)
{
    char command[PEER_LINE_MAX];
    struct hl_addr to = {.family = HL_AF_INET6, .port = 4855, .ip = {0xfe, 0x80, [15] = 2}};
    struct hl_addr from;
    struct hl_sync s;
    struct hl_addr at = {.family = HL_AF_NONE};
    pid_t pid;
    int ready;
    char c;

    need_netns();
    pid = other_host(&ready);
    cr_assert_eq(read(ready, &c, 1), 1);
    snprintf(command, sizeof(command),
             "ip link add t0 type veth peer name t1 netns %d && ip link set t0 up && "
             "ip -6 addr add fe80::1/64 dev t0 nodad && "
             "nsenter -t %d -n sh -c 'ip -6 addr add fe80::2/64 dev t1 nodad; ip link set t1 up'",
             (int)pid, (int)pid);
    cr_assert_eq(shell(command), 0);
    to.scope = if_nametoindex("t0");
    cr_assert_eq(hl_sync_datagram(&s, &at), 0);
    hl_sync_set_timeout(&s, HL_MS(200));
    for (int tries = 0;; tries++) { /* until the neighbours have found each other */
        cr_assert_lt(tries, 50);
        if (hl_sync_send_to(&s, "x", 1, 0, &to) == 1 && hl_sync_recv_from(&s, &c, 1, 0, &from) == 1)
            break;
    }
    cr_assert(hl_addr_equal(&from, &to), "scope and all");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

Test(row_48, the_host_name_follows_the_system)
{
    char name[HL_HOST_MAX];

    if (unshare(CLONE_NEWUTS) != 0)
        cr_skip("host name namespaces are not permitted here");
    cr_assert_eq(sethostname("elsewhere", 9), 0);
    cr_assert_str_eq(hl_host_name(name), "elsewhere");
    cr_assert_eq(sethostname("", 0), 0);
    cr_assert_str_eq(hl_host_name(name), "localhost");
}
