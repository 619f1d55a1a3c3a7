/* SPDX-License-Identifier: MIT */
/* Happy Eyeballs (RFC 8305): which address of a peer is tried when.
 *
 * A state machine without a clock or a socket. The owner tells it what happened (an address was
 * learned, a family's look-up ended, an attempt failed) and asks it which attempt to start:
 *
 *   hl_race_init(&race, now);
 *   hl_race_add() / hl_race_resolved()       as answers arrive
 *   while (hl_race_next(&race, now, &addr, &index))
 *       start connecting; on error hl_race_failed(&race, index, err, now)
 *   if (hl_race_over(&race))                 report hl_race_err(&race)
 *   sleep until hl_race_deadline(&race) or the next event
 *
 * v6 goes first; if only v4 is known it waits HL_RACE_GRACE for the v6 answer. Families then take
 * turns, one attempt each HL_RACE_STAGGER; a failure lets the next one start at once. An attempt
 * that has started is never ended from here: a slow server is still a server. Whichever attempt
 * connects first wins, and the owner drops the race. Any thread, one at a time. */
#ifndef HL_RACE_H
#define HL_RACE_H

#include "net_limits.h"
#include "types.h"

enum hl_attempt_state {
    HL_ATTEMPT_WAITING,
    HL_ATTEMPT_RUNNING,
    HL_ATTEMPT_FAILED,
};

enum {
    HL_RACE_V6, /* tried first */
    HL_RACE_V4, /* and everything else, such as Unix sockets */
    HL_RACE_FAMILIES,
};

struct hl_attempt {
    struct hl_addr addr;
    enum hl_attempt_state state;
    int err; /* of a failed one */
};

struct hl_race {
    struct hl_attempt attempts[HL_CANDIDATES_MAX]; /* in the order they became known */
    unsigned count;
    bool resolved[HL_RACE_FAMILIES];
    int lookup_err[HL_RACE_FAMILIES];
    int last;          /* family of the latest attempt, HL_RACE_FAMILIES before the first */
    hl_time next_due;  /* the next attempt starts no earlier */
    hl_time grace_end; /* a first attempt over v4 starts no earlier; HL_NEVER until one is known */
};

void hl_race_init(struct hl_race *r, hl_time now);

/* A candidate became known. One that is already known is ignored, port and scope included in the
 * comparison. Each family has room for half of HL_CANDIDATES_MAX, so that a long list of one
 * cannot shut out the other. Returns 0 or -ENOBUFS: this one will not be tried. */
int hl_race_add(struct hl_race *r, const struct hl_addr *a, hl_time now);

/* No more addresses of family will come; err says why there were none, or 0. Families nobody
 * asks for are to be reported at once, as the race is over only when both are. */
void hl_race_resolved(struct hl_race *r, enum hl_family family, int err);

/* The attempt to start now, if there is one; ask again until there is none. *index names it in
 * hl_race_failed(). */
bool hl_race_next(struct hl_race *r, hl_time now, struct hl_addr *out, unsigned *index);

/* An attempt ended without success, and the next may start at once. err 0: it needs no waiting
 * for (a datagram peer, whose address is merely handed on). Repeated calls are ignored. */
void hl_race_failed(struct hl_race *r, unsigned index, int err, hl_time now);

/* When hl_race_next() will yield if nothing else happens before, perhaps in the past; HL_NEVER. */
hl_time hl_race_deadline(const struct hl_race *r);

/* Nothing is running or waiting and both families are resolved: the dial has failed. */
bool hl_race_over(const struct hl_race *r);

/* The one of two errors that says more about the peer; 0 says nothing. */
int hl_race_telling(int a, int b);

/* What to tell the user if the race ended now: the most telling error of the attempts (refused
 * says more than unreachable), HL_ERR_TIMEOUT for one that is still running, and only without
 * any attempt an error of the look-ups (HL_ERR_NAME_AGAIN for one that is still running). */
int hl_race_err(const struct hl_race *r);

#endif
