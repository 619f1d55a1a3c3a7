/* SPDX-License-Identifier: MIT */
/* Round-trip estimator of RFC 9002 section 5, and the times that follow from it.
 *
 * Values are microseconds in 32 bits: an idle flow keeps one of these. */
#ifndef HL_RTT_H
#define HL_RTT_H

#include "types.h"

#define HL_RTT_INITIAL   HL_MS(333) /* RFC 9002 section 6.2.2: until there is a sample */
#define HL_RTT_TICK      HL_MS(1)   /* kGranularity */
#define HL_RTT_ACK_DELAY HL_MS(2)   /* most time that a receiver holds an acknowledgement back */

struct hl_rtt {
    uint32_t latest; /* 0: no sample yet */
    uint32_t smoothed;
    uint32_t var;
    uint32_t min;
};

void hl_rtt_init(struct hl_rtt *r);
/* A sample and the delay that the peer says it added. Returns the sample without that delay, as far
 * as it is believed. */
hl_time hl_rtt_sample(struct hl_rtt *r, hl_time sample, hl_time ack_delay);

/* Probe time-out, not backed off (section 6.2.1). */
hl_time hl_rtt_pto(const struct hl_rtt *r);
/* Age at which a packet older than an acknowledged one is lost (section 6.1.2). */
hl_time hl_rtt_loss_delay(const struct hl_rtt *r);

#endif
