/* SPDX-License-Identifier: MIT */
#include "cc.h"

#include <string.h>

enum state {
    STARTUP, /* doubles every round until the queue, or its lack of gain, says enough */
    DRAIN,   /* lets the queue run empty: after start-up, and every HL_CC_DRAIN_EVERY */
    STEADY,  /* holds the allowance queued */
};

enum {
    BASE = 1200,        /* bytes: the datagram of a slow path, whatever its MTU */
    RATE_ROUNDS = 4,    /* of one of the two parts of the rate filter */
    FLAT_ROUNDS = 3,    /* BBR draft section 5.3.1.2: start-up ends without 25 % more so often */
    EMPTY_RUNS = 3,     /* rounds without a queue before the window opens faster and faster */
    SQUEEZE_MAX = 3,    /* lossy path: an eighth of the allowance */
    SQUEEZE_LOSS = 10,  /* of a thousand: from here on a shallow queue is suspected */
    STARTUP_LOSS = 200, /* of a thousand: ends start-up */
    LOSSES_MIN = 6,     /* datagrams; fewer are chance: BBR draft, STARTUP_FULL_LOSS_COUNT */
    RTT_SAMPLES = 8,    /* acknowledgements: RFC 9406, N_RTT_SAMPLE */
    TRAIN_MIN = 4,      /* datagrams after the first that make the spread of a burst a rate */
};
#define SQUEEZE_TIME  HL_SECS(2) /* without such loss: the queue gets a second chance */
#define STARTUP_DELAY HL_MS(2)   /* queue seen that ends start-up */
#define LOW_DELAY     HL_MS(1)   /* so little above the lowest is the same ebb */
#define STRANGE_DELAY HL_MS(12)  /* a queue that may be another's, or a longer path */
#define FIRST_DRAIN   HL_MS(500) /* after start-up, which may have begun behind another's queue */
#define PACE_SLACK    HL_MS(1)   /* of a late timer that is made good */
#define TRAIN_TIME    HL_MS(1) /* a burst that arrives in less is measured by the threads' clocks */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t square_root(uint64_t n)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= n)
            root += bit;
    }
    return root;
}

static hl_time min_rtt(const struct hl_cc *cc)
{
    return cc->min_rtt[0] < cc->min_rtt[1] ? cc->min_rtt[0] : cc->min_rtt[1];
}

static bool is_paced(const struct hl_cc *cc)
{
    return min_rtt(cc) != HL_NEVER && min_rtt(cc) >= HL_CC_PACE_RTT;
}

/* Bytes that leave in the given time. */
static uint64_t bytes_in(uint64_t rate, hl_time time)
{
    return rate * (uint64_t)time / HL_SECS(1);
}

/* A datagram as the flow really sends it: no larger than what leaves in a millisecond. */
static uint64_t unit(const struct hl_cc *cc)
{
    uint64_t fits = max_u64(bytes_in(hl_cc_rate(cc), HL_CC_BURST_TIME), BASE);

    return min_u64(cc->datagram, fits);
}

/* Bytes of this flow that shall wait in front of the bottleneck: as the square root of the rate,
 * so that of two flows the slower one asks for more queue per rate, and gains. */
static uint64_t allowance(const struct hl_cc *cc, uint64_t rate)
{
    const uint64_t ref = bytes_in(HL_CC_RATE_REF, HL_CC_QUEUE_REF);

    return max_u64(square_root(ref * ref / HL_CC_RATE_REF * rate), HL_CC_MIN_DATAGRAMS * unit(cc));
}

/* What loss leaves of it. */
static uint64_t squeezed(const struct hl_cc *cc, uint64_t allowed)
{
    return max_u64(allowed >> cc->squeeze, HL_CC_MIN_DATAGRAMS * unit(cc));
}

static uint64_t window_min(const struct hl_cc *cc)
{
    return HL_CC_MIN_DATAGRAMS * (uint64_t)min_u64(cc->datagram, BASE);
}

static uint64_t window_initial(const struct hl_cc *cc)
{
    return HL_CC_INITIAL_DATAGRAMS * (uint64_t)min_u64(cc->datagram, 1472);
}

/* On a short path what counts is that acknowledgements come in batches and threads wake late. */
static uint64_t lan_floor(const struct hl_cc *cc)
{
    if (min_rtt(cc) >= HL_CC_PACE_RTT)
        return 0;
    if (hl_cc_rate(cc) == 0)
        return HL_CC_LAN_WINDOW;
    return min_u64(HL_CC_LAN_WINDOW, bytes_in(hl_cc_rate(cc), HL_MS(5))) >> cc->squeeze;
}

void hl_cc_init(struct hl_cc *cc, hl_time now, size_t datagram)
{
    memset(cc, 0, sizeof *cc);
    cc->datagram = (uint32_t)datagram;
    hl_cc_reset(cc, now);
}

static void forget_bursts(struct hl_cc *cc)
{
    cc->burst_left = 0;
    cc->train_came = 0;
    cc->train_rate = cc->train_bytes = 0;
    cc->block_rtt = HL_NEVER;
    cc->block_acks = 0;
    cc->recent_rtt = 0;
}

static void startup_begin(struct hl_cc *cc)
{
    cc->state = STARTUP;
    cc->startup_rate = 0;
    cc->flat_rounds = 0;
    forget_bursts(cc);
}

void hl_cc_reset(struct hl_cc *cc, hl_time now)
{
    startup_begin(cc);
    cc->empty_runs = cc->squeeze = cc->skip_rounds = 0;
    cc->window = window_initial(cc);
    cc->loss = 0;
    cc->strange_queue = 0;
    cc->since = cc->delivered_time = cc->first_sent = cc->next_send = now;
    cc->round_end = cc->delivered;
    cc->round_acked = cc->round_lost = 0;
    cc->round_rtt = HL_NEVER;
    cc->round_limited = false;
    cc->min_rtt[0] = cc->min_rtt[1] = HL_NEVER;
    cc->min_rtt_since = now;
    cc->low_rtt = HL_NEVER - LOW_DELAY;
    cc->rate[0] = cc->rate[1] = 0;
    cc->rate_rounds = 0;
}

void hl_cc_set_datagram(struct hl_cc *cc, size_t datagram)
{
    cc->datagram = (uint32_t)datagram;
}

/* ---- pacing ---- */

/* Bytes per second. Start-up sends each round's window in half a round trip: the queue that tells
 * of a full path then shows a round earlier, and drains in the other half. */
static uint64_t pace_rate(const struct hl_cc *cc)
{
    uint64_t window = max_u64(hl_cc_window(cc), window_min(cc)); /* DRAIN may end with none */
    uint64_t rate = window * HL_SECS(1) / (uint64_t)min_rtt(cc);
    uint64_t steady = rate + (cc->skip_rounds > 0 ? 0 : rate / 16);

    if (cc->state != STARTUP)
        return steady;
    if (cc->train_rate == 0)
        return 2 * rate;
    return max_u64(steady, min_u64(2 * rate, cc->train_rate));
}

void hl_cc_sent(struct hl_cc *cc, hl_time now, uint64_t size, uint64_t in_flight,
                struct hl_cc_packet *p)
{
    if (in_flight == 0) {
        if (now - cc->delivered_time > HL_CC_MIN_RTT_AGE)
            hl_cc_reset(cc, now);
        cc->delivered_time = cc->first_sent = now;
        cc->burst_left = cc->state == STARTUP ? window_initial(cc) : 0;
    }
    *p = (struct hl_cc_packet){
        .sent = now,
        .delivered_time = cc->delivered_time,
        .first_sent = cc->first_sent,
        .delivered = cc->delivered,
        .lost = cc->lost,
        .app_limited = cc->app_limited > 0 && cc->app_limited >= cc->delivered,
    };
    if (in_flight + size + unit(cc) > hl_cc_window(cc))
        cc->round_limited = true;
    if (cc->burst_left >= size) {
        cc->burst_left -= size;
        return;
    }
    cc->burst_left = 0;
    if (!is_paced(cc))
        return;
    if (cc->next_send < now - PACE_SLACK)
        cc->next_send = now - PACE_SLACK;
    cc->next_send += (hl_time)(size * HL_SECS(1) / max_u64(pace_rate(cc), 1));
}

hl_time hl_cc_next_send(const struct hl_cc *cc)
{
    return is_paced(cc) ? cc->next_send : 0;
}

uint64_t hl_cc_burst(const struct hl_cc *cc, hl_time now)
{
    uint64_t burst;

    if (!is_paced(cc))
        return HL_CC_BURST_MAX;
    if (cc->next_send > now)
        return 0;
    burst = max_u64(bytes_in(pace_rate(cc), HL_CC_BURST_TIME >> cc->squeeze), cc->burst_left);
    return min_u64(max_u64(burst, cc->datagram), HL_CC_BURST_MAX);
}

uint64_t hl_cc_rate(const struct hl_cc *cc)
{
    return max_u64(cc->rate[0], cc->rate[1]);
}

uint64_t hl_cc_window(const struct hl_cc *cc)
{
    return cc->state == DRAIN ? cc->drain_window : cc->window;
}

void hl_cc_app_limited(struct hl_cc *cc, uint64_t in_flight)
{
    cc->app_limited = max_u64(cc->delivered + in_flight, 1);
}

/* ---- what is measured ---- */

static void take_rtt(struct hl_cc *cc, hl_time now, hl_time rtt)
{
    if (now - cc->min_rtt_since > HL_CC_MIN_RTT_AGE / 2) {
        cc->min_rtt[1] = cc->min_rtt[0];
        cc->min_rtt[0] = HL_NEVER;
        cc->min_rtt_since = now;
    }
    if (rtt < cc->min_rtt[0])
        cc->min_rtt[0] = rtt;
    if (rtt < cc->low_rtt)
        cc->low_rtt = rtt;
    if (rtt <= cc->low_rtt + LOW_DELAY)
        cc->drain_due = now + HL_CC_DRAIN_EVERY;
    if (rtt < cc->round_rtt)
        cc->round_rtt = rtt;
    if (rtt < cc->block_rtt)
        cc->block_rtt = rtt;
    if (++cc->block_acks < RTT_SAMPLES)
        return;
    cc->recent_rtt = cc->block_rtt;
    cc->block_rtt = HL_NEVER;
    cc->block_acks = 0;
}

/* BBR draft section 4.1.2: the slower of sending and arriving, as either may be bunched. */
static void take_rate(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    const struct hl_cc_packet *p = &ack->newest;
    hl_time sending = p->sent - p->first_sent;
    hl_time arriving = ack->now - p->delivered_time;
    hl_time interval = sending > arriving ? sending : arriving;
    uint64_t rate;

    cc->first_sent = p->sent;
    if (interval <= 0 || interval < min_rtt(cc) || min_rtt(cc) == HL_NEVER)
        return;
    rate = (cc->delivered - p->delivered) * HL_SECS(1) / (uint64_t)interval;
    if (rate > cc->rate[0] && (!p->app_limited || rate > cc->rate[1]))
        cc->rate[0] = rate;
}

static void age_rate(struct hl_cc *cc)
{
    if (!cc->round_limited || ++cc->rate_rounds < RATE_ROUNDS)
        return;
    cc->rate_rounds = 0;
    cc->rate[1] = cc->rate[0];
    cc->rate[0] = 0;
}

/* ---- leaving start-up ---- */

static void drain_begin(struct hl_cc *cc, hl_time now, uint64_t bdp, uint64_t in_flight)
{
    uint64_t allowed = allowance(cc, hl_cc_rate(cc));
    uint64_t depth = max_u64(min_u64(bdp / 8, 2 * allowed), allowed / 2);

    cc->low_rtt = HL_NEVER - LOW_DELAY;
    cc->drain_due = now + HL_CC_DRAIN_EVERY;
    cc->state = DRAIN;
    cc->drain_floor = max_u64(bdp > depth ? bdp - depth : 0, window_min(cc));
    cc->drain_window = max_u64(in_flight, cc->drain_floor); /* 0 would be a standstill */
}

/* A quarter of what is acknowledged is sent again, so that chat still flows. */
static void drain_on(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    uint64_t gone = ack->acked - ack->acked / 4;

    if (ack->in_flight > cc->drain_floor && cc->drain_window > cc->drain_floor + gone) {
        cc->drain_window -= gone;
        return;
    }
    cc->state = STEADY;
    cc->skip_rounds = 2;
    cc->empty_runs = 0;
}

static uint64_t window_for(const struct hl_cc *cc, uint64_t rate)
{
    return bytes_in(rate, min_rtt(cc)) + allowance(cc, rate);
}

static void startup_end(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    uint64_t window = window_for(cc, hl_cc_rate(cc));

    if (cc->train_rate > 0)
        window = max_u64(window, min_u64(window_for(cc, cc->train_rate), cc->window));
    cc->window = max_u64(window, window_min(cc));
    cc->state = STEADY;
    cc->skip_rounds = 1;
    if (ack->in_flight > cc->window)
        drain_begin(cc, ack->now, cc->window, ack->in_flight);
    cc->drain_due = ack->now + FIRST_DRAIN;
    cc->low_rtt = 0;
}

/* What leaves in a burst faster than the bottleneck passes it on arrives at the bottleneck's rate.
 * That bounds the window and spares start-up its overshoot; too low, it only ends it early. */
static void take_train(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    const struct hl_cc_packet *p = &ack->newest;
    hl_time came = p->sent + ack->rtt; /* the acknowledgement's own delay taken out */
    hl_time sending = p->sent - cc->train_sent, arriving = came - cc->train_came;
    uint64_t bytes = cc->delivered - cc->train_delivered, rate;

    if (ack->rtt <= 0)
        return;
    if (cc->train_came == 0 || p->delivered >= cc->round_end || sending > arriving) {
        cc->train_sent = p->sent;
        cc->train_came = came;
        cc->train_delivered = cc->delivered;
        return;
    }
    if (bytes < max_u64(cc->train_bytes, TRAIN_MIN * BASE) || arriving < TRAIN_TIME ||
        sending + sending / 4 >= arriving)
        return;
    rate = bytes * HL_SECS(1) / (uint64_t)arriving;
    if (rate < hl_cc_rate(cc))
        return;
    cc->train_rate = rate;
    cc->train_bytes = bytes;
}

static void startup_on(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    if (ack->in_flight + ack->acked + ack->lost >= cc->window / 3)
        cc->window += ack->acked;
    if (cc->recent_rtt > 0 && cc->recent_rtt > min_rtt(cc) + STARTUP_DELAY)
        startup_end(cc, ack);
    else if (is_paced(cc) ? cc->train_rate > 0 && cc->window > window_for(cc, cc->train_rate)
                          : cc->window > HL_CC_LAN_WINDOW)
        startup_end(cc, ack);
}

static void startup_round(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    uint64_t total = cc->round_acked + cc->round_lost;
    bool lossy =
        cc->round_lost * 1000 > total * STARTUP_LOSS && cc->round_lost >= LOSSES_MIN * unit(cc);

    if (hl_cc_rate(cc) > cc->startup_rate + cc->startup_rate / 4) {
        cc->startup_rate = hl_cc_rate(cc);
        cc->flat_rounds = 0;
    } else if (cc->round_limited) {
        cc->flat_rounds++;
    }
    if (lossy || cc->flat_rounds >= FLAT_ROUNDS)
        startup_end(cc, ack);
}

/* ---- the steady state ---- */

/* A shallow queue overflows by what it cannot hold, so less is put into it; random loss looks the
 * same and costs no more than that. So much loss that the path cannot be called one slows. */
static void mind_loss(struct hl_cc *cc, hl_time now)
{
    uint64_t total = cc->round_acked + cc->round_lost;
    uint64_t loss = cc->round_lost * 1000 / total;

    if (loss > SQUEEZE_LOSS) {
        cc->squeezed = now;
        if (cc->squeeze < SQUEEZE_MAX)
            cc->squeeze++;
    } else if (cc->squeeze > 0 && cc->round_limited && now - cc->squeezed > SQUEEZE_TIME) {
        cc->squeezed = now;
        cc->squeeze--;
    }
    if (!is_paced(cc)) /* chance has no part in it: a socket's buffer overflowed */
        cc->window -= min_u64(cc->round_lost, cc->window / 2);
    cc->loss = (uint16_t)((3 * cc->loss + loss) / 4);
    if (cc->loss > HL_CC_LOSS_MAX && cc->round_lost >= LOSSES_MIN * unit(cc))
        cc->window -= cc->window * (cc->loss - HL_CC_LOSS_MAX) / 1000;
}

/* The queue has been empty for a while: the path carries more than was believed. How much more, the
 * spread of a short burst tells; without it the window opens a step at a time. */
static void speed_up(struct hl_cc *cc, uint64_t allowed)
{
    uint64_t room = bytes_in(cc->train_rate, min_rtt(cc)) + allowed;
    uint64_t step = (cc->window / 32) << (cc->empty_runs - EMPTY_RUNS) / 4;

    if (!is_paced(cc))
        cc->window += cc->window / 4 >> cc->squeeze;
    else if (cc->train_rate == 0 || room < cc->window)
        cc->window += max_u64(allowed / 2, step) >> cc->squeeze;
    else
        cc->window += min_u64(room - cc->window, cc->window / 4);
    cc->burst_left = min_u64(allowed, max_u64(squeezed(cc, allowed), 2 * TRAIN_MIN * BASE));
}

static void steer_up(struct hl_cc *cc, uint64_t queued, uint64_t unsqueezed)
{
    uint64_t allowed = squeezed(cc, unsqueezed);

    if (!cc->round_limited)
        return;
    if (queued > allowed / 4)
        cc->empty_runs = 0;
    else if (cc->empty_runs < EMPTY_RUNS + 8)
        cc->empty_runs++;
    if (cc->empty_runs >= EMPTY_RUNS)
        speed_up(cc, unsqueezed);
    else if (queued < allowed)
        cc->window += (allowed - queued) / 2;
    cc->train_rate = cc->train_bytes = 0;
}

/* Bytes too many in the queue: gently, but not if it is a heap. */
static void steer_down(struct hl_cc *cc, const struct hl_cc_ack *ack, uint64_t excess,
                       uint64_t allowed)
{
    bool heap = excess > 3 * allowed;
    uint64_t step = heap ? excess : excess / 2;

    cc->empty_runs = 0;
    cc->window -= min_u64(step, cc->window / (heap ? 1 : 2));
    if (heap)
        drain_begin(cc, ack->now, cc->window, ack->in_flight);
}

/* A queue that is as long as ever when half of our window is gone is not ours: the path became
 * longer, or another fills the queue for good. Then that is what the path is like. */
static void mind_strangers(struct hl_cc *cc)
{
    hl_time queue = cc->round_rtt - min_rtt(cc);
    hl_time change = queue - cc->strange_queue;

    if (queue < STRANGE_DELAY) {
        cc->strange_queue = 0;
    } else if (change > cc->strange_queue / 8 || change < -cc->strange_queue / 8) {
        cc->strange_queue = queue;
        cc->strange_window = cc->window;
    } else if (cc->window < cc->strange_window / 2) {
        cc->strange_queue = 0;
        cc->min_rtt[0] = cc->min_rtt[1] = cc->round_rtt;
        startup_begin(cc);
    }
}

/* Bytes of flight that waited in a queue, going by a round trip. */
static uint64_t waiting(const struct hl_cc *cc, uint64_t flight, hl_time rtt)
{
    return rtt > min_rtt(cc) ? flight * (uint64_t)(rtt - min_rtt(cc)) / (uint64_t)rtt : 0;
}

static void steady_round(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    const struct hl_cc_packet *p = &ack->newest;
    uint64_t flight = cc->delivered + cc->lost - p->delivered - p->lost;
    uint64_t queued, allowed;

    if (cc->round_rtt == HL_NEVER)
        return;
    if (cc->skip_rounds > 0) {
        cc->skip_rounds--;
        return;
    }
    mind_strangers(cc);
    queued = waiting(cc, flight, cc->round_rtt);
    allowed = allowance(cc, flight * HL_SECS(1) / (uint64_t)cc->round_rtt);
    if (queued < squeezed(cc, allowed))
        steer_up(cc, max_u64(queued, waiting(cc, flight, cc->recent_rtt)), allowed);
    else
        steer_down(cc, ack, queued - squeezed(cc, allowed), allowed);
}

/* Flows that saw the empty path together also drain together, and see it again: to the moment, as
 * the queue of all is empty for a moment only. */
static void steady_on(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    uint64_t bdp = min_u64(bytes_in(hl_cc_rate(cc), min_rtt(cc)), cc->window);

    if (ack->now >= cc->drain_due && ack->in_flight > bdp)
        drain_begin(cc, ack->now, bdp, ack->in_flight);
}

static void round_over(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    mind_loss(cc, ack->now);
    if (cc->state == STARTUP)
        startup_round(cc, ack);
    else if (cc->state == STEADY)
        steady_round(cc, ack);
    cc->window = max_u64(max_u64(cc->window, window_min(cc)), lan_floor(cc));
    age_rate(cc);
    cc->round_end = cc->delivered;
    cc->round_acked = cc->round_lost = 0;
    cc->round_rtt = HL_NEVER;
    cc->round_limited = false;
}

void hl_cc_acked(struct hl_cc *cc, const struct hl_cc_ack *ack)
{
    if (ack->acked == 0)
        return;
    cc->delivered += ack->acked;
    cc->lost += ack->lost;
    cc->delivered_time = ack->now;
    cc->round_acked += ack->acked;
    cc->round_lost += ack->lost;
    if (ack->newest.sent < cc->since)
        return; /* of another path */
    if (ack->rtt > 0)
        take_rtt(cc, ack->now, ack->rtt);
    take_rate(cc, ack);
    take_train(cc, ack);
    if (cc->state == STARTUP)
        startup_on(cc, ack);
    else if (cc->state == DRAIN)
        drain_on(cc, ack);
    else
        steady_on(cc, ack);
    if (ack->newest.delivered >= cc->round_end)
        round_over(cc, ack);
}

void hl_cc_lost(struct hl_cc *cc, hl_time now, uint64_t bytes, bool persistent)
{
    cc->lost += bytes;
    cc->round_lost += bytes;
    if (!persistent)
        return;
    cc->window = window_min(cc);
    startup_begin(cc);
    cc->next_send = now;
}
