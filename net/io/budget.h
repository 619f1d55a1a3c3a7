/* SPDX-License-Identifier: MIT */
/* A bound that many share fairly without knowing how many they are.
 *
 * A link may hold as much as is still free of the whole (dynamic thresholds, Choudhury and Hahne
 * 1998, with factor 1): one slow link gets half of it, equals get equal parts, and some is always
 * left. When many were greedy in turn that is little, so HL_BUDGET_FLOOR is for everybody, and for
 * each link by so much the bound may be passed. Takers take turns; anybody gives back. */
#ifndef HL_BUDGET_H
#define HL_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    HL_BUDGET_FLOOR = 68 << 10, /* bytes: one message of the largest size */
};

struct hl_budget {
    size_t bound; /* immutable */
    atomic_size_t used;
};

/* Whether the holder of share could take n of b. NULL is a holder without one, for whom there is no
 * floor. True stays true until somebody takes. */
bool hl_budget_fits(const struct hl_budget *b, const atomic_size_t *share, size_t n);
/* Takes n; false if it does not fit. */
bool hl_budget_take(struct hl_budget *b, atomic_size_t *share, size_t n);
void hl_budget_give(struct hl_budget *b, atomic_size_t *share, size_t n);

/* Whether a holder that was refused n should try again: it fits, and what the holder has is at
 * most half of what it may have, so that it does not come back for each byte. */
bool hl_budget_has_room(const struct hl_budget *b, const atomic_size_t *share, size_t n);

#endif
