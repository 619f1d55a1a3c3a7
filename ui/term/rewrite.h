/* SPDX-License-Identifier: MIT */
/* What ncurses cannot say to a terminal: that cells are a link (OSC 8), and that a row goes on in
 * the next one, so that a selection by mouse joins them. Cells that ncurses has just drawn are
 * written once more, the same characters in the same place with the same attributes, and the cursor
 * is put back: its idea of the screen stays right. And where ncurses cannot, the last character of
 * a screen of one column. */
#ifndef HL_REWRITE_H
#define HL_REWRITE_H

#include "frame.h"
#include "role.h"

#include <curses.h>

struct hl_rewrite {
    const attr_t *attr; /* by style */
    const short *pair;
    bool corner; /* the last character of a screen of one column is left to us */
    char *bytes; /* for the terminal, when all is done */
    size_t len, cap;
};

/* Says what is to be said of rows from first to last of a frame that is on the screen. Returns
 * whether there was anything; bytes are then to be written at once, and the cursor is back at
 * cursor_row, cursor_col. */
bool hl_rewrite_rows(struct hl_rewrite *r, const struct hl_frame *f, int first,
                     int last) HL_TTY_THREAD;
void hl_rewrite_fini(struct hl_rewrite *r);

#endif
