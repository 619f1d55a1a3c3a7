/* SPDX-License-Identifier: MIT */
/* What the files of the store share. */
#ifndef HL_STORE_INSIDE_H
#define HL_STORE_INSIDE_H

#include "convs.h"
#include "schema.h"
#include "seal.h"

#include <assert.h>

enum {
    HL_STORE_BYTES = HL_STASH_MAX, /* the longest text in a row */
};
static_assert((int)HL_STORE_BYTES >= (int)HL_BODY_MAX, "bodies have room");

/* What must be looked up often, or cannot be looked up in a sealed database. */
struct hl_known {
    uint32_t id;
    bool has_key;
    uint8_t key[HL_CONTACT_KEY];
    char name[HL_CONTACT_NAME];
};

struct hl_store {
    struct hl_db db;
    struct hl_ledger ledger;
    struct hl_seal *seal; /* NULL: in the open */
    struct hl_convs convs;
    struct hl_known *known; /* all contacts, in order of numbers */
    size_t known_count, known_cap;
    uint64_t next_row;
    uint32_t next_contact;
    uint64_t shown;
    uint64_t indexed; /* entries up to this row are in the search index */
    int64_t words;    /* how that index tells words apart */
    int64_t now_ms;   /* wall clock of the open transaction */
    char *path;
    bool read_only;
    bool reading;                 /* a statement is being read while others are told of its rows */
    uint8_t body[HL_STORE_BYTES]; /* of the entry that was loaded last, or of what is stashed */
    uint8_t sealed[HL_STORE_BYTES + HL_SEAL_EXTRA]; /* on its way to the database */
    char reactions[HL_REACTIONS_MAX];
};

/* ---- store.c ---- */

/* Whether this store is sealed, into the database; inside of a transaction. */
int hl_store_write_seal(struct hl_store *s) __attribute__((warn_unused_result));
/* What is in memory is what is on the disk: opens the database again after a failure. Every public
 * call begins with it. */
int hl_store_ready(struct hl_store *s) __attribute__((warn_unused_result));
/* A row that makes no sense: HL_ERR_STORE_DAMAGED. */
int hl_store_damaged(struct hl_store *s, const char *what, uint64_t row);
int hl_store_begin(struct hl_store *s) __attribute__((warn_unused_result));
int hl_store_commit(struct hl_store *s) __attribute__((warn_unused_result));
void hl_store_rollback(struct hl_store *s);
/* A call that changes something is a transaction of its own unless one is open: enter, and if that
 * is 0, leave with the result of what was done; it returns that, or why the commit failed. */
int hl_store_enter(struct hl_store *s, bool *own) __attribute__((warn_unused_result));
int hl_store_leave(struct hl_store *s, bool own, int err) __attribute__((warn_unused_result));

/* ---- entries.c ---- */

/* An entry with what is not for the public. */
struct hl_loaded {
    struct hl_stored e; /* without reactions and missing_before; the body lies in s->body */
    int marks;
};

/* From a row of a statement that begins with HL_SQL_ENTRY. */
int hl_entries_load(struct hl_store *s, sqlite3_stmt *stmt, struct hl_loaded *out)
    __attribute__((warn_unused_result));
/* The only row of such a statement. -ENOENT. */
int hl_entries_get(struct hl_store *s, enum hl_sql sql, const struct hl_arg *args, size_t count,
                   struct hl_loaded *out) __attribute__((warn_unused_result));
/* The body of an EDIT that has taken effect is its target's: loads that, too. */
int hl_entries_complete(struct hl_store *s, struct hl_loaded *e)
    __attribute__((warn_unused_result));

struct hl_addition {
    const struct hl_entry *entry;
    const struct hl_ledger_expiry *expiry; /* NULL = none */
    uint64_t pos;
    enum hl_entry_state state;
};
/* Adds it; it takes effect, as does what came before and refers to it. -EEXIST. */
int hl_entries_add(struct hl_store *s, struct hl_conv *conv, const struct hl_addition *a,
                   struct hl_ledger_row *out) __attribute__((warn_unused_result));
/* Another body for an entry that was loaded last; keeps index and numbers right. */
int hl_entries_change(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *old,
                      struct hl_bytes body, int marks) __attribute__((warn_unused_result));

/* ---- gaps.c ---- */

int hl_gaps_open(void *user, uint32_t contact, uint64_t from, uint64_t count);
int hl_gaps_find(void *user, uint32_t contact, uint64_t seq, struct hl_ledger_gap *out);
int hl_gaps_next(void *user, uint32_t contact, uint64_t from, struct hl_ledger_gap *out);
int hl_gaps_drop(void *user, uint32_t contact, uint64_t from, uint64_t count);

/* ---- book.c ---- */

extern const struct hl_ledger hl_book_ledger; /* without user */

/* ---- reseal.c ---- */

#define HL_STORE_COPY "-new" /* behind the path: a store that is to take its place */

/* What an interrupted hl_store_reseal() left. */
void hl_store_remove_copy(const char *path);

/* ---- contacts.c ---- */

/* A contact from a row of a statement that begins with HL_SQL_CONTACT. */
int hl_contacts_load(struct hl_store *s, sqlite3_stmt *stmt, struct hl_contact *out)
    __attribute__((warn_unused_result));

/* ---- known.c ---- */

int hl_known_load(struct hl_store *s) __attribute__((warn_unused_result));
struct hl_known *hl_known_find(const struct hl_store *s, uint32_t id);
struct hl_known *hl_known_by_key(const struct hl_store *s, const uint8_t *key);
/* Exactly so. */
struct hl_known *hl_known_by_name(const struct hl_store *s, const char *name);
/* The only one whose name differs in case alone; NULL: none, or several. */
struct hl_known *hl_known_like_name(const struct hl_store *s, const char *name);
int hl_known_put(struct hl_store *s, const struct hl_contact *c)
    __attribute__((warn_unused_result));
void hl_known_remove(struct hl_store *s, uint32_t id);

#endif
