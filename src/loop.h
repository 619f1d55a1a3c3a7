/* SPDX-License-Identifier: MIT */
/* The main loop of everything that is not the UI: waits for the talk, signals, the reader of our
 * output, and what the command brings along. Main thread. */
#ifndef HL_LOOP_H
#define HL_LOOP_H

#include "print.h"
#include "session.h"

#include <poll.h>

enum {
    HL_LOOP_EXTRA_MAX = 64, /* descriptors of the command itself */
};

struct hl_loop {
    struct hl_program *program;
    struct hl_session session;
    struct hl_printer printer;
    uint64_t dropped;
};

/* Starts session and printer. Returns 0 or an exit status, after having told why. */
int hl_loop_start(struct hl_loop *l, struct hl_program *p, const struct hl_talk_ops *ops,
                  void *user) __attribute__((warn_unused_result));

/* Opens the listeners and tells where. Same return. */
int hl_loop_listen(struct hl_loop *l, enum hl_listen_default fallback)
    __attribute__((warn_unused_result));

/* Tells where we listen; 0. */
int hl_loop_tell(struct hl_loop *l);

/* Flushes the output, sleeps until something happens or deadline has passed, pumps the talk.
 * Returns 0, or the exit status when the program is to end now: a signal, or nobody reads our
 * output any more. */
int hl_loop_wait(struct hl_loop *l, struct pollfd *extra, nfds_t count, hl_time deadline)
    __attribute__((warn_unused_result));

/* Waits until all that was handed to the talk has left or failed, for at most limit. */
int hl_loop_drain(struct hl_loop *l, hl_time limit) __attribute__((warn_unused_result));

/* Tells what was lost on this host, closes everything. Returns status, or the one for output
 * that could not be written. */
int hl_loop_stop(struct hl_loop *l, int status);

/* For the talk's told(): prints what is news to everybody; true if it was. */
bool hl_loop_told(struct hl_loop *l, struct hl_conv *c, const struct hl_ctl *r);
/* For bound(). */
void hl_loop_bound(struct hl_loop *l, const struct hl_bound *b);
/* For changed(): prints what is marked in c now and was not before. */
void hl_loop_marks(struct hl_loop *l, struct hl_conv *c);
/* The same: that its user is away, or back. */
void hl_loop_away(struct hl_loop *l, struct hl_conv *c);

/* For talk callbacks: adds to the sum that hl_loop_stop() tells, and prints the event. */
void hl_loop_dropped(struct hl_loop *l, uint64_t count);

/* "what: why" for people, and as an error event with --json. err as for hl_exit_status(), which
 * is returned. */
int hl_loop_error(struct hl_loop *l, const char *why, int err);

#endif
