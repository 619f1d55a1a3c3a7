/* SPDX-License-Identifier: MIT */
/* Sealed columns: nonce, XChaCha20-Poly1305 ciphertext, tag. Each is bound to its column and row by
 * associated data, so that none can be put in another's place; empty ones stay empty, for sizes are
 * no secret. One thread. */
#ifndef HL_SEAL_H
#define HL_SEAL_H

#include "bytes.h"

#include <stdbool.h>

enum hl_sealed {                    /* in associated data: never renumbered */
                 HL_SEALED_NOT = 0, /* in the open */
                 HL_SEALED_CHECK = 1,
                 HL_SEALED_BODY = 2,
                 HL_SEALED_KEY = 3,
                 HL_SEALED_NEW_KEY = 4,
                 HL_SEALED_NAME = 5,
                 HL_SEALED_NICK = 6,
                 HL_SEALED_NOTE = 7,
                 HL_SEALED_ADDRESS = 8,
                 HL_SEALED_STASH = 9,
};

enum {
    HL_SEAL_EXTRA = 24 + 16, /* bytes that sealing adds */
};

struct hl_seal;

/* Keeps a copy of the 32 bytes in a page that is not swapped or dumped, as far as the system lets
 * us. key NULL: *out is NULL, which the functions below take for "in the open". -ENOMEM. */
int hl_seal_new(const uint8_t *key, struct hl_seal **out) __attribute__((warn_unused_result));
void hl_seal_free(struct hl_seal *seal);

/* What to store for plain: in out, which has room for plain.len + HL_SEAL_EXTRA, or plain. */
struct hl_bytes hl_seal_put(const struct hl_seal *seal, enum hl_sealed column, uint64_t row,
                            struct hl_bytes plain, uint8_t *out);
/* The other way. False: not what was sealed there, or longer than cap. */
bool hl_seal_get(const struct hl_seal *seal, enum hl_sealed column, uint64_t row,
                 struct hl_bytes stored, uint8_t *out, size_t cap, size_t *len);
/* Bytes that a stored column of so many bytes holds. */
size_t hl_seal_plain_len(const struct hl_seal *seal, size_t stored);

#endif
