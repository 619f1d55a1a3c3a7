/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <assert.h>
#include <string.h>

static uint64_t word_of(uint64_t pn)
{
    return pn / 64 % HL_REPLAY_WORDS;
}

static uint64_t bit_of(uint64_t pn)
{
    return UINT64_C(1) << pn % 64;
}

void hl_replay_init(struct hl_replay *r, uint64_t floor)
{
    r->top = floor;
    memset(r->bits, 0xff, sizeof r->bits);
    r->bits[word_of(floor)] = bit_of(floor) - 1;
}

bool hl_replay_fresh(const struct hl_replay *r, uint64_t pn)
{
    if (pn >= r->top)
        return pn != UINT64_MAX;
    return r->top - pn <= HL_REPLAY_WINDOW && !(r->bits[word_of(pn)] & bit_of(pn));
}

/* Makes pn the highest number seen. The word of top is always in use, so the words from the one
 * after it to the one of the new top are what must be forgotten. */
static void advance(struct hl_replay *r, uint64_t pn)
{
    uint64_t words = (pn + 1) / 64 - r->top / 64;

    if (words > HL_REPLAY_WORDS)
        words = HL_REPLAY_WORDS;
    r->top = pn + 1;
    for (uint64_t i = 0; i < words; i++)
        r->bits[word_of(r->top - 64 * i)] = 0;
}

void hl_replay_mark(struct hl_replay *r, uint64_t pn)
{
    assert(hl_replay_fresh(r, pn));
    if (pn >= r->top)
        advance(r, pn);
    r->bits[word_of(pn)] |= bit_of(pn);
}
