/* SPDX-License-Identifier: MIT */
/* The cryptographic functions that Noise, cookies and packets are made of, over libsodium, which
 * net/core knows nowhere else. Pure functions of their arguments: any thread, no allocation but in
 * hl_crypt_stretch().
 * hl_crypt_init() of net/io/entropy.h chooses the processor's fastest code once per process;
 * without it everything works, slower. */
#ifndef HL_CRYPT_H
#define HL_CRYPT_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_KEY_SIZE = 32,    /* X25519, ChaCha20 and BLAKE2b keys */
    HL_HASH_SIZE = 32,   /* SHA-256 */
    HL_TAG_SIZE = 16,    /* Poly1305, behind every sealed text */
    HL_MAC_SIZE = 16,    /* BLAKE2b-128 */
    HL_XNONCE_SIZE = 24, /* XChaCha20: long enough to be drawn at random */
    HL_SHA512_SIZE = 64,
    HL_SALT_SIZE = 16, /* Argon2id */
    HL_PASSES_MAX = 16,
    HL_PASSES_KIB_MIN = 8,
    HL_PASSES_KIB_MAX = 1024 * 1024,
};

/* Zeroes memory in a way that the compiler does not take out. */
void hl_crypt_wipe(void *at, size_t len);

/* Takes the same time wherever the first difference is. */
bool hl_crypt_equal(const void *a, const void *b, size_t len);

/* X25519, RFC 7748. The secret is any 32 random bytes. */
void hl_crypt_public(uint8_t out[HL_KEY_SIZE], const uint8_t secret[HL_KEY_SIZE]);

/* False, with out zeroed, if the peer's point is of low order: the result would not depend on the
 * secret (RFC 7748 section 6.1). */
bool hl_crypt_dh(uint8_t out[HL_KEY_SIZE], const uint8_t secret[HL_KEY_SIZE],
                 const uint8_t peer[HL_KEY_SIZE]) __attribute__((warn_unused_result));

/* ChaCha20-Poly1305, RFC 8439, with the nonce of Noise: 32 zero bits, then the counter, little
 * endian. Seals the len bytes at text in place and writes the tag behind them, so that text has
 * room for len + HL_TAG_SIZE. One key never seals twice with one counter. */
void hl_crypt_seal(const uint8_t key[HL_KEY_SIZE], uint64_t counter, struct hl_bytes ad,
                   uint8_t *text, size_t len);

/* Opens a sealed text, tag included, of any length. True: the first sealed.len - HL_TAG_SIZE bytes
 * of out are the plaintext. False: it is not authentic, and out holds nothing of it. out may be
 * sealed.at, else they do not overlap. */
bool hl_crypt_open(const uint8_t key[HL_KEY_SIZE], uint64_t counter, struct hl_bytes ad,
                   struct hl_bytes sealed, uint8_t *out) __attribute__((warn_unused_result));

/* The same with XChaCha20 (draft-irtf-cfrg-xchacha-03) and a random nonce. */
void hl_crypt_xseal(const uint8_t key[HL_KEY_SIZE], const uint8_t nonce[HL_XNONCE_SIZE],
                    struct hl_bytes ad, uint8_t *text, size_t len);
bool hl_crypt_xopen(const uint8_t key[HL_KEY_SIZE], const uint8_t nonce[HL_XNONCE_SIZE],
                    struct hl_bytes ad, struct hl_bytes sealed, uint8_t *out)
    __attribute__((warn_unused_result));

/* Hashes of a followed by b. out may be part of either. */
void hl_crypt_sha256(uint8_t out[HL_HASH_SIZE], struct hl_bytes a, struct hl_bytes b);
void hl_crypt_sha512(uint8_t out[HL_SHA512_SIZE], struct hl_bytes a, struct hl_bytes b);
void hl_crypt_blake2b(uint8_t out[HL_HASH_SIZE], struct hl_bytes a, struct hl_bytes b);

/* HMAC-SHA256, RFC 2104, of a followed by b. */
void hl_crypt_hmac(uint8_t out[HL_HASH_SIZE], const uint8_t key[HL_HASH_SIZE], struct hl_bytes a,
                   struct hl_bytes b);

/* BLAKE2b-128 with a key of 16 to 64 bytes, RFC 7693, of a followed by b: cheap, for what is
 * checked before any state is made. */
void hl_crypt_mac(uint8_t out[HL_MAC_SIZE], struct hl_bytes key, struct hl_bytes a,
                  struct hl_bytes b);

/* A key from a passphrase: Argon2id, RFC 9106, version 1.3, one lane, passes over kib KiB of memory
 * (the library's own, wiped). 0, -EINVAL for parameters out of the bounds above, -ENOMEM. */
int hl_crypt_stretch(uint8_t out[HL_KEY_SIZE], struct hl_bytes passphrase,
                     const uint8_t salt[HL_SALT_SIZE], uint32_t passes, uint32_t kib)
    __attribute__((warn_unused_result));

/* HKDF as Noise revision 34 section 4.3 has it: count (2 or 3) outputs from the chaining key and
 * the input. out may not overlap with chain or input. */
void hl_crypt_hkdf(uint8_t out[][HL_HASH_SIZE], unsigned count, const uint8_t chain[HL_HASH_SIZE],
                   struct hl_bytes input);

#endif
