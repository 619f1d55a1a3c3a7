/* SPDX-License-Identifier: MIT */
/* Any file is read, and after a change what was changed is what a reader gets. */
#include "conftext.h"
#include "fuzz.h"
#include "keys.h"
#include "theme.h"
#include "utf8.h"

static void mistake(void *user, size_t line, const char *why)
{
    FUZZ_CHECK(line > *(size_t *)user && strlen(why) > 0 && strlen(why) < HL_CONFTEXT_WHY);
    *(size_t *)user = line;
}

static void read_all(const char *text, size_t len, struct hl_settings *s, struct hl_keymap *k)
{
    size_t line = 0;

    hl_settings_init(s);
    *k = (struct hl_keymap){.count = 0};
    hl_conftext_read(text, len, &(struct hl_conftext_sink){s, k, mistake, &line});
    FUZZ_CHECK(s->list_width >= 0 && s->list_width <= 80);
    FUZZ_CHECK(hl_utf8_valid(s->theme, strlen(s->theme)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct hl_conftext_item items[] = {{false, "list_width", "33"},
                                                    {false, "list_width", NULL},
                                                    {true, "F5", "undo"},
                                                    {true, "F5", NULL}};
    const char *text = (const char *)data;
    struct hl_settings s;
    struct hl_keymap k;
    struct hl_theme theme;
    struct hl_theme_error e;

    read_all(text, len, &s, &k);
    (void)!hl_theme_parse(&theme, text, len, &e);
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        size_t changed_len;
        char *changed = hl_conftext_change(text, len, &items[i], &changed_len);
        FUZZ_CHECK(changed != NULL);
        read_all(changed, changed_len, &s, &k);
        if (!items[i].bind)
            FUZZ_CHECK(s.list_width == (items[i].value != NULL ? 33 : 0));
        else if (k.count < HL_KEYMAP_BINDS)
            FUZZ_CHECK(hl_keymap_find(&k, HL_CTX_INPUT, HL_KEY_F5) ==
                       (items[i].value != NULL ? HL_ACT_UNDO : HL_ACT_NONE));
        free(changed);
    }
    return 0;
}
