/* SPDX-License-Identifier: MIT */
/* Nodes joined by a scripted channel with virtual time: each datagram can be looked at, held,
 * changed or repeated by the test on its way. Unlike the simulator it does nothing by chance. */
#ifndef HL_TEST_NODES_H
#define HL_TEST_NODES_H

#include "memory.h"
#include "node.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    NODES_MAX = 4,
    NODES_FLYING = 4096,
    NODES_LOG = 8192,
    NODES_TEXT = 64,
};

struct flying {
    hl_time at;
    unsigned to;
    struct hl_path path; /* as the receiver sees it */
    size_t len;
    uint8_t *bytes;
};

/* One event as it was told, its text copied. */
struct told {
    struct hl_node_event ev;
    uint8_t key[HL_KEY_SIZE];
    char text[NODES_TEXT];
    size_t len;
};

struct host {
    struct hl_node *node;
    struct hl_addr addr; /* where it is now */
    uint8_t secret[HL_KEY_SIZE];
    struct told told[NODES_LOG];
    unsigned count;
    uint64_t bytes_out, packets_out;
    bool deaf; /* takes no events */
};

struct nodes;

/* Sees each datagram as it leaves; true: it is dropped. */
typedef bool nodes_tap(struct nodes *w, unsigned from, const struct hl_path *path,
                       const uint8_t *bytes, size_t len);

struct nodes {
    struct memory memory;
    uint64_t random;
    hl_time now;
    hl_time delay; /* one way */
    struct host hosts[NODES_MAX];
    unsigned count;
    bool owner_repeats; /* of hosts that are started from now on */
    struct flying flying[NODES_FLYING];
    unsigned flights;
    nodes_tap *tap;
    void (*before)(struct nodes *w, const struct flying *f); /* each datagram that lands */
    void *user;
    uint8_t buf[HL_NODE_BATCH + 1000];
};

static void nodes_random(void *user, void *out, size_t len)
{
    struct nodes *w = (struct nodes *)(void *)((char *)user - offsetof(struct nodes, memory));
    uint8_t *p = out;

    for (size_t i = 0; i < len; i++) {
        w->random ^= w->random << 13;
        w->random ^= w->random >> 7;
        w->random ^= w->random << 17;
        p[i] = (uint8_t)(w->random >> 32);
    }
}

static inline struct hl_addr nodes_addr(uint8_t host, uint16_t port)
{
    struct hl_addr a = {.family = HL_AF_INET, .port = port};

    memcpy(a.ip, (uint8_t[]){192, 0, 2, host}, 4);
    return a;
}

static inline struct hl_addr nodes_addr6(uint8_t host, uint16_t port)
{
    struct hl_addr a = {.family = HL_AF_INET6, .port = port};

    memcpy(a.ip, (uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4);
    a.ip[15] = host;
    return a;
}

static inline struct hl_path nodes_path(struct hl_addr to)
{
    return (struct hl_path){.link = 1, .transport = HL_UDP, .remote = to};
}

/* Starts or restarts host i. */
static inline void nodes_start(struct nodes *w, unsigned i, bool pairing)
{
    struct hl_node_config config = {.env = &w->memory.env,
                                    .pairing = pairing,
                                    .owner_repeats = w->owner_repeats,
                                    .datagram = 1452};

    memcpy(config.secret, w->hosts[i].secret, HL_KEY_SIZE);
    hl_node_free(w->hosts[i].node);
    cr_assert_eq(hl_node_new(&config, w->now, &w->hosts[i].node), 0);
}

typedef void *nodes_resize(void *user, void *at, size_t size);

/* resize: the nodes' allocator, whose user is the struct memory. */
static inline struct nodes *nodes_new_in(unsigned count, bool pairing, nodes_resize *resize)
{
    struct nodes *w = calloc(1, sizeof *w);

    memory_init(&w->memory);
    w->memory.env.resize = resize;
    w->memory.env.random = nodes_random;
    w->random = 88172645463325252U;
    w->now = HL_SECS(1000);
    w->delay = HL_MS(10);
    w->count = count;
    for (unsigned i = 0; i < count; i++) {
        nodes_random(&w->memory, w->hosts[i].secret, HL_KEY_SIZE);
        w->hosts[i].addr = nodes_addr((uint8_t)(i + 1), 4855);
        nodes_start(w, i, pairing);
    }
    return w;
}

static inline struct nodes *nodes_new(unsigned count, bool pairing)
{
    return nodes_new_in(count, pairing, memory_resize);
}

static inline void nodes_free(struct nodes *w)
{
    for (unsigned i = 0; i < w->count; i++)
        hl_node_free(w->hosts[i].node);
    for (unsigned i = 0; i < w->flights; i++)
        free(w->flying[i].bytes);
    cr_assert_eq(w->memory.blocks, 0, "%ld blocks of memory are lost", w->memory.blocks);
    free(w);
}

/* A datagram on its way to host to. */
static inline void nodes_fly(struct nodes *w, unsigned to, const struct hl_path *path,
                             const uint8_t *bytes, size_t len, hl_time at)
{
    struct flying *f = &w->flying[w->flights++];

    cr_assert_lt(w->flights, NODES_FLYING);
    *f = (struct flying){.at = at, .to = to, .path = *path, .len = len, .bytes = malloc(len + 1)};
    memcpy(f->bytes, bytes, len);
}

static inline void nodes_depart(struct nodes *w, unsigned from, const struct hl_path *path,
                                const uint8_t *bytes, size_t len)
{
    struct hl_path seen = nodes_path(w->hosts[from].addr);

    w->hosts[from].bytes_out += len;
    w->hosts[from].packets_out++;
    if (w->tap && w->tap(w, from, path, bytes, len))
        return;
    for (unsigned i = 0; i < w->count; i++)
        if (hl_addr_equal(&w->hosts[i].addr, &path->remote))
            nodes_fly(w, i, &seen, bytes, len, w->now + w->delay);
}

static inline void nodes_events(struct nodes *w, unsigned i)
{
    struct host *h = &w->hosts[i];
    struct hl_node_event ev;

    while (!h->deaf && hl_node_event(h->node, w->now, &ev)) {
        struct told *t = &h->told[h->count++];
        const uint8_t *data = ev.kind == HL_NODE_FLOW ? ev.flow.data : ev.data;
        size_t len = ev.kind == HL_NODE_FLOW ? ev.flow.len : ev.len;

        cr_assert_lt(h->count, NODES_LOG);
        *t = (struct told){.ev = ev, .len = len};
        if (data)
            memcpy(t->text, data, len < NODES_TEXT ? len : NODES_TEXT - 1);
        if (ev.key)
            memcpy(t->key, ev.key, HL_KEY_SIZE);
    }
}

/* Takes what the host wants to send, and sends it off. */
static inline void nodes_poll(struct nodes *w, unsigned i)
{
    struct hl_transmit t;

    nodes_events(w, i);
    for (unsigned rounds = 0; hl_node_poll(w->hosts[i].node, w->now, w->buf, sizeof w->buf, &t);
         rounds++) {
        size_t step = t.segment ? t.segment : t.len;

        cr_assert_lt(rounds, 10000, "a node never stops sending");
        for (size_t at = 0; at < t.len; at += step)
            nodes_depart(w, i, &t.path, t.data + at, t.len - at < step ? t.len - at : step);
    }
    nodes_events(w, i);
}

static inline void nodes_recv(struct nodes *w, unsigned i, const struct hl_path *from,
                              const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1); /* of that size, so that a sanitizer sees what is beyond */

    memcpy(copy, bytes, len);
    hl_node_recv(w->hosts[i].node, w->now, from, copy, len);
    nodes_events(w, i);
    nodes_poll(w, i);
    free(copy);
}

static inline hl_time nodes_next(const struct nodes *w)
{
    hl_time at = HL_NEVER;

    for (unsigned i = 0; i < w->count; i++) {
        hl_time due = hl_node_deadline(w->hosts[i].node);

        at = due < at ? due : at;
    }
    for (unsigned i = 0; i < w->flights; i++)
        at = w->flying[i].at < at ? w->flying[i].at : at;
    return at;
}

static inline void nodes_land(struct nodes *w)
{
    for (unsigned i = 0; i < w->flights;) {
        struct flying f = w->flying[i];

        if (f.at > w->now) {
            i++;
            continue;
        }
        memmove(&w->flying[i], &w->flying[i + 1], (--w->flights - i) * sizeof f);
        if (w->before)
            w->before(w, &f);
        nodes_recv(w, f.to, &f.path, f.bytes, f.len);
        free(f.bytes);
        i = 0;
    }
}

/* Lets time pass. */
static inline void nodes_run(struct nodes *w, hl_time span)
{
    hl_time end = w->now + span;

    for (unsigned i = 0; i < w->count; i++)
        nodes_poll(w, i);
    for (unsigned steps = 0;; steps++) {
        hl_time at = nodes_next(w);

        cr_assert_lt(steps, 2000000, "time does not pass");
        if (at > end)
            break;
        if (at > w->now)
            w->now = at;
        nodes_land(w);
        for (unsigned i = 0; i < w->count; i++)
            nodes_poll(w, i);
    }
    w->now = end;
}

static inline int nodes_command(struct nodes *w, unsigned i, const struct hl_command *c)
{
    int err = hl_node_command(w->hosts[i].node, w->now, c);

    nodes_events(w, i);
    return err;
}

/* ---- the usual commands ---- */

/* Peer number j + 1 of host i is host j; known: by its key. */
static inline void nodes_know(struct nodes *w, unsigned i, unsigned j, bool known)
{
    const struct hl_command c = {
        .kind = HL_CMD_PEER,
        .peer = j + 1,
        .key = known ? hl_node_key(w->hosts[j].node) : NULL,
    };

    cr_assert_eq(nodes_command(w, i, &c), 0);
}

static inline void nodes_call(struct nodes *w, unsigned i, unsigned j)
{
    const struct hl_command c = {
        .kind = HL_CMD_PATH,
        .peer = j + 1,
        .path = nodes_path(w->hosts[j].addr),
    };

    cr_assert_eq(nodes_command(w, i, &c), 0);
}

static inline int nodes_say(struct nodes *w, unsigned i, uint32_t peer, const char *text)
{
    const struct hl_command c = {
        .kind = HL_CMD_SEND,
        .peer = peer,
        .stream = HL_STREAM_CHAT,
        .token = 7,
        .data = (const uint8_t *)text,
        .len = strlen(text),
    };

    return nodes_command(w, i, &c);
}

/* Both know each other, and a session is up. */
static inline void nodes_meet(struct nodes *w)
{
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(1));
}

static inline struct nodes *nodes_pair(void)
{
    struct nodes *w = nodes_new(2, false);

    nodes_meet(w);
    return w;
}

/* ---- what was told ---- */

static inline const struct told *nodes_told(const struct nodes *w, unsigned i,
                                            enum hl_node_event_kind kind)
{
    for (unsigned k = w->hosts[i].count; k-- > 0;)
        if (w->hosts[i].told[k].ev.kind == kind)
            return &w->hosts[i].told[k];
    return NULL;
}

static inline unsigned nodes_count(const struct nodes *w, unsigned i, enum hl_node_event_kind kind)
{
    unsigned count = 0;

    for (unsigned k = 0; k < w->hosts[i].count; k++)
        count += w->hosts[i].told[k].ev.kind == kind;
    return count;
}

/* How often host i was given that message. */
static inline unsigned nodes_heard(const struct nodes *w, unsigned i, const char *text)
{
    unsigned count = 0;

    for (unsigned k = 0; k < w->hosts[i].count; k++) {
        const struct told *t = &w->hosts[i].told[k];

        count += t->ev.kind == HL_NODE_FLOW && t->ev.flow.kind == HL_FLOW_MESSAGE &&
                 t->len == strlen(text) && strncmp(t->text, text, t->len) == 0;
    }
    return count;
}

/* How many messages host i was given. */
static inline unsigned nodes_messages(const struct nodes *w, unsigned i)
{
    unsigned count = 0;

    for (unsigned k = 0; k < w->hosts[i].count; k++)
        count += w->hosts[i].told[k].ev.kind == HL_NODE_FLOW &&
                 w->hosts[i].told[k].ev.flow.kind == HL_FLOW_MESSAGE;
    return count;
}

static inline struct hl_node_stats nodes_stats(const struct nodes *w, unsigned i)
{
    struct hl_node_stats s;

    hl_node_stats(w->hosts[i].node, &s);
    return s;
}

static inline struct hl_peer_info nodes_info(const struct nodes *w, unsigned i, uint32_t peer)
{
    struct hl_peer_info info;

    cr_assert(hl_node_peer(w->hosts[i].node, peer, &info));
    return info;
}

#endif
