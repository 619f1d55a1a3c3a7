/* SPDX-License-Identifier: MIT */
/* Sessions from beginning to end, as their owner sees them. */
#include "nodes.h"
#include "rules.h"

#include <errno.h>

Test(node, a_known_peer_by_ik)
{
    struct nodes *w = nodes_new(2, false);

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    cr_assert_eq(nodes_say(w, 0, 2, "hello"), 0);
    nodes_run(w, HL_MS(21));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_UP), "one round trip, and the session is up");
    nodes_run(w, HL_MS(10));
    cr_assert_eq(nodes_heard(w, 1, "hello"), 1, "the message left with the confirmation");
    cr_assert_eq(nodes_say(w, 1, 1, "hi"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "hi"), 1);
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1);
    cr_assert_eq(nodes_count(w, 1, HL_NODE_UP), 1);
    cr_assert_arr_eq(nodes_told(w, 1, HL_NODE_UP)->key, hl_node_key(w->hosts[0].node), HL_KEY_SIZE);
    cr_assert(nodes_info(w, 0, 2).validated && nodes_info(w, 1, 1).validated);
    nodes_free(w);
}

Test(node, a_stranger_by_xx)
{
    struct nodes *w = nodes_new(2, true);
    const struct told *t;

    nodes_know(w, 0, 1, false);
    nodes_call(w, 0, 1);
    cr_assert_eq(nodes_say(w, 0, 2, "hello"), 0);
    nodes_run(w, HL_SECS(1));
    t = nodes_told(w, 1, HL_NODE_STRANGER);
    cr_assert(t && t->ev.peer == HL_PEER_STRANGER);
    cr_assert_arr_eq(t->key, hl_node_key(w->hosts[0].node), HL_KEY_SIZE);
    cr_assert_eq(nodes_heard(w, 1, "hello"), 1);
    t = nodes_told(w, 0, HL_NODE_UP);
    cr_assert(t && t->ev.peer == 2);
    cr_assert_arr_eq(t->key, hl_node_key(w->hosts[1].node), HL_KEY_SIZE);
    cr_assert_eq(nodes_say(w, 1, HL_PEER_STRANGER, "who are you?"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "who are you?"), 1);
    nodes_free(w);
}

/* Both name each other's address, neither answers strangers. */
Test(node, both_name_each_other)
{
    struct nodes *w = nodes_new(2, false);

    nodes_know(w, 0, 1, false);
    nodes_know(w, 1, 0, false);
    nodes_call(w, 0, 1);
    nodes_call(w, 1, 0);
    cr_assert_eq(nodes_say(w, 0, 2, "zero"), 0);
    cr_assert_eq(nodes_say(w, 1, 1, "one"), 0);
    nodes_run(w, HL_SECS(2));
    cr_assert_eq(nodes_heard(w, 1, "zero"), 1);
    cr_assert_eq(nodes_heard(w, 0, "one"), 1);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(nodes_count(w, i, HL_NODE_UP), 1);
        cr_assert_eq(nodes_stats(w, i).peers, 1);
    }
    nodes_free(w);
}

/* The same, with hours between: who was named keeps the other one's consent until a key is known.
 */
Test(node, both_name_each_other_at_leisure)
{
    struct nodes *w = nodes_new(3, false);

    nodes_know(w, 0, 1, false);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(7200));
    cr_assert_eq(nodes_count(w, 0, HL_NODE_NO_ANSWER), 1);
    nodes_know(w, 2, 0, false); /* whom nobody named */
    nodes_call(w, 2, 0);
    nodes_run(w, HL_SECS(30));
    cr_assert_eq(w->hosts[2].count, 1, "it is told of no answer, and nothing else");
    nodes_know(w, 1, 0, false);
    nodes_call(w, 1, 0);
    cr_assert_eq(nodes_say(w, 1, 1, "here I am"), 0);
    nodes_run(w, HL_SECS(2));
    cr_assert_eq(nodes_heard(w, 0, "here I am"), 1);
    cr_assert_eq(nodes_told(w, 0, HL_NODE_UP)->ev.peer, 2, "the peer that was named, no stranger");
    nodes_free(w);
}

/* Whoever says more than the owner can take does not keep the others from being heard, though it is
 * never done. */
Test(node, all_with_news_have_their_turn)
{
    static const char long_line[] = "a line of some length, as somebody says who never ends";
    struct nodes *w = nodes_new(3, false);
    struct hl_node_event ev;
    unsigned taken = 0;
    unsigned from_friend = 0;

    for (unsigned i = 1; i < 3; i++) {
        nodes_know(w, i, 0, true);
        nodes_know(w, 0, i, true);
        nodes_call(w, i, 0);
    }
    nodes_run(w, HL_SECS(1));
    w->hosts[0].deaf = true;
    while (taken < 20000 && from_friend < 3) {
        while (nodes_say(w, 1, 1, long_line) == 0)
            ;
        if (taken % 1000 == 0)
            cr_assert_eq(nodes_say(w, 2, 1, "me too"), 0);
        nodes_run(w, HL_MS(50));
        w->hosts[1].count = w->hosts[2].count = 0;
        for (unsigned i = 0; i < 100 && hl_node_event(w->hosts[0].node, w->now, &ev); i++) {
            from_friend += ev.kind == HL_NODE_FLOW && ev.peer == 3;
            taken++;
        }
    }
    printf("3 lines of the friend among %u events\n", taken);
    cr_assert_eq(from_friend, 3);
    cr_assert_leq(taken, 2000 + 2 * HL_NEWS_TURN / (HL_NEWS_COST + sizeof long_line));
    nodes_free(w);
}

static size_t bytes_to[NODES_MAX];

static bool count_bytes(struct nodes *w, unsigned from, const struct hl_path *path,
                        const uint8_t *bytes, size_t len)
{
    (void)bytes;
    for (unsigned i = 0; from == 0 && i < w->count; i++)
        bytes_to[i] += hl_addr_equal(&path->remote, &w->hosts[i].addr) ? len : 0;
    return false;
}

/* Whoever forges the address that was named gets no byte himself, makes less be sent there than he
 * sends, and is nobody's peer; nor does consent outlive the first key or the conversation. */
Test(node, consent_is_no_gift_to_forgers)
{
    struct nodes *w = nodes_new(3, false); /* 0 named 1; 2 forges 1's address */
    struct hl_path forged = nodes_path(w->hosts[1].addr);
    struct hl_command forget = {.kind = HL_CMD_FORGET, .peer = 2};
    struct hl_transmit t;
    size_t sent = 0;

    nodes_know(w, 0, 1, false);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(60));
    memset(bytes_to, 0, sizeof bytes_to);
    w->tap = count_bytes;
    nodes_know(w, 2, 0, false);
    nodes_call(w, 2, 0);
    for (int i = 0; i < 40; i++, w->now += HL_MS(500)) {
        while (hl_node_poll(w->hosts[2].node, w->now, w->buf, sizeof w->buf, &t)) {
            sent += t.len;
            nodes_recv(w, 0, &forged, t.data, t.len);
        }
        nodes_land(w);
    }
    cr_assert_gt(sent, 0);
    cr_assert_gt(bytes_to[1], 0, "else this shows nothing");
    cr_assert_lt(bytes_to[1], sent);
    cr_assert_eq(bytes_to[2], 0);
    cr_assert_null(nodes_told(w, 0, HL_NODE_UP));
    cr_assert_null(nodes_told(w, 0, HL_NODE_STRANGER));

    cr_assert_eq(nodes_command(w, 0, &forget), 0);
    nodes_run(w, HL_SECS(10));
    bytes_to[1] = 0;
    nodes_know(w, 1, 0, false);
    nodes_call(w, 1, 0);
    nodes_run(w, HL_SECS(10));
    cr_assert_eq(bytes_to[1], 0, "nobody is named there any more");
    nodes_free(w);
}

Test(node, both_call_at_once)
{
    struct nodes *w = nodes_new(2, false);

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    nodes_call(w, 1, 0);
    cr_assert_eq(nodes_say(w, 0, 2, "zero"), 0);
    cr_assert_eq(nodes_say(w, 1, 1, "one"), 0);
    nodes_run(w, HL_SECS(2));
    cr_assert_eq(nodes_heard(w, 1, "zero"), 1);
    cr_assert_eq(nodes_heard(w, 0, "one"), 1);
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1);
    cr_assert_eq(nodes_count(w, 1, HL_NODE_UP), 1);
    /* Long after the older keys of each are gone. */
    for (int i = 0; i < 30; i++) {
        nodes_run(w, HL_SECS(1));
        cr_assert_eq(nodes_say(w, 0, 2, "more"), 0);
        cr_assert_eq(nodes_say(w, 1, 1, "more"), 0);
    }
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "more"), 30);
    cr_assert_eq(nodes_heard(w, 0, "more"), 30);
    nodes_free(w);
}

/* The owner learns of a contact while that contact's handshake is under way. */
Test(node, a_stranger_becomes_a_contact)
{
    for (hl_time at = 0; at < HL_MS(40); at += HL_MS(5)) {
        struct nodes *w = nodes_new(2, true);

        nodes_know(w, 0, 1, true);
        nodes_call(w, 0, 1);
        cr_assert_eq(nodes_say(w, 0, 2, "zero"), 0);
        nodes_run(w, at);
        if (nodes_count(w, 1, HL_NODE_STRANGER) == 0) {
            nodes_know(w, 1, 0, true);
            nodes_call(w, 1, 0);
            cr_assert_eq(nodes_say(w, 1, 1, "one"), 0);
        }
        nodes_run(w, HL_SECS(3));
        cr_assert_eq(nodes_heard(w, 1, "zero"), 1);
        cr_assert_leq(nodes_heard(w, 0, "one"), 1);
        for (unsigned i = 0; i < 2; i++) {
            cr_assert_eq(nodes_count(w, i, HL_NODE_UP), 1);
            cr_assert_not(nodes_told(w, i, HL_NODE_UP)->ev.restarted);
        }
        nodes_free(w);
    }
}

Test(node, idle_needs_no_timer)
{
    struct nodes *w = nodes_pair();

    cr_assert_eq(nodes_say(w, 0, 2, "hello"), 0);
    nodes_run(w, HL_SECS(30));
    cr_assert_eq(nodes_heard(w, 1, "hello"), 1);
    cr_assert_eq(nodes_next(w), HL_NEVER);
    nodes_free(w);
}

Test(node, restart_begins_anew)
{
    struct nodes *w = nodes_pair();

    cr_assert_eq(nodes_say(w, 0, 2, "before"), 0);
    nodes_run(w, HL_SECS(1));
    nodes_start(w, 1, false);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_say(w, 0, 2, "while away"), 0);
    nodes_run(w, HL_SECS(1));
    nodes_call(w, 1, 0);
    nodes_run(w, HL_SECS(1));
    cr_assert(nodes_told(w, 0, HL_NODE_UP)->ev.restarted);
    cr_assert_eq(nodes_heard(w, 1, "before"), 1);
    cr_assert_eq(nodes_heard(w, 1, "while away"), 1);
    cr_assert_eq(nodes_say(w, 1, 1, "back"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "back"), 1);
    nodes_free(w);
}

Test(node, a_dead_peer_is_noticed)
{
    struct nodes *w = nodes_pair();

    nodes_start(w, 1, false); /* knows nobody any more */
    cr_assert_eq(nodes_say(w, 0, 2, "anybody?"), 0);
    nodes_run(w, HL_SECS(29));
    cr_assert_null(nodes_told(w, 0, HL_NODE_DOWN));
    nodes_run(w, HL_SECS(3));
    cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, HL_ERR_TIMEOUT);
    nodes_know(w, 1, 0, true);
    nodes_run(w, HL_SECS(31));
    cr_assert_eq(nodes_heard(w, 1, "anybody?"), 1);
    nodes_free(w);
}

Test(node, nobody_there)
{
    struct nodes *w = nodes_new(1, false);
    const struct hl_command path = {
        .kind = HL_CMD_PATH, .peer = 5, .path = nodes_path(nodes_addr(9, 1))};
    const struct hl_command peer = {.kind = HL_CMD_PEER, .peer = 5};

    cr_assert_eq(nodes_command(w, 0, &path), HL_ERR_NO_PEER);
    cr_assert_eq(nodes_command(w, 0, &peer), 0);
    cr_assert_eq(nodes_command(w, 0, &path), 0);
    nodes_run(w, HL_SECS(21));
    cr_assert_eq(nodes_count(w, 0, HL_NODE_NO_ANSWER), 1);
    cr_assert_eq(w->hosts[0].packets_out, 20, "4 INITIALs, each sent 5 times");
    cr_assert_eq(nodes_next(w), HL_NEVER, "nothing waits, so nothing is tried again");
    nodes_free(w);
}

/* A stream ends, and no other way to the peer is known. */
Test(node, the_only_link_is_lost)
{
    struct nodes *w = nodes_pair();
    const struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = nodes_path(w->hosts[1].addr)};

    cr_assert_eq(nodes_command(w, 0, &down), 0);
    cr_assert_eq(nodes_count(w, 0, HL_NODE_DOWN), 1);
    cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, -ECONNRESET);
    cr_assert_eq(nodes_say(w, 0, 2, "later"), 0);
    nodes_run(w, HL_SECS(1));
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "later"), 1);
    cr_assert_not(nodes_told(w, 0, HL_NODE_UP)->ev.restarted);
    nodes_free(w);
}

/* Hands what host 0 sends to host 1, whose copy is spoilt as soon as it may be. Whether a message
 * came that is text. */
static bool pass_spoilt(struct nodes *w, const uint8_t *text, size_t text_len)
{
    struct hl_node *to = w->hosts[1].node;
    struct hl_path from = nodes_path(w->hosts[0].addr);
    struct hl_transmit t;
    struct hl_node_event ev;
    bool came = false;

    while (hl_node_poll(w->hosts[0].node, w->now, w->buf, sizeof w->buf, &t)) {
        size_t step = t.segment ? t.segment : t.len;

        for (size_t at = 0; at < t.len; at += step) {
            size_t len = t.len - at < step ? t.len - at : step;

            hl_node_recv(to, w->now, &from, t.data + at, len);
            while (hl_node_event(to, w->now, &ev))
                came |= ev.kind == HL_NODE_FLOW && ev.flow.kind == HL_FLOW_MESSAGE &&
                        ev.flow.len == text_len && memcmp(ev.flow.data, text, text_len) == 0;
            hl_node_settle(to, w->now);
            memset(t.data + at, 0xaa, len);
        }
    }
    return came;
}

/* What is left of a message in a datagram is copied when the borrowing ends. */
Test(node, settled_bytes_may_go)
{
    static uint8_t text[8000]; /* some datagrams, fewer than the first window */
    struct nodes *w = nodes_pair();
    const struct hl_command c = {
        .kind = HL_CMD_SEND, .peer = 2, .stream = HL_STREAM_CHAT, .data = text, .len = sizeof text};
    bool came = false;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i % 251);
    cr_assert_eq(nodes_command(w, 0, &c), 0);
    for (int ms = 0; ms < 100 && !came; ms++) {
        w->now += HL_MS(1); /* pacing */
        came = pass_spoilt(w, text, sizeof text);
    }
    cr_assert(came);
    nodes_free(w);
}

Test(node, goodbye)
{
    struct nodes *w = nodes_pair();
    const struct hl_command close = {.kind = HL_CMD_CLOSE, .peer = 2};

    cr_assert_eq(nodes_command(w, 0, &close), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_told(w, 1, HL_NODE_DOWN)->ev.err, HL_ERR_CLOSED);
    cr_assert_eq(nodes_stats(w, 0).sessions_now, 0);
    cr_assert_eq(nodes_stats(w, 1).sessions_now, 0);
    nodes_run(w, HL_SECS(60));
    cr_assert_eq(nodes_say(w, 1, 1, "still there?"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "still there?"), 1);
    cr_assert_not(nodes_told(w, 1, HL_NODE_UP)->ev.restarted);
    nodes_free(w);
}
