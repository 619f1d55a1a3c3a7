/* SPDX-License-Identifier: MIT */
/* Where a peer is. The rules are those of RFC 9000 sections 8.2 and 9, with an amplification limit
 * of one instead of three. Whoever forwards a packet of the peer's faster than the network does can
 * point us to itself for a moment; the peer's own next packet, with a higher number, points back.
 */
#include "codec.h"
#include "whole.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

static struct hl_roam *doubts(struct hl_node *n, struct hl_peer *p)
{
    if (!p->roam)
        p->roam = hl_env_alloc(n->env, sizeof *p->roam);
    if (p->roam && p->roam->next == 0)
        p->roam->next = HL_NEVER;
    return p->roam;
}

void hl_roam_end(struct hl_node *n, struct hl_peer *p)
{
    if (!p->roam)
        return;
    hl_route_clear(n->env, &p->roam->old);
    hl_route_clear(n->env, &p->roam->owed_to);
    hl_env_free(n->env, p->roam);
    p->roam = NULL;
}

void hl_roam_link_down(struct hl_node *n, struct hl_peer *p, hl_link link)
{
    struct hl_roam *r = p->roam;

    if (r && r->old.set && r->old.link == link) {
        hl_route_clear(n->env, &r->old);
        r->old_due = r->old_answered = false;
    }
    if (r && r->owed && r->owed_to.link == link)
        r->owed = false;
}

/* Nothing is doubtful any more: a response that is owed is the last use of the block. */
static void settle(struct hl_node *n, struct hl_peer *p)
{
    hl_route_clear(n->env, &p->roam->old);
    p->roam->unproven = p->roam->due = p->roam->old_due = false;
    p->roam->next = HL_NEVER;
    if (!p->roam->owed)
        hl_roam_end(n, p);
}

/* ---- moving ---- */

/* Sets the address, and has the path measured anew if it is another one. */
static int move(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *to)
{
    enum hl_route_change change = hl_route_compare(&p->route, to);

    if (hl_peer_set_route(n, p, to) < 0)
        return -ENOMEM;
    if (change == HL_ROUTE_NEW)
        hl_peer_measure(n, p, now);
    return 0;
}

static void challenge(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_roam *r = p->roam;
    struct hl_flow_stats s = {.rtt = 0};

    if (p->flow)
        hl_flow_stats(p->flow, &s);
    r->wait = HL_ROAM_FIRST;
    r->patience = now + HL_ROAM_PATIENCE;
    if (s.rtt) {
        hl_time rtt = s.rtt + 4 * s.rtt_var;

        r->wait = rtt < r->wait ? rtt : r->wait;
        r->patience = now + rtt;
    }
    n->env->random(n->env->user, r->challenge, sizeof r->challenge);
    n->env->random(n->env->user, r->old_challenge, sizeof r->old_challenge);
    r->old_answered = false;
    r->tries = 0;
    r->next = now;
}

/* The peer seems to be at another address, which has to prove itself. */
static void doubt(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *from)
{
    struct hl_roam *r = doubts(n, p);
    struct hl_route was;

    if (!r)
        return; /* it stays where it was until there is memory for doubts */
    was = r->unproven ? (struct hl_route){.set = false} : p->route;
    if (was.set) {
        struct hl_path path;

        hl_route_path(&was, &path);
        if (hl_route_set(n->env, &r->old, &path) < 0)
            return;
    }
    challenge(n, p, now);
    if (move(n, p, now, from) < 0)
        return;
    r->unproven = true;
    r->credit = 0;
    n->stats.moved++;
}

/* It was here before and has proved it then. */
static void go_back(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_path old;

    hl_route_path(&p->roam->old, &old);
    if (move(n, p, now, &old) < 0)
        return;
    n->stats.moved++;
    settle(n, p);
}

/* The same address through another socket of ours, or to another address of ours. */
static void follow_local(struct hl_node *n, struct hl_peer *p, const struct hl_path *from)
{
    struct hl_path is;

    hl_route_path(&p->route, &is);
    if (is.link != from->link || !hl_addr_equal(&is.local, &from->local))
        (void)!hl_peer_set_route(n, p, from);
}

/* It is there beyond doubt. */
static int found(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *path)
{
    bool same = hl_route_compare(&p->route, path) == HL_ROUTE_SAME;
    bool had = p->route.set;

    if (same)
        follow_local(n, p, path);
    else if (move(n, p, now, path) < 0)
        return -ENOMEM;
    if (p->roam)
        settle(n, p);
    if (!same && had) {
        n->stats.moved++;
        hl_peer_tell(n, p, HL_NEWS_MOVED);
    }
    return 0;
}

/* Two addresses of the peer may both work. When each side moves to what the other has just left,
 * they must not chase each other for ever: the one with the greater key goes back to the old
 * address at the first packet from there, the other waits whether the new one answers. */
static bool may_go_back(const struct hl_node *n, const struct hl_peer *p, hl_time now)
{
    return memcmp(n->id.key, p->key, HL_KEY_SIZE) > 0 || now >= p->roam->patience;
}

/* The peer's latest packet came from an address that is not its own as we know it. */
static void follow(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *from)
{
    const struct hl_roam *r = p->roam;
    bool old = r && r->old.set && hl_route_compare(&r->old, from) == HL_ROUTE_SAME;

    if (old && may_go_back(n, p, now))
        go_back(n, p, now);
    else if (!old && hl_route_forgeable(from->transport))
        doubt(n, p, now, from);
    else if (!old)
        (void)found(n, p, now, from);
}

void hl_roam_heard(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *from,
                   size_t len, bool newest)
{
    bool same = hl_route_compare(&p->route, from) == HL_ROUTE_SAME;
    struct hl_roam *r;

    if (newest && same)
        follow_local(n, p, from);
    else if (newest)
        follow(n, p, now, from);
    r = p->roam;
    if (!r || !r->unproven || hl_route_compare(&p->route, from) != HL_ROUTE_SAME)
        return;
    r->credit += len;
    r->broke = false;
    if (r->next == HL_NEVER && r->tries >= HL_ROAM_TRIES)
        challenge(n, p, now); /* it speaks again: another chance */
}

int hl_roam_found(struct hl_node *n, struct hl_peer *p, hl_time now,
                  const struct hl_assoc_with *with)
{
    if (with->proven || !hl_route_forgeable(with->path->transport))
        return found(n, p, now, with->path);
    if (hl_route_compare(&p->route, with->path) != HL_ROUTE_SAME)
        doubt(n, p, now, with->path);
    if (p->roam && p->roam->unproven)
        p->roam->credit += with->len;
    return p->route.set ? 0 : -ENOMEM;
}

const struct hl_route *hl_roam_proven(const struct hl_peer *p)
{
    const struct hl_route *r = p->roam && p->roam->unproven ? &p->roam->old : &p->route;

    return r->set ? r : NULL;
}

/* ---- challenges and responses ---- */

void hl_roam_challenged(struct hl_node *n, struct hl_peer *p, const struct hl_path *from,
                        const uint8_t bytes[8])
{
    struct hl_roam *r = doubts(n, p);

    if (!r || hl_route_set(n->env, &r->owed_to, from) < 0)
        return; /* the peer will ask again */
    memcpy(r->response, bytes, sizeof r->response);
    r->owed = true;
}

void hl_roam_responded(struct hl_node *n, struct hl_peer *p, hl_time now,
                       const struct hl_path *from, const uint8_t bytes[8])
{
    struct hl_roam *r = p->roam;

    if (!r || !r->unproven)
        return;
    if (r->old.set && hl_route_compare(&r->old, from) == HL_ROUTE_SAME &&
        memcmp(bytes, r->old_challenge, sizeof r->old_challenge) == 0)
        r->old_answered = true;
    if (hl_route_compare(&p->route, from) != HL_ROUTE_SAME ||
        memcmp(bytes, r->challenge, sizeof r->challenge) != 0)
        return;
    settle(n, p);
    hl_peer_tell(n, p, HL_NEWS_MOVED);
    hl_peer_due(n, p, now);
}

void hl_roam_run(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    struct hl_roam *r = p->roam;

    if (r && !r->unproven && !r->owed) {
        hl_roam_end(n, p);
        return;
    }
    if (!r || now < r->next)
        return;
    if (r->tries < HL_ROAM_TRIES) {
        r->due = true;
        r->old_due = r->old.set;
        r->next = now + (r->wait << r->tries++);
        return;
    }
    r->next = HL_NEVER;
    r->due = false;
    if (r->old_answered)
        go_back(n, p, now);
}

hl_time hl_roam_deadline(const struct hl_peer *p)
{
    return p->roam ? p->roam->next : HL_NEVER;
}

/* ---- sending ---- */

size_t hl_roam_room(const struct hl_peer *p)
{
    if (HL_WRONG(AMPLIFIES))
        return SIZE_MAX;
    return p->roam && p->roam->unproven ? (size_t)p->roam->credit : SIZE_MAX;
}

void hl_roam_spend(struct hl_peer *p, size_t len)
{
    if (p->roam && p->roam->unproven)
        p->roam->credit -= len < p->roam->credit ? len : p->roam->credit;
}

static bool owed_to_route(const struct hl_peer *p)
{
    struct hl_path to;

    hl_route_path(&p->roam->owed_to, &to);
    return hl_route_compare(&p->route, &to) == HL_ROUTE_SAME;
}

size_t hl_roam_frames(struct hl_peer *p, bool along, uint8_t *out, size_t cap)
{
    struct hl_roam *r = p->roam;
    size_t len = 0;

    if (r && r->owed && p->route.set && owed_to_route(p)) {
        len += hl_codec_put_path(out, cap, HL_CODEC_PATH_RESPONSE, r->response);
        r->owed = len == 0;
    }
    /* With each packet: a peer that got its acknowledgements, but not the challenge, might fall
     * silent, and leave us without credit to ask again. */
    if (r && (r->due || (along && r->unproven))) {
        size_t more =
            hl_codec_put_path(out + len, cap - len, HL_CODEC_PATH_CHALLENGE, r->challenge);

        r->due = more == 0;
        len += more;
    }
    return len;
}

size_t hl_roam_aside(struct hl_node *n, struct hl_peer *p, uint8_t *out, size_t cap,
                     struct hl_path *to)
{
    struct hl_roam *r = p->roam;
    size_t len = 0;

    if (!r)
        return 0;
    if (r->owed && !(p->route.set && owed_to_route(p))) {
        hl_route_path(&r->owed_to, to);
        r->owed = false;
        len = hl_codec_put_path(out, cap, HL_CODEC_PATH_RESPONSE, r->response);
    } else if (r->old_due && r->old.set) {
        hl_route_path(&r->old, to);
        r->old_due = false;
        len = hl_codec_put_path(out, cap, HL_CODEC_PATH_CHALLENGE, r->old_challenge);
    }
    if (!r->unproven && !r->owed)
        hl_roam_end(n, p);
    return len;
}
