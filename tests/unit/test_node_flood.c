/* SPDX-License-Identifier: MIT */
/* A flood of handshakes, and a lack of memory: bounded cost, and those who belong here get in. */
#include "nodes.h"
#include "whole.h"

#include <errno.h>

/* ---- counted memory ---- */

static size_t held, held_most;

static void *counted_resize(void *user, void *at, size_t size)
{
    struct memory *m = user;
    size_t *block = at ? (size_t *)at - 2 : NULL;

    m->blocks += (at == NULL) - (size == 0);
    held -= block ? *block : 0;
    if (size == 0) {
        free(block);
        return NULL;
    }
    block = realloc(block, size + 16);
    if (!block)
        abort();
    *block = size;
    held += size;
    held_most = held > held_most ? held : held_most;
    return block + 2;
}

/* ---- the flood ---- */

/* A first message that only looks like one: its mac1 is right, for whoever knows the key. */
static void forge_initial(struct nodes *w, unsigned to, uint8_t type, uint8_t *out)
{
    struct hl_cookie_keys keys;

    nodes_random(&w->memory, out, HL_PACKET_INITIAL);
    memcpy(out, (uint8_t[]){type, HL_PACKET_VERSION, 0, 0}, 4);
    hl_cookie_keys_init(&keys,
                        type == HL_PACKET_INITIAL_IK ? hl_node_key(w->hosts[to].node) : NULL);
    hl_cookie_stamp(out, HL_PACKET_INITIAL, &keys, NULL);
}

static void flood(struct nodes *w, unsigned to, uint8_t type, unsigned count)
{
    uint8_t packet[HL_PACKET_INITIAL];

    for (unsigned i = 0; i < count; i++) {
        struct hl_path from = nodes_path(nodes_addr((uint8_t)(20 + i % 200), (uint16_t)(i + 1)));

        from.remote.ip[1] = (uint8_t)(i >> 8);
        from.remote.ip[2] = (uint8_t)(i >> 16);
        forge_initial(w, to, type, packet);
        nodes_recv(w, to, &from, packet, sizeof packet);
        w->now += 20; /* 50000 a second */
    }
}

static void floods(uint8_t type)
{
    struct nodes *w = nodes_new_in(3, type == HL_PACKET_INITIAL_XX, counted_resize);
    struct hl_node_stats s;
    size_t usual;

    nodes_meet(w);
    nodes_know(w, 1, 2, true);
    nodes_know(w, 2, 1, true);
    usual = held;
    held_most = 0;
    flood(w, 1, type, 100000);
    s = nodes_stats(w, 1);
    cr_assert_geq(s.cookies_out, 90000);
    cr_assert_leq(s.handshakes_in, 1 + 300);
    cr_assert_leq(held_most, usual + HL_GUESTS_STRANGERS * sizeof(struct hl_guest) + 100000,
                  "%zu bytes held, %zu before", held_most, usual);
    cr_assert_leq(w->hosts[1].bytes_out, 100000 * 192);
    /* Meanwhile who has a session talks, and who is known gets one. */
    cr_assert_eq(nodes_say(w, 0, 2, "still here"), 0);
    nodes_call(w, 2, 1);
    cr_assert_eq(nodes_say(w, 2, 2, "let me in"), 0);
    for (unsigned i = 0; i < 100; i++) {
        flood(w, 1, type, 500);
        nodes_land(w);
        nodes_poll(w, 0);
        nodes_poll(w, 2);
    }
    cr_assert_eq(nodes_heard(w, 1, "still here"), 1);
    cr_assert_eq(nodes_heard(w, 1, "let me in"), 1);
    nodes_run(w, HL_SECS(10));
    cr_assert_eq(nodes_stats(w, 1).sessions_now, 2);
    nodes_free(w);
}

Test(flood, of_contacts, .timeout = 60)
{
    floods(HL_PACKET_INITIAL_IK);
}

Test(flood, of_strangers, .timeout = 60)
{
    floods(HL_PACKET_INITIAL_XX);
}

/* Real strangers with real addresses, each with a handshake of its own: they fill their places, and
 * a contact still finds one. */
Test(flood, of_honest_strangers, .timeout = 60)
{
    struct nodes *w = nodes_new(2, true);
    uint8_t packet[HL_PACKET_INITIAL];

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    for (unsigned i = 0; i < 2000; i++) {
        struct hl_path from = nodes_path(nodes_addr((uint8_t)(20 + i % 200), (uint16_t)(i + 1)));
        struct hl_identity id;
        struct hl_handshake h;
        const struct hl_handshake_with with = {.index = i + 1};
        uint8_t secret[HL_KEY_SIZE];

        nodes_random(&w->memory, secret, sizeof secret);
        hl_identity_init(&id, secret);
        cr_assert_eq(hl_handshake_initial(&h, &w->memory.env, &id, &with, packet), 0);
        hl_cookie_stamp(packet, sizeof packet, &id.mac_stranger, NULL);
        nodes_recv(w, 1, &from, packet, sizeof packet);
        w->now += 1000;
    }
    cr_assert_leq(w->hosts[1].node->guests.strangers, HL_GUESTS_STRANGERS);
    nodes_call(w, 0, 1);
    cr_assert_eq(nodes_say(w, 0, 2, "let me in"), 0);
    nodes_run(w, HL_MS(500));
    cr_assert_eq(nodes_heard(w, 1, "let me in"), 1);
    nodes_free(w);
}

static bool swallow(struct nodes *w, unsigned from, const struct hl_path *path,
                    const uint8_t *bytes, size_t len)
{
    (void)w;
    (void)from;
    (void)path;
    (void)bytes;
    (void)len;
    return true;
}

/* The same INITIAL over and over is answered from memory, and takes one place. */
Test(flood, of_the_same_initial)
{
    struct nodes *w = nodes_new(2, false);
    struct hl_path from;
    uint8_t packet[HL_PACKET_INITIAL];
    struct hl_transmit t;

    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    cr_assert(hl_node_poll(w->hosts[0].node, w->now, w->buf, sizeof w->buf, &t));
    memcpy(packet, t.data, t.len);
    from = nodes_path(w->hosts[0].addr);
    w->tap = swallow;
    for (unsigned i = 0; i < 10000; i++)
        nodes_recv(w, 1, &from, packet, sizeof packet);
    cr_assert_eq(nodes_stats(w, 1).handshakes_in, 1);
    cr_assert_eq(w->hosts[1].node->guests.count, 1);
    cr_assert_leq(w->hosts[1].bytes_out, 10000 * sizeof packet);
    nodes_free(w);
}

/* However many answers wait to leave, who has a session is served. */
Test(flood, of_answers)
{
    struct nodes *w = nodes_pair();
    struct hl_path from = nodes_path(nodes_addr(99, 99));
    uint8_t packet[HL_PACKET_INITIAL];
    struct hl_transmit t;
    bool served = false;

    for (unsigned i = 0; i < HL_REPLIES_MAX; i++) {
        forge_initial(w, 1, HL_PACKET_INITIAL_IK, packet);
        packet[HL_PACKET_INITIAL - 1] = 1; /* an old cookie's: it is asked for another */
        hl_node_recv(w->hosts[1].node, w->now, &from, packet, sizeof packet);
    }
    cr_assert_eq(w->hosts[1].node->replies.count, HL_REPLIES_MAX);
    cr_assert_eq(nodes_say(w, 1, 1, "still here"), 0);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(hl_node_poll(w->hosts[1].node, w->now, w->buf, sizeof w->buf, &t));
        served |= hl_addr_equal(&t.path.remote, &w->hosts[0].addr);
    }
    cr_assert(served);
    nodes_free(w);
}

/* ---- what an idle connection costs ---- */

Test(memory, of_an_idle_peer)
{
    struct nodes *w = nodes_new_in(2, true, counted_resize);
    size_t before;

    nodes_meet(w);
    nodes_run(w, HL_SECS(100));
    cr_assert_eq(nodes_next(w), HL_NEVER);
    before = held;
    for (unsigned i = 0; i < 512; i++) {
        /* One more identity, known as another peer. */
        const struct hl_command know = {.kind = HL_CMD_PEER, .peer = 100 + i};
        struct hl_command path = {.kind = HL_CMD_PATH, .peer = 100 + i};

        nodes_random(&w->memory, w->hosts[1].secret, HL_KEY_SIZE);
        nodes_start(w, 1, true);
        path.path = nodes_path(w->hosts[1].addr);
        cr_assert_eq(nodes_command(w, 0, &know), 0);
        cr_assert_eq(nodes_command(w, 0, &path), 0);
        nodes_run(w, HL_SECS(1));
        w->hosts[0].count = w->hosts[1].count = 0;
    }
    nodes_run(w, HL_SECS(100));
    cr_assert_eq(nodes_stats(w, 0).sessions_now, 513);
    cr_assert_eq(nodes_next(w), HL_NEVER, "no timer while idle");
    printf("%zu bytes for each idle connection, %zu of them the peer\n", (held - before) / 512,
           sizeof(struct hl_peer));
    cr_assert_leq((held - before) / 512, 700);
    nodes_free(w);
}

/* ---- no memory ---- */

static long refuse_from, refuse_count, asked;

static void *refusing_resize(void *user, void *at, size_t size)
{
    if (size) {
        long turn = asked++;

        if (turn >= refuse_from && turn < refuse_from + refuse_count)
            return NULL;
    }
    return memory_resize(user, at, size);
}

/* Carries out a command again until there is memory for it. */
static void insist(struct nodes *w, unsigned i, const struct hl_command *c)
{
    for (unsigned tries = 0; nodes_command(w, i, c) == -ENOMEM; tries++) {
        cr_assert_lt(tries, 1000);
        nodes_run(w, HL_MS(1));
    }
}

static void story(bool known)
{
    struct nodes *w = nodes_new_in(2, !known, refusing_resize);
    struct hl_command say = {
        .kind = HL_CMD_SEND, .stream = HL_STREAM_CHAT, .data = (const uint8_t *)"hello", .len = 5};
    struct hl_command c = {.kind = HL_CMD_PEER};

    for (unsigned i = 0; i < (known ? 2U : 1U); i++) {
        c.peer = 2 - i;
        c.key = known ? hl_node_key(w->hosts[1 - i].node) : NULL;
        insist(w, i, &c);
    }
    asked = 0; /* nodes themselves are made: from here on memory may run out */
    c = (struct hl_command){.kind = HL_CMD_PATH, .peer = 2, .path = nodes_path(w->hosts[1].addr)};
    say.peer = 2;
    insist(w, 0, &say);
    insist(w, 0, &c);
    nodes_run(w, HL_SECS(70));
    cr_assert_eq(nodes_heard(w, 1, "hello"), 1, "refused from the %ldth time on", refuse_from);
    say.peer = nodes_told(w, 1, HL_NODE_UP)->ev.peer;
    w->hosts[0].addr = nodes_addr6(1, 99);
    insist(w, 1, &say);
    say.peer = 2;
    insist(w, 0, &say);
    c = (struct hl_command){.kind = HL_CMD_REKEY, .peer = 2};
    insist(w, 0, &c);
    nodes_run(w, HL_SECS(70));
    cr_assert_eq(nodes_heard(w, 0, "hello"), 1, "refused from the %ldth time on", refuse_from);
    cr_assert_eq(nodes_heard(w, 1, "hello"), 2, "refused from the %ldth time on", refuse_from);
    nodes_free(w);
}

Test(memory, runs_out_at_any_moment, .timeout = 100)
{
    static const long spans[] = {1, 3, 20};

    refuse_from = 1L << 30;
    story(true);
    for (unsigned i = 0; i < 3; i++) {
        refuse_count = spans[i];
        for (unsigned known = 0; known < 2; known++) {
            long most = 200;

            for (long from = 0; from < most; from++) {
                asked = -(1L << 29); /* until the story says that it begins */
                refuse_from = from;
                story(known);
            }
        }
    }
}

/* What its owner has not taken cannot be kept: the session ends, what was kept before is told, and
 * what was lost is not acknowledged, so that it comes again. */
Test(memory, runs_out_for_what_nobody_took)
{
    struct nodes *w = nodes_pair();
    struct hl_path from = nodes_path(w->hosts[0].addr);
    struct hl_transmit t;
    char text[1000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    w->hosts[1].deaf = true;
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(nodes_say(w, 0, 2, text), 0);
    nodes_run(w, HL_MS(100));
    cr_assert_eq(nodes_say(w, 0, 2, text), 0);
    cr_assert(hl_node_poll(w->hosts[0].node, w->now, w->buf, sizeof w->buf, &t));
    w->memory.allowed = 0;
    hl_node_recv(w->hosts[1].node, w->now, &from, t.data, t.len);
    hl_node_settle(w->hosts[1].node, w->now);
    w->memory.allowed = -1;
    memset(w->buf, 0, sizeof w->buf);
    w->hosts[1].deaf = false;
    nodes_events(w, 1);
    cr_assert_eq(nodes_messages(w, 1), 4);
    cr_assert_eq(nodes_told(w, 1, HL_NODE_DOWN)->ev.err, -ENOMEM);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, HL_ERR_CLOSED);
    cr_assert_eq(nodes_say(w, 0, 2, "anew"), 0);
    nodes_run(w, HL_SECS(5));
    cr_assert_eq(nodes_messages(w, 1), 6);
    cr_assert_eq(nodes_heard(w, 1, "anew"), 1);
    nodes_free(w);
}
