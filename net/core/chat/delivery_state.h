/* SPDX-License-Identifier: MIT */
/* The inside of a delivery, for the files that it is made of:
 *
 *   delivery.c   journal, runs, effects given out
 *   talk.c       what is remembered of each contact, forgotten when a commit fails
 *   flight.c     entries that were sent in this session and have no receipt
 *   outgoing.c   our user's entries, from the ledger to the session
 *   receipts.c   what the peer says about them
 *   incoming.c   the peer's entries, from the session to the ledger
 *   gaps.c       the peer's that are missing, and ours that it misses
 *   presence.c   sessions, names, who is typing, what was seen
 *   effects.c    what is to come out
 *
 * Functions that return int: 0, or an error after which the run is rolled back. */
#ifndef HL_DELIVERY_STATE_H
#define HL_DELIVERY_STATE_H

#include "delivery.h"
#include "fifo.h"
#include "flight.h"

enum {
    HL_DELIVERY_EFFECTS = 4 << 20, /* bytes; inputs wait until the owner has taken some */
};

/* What is remembered of a contact beyond its ledger. Only committed runs change it for good. */
struct hl_talk_state {
    struct hl_flight_range flying;
    uint64_t cursor;     /* the next of ours to send in this session */
    uint64_t received;   /* what the last entry counts as, since the peer's last HELLO */
    uint64_t peer_flags; /* of that HELLO; LIVE: of the last TYPING */
    struct {
        uint64_t from, end; /* ours that the peer asks for again, up to end; equal: none */
        hl_time credit;     /* when it will have its whole budget for asking again */
    } again;
    struct {
        uint64_t next; /* missing ones from here on are to be asked for */
        uint64_t end;  /* asked for up to here, and not answered yet; 0: nothing is */
        bool done;     /* no gaps are left to ask for */
    } ask;
    struct {
        uint64_t room;   /* so many more may be missing, at least */
        hl_time recount; /* when it is worth the effort to count again */
    } gaps;
    hl_time anew;      /* when the peer will have its whole budget for beginning anew again */
    bool up, greeted;  /* greeted: a session was begun in the life of this process */
    bool met;          /* the peer's HELLO of this session has come */
    bool waits;        /* HL_EFFECT_WAITING was told */
    bool types;        /* HL_EFFECT_TYPING was told */
    bool live;         /* our user wants this contact to see what he types, and the other way */
    bool away;         /* HL_EFFECT_AWAY was told */
    uint64_t presence; /* hl_delivery.away.number that the peer knows */
    bool more;         /* stopped sending since there were too many effects */
    uint8_t nick_len;
    uint8_t nick[HL_NICK_MAX]; /* as told by HL_EFFECT_HELLO */
};

struct hl_talk {
    uint32_t contact;
    struct hl_talk_state now, saved; /* saved: at the beginning of the run */
    struct hl_flight flight;
    struct hl_ledger_counts counts; /* if loaded: as in the ledger, this run's changes included */
    bool loaded;
    /* Of this run. */
    bool touched, gone, owes, bad;
    uint8_t owed[HL_ID_SIZE]; /* last entry that came */
    uint64_t typing;          /* journal: 1 + the last TYPING, 0 = none */
    uint64_t presence;        /* the same of PRESENCE */
    struct hl_talk *next;     /* of those touched */
};

struct hl_delivery_clockwork {
    hl_time expiry;     /* when the next entry expires; 0 = not known yet */
    hl_time again;      /* when the next peer that asked too often is answered */
    bool scanned, more; /* scanned: all contacts with something to send are known */
    uint32_t scan;      /* up to this one */
};

struct hl_delivery {
    struct hl_delivery_config config;
    const struct hl_env *env;
    const struct hl_ledger *ledger;
    struct hl_fifo journal, effects;
    uint64_t committed; /* effects before this position may be taken */
    bool lent;          /* the first one is with the owner */
    struct hl_talk **talks;
    size_t count, cap; /* by contact */
    struct hl_delivery_clockwork now, saved;
    struct {
        bool on;
        uint64_t number; /* counts changes */
        size_t len;
        uint8_t text[HL_AWAY_MAX];
    } away; /* our user; an input that is applied twice leaves it the same */
    /* Of this run. */
    hl_time time;
    struct hl_talk *touched;
    uint64_t position; /* in the journal, of the input that is applied */
    bool again;        /* it was applied before, in a run whose commit failed: perhaps it did not */
    bool took;         /* and took a new entry then */
    uint8_t scratch[HL_ENVELOPE_MAX];
};

static inline bool hl_delivery_full(const struct hl_delivery *d)
{
    return hl_fifo_bytes(&d->effects) >= HL_DELIVERY_EFFECTS;
}

/* ---- delivery.c ---- */

/* The bytes of an input that waits or is being applied. */
struct hl_bytes hl_delivery_input_bytes(const struct hl_delivery *d, uint64_t position);
/* The input that is being applied has brought a new entry. */
void hl_delivery_took(struct hl_delivery *d);
/* An input of our own making, to be applied in this run or, if it fails, in the next. */
int hl_delivery_note(struct hl_delivery *d, const struct hl_input *in);

/* ---- talk.c ---- */

/* The contact's, made if need be; it takes part in this run from now on. */
int hl_talk_touch(struct hl_delivery *d, uint32_t contact, struct hl_talk **out);
void hl_talk_drop(struct hl_talk *t);
void hl_talk_commit(struct hl_delivery *d);
void hl_talk_rollback(struct hl_delivery *d);
void hl_talk_free_all(struct hl_delivery *d);

/* ---- outgoing.c ---- */

int hl_outgoing_submit(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in);
int hl_outgoing_cancel(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in);
/* Asks the peer to forget all that is to be forgotten and was sent in this session before. */
int hl_outgoing_recall(struct hl_delivery *d, struct hl_talk *t);
int hl_outgoing_expire(struct hl_delivery *d);
/* A receipt for all that came in this run. */
int hl_outgoing_receipt(struct hl_delivery *d, struct hl_talk *t);
/* Sends e as an element of the flight. */
int hl_outgoing_send(struct hl_delivery *d, struct hl_talk *t, const struct hl_entry *e,
                     const struct hl_ledger_row *row, enum hl_flight_form form);
/* Sends what may leave. */
int hl_outgoing_pump(struct hl_delivery *d, struct hl_talk *t);
bool hl_outgoing_room(const struct hl_talk *t);

/* ---- receipts.c ---- */

int hl_receipts_arrived(struct hl_delivery *d, struct hl_talk *t, uint64_t token);
int hl_receipts_receipt(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
int hl_receipts_read(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
int hl_receipts_kept(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
int hl_receipts_refused(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
/* The session is gone: what was sent is queued, as far as we know. */
int hl_receipts_down(struct hl_delivery *d, struct hl_talk *t);

/* ---- incoming.c ---- */

int hl_incoming_envelope(struct hl_delivery *d, struct hl_talk *t, const struct hl_bytes *bytes);

/* ---- gaps.c ---- */

/* Where entry seq of the peer belongs. Tells what is missing before it, and what it heals. */
struct hl_place {
    uint64_t pos;    /* as in hl_ledger.take */
    uint64_t expect; /* the same */
};
int hl_gaps_place(struct hl_delivery *d, struct hl_talk *t, uint64_t seq, bool refused,
                  struct hl_place *out);
/* A known entry came under that number. */
int hl_gaps_known(struct hl_delivery *d, struct hl_talk *t, uint64_t seq);
/* The peer's next entry should have that number. */
int hl_gaps_expect(struct hl_delivery *d, struct hl_talk *t, uint64_t expect);
/* Nothing that is missing will come any more. */
int hl_gaps_lose(struct hl_delivery *d, struct hl_talk *t);
int hl_gaps_again(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
int hl_gaps_none(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
/* Asks for what is missing, and sends again what the peer misses. */
int hl_gaps_pump(struct hl_delivery *d, struct hl_talk *t);
/* Peers that had to wait may be answered now. */
int hl_gaps_tick(struct hl_delivery *d);

/* ---- presence.c ---- */

int hl_presence_up(struct hl_delivery *d, struct hl_talk *t, bool fresh);
int hl_presence_down(struct hl_delivery *d, struct hl_talk *t);
/* The contact is somebody else from now on, or nobody: what was told of its user does not hold. */
int hl_presence_gone(struct hl_delivery *d, struct hl_talk *t);
int hl_presence_hello(struct hl_delivery *d, struct hl_talk *t, const struct hl_envelope *e);
int hl_presence_seen(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in);
int hl_presence_type(struct hl_delivery *d, struct hl_talk *t, const struct hl_input *in);
/* Our user is away, or back: all who have a session hear of it. */
int hl_presence_away(struct hl_delivery *d, const struct hl_input *in);
/* Tells the peer whether our user is there, unless it knows, and the last of what it said and typed
 * in this run. */
int hl_presence_pump(struct hl_delivery *d, struct hl_talk *t);
/* There is something to send: tells it, unless there is a session. */
int hl_presence_wait(struct hl_delivery *d, struct hl_talk *t);
/* Finds all contacts for whom something waits, when a process begins. */
int hl_presence_scan(struct hl_delivery *d);

/* ---- effects.c ---- */

int hl_effects_add(struct hl_delivery *d, const struct hl_effect *e);
int hl_effects_send(struct hl_delivery *d, const struct hl_talk *t, const struct hl_envelope *e,
                    uint64_t token);
/* Of one of ours; how it is told is decided here. */
int hl_effects_state(struct hl_delivery *d, const struct hl_ledger_row *row,
                     enum hl_entry_state state, int err, uint64_t request);
/* Changes the state in the ledger, and tells it. */
int hl_effects_set_state(struct hl_delivery *d, const struct hl_ledger_row *row,
                         enum hl_entry_state state, int err, uint64_t request);
int hl_effects_bad(struct hl_delivery *d, struct hl_talk *t, int err);

#endif
