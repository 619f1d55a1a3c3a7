/* SPDX-License-Identifier: MIT */
#include "reactor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_MAX = 16 * 1024, /* a paste arrives in pieces of this size */
    POLL_STDIN = 0,
    POLL_SIGNALS,
    POLL_FDS,
};

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int hl_reactor_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGCONT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int hl_reactor_init(struct hl_reactor *l, struct hl_tty *tty, int signal_fd,
                    const struct hl_reactor_ops *ops, void *user)
{
    *l = (struct hl_reactor){.ops = ops,
                             .user = user,
                             .tty = tty,
                             .signal_fd = signal_fd,
                             .keys = hl_keys_new(),
                             .dirty = true,
                             .now = true};
    return l->keys != NULL ? 0 : -ENOMEM;
}

void hl_reactor_fini(struct hl_reactor *l)
{
    hl_keys_free(l->keys);
    l->keys = NULL;
}

int hl_reactor_add(struct hl_reactor *l, int fd)
{
    if (l->fd_count == HL_REACTOR_FDS)
        return -ENOSPC;
    l->fds[l->fd_count++] = fd;
    return 0;
}

void hl_reactor_end(struct hl_reactor *l)
{
    l->ended = true;
}

void hl_reactor_dirty(struct hl_reactor *l)
{
    l->dirty = true;
}

static void hang_up(struct hl_reactor *l)
{
    l->ended = true;
    l->end = HL_REACTOR_HANGUP;
}

static void read_keys(struct hl_reactor *l)
{
    char bytes[READ_MAX];
    struct hl_key key;
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (n <= 0) {
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            hang_up(l);
        return;
    }
    const char *in = bytes;
    size_t len = (size_t)n;
    while (!l->ended && hl_keys_next(l->keys, &in, &len, &key))
        l->ops->key(l->user, &key);
    l->dirty = l->now = true;
}

/* Stops with the tty as it was found, and goes on when told to. In an orphaned process group
 * nobody could tell: the kernel then does not stop us, and the screen is only drawn anew. */
static void stop(struct hl_reactor *l) HL_TTY_THREAD
{
    sigset_t set;
    sigset_t was;
    struct signalfd_siginfo info;

    hl_tty_suspend(l->tty);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, &was);
    raise(SIGTSTP); /* here we stop */
    sigprocmask(SIG_SETMASK, &was, NULL);
    while (read(l->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        /* our own SIGCONT, and what else came before the screen is taken again */
    }
    hl_tty_resume(l->tty);
}

static void take_signals(struct hl_reactor *l) HL_TTY_THREAD
{
    struct signalfd_siginfo info;

    while (read(l->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGTSTP)
            stop(l);
        else if (info.ssi_signo == SIGCONT) /* after a SIGSTOP: the shell has changed the tty */
            hl_tty_resume(l->tty);
        else
            hl_tty_resize(l->tty);
        l->dirty = l->now = true;
    }
}

static void draw(struct hl_reactor *l) HL_TTY_THREAD
{
    int rows;
    int cols;

    hl_tty_size(l->tty, &rows, &cols);
    hl_tty_draw(l->tty, l->ops->frame(l->user, rows, cols));
    l->dirty = l->now = false;
    l->drawn = now_ms();
}

/* Milliseconds until something is to be done without being asked; -1 = never. */
static int time_left(const struct hl_reactor *l)
{
    int keys = hl_keys_pending(l->keys);

    if (!l->dirty)
        return keys;
    int64_t frame = l->drawn + HL_REACTOR_FRAME_MS - now_ms();
    if (l->now || frame < 0)
        frame = 0;
    return keys >= 0 && keys < frame ? keys : (int)frame;
}

static void key_timeout(struct hl_reactor *l)
{
    struct hl_key key;

    if (hl_keys_timeout(l->keys, &key)) {
        l->ops->key(l->user, &key);
        l->dirty = l->now = true;
    }
}

static void wait_and_handle(struct hl_reactor *l) HL_TTY_THREAD
{
    struct pollfd fds[POLL_FDS + HL_REACTOR_FDS] = {
        [POLL_STDIN] = {.fd = STDIN_FILENO, .events = POLLIN},
        [POLL_SIGNALS] = {.fd = l->signal_fd, .events = POLLIN},
    };
    int keys = hl_keys_pending(l->keys);
    int64_t started = now_ms();

    for (int i = 0; i < l->fd_count; i++)
        fds[POLL_FDS + i] = (struct pollfd){.fd = l->fds[i], .events = POLLIN};
    if (poll(fds, (nfds_t)(POLL_FDS + l->fd_count), time_left(l)) < 0)
        return; /* EINTR */
    if (fds[POLL_SIGNALS].revents != 0)
        take_signals(l);
    if (fds[POLL_STDIN].revents != 0)
        read_keys(l);
    else if (keys >= 0 && now_ms() - started >= keys)
        key_timeout(l);
    if (l->now && !l->ended)
        draw(l); /* before the batches: a key is not to wait for them */
    for (int i = 0; i < l->fd_count && !l->ended; i++) {
        if (fds[POLL_FDS + i].revents != 0)
            l->ops->ready(l->user, l->fds[i]);
    }
}

enum hl_reactor_end hl_reactor_run(struct hl_reactor *l)
{
    while (!l->ended) {
        if (l->dirty && (l->now || now_ms() - l->drawn >= HL_REACTOR_FRAME_MS))
            draw(l);
        wait_and_handle(l);
    }
    return l->end;
}
