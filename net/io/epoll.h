/* SPDX-License-Identifier: MIT */
#ifndef HL_EPOLL_H
#define HL_EPOLL_H

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

/* epoll_wait(2) until a moment, HL_NEVER for ever. Pacing needs microseconds: epoll_pwait2() has
 * them since Linux 5.11; before it, and where a sandbox or valgrind does not know the call, ppoll()
 * waits for the epoll descriptor itself. Any thread. */
static inline int hl_epoll_wait(int epoll, struct epoll_event *events, int max, hl_time deadline)
{
    struct pollfd p = {.fd = epoll, .events = POLLIN};
    struct timespec ts;
    int n = epoll_pwait2(epoll, events, max, hl_clock_left(deadline, &ts), NULL);

    if (n >= 0 || errno != ENOSYS)
        return n;
    n = ppoll(&p, 1, hl_clock_left(deadline, &ts), NULL);
    return n > 0 ? epoll_wait(epoll, events, max, 0) : n;
}

#endif
