/* SPDX-License-Identifier: MIT */
/* The power fails before each call to the disk: of what was not synced, all, nothing or any sectors
 * are there. Every transaction that was acknowledged is, and none is there in part. */
#include "faultfs.h"
#include "storescene.h"

enum {
    TORN = 2, /* draws of which sectors survive, for each moment */
};

static void set_up(void)
{
    faultfs_install();
    home_make();
}

TestSuite(store_power, .init = set_up, .fini = home_remove, .timeout = 300);

static void record(void)
{
    bool more;

    faultfs_record();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    scene_contact = add_contact("bob");
    faultfs_mark(0);
    for (unsigned step = 0; step < SCENE_STEPS; step++) {
        cr_assert_eq(scene_step(step), 0, "%s", hl_store_why(store));
        faultfs_mark(step + 1);
        if (step % 10 == 9)
            cr_assert_eq(hl_store_tidy(store, &more), 0, "%s", hl_store_why(store));
        if (step % 15 == 14) { /* the log is emptied */
            home_close();
            cr_assert_eq(home_open(NULL), 0, "%s", why);
        }
    }
    home_close();
    faultfs_stop();
}

static void verify(size_t at, int cut, uint64_t seed, unsigned acknowledged)
{
    cr_assert_eq(home_open(NULL), 0, "cut at %zu, %d, seed %lu: %s", at, cut, (unsigned long)seed,
                 why);
    for (unsigned step = 0; step < SCENE_STEPS; step++) {
        unsigned found = scene_found(step);

        cr_assert(found == 2 * SCENE_ENTRIES || (found == 0 && step >= acknowledged),
                  "cut at %zu, %d, seed %lu: %u entries of step %u, %u acknowledged", at, cut,
                  (unsigned long)seed, found, step, acknowledged);
    }
    cr_assert_eq(hl_store_check(store, why), 0, "cut at %zu, %d, seed %lu: %s", at, cut,
                 (unsigned long)seed, why);
    home_close();
}

Test(store_power, what_was_acknowledged_survives_every_cut)
{
    unsigned states = 0;

    record();
    for (size_t at = 0; at <= faultfs_length(); at += FAULTFS_STRIDE) {
        for (uint64_t i = 0; i < 2 + TORN; i++) {
            enum faultfs_cut cut = i < 2 ? (enum faultfs_cut)i : FAULTFS_TORN;
            unsigned acknowledged = faultfs_rebuild(path, at, cut, at * TORN + i);

            verify(at, (int)cut, at * TORN + i, acknowledged);
            states++;
        }
    }
    cr_log_info("%u states", states);
    cr_assert_gt(states, 1000 / FAULTFS_STRIDE);
}
