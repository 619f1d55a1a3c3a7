/* SPDX-License-Identifier: MIT */
/* Gives the terminal back when the program crashes: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT. */
#ifndef HL_CRASH_H
#define HL_CRASH_H

#include "role.h"

#include <termios.h>

/* From now on a crash writes what ends the current terminal's screen mode and modes_off, restores
 * found and then dies of the same signal. Handlers that somebody else has set (sanitizers) stay.
 * Call it once curses has started. */
void hl_crash_arm(const struct termios *found, const char *modes_off) HL_TTY_THREAD;
void hl_crash_disarm(void);

#endif
