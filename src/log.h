/* SPDX-License-Identifier: MIT */
/* The log: a file, because the terminal belongs to the conversation. Never message text.
 *
 * Written only when --log-file or --log-level ask for it; without --log-file the file is
 * hullo.log in the state directory. A line that cannot be written (disk full) ends the log with
 * one report; the conversation goes on. Main thread. */
#ifndef HL_LOG_H
#define HL_LOG_H

#include "home.h"

enum {
    HL_LOG_PATH = HL_HOME_PATH,
};

struct hl_log {
    int fd; /* -1 = silent */
    enum hl_log_level level;
    char path[HL_LOG_PATH];
    void (*tell)(void *user, const char *text);
    void *user;
};

/* Cannot fail: what cannot be opened is reported, and the log stays silent. */
void hl_log_init(struct hl_log *log, const struct hl_options *o);
void hl_log_fini(struct hl_log *log);

/* One line, whatever is in it: sanitised here, so that no caller can forget it. */
void hl_log_write(struct hl_log *log, enum hl_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where reports about the log go while the UI holds the terminal; NULL = stderr again. */
void hl_log_tell(struct hl_log *log, void (*tell)(void *user, const char *text), void *user);

#endif
