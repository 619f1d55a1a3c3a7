/* SPDX-License-Identifier: MIT */
/* Envelopes: the messages on the chat stream of a session (net/PROTOCOL.md, "Chat").
 *
 * An envelope is a kind (varint) and the fields of that kind in fixed order. Unknown kinds are to
 * be ignored, and so is what follows the fields that are known: newer versions may add both.
 * Whatever the peer sends, decoding only says what it is; nothing here has state. Any thread. */
#ifndef HL_ENVELOPE_H
#define HL_ENVELOPE_H

#include "bytes.h"
#include "entry.h"

enum {
    HL_ENVELOPE_MAX = HL_BODY_MAX + 128, /* bytes of the longest one */
};

enum hl_envelope_kind {
    HL_ENVELOPE_HELLO = 1, /* flags, seq, text: what the sender calls itself. First in each session;
                            * the entries that follow in it count from seq on */
    HL_ENVELOPE_ENTRY = 2, /* entry */
    HL_ENVELOPE_RECEIPT = 3, /* seq, id: entries up to the one that counts as seq, and has this id,
                              * are on the sender's disk (or were refused) */
    HL_ENVELOPE_READ = 4,    /* id: the user has seen this one of yours and all before it */
    HL_ENVELOPE_KEPT = 5,    /* id: it was here before its CANCEL came */
    HL_ENVELOPE_REFUSED = 6, /* id, code (enum hl_refusal): will not be kept; goes before RECEIPT */
    HL_ENVELOPE_AGAIN = 7,   /* seq, count: entries of yours that are missing here */
    HL_ENVELOPE_NONE = 8,    /* seq, count: entries of mine that do not exist any more */
    HL_ENVELOPE_TYPING = 9,  /* flags, text: the line so far, if live typing is allowed */
    HL_ENVELOPE_PRESENCE = 10, /* flags, text: why; until one is told, its user is there */
};

enum hl_envelope_flag {
    HL_ENVELOPE_RECEIPTS = 1, /* HELLO: READ will be sent */
    HL_ENVELOPE_LIVE = 2,     /* HELLO: the text of TYPING is welcome */
    HL_ENVELOPE_ANSWERS = 4,  /* HELLO: answers one that came amid a session, and wants no answer */
    HL_ENVELOPE_TYPES = 1,    /* TYPING: is typing; 0 = has stopped */
    HL_ENVELOPE_AWAY = 1,     /* PRESENCE: is away; 0 = is back */
    HL_ENVELOPE_WELCOME =
        2, /* TYPING: the text of it is welcome from now on, as LIVE says at first */
};

enum hl_refusal {                       /* numbers on the wire */
                  HL_REFUSAL_LONG = 1,  /* body too long */
                  HL_REFUSAL_QUOTA = 2, /* the peer keeps no more from us */
                  HL_REFUSAL_BAD = 3,   /* no sense: a target that is not there or not ours */
};

struct hl_envelope {
    enum hl_envelope_kind kind;
    uint8_t id[HL_ID_SIZE];
    uint64_t flags, code, seq, count;
    struct hl_bytes text;
    struct hl_entry entry; /* its body is borrowed from the bytes that were decoded */
};

/* Bytes written, 0 if cap is too small (HL_ENVELOPE_MAX is enough) or a field is out of range. */
size_t hl_envelope_put(uint8_t *out, size_t cap, const struct hl_envelope *e);
/* 0; HL_ERR_BAD_MESSAGE: malformed; HL_ERR_UNKNOWN_FRAME: of a kind that is not known here. */
int hl_envelope_get(struct hl_envelope *out, const uint8_t *at, size_t len)
    __attribute__((warn_unused_result));

#endif
