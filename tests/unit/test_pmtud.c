/* SPDX-License-Identifier: MIT */
#include "pmtud.h"

#include <criterion/criterion.h>

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

Test(pmtud, finds_the_size)
{
    static const struct {
        size_t path, max, found;
    } rows[] = {
        {1200, 16332, 1200}, {1231, 16332, 1200}, {1452, 16332, 1452},   {1472, 16332, 1472},
        {1372, 16332, 1372}, {1464, 16332, 1464}, {8952, 16332, 8952},   {16332, 16332, 16332},
        {65507, 9000, 9000}, {65507, 1300, 1300}, {65507, 65507, 16332}, {65507, 100, 1200},
        {8972, 16332, 8952}, {65507, 1200, 1200},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_pmtud p;
        hl_time now = HL_SECS(5);
        unsigned probes;

        hl_pmtud_init(&p, now, rows[i].max);
        probes = search(&p, &now, rows[i].path);
        cr_expect_eq(p.size, rows[i].found, "path %zu, max %zu: %u", rows[i].path, rows[i].max,
                     p.size);
        cr_expect_leq(probes, 40, "path %zu: %u probes", rows[i].path, probes);
    }
}
