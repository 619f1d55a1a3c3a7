/* SPDX-License-Identifier: MIT */
#include "whole.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

static void drop_slot(struct hl_node *n, struct hl_slot *s)
{
    if (!hl_slot_used(s))
        return;
    hl_index_remove(&n->index, s->own);
    hl_slot_wipe(s);
}

/* Whether any session is left that seals. */
static void count(struct hl_node *n, bool before, bool after)
{
    n->sessions += (uint32_t)after - (uint32_t)before;
}

void hl_assoc_end(struct hl_node *n, struct hl_peer *p)
{
    count(n, hl_slot_used(&p->slot), false);
    drop_slot(n, &p->slot);
    for (unsigned i = 0; p->older && i < HL_SLOTS_OLDER; i++)
        drop_slot(n, &p->older[i].slot);
    hl_env_free(n->env, p->older);
    p->older = NULL;
    p->waiting = HL_NEVER;
    p->closing = false;
}

struct hl_slot *hl_assoc_slot(struct hl_peer *p, uint32_t own)
{
    if (p->slot.own == own)
        return &p->slot;
    for (unsigned i = 0; p->older && i < HL_SLOTS_OLDER; i++)
        if (p->older[i].slot.own == own)
            return &p->older[i].slot;
    return NULL;
}

/* The slot becomes one that only opens, in place of the one that ends first. Without memory for
 * it packets on their way are lost, as on any network. */
static void retire(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_slot *slot)
{
    struct hl_older *at;

    if (!p->older)
        p->older = hl_env_alloc(n->env, HL_SLOTS_OLDER * sizeof *p->older);
    if (!p->older) {
        hl_index_remove(&n->index, slot->own);
        return;
    }
    at = &p->older[0];
    for (unsigned i = 1; i < HL_SLOTS_OLDER; i++)
        if (hl_slot_used(&at->slot) &&
            (!hl_slot_used(&p->older[i].slot) || p->older[i].ends < at->ends))
            at = &p->older[i];
    drop_slot(n, &at->slot);
    at->slot = *slot;
    at->ends = now + HL_SLOT_OLDER;
}

/* When both sides began at once there are two sessions, and each side may have confirmed the
 * other one last. Both take the one that the greater key began, so that the next handshake has one
 * initiator. */
static bool keeps_slot(const struct hl_node *n, const struct hl_peer *p, hl_time now,
                       const struct hl_slot *new)
{
    bool ours_wins = HL_WRONG(TWO_SESSIONS) || memcmp(n->id.key, p->key, HL_KEY_SIZE) > 0;

    return hl_slot_used(&p->slot) && now - p->slot.born < HL_GUEST_LIFE &&
           p->slot.initiator != new->initiator && p->slot.initiator == ours_wins;
}

static void install(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_slot *slot)
{
    struct hl_slot old = p->slot;

    hl_index_set(&n->index, slot->own, p->place);
    if (keeps_slot(n, p, now, slot)) {
        retire(n, p, now, slot);
        return;
    }
    count(n, hl_slot_used(&old), true);
    p->slot = *slot;
    if (hl_slot_used(&old))
        retire(n, p, now, &old);
    hl_crypt_wipe(&old, sizeof old);
}

/* Another flow in place of the old one, which hands over what was not acknowledged, unless the
 * owner repeats that itself. */
static int replace_flow(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    const bool carry = !n->owner_repeats || HL_WRONG(CARRIED_OVER);
    struct hl_flow *old = p->flow;
    struct hl_flow *new;

    p->flow = NULL;
    new = hl_peer_flow(n, p, now);
    if (!new || (old && hl_flow_inherit(new, old, carry) < 0)) {
        if (new)
            hl_flow_free(new);
        p->flow = old;
        return -ENOMEM;
    }
    p->flow = new;
    if (old)
        hl_flow_free(old);
    p->top = 0;
    return 0;
}

/* Those are the instances. 0, or -ENOMEM: nothing has changed. */
static int meet(struct hl_node *n, struct hl_peer *p, hl_time now, uint64_t own, uint64_t other,
                bool *restarted)
{
    /* Given up earlier; what the owner has sent since, unaware of that, it will repeat too. */
    bool lost = p->other == 0 && p->restarted && n->owner_repeats;

    *restarted = p->other != 0 && (p->other != other || p->own != own);
    if ((*restarted || lost) && replace_flow(n, p, now) < 0)
        return -ENOMEM;
    if (*restarted) {
        p->restarted = true;
        /* Whatever was agreed on with the instance before is void: it is dead, and its last
         * packets must not bring it back. */
        hl_assoc_end(n, p);
        hl_call_end(n, p);
        hl_guests_forget(&n->guests, p->id);
    }
    p->own = own;
    p->other = other;
    return 0;
}

int hl_assoc_join(struct hl_node *n, struct hl_peer *p, hl_time now,
                  const struct hl_assoc_with *with)
{
    bool restarted;

    if (!hl_peer_flow(n, p, now) || meet(n, p, now, with->own, with->other, &restarted) < 0)
        return -ENOMEM;
    install(n, p, now, with->slot);
    n->stats.sessions++;
    p->heard = now;
    p->retry = HL_NEVER;
    p->waiting = HL_NEVER;
    if (hl_roam_found(n, p, now, with) < 0 && !p->route.set) {
        hl_assoc_end(n, p);
        return 0; /* no memory even for its address: it will ask again */
    }
    hl_peer_wake(n, p);
    if (!p->up || restarted)
        hl_peer_tell(n, p, HL_NEWS_UP);
    p->up = true;
    p->key_changed = false;
    hl_peer_due(n, p, now);
    return 0;
}

void hl_assoc_heard(struct hl_peer *p, hl_time now, struct hl_slot *s)
{
    s->heard = true;
    for (unsigned i = 0; p->older && i < HL_SLOTS_OLDER; i++)
        if (s == &p->older[i].slot)
            p->older[i].ends = now + HL_SLOT_OLDER;
}

void hl_assoc_expire(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    bool any = false;

    for (unsigned i = 0; p->older && i < HL_SLOTS_OLDER; i++) {
        struct hl_older *o = &p->older[i];

        if (hl_slot_used(&o->slot) && (now >= o->ends || !hl_slot_opens(&o->slot, now)))
            drop_slot(n, &o->slot);
        any |= hl_slot_used(&o->slot);
    }
    if (hl_slot_used(&p->slot) && !hl_slot_opens(&p->slot, now)) {
        count(n, true, false);
        drop_slot(n, &p->slot);
    }
    if (p->older && !any) {
        hl_env_free(n->env, p->older);
        p->older = NULL;
    }
}

hl_time hl_assoc_deadline(const struct hl_peer *p)
{
    hl_time at = HL_NEVER;

    for (unsigned i = 0; p->older && i < HL_SLOTS_OLDER; i++) {
        const struct hl_older *o = &p->older[i];

        if (hl_slot_used(&o->slot) && o->ends < at)
            at = o->ends;
    }
    return at;
}

void hl_assoc_renew(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    hl_assoc_end(n, p);
    hl_call_end(n, p);
    hl_guests_forget(&n->guests, p->id);
    p->own = hl_env_random64(n->env) | 1;
    if (p->flow && p->other && replace_flow(n, p, now) < 0) {
        /* No memory to save what was queued. A flow that broke must not go on. */
        hl_peer_rest(n, p);
        hl_flow_free(p->flow);
        p->flow = NULL;
        p->top = 0;
    }
    p->restarted |= p->other != 0;
    p->other = 0;
}

/* Close codes, net/PROTOCOL.md section 5. */
static const struct {
    int err;
    uint8_t code;
} codes[] = {
    {HL_ERR_BAD_FRAME, 1},
    {HL_ERR_UNKNOWN_FRAME, 2},
    {HL_ERR_FLOW_CONTROL, 3},
    {HL_ERR_STREAM_LIMIT, 4},
    {HL_ERR_STREAM_STATE, 5},
    {HL_ERR_BAD_MESSAGE, 6},
    {HL_ERR_BAD_ACK, 7},
    {-ENOMEM, 8},
    {-ENOBUFS, 8},
};

void hl_assoc_fail(struct hl_node *n, struct hl_peer *p, hl_time now, int err)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].err == err)
            p->close_code = codes[i].code;
    n->stats.protocol_errors++;
    p->closing = p->fresh = true;
    hl_peer_tell_down(n, p, err, p->close_code);
    hl_peer_due(n, p, now);
}
