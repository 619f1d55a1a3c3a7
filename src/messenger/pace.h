/* SPDX-License-Identifier: MIT */
/* When the next round of a thread may be whose rounds cost more than what is done in one: a leaky
 * bucket. A few rounds follow each other at once; a stream that goes on has to share them. */
#ifndef HL_PACE_H
#define HL_PACE_H

#include "types.h"

#define HL_PACE_ROUND HL_MS(10)            /* from round to round in a stream */
#define HL_PACE_BURST (10 * HL_PACE_ROUND) /* that a rest is good for */

struct hl_pace {
    hl_time evenly; /* when the next round were due if they came evenly; 0 at first */
};

/* There was a round at that time. Returns when the next may be: then, or HL_PACE_ROUND later at
 * most. Pure. */
hl_time hl_pace_next(struct hl_pace *p, hl_time now);

#endif
