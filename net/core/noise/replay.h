/* SPDX-License-Identifier: MIT */
/* Which packet numbers of a session have been seen: the sliding window of RFC 6479, with one word
 * more than the window so that a whole word at a time can be cleared. Pure, embedded. */
#ifndef HL_REPLAY_H
#define HL_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HL_REPLAY_WINDOW = 8192, /* packet numbers: a packet may be overtaken by that many less one */
    HL_REPLAY_WORDS = HL_REPLAY_WINDOW / 64 + 1,
};

struct hl_replay {
    uint64_t top;                   /* one more than the highest number seen */
    uint64_t bits[HL_REPLAY_WORDS]; /* number n is bit n % 64 of word n / 64 % HL_REPLAY_WORDS */
};

/* All numbers below floor count as seen. */
void hl_replay_init(struct hl_replay *r, uint64_t floor);

/* Whether pn may still be accepted: not seen, and not too old to know. To ask before decrypting.
 * UINT64_MAX never is: Noise reserves it. */
bool hl_replay_fresh(const struct hl_replay *r, uint64_t pn);

/* To say after the packet has been authenticated; pn is fresh. */
void hl_replay_mark(struct hl_replay *r, uint64_t pn);

#endif
