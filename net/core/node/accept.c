/* SPDX-License-Identifier: MIT */
#include "whole.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

void hl_accept_settle(struct hl_node *n, hl_time now)
{
    struct hl_peer *p = n->borrower;

    n->borrower = NULL;
    n->reason_of = HL_PLACE_NONE;
    if (p && hl_flow_settle(p->flow) < 0 && !p->fresh)
        hl_assoc_fail(n, p, now, -ENOMEM);
}

/* ---- what the frames said ---- */

/* The peer said goodbye, or that we broke the protocol; then nothing of the association is worth
 * keeping but what was queued. */
static void closed(struct hl_node *n, struct hl_peer *p, hl_time now,
                   const struct hl_flow_notice *notice)
{
    n->reason = notice->reason;
    n->reason_len = notice->reason_len;
    n->reason_of = p->place;
    hl_call_end(n, p);
    hl_assoc_end(n, p);
    p->retry = HL_NEVER;
    p->fresh = notice->code != 0;
    hl_peer_tell_down(n, p, HL_ERR_CLOSED, notice->code);
    hl_peer_due(n, p, now);
}

static void take(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_path *from,
                 const struct hl_packet *packet, struct hl_bytes frames, uint8_t *bytes)
{
    struct hl_flow_notice notice = {.code = 0};
    bool newest;
    int err;

    p->heard = now;
    p->waiting = HL_NEVER;
    hl_call_heard(n, p);
    hl_peer_wake(n, p);
    err = hl_flow_recv(p->flow, now, packet->number, bytes + (frames.at - bytes), frames.len,
                       &notice);
    hl_peer_due(n, p, now);
    if (err == -ENOMEM)
        return; /* as if it had been lost */
    newest = !notice.probing && packet->number >= p->top;
    if (newest)
        p->top = packet->number + 1;
    hl_roam_heard(n, p, now, from, packet->all.len, newest || HL_WRONG(MOVED_BY_ANY));
    n->borrower = p;
    hl_peer_tell(n, p, 0);
    if (err < 0) {
        hl_assoc_fail(n, p, now, err);
        return;
    }
    if (notice.challenged)
        hl_roam_challenged(n, p, from, notice.challenge);
    if (notice.responded)
        hl_roam_responded(n, p, now, from, notice.response);
    if (notice.closed)
        closed(n, p, now, &notice);
}

/* ---- sessions ---- */

static void accept_session(struct hl_node *n, struct hl_peer *p, hl_time now,
                           const struct hl_path *from, const struct hl_packet *packet,
                           uint8_t *bytes)
{
    struct hl_slot *s = hl_assoc_slot(p, packet->receiver);
    struct hl_bytes frames;

    if (!s || !hl_slot_opens(s, now) || p->closing || p->fresh) {
        n->stats.no_session++;
    } else if (!hl_flow_fresh(p->flow, packet->number)) {
        n->stats.replayed++;
    } else if (!hl_slot_open(s, packet, bytes, &frames)) {
        n->stats.bad_seal++;
    } else {
        hl_assoc_heard(p, now, s);
        if (s == &p->slot && p->call && p->call->finishing)
            hl_call_end(n, p); /* it has FINISH */
        take(n, p, now, from, packet, frames, bytes);
    }
}

/* ---- guests ---- */

/* The peer that a confirmed guest is, made if need be. NULL: none. */
static struct hl_peer *become_peer(struct hl_node *n, const struct hl_guest *g)
{
    struct hl_peer *p = hl_peer_by_key(n, g->key);
    bool made = false;

    if (!p && !g->stranger) {
        p = hl_peer_find(n, g->contact);
        if (p && p->has_key)
            p = NULL;
    }
    if (!p && n->pairing) {
        if (hl_peer_add(n, n->next_stranger, &p) < 0)
            return NULL;
        n->next_stranger = n->next_stranger == UINT32_MAX ? HL_PEER_STRANGER : n->next_stranger + 1;
        made = true;
    }
    if (p && !p->has_key && hl_peer_set_key(n, p, g->key) < 0) {
        if (made)
            hl_peer_remove(n, p);
        return NULL;
    }
    if (made)
        hl_peer_tell(n, p, HL_NEWS_STRANGER);
    return p;
}

struct hl_peer *hl_accept_confirm(struct hl_node *n, hl_time now, struct hl_guest *g,
                                  const struct hl_path *from)
{
    struct hl_peer *p = become_peer(n, g);
    struct hl_slot slot = g->slot;
    const struct hl_assoc_with with = {
        .slot = &slot,
        .own = g->instance,
        .other = g->other,
        .path = from,
        .proven = !g->elsewhere && hl_route_compare(&g->route, from) == HL_ROUTE_SAME,
    };

    slot.heard = true;
    hl_guests_drop(&n->guests, g, true);
    if (!p || hl_assoc_join(n, p, now, &with) < 0) {
        hl_index_remove(&n->index, slot.own);
        p = NULL;
    }
    hl_crypt_wipe(&slot, sizeof slot);
    return p;
}

/* The number would be one that the association has seen. */
static bool stale(const struct hl_peer *p, const struct hl_guest *g, uint64_t number)
{
    return p && p->own == g->instance && p->other == g->other && !hl_flow_fresh(p->flow, number);
}

/* It called, and then lost its state and called again, and that session was confirmed first. A
 * packet of the earlier life that comes late must not bring that back: the association with the
 * later one would end here, and there nobody would know. */
static bool outlived(const struct hl_peer *p, const struct hl_guest *g)
{
    return p && p->other != 0 && p->other != g->other && hl_slot_used(&p->slot) &&
           g->slot.born < p->slot.born;
}

static void accept_guest(struct hl_node *n, hl_time now, const struct hl_path *from,
                         const struct hl_packet *packet, uint8_t *bytes)
{
    struct hl_guest *g = hl_guests_at(&n->guests, hl_index_find(&n->index, packet->receiver));
    struct hl_peer *p = g->waiting ? NULL : hl_peer_by_key(n, g->key);
    struct hl_bytes frames;

    if (g->waiting || outlived(p, g) || (p && (p->closing || p->fresh || p->shunned))) {
        n->stats.no_session++;
    } else if (stale(p, g, packet->number)) {
        n->stats.replayed++;
    } else if (!hl_slot_open(&g->slot, packet, bytes, &frames)) {
        n->stats.bad_seal++;
    } else {
        p = hl_accept_confirm(n, now, g, from);
        if (p)
            take(n, p, now, from, packet, frames, bytes);
    }
}

void hl_accept_data(struct hl_node *n, hl_time now, const struct hl_path *from,
                    const struct hl_packet *p, uint8_t *bytes)
{
    uint32_t owner = hl_index_find(&n->index, p->receiver);

    if (owner == HL_INDEX_NONE)
        n->stats.no_session++;
    else if (owner >= HL_GUEST_OWNER)
        accept_guest(n, now, from, p, bytes);
    else
        accept_session(n, n->peers[owner], now, from, p, bytes);
}
