/* SPDX-License-Identifier: MIT */
/* The real program on a pseudo-terminal, its screen kept by libvterm. Nothing sleeps: whoever
 * wants to see something waits for it, up to a deadline. */
#ifndef HL_TEST_PTYRUN_H
#define HL_TEST_PTYRUN_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>
#include <vterm.h>

enum {
    PTY_DEADLINE = 15, /* seconds: a hang guard, far above what anything takes */
    PTY_CPU = 300,     /* seconds: as long as a whole test may take */
    PTY_RAW_MAX = 4 << 20,
};

struct pty {
    int master;
    pid_t pid; /* the child: hullo, or the job-control parent of it */
    int rows, cols;
    VTerm *vt;
    VTermScreen *screen;
    char *raw; /* all bytes written so far */
    size_t raw_len;
    struct termios found; /* of the tty before the program */
    bool ended;           /* the other side is closed */
};

static inline double pty_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline void pty_attach(struct pty *p, int master, pid_t pid, int rows, int cols)
{
    *p = (struct pty){.master = master, .pid = pid, .rows = rows, .cols = cols};
    p->raw = malloc(PTY_RAW_MAX);
    p->vt = vterm_new(rows, cols);
    cr_assert(p->raw != NULL && p->vt != NULL);
    vterm_set_utf8(p->vt, 1);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_reset(p->screen, 1);
    cr_assert_eq(tcgetattr(master, &p->found), 0);
}

/* In the child: it outlives neither the test nor all measure. A program under LeakSanitizer whose
 * tracer is killed at the wrong moment waits for it in a loop, for ever. */
static inline void pty_mortal(void)
{
    const struct rlimit limit = {PTY_CPU, PTY_CPU};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CPU, &limit);
}

/* In the child: the environment, given as NAME=VALUE or NAME (unset), up to NULL. */
static inline void pty_environment(const char *const *env)
{
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("LANGUAGE"); /* of whoever runs the tests: they read English */
    if (getenv("HULLO_HOME") == NULL)
        setenv("HULLO_HOME", "/dev/null/home", 1); /* plain text needs no home */
    for (; *env != NULL; env++) {
        if (strchr(*env, '=') != NULL)
            putenv(strdup(*env));
        else
            unsetenv(*env);
    }
}

/* Runs argv on a new terminal. As the leader of the session, or (job) as a job of a parent that
 * reports "[stop N by SIGNAL]", takes the terminal back, and continues it when told by SIGUSR1. */
static inline void pty_start_sized(struct pty *p, struct winsize size, bool job,
                                   const char *const *env, const char *const *argv)
{
    struct termios found;
    int master;
    int slave;
    pid_t pid;

    cr_assert_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
    cr_assert_eq(tcgetattr(slave, &found), 0); /* before the program can change anything */
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        close(master);
        login_tty(slave);
        sigset_t none;
        sigset_t usr1;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGTSTP, SIG_DFL); /* shells without job control leave it ignored */
        pty_mortal();
        pty_environment(env);
        if (!job) {
            execv(argv[0], (char *const *)(uintptr_t)argv);
            _exit(127);
        }
        sigemptyset(&usr1);
        sigaddset(&usr1, SIGUSR1);
        sigprocmask(SIG_BLOCK, &usr1, NULL);
        signal(SIGTTOU, SIG_IGN);
        pid_t child = fork();
        if (child == 0) {
            pty_mortal();
            setpgid(0, 0);
            tcsetpgrp(STDIN_FILENO, getpid());
            signal(SIGTTOU, SIG_DFL);
            sigprocmask(SIG_SETMASK, &none, NULL);
            execv(argv[0], (char *const *)(uintptr_t)argv);
            _exit(127);
        }
        for (int stops = 1;; stops++) {
            int status;
            int got;
            if (waitpid(child, &status, WUNTRACED) < 0)
                _exit(126);
            if (!WIFSTOPPED(status))
                _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
            tcsetpgrp(STDIN_FILENO, getpid());
            dprintf(STDOUT_FILENO, "[stop %d by %d]", stops, WSTOPSIG(status));
            sigwait(&usr1, &got);
            tcsetpgrp(STDIN_FILENO, child);
            kill(-child, SIGCONT);
        }
    }
    close(slave);
    pty_attach(p, master, pid, size.ws_row, size.ws_col);
    p->found = found;
}

static inline void pty_start(struct pty *p, bool job, const char *const *env,
                             const char *const *argv)
{
    pty_start_sized(p, (struct winsize){.ws_row = 24, .ws_col = 80}, job, env, argv);
}

/* Reads what there is, waiting at most ms for the first byte. */
static inline void pty_read(struct pty *p, int ms)
{
    struct pollfd fd = {.fd = p->master, .events = POLLIN};

    while (!p->ended && poll(&fd, 1, ms) > 0) {
        char bytes[65536];
        ssize_t n = read(p->master, bytes, sizeof(bytes));
        if (n <= 0) {
            p->ended = true;
            return;
        }
        vterm_input_write(p->vt, bytes, (size_t)n);
        if (p->raw_len + (size_t)n < PTY_RAW_MAX) {
            memcpy(p->raw + p->raw_len, bytes, (size_t)n);
            p->raw_len += (size_t)n;
        }
        ms = 0;
    }
}

/* One row as UTF-8 without blanks at its end. */
static inline const char *pty_row(struct pty *p, int row)
{
    static char text[8192];
    VTermRect rect = {.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = p->cols};
    size_t len = vterm_screen_get_text(p->screen, text, sizeof(text) - 1, rect);

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\n'))
        len--;
    text[len] = '\0';
    return text;
}

static inline bool pty_shows(struct pty *p, const char *part)
{
    for (int row = 0; row < p->rows; row++) {
        if (strstr(pty_row(p, row), part) != NULL)
            return true;
    }
    return false;
}

static inline void pty_dump(struct pty *p)
{
    for (int row = 0; row < p->rows; row++)
        fprintf(stderr, "%2d |%s\n", row, pty_row(p, row));
}

/* Waits until some row shows part (wanted) or none does. */
static inline void pty_await(struct pty *p, const char *part, bool wanted)
{
    double end = pty_now() + PTY_DEADLINE;

    while (pty_shows(p, part) != wanted && pty_now() < end && !p->ended)
        pty_read(p, 50);
    if (pty_shows(p, part) != wanted) {
        pty_dump(p);
        cr_assert(false, "%s: %s", wanted ? "never shown" : "never gone", part);
    }
}

static inline void pty_type(struct pty *p, const char *bytes)
{
    cr_assert_eq(write(p->master, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
}

static inline void pty_resize(struct pty *p, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    p->rows = rows;
    p->cols = cols;
    vterm_set_size(p->vt, rows, cols);
    cr_assert_eq(ioctl(p->master, TIOCSWINSZ, &size), 0);
}

/* The exit status as a shell would say it; the program must end by itself. */
static inline int pty_status(struct pty *p)
{
    double end = pty_now() + PTY_DEADLINE;
    int status = 0;
    pid_t got = 0;

    while ((got = waitpid(p->pid, &status, WNOHANG)) == 0 && pty_now() < end)
        pty_read(p, 10);
    if (got == 0)
        pty_dump(p);
    cr_assert_eq(got, p->pid, "the program did not end");
    while (!p->ended && pty_now() < end) /* its last words may still be under way in the kernel */
        pty_read(p, 10);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Where a string was written last, -1 if never. */
static inline long pty_last(const struct pty *p, const char *bytes)
{
    long last = -1;
    size_t len = strlen(bytes);

    for (const char *at = p->raw;
         (at = memmem(at, p->raw_len - (size_t)(at - p->raw), bytes, len)) != NULL; at++)
        last = at - p->raw;
    return last;
}

static inline size_t pty_count(const struct pty *p, const char *bytes)
{
    size_t count = 0;
    size_t len = strlen(bytes);

    for (const char *at = p->raw;
         (at = memmem(at, p->raw_len - (size_t)(at - p->raw), bytes, len)) != NULL; at++)
        count++;
    return count;
}

/* Every DEC private mode that was set is reset, whichever they are; the cursor is visible. */
static inline void pty_modes_off(const struct pty *p)
{
    enum { MODES = 10000, CURSOR = 25, WRAPS = 7 };
    static bool on[MODES];
    const char *end = p->raw + p->raw_len;

    memset(on, 0, sizeof(on));
    on[CURSOR] = on[WRAPS] = true;
    for (const char *at = p->raw; (at = memmem(at, (size_t)(end - at), "\033[?", 3)) != NULL;) {
        const char *from = at += 3;
        while (at < end && strchr("0123456789;", *at) != NULL && *at != '\0')
            at++;
        if (at == end || (*at != 'h' && *at != 'l'))
            continue;
        for (; from < at; from++) {
            long mode = strtol(from, (char **)(uintptr_t)&from, 10);
            if (mode < MODES)
                on[mode] = *at == 'h';
        }
    }
    for (int mode = 0; mode < MODES; mode++)
        cr_assert_eq(on[mode], mode == CURSOR || mode == WRAPS, "mode ?%d is %s", mode,
                     on[mode] ? "on" : "off");
}

/* No mode is left on, and the tty is as it was found. */
static inline void pty_clean(struct pty *p)
{
    struct termios now;

    pty_modes_off(p);
    cr_assert_eq(pty_count(p, "\033[22;0;0t"), pty_count(p, "\033[23;0;0t"),
                 "titles saved, restored");
    cr_assert_geq(pty_last(p, "\033[23;2t"), pty_last(p, "\033[22;2t"), "the title is ours");
    cr_assert_geq(pty_last(p, "\033[23;2t"), pty_last(p, "\033]2;"), "the title is ours");
    cr_assert_eq(tcgetattr(p->master, &now), 0);
    cr_assert_eq(now.c_lflag, p->found.c_lflag);
    cr_assert_eq(now.c_iflag, p->found.c_iflag);
    cr_assert_eq(now.c_oflag, p->found.c_oflag);
    cr_assert_eq(now.c_cflag, p->found.c_cflag);
    cr_assert_eq(now.c_line, p->found.c_line);
    cr_assert_eq(cfgetispeed(&now), cfgetispeed(&p->found));
    cr_assert_eq(cfgetospeed(&now), cfgetospeed(&p->found));
    cr_assert_eq(memcmp(now.c_cc, p->found.c_cc, sizeof(now.c_cc)), 0);
}

static inline void pty_end(struct pty *p)
{
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, WNOHANG);
    close(p->master);
    vterm_free(p->vt);
    free(p->raw);
}

#endif
