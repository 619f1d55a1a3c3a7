/* SPDX-License-Identifier: MIT */
/* Remembers all that the users of homes said, and checks all that they are told against what is
 * in the ledgers at that moment. It alone knows both sides. */
#ifndef HL_SIM_WITNESS_H
#define HL_SIM_WITNESS_H

#include "delivery.h"
#include "memory_ledger.h"
#include "world.h"

/* What one home calls another. */
static inline uint32_t witness_contact(unsigned home)
{
    return home + 1;
}

struct witness_said {
    struct hl_entry entry; /* without body */
    unsigned from, to;
    bool queued;               /* its author was told that it is on disk */
    bool heard;                /* its reader was told of it, since his ledger knows it */
    bool lost;                 /* its reader had it, and then an older ledger */
    bool forgotten;            /* the same of its author */
    bool closed;               /* it was settled when its reader got another key */
    enum hl_entry_state state; /* told to its author last */
};

/* Whether a user is there, and what he says about it. */
struct witness_presence {
    bool away;
    size_t len;
    uint8_t text[HL_AWAY_MAX];
};

struct witness_home {
    struct memory_ledger *ledger;
    const bool *up;                                       /* sessions, by home */
    bool restored;                                        /* has had an older ledger since */
    struct witness_presence presence, shown[WORLD_NODES]; /* its user's; of the others, to him */
    uint64_t latest[WORLD_NODES];                         /* number of the words shown last */
};

struct witness {
    struct world *w;
    struct witness_home homes[WORLD_NODES];
    struct witness_said *said;
    size_t count, cap;
    size_t missing;     /* one that was, when all were looked at last */
    uint64_t delivered; /* told to be */
    uint64_t words;     /* of absence */
    struct sim_random random;
};

/* A new thing to say: its id is made here. Its index. */
size_t witness_say(struct witness *o, unsigned from, unsigned to, enum hl_entry_kind kind);
/* A home was told this; not for HL_EFFECT_SEND. */
void witness_told(struct witness *o, unsigned home, const struct hl_effect *e);
/* The home's ledger is about to become that older one. */
void witness_restores(struct witness *o, unsigned home, const struct memory_ledger *older);
/* The home is about to lose its ledger and its key. */
void witness_loses(struct witness *o, unsigned home);
/* A home has taken the new key of another: what is settled between them stays with the old one. */
void witness_accepts(struct witness *o, unsigned home, unsigned other);
/* A process begins: its user is there, and is shown nobody's absence. */
void witness_begins(struct witness *o, unsigned home);
/* Its user is away, with new words, or back. */
const struct witness_presence *witness_leaves(struct witness *o, unsigned home, bool away);
/* Everything that was queued and not taken back is where it belongs, and everybody who has a
 * session is shown as what he is. */
bool witness_all_delivered(struct witness *o);
/* What is not; and what must hold in the end. */
void witness_report(struct witness *o);
void witness_final(struct witness *o);

#endif
