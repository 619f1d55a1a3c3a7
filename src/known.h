/* SPDX-License-Identifier: MIT */
/* A contact as the messenger tells of it, as a value of one's own. Pure. */
#ifndef HL_KNOWN_H
#define HL_KNOWN_H

#include "contact.h"
#include "ctl.h"
#include "talk.h"

enum {
    HL_KNOWN_MARKS = HL_CONTACT_NAME + 96,
};

struct hl_known {
    uint64_t id, flags; /* HL_CTL_C_* */
    enum hl_ctl_reach reach;
    int err;
    uint64_t unread, waiting;
    int64_t heard_ms, added_ms;                           /* 0 = never */
    uint8_t key[HL_CONTACT_KEY], new_key[HL_CONTACT_KEY]; /* flags say whether they are there */
    char name[HL_CONTACT_NAME], nick[HL_CONTACT_NICK], note[HL_CONTACT_NOTE];
    char like[HL_CONTACT_NAME]; /* whose name it imitates */
    char why[HL_AWAY_MAX + 1];  /* it is away, in its user's words */
    char address[HL_CONTACT_ADDRESS], local[HL_CONTACT_ADDRESS];
    enum hl_transport via;
};

/* Copies a CONTACT. */
void hl_known_take(struct hl_known *k, const struct hl_ctl *r);

/* The same as a conversation, for events. */
void hl_known_conv(const struct hl_known *k, struct hl_conv *out);

/* "idle", "looking", "up", "closed", "failed". */
const char *hl_known_reach(const struct hl_known *k);

/* What is to be known about it: "verified", "KEY CHANGED, blocked", "looks like bob"; "" =
 * nothing. Not sanitised. */
const char *hl_known_marks(const struct hl_known *k, char out[static HL_KNOWN_MARKS]);

#endif
