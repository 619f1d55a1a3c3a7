/* SPDX-License-Identifier: MIT */
#include "room.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <termios.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 200, /* a terminal that reads at all makes room sooner */
    KEYS_MS = 500,     /* how long keys wait for one that does not */
};

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

enum { ENDING = sizeof(ending) / sizeof(ending[0]) };

static struct {
    sigset_t let_in;
    sigset_t mask; /* outside */
    int depth;     /* of hl_room_enter() */
    timer_t timer;
    bool timed; /* there is one */
    volatile sig_atomic_t lost;
} room;

bool hl_room_make(void)
{
    struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&fd, 1, PATIENCE_MS) == 0 && tcflush(STDOUT_FILENO, TCOFLUSH) == 0;
}

/* While it writes, for a long time now. */
static void on_timer(int signo)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    int err = errno;

    (void)signo;
    if (poll(&keys, 1, 0) > 0 && hl_room_make())
        room.lost = 1;
    errno = err;
}

/* It came to end the program, which looks for it where it is blocked: so it is sent once more, and
 * stays blocked when this returns. */
static void on_ending(int signo, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;
    int err = errno;

    (void)info;
    sigaddset(&interrupted->uc_sigmask, signo);
    kill(getpid(), signo);
    (void)hl_room_make();
    errno = err;
}

/* Lets it in if it is blocked and nobody handles it. */
static void let_in(int signo, const struct sigaction *act)
{
    struct sigaction was;

    if (sigismember(&room.mask, signo) == 1 && sigaction(signo, NULL, &was) == 0 &&
        was.sa_handler == SIG_DFL && sigaction(signo, act, NULL) == 0)
        sigaddset(&room.let_in, signo);
}

static void hand_back(int signo)
{
    if (sigismember(&room.let_in, signo) == 1)
        sigaction(signo, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
}

void hl_room_arm(void)
{
    struct sigaction act = {.sa_sigaction = on_ending, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct sigaction timer = {.sa_handler = on_timer, .sa_flags = SA_RESTART};

    sigprocmask(SIG_SETMASK, NULL, &room.mask);
    sigemptyset(&room.let_in);
    for (size_t i = 0; i < ENDING; i++) {
        sigaddset(&act.sa_mask, ending[i]);
        sigaddset(&timer.sa_mask, ending[i]);
    }
    sigaddset(&act.sa_mask, SIGRTMIN);
    for (size_t i = 0; i < ENDING; i++)
        let_in(ending[i], &act);
    let_in(SIGRTMIN, &timer);
    room.timed = sigismember(&room.let_in, SIGRTMIN) == 1 &&
                 timer_create(CLOCK_MONOTONIC, &event, &room.timer) == 0;
}

void hl_room_disarm(void)
{
    if (room.timed)
        timer_delete(room.timer);
    room.timed = false;
    for (size_t i = 0; i < ENDING; i++)
        hand_back(ending[i]);
    hand_back(SIGRTMIN);
    sigemptyset(&room.let_in);
}

static void set_timer(long ms)
{
    const struct timespec every = {.tv_nsec = ms * 1000000};

    if (room.timed)
        timer_settime(room.timer, 0, &(struct itimerspec){every, every}, NULL);
}

void hl_room_enter(void)
{
    if (room.depth++ > 0)
        return;
    sigprocmask(SIG_UNBLOCK, &room.let_in, &room.mask);
    set_timer(KEYS_MS);
}

void hl_room_leave(void)
{
    if (--room.depth > 0)
        return;
    set_timer(0);
    sigprocmask(SIG_SETMASK, &room.mask, NULL);
}

bool hl_room_lost(void)
{
    bool lost = room.lost != 0;

    room.lost = 0;
    return lost;
}
