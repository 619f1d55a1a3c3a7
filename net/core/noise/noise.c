/* SPDX-License-Identifier: MIT */
/* Names of variables and functions are those of the specification, section 5:
 *   h, ck, k, n     hash, chaining key, cipher key and nonce
 *   s, e, rs, re    static and ephemeral keys, own and remote */
#include "noise.h"
#include "err.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    MESSAGES_MAX = 3,
    TOKENS_MAX = 5, /* of one message, with END */
};

/* Of the DH tokens the first letter names the initiator's key and the second the responder's. */
enum token {
    END,
    E,
    S,
    EE,
    ES,
    SE,
    SS,
    PSK,
};

/* Message 0 is the initiator's, then they alternate. */
static const struct pattern {
    const char *name;
    bool knows_initiator, knows_responder; /* whose static key is known to the other before */
    bool psk;
    uint8_t messages;
    uint8_t tokens[MESSAGES_MAX][TOKENS_MAX];
} patterns[HL_NOISE_PATTERNS] = {
    [HL_NOISE_XX] = {"Noise_XX_25519_ChaChaPoly_SHA256", .messages = 3,
                     .tokens = {{E}, {E, EE, S, ES}, {S, SE}}},
    [HL_NOISE_IK] = {"Noise_IK_25519_ChaChaPoly_SHA256", .knows_responder = true, .messages = 2,
                     .tokens = {{E, ES, S, SS}, {E, EE, SE}}},
    [HL_NOISE_KK] = {"Noise_KK_25519_ChaChaPoly_SHA256", .knows_initiator = true,
                     .knows_responder = true, .messages = 2, .tokens = {{E, ES, SS}, {E, EE, SE}}},
    [HL_NOISE_XXPSK3] = {"Noise_XXpsk3_25519_ChaChaPoly_SHA256", .psk = true, .messages = 3,
                         .tokens = {{E}, {E, EE, S, ES}, {S, SE, PSK}}},
    [HL_NOISE_IKPSK2] = {"Noise_IKpsk2_25519_ChaChaPoly_SHA256", .knows_responder = true,
                         .psk = true, .messages = 2, .tokens = {{E, ES, S, SS}, {E, EE, SE, PSK}}},
};

static const struct pattern *pattern_of(const struct hl_noise *h)
{
    return &patterns[h->pattern];
}

static const uint8_t *tokens_of(const struct hl_noise *h)
{
    return pattern_of(h)->tokens[h->message];
}

static struct hl_bytes key_bytes(const uint8_t key[HL_KEY_SIZE])
{
    return (struct hl_bytes){key, HL_KEY_SIZE};
}

static void mix_hash(struct hl_noise *h, struct hl_bytes data)
{
    hl_crypt_sha256(h->h, key_bytes(h->h), data);
}

/* MixKey() takes two outputs of HKDF, MixKeyAndHash() three, of which it hashes the middle one. */
static void mix(struct hl_noise *h, const uint8_t input[HL_KEY_SIZE], bool and_hash)
{
    uint8_t out[3][HL_HASH_SIZE];
    unsigned last = and_hash ? 2 : 1;

    hl_crypt_hkdf(out, last + 1, h->ck, key_bytes(input));
    memcpy(h->ck, out[0], sizeof h->ck);
    if (and_hash)
        mix_hash(h, key_bytes(out[1]));
    memcpy(h->k, out[last], sizeof h->k);
    h->n = 0;
    h->has_k = true;
    hl_crypt_wipe(out, sizeof out);
}

static void mix_key(struct hl_noise *h, const uint8_t input[HL_KEY_SIZE])
{
    mix(h, input, false);
}

static void mix_key_and_hash(struct hl_noise *h, const uint8_t input[HL_KEY_SIZE])
{
    mix(h, input, true);
}

/* Section 9.2: where a psk takes part, so does the ephemeral key, lest a key be used twice. */
static void mix_ephemeral(struct hl_noise *h, const uint8_t e_public[HL_KEY_SIZE])
{
    mix_hash(h, key_bytes(e_public));
    if (pattern_of(h)->psk)
        mix_key(h, e_public);
}

static bool is_ephemeral(enum token token, bool of_initiator)
{
    return token == EE || token == (of_initiator ? ES : SE);
}

static bool mix_dh(struct hl_noise *h, enum token token)
{
    const uint8_t *own = is_ephemeral(token, h->initiator) ? h->e : h->s;
    const uint8_t *remote = is_ephemeral(token, !h->initiator) ? h->re : h->rs;
    uint8_t shared[HL_KEY_SIZE];
    bool good = hl_crypt_dh(shared, own, remote);

    if (good)
        mix_key(h, shared);
    hl_crypt_wipe(shared, sizeof shared);
    return good;
}

/* Bytes of plaintext at out become bytes of message there, sealed if there is a key; how many. */
static size_t encrypt_and_hash(struct hl_noise *h, uint8_t *out, size_t len)
{
    if (h->has_k) {
        hl_crypt_seal(h->k, h->n++, key_bytes(h->h), out, len);
        len += HL_TAG_SIZE;
    }
    mix_hash(h, (struct hl_bytes){out, len});
    return len;
}

static bool decrypt_and_hash(struct hl_noise *h, uint8_t *out, struct hl_bytes in)
{
    if (h->has_k) {
        if (!hl_crypt_open(h->k, h->n++, key_bytes(h->h), in, out))
            return false;
    } else if (in.len) {
        memcpy(out, in.at, in.len);
    }
    mix_hash(h, in);
    return true;
}

static size_t tag_len(const struct hl_noise *h)
{
    return h->has_k ? HL_TAG_SIZE : 0;
}

/* at is moved behind what the token puts there. */
static bool write_token(struct hl_noise *h, enum token token, const uint8_t e_secret[HL_KEY_SIZE],
                        uint8_t **at)
{
    switch (token) {
    case E:
        memcpy(h->e, e_secret, sizeof h->e);
        hl_crypt_public(*at, h->e);
        mix_ephemeral(h, *at);
        *at += HL_KEY_SIZE;
        return true;
    case S:
        memcpy(*at, h->s_public, HL_KEY_SIZE);
        *at += encrypt_and_hash(h, *at, HL_KEY_SIZE);
        return true;
    case PSK:
        mix_key_and_hash(h, h->psk);
        return true;
    case EE:
    case ES:
    case SE:
    case SS:
        return mix_dh(h, token);
    case END:
        break;
    }
    return false;
}

static struct hl_bytes take(struct hl_bytes *from, size_t len)
{
    struct hl_bytes taken = {from->at, len};

    from->at += len;
    from->len -= len;
    return taken;
}

/* in has the bytes that the token needs, and loses them. */
static bool read_token(struct hl_noise *h, enum token token, struct hl_bytes *in)
{
    switch (token) {
    case E:
        memcpy(h->re, take(in, HL_KEY_SIZE).at, sizeof h->re);
        mix_ephemeral(h, h->re);
        return true;
    case S:
        h->has_rs = true;
        return decrypt_and_hash(h, h->rs, take(in, HL_KEY_SIZE + tag_len(h)));
    case PSK:
        mix_key_and_hash(h, h->psk);
        return true;
    case EE:
    case ES:
    case SE:
    case SS:
        return mix_dh(h, token);
    case END:
        break;
    }
    return false;
}

/* The name of the protocol, hashed if it is longer than a hash: section 5.2, InitializeSymmetric.
 */
static void initialize_symmetric(struct hl_noise *h)
{
    const char *name = pattern_of(h)->name;
    struct hl_bytes bytes = {(const uint8_t *)name, strlen(name)};

    if (bytes.len <= sizeof h->h)
        memcpy(h->h, bytes.at, bytes.len);
    else
        hl_crypt_sha256(h->h, bytes, (struct hl_bytes){NULL, 0});
    memcpy(h->ck, h->h, sizeof h->ck);
}

void hl_noise_init(struct hl_noise *h, enum hl_noise_pattern pattern, bool initiator,
                   const struct hl_noise_keys *keys)
{
    const struct pattern *p = &patterns[pattern];

    memset(h, 0, sizeof *h);
    h->pattern = (uint8_t)pattern;
    h->initiator = initiator;
    memcpy(h->s, keys->s, sizeof h->s);
    if (keys->s_public)
        memcpy(h->s_public, keys->s_public, sizeof h->s_public);
    else
        hl_crypt_public(h->s_public, h->s);
    h->has_rs = initiator ? p->knows_responder : p->knows_initiator;
    assert(!h->has_rs || keys->rs);
    if (h->has_rs)
        memcpy(h->rs, keys->rs, sizeof h->rs);
    if (keys->psk)
        memcpy(h->psk, keys->psk, sizeof h->psk);

    initialize_symmetric(h);
    mix_hash(h, keys->prologue);
    if (p->knows_initiator)
        mix_hash(h, key_bytes(initiator ? h->s_public : h->rs));
    if (p->knows_responder)
        mix_hash(h, key_bytes(initiator ? h->rs : h->s_public));
}

void hl_noise_set_psk(struct hl_noise *h, const uint8_t psk[HL_KEY_SIZE])
{
    memcpy(h->psk, psk, sizeof h->psk);
}

bool hl_noise_done(const struct hl_noise *h)
{
    return h->message == pattern_of(h)->messages;
}

bool hl_noise_our_turn(const struct hl_noise *h)
{
    return !hl_noise_done(h) && (h->message % 2 == 0) == h->initiator;
}

size_t hl_noise_overhead(const struct hl_noise *h)
{
    bool has_k = h->has_k;
    size_t len = 0;

    if (hl_noise_done(h))
        return 0;
    for (const uint8_t *t = tokens_of(h); *t != END; t++) {
        if (*t == E || *t == S)
            len += HL_KEY_SIZE;
        if (*t == S && has_k)
            len += HL_TAG_SIZE;
        if (*t == E)
            has_k |= pattern_of(h)->psk;
        else if (*t != S)
            has_k = true;
    }
    return len + (has_k ? HL_TAG_SIZE : 0);
}

/* The work on a message is done on a copy: only a message that is good throughout counts. */
static void commit(struct hl_noise *h, const struct hl_noise *next)
{
    *h = *next;
    h->message++;
}

int hl_noise_write(struct hl_noise *h, const uint8_t e_secret[HL_KEY_SIZE], struct hl_bytes payload,
                   uint8_t *out, size_t cap)
{
    size_t overhead = hl_noise_overhead(h);
    size_t max = cap < HL_NOISE_MESSAGE_MAX ? cap : HL_NOISE_MESSAGE_MAX;
    struct hl_noise next = *h;
    uint8_t *at = out;
    bool good = true;

    assert(hl_noise_our_turn(h));
    if (overhead > max || payload.len > max - overhead)
        return HL_ERR_TOO_LONG;
    for (const uint8_t *t = tokens_of(h); good && *t != END; t++)
        good = write_token(&next, (enum token) * t, e_secret, &at);
    if (good) {
        if (payload.len)
            memcpy(at, payload.at, payload.len);
        at += encrypt_and_hash(&next, at, payload.len);
        commit(h, &next);
    }
    hl_noise_wipe(&next);
    return good ? (int)(at - out) : -EBADMSG;
}

int hl_noise_read(struct hl_noise *h, struct hl_bytes message, uint8_t *out, size_t cap)
{
    size_t overhead = hl_noise_overhead(h);
    struct hl_noise next;
    bool good = true;

    if (hl_noise_done(h) || hl_noise_our_turn(h) || message.len < overhead ||
        message.len > HL_NOISE_MESSAGE_MAX)
        return -EBADMSG;
    if (message.len - overhead > cap)
        return HL_ERR_TOO_LONG;
    next = *h;
    for (const uint8_t *t = tokens_of(h); good && *t != END; t++)
        good = read_token(&next, (enum token) * t, &message);
    good = good && decrypt_and_hash(&next, out, message);
    if (good)
        commit(h, &next);
    message.len -= tag_len(&next);
    hl_noise_wipe(&next);
    return good ? (int)message.len : -EBADMSG;
}

const uint8_t *hl_noise_remote(const struct hl_noise *h)
{
    return h->has_rs ? h->rs : NULL;
}

void hl_noise_split(const struct hl_noise *h, struct hl_noise_split *out)
{
    uint8_t keys[2]
                [HL_HASH_SIZE]; /* of what the initiator sends, then of what the responder sends */

    assert(hl_noise_done(h));
    hl_crypt_hkdf(keys, 2, h->ck, (struct hl_bytes){NULL, 0});
    memcpy(out->send, keys[!h->initiator], sizeof out->send);
    memcpy(out->recv, keys[h->initiator], sizeof out->recv);
    memcpy(out->hash, h->h, sizeof out->hash);
    hl_crypt_wipe(keys, sizeof keys);
}

void hl_noise_wipe(struct hl_noise *h)
{
    hl_crypt_wipe(h, sizeof *h);
}
