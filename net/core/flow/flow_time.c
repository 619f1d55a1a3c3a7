/* SPDX-License-Identifier: MIT */
/* Everything about a flow that depends on the time: what may leave now and, if nothing, when;
 * loss, probe time-outs and repeats. */
#include "flow_state.h"

static hl_time min_time(hl_time a, hl_time b)
{
    return a < b ? a : b;
}

static hl_time max_time(hl_time a, hl_time b)
{
    return a > b ? a : b;
}

/* ---- repeats ---- */

bool hl_flow_repeats(const struct hl_flow *f)
{
    return (f->rtt.latest == 0 || f->rtt.smoothed >= FLOW_REPEAT_MIN) &&
           hl_flow_chat_open(f->live) + FLOW_REPEAT_ROOM <= hl_flow_base(f);
}

/* Between repeats, and between probes while nothing answers. */
static hl_time steady_gap(const struct hl_flow *f)
{
    return max_time(FLOW_STEADY_MIN, (hl_time)f->rtt.smoothed * 3 / 8);
}

void hl_flow_chat_sent(struct hl_flow *f, hl_time now, bool fresh)
{
    struct hl_flow_live *l = f->live;

    if (l->repeat_gap == 0 || (fresh && l->pto_count == 0))
        l->repeat_gap = max_time(FLOW_REPEAT_MIN, f->rtt.smoothed / 16);
    else if (now - l->progress < FLOW_EAGER)
        l->repeat_gap = min_time(2 * l->repeat_gap, steady_gap(f));
    else
        l->repeat_gap = min_time(2 * l->repeat_gap, FLOW_BACKOFF_MAX);
    l->repeat_at = now + l->repeat_gap;
}

static bool chat_unanswered(const struct hl_flow_live *l)
{
    return l->out[0].una < l->out[0].nxt || l->out[1].una < l->out[1].nxt;
}

/* ---- what happened ---- */

void hl_flow_eliciting_sent(struct hl_flow *f, hl_time now, bool first_in_flight)
{
    if (first_in_flight)
        f->live->pto_base = f->live->progress = now;
    f->live->probe_due = false;
}

void hl_flow_progress(struct hl_flow *f, hl_time now)
{
    struct hl_flow_live *l = f->live;

    l->progress = l->pto_base = now;
    l->pto_count = 0;
    l->probe_due = false;
    if (!chat_unanswered(l))
        l->repeat_at = HL_NEVER;
}

/* ---- timers ---- */

static hl_time pto_at(const struct hl_flow *f)
{
    const struct hl_flow_live *l = f->live;
    hl_time pto = hl_rtt_pto(&f->rtt);
    unsigned shift = l->pto_count < 10 ? l->pto_count : 10;

    return l->sent.flying ? l->pto_base + min_time(pto << shift, max_time(pto, FLOW_BACKOFF_MAX))
                          : HL_NEVER;
}

uint64_t hl_flow_detect_lost(struct hl_flow *f, hl_time now, bool *persistent)
{
    struct hl_flow_live *l = f->live;
    const struct hl_sent_packet *p;
    hl_time since = 0;
    uint64_t bytes = 0;
    uint64_t before = 0;
    uint64_t pn;

    *persistent = false;
    while ((p = hl_sent_lost(&l->sent, now, &f->rtt, &pn))) {
        if (bytes == 0 || pn != before + 1)
            since = p->cc.sent;
        before = pn;
        f->packets_lost++;
        hl_flow_chunks_lost(f, p);
        if (p->probe) {
            hl_pmtud_probe_lost(&f->pmtud, now);
            continue;
        }
        bytes += p->size;
        if (f->rtt.latest && p->cc.sent - since > 3 * hl_rtt_pto(&f->rtt))
            *persistent = true;
        if (hl_pmtud_lost(&f->pmtud, now, p->size))
            hl_cc_set_datagram(&l->cc, f->pmtud.size);
    }
    return bytes;
}

void hl_flow_run_timers(struct hl_flow *f, hl_time now)
{
    struct hl_flow_live *l = f->live;
    bool persistent;
    uint64_t lost;

    if (l->sent.loss_time <= now) {
        lost = hl_flow_detect_lost(f, now, &persistent);
        if (lost)
            hl_cc_lost(&l->cc, now, lost, persistent);
    }
    if (pto_at(f) <= now) {
        l->pto_count++;
        l->pto_base = now;
        l->probe_due = true;
        if (chat_unanswered(l))
            l->repeat_at = min_time(l->repeat_at, now);
    }
}

/* ---- plan ---- */

static bool control_due(const struct hl_flow *f)
{
    const struct hl_flow_live *l = f->live;
    const struct hl_flow_bytes *b = f->bytes;

    return l->ping || l->tell[0] || l->tell[1] ||
           (b && (b->control || b->done_due || b->in_control));
}

static void plan_chat(const struct hl_flow *f, hl_time now, uint64_t in_flight,
                      struct hl_flow_plan *plan)
{
    const struct hl_flow_live *l = f->live;
    uint64_t window = hl_cc_window(&l->cc);
    uint64_t waits = 0;

    for (int i = 0; i < FLOW_CHATS; i++)
        waits += l->out[i].end - l->out[i].nxt;
    if (hl_flow_chat_ready(l) && in_flight < window + FLOW_RESERVE) {
        /* A line or two go past the pacer; masses of messages do not. */
        if (waits <= hl_flow_base(f) || hl_cc_next_send(&l->cc) <= now)
            plan->chat = true;
        else
            plan->next = min_time(plan->next, hl_cc_next_send(&l->cc));
    }
    if (l->repeat_at == HL_NEVER || !chat_unanswered(l))
        return;
    if (l->pto_count || (hl_flow_repeats(f) && in_flight + HL_PMTUD_BASE <= window)) {
        plan->repeat = l->repeat_at <= now;
        plan->next = min_time(plan->next, l->repeat_at);
    }
}

static void plan_bytes(const struct hl_flow *f, hl_time now, uint64_t in_flight,
                       struct hl_flow_plan *plan)
{
    const struct hl_flow_live *l = f->live;
    uint64_t window = hl_cc_window(&l->cc);
    hl_time next = hl_cc_next_send(&l->cc);

    if (in_flight + hl_flow_packet_max(f) + f->overhead > window && in_flight > 0)
        return;
    if (next > now) {
        plan->next = min_time(plan->next, next);
        return;
    }
    plan->bytes = true;
}

void hl_flow_plan(const struct hl_flow *f, hl_time now, struct hl_flow_plan *plan)
{
    const struct hl_flow_live *l = f->live;
    bool ready = f->bytes && f->bytes->ready;
    uint64_t in_flight = l->sent.in_flight;
    size_t probe;

    *plan = (struct hl_flow_plan){.next = HL_NEVER, .control = control_due(f)};
    if (f->reliable) {
        plan->chat = hl_flow_chat_ready(l);
        plan->bytes = ready;
        return;
    }
    plan->ack = hl_acker_due(&l->acker, now);
    plan->probe = l->probe_due;
    plan->next = min_time(hl_acker_deadline(&l->acker), min_time(l->sent.loss_time, pto_at(f)));
    plan_chat(f, now, in_flight, plan);
    if (ready)
        plan_bytes(f, now, in_flight, plan);
    if (plan->bytes || (plan->chat && hl_flow_chat_open(l) > hl_flow_base(f))) {
        probe = hl_pmtud_probe(&f->pmtud, now);
        plan->mtu = probe > 0 && in_flight + probe <= hl_cc_window(&l->cc);
    }
}

hl_time hl_flow_deadline(const struct hl_flow *f, hl_time now)
{
    struct hl_flow_plan plan;

    if (!f->live)
        return HL_NEVER;
    if (f->live->starved > now)
        return f->live->starved;
    hl_flow_plan(f, now, &plan);
    if (plan.ack || plan.control || plan.chat || plan.repeat || plan.bytes || plan.probe)
        return now;
    return plan.next;
}
