/* SPDX-License-Identifier: MIT */
#include "keyfile.h"

#include "err.h"
#include "hex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char open_head[] = "hullo-key-1 ";
static const char sealed_head[] = "hullo-key-2 argon2id ";

enum {
    OPEN_HEAD = sizeof open_head - 1,
    OPEN_LEN = OPEN_HEAD + 2 * HL_IDENTITY_KEY + 1,
    SEALED_HEAD = sizeof sealed_head - 1,
    BOX = 2 * HL_IDENTITY_KEY + HL_TAG_SIZE,
};
_Static_assert(SEALED_HEAD + 2 * 11 + 2 * (HL_SALT_SIZE + HL_XNONCE_SIZE + BOX) + 3 <=
                   HL_KEYFILE_MAX,
               "the longest text fits");

/* The sealed form taken apart. */
struct parts {
    uint32_t passes, kib;
    uint8_t salt[HL_SALT_SIZE];
    uint8_t nonce[HL_XNONCE_SIZE];
    uint8_t box[BOX];
    struct hl_bytes bound; /* the line up to the salt: associated data */
};

static bool begins(const char *text, size_t len, const char *head, size_t head_len)
{
    return len >= head_len && memcmp(text, head, head_len) == 0;
}

/* A decimal number without leading zeros and the space behind it. */
static bool get_number(const char **at, const char *end, uint32_t *out)
{
    uint64_t n = 0;
    const char *first = *at;
    const char *c = first;

    for (; c < end && *c >= '0' && *c <= '9' && n <= UINT32_MAX; c++)
        n = n * 10 + (uint64_t)(*c - '0');
    if (c == first || *first == '0' || c == end || *c != ' ' || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    *at = c + 1;
    return true;
}

/* len bytes in hexadecimal and the character behind them. */
static bool get_bytes(const char **at, const char *end, uint8_t *out, size_t len, char behind)
{
    if ((size_t)(end - *at) < 2 * len + 1 || (*at)[2 * len] != behind || !hl_hex_get(out, len, *at))
        return false;
    *at += 2 * len + 1;
    return true;
}

static bool take_apart(const char *text, size_t len, struct parts *out)
{
    const char *at = text + SEALED_HEAD;
    const char *end = text + len;

    if (!begins(text, len, sealed_head, SEALED_HEAD) || !get_number(&at, end, &out->passes) ||
        !get_number(&at, end, &out->kib) || !get_bytes(&at, end, out->salt, HL_SALT_SIZE, ' '))
        return false;
    out->bound = (struct hl_bytes){(const uint8_t *)text, (size_t)(at - text) - 1};
    return get_bytes(&at, end, out->nonce, HL_XNONCE_SIZE, ' ') &&
           get_bytes(&at, end, out->box, BOX, '\n') && at == end;
}

void hl_keyfile_wipe(struct hl_secrets *secrets)
{
    hl_crypt_wipe(secrets, sizeof *secrets);
}

enum hl_keyfile_form hl_keyfile_form(const char *text, size_t len)
{
    struct parts parts;

    if (len == OPEN_LEN && begins(text, len, open_head, OPEN_HEAD))
        return HL_KEYFILE_OPEN;
    return take_apart(text, len, &parts) ? HL_KEYFILE_SEALED : HL_KEYFILE_BAD;
}

static int unseal(const struct parts *parts, const struct hl_bytes *passphrase,
                  struct hl_secrets *out)
{
    uint8_t keys[2 * HL_IDENTITY_KEY];
    uint8_t key[HL_KEY_SIZE];
    int err = hl_crypt_stretch(key, *passphrase, parts->salt, parts->passes, parts->kib);

    if (err)
        return err;
    if (hl_crypt_xopen(key, parts->nonce, parts->bound, (struct hl_bytes){parts->box, BOX}, keys)) {
        memcpy(out->secret, keys, HL_IDENTITY_KEY);
        memcpy(out->seal, keys + HL_IDENTITY_KEY, HL_IDENTITY_KEY);
        out->sealed = true;
    } else {
        err = HL_ERR_PASSPHRASE;
    }
    hl_crypt_wipe(key, sizeof key);
    hl_crypt_wipe(keys, sizeof keys);
    return err;
}

int hl_keyfile_read(const char *text, size_t len, const struct hl_bytes *passphrase,
                    struct hl_secrets *out)
{
    struct parts parts;
    const char *at = text + OPEN_HEAD;

    *out = (struct hl_secrets){.sealed = false};
    if (passphrase)
        return take_apart(text, len, &parts) ? unseal(&parts, passphrase, out) : -EINVAL;
    if (len == OPEN_LEN && begins(text, len, open_head, OPEN_HEAD) &&
        get_bytes(&at, text + len, out->secret, HL_IDENTITY_KEY, '\n'))
        return 0;
    hl_keyfile_wipe(out);
    return -EINVAL;
}

static int write_open(char *out, const struct hl_secrets *id)
{
    memcpy(out, open_head, OPEN_HEAD);
    hl_hex_put(out + OPEN_HEAD, id->secret, HL_IDENTITY_KEY);
    out[OPEN_LEN - 1] = '\n';
    return OPEN_LEN;
}

int hl_keyfile_write(char out[static HL_KEYFILE_MAX], const struct hl_secrets *id,
                     const struct hl_bytes *passphrase,
                     const uint8_t random[static HL_KEYFILE_RANDOM])
{
    const uint8_t *nonce = random + HL_SALT_SIZE;
    uint8_t key[HL_KEY_SIZE];
    uint8_t box[BOX];
    size_t len;
    int err;

    if (!passphrase)
        return write_open(out, id);
    err = hl_crypt_stretch(key, *passphrase, random, HL_KEYFILE_PASSES, HL_KEYFILE_KIB);
    if (err)
        return err;
    len = (size_t)snprintf(out, HL_KEYFILE_MAX, "%s%d %d ", sealed_head, HL_KEYFILE_PASSES,
                           HL_KEYFILE_KIB);
    hl_hex_put(out + len, random, HL_SALT_SIZE);
    len += 2 * HL_SALT_SIZE;
    memcpy(box, id->secret, HL_IDENTITY_KEY);
    memcpy(box + HL_IDENTITY_KEY, id->seal, HL_IDENTITY_KEY);
    hl_crypt_xseal(key, nonce, (struct hl_bytes){(const uint8_t *)out, len}, box,
                   2 * HL_IDENTITY_KEY);
    hl_crypt_wipe(key, sizeof key);
    out[len++] = ' ';
    hl_hex_put(out + len, nonce, HL_XNONCE_SIZE);
    len += 2 * HL_XNONCE_SIZE;
    out[len++] = ' ';
    hl_hex_put(out + len, box, BOX);
    len += 2 * BOX;
    out[len++] = '\n';
    return (int)len;
}
