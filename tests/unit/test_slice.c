/* SPDX-License-Identifier: MIT */
#include "slice.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in sched_setattr(2). */
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t slice;
    uint64_t deadline;
    uint64_t period;
};

static struct attributes own(void)
{
    struct attributes a = {0};

    cr_assert_eq(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0), 0);
    return a;
}

/* The slice that the kernel gives; the test ends where it takes no wishes. */
static uint64_t given(void)
{
    uint64_t slice = own().slice;

    if (slice == 0)
        cr_skip_test("before Linux 6.12 there are no slices of one's own");
    return slice;
}

Test(slice, shorter_than_what_others_have)
{
    uint64_t found = given();

    hl_slice_short();
    cr_expect_lt(own().slice, found);
    cr_expect_geq(own().slice, 100000);
}

Test(slice, longer_than_what_others_have)
{
    uint64_t found = given();

    hl_slice_long();
    cr_expect_gt(own().slice, found);
    hl_slice_usual();
    cr_expect_eq(own().slice, found);
}

Test(slice, keeps_the_nice_value)
{
    given();
    cr_assert_eq(setpriority(PRIO_PROCESS, 0, 7), 0);
    hl_slice_short();
    cr_expect_eq(own().nice, 7);
    hl_slice_long();
    cr_expect_eq(own().nice, 7);
}

static void *look(void *slice)
{
    *(uint64_t *)slice = own().slice;
    return NULL;
}

Test(slice, what_is_started_has_the_usual_one)
{
    uint64_t found = given();
    uint64_t its = 0;
    pthread_t thread;

    hl_slice_short();
    cr_assert_eq(pthread_create(&thread, NULL, look, &its), 0);
    pthread_join(thread, NULL);
    cr_expect_eq(its, found);
}

Test(slice, another_policy_stays)
{
    cr_assert_eq(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}), 0);
    uint64_t found = own().slice;
    hl_slice_short();
    hl_slice_long();
    cr_expect_eq(own().policy, SCHED_BATCH);
    cr_expect_eq(own().slice, found);
}
