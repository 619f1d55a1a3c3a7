/* SPDX-License-Identifier: MIT */
#include "crash.h"

#include "room.h"
#include "terminfo.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BYTES_MAX = 256,
    STACK = 64 * 1024,
};

/* All that would kill the program without a word, but for those it takes from a descriptor. */
static const int signals[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,
                              SIGSYS,  SIGQUIT, SIGXCPU, SIGXFSZ, SIGALRM, SIGVTALRM,
                              SIGPROF, SIGUSR1, SIGUSR2, SIGPOLL, SIGPWR,  SIGSTKFLT};

/* A signal handler has no argument of ours: all it needs lies here, ready before it can run. */
static struct {
    volatile sig_atomic_t armed;
    char bytes[BYTES_MAX]; /* padding and parameters resolved: only to be written */
    size_t len;
    struct termios found;
    void *stack;
} crash;

/* Only async-signal-safe calls. SA_RESETHAND makes the raised signal fatal. */
static void on_crash(int signo)
{
    if (crash.armed) {
        crash.armed = 0;
        hl_room_make();
        (void)!write(STDOUT_FILENO, crash.bytes, crash.len);
        tcsetattr(STDIN_FILENO, TCSANOW, &crash.found);
    }
    raise(signo);
}

void hl_crash_pause(bool on)
{
    crash.armed = !on;
}

void hl_crash_arm(const struct termios *found, const char *modes_off)
{
    struct sigaction act = {.sa_handler = on_crash,
                            .sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER};
    struct sigaction was;

    crash.found = *found;
    crash.len = hl_terminfo_ending(crash.bytes, sizeof(crash.bytes));
    for (const char *p = modes_off; *p != '\0' && crash.len < sizeof(crash.bytes); p++)
        crash.bytes[crash.len++] = *p;
    crash.stack = malloc(STACK); /* a stack overflow leaves no room for its own handler */
    if (crash.stack != NULL)
        sigaltstack(&(stack_t){.ss_sp = crash.stack, .ss_size = STACK}, NULL);
    crash.armed = 1;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
            sigaction(signals[i], &act, NULL);
    }
}

void hl_crash_disarm(void)
{
    struct sigaction was;

    crash.armed = 0;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler == on_crash)
            sigaction(signals[i], &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    }
    if (crash.stack != NULL)
        sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(crash.stack);
    crash.stack = NULL;
}
