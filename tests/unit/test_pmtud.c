/* SPDX-License-Identifier: MIT */
#include "pmtud.h"

#include <criterion/criterion.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Probes until the search rests; what is larger than the path is lost. Returns probes sent. */
static unsigned search(struct hl_pmtud *p, hl_time *now, size_t path)
{
    unsigned probes = 0;
    size_t size;

    while ((size = hl_pmtud_probe(p, *now)) != 0 && probes < 100) {
        hl_pmtud_probe_sent(p, *now);
        cr_expect_eq(hl_pmtud_probe(p, *now), 0, "one at a time");
        *now += HL_MS(50);
        if (size <= path)
            hl_pmtud_probe_acked(p, *now);
        else
            hl_pmtud_probe_lost(p, *now);
        probes++;
    }
    return probes;
}

static struct hl_pmtud found(hl_time *now, size_t path)
{
    struct hl_pmtud p;

    hl_pmtud_init(&p, *now, HL_PMTUD_MAX);
    search(&p, now, path);
    return p;
}

Test(pmtud, finds_the_size)
{
    static const struct {
        size_t path, max, found;
        unsigned probes; /* at most */
    } rows[] = {
        {1200, 16332, 1200, 6}, {1231, 16332, 1200, 6},   {1452, 16332, 1452, 7},
        {1472, 16332, 1472, 8}, {1372, 16332, 1372, 9},   {1464, 16332, 1464, 11},
        {8952, 16332, 8952, 6}, {16332, 16332, 16332, 4}, {65507, 9000, 9000, 4},
        {65507, 1300, 1300, 1}, {65507, 65507, 16332, 4}, {65507, 100, 1200, 0},
        {8972, 16332, 8952, 6}, {65507, 1200, 1200, 0},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct hl_pmtud p;
        hl_time now = HL_SECS(5);
        unsigned probes;

        hl_pmtud_init(&p, now, rows[i].max);
        cr_expect_eq(p.size, HL_PMTUD_BASE);
        probes = search(&p, &now, rows[i].path);
        cr_expect_eq(p.size, rows[i].found, "path %zu, max %zu: %u", rows[i].path, rows[i].max,
                     p.size);
        cr_expect_leq(probes, rows[i].probes, "path %zu, max %zu: %u probes", rows[i].path,
                      rows[i].max, probes);
    }
}

Test(pmtud, a_lost_probe_is_tried_again)
{
    struct hl_pmtud p;
    hl_time now = 0;

    hl_pmtud_init(&p, now, 1472);
    for (int i = 0; i < HL_PMTUD_TRIES - 1; i++) {
        cr_assert_eq(hl_pmtud_probe(&p, now), 1452, "try %d", i);
        hl_pmtud_probe_sent(&p, now);
        hl_pmtud_probe_lost(&p, now);
    }
    hl_pmtud_probe_sent(&p, now);
    hl_pmtud_probe_acked(&p, now);
    cr_expect_eq(p.size, 1452);
    cr_expect_eq(hl_pmtud_probe(&p, now), 1472);
    hl_pmtud_probe_lost(&p, now);
    hl_pmtud_probe_acked(&p, now);
    cr_expect_eq(p.size, 1452, "no probe was on its way");
}

Test(pmtud, looks_again_after_ten_minutes)
{
    hl_time now = HL_SECS(1), rest;
    struct hl_pmtud p = found(&now, 1472);

    cr_assert_eq(p.size, 1472);
    rest = now;
    cr_expect_eq(hl_pmtud_probe(&p, rest + HL_PMTUD_RAISE - 1), 0);
    now = rest + HL_PMTUD_RAISE;
    cr_expect_eq(hl_pmtud_probe(&p, now), 8952);
    search(&p, &now, 16332);
    cr_expect_eq(p.size, 16332);
    cr_expect_eq(hl_pmtud_probe(&p, now + HL_SECS(100000)), 0, "nothing is left to find");
}

Test(pmtud, the_kernel_knows_better)
{
    struct hl_pmtud p;
    hl_time now = HL_SECS(1);
    unsigned probes = 0;
    size_t size;

    hl_pmtud_init(&p, now, HL_PMTUD_MAX);
    while ((size = hl_pmtud_probe(&p, now)) != 0 && probes++ < 20) {
        if (size > 1472) {
            hl_pmtud_too_big(&p, now, size);
            continue;
        }
        hl_pmtud_probe_sent(&p, now);
        hl_pmtud_probe_acked(&p, now);
    }
    cr_expect_eq(p.size, 1472);
    cr_expect_leq(probes, 5, "%u", probes);

    /* The interface's MTU shrank under the size in use. */
    hl_pmtud_too_big(&p, now, 1472);
    cr_expect_eq(p.size, HL_PMTUD_BASE);
    search(&p, &now, 1400);
    cr_expect_eq(p.size, 1392);
    hl_pmtud_too_big(&p, now, 1000);
    cr_expect_eq(p.size, 1392, "the base is never given up");
}

Test(pmtud, too_big_ends_the_probe_on_its_way)
{
    struct hl_pmtud p;
    hl_time now = HL_SECS(1);

    hl_pmtud_init(&p, now, HL_PMTUD_MAX);
    hl_pmtud_probe_sent(&p, now);
    hl_pmtud_too_big(&p, now, 1452);
    cr_expect_eq(hl_pmtud_probe(&p, now), 1232);
    hl_pmtud_probe_acked(&p, now);
    cr_expect_eq(p.size, HL_PMTUD_BASE, "that probe is forgotten");
}

Test(pmtud, black_hole)
{
    hl_time now = HL_SECS(1);
    struct hl_pmtud p = found(&now, 1472);

    for (int i = 0; i < HL_PMTUD_FULL_LOST - 1; i++) {
        cr_assert_not(hl_pmtud_lost(&p, now, 1472), "loss %d", i);
        hl_pmtud_acked(&p, 300);
    }
    cr_assert(hl_pmtud_lost(&p, now, 1472));
    cr_expect_eq(p.size, HL_PMTUD_BASE);
    cr_expect_not(hl_pmtud_lost(&p, now, 1472), "those on their way say nothing more");
    cr_expect_eq(hl_pmtud_probe(&p, now), 0);
    now += HL_PMTUD_PAUSE;
    search(&p, &now, 1400);
    cr_expect_eq(p.size, 1392);
}

Test(pmtud, loss_is_not_yet_a_black_hole)
{
    hl_time now = HL_SECS(1);
    struct hl_pmtud p = found(&now, 1472);

    for (int i = 0; i < 1000; i++) {
        cr_assert_not(hl_pmtud_lost(&p, now, 1472), "loss %d", i);
        hl_pmtud_acked(&p, 200);
        if (i % (HL_PMTUD_FULL_LOST - 1) == 0)
            hl_pmtud_acked(&p, 1472);
        hl_pmtud_lost(&p, now, 1200);
    }
    /* An outage takes all of them. */
    hl_pmtud_acked(&p, 1472);
    for (int i = 0; i < HL_PMTUD_SILENT_LOST - 1; i++)
        cr_assert_not(hl_pmtud_lost(&p, now, 1472), "loss %d", i);
    cr_expect(hl_pmtud_lost(&p, now, 1472), "only full ones are sent, and none arrives");
}

Test(pmtud, smaller_than_full_proves_nothing)
{
    hl_time now = HL_SECS(1);
    struct hl_pmtud p = found(&now, 8952);

    for (int i = 0; i < HL_PMTUD_FULL_LOST - 1; i++) {
        cr_assert_not(hl_pmtud_lost(&p, now, 8952), "loss %d", i);
        hl_pmtud_acked(&p, 1452);
    }
    cr_expect(hl_pmtud_lost(&p, now, 8952));
}

/* ---- against a path that changes, with loss, in random order ---- */

struct world {
    struct hl_pmtud p;
    hl_time now;
    size_t path;   /* what it carries */
    size_t kernel; /* what the interface carries */
    unsigned loss; /* percent */
    uint64_t random;
};

static unsigned draw(struct world *w, unsigned below)
{
    w->random = w->random * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(w->random >> 33) % below;
}

static bool arrives(struct world *w, size_t size)
{
    return size <= w->path && draw(w, 100) >= w->loss;
}

static void exchange(struct world *w)
{
    size_t probe = hl_pmtud_probe(&w->p, w->now), size = draw(w, 2) ? w->p.size : 100;

    w->now += HL_MS(10);
    if (probe > w->kernel) {
        hl_pmtud_too_big(&w->p, w->now, probe);
    } else if (probe > 0) {
        hl_pmtud_probe_sent(&w->p, w->now);
        if (arrives(w, probe))
            hl_pmtud_probe_acked(&w->p, w->now);
        else
            hl_pmtud_probe_lost(&w->p, w->now);
    }
    if (size > w->kernel)
        hl_pmtud_too_big(&w->p, w->now, size);
    else if (arrives(w, size))
        hl_pmtud_acked(&w->p, size);
    else
        hl_pmtud_lost(&w->p, w->now, size);
}

/* The largest size that anyone would look for and that fits: the slow way. */
static size_t best(size_t path)
{
    static const size_t sizes[] = {1200, 1232, 1372, 1392, 1444, 1452,
                                   1464, 1472, 4304, 8872, 8952, 16332};
    size_t most = 0;

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        if (sizes[i] <= path)
            most = sizes[i];
    }
    return most;
}

Test(pmtud, follows_a_path_that_changes)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world w = {.now = HL_SECS(1), .random = seed};

        hl_pmtud_init(&w.p, w.now, HL_PMTUD_MAX);
        for (int change = 0; change < 8; change++) {
            w.path = 1200 + draw(&w, change % 2 ? 400 : 16000);
            w.kernel = w.path + draw(&w, 2) * draw(&w, 9000);
            w.loss = 5 * draw(&w, 5);
            for (int i = 0; i < 1000; i++)
                exchange(&w);
            cr_assert_leq(w.p.size, w.path, "seed %d, change %d: %u on a path of %zu", (int)seed,
                          change, w.p.size, w.path);
            /* A wider path is looked for after ten minutes, whatever chance did to the probes. */
            w.loss = 0;
            for (int i = 0; i < 2; i++) {
                w.now += HL_PMTUD_RAISE + HL_PMTUD_PAUSE;
                for (int k = 0; k < 100; k++)
                    exchange(&w);
            }
            cr_assert_eq(w.p.size, best(w.path), "seed %d, change %d: %u on a path of %zu",
                         (int)seed, change, w.p.size, w.path);
        }
    }
}
