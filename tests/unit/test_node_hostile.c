/* SPDX-License-Identifier: MIT */
/* What an attacker on the path, or a stranger, can do to a node: cost it a counter. */
#include "nodes.h"
#include "whole.h"

/* ---- the state of a node ---- */

/* All that a datagram which is not accepted must leave alone. */
struct snapshot {
    struct hl_node node;
    struct hl_peer peers[4];
    struct hl_call calls[4];
    struct hl_roam roams[4];
    struct hl_flow_stats flows[4];
    struct hl_guest guests[8];
};

/* Each block is copied as it is, padding and all: nothing is written to it in between. */
static void take(const struct hl_node *n, struct snapshot *s)
{
    unsigned at = 0;

    memset(s, 0, sizeof *s);
    memcpy(&s->node, n, sizeof *n);
    memset(&s->node.stats, 0, sizeof s->node.stats);
    s->node.reason_of = 0; /* of the packet before, until the next comes */
    s->node.borrower = NULL;
    for (uint32_t i = 0; i < n->places && i < 4; i++) {
        const struct hl_peer *p = n->peers[i];

        if (!p)
            continue;
        memcpy(&s->peers[i], p, sizeof *p);
        if (p->call)
            memcpy(&s->calls[i], p->call, sizeof *p->call);
        if (p->roam)
            memcpy(&s->roams[i], p->roam, sizeof *p->roam);
        if (p->flow)
            hl_flow_stats(p->flow, &s->flows[i]);
    }
    for (const struct hl_guest *g = n->guests.oldest; g && at < 8; g = g->next)
        memcpy(&s->guests[at++], g, sizeof *g);
}

static struct snapshot before, after;

/* Gives host i a datagram that it must not accept; how many bytes it sends in answer. */
static uint64_t offer(struct nodes *w, unsigned i, const struct hl_path *from, const uint8_t *bytes,
                      size_t len)
{
    uint64_t out;
    unsigned told;

    nodes_poll(w, i); /* what is due anyway */
    out = w->hosts[i].bytes_out;
    told = w->hosts[i].count;
    take(w->hosts[i].node, &before);
    nodes_recv(w, i, from, bytes, len);
    take(w->hosts[i].node, &after);
    cr_assert_eq(memcmp(&before, &after, sizeof before), 0, "a datagram of type %02x changed state",
                 len ? bytes[0] : 0);
    cr_assert_eq(w->hosts[i].count, told, "nothing is told of it");
    return w->hosts[i].bytes_out - out;
}

/* ---- altered ---- */

struct tally {
    unsigned packets, flips, cuts;
    unsigned per_type[8];
};

static void flip_all(struct nodes *w, const struct flying *f, struct tally *t)
{
    uint8_t bytes[2048];
    bool initial = f->bytes[0] <= 0xf9;

    for (size_t bit = 0; bit < f->len * 8; bit++) {
        uint64_t out;

        memcpy(bytes, f->bytes, f->len);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        out = offer(w, f->to, &f->path, bytes, f->len);
        /* A wrong mac2 is answered with a cookie: it may be the fruit of an old one. */
        if (initial && bit / 8 >= f->len - 16)
            cr_assert_leq(out, 64);
        else
            cr_assert_eq(out, 0, "bit %zu", bit);
        t->flips++;
    }
}

static void cut_all(struct nodes *w, const struct flying *f, struct tally *t)
{
    uint8_t bytes[2048] = {0};

    memcpy(bytes, f->bytes, f->len);
    for (size_t len = 0; len < f->len + 3; len++) {
        if (len == f->len)
            continue;
        cr_assert_eq(offer(w, f->to, &f->path, bytes, len), 0, "%zu of %zu bytes", len, f->len);
        t->cuts++;
    }
}

static void alter(struct nodes *w, const struct flying *f)
{
    struct tally *t = w->user;

    flip_all(w, f, t);
    cut_all(w, f, t);
    t->packets++;
    t->per_type[f->bytes[0] & 7]++;
}

static void talk(struct nodes *w, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        char text[16];

        snprintf(text, sizeof text, "line %u", i);
        cr_assert_eq(nodes_say(w, 0, 2, text), 0);
        cr_assert_eq(nodes_say(w, 1, w->hosts[1].told[0].ev.peer, text), 0);
        nodes_run(w, HL_MS(40));
        cr_assert_eq(nodes_heard(w, 1, text), 1);
        cr_assert_eq(nodes_heard(w, 0, text), 1);
    }
}

Test(hostile, nothing_altered_is_accepted_ik, .timeout = 100)
{
    struct nodes *w = nodes_new(2, false);
    struct tally t = {.packets = 0};

    w->before = alter;
    w->user = &t;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_MS(100));
    talk(w, 60);
    cr_assert(t.per_type[1] && t.per_type[3]);
    cr_assert_geq(t.per_type[6], 200, "%u packets of DATA", t.per_type[6]);
    printf("%u packets, %u flips, %u cuts\n", t.packets, t.flips, t.cuts);
    nodes_free(w);
}

Test(hostile, nothing_altered_is_accepted_xx, .timeout = 100)
{
    struct nodes *w = nodes_new(2, true);
    struct tally t = {.packets = 0};

    w->before = alter;
    w->user = &t;
    nodes_know(w, 0, 1, false);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_MS(100));
    talk(w, 5);
    cr_assert(t.per_type[0] && t.per_type[2] && t.per_type[5]);
    nodes_free(w);
}

/* ---- sent back, spliced ---- */

static void reflect(struct nodes *w, const struct flying *f)
{
    unsigned *count = w->user;
    unsigned sender = 1 - f->to;
    struct hl_path from = nodes_path(w->hosts[f->to].addr);

    cr_assert_eq(offer(w, sender, &from, f->bytes, f->len), 0, "type %02x", f->bytes[0]);
    ++*count;
}

static void reflect_talk(bool known)
{
    struct nodes *w = nodes_new(2, false);
    unsigned count = 0;

    w->before = reflect;
    w->user = &count;
    nodes_know(w, 0, 1, known);
    nodes_know(w, 1, 0, known);
    nodes_call(w, 0, 1);
    if (!known)
        nodes_call(w, 1, 0);
    nodes_run(w, HL_SECS(1));
    for (unsigned i = 0; i < w->hosts[1].count; i++)
        w->hosts[1].told[0].ev.peer = 1;
    talk(w, 20);
    cr_assert_geq(count, 40);
    nodes_free(w);
}

Test(hostile, own_packets_sent_back)
{
    reflect_talk(true);
    reflect_talk(false);
}

/* What goes from 0 to 1 is given to 2 as well, which has a session with 0 of its own. */
static void splice(struct nodes *w, const struct flying *f)
{
    struct hl_path from = nodes_path(w->hosts[0].addr);

    if (f->to == 1)
        cr_assert_eq(offer(w, 2, &from, f->bytes, f->len), 0);
}

Test(hostile, packets_of_another_session)
{
    struct nodes *w = nodes_new(3, false);

    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 3; j++)
            if (i != j)
                nodes_know(w, i, j, true);
    nodes_call(w, 0, 2);
    nodes_run(w, HL_SECS(1));
    w->before = splice;
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(1));
    w->hosts[1].told[0].ev.peer = 1;
    talk(w, 20);
    cr_assert_eq(nodes_say(w, 0, 3, "to you"), 0);
    w->before = NULL;
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 2, "to you"), 1);
    nodes_free(w);
}

/* ---- repeated ---- */

enum {
    CAPTURED = 600,
};

struct recording {
    struct flying packets[CAPTURED];
    unsigned count;
};

static void record(struct nodes *w, const struct flying *f)
{
    struct recording *r = w->user;

    if (r->count < CAPTURED) {
        r->packets[r->count] = *f;
        r->packets[r->count].bytes = malloc(f->len);
        memcpy(r->packets[r->count++].bytes, f->bytes, f->len);
    }
}

/* Everything that was ever sent comes again, to whom it was sent; from an address of the
 * attacker's as well. */
static void replay_all(struct nodes *w, const struct recording *r)
{
    struct hl_path elsewhere = nodes_path(nodes_addr(77, 7777));

    for (unsigned i = 0; i < r->count; i++) {
        const struct flying *f = &r->packets[i];
        uint64_t out = w->hosts[f->to].bytes_out;

        nodes_recv(w, f->to, &f->path, f->bytes, f->len);
        nodes_recv(w, f->to, &elsewhere, f->bytes, f->len);
        cr_assert_leq(w->hosts[f->to].bytes_out - out, 2 * f->len, "no answer exceeds its cause");
    }
}

Test(hostile, nothing_is_accepted_twice)
{
    struct nodes *w = nodes_new(2, false);
    struct recording r = {.count = 0};
    struct hl_addr at;

    w->before = record;
    w->user = &r;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_MS(100));
    for (unsigned i = 0; i < 30; i++) {
        talk(w, 1);
        w->before = NULL;
        replay_all(w, &r);
        nodes_run(w, HL_MS(100));
        w->before = record;
        cr_assert_eq(nodes_messages(w, 0), 1);
        cr_assert_eq(nodes_messages(w, 1), 1);
        w->hosts[0].count = 0;
        w->hosts[1].count = 1;
        at = nodes_info(w, 1, 1).path.remote;
        cr_assert(hl_addr_equal(&at, &w->hosts[0].addr), "a repeated packet moves nothing");
    }
    /* After a restart of the one that was spoken to. */
    w->before = NULL;
    nodes_start(w, 1, false);
    nodes_know(w, 1, 0, true);
    w->hosts[1].count = 0;
    replay_all(w, &r);
    nodes_run(w, HL_SECS(1));
    replay_all(w, &r);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(w->hosts[1].count, 0, "nothing is shown, nobody is up");
    cr_assert_eq(nodes_stats(w, 1).sessions_now, 0);
    for (unsigned i = 0; i < r.count; i++)
        free(r.packets[i].bytes);
    nodes_free(w);
}

/* ---- strangers ---- */

static uint64_t draw(struct nodes *w)
{
    uint64_t v;

    nodes_random(&w->memory, &v, sizeof v);
    return v;
}

static void noise(struct nodes *w, const struct recording *r, unsigned rounds, bool mutate)
{
    uint8_t bytes[2048];

    for (unsigned i = 0; i < rounds; i++) {
        struct hl_path from = nodes_path(nodes_addr((uint8_t)draw(w), (uint16_t)draw(w)));
        size_t len = (size_t)(draw(w) % 300);
        unsigned to = (unsigned)(draw(w) % 2);

        nodes_random(&w->memory, bytes, sizeof bytes);
        if (mutate) {
            const struct flying *f = &r->packets[draw(w) % r->count];

            to = f->to;
            len = f->len;
            memcpy(bytes, f->bytes, len);
            for (unsigned k = (unsigned)(draw(w) % 4); k-- > 0;)
                bytes[draw(w) % (len - 16)] = (uint8_t)draw(w);
            bytes[draw(w) % (len - 16)] ^= (uint8_t)(1 << draw(w) % 8);
        } else if (draw(w) % 2) {
            bytes[0] = (uint8_t)(0xf8 + draw(w) % 8);
        }
        w->now += 10;
        nodes_recv(w, to, &from, bytes, len);
    }
}

Test(hostile, a_stranger_gets_no_byte, .timeout = 100)
{
    struct nodes *w = nodes_new(3, false);
    struct recording r = {.count = 0};
    uint64_t out;

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    w->before = record;
    w->user = &r;
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(1));
    w->hosts[1].told[0].ev.peer = 1;
    talk(w, 20);
    w->before = NULL;
    nodes_run(w, HL_SECS(20));
    out = w->hosts[0].bytes_out + w->hosts[1].bytes_out;
    noise(w, &r, 100000, false);
    noise(w, &r, 100000, true);
    /* A valid first message of a key that nobody knows, and one of who knows no key. */
    nodes_know(w, 2, 0, true);
    nodes_call(w, 2, 0);
    nodes_run(w, HL_SECS(3));
    cr_assert_eq(w->hosts[0].bytes_out + w->hosts[1].bytes_out, out);
    cr_assert_geq(nodes_stats(w, 0).strangers, 4);
    cr_assert_eq(nodes_stats(w, 0).sessions_now, 1);
    for (unsigned i = 0; i < r.count; i++)
        free(r.packets[i].bytes);
    nodes_free(w);
}

/* ---- contacts ---- */

/* Instance 0 stands for an association that has not begun. */
Test(hostile, nobody_is_instance_0)
{
    struct nodes *w = nodes_new(2, false);
    struct hl_path from = nodes_path(w->hosts[0].addr);
    const struct hl_handshake_with with = {.key = hl_node_key(w->hosts[1].node), .index = 77};
    uint8_t packet[HL_PACKET_INITIAL];
    struct hl_cookie_keys mac;
    struct hl_identity id;
    struct hl_handshake h;

    nodes_know(w, 1, 0, true);
    hl_identity_init(&id, w->hosts[0].secret);
    cr_assert_eq(hl_handshake_initial(&h, &w->memory.env, &id, &with, packet), 0);
    hl_cookie_keys_init(&mac, with.key);
    hl_cookie_stamp(packet, sizeof packet, &mac, NULL);
    nodes_recv(w, 1, &from, packet, sizeof packet);
    cr_assert_eq(nodes_stats(w, 1).bad_seal, 1);
    cr_assert_eq(w->hosts[1].packets_out, 0);
    cr_assert_eq(w->hosts[1].node->guests.count, 0);
    nodes_free(w);
}

/* It was answered a moment before our owner wanted to hear of it no more. */
Test(hostile, who_is_shunned_gets_no_session_out_of_a_handshake)
{
    struct nodes *w = nodes_new(2, false);
    const struct hl_command shun = {.kind = HL_CMD_SHUN, .peer = 1, .on = true};

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    nodes_run(w, w->delay);
    cr_assert_eq(nodes_stats(w, 1).handshakes_in, 1);
    cr_assert_eq(nodes_command(w, 1, &shun), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_null(nodes_told(w, 1, HL_NODE_UP));
    nodes_free(w);
}
