/* SPDX-License-Identifier: MIT */
/* The ledger: what delivery (delivery.h) needs of durable storage. The program's is SQLite
 * (src/store), the simulator's a table with crashes and disk faults.
 *
 * One owner, which keeps to begin, any number of calls, commit or rollback. Every call returns 0 or
 * an error (-ENOENT and -EEXIST are answers, everything else a failure of the disk, after which
 * only rollback is allowed). A commit that fails may or may not have happened: the owner rolls
 * back, forgets all it knows, and does everything again by ids, which makes no difference then. */
#ifndef HL_LEDGER_H
#define HL_LEDGER_H

#include "entry.h"

enum {
    HL_LEDGER_ENTRY = 128, /* bytes that an entry is counted for beside its body: a million empty
                            * ones fill a disk as well */
};

/* Where one entry stands. */
struct hl_ledger_row {
    uint64_t row; /* the store's own number of it: rises with each entry of the whole store */
    uint64_t pos; /* place in its conversation: entries are shown in this order */
    uint32_t contact;
    bool ours;
    enum hl_entry_state state;
    enum hl_entry_kind kind;
    uint64_t seq;
    uint8_t id[HL_ID_SIZE];
};

/* Numbers of a conversation. */
struct hl_ledger_counts {
    uint64_t next_seq; /* what our next entry will be */
    uint64_t expected; /* what the peer's next entry should be, 1 at first */
    uint64_t waiting;  /* entries of ours that are not in a last state */
    uint64_t kept;     /* bytes of the peer's bodies that are kept, and HL_LEDGER_ENTRY for each of
                        * its entries */
    uint64_t handed;   /* entries of ours up to this number were given to a session: the peer may
                        * have them */
};

/* Entries of the peer's that are missing: numbers from, from + 1 ... */
struct hl_ledger_gap {
    uint64_t from, count;
    uint64_t pos; /* place that is kept free for the first of them */
};

/* How long an entry of ours may wait: a moment of CLOCK_BOOTTIME in one boot of this host. */
struct hl_ledger_expiry {
    int64_t after_us; /* 0 = never; as the user said */
    int64_t due_us;   /* boot time at which it expires; after a reboot it starts anew */
};

struct hl_ledger {
    void *user;

    int (*begin)(void *user);
    int (*commit)(void *user);
    void (*rollback)(void *user);

    int (*counts)(void *user, uint32_t contact, struct hl_ledger_counts *out);
    /* The first contact with a number greater than after that has entries waiting; -ENOENT. */
    int (*next_waiting)(void *user, uint32_t after, uint32_t *contact);

    int (*find)(void *user, uint32_t contact, const uint8_t *id, struct hl_ledger_row *out);

    /* Adds one of ours at the end, QUEUED, under e->seq, which is next_seq; EDIT, DELETE and REACT
     * change their target too, if it is there: of several the one that stands last, whatever the
     * order in which they come. -EEXIST: that id is there, nothing is changed. */
    int (*queue)(void *user, uint32_t contact, const struct hl_entry *e,
                 const struct hl_ledger_expiry *expiry, struct hl_ledger_row *out);
    /* Adds one of the peer's: TAKEN, counted in kept. pos 0: at the end, else there. expected
     * becomes expect. Changes the target as above; one that comes late (pos) was changed already by
     * those that are here and stand behind it, as its author sends what it is now. A CANCEL only
     * makes its id known. -EEXIST. */
    int (*take)(void *user, uint32_t contact, const struct hl_entry *e, uint64_t pos,
                uint64_t expect, struct hl_ledger_row *out);
    int (*set_state)(void *user, uint64_t row, enum hl_entry_state state, int err);
    /* All of ours up to that row that are DELIVERED become READ. */
    int (*set_read)(void *user, uint32_t contact, uint64_t row);
    /* Our user has seen the peer's entries up to that row; the last one of these. -ENOENT: none. */
    int (*set_seen)(void *user, uint32_t contact, uint64_t row);
    int (*last_seen)(void *user, uint32_t contact, struct hl_ledger_row *out);
    int (*set_handed)(void *user, uint32_t contact, uint64_t seq);
    int (*set_expected)(void *user, uint32_t contact, uint64_t seq); /* an entry was refused */
    /* The sequence of ours begins anew: what waits is 1, 2 ... in the order that it has, next_seq
     * and handed follow. What does not wait has no number any more (seq 0), numbered() never gives
     * it. */
    int (*renumber)(void *user, uint32_t contact);

    /* The first of ours with seq >= from: waiting for a receipt (not in a last state), or of any
     * state. Body and target as they are now; borrowed until the next call. -ENOENT. */
    int (*waiting)(void *user, uint32_t contact, uint64_t from, struct hl_entry *e,
                   struct hl_ledger_row *row);
    int (*numbered)(void *user, uint32_t contact, uint64_t from, struct hl_entry *e,
                    struct hl_ledger_row *row);
    /* One of ours that is QUEUED and whose time is up at boot time now_us; *next is when the next
     * one's will be (INT64_MAX: never). -ENOENT: none now. */
    int (*expired)(void *user, int64_t now_us, struct hl_ledger_row *row, int64_t *next);

    /* Gaps of a conversation. open keeps count places free at the end; find gives the one that seq
     * falls into, next the first that holds a number >= from (-ENOENT). drop takes count numbers
     * from from on out of the one that they lie in, which may leave two; each number keeps its
     * place. */
    int (*gap_open)(void *user, uint32_t contact, uint64_t from, uint64_t count);
    int (*gap_find)(void *user, uint32_t contact, uint64_t seq, struct hl_ledger_gap *out);
    int (*gap_next)(void *user, uint32_t contact, uint64_t from, struct hl_ledger_gap *out);
    int (*gap_drop)(void *user, uint32_t contact, uint64_t from, uint64_t count);
};

#endif
