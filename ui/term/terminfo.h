/* SPDX-License-Identifier: MIT */
/* Questions to the terminfo database, apart because <term.h> makes macros of common words. */
#ifndef HL_TERMINFO_H
#define HL_TERMINFO_H

#include "role.h"
#include "settings.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_TERMINFO_NAME = 128, /* bytes with NUL of the name of an entry */
};

/* Whether a terminal that can be drawn on is there, asked before anything is written to it.
 * Returns 0 or enum hl_tty_err. */
int hl_terminfo_check(void) HL_TTY_THREAD;
/* Why an entry cannot be read: enum hl_tty_err. */
int hl_terminfo_missing(void);

/* How many colours the terminal has, as enum hl_depth, with curses started. */
int hl_terminfo_colours(void) HL_TTY_THREAD;

/* Whether an entry with direct colour describes this terminal, and its name: TERM itself, or the
 * like of xterm-direct for xterm-256color where COLORTERM says so or the user wants it. Terminals
 * do not set TERM to it, because hosts that they log in to would not know it. */
bool hl_terminfo_direct(enum hl_colours wanted, char name[static HL_TERMINFO_NAME]) HL_TTY_THREAD;

/* Writes what ends colours and the alternate screen and shows the cursor, with curses started:
 * plain bytes without padding, ready to be written by a signal handler. Returns their number. */
size_t hl_terminfo_ending(char *out, size_t cap) HL_TTY_THREAD;

/* The terminal takes control sequences of the form that ECMA-48 gives them, so that one it does not
 * know does nothing. A VT52 would draw half of it. After newterm() or setupterm(). */
bool hl_terminfo_ecma48(void);

/* Without it ncurses cannot write the last character of a screen of one column: it takes a detour
 * over the column before, and reads what lies there in memory. With curses started. */
bool hl_terminfo_margins(void) HL_TTY_THREAD;

/* ncurses gives the palette back that the terminal was configured with, though we never change it:
 * the one that was found, which a user's shell may have set, stays. After newterm(). */
void hl_terminfo_keep_palette(void) HL_TTY_THREAD;

/* The terminal has a window title like xterm's. After newterm() or setupterm(). */
bool hl_terminfo_titles(void);

#endif
