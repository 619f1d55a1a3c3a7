/* SPDX-License-Identifier: MIT */
/* The terminal, painted here alone. Beside this file, terminfo.c asks ncurses for capabilities and
 * rewrite.c for bytes that it cannot draw; nobody else calls it.
 *
 * It paints frames, only the cells that changed, several rows inside one synchronised update
 * (DEC private mode 2026; terminals without it ignore it). ncurses does not read the keyboard:
 * hl_keys parses what read() gives, so a lone ESC never blocks. However the program ends, by
 * hl_tty_stop(), a stop signal or a crash, the tty and its modes are left as they were found.
 * One terminal per process. */
#ifndef HL_TTY_H
#define HL_TTY_H

#include "frame.h"
#include "role.h"
#include "settings.h"
#include "theme.h"

struct hl_tty;

enum hl_tty_err {
    HL_TTY_NO_TTY = -1,  /* standard input or output is none */
    HL_TTY_UNSET = -2,   /* TERM is not set */
    HL_TTY_UNKNOWN = -3, /* TERM is not in the terminfo database */
    HL_TTY_DUMB = -4,    /* the terminal cannot move its cursor */
    HL_TTY_MEMORY = -5,
    HL_TTY_FILES = -6, /* no descriptor is left to read the database, or to write, through */
};

/* One line for the user. Static text. */
const char *hl_tty_error_text(int err);

/* Takes the terminal: raw, alternate screen, bracketed paste. LC_CTYPE must be set before.
 * Returns 0 or enum hl_tty_err, and then nothing was changed. */
int hl_tty_start(struct hl_tty **out, const struct hl_theme *theme,
                 enum hl_colours wanted) HL_TTY_THREAD __attribute__((warn_unused_result));
void hl_tty_stop(struct hl_tty *t) HL_TTY_THREAD;

void hl_tty_size(const struct hl_tty *t, int *rows, int *cols) HL_TTY_THREAD;
void hl_tty_draw(struct hl_tty *t, const struct hl_frame *f) HL_TTY_THREAD;
void hl_tty_redraw(struct hl_tty *t) HL_TTY_THREAD; /* the next draw paints everything */
void hl_tty_resize(struct hl_tty *t) HL_TTY_THREAD; /* after SIGWINCH */

/* Another theme, or other colours; the next draw paints everything. Returns how many colours there
 * are now (enum hl_depth): never more than terminfo knows of, and direct colour only if it was
 * there from the start. */
int hl_tty_theme(struct hl_tty *t, const struct hl_theme *theme,
                 enum hl_colours wanted) HL_TTY_THREAD;
void hl_tty_bell(struct hl_tty *t) HL_TTY_THREAD;

/* The window title, filtered; "" is the one that was found. Written only when it is another one
 * than before, and only where terminals have titles; given back with the tty. */
void hl_tty_title(struct hl_tty *t, const char *title) HL_TTY_THREAD;
/* A notification on the desktop, filtered. */
void hl_tty_notify(struct hl_tty *t, enum hl_notify kind, const char *name,
                   const char *body) HL_TTY_THREAD;
/* Sets the clipboard to what base64 says (OSC 52, as xterm has it; many terminals ask their user
 * first, or do nothing). False: this terminal knows no such thing at all. */
bool hl_tty_clipboard(struct hl_tty *t, const char *base64, size_t len) HL_TTY_THREAD;
/* Whether clicks, drags and the wheel are reported. */
void hl_tty_mouse(struct hl_tty *t, bool on) HL_TTY_THREAD;

/* Gives the tty back before the process stops, and takes it again. */
void hl_tty_suspend(struct hl_tty *t) HL_TTY_THREAD;
void hl_tty_resume(struct hl_tty *t) HL_TTY_THREAD;

#endif
