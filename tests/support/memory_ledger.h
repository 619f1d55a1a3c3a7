/* SPDX-License-Identifier: MIT */
/* A ledger (net/core/chat/ledger.h) in memory, for tests and for the simulator, with all that can
 * befall a disk. It ends the program when its owner breaks the contract: calls outside of a
 * transaction, or after one that failed. */
#ifndef HL_TEST_MEMORY_LEDGER_H
#define HL_TEST_MEMORY_LEDGER_H

#include "ledger.h"

/* What becomes of the next commit. */
enum memory_ledger_commit {
    MEMORY_LEDGER_COMMITS,
    MEMORY_LEDGER_LOSES,  /* it fails, and nothing has happened */
    MEMORY_LEDGER_DOUBTS, /* it fails, and has happened all the same */
};

struct memory_ledger_row {
    struct hl_ledger_row row;
    uint8_t target[HL_ID_SIZE];
    int64_t time_ms;
    uint8_t *body;
    size_t len;
    int err;
    uint64_t changed; /* pos of the entry that changed it last */
    int64_t due_us;   /* 0 = never */
    size_t next;      /* of the same hash */
};

struct memory_ledger_conv;
struct memory_ledger_undo;

struct memory_ledger {
    struct hl_ledger ledger;        /* hand out &ledger */
    struct memory_ledger_row *rows; /* row n is rows[n - 1] */
    size_t count, cap;
    size_t *hash; /* by contact and id: index + 1 */
    size_t hash_cap;
    struct memory_ledger_conv *convs; /* by contact */
    size_t convs_count;
    struct memory_ledger_undo *undo;
    size_t undo_count, undo_cap;
    bool open, failed;
    unsigned long calls, commits;
    long fail_in; /* calls until one fails; negative: none does */
    bool broken;  /* every call fails */
    enum memory_ledger_commit fate;
};

void memory_ledger_init(struct memory_ledger *m);
void memory_ledger_fini(struct memory_ledger *m);
/* The process dies: what is not committed is gone. */
void memory_ledger_crash(struct memory_ledger *m);
/* to becomes what from is now, outside of transactions. */
void memory_ledger_copy(struct memory_ledger *to, const struct memory_ledger *from);
/* One of ours does not exist any more. */
void memory_ledger_erase(struct memory_ledger *m, uint32_t contact, uint64_t seq);

/* ---- looking in ---- */

/* NULL if there is none. */
const struct memory_ledger_row *memory_ledger_find(const struct memory_ledger *m, uint32_t contact,
                                                   const uint8_t *id);
/* Numbers that are missing. */
uint64_t memory_ledger_missing(const struct memory_ledger *m, uint32_t contact);
struct hl_ledger_counts memory_ledger_counts(const struct memory_ledger *m, uint32_t contact);

#endif
