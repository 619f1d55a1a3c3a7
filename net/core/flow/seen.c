/* SPDX-License-Identifier: MIT */
#include "seen.h"

#include "replay.h"
#include "varint.h"

bool hl_seen_fresh(const struct hl_seen *s, uint64_t pn)
{
    if (pn > HL_VARINT_MAX) /* no packet may have such a number */
        return false;
    return s->bits ? hl_replay_fresh(s->bits, pn) : pn >= s->top;
}

void hl_seen_mark(struct hl_seen *s, const struct hl_env *env, uint64_t pn)
{
    if (!s->bits && pn > s->top) {
        s->bits = hl_env_alloc(env, sizeof *s->bits);
        if (s->bits)
            hl_replay_init(s->bits, s->top);
    }
    if (s->bits)
        hl_replay_mark(s->bits, pn);
    if (pn >= s->top)
        s->top = pn + 1;
}

void hl_seen_compact(struct hl_seen *s, const struct hl_env *env)
{
    hl_env_free(env, s->bits);
    s->bits = NULL;
}
