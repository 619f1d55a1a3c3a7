/* SPDX-License-Identifier: MIT */
/* A terminal that does not read holds whoever writes to it: in write(), where no signal that is
 * taken from a descriptor can reach it. So that such a terminal cannot keep the program from
 * ending, the signals that end it are let in while it writes. One that comes then discards what
 * the terminal has not taken, and is left pending for whom it was meant. And so that it cannot keep
 * keys from being read, what it has not taken is discarded too when some wait for a while. */
#ifndef HL_ROOM_H
#define HL_ROOM_H

#include "role.h"

#include <signal.h>
#include <stdbool.h>

/* Discards what waits for the terminal if it takes nothing for a while; returns whether it did. For
 * signal handlers too. */
bool hl_room_make(void);

/* From now on to hl_room_disarm(): what is blocked and not handled by anybody of SIGINT, SIGTERM,
 * SIGHUP, and SIGRTMIN of a timer of ours, is let in between hl_room_enter() and hl_room_leave(),
 * which may be nested. */
void hl_room_arm(void) HL_TTY_THREAD;
void hl_room_disarm(void) HL_TTY_THREAD;
void hl_room_enter(void) HL_TTY_THREAD;
void hl_room_leave(void) HL_TTY_THREAD;
/* Something was discarded since this was asked last: the terminal may be in any state. */
bool hl_room_lost(void) HL_TTY_THREAD;

#endif
