/* SPDX-License-Identifier: MIT */
#include "keymap.h"

#include "i18n.h"
#include "keys.h"
#include "suggest.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

static bool has_key(const struct hl_keymap_row *row, uint32_t key)
{
    for (size_t i = 0; row->keys[i] != HL_KEY_NONE; i++)
        if (row->keys[i] == key)
            return true;
    return false;
}

/* ---- actions ---- */

static const struct hl_keymap_row *row_of(enum hl_action action)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].action == action)
            return &rows[i];
    return NULL;
}

const char *hl_keymap_action_name(enum hl_action action)
{
    const struct hl_keymap_row *row = row_of(action);
    return row != NULL ? row->name : "none";
}

enum hl_action hl_keymap_action(const char *name)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].action;
    return HL_ACT_NONE;
}

/* Where an action can be done at all. */
static unsigned contexts_of(enum hl_action action)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    unsigned contexts = action == HL_ACT_NONE ? (unsigned)HL_CTX_ALL : 0;
    for (size_t i = 0; i < count; i++)
        contexts |= rows[i].action == action ? rows[i].contexts : 0;
    return contexts;
}

/* Index of its bind, map->count if there is none. */
static size_t bind_at(const struct hl_keymap *map, uint32_t key)
{
    size_t at = 0;
    while (at < map->count && map->binds[at].key != key)
        at++;
    return at;
}

static const struct hl_keymap_bind *bind_of(const struct hl_keymap *map, uint32_t key)
{
    size_t at = map != NULL ? bind_at(map, key) : 0;
    return map != NULL && at < map->count ? &map->binds[at] : NULL;
}

enum hl_action hl_keymap_find(const struct hl_keymap *map, enum hl_key_context context,
                              uint32_t key)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    const struct hl_keymap_bind *bind = bind_of(map, key);
    if (bind != NULL && contexts_of(bind->action) & context)
        return bind->action;
    for (size_t i = 0; i < count; i++)
        if (rows[i].contexts & context && has_key(&rows[i], key))
            return rows[i].action;
    return HL_ACT_NONE;
}

/* ---- binding ---- */

void hl_keymap_set(struct hl_keymap *map, uint32_t key, enum hl_action action)
{
    size_t at = bind_at(map, key);
    if (at == HL_KEYMAP_BINDS)
        return;
    map->binds[at] = (struct hl_keymap_bind){key, action};
    map->count += at == map->count;
}

void hl_keymap_reset(struct hl_keymap *map, uint32_t key)
{
    size_t at = bind_at(map, key);
    if (at == map->count)
        return;
    map->count--;
    memmove(&map->binds[at], &map->binds[at + 1], (map->count - at) * sizeof(map->binds[0]));
}

/* Why a key is not to be bound; NULL = it may be. */
static const char *refused(const struct hl_keymap *map, uint32_t key)
{
    static const struct {
        uint32_t key;
        const char *why;
    } fixed[] = {
        {HL_KEY_ENTER, N_("always sends, so that any mistake can be undone")},
        {HL_KEY_CTRL | 'x', N_("begins keys of two strokes, such as C-x 2")},
        {HL_KEY_CTRL | 'i', N_("terminals send Tab for it")},
        {HL_KEY_CTRL | 'm', N_("terminals send Enter for it")},
        {HL_KEY_CTRL | '[', N_("terminals send Esc for it")},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (fixed[i].key == key)
            return _(fixed[i].why);
    if (hl_keymap_is_text(key))
        return _("is typed text; bind it with C- or M- before it");
    if (bind_of(map, key) == NULL && map->count == HL_KEYMAP_BINDS)
        return _("no more keys can be bound");
    return NULL;
}

static void unknown_action(const char *name, char why[static HL_KEYMAP_WHY])
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    struct hl_suggestion near;
    hl_suggest_start(&near, name);
    for (size_t i = 0; i < count; i++)
        if (rows[i].help[0] != '\0')
            hl_suggest_offer(&near, rows[i].name);
    if (near.best != NULL)
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: no such action: did you mean %s?"), name, near.best);
    else
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: no such action"), name);
}

/* Why an action is not to be bound; NULL = it may be. */
static const char *not_for_keys(enum hl_action action)
{
    if (action == HL_ACT_CONV_NUMBER)
        return _("belongs to M-1 .. M-9");
    return row_of(action)->help[0] == '\0' ? _("is not an action for a key") : NULL;
}

int hl_keymap_bind(struct hl_keymap *map, const char *key, const char *action,
                   char why[static HL_KEYMAP_WHY])
{
    uint32_t code = hl_keymap_parse(key, why);
    bool none = strcmp(action, "none") == 0;
    enum hl_action what = hl_keymap_action(action);
    if (code == HL_KEY_NONE)
        return -1;
    const char *reason = refused(map, code);
    if (reason != NULL) {
        snprintf(why, HL_KEYMAP_WHY, "%.80s: %s", key, reason);
        return -1;
    }
    if (strcmp(action, "default") == 0) {
        hl_keymap_reset(map, code);
        return 0;
    }
    if (what == HL_ACT_NONE && !none) {
        unknown_action(action, why);
        return -1;
    }
    reason = none ? NULL : not_for_keys(what);
    if (reason != NULL) {
        snprintf(why, HL_KEYMAP_WHY, "%s: %s", action, reason);
        return -1;
    }
    hl_keymap_set(map, code, what);
    return 0;
}

/* ---- keys and their names ---- */

int hl_keymap_digit(uint32_t key)
{
    uint32_t digit = key & ~(uint32_t)HL_KEY_ALT;

    return key & HL_KEY_ALT && digit >= '1' && digit <= '9' ? (int)(digit - '0') : 0;
}

bool hl_keymap_is_text(uint32_t key)
{
    return key >= ' ' && key < HL_KEY_NAMED;
}

/* Adds text while it fits. */
static size_t append(char out[static HL_KEYMAP_TEXT], size_t at, const char *text)
{
    size_t n = strlen(text);
    if (at + n >= HL_KEYMAP_TEXT)
        return at;
    memcpy(out + at, text, n + 1);
    return at + n;
}

static const char *const key_names[] = {
#define NAME(name, text) text,
    HL_KEY_LIST(NAME)
#undef NAME
};

static const struct {
    char letter;
    uint32_t bit;
} modifiers[] = {{'C', HL_KEY_CTRL}, {'M', HL_KEY_ALT}, {'S', HL_KEY_SHIFT}};

size_t hl_keymap_name(uint32_t key, char out[static HL_KEYMAP_TEXT])
{
    uint32_t code = key & HL_KEY_CODE;
    char character[HL_UTF8_MAX + 1] = "";
    const char *name = character;
    if (code > HL_KEY_NAMED && code < HL_KEY_NAMED_END)
        name = key_names[code - HL_KEY_NAMED - 1];
    else if (code == ' ')
        name = "Space";
    else
        character[hl_utf8_encode(code, character)] = '\0';
    size_t at = 0;
    out[0] = '\0';
    if (key & HL_KEYMAP_PREFIX)
        at = append(out, at, "C-x ");
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++)
        if (key & modifiers[i].bit)
            at = append(out, at, (const char[]){modifiers[i].letter, '-', '\0'});
    return append(out, at, name);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* A key without modifiers; HL_KEY_NONE if there is none of that name. */
static uint32_t parse_code(const char *text)
{
    size_t len = strlen(text);
    uint32_t code = HL_KEY_NONE;
    if (len > 0 && hl_utf8_decode(text, len, &code) == len)
        return code > ' ' && code != 0x7f && !(code >= 0x80 && code < 0xa0) && code < HL_KEY_NAMED
                   ? code
                   : HL_KEY_NONE;
    if (same_name(text, "Space"))
        return ' ';
    for (uint32_t i = 0; HL_KEY_NAMED + 1 + i < HL_KEY_PASTE; i++)
        if (same_name(text, key_names[i]))
            return HL_KEY_NAMED + 1 + i;
    return HL_KEY_NONE;
}

static void unknown_key(const char *text, const char *name, char why[static HL_KEYMAP_WHY])
{
    struct hl_suggestion near;
    hl_suggest_start(&near, name);
    for (uint32_t i = 0; HL_KEY_NAMED + 1 + i < HL_KEY_PASTE; i++)
        hl_suggest_offer(&near, key_names[i]);
    hl_suggest_offer(&near, "Space");
    if (near.best != NULL)
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: no such key: did you mean %.*s%s?"), text,
                 (int)(name - text > 16 ? 16 : name - text), text, near.best);
    else
        snprintf(why, HL_KEYMAP_WHY,
                 _("%.80s: no such key; names are like C-w, M-a, C-x 2, F5, PageUp"), text);
}

/* Takes "C-", "M-" or "S-" off the start of *name; 0 if none is there or nothing would be left. */
static uint32_t parse_modifier(const char **name)
{
    const char *text = *name;
    if (text[0] == '\0' || text[1] != '-' || text[2] == '\0')
        return 0;
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
        if (lower(text[0]) == lower(modifiers[i].letter)) {
            *name += 2;
            return modifiers[i].bit;
        }
    }
    return 0;
}

uint32_t hl_keymap_parse(const char *text, char why[static HL_KEYMAP_WHY])
{
    const char *name = text;
    uint32_t bits = 0;
    if (lower(name[0]) == 'c' && name[1] == '-' && lower(name[2]) == 'x' && name[3] == ' ') {
        bits = HL_KEYMAP_PREFIX;
        name += 3 + strspn(name + 3, " ");
    }
    for (uint32_t bit; (bit = parse_modifier(&name)) != 0;)
        bits |= bit;
    uint32_t code = parse_code(name);
    if (code == HL_KEY_NONE) {
        unknown_key(text, name, why);
        return HL_KEY_NONE;
    }
    if (code < HL_KEY_NAMED && bits & HL_KEY_SHIFT) {
        snprintf(why, HL_KEYMAP_WHY,
                 _("%.80s: S- goes with named keys; characters include their shift"), text);
        return HL_KEY_NONE;
    }
    if (bits & HL_KEY_CTRL && code < 0x80) /* as terminals send it */
        code = (uint32_t)lower((char)code);
    return bits | code;
}

/* The keys that do a row's action: its own that nobody took, then those bound to it. */
static size_t keys_in_force(const struct hl_keymap *map, const struct hl_keymap_row *row,
                            uint32_t out[static HL_KEYMAP_IN_FORCE])
{
    size_t count = 0;
    for (size_t i = 0; row->keys[i] != HL_KEY_NONE; i++) {
        const struct hl_keymap_bind *bind = bind_of(map, row->keys[i]);
        if (bind == NULL || row->contexts & ~contexts_of(bind->action))
            out[count++] = row->keys[i];
    }
    if (row != row_of(row->action))
        return count; /* what was bound stands with the first row of an action */
    for (size_t i = 0; map != NULL && i < map->count && count < HL_KEYMAP_IN_FORCE; i++)
        if (map->binds[i].action == row->action && !has_key(row, map->binds[i].key))
            out[count++] = map->binds[i].key;
    return count;
}

size_t hl_keymap_names(const struct hl_keymap *map, const struct hl_keymap_row *row,
                       char out[static HL_KEYMAP_TEXT])
{
    enum { LISTED_MAX = 4 };
    char name[HL_KEYMAP_TEXT];
    uint32_t keys[HL_KEYMAP_IN_FORCE];
    size_t count = keys_in_force(map, row, keys);
    bool run = count > LISTED_MAX && row->keys[LISTED_MAX] != HL_KEY_NONE;
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i += run ? count - 1 : 1) {
        const char *between = i == 0 ? "" : run ? " .. " : ", ";
        if (at + strlen(between) + hl_keymap_name(keys[i], name) >= HL_KEYMAP_TEXT)
            break;
        at = append(out, at, between);
        at = append(out, at, name);
    }
    return at;
}

static uint32_t first_key(const struct hl_keymap *map, enum hl_key_context context,
                          enum hl_action action)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].action != action || !(rows[i].contexts & context))
            continue;
        for (const uint32_t *key = rows[i].keys; *key != HL_KEY_NONE; key++)
            if (hl_keymap_find(map, context, *key) == action)
                return *key;
    }
    for (size_t i = 0; map != NULL && i < map->count; i++)
        if (hl_keymap_find(map, context, map->binds[i].key) == action)
            return map->binds[i].key;
    return HL_KEY_NONE;
}

size_t hl_keymap_key_of(const struct hl_keymap *map, enum hl_key_context context,
                        enum hl_action action, char out[static HL_KEYMAP_TEXT])
{
    uint32_t key = first_key(map, context, action);
    out[0] = '\0';
    return key != HL_KEY_NONE ? hl_keymap_name(key, out) : 0;
}
