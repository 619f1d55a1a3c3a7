/* SPDX-License-Identifier: MIT */
#include "partner.h"

#include "stats.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    HULLO_START_MS = 10000,
    END_MS = 2000,
};

/* What a line looks like to the program. */
static const struct {
    const char *before, *after;
} forms[] = {
    [PARTNER_RAW] = {"", "\n"},
    [PARTNER_IRC] = {":bob!bob@localhost PRIVMSG #bench :", "\r\n"},
    [PARTNER_HULLO] = {"", "\n"},
    [PARTNER_PAIR] = {"", "\r\n"},
};

/* ---- connections ---- */

static void listen_tcp(struct partner *p)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->listener, (struct sockaddr *)&at, sizeof at) || listen(p->listener, 1) ||
        getsockname(p->listener, (struct sockaddr *)&at, &len))
        stats_die("listen");
    p->port = ntohs(at.sin_port);
}

static void open_pair(struct partner *p)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        stats_die("socketpair");
    p->to = p->from = ends[0];
    p->extra = ends[1];
}

/* Runs another Hullo, line by line, and waits until it says its port. */
static void start_hullo(struct partner *p, const char *hullo, const char *home)
{
    static const char said[] = "listening on 127.0.0.1:";
    char output[4096];
    const char *port = NULL;
    size_t len = 0;
    int in[2];
    int out[2];

    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        stats_die("pipe");
    p->pid = fork();
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(out[1], STDERR_FILENO);
        execl(hullo, hullo, "chat", "--line", "--pair", "--name", "bob", "--home", home, "--listen",
              "127.0.0.1:0", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    p->to = in[1];
    p->from = out[0];
    for (struct pollfd ready = {.fd = p->from, .events = POLLIN};
         len < sizeof output - 1 && poll(&ready, 1, HULLO_START_MS) > 0;) {
        ssize_t n = read(p->from, output + len, sizeof output - 1 - len);

        if (n <= 0)
            break;
        len += (size_t)n;
        output[len] = '\0';
        port = strstr(output, said);
        if (port && strchr(port, '\n'))
            break;
    }
    if (!port)
        stats_die("the second Hullo");
    p->port = (unsigned)strtoul(port + sizeof said - 1, NULL, 10);
}

void partner_open(struct partner *p, enum partner_kind kind, const char *hullo, const char *home)
{
    *p = (struct partner){.kind = kind, .listener = -1, .to = -1, .from = -1, .extra = -1};
    if (kind == PARTNER_HULLO)
        start_hullo(p, hullo, home);
    else if (kind == PARTNER_PAIR)
        open_pair(p);
    else
        listen_tcp(p);
}

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, ms) > 0;
}

/* Returns true once the other Hullo says that nobody listens in between. */
static bool await_encrypted(const struct partner *p, int ms)
{
    char output[4096];
    size_t len = 0;

    while (len < sizeof output - 1 && readable(p->from, ms)) {
        ssize_t n = read(p->from, output + len, sizeof output - 1 - len);

        if (n <= 0)
            break;
        len += (size_t)n;
        output[len] = '\0';
        if (strstr(output, "encrypted, key"))
            return true;
    }
    return false;
}

bool partner_accept(struct partner *p, int ms)
{
    double until = stats_now() + ms * 1e3;

    if (p->kind == PARTNER_PAIR)
        return true;
    if (p->kind == PARTNER_HULLO)
        return await_encrypted(p, ms);
    if (!readable(p->listener, ms))
        return false;
    p->to = p->from = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    while (p->kind == PARTNER_IRC && !p->registered && stats_now() < until)
        partner_hear(p, 10);
    return p->to >= 0 && (p->kind == PARTNER_RAW || p->registered);
}

/* Gives it END_MS to end: with the pipes closed it has nobody left to talk to. */
static void stop_hullo(const struct partner *p)
{
    kill(p->pid, SIGTERM);
    for (int ms = 0; ms < END_MS; ms += 10) {
        if (waitpid(p->pid, NULL, WNOHANG) == p->pid)
            return;
        usleep(10000);
    }
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
}

void partner_close(struct partner *p)
{
    partner_silence(p);
    close(p->to);
    if (p->from != p->to)
        close(p->from);
    if (p->pid > 0)
        stop_hullo(p);
    if (p->listener >= 0)
        close(p->listener);
    if (p->extra >= 0)
        close(p->extra);
}

/* ---- what the program says ---- */

__attribute__((format(printf, 2, 3))) static void reply(const struct partner *p, const char *format,
                                                        ...)
{
    char text[512];
    va_list args;

    if (p->writer > 0) /* the connection may be full: to wait here would be to wait for ourselves */
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    dprintf(p->to, "%s\r\n", text);
}

/* Enough of RFC 2812 for a client to register and to join the one channel there is. */
static void serve_irc(struct partner *p, const char *line)
{
    if (strncmp(line, "CAP LS", 6) == 0) {
        reply(p, ":localhost CAP * LS :");
    } else if (strncmp(line, "CAP END", 7) == 0) {
        reply(p, ":localhost 001 bench :hello");
        reply(p, ":localhost 005 bench CHANTYPES=# NICKLEN=30 :are supported");
        reply(p, ":localhost 376 bench :end of motd");
        p->registered = true;
    } else if (strncmp(line, "JOIN #bench", 11) == 0) {
        reply(p, ":bench!bench@localhost JOIN #bench");
        reply(p, ":localhost 353 bench = #bench :bench bob");
        reply(p, ":localhost 366 bench #bench :end");
        p->joined = true;
    } else if (strncmp(line, "MODE #bench b", 13) == 0) {
        reply(p, ":localhost 368 bench #bench :end");
    } else if (strncmp(line, "MODE #bench", 11) == 0) {
        reply(p, ":localhost 324 bench #bench +n");
    } else if (strncmp(line, "WHO #bench", 10) == 0) {
        reply(p, ":localhost 315 bench #bench :end");
    } else if (strncmp(line, "PING ", 5) == 0) {
        reply(p, ":localhost PONG localhost %s", line + 5);
    } else if (strncmp(line, "PRIVMSG #bench :", 16) == 0) {
        p->lines++;
    }
}

static void take(struct partner *p, char c)
{
    p->marks += c == PARTNER_MARK;
    if (p->kind != PARTNER_IRC) {
        p->lines += c == '\n';
    } else if (c == '\n') {
        p->line[p->line_len] = '\0';
        p->line_len = 0;
        serve_irc(p, p->line);
    } else if (c != '\r' && p->line_len < sizeof p->line - 1) {
        p->line[p->line_len++] = c;
    }
}

bool partner_hear(struct partner *p, int ms)
{
    char bytes[1 << 14];
    ssize_t n;

    if (p->from < 0 || !readable(p->from, ms))
        return false;
    n = read(p->from, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++)
        take(p, bytes[i]);
    return n > 0;
}

/* ---- what is said to it ---- */

static _Noreturn void say_lines(const struct partner *p, size_t count, unsigned per_second)
{
    const char *before = forms[p->kind].before;
    const char *after = forms[p->kind].after;
    FILE *f = fdopen(p->to, "w");
    struct timespec due;

    if (!f)
        _exit(1);
    if (per_second)
        setvbuf(f, NULL, _IOLBF, 0);
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (size_t i = 1; count == 0 || i < count; i++) {
        if (per_second) {
            due.tv_nsec += (long)(1000000000 / per_second);
            due.tv_sec += due.tv_nsec / 1000000000;
            due.tv_nsec %= 1000000000;
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        }
        if (fprintf(f, "%sline %zu as long as people's lines are in a flood%s", before, i, after) <
            0)
            _exit(1);
    }
    fprintf(f, "%s%s%s", before, PARTNER_LAST, after);
    _exit(fflush(f) != 0);
}

void partner_talk(struct partner *p, size_t count, unsigned per_second)
{
    p->writer = fork();
    if (p->writer < 0)
        stats_die("fork");
    if (p->writer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        say_lines(p, count, per_second);
    }
}

void partner_silence(struct partner *p)
{
    if (p->writer > 0) {
        kill(p->writer, SIGKILL);
        waitpid(p->writer, NULL, 0);
    }
    p->writer = 0;
}
