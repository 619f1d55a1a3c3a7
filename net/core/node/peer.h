/* SPDX-License-Identifier: MIT */
/* All that a node keeps of one peer. Idle it is this block and a compact flow: what is needed only
 * at times lies in blocks of its own, freed after use. */
#ifndef HL_PEER_H
#define HL_PEER_H

#include "flow.h"
#include "handshake.h"
#include "node.h"
#include "route.h"
#include "rules.h"
#include "slot.h"

/* One address that a handshake is tried at. */
struct hl_call_try {
    struct hl_route route;
    hl_time next;      /* when the INITIAL is sent there again; HL_NEVER */
    hl_time cookie_at; /* when the cookie came; HL_NEVER: none */
    uint8_t cookie[HL_COOKIE_SIZE];
    uint8_t sends; /* of this INITIAL */
};

/* Our own attempt at a session (call.c). */
struct hl_call {
    struct hl_handshake handshake; /* while waiting */
    struct hl_cookie_keys mac;     /* of whom we call */
    hl_time began;
    hl_time round; /* of this INITIAL; finishing: of the first FINISH */
    hl_time next;  /* finishing: when FINISH is sent again */
    uint8_t sends; /* of FINISH */
    bool finishing;
    bool rekey; /* the session goes on meanwhile: only its own address is tried */
    bool doubt; /* the same, and void as soon as the peer is heard in it */
    uint8_t count;
    uint32_t peer;                     /* its place */
    struct hl_call *next_xx, *prev_xx; /* of the calls by XX that wait */
    uint8_t packet[HL_PACKET_INITIAL]; /* INITIAL, or FINISH */
    struct hl_call_try tries[HL_NODE_PATHS_MAX];
};

/* Doubts about where a peer is (roam.c). */
struct hl_roam {
    struct hl_route old; /* validated, the way back; may be unset */
    bool unproven;       /* the peer's present address is */
    bool old_answered;
    bool owed;         /* a PATH_RESPONSE, to owed_to */
    bool due, old_due; /* a PATH_CHALLENGE to either is to be sent */
    bool broke;        /* the credit is too small for what is to be sent */
    uint8_t tries;
    uint64_t credit;  /* bytes that may still be sent to an unproven address */
    hl_time next;     /* challenge again */
    hl_time wait;     /* between challenges */
    hl_time patience; /* until then the new address may answer; roam.c */
    uint8_t challenge[8], old_challenge[8], response[8];
    struct hl_route owed_to;
};

/* Addresses that the owner named, the newest last; HL_NODE_PATHS_MAX at most. */
struct hl_paths {
    uint8_t count;
    struct hl_route routes[];
};

/* A session that has been replaced and only opens packets. */
struct hl_older {
    struct hl_slot slot;
    hl_time ends; /* it is wiped then, or when it is HL_SLOT_LIFE old */
};

enum hl_news {
    HL_NEWS_STRANGER = 1, /* bits, told in this order */
    HL_NEWS_DOWN = 2,
    HL_NEWS_UP = 4,
    HL_NEWS_MOVED = 8,
    HL_NEWS_NO_ANSWER = 16,
};

struct hl_peer {
    uint32_t id, place; /* its owner's number, and ours */
    uint8_t key[HL_KEY_SIZE];
    uint64_t own, other;    /* instances of the association; other 0: none has begun */
    struct hl_flow *flow;   /* NULL until there is something to keep in it */
    struct hl_slot slot;    /* seals, if used */
    struct hl_older *older; /* HL_SLOTS_OLDER that only open, or NULL */
    struct hl_call *call;   /* or NULL */
    struct hl_roam *roam;   /* or NULL: no doubts */
    struct hl_paths *paths; /* or NULL: none but route */
    uint8_t *psk;           /* or NULL */
    uint8_t *shown;         /* the other key that answered for it, of HL_NEWS_DOWN; or NULL */
    struct hl_route route;  /* where it is */
    uint64_t top;           /* one more than the highest number opened */
    hl_time heard;          /* last authentic packet; 0 never */
    hl_time sent;           /* last DATA */
    hl_time waiting;        /* when DATA first left unanswered; HL_NEVER */
    hl_time retry;          /* next call for the sake of waiting messages; HL_NEVER */
    uint32_t keepalive;     /* ms; 0 = none */
    uint32_t next_news;     /* of the list of those with news */
    uint32_t next_keyless;  /* of the list of those without a key */
    int16_t err;            /* of HL_NEWS_DOWN */
    uint8_t close_code;     /* of ours, if closing */
    uint8_t news;           /* enum hl_news */
    uint64_t code;          /* the peer's, of HL_NEWS_DOWN */
    bool has_key : 1;
    bool in_news : 1;
    bool restarted : 1;   /* another association than the owner knows of: of the next HL_NEWS_UP */
    bool closing : 1;     /* CLOSE is to be sent, then the session ends */
    bool fresh : 1;       /* after that the association ends as well */
    bool by_xx : 1;       /* asks for the key by XX though one is known */
    bool key_changed : 1; /* nothing more until the owner says which key */
    bool up : 1;          /* the owner was told so */
    bool gone : 1;        /* forgotten, but for its CLOSE */
    bool awake : 1;       /* counted among those that are not */
    bool shunned : 1;     /* its calls are not answered */
    bool known : 1;       /* its address is counted at the gate */
};

#endif
