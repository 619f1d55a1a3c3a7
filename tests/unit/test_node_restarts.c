/* SPDX-License-Identifier: MIT */
/* What becomes of messages when an association ends: carried into the next one, or left to an
 * owner that repeats what has no receipt. UP says in both cases that it is another one. */
#include "nodes.h"
#include "packet.h"
#include "whole.h"

/* Two hosts with a session, whose owners repeat or not. */
static struct nodes *pair(bool owner_repeats)
{
    struct nodes *w = nodes_new(2, false);

    w->owner_repeats = owner_repeats;
    for (unsigned i = 0; i < 2; i++)
        nodes_start(w, i, false);
    nodes_meet(w);
    for (unsigned i = 0; i < 2; i++)
        cr_assert_not(nodes_told(w, i, HL_NODE_UP)->ev.restarted, "the first is no restart");
    return w;
}

static bool restarted(const struct nodes *w, unsigned i)
{
    return nodes_told(w, i, HL_NODE_UP)->ev.restarted;
}

static unsigned acked(const struct nodes *w, unsigned i)
{
    unsigned count = 0;

    for (unsigned k = 0; k < w->hosts[i].count; k++)
        count += w->hosts[i].told[k].ev.kind == HL_NODE_FLOW &&
                 w->hosts[i].told[k].ev.flow.kind == HL_FLOW_ACKED;
    return count;
}

/* Host 1 loses its state; host 0 says one thing before it knows and one after. */
static void peer_restarts(bool owner_repeats)
{
    struct nodes *w = pair(owner_repeats);

    nodes_start(w, 1, false);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_say(w, 0, 2, "while away"), 0);
    nodes_run(w, HL_SECS(1));
    nodes_call(w, 1, 0);
    nodes_run(w, HL_SECS(1));
    cr_assert(restarted(w, 0));
    cr_assert_not(restarted(w, 1), "it knows of no association before");
    cr_assert_eq(nodes_say(w, 0, 2, "back again"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "while away"), !owner_repeats);
    cr_assert_eq(nodes_heard(w, 1, "back again"), 1);
    cr_assert_eq(acked(w, 0), owner_repeats ? 1 : 2);
    nodes_free(w);
}

Test(restarts, a_peer_that_lost_its_state)
{
    peer_restarts(false);
    peer_restarts(true);
}

static bool cut(struct nodes *w, unsigned from, const struct hl_path *path, const uint8_t *bytes,
                size_t len)
{
    (void)from;
    (void)path;
    (void)bytes;
    (void)len;
    return *(bool *)w->user;
}

/* Silence so long that both sides end the session: the association outlives it, and nothing that
 * was said before, meanwhile or after is lost or comes twice. */
Test(restarts, silence_is_none)
{
    for (unsigned owner_repeats = 0; owner_repeats < 2; owner_repeats++) {
        struct nodes *w = pair(owner_repeats);
        bool silence = true;

        w->tap = cut;
        w->user = &silence;
        cr_assert_eq(nodes_say(w, 0, 2, "into silence"), 0);
        cr_assert_eq(nodes_say(w, 1, 1, "the same"), 0);
        nodes_run(w, HL_SECS(40));
        cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, HL_ERR_TIMEOUT);
        cr_assert_eq(nodes_say(w, 0, 2, "without a session"), 0);
        silence = false;
        nodes_run(w, HL_SECS(60));
        cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 2);
        cr_assert_not(restarted(w, 0));
        cr_assert_not(restarted(w, 1));
        cr_assert_eq(nodes_heard(w, 1, "into silence"), 1);
        cr_assert_eq(nodes_heard(w, 1, "without a session"), 1);
        cr_assert_eq(nodes_heard(w, 0, "the same"), 1);
        nodes_free(w);
    }
}

/* ---- a peer that was restarted, and calls nobody ---- */

/* What leaves host 0, and what happens to that. */
struct wire {
    bool silence;       /* nothing arrives, either way */
    unsigned initials;  /* to where host 1 is, or was */
    unsigned elsewhere; /* to any other address */
};

static bool watch(struct nodes *w, unsigned from, const struct hl_path *path, const uint8_t *bytes,
                  size_t len)
{
    const struct hl_addr there = nodes_addr(2, 4855);
    struct wire *wire = w->user;

    if (from == 0 && !hl_addr_equal(&path->remote, &there))
        wire->elsewhere++;
    else if (from == 0 && (bytes[0] == HL_PACKET_INITIAL_IK || bytes[0] == HL_PACKET_INITIAL_XX))
        wire->initials += len == HL_PACKET_INITIAL;
    return wire->silence;
}

static void restart(struct nodes *w, unsigned i)
{
    nodes_start(w, i, false);
    nodes_know(w, i, !i, true);
}

/* Whoever has something to say asks beside the session, and has a new one at once. Until then the
 * peer says nothing to packets that it cannot open: who they come from it cannot know. */
Test(restarts, one_is_noticed_soon)
{
    for (unsigned owner_repeats = 0; owner_repeats < 2; owner_repeats++) {
        struct nodes *w = pair(owner_repeats);
        struct wire wire = {.silence = false};

        w->tap = watch;
        w->user = &wire;
        restart(w, 1);
        w->hosts[1].packets_out = 0;
        cr_assert_eq(nodes_say(w, 0, 2, "are you there"), 0);
        nodes_run(w, HL_MS(240));
        cr_assert_gt(nodes_stats(w, 1).no_session, 1);
        cr_assert_eq(w->hosts[1].packets_out, 0);
        cr_assert_eq(wire.initials, 0);
        nodes_run(w, HL_MS(60));
        cr_assert_eq(wire.initials, 1);
        cr_assert(restarted(w, 0));
        cr_assert_eq(nodes_count(w, 0, HL_NODE_DOWN), 0);
        cr_assert_eq(nodes_heard(w, 1, "are you there"), !owner_repeats);
        cr_assert_eq(nodes_say(w, 0, 2, "again"), 0);
        nodes_run(w, HL_MS(50));
        cr_assert_eq(nodes_heard(w, 1, "again"), 1);
        nodes_free(w);
    }
}

/* An outage that ends: the peer is heard in the session, which is as good as before, and the
 * handshake beside it is forgotten. */
Test(restarts, a_short_outage_is_none)
{
    struct nodes *w = pair(true);
    struct wire wire = {.silence = true};
    const uint64_t sessions = nodes_stats(w, 0).sessions;

    w->tap = watch;
    w->user = &wire;
    cr_assert_eq(nodes_say(w, 0, 2, "wait"), 0);
    nodes_run(w, HL_MS(400));
    cr_assert_eq(wire.initials, 1);
    wire.silence = false;
    nodes_run(w, HL_SECS(10));
    cr_assert_eq(wire.initials, 1);
    cr_assert_eq(nodes_stats(w, 0).sessions, sessions);
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1);
    cr_assert_eq(nodes_heard(w, 1, "wait"), 1);
    nodes_free(w);
}

/* It was a handshake after all that got through: the session joins the association, of which the
 * owner is told nothing. */
Test(restarts, a_doubt_costs_nothing)
{
    struct nodes *w = pair(true);
    struct wire wire = {.silence = true};

    w->tap = watch;
    w->user = &wire;
    cr_assert_eq(nodes_say(w, 0, 2, "wait"), 0);
    for (unsigned i = 0; i < 1000 && wire.initials < 2; i++) {
        nodes_run(w, HL_MS(1));
        wire.silence = wire.initials == 0; /* the second arrives, before chat is repeated */
    }
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1);
    cr_assert_eq(nodes_count(w, 1, HL_NODE_UP), 1);
    cr_assert_eq(nodes_heard(w, 1, "wait"), 1);
    nodes_free(w);
}

/* In a long outage few are sent, and to the peer's address alone; then all addresses are tried,
 * for the usual time. */
Test(restarts, a_long_outage)
{
    struct nodes *w = pair(true);
    const struct hl_command named = {
        .kind = HL_CMD_PATH, .peer = 2, .path = nodes_path(nodes_addr(9, 4855))};
    struct wire wire = {.silence = true};

    cr_assert_eq(nodes_command(w, 0, &named), 0);
    w->tap = watch;
    w->user = &wire;
    cr_assert_eq(nodes_say(w, 0, 2, "wait"), 0);
    nodes_run(w, HL_MS(9900));
    cr_assert_leq(wire.initials, 2 * HL_CALL_SENDS);
    cr_assert_geq(wire.initials, HL_CALL_SENDS);
    cr_assert_eq(wire.elsewhere, 0);
    nodes_run(w, HL_MS(500));
    cr_assert_gt(wire.elsewhere, 0);
    nodes_run(w, HL_SECS(19));
    cr_assert_eq(nodes_count(w, 0, HL_NODE_DOWN), 0);
    nodes_run(w, HL_SECS(6));
    cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, HL_ERR_TIMEOUT);
    nodes_free(w);
}

/* The first DATA of host 1, on its way for a while. */
struct late {
    uint8_t bytes[HL_PACKET_INITIAL];
    size_t len;
};

static bool hold_back(struct nodes *w, unsigned from, const struct hl_path *path,
                      const uint8_t *bytes, size_t len)
{
    struct late *late = w->user;

    (void)path;
    if (from != 1 || bytes[0] != HL_PACKET_DATA || late->len)
        return false;
    cr_assert_leq(len, sizeof late->bytes);
    memcpy(late->bytes, bytes, len);
    late->len = len;
    return true;
}

/* Nobody has met before. Host 1 has a session, is restarted before host 0 hears anything in it, and
 * has another one; then comes what it had said in the first. */
Test(restarts, a_past_life_is_over)
{
    struct nodes *w = nodes_new(2, false);
    struct hl_path from = nodes_path(w->hosts[1].addr);
    struct late late = {.len = 0};

    w->tap = hold_back;
    w->user = &late;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 1, 0);
    nodes_run(w, HL_MS(25));
    cr_assert_gt(late.len, 0);
    restart(w, 1);
    nodes_call(w, 1, 0);
    nodes_run(w, HL_MS(100));
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1);
    nodes_recv(w, 0, &from, late.bytes, late.len);
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1);
    cr_assert_eq(nodes_say(w, 0, 2, "who is there"), 0);
    cr_assert_eq(nodes_say(w, 1, 1, "the living one"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "who is there"), 1);
    cr_assert_eq(nodes_heard(w, 0, "the living one"), 1);
    nodes_free(w);
}

/* ---- what is no restart ---- */

/* Goodbye and hello again. */
Test(restarts, a_goodbye_is_none)
{
    struct nodes *w = pair(true);
    const struct hl_command close = {.kind = HL_CMD_CLOSE, .peer = 2};

    cr_assert_eq(nodes_command(w, 0, &close), 0);
    cr_assert_eq(nodes_say(w, 1, 1, "wait"), 0);
    nodes_run(w, HL_SECS(1));
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(1));
    cr_assert_not(restarted(w, 0));
    cr_assert_not(restarted(w, 1));
    cr_assert_eq(nodes_heard(w, 0, "wait"), 1);
    nodes_free(w);
}

/* Host from breaks the protocol behind its node's back: an unknown frame. */
static void break_protocol(struct nodes *w, unsigned from, unsigned to)
{
    struct hl_peer *p = hl_peer_find(w->hosts[from].node, to + 1);
    struct hl_path path = nodes_path(w->hosts[from].addr);
    uint8_t packet[HL_PACKET_OVERHEAD + 1];
    struct hl_flow_fill fill = {.out = packet + HL_PACKET_DATA_HEADER, .cap = 1, .used = 1};

    packet[HL_PACKET_DATA_HEADER] = 0x01; /* PING, for the sake of a number that may be used */
    cr_assert(hl_flow_fill(p->flow, w->now, &fill));
    packet[HL_PACKET_DATA_HEADER] = 0x3f;
    nodes_recv(w, to, &path, packet, hl_slot_seal(&p->slot, fill.pn, packet, 1));
}

/* A breach ends the association on both sides, and both are told so with the next session; what
 * they said between the end and the beginning is theirs to repeat as well. */
Test(restarts, a_breach)
{
    for (unsigned owner_repeats = 0; owner_repeats < 2; owner_repeats++) {
        struct nodes *w = pair(owner_repeats);

        break_protocol(w, 0, 1);
        nodes_run(w, HL_MS(100));
        cr_assert_eq(nodes_told(w, 1, HL_NODE_DOWN)->ev.err, HL_ERR_UNKNOWN_FRAME);
        cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, HL_ERR_CLOSED);
        cr_assert_eq(nodes_say(w, 0, 2, "after the end"), 0);
        nodes_run(w, HL_SECS(2));
        for (unsigned i = 0; i < 2; i++) {
            cr_assert_eq(nodes_count(w, i, HL_NODE_UP), 2);
            cr_assert(restarted(w, i));
        }
        cr_assert_eq(nodes_say(w, 0, 2, "anew"), 0);
        nodes_run(w, HL_SECS(1));
        cr_assert_eq(nodes_heard(w, 1, "after the end"), !owner_repeats);
        cr_assert_eq(nodes_heard(w, 1, "anew"), 1);
        nodes_free(w);
    }
}

/* An owner that has not taken UP yet cannot know that it has to say all of it again. */
Test(restarts, what_is_said_before_the_owner_was_told)
{
    struct nodes *w = pair(true);

    nodes_start(w, 1, false);
    nodes_know(w, 1, 0, true);
    w->hosts[0].deaf = true;
    nodes_call(w, 1, 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_say(w, 0, 2, "unaware"), 0);
    nodes_run(w, HL_SECS(1));
    w->hosts[0].deaf = false;
    nodes_events(w, 0);
    cr_assert(restarted(w, 0));
    cr_assert_eq(nodes_say(w, 0, 2, "unaware"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "unaware"), 1, "once: as it was repeated");
    nodes_free(w);
}

/* Whoever is forgotten and named again begins anew, and the other side is told. */
Test(restarts, forgotten_and_named_again)
{
    struct nodes *w = pair(true);
    const struct hl_command forget = {.kind = HL_CMD_FORGET, .peer = 2};

    cr_assert_eq(nodes_command(w, 0, &forget), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_say(w, 1, 1, "to whom?"), 0);
    nodes_know(w, 0, 1, true);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(2));
    cr_assert_not(restarted(w, 0), "of this peer number it is the first");
    cr_assert(restarted(w, 1));
    cr_assert_eq(nodes_heard(w, 0, "to whom?"), 0);
    nodes_free(w);
}

/* The owner says that a peer has another key: nothing that was said to the old one goes to the new
 * one. */
Test(restarts, another_key)
{
    struct nodes *w = pair(true);
    struct hl_command peer = {.kind = HL_CMD_PEER, .peer = 2};

    cr_assert_eq(nodes_say(w, 0, 2, "for the old key"), 0); /* and it does not leave yet */
    w->hosts[1].secret[5] ^= 1;
    nodes_start(w, 1, false);
    nodes_know(w, 1, 0, true);
    peer.key = hl_node_key(w->hosts[1].node);
    cr_assert_eq(nodes_command(w, 0, &peer), 0);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(2));
    cr_assert(restarted(w, 0));
    cr_assert_eq(nodes_heard(w, 1, "for the old key"), 0);
    nodes_free(w);
}
