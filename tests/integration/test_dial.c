/* SPDX-License-Identifier: MIT */
/* How long a dial by name takes when part of the network is dead. The limits are those that the
 * best of the known clients keep: families asked apart, every address raced. */
#include "clock.h"
#include "lab.h"
#include "net.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define HOSTS "127.0.0.1 localhost"

struct result {
    int err; /* of the dial, 0 = connected */
    hl_time took;
    struct hl_addr remote;
    unsigned tried;
    struct hl_addr first; /* the first address tried */
};

static struct hl_net *net;
static struct peer name_server;

static void next_event(struct hl_event *ev)
{
    hl_time deadline = hl_clock_now() + HL_SECS(20);

    while (!hl_net_next(net, ev)) {
        struct pollfd p = {.fd = hl_net_fd(net), .events = POLLIN};

        cr_assert_lt(hl_clock_now(), deadline, "no event");
        poll(&p, 1, 1000);
    }
}

static struct result dial(const char *what, hl_time timeout)
{
    struct hl_dial d = {.timeout = timeout};
    struct result r = {0};
    hl_time began = hl_clock_now();
    struct hl_event ev;

    cr_assert_eq(hl_endpoint_parse(what, &d.to), 0);
    cr_assert_eq(hl_net_dial(net, &d, 1), 0);
    for (;;) {
        next_event(&ev);
        if (ev.kind == HL_EV_TRYING && r.tried++ == 0)
            r.first = ev.path.remote;
        if (ev.kind != HL_EV_CONNECTED && ev.kind != HL_EV_DIAL_FAILED)
            continue;
        r.err = ev.err;
        r.remote = ev.path.remote;
        r.took = hl_clock_now() - began;
        return r;
    }
}

static void stop(void)
{
    if (net)
        hl_net_stop(net, 0);
    if (name_server.pid > 0)
        peer_kill(&name_server);
}

TestSuite(dial, .fini = stop, .timeout = 60);

/* In the lab, with a listener at 10.77.0.2; what it is called is up to the name server. */
static uint16_t serve(void)
{
    struct hl_net_config config = {.ipv4_only = false};
    struct hl_endpoint at;
    struct hl_addr bound;
    hl_link link;

    cr_assert_str_eq(peer_line(&name_server), "ready");
    cr_assert_eq(hl_net_start(&config, &net), 0);
    cr_assert_eq(hl_endpoint_parse_listen("tcp://10.77.0.2:0", &at), 0);
    cr_assert_eq(hl_net_listen(net, &at, &link, &bound), 0);
    return bound.port;
}

#define SERVE(...)                                                                                 \
    (lab_enter("127.0.0.1", HOSTS),                                                                \
     peer_start(&name_server, "dns.py", "127.0.0.1", __VA_ARGS__, NULL), serve())

static const char *with_port(const char *name, uint16_t port)
{
    static char text[64];

    snprintf(text, sizeof(text), "tcp://%s:%u", name, (unsigned)port);
    return text;
}

static void expect_connected(const struct result *r, const char *name, hl_time limit)
{
    fprintf(stderr, "dial %-6s %6.3f s, limit %.3f s, attempts %u\n", name, (double)r->took / 1e6,
            (double)limit / 1e6, r->tried);
    cr_assert_eq(r->err, 0, "%s: %s", name, hl_err_text(r->err));
    cr_assert_eq(memcmp(r->remote.ip, (uint8_t[]){10, 77, 0, 2}, 4), 0);
    cr_assert_leq(r->took, limit, "%s: %lld us", name, (long long)r->took);
}

Test(dial, dual_v6_is_a_black_hole)
{
    uint16_t port = SERVE("dual.test/AAAA=fd77::2", "dual.test/A=10.77.0.2");
    struct result r = dial(with_port("dual.test", port), 0);

    cr_assert_eq(r.first.family, HL_AF_INET6);
    expect_connected(&r, "dual", HL_MS(300));
}

Test(dial, slow6_its_answer_comes_three_seconds_late)
{
    uint16_t port = SERVE("slow6.test/AAAA=fd77::2@3", "slow6.test/A=10.77.0.2");
    struct result r = dial(with_port("slow6.test", port), 0);

    expect_connected(&r, "slow6", HL_MS(100));
}

Test(dial, lost6_is_never_answered)
{
    uint16_t port = SERVE("lost6.test/AAAA=-", "lost6.test/A=10.77.0.2");
    struct result r = dial(with_port("lost6.test", port), 0);

    expect_connected(&r, "lost6", HL_MS(100));
}

Test(dial, silent_fails_by_its_own_deadline)
{
    uint16_t port = SERVE("silent.test/AAAA=-", "silent.test/A=-");
    struct result r = dial(with_port("silent.test", port), HL_SECS(1));

    fprintf(stderr, "dial silent %6.3f s, deadline 1.000 s: %s\n", (double)r.took / 1e6,
            hl_err_text(r.err));
    cr_assert_eq(hl_err_class(r.err), HL_CLASS_NAME, "%s", hl_err_text(r.err));
    cr_assert_eq(r.tried, 0);
    cr_assert_leq(r.took, HL_MS(1100));
}

Test(dial, many_of_which_the_last_one_lives)
{
    uint16_t port =
        SERVE("many.test/A=10.77.1.2", "many.test/A=10.77.1.3", "many.test/A=10.77.0.2");
    struct result r = dial(with_port("many.test", port), 0);

    cr_assert_eq(r.tried, 3, "the living one was not tried last");
    expect_connected(&r, "many", HL_MS(600));
}

Test(dial, an_unknown_name_fails_at_once)
{
    uint16_t port = SERVE("other.test/A=10.77.0.2");
    struct result r = dial(with_port("unknown.test", port), 0);

    cr_assert_eq(r.err, HL_ERR_NOT_FOUND, "%s", hl_err_text(r.err));
    cr_assert_leq(r.took, HL_MS(300));
}

Test(dial, stopping_does_not_wait_for_eight_stuck_look_ups)
{
    struct hl_net_config config = {.ipv4_only = false};
    unsigned threads = lab_threads();
    hl_time began;
    hl_time took;

    lab_enter("10.77.1.53", HOSTS);
    cr_assert_eq(hl_net_start(&config, &net), 0);
    for (uint64_t i = 1; i <= 4; i++) {
        struct hl_dial d = {.timeout = HL_SECS(9)};
        char name[] = "tcp://a.test:1";

        name[6] = (char)('a' + i);
        cr_assert_eq(hl_endpoint_parse(name, &d.to), 0);
        cr_assert_eq(hl_net_dial(net, &d, i), 0);
    }
    began = hl_clock_now();
    while (lab_threads() < threads + 2 + HL_LOOKUPS_MAX) {
        cr_assert_lt(hl_clock_now(), began + HL_SECS(5), "the look-ups do not start");
        poll(NULL, 0, 1);
    }
    began = hl_clock_now();
    hl_net_stop(net, 0);
    took = hl_clock_now() - began;
    net = NULL;
    fprintf(stderr, "stop with 8 stuck look-ups %6.3f s\n", (double)took / 1e6);
    cr_assert_lt(took, HL_MS(200));
}
