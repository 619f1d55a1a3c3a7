/* SPDX-License-Identifier: MIT */
/* What is measured of each program in a terminal, and the table of it. Less is better in every row
 * that has a goal. */
#ifndef HL_BENCH_TERM_ROWS_H
#define HL_BENCH_TERM_ROWS_H

#include <stddef.h>

enum term_row_id {
    FIRST_BYTE,
    FIRST_SCREEN,
    FIRST_SCREEN_P99,
    EXIT,
    RSS,
    PSS,
    IDLE_WAKEUPS,
    IDLE_CPU,
    IDLE_BYTES,
    KEY_P50,
    KEY_P99,
    KEY_CPU,
    KEY_BYTES,
    STREAM_CPU,
    STREAM_BYTES,
    STREAM_KEY_P50,
    STREAM_KEY_P99,
    FLOOD_TIME,
    FLOOD_CPU,
    FLOOD_BYTES,
    FLOOD_RSS,
    FLOOD_RSS_LATER,
    FLOOD_KEPT,
    FLOOD_MISSING,
    STORM_KEY_P50,
    STORM_KEY_P99,
    STORM_WIDE_KEY_P50,
    STORM_WIDE_KEY_P99,
    PASTE_TIME,
    PASTE_CPU,
    PASTE_BYTES,
    PASTE_KEY_P50,
    PASTE_MISSING,
    PASTE_LINES_SENT,
    RESIZE_BYTES,
    RESIZE_FULL,
    RESIZE_CPU,
    RESIZE_STALE,
    LEFT_BY_STOP,
    LEFT_BY_END,
    LEFT_BY_CRASH,
    TERM_ROWS
};

enum { TERM_PROGRAMS = 5 };

enum term_role {
    TERM_OURS,  /* has goals */
    TERM_PEER,  /* is what ours are compared with */
    TERM_FLOOR, /* does nothing but copy */
};

/* Keeps a figure and prints it as "PROGRAM_ROW value". */
void term_report(size_t program, enum term_row_id row, double value);

/* A column of the table. */
void term_column(size_t program, const char *name, enum term_role role);

void term_print_table(void);

#endif
