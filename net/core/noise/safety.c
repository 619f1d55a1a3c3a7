/* SPDX-License-Identifier: MIT */
/* The idea is that of Signal's numeric fingerprint: 30 digits (99.7 bits) for each key, the smaller
 * half first. A forger must find a second key of the same 30 digits. Each trial costs him
 * ROUNDS hashes, which adds 12 bits; SHA-512 because it is the slowest hash that we have for short
 * input, and all that matters here is what a trial costs. */
#include "safety.h"

#include <string.h>

enum {
    ROUNDS = 5200,
    HALF = HL_SAFETY_DIGITS / 2,
    GROUP = 5,       /* digits out of GROUP_BYTES bytes: the bias is below 2^-23 */
    GROUP_BYTES = 5, /* big-endian */
};

static const char label[] = "hullo safety number 1";

static void half_number(const uint8_t key[HL_KEY_SIZE], char out[HALF])
{
    struct hl_bytes key_bytes = {key, HL_KEY_SIZE};
    uint8_t hash[HL_SHA512_SIZE];

    hl_crypt_sha512(hash, (struct hl_bytes){(const uint8_t *)label, sizeof label - 1}, key_bytes);
    for (int i = 1; i < ROUNDS; i++)
        hl_crypt_sha512(hash, (struct hl_bytes){hash, sizeof hash}, key_bytes);
    for (size_t group = 0; group < HALF / GROUP; group++) {
        uint64_t value = 0;

        for (size_t i = 0; i < GROUP_BYTES; i++)
            value = value << 8 | hash[group * GROUP_BYTES + i];
        for (size_t i = GROUP; i-- > 0; value /= 10)
            out[group * GROUP + i] = (char)('0' + value % 10);
    }
}

void hl_safety_number(const uint8_t a[HL_KEY_SIZE], const uint8_t b[HL_KEY_SIZE],
                      char out[HL_SAFETY_DIGITS + 1])
{
    bool a_first = memcmp(a, b, HL_KEY_SIZE) <= 0; /* public keys: no secret to leak */

    half_number(a, a_first ? out : out + HALF);
    half_number(b, a_first ? out + HALF : out);
    out[HL_SAFETY_DIGITS] = '\0';
}
