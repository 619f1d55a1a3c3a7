/* SPDX-License-Identifier: MIT */
/* Questions to the terminfo database, apart because <term.h> makes macros of common words. */
#ifndef HL_TERMINFO_H
#define HL_TERMINFO_H

#include "role.h"

#include <stddef.h>

/* Whether a terminal that can be drawn on is there, asked before anything is written to it.
 * Returns 0 or enum hl_tty_err. */
int hl_terminfo_check(void) HL_TTY_THREAD;

/* Writes what ends colours and the alternate screen and shows the cursor, with curses started:
 * plain bytes without padding, ready to be written by a signal handler. Returns their number. */
size_t hl_terminfo_ending(char *out, size_t cap) HL_TTY_THREAD;

#endif
