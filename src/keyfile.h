/* SPDX-License-Identifier: MIT */
/* The text of a key file: one line, in one of two forms.
 *
 *   hullo-key-1 SECRET
 *   hullo-key-2 argon2id PASSES KIB SALT NONCE SEALED
 *
 * SECRET: the private key. SEALED, under a passphrase: private key and the key of the store, with
 * XChaCha20-Poly1305, the line up to and with SALT as associated data, and the key that Argon2id
 * makes of the passphrase. The key of the store is random: another passphrase does not touch the
 * store. Bytes are lower-case hexadecimal, numbers decimal; nothing has two spellings. The costs
 * are read from the file, within the bounds of crypt.h: a file that somebody put there asks for
 * neither a hundred gigabytes nor a year.
 * Whoever reads or makes a key wipes it. Any thread. */
#ifndef HL_KEYFILE_H
#define HL_KEYFILE_H

#include "bytes.h"
#include "crypt.h"

#include <stdbool.h>

enum {
    HL_IDENTITY_KEY = HL_KEY_SIZE,
    HL_KEYFILE_MAX = 384,   /* bytes of the text */
    HL_KEYFILE_PASSES = 3,  /* what a new file costs: RFC 9106 section 4, for hosts with little */
    HL_KEYFILE_KIB = 65536, /* memory; a quarter of a second on a small one */
};

/* What a home's key file holds. */
struct hl_secrets {
    uint8_t secret[HL_IDENTITY_KEY];
    uint8_t seal[HL_IDENTITY_KEY]; /* of the store */
    bool sealed;                   /* there is a passphrase, and seal counts */
};

void hl_keyfile_wipe(struct hl_secrets *secrets);

enum hl_keyfile_form {
    HL_KEYFILE_BAD,
    HL_KEYFILE_OPEN,
    HL_KEYFILE_SEALED,
};

/* What form the text has. Not whether it can be opened. */
enum hl_keyfile_form hl_keyfile_form(const char *text, size_t len);

/* Takes the identity from the text; passphrase: NULL for the open form. Returns 0, -EINVAL (not a
 * key file), HL_ERR_PASSPHRASE (wrong, or the file was altered), -ENOMEM. */
int hl_keyfile_read(const char *text, size_t len, const struct hl_bytes *passphrase,
                    struct hl_secrets *out) __attribute__((warn_unused_result));

/* Writes the text of the identity, sealed if passphrase is not NULL. random: SALT and NONCE bytes
 * of it. Returns its length, or -ENOMEM. */
enum {
    HL_KEYFILE_RANDOM = HL_SALT_SIZE + HL_XNONCE_SIZE,
};
int hl_keyfile_write(char out[static HL_KEYFILE_MAX], const struct hl_secrets *id,
                     const struct hl_bytes *passphrase,
                     const uint8_t random[static HL_KEYFILE_RANDOM])
    __attribute__((warn_unused_result));

#endif
