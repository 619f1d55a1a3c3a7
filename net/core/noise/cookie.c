/* SPDX-License-Identifier: MIT */
#include "cookie.h"

#include <string.h>

enum {
    LABEL_LEN = 10,
    REPLY_INDEX = 4, /* offsets in a cookie reply */
    REPLY_NONCE = 8,
    REPLY_COOKIE = 32,
    ADDR_BYTES = 8 + HL_UNIX_PATH_MAX, /* at most, of an address in a cookie */
};

_Static_assert(REPLY_COOKIE == REPLY_NONCE + HL_XNONCE_SIZE, "a cookie reply has no gap");
_Static_assert(HL_COOKIE_REPLY_SIZE == REPLY_COOKIE + HL_COOKIE_SIZE + HL_TAG_SIZE, "nor an end");

static const struct hl_bytes nothing = {NULL, 0};

static void derive(uint8_t out[HL_KEY_SIZE], const char label[LABEL_LEN],
                   const uint8_t public[HL_KEY_SIZE])
{
    hl_crypt_blake2b(out, (struct hl_bytes){(const uint8_t *)label, LABEL_LEN},
                     (struct hl_bytes){public, HL_KEY_SIZE});
}

void hl_cookie_keys_init(struct hl_cookie_keys *keys, const uint8_t responder[HL_KEY_SIZE])
{
    static const uint8_t unknown[HL_KEY_SIZE];

    if (!responder)
        responder = unknown;
    derive(keys->mac1, "hullo-mac1", responder);
    derive(keys->reply, "hullo-cook", responder);
}

/* MAC of the first len bytes of msg. */
static void mac(uint8_t out[HL_MAC_SIZE], const uint8_t *key, size_t key_len, const uint8_t *msg,
                size_t len)
{
    hl_crypt_mac(out, (struct hl_bytes){key, key_len}, (struct hl_bytes){msg, len}, nothing);
}

void hl_cookie_stamp(uint8_t *msg, size_t len, const struct hl_cookie_keys *keys,
                     const uint8_t *cookie)
{
    size_t mac1 = len - HL_COOKIE_MACS_SIZE;
    size_t mac2 = len - HL_MAC_SIZE;

    mac(msg + mac1, keys->mac1, HL_KEY_SIZE, msg, mac1);
    if (cookie)
        mac(msg + mac2, cookie, HL_COOKIE_SIZE, msg, mac2);
    else
        memset(msg + mac2, 0, HL_MAC_SIZE);
}

bool hl_cookie_check_mac1(const uint8_t *msg, size_t len, const struct hl_cookie_keys *keys)
{
    uint8_t wanted[HL_MAC_SIZE];

    if (len < HL_COOKIE_MACS_SIZE)
        return false;
    len -= HL_COOKIE_MACS_SIZE;
    mac(wanted, keys->mac1, HL_KEY_SIZE, msg, len);
    return hl_crypt_equal(wanted, msg + len, HL_MAC_SIZE);
}

static void draw(const struct hl_cookie_jar *jar, uint8_t secret[HL_KEY_SIZE])
{
    jar->env->random(jar->env->user, secret, HL_KEY_SIZE);
}

void hl_cookie_jar_init(struct hl_cookie_jar *jar, const struct hl_env *env, hl_time now)
{
    jar->env = env;
    jar->born = now;
    draw(jar, jar->secret[0]);
    draw(jar, jar->secret[1]);
}

void hl_cookie_jar_wipe(struct hl_cookie_jar *jar)
{
    hl_crypt_wipe(jar, sizeof *jar);
}

static void refresh(struct hl_cookie_jar *jar, hl_time now)
{
    hl_time age = now - jar->born;

    if (age < HL_COOKIE_LIFE)
        return;
    if (age < 2 * HL_COOKIE_LIFE)
        memcpy(jar->secret[1], jar->secret[0], HL_KEY_SIZE);
    else
        draw(jar, jar->secret[1]); /* all cookies of the last one are too old as well */
    draw(jar, jar->secret[0]);
    jar->born = now;
}

/* The bytes that tell one address from another; how many. */
static size_t address_bytes(uint8_t out[ADDR_BYTES], const struct hl_addr *a)
{
    uint8_t *at = out;

    *at++ = a->family;
    for (unsigned shift = 0; shift < 16; shift += 8)
        *at++ = (uint8_t)(a->port >> shift);
    for (unsigned shift = 0; shift < 32; shift += 8)
        *at++ = (uint8_t)(a->scope >> shift);
    if (a->family == HL_AF_UNIX) {
        memcpy(at, a->path, a->unix_len);
        return (size_t)(at - out) + a->unix_len;
    }
    memcpy(at, a->ip, sizeof a->ip);
    return (size_t)(at - out) + (a->family == HL_AF_INET ? 4 : sizeof a->ip);
}

static void bake(const uint8_t secret[HL_KEY_SIZE], const struct hl_addr *from,
                 uint8_t cookie[HL_COOKIE_SIZE])
{
    uint8_t bytes[ADDR_BYTES];

    mac(cookie, secret, HL_KEY_SIZE, bytes, address_bytes(bytes, from));
}

void hl_cookie_make(struct hl_cookie_jar *jar, const struct hl_addr *from, hl_time now,
                    uint8_t cookie[HL_COOKIE_SIZE])
{
    refresh(jar, now);
    bake(jar->secret[0], from, cookie);
}

bool hl_cookie_check_mac2(struct hl_cookie_jar *jar, const uint8_t *msg, size_t len,
                          const struct hl_addr *from, hl_time now)
{
    bool good = false;

    if (len < HL_COOKIE_MACS_SIZE)
        return false;
    len -= HL_MAC_SIZE;
    refresh(jar, now);
    for (size_t i = 0; i < 2; i++) {
        uint8_t cookie[HL_COOKIE_SIZE];
        uint8_t wanted[HL_MAC_SIZE];

        bake(jar->secret[i], from, cookie);
        mac(wanted, cookie, sizeof cookie, msg, len);
        good |= hl_crypt_equal(wanted, msg + len, HL_MAC_SIZE);
        hl_crypt_wipe(cookie, sizeof cookie);
    }
    return good;
}

void hl_cookie_reply(const struct hl_cookie_asked *asked, const struct hl_cookie_keys *keys,
                     const uint8_t nonce[HL_XNONCE_SIZE], const uint8_t cookie[HL_COOKIE_SIZE],
                     uint8_t out[HL_COOKIE_REPLY_SIZE])
{
    struct hl_bytes mac1 = {hl_cookie_mac1(asked->msg, asked->len), HL_MAC_SIZE};

    memset(out, 0, REPLY_INDEX);
    out[0] = HL_COOKIE_REPLY_TYPE;
    for (unsigned i = 0; i < 4; i++)
        out[REPLY_INDEX + i] = (uint8_t)(asked->index >> (24 - 8 * i));
    memcpy(out + REPLY_NONCE, nonce, HL_XNONCE_SIZE);
    memcpy(out + REPLY_COOKIE, cookie, HL_COOKIE_SIZE);
    hl_crypt_xseal(keys->reply, nonce, mac1, out + REPLY_COOKIE, HL_COOKIE_SIZE);
}

bool hl_cookie_open(const uint8_t *reply, size_t len, const struct hl_cookie_keys *keys,
                    const uint8_t mac1[HL_MAC_SIZE], uint8_t cookie[HL_COOKIE_SIZE])
{
    struct hl_bytes sealed = {reply + REPLY_COOKIE, HL_COOKIE_SIZE + HL_TAG_SIZE};

    if (len != HL_COOKIE_REPLY_SIZE)
        return false;
    return hl_crypt_xopen(keys->reply, reply + REPLY_NONCE, (struct hl_bytes){mac1, HL_MAC_SIZE},
                          sealed, cookie);
}
