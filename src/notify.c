/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include "clock.h"
#include "cmdline.h"
#include "err.h"
#include "i18n.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct hl_notify_hook {
    void (*failed)(void *user, const char *why);
    void *user;
    struct hl_exec *exec; /* of the command; NULL: none was run yet */
    bool told;            /* that it fails */
    int epoll;            /* holds the timer and what the children are watched by */
    int timer;
    struct pollfd watched[HL_EXEC_FDS];
    nfds_t count;
    char command[HL_CMDLINE_LINE];
    struct hl_cmdline words; /* of it */
};

static void on_answer(void *user, uint32_t conv, const char *text, size_t len)
{
    (void)user;
    (void)conv;
    (void)text;
    (void)len;
}

static void tell(struct hl_notify_hook *n, const char *why)
{
    char line[HL_CMDLINE_LINE + 64];

    if (n->told)
        return;
    n->told = true;
    snprintf(line, sizeof line, "notify_command: %s: %s", n->command, why);
    n->failed(n->user, line);
}

static void on_failed(void *user, uint32_t conv, const char *why)
{
    (void)conv;
    tell(user, why);
}

struct hl_notify_hook *hl_notify_new(void (*failed)(void *user, const char *why), void *user)
{
    struct hl_notify_hook *n = calloc(1, sizeof *n);
    struct epoll_event event = {.events = EPOLLIN};

    if (n == NULL)
        return NULL;
    n->failed = failed;
    n->user = user;
    n->epoll = epoll_create1(EPOLL_CLOEXEC);
    n->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (n->epoll < 0 || n->timer < 0 || epoll_ctl(n->epoll, EPOLL_CTL_ADD, n->timer, &event) != 0) {
        hl_notify_free(n);
        return NULL;
    }
    return n;
}

void hl_notify_free(struct hl_notify_hook *n)
{
    if (n == NULL)
        return;
    hl_exec_free(n->exec);
    if (n->epoll >= 0)
        close(n->epoll);
    if (n->timer >= 0)
        close(n->timer);
    free(n);
}

int hl_notify_fd(const struct hl_notify_hook *n)
{
    return n->epoll;
}

/* Watches what the children are at now. Descriptors that were closed have left the set by
 * themselves, and their numbers may be those of others. */
static void watch(struct hl_notify_hook *n)
{
    hl_time deadline = n->exec != NULL ? hl_exec_deadline(n->exec) : HL_NEVER;
    struct itimerspec at = {.it_value.tv_sec = 0};

    for (nfds_t i = 0; i < n->count; i++)
        (void)epoll_ctl(n->epoll, EPOLL_CTL_DEL, n->watched[i].fd, NULL);
    n->count = n->exec != NULL ? hl_exec_poll(n->exec, n->watched) : 0;
    for (nfds_t i = 0; i < n->count; i++) {
        struct epoll_event event = {.events = n->watched[i].events == POLLOUT ? EPOLLOUT : EPOLLIN};
        (void)epoll_ctl(n->epoll, EPOLL_CTL_ADD, n->watched[i].fd, &event);
    }
    if (deadline != HL_NEVER) {
        (void)hl_clock_left(deadline, &at.it_value);
        at.it_value.tv_nsec += at.it_value.tv_sec == 0 && at.it_value.tv_nsec == 0; /* 0 stops it */
    }
    (void)timerfd_settime(n->timer, 0, &at, NULL);
}

void hl_notify_handle(struct hl_notify_hook *n)
{
    if (n->exec != NULL)
        hl_exec_handle(n->exec);
    watch(n);
}

/* Another command than before. */
static void change(struct hl_notify_hook *n, const char *command)
{
    static const struct hl_exec_ops ops = {.answer = on_answer, .failed = on_failed, .mute = true};
    hl_exec_free(n->exec);
    n->exec = NULL;
    n->told = false;
    snprintf(n->command, sizeof n->command, "%s", command);
    if (hl_cmdline_split(&n->words, n->command) != 0)
        tell(n, _("a quote is not closed, or it is too long"));
    else if (n->words.count > 0 && hl_exec_new(n->words.at, &ops, n, &n->exec) != 0)
        tell(n, _(hl_err_text(-ENOMEM)));
    watch(n);
}

void hl_notify_run(struct hl_notify_hook *n, const char *command, const struct hl_exec_job *job)
{
    static uint32_t serial; /* a conversation's children run one by one: ours need not */
    struct hl_exec_job alone = *job;
    int err = 0;

    if (strcmp(n->command, command) != 0)
        change(n, command);
    if (n->exec == NULL || hl_exec_busy(n->exec, 0) >= HL_EXEC_CHILDREN)
        return;
    alone.conv = ++serial;
    err = hl_exec_run(n->exec, &alone);
    if (err != 0)
        tell(n, _(hl_err_text(err)));
    watch(n);
}
