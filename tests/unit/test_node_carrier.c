/* SPDX-License-Identifier: MIT */
/* What carries the packets: batches of datagrams, streams with their limits, links that end. */
#include "nodes.h"
#include "whole.h"

#include <errno.h>

/* ---- batches ---- */

static int write_all(struct nodes *w, unsigned i, uint32_t peer, size_t len)
{
    static uint8_t bytes[200000];
    size_t taken = 0;
    const struct hl_command c = {.kind = HL_CMD_WRITE,
                                 .peer = peer,
                                 .stream = HL_STREAM_BYTES,
                                 .data = bytes,
                                 .len = len,
                                 .fin = true,
                                 .taken = &taken};
    int err = hl_node_command(w->hosts[i].node, w->now, &c);

    cr_assert(err < 0 || taken == len);
    return err;
}

Test(carrier, full_datagrams_leave_in_batches)
{
    struct nodes *w = nodes_pair();
    struct hl_transmit t;
    unsigned most = 0;
    struct hl_path from = nodes_path(w->hosts[0].addr);

    /* The first flight opens the window, and finds the size of datagrams. */
    cr_assert_eq(write_all(w, 0, 2, 200000), 0);
    for (unsigned step = 0; step < 400; step++) {
        while (hl_node_poll(w->hosts[0].node, w->now, w->buf, sizeof w->buf, &t)) {
            size_t size = t.segment ? t.segment : t.len;

            cr_assert_leq(t.len, HL_NODE_BATCH);
            cr_assert_leq(size, 1452);
            cr_assert(!t.probe || t.len == size, "a probe leaves alone");
            most = t.len / size > most ? (unsigned)(t.len / size) : most;
            for (size_t at = 0; at < t.len; at += size)
                nodes_fly(w, 1, &from, t.data + at, t.len - at < size ? t.len - at : size,
                          w->now + w->delay);
        }
        w->now += HL_MS(1);
        nodes_land(w);
        nodes_poll(w, 1);
        w->hosts[1].count = 0;
    }
    cr_assert_geq(most, 4, "%u datagrams in the largest batch", most);
    cr_assert_leq(most, HL_SEGMENTS_MAX);
    nodes_run(w, HL_SECS(5));
    nodes_free(w);
}

/* ---- streams ---- */

/* Host i reaches the other one over link 7, which is host j's link 7 as well. */
static struct hl_path stream_path(const struct nodes *w, unsigned to)
{
    return (struct hl_path){.link = 7, .transport = HL_TCP, .remote = w->hosts[to].addr};
}

static bool over_stream(struct nodes *w, unsigned from, const struct hl_path *path,
                        const uint8_t *bytes, size_t len)
{
    struct hl_path seen = stream_path(w, from);

    if (path->transport != HL_TCP)
        return false;
    cr_assert_eq(path->link, 7);
    nodes_fly(w, 1 - from, &seen, bytes, len, w->now + w->delay);
    return true;
}

static struct nodes *stream_pair(void)
{
    struct nodes *w = nodes_new(2, false);
    struct hl_command c = {.kind = HL_CMD_PATH, .peer = 2};

    w->tap = over_stream;
    c.path = stream_path(w, 1);
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_command(w, 0, &c), 0);
    nodes_run(w, HL_SECS(1));
    return w;
}

Test(carrier, the_same_session_over_a_stream)
{
    struct nodes *w = stream_pair();

    for (unsigned i = 0; i < 20; i++) {
        cr_assert_eq(nodes_say(w, 0, 2, "there"), 0);
        cr_assert_eq(nodes_say(w, 1, 1, "back"), 0);
        nodes_run(w, HL_MS(100));
    }
    cr_assert_eq(nodes_heard(w, 1, "there"), 20);
    cr_assert_eq(nodes_heard(w, 0, "back"), 20);
    cr_assert(nodes_info(w, 1, 1).validated);
    nodes_run(w, HL_SECS(60));
    cr_assert_eq(nodes_next(w), HL_NEVER);
    nodes_free(w);
}

Test(carrier, a_full_link_is_left_alone)
{
    struct nodes *w = stream_pair();
    struct hl_command full = {.kind = HL_CMD_LINK_FULL, .path = stream_path(w, 1), .on = true};
    uint64_t out;

    cr_assert_eq(nodes_command(w, 0, &full), 0);
    out = w->hosts[0].packets_out;
    cr_assert_eq(nodes_say(w, 0, 2, "later"), 0);
    nodes_run(w, HL_SECS(5));
    cr_assert_eq(w->hosts[0].packets_out, out);
    full.on = false;
    cr_assert_eq(nodes_command(w, 0, &full), 0);
    nodes_run(w, HL_MS(50));
    cr_assert_eq(nodes_heard(w, 1, "later"), 1);
    nodes_free(w);
}

/* Whoever asks over a link that takes nothing is not answered: the answers would pile up. */
Test(carrier, nobody_is_answered_over_a_full_link)
{
    struct nodes *w = nodes_new(2, false);
    struct hl_command full = {.kind = HL_CMD_LINK_FULL, .path = stream_path(w, 0), .on = true};
    struct hl_command call = {.kind = HL_CMD_PATH, .peer = 2, .path = stream_path(w, 1)};

    w->tap = over_stream;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_command(w, 1, &full), 0);
    cr_assert_eq(nodes_command(w, 0, &call), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_stats(w, 1).handshakes_in, 1);
    cr_assert_eq(w->hosts[1].packets_out, 0);
    cr_assert_eq(w->hosts[1].node->replies.count, 0);
    full.on = false;
    cr_assert_eq(nodes_command(w, 1, &full), 0);
    nodes_run(w, HL_SECS(10));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_UP), "it asked again");
    nodes_free(w);
}

/* The stream ends; what was not confirmed goes over UDP. */
Test(carrier, a_lost_link_is_replaced)
{
    struct nodes *w = stream_pair();
    struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = stream_path(w, 1)};
    struct hl_command path = {.kind = HL_CMD_PATH, .peer = 2, .path = nodes_path(w->hosts[1].addr)};

    cr_assert_eq(nodes_say(w, 0, 2, "lost on its way"), 0);
    nodes_poll(w, 0);
    while (w->flights) /* the bytes in the pipe */
        free(w->flying[--w->flights].bytes);
    cr_assert_eq(nodes_command(w, 0, &path), 0);
    cr_assert_eq(nodes_command(w, 0, &down), 0);
    cr_assert_eq(nodes_command(w, 1, &down), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "lost on its way"), 1);
    cr_assert_eq(nodes_info(w, 0, 2).path.transport, HL_UDP);
    cr_assert_null(nodes_told(w, 0, HL_NODE_DOWN));
    nodes_free(w);
}

Test(carrier, a_lost_link_and_no_other)
{
    struct nodes *w = stream_pair();
    struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = stream_path(w, 1)};

    cr_assert_eq(nodes_command(w, 0, &down), 0);
    cr_assert_eq(nodes_command(w, 1, &down), 0);
    nodes_events(w, 0);
    cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, -ECONNRESET);
    cr_assert_eq(nodes_say(w, 1, 1, "when you are back"), 0);
    nodes_run(w, HL_SECS(10));
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "when you are back"), 1);
    nodes_free(w);
}

/* An answer to what went over a stream that has ended since, from somewhere: no address is left
 * that was asked, and none is found in what it brings. */
Test(carrier, an_answer_when_the_link_is_gone)
{
    struct nodes *w = nodes_new(2, false);
    struct hl_command call = {.kind = HL_CMD_PATH, .peer = 2, .path = stream_path(w, 1)};
    const struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = stream_path(w, 1)};
    struct flying *answer;

    w->tap = over_stream;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_command(w, 0, &call), 0);
    call.path = nodes_path(w->hosts[1].addr);
    cr_assert_eq(nodes_command(w, 0, &call), 0);
    nodes_run(w, w->delay);
    cr_assert_eq(w->flights, 1);
    answer = &w->flying[0];
    answer->path = nodes_path(nodes_addr(66, 66));
    cr_assert_eq(nodes_command(w, 0, &down), 0);
    nodes_run(w, w->delay);
    cr_assert_eq(nodes_stats(w, 0).no_session, 1);
    cr_assert_null(nodes_told(w, 0, HL_NODE_UP));
    w->tap = NULL;
    nodes_run(w, HL_SECS(1));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_UP), "the other address answers");
    nodes_free(w);
}

struct move {
    bool moved, cut;
};

/* Host 0 seems to be elsewhere, and answers over the stream until that is cut. */
static bool move_away(struct nodes *w, unsigned from, const struct hl_path *path,
                      const uint8_t *bytes, size_t len)
{
    struct hl_path seen = nodes_path(nodes_addr(66, 66));
    struct move *m = w->user;

    if (path->transport != HL_TCP || m->cut)
        return true;
    if (from == 1 || m->moved)
        return over_stream(w, from, path, bytes, len);
    m->moved = true;
    nodes_fly(w, 1, &seen, bytes, len, w->now + w->delay);
    return true;
}

Test(carrier, nothing_leads_back_to_a_lost_link)
{
    struct nodes *w = stream_pair();
    const struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = stream_path(w, 0)};
    struct move m = {.moved = false};

    w->tap = move_away;
    w->user = &m;
    cr_assert_eq(nodes_say(w, 0, 2, "from there"), 0);
    nodes_run(w, HL_MS(100));
    cr_assert(m.moved);
    cr_assert_eq(nodes_info(w, 1, 1).path.transport, HL_UDP);
    m.cut = true;
    cr_assert_eq(nodes_command(w, 1, &down), 0);
    cr_assert_eq(nodes_say(w, 1, 1, "are you there?"), 0);
    nodes_run(w, HL_SECS(60));
    cr_assert_not_null(nodes_told(w, 1, HL_NODE_DOWN));
    cr_assert_not(nodes_info(w, 1, 1).up);
    nodes_free(w);
}

/* ---- addresses ---- */

/* Four addresses where nobody is, and one where the peer is. */
Test(carrier, the_first_address_that_answers)
{
    struct nodes *w = nodes_new(2, false);
    hl_time before = w->now;

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    for (unsigned i = 0; i < 4; i++) {
        struct hl_command c = {.kind = HL_CMD_PATH, .peer = 2};

        c.path = i % 2 ? nodes_path(nodes_addr6((uint8_t)(90 + i), 1))
                       : nodes_path(nodes_addr((uint8_t)(90 + i), 1));
        cr_assert_eq(nodes_command(w, 0, &c), 0);
    }
    w->delay = HL_MS(150);
    while (!nodes_told(w, 0, HL_NODE_UP))
        nodes_run(w, HL_MS(10));
    cr_assert_leq(w->now - before, HL_MS(310));
    cr_assert_leq(w->hosts[0].packets_out, 6, "the other addresses were not tried any more");
    nodes_free(w);
}

Test(carrier, nine_addresses_keep_the_newest_eight)
{
    struct nodes *w = nodes_new(2, false);

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    for (unsigned i = 0; i < 9; i++) {
        struct hl_command c = {.kind = HL_CMD_PATH, .peer = 2};

        c.path = nodes_path(i < 8 ? nodes_addr((uint8_t)(90 + i), 1) : w->hosts[1].addr);
        cr_assert_eq(nodes_command(w, 0, &c), 0);
    }
    nodes_run(w, HL_SECS(60)); /* the call under way knows eight, the next one all but the oldest */
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_NO_ANSWER));
    cr_assert_eq(nodes_say(w, 0, 2, "found"), 0);
    nodes_run(w, HL_SECS(3));
    cr_assert_eq(nodes_heard(w, 1, "found"), 1);
    nodes_free(w);
}

Test(carrier, keepalive_and_emsgsize)
{
    struct nodes *w = nodes_pair();
    const struct hl_command keep = {.kind = HL_CMD_KEEPALIVE, .peer = 2, .interval = HL_SECS(25)};
    const struct hl_command big = {
        .kind = HL_CMD_TOO_BIG, .path = nodes_path(w->hosts[1].addr), .len = 1400};
    uint64_t out;

    nodes_run(w, HL_SECS(60));
    out = w->hosts[0].packets_out;
    nodes_run(w, HL_SECS(100));
    cr_assert_eq(w->hosts[0].packets_out, out);
    cr_assert_eq(nodes_command(w, 0, &keep), 0);
    nodes_run(w, HL_SECS(110));
    cr_assert_geq(w->hosts[0].packets_out, out + 4);
    cr_assert_leq(w->hosts[0].packets_out, out + 12);
    cr_assert_eq(nodes_command(w, 0, &big), 0);
    cr_assert_eq(nodes_say(w, 0, 2, "small"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "small"), 1);
    nodes_free(w);
}

/* An owner that takes no events stops its peer, and loses nothing. */
Test(carrier, an_owner_that_does_not_listen)
{
    struct nodes *w = nodes_pair();
    unsigned queued = 0;
    char text[1000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    w->hosts[1].deaf = true;
    for (unsigned i = 0; i < 3000; i++) {
        queued += nodes_say(w, 0, 2, text) == 0;
        nodes_run(w, HL_MS(5));
        w->hosts[0].count = 0;
    }
    cr_assert_lt(queued, 3000, "%u messages taken", queued);
    cr_assert_leq(nodes_stats(w, 1).memory, 2 << 20);
    w->hosts[1].deaf = false;
    for (unsigned i = 0, seen = 0; i < 100; i++) {
        w->hosts[1].count = 0;
        nodes_run(w, HL_MS(20));
        seen += nodes_messages(w, 1);
        if (i == 99)
            cr_assert_eq(seen, queued);
    }
    nodes_free(w);
}

Test(carrier, forget_says_goodbye)
{
    struct nodes *w = nodes_pair();
    const struct hl_command forget = {.kind = HL_CMD_FORGET, .peer = 2};
    struct hl_peer_info info;

    cr_assert_eq(nodes_command(w, 0, &forget), 0);
    cr_assert_not(hl_node_peer(w->hosts[0].node, 2, &info));
    cr_assert_eq(nodes_say(w, 0, 2, "x"), HL_ERR_NO_PEER);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_told(w, 1, HL_NODE_DOWN)->ev.err, HL_ERR_CLOSED);
    cr_assert_eq(nodes_stats(w, 0).peers, 0);
    cr_assert_eq(nodes_say(w, 1, 1, "hello?"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "hello?"), 0, "a stranger now");
    nodes_know(w, 0, 1, true);
    nodes_run(w, HL_SECS(40));
    cr_assert_eq(nodes_heard(w, 0, "hello?"), 1);
    nodes_free(w);
}
