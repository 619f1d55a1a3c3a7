/* SPDX-License-Identifier: MIT */
#include "pipe.h"

/* What a packet draws, always all of it. */
enum { LOSS, BURST, DUPLICATE, REORDER, CORRUPT, FLIP, TRUNCATE, JITTER, DRAWS };

void sim_pipe_init(struct sim_pipe *p, uint64_t seed, uint64_t use)
{
    *p = (struct sim_pipe){.random = sim_random_fork(seed, use)};
}

uint64_t sim_pipe_queued(const struct sim_pipe *p, hl_time now)
{
    int64_t wait = p->free_ns - now * 1000;

    return wait > 0 ? (uint64_t)wait * p->config.rate / 1000000000 : 0;
}

static bool drawn(uint64_t value, uint32_t chance)
{
    return sim_scale(value, SIM_MILLION) < chance;
}

static bool masked(struct sim_pipe_config *c)
{
    bool hit = c->mask & 1;

    c->mask = c->mask >> 1 | (c->mask_rotates ? (uint64_t)hit << 63 : 0);
    return hit;
}

/* All kinds of loss but that of the queue; each keeps its state whatever the others say. */
static bool dies(struct sim_pipe *p, const uint64_t *draw, size_t len)
{
    struct sim_pipe_config *c = &p->config;
    bool lost = masked(c) || c->cut || drawn(draw[LOSS], c->loss);

    p->bursting = c->burst_enter && (p->bursting ? !drawn(draw[BURST], c->burst_leave)
                                                 : drawn(draw[BURST], c->burst_enter));
    if (c->mtu && len > c->mtu) {
        p->stats.too_big++;
        return true;
    }
    if (!lost && !p->bursting)
        return false;
    p->stats.lost++;
    return true;
}

/* Time at which the packet has left the link, HL_NEVER if the queue is full. */
static hl_time transmit(struct sim_pipe *p, hl_time now, size_t len)
{
    const struct sim_pipe_config *c = &p->config;
    uint64_t size = len + SIM_HEADERS;

    if (!c->rate)
        return now;
    if (c->queue && sim_pipe_queued(p, now) + size > c->queue) {
        p->stats.queue_drops++;
        return HL_NEVER;
    }
    if (p->free_ns < now * 1000)
        p->free_ns = now * 1000;
    p->free_ns += (int64_t)(size * 1000000000 / c->rate);
    return (p->free_ns + 999) / 1000;
}

static void damage(struct sim_pipe *p, const uint64_t *draw, struct sim_fate *f)
{
    if (drawn(draw[TRUNCATE], p->config.truncate)) {
        f->len = (size_t)sim_scale(draw[FLIP], f->len);
        p->stats.truncated++;
    } else if (drawn(draw[CORRUPT], p->config.corrupt)) {
        f->corrupted = true;
        f->flip = (size_t)sim_scale(draw[FLIP], f->len * 8);
        p->stats.corrupted++;
    }
}

void sim_pipe_pass(struct sim_pipe *p, hl_time now, size_t len, struct sim_fate *f)
{
    const struct sim_pipe_config *c = &p->config;
    uint64_t draw[DRAWS];
    hl_time at;

    for (unsigned i = 0; i < DRAWS; i++)
        draw[i] = sim_random_next(&p->random);
    *f = (struct sim_fate){.len = len};
    p->stats.packets++;
    if (dies(p, draw, len))
        return;
    at = transmit(p, now, len);
    if (at == HL_NEVER)
        return;
    p->stats.bytes += len;
    at += c->delay + (hl_time)sim_scale(draw[JITTER], (uint64_t)c->jitter + 1);
    if (at < p->last)
        at = p->last;
    if (drawn(draw[REORDER], c->reorder)) {
        at += c->reorder_by;
        p->stats.reordered++;
    } else {
        p->last = at;
    }
    f->at[f->copies++] = at;
    damage(p, draw, f);
    if (drawn(draw[DUPLICATE], c->duplicate)) {
        f->at[f->copies++] = at + (hl_time)(draw[DUPLICATE] & 0x3fff);
        p->stats.duplicated++;
    }
}
