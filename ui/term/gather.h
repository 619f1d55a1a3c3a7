/* SPDX-License-Identifier: MIT */
/* One write for a frame. ncurses flushes its buffer at each move of the cursor, so a frame of 24
 * rows is as many writes to the tty, and each of them wakes up the kernel's worker for it and the
 * terminal. ncurses is given a descriptor of its own for that tty; while a frame is drawn, that
 * descriptor is a file in memory, which then goes to the tty in one piece. Where there is no such
 * file, what is written goes to the tty as it comes. */
#ifndef HL_GATHER_H
#define HL_GATHER_H

#include "role.h"

#include <stddef.h>
#include <stdio.h>

struct hl_gather {
    FILE *out;  /* for newterm() */
    int tty;    /* the caller's */
    int memory; /* -1: none */
};

/* Returns 0 or -errno. */
int hl_gather_init(struct hl_gather *g, int tty) HL_TTY_THREAD __attribute__((warn_unused_result));
void hl_gather_fini(struct hl_gather *g) HL_TTY_THREAD;

/* What is written between the two, by ncurses or with hl_gather_put(), goes out at the end. */
void hl_gather_begin(struct hl_gather *g) HL_TTY_THREAD;
void hl_gather_put(struct hl_gather *g, const char *bytes, size_t len) HL_TTY_THREAD;
void hl_gather_end(struct hl_gather *g) HL_TTY_THREAD;

/* Writes all of it; gives up when the other side is gone. */
void hl_gather_write(int fd, const char *bytes, size_t len);

#endif
