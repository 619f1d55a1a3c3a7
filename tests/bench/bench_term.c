/* SPDX-License-Identifier: MIT */
/* A program in a pseudo-terminal, seen from the terminal's side: time until the first screen
 * stands, from a key to its echo, memory, idle wake-ups, and a flood of lines until all is drawn.
 * The figures of cat (the floor: it copies each byte) and of others serve as the measure.
 *
 * usage: bench_term echo NAME PROGRAM [ARG...]    any program: start-up, echo, memory, wake-ups
 *        bench_term flood PROGRAM                 hullo: 20,000 lines over TCP until drawn */
#include "stats.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ROWS = 24,
    COLS = 80,
    KEYS = 2000,
    KEYS_PER_LINE = 40, /* then the line is erased again */
    STARTS = 20,
    QUIET_MS = 150, /* so long without output, and the screen stands */
    IDLE_S = 10,
    FLOOD_LINES = 20000,
    DRAW_MS = 20000,
};

static double times[KEYS];
static char buf[1 << 16];

struct child {
    pid_t pid;
    int fd;
};

static struct child start(char **argv)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
    struct child c;

    c.pid = forkpty(&c.fd, NULL, NULL, &size);
    if (c.pid < 0)
        stats_die("forkpty");
    if (c.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execvp(argv[0], argv);
        _exit(127);
    }
    return c;
}

static void stop(struct child *c)
{
    kill(c->pid, SIGTERM);
    close(c->fd);
    waitpid(c->pid, NULL, 0);
}

/* Output that comes within ms: bytes, or 0. */
static ssize_t output(const struct child *c, int ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};

    return poll(&p, 1, ms) > 0 ? read(c->fd, buf, sizeof buf) : 0;
}

/* Reads until nothing comes any more; returns when the last byte came. */
static double settle(const struct child *c)
{
    double last = stats_now();

    while (output(c, QUIET_MS) > 0)
        last = stats_now();
    return last;
}

static void measure_starts(const char *name, char **argv)
{
    char key[64];

    for (size_t i = 0; i < STARTS; i++) {
        double began = stats_now();
        struct child c = start(argv);

        while (output(&c, 2000) <= 0)
            ;
        times[i] = settle(&c) - began;
        stop(&c);
    }
    snprintf(key, sizeof key, "%s_first_screen", name);
    stats_print_quantiles(key, times, STARTS);
}

static void measure_keys(const char *name, const struct child *c)
{
    char key[64];

    for (size_t i = 0; i < KEYS; i++) {
        char letter = (char)('a' + i % 26);
        double began = stats_now();

        if (write(c->fd, &letter, 1) != 1)
            stats_die("write");
        for (;;) {
            ssize_t n = output(c, 1000);

            if (n <= 0 || memchr(buf, letter, (size_t)n))
                break;
        }
        times[i] = stats_now() - began;
        if (i % KEYS_PER_LINE == KEYS_PER_LINE - 1) {
            (void)!write(c->fd, "\025", 1); /* C-u */
            settle(c);
        }
    }
    snprintf(key, sizeof key, "%s_key_echo", name);
    stats_print_quantiles(key, times, KEYS);
}

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

static double wake_ups(pid_t pid)
{
    char path[320];
    const struct dirent *e;
    double sum = 0;
    DIR *tasks;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    tasks = opendir(path);
    while (tasks && (e = readdir(tasks))) {
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", (int)pid, e->d_name);
        sum += proc_value(path, "voluntary_ctxt_switches:");
    }
    if (tasks)
        closedir(tasks);
    return sum;
}

static void measure_memory(const char *name, pid_t pid)
{
    char path[64];
    char key[64];

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    snprintf(key, sizeof key, "%s_rss_kib", name);
    stats_print(key, proc_value(path, "Rss:"));
    snprintf(key, sizeof key, "%s_pss_kib", name);
    stats_print(key, proc_value(path, "Pss:"));
}

static void measure_idle(const char *name, const struct child *c)
{
    char key[64];
    double before = wake_ups(c->pid);
    double bytes = 0;
    double end = stats_now() + IDLE_S * 1e6;

    while (stats_now() < end) {
        ssize_t n = output(c, (int)((end - stats_now()) / 1e3) + 1);

        bytes += n > 0 ? (double)n : 0;
    }
    snprintf(key, sizeof key, "%s_idle_wakeups_10s", name);
    stats_print(key, wake_ups(c->pid) - before);
    snprintf(key, sizeof key, "%s_idle_bytes_10s", name);
    stats_print(key, bytes);
}

static void bench_echo(const char *name, char **argv)
{
    bool screen = strcmp(name, "cat") != 0;
    struct child c;

    if (screen)
        measure_starts(name, argv);
    c = start(argv);
    settle(&c);
    measure_keys(name, &c);
    if (screen) {
        measure_memory(name, c.pid);
        measure_idle(name, &c);
    }
    stop(&c);
}

static int listen_tcp(unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        stats_die("listen");
    *port = ntohs(at.sin_port);
    return fd;
}

/* All lines, the last of them a word that is looked for on the screen. Written by a child, so
 * that neither end waits for the other. */
static pid_t write_flood(int fd)
{
    pid_t pid = fork();

    if (pid == 0) {
        FILE *f = fdopen(fd, "w");

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 1; f && i < FLOOD_LINES; i++)
            fprintf(f, "line %d of a flood, as long as people's lines are\n", i);
        if (f)
            fprintf(f, "Zwolfboxkampfer\n");
        if (f)
            fclose(f);
        _exit(0);
    }
    return pid;
}

static void bench_flood(const char *program)
{
    char peer[64];
    char name[256];
    char option_chat[] = "chat";
    char option_plain[] = "--plain";
    char *argv[] = {name, option_chat, option_plain, peer, NULL};
    unsigned port;
    int listener = listen_tcp(&port);
    struct child c;
    double began;
    pid_t writer;
    int fd;

    snprintf(name, sizeof name, "%s", program);
    snprintf(peer, sizeof peer, "tcp://127.0.0.1:%u", port);
    c = start(argv);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    settle(&c);
    began = stats_now();
    writer = write_flood(fd);
    close(fd);
    for (ssize_t n; (n = output(&c, DRAW_MS)) > 0;) {
        if (memmem(buf, (size_t)n, "Zwolfboxkampfer", 15))
            break;
    }
    stats_print("hullo_flood_20000_lines_ms", (stats_now() - began) / 1e3);
    waitpid(writer, NULL, 0);
    settle(&c);
    measure_memory("hullo_after_flood", c.pid);
    stop(&c);
    close(listener);
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "echo") == 0)
        bench_echo(argv[2], argv + 3);
    else if (argc == 3 && strcmp(argv[1], "flood") == 0)
        bench_flood(argv[2]);
    else
        return 2;
    return 0;
}
