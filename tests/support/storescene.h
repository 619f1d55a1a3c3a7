/* SPDX-License-Identifier: MIT */
/* A day in the life of a store, for tests that let its disk fail: transactions whose entries are
 * known by number, so that it can be told afterwards which of them are there. */
#ifndef HL_STORESCENE_H
#define HL_STORESCENE_H

#include "storehome.h"

#ifndef SCENE_STEPS
#define SCENE_STEPS 40 /* transactions */
#endif

enum {
    SCENE_ENTRIES = 3, /* of ours, and as many of the peer's, in each */
};

static uint32_t scene_contact;

static inline uint64_t scene_id(unsigned step, unsigned i, bool ours)
{
    return 1 + (uint64_t)step * 2 * SCENE_ENTRIES + 2 * i + ours;
}

/* Adds one that may be there already, since nobody knows what became of a commit that failed. */
static inline int scene_add(unsigned step, unsigned i, bool ours)
{
    static char body[3000];
    struct hl_ledger_counts counts;
    struct hl_ledger_row row;
    struct hl_entry e;
    int err;

    memset(body, 'a' + (int)step % 26, sizeof body - 1);
    e = make_entry(HL_ENTRY_TEXT, scene_id(step, i, ours), 0, body);
    e.len = 10 + (step * 97 + i * 31) % 600;
    if (step % 7 == 0)
        e.len = sizeof body - 1;
    err = ledger->counts(ledger->user, scene_contact, &counts);
    if (err < 0)
        return err;
    e.seq = ours ? counts.next_seq : counts.expected;
    err = ours ? ledger->queue(ledger->user, scene_contact, &e, NULL, &row)
               : ledger->take(ledger->user, scene_contact, &e, 0, e.seq + 1, &row);
    return err == -EEXIST ? 0 : err;
}

/* What happens to entries of the transaction before. */
static inline int scene_follow(unsigned step)
{
    struct hl_ledger_row row;
    int err = 0;

    for (unsigned i = 0; i < SCENE_ENTRIES && step > 0 && err == 0; i++) {
        err = ledger->find(ledger->user, scene_contact, id_of(scene_id(step - 1, i, true)), &row);
        if (err == 0)
            err = ledger->set_state(ledger->user, row.row, HL_STATE_DELIVERED, 0);
    }
    return err;
}

static inline int scene_inside(unsigned step)
{
    int err = scene_follow(step);

    for (unsigned i = 0; i < SCENE_ENTRIES && err == 0; i++) {
        err = scene_add(step, i, true);
        err = err < 0 ? err : scene_add(step, i, false);
    }
    return err;
}

/* One transaction. An error: it is unknown what became of it. */
static inline int scene_step(unsigned step)
{
    int err = ledger->begin(ledger->user);

    if (err < 0)
        return err;
    err = scene_inside(step);
    err = err < 0 ? err : ledger->commit(ledger->user);
    if (err < 0)
        ledger->rollback(ledger->user);
    return err;
}

/* How many of the entries of that transaction are there. */
static inline unsigned scene_found(unsigned step)
{
    struct hl_ledger_row row;
    unsigned found = 0;

    for (unsigned i = 0; i < 2 * SCENE_ENTRIES; i++) {
        int err = ledger->find(ledger->user, scene_contact,
                               id_of(scene_id(step, i / 2, i % 2 == 1)), &row);

        cr_assert(err == 0 || err == -ENOENT, "%s", hl_store_why(store));
        found += err == 0;
    }
    return found;
}

#endif
