/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

static int connect_fds(const struct hl_child *s, posix_spawn_file_actions_t *actions)
{
    int err = 0;

    for (int fd = STDIN_FILENO; err == 0 && fd <= STDERR_FILENO; fd++) {
        if (s->fds[fd] == HL_CHILD_NULL)
            err = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
        else if (s->fds[fd] != HL_CHILD_OURS)
            err = posix_spawn_file_actions_adddup2(actions, s->fds[fd], fd);
    }
    if (err == 0 && s->place == HL_CHILD_FOREGROUND)
        err = posix_spawn_file_actions_addtcsetpgrp_np(actions, STDIN_FILENO);
    return err;
}

/* None is blocked. We ignore two; what else is ignored, whoever started us has wanted (nohup). */
static void reset_signals(const struct hl_child *s, posix_spawnattr_t *attr)
{
    static const short place[] = {[HL_CHILD_JOB] = 0,
                                  [HL_CHILD_GROUP] = POSIX_SPAWN_SETPGROUP,
                                  [HL_CHILD_SESSION] = POSIX_SPAWN_SETSID,
                                  [HL_CHILD_FOREGROUND] = POSIX_SPAWN_SETPGROUP};
    sigset_t set;

    sigemptyset(&set);
    posix_spawnattr_setsigmask(attr, &set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGXFSZ);
    posix_spawnattr_setsigdefault(attr, &set);
    posix_spawnattr_setflags(
        attr, (short)(place[s->place] | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
}

int hl_child_start(const struct hl_child *s, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int err;

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    reset_signals(s, &attr);
    err = connect_fds(s, &actions);
    if (err == 0)
        err = posix_spawnp(pid, s->argv[0], &actions, &attr, s->argv,
                           s->env != NULL ? s->env : environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return -err;
}
