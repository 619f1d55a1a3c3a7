/* SPDX-License-Identifier: MIT */
/* Paints scenes on the terminal that standard input and output are, when told to. */
#ifndef HL_TEST_PAINTER_H
#define HL_TEST_PAINTER_H

#include "scene.h"

/* Runs until commands, a file or FIFO of lines, ends; each is answered in a line of answers.
 *   "draw N"     paints scene N as soon as the terminal has its size, and answers "drawn" when the
 *                terminal has taken it all in, which it shows by answering DSR 6 (ECMA-48 8.3.35)
 *   "rows N"     answers the rows that are to be seen, and behind them "cursor ROW COLUMN", or
 *                "cursor none"
 *   "columns N"  writes each row that is not ASCII over itself, cell by cell, and answers
 *                "columns right", or where the terminal's cursor stood after a cell of which row
 * family: xterm or screen. Returns an exit status. */
int painter_run(enum terminal terminal, const char *family, const char *commands,
                const char *answers);

#endif
