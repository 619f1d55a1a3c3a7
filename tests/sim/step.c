/* SPDX-License-Identifier: MIT */
/* One thing after the other: takes the next event of the network or the next deadline of a node,
 * lets the node do all it wants at that time, and checks that it may. */
#include "traffic.h"
#include "world.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS_MAX = 5000,  /* datagrams or events of one node at one time */
    STEPS_MAX = 100000, /* of a world at one time */
    IDLE_WAKES = 2000,  /* useless wake-ups that a node has free; then one in four */
    TYPE_DATA = 0xfe,
    TYPE_COOKIE = 0xfc,
};

static const char *const type_names[] = {"INITIAL_XX", "INITIAL_IK", "RESPONSE_XX", "RESPONSE_IK",
                                         "COOKIE",     "FINISH_XX",  "DATA",        "reserved"};

static void log_packet(const struct world *w, unsigned a, const char *way,
                       const struct hl_path *path, const uint8_t *bytes, size_t len)
{
    const uint8_t *ip = path->remote.ip;

    if (!w->verbose)
        return;
    printf("%12.6f  %u %s %s %u.%u.%u.%u%s:%u  %zu bytes\n", (double)world_now(w) / 1e6, a, way,
           len && bytes[0] >= 0xf8 ? type_names[bytes[0] - 0xf8] : "noise", ip[0], ip[1], ip[2],
           ip[3], path->remote.family == HL_AF_INET6 ? ":..." : "", path->remote.port, len);
}

/* ---- out ---- */

static void after_send(struct world *w, unsigned a, const struct hl_transmit *out, int err)
{
    struct hl_command c = {.kind = err == -EMSGSIZE ? HL_CMD_TOO_BIG : HL_CMD_LINK_FULL,
                           .path = out->path,
                           .on = true,
                           .len = out->segment ? out->segment : out->len};

    if (err)
        (void)!world_command(w, a, a, &c);
}

/* Whose address that is now, -1 = nobody's. */
static int owner_of(const struct world *w, const struct hl_path *path)
{
    struct hl_addr addr;

    for (unsigned b = 0; b < w->count; b++) {
        if (!hl_transport_is_stream(path->transport) &&
            simnet_addr(w->net, b, (enum hl_family)path->remote.family, &addr) &&
            hl_addr_equal(&addr, &path->remote))
            return (int)b;
    }
    return -1;
}

static void check_datagram(struct world *w, unsigned a, const struct hl_path *to,
                           const uint8_t *bytes, size_t len)
{
    static const char canary[] = "in the clear";
    struct world_node *n = &w->nodes[a];

    n->datagrams_out++;
    n->bytes_out += len;
    sim_trace_bytes(&w->trace, bytes, len);
    watch_begins(&n->tops, bytes, len);
    if (!len || bytes[0] < 0xf8)
        world_fail(w, "node %u sent what is not a packet", a);
    if (memmem(bytes, len, canary, sizeof canary))
        world_fail(w, "node %u sent text in the clear", a);
    if (!watch_packet(&w->numbers, a, owner_of(w, to), bytes, len))
        world_fail(w, "node %u sealed two packets with one number", a);
}

static void check_transmit(struct world *w, unsigned a, const struct hl_transmit *out)
{
    struct watch_addr *row = watch_addr(&w->nodes[a].ledger, &out->path.remote);
    size_t segment = out->segment ? out->segment : out->len;
    const char *wrong;

    for (size_t at = 0; at < out->len; at += segment) {
        size_t len = out->len - at < segment ? out->len - at : segment;

        check_datagram(w, a, &out->path, out->data + at, len);
        log_packet(w, a, ">", &out->path, out->data + at, len);
    }
    sim_trace_number(&w->trace, (uint64_t)world_now(w) * WORLD_NODES + a);
    sim_trace_number(&w->trace, hl_addr_hash(&out->path.remote));
    row->out += out->len;
    wrong = watch_balance(row);
    if (wrong)
        world_fail(w, "node %u: %s (%lu in, %lu out)", a, wrong, (unsigned long)row->in,
                   (unsigned long)row->out);
}

static bool send_next(struct world *w, unsigned a)
{
    struct world_node *n = &w->nodes[a];
    struct hl_transmit out = {0};
    bool some = hl_node_poll(n->node, world_clock(w), w->buf, HL_NODE_BATCH, &out);

    world_unlend(w, a);
    if (!some)
        return false;
    if (!out.len || out.len > HL_NODE_BATCH || out.data < w->buf ||
        out.data + out.len > w->buf + HL_NODE_BATCH) {
        world_fail(w, "node %u gave a datagram that lies nowhere", a);
        return false;
    }
    check_transmit(w, a, &out);
    after_send(w, a, &out, simnet_send(w->net, n->host, &out.path, out.data, out.len, out.segment));
    return !world_failed(w);
}

/* ---- events ---- */

static int peer_of(struct world *w, unsigned a, uint32_t number)
{
    for (unsigned b = 0; b < w->count; b++) {
        if (w->nodes[a].peer[b].known && w->nodes[a].peer[b].number == number)
            return (int)b;
    }
    return -1;
}

static void on_stranger(struct world *w, unsigned a, const struct hl_node_event *ev)
{
    for (unsigned b = 0; b < w->count; b++) {
        if (memcmp(w->nodes[b].key, ev->key, HL_KEY_SIZE) == 0) {
            w->nodes[a].peer[b].known = true;
            w->nodes[a].peer[b].number = ev->peer;
            return;
        }
    }
    world_fail(w, "node %u was told of a key that nobody has", a);
}

static void on_down(struct world *w, unsigned a, unsigned b, const struct hl_node_event *ev)
{
    w->nodes[a].peer[b].up = false;
    w->nodes[a].peer[b].downs++;
    w->nodes[a].peer[b].last_err = ev->err;
    if (ev->err != HL_ERR_TIMEOUT && ev->err != HL_ERR_CLOSED && ev->err != -ECONNRESET &&
        !w->nodes[a].env.failures && !w->nodes[b].env.failures)
        world_fail(w, "node %u ended its session with %u: %s", a, b, hl_err_text(ev->err));
}

static const uint8_t *expected_key(const struct world *w, unsigned a, unsigned b)
{
    return w->nodes[a].peer[b].key_known ? w->nodes[a].peer[b].key : w->nodes[b].key;
}

static void on_up(struct world *w, unsigned a, unsigned b, const struct hl_node_event *ev)
{
    w->nodes[a].peer[b].up = true;
    w->nodes[a].peer[b].ups++;
    w->nodes[a].peer[b].restarts += ev->restarted;
    if (w->nodes[a].env.failures || w->nodes[b].env.failures)
        traffic_renewed(w, b, a);
    if (ev->restarted && w->nodes[a].config.owner_repeats)
        traffic_repeat(w, a, b);
    if (!ev->key || memcmp(ev->key, expected_key(w, a, b), HL_KEY_SIZE) != 0)
        world_fail(w, "node %u: a session with %u under another key", a, b);
}

static void on_event(struct world *w, unsigned a, const struct hl_node_event *ev)
{
    int b = ev->kind == HL_NODE_STRANGER ? 0 : peer_of(w, a, ev->peer);

    sim_trace_number(&w->trace, ev->kind);
    sim_trace_number(&w->trace, ev->kind == HL_NODE_FLOW ? ev->flow.kind : 0);
    if (b < 0) {
        world_fail(w, "node %u: an event of peer %u, whom it does not know", a, ev->peer);
        return;
    }
    switch (ev->kind) {
    case HL_NODE_STRANGER:
        on_stranger(w, a, ev);
        break;
    case HL_NODE_UP:
        on_up(w, a, (unsigned)b, ev);
        break;
    case HL_NODE_DOWN:
        on_down(w, a, (unsigned)b, ev);
        break;
    case HL_NODE_NO_ANSWER:
        w->nodes[a].peer[b].no_answers++;
        break;
    case HL_NODE_MOVED:
        w->nodes[a].peer[b].moves++;
        break;
    case HL_NODE_FLOW:
        sim_trace_bytes(&w->trace, ev->flow.data, ev->flow.len);
        if (!w->owner.event)
            traffic_event(w, a, (unsigned)b, &ev->flow);
        break;
    }
    if (w->owner.event &&
        (ev->kind == HL_NODE_UP || ev->kind == HL_NODE_DOWN || ev->kind == HL_NODE_FLOW))
        w->owner.event(w->owner.user, a, (unsigned)b, ev);
}

static const char *const event_names[] = {"STRANGER", "UP", "DOWN", "NO_ANSWER", "MOVED", "FLOW"};
static const char *const flow_names[] = {"MESSAGE", "DATA",  "RESET",
                                         "STOPPED", "ACKED", "WRITABLE"};

/* Returns how many there were. */
static unsigned take_events(struct world *w, unsigned a)
{
    struct hl_node_event ev;
    unsigned count = 0;

    while (!world_failed(w) && !w->nodes[a].deaf &&
           hl_node_event(w->nodes[a].node, world_clock(w), &ev)) {
        if (w->verbose)
            printf("%12.6f  %u ! %s %s of %u, stream %lu, %zu bytes, token %lx, %s\n",
                   (double)world_now(w) / 1e6, a, event_names[ev.kind],
                   ev.kind == HL_NODE_FLOW ? flow_names[ev.flow.kind] : "", ev.peer,
                   (unsigned long)ev.flow.stream, ev.flow.len, (unsigned long)ev.flow.token,
                   hl_err_text(ev.err));
        on_event(w, a, &ev);
        if (++count > ROUNDS_MAX)
            world_fail(w, "node %u has no end of events", a);
    }
    return count;
}

/* ---- one node's turn ---- */

static void check_node(struct world *w, unsigned a)
{
    struct world_node *n = &w->nodes[a];
    struct hl_node_stats s;

    hl_node_stats(n->node, &s);
    if (n->env.live > WORLD_MEMORY)
        world_fail(w, "node %u holds %zu bytes", a, n->env.live);
    if (s.datagrams_in != n->datagrams_in || s.bytes_in != n->bytes_in ||
        s.datagrams_out != n->datagrams_out || s.bytes_out != n->bytes_out)
        world_fail(w, "node %u counts its datagrams wrong", a);
    if (s.protocol_errors && !n->env.failures)
        world_fail(w, "node %u found fault with a correct peer", a);
    if (n->idle_wakes > IDLE_WAKES + n->wakes / 4)
        world_fail(w, "node %u woke %lu of %lu times for nothing", a, (unsigned long)n->idle_wakes,
                   (unsigned long)n->wakes);
}

/* All that the node wants to do now; returns how much that was. */
static unsigned turn(struct world *w, unsigned a)
{
    struct world_node *n = &w->nodes[a];
    unsigned done = 0, before;

    n->touched = false;
    (void)take_events(w, a);
    do {
        before = done;
        if (w->owner.push)
            w->owner.push(w->owner.user, a);
        else
            traffic_push(w, a);
        while (!world_failed(w) && send_next(w, a) && done++ < ROUNDS_MAX)
            ;
        done += take_events(w, a); /* of timers that ran while it was asked */
    } while (done != before && done < ROUNDS_MAX && !world_failed(w));
    if (done >= ROUNDS_MAX)
        world_fail(w, "node %u has no end of things to do", a);
    if (world_failed(w))
        return done;
    n->touched = false;
    n->wake = hl_node_deadline(n->node);
    if (n->wake != HL_NEVER)
        n->wake -= w->base;
    if (n->wake <= world_now(w))
        world_fail(w, "node %u wants to be asked again at once, and has nothing to say", a);
    check_node(w, a);
    return done;
}

static bool lives(const struct world_node *n)
{
    return n->node && !n->asleep && !n->down;
}

static void turn_of_all(struct world *w)
{
    for (unsigned a = 0; a < w->count && !world_failed(w); a++) {
        struct world_node *n = &w->nodes[a];
        bool due = n->wake <= world_now(w), touched = n->touched;

        if (!lives(n) || (!due && !touched))
            continue;
        n->wakes += due;
        if (turn(w, a) == 0 && due && !touched)
            n->idle_wakes++;
    }
}

/* ---- in ---- */

static uint64_t drops(const struct hl_node_stats *s)
{
    return s->not_hullo + s->bad_length + s->bad_mac + s->bad_seal + s->no_session + s->replayed +
           s->strangers + s->throttled;
}

/* mac2 of a handshake packet is looked at under load alone, and nothing covers it. */
static bool only_mac2(const struct simnet_event *ev)
{
    return ev->altered && ev->len && ev->bytes[0] < TYPE_DATA && ev->bytes[0] != TYPE_COOKIE &&
           ev->altered - 1 + 16 >= ev->len;
}

static void watch_arrival(struct world *w, unsigned a, const struct simnet_event *ev)
{
    struct watch_addr *row = watch_addr(&w->nodes[a].ledger, &ev->path.remote);

    row->in += ev->len;
    if (ev->altered)
        return;
    row->proven = row->proven || row->reached;
    /* Wherever it came out: what was sent to that address is known to somebody who answers. */
    if (ev->maker >= 0 && ev->maker != (int)a)
        watch_addr(&w->nodes[ev->maker].ledger, &ev->meant)->reached = true;
}

static void on_datagram(struct world *w, const struct simnet_event *ev)
{
    struct world_node *n = &w->nodes[ev->host];
    struct hl_node_stats before, after;
    uint8_t *bytes;

    if (ev->host >= w->count || !lives(n))
        return;
    log_packet(w, ev->host,
               ev->altered  ? "< altered"
               : ev->forged ? "< forged"
                            : "<",
               &ev->path, ev->bytes, ev->len);
    watch_arrival(w, ev->host, ev);
    n->datagrams_in++;
    n->bytes_in += ev->len;
    n->touched = true;
    hl_node_stats(n->node, &before);
    bytes = malloc(ev->len ? ev->len : 1); /* of just that size, for the sanitizers */
    assert(bytes);
    memcpy(bytes, ev->bytes, ev->len);
    hl_node_recv(n->node, world_clock(w), &ev->path, bytes, ev->len);
    world_unlend(w, ev->host);
    n->lent = bytes;
    hl_node_stats(n->node, &after);
    if (ev->altered && !only_mac2(ev) && drops(&after) != drops(&before) + 1)
        world_fail(w, "node %u took an altered packet (byte %zu of %zu)", ev->host, ev->altered - 1,
                   ev->len);
    /* Without memory it is as if the packet had been lost. */
    if (drops(&after) == drops(&before) && !n->env.failures &&
        watch_is_old(&n->tops, ev->bytes, ev->len) && after.moved != before.moved)
        world_fail(w, "node %u followed an old packet", ev->host);
    take_events(w, ev->host);
}

static void on_link(struct world *w, const struct simnet_event *ev)
{
    struct hl_command c = {.kind =
                               ev->kind == SIMNET_LINK_DOWN ? HL_CMD_LINK_DOWN : HL_CMD_LINK_FULL,
                           .path = ev->path};

    if (lives(&w->nodes[ev->host]))
        (void)!world_command(w, ev->host, ev->host, &c);
}

static void on_net(struct world *w, const struct simnet_event *ev)
{
    switch (ev->kind) {
    case SIMNET_DATAGRAM:
    case SIMNET_RECORD:
        on_datagram(w, ev);
        break;
    case SIMNET_LINK_DOWN:
    case SIMNET_LINK_ROOM:
        on_link(w, ev);
        break;
    case SIMNET_TIMER:
        world_do(w, ev->timer);
        break;
    }
}

/* ---- the world ---- */

static hl_time next_time(const struct world *w)
{
    hl_time next = simnet_due(w->net);

    for (unsigned a = 0; a < w->count; a++) {
        const struct world_node *n = &w->nodes[a];

        if (!lives(n))
            continue;
        if (n->touched)
            return world_now(w);
        if (n->wake < next)
            next = n->wake;
    }
    return next < world_now(w) ? world_now(w) : next;
}

static void step(struct world *w, hl_time at)
{
    struct simnet_event ev;

    while (!world_failed(w) && simnet_next(w->net, at, &ev)) {
        on_net(w, &ev);
        if (!w->batch)
            turn_of_all(w);
    }
    turn_of_all(w);
}

bool world_run_to(struct world *w, hl_time until, bool (*done)(struct world *w))
{
    hl_time at, last = -1;
    unsigned steps = 0;

    while (!world_failed(w) && !(done && done(w))) {
        at = next_time(w);
        if (at > until || at == HL_NEVER) {
            struct simnet_event ev;

            (void)simnet_next(w->net, until, &ev); /* nothing is due: the time moves */
            return !done;
        }
        steps = at == last ? steps + 1 : 0;
        last = at;
        if (steps > STEPS_MAX)
            world_fail(w, "the time stands still");
        step(w, at);
    }
    return !world_failed(w);
}

bool world_run(struct world *w, hl_time until)
{
    return world_run_to(w, until, NULL);
}

bool world_quiet(const struct world *w)
{
    if (!traffic_done(w))
        return false;
    for (unsigned a = 0; a < w->count; a++) {
        if (lives(&w->nodes[a]) && (w->nodes[a].touched || w->nodes[a].wake != HL_NEVER))
            return false;
    }
    return true;
}
