/* SPDX-License-Identifier: MIT */
/* What a handshake message must carry before any work is done on it. The design is WireGuard's
 * (Jason Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 5.4.7):
 *   mac1  proves that the sender knows the responder's public key; a stranger gets no answer.
 *   mac2  under load only, proves that the sender is at its address: it is made with a cookie that
 *         was sent there. The responder keeps no state for it.
 * A message ends with both, 16 bytes each. Whoever does not know the responder's key (pattern XX)
 * takes 32 zero bytes instead. Pure; one thread at a time. */
#ifndef HL_COOKIE_H
#define HL_COOKIE_H

#include "crypt.h"
#include "env.h"
#include "types.h"

enum {
    HL_COOKIE_SIZE = 16,
    HL_COOKIE_MACS_SIZE = 2 * HL_MAC_SIZE, /* the end of every handshake message */
    HL_COOKIE_REPLY_SIZE = 64,
    HL_COOKIE_REPLY_TYPE = 0xfc, /* first byte of a cookie reply */
};

/* How long a cookie may be used after it was received. The responder takes it for longer. */
#define HL_COOKIE_LIFE HL_SECS(120)

/* Keys of one responder, worked out once. Not secret. */
struct hl_cookie_keys {
    uint8_t mac1[HL_KEY_SIZE];
    uint8_t reply[HL_KEY_SIZE];
};

/* responder is its static public key, or NULL if the sender does not know it. */
void hl_cookie_keys_init(struct hl_cookie_keys *keys, const uint8_t responder[HL_KEY_SIZE]);

/* Fills the last HL_COOKIE_MACS_SIZE of the len bytes at msg. cookie may be NULL: mac2 is zeros. */
void hl_cookie_stamp(uint8_t *msg, size_t len, const struct hl_cookie_keys *keys,
                     const uint8_t *cookie);

/* False also if msg is too short. */
bool hl_cookie_check_mac1(const uint8_t *msg, size_t len, const struct hl_cookie_keys *keys);

/* What a responder makes cookies with: a secret of at most 120 s, and the one before it, so that
 * each cookie is good for HL_COOKIE_LIFE at least and twice that at most. */
struct hl_cookie_jar {
    const struct hl_env *env;
    hl_time born;                   /* of the current secret */
    uint8_t secret[2][HL_KEY_SIZE]; /* current, previous */
};

void hl_cookie_jar_init(struct hl_cookie_jar *jar, const struct hl_env *env, hl_time now);
void hl_cookie_jar_wipe(struct hl_cookie_jar *jar);

/* The cookie of an address now. */
void hl_cookie_make(struct hl_cookie_jar *jar, const struct hl_addr *from, hl_time now,
                    uint8_t cookie[HL_COOKIE_SIZE]);

/* Whether msg, whose mac1 is good, carries a mac2 made with a living cookie of that address. */
bool hl_cookie_check_mac2(struct hl_cookie_jar *jar, const uint8_t *msg, size_t len,
                          const struct hl_addr *from, hl_time now);

/* A message that is answered with a cookie. */
struct hl_cookie_asked {
    const uint8_t *msg;
    size_t len;
    uint32_t index; /* that the sender gave itself */
};

/* The whole datagram that brings cookie to whoever sent the message, bound to its mac1: type, 3
 * zero bytes, the sender's index in big endian, nonce, sealed cookie. nonce is random. */
void hl_cookie_reply(const struct hl_cookie_asked *asked, const struct hl_cookie_keys *keys,
                     const uint8_t nonce[HL_XNONCE_SIZE], const uint8_t cookie[HL_COOKIE_SIZE],
                     uint8_t out[HL_COOKIE_REPLY_SIZE]);

/* The sender's side: mac1 is that of the message it sent last, keys those of the responder. The
 * index is for the caller to compare. */
bool hl_cookie_open(const uint8_t *reply, size_t len, const struct hl_cookie_keys *keys,
                    const uint8_t mac1[HL_MAC_SIZE], uint8_t cookie[HL_COOKIE_SIZE])
    __attribute__((warn_unused_result));

/* mac1 of a stamped message of len bytes. */
static inline const uint8_t *hl_cookie_mac1(const uint8_t *msg, size_t len)
{
    return msg + len - HL_COOKIE_MACS_SIZE;
}

#endif
