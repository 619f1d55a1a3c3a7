/* SPDX-License-Identifier: MIT */
/* Homes drawn from a seed: who talks to whom, over what paths, what is said, edited and taken back,
 * when processes die and disks fail. After a while all of that ends; then everything that was
 * queued must be where it belongs, once and in order, or known not to be. */
#ifndef HL_SIM_HOMES_H
#define HL_SIM_HOMES_H

#include "chaos.h"

/* base: what the clocks that count show at the beginning. If it is not 0, wall clocks jump, too.
 * Neither must matter. */
void homes_run(uint64_t seed, int64_t base, bool verbose, struct chaos_result *out);

#endif
