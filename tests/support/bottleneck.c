/* SPDX-License-Identifier: MIT */
#include "bottleneck.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACK_EVERY = 2, /* datagrams are acknowledged at once */
};
#define ACK_DELAY HL_MS(2) /* of a receiver that waits for more */

static uint64_t next_random(struct net *net)
{
    uint64_t z = net->random += 0x9e3779b97f4a7c15; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static hl_time random_time(struct net *net, hl_time most)
{
    return most > 0 ? (hl_time)(next_random(net) % (uint64_t)(most + 1)) : 0;
}

/* ---- events: a heap by time, then by order ---- */

static bool before(const struct net_event *a, const struct net_event *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static struct net_event *push(struct net *net, hl_time at, enum net_what what,
                              const struct net_flow *flow, uint64_t number)
{
    struct net_event e = {at, net->order++, what, (uint32_t)(flow - net->flows), number, 0};
    size_t i = net->pending++;

    assert(i < NET_EVENTS);
    for (; i > 0 && before(&e, &net->events[(i - 1) / 2]); i = (i - 1) / 2)
        net->events[i] = net->events[(i - 1) / 2];
    net->events[i] = e;
    return &net->events[i];
}

static struct net_event pop(struct net *net)
{
    struct net_event top = net->events[0], e = net->events[--net->pending];
    size_t i = 0, child;

    for (; (child = 2 * i + 1) < net->pending; i = child) {
        if (child + 1 < net->pending && before(&net->events[child + 1], &net->events[child]))
            child++;
        if (!before(&net->events[child], &e))
            break;
        net->events[i] = net->events[child];
    }
    net->events[i] = e;
    return top;
}

/* ---- the link ---- */

static const struct net_step *step_now(const struct net *net)
{
    const struct net_step *step = &net->link.steps[0];

    for (size_t i = 1; i < NET_STEPS && net->link.steps[i].rate > 0; i++) {
        if (net->now >= net->link.steps[i].at)
            step = &net->link.steps[i];
    }
    return step;
}

/* When it arrives; HL_NEVER = dropped. */
static hl_time carry(struct net *net, struct net_flow *flow, uint64_t size)
{
    const struct net_step *step = step_now(net);
    uint64_t wire = size + NET_OVERHEAD;
    hl_time start = net->link_free > net->now ? net->link_free : net->now;
    hl_time arrival;

    if (next_random(net) % 100000 < net->link.loss)
        return HL_NEVER;
    if (net->now >= net->link.down_from && net->now < net->link.down_to)
        return HL_NEVER;
    if ((uint64_t)(start - net->now) * step->rate / HL_SECS(1) + wire > net->link.queue) {
        flow->dropped += size;
        return HL_NEVER;
    }
    wire = wire * HL_SECS(1) + net->link_rest;
    net->link_free = start + (hl_time)(wire / step->rate);
    net->link_rest = wire % step->rate; /* of a microsecond */
    assert(net->samples < NET_SAMPLES);
    net->queued[net->samples] = start - net->now;
    net->queued_at[net->samples++] = net->now;
    arrival = net->link_free + step->delay + random_time(net, net->link.jitter);
    if (arrival < flow->arrived_last)
        arrival = flow->arrived_last;
    return flow->arrived_last = arrival;
}

/* ---- sender ---- */

static struct net_packet *packet(struct net_flow *flow, uint64_t number)
{
    return &flow->packets[number % NET_PACKETS];
}

static void set_pto(struct net *net, struct net_flow *flow)
{
    hl_time wait = flow->srtt > 0 ? 2 * flow->srtt + HL_MS(5) : HL_MS(500);

    flow->pto = flow->in_flight > 0 ? net->now + (wait << flow->pto_count) : HL_NEVER;
    if (flow->pto != HL_NEVER)
        push(net, flow->pto, NET_PTO, flow, 0);
}

static void send_one(struct net *net, struct net_flow *flow, uint64_t size)
{
    struct net_packet *p = packet(flow, flow->next);
    hl_time arrival;

    assert(p->state == NET_GONE);
    *p = (struct net_packet){.size = size, .sent = net->now, .state = NET_FLYING};
    hl_cc_sent(&flow->cc, net->now, size, flow->in_flight, &p->cc);
    flow->in_flight += size;
    flow->sent += size;
    arrival = carry(net, flow, size);
    if (arrival != HL_NEVER)
        push(net, arrival, NET_ARRIVE, flow, flow->next);
    flow->next++;
}

/* What a flow that knows of loss alone does (RFC 5681), for company: no pacing, no model. */
static void reno_acked(struct net_flow *flow, const struct hl_cc_ack *ack)
{
    if (ack->lost > 0 && ack->newest.sent > flow->reno_cut) {
        flow->reno_cut = ack->now;
        flow->reno_window /= 2;
        flow->reno_slow = false;
    } else {
        flow->reno_window +=
            flow->reno_slow ? ack->acked : ack->acked * flow->datagram / flow->reno_window;
    }
    if (flow->reno_window < 2 * flow->datagram)
        flow->reno_window = 2 * flow->datagram;
}

static void wake_at(struct net *net, struct net_flow *flow, hl_time at)
{
    if (at >= flow->wake)
        return;
    flow->wake = at;
    push(net, at, NET_WAKE, flow, 0);
}

static uint64_t size_now(const struct net_flow *flow)
{
    uint64_t most = hl_cc_rate(&flow->cc) / 1000;

    if (most < 1200)
        most = 1200;
    return flow->datagram < most ? flow->datagram : most;
}

static uint64_t window_of(const struct net_flow *flow)
{
    return flow->reno ? flow->reno_window : hl_cc_window(&flow->cc);
}

static bool send_batch(struct net *net, struct net_flow *flow)
{
    uint64_t burst = flow->reno ? NET_BURST : hl_cc_burst(&flow->cc, net->now);
    uint64_t size = size_now(flow);
    uint64_t window = window_of(flow), gone = 0;

    while (gone == 0 || gone + size <= burst) {
        if (flow->in_flight + size > window)
            break;
        if (flow->next - flow->oldest >= NET_PACKETS - 1)
            break;
        send_one(net, flow, size);
        gone += size;
    }
    if (gone > 0 && flow->cpu_rate > 0)
        flow->cpu_free = net->now + (hl_time)(gone * HL_SECS(1) / flow->cpu_rate);
    return gone > 0;
}

static void send_bulk(struct net *net, struct net_flow *flow)
{
    while (net->now < flow->stop) {
        hl_time next = flow->reno ? 0 : hl_cc_next_send(&flow->cc);

        if (flow->cpu_free > next)
            next = flow->cpu_free;
        if (next > net->now) {
            if (flow->in_flight + size_now(flow) <= window_of(flow))
                wake_at(net, flow, next + random_time(net, flow->timer_late));
            return;
        }
        if (!send_batch(net, flow))
            return;
    }
}

static void send_chat(struct net *net, struct net_flow *flow)
{
    if (net->now >= flow->stop)
        return;
    send_one(net, flow, flow->datagram);
    hl_cc_app_limited(&flow->cc, flow->in_flight);
    wake_at(net, flow, net->now + flow->chat_every);
}

static void awake(struct net *net, struct net_flow *flow)
{
    if (net->now < flow->wake)
        return;
    flow->wake = HL_NEVER;
    if (flow->chat_every > 0)
        send_chat(net, flow);
    else
        send_bulk(net, flow);
    if (flow->pto == HL_NEVER)
        set_pto(net, flow);
}

static void probe_timeout(struct net *net, struct net_flow *flow)
{
    if (net->now != flow->pto)
        return;
    flow->pto_count = 1; /* no more: it is not the back-off that is tested */
    send_one(net, flow, flow->datagram < 1200 ? flow->datagram : 1200);
    set_pto(net, flow);
}

/* RFC 9002 section 6.1.1, and 7.6: what was lost without a break for so long. */
static uint64_t find_lost(struct net *net, struct net_flow *flow)
{
    uint64_t lost = 0;
    hl_time first = HL_NEVER, last = 0;

    for (uint64_t n = flow->oldest; n + 3 < flow->acked_max; n++) {
        struct net_packet *p = packet(flow, n);

        if (p->state == NET_GONE)
            continue;
        p->state = NET_GONE;
        lost += p->size;
        first = first == HL_NEVER ? p->sent : first;
        last = p->sent;
    }
    if (lost > 0 && last - first > 3 * (2 * flow->srtt + HL_MS(5)))
        hl_cc_lost(&flow->cc, net->now, 0, true);
    flow->in_flight -= lost;
    flow->lost += lost;
    return lost;
}

static void take_ack(struct net *net, struct net_flow *flow, uint64_t upto, hl_time delay)
{
    struct hl_cc_ack ack = {.now = net->now};

    for (uint64_t n = flow->oldest; n < upto; n++) {
        struct net_packet *p = packet(flow, n);

        if (p->state != NET_ARRIVED)
            continue;
        p->state = NET_GONE;
        ack.acked += p->size;
        ack.newest = p->cc;
        flow->acked_max = n + 1;
    }
    flow->in_flight -= ack.acked;
    ack.lost = find_lost(net, flow);
    while (flow->oldest < flow->next && packet(flow, flow->oldest)->state == NET_GONE)
        flow->oldest++;
    ack.in_flight = flow->in_flight;
    if (ack.acked == 0)
        return;
    ack.rtt = net->now - ack.newest.sent - delay;
    flow->srtt = flow->srtt == 0 ? ack.rtt : (7 * flow->srtt + ack.rtt) / 8;
    if (flow->reno)
        reno_acked(flow, &ack);
    hl_cc_acked(&flow->cc, &ack);
    flow->pto_count = 0;
    set_pto(net, flow);
    if (flow->chat_every == 0)
        send_bulk(net, flow);
}

/* ---- receiver ---- */

static void acknowledge(struct net *net, struct net_flow *flow)
{
    flow->rx_unacked = 0;
    push(net, net->now + step_now(net)->delay, NET_ACK, flow, flow->rx_arrived)->ack_delay =
        net->now - flow->rx_since;
}

static void arrive(struct net *net, struct net_flow *flow, uint64_t number)
{
    struct net_packet *p = packet(flow, number);

    if (p->state == NET_FLYING)
        p->state = NET_ARRIVED;
    flow->received += p->size;
    flow->rx_arrived = number + 1;
    flow->rx_since = net->now;
    if (flow->chat_every > 0 && flow->latencies < 4096)
        flow->latency[flow->latencies++] = net->now - p->sent;
    flow->rx_unacked++;
    if (flow->rx_waking)
        return;
    flow->rx_waking = true;
    push(net, net->now + random_time(net, flow->rx_late), NET_RX, flow, 0);
}

/* All that came until the receiver woke is one batch. */
static void receive(struct net *net, struct net_flow *flow)
{
    flow->rx_waking = false;
    if (flow->rx_unacked >= ACK_EVERY)
        acknowledge(net, flow);
    else
        push(net, net->now + ACK_DELAY, NET_ACK_TIMER, flow, 0);
}

static void ack_timer(struct net *net, struct net_flow *flow)
{
    if (flow->rx_unacked > 0)
        acknowledge(net, flow);
}

/* ---- the run ---- */

struct net *net_new(const struct net_link *link, unsigned flows, uint64_t seed)
{
    struct net *net = calloc(1, sizeof *net);

    assert(net != NULL && flows <= NET_FLOWS);
    net->link = *link;
    net->count = flows;
    net->random = seed;
    net->flows = calloc(flows, sizeof *net->flows);
    net->queued = calloc(NET_SAMPLES, sizeof *net->queued);
    net->queued_at = calloc(NET_SAMPLES, sizeof *net->queued_at);
    assert(net->flows != NULL && net->queued != NULL && net->queued_at != NULL);
    for (unsigned i = 0; i < flows; i++) {
        net->flows[i].latency = calloc(4096, sizeof(hl_time));
        net->flows[i].stop = HL_NEVER;
        net->flows[i].datagram = 1200;
        net->flows[i].wake = net->flows[i].pto = HL_NEVER;
        net->flows[i].reno_slow = true;
        net->flows[i].reno_window = 12000;
        assert(net->flows[i].latency != NULL);
    }
    return net;
}

void net_free(struct net *net)
{
    for (unsigned i = 0; i < net->count; i++)
        free(net->flows[i].latency);
    free(net->flows);
    free(net->queued);
    free(net->queued_at);
    free(net);
}

static void dispatch(struct net *net, const struct net_event *e)
{
    struct net_flow *flow = &net->flows[e->flow];

    switch (e->what) {
    case NET_WAKE:
        awake(net, flow);
        break;
    case NET_ARRIVE:
        arrive(net, flow, e->number);
        break;
    case NET_RX:
        receive(net, flow);
        break;
    case NET_ACK_TIMER:
        ack_timer(net, flow);
        break;
    case NET_ACK:
        take_ack(net, flow, e->number, e->ack_delay);
        break;
    case NET_PTO:
        probe_timeout(net, flow);
        break;
    }
}

void net_run(struct net *net, hl_time until)
{
    if (net->now == 0) {
        for (unsigned i = 0; i < net->count; i++) {
            uint64_t mtu = net->flows[i].datagram;

            hl_cc_init(&net->flows[i].cc, net->flows[i].start, mtu < 1200 ? 1200 : mtu);
            wake_at(net, &net->flows[i], net->flows[i].start);
        }
    }
    while (net->pending > 0 && net->events[0].at <= until) {
        struct net_event e = pop(net);

        net->now = e.at;
        dispatch(net, &e);
    }
    net->now = until;
}

static int compare(const void *a, const void *b)
{
    hl_time x = *(const hl_time *)a, y = *(const hl_time *)b;

    return (x > y) - (x < y);
}

static hl_time percentile(hl_time *values, size_t count, unsigned permille)
{
    qsort(values, count, sizeof *values, compare);
    return count == 0
               ? 0
               : values[count * permille / 1000 < count ? count * permille / 1000 : count - 1];
}

hl_time net_queue(const struct net *net, unsigned permille, hl_time from, hl_time to)
{
    hl_time *values = calloc(net->samples + 1, sizeof *values), result;
    size_t count = 0;

    assert(values != NULL);
    for (size_t i = 0; i < net->samples; i++) {
        if (net->queued_at[i] >= from && net->queued_at[i] < to)
            values[count++] = net->queued[i];
    }
    result = percentile(values, count, permille);
    free(values);
    return result;
}

hl_time net_latency(const struct net_flow *flow, unsigned permille)
{
    hl_time *values = calloc(flow->latencies + 1, sizeof *values), result;

    assert(values != NULL);
    memcpy(values, flow->latency, flow->latencies * sizeof *values);
    result = percentile(values, flow->latencies, permille);
    free(values);
    return result;
}
