/* SPDX-License-Identifier: MIT */
#include "crypt.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert(HL_KEY_SIZE == crypto_scalarmult_curve25519_BYTES, "X25519");
_Static_assert(HL_KEY_SIZE == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "ChaCha20");
_Static_assert(HL_TAG_SIZE == crypto_aead_chacha20poly1305_ietf_ABYTES, "Poly1305");
_Static_assert(HL_XNONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20");
_Static_assert(HL_HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256");
_Static_assert(HL_SALT_SIZE == crypto_pwhash_argon2id_SALTBYTES, "Argon2id");
_Static_assert(HL_SHA512_SIZE == crypto_hash_sha512_BYTES, "SHA-512");

enum {
    NONCE_LEN = crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
};

void hl_crypt_wipe(void *at, size_t len)
{
    sodium_memzero(at, len);
}

bool hl_crypt_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void hl_crypt_public(uint8_t out[HL_KEY_SIZE], const uint8_t secret[HL_KEY_SIZE])
{
    crypto_scalarmult_curve25519_base(out, secret);
}

bool hl_crypt_dh(uint8_t out[HL_KEY_SIZE], const uint8_t secret[HL_KEY_SIZE],
                 const uint8_t peer[HL_KEY_SIZE])
{
    if (crypto_scalarmult_curve25519(out, secret, peer) == 0)
        return true;
    hl_crypt_wipe(out, HL_KEY_SIZE);
    return false;
}

static void noise_nonce(uint8_t nonce[NONCE_LEN], uint64_t counter)
{
    memset(nonce, 0, 4);
    for (unsigned i = 0; i < 8; i++)
        nonce[4 + i] = (uint8_t)(counter >> 8 * i);
}

void hl_crypt_seal(const uint8_t key[HL_KEY_SIZE], uint64_t counter, struct hl_bytes ad,
                   uint8_t *text, size_t len)
{
    uint8_t nonce[NONCE_LEN];

    noise_nonce(nonce, counter);
    crypto_aead_chacha20poly1305_ietf_encrypt_detached(text, text + len, NULL, text, len, ad.at,
                                                       ad.len, NULL, nonce, key);
}

bool hl_crypt_open(const uint8_t key[HL_KEY_SIZE], uint64_t counter, struct hl_bytes ad,
                   struct hl_bytes sealed, uint8_t *out)
{
    size_t len = sealed.len - HL_TAG_SIZE;
    uint8_t nonce[NONCE_LEN];

    if (sealed.len < HL_TAG_SIZE)
        return false;
    noise_nonce(nonce, counter);
    return crypto_aead_chacha20poly1305_ietf_decrypt_detached(
               out, NULL, sealed.at, len, sealed.at + len, ad.at, ad.len, nonce, key) == 0;
}

void hl_crypt_xseal(const uint8_t key[HL_KEY_SIZE], const uint8_t nonce[HL_XNONCE_SIZE],
                    struct hl_bytes ad, uint8_t *text, size_t len)
{
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(text, text + len, NULL, text, len, ad.at,
                                                        ad.len, NULL, nonce, key);
}

bool hl_crypt_xopen(const uint8_t key[HL_KEY_SIZE], const uint8_t nonce[HL_XNONCE_SIZE],
                    struct hl_bytes ad, struct hl_bytes sealed, uint8_t *out)
{
    size_t len = sealed.len - HL_TAG_SIZE;

    if (sealed.len < HL_TAG_SIZE)
        return false;
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               out, NULL, sealed.at, len, sealed.at + len, ad.at, ad.len, nonce, key) == 0;
}

void hl_crypt_sha256(uint8_t out[HL_HASH_SIZE], struct hl_bytes a, struct hl_bytes b)
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, a.at, a.len);
    crypto_hash_sha256_update(&state, b.at, b.len);
    crypto_hash_sha256_final(&state, out); /* wipes the state */
}

void hl_crypt_sha512(uint8_t out[HL_SHA512_SIZE], struct hl_bytes a, struct hl_bytes b)
{
    crypto_hash_sha512_state state;

    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, a.at, a.len);
    crypto_hash_sha512_update(&state, b.at, b.len);
    crypto_hash_sha512_final(&state, out); /* wipes the state */
}

static void blake2b(struct hl_bytes key, uint8_t *out, size_t out_len, struct hl_bytes a,
                    struct hl_bytes b)
{
    crypto_generichash_blake2b_state state;

    (void)crypto_generichash_blake2b_init(&state, key.at, key.len, out_len);
    (void)crypto_generichash_blake2b_update(&state, a.at, a.len);
    (void)crypto_generichash_blake2b_update(&state, b.at, b.len);
    (void)crypto_generichash_blake2b_final(&state, out, out_len);
    hl_crypt_wipe(&state, sizeof state);
}

void hl_crypt_blake2b(uint8_t out[HL_HASH_SIZE], struct hl_bytes a, struct hl_bytes b)
{
    blake2b((struct hl_bytes){NULL, 0}, out, HL_HASH_SIZE, a, b);
}

void hl_crypt_mac(uint8_t out[HL_MAC_SIZE], struct hl_bytes key, struct hl_bytes a,
                  struct hl_bytes b)
{
    blake2b(key, out, HL_MAC_SIZE, a, b);
}

void hl_crypt_hmac(uint8_t out[HL_HASH_SIZE], const uint8_t key[HL_HASH_SIZE], struct hl_bytes a,
                   struct hl_bytes b)
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, HL_HASH_SIZE);
    crypto_auth_hmacsha256_update(&state, a.at, a.len);
    crypto_auth_hmacsha256_update(&state, b.at, b.len);
    crypto_auth_hmacsha256_final(&state, out);
    hl_crypt_wipe(&state, sizeof state);
}

int hl_crypt_stretch(uint8_t out[HL_KEY_SIZE], struct hl_bytes passphrase,
                     const uint8_t salt[HL_SALT_SIZE], uint32_t passes, uint32_t kib)
{
    if (passes < 1 || passes > HL_PASSES_MAX || kib < HL_PASSES_KIB_MIN || kib > HL_PASSES_KIB_MAX)
        return -EINVAL;
    return crypto_pwhash_argon2id(out, HL_KEY_SIZE, (const char *)passphrase.at, passphrase.len,
                                  salt, passes, (size_t)kib * 1024,
                                  crypto_pwhash_argon2id_ALG_ARGON2ID13)
               ? -ENOMEM
               : 0;
}

void hl_crypt_hkdf(uint8_t out[][HL_HASH_SIZE], unsigned count, const uint8_t chain[HL_HASH_SIZE],
                   struct hl_bytes input)
{
    struct hl_bytes before = {NULL, 0};
    uint8_t temp[HL_HASH_SIZE];

    assert(count >= 2 && count <= 3);
    hl_crypt_hmac(temp, chain, input, before);
    for (unsigned i = 0; i < count; i++) {
        uint8_t number = (uint8_t)(i + 1);

        hl_crypt_hmac(out[i], temp, before, (struct hl_bytes){&number, 1});
        before = (struct hl_bytes){out[i], HL_HASH_SIZE};
    }
    hl_crypt_wipe(temp, sizeof temp);
}
