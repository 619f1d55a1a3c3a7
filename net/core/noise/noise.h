/* SPDX-License-Identifier: MIT */
/* The handshake of the Noise Protocol Framework, revision 34 (noiseprotocol.org), with X25519,
 * ChaCha20-Poly1305 and SHA-256. One struct is one handshake of one side: write and read in turn
 * until hl_noise_done(), then hl_noise_split(), then hl_noise_wipe(). Pure; one thread at a time;
 * the struct may be copied and moved. Random bytes come from the caller. */
#ifndef HL_NOISE_H
#define HL_NOISE_H

#include "crypt.h"

enum hl_noise_pattern {
    HL_NOISE_XX,
    HL_NOISE_IK,
    HL_NOISE_KK,
    HL_NOISE_XXPSK3, /* to an address, trust on first use */
    HL_NOISE_IKPSK2, /* to a contact whose key is known */
    HL_NOISE_PATTERNS
};

enum {
    HL_NOISE_MESSAGE_MAX = 65535, /* bytes, section 3 of the specification */
};

/* What one side starts with. Everything is copied. */
struct hl_noise_keys {
    struct hl_bytes prologue; /* what both sides must agree on */
    const uint8_t *s;         /* own secret key */
    const uint8_t *s_public;  /* own public key, or NULL: computed, which takes tens of us */
    const uint8_t *rs;        /* the peer's public key: IK and IKpsk2 as initiator, KK; else NULL */
    const uint8_t *psk;       /* 32 bytes, or NULL: zeros */
};

struct hl_noise {
    uint8_t h[HL_HASH_SIZE];  /* hash of all that was said */
    uint8_t ck[HL_HASH_SIZE]; /* chaining key */
    uint8_t k[HL_KEY_SIZE];   /* key of the moment, once has_k */
    uint8_t s[HL_KEY_SIZE], s_public[HL_KEY_SIZE];
    uint8_t e[HL_KEY_SIZE];                   /* own ephemeral secret, once drawn */
    uint8_t rs[HL_KEY_SIZE], re[HL_KEY_SIZE]; /* the peer's public keys, once known */
    uint8_t psk[HL_KEY_SIZE];
    uint32_t n;      /* texts sealed with k; its use as a nonce ends with the next key */
    uint8_t pattern; /* enum hl_noise_pattern */
    uint8_t message; /* number of the next message */
    bool initiator, has_k, has_rs;
};

/* Keys that the pattern asks for must be there: it is our own fault otherwise, and asserted. */
void hl_noise_init(struct hl_noise *h, enum hl_noise_pattern pattern, bool initiator,
                   const struct hl_noise_keys *keys);

/* Replaces the pre-shared key, any time before the message that uses it: a responder of IKpsk2
 * knows after message 1 whose key to take. */
void hl_noise_set_psk(struct hl_noise *h, const uint8_t psk[HL_KEY_SIZE]);

/* Whether the next message is ours to write. False on both sides once done. */
bool hl_noise_our_turn(const struct hl_noise *h);

/* Whether the last message has been written or read. */
bool hl_noise_done(const struct hl_noise *h);

/* Bytes of the next message, of either side, besides its payload. 0 once done. */
size_t hl_noise_overhead(const struct hl_noise *h);

/* Writes the next message to out: its length, HL_ERR_TOO_LONG if cap or HL_NOISE_MESSAGE_MAX is too
 * small, -EBADMSG if a key of the peer is of low order. e_secret is 32 fresh random bytes, the
 * caller's to wipe; a message without an ephemeral key leaves them alone. payload and out do not
 * overlap. A failed call leaves h as it was. */
int hl_noise_write(struct hl_noise *h, const uint8_t e_secret[HL_KEY_SIZE], struct hl_bytes payload,
                   uint8_t *out, size_t cap);

/* Reads the next message: the length of its payload, or -EBADMSG for anything that an honest peer
 * with the expected keys would not have sent now, or HL_ERR_TOO_LONG if an acceptable length does
 * not fit cap. A failed call leaves h as it was, so a forged message does not disturb a handshake
 * that waits for the true one; out may then have been written to. out and message do not
 * overlap. */
int hl_noise_read(struct hl_noise *h, struct hl_bytes message, uint8_t *out, size_t cap);

/* The peer's static public key, 32 bytes in h, once it is known; else NULL. Read from a message, it
 * is only proven by the next message of the peer that is authentic. */
const uint8_t *hl_noise_remote(const struct hl_noise *h);

/* Keys of the session. hash is equal on both sides and unique to the handshake (channel binding,
 * section 11.2). */
struct hl_noise_split {
    uint8_t send[HL_KEY_SIZE];
    uint8_t recv[HL_KEY_SIZE];
    uint8_t hash[HL_HASH_SIZE];
};

/* Once done. The caller wipes out. */
void hl_noise_split(const struct hl_noise *h, struct hl_noise_split *out);

/* Leaves no key and no other trace. */
void hl_noise_wipe(struct hl_noise *h);

#endif
