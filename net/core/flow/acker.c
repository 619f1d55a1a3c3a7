/* SPDX-License-Identifier: MIT */
#include "acker.h"

#include "codec.h"
#include "wrong.h"

enum {
    /* RFC 9002 section 6.1.1: what was overtaken by that many is believed lost. */
    OVERTAKEN = 3,
};
#define NO_CARRIER UINT64_MAX

void hl_acker_init(struct hl_acker *a)
{
    *a = (struct hl_acker){.due = HL_NEVER, .carrier = NO_CARRIER};
    hl_ranges_init(&a->seen, HL_CODEC_ACK_RANGES);
}

void hl_acker_fini(struct hl_acker *a, const struct hl_env *env)
{
    hl_ranges_clear(&a->seen, env);
    hl_acker_init(a);
}

/* One more than the largest number; 0 = nothing was received. */
static uint64_t top(const struct hl_acker *a)
{
    return a->seen.count ? hl_ranges_all(&a->seen)[a->seen.count - 1].hi : 0;
}

static void note(struct hl_acker *a, const struct hl_env *env, uint64_t pn)
{
    uint64_t lo = HL_WRONG(ACK_OFF_BY_ONE) && pn > 0 ? pn - 1 : pn;
    uint64_t lowest;

    while (hl_ranges_add(&a->seen, env, lo, pn + 1) < 0) {
        lowest = hl_ranges_all(&a->seen)[0].hi;
        if (pn < lowest)
            return;
        hl_ranges_drop(&a->seen, lowest);
    }
}

void hl_acker_received(struct hl_acker *a, const struct hl_env *env, hl_time now, uint64_t pn,
                       bool eliciting, size_t size)
{
    uint64_t next = top(a);
    bool in_order = pn == next || a->seen.count == 0;

    note(a, env, pn);
    if (pn >= next)
        a->largest_at = now;
    if (!eliciting)
        return;
    a->full += size >= HL_ACKER_FULL;
    if (!in_order || a->full >= 2)
        a->due = now < a->due ? now : a->due;
    else if (a->due == HL_NEVER)
        a->due = now + HL_ACK_DELAY;
}

size_t hl_acker_put(struct hl_acker *a, hl_time now, uint8_t *out, size_t cap, uint64_t pn)
{
    size_t len;

    if (a->seen.count == 0)
        return 0;
    len = hl_codec_put_ack(out, cap, (uint64_t)(now - a->largest_at), &a->seen);
    if (len == 0)
        return 0;
    a->due = HL_NEVER;
    a->full = 0;
    if (a->carrier == NO_CARRIER || a->acked > a->carrier + OVERTAKEN) {
        a->carrier = pn;
        a->carried = top(a) - 1;
    }
    return len;
}

void hl_acker_acked(struct hl_acker *a, const struct hl_range *ours)
{
    if (ours->hi > a->acked)
        a->acked = ours->hi;
    if (a->carrier < ours->lo || a->carrier >= ours->hi)
        return;
    hl_ranges_drop(&a->seen, a->carried); /* keeps that one number: an ACK needs a largest */
    a->carrier = NO_CARRIER;
}
