/* SPDX-License-Identifier: MIT */
#include "term.h"

#include "stats.h"

#include <dirent.h>
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
#include <time.h>
#include <unistd.h>
#include <utmp.h>

enum {
    EXTRA_FD = 3,
    SETTLE_US = 10000000,
    END_US = 2000000,
    CURSOR_MODE = 25, /* on, as terminals start */
    WRAP_MODE = 7,
};

/* ---- start and end ---- */

static _Noreturn void run_program(char *const *argv)
{
    const struct rlimit no_core = {0, 0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpid());
    signal(SIGTTOU, SIG_DFL);
    setrlimit(RLIMIT_CORE, &no_core);
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    execvp(argv[0], argv);
    _exit(127);
}

/* A stop signal from the terminal does nothing to a process group whose parent is of another
 * session, so there is a parent in this one. It says who its child is, and ends with it. */
static _Noreturn void lead(int tell, char *const *argv)
{
    pid_t child;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    child = fork();
    if (child == 0)
        run_program(argv);
    (void)!write(tell, &child, sizeof child);
    waitpid(child, NULL, 0);
    _exit(0);
}

void term_start(struct term *t, int rows, int cols, char *const *argv, int extra_fd)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    int told[2];
    int terminal;

    memset(t, 0, sizeof *t);
    t->rows = rows;
    t->cols = cols;
    t->mode[CURSOR_MODE] = t->mode[WRAP_MODE] = true;
    if (openpty(&t->fd, &terminal, NULL, NULL, &size) || pipe2(told, O_CLOEXEC))
        stats_die("openpty");
    fcntl(t->fd, F_SETFD, FD_CLOEXEC);
    tcgetattr(t->fd, &t->found);
    t->leader = fork();
    if (t->leader < 0)
        stats_die("fork");
    if (t->leader == 0) {
        if (login_tty(terminal) || (extra_fd >= 0 && dup2(extra_fd, EXTRA_FD) < 0))
            _exit(127);
        lead(told[1], argv);
    }
    close(terminal);
    close(told[1]);
    if (read(told[0], &t->pid, sizeof t->pid) != sizeof t->pid)
        stats_die(argv[0]);
    close(told[0]);
}

static bool leader_ended(struct term *t)
{
    if (t->leader > 0 && waitpid(t->leader, NULL, WNOHANG) == t->leader)
        t->leader = 0;
    return t->leader == 0;
}

void term_stop(struct term *t)
{
    double until = stats_now() + END_US;

    if (!leader_ended(t))
        kill(t->pid, SIGTERM);
    while (!leader_ended(t) && stats_now() < until)
        term_read(t, 1);
    if (!leader_ended(t)) {
        kill(t->pid, SIGKILL);
        waitpid(t->leader, NULL, 0);
    }
    close(t->fd);
    if (t->vt)
        vterm_free(t->vt);
}

/* ---- output ---- */

/* Follows CSI ? NUMBER ; NUMBER... h or l. */
static void note_modes(struct term *t, const char *bytes, size_t len)
{
    static const char start[] = "\033[?";

    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (t->csi_at < sizeof start - 1) {
            t->csi_at = c == start[t->csi_at] ? t->csi_at + 1 : c == start[0];
            t->csi_count = 0;
            t->csi_number[0] = 0;
        } else if (c >= '0' && c <= '9') {
            unsigned *number = &t->csi_number[t->csi_count];

            *number = (*number * 10 + (unsigned)(c - '0')) % TERM_MODES;
        } else if (c == ';' && t->csi_count < TERM_NUMBERS - 1) {
            t->csi_number[++t->csi_count] = 0;
        } else {
            for (size_t n = 0; (c == 'h' || c == 'l') && n <= t->csi_count; n++)
                t->mode[t->csi_number[n]] = c == 'h';
            t->csi_at = c == start[0];
        }
    }
}

ssize_t term_read(struct term *t, int ms)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    ssize_t n;

    t->chunk_len = 0;
    if (poll(&p, 1, ms) <= 0)
        return 0;
    n = read(t->fd, t->chunk, sizeof t->chunk);
    if (n <= 0)
        return -1;
    t->chunk_len = (size_t)n;
    t->bytes += (size_t)n;
    note_modes(t, t->chunk, t->chunk_len);
    if (t->vt)
        vterm_input_write(t->vt, t->chunk, t->chunk_len);
    return n;
}

double term_settle(struct term *t, int quiet_ms)
{
    double last = stats_now();
    double until = last + SETTLE_US;

    while (stats_now() < until && term_read(t, quiet_ms) > 0)
        last = stats_now();
    return last;
}

void term_type(struct term *t, const char *keys)
{
    size_t len = strlen(keys);

    if (write(t->fd, keys, len) != (ssize_t)len)
        stats_die("write to the terminal");
}

void term_resize(struct term *t, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    t->rows = rows;
    t->cols = cols;
    if (t->vt)
        vterm_set_size(t->vt, rows, cols);
    ioctl(t->fd, TIOCSWINSZ, &size);
}

void term_watch(struct term *t)
{
    t->vt = vterm_new(t->rows, t->cols);
    if (!t->vt)
        stats_die("vterm_new");
    vterm_set_utf8(t->vt, 1);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_reset(t->screen, 1);
    term_type(t, "\f");
    term_settle(t, 150);
}

const char *term_row(struct term *t, int row)
{
    static char text[1024];
    int cols = t->cols < (int)sizeof text - 1 ? t->cols : (int)sizeof text - 1;

    for (int col = 0; col < cols; col++) {
        VTermScreenCell cell;

        vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell);
        text[col] = cell.chars[0] == 0 ? ' ' : cell.chars[0] < 0x7f ? (char)cell.chars[0] : '?';
    }
    text[cols] = '\0';
    return text;
}

/* ---- costs ---- */

/* The number after label in a file of /proc, or 0. */
static double proc_value(const char *path, const char *label)
{
    char line[256];
    double value = 0;
    FILE *f = fopen(path, "re");

    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, label, strlen(label)) == 0)
            value = strtod(line + strlen(label), NULL);
    }
    if (f)
        fclose(f);
    return value;
}

double term_cpu_us(const struct term *t)
{
    struct timespec spent;
    clockid_t clock;

    if (clock_getcpuclockid(t->pid, &clock) || clock_gettime(clock, &spent))
        return 0;
    return (double)spent.tv_sec * 1e6 + (double)spent.tv_nsec / 1e3;
}

double term_wakeups(const struct term *t)
{
    char path[320];
    const struct dirent *e;
    double sum = 0;
    DIR *tasks;

    snprintf(path, sizeof path, "/proc/%d/task", (int)t->pid);
    tasks = opendir(path);
    while (tasks && (e = readdir(tasks))) {
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", (int)t->pid, e->d_name);
        sum += proc_value(path, "voluntary_ctxt_switches:");
    }
    if (tasks)
        closedir(tasks);
    return sum;
}

static double rollup(const struct term *t, const char *label)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)t->pid);
    return proc_value(path, label);
}

double term_rss_kib(const struct term *t)
{
    return rollup(t, "Rss:");
}

double term_pss_kib(const struct term *t)
{
    return rollup(t, "Pss:");
}

/* ---- signals ---- */

static bool is_stopped(const struct term *t)
{
    char path[64];
    char line[512] = "";
    const char *state;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)t->pid);
    f = fopen(path, "re");
    if (f && !fgets(line, sizeof line, f))
        line[0] = '\0';
    if (f)
        fclose(f);
    state = strrchr(line, ')');
    return state && state[1] == ' ' && state[2] == 'T';
}

int term_left_by(struct term *t, int signal, double *took_us)
{
    double began = stats_now();
    double until = began + END_US;
    struct termios now;
    int left = 0;

    kill(t->pid, signal);
    while (!leader_ended(t) && !is_stopped(t) && stats_now() < until)
        term_read(t, 1);
    if (t->leader > 0 && !is_stopped(t))
        return -1;
    *took_us = stats_now() - began;
    for (double end = stats_now() + END_US; stats_now() < end && term_read(t, 20) > 0;)
        ;
    for (int mode = 0; mode < TERM_MODES; mode++)
        left += t->mode[mode] != (mode == CURSOR_MODE || mode == WRAP_MODE);
    if (tcgetattr(t->fd, &now) == 0)
        left += now.c_lflag != t->found.c_lflag;
    return left;
}
