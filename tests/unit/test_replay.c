/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include "bytes_of.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum {
    CHECKS = 10000000,
    SPAN = 48 << 20, /* packet numbers that the slow way remembers, from the start of a run */
};

/* The slow and obvious way. */
struct naive {
    uint8_t *seen; /* one byte for each number from base on */
    uint64_t base, top;
};

static bool naive_fresh(const struct naive *n, uint64_t pn)
{
    if (pn >= n->top)
        return true;
    return n->top - pn <= HL_REPLAY_WINDOW && !n->seen[pn - n->base];
}

static void naive_mark(struct naive *n, uint64_t pn)
{
    n->seen[pn - n->base] = 1;
    if (pn >= n->top)
        n->top = pn + 1;
}

/* Numbers as a bad network brings them: mostly around the newest, now and then a leap or an old
 * one. */
static uint64_t some_number(const struct naive *n, uint64_t *seed)
{
    uint64_t r = next_random(seed);
    uint64_t back = 0;
    uint64_t on = 0;

    switch (r % 32) {
    case 0:
        back = (r >> 8) % (2 * HL_REPLAY_WINDOW);
        break;
    case 1:
        back = HL_REPLAY_WINDOW - 2 + (r >> 8) % 5; /* around the edge of the window */
        break;
    case 2:
        on = (r >> 8) % 4096 ? (r >> 20) % 70 : (r >> 20) % 20000;
        break;
    default:
        if (r & 32)
            back = (r >> 8) % 300;
    }
    if (back > n->top - n->base)
        back = n->top - n->base;
    return n->top - back + on;
}

static const uint64_t floors[] = {
    0, 1, 63, 64, 100, 8191, 8192, 8256, 1000000, (UINT64_C(1) << 32) - 7, UINT64_C(1) << 61,
};

Test(replay, agrees_with_a_set_of_numbers)
{
    struct naive naive = {.seen = malloc(SPAN)};
    size_t fresh = 0;
    uint64_t seed = 20261121;

    cr_assert_not_null(naive.seen);
    for (size_t run = 0; run < sizeof floors / sizeof *floors; run++) {
        struct hl_replay replay;
        uint64_t below = floors[run] < 20000 ? floors[run] : 20000;

        naive.base = floors[run] - below;
        naive.top = floors[run];
        memset(naive.seen, 0, SPAN);
        memset(naive.seen, 1, below);
        hl_replay_init(&replay, floors[run]);
        for (size_t i = 0; i < CHECKS / (sizeof floors / sizeof *floors) + 1; i++) {
            uint64_t pn = some_number(&naive, &seed);
            bool wanted = naive_fresh(&naive, pn);

            cr_assert_lt(pn - naive.base, SPAN);
            if (hl_replay_fresh(&replay, pn) != wanted)
                cr_assert_fail("floor %zu, step %zu: number %llu of top %llu", run, i,
                               (unsigned long long)pn, (unsigned long long)naive.top);
            fresh += wanted;
            if (!wanted || next_random(&seed) % 16 == 0) /* forged: asked about, never marked */
                continue;
            hl_replay_mark(&replay, pn);
            naive_mark(&naive, pn);
        }
        cr_assert_eq(replay.top, naive.top);
    }
    free(naive.seen);
    cr_log_info("%d numbers, %zu of them fresh", CHECKS, fresh);
    cr_assert_gt(fresh, CHECKS / 4);
    cr_assert_lt(fresh, CHECKS);
}

Test(replay, a_leap_of_any_length_forgets_what_is_too_old)
{
    static const uint64_t leaps[] = {1,
                                     63,
                                     64,
                                     65,
                                     8191,
                                     8192,
                                     8193,
                                     8255,
                                     8256,
                                     8257,
                                     100000,
                                     UINT64_C(1) << 40,
                                     (UINT64_C(1) << 62) - 1000};

    for (size_t i = 0; i < sizeof leaps / sizeof *leaps; i++) {
        for (uint64_t first = 0; first < 130; first++) {
            struct hl_replay r;
            uint64_t pn = first + leaps[i];

            hl_replay_init(&r, first);
            hl_replay_mark(&r, first);
            hl_replay_mark(&r, pn);
            cr_assert_not(hl_replay_fresh(&r, pn));
            cr_assert_not(hl_replay_fresh(&r, first));
            for (uint64_t back = 1; back < HL_REPLAY_WINDOW + 200 && back <= pn; back++)
                cr_assert_eq(hl_replay_fresh(&r, pn - back),
                             back < HL_REPLAY_WINDOW && pn - back > first,
                             "first %llu, leap %llu, %llu back", (unsigned long long)first,
                             (unsigned long long)leaps[i], (unsigned long long)back);
        }
    }
}

Test(replay, the_last_number_is_never_fresh)
{
    struct hl_replay r;

    hl_replay_init(&r, 0);
    cr_assert_not(hl_replay_fresh(&r, UINT64_MAX));
    hl_replay_mark(&r, UINT64_MAX - 1);
    cr_assert_not(hl_replay_fresh(&r, UINT64_MAX));
    cr_assert_not(hl_replay_fresh(&r, UINT64_MAX - 1));
    cr_assert(hl_replay_fresh(&r, UINT64_MAX - 2));
    cr_assert(hl_replay_fresh(&r, UINT64_MAX - HL_REPLAY_WINDOW));
    cr_assert_not(hl_replay_fresh(&r, UINT64_MAX - HL_REPLAY_WINDOW - 1));
}
