/* SPDX-License-Identifier: MIT */
/* Sessions from beginning to end, as their owner sees them. */
#include "nodes.h"

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
