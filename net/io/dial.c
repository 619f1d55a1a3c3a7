/* SPDX-License-Identifier: MIT */
/* Look-ups and connection attempts of the send thread. What is tried when is decided by the race
 * (net/core/race.h); this file gives it addresses, sockets and the time. */
#include "clock.h"
#include "lookup.h"
#include "race.h"
#include "sock.h"
#include "tx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNIX_RETRY                                                                                 \
    HL_MS(20) /* a Unix listener with a full backlog says EAGAIN, no event follows                 \
               */

struct attempt {
    struct hl_tx_source source;
    struct hl_tx_dial *dial;
    int fd;         /* -1 when over */
    unsigned index; /* in the race */
    struct hl_addr addr;
};

/* Where an address came from, for those who only look up. */
struct origin {
    struct hl_addr addr;
    enum hl_answer_source source;
    hl_time took;
};

struct hl_tx_dial {
    struct hl_tx_dial *next;
    enum hl_tx_kind kind; /* HL_TX_DIAL, HL_TX_LOOKUP or HL_TX_REVERSE */
    bool over;            /* out of the table, freed after the batch */
    uint64_t id;          /* the resolver's token */
    uint64_t token;       /* the program's */
    struct hl_dial request;
    hl_time deadline;
    hl_time retry; /* Unix: when to try again */
    struct hl_race race;
    struct attempt attempts[HL_CANDIDATES_MAX];
    unsigned attempt_count;
    struct origin origins[HL_CANDIDATES_MAX];
    unsigned origin_count;
    unsigned found; /* addresses handed to the program */
    char canonical[HL_HOST_MAX];
    char aliases[HL_ALIASES_MAX]; /* one after the other, ended by an empty one */
};

static bool is_datagram(enum hl_transport t)
{
    return t == HL_UDP || t == HL_UNIX_DGRAM;
}

/* ---- the end of a dial ---- */

static void end_attempts(struct hl_tx *tx, struct hl_tx_dial *d) HL_REQUIRES(hl_role_tx)
{
    for (unsigned i = 0; i < d->attempt_count; i++) {
        if (d->attempts[i].fd < 0)
            continue;
        epoll_ctl(tx->epoll, EPOLL_CTL_DEL, d->attempts[i].fd, NULL);
        close(d->attempts[i].fd);
        d->attempts[i].fd = -1;
    }
}

/* Takes d out of the table; its memory stays until the epoll batch is through. */
static void end_dial(struct hl_tx *tx, struct hl_tx_dial *d) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_dial **at = &tx->dials;

    while (*at && *at != d)
        at = &(*at)->next;
    if (*at)
        *at = d->next;
    d->over = true;
    end_attempts(tx, d);
    hl_resolver_cancel(tx->resolver, d->id);
    d->next = tx->ended;
    tx->ended = d;
}

void hl_dial_free_ended(struct hl_tx *tx)
{
    while (tx->ended) {
        struct hl_tx_dial *d = tx->ended;

        tx->ended = d->next;
        free(d);
    }
}

static void emit_aliases(struct hl_tx *tx, const struct hl_tx_dial *d) HL_REQUIRES(hl_role_tx)
{
    for (const char *alias = d->aliases; *alias; alias += strlen(alias) + 1) {
        struct hl_event ev = {.kind = HL_EV_ALIAS,
                              .token = d->token,
                              .data = (const uint8_t *)alias,
                              .len = strlen(alias)};

        if (strcasecmp(alias, d->canonical) != 0)
            hl_tx_emit(tx, &ev);
    }
}

static void emit_end(struct hl_tx *tx, struct hl_tx_dial *d, int err) HL_REQUIRES(hl_role_tx)
{
    struct hl_event ev = {.kind = HL_EV_LOOKUP_DONE, .token = d->token, .err = err};

    if (d->kind == HL_TX_DIAL && err != 0)
        ev.kind = HL_EV_DIAL_FAILED;
    if (err == 0)
        emit_aliases(tx, d);
    ev.data = (const uint8_t *)d->canonical;
    ev.len = strlen(d->canonical);
    hl_tx_emit(tx, &ev);
}

static void fail_dial(struct hl_tx *tx, struct hl_tx_dial *d, int err) HL_REQUIRES(hl_role_tx)
{
    end_dial(tx, d);
    emit_end(tx, d, err);
}

/* Nothing is left to try, or no time. What was found stands, though more might have come. */
static void conclude(struct hl_tx *tx, struct hl_tx_dial *d) HL_REQUIRES(hl_role_tx)
{
    fail_dial(tx, d, d->found > 0 ? 0 : hl_race_err(&d->race));
}

/* ---- one address ---- */

static void emit_about(struct hl_tx *tx, const struct hl_tx_dial *d, enum hl_event_kind kind,
                       const struct hl_addr *a, int err) HL_REQUIRES(hl_role_tx)
{
    struct hl_event ev = {.kind = kind, .token = d->token, .err = err};

    ev.path.transport = d->request.to.transport;
    ev.path.remote = *a;
    hl_tx_emit(tx, &ev);
}

static void emit_found(struct hl_tx *tx, const struct hl_tx_dial *d, const struct hl_addr *a)
    HL_REQUIRES(hl_role_tx)
{
    struct hl_event ev = {.kind = HL_EV_LOOKED_UP, .token = d->token};
    const char *text;

    ev.path.transport = d->request.to.transport;
    ev.path.remote = *a;
    for (unsigned i = 0; i < d->origin_count; i++) {
        if (!hl_addr_equal(&d->origins[i].addr, a))
            continue;
        text = hl_answer_source_text(d->origins[i].source);
        ev.data = (const uint8_t *)text;
        ev.len = strlen(text);
        ev.count = (uint64_t)d->origins[i].took;
    }
    hl_tx_emit(tx, &ev);
}

static void connected(struct hl_tx *tx, struct hl_tx_dial *d, int fd, enum hl_transport transport)
    HL_REQUIRES(hl_role_tx)
{
    struct hl_net *n = tx->net;
    struct hl_event ev = {.kind = HL_EV_CONNECTED, .token = d->token};
    struct hl_rx_command add = {.kind = HL_RX_ADD};
    struct hl_wire *w = hl_wire_new(fd, hl_net_new_link(n), transport, false);

    if (!w) {
        close(fd);
        fail_dial(tx, d, -ENOMEM);
        return;
    }
    if (!hl_tx_add(tx, w)) {
        hl_wire_unref(w);
        fail_dial(tx, d, -ENOMEM);
        return;
    }
    hl_wires_add(&n->wires, w);
    end_dial(tx, d);
    if (transport == HL_UNIX_DGRAM)
        w->path.remote = d->request.to.addr;
    else
        atomic_fetch_add(&n->conns, 1);
    if (transport == HL_TCP)
        hl_sock_tune_stream(fd);
    ev.path = w->path;
    add.wire = hl_wire_ref(w);
    hl_tx_emit(tx, &ev); /* before any of its messages */
    if (transport == HL_UNIX_DGRAM)
        emit_end(tx, d, 0);
    if (!hl_net_tell_rx(n, &add)) {
        shutdown(fd, SHUT_RDWR);
        hl_wire_unref(w);
    }
}

/* "unix:" tells nothing of the kind of socket behind the path; connect() does. */
static void try_unix(struct hl_tx *tx, struct hl_tx_dial *d, const struct hl_addr *a)
    HL_REQUIRES(hl_role_tx)
{
    static const enum hl_transport kinds[] = {HL_UNIX_STREAM, HL_UNIX_DGRAM, HL_UNIX_SEQPACKET};
    int err = -EPROTOTYPE;
    int fd = -1;

    /* A socket of another kind is EPROTOTYPE behind a path, ECONNREFUSED behind an abstract name.
     */
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (d->request.to.transport != HL_UNIX_STREAM && kinds[i] != d->request.to.transport)
            continue;
        err = hl_sock_connect_start(kinds[i], a, NULL, &fd);
        if (err == 0) {
            connected(tx, d, fd, kinds[i]);
            return;
        }
        if (err != -EPROTOTYPE && err != -ECONNREFUSED)
            break;
    }
    if (err == -EAGAIN || err == -EINPROGRESS) {
        d->retry = hl_clock_now() + UNIX_RETRY;
        return;
    }
    fail_dial(tx, d, err);
}

/* Whether this host has a route to a, and a socket of that family to use it. */
static int probe_route(int family, const struct hl_addr *a)
{
    int fd;
    int err;

    if (family == AF_INET && a->family == HL_AF_INET6)
        return -EAFNOSUPPORT;
    err = hl_sock_connect_start(HL_UDP, a, NULL, &fd);
    if (err == 0)
        close(fd);
    return err;
}

static void try_datagram(struct hl_tx *tx, struct hl_tx_dial *d, const struct hl_addr *a,
                         unsigned index) HL_REQUIRES(hl_role_tx)
{
    struct hl_event ev = {.kind = HL_EV_CONNECTED, .token = d->token};
    int err;

    ev.path = (struct hl_path){.link = d->request.via, .transport = HL_UDP, .remote = *a};
    err = probe_route(hl_tx_family(tx, d->request.via), a);
    hl_race_failed(&d->race, index, err, hl_clock_now());
    if (err != 0) {
        emit_about(tx, d, HL_EV_TRY_FAILED, a, err);
        return;
    }
    d->found++;
    hl_tx_emit(tx, &ev); /* local stays open: the kernel chooses until the peer has been heard */
}

static void try_stream(struct hl_tx *tx, struct hl_tx_dial *d, const struct hl_addr *a,
                       unsigned index) HL_REQUIRES(hl_role_tx)
{
    const struct hl_addr *source =
        d->request.source.family == HL_AF_NONE ? NULL : &d->request.source;
    struct attempt *at = &d->attempts[d->attempt_count];
    struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = at};
    int fd;
    int err;

    emit_about(tx, d, HL_EV_TRYING, a, 0);
    err = hl_sock_connect_start(HL_TCP, a, source, &fd);
    if (err == 0) {
        connected(tx, d, fd, HL_TCP);
        return;
    }
    if (err != -EINPROGRESS) {
        hl_race_failed(&d->race, index, err, hl_clock_now());
        emit_about(tx, d, HL_EV_TRY_FAILED, a, err);
        return;
    }
    *at =
        (struct attempt){.source.kind = HL_TX_SOURCE_ATTEMPT, .dial = d, .fd = fd, .index = index};
    at->addr = *a;
    d->attempt_count++;
    epoll_ctl(tx->epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* Starts what the race permits now; ends the dial when nothing is left to try. */
static void advance(struct hl_tx *tx, struct hl_tx_dial *d) HL_REQUIRES(hl_role_tx)
{
    enum hl_transport transport = d->request.to.transport;
    struct hl_addr a;
    unsigned index;

    while (!d->over && hl_race_next(&d->race, hl_clock_now(), &a, &index)) {
        if (d->kind == HL_TX_LOOKUP) {
            d->found++;
            hl_race_failed(&d->race, index, 0, hl_clock_now());
            emit_found(tx, d, &a);
        } else if (a.family == HL_AF_UNIX) {
            try_unix(tx, d, &a);
        } else if (is_datagram(transport)) {
            try_datagram(tx, d, &a, index);
        } else {
            try_stream(tx, d, &a, index);
        }
    }
    if (!d->over && hl_race_over(&d->race))
        conclude(tx, d);
}

/* ---- what happens ---- */

static void ask(struct hl_tx *tx, struct hl_tx_dial *d) HL_REQUIRES(hl_role_tx)
{
    const struct hl_net_config *config = &tx->net->config;
    uint8_t source = d->request.source.family;
    struct hl_question q = {.what = d->request.to, .deadline = d->deadline, .token = d->id};
    int err;

    q.want_aliases = d->kind == HL_TX_LOOKUP;
    q.want_v4 = !config->ipv6_only && source != HL_AF_INET6;
    q.want_v6 = !config->ipv4_only && source != HL_AF_INET;
    if (!q.want_v4)
        hl_race_resolved(&d->race, HL_AF_INET, 0);
    if (!q.want_v6)
        hl_race_resolved(&d->race, HL_AF_INET6, 0);
    err = d->kind == HL_TX_REVERSE ? hl_resolver_ask_name(tx->resolver, &d->request.to.addr, d->id)
                                   : hl_resolver_ask(tx->resolver, &q);
    if (err != 0)
        fail_dial(tx, d, err);
}

void hl_dial_start(struct hl_tx *tx, const struct hl_tx_command *c, const struct hl_dial *request)
{
    struct hl_tx_dial *d = calloc(1, sizeof(*d));
    hl_time timeout = request->timeout;
    hl_time now = hl_clock_now();

    if (!d) {
        struct hl_event ev = {.kind = HL_EV_DIAL_FAILED, .token = c->token, .err = -ENOMEM};

        if (c->kind != HL_TX_DIAL)
            ev.kind = HL_EV_LOOKUP_DONE;
        hl_tx_emit(tx, &ev);
        return;
    }
    if (timeout == 0)
        timeout = tx->net->config.dial_timeout;
    d->kind = c->kind;
    d->id = ++tx->next_dial;
    d->token = c->token;
    d->request = *request;
    d->deadline = timeout == HL_NEVER ? HL_NEVER : now + timeout;
    d->retry = HL_NEVER;
    hl_race_init(&d->race, now);
    d->next = tx->dials;
    tx->dials = d;
    ask(tx, d);
    hl_dial_answers(tx); /* literals and cached names are answered at once */
}

void hl_dial_cancel(struct hl_tx *tx, uint64_t token)
{
    for (struct hl_tx_dial *d = tx->dials; d; d = d->next) {
        if (d->token == token) {
            fail_dial(tx, d, HL_ERR_CANCELLED);
            return;
        }
    }
}

static void take_address(struct hl_tx_dial *d, const struct hl_answer *a)
{
    if (hl_race_add(&d->race, &a->addr, hl_clock_now()) != 0)
        return;
    if (d->origin_count < HL_CANDIDATES_MAX)
        d->origins[d->origin_count++] =
            (struct origin){.addr = a->addr, .source = a->source, .took = a->took};
}

/* Both families tell the same names; the canonical one is known at the end only. */
static void take_alias(struct hl_tx_dial *d, const char *name)
{
    size_t len = strlen(name);
    char *at = d->aliases;

    while (*at && strcasecmp(at, name) != 0)
        at += strlen(at) + 1;
    if (*at == '\0' && (size_t)(at - d->aliases) + len + 2 <= sizeof(d->aliases))
        memcpy(at, name, len + 1);
}

static void take_answer(struct hl_tx *tx, struct hl_tx_dial *d, const struct hl_answer *a)
    HL_REQUIRES(hl_role_tx)
{
    if (a->kind != HL_ANSWER_ALIAS && a->name[0] != '\0')
        memcpy(d->canonical, a->name, sizeof(d->canonical));
    switch (a->kind) {
    case HL_ANSWER_ADDRESS:
        take_address(d, a);
        break;
    case HL_ANSWER_ALIAS:
        take_alias(d, a->name);
        break;
    case HL_ANSWER_DONE:
        hl_race_resolved(&d->race, a->family, a->err);
        break;
    case HL_ANSWER_NAME:
        fail_dial(tx, d, a->err);
        return;
    }
    advance(tx, d);
}

void hl_dial_answers(struct hl_tx *tx)
{
    struct hl_answer a;

    while (hl_resolver_next(tx->resolver, &a)) {
        struct hl_tx_dial *d = tx->dials;

        while (d && d->id != a.token)
            d = d->next;
        if (d)
            take_answer(tx, d, &a);
    }
}

void hl_dial_ready(struct hl_tx *tx, struct hl_tx_source *source)
{
    struct attempt *at = (struct attempt *)(void *)source;
    struct hl_tx_dial *d = at->dial;
    int fd = at->fd;
    int err;

    if (fd < 0) /* ended earlier in this batch */
        return;
    err = hl_sock_connect_result(fd);
    if (err == -EINPROGRESS)
        return;
    epoll_ctl(tx->epoll, EPOLL_CTL_DEL, fd, NULL);
    at->fd = -1;
    if (err == 0) {
        connected(tx, d, fd, HL_TCP);
        return;
    }
    close(fd);
    hl_race_failed(&d->race, at->index, err, hl_clock_now());
    emit_about(tx, d, HL_EV_TRY_FAILED, &at->addr, err);
    advance(tx, d);
}

hl_time hl_dial_timers(struct hl_tx *tx)
{
    hl_time first = HL_NEVER;

    for (struct hl_tx_dial *d = tx->dials, *next; d; d = next) {
        hl_time now = hl_clock_now();

        next = d->next;
        if (d->deadline <= now) {
            conclude(tx, d);
            continue;
        }
        if (d->retry <= now) {
            d->retry = HL_NEVER;
            try_unix(tx, d, &d->request.to.addr);
        } else {
            advance(tx, d);
        }
        if (d->over)
            continue;
        if (hl_race_deadline(&d->race) < first)
            first = hl_race_deadline(&d->race);
        if (d->retry < first)
            first = d->retry;
        if (d->deadline < first)
            first = d->deadline;
    }
    return first;
}

void hl_dial_stop(struct hl_tx *tx)
{
    while (tx->dials)
        fail_dial(tx, tx->dials, HL_ERR_STOPPED);
}
