/* SPDX-License-Identifier: MIT */
/* Entries of conversations on standard output: as text, one line each, or as events.
 *
 *   --- Saturday, 21 November 2026 ---
 *   08:03:04  bob: shall we?
 *   2 messages missing
 *   08:05:10  you: yes  [edited] [delivered]
 *
 * Where there are several conversations, ours name whom they are for: "you to bob: yes".
 * Main thread. */
#ifndef HL_TRANSCRIPT_H
#define HL_TRANSCRIPT_H

#include "ask.h"

struct hl_transcript {
    struct hl_ask *ask;
    struct hl_known *contacts; /* in the order of their ids */
    size_t count;
    bool several; /* conversations */
    bool dated;   /* each line has its date, and no line for a day is needed */
    int64_t day;
};

/* Asks for the contacts. Returns an exit status. */
int hl_transcript_init(struct hl_transcript *t, struct hl_ask *a)
    __attribute__((warn_unused_result));
void hl_transcript_fini(struct hl_transcript *t);

/* Prints an ENTRY. */
void hl_transcript_print(struct hl_transcript *t, const struct hl_ctl *entry);

/* Whether there is a reader left. */
bool hl_transcript_flush(struct hl_transcript *t);

#endif
