/* SPDX-License-Identifier: MIT */
/* The store: contacts, conversations, outbox and search index of one home, in one SQLite database.
 *
 * WAL with synchronous=FULL: what was committed survives a power cut. One writer, the messenger
 * thread, which holds the home's lock. Every function returns 0 or: -ENOENT, -EEXIST (answers),
 * HL_ERR_STORAGE_* (err.h) or -errno (failures; hl_store_why() says more). After a failure inside
 * of a transaction only rollback is allowed. A store that is damaged, newer than this program, or
 * sealed under another key is never changed.
 *
 * With a key (hl_store_config.seal) bodies, names, notes, addresses and keys of contacts are sealed
 * one by one (XChaCha20-Poly1305, bound to their row); numbers, times, sizes and states are not.
 * There is then no search index on disk: a search opens all bodies one after the other. */
#ifndef HL_STORE_H
#define HL_STORE_H

#include "bytes.h"
#include "contact.h"
#include "ledger.h"

struct hl_store;

enum {
    HL_STORE_SEAL = 32, /* bytes of a key */
    HL_STORE_WHY = 512,
    HL_ANSWERED_TEXT = 120,  /* bytes of a text that is answered */
    HL_STORE_PAGE = 500,     /* entries of one hl_store_history() or hl_store_search() at most */
    HL_STASH_NAME = 32,      /* bytes of a name of something stashed */
    HL_STASH_MAX = 64 << 10, /* bytes of it */
    HL_STASH_COUNT = 4096,
};

struct hl_store_config {
    const char *path;    /* of the database file, made if it is not there (0600) */
    const uint8_t *seal; /* HL_STORE_SEAL bytes, copied into locked memory; NULL = in the open */
    bool read_only;      /* nothing is made, nothing is migrated */
};

int hl_store_open(const struct hl_store_config *config, struct hl_store **out,
                  char why[static HL_STORE_WHY]) __attribute__((warn_unused_result));
/* Rolls back what is open. */
void hl_store_close(struct hl_store *s);
/* The last failure in words: "disk full", "database disk image is malformed (...)". */
const char *hl_store_why(const struct hl_store *s);
/* After a failure: closes the database and opens it again. What was committed is there. */
int hl_store_reopen(struct hl_store *s) __attribute__((warn_unused_result));

/* The ledger of this store, valid as long as it is. */
const struct hl_ledger *hl_store_ledger(struct hl_store *s);

/* ---- contacts: each call is one transaction, or part of the one that is open ---- */

/* All contacts in order of their names; each() false ends it. */
int hl_store_contacts(struct hl_store *s, bool (*each)(void *user, const struct hl_contact *c),
                      void *user) __attribute__((warn_unused_result));
int hl_store_contact(struct hl_store *s, uint32_t id, struct hl_contact *out)
    __attribute__((warn_unused_result));
int hl_store_contact_by_key(struct hl_store *s, const uint8_t key[static HL_CONTACT_KEY],
                            struct hl_contact *out) __attribute__((warn_unused_result));
/* By name: exactly, else as the only one that differs in case. */
int hl_store_contact_by_name(struct hl_store *s, const char *name, struct hl_contact *out)
    __attribute__((warn_unused_result));
/* c->id 0: adds it and sets c->id, else changes all but the id. -EEXIST: name or key are
 * another contact's. A taken name that our user did not choose gets a number: "bob (2)". */
int hl_store_contact_put(struct hl_store *s, struct hl_contact *c)
    __attribute__((warn_unused_result));
/* The contact, its conversation and what waits for it. */
int hl_store_contact_delete(struct hl_store *s, uint32_t id) __attribute__((warn_unused_result));
/* from's entries and addresses become to's, from is deleted: two names of one peer. */
int hl_store_contact_merge(struct hl_store *s, uint32_t from, uint32_t to)
    __attribute__((warn_unused_result));
/* worked_ms 0: typed, not tried yet. */
int hl_store_address_put(struct hl_store *s, uint32_t contact, const struct hl_contact_address *a)
    __attribute__((warn_unused_result));
int hl_store_address_delete(struct hl_store *s, uint32_t contact, const char *text)
    __attribute__((warn_unused_result));
/* The best first. */
int hl_store_addresses(struct hl_store *s, uint32_t contact,
                       struct hl_contact_address out[static HL_CONTACT_ADDRESSES], size_t *count)
    __attribute__((warn_unused_result));
/* The contact at whose address that endpoint is, as it is written there; -ENOENT. */
int hl_store_contact_by_address(struct hl_store *s, const char *text, struct hl_contact *out)
    __attribute__((warn_unused_result));

/* ---- reading conversations ---- */

/* What an entry answers, as that one is now. */
struct hl_answered {
    uint64_t pos; /* its place in the conversation; 0: nothing, or it is not known */
    bool ours, deleted;
    size_t len;
    char text[HL_ANSWERED_TEXT]; /* its beginning, cut at any byte */
};

/* An entry as it is to be shown: TEXT entries alone are, changed by those that refer to them. */
struct hl_stored {
    struct hl_ledger_row row;
    struct hl_entry entry; /* body as it is now; borrowed while each() runs */
    int err;               /* FAILED: why */
    bool edited, deleted, seen;
    int64_t stored_ms;     /* our wall clock when it was queued or taken */
    const char *reactions; /* "👍 2 ❤ 1", "" = none */
    struct hl_answered answered;
    uint64_t missing_before; /* entries that are missing right before it */
};

enum hl_store_order {
    HL_STORE_FORWARD, /* in the order of the conversation (or of rows), from just after from */
    HL_STORE_BACKWARD /* against it, from just before from; 0 = from the end */
};

struct hl_store_query {
    uint32_t contact; /* 0 = all conversations, in order of rows */
    enum hl_store_order order;
    uint64_t from; /* pos of the conversation; row for all conversations and for searches */
    size_t limit;  /* at most HL_STORE_PAGE */
    bool theirs;   /* entries of the peers alone */
    int64_t since_ms, until_ms; /* stored between; 0 = no limit */
    const char *words; /* search: all of these words occur ("quoted words": as a phrase, word*:
                        * words that begin so); NULL = history */
};

/* Calls each() for up to limit entries; false ends it. A search gives the latest first. -EINVAL:
 * words make no query. */
int hl_store_read(struct hl_store *s, const struct hl_store_query *q,
                  bool (*each)(void *user, const struct hl_stored *e), void *user)
    __attribute__((warn_unused_result));
/* One entry by id; -ENOENT. */
int hl_store_entry(struct hl_store *s, uint32_t contact, const uint8_t *id,
                   bool (*each)(void *user, const struct hl_stored *e), void *user)
    __attribute__((warn_unused_result));

/* How many are missing right before a place. */
int hl_store_missing(struct hl_store *s, uint32_t contact, uint64_t pos, uint64_t *missing)
    __attribute__((warn_unused_result));
/* What an entry with that target answers. */
int hl_store_answered(struct hl_store *s, uint32_t contact, const uint8_t *target,
                      struct hl_answered *out) __attribute__((warn_unused_result));

struct hl_store_conv {
    uint32_t contact;
    uint64_t entries, unread, waiting, missing;
    uint64_t said, heard; /* entries of ours and of the peer's there ever were, of any kind */
    int64_t last_ms;
};
int hl_store_conversation(struct hl_store *s, uint32_t contact, struct hl_store_conv *out)
    __attribute__((warn_unused_result));

/* The last row that a front end has taken over: what came later is new to whoever listens next. */
int hl_store_shown(struct hl_store *s, uint64_t *row) __attribute__((warn_unused_result));
int hl_store_set_shown(struct hl_store *s, uint64_t row) __attribute__((warn_unused_result));

/* ---- what front ends leave for the next start: drafts, input history, layouts ---- */

/* Keeps body under that name, in place of what was there; an empty one: nothing. It goes with the
 * contact; contact 0: it is the home's. -ENOENT: no such contact; -EINVAL, HL_ERR_TOO_LONG: name or
 * body are of no such size; -ENOSPC: there are HL_STASH_COUNT. */
int hl_store_stash(struct hl_store *s, uint32_t contact, const char *name, struct hl_bytes body)
    __attribute__((warn_unused_result));
/* What is kept there, valid until the next call; empty if there is nothing. */
int hl_store_stashed(struct hl_store *s, uint32_t contact, const char *name, struct hl_bytes *out)
    __attribute__((warn_unused_result));

/* ---- housekeeping ---- */

/* Empties bodies of entries stored before that time; their ids stay known. Entries of ours that
 * wait are left alone. Returns how many in *count. */
int hl_store_prune(struct hl_store *s, uint32_t contact, int64_t before_ms, uint64_t *count)
    __attribute__((warn_unused_result));
/* Seals everything under another key, or opens it for good (NULL), leaving nothing of the old form
 * in the files. */
int hl_store_reseal(struct hl_store *s, const uint8_t *seal) __attribute__((warn_unused_result));
/* Whether the index has all; a little work on it: call when idle, until *more is false. Then what
 * was kept in memory for speed is given back. */
int hl_store_tidy(struct hl_store *s, bool *more) __attribute__((warn_unused_result));
/* Reads all: 0, or what is damaged in words. */
int hl_store_check(struct hl_store *s, char why[static HL_STORE_WHY])
    __attribute__((warn_unused_result));

#endif
