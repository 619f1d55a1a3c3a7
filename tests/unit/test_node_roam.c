/* SPDX-License-Identifier: MIT */
/* Peers that change their address, and attackers who would have us believe that they did. */
#include "nodes.h"
#include "packet.h"

static void say_both(struct nodes *w, const char *text)
{
    cr_assert_eq(nodes_say(w, 0, 2, text), 0);
    cr_assert_eq(nodes_say(w, 1, 1, text), 0);
}

static void heard_both(const struct nodes *w, const char *text)
{
    cr_assert_eq(nodes_heard(w, 0, text), 1, "%s", text);
    cr_assert_eq(nodes_heard(w, 1, text), 1, "%s", text);
}

static bool is_at(const struct nodes *w, unsigned i, uint32_t peer, struct hl_addr addr)
{
    struct hl_peer_info info = nodes_info(w, i, peer);

    return hl_addr_equal(&info.path.remote, &addr);
}

static void moves(struct hl_addr first, struct hl_addr second)
{
    struct nodes *w = nodes_pair();
    struct hl_addr home = w->hosts[0].addr;
    const struct hl_addr to[] = {first, second, home};
    char text[16];

    for (unsigned i = 0; i < 3; i++) {
        w->hosts[0].addr = to[i];
        snprintf(text, sizeof text, "move %u", i);
        say_both(w, text);
        nodes_run(w, HL_MS(60));
        cr_assert_eq(nodes_heard(w, 1, text), 1, "%s: within a round trip and a half", text);
        nodes_run(w, HL_SECS(2));
        heard_both(w, text);
        cr_assert(is_at(w, 1, 1, to[i]));
        cr_assert(nodes_info(w, 1, 1).validated);
        cr_assert_eq(nodes_count(w, 1, HL_NODE_MOVED), i + 1);
    }
    cr_assert_null(nodes_told(w, 0, HL_NODE_DOWN));
    cr_assert_null(nodes_told(w, 1, HL_NODE_DOWN));
    nodes_run(w, HL_SECS(60));
    cr_assert_eq(nodes_next(w), HL_NEVER, "nothing is left to be done");
    nodes_free(w);
}

Test(roam, another_port)
{
    moves(nodes_addr(1, 5000), nodes_addr(1, 6000));
}

Test(roam, to_ipv6_and_back)
{
    moves(nodes_addr6(1, 4855), nodes_addr(1, 6000));
}

/* It is told at once when our own addresses changed, with nothing to say. */
Test(roam, network_change_is_announced)
{
    struct nodes *w = nodes_pair();
    const struct hl_command c = {.kind = HL_CMD_NETWORK};
    struct hl_addr to = nodes_addr6(1, 4855);

    nodes_run(w, HL_SECS(100));
    w->hosts[0].addr = to;
    cr_assert_eq(nodes_command(w, 0, &c), 0);
    nodes_run(w, HL_MS(100));
    cr_assert(is_at(w, 1, 1, to) && nodes_info(w, 1, 1).validated);
    nodes_free(w);
}

/* ---- the attacker, who sees and sends everything but has no key ---- */

struct fraud {
    struct hl_addr victim;
    bool on;
    uint64_t in, out;  /* bytes from and to the victim */
    unsigned forwards; /* packets of 0 that seem to come from the victim; the true ones are lost */
    bool answer;       /* forwards what is sent to the victim, too */
};

static bool defraud(struct nodes *w, unsigned from, const struct hl_path *path,
                    const uint8_t *bytes, size_t len)
{
    struct fraud *f = w->user;
    struct hl_path seen = nodes_path(f->victim);

    if (hl_addr_equal(&path->remote, &f->victim)) {
        struct hl_path back = nodes_path(w->hosts[from].addr);

        f->out += len;
        cr_assert_leq(f->out, f->in, "more to an unproven address than from it");
        if (f->answer)
            nodes_fly(w, 0, &back, bytes, len, w->now + 1);
        return true;
    }
    if (from != 0 || !f->forwards)
        return false;
    f->forwards--;
    f->in += len;
    nodes_fly(w, 1, &seen, bytes, len, w->now + 1);
    return true;
}

/* Host 1 has much to send while the attacker points it to somebody who never asked for it. */
Test(roam, a_victim_gets_no_more_than_was_sent)
{
    struct nodes *w = nodes_pair();
    struct fraud f = {.victim = nodes_addr(66, 66), .forwards = 1};
    char text[1000];

    w->tap = defraud;
    w->user = &f;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        cr_assert_eq(nodes_say(w, 1, 1, text), 0);
    cr_assert_eq(nodes_say(w, 0, 2, "moved?"), 0);
    nodes_run(w, HL_SECS(4));
    cr_assert_gt(f.in, 0);
    cr_assert_gt(f.out, 0, "it was asked whether the peer is there");
    cr_assert(is_at(w, 1, 1, w->hosts[0].addr), "and the peer was found where it had been");
    cr_assert(nodes_info(w, 1, 1).validated);
    nodes_run(w, HL_SECS(10));
    cr_assert_eq(nodes_messages(w, 0), 100);
    cr_assert_eq(nodes_heard(w, 1, "moved?"), 1);
    cr_assert_eq(nodes_count(w, 1, HL_NODE_MOVED), 0, "the owner is told of proven moves only");
    nodes_free(w);
}

/* The peer's next packet with a higher number leads back, long before any time-out. */
Test(roam, the_next_packet_leads_back)
{
    struct nodes *w = nodes_pair();
    struct fraud f = {.victim = nodes_addr(66, 66), .forwards = 1};

    w->tap = defraud;
    w->user = &f;
    cr_assert_eq(nodes_say(w, 0, 2, "one"), 0);
    nodes_run(w, HL_MS(2));
    cr_assert(is_at(w, 1, 1, f.victim));
    cr_assert_eq(nodes_say(w, 0, 2, "two"), 0);
    nodes_run(w, HL_MS(30));
    cr_assert(is_at(w, 1, 1, w->hosts[0].addr) && nodes_info(w, 1, 1).validated);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "two"), 1);
    nodes_free(w);
}

/* An attacker who relays both ways is a part of the network; when it leaves, the peer is found
 * again. */
Test(roam, a_relay_that_vanishes)
{
    struct nodes *w = nodes_pair();
    struct fraud f = {.victim = nodes_addr(66, 66), .forwards = 1000, .answer = true};

    w->tap = defraud;
    w->user = &f;
    f.in = 1 << 20; /* it is proven: no limit */
    say_both(w, "through it");
    nodes_run(w, HL_SECS(1));
    heard_both(w, "through it");
    cr_assert(is_at(w, 1, 1, f.victim));
    f.forwards = 0;
    f.answer = false;
    say_both(w, "without it");
    nodes_run(w, HL_SECS(1));
    heard_both(w, "without it");
    cr_assert(is_at(w, 1, 1, w->hosts[0].addr));
    nodes_free(w);
}

/* Old packets with lower numbers do not move anybody, however authentic. */
static bool hold_first(struct nodes *w, unsigned from, const struct hl_path *path,
                       const uint8_t *bytes, size_t len)
{
    unsigned *held = w->user;
    struct hl_path seen = nodes_path(nodes_addr(66, 66));

    (void)path;
    if (from != 0 || *held)
        return false;
    ++*held;
    nodes_fly(w, 1, &seen, bytes, len, w->now + HL_MS(150));
    return true;
}

Test(roam, a_late_packet_moves_nothing)
{
    struct nodes *w = nodes_pair();
    unsigned held = 0;

    w->tap = hold_first;
    w->user = &held;
    cr_assert_eq(nodes_say(w, 0, 2, "held"), 0);
    nodes_run(w, HL_MS(100));
    cr_assert_eq(nodes_say(w, 0, 2, "next"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(held, 1);
    cr_assert(is_at(w, 1, 1, w->hosts[0].addr));
    cr_assert_eq(nodes_stats(w, 1).moved, 0);
    cr_assert_eq(nodes_heard(w, 1, "held"), 1);
    nodes_free(w);
}

/* ---- nowhere ---- */

/* Host 0's handshake comes from its own address, its first packet from another, and no more. */
static bool vanish(struct nodes *w, unsigned from, const struct hl_path *path, const uint8_t *bytes,
                   size_t len)
{
    struct hl_path seen = nodes_path(nodes_addr(66, 66));
    unsigned *packets = w->user;

    (void)path;
    if (*packets == 0 && bytes[0] != HL_PACKET_DATA)
        return false;
    if (from == 0 && (*packets)++ == 0)
        nodes_fly(w, 1, &seen, bytes, len, w->now + w->delay);
    return true;
}

/* No address of it has proven itself, so there is none to call when it falls silent: it is gone,
 * and nobody is kept busy with it. */
Test(roam, who_was_never_found_is_given_up)
{
    struct nodes *w = nodes_new(2, false);
    unsigned packets = 0;

    w->tap = vanish;
    w->user = &packets;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_MS(100));
    cr_assert_not_null(nodes_told(w, 1, HL_NODE_UP));
    cr_assert_not(nodes_info(w, 1, 1).validated);
    cr_assert_eq(nodes_say(w, 1, 1, "where are you?"), 0);
    nodes_run(w, HL_SECS(30));
    cr_assert_not_null(nodes_told(w, 1, HL_NODE_DOWN));
    cr_assert_eq(nodes_told(w, 1, HL_NODE_DOWN)->ev.err, HL_ERR_TIMEOUT);
    cr_assert_eq(hl_node_deadline(w->hosts[1].node), HL_NEVER);
    nodes_free(w);
}

/* A session that is rekeyed when another address is named: that one has its time, too. */
Test(roam, an_address_named_amid_a_rekey)
{
    struct nodes *w = nodes_pair();
    const struct hl_command rekey = {.kind = HL_CMD_REKEY, .peer = 2};
    struct hl_command path = {.kind = HL_CMD_PATH, .peer = 2};

    w->hosts[1].addr = nodes_addr(66, 66); /* it is not where it was */
    path.path = nodes_path(nodes_addr(77, 77));
    cr_assert_eq(nodes_command(w, 0, &rekey), 0);
    nodes_run(w, HL_SECS(19));
    cr_assert_eq(nodes_command(w, 0, &path), 0);
    nodes_run(w, HL_SECS(10));
    cr_assert_null(nodes_told(w, 0, HL_NODE_DOWN));
    nodes_run(w, HL_SECS(30));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_DOWN));
    nodes_free(w);
}
