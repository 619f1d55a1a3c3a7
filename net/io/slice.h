/* SPDX-License-Identifier: MIT */
/* How long a thread keeps a processor before it is another one's turn.
 *
 * With all processors busy, who has woken up for a moment waits until those who compute have had
 * their slices, each up to a tick of the kernel. Linux since 6.12 (EEVDF, sched_setattr(2)) takes
 * wishes: whoever wakes up goes ahead of a thread with a longer slice than its own. Shares of the
 * processor stay as they are; what comes sooner is shorter.
 *
 * All are for the calling thread and change nothing else: not its nice value, and nothing where
 * the kernel is older or the user has chosen another policy (chrt(1)). Not inherited by what it
 * starts after hl_slice_short(); after hl_slice_long(), yes. */
#ifndef HL_SLICE_H
#define HL_SLICE_H

/* For a thread that somebody waits for, and that does little at a time. */
void hl_slice_short(void);
/* For one that works through what has piled up. */
void hl_slice_long(void);
/* As the kernel gives it. */
void hl_slice_usual(void);

#endif
