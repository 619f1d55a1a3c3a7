/* SPDX-License-Identifier: MIT */
/* All that happens by the mere passing of time, and when: net/PROTOCOL.md section 7. Nothing here
 * is due for a peer that is idle, but the last of its old keys and the rest of its flow. */
#include "whole.h"
#include "wrong.h"

#include <errno.h>

static bool idle(const struct hl_peer *p)
{
    return !p->flow || hl_flow_idle(p->flow);
}

/* What is to be sent does not fit what may be sent to an address that has not proven itself, and
 * only the peer could change that. */
static bool broke(const struct hl_peer *p)
{
    return p->roam && p->roam->unproven &&
           (p->roam->broke || hl_roam_room(p) <= HL_PACKET_OVERHEAD);
}

/* Whether DATA could leave for it, if there is some. */
static bool reachable(const struct hl_node *n, const struct hl_peer *p, hl_time now)
{
    return hl_slot_seals(&p->slot, now) && p->route.set && !hl_emit_blocked(n, &p->route) &&
           !broke(p);
}

static hl_time last_use(const struct hl_peer *p)
{
    return p->heard > p->sent ? p->heard : p->sent;
}

static bool over_stream(const struct hl_peer *p)
{
    return p->route.set && hl_transport_is_stream((enum hl_transport)p->route.transport);
}

/* Whether a call over all its addresses is under way. */
static bool called(const struct hl_peer *p)
{
    return p->call && !p->call->rekey;
}

/* When it is asked beside the session whether it still has it: a peer that was restarted answers
 * nothing else. */
static hl_time doubt_at(const struct hl_peer *p)
{
    if (HL_WRONG(NEVER_DOUBTS) || p->waiting == HL_NEVER || over_stream(p) || !hl_roam_proven(p) ||
        hl_flow_probe_timeouts(p->flow) < HL_DOUBT_PROBES)
        return HL_NEVER;
    return p->waiting + HL_PEER_DOUBT;
}

/* Data have gone unanswered so long that the peer or the way to it must be gone. */
static bool silent(struct hl_peer *p, hl_time now)
{
    /* A stream's end is told by the system, and nothing answers a PING there. */
    if (over_stream(p))
        return false;
    if (p->slot.initiator && !p->slot.heard && now - p->slot.born >= HL_PEER_UNHEARD)
        return true;
    if (broke(p) && now - p->heard >= HL_PEER_SILENT)
        return true;
    if (p->waiting == HL_NEVER || now - p->waiting < HL_PEER_SILENT)
        return false;
    if (hl_flow_probe_timeouts(p->flow) > 0)
        return true;
    p->waiting = HL_NEVER; /* what was sent did not ask for an answer */
    return false;
}

/* Whom no address is known of that has proven itself has to come to us. */
static void call(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    if (hl_call_start(n, p, now, false) != -ENETUNREACH)
        return;
    hl_assoc_end(n, p);
    hl_peer_tell_down(n, p, HL_ERR_TIMEOUT, 0);
}

/* There is something to send: is there a session fit for it? */
static void look_after_session(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    if (called(p))
        return;
    if (!hl_slot_seals(&p->slot, now) || silent(p, now))
        call(n, p, now);
    else if (now >= doubt_at(p))
        (void)!hl_call_doubt(n, p, now);
    else if (hl_slot_stale(&p->slot, now))
        (void)!hl_call_start(n, p, now, true);
}

static bool flow_due(const struct hl_peer *p, hl_time now)
{
    return p->flow && hl_flow_deadline(p->flow, now) <= now;
}

static hl_time keepalive_at(const struct hl_peer *p)
{
    return p->keepalive && p->up && !p->call && idle(p) ? p->sent + HL_MS(p->keepalive) : HL_NEVER;
}

void hl_timers_run(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    hl_assoc_expire(n, p, now);
    hl_roam_run(n, p, now);
    hl_call_run(n, p, now);
    if (now >= keepalive_at(p) && p->flow)
        hl_flow_ping(p->flow);
    if (now >= p->retry) {
        p->retry = HL_NEVER;
        if (!idle(p))
            (void)!hl_call_start(n, p, now, false);
    }
    if (p->up && (flow_due(p, now) || (!idle(p) && (now >= doubt_at(p) || silent(p, now)))))
        look_after_session(n, p, now);
    if (p->awake && idle(p) && (now - last_use(p) >= HL_PEER_REST || n->awake > HL_AWAKE_MAX))
        hl_peer_rest(n, p);
}

static hl_time sooner(hl_time a, hl_time b)
{
    return a < b ? a : b;
}

/* When an idle or waiting flow is to be looked at. */
static hl_time flow_deadline(const struct hl_node *n, const struct hl_peer *p, hl_time now)
{
    hl_time at = HL_NEVER;

    if (!p->flow)
        return HL_NEVER;
    if (p->awake && idle(p))
        at = last_use(p) + HL_PEER_REST;
    /* Without usable keys it is due as well, unless a call is on its way to get some. */
    if (p->up && (reachable(n, p, now) || (!hl_slot_seals(&p->slot, now) && !called(p))))
        at = sooner(at, hl_flow_deadline(p->flow, now));
    if (p->up && !p->call && !idle(p))
        at = sooner(at, doubt_at(p));
    if (p->up && !called(p) && !idle(p) && !over_stream(p)) {
        if (p->waiting != HL_NEVER)
            at = sooner(at, p->waiting + HL_PEER_SILENT);
        if (p->slot.initiator && !p->slot.heard)
            at = sooner(at, p->slot.born + HL_PEER_UNHEARD);
        if (broke(p))
            at = sooner(at, p->heard + HL_PEER_SILENT);
    }
    return at;
}

hl_time hl_timers_deadline(struct hl_node *n, const struct hl_peer *p, hl_time now)
{
    hl_time at = sooner(hl_assoc_deadline(p), hl_call_deadline(p));

    at = sooner(at, flow_deadline(n, p, now));
    at = sooner(at, keepalive_at(p));
    at = sooner(at, p->retry);
    return hl_slot_used(&p->slot) ? sooner(at, hl_roam_deadline(p)) : at;
}
