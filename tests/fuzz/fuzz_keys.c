/* SPDX-License-Identifier: MIT */
/* What a terminal sends, and how it is cut into reads: the keys must be the same however that is,
 * be keys or characters that exist, and the parser must come to rest after a time-out. */
#include "fuzz.h"
#include "keys.h"
#include "utf8.h"

struct log {
    uint64_t hash; /* of all keys, FNV-1a */
    size_t count;
};

static void mix(struct log *l, const void *data, size_t len)
{
    const uint8_t *b = data;
    for (size_t i = 0; i < len; i++)
        l->hash = (l->hash ^ b[i]) * 0x100000001b3U;
}

static void note(struct log *l, const struct hl_key *key)
{
    uint32_t code = key->key & HL_KEY_CODE;
    FUZZ_CHECK(code > HL_KEY_NONE && code < HL_KEY_NAMED_END && code != HL_KEY_NAMED);
    FUZZ_CHECK(code >= ' ' && !(code >= 0x7f && code <= 0x9f));
    FUZZ_CHECK(!(code >= 0xd800 && code <= 0xdfff));
    FUZZ_CHECK(code == HL_KEY_PASTE ? key->paste != NULL : key->paste_len == 0);
    FUZZ_CHECK(key->paste_len <= HL_KEYS_PASTE_MAX);
    mix(l, &key->key, sizeof key->key);
    if (key->paste_len > 0)
        mix(l, key->paste, key->paste_len);
    l->count++;
}

static struct log run(const uint8_t *data, size_t len, size_t piece)
{
    struct log l = {.hash = 0xcbf29ce484222325U};
    struct hl_keys *k = hl_keys_new();
    struct hl_key key;
    FUZZ_CHECK(k);
    for (size_t at = 0; at < len; at += piece) {
        const char *in = (const char *)data + at;
        size_t n = len - at < piece ? len - at : piece;
        while (hl_keys_next(k, &in, &n, &key))
            note(&l, &key);
        FUZZ_CHECK(n == 0);
    }
    FUZZ_CHECK(l.count <= len);
    if (hl_keys_pending(k) >= 0 && hl_keys_timeout(k, &key))
        note(&l, &key);
    FUZZ_CHECK(hl_keys_pending(k) == -1 && !hl_keys_timeout(k, &key));
    hl_keys_free(k);
    return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct log whole = run(data, len, len + 1);
    for (size_t piece = 1; piece <= 3; piece++) {
        struct log cut = run(data, len, piece);
        FUZZ_CHECK(cut.hash == whole.hash && cut.count == whole.count);
    }
    return 0;
}
