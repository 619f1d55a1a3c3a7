/* SPDX-License-Identifier: MIT */
/* Signals as readable events: no handler runs, so no code is async-signal-safe by accident.
 * SIGINT, SIGTERM and SIGHUP are blocked for the whole process and read from a descriptor;
 * SIGPIPE and SIGXFSZ are ignored, so that a reader who leaves is an EPIPE, and a file that may not
 * grow an EFBIG. */
#ifndef HL_SIGNALS_H
#define HL_SIGNALS_H

#include <stdbool.h>

/* To be called before any thread is started. Returns a descriptor or -errno. */
int hl_signals_open(void);

/* The signal that asks the program to end, 0 if none came. */
int hl_signals_take(int fd);

/* Whether the terminal that fd was is gone. Whoever is not its session's leader is told only so, or
 * before SIGHUP comes. */
bool hl_signals_hung_up(int fd);

#endif
