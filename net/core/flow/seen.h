/* SPDX-License-Identifier: MIT */
/* Which packet numbers an association has seen, without a window as long as they come in order.
 *
 * The 8192 bits of replay.h are allocated when the first number is left out. Without memory for
 * them the numbers left out count as seen: their packets are dropped and sent again. */
#ifndef HL_SEEN_H
#define HL_SEEN_H

#include "env.h"

#include <stdbool.h>
#include <stdint.h>

struct hl_replay;

struct hl_seen {
    uint64_t top;           /* one more than the highest number seen */
    struct hl_replay *bits; /* NULL: all below top count as seen */
};

/* All zero is a good start; so is this. */
static inline void hl_seen_init(struct hl_seen *s)
{
    *s = (struct hl_seen){0};
}

/* May pn be new? Asked before the packet is opened. */
bool hl_seen_fresh(const struct hl_seen *s, uint64_t pn);
/* pn is fresh and its packet authentic. */
void hl_seen_mark(struct hl_seen *s, const struct hl_env *env, uint64_t pn);
/* Gives the bits back: from now on all below top count as seen. Also the end of a struct hl_seen.
 */
void hl_seen_compact(struct hl_seen *s, const struct hl_env *env);

#endif
