/* SPDX-License-Identifier: MIT */
#include "rtt.h"

static hl_time max_time(hl_time a, hl_time b)
{
    return a > b ? a : b;
}

void hl_rtt_init(struct hl_rtt *r)
{
    *r = (struct hl_rtt){
        .smoothed = (uint32_t)HL_RTT_INITIAL,
        .var = (uint32_t)HL_RTT_INITIAL / 2,
    };
}

hl_time hl_rtt_sample(struct hl_rtt *r, hl_time sample, hl_time ack_delay)
{
    uint32_t rtt = sample < 1 ? 1 : sample > UINT32_MAX / 8 ? UINT32_MAX / 8 : (uint32_t)sample;
    bool first = r->latest == 0;
    uint32_t off;

    if (first || rtt < r->min)
        r->min = rtt;
    r->latest = rtt;
    if (ack_delay > 0 && (hl_time)rtt - ack_delay >= (hl_time)r->min)
        rtt -= (uint32_t)ack_delay;
    if (first) {
        r->smoothed = rtt;
        r->var = rtt / 2;
        return rtt;
    }
    off = r->smoothed > rtt ? r->smoothed - rtt : rtt - r->smoothed;
    r->var = (3 * r->var + off) / 4;
    r->smoothed = (7 * r->smoothed + rtt) / 8;
    return rtt;
}

hl_time hl_rtt_pto(const struct hl_rtt *r)
{
    return r->smoothed + max_time(4 * (hl_time)r->var, HL_RTT_TICK) + HL_RTT_ACK_DELAY;
}

hl_time hl_rtt_loss_delay(const struct hl_rtt *r)
{
    hl_time rtt = max_time(r->smoothed, r->latest);

    return max_time(rtt + rtt / 8, HL_RTT_TICK);
}
