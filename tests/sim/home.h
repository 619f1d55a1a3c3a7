/* SPDX-License-Identifier: MIT */
/* Homes: a delivery and its ledger behind each node of a world, joined as the messenger joins them.
 *
 *   node events -> inputs -> run -> effects -> node commands, and what the user is told
 *
 * While the ledger takes nothing, nothing is taken from the node. A process may die at any moment:
 * with it go node, delivery and what was not committed. */
#ifndef HL_SIM_HOME_H
#define HL_SIM_HOME_H

#include "witness.h"

enum { HOME_BODY_MAX = 30000 };

/* Where a process dies, once. */
enum home_doom {
    HOME_LIVES,
    HOME_DIES_AT_COMMIT,      /* which then fails: it did not happen, or it did (ledger.fate) */
    HOME_DIES_BEFORE_EFFECTS, /* right after a commit */
    HOME_DIES_AMONG_EFFECTS,  /* when some of them have been seen to */
};

struct home {
    struct hl_delivery_config config;
    struct hl_delivery *delivery;
    struct sim_env env;
    struct memory_ledger ledger, older;
    bool has_older;
    enum home_doom doom;
    bool dead;   /* will start again at once */
    bool faulty; /* the disk failed; tried again later */
    bool up[WORLD_NODES], waits[WORLD_NODES];
    bool shut[WORLD_NODES]; /* it has another key, which is not accepted yet: no talk with it */
    hl_time tick;           /* when the next one is planned, of the world's time */
    /* A letter that the node had no room for. */
    uint8_t *letter;
    size_t letter_len;
    uint64_t letter_token;
    unsigned letter_to;
    uint8_t heard[WORLD_NODES][HL_ID_SIZE]; /* what the user was told last, of each */
    unsigned lives;
};

struct homes {
    struct world *w;
    struct witness witness;
    struct home home[WORLD_NODES];
    struct sim_random random; /* bodies */
    struct sim_trace trace;   /* of what is told, when, and how much was sent */
    int64_t wall;             /* what wall clocks show more than they should, ms */
};

/* Puts a home behind each node of the world, and becomes its owner. */
void homes_init(struct homes *h, struct world *w);
void homes_fini(struct homes *h);

/* What a user does. say: index of the witness, -1 if it was not taken. */
long home_say(struct homes *h, unsigned a, unsigned b, uint32_t len, int64_t expire_us);
void home_edit(struct homes *h, unsigned a, size_t said, bool deletes);
void home_react(struct homes *h, unsigned a, unsigned b);
void home_cancel(struct homes *h, unsigned a, size_t said);
void home_see(struct homes *h, unsigned a, unsigned b);
/* Its user is away, with new words, or back. */
void home_leave(struct homes *h, unsigned a, bool away);
/* Asks for other session keys. */
void home_rekey(struct homes *h, unsigned a, unsigned b);
/* Gives its side of a session up, which the other does not notice. */
void home_begin_anew(struct homes *h, unsigned a, unsigned b);
/* Looks up all that something waits for. */
void home_dial(struct homes *h, unsigned a);
/* A copy of the ledger is put away; the process dies and finds that copy. */
void home_back_up(struct homes *h, unsigned a);
void home_restore(struct homes *h, unsigned a);
/* The disk is lost, and the key with it; its user begins anew. */
void home_lose(struct homes *h, unsigned a);
/* Its user has heard of that, and takes b's new key for b's. False: not yet, the home is not up to
 * it; he has to try again. */
bool home_accept(struct homes *h, unsigned a, unsigned b);
/* Nothing ails it any more. */
void home_heal(struct homes *h, unsigned a);

#endif
