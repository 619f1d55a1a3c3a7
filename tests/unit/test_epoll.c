/* SPDX-License-Identifier: MIT */
/* Waiting with a deadline, with epoll_pwait2() and on systems that do not know it. */
#include "epoll.h"

#include <criterion/criterion.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For this process, which is the test's own. */
static void forget_epoll_pwait2(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct epoll_event none;
    const struct sock_fprog filter = {sizeof(code) / sizeof(code[0]), code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        cr_skip("no seccomp filter: %s", strerror(errno));
    cr_assert_eq(epoll_pwait2(-1, &none, 1, NULL, NULL), -1);
    cr_assert_eq(errno, ENOSYS);
}

static void waits(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event in = {.events = EPOLLIN, .data.fd = event};
    struct epoll_event out[4];
    hl_time start = hl_clock_now();

    cr_assert_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &in), 0);
    cr_assert_eq(hl_epoll_wait(epoll, out, 4, start + 1500), 0);
    cr_assert_geq(hl_clock_now(), start + 1500);
    cr_assert_eq(hl_epoll_wait(epoll, out, 4, start), 0, "what is past waits for nothing");
    eventfd_write(event, 1);
    cr_assert_eq(hl_epoll_wait(epoll, out, 4, HL_NEVER), 1);
    cr_assert_eq(out[0].data.fd, event);
    close(event);
    close(epoll);
    cr_assert_eq(hl_epoll_wait(epoll, out, 4, HL_NEVER), -1);
    cr_assert_eq(errno, EBADF);
}

Test(epoll, waits_until_a_moment)
{
    waits();
}

Test(epoll, where_the_call_is_unknown)
{
    forget_epoll_pwait2();
    waits();
}
