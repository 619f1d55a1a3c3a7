/* SPDX-License-Identifier: MIT */
/* Sessions and peers that rest: kept open through a firewall that forgets, or at no cost at all. */
#include "feature.h"
#include "peer.h"
#include "sides.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <sys/resource.h>

static struct side a, b;

/* Lets time pass while both sides do what they like. */
static void idle(hl_time span)
{
    hl_time end = hl_clock_now() + span;

    PUMP_UNTIL(hl_clock_now() >= end, &a, &b);
}

/* ---- a firewall that forgets ---- */

/* What comes to that port passes only as an answer to what left from there a second ago. */
static bool forgetful_firewall(uint16_t port)
{
    char rules[600];

    snprintf(rules, sizeof(rules),
             "nft -f - <<'END' 2>/dev/null\n"
             "table inet t {\n"
             "  chain i {\n"
             "    type filter hook input priority 0\n"
             "    udp dport %u ct state established accept\n"
             "    udp dport %u drop\n"
             "  }\n"
             "}\n"
             "END\n"
             "test $? = 0 &&\n"
             "echo 1 2>/dev/null >/proc/sys/net/netfilter/nf_conntrack_udp_timeout &&\n"
             "echo 1 2>/dev/null >/proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream",
             port, port);
    return shell(rules) == 0;
}

static uint64_t sent_by(struct side *x)
{
    struct hl_node_stats stats;

    hl_secure_stats(x->s, &stats);
    return stats.datagrams_out;
}

/* a, behind the firewall, has called b, and both have been silent for longer than it remembers. */
static uint64_t rest_behind_firewall(hl_time keepalive)
{
    uint64_t before;

    if (!own_netns())
        cr_skip("network namespaces are not permitted here");
    side_start(&a, 1, NULL);
    side_start(&b, 2, NULL);
    side_listen(&a, "127.0.0.1:0");
    side_listen(&b, "127.0.0.1:0");
    if (!forgetful_firewall(a.bound.port))
        cr_skip("no nft, or no connection tracking, here");
    side_open(&a, (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .via = a.link});
    PUMP_UNTIL(a.count[HL_SEC_UP] && b.count[HL_SEC_UP], &a, &b);
    a.peers[0].to_send = 1;
    b.peers[0].to_send = 1;
    PUMP_UNTIL(a.peers[0].acked == 1 && b.peers[0].acked == 1, &a, &b);
    hl_secure_keepalive(a.s, a.peers[0].number, keepalive);
    idle(HL_MS(500)); /* what is owed is sent */
    before = sent_by(&a);
    idle(HL_SECS(3));
    return sent_by(&a) - before;
}

static void part(void)
{
    side_stop(&a);
    side_stop(&b);
}

Test(secure_rest, a_kept_session_is_reached_from_outside, .timeout = 60)
{
    uint64_t sent = rest_behind_firewall(HL_MS(400));
    hl_time begin = hl_clock_now();

    b.peers[0].to_send = 2;
    PUMP_UNTIL(b.peers[0].acked == 2, &a, &b);
    fprintf(stderr, "%d packets kept it open for 3 s; then %.1f ms\n", (int)sent,
            (double)(hl_clock_now() - begin) / 1000);
    cr_assert_leq(sent, 9, "one each 400 ms");
    cr_assert_leq(hl_clock_now() - begin, HL_MS(900), "the first packet got through");
    hl_secure_keepalive(a.s, a.peers[0].number, 0);
    idle(HL_SECS(1));
    sent = sent_by(&a);
    idle(HL_SECS(1));
    cr_assert_eq(sent_by(&a), sent, "and no more once it is not wanted");
    part();
}

/* The same without: which shows that the firewall is one, and that idle sessions say nothing. */
Test(secure_rest, an_idle_session_is_not, .timeout = 60)
{
    cr_assert_eq(rest_behind_firewall(0), 0);
    b.peers[0].to_send = 2;
    idle(HL_MS(1500));
    cr_assert_eq(a.peers[0].heard, 1);
    a.peers[0].to_send = 2; /* which opens the way again */
    PUMP_UNTIL(b.peers[0].acked == 2 && a.peers[0].acked == 2, &a, &b);
    part();
}

/* ---- contacts of whom nothing is known but the key ---- */

enum {
    CONTACTS = 2000,
    CONTACT_COST = 1500, /* bytes for each, at most */
};

static double cpu(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint32_t know(struct side *x, const uint8_t *key)
{
    const struct hl_secure_open o = {.to = {.kind = HL_HOST_ANY}, .key = key};
    uint32_t number;

    cr_assert_eq(hl_secure_open(x->s, &o, &number), 0);
    return number;
}

static void know_many(struct side *x, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t key[HL_KEY_SIZE] = {9, (uint8_t)i, (uint8_t)(i >> 8)};

        know(x, key);
    }
}

static size_t peers_of(struct side *x)
{
    struct hl_node_stats stats;

    hl_secure_stats(x->s, &stats);
    return stats.peers;
}

Test(secure_rest, many_contacts_cost_little, .timeout = 60)
{
    const struct hl_secure_config contacts_only = {.pairing = false};
    size_t before;
    size_t cost;
    double busy;
    uint32_t number;
    struct hl_secure_open dial;

    side_start(&a, 1, &contacts_only);
    side_start(&b, 2, &contacts_only);
    side_listen(&a, "127.0.0.1:0");
    side_listen(&b, "127.0.0.1:0");
    cr_assert_eq(peers_of(&a), 0);
    before = mallinfo2().uordblks;
    busy = cpu();
    know_many(&a, CONTACTS);
    cr_assert_eq(peers_of(&a), CONTACTS);
    fprintf(stderr, "%d contacts: %.1f ms of CPU, ", CONTACTS, (cpu() - busy) * 1e3);
    cost = (mallinfo2().uordblks - before) / CONTACTS;
    fprintf(stderr, "%zu bytes each, ", cost);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    cr_assert_leq(cost, CONTACT_COST);
#endif
    busy = cpu();
    idle(HL_SECS(1));
    fprintf(stderr, "%.1f ms of CPU in a second of rest\n", (cpu() - busy) * 1e3);
    cr_assert_eq(sent_by(&a), 0);

    /* One of them, known by its key alone, is dialled when its address becomes known ... */
    know(&b, a.key);
    number = know(&a, b.key);
    dial = (struct hl_secure_open){.to = endpoint_of(&b.bound, ""), .via = a.link};
    side_peer(&a, number)->to_send = 3; /* waits for an address */
    idle(HL_MS(50));
    cr_assert_eq(sent_by(&a), 0);
    cr_assert_eq(hl_secure_reopen(a.s, number, &dial), 0);
    PUMP_UNTIL(a.peers[0].acked == 3 && b.count[HL_SEC_UP], &a, &b);
    cr_assert_arr_eq(a.last[HL_SEC_UP].key, b.key, HL_KEY_SIZE);
    cr_assert_eq(a.last[HL_SEC_UP].peer, number);
    cr_assert_eq(b.last[HL_SEC_UP].peer, b.peers[0].number);
    cr_assert_eq(b.count[HL_SEC_STRANGER], 0);

    /* ... and again after a goodbye, or calls by itself. */
    hl_secure_close(a.s, number);
    PUMP_UNTIL(b.count[HL_SEC_DOWN], &a, &b);
    dial.to = endpoint_of(&a.bound, "");
    dial.via = b.link;
    cr_assert_eq(hl_secure_reopen(b.s, b.peers[0].number, &dial), 0);
    PUMP_UNTIL(a.count[HL_SEC_UP] == 2 && b.count[HL_SEC_UP] == 2, &a, &b);
    cr_assert_not(a.last[HL_SEC_UP].restarted);
    part();
}

Test(secure_rest, more_contacts_than_allowed, .timeout = 60)
{
    const struct hl_secure_config few = {.pairing = true, .peers_max = 100};

    side_start(&a, 1, &few);
    know_many(&a, 100);
    cr_assert_eq(peers_of(&a), 100);
    cr_assert_eq(a.count[HL_SEC_NO_ANSWER], 0);
    know(&a, (uint8_t[HL_KEY_SIZE]){8});
    PUMP_UNTIL(a.count[HL_SEC_NO_ANSWER], &a);
    cr_assert_eq(a.last[HL_SEC_NO_ANSWER].err, HL_ERR_PEERS_FULL);
    side_stop(&a);
}
