/* SPDX-License-Identifier: MIT */
/* Who we are: the static private key of this home, made when it is first needed.
 *
 * The file `key` holds one line, "hullo-key-1 " and 64 hexadecimal digits. It is created whole or
 * not at all (a temporary file, fsync, link), mode 0600, and never replaced: when two processes
 * make one at the same time both use the first. A file that others may read, or that is not what
 * we wrote, is an error and stays as it is. */
#ifndef HL_IDENTITY_H
#define HL_IDENTITY_H

#include "options.h"

enum {
    HL_IDENTITY_KEY = 32,       /* bytes */
    HL_IDENTITY_SHORT = 16 + 4, /* "1f2e 3d4c 5b6a 7988" with NUL */
    HL_IDENTITY_HEX = 64 + 1,   /* all of a key, with NUL */
};

/* Returns 0, or -1 with "what: why" in why (exit status 7). secret is the caller's to wipe. */
int hl_identity_load(const struct hl_options *o, uint8_t secret[static HL_IDENTITY_KEY],
                     char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* The first 64 bits of a public key: enough to tell peers apart on the screen, not to verify. */
const char *hl_identity_short(const uint8_t key[static HL_IDENTITY_KEY],
                              char out[static HL_IDENTITY_SHORT]);
const char *hl_identity_hex(const uint8_t key[static HL_IDENTITY_KEY],
                            char out[static HL_IDENTITY_HEX]);

#endif
