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
    sigset_t timer;

    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGCONT);
    sigemptyset(&timer);
    sigaddset(&timer, SIGRTMIN); /* for hl_room_arm() */
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || sigprocmask(SIG_BLOCK, &timer, NULL) != 0)
        return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int hl_reactor_init(struct hl_reactor *r, struct hl_tty *tty, int signal_fd,
                    const struct hl_reactor_ops *ops, void *user)
{
    *r = (struct hl_reactor){.ops = ops,
                             .user = user,
                             .tty = tty,
                             .signal_fd = signal_fd,
                             .keys = hl_keys_new(),
                             .dirty = true,
                             .now = true};
    return r->keys != NULL ? 0 : -ENOMEM;
}

void hl_reactor_fini(struct hl_reactor *r)
{
    hl_keys_free(r->keys);
    r->keys = NULL;
}

int hl_reactor_add(struct hl_reactor *r, int fd)
{
    if (r->fd_count == HL_REACTOR_FDS)
        return -ENOSPC;
    r->fds[r->fd_count++] = fd;
    return 0;
}

void hl_reactor_end(struct hl_reactor *r)
{
    r->ended = true;
}

void hl_reactor_dirty(struct hl_reactor *r)
{
    r->dirty = true;
}

static void hang_up(struct hl_reactor *r)
{
    r->ended = true;
    r->end = HL_REACTOR_HANGUP;
}

static void read_keys(struct hl_reactor *r)
{
    char bytes[READ_MAX];
    struct hl_key key;
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (n <= 0) {
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            hang_up(r);
        return;
    }
    const char *in = bytes;
    size_t len = (size_t)n;
    r->typed = now_ms();
    hl_keys_read(r->keys, in, len);
    while (!r->ended && hl_keys_next(r->keys, &in, &len, &key))
        r->ops->key(r->user, &key);
    r->dirty = r->now = true;
}

/* Stops by that signal until told to go on. False: in an orphaned process group nobody could tell,
 * so the kernel does not stop us. */
static bool stop_by(const struct hl_reactor *r, int signo)
{
    static const struct sigaction stopping = {.sa_handler = SIG_DFL};
    struct signalfd_siginfo info;
    struct sigaction was;
    sigset_t set;
    sigset_t mask;
    bool stopped = false;

    sigaction(signo, &stopping, &was);
    sigemptyset(&set);
    sigaddset(&set, signo);
    sigprocmask(SIG_UNBLOCK, &set, &mask);
    raise(signo); /* here we stop */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(signo, &was, NULL);
    while (read(r->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        stopped = stopped || info.ssi_signo == SIGCONT; /* what else came is done anyway */
    return stopped;
}

/* A signal waits that somebody takes who is asked when we poll. */
static bool is_ending(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t waiting;
    bool found = false;

    sigpending(&waiting);
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
        found = found || sigismember(&waiting, ending[i]) == 1;
    return found;
}

/* Takes the terminal again, unless others have it (bg): then we stop as any job that wants it. What
 * is to end us comes through all the same, as from kill(1) in a shell. */
static void come_back(struct hl_reactor *r) HL_TTY_THREAD
{
    pid_t owner;

    r->away = true;
    do {
        owner = tcgetpgrp(STDIN_FILENO);
        if (owner < 0 || owner == getpgrp()) {
            hl_tty_resume(r->tty);
            r->away = false;
            return;
        }
    } while (!is_ending() && stop_by(r, SIGTTOU));
    if (!is_ending())
        hang_up(r); /* in the background, and nobody there who could change that */
}

static bool is_ignored(int signo)
{
    struct sigaction is;

    return sigaction(signo, NULL, &is) != 0 || is.sa_handler == SIG_IGN;
}

/* Stops with the tty as it was found, and goes on when told to. */
static void stop(struct hl_reactor *r) HL_TTY_THREAD
{
    if (is_ignored(SIGTSTP))
        return; /* whoever started us has no job control */
    hl_tty_suspend(r->tty);
    stop_by(r, SIGTSTP);
    come_back(r);
}

/* ---- while another program has the terminal ---- */

void hl_reactor_lend(struct hl_reactor *r)
{
    hl_tty_suspend(r->tty);
    r->away = r->lent = true;
}

void hl_reactor_reclaim(struct hl_reactor *r)
{
    r->lent = false;
    come_back(r);
    r->dirty = r->now = true;
}

void hl_reactor_rest(struct hl_reactor *r)
{
    struct signalfd_siginfo info;

    if (is_ignored(SIGTSTP))
        return; /* whoever started us has no job control */
    kill(0, SIGTSTP);
    while (read(r->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        continue; /* our own: one stop is enough */
    stop_by(r, SIGTSTP);
}

/* ---- signals ---- */

static void take_signals(struct hl_reactor *r) HL_TTY_THREAD
{
    struct signalfd_siginfo info;

    while (read(r->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        r->dirty = true;
        if (r->lent) { /* it is asked for its size, and for its owner, when it comes back */
            if (info.ssi_signo == SIGTSTP && !is_ignored(SIGTSTP))
                stop_by(r, SIGTSTP);
            continue;
        }
        if (info.ssi_signo == SIGWINCH) { /* a window that is dragged sends hundreds of them */
            hl_tty_resize(r->tty);
            continue;
        }
        if (info.ssi_signo == SIGTSTP)
            stop(r);
        else /* SIGCONT after a SIGSTOP: the shell has changed the tty */
            come_back(r);
        r->now = true;
    }
}

static void draw(struct hl_reactor *r) HL_TTY_THREAD
{
    int rows;
    int cols;

    hl_tty_size(r->tty, &rows, &cols);
    hl_tty_draw(r->tty, r->ops->frame(r->user, rows, cols));
    r->dirty = r->now = false;
    /* Frames for keys do not wait, so they must not pile up a debt for the others either. */
    int64_t now = now_ms();
    int64_t full = now + HL_REACTOR_BURST_MS;
    int64_t next = r->next < now ? now : r->next;
    r->next = (next < full ? next : full) + HL_REACTOR_FRAME_MS;
}

/* Milliseconds until a frame may be drawn, 0 or less = now: a leaky bucket. */
static int64_t frame_wait(const struct hl_reactor *r)
{
    return r->now ? 0 : r->next - HL_REACTOR_BURST_MS - now_ms();
}

/* Milliseconds until what was typed is to be decided upon, however much else goes on meanwhile;
 * -1 = nothing is. */
static int64_t key_wait(const struct hl_reactor *r)
{
    int keys = hl_keys_pending(r->keys);
    int64_t left = r->typed + keys - now_ms();

    return keys < 0 ? -1 : left > 0 ? left : 0;
}

/* Milliseconds until something is to be done without being asked; -1 = never. */
static int time_left(const struct hl_reactor *r)
{
    int64_t keys = key_wait(r);

    if (!r->dirty || r->away)
        return (int)keys;
    int64_t frame = frame_wait(r);
    if (frame < 0)
        frame = 0;
    return (int)(keys >= 0 && keys < frame ? keys : frame);
}

static void key_timeout(struct hl_reactor *r)
{
    struct hl_key key;

    if (hl_keys_timeout(r->keys, &key)) {
        r->ops->key(r->user, &key);
        r->dirty = r->now = true;
    }
}

/* While a frame waits for its time, whatever comes can wait with it: one wake-up for all of it.
 * What is there already is taken before, and keys and signals never wait. Returns as poll(). */
static int wait(struct hl_reactor *r, struct pollfd *fds)
{
    nfds_t all = POLL_FDS + (nfds_t)r->fd_count;
    int left = time_left(r);
    int n = 0;

    if (r->dirty && !r->away && left > 0) {
        n = poll(fds, all, 0);
        if (n == 0)
            n = poll(fds, POLL_FDS, left);
        left = 0;
    }
    return n != 0 ? n : poll(fds, all, left);
}

static void wait_and_handle(struct hl_reactor *r) HL_TTY_THREAD
{
    struct pollfd fds[POLL_FDS + HL_REACTOR_FDS] = {
        [POLL_STDIN] = {.fd = r->away ? -1 : STDIN_FILENO, .events = POLLIN},
        [POLL_SIGNALS] = {.fd = r->signal_fd, .events = POLLIN},
    };
    for (int i = 0; i < r->fd_count; i++)
        fds[POLL_FDS + i] = (struct pollfd){.fd = r->fds[i], .events = POLLIN};
    if (wait(r, fds) < 0)
        return; /* EINTR */
    if (fds[POLL_SIGNALS].revents != 0)
        take_signals(r);
    if (fds[POLL_STDIN].revents != 0)
        read_keys(r);
    else if (key_wait(r) == 0)
        key_timeout(r);
    if (r->now && !r->away && !r->ended)
        draw(r); /* before the batches: a key is not to wait for them */
    for (int i = 0; i < r->fd_count && !r->ended; i++) {
        if (fds[POLL_FDS + i].revents != 0)
            r->ops->ready(r->user, r->fds[i]);
    }
}

enum hl_reactor_end hl_reactor_run(struct hl_reactor *r)
{
    while (!r->ended) {
        if (r->dirty && !r->away && frame_wait(r) <= 0)
            draw(r);
        wait_and_handle(r);
    }
    return r->end;
}
