/* SPDX-License-Identifier: MIT */
/* One end of an encrypted conversation under test: what it said, heard and was told.
 *
 * Each message carries its number, from 0 up on each stream of each peer, and is checked on
 * arrival: once, in order, unaltered. Nothing sleeps: PUMP_UNTIL() goes on until a condition holds.
 */
#ifndef HL_TEST_SIDES_H
#define HL_TEST_SIDES_H

#include "await.h"
#include "crypt.h"
#include "secure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SIDE_PEERS = 8,
    SIDE_KINDS = HL_SEC_NET + 1,
};

/* What a side has to do with one peer. */
struct side_peer {
    uint32_t number;
    uint64_t to_send; /* numbers below this are to be said */
    uint64_t said;
    uint64_t acked;
    uint64_t heard;
    size_t bytes; /* length of the messages, at least 8; 0 = many lengths */
    bool up;
    bool blocked; /* told HL_ERR_BUSY; until HL_SEC_WRITABLE */
    unsigned times_blocked;
};

struct side {
    struct hl_secure *s;
    uint8_t secret[HL_KEY_SIZE], key[HL_KEY_SIZE];
    struct hl_addr bound; /* of the last listener */
    hl_link link;
    bool deaf;    /* takes no events */
    bool repeats; /* what is not acknowledged when the peer restarts; for config.owner_repeats */
    struct side_peer peers[SIDE_PEERS];
    size_t peer_count;
    unsigned count[SIDE_KINDS];              /* events by kind */
    struct hl_secure_event last[SIDE_KINDS]; /* the latest of each kind, without its data */
    uint64_t bytes_heard[4];                 /* of byte streams 2 to 5 */
    bool fin_heard[4];
};

/* A key of its own for each number. */
static inline void side_secret(uint8_t secret[static HL_KEY_SIZE], uint8_t number)
{
    memset(secret, number + 1, HL_KEY_SIZE);
}

static inline void side_start(struct side *x, uint8_t number, const struct hl_secure_config *config)
{
    struct hl_secure_config c = config ? *config : (struct hl_secure_config){.pairing = true};

    memset(x, 0, sizeof(*x));
    side_secret(x->secret, number);
    hl_crypt_public(x->key, x->secret);
    memcpy(c.secret, x->secret, sizeof(c.secret));
    cr_assert_eq(hl_secure_start(&c, &x->s), 0);
}

static inline void side_listen(struct side *x, const char *text)
{
    struct hl_endpoint e = listen_endpoint(text);

    cr_assert_eq(hl_net_listen(hl_secure_net(x->s), &e, &x->link, &x->bound), 0, "%s", text);
}

static inline struct side_peer *side_peer(struct side *x, uint32_t number)
{
    for (size_t i = 0; i < x->peer_count; i++) {
        if (x->peers[i].number == number)
            return &x->peers[i];
    }
    cr_assert_lt(x->peer_count, SIDE_PEERS);
    x->peers[x->peer_count] = (struct side_peer){.number = number};
    return &x->peers[x->peer_count++];
}

static inline struct side_peer *side_open(struct side *x, struct hl_secure_open o)
{
    uint32_t number;

    cr_assert_eq(hl_secure_open(x->s, &o, &number), 0);
    return side_peer(x, number);
}

/* The address of a listener as a peer would type it. */
static inline struct hl_endpoint endpoint_of(const struct hl_addr *a, const char *scheme)
{
    char text[HL_ADDR_TEXT];
    char address[HL_ADDR_TEXT + 20];

    snprintf(address, sizeof(address), "%s%s", scheme, hl_addr_text(a, text));
    return endpoint(address);
}

/* ---- numbered messages ---- */

static inline size_t message_len(const struct side_peer *p, uint64_t number)
{
    static const size_t lens[] = {8, 100, 31, 1200, 9, 64, 3000, 17, 500, 12, 80, 20000, 45};

    return p->bytes ? p->bytes : lens[number % (sizeof(lens) / sizeof(lens[0]))];
}

static inline void message_fill(uint8_t *at, uint64_t number, size_t len)
{
    memcpy(at, &number, sizeof(number));
    memset(at + sizeof(number), (int)(number * 7 + 1) & 0xff, len - sizeof(number));
}

static inline void side_hear(struct side_peer *p, const struct hl_secure_event *ev)
{
    static uint8_t want[HL_MESSAGE_MAX];
    uint64_t number;

    cr_assert_geq(ev->len, sizeof(number));
    memcpy(&number, ev->data, sizeof(number));
    cr_assert_eq(number, p->heard, "message %zu came when %zu was due", (size_t)number,
                 (size_t)p->heard);
    message_fill(want, number, ev->len);
    cr_assert(memcmp(want, ev->data, ev->len) == 0, "message %zu was altered", (size_t)number);
    p->heard++;
}

/* Says what is to be said, until it is told to wait. */
static inline void side_say(struct side *x, struct side_peer *p)
{
    static uint8_t text[HL_MESSAGE_MAX];

    while (p->said < p->to_send && !p->blocked) {
        size_t len = message_len(p, p->said);
        const struct hl_bytes bytes = {text, len};
        int err;

        message_fill(text, p->said, len);
        err = hl_secure_send(x->s, p->number, HL_STREAM_CHAT, p->said + 1, &bytes);
        if (err == HL_ERR_BUSY) {
            p->blocked = true;
            p->times_blocked++;
            return;
        }
        cr_assert_eq(err, 0);
        p->said++;
    }
}

/* ---- events ---- */

static inline void side_data(struct side *x, const struct hl_secure_event *ev)
{
    size_t i = (size_t)ev->stream - HL_STREAM_BYTES;

    cr_assert_lt(i, 4);
    cr_assert_eq(ev->offset, x->bytes_heard[i]);
    for (size_t at = 0; at < ev->len; at++)
        cr_assert_eq(ev->data[at], (uint8_t)((ev->offset + at) % 251));
    x->bytes_heard[i] += ev->len;
    x->fin_heard[i] = x->fin_heard[i] || ev->fin;
}

static inline void side_take(struct side *x, const struct hl_secure_event *ev)
{
    struct side_peer *p = ev->kind == HL_SEC_NET ? NULL : side_peer(x, ev->peer);

    x->count[ev->kind]++;
    x->last[ev->kind] = *ev;
    switch ((int)ev->kind) {
    case HL_SEC_UP:
        p->up = true;
        if (x->repeats && ev->restarted)
            p->said = p->acked;
        break;
    case HL_SEC_DOWN:
        p->up = false;
        break;
    case HL_SEC_MESSAGE:
        side_hear(p, ev);
        break;
    case HL_SEC_DATA:
        side_data(x, ev);
        break;
    case HL_SEC_WRITABLE:
        p->blocked = false;
        break;
    case HL_SEC_ACKED:
        p->acked++;
        break;
    default:
        break;
    }
}

static inline void side_pump(struct side *x)
{
    struct hl_secure_event ev;

    if (x->deaf)
        return;
    while (hl_secure_next(x->s, &ev))
        side_take(x, &ev);
    for (size_t i = 0; i < x->peer_count; i++)
        side_say(x, &x->peers[i]);
}

enum {
    SIDES = 3,
    PATIENCE_MS = 30000, /* a hang guard, far above what anything takes */
};

/* Pumps sides (up to NULL), then waits for news of any. */
static inline void pump_sides(struct side *const *sides)
{
    struct pollfd fds[SIDES];
    nfds_t n = 0;

    for (size_t i = 0; sides[i]; i++) {
        side_pump(sides[i]);
        if (!sides[i]->deaf)
            fds[n++] = (struct pollfd){.fd = hl_secure_fd(sides[i]->s), .events = POLLIN};
    }
    poll(fds, n, 20);
}

/* Where everything stands, for whoever wants to know why it stands still. */
static inline void dump_sides(struct side *const *sides)
{
    for (size_t i = 0; sides[i]; i++) {
        struct side *x = sides[i];
        struct hl_node_stats stats;

        hl_secure_stats(x->s, &stats);
        fprintf(stderr, "side %zu:", i);
#define SHOW(name, meaning)                                                                        \
    if (stats.name)                                                                                \
        fprintf(stderr, " %s %zu", #name, (size_t)stats.name);
        HL_NODE_COUNTERS(SHOW)
#undef SHOW
        fprintf(stderr, "\n  events:");
        for (int kind = 0; kind < SIDE_KINDS; kind++)
            fprintf(stderr, " %u", x->count[kind]);
        fprintf(stderr, "\n");
        for (size_t k = 0; k < x->peer_count; k++) {
            const struct side_peer *p = &x->peers[k];
            struct hl_peer_info info = {.up = false};
            char text[HL_ADDR_TEXT];

            (void)hl_secure_peer(x->s, p->number, &info);
            fprintf(stderr,
                    "  peer %u: said %zu of %zu acked %zu heard %zu%s; %s%s at %s, rtt %ld, "
                    "in flight %zu of %zu, lost %zu, time-outs %u\n",
                    p->number, (size_t)p->said, (size_t)p->to_send, (size_t)p->acked,
                    (size_t)p->heard, p->blocked ? " blocked" : "", info.up ? "up" : "down",
                    info.validated ? "" : " not validated", hl_addr_text(&info.path.remote, text),
                    (long)info.flow.rtt, (size_t)info.flow.in_flight, (size_t)info.flow.window,
                    (size_t)info.flow.packets_lost, info.flow.probe_timeouts);
        }
    }
}

/* PUMP_UNTIL(condition, side, ...): the condition comes true while the sides talk. */
#define PUMP_UNTIL(condition, ...)                                                                 \
    do {                                                                                           \
        struct side *pumped[] = {__VA_ARGS__, NULL};                                               \
        hl_time pump_end = hl_clock_now() + HL_MS(PATIENCE_MS);                                    \
        while (!(condition) && hl_clock_now() < pump_end)                                          \
            pump_sides(pumped);                                                                    \
        if (!(condition)) {                                                                        \
            dump_sides(pumped);                                                                    \
            cr_assert_fail("never came true: %s", #condition);                                     \
        }                                                                                          \
    } while (0)

static inline void side_stop(struct side *x)
{
    hl_secure_stop(x->s, 0);
    x->s = NULL;
}

#endif
