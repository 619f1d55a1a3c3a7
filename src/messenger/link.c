/* SPDX-License-Identifier: MIT */
#include "link.h"

#include "crypt.h"
#include "endpoint.h"
#include "err.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    CHECKSUM = 3,
    PAYLOAD = HL_CONTACT_KEY + CHECKSUM,
    BITS = 5, /* of a letter */
};
_Static_assert(PAYLOAD * 8 == HL_LINK_KEY * BITS, "no spare bits");

static const char scheme[] = "hullo:";
static const char label[] = "hullo link 1";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

static void checksum(const uint8_t key[static HL_CONTACT_KEY], uint8_t out[static CHECKSUM])
{
    uint8_t hash[HL_HASH_SIZE];

    hl_crypt_blake2b(hash, (struct hl_bytes){(const uint8_t *)label, sizeof label - 1},
                     (struct hl_bytes){key, HL_CONTACT_KEY});
    memcpy(out, hash, CHECKSUM);
}

bool hl_link_is(const char *text)
{
    return strncasecmp(text, scheme, sizeof scheme - 1) == 0;
}

static int value_of(char c)
{
    const char *at;

    if (c >= 'A' && c <= 'Z') /* whatever the locale */
        c = (char)(c - 'A' + 'a');
    at = c ? strchr(letters, c) : NULL;
    return at ? (int)(at - letters) : -1;
}

/* Returns NULL, or what is wrong with the key at the front of text. */
static const char *get_key(const char *text, uint8_t key[static HL_CONTACT_KEY])
{
    uint8_t payload[PAYLOAD] = {0};
    uint8_t sum[CHECKSUM];
    size_t len = strcspn(text, "@");

    for (size_t i = 0; i < len; i++) {
        int value = value_of(text[i]);

        if (value < 0)
            return "the key of a link consists of the letters a to z and the digits 2 to 7";
        if (i >= HL_LINK_KEY)
            break;
        for (size_t bit = 0; bit < BITS; bit++) {
            size_t at = i * BITS + bit;

            payload[at / 8] |= (uint8_t)((value >> (BITS - 1 - bit) & 1) << (7 - at % 8));
        }
    }
    if (len != HL_LINK_KEY)
        return len < HL_LINK_KEY
                   ? "the key of a link has 56 letters and digits: some are missing"
                   : "the key of a link has 56 letters and digits: these are too many";
    checksum(payload, sum);
    if (memcmp(sum, payload + HL_CONTACT_KEY, CHECKSUM) != 0)
        return "the key of the link is mistyped: its checksum is wrong";
    memcpy(key, payload, HL_CONTACT_KEY);
    return NULL;
}

const char *hl_link_parse(const char *text, struct hl_link *out)
{
    struct hl_endpoint endpoint;
    const char *address;
    const char *why;
    int err;

    *out = (struct hl_link){0};
    if (!hl_link_is(text))
        return "a link begins with hullo:";
    text += sizeof scheme - 1;
    why = get_key(text, out->key);
    if (why)
        return why;
    address = text + HL_LINK_KEY;
    if (*address == '\0')
        return NULL;
    address++; /* the @ that ended the key */
    if (strlen(address) >= sizeof out->address)
        return "the address of the link is too long";
    err = hl_endpoint_parse(address, &endpoint);
    if (err)
        return hl_err_text(err);
    memcpy(out->address, address, strlen(address) + 1);
    return NULL;
}

const char *hl_link_format(const struct hl_link *link, char out[static HL_LINK_MAX])
{
    uint8_t payload[PAYLOAD];
    char key[HL_LINK_KEY + 1];

    memcpy(payload, link->key, HL_CONTACT_KEY);
    checksum(link->key, payload + HL_CONTACT_KEY);
    for (size_t i = 0; i < HL_LINK_KEY; i++) {
        unsigned value = 0;

        for (size_t at = i * BITS; at < (i + 1) * BITS; at++)
            value = value << 1 | (payload[at / 8] >> (7 - at % 8) & 1);
        key[i] = letters[value];
    }
    key[HL_LINK_KEY] = '\0';
    snprintf(out, HL_LINK_MAX, "%s%s%s%s", scheme, key, link->address[0] ? "@" : "", link->address);
    return out;
}
