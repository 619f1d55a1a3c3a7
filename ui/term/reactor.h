/* SPDX-License-Identifier: MIT */
/* The loop of the thread that owns the terminal: keys, signals, the caller's descriptors, frames.
 *
 * Keys are drawn at once; what comes from descriptors is drawn every HL_REACTOR_FRAME_MS on
 * average, so that a flood costs sixty frames a second and not one a message, and a stream that is
 * no flood sixty wake-ups. Keys are read between bounded batches of a flood. Nothing wakes it when
 * nothing happens. */
#ifndef HL_REACTOR_H
#define HL_REACTOR_H

#include "keys.h"
#include "tty.h"

enum hl_reactor_limits {
    HL_REACTOR_FRAME_MS = 16,
    /* Two more may follow at once after a rest: start-up and answers do not wait. */
    HL_REACTOR_BURST_MS = 2 * HL_REACTOR_FRAME_MS,
    HL_REACTOR_FDS = 12,
};

enum hl_reactor_end {
    HL_REACTOR_ENDED = 0,  /* by hl_reactor_end() */
    HL_REACTOR_HANGUP = 1, /* the terminal is gone */
};

struct hl_reactor_ops {
    void (*key)(void *user, const struct hl_key *key);
    void (*ready)(void *user, int fd); /* readable: handle a bounded batch */
    /* The frame for a screen of that size. */
    const struct hl_frame *(*frame)(void *user, int rows, int cols);
};

struct hl_reactor {
    const struct hl_reactor_ops *ops;
    void *user;
    struct hl_tty *tty;
    struct hl_keys *keys;
    int fds[HL_REACTOR_FDS]; /* the caller's */
    int fd_count;
    int signal_fd;   /* SIGWINCH, SIGTSTP, SIGCONT */
    int64_t typed;   /* ms, when the last bytes of keys came */
    int64_t next;    /* ms, when the next frame is due if frames come evenly */
    bool dirty, now; /* a frame is due; without delay */
    bool away;       /* the terminal is given back: it is lent, or the end is near */
    bool lent;
    bool ended;
    enum hl_reactor_end end;
};

/* Blocks SIGWINCH, SIGTSTP and SIGCONT, so call it before any thread is started: a signal that
 * another thread took would be lost. Returns 0 or -errno. */
int hl_reactor_signals(void) __attribute__((warn_unused_result));

/* signal_fd is what hl_reactor_signals() returned; tty, ops and user are borrowed. */
int hl_reactor_init(struct hl_reactor *r, struct hl_tty *tty, int signal_fd,
                    const struct hl_reactor_ops *ops, void *user)
    __attribute__((warn_unused_result));
void hl_reactor_fini(struct hl_reactor *r);

int hl_reactor_add(struct hl_reactor *r, int fd) __attribute__((warn_unused_result));
/* Runs until the end. ended by hl_reactor_end() from a callback, or hung up. */
enum hl_reactor_end hl_reactor_run(struct hl_reactor *r) HL_TTY_THREAD;
void hl_reactor_end(struct hl_reactor *r);

/* Another program has the terminal, as it was found, until it is reclaimed: no keys are read,
 * nothing is drawn. Descriptors go on. */
void hl_reactor_lend(struct hl_reactor *r) HL_TTY_THREAD;
void hl_reactor_reclaim(struct hl_reactor *r) HL_TTY_THREAD;
/* While it is lent: stops the whole job, as Ctrl-Z does, and returns when that goes on; at once
 * where there is no job control. */
void hl_reactor_rest(struct hl_reactor *r);
void hl_reactor_dirty(struct hl_reactor *r); /* something changed that is to be drawn */

#endif
