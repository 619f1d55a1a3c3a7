/* SPDX-License-Identifier: MIT */
#include "slice.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    RESET_ON_FORK = 1, /* SCHED_FLAG_RESET_ON_FORK: what is started does not inherit it */
    SHORTEST_NS = 100000,
    LONGER = 4, /* times the slice that the kernel gives */
};

/* struct sched_attr of sched_setattr(2): <linux/sched/types.h> cannot stand beside <sched.h> before
 * Linux 6.7, and glibc before 2.41 has none. */
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t slice; /* sched_runtime, ns; 0: this kernel takes no wishes */
    uint64_t deadline;
    uint64_t period;
};

static int read_own(struct attributes *a)
{
    return syscall(SYS_sched_getattr, 0, a, sizeof *a, 0) == 0 && a->policy == SCHED_OTHER &&
                   a->slice > 0
               ? 0
               : -1;
}

void hl_slice_short(void)
{
    struct attributes a;

    if (read_own(&a) != 0 || a.slice <= SHORTEST_NS)
        return;
    a.flags |= RESET_ON_FORK;
    a.slice = SHORTEST_NS;
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
}

void hl_slice_long(void)
{
    struct attributes a;

    if (read_own(&a) != 0)
        return;
    a.slice *= LONGER;
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
}

void hl_slice_usual(void)
{
    struct attributes a;

    if (read_own(&a) != 0)
        return;
    a.slice = 0;
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
}
