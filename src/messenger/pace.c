/* SPDX-License-Identifier: MIT */
#include "pace.h"

hl_time hl_pace_next(struct hl_pace *p, hl_time now)
{
    hl_time due = p->evenly > now ? p->evenly : now;
    hl_time full = now + HL_PACE_BURST;

    p->evenly = (due < full ? due : full) + HL_PACE_ROUND;
    return p->evenly > full ? p->evenly - HL_PACE_BURST : now;
}
