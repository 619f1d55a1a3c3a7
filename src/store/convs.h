/* SPDX-License-Identifier: MIT */
/* The numbers of conversations, in memory: each entry changes some, each commit writes those that
 * have changed. One per contact. */
#ifndef HL_CONVS_H
#define HL_CONVS_H

#include "db.h"
#include "seal.h"

struct hl_conv {
    uint32_t contact;
    bool dirty;
    uint64_t next_seq, expected; /* as in struct hl_ledger_counts */
    uint64_t handed, waiting, kept;
    uint64_t next_pos;               /* the place at the end */
    uint64_t texts, unread, missing; /* as in struct hl_store_conv */
    uint64_t seen_row, read_row;
    int64_t last_ms;
};

struct hl_convs {
    struct hl_conv *at; /* in order of contacts */
    size_t count, cap;
};

/* From the database, whatever was there before: at first, and after a rollback. */
int hl_convs_load(struct hl_convs *c, struct hl_db *db) __attribute__((warn_unused_result));
void hl_convs_fini(struct hl_convs *c);
/* NULL: there is no such contact. Valid until one is added or removed. */
struct hl_conv *hl_convs_find(const struct hl_convs *c, uint32_t contact);
/* The first contact after that one; NULL. */
struct hl_conv *hl_convs_after(const struct hl_convs *c, uint32_t contact);
/* A new contact, whose number is greater than all others. -ENOMEM. */
int hl_convs_add(struct hl_convs *c, uint32_t contact) __attribute__((warn_unused_result));
void hl_convs_remove(struct hl_convs *c, uint32_t contact);
/* Writes what has changed; inside of a transaction. */
int hl_convs_write(struct hl_convs *c, struct hl_db *db) __attribute__((warn_unused_result));
/* Counts anew what can be counted: waiting, kept, texts, unread, missing. */
int hl_convs_count(struct hl_conv *conv, struct hl_db *db, const struct hl_seal *seal)
    __attribute__((warn_unused_result));

#endif
