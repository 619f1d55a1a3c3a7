/* SPDX-License-Identifier: MIT */
/* The virtual network itself, with a toy protocol where a real one is needed: numbered packets,
 * each sent again every 50 ms until its echo comes. */
#include "err.h"
#include "simnet.h"
#include "trace.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

enum { A, B };

static struct hl_addr addr_of(unsigned host)
{
    return simnet_ip(HL_AF_INET, host + 1, 4855);
}

/* Two hosts with an IPv4 address each, paths without fault. */
static struct simnet *pair(uint64_t seed)
{
    struct simnet *net = simnet_new(seed);

    for (unsigned i = 0; i < 2; i++) {
        struct hl_addr a = addr_of(simnet_host(net));

        simnet_set_addr(net, i, HL_AF_INET, &a, &a);
    }
    return net;
}

static struct sim_pipe_config *config(struct simnet *net)
{
    return &simnet_pipe(net, A, B)->config;
}

static struct hl_path to(unsigned host)
{
    return (struct hl_path){.link = SIMNET_LINK_V4, .transport = HL_UDP, .remote = addr_of(host)};
}

/* A sends count packets of len bytes, every microseconds apart, each led by its number. */
static void send_many(struct simnet *net, unsigned count, size_t len, hl_time every)
{
    struct hl_path path = to(B);
    struct simnet_event ev;
    uint8_t bytes[2000] = {0};
    hl_time start = simnet_now(net);

    for (unsigned i = 0; i < count; i++) {
        memcpy(bytes, &i, sizeof i);
        cr_assert_eq(simnet_send(net, A, &path, bytes, len, 0), 0);
        simnet_timer(net, start + (i + 1) * every, 0);
        while (every && simnet_now(net) < start + (i + 1) * every &&
               simnet_next(net, start + (i + 1) * every, &ev) && ev.kind != SIMNET_TIMER)
            ;
    }
}

/* Takes all that arrives; returns how much that was. */
static unsigned drain(struct simnet *net, uint64_t *seen, hl_time *last)
{
    struct simnet_event ev;
    unsigned count = 0, number;

    while (simnet_next(net, HL_NEVER, &ev)) {
        if (ev.kind != SIMNET_DATAGRAM)
            continue;
        memcpy(&number, ev.bytes, sizeof number);
        if (seen && number < 64)
            *seen |= UINT64_C(1) << number;
        if (last)
            *last = ev.at;
        count++;
    }
    return count;
}

Test(simnet, a_clean_path_delivers_in_order_after_its_delay)
{
    struct simnet *net = pair(1);
    struct hl_path path = to(B);
    struct simnet_event ev;
    struct hl_addr a = addr_of(A), b = addr_of(B);

    config(net)->delay = HL_MS(25);
    for (uint8_t i = 0; i < 5; i++)
        cr_assert_eq(simnet_send(net, A, &path, &i, 1, 0), 0);
    for (uint8_t i = 0; i < 5; i++) {
        cr_assert(simnet_next(net, HL_NEVER, &ev));
        cr_assert_eq(ev.kind, SIMNET_DATAGRAM);
        cr_assert_eq(ev.at, HL_MS(25));
        cr_assert_eq(ev.host, B);
        cr_assert_eq(ev.bytes[0], i);
        cr_assert(!ev.forged && !ev.altered);
        cr_assert(hl_addr_equal(&ev.path.remote, &a) && hl_addr_equal(&ev.path.local, &b));
    }
    cr_assert(!simnet_next(net, HL_SECS(1), &ev));
    cr_assert_eq(simnet_now(net), HL_SECS(1));
    simnet_free(net);
}

Test(simnet, a_batch_is_split_into_its_segments)
{
    struct simnet *net = pair(1);
    struct hl_path path = to(B);
    struct simnet_event ev;
    uint8_t bytes[2500] = {0};
    const size_t lens[] = {1000, 1000, 500};

    cr_assert_eq(simnet_send(net, A, &path, bytes, sizeof bytes, 1000), 0);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(simnet_next(net, HL_NEVER, &ev));
        cr_assert_eq(ev.len, lens[i]);
    }
    cr_assert(!simnet_next(net, HL_NEVER, &ev));
    simnet_free(net);
}

Test(simnet, the_mask_says_exactly_which_packets_die)
{
    const uint64_t masks[] = {0, 1, 0x8000000000000001, 0xaaaaaaaaaaaaaaaa, UINT64_MAX};

    for (unsigned i = 0; i < sizeof masks / sizeof *masks; i++) {
        for (unsigned rotates = 0; rotates < 2; rotates++) {
            struct simnet *net = pair(1);
            uint64_t seen = 0;
            unsigned lost = (unsigned)__builtin_popcountll(masks[i]);

            config(net)->mask = masks[i];
            config(net)->mask_rotates = rotates;
            send_many(net, 128, 100, 0);
            cr_assert_eq(drain(net, &seen, NULL), 128 - (rotates ? 2 * lost : lost));
            cr_assert_eq(seen, ~masks[i]);
            simnet_free(net);
        }
    }
}

/* Chances over 20,000 packets come within a tenth of what they should be. */
Test(simnet, chances_are_what_they_say)
{
    enum { COUNT = 20000 };
    static const struct {
        struct sim_pipe_config config;
        size_t counter; /* offset in struct sim_pipe_stats */
        unsigned expected;
    } rows[] = {
        {{.loss = 50000}, offsetof(struct sim_pipe_stats, lost), COUNT / 20},
        /* a third of the time in bursts of 10 */
        {{.burst_enter = 50000, .burst_leave = 100000},
         offsetof(struct sim_pipe_stats, lost),
         COUNT / 3},
        {{.duplicate = 100000}, offsetof(struct sim_pipe_stats, duplicated), COUNT / 10},
        {{.reorder = 100000}, offsetof(struct sim_pipe_stats, reordered), COUNT / 10},
        {{.corrupt = 100000}, offsetof(struct sim_pipe_stats, corrupted), COUNT / 10},
        {{.truncate = 100000}, offsetof(struct sim_pipe_stats, truncated), COUNT / 10},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sim_pipe pipe;
        struct sim_fate fate;
        uint64_t count;

        sim_pipe_init(&pipe, 7, i);
        pipe.config = rows[i].config;
        for (unsigned k = 0; k < COUNT; k++)
            sim_pipe_pass(&pipe, k, 100, &fate);
        memcpy(&count, (const uint8_t *)&pipe.stats + rows[i].counter, sizeof count);
        cr_assert(count > rows[i].expected * 9 / 10 && count < rows[i].expected * 11 / 10,
                  "row %u: %lu, expected %u", i, (unsigned long)count, rows[i].expected);
    }
}

/* The point of the fixed number of draws: packet k fares the same whatever else is on. */
Test(simnet, settings_do_not_disturb_one_another)
{
    struct sim_pipe plain, rich;
    struct sim_fate one, other;

    sim_pipe_init(&plain, 3, 0);
    sim_pipe_init(&rich, 3, 0);
    plain.config = (struct sim_pipe_config){.loss = 200000};
    rich.config = (struct sim_pipe_config){
        .loss = 200000, .duplicate = 300000, .corrupt = 300000, .jitter = 5000, .reorder = 1};
    for (unsigned k = 0; k < 10000; k++) {
        sim_pipe_pass(&plain, k, 100, &one);
        sim_pipe_pass(&rich, k, 100, &other);
        cr_assert_eq(one.copies == 0, other.copies == 0, "packet %u", k);
    }
}

Test(simnet, a_rate_spaces_packets_and_a_full_queue_drops_its_tail)
{
    struct simnet *net = pair(1);
    hl_time last;

    /* 1000 bytes with headers, 1 ms each; room for five at once. */
    config(net)->rate = 1000000;
    config(net)->queue = 5000;
    send_many(net, 10, 1000 - SIM_HEADERS, 0);
    cr_assert_eq(drain(net, NULL, &last), 5);
    cr_assert_eq(last, HL_MS(5));
    cr_assert_eq(simnet_pipe(net, A, B)->stats.queue_drops, 5);
    send_many(net, 200, 1000 - SIM_HEADERS, HL_MS(1));
    cr_assert_eq(simnet_pipe(net, A, B)->stats.queue_drops, 5, "at the rate nothing is dropped");
    simnet_free(net);
}

Test(simnet, jitter_keeps_the_order_and_reordering_does_not)
{
    for (unsigned reorder = 0; reorder < 2; reorder++) {
        struct simnet *net = pair(9);
        struct simnet_event ev;
        unsigned number, next = 0, swaps = 0;

        config(net)->jitter = HL_MS(20);
        config(net)->reorder = reorder ? 100000 : 0;
        config(net)->reorder_by = HL_MS(30);
        send_many(net, 500, 100, 0);
        while (simnet_next(net, HL_NEVER, &ev)) {
            if (ev.kind != SIMNET_DATAGRAM)
                continue;
            memcpy(&number, ev.bytes, sizeof number);
            swaps += number < next;
            next = number > next ? number : next;
        }
        cr_assert_eq(swaps > 0, reorder);
        simnet_free(net);
    }
}

Test(simnet, what_is_too_large_is_dropped_or_refused)
{
    struct simnet *net = pair(1);
    struct hl_path path = to(B);
    uint8_t bytes[1501] = {0};

    config(net)->mtu = 1500;
    cr_assert_eq(simnet_send(net, A, &path, bytes, 1501, 0), 0);
    cr_assert_eq(simnet_send(net, A, &path, bytes, 1500, 0), 0);
    cr_assert_eq(drain(net, NULL, NULL), 1);
    config(net)->mtu_refuses = true;
    cr_assert_eq(simnet_send(net, A, &path, bytes, 1501, 0), -EMSGSIZE);
    cr_assert_eq(simnet_send(net, A, &path, bytes, 1501, 1500), 0);
    simnet_free(net);
}

Test(simnet, packets_to_an_address_that_was_left_are_lost)
{
    struct simnet *net = pair(1);
    struct hl_addr moved = simnet_ip(HL_AF_INET, 77, 1234), before = addr_of(B);
    struct hl_path path = to(A);
    struct simnet_event ev;
    struct simnet_stats stats;

    config(net)->delay = HL_MS(10);
    send_many(net, 1, 100, 0);
    simnet_set_addr(net, B, HL_AF_INET, &before, &moved); /* a NAT chose anew */
    send_many(net, 1, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 0);
    simnet_stats(net, &stats);
    cr_assert_eq(stats.nowhere, 2);

    cr_assert_eq(simnet_send(net, B, &path, (const uint8_t *)"x", 1, 0), 0);
    cr_assert(simnet_next(net, HL_NEVER, &ev));
    cr_assert(hl_addr_equal(&ev.path.remote, &moved), "seen as the NAT shows it");
    cr_assert_eq(simnet_send(net, A, &ev.path, (const uint8_t *)"x", 1, 0), 0);
    cr_assert(simnet_next(net, HL_NEVER, &ev));
    cr_assert_eq(ev.host, B);
    cr_assert(hl_addr_equal(&ev.path.local, &before), "which the host does not know of");
    simnet_free(net);
}

Test(simnet, a_filter_lets_in_whom_the_host_asked)
{
    struct simnet *net = pair(1);
    struct hl_path path = to(A);
    struct hl_addr b = addr_of(B);

    simnet_set_filter(net, B, true);
    simnet_set_addr(net, B, HL_AF_INET, &b, &b);
    send_many(net, 1, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 0);
    cr_assert_eq(simnet_send(net, B, &path, (const uint8_t *)"hole", 4, 0), 0);
    send_many(net, 1, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 2);
    simnet_set_addr(net, B, HL_AF_INET, &b, &b);
    send_many(net, 1, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 0, "a new address has an empty filter");
    simnet_free(net);
}

Test(simnet, families_are_apart)
{
    struct simnet *net = pair(1);
    struct hl_addr six = simnet_ip(HL_AF_INET6, 2, 4855);
    struct hl_path path = {.link = SIMNET_LINK_V6, .transport = HL_UDP, .remote = six};
    struct simnet_stats stats;
    struct simnet_event ev;

    simnet_set_addr(net, B, HL_AF_INET6, &six, &six);
    cr_assert_eq(simnet_send(net, A, &path, (const uint8_t *)"x", 1, 0), 0);
    simnet_stats(net, &stats);
    cr_assert_eq(stats.unreachable, 1);
    six = simnet_ip(HL_AF_INET6, 1, 4855);
    simnet_set_addr(net, A, HL_AF_INET6, &six, &six);
    cr_assert_eq(simnet_send(net, A, &path, (const uint8_t *)"x", 1, 0), 0);
    cr_assert(simnet_next(net, HL_NEVER, &ev));
    cr_assert(hl_addr_equal(&ev.path.remote, &six));
    cr_assert_eq(ev.path.link, SIMNET_LINK_V6);
    simnet_free(net);
}

Test(simnet, partitions_and_sleep)
{
    struct simnet *net = pair(1);
    struct hl_path back = to(A);

    config(net)->cut = true; /* one way */
    send_many(net, 3, 100, 0);
    cr_assert_eq(simnet_send(net, B, &back, (const uint8_t *)"12345", 5, 0), 0);
    cr_assert_eq(drain(net, NULL, NULL), 1);
    config(net)->cut = false;
    simnet_set_asleep(net, B, true);
    send_many(net, 3, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 0);
    simnet_set_asleep(net, B, false);
    send_many(net, 3, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 3);
    simnet_free(net);
}

struct tap_log {
    unsigned seen;
    bool swallow;
};

static bool tap(void *user, const struct simnet_packet *p)
{
    struct tap_log *log = user;

    cr_assert_eq(p->host, A);
    log->seen++;
    return log->swallow;
}

Test(simnet, the_observer_sees_holds_back_and_forges)
{
    struct simnet *net = pair(1);
    struct tap_log log = {.swallow = true};
    struct simnet_forgery forgery = {addr_of(A), addr_of(B), (const uint8_t *)"forged", 6, 0,
                                     -1,         addr_of(B)};
    struct simnet_event ev;

    simnet_set_tap(net, tap, &log);
    send_many(net, 4, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 0);
    log.swallow = false;
    send_many(net, 4, 100, 0);
    cr_assert_eq(drain(net, NULL, NULL), 4);
    cr_assert_eq(log.seen, 8);
    simnet_inject(net, simnet_now(net) + 5, &forgery);
    cr_assert(simnet_next(net, HL_NEVER, &ev));
    cr_assert(ev.forged && ev.host == B && hl_addr_equal(&ev.path.remote, &forgery.from));
    simnet_free(net);
}

Test(simnet, a_shared_pipe_is_one_bottleneck)
{
    struct simnet *net = pair(1);
    struct hl_addr c = simnet_ip(HL_AF_INET, 50, 1);
    struct hl_path path = to(B);
    unsigned host = simnet_host(net);
    uint8_t bytes[1000] = {0};
    hl_time last;

    simnet_set_addr(net, host, HL_AF_INET, &c, &c);
    simnet_share(net, host, B, simnet_pipe(net, A, B));
    config(net)->rate = 1000000;
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(simnet_send(net, A, &path, bytes, 1000 - SIM_HEADERS, 0), 0);
        cr_assert_eq(simnet_send(net, host, &path, bytes, 1000 - SIM_HEADERS, 0), 0);
    }
    cr_assert_eq(drain(net, NULL, &last), 10);
    cr_assert_eq(last, HL_MS(10));
    simnet_free(net);
}

/* ---- connections ---- */

Test(simnet, a_connection_keeps_order_over_loss)
{
    struct simnet *net = pair(5);
    struct hl_path at_a, at_b;
    struct simnet_event ev;
    unsigned got = 0;

    config(net)->delay = HL_MS(10);
    config(net)->loss = 200000;
    config(net)->reorder = 200000;
    config(net)->reorder_by = HL_MS(5);
    simnet_connect(net, A, B, &at_a, &at_b);
    for (unsigned i = 0; i < 200; i++)
        cr_assert_eq(simnet_send(net, A, &at_a, (const uint8_t *)&i, sizeof i, 0), 0);
    while (simnet_next(net, HL_NEVER, &ev)) {
        cr_assert_eq(ev.kind, SIMNET_RECORD);
        cr_assert_eq(ev.path.link, at_b.link);
        cr_assert_eq(memcmp(ev.bytes, &got, sizeof got), 0);
        got++;
    }
    cr_assert_eq(got, 200);
    simnet_free(net);
}

Test(simnet, a_full_connection_says_so_and_when_there_is_room)
{
    struct simnet *net = pair(5);
    struct hl_path at_a, at_b;
    struct simnet_event ev;
    uint8_t bytes[8192] = {0};
    unsigned sent = 1, got = 0, room = 0;

    config(net)->delay = HL_MS(10);
    simnet_connect(net, A, B, &at_a, &at_b);
    while (simnet_send(net, A, &at_a, bytes, sizeof bytes, 0) == 0)
        sent++;
    cr_assert_eq(sent, SIMNET_CONN_QUEUE / sizeof bytes + 1);
    while (simnet_next(net, HL_NEVER, &ev)) {
        got += ev.kind == SIMNET_RECORD;
        if (ev.kind == SIMNET_LINK_ROOM) {
            cr_assert_eq(ev.host, A);
            cr_assert_eq(ev.path.link, at_a.link);
            room++;
        }
    }
    cr_assert_eq(got, sent);
    cr_assert_eq(room, 1);
    simnet_free(net);
}

Test(simnet, a_break_loses_what_is_on_its_way_and_both_hear_of_it)
{
    struct simnet *net = pair(5);
    struct hl_path at_a, at_b;
    struct simnet_event ev;
    unsigned down = 0;

    config(net)->delay = HL_MS(10);
    simnet_connect(net, A, B, &at_a, &at_b);
    cr_assert_eq(simnet_send(net, A, &at_a, (const uint8_t *)"x", 1, 0), 0);
    simnet_break(net, B, at_b.link);
    cr_assert_eq(simnet_send(net, A, &at_a, (const uint8_t *)"x", 1, 0), 0);
    while (simnet_next(net, HL_NEVER, &ev)) {
        cr_assert_eq(ev.kind, SIMNET_LINK_DOWN);
        cr_assert_eq(ev.path.link, ev.host == A ? at_a.link : at_b.link);
        down |= 1U << ev.host;
    }
    cr_assert_eq(down, 3);
    simnet_free(net);
}

/* ---- a toy protocol over all of it ---- */

enum { TOY_PACKETS = 60 };

struct toy {
    struct simnet *net;
    struct sim_trace trace;
    uint64_t got, acked; /* bits by number */
    unsigned sent;
};

static void toy_send(struct toy *t, unsigned from, uint8_t number)
{
    struct hl_path path = to(from == A ? B : A);
    uint8_t bytes[8] = "toy";

    bytes[3] = number;
    bytes[4] = (uint8_t)(number ^ 0x5a); /* so that damage is noticed */
    sim_trace_number(&t->trace, (uint64_t)simnet_now(t->net));
    sim_trace_bytes(&t->trace, bytes, sizeof bytes);
    cr_assert_eq(simnet_send(t->net, from, &path, bytes, sizeof bytes, 0), 0);
    t->sent++;
}

static void toy_heard(struct toy *t, const struct simnet_event *ev)
{
    uint8_t number;

    if (ev->len != 8 || memcmp(ev->bytes, "toy", 3) != 0 || ev->bytes[3] != (ev->bytes[4] ^ 0x5a))
        return;
    number = ev->bytes[3];
    if (ev->host == B) {
        t->got |= UINT64_C(1) << number;
        toy_send(t, B, number);
    } else {
        t->acked |= UINT64_C(1) << number;
    }
}

static uint64_t toy_run(uint64_t seed)
{
    struct sim_random random = sim_random_fork(seed, 99);
    struct toy t = {.net = pair(seed)};
    struct simnet_event ev;

    for (unsigned i = 0; i < 2; i++) {
        simnet_pipe(t.net, i, !i)->config = (struct sim_pipe_config){
            .loss = (uint32_t)sim_random_below(&random, 500000),
            .duplicate = 100000,
            .reorder = 100000,
            .corrupt = 100000,
            .truncate = 50000,
            .delay = HL_MS(sim_random_below(&random, 100)),
            .jitter = HL_MS(5),
            .reorder_by = HL_MS(20),
        };
    }
    for (unsigned i = 0; i < TOY_PACKETS; i++)
        simnet_timer(t.net, HL_MS(i), i);
    while (simnet_next(t.net, HL_SECS(600), &ev)) {
        if (ev.kind != SIMNET_TIMER) {
            toy_heard(&t, &ev);
        } else if (!(t.acked & UINT64_C(1) << ev.timer)) {
            toy_send(&t, A, (uint8_t)ev.timer);
            simnet_timer(t.net, ev.at + HL_MS(50), ev.timer);
        }
    }
    cr_assert_eq(t.acked, (UINT64_C(1) << TOY_PACKETS) - 1, "seed %lu", (unsigned long)seed);
    cr_assert_eq(t.got, t.acked, "seed %lu", (unsigned long)seed);
    cr_assert(t.sent > 2 * TOY_PACKETS, "seed %lu", (unsigned long)seed);
    simnet_free(t.net);
    return t.trace.hash;
}

Test(simnet, a_toy_protocol_gets_through_and_each_seed_repeats)
{
    uint64_t before = 0;

    for (uint64_t seed = 0; seed < 300; seed++) {
        uint64_t hash = toy_run(seed);

        cr_assert_eq(hash, toy_run(seed), "seed %lu", (unsigned long)seed);
        cr_assert_neq(hash, before, "seed %lu", (unsigned long)seed);
        before = hash;
    }
}
