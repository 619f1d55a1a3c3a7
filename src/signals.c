/* SPDX-License-Identifier: MIT */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

int hl_signals_open(void)
{
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction was;
    sigset_t set;
    int fd;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        /* nohup(1) and shells without job control ignore some of them on purpose. */
        if (sigaction(ending[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
            sigaddset(&set, ending[i]);
    }
    if (sigaction(SIGPIPE, &ignore, NULL) || sigaction(SIGXFSZ, &ignore, NULL) ||
        sigprocmask(SIG_BLOCK, &set, NULL))
        return -errno;
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int hl_signals_take(int fd)
{
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    return (int)info.ssi_signo;
}

bool hl_signals_hung_up(int fd)
{
    struct termios ignored;

    return tcgetattr(fd, &ignored) < 0 && errno == EIO; /* ENOTTY: it never was one */
}
