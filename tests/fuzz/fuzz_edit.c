/* SPDX-License-Identifier: MIT */
/* What a keyboard sends: bytes to keys, keys to the editor. The text must stay valid UTF-8 with
 * the cursor inside, and undoing everything must be possible at any moment. */
#include "edit.h"
#include "fuzz.h"
#include "keys.h"
#include "utf8.h"

#include <locale.h>

static void check(const struct hl_edit *e)
{
    size_t len;
    const char *text = hl_edit_text(e, &len);
    size_t at = hl_edit_cursor(e);

    FUZZ_CHECK(len <= HL_EDIT_MAX && text[len] == '\0' && at <= len);
    FUZZ_CHECK(hl_utf8_valid(text, len) && hl_utf8_valid(text, at));
}

static void handle(struct hl_edit *e, const struct hl_key *key)
{
    char utf8[HL_UTF8_MAX];

    if (key->key == HL_KEY_PASTE) {
        hl_edit_insert(e, key->paste, key->paste_len);
    } else if (hl_keymap_is_text(key->key)) {
        hl_edit_insert(e, utf8, hl_utf8_encode(key->key, utf8));
    } else {
        hl_edit_do(e, hl_keymap_find(NULL, HL_CTX_INPUT, key->key));
    }
    check(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hl_keys *keys = hl_keys_new();
    struct hl_edit *edit = hl_edit_new(HL_EDIT_MAX);
    const char *in = (const char *)data;
    struct hl_key key;

    setlocale(LC_ALL, "C.UTF-8");
    FUZZ_CHECK(keys && edit);
    while (hl_keys_next(keys, &in, &len, &key))
        handle(edit, &key);
    FUZZ_CHECK(len == 0);
    while (hl_keys_pending(keys) >= 0 && hl_keys_timeout(keys, &key))
        handle(edit, &key);
    hl_edit_free(edit);
    hl_keys_free(keys);
    return 0;
}
