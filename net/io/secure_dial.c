/* SPDX-License-Identifier: MIT */
/* How a peer is reached for the first time: its name is looked up, its addresses become paths of
 * the node, which tries them one after the other (RFC 8305), and if UDP brings no answer within
 * HL_FALLBACK_DELAY, or is refused everywhere, TCP is tried beside it. Whichever is answered first
 * ends the dial.
 *
 * A dial that fails is reported with the error that says most about the peer; the node goes on
 * with its handshakes for a while, so HL_SEC_UP may still come. */
#include "secure_core.h"

#include "crypt.h"
#include "race.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The two dials of the net that a dial may have; their tokens differ in this bit. */
enum way {
    DGRAM = 0,
    STREAM = 1,
    WAYS,
};

enum try_state {
    TRY_WAITING, /* the node has it */
    TRY_RUNNING, /* a packet has left for it */
    TRY_FAILED,
};

struct attempt {
    struct hl_path path;
    enum try_state state;
};

struct hl_sec_dial {
    struct hl_sec_dial *next;
    uint32_t peer;
    struct hl_sec_request *request;
    hl_time deadline;
    hl_time fallback;   /* when TCP is tried too; HL_NEVER: not, or it has been */
    uint64_t token;     /* of the way DGRAM */
    bool running[WAYS]; /* the net has not said its last about it */
    bool fell_back;     /* STREAM is the second choice */
    int err[WAYS];      /* the most telling so far */
    struct attempt attempts[HL_NODE_PATHS_MAX];
    unsigned count;
};

/* ---- telling ---- */

static void say_peer(struct hl_sec_core *core, uint32_t peer, int err) HL_REQUIRES(hl_role_core)
{
    struct hl_sec_peer *p = hl_secure_peers_find(core, peer);

    if (p)
        p->told = true;
    hl_secure_events_say(
        core, &(struct hl_sec_record){.kind = HL_SEC_NO_ANSWER, .peer = peer, .err = err});
}

static void say_path(struct hl_sec_core *core, const struct hl_sec_dial *d,
                     enum hl_secure_event_kind kind, const struct hl_path *path, int err)
    HL_REQUIRES(hl_role_core)
{
    const struct hl_sec_record r = {.kind = (int)kind, .peer = d->peer, .err = err};

    hl_secure_events_say_where(core, &r, path, NULL);
}

/* The addresses of a name, once each: the fallback asks for the same ones. */
static void say_address(struct hl_sec_core *core, const struct hl_sec_dial *d, enum way way,
                        const struct hl_path *path) HL_REQUIRES(hl_role_core)
{
    if (d->request->to.kind == HL_HOST_NAME && !(way == STREAM && d->fell_back))
        say_path(core, d, HL_SEC_LOOKED_UP, path, 0);
}

/* ---- table and end ---- */

static struct hl_sec_dial **by_token(struct hl_sec_core *core, uint64_t token)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_dial **at = &core->dials;

    while (*at && (*at)->token != (token & ~(uint64_t)STREAM))
        at = &(*at)->next;
    return at;
}

static void free_dial(struct hl_sec_dial *d)
{
    hl_crypt_wipe(d->request, sizeof(*d->request));
    free(d->request);
    free(d);
}

static void end_dial(struct hl_sec_core *core, struct hl_sec_dial **at) HL_REQUIRES(hl_role_core)
{
    struct hl_sec_dial *d = *at;

    *at = d->next;
    for (unsigned way = 0; way < WAYS; way++) {
        if (d->running[way])
            (void)!hl_net_cancel(core->s->net, d->token | way);
    }
    for (unsigned i = 0; i < d->count; i++) /* the other connections that were made for it */
        hl_secure_links_drop(core, d->attempts[i].path.link);
    free_dial(d);
}

void hl_secure_dial_end(struct hl_sec_core *core, uint32_t peer)
{
    struct hl_sec_dial **at = &core->dials;

    while (*at) {
        if ((*at)->peer == peer)
            end_dial(core, at);
        else
            at = &(*at)->next;
    }
}

bool hl_secure_dial_busy(const struct hl_sec_core *core, uint32_t peer)
{
    const struct hl_sec_dial *d = core->dials;

    while (d && d->peer != peer)
        d = d->next;
    return d != NULL;
}

/* ---- what became of it ---- */

static void raise_to(int *err, int other)
{
    *err = hl_race_telling(*err, other);
}

static unsigned silent(const struct hl_sec_dial *d)
{
    unsigned n = 0;

    for (unsigned i = 0; i < d->count; i++)
        n += d->attempts[i].state != TRY_FAILED;
    return n;
}

/* A refusal by TCP says little while UDP may still be on its way: not everybody listens on both. */
static int verdict(const struct hl_sec_dial *d)
{
    int err = d->err[d->fell_back ? DGRAM : STREAM];

    if (silent(d) > 0)
        raise_to(&err, HL_ERR_TIMEOUT);
    else
        err = hl_race_telling(d->err[DGRAM], d->err[STREAM]);
    if (err != 0)
        return err;
    return d->request->to.kind == HL_HOST_NAME ? HL_ERR_NAME_AGAIN : HL_ERR_TIMEOUT;
}

static void conclude(struct hl_sec_core *core, struct hl_sec_dial **at) HL_REQUIRES(hl_role_core)
{
    uint32_t peer = (*at)->peer;
    int err = verdict(*at);

    end_dial(core, at);
    say_peer(core, peer, err);
}

/* ---- starting ---- */

static int opened_udp(struct hl_sec_core *core, hl_link *link) HL_REQUIRES(hl_role_core)
{
    static const struct hl_endpoint any = {.transport = HL_UDP, .kind = HL_HOST_ANY};
    struct hl_addr bound;
    int err = 0;

    *link = hl_net_first(core->s->net, HL_UDP);
    if (*link == 0)
        err = hl_net_listen(core->s->net, &any, link, &bound);
    return err;
}

static void start_way(struct hl_sec_core *core, struct hl_sec_dial *d, enum way way)
    HL_REQUIRES(hl_role_core)
{
    struct hl_dial dial = {.to = d->request->to, .via = d->request->via};
    int err = 0;

    if (dial.to.kind != HL_HOST_PATH)
        dial.to.transport = way == STREAM ? HL_TCP : HL_UDP;
    if (dial.to.transport == HL_UDP && dial.via == 0)
        err = opened_udp(core, &dial.via);
    dial.timeout = d->deadline == HL_NEVER ? HL_NEVER : d->deadline - core->now;
    if (err == 0)
        err = hl_net_dial(core->s->net, &dial, d->token | way);
    d->running[way] = err == 0;
    raise_to(&d->err[way], err);
}

static void fall_back(struct hl_sec_core *core, struct hl_sec_dial *d) HL_REQUIRES(hl_role_core)
{
    d->fallback = HL_NEVER;
    d->fell_back = true;
    start_way(core, d, STREAM);
}

/* Ends the dial, or goes over to TCP, if nothing is left that could be answered. True: it ended. */
static bool settle(struct hl_sec_core *core, struct hl_sec_dial **at) HL_REQUIRES(hl_role_core)
{
    struct hl_sec_dial *d = *at;

    if (silent(d) > 0 || d->running[DGRAM] || d->running[STREAM])
        return false;
    if (d->fallback != HL_NEVER && hl_err_class(d->err[DGRAM]) != HL_CLASS_NAME) {
        fall_back(core, d);
        if (d->running[STREAM])
            return false;
    }
    conclude(core, at);
    return true;
}

static int make_peer(struct hl_sec_core *core, uint32_t peer, struct hl_sec_request *r)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = HL_CMD_PEER,
                           .peer = peer,
                           .key = r->has_key ? r->key : NULL,
                           .psk = r->has_psk ? r->psk : NULL};
    bool is_new = !hl_secure_peers_find(core, peer);
    int err = 0;

    if (is_new || r->has_key || r->has_psk)
        err = hl_node_command(core->node, core->now, &c);
    hl_crypt_wipe(r->psk, sizeof(r->psk));
    if (err == 0 && !hl_secure_peers_get(core, peer))
        err = -ENOMEM;
    return err;
}

/* A peer that is up needs no dial: that it is, is said again. */
static bool say_up(struct hl_sec_core *core, uint32_t peer) HL_REQUIRES(hl_role_core)
{
    const struct hl_sec_record r = {.kind = HL_SEC_UP, .peer = peer};
    struct hl_peer_info info;

    if (!hl_node_peer(core->node, peer, &info) || !info.up)
        return false;
    hl_secure_events_say_where(core, &r, &info.path, info.key);
    return true;
}

/* The key is that of a peer with another number. */
static void say_same(struct hl_sec_core *core, uint32_t peer, const uint8_t *key)
    HL_REQUIRES(hl_role_core)
{
    static const struct hl_path nowhere;
    const struct hl_sec_record r = {.kind = HL_SEC_DOWN,
                                    .peer = peer,
                                    .err = -EEXIST,
                                    .code = hl_secure_peers_by_key(core, key)};

    hl_secure_events_say_where(core, &r, &nowhere, key);
}

static struct hl_sec_dial *new_dial(struct hl_sec_core *core, uint32_t peer,
                                    struct hl_sec_request *r) HL_REQUIRES(hl_role_core)
{
    struct hl_sec_dial *d = calloc(1, sizeof(*d));
    hl_time timeout = r->timeout ? r->timeout : HL_DIAL_TIMEOUT;

    if (!d)
        return NULL;
    d->peer = peer;
    d->request = r;
    d->token = HL_SECURE_TOKENS | (++core->last_token * WAYS);
    d->deadline = timeout == HL_NEVER ? HL_NEVER : core->now + timeout;
    d->fallback = HL_NEVER;
    d->next = core->dials;
    core->dials = d;
    return d;
}

static enum way first_way(const struct hl_sec_request *r)
{
    if (r->to.kind == HL_HOST_PATH || r->to.transport_given)
        return r->to.transport == HL_UDP ? DGRAM : STREAM;
    return r->carrier == HL_CARRIER_STREAM ? STREAM : DGRAM;
}

void hl_secure_dial_open(struct hl_sec_core *core, uint32_t peer, struct hl_sec_request *request)
{
    struct hl_sec_dial *d = NULL;
    enum way way = first_way(request);
    int err = make_peer(core, peer, request);

    if (err == 0 && request->to.kind != HL_HOST_ANY && !say_up(core, peer)) {
        d = new_dial(core, peer, request);
        err = d ? 0 : -ENOMEM;
    }
    if (err == -EEXIST)
        say_same(core, peer, request->key);
    else if (err != 0)
        say_peer(core, peer, err);
    if (!d) {
        free(request);
        return;
    }
    if (way == DGRAM && request->carrier == HL_CARRIER_AUTO && !request->to.transport_given)
        d->fallback = core->now + HL_FALLBACK_DELAY;
    start_way(core, d, way);
    (void)settle(core, &core->dials);
}

hl_time hl_secure_dial_timers(struct hl_sec_core *core)
{
    hl_time first = HL_NEVER;

    for (struct hl_sec_dial **at = &core->dials; *at;) {
        struct hl_sec_dial *d = *at;

        if (d->deadline <= core->now) {
            conclude(core, at);
            continue;
        }
        if (d->fallback <= core->now)
            fall_back(core, d);
        first = d->deadline < first ? d->deadline : first;
        first = d->fallback < first ? d->fallback : first;
        at = &d->next;
    }
    return first;
}

void hl_secure_dial_free(struct hl_sec_core *core)
{
    while (core->dials) {
        struct hl_sec_dial *d = core->dials;

        core->dials = d->next;
        free_dial(d);
    }
}

/* ---- what the net says ---- */

static void on_trying(struct hl_sec_core *core, struct hl_sec_dial *d, enum way way,
                      const struct hl_event *ev) HL_REQUIRES(hl_role_core)
{
    say_address(core, d, way, &ev->path);
    say_path(core, d, HL_SEC_TRYING, &ev->path, 0);
}

static void on_try_failed(struct hl_sec_core *core, struct hl_sec_dial *d, enum way way,
                          const struct hl_event *ev) HL_REQUIRES(hl_role_core)
{
    raise_to(&d->err[way], ev->err);
    if (way == DGRAM) /* of a stream it has been said that it is tried */
        say_address(core, d, way, &ev->path);
    say_path(core, d, HL_SEC_TRY_FAILED, &ev->path, ev->err);
}

static void on_connected(struct hl_sec_core *core, struct hl_sec_dial *d, enum way way,
                         const struct hl_event *ev) HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = HL_CMD_PATH, .peer = d->peer, .path = ev->path};
    struct attempt *t = &d->attempts[d->count];

    /* To make room for the link another one may be closed, of which all dials hear: this one still
     * runs then, or it would be over. */
    if (ev->path.transport != HL_UDP) {
        hl_secure_links_add(core, &ev->path, false);
        d->running[way] = false;
    }
    if (d->count == HL_NODE_PATHS_MAX) /* the node would not take it */
        return;
    if (way == DGRAM)
        say_address(core, d, way, &ev->path);
    d->count++;
    *t = (struct attempt){.path = ev->path};
    if (ev->path.transport == HL_TCP) /* the attempt to connect has been told */
        t->state = TRY_RUNNING;
    hl_secure_core_tell(core, &c);
}

static void on_done(struct hl_sec_core *core, struct hl_sec_dial *d, enum way way,
                    const struct hl_event *ev) HL_REQUIRES(hl_role_core)
{
    (void)core;
    d->running[way] = false;
    raise_to(&d->err[way], ev->err);
}

static void (*const handlers[])(struct hl_sec_core *core, struct hl_sec_dial *d, enum way way,
                                const struct hl_event *ev) = {
    [HL_EV_TRYING] = on_trying,       [HL_EV_TRY_FAILED] = on_try_failed,
    [HL_EV_CONNECTED] = on_connected, [HL_EV_LOOKUP_DONE] = on_done,
    [HL_EV_DIAL_FAILED] = on_done,
};

void hl_secure_dial_event(struct hl_sec_core *core, const struct hl_event *ev)
{
    struct hl_sec_dial **at = by_token(core, ev->token);

    if (*at) {
        handlers[ev->kind](core, *at, ev->token & STREAM ? STREAM : DGRAM, ev);
        (void)settle(core, at);
    } else if (ev->kind == HL_EV_CONNECTED && ev->path.transport != HL_UDP) {
        (void)!hl_net_close(core->s->net, ev->path.link); /* too late */
    }
}

/* ---- what the paths say ---- */

static void fail_try(struct hl_sec_core *core, struct hl_sec_dial *d, struct attempt *t, int err)
    HL_REQUIRES(hl_role_core)
{
    t->state = TRY_FAILED;
    raise_to(&d->err[hl_sec_is_conn(&t->path) ? STREAM : DGRAM], err);
    say_path(core, d, HL_SEC_TRY_FAILED, &t->path, err);
}

void hl_secure_dial_refused(struct hl_sec_core *core, const struct hl_path *path, int err)
{
    for (struct hl_sec_dial **at = &core->dials; *at;) {
        struct hl_sec_dial *d = *at;

        for (unsigned i = 0; i < d->count; i++) {
            struct attempt *t = &d->attempts[i];

            if (t->state != TRY_FAILED && t->path.link == path->link &&
                hl_addr_equal(&t->path.remote, &path->remote))
                fail_try(core, d, t, err);
        }
        if (!settle(core, at))
            at = &d->next;
    }
}

void hl_secure_dial_left(struct hl_sec_core *core, const struct hl_path *path)
{
    for (struct hl_sec_dial *d = core->dials; d; d = d->next) {
        for (unsigned i = 0; i < d->count; i++) {
            struct attempt *t = &d->attempts[i];

            if (t->state != TRY_WAITING || t->path.link != path->link ||
                !hl_addr_equal(&t->path.remote, &path->remote))
                continue;
            t->state = TRY_RUNNING;
            say_path(core, d, HL_SEC_TRYING, &t->path, 0);
        }
    }
}
