/* SPDX-License-Identifier: MIT */
/* Messengers of homes on loopback, and their front ends. */
#include "homes.h"

#include <stdio.h>

enum {
    EVERYTHING = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
};

static char home_a[HOME_PATH], home_b[HOME_PATH];
static struct front a, b;

static void set_up(void)
{
    home_make(home_a);
    home_make(home_b);
}

static void tear_down(void)
{
    if (a.client)
        front_close(&a, 0);
    if (b.client)
        front_close(&b, 0);
    home_remove(home_a);
    home_remove(home_b);
}

TestSuite(messenger, .init = set_up, .fini = tear_down, .timeout = 100);

/* b listens and pairs; the number of b at a. */
static uint64_t meet(void)
{
    front_open(&a, home_a, 1, EVERYTHING);
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    return front_open_peer(&a, b.bound);
}

Test(messenger, an_entry_goes_from_disk_to_disk)
{
    uint64_t to = meet();

    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1 && b.entry_count == 1, &a, &b);
    cr_assert_eq(a.states[HL_STATE_QUEUED], 1);
    cr_assert_str_eq(b.entries[0].text, "hello");
}
