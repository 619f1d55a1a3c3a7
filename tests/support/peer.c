/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGS_MAX = 8,
};

static void become(char *const argv[], const int in[2], const int out[2])
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
        _exit(126);
    execvp(argv[0], argv);
    _exit(127);
}

void peer_start(struct peer *p, const char *script, ...)
{
    char path[PEER_LINE_MAX];
    char python[] = "python3";
    char *argv[ARGS_MAX + 3] = {python, path};
    int in[2];
    int out[2];
    va_list args;
    int n = 2;

    snprintf(path, sizeof(path), "%s/%s", HL_PEERS, script);
    va_start(args, script);
    while (n < ARGS_MAX + 2 && (argv[n] = va_arg(args, char *)))
        n++;
    va_end(args);
    cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    p->pid = fork();
    cr_assert_geq(p->pid, 0);
    if (p->pid == 0)
        become(argv, in, out);
    close(in[0]);
    close(out[1]);
    p->in = in[1];
    p->out = out[0];
}

const char *peer_line(struct peer *p)
{
    static char line[PEER_LINE_MAX];
    size_t len = 0;

    while (len < sizeof(line) - 1) {
        struct pollfd ready = {.fd = p->out, .events = POLLIN};
        ssize_t n = 0;

        cr_assert_eq(poll(&ready, 1, PEER_PATIENCE * 1000), 1, "the peer says nothing");
        n = read(p->out, line + len, 1);
        cr_assert_geq(n, 0);
        if (n == 0 || line[len] == '\n')
            break;
        len++;
    }
    line[len] = '\0';
    return line;
}

uint16_t peer_port(struct peer *p)
{
    unsigned port = 0;

    cr_assert_eq(sscanf(peer_line(p), "%u", &port), 1, "no port");
    return (uint16_t)port;
}

void peer_say(struct peer *p, const char *text)
{
    cr_assert_eq(write(p->in, text, strlen(text)), (ssize_t)strlen(text));
}

int peer_end(struct peer *p)
{
    int status = 0;

    close(p->in);
    for (int tries = 0; tries < PEER_PATIENCE * 100; tries++) {
        pid_t got = waitpid(p->pid, &status, WNOHANG);

        if (got == p->pid) {
            close(p->out);
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        poll(NULL, 0, 10);
    }
    kill(p->pid, SIGKILL);
    cr_expect_fail("the peer does not end");
    return -1;
}

void peer_kill(struct peer *p)
{
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
    close(p->in);
    close(p->out);
}

const char *port_text(uint16_t port)
{
    static char texts[4][8];
    static unsigned next;
    char *text = texts[next++ % 4];

    snprintf(text, sizeof(texts[0]), "%u", (unsigned)port);
    return text;
}

struct hl_addr loopback(uint16_t port)
{
    return (struct hl_addr){.family = HL_AF_INET, .port = port, .ip = {127, 0, 0, 1}};
}

struct hl_addr loopback6(uint16_t port)
{
    return (struct hl_addr){.family = HL_AF_INET6, .port = port, .ip = {[15] = 1}};
}

struct hl_addr abstract_addr(const char **text)
{
    static char name[64];
    static int count;
    struct hl_addr a = {.family = HL_AF_UNIX};

    snprintf(name, sizeof(name), "@hullo-test-%d-%d", (int)getpid(), count++);
    a.unix_len = (uint8_t)strlen(name);
    memcpy(a.path, name, a.unix_len);
    a.path[0] = '\0';
    *text = name;
    return a;
}

int shell(const char *command)
{
    char sh[] = "sh";
    char option[] = "-c";
    char text[PEER_LINE_MAX];
    char *argv[] = {sh, option, text, NULL};
    pid_t pid;
    int status = 0;

    snprintf(text, sizeof(text), "%s", command);
    pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool own_netns(void)
{
    return unshare(CLONE_NEWNET) == 0 && shell("ip link set lo up") == 0;
}
