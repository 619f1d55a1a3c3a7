/* SPDX-License-Identifier: MIT */
#include "speller.h"

#include "child.h"
#include "clock.h"
#include "cmdline.h"
#include "err.h"
#include "i18n.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum state {
    OFF,
    GREETING,
    IDLE,
    ASKED,
};

struct hl_speller {
    struct hl_speller_ops ops;
    void *user;
    enum state state;
    int epoll; /* holds out and the timer */
    int timer;
    pid_t pid; /* 0 = none */
    int in, out;
    char command[HL_CMDLINE_LINE];
    size_t len;
    char line[HL_SPELLER_LINE]; /* as far as it has come */
    char word[HL_SPELLER_WORD]; /* that was asked for, and what is said of it so far */
    bool good;
    char near[HL_SPELLER_LINE];
};

/* ---- start and end ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void set_timer(struct hl_speller *s, hl_time time)
{
    const struct itimerspec at = {.it_value.tv_sec = (time_t)(time / HL_SECS(1))};

    (void)timerfd_settime(s->timer, 0, &at, NULL);
}

/* What is killed ends, so this does not wait for long. */
static void stop(struct hl_speller *s)
{
    close_fd(&s->in);
    close_fd(&s->out);
    if (s->pid != 0) {
        kill(-s->pid, SIGKILL);
        (void)waitpid(s->pid, NULL, 0);
    }
    s->pid = 0;
    s->state = OFF;
    s->len = 0;
    set_timer(s, 0);
}

static void drop(struct hl_speller *s, const char *why)
{
    char line[HL_CMDLINE_LINE + 128];

    stop(s);
    snprintf(line, sizeof line, "spell: %s: %s", s->command, why);
    s->ops.gone(s->user, line);
}

static int start(struct hl_speller *s, char *const *argv)
{
    struct epoll_event event = {.events = EPOLLIN};
    int to[2] = {-1, -1};
    int from[2] = {-1, -1};
    int err = 0;

    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0 ||
        fcntl(to[1], F_SETFL, O_NONBLOCK) != 0 || fcntl(from[0], F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, from[0], &event) != 0)
        err = -errno;
    if (err == 0)
        err = hl_child_start(&(struct hl_child){.argv = argv,
                                                .fds = {to[0], from[1], HL_CHILD_NULL},
                                                .place = HL_CHILD_SESSION},
                             &s->pid);
    close_fd(&to[0]);
    close_fd(&from[1]);
    s->in = to[1];
    s->out = from[0];
    return err;
}

bool hl_speller_is_set(const struct hl_speller *s, const char *command)
{
    return strcmp(s->command, command) == 0;
}

void hl_speller_set(struct hl_speller *s, const char *command)
{
    struct hl_cmdline words;
    int err;

    stop(s);
    snprintf(s->command, sizeof s->command, "%s", command);
    if (hl_cmdline_split(&words, command) != 0) {
        drop(s, _("a quote is not closed, or it is too long"));
        return;
    }
    if (words.count == 0)
        return;
    s->state = GREETING;
    set_timer(s, HL_SPELLER_GREETS);
    err = start(s, words.at);
    if (err != 0) {
        s->pid = 0;
        drop(s, _(hl_err_text(err)));
    }
}

struct hl_speller *hl_speller_new(const struct hl_speller_ops *ops, void *user)
{
    struct hl_speller *s = calloc(1, sizeof *s);
    struct epoll_event event = {.events = EPOLLIN};

    if (s == NULL)
        return NULL;
    s->ops = *ops;
    s->user = user;
    s->in = s->out = -1;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (s->epoll < 0 || s->timer < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->timer, &event) != 0) {
        hl_speller_free(s);
        return NULL;
    }
    return s;
}

void hl_speller_free(struct hl_speller *s)
{
    if (s == NULL)
        return;
    if (s->timer >= 0)
        stop(s);
    close_fd(&s->timer);
    close_fd(&s->epoll);
    free(s);
}

int hl_speller_fd(const struct hl_speller *s)
{
    return s->epoll;
}

/* ---- questions and answers ---- */

bool hl_speller_is_idle(const struct hl_speller *s)
{
    return s->state == IDLE;
}

/* The pipe is empty, so it takes a line. */
void hl_speller_ask(struct hl_speller *s, const char *word)
{
    char line[HL_SPELLER_WORD + 2];
    int len = snprintf(line, sizeof line, "^%s\n", word);

    assert(s->state == IDLE && len < (int)sizeof line);
    snprintf(s->word, sizeof s->word, "%s", word);
    s->good = true;
    s->near[0] = '\0';
    s->state = ASKED;
    set_timer(s, HL_SPELLER_ANSWERS);
    if (write(s->in, line, (size_t)len) != len)
        drop(s, _("it has ended, or does not read"));
}

/* "& helo 2 1: hello, help" or "# helo 1": of the whole word, or of a part of it if that is how it
 * cuts words. */
static void take_miss(struct hl_speller *s, const char *line)
{
    size_t len = strlen(s->word);
    const char *colon = strstr(line, ": ");

    s->good = false;
    s->near[0] = '\0';
    if (strncmp(line + 2, s->word, len) == 0 && line[2 + len] == ' ' && colon != NULL)
        snprintf(s->near, sizeof s->near, "%s", colon + 2);
}

static void take_end(struct hl_speller *s)
{
    s->state = IDLE;
    set_timer(s, 0);
    s->ops.answer(s->user, s->word, s->good, s->near);
}

/* False: that is not the protocol. */
static bool take_line(struct hl_speller *s, const char *line)
{
    if (s->state == GREETING) {
        s->state = IDLE;
        set_timer(s, 0);
        return strncmp(line, "@(#)", 4) == 0;
    }
    if (line[0] == '\0' && s->state == ASKED)
        take_end(s);
    else if (s->state == ASKED && strchr("&?#", line[0]) != NULL && line[1] == ' ')
        take_miss(s, line);
    else
        return s->state == ASKED ? strchr("*+-", line[0]) != NULL : line[0] == '\0';
    return true;
}

/* Takes the lines that are there. An answer may end this program or ask it again. */
static bool take_lines(struct hl_speller *s)
{
    char line[HL_SPELLER_LINE];
    char *end;

    while (s->state != OFF && (end = memchr(s->line, '\n', s->len)) != NULL) {
        size_t len = (size_t)(end - s->line);
        memcpy(line, s->line, len);
        line[len] = '\0';
        s->len -= len + 1;
        memmove(s->line, end + 1, s->len);
        if (!take_line(s, line))
            return false;
    }
    return s->len < sizeof s->line;
}

void hl_speller_handle(struct hl_speller *s)
{
    uint64_t times;
    ssize_t n;

    if (read(s->timer, &times, sizeof times) == (ssize_t)sizeof times && s->state != OFF) {
        drop(s, s->state == GREETING ? _("it does not greet as aspell -a does")
                                     : _("it does not answer"));
        return;
    }
    if (s->state == OFF)
        return;
    n = read(s->out, s->line + s->len, sizeof s->line - s->len);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        drop(s, _("it has ended"));
        return;
    }
    s->len += n > 0 ? (size_t)n : 0;
    if (!take_lines(s))
        drop(s, _("what it says is not what aspell -a would say"));
}
