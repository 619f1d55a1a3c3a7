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
    enum hl_entry_state state; /* told to its author last */
};

struct witness_home {
    struct memory_ledger *ledger;
    bool restored; /* has had an older ledger since */
};

struct witness {
    struct world *w;
    struct witness_home homes[WORLD_NODES];
    struct witness_said *said;
    size_t count, cap;
    uint64_t delivered; /* told to be */
};

/* A new thing to say: its id is made here. Its index. */
size_t witness_say(struct witness *o, unsigned from, unsigned to, enum hl_entry_kind kind);
/* A home was told this; not for HL_EFFECT_SEND. */
void witness_told(struct witness *o, unsigned home, const struct hl_effect *e);
/* The home's ledger is about to become that older one. */
void witness_restores(struct witness *o, unsigned home, const struct memory_ledger *older);
/* Everything that was queued and not taken back is where it belongs. */
bool witness_all_delivered(const struct witness *o);
/* What is not; and what must hold in the end. */
void witness_report(struct witness *o);
void witness_final(struct witness *o);

#endif
