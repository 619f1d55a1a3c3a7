/* SPDX-License-Identifier: MIT */
/* Delivery: from the sender's disk to the receiver's, once, in order, and never a word too much.
 *
 *   inputs --put--> journal --run--> one transaction of the ledger --commit--> effects
 *
 * All that happens goes in as an input: what our user says, what the peer's envelopes say, sessions
 * that come and go, time. hl_delivery_run() applies the inputs that have come together in one
 * transaction, and only when that is committed do its effects come out: envelopes to send, news to
 * tell. So nothing is shown as queued before it is on disk, and no receipt leaves before what it
 * acknowledges is. If the commit fails, the effects never existed, what is known in memory is
 * forgotten, and the inputs are applied again in the next run: ids make that harmless.
 *
 * Pure: no clock, socket, file or thread; one owner. The program and the simulator share it. */
#ifndef HL_DELIVERY_H
#define HL_DELIVERY_H

#include "env.h"
#include "envelope.h"
#include "ledger.h"
#include "types.h"

struct hl_delivery;

enum {
    HL_DELIVERY_WINDOW = 4096,          /* entries of a contact without a receipt */
    HL_DELIVERY_WINDOW_BYTES = 1 << 20, /* of them; one is always allowed */
    HL_DELIVERY_JOURNAL = 4 << 20,      /* bytes of inputs that wait for a run */
    HL_DELIVERY_GAP_MAX = 10000,        /* entries missing from a contact that are asked for again,
                                         * in all its gaps; beyond, a gap is told and left */
    HL_DELIVERY_AGAIN_MAX = 1000,       /* entries sent again for one AGAIN */
};

struct hl_delivery_config {
    const struct hl_env *env; /* must outlive the delivery, as must the ledger */
    const struct hl_ledger *ledger;
    bool read_receipts;         /* tell peers what our user has seen */
    bool live;                  /* show and tell all contacts what is being typed */
    char nick[HL_NICK_MAX + 1]; /* what we call ourselves */
    uint64_t quota;             /* bytes kept from one contact as the ledger counts them, 0 = no
                                 * limit */
};

int hl_delivery_new(const struct hl_delivery_config *config, struct hl_delivery **out)
    __attribute__((warn_unused_result));
void hl_delivery_free(struct hl_delivery *d);

enum hl_input_kind {
    HL_INPUT_SUBMIT,   /* contact, entry (its id is the caller's choice), expire: our user says */
    HL_INPUT_CANCEL,   /* contact, id: our user takes it back */
    HL_INPUT_SEEN,     /* contact, id: our user has seen that entry and all before it */
    HL_INPUT_TYPING,   /* contact, on, bytes: our user types; live: he wants both to see what is
                        * typed, from now on */
    HL_INPUT_AWAY,     /* on, bytes: our user is away, and why, or is back; all contacts hear it */
    HL_INPUT_UP,       /* contact, fresh: a session; fresh: it shares nothing with the last one
                        * (the peer's or our end of it is new), and what was sent there and is not
                        * acknowledged will not arrive. Else all of that is still on its way */
    HL_INPUT_DOWN,     /* contact */
    HL_INPUT_ENVELOPE, /* contact, bytes: from the peer */
    HL_INPUT_ARRIVED,  /* contact, token: the transport's acknowledgement of HL_EFFECT_SEND */
    HL_INPUT_FORGET,   /* contact: it is no more; the owner deletes its rows */
    HL_INPUT_REKEY,    /* contact, expected: from now on it is another key's. What waits is that
                        * one's, under numbers from 1; all else was the last one's, and is never
                        * sent again, nor is what was missing of that one's waited for. Between
                        * sessions; as after FORGET, the next one is fresh */
    HL_INPUT_TICK,     /* time has passed; hl_delivery_deadline() */
};

struct hl_input {
    enum hl_input_kind kind;
    uint32_t contact;
    uint64_t request; /* SUBMIT, CANCEL: given back in the effect that answers */
    uint64_t token;
    bool on, fresh, live;
    int64_t expire_us; /* SUBMIT: how long it may wait, 0 = for ever */
    uint64_t expected; /* REKEY: what the next entry of that key should be, if that is known; else
                        * 0: whoever begins anew begins with 1, and leaves no gap */
    uint8_t id[HL_ID_SIZE];
    struct hl_entry entry;
    struct hl_bytes bytes;
};

/* Copies the input into the journal. HL_ERR_BUSY: full, run first. HL_ERR_TOO_LONG, -EINVAL: the
 * entry can never be sent (body longer than HL_BODY_MAX, kind and target that do not fit, empty
 * text): nothing is taken. -ENOMEM. */
int hl_delivery_put(struct hl_delivery *d, const struct hl_input *in)
    __attribute__((warn_unused_result));
bool hl_delivery_pending(const struct hl_delivery *d); /* there are inputs for a run */

/* Applies the journal in one transaction. now: CLOCK_BOOTTIME. 0: committed, take the effects.
 * Otherwise the error of the ledger: nothing happened, the inputs wait; try again later (disk
 * full, I/O error), and take nothing more from the network meanwhile. */
int hl_delivery_run(struct hl_delivery *d, hl_time now) __attribute__((warn_unused_result));

hl_time hl_delivery_deadline(const struct hl_delivery *d); /* when to put HL_INPUT_TICK */

enum hl_effect_kind {
    HL_EFFECT_SEND,    /* contact, token, bytes: an envelope, in this order; token 0: nobody asks
                        * for its acknowledgement. Goes to the transport even if the session went
                        * down since: it may come back. What was not taken when a fresh one is up
                        * may be dropped */
    HL_EFFECT_STATE,   /* contact, id, state, err, row, request: of ours. The answer to SUBMIT: the
                        * state it is in now, or state 0 and err: refused, nothing is kept (-ENOENT:
                        * no such target, -EPERM: not ours to change, -EEXIST: the peer has an entry
                        * of that id). err of CANCEL: -ENOENT, -EALREADY (too late). Never WITHDRAWN
                        * or LAPSED: CANCELLED and EXPIRED. READ: that one and all before it that
                        * were DELIVERED */
    HL_EFFECT_ENTRY,   /* contact, entry, row: the peer's, new. row.kind CANCEL is not told */
    HL_EFFECT_GAP,     /* contact, seq, count: missing, asked for again (lost: gone for good;
                        * row.pos: the first of their places, if they had any) */
    HL_EFFECT_HEALED,  /* contact, seq, count, row.pos */
    HL_EFFECT_TYPING,  /* contact, on, bytes; live: the peer wants to see what is typed here */
    HL_EFFECT_AWAY,    /* contact, on, bytes: its user is away, and why, or is back; in each new
                        * session he is there until this says otherwise */
    HL_EFFECT_HELLO,   /* contact, bytes: what it calls itself */
    HL_EFFECT_WAITING, /* contact, on: there is something to send, and no session (or no more) */
    HL_EFFECT_BAD, /* contact, err: it sent nonsense or too much; the owner may end the session */
};

struct hl_effect {
    enum hl_effect_kind kind;
    uint32_t contact;
    uint64_t request, token, seq, count;
    int err;
    bool on, lost, live;
    enum hl_entry_state state;
    uint8_t id[HL_ID_SIZE];
    struct hl_entry entry; /* target of EDIT ...: already changed in the ledger */
    struct hl_ledger_row row;
    struct hl_bytes bytes; /* this and entry.body: valid until the next call for this delivery */
};

/* The next effect of committed runs, false if there is none. */
bool hl_delivery_effect(struct hl_delivery *d, struct hl_effect *out);

#endif
