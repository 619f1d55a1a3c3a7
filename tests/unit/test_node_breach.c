/* SPDX-License-Identifier: MIT */
/* A peer that breaks the protocol within a session: the session ends with the name of what was
 * wrong on both sides, whatever was queued goes on under the next one, and others notice nothing.
 */
#include "nodes.h"
#include "whole.h"

#include <errno.h>

static const struct {
    const char *name;
    uint8_t frames[24];
    uint8_t len;
    int err;
    uint64_t code; /* that the breaker is told */
} breaches[] = {
    {"no frame at all", {0}, 0, HL_ERR_BAD_FRAME, 1},
    {"a frame cut short", {0x03, 1}, 2, HL_ERR_BAD_FRAME, 1},
    {"an unknown frame", {0x3f}, 1, HL_ERR_UNKNOWN_FRAME, 2},
    {"more than it may send", {0x0a, 1, 0x80, 0x10, 0, 0, 1, 'x'}, 8, HL_ERR_FLOW_CONTROL, 3},
    {"the end of chat", {0x0b, 1, 0, 1, 'x'}, 5, HL_ERR_STREAM_STATE, 5},
    {"a message of no bytes", {0x0a, 1, 0, 1, 0}, 5, HL_ERR_BAD_MESSAGE, 6},
    {"a message of 16 MB", {0x0a, 1, 0, 4, 0x81, 0, 0, 0}, 8, HL_ERR_BAD_MESSAGE, 6},
    {"an ACK of what was never sent", {0x02, 0x43, 0xe8, 0, 0, 0}, 6, HL_ERR_BAD_ACK, 7},
};

/* Host from sends these frames to host to in an authentic packet, behind its own node's back. */
static void forge_over(struct nodes *w, unsigned from, unsigned to, struct hl_path path,
                       const uint8_t *frames, size_t len)
{
    struct hl_peer *p = hl_peer_find(w->hosts[from].node, to + 1);
    uint8_t packet[HL_PACKET_OVERHEAD + sizeof breaches[0].frames];

    struct hl_flow_fill fill = {.out = packet + HL_PACKET_DATA_HEADER, .cap = 1, .used = 1};

    cr_assert_not_null(p);
    packet[HL_PACKET_DATA_HEADER] = 0x01; /* PING, for the sake of a number that may be used */
    cr_assert(hl_flow_fill(p->flow, w->now, &fill));
    memcpy(packet + HL_PACKET_DATA_HEADER, frames, len);
    len = hl_slot_seal(&p->slot, fill.pn, packet, len);
    nodes_recv(w, to, &path, packet, len);
}

static void forge(struct nodes *w, unsigned from, unsigned to, const uint8_t *frames, size_t len)
{
    forge_over(w, from, to, nodes_path(w->hosts[from].addr), frames, len);
}

/* The last DOWN that the host was told of that peer. */
static const struct hl_node_event *down(const struct host *h, uint32_t peer)
{
    for (unsigned i = h->count; i-- > 0;)
        if (h->told[i].ev.kind == HL_NODE_DOWN && h->told[i].ev.peer == peer)
            return &h->told[i].ev;
    return NULL;
}

static unsigned heard(const struct host *h, uint32_t peer, const char *text)
{
    unsigned times = 0;

    for (unsigned i = 0; i < h->count; i++)
        times += h->told[i].ev.kind == HL_NODE_FLOW && h->told[i].ev.peer == peer &&
                 h->told[i].ev.flow.kind == HL_FLOW_MESSAGE && strcmp(h->told[i].text, text) == 0;
    return times;
}

static void breach(size_t i)
{
    struct nodes *w = nodes_new(3, false);
    const struct hl_node_event *there;
    const struct hl_node_event *here;

    nodes_meet(w); /* 0 and 1 */
    nodes_know(w, 2, 1, true);
    nodes_know(w, 1, 2, true);
    nodes_call(w, 2, 1);
    nodes_run(w, HL_SECS(1));
    forge(w, 0, 1, breaches[i].frames, breaches[i].len);
    nodes_run(w, HL_SECS(1));
    there = down(&w->hosts[1], 1);
    here = down(&w->hosts[0], 2);
    cr_assert_not_null(there, "%s", breaches[i].name);
    cr_assert_eq(there->err, breaches[i].err, "%s: %d", breaches[i].name, there->err);
    cr_assert_not_null(here, "%s", breaches[i].name);
    cr_assert_eq(here->err, HL_ERR_CLOSED);
    cr_assert_eq(here->code, breaches[i].code, "%s", breaches[i].name);
    cr_assert_null(down(&w->hosts[1], 3), "%s", breaches[i].name);
    cr_assert_eq(nodes_say(w, 2, 2, "others go on"), 0);
    cr_assert_eq(nodes_say(w, 0, 2, "so do we, anew"), 0);
    nodes_run(w, HL_SECS(5));
    cr_assert_eq(heard(&w->hosts[1], 3, "others go on"), 1, "%s", breaches[i].name);
    cr_assert_eq(heard(&w->hosts[1], 1, "so do we, anew"), 1, "%s", breaches[i].name);
    nodes_free(w);
}

Test(node_breach, ends_the_session_by_name)
{
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++)
        breach(i);
}

/* ---- and no memory ---- */

/* The flow of the session that ends cannot be replaced, and is gone: nothing rests in its place. */
Test(node_breach, without_memory_for_another_flow)
{
    struct nodes *w = nodes_pair();
    const struct hl_command keep = {.kind = HL_CMD_KEEPALIVE, .peer = 1};
    const uint8_t unknown = 0x3f;

    cr_assert_eq(nodes_say(w, 0, 2, "before"), 0);
    nodes_run(w, HL_MS(50));
    w->memory.allowed = 0;
    forge(w, 0, 1, &unknown, 1);
    w->memory.allowed = -1;
    cr_assert_null(hl_peer_find(w->hosts[1].node, 1)->flow);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_command(w, 1, &keep), 0); /* it is looked at */
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_say(w, 0, 2, "after"), 0);
    nodes_run(w, HL_SECS(5));
    cr_assert_eq(nodes_heard(w, 1, "after"), 1);
    nodes_run(w, HL_SECS(60));
    cr_assert_eq(w->hosts[1].node->awake, 0);
    nodes_free(w);
}

static bool over_stream(struct nodes *w, unsigned from, const struct hl_path *path,
                        const uint8_t *bytes, size_t len)
{
    struct hl_path seen = {.link = 7, .transport = HL_TCP, .remote = w->hosts[from].addr};

    (void)path;
    nodes_fly(w, 1 - from, &seen, bytes, len, w->now + w->delay);
    return true;
}

/* Over a stream nothing comes again, so the session ends; the peer is told that it is our fault. */
Test(node_breach, without_memory_for_what_a_stream_brings)
{
    static const uint8_t early[] = {0x0a, 1, 5, 1, 'x'}; /* to be kept until its turn comes */
    struct nodes *w = nodes_new(2, false);
    struct hl_command path = {.kind = HL_CMD_PATH, .peer = 2};

    path.path = (struct hl_path){.link = 7, .transport = HL_TCP, .remote = w->hosts[1].addr};
    w->tap = over_stream;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_command(w, 0, &path), 0);
    nodes_run(w, HL_MS(100));
    path.path.remote = w->hosts[0].addr;
    w->memory.allowed = 0;
    forge_over(w, 0, 1, path.path, early, sizeof early);
    w->memory.allowed = -1;
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(down(&w->hosts[1], 1)->err, -ENOBUFS);
    cr_assert_eq(down(&w->hosts[0], 2)->err, HL_ERR_CLOSED);
    cr_assert_eq(down(&w->hosts[0], 2)->code, 8);
    nodes_free(w);
}
