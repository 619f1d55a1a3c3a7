/* SPDX-License-Identifier: MIT */
#include "sent.h"

#include <assert.h>
#include <string.h>

_Static_assert(sizeof(struct hl_sent_packet) <= 104, "one per packet on its way");

enum {
    CAP_MIN = 16, /* packets: a chat needs no more */
};

static struct hl_sent_packet *at(const struct hl_sent *s, uint64_t pn)
{
    return &s->ring[pn & (s->cap - 1)];
}

void hl_sent_init(struct hl_sent *s, uint64_t next)
{
    *s = (struct hl_sent){
        .base = next,
        .oldest = next,
        .next = next,
        .loss_time = HL_NEVER,
        .reorder = HL_SENT_REORDER,
    };
}

void hl_sent_fini(struct hl_sent *s, const struct hl_env *env)
{
    hl_env_free(env, s->ring);
    s->ring = NULL;
    s->cap = 0;
}

bool hl_sent_room(struct hl_sent *s, const struct hl_env *env)
{
    uint32_t cap = s->cap ? s->cap * 2 : CAP_MIN;
    struct hl_sent_packet *ring;
    uint64_t pn;

    if (s->next - s->base < s->cap)
        return true;
    if (cap > HL_SENT_PACKETS_MAX)
        return false;
    ring = env->resize(env->user, NULL, cap * sizeof *ring);
    if (!ring)
        return false;
    for (pn = s->base; pn < s->next; pn++)
        ring[pn & (cap - 1)] = *at(s, pn);
    hl_env_free(env, s->ring);
    s->ring = ring;
    s->cap = cap;
    return true;
}

struct hl_sent_packet *hl_sent_slot(struct hl_sent *s)
{
    struct hl_sent_packet *p = at(s, s->next);

    assert(s->next - s->base < s->cap);
    p->chunks = 0;
    p->state = HL_SENT_NONE;
    p->probe = false;
    p->size = 0;
    return p;
}

void hl_sent_push(struct hl_sent *s, bool flying)
{
    struct hl_sent_packet *p = at(s, s->next);

    if (flying) {
        p->state = HL_SENT_FLYING;
        s->in_flight += p->size;
        s->flying++;
    } else if (s->oldest == s->next) {
        s->oldest++;
    }
    s->next++;
    if (s->flying == 0)
        s->oldest = s->next;
}

static void landed(struct hl_sent *s, struct hl_sent_packet *p, enum hl_sent_state state)
{
    p->state = (uint8_t)state;
    assert(s->in_flight >= p->size && s->flying > 0);
    s->in_flight -= p->size;
    s->flying--;
}

struct hl_sent_packet *hl_sent_acked(struct hl_sent *s, uint64_t *pn, uint64_t last, bool *was_lost)
{
    uint64_t first = s->lost ? s->base : s->oldest;
    struct hl_sent_packet *p;

    if (last >= s->largest)
        s->largest = last + 1;
    for (*pn = *pn > first ? *pn : first; *pn <= last && *pn < s->next; ++*pn) {
        p = at(s, *pn);
        if (p->state == HL_SENT_FLYING) {
            *was_lost = false;
            landed(s, p, HL_SENT_ACKED);
            return p;
        }
        if (p->state == HL_SENT_LOST) {
            *was_lost = true;
            p->state = HL_SENT_ACKED;
            s->lost--;
            if (s->largest - *pn > s->reorder)
                s->reorder = s->largest - *pn < HL_SENT_REORDER_MAX ? (uint32_t)(s->largest - *pn)
                                                                    : HL_SENT_REORDER_MAX;
            return p;
        }
    }
    return NULL;
}

struct hl_sent_packet *hl_sent_lost(struct hl_sent *s, hl_time now, const struct hl_rtt *rtt,
                                    uint64_t *pn)
{
    hl_time delay = hl_rtt_loss_delay(rtt);
    struct hl_sent_packet *p;

    s->loss_time = HL_NEVER;
    for (; s->oldest < s->largest && at(s, s->oldest)->state != HL_SENT_FLYING; s->oldest++)
        ;
    for (*pn = s->oldest; *pn < s->largest; ++*pn) {
        p = at(s, *pn);
        if (p->state != HL_SENT_FLYING)
            continue;
        if (s->largest - 1 - *pn >= s->reorder || p->cc.sent + delay <= now) {
            landed(s, p, HL_SENT_LOST);
            s->lost++;
            return p;
        }
        if (p->cc.sent + delay < s->loss_time)
            s->loss_time = p->cc.sent + delay;
    }
    return NULL;
}

void hl_sent_abandon(struct hl_sent *s)
{
    s->base = s->oldest = s->next;
    s->flying = 0;
    s->lost = 0;
    s->in_flight = 0;
    s->loss_time = HL_NEVER;
}

void hl_sent_skip(struct hl_sent *s)
{
    assert(s->flying == 0);
    s->lost = 0;
    s->base = s->oldest = ++s->next;
}

void hl_sent_trim(struct hl_sent *s, hl_time before)
{
    const struct hl_sent_packet *p;

    for (; s->base < s->next; s->base++) {
        p = at(s, s->base);
        if (p->state == HL_SENT_FLYING || (p->state == HL_SENT_LOST && p->cc.sent >= before))
            break;
        s->lost -= p->state == HL_SENT_LOST;
    }
    if (s->oldest < s->base)
        s->oldest = s->base;
}

size_t hl_sent_memory(const struct hl_sent *s)
{
    return s->cap * sizeof *s->ring;
}
