/* SPDX-License-Identifier: MIT */
#include "exec.h"

#include "child.h"
#include "clock.h"
#include "err.h"
#include "i18n.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    VARIABLES = 6,
};

static const char *const variables[VARIABLES] = {
    "HULLO_FROM", "HULLO_LOCAL", "HULLO_TRANSPORT", "HULLO_NAME", "HULLO_PEER", "HULLO_ID",
};

/* A message on its way through a child. */
struct job {
    struct job *next;
    uint32_t conv;
    size_t len, written;
    char *env[VARIABLES]; /* "HULLO_FROM=..." */
    char text[];
};

struct child {
    struct job *job;    /* NULL = a free place */
    pid_t pid;          /* not reaped before all is over: its group keeps the number that long */
    int pidfd, in, out; /* -1 = done with */
    hl_time deadline;
    bool killed;
    int status; /* of waitid(), once pidfd is -1 */
    bool signalled;
    size_t len;
    char *text;
};

struct hl_exec {
    char *const *argv;
    struct hl_exec_ops ops;
    void *user;
    struct child children[HL_EXEC_CHILDREN];
    struct job *first, **last;
    size_t waiting;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- jobs ---- */

static void job_free(struct job *j)
{
    for (size_t i = 0; j && i < VARIABLES; i++)
        free(j->env[i]);
    free(j);
}

/* "NAME=value", sanitised: programs print what they find there. NULL: no memory. */
static char *variable(const char *name, const char *value)
{
    char *clean = hl_text_clean_dup(value, strlen(value), 0, NULL, NULL);
    char *out = NULL;

    if (clean && asprintf(&out, "%s=%s", name, clean) < 0)
        out = NULL;
    free(clean);
    return out;
}

static struct job *job_new(const struct hl_exec_job *from)
{
    const char *values[VARIABLES] = {from->from, from->local, from->transport,
                                     from->name, from->peer,  from->id};
    struct job *j = calloc(1, sizeof *j + from->len);

    if (!j)
        return NULL;
    j->conv = from->conv;
    j->len = from->len;
    memcpy(j->text, from->text, from->len);
    for (size_t i = 0; i < VARIABLES; i++) {
        j->env[i] = variable(variables[i], values[i] ? values[i] : "");
        if (!j->env[i]) {
            job_free(j);
            return NULL;
        }
    }
    return j;
}

static bool is_ours(const char *entry)
{
    for (size_t i = 0; i < VARIABLES; i++) {
        size_t len = strlen(variables[i]);

        if (strncmp(entry, variables[i], len) == 0 && entry[len] == '=')
            return true;
    }
    return false;
}

/* The environment of a child: ours with the variables of j; the array alone is to be freed. */
static char **environment(const struct job *j)
{
    size_t count = 0;
    size_t end = 0;
    char **env;

    while (environ[count])
        count++;
    env = calloc(count + VARIABLES + 1, sizeof *env);
    if (!env)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_ours(environ[i]))
            env[end++] = environ[i];
    }
    memcpy(env + end, j->env, sizeof j->env);
    return env;
}

/* ---- children ---- */

/* Pipes are ours alone (CLOEXEC); the child gets their other ends. A process group of its own lets
 * us end what it starts too. */
static int spawn(struct hl_exec *e, const struct job *j, int in, int out, pid_t *pid)
{
    char **env = environment(j);
    int err = env ? hl_child_start(
                        &(struct hl_child){
                            .argv = e->argv,
                            .env = env,
                            .fds = {in, out, e->ops.mute ? HL_CHILD_NULL : HL_CHILD_OURS},
                            .place = HL_CHILD_GROUP,
                        },
                        pid)
                  : -ENOMEM;

    free(env);
    return err;
}

/* The group, and whoever of it is our child. */
static void end_group(pid_t pid)
{
    kill(-pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static int start(struct hl_exec *e, struct child *c, struct job *j)
{
    int to[2] = {-1, -1};
    int from[2] = {-1, -1};
    int err = 0;

    *c = (struct child){.pidfd = -1, .in = -1, .out = -1};
    c->text = malloc(HL_EXEC_OUTPUT);
    if (!c->text || pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        err = -errno;
    if (err == 0)
        err = spawn(e, j, to[0], from[1], &c->pid);
    close_fd(&to[0]);
    close_fd(&from[1]);
    if (err == 0) {
        c->pidfd = pidfd_open(c->pid, 0);
        if (c->pidfd < 0) {
            err = -errno;
            end_group(c->pid);
        }
    }
    if (err == 0) {
        c->in = to[1];
        c->out = from[0];
        fcntl(c->in, F_SETFL, O_NONBLOCK);
        fcntl(c->out, F_SETFL, O_NONBLOCK);
        c->deadline = hl_clock_now() + HL_EXEC_TIME;
        c->job = j;
        return 0;
    }
    close_fd(&to[1]);
    close_fd(&from[0]);
    free(c->text);
    *c = (struct child){0};
    return err;
}

static bool conv_runs(const struct hl_exec *e, uint32_t conv)
{
    for (size_t i = 0; i < HL_EXEC_CHILDREN; i++) {
        if (e->children[i].job && e->children[i].job->conv == conv)
            return true;
    }
    return false;
}

static struct child *free_place(struct hl_exec *e)
{
    for (size_t i = 0; i < HL_EXEC_CHILDREN; i++) {
        if (!e->children[i].job)
            return &e->children[i];
    }
    return NULL;
}

static void start_waiting(struct hl_exec *e)
{
    struct job **at = &e->first;
    struct child *place;

    while (*at && (place = free_place(e)) != NULL) {
        struct job *j = *at;
        int err;

        if (conv_runs(e, j->conv)) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        if (e->last == &j->next)
            e->last = at;
        e->waiting--;
        err = start(e, place, j);
        if (err) {
            e->ops.failed(e->user, j->conv, hl_err_text(err));
            job_free(j);
        }
    }
}

/* ---- what children do ---- */

static void feed(struct child *c)
{
    struct job *j = c->job;
    ssize_t n;

    while (c->in >= 0 && j->written < j->len) {
        n = write(c->in, j->text + j->written, j->len - j->written);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            break; /* it does not read: its business */
        j->written += (size_t)n;
    }
    close_fd(&c->in);
}

/* Once a round: whoever prints without end must not keep us from everybody else. */
static void drain(struct child *c)
{
    char rest[HL_EXEC_OUTPUT];
    bool full = c->len == HL_EXEC_OUTPUT;
    ssize_t n;

    if (c->out < 0)
        return;
    n = full ? read(c->out, rest, sizeof rest)
             : read(c->out, c->text + c->len, HL_EXEC_OUTPUT - c->len);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        close_fd(&c->out);
    else if (!full)
        c->len += (size_t)n;
}

/* Whether it has ended. */
static void look(struct child *c)
{
    siginfo_t info = {0};

    if (c->pidfd < 0 || waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) ||
        info.si_pid == 0)
        return;
    c->status = info.si_status;
    c->signalled = info.si_code != CLD_EXITED;
    close_fd(&c->pidfd);
}

static void finish(struct hl_exec *e, struct child *c)
{
    struct child done = *c;
    char why[64];

    (void)waitpid(done.pid, NULL, 0);
    *c = (struct child){0}; /* the callbacks may start the next one */
    if (done.len && done.text[done.len - 1] == '\n')
        done.len--;
    e->ops.answer(e->user, done.job->conv, done.text, done.len);
    if (done.killed)
        snprintf(why, sizeof why, _("killed after %d seconds"), (int)(HL_EXEC_TIME / HL_SECS(1)));
    else if (done.signalled)
        snprintf(why, sizeof why, _("ended by signal %d"), done.status);
    else
        snprintf(why, sizeof why, _("exit status %d"), done.status);
    if (done.killed || done.signalled || done.status)
        e->ops.failed(e->user, done.job->conv, why);
    close_fd(&done.in);
    job_free(done.job);
    free(done.text);
}

static void handle_child(struct hl_exec *e, struct child *c)
{
    feed(c);
    drain(c);
    look(c);
    if (hl_clock_now() >= c->deadline && !c->killed) {
        kill(-c->pid, SIGKILL);
        c->killed = true;
        c->deadline = HL_NEVER;
        close_fd(&c->out); /* a grandchild may have left the group and hold it open */
    }
    if (c->pidfd < 0 && c->out < 0)
        finish(e, c);
}

void hl_exec_handle(struct hl_exec *e)
{
    for (size_t i = 0; i < HL_EXEC_CHILDREN; i++) {
        if (e->children[i].job)
            handle_child(e, &e->children[i]);
    }
    start_waiting(e);
}

/* ---- for the owner ---- */

int hl_exec_new(char *const *argv, const struct hl_exec_ops *ops, void *user, struct hl_exec **out)
{
    struct hl_exec *e = calloc(1, sizeof *e);

    if (!e)
        return -ENOMEM;
    e->argv = argv;
    e->ops = *ops;
    e->user = user;
    e->last = &e->first;
    *out = e;
    return 0;
}

void hl_exec_free(struct hl_exec *e)
{
    struct job *j;

    for (size_t i = 0; e && i < HL_EXEC_CHILDREN; i++) {
        struct child *c = &e->children[i];

        if (!c->job)
            continue;
        end_group(c->pid);
        close_fd(&c->pidfd);
        close_fd(&c->in);
        close_fd(&c->out);
        job_free(c->job);
        free(c->text);
    }
    while (e && e->first) {
        j = e->first;
        e->first = j->next;
        job_free(j);
    }
    free(e);
}

int hl_exec_run(struct hl_exec *e, const struct hl_exec_job *job)
{
    struct job *j;

    if (e->waiting >= HL_EXEC_WAITING)
        return HL_ERR_BUSY;
    j = job_new(job);
    if (!j)
        return -ENOMEM;
    *e->last = j;
    e->last = &j->next;
    e->waiting++;
    start_waiting(e);
    return 0;
}

nfds_t hl_exec_poll(const struct hl_exec *e, struct pollfd fds[static HL_EXEC_FDS])
{
    nfds_t count = 0;

    for (size_t i = 0; i < HL_EXEC_CHILDREN; i++) {
        const struct child *c = &e->children[i];

        if (!c->job)
            continue;
        if (c->pidfd >= 0)
            fds[count++] = (struct pollfd){.fd = c->pidfd, .events = POLLIN};
        if (c->out >= 0)
            fds[count++] = (struct pollfd){.fd = c->out, .events = POLLIN};
        if (c->in >= 0)
            fds[count++] = (struct pollfd){.fd = c->in, .events = POLLOUT};
    }
    return count;
}

hl_time hl_exec_deadline(const struct hl_exec *e)
{
    hl_time first = HL_NEVER;

    for (size_t i = 0; i < HL_EXEC_CHILDREN; i++) {
        if (e->children[i].job && e->children[i].deadline < first)
            first = e->children[i].deadline;
    }
    return first;
}

size_t hl_exec_busy(const struct hl_exec *e, uint32_t conv)
{
    size_t busy = 0;

    for (size_t i = 0; i < HL_EXEC_CHILDREN; i++)
        busy += e->children[i].job && (conv == 0 || e->children[i].job->conv == conv);
    for (const struct job *j = e->first; j; j = j->next)
        busy += conv == 0 || j->conv == conv;
    return busy;
}
