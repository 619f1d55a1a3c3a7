/* SPDX-License-Identifier: MIT */
/* Guests: those who asked for a session and have not proven yet that they read our answer. Their
 * keys open packets and seal none. A guest that is not confirmed within HL_GUEST_LIFE is gone, as
 * if it had never asked; so a repeated INITIAL, an old one or one of a thief changes nothing.
 * Bounded in number; strangers cannot take the places of contacts. One thread. */
#ifndef HL_GUEST_H
#define HL_GUEST_H

#include "handshake.h"
#include "index.h"
#include "route.h"
#include "rules.h"

/* Owners in the session index: guests from here on, peers below. */
#define HL_GUEST_OWNER (UINT32_C(1) << 31)

struct hl_guest {
    struct hl_guest *next, *prev; /* by age, oldest first */
    struct hl_guest *same_hash;
    hl_time ends;
    uint32_t place;
    uint32_t own;     /* session index */
    uint32_t contact; /* peer's number, once known or hoped for */
    bool stranger;    /* has no peer yet */
    bool waiting;     /* XX: for FINISH, handshake counts; else slot does */
    uint8_t answer_len;
    uint8_t mac1[HL_MAC_SIZE]; /* of the INITIAL */
    uint8_t key[HL_KEY_SIZE];  /* the guest's, unless waiting */
    uint64_t instance;         /* ours, as the answer says */
    uint64_t other;            /* the guest's */
    struct hl_route route;     /* where the answer went */
    bool elsewhere;            /* and to other addresses too: who has it proves none of them */
    uint8_t answer[HL_PACKET_ANSWER_MAX];
    union {
        struct hl_handshake handshake;
        struct hl_slot slot;
    };
};

enum {
    HL_GUEST_HASHES = 256,
};

struct hl_guests {
    const struct hl_env *env;
    struct hl_index *index; /* of the node */
    struct hl_guest *oldest, *newest;
    struct hl_guest **places; /* HL_GUESTS_MAX, NULL until the first guest */
    struct hl_guest *hashes[HL_GUEST_HASHES];
    unsigned count, strangers;
    uint32_t next_place;
};

void hl_guests_init(struct hl_guests *g, const struct hl_env *env, struct hl_index *index);
void hl_guests_fini(struct hl_guests *g);

/* A new guest, all zeros but for place, own and ends; NULL if there is no room for one of that
 * kind. */
struct hl_guest *hl_guests_add(struct hl_guests *g, hl_time now, bool stranger,
                               const uint8_t mac1[HL_MAC_SIZE]);
/* Wipes its keys. keep: its session index goes on, to another owner. */
void hl_guests_drop(struct hl_guests *g, struct hl_guest *guest, bool keep);

/* What the newest guest with that key was told of our instance; 0: there is none. */
uint64_t hl_guests_instance(const struct hl_guests *g, const uint8_t key[HL_KEY_SIZE]);

/* The one whose INITIAL that was; NULL. */
struct hl_guest *hl_guests_repeated(const struct hl_guests *g, const uint8_t mac1[HL_MAC_SIZE]);
/* The one of that owner in the index. */
struct hl_guest *hl_guests_at(const struct hl_guests *g, uint32_t owner);

/* XX: FINISH came, the guest has its life before it again. */
void hl_guests_renew(struct hl_guests *g, struct hl_guest *guest, hl_time now);
void hl_guests_expire(struct hl_guests *g, hl_time now);
hl_time hl_guests_deadline(const struct hl_guests *g);
/* Makes room for another of that contact: the oldest goes if there are HL_GUESTS_PER_PEER. */
void hl_guests_limit(struct hl_guests *g, uint32_t contact);
void hl_guests_forget(struct hl_guests *g, uint32_t contact);
bool hl_guests_crowded(const struct hl_guests *g);
size_t hl_guests_memory(const struct hl_guests *g);

#endif
