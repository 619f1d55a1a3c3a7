/* SPDX-License-Identifier: MIT */
#include "seal.h"

#include "crypt.h"
#include "entropy.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(HL_SEAL_EXTRA == HL_XNONCE_SIZE + HL_TAG_SIZE, "nonce and tag");

enum {
    PAGE = 4096,
    AD_SIZE = 1 + 8,
};

struct hl_seal {
    uint8_t key[HL_KEY_SIZE];
};

int hl_seal_new(const uint8_t *key, struct hl_seal **out)
{
    struct hl_seal *seal;

    *out = NULL;
    if (!key)
        return 0;
    seal = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (seal == MAP_FAILED)
        return -ENOMEM;
    (void)mlock(seal, PAGE); /* refused beyond RLIMIT_MEMLOCK: no reason to do without a store */
    (void)madvise(seal, PAGE, MADV_DONTDUMP);
    memcpy(seal->key, key, HL_KEY_SIZE);
    *out = seal;
    return 0;
}

void hl_seal_free(struct hl_seal *seal)
{
    if (!seal)
        return;
    hl_crypt_wipe(seal, sizeof *seal);
    munmap(seal, PAGE);
}

static struct hl_bytes associate(uint8_t ad[AD_SIZE], enum hl_sealed column, uint64_t row)
{
    ad[0] = (uint8_t)column;
    for (unsigned i = 0; i < 8; i++)
        ad[1 + i] = (uint8_t)(row >> 8 * i);
    return (struct hl_bytes){ad, AD_SIZE};
}

struct hl_bytes hl_seal_put(const struct hl_seal *seal, enum hl_sealed column, uint64_t row,
                            struct hl_bytes plain, uint8_t *out)
{
    const struct hl_env *env = hl_entropy_env();
    uint8_t ad[AD_SIZE];

    if (!seal || plain.len == 0)
        return plain;
    env->random(env->user, out, HL_XNONCE_SIZE);
    memcpy(out + HL_XNONCE_SIZE, plain.at, plain.len);
    hl_crypt_xseal(seal->key, out, associate(ad, column, row), out + HL_XNONCE_SIZE, plain.len);
    return (struct hl_bytes){out, plain.len + HL_SEAL_EXTRA};
}

bool hl_seal_get(const struct hl_seal *seal, enum hl_sealed column, uint64_t row,
                 struct hl_bytes stored, uint8_t *out, size_t cap, size_t *len)
{
    uint8_t ad[AD_SIZE];
    struct hl_bytes text;

    *len = hl_seal_plain_len(seal, stored.len);
    if (*len > cap)
        return false;
    if (!seal || stored.len == 0) {
        if (stored.len > 0)
            memcpy(out, stored.at, stored.len);
        return true;
    }
    if (stored.len < HL_SEAL_EXTRA)
        return false;
    text = (struct hl_bytes){stored.at + HL_XNONCE_SIZE, stored.len - HL_XNONCE_SIZE};
    return hl_crypt_xopen(seal->key, stored.at, associate(ad, column, row), text, out);
}

size_t hl_seal_plain_len(const struct hl_seal *seal, size_t stored)
{
    if (!seal)
        return stored;
    return stored > HL_SEAL_EXTRA ? stored - HL_SEAL_EXTRA : 0;
}
