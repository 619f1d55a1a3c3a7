/* SPDX-License-Identifier: MIT */
/* A program in a pseudo-terminal, from the terminal's side: what it writes, what its screen shows,
 * what it costs. Whatever a program does, no call waits longer than it says. */
#ifndef HL_BENCH_TERM_H
#define HL_BENCH_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

enum {
    TERM_MODES = 10000,   /* DEC private modes are numbers below that */
    TERM_NUMBERS = 16,    /* of them in one sequence */
    TERM_BRACKETED = 2004 /* the mode in which pasted text is marked */
};

struct term {
    pid_t leader; /* of the session; the parent of the program, as a shell would be */
    pid_t pid;
    int fd;
    int rows, cols;
    struct termios found; /* before the program */
    uint64_t bytes;       /* written by the program so far */
    char chunk[1 << 16];  /* what term_read() has read last */
    size_t chunk_len;
    bool mode[TERM_MODES]; /* set by the program */
    size_t csi_at;         /* so many bytes of ESC [ ? were the latest output */
    unsigned csi_number[TERM_NUMBERS];
    size_t csi_count;
    VTerm *vt; /* NULL until term_watch() */
    VTermScreen *screen;
};

/* argv[0] is looked for in PATH. extra_fd (or -1) becomes descriptor 3 of the program. */
void term_start(struct term *t, int rows, int cols, char *const *argv, int extra_fd);
/* Ends it, with SIGKILL if it does not go by itself within 2 s. */
void term_stop(struct term *t);

/* Waits at most ms for output; what came is in chunk. 0: nothing came; -1: the program is gone. */
ssize_t term_read(struct term *t, int ms);
/* Reads until nothing has come for quiet_ms, at most 10 s. Returns when the last byte came, us. */
double term_settle(struct term *t, int quiet_ms);
void term_type(struct term *t, const char *keys);
void term_resize(struct term *t, int rows, int cols);

/* From here on a terminal emulator shows what is written; the program is asked to redraw all
 * (C-l), since nothing is known of what it wrote before. */
void term_watch(struct term *t);
/* A row as text (ASCII; other characters are '?'), valid until the next call. */
const char *term_row(struct term *t, int row);

/* Costs until now. */
double term_cpu_us(const struct term *t);
double term_wakeups(const struct term *t);
double term_rss_kib(const struct term *t);
double term_pss_kib(const struct term *t);

/* The program, stopped or ended by that signal, leaves so many modes on, a raw tty being one;
 * *took_us: until then. -1: it has neither stopped nor ended within 2 s. */
int term_left_by(struct term *t, int signal, double *took_us);

#endif
