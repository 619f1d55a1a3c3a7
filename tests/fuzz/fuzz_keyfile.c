/* SPDX-License-Identifier: MIT */
/* A key file that somebody put there. What is taken has one spelling, and under a passphrase one
 * content: whatever of such a file is altered, it does not open. Files that ask for more than the
 * smallest memory are looked at but not opened, or this would test Argon2id. */
#include "err.h"
#include "fuzz.h"
#include "keyfile.h"

#include <errno.h>

/* Of the sealed files in the corpus, whose keys are 32 times 0x5e and 32 times 0x0a. */
static const struct hl_bytes passphrase = {(const uint8_t *)"fuzz", 4};

static bool all(const uint8_t *at, uint8_t value)
{
    for (size_t i = 0; i < HL_IDENTITY_KEY; i++) {
        if (at[i] != value)
            return false;
    }
    return true;
}

static void check_open(const char *text, size_t len)
{
    static const uint8_t no_random[HL_KEYFILE_RANDOM];
    char again[HL_KEYFILE_MAX];
    struct hl_secrets id;
    int err = hl_keyfile_read(text, len, NULL, &id);

    FUZZ_CHECK(err == 0 || (err == -EINVAL && all(id.secret, 0)));
    FUZZ_CHECK(!id.sealed && hl_keyfile_read(text, len, &passphrase, &id) == -EINVAL);
    if (err)
        return;
    FUZZ_CHECK(hl_keyfile_read(text, len, NULL, &id) == 0);
    FUZZ_CHECK(hl_keyfile_write(again, &id, NULL, no_random) == (int)len);
    FUZZ_CHECK(memcmp(again, text, len) == 0);
}

static bool is_cheap(const char *text)
{
    unsigned long passes, kib;

    return sscanf(text, "hullo-key-2 argon2id %lu %lu ", &passes, &kib) == 2 && passes <= 2 &&
           kib <= HL_PASSES_KIB_MIN;
}

static void check_sealed(const char *text, size_t len)
{
    struct hl_secrets id;
    int err;

    FUZZ_CHECK(hl_keyfile_read(text, len, NULL, &id) == -EINVAL);
    if (!is_cheap(text))
        return;
    err = hl_keyfile_read(text, len, &passphrase, &id);
    if (err == 0)
        FUZZ_CHECK(id.sealed && all(id.secret, 0x5e) && all(id.seal, 0x0a));
    else
        FUZZ_CHECK((err == HL_ERR_PASSPHRASE || err == -EINVAL) && all(id.secret, 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hl_secrets id;
    char *text = malloc(len + 1);

    FUZZ_CHECK(text);
    memcpy(text, data, len);
    text[len] = '\0';
    switch (hl_keyfile_form(text, len)) {
    case HL_KEYFILE_BAD:
        FUZZ_CHECK(hl_keyfile_read(text, len, NULL, &id) == -EINVAL);
        FUZZ_CHECK(hl_keyfile_read(text, len, &passphrase, &id) == -EINVAL);
        break;
    case HL_KEYFILE_OPEN:
        check_open(text, len);
        break;
    case HL_KEYFILE_SEALED:
        check_sealed(text, len);
        break;
    }
    free(text);
    return 0;
}
