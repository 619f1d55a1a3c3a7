/* SPDX-License-Identifier: MIT */
#include "cmdline.h"
#include "notify.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char said[HL_CMDLINE_LINE];
static int times;

static void on_failed(void *user, const char *why)
{
    (void)user;
    snprintf(said, sizeof(said), "%s", why);
    times++;
}

static void until_told(struct hl_notify_hook *n, int count)
{
    struct pollfd fd = {.fd = hl_notify_fd(n), .events = POLLIN};

    while (times < count) {
        cr_assert_gt(poll(&fd, 1, 10000), 0, "nothing ends");
        hl_notify_handle(n);
    }
}

Test(notify, what_cannot_be_run_is_told_once, .timeout = 30)
{
    struct hl_notify_hook *n = hl_notify_new(on_failed, NULL);
    const struct hl_exec_job job = {.text = "hi", .len = 2};

    cr_assert_not_null(n);
    signal(SIGPIPE, SIG_IGN); /* as the program does: a command need not read its input */
    hl_notify_run(n, "", &job);
    cr_expect_eq(times, 0);
    hl_notify_run(n, "/nonexistent/program", &job);
    hl_notify_run(n, "/nonexistent/program", &job);
    cr_expect_eq(times, 1);
    cr_expect_not_null(strstr(said, "/nonexistent/program"), "%s", said);
    hl_notify_run(n, "sh 'x", &job);
    cr_expect_eq(times, 2);
    hl_notify_run(n, "sh -c 'exit 3'", &job);
    until_told(n, 3);
    cr_expect_not_null(strstr(said, "exit status 3"), "%s", said);
    hl_notify_free(n);
}

/* However many are asked for, so many run, and what runs ends with us. */
Test(notify, children_are_bounded_and_reaped, .timeout = 30)
{
    struct hl_notify_hook *n = hl_notify_new(on_failed, NULL);
    const struct hl_exec_job job = {.text = "hi", .len = 2};
    int count = 0;

    for (int i = 0; i < 100; i++)
        hl_notify_run(n, "sleep 100", &job);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (f == NULL)
        cr_skip("no /proc/self/task/*/children");
    for (int pid; fscanf(f, "%d", &pid) == 1;)
        count++;
    fclose(f);
    cr_expect_eq(count, HL_EXEC_CHILDREN);
    hl_notify_free(n);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
    cr_expect_eq(errno, ECHILD);
}
