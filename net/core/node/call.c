/* SPDX-License-Identifier: MIT */
#include "whole.h"

#include <errno.h>
#include <string.h>

#include "net_limits.h"

/* ---- which addresses ---- */

static struct hl_call_try *try_of(struct hl_call *c, const struct hl_path *path)
{
    for (unsigned i = 0; i < c->count; i++)
        if (hl_route_compare(&c->tries[i].route, path) == HL_ROUTE_SAME)
            return &c->tries[i];
    return NULL;
}

struct hl_call_try *hl_call_tried(struct hl_call *c, const struct hl_path *path)
{
    struct hl_call_try *t = try_of(c, path);

    return t && t->sends ? t : NULL;
}

bool hl_call_asked(const struct hl_call *c)
{
    unsigned i = 0;

    while (i < c->count && c->tries[i].sends == 0)
        i++;
    return i < c->count;
}

static int add_try(struct hl_node *n, struct hl_call *c, const struct hl_path *path)
{
    struct hl_call_try *t = &c->tries[c->count];

    if (c->count == HL_NODE_PATHS_MAX || try_of(c, path))
        return 0;
    *t = (struct hl_call_try){.next = HL_NEVER, .cookie_at = HL_NEVER};
    if (hl_route_set(n->env, &t->route, path) < 0)
        return -ENOMEM;
    c->count++;
    return 0;
}

/* The address where the peer last proved to be, then those that the owner named, the newest first.
 */
static int gather(struct hl_node *n, struct hl_peer *p, struct hl_call *c)
{
    const struct hl_route *proven = hl_roam_proven(p);
    struct hl_path path;

    if (proven) {
        hl_route_path(proven, &path);
        if (add_try(n, c, &path) < 0)
            return -ENOMEM;
    }
    if (c->rekey)
        return 0;
    for (unsigned i = p->paths ? p->paths->count : 0; i-- > 0;) {
        hl_route_path(&p->paths->routes[i], &path);
        if (add_try(n, c, &path) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* ---- a round: one INITIAL ---- */

static int make_initial(struct hl_node *n, struct hl_peer *p, struct hl_call *c)
{
    const struct hl_handshake_with with = {
        .key = p->has_key && !(p->by_xx && !p->up) ? p->key : NULL,
        .psk = p->psk,
        .index = hl_index_add(&n->index, p->place),
        .instances = {.writer = p->own, .reader = p->other},
    };
    int err;

    if (with.index == 0)
        return -ENOMEM;
    err = hl_handshake_initial(&c->handshake, n->env, &n->id, &with, c->packet);
    if (err < 0) {
        hl_index_remove(&n->index, with.index);
        hl_crypt_wipe(&c->handshake, sizeof c->handshake);
        return err;
    }
    hl_cookie_keys_init(&c->mac, with.key);
    return 0;
}

static void link_xx(struct hl_node *n, struct hl_call *c)
{
    if (!c->handshake.xx)
        return;
    c->prev_xx = NULL;
    c->next_xx = n->xx_calls;
    if (c->next_xx)
        c->next_xx->prev_xx = c;
    n->xx_calls = c;
}

/* The handshake is over: of the INITIAL nothing is left but its index, if that is kept. */
static void drop_initial(struct hl_node *n, struct hl_call *c, bool keep)
{
    if (c->handshake.own && c->handshake.xx) {
        *(c->prev_xx ? &c->prev_xx->next_xx : &n->xx_calls) = c->next_xx;
        if (c->next_xx)
            c->next_xx->prev_xx = c->prev_xx;
    }
    if (!keep)
        hl_index_remove(&n->index, c->handshake.own);
    hl_crypt_wipe(&c->handshake, sizeof c->handshake);
}

void hl_call_answered(struct hl_node *n, struct hl_call *c)
{
    drop_initial(n, c, true);
    for (unsigned i = 0; i < c->count; i++)
        c->tries[i].next = HL_NEVER;
}

static bool has_path(const struct hl_peer *p, const struct hl_path *path)
{
    for (unsigned i = 0; p->paths && i < p->paths->count; i++)
        if (hl_route_compare(&p->paths->routes[i], path) == HL_ROUTE_SAME)
            return true;
    return false;
}

struct hl_peer *hl_call_named(const struct hl_node *n, const struct hl_path *path)
{
    for (uint32_t at = n->keyless; at != HL_PLACE_NONE; at = n->peers[at]->next_keyless)
        if (has_path(n->peers[at], path))
            return n->peers[at];
    for (struct hl_call *c = n->xx_calls; c; c = c->next_xx)
        if (hl_call_tried(c, path))
            return n->peers[c->peer];
    return NULL;
}

bool hl_call_made(const struct hl_node *n, const uint8_t mac1[HL_MAC_SIZE])
{
    for (const struct hl_call *c = n->xx_calls; c; c = c->next_xx)
        if (memcmp(hl_cookie_mac1(c->packet, HL_PACKET_INITIAL), mac1, HL_MAC_SIZE) == 0)
            return true;
    return false;
}

static int start_round(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_call *c = p->call;
    int err;

    drop_initial(n, c, false);
    c->finishing = false;
    c->round = now;
    err = make_initial(n, p, c);
    if (err < 0)
        return err;
    link_xx(n, c);
    for (unsigned i = 0; i < c->count; i++) {
        c->tries[i].next = now + (hl_time)i * HL_RACE_STAGGER;
        c->tries[i].sends = 0;
    }
    n->stats.handshakes_out++;
    return 0;
}

/* From beside the session to over all paths known. */
static int widen(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_path path;

    p->call->began = now;
    p->call->rekey = p->call->doubt = false;
    for (unsigned i = p->paths ? p->paths->count : 0; i-- > 0;) {
        hl_route_path(&p->paths->routes[i], &path);
        if (hl_call_add(n, p, now, &path) < 0)
            break; /* no memory: those that are there will do */
    }
    if (p->call->count)
        return 0;
    hl_call_end(n, p);
    return -ENETUNREACH;
}

int hl_call_start(struct hl_node *n, struct hl_peer *p, hl_time now, bool rekey)
{
    int err;

    if (p->call && p->call->rekey && !rekey)
        return widen(n, p, now);
    if (p->call || p->key_changed)
        return 0;
    p->call = hl_env_alloc(n->env, sizeof *p->call);
    if (!p->call)
        return -ENOMEM;
    p->call->began = now;
    p->call->peer = p->place;
    p->call->rekey = rekey;
    err = gather(n, p, p->call);
    if (err == 0 && p->call->count == 0)
        err = -ENETUNREACH;
    if (err == 0)
        err = start_round(n, p, now);
    if (err < 0)
        hl_call_end(n, p);
    else
        hl_peer_due(n, p, now);
    return err;
}

int hl_call_doubt(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    int err;

    if (p->call)
        return 0;
    err = hl_call_start(n, p, now, true);
    if (p->call)
        p->call->doubt = true;
    return err;
}

void hl_call_heard(struct hl_node *n, struct hl_peer *p)
{
    if (p->call && p->call->doubt)
        hl_call_end(n, p);
}

void hl_call_end(struct hl_node *n, struct hl_peer *p)
{
    struct hl_call *c = p->call;

    if (!c)
        return;
    drop_initial(n, c, false);
    for (unsigned i = 0; i < c->count; i++)
        hl_route_clear(n->env, &c->tries[i].route);
    hl_crypt_wipe(c, sizeof *c);
    hl_env_free(n->env, c);
    p->call = NULL;
}

int hl_call_add(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *path)
{
    struct hl_call *c = p->call;
    hl_time after = now;
    struct hl_call_try *t;

    for (unsigned i = 0; i < c->count; i++) {
        hl_time begun = c->round + (hl_time)i * HL_RACE_STAGGER;

        if (begun + HL_RACE_STAGGER > after)
            after = begun + HL_RACE_STAGGER;
    }
    if (add_try(n, c, path) < 0)
        return -ENOMEM;
    if (c->rekey)
        c->began = now; /* a whole one has a whole one's time */
    c->rekey = c->doubt = false;
    t = &c->tries[c->count - 1];
    if (!c->finishing && t->sends == 0 && t->next == HL_NEVER)
        t->next = after;
    hl_peer_due(n, p, now);
    return 0;
}

void hl_call_hurry(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_call *c = p->call;

    for (unsigned i = 0; c && !c->finishing && i < c->count; i++)
        if (c->tries[i].sends == 0)
            c->tries[i].next = now;
    hl_peer_due(n, p, now);
}

void hl_call_link_down(struct hl_node *n, struct hl_peer *p, hl_link link)
{
    struct hl_call *c = p->call;

    for (unsigned i = c ? c->count : 0; i-- > 0;) {
        struct hl_route gone = c->tries[i].route;

        if (gone.link != link)
            continue;
        memmove(&c->tries[i], &c->tries[i + 1], (--c->count - i) * sizeof c->tries[0]);
        hl_route_clear(n->env, &gone);
    }
}

/* ---- time ---- */

/* Nobody answered. With a session it is the peer that has fallen silent. */
static void give_up(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    bool rekey = p->call->rekey;

    hl_call_end(n, p);
    if (rekey)
        return;
    if (p->up) {
        hl_assoc_end(n, p);
        hl_peer_tell_down(n, p, HL_ERR_TIMEOUT, 0);
    } else {
        p->err = HL_ERR_NO_ANSWER;
        hl_peer_tell(n, p, HL_NEWS_NO_ANSWER);
    }
    if (p->flow && !hl_flow_idle(p->flow))
        p->retry = now + HL_CALL_RETRY;
}

void hl_call_run(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_call *c = p->call;

    if (c && c->finishing && c->sends && c->next == HL_NEVER && c->sends < HL_CALL_SENDS) {
        hl_call_end(n, p); /* over a stream FINISH arrives */
        return;
    }
    if (!c || now < c->round + HL_CALL_FRESH)
        return;
    if (now >= c->began + HL_CALL_GIVE_UP)
        give_up(n, p, now);
    else if (start_round(n, p, now) < 0)
        c->round = now; /* no memory: again with the next round */
}

hl_time hl_call_deadline(const struct hl_peer *p)
{
    const struct hl_call *c = p->call;
    hl_time at;

    if (!c)
        return HL_NEVER;
    at = c->round + HL_CALL_FRESH;
    if (c->finishing)
        return c->next < at ? c->next : at;
    for (unsigned i = 0; i < c->count; i++)
        if (c->tries[i].next < at)
            at = c->tries[i].next;
    return at;
}

/* ---- sending ---- */

/* What was sent for the nth time is sent again after 250 ms, 500 ms, 1 s ...; over a stream once
 * is enough. */
static hl_time resend_at(hl_time now, uint8_t sends, enum hl_transport transport)
{
    if (sends >= HL_CALL_SENDS || hl_transport_is_stream(transport))
        return HL_NEVER;
    return now + (HL_CALL_RESEND << (sends - 1));
}

static size_t send_initial(struct hl_peer *p, hl_time now, uint8_t *out, struct hl_path *to)
{
    struct hl_call *c = p->call;

    for (unsigned i = 0; i < c->count; i++) {
        struct hl_call_try *t = &c->tries[i];
        bool baked = t->cookie_at != HL_NEVER && now - t->cookie_at < HL_COOKIE_LIFE;

        if (t->next > now)
            continue;
        hl_route_path(&t->route, to);
        t->next = resend_at(now, ++t->sends, to->transport);
        hl_cookie_stamp(c->packet, HL_PACKET_INITIAL, &c->mac, baked ? t->cookie : NULL);
        memcpy(out, c->packet, HL_PACKET_INITIAL);
        return HL_PACKET_INITIAL;
    }
    return 0;
}

size_t hl_call_send(struct hl_node *n, struct hl_peer *p, hl_time now, uint8_t *out,
                    struct hl_path *to)
{
    struct hl_call *c = p->call;

    (void)n;
    if (!c || !c->finishing)
        return c ? send_initial(p, now, out, to) : 0;
    if (c->next > now || !p->route.set || hl_roam_room(p) < HL_PACKET_FINISH)
        return 0;
    hl_route_path(&p->route, to);
    c->next = resend_at(now, ++c->sends, to->transport);
    hl_roam_spend(p, HL_PACKET_FINISH);
    memcpy(out, c->packet, HL_PACKET_FINISH);
    return HL_PACKET_FINISH;
}

void hl_call_finishing(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_call *c = p->call;

    c->finishing = true;
    c->round = c->next = now;
    c->sends = 0;
    hl_peer_due(n, p, now);
}
