/* SPDX-License-Identifier: MIT */
/* An entry: one thing that somebody said, as the store keeps it and the wire carries it.
 *
 * A conversation is two sequences of entries, one from each side. Its author gives each entry an
 * id, by which everything else refers to it, and a number in the sequence, from 1, by which the
 * reader notices what is missing. */
#ifndef HL_ENTRY_H
#define HL_ENTRY_H

#include "env.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_ID_SIZE = 16,      /* bytes of an id */
    HL_BODY_MAX = 60000,  /* bytes; an envelope with it fits into one message of the flow */
    HL_REACTION_MAX = 64, /* bytes of a reaction: one grapheme cluster, the longest fits */
    /* bytes with NUL of both reactions to an entry, with their numbers: "👍 1 ❤ 1" */
    HL_REACTIONS_MAX = 2 * HL_REACTION_MAX + 16,
    HL_NICK_MAX = 64,    /* bytes of what a peer calls itself */
    HL_TYPED_MAX = 2000, /* bytes of a line shown while it is typed */
    HL_AWAY_MAX = 200,   /* bytes of why somebody is away */
};

/* X(NAME, number on the wire and in the store, "name in JSON") */
#define HL_ENTRY_LIST(X)                                                                           \
    X(TEXT, 1, "text")     /* body; target: the entry that is answered, if any */                  \
    X(EDIT, 2, "edit")     /* target: an entry of the same author gets this body */                \
    X(DELETE, 3, "delete") /* target: an entry of the same author loses its body */                \
    X(REACT, 4, "react")   /* target: anybody's; body: the reaction, empty takes it back */        \
    X(CANCEL, 5, "cancel") /* stands in the place of an entry that its author took back */

enum hl_entry_kind {
#define HL_ENTRY_ENUM(name, number, text) HL_ENTRY_##name = number,
    HL_ENTRY_LIST(HL_ENTRY_ENUM)
#undef HL_ENTRY_ENUM
};

/* The life of one of our entries. It only ever goes on; SENT may fall back to QUEUED when the
 * session that carried it is lost, since it is not known then what became of it. */
#define HL_STATE_LIST(X)                                                                           \
    X(QUEUED, 1, "queued")         /* on our disk */                                               \
    X(SENT, 2, "sent")             /* the peer's host has it; not kept in the store */             \
    X(DELIVERED, 3, "delivered")   /* on the peer's disk */                                        \
    X(READ, 4, "read")             /* the peer's user has seen it */                               \
    X(FAILED, 5, "failed")         /* the peer refuses it: err */                                  \
    X(EXPIRED, 6, "expired")       /* its time ran out before it was delivered */                  \
    X(CANCELLED, 7, "cancelled")   /* taken back, and the peer never had it */                     \
    X(CANCELLING, 8, "cancelling") /* the peer is asked to forget it; may end as DELIVERED */      \
    X(TAKEN, 9, "taken")           /* not ours: an entry of the peer's */                          \
    X(EXPIRING, 10, "expiring")    /* as CANCELLING, since its time ran out */                     \
    X(WITHDRAWN, 11, "cancelled")  /* CANCELLED before it left; its number is still to be sent */  \
    X(LAPSED, 12, "expired")       /* EXPIRED before it left; the same */

enum hl_entry_state {
#define HL_STATE_ENUM(name, number, text) HL_STATE_##name = number,
    HL_STATE_LIST(HL_STATE_ENUM)
#undef HL_STATE_ENUM
};

/* "text", "queued" ...; NULL for a number that is none. */
const char *hl_entry_kind_name(int kind);
const char *hl_entry_state_name(int state);
/* A new id: the time and 80 random bits, so that a store restored from a backup repeats none. The
 * time leads, as in UUIDs of version 7 (RFC 9562, section 5.7), and for nothing else: an index of
 * ids grows at its end then, where random ones would each change a page of their own. */
void hl_entry_make_id(const struct hl_env *env, int64_t time_ms, uint8_t id[static HL_ID_SIZE]);

/* Whether nothing more is to be done for an entry of ours in this state. READ after DELIVERED.
 * WITHDRAWN and LAPSED are CANCELLED and EXPIRED for the user, who is told these; not for delivery,
 * which still owes the peer a CANCEL in that place, or it would miss a number. */
bool hl_entry_state_last(int state);

struct hl_entry {
    uint8_t id[HL_ID_SIZE];
    uint8_t target[HL_ID_SIZE]; /* zeros = none */
    enum hl_entry_kind kind;
    uint64_t seq;        /* in its author's sequence, from 1; 0 = not given yet */
    int64_t time_ms;     /* author's wall clock since the epoch: for display, for nothing else */
    const uint8_t *body; /* borrowed; any bytes */
    size_t len;
};

bool hl_entry_has_target(const struct hl_entry *e);

#endif
