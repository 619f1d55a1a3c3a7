/* SPDX-License-Identifier: MIT */
/* The program that the user has us run for a notification: the setting notify_command.
 *
 * No shell: the words of the command (cmdline.h) are its arguments, the text is its standard input,
 * who wrote it is in its environment as for --exec (exec.h). What it prints is dropped.
 * HL_EXEC_CHILDREN at most run at once, each for HL_EXEC_TIME at most; while that many run others
 * are not started. Nothing here waits for them. Main thread. */
#ifndef HL_NOTIFY_H
#define HL_NOTIFY_H

#include "exec.h"

struct hl_notify_hook;

/* failed: a line about a command that could not be run, once for each command. NULL if there is no
 * memory or no descriptor. */
struct hl_notify_hook *hl_notify_new(void (*failed)(void *user, const char *why), void *user);
/* Kills what runs. */
void hl_notify_free(struct hl_notify_hook *n);

/* Readable when hl_notify_handle() is to be called. */
int hl_notify_fd(const struct hl_notify_hook *n);
void hl_notify_handle(struct hl_notify_hook *n);

/* Runs the command, "" = none. When it is another one than before, what still runs is killed. */
void hl_notify_run(struct hl_notify_hook *n, const char *command, const struct hl_exec_job *job);

#endif
