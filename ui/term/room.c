/* SPDX-License-Identifier: MIT */
#include "room.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 200, /* a terminal that reads at all makes room sooner */
};

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

enum { ENDING = sizeof(ending) / sizeof(ending[0]) };

static struct {
    sigset_t let_in;
    sigset_t mask; /* outside */
} room;

void hl_room_make(void)
{
    struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

    if (poll(&fd, 1, PATIENCE_MS) == 0)
        tcflush(STDOUT_FILENO, TCOFLUSH);
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
    hl_room_make();
    errno = err;
}

void hl_room_arm(void)
{
    struct sigaction act = {.sa_sigaction = on_ending, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction was;

    sigprocmask(SIG_SETMASK, NULL, &room.mask);
    sigemptyset(&room.let_in);
    for (size_t i = 0; i < ENDING; i++) {
        sigaddset(&act.sa_mask, ending[i]);
        if (sigismember(&room.mask, ending[i]) == 1)
            sigaddset(&room.let_in, ending[i]);
    }
    for (size_t i = 0; i < ENDING; i++) {
        if (sigismember(&room.let_in, ending[i]) != 1)
            continue;
        if (sigaction(ending[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
            sigaction(ending[i], &act, NULL);
        else
            sigdelset(&room.let_in, ending[i]);
    }
}

void hl_room_disarm(void)
{
    for (size_t i = 0; i < ENDING; i++) {
        if (sigismember(&room.let_in, ending[i]) == 1)
            sigaction(ending[i], &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    }
    sigemptyset(&room.let_in);
}

void hl_room_enter(void)
{
    sigprocmask(SIG_UNBLOCK, &room.let_in, &room.mask);
}

void hl_room_leave(void)
{
    sigprocmask(SIG_SETMASK, &room.mask, NULL);
}
