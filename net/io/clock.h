/* SPDX-License-Identifier: MIT */
#ifndef HL_CLOCK_H
#define HL_CLOCK_H

#include "types.h"

#include <time.h>

/* CLOCK_BOOTTIME: goes on while the machine sleeps, never jumps with the wall clock. Any thread. */
static inline hl_time hl_clock_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (hl_time)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* How long the machine has slept since it was started. */
static inline hl_time hl_clock_slept(void)
{
    struct timespec ts;
    hl_time boot = hl_clock_now();

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return boot - ((hl_time)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* The time left until deadline as ppoll() and epoll_pwait2() want it; NULL for HL_NEVER. */
static inline struct timespec *hl_clock_left(hl_time deadline, struct timespec *ts)
{
    hl_time left;

    if (deadline == HL_NEVER)
        return NULL;
    left = deadline - hl_clock_now();
    if (left < 0)
        left = 0;
    *ts = (struct timespec){.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
    return ts;
}

#endif
