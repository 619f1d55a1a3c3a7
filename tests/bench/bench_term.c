/* SPDX-License-Identifier: MIT */
/* A program in a pseudo-terminal, seen from the terminal's side: time until the first screen
 * stands, from a key to its echo, memory, idle wake-ups, and a flood of lines until all is drawn.
 * The figures of cat (the floor: it copies each byte) and of others serve as the measure.
 *
 * usage: bench_term start NAME PROGRAM [ARG...]   any program: first byte, first screen
 *        bench_term echo NAME PROGRAM [ARG...]    any program: key to echo, memory, wake-ups
 *        bench_term draft NAME PROGRAM [ARG...]   the same keys behind a pasted 10,000 characters
 *        bench_term flood PROGRAM                 hullo: 20,000 lines over TCP until drawn
 *        bench_term stream PROGRAM                hullo: keys while 1,000 lines a second come */
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
    DRAFT = 10000,  /* characters pasted */
    LINE_US = 1000, /* between two lines of a stream */
    KEY_US = 3000,  /* between two keys while it runs, about: to meet every phase of a frame */
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
    static double first[STARTS];
    char key[64];

    for (size_t i = 0; i < STARTS; i++) {
        double began = stats_now();
        struct child c = start(argv);

        while (output(&c, 2000) <= 0)
            ;
        first[i] = stats_now() - began;
        times[i] = settle(&c) - began;
        times[i] = times[i] > first[i] ? times[i] : first[i];
        stop(&c);
    }
    snprintf(key, sizeof key, "%s_first_byte", name);
    stats_print_quantiles(key, first, STARTS);
    snprintf(key, sizeof key, "%s_first_screen", name);
    stats_print_quantiles(key, times, STARTS);
}

/* Types a character and waits until the terminal is told of it. */
static double echo_time(const struct child *c, char character)
{
    double began = stats_now();
    ssize_t n;

    if (write(c->fd, &character, 1) != 1)
        stats_die("write");
    do
        n = output(c, 1000);
    while (n > 0 && !memchr(buf, character, (size_t)n));
    return stats_now() - began;
}

static void measure_keys(const char *name, const struct child *c)
{
    char key[64];

    for (size_t i = 0; i < KEYS; i++) {
        times[i] = echo_time(c, (char)('a' + i % 26));
        if (i % KEYS_PER_LINE == KEYS_PER_LINE - 1) {
            for (size_t erased = 0; erased < KEYS_PER_LINE; erased++)
                (void)!write(c->fd, "\177", 1);
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
    struct child c = start(argv);

    settle(&c);
    measure_keys(name, &c);
    if (strcmp(name, "cat") != 0) {
        measure_memory(name, c.pid);
        measure_idle(name, &c);
    }
    stop(&c);
}

/* In pieces, as a terminal pastes, so that neither end waits for the other. */
static void paste(const struct child *c)
{
    static const char piece[] = "0123456789 123456789 123456789 123456789 123456789 ";

    (void)!write(c->fd, "\033[200~", 6);
    for (size_t n = 0; n < DRAFT; n += sizeof piece - 1) {
        if (write(c->fd, piece, sizeof piece - 1) < 0)
            stats_die("paste");
        output(c, 0);
    }
    (void)!write(c->fd, "\033[201~", 6);
}

static void bench_draft(const char *name, char **argv)
{
    struct child c = start(argv);
    double began;
    char key[64];

    settle(&c);
    began = stats_now();
    paste(&c);
    snprintf(key, sizeof key, "%s_paste_ms", name);
    stats_print(key, (settle(&c) - began) / 1e3);
    snprintf(key, sizeof key, "%s_draft", name);
    measure_keys(key, &c);
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

/* Starts the chat with a TCP listener of ours as its peer; *fd is the connection. */
static struct child start_chat(const char *program, int *fd)
{
    char peer[64];
    char name[256];
    char option_chat[] = "chat";
    char option_plain[] = "--plain";
    char *argv[] = {name, option_chat, option_plain, peer, NULL};
    unsigned port;
    int listener = listen_tcp(&port);
    struct child c;

    snprintf(name, sizeof name, "%s", program);
    snprintf(peer, sizeof peer, "tcp://127.0.0.1:%u", port);
    c = start(argv);
    *fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    close(listener);
    settle(&c);
    return c;
}

static void bench_flood(const char *program)
{
    int fd;
    struct child c = start_chat(program, &fd);
    double began = stats_now();
    pid_t writer = write_flood(fd);

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
}

static pid_t write_stream(int fd)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0;; i++) {
            usleep(LINE_US);
            if (dprintf(fd, "line %d of a stream, as long as people's lines are\n", i) < 0)
                _exit(0);
        }
    }
    return pid;
}

static void bench_stream(const char *program)
{
    static const char keys[] = "#%&$=+"; /* neither in the lines nor in what a screen is made of */
    int fd;
    struct child c = start_chat(program, &fd);
    pid_t writer = write_stream(fd);

    close(fd);
    for (size_t i = 0; i < KEYS; i++) {
        for (double until = stats_now() + KEY_US + (double)(i % 16) * 100; stats_now() < until;)
            output(&c, 1);
        times[i] = echo_time(&c, keys[i % (sizeof keys - 1)]);
        if (i % KEYS_PER_LINE == KEYS_PER_LINE - 1)
            (void)!write(c.fd, "\025", 1); /* C-u */
    }
    stats_print_quantiles("hullo_stream_1000_lines_key_echo", times, KEYS);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    stop(&c);
}

static const struct {
    const char *name;
    void (*with_program)(const char *program);
    void (*with_name)(const char *name, char **argv);
} modes[] = {
    {"start", NULL, measure_starts}, {"echo", NULL, bench_echo},     {"draft", NULL, bench_draft},
    {"flood", bench_flood, NULL},    {"stream", bench_stream, NULL},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc >= 3 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) != 0)
            continue;
        if (modes[i].with_program && argc == 3)
            modes[i].with_program(argv[2]);
        else if (modes[i].with_name && argc >= 4)
            modes[i].with_name(argv[2], argv + 3);
        else
            break;
        return 0;
    }
    return 2;
}
