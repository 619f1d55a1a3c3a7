/* SPDX-License-Identifier: MIT */
/* Gives the terminal back when the program crashes, or is killed by a signal that it does not take:
 * SIGSEGV, SIGABRT, SIGQUIT, SIGXCPU ... all but SIGKILL, after which reset(1) helps. */
#ifndef HL_CRASH_H
#define HL_CRASH_H

#include "role.h"

#include <stdbool.h>
#include <termios.h>

/* From now on a crash writes what ends the current terminal's screen mode and modes_off, restores
 * found and then dies of the same signal. Handlers that somebody else has set (sanitizers) stay.
 * Call it once curses has started. */
void hl_crash_arm(const struct termios *found, const char *modes_off) HL_TTY_THREAD;
void hl_crash_disarm(void);
/* While the terminal is somebody else's a crash leaves it alone. */
void hl_crash_pause(bool on);

#endif
