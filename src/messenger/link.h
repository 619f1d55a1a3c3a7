/* SPDX-License-Identifier: MIT */
/* hullo: links: a peer's key and where it may be found, in one word to be mailed, read out or shown
 * as a QR code.
 *
 *   hullo:KEY@ADDRESS     ADDRESS: an endpoint as one would type it (endpoint.h)
 *   hullo:KEY             a key alone: the peer is to come to us
 *
 * KEY is base32 (RFC 4648 section 6, without padding) of the 32 bytes of the key and 3 bytes of
 * checksum, the first of BLAKE2b-256("hullo link 1" | key): 35 bytes are 56 letters and digits with
 * no bit to spare, so that a key has one spelling but for the case, which does not matter. 0, 1, 8
 * and 9 do not occur, and no mistyped key passes but one in 16 million. That the lengths fit so
 * well was learned from Tor's onion addresses. Pure; any thread. */
#ifndef HL_LINK_H
#define HL_LINK_H

#include "contact.h"

enum {
    HL_LINK_KEY = 56,                                       /* letters and digits of a key */
    HL_LINK_MAX = 6 + HL_LINK_KEY + 1 + HL_CONTACT_ADDRESS, /* bytes of a link with NUL */
};

struct hl_link {
    uint8_t key[HL_CONTACT_KEY];
    char address[HL_CONTACT_ADDRESS]; /* "" = none */
};

/* Whether text begins as a link does, right or wrong. */
bool hl_link_is(const char *text);

/* Returns NULL, or why text is no link. */
const char *hl_link_parse(const char *text, struct hl_link *out)
    __attribute__((warn_unused_result));

/* Writes the link; the key in lower case. Returns out. */
const char *hl_link_format(const struct hl_link *link, char out[static HL_LINK_MAX]);

#endif
