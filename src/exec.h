/* SPDX-License-Identifier: MIT */
/* Programs that answer messages: --exec -- CMD ARG...
 *
 * One child per message, no shell: the text on its standard input, who sent it in its
 * environment, and what it prints is the answer. A conversation has one child at a time, so
 * answers keep the order of the questions; HL_EXEC_CHILDREN run at once over all conversations,
 * HL_EXEC_WAITING messages wait. A child that has not ended after HL_EXEC_TIME is killed with its
 * process group. Main thread. */
#ifndef HL_EXEC_H
#define HL_EXEC_H

#include "types.h"

#include <poll.h>
#include <stdbool.h>

enum {
    HL_EXEC_CHILDREN = 8,
    HL_EXEC_WAITING = 1024,
    HL_EXEC_OUTPUT = 1 << 16, /* bytes of an answer; the rest is cut off */
    HL_EXEC_FDS = 3 * HL_EXEC_CHILDREN,
};
#define HL_EXEC_TIME HL_SECS(30)

struct hl_exec;

struct hl_exec_ops {
    /* What the child printed, one trailing newline removed; len may be 0. */
    void (*answer)(void *user, uint32_t conv, const char *text, size_t len);
    /* It could not run, failed or was killed; answer() may have come before. */
    void (*failed)(void *user, uint32_t conv, const char *why);
    bool mute; /* its standard error goes nowhere: the terminal is a screen */
};

/* argv is borrowed, NULL-terminated. Returns 0 or -ENOMEM. */
int hl_exec_new(char *const *argv, const struct hl_exec_ops *ops, void *user, struct hl_exec **out)
    __attribute__((warn_unused_result));

/* Kills what runs. */
void hl_exec_free(struct hl_exec *e);

struct hl_exec_job {
    uint32_t conv;
    const char *text;
    size_t len;
    const char *from, *local, *transport; /* HULLO_FROM ...: copied, sanitised */
    const char *name, *peer, *id;
};

/* Starts it, or puts it behind what waits. Returns 0, HL_ERR_BUSY (too much waits) or -ENOMEM. */
int hl_exec_run(struct hl_exec *e, const struct hl_exec_job *job)
    __attribute__((warn_unused_result));

/* What to poll for: fills at most HL_EXEC_FDS and returns how many. hl_exec_handle() is to be
 * called afterwards, whatever happened: it looks at the time too. */
nfds_t hl_exec_poll(const struct hl_exec *e, struct pollfd fds[static HL_EXEC_FDS]);
void hl_exec_handle(struct hl_exec *e);
hl_time hl_exec_deadline(const struct hl_exec *e);

/* Children and waiting messages of one conversation, or of all (0). */
size_t hl_exec_busy(const struct hl_exec *e, uint32_t conv);

#endif
