/* SPDX-License-Identifier: MIT */
/* A contact: somebody with whom there is, or shall be, a conversation. */
#ifndef HL_CONTACT_H
#define HL_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_CONTACT_KEY = 32,
    HL_CONTACT_NAME = 96 + 1, /* bytes with NUL of the name that our user gave, unique */
    HL_CONTACT_NICK = 64 + 1, /* of what the peer calls itself: not unique, never trusted */
    HL_CONTACT_NOTE = 1000 + 1,
    HL_CONTACT_ADDRESS = 320, /* an endpoint as one would type it */
    HL_CONTACT_ADDRESSES = 8, /* kept of each: those that worked last, then those typed */
};

struct hl_contact {
    uint32_t id;   /* from 1, never used again */
    bool has_key;  /* false: an address that nobody has answered at yet */
    bool verified; /* our user has compared the safety number */
    bool blocked;  /* neither heard nor answered */
    bool changed;  /* somebody with new_key lives where this contact did: nothing is sent before
                    * our user has said which of them counts */
    bool named;    /* our user chose the name; else it was made of an address or of the nick */
    bool let_in;   /* pairing made it, and not our user */
    uint8_t key[HL_CONTACT_KEY];
    uint8_t new_key[HL_CONTACT_KEY];
    char name[HL_CONTACT_NAME];
    char nick[HL_CONTACT_NICK];
    char note[HL_CONTACT_NOTE];
    int64_t added_ms; /* wall clock since the epoch; for display */
    int64_t heard_ms; /* 0 = never */
};

struct hl_contact_address {
    char text[HL_CONTACT_ADDRESS];
    int64_t worked_ms; /* 0 = never yet */
};

/* Why nobody can be called that, NULL if it is a fine name. What a terminal must not see is for the
 * display filter; here it is enough that a name can be typed and told from options and commands. */
const char *hl_contact_name_wrong(const char *name);

#endif
