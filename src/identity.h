/* SPDX-License-Identifier: MIT */
/* Who we are: the static private key of this home, made when it is first needed.
 *
 * The file `key` (keyfile.h) is created whole or not at all (a temporary file, fsync, link), mode
 * 0600; when two processes make one at the same time both use the first. A file that others may
 * read, or that is not what we wrote, is an error and stays as it is. It is replaced only to set,
 * change or take away its passphrase.
 *
 * With a passphrase the file holds the key of the store as well, and the store is sealed. Of the
 * two, the file always comes first to the passphrase and goes last from it, so that a crash between
 * them leaves a store in the open beside a file with a passphrase, never a sealed store whose key
 * is lost; that state is seen and put right when the home is opened next.
 *
 * From the first secret on there is no core dump of the process, and no debugger is let at it. */
#ifndef HL_IDENTITY_H
#define HL_IDENTITY_H

#include "keyfile.h"
#include "options.h"

enum {
    HL_IDENTITY_SHORT = 16 + 4, /* "1f2e 3d4c 5b6a 7988" with NUL */
    HL_IDENTITY_HEX = 64 + 1,   /* all of a key, with NUL */
};

/* Reads the key, or makes one. If it has a passphrase, that comes from --passphrase-file or the
 * terminal (three tries). Returns 0, or with "what: why" in why: HL_ERR_STORAGE,
 * HL_ERR_PASSPHRASE, -EINTR (passphrase.h). out is the caller's to wipe. */
int hl_identity_load(const struct hl_options *o, struct hl_secrets *out,
                     char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* Whether the key has a passphrase, without asking for it. Returns 0 or HL_ERR_STORAGE. */
int hl_identity_sealed(const struct hl_options *o, bool *sealed, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* Puts a key file with that identity in the place of the one there is, sealed if passphrase is not
 * NULL. After a crash either the old file is there or the new one. The old one's bytes are
 * overwritten, which helps where the file system and the disk write in place; and so are those of
 * temporary files that a crash has left. The caller holds the lock of the home. Returns 0, or
 * HL_ERR_STORAGE with "what: why". */
int hl_identity_replace(const struct hl_options *o, const struct hl_secrets *id,
                        const struct hl_bytes *passphrase, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* The first 64 bits of a public key: enough to tell peers apart on the screen, not to verify. */
const char *hl_identity_short(const uint8_t key[static HL_IDENTITY_KEY],
                              char out[static HL_IDENTITY_SHORT]);
const char *hl_identity_hex(const uint8_t key[static HL_IDENTITY_KEY],
                            char out[static HL_IDENTITY_HEX]);

#endif
