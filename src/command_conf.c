/* SPDX-License-Identifier: MIT */
/* Slash commands that change how the program looks and what keys do. */
#include "command_inside.h"

#include "conf.h"
#include "i18n.h"
#include "keys.h"

#include <stdio.h>
#include <string.h>

enum {
    HELP_TEXT = HL_SETTINGS_TEXT + 128,
};

#define say hl_command_say

/* Tells what became of a change, and the front end that there was one. */
static void told(struct hl_commands *c, const char *what, enum hl_conf_saved saved, const char *why)
{
    if (saved == HL_CONF_REFUSED)
        say(c, "%s", why);
    else if (saved == HL_CONF_UNSAVED)
        say(c, "%s (%s)", what, why);
    else
        say(c, "%s", what);
    if (saved != HL_CONF_REFUSED && c->ops->changed)
        c->ops->changed(c->user);
}

/* ---- settings ---- */

static void list_settings(struct hl_commands *c)
{
    size_t count;
    const struct hl_setting *row = hl_settings_table(&count);
    char value[HL_SETTINGS_TEXT];

    for (; count; count--, row++) {
        hl_settings_print(&c->conf->settings, row, value);
        say(c, "%-16s %-12s %s", row->name, value, _(row->help));
    }
}

static void show_setting(struct hl_commands *c, const struct hl_setting *row)
{
    struct hl_settings initial;
    char value[HL_SETTINGS_TEXT];
    char choices[HL_SETTINGS_TEXT];

    hl_settings_print(&c->conf->settings, row, value);
    say(c, "%s = %s", row->name, value);
    hl_settings_init(&initial);
    hl_settings_print(&initial, row, value);
    hl_settings_choices(row, choices);
    say(c, "%s (%s; default: %s)", _(row->help), choices, value);
}

static void set(struct hl_commands *c, const char *name, const char *value)
{
    char why[HL_WHY_MAX];
    char what[HELP_TEXT];
    enum hl_conf_saved saved = hl_conf_set(c->conf, name, value, why);

    if (saved != HL_CONF_REFUSED) {
        char now[HL_SETTINGS_TEXT];

        hl_settings_print(&c->conf->settings, hl_settings_find(name), now);
        snprintf(what, sizeof what, "%s = %s", name, now);
    }
    told(c, what, saved, why);
}

void hl_command_set(struct hl_commands *c, const char *args)
{
    size_t len = strcspn(args, " \t=");
    const char *value = args + len + strspn(args + len, " \t=");
    char name[HL_SETTINGS_TEXT];
    char why[HL_SETTINGS_WHY];
    struct hl_settings tried;
    const struct hl_setting *row;

    snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name), args);
    row = hl_settings_find(name);
    if (*name == '\0')
        list_settings(c);
    else if (*value)
        set(c, name, value);
    else if (row)
        show_setting(c, row);
    else if (!hl_settings_set(&tried, name, "", why)) /* says what it may have been */
        say(c, "%s", why);
}

/* "dark, light": those that there are, on one line. */
struct names {
    char text[HELP_TEXT];
    size_t len;
};

static void add_name(void *user, const char *name)
{
    struct names *n = user;

    if (n->len + strlen(name) + 3 < sizeof n->text)
        n->len += (size_t)snprintf(n->text + n->len, sizeof n->text - n->len, "%s%s",
                                   n->len ? ", " : "", name);
}

void hl_command_theme(struct hl_commands *c, const char *args)
{
    struct names n = {.len = 0};

    if (*args) {
        set(c, "theme", args);
        return;
    }
    hl_conf_themes(c->conf, add_name, &n);
    say(c, "theme = %s; there are %s", c->conf->settings.theme, n.text);
}

/* ---- keys ---- */

void hl_command_keys(struct hl_commands *c)
{
    size_t count;
    const struct hl_keymap_row *row = hl_keymap_rows(&count);
    char keys[HL_KEYMAP_TEXT];

    for (; count; count--, row++) {
        hl_keymap_names(&c->conf->keymap, row, keys);
        if (*row->help)
            say(c, "%-22s %-22s %s", row->name, *keys ? keys : "-", _(row->help));
    }
}

static void show_key(struct hl_commands *c, uint32_t key)
{
    enum hl_action action = hl_keymap_find(&c->conf->keymap, HL_CTX_INPUT, key);
    char name[HL_KEYMAP_TEXT];

    hl_keymap_name(key, name);
    say(c, "%s: %s", name, hl_keymap_action_name(action));
}

static void bind(struct hl_commands *c, const char *key, const char *action)
{
    char why[HL_WHY_MAX];
    char what[4 * HL_KEYMAP_TEXT];

    snprintf(what, sizeof what, "%.60s: %.60s%s", key, action,
             c->keys ? "" : _(" (on the screen: line mode has no keys)"));
    told(c, what, hl_conf_bind(c->conf, key, action, why), why);
}

/* The action is the last word: a key may have two. */
void hl_command_bind(struct hl_commands *c, const char *args)
{
    const char *space = strrchr(args, ' ');
    char key[HL_SETTINGS_TEXT];
    char why[HL_KEYMAP_WHY];
    uint32_t whole = *args ? hl_keymap_parse(args, why) : HL_KEY_NONE;

    if (*args == '\0') {
        hl_command_keys(c);
    } else if (whole != HL_KEY_NONE) {
        show_key(c, whole);
    } else if (!space) {
        say(c, "%s", why);
    } else {
        size_t len = (size_t)(space - args);

        while (len && args[len - 1] == ' ')
            len--;
        snprintf(key, sizeof key, "%.*s", (int)(len < sizeof key ? len : sizeof key), args);
        bind(c, key, space + 1);
    }
}

/* A key without an action in the table needs no line to do nothing. */
void hl_command_unbind(struct hl_commands *c, const char *args)
{
    static const enum hl_key_context contexts[] = {HL_CTX_INPUT, HL_CTX_SEARCH, HL_CTX_HELP};
    char why[HL_KEYMAP_WHY];
    uint32_t key = *args ? hl_keymap_parse(args, why) : HL_KEY_NONE;
    bool listed = false;

    if (*args == '\0') {
        say(c, "/unbind: KEY is missing");
        return;
    }
    for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++)
        listed = listed || hl_keymap_find(NULL, contexts[i], key) != HL_ACT_NONE;
    bind(c, args, listed ? "none" : "default");
}

/* ---- completion ---- */

struct adder {
    hl_command_add *add;
    void *user;
};

static void add_theme(void *user, const char *name)
{
    const struct adder *a = user;

    a->add(a->user, name);
}

static void complete_value(struct hl_commands *c, const struct hl_setting *row, struct adder *a)
{
    if (row->type == HL_SETTING_BOOL) {
        a->add(a->user, "on");
        a->add(a->user, "off");
    }
    for (size_t i = 0; row->words && row->words[i]; i++)
        a->add(a->user, row->words[i]);
    if (strcmp(row->name, "theme") == 0)
        hl_conf_themes(c->conf, add_theme, a);
    a->add(a->user, "default");
}

static void complete_set(struct hl_commands *c, const char *typed, size_t len, struct adder *a)
{
    size_t count;
    const struct hl_setting *row = hl_settings_table(&count);

    for (; count; count--, row++) {
        if (len == 0)
            a->add(a->user, row->name);
        else if (strncmp(row->name, typed, len) == 0 && row->name[len] == '\0')
            complete_value(c, row, a);
    }
}

static void complete_bind(struct adder *a)
{
    size_t count;
    const struct hl_keymap_row *row = hl_keymap_rows(&count);

    for (; count; count--, row++) {
        if (*row->help)
            a->add(a->user, row->name);
    }
    a->add(a->user, "none");
    a->add(a->user, "default");
}

bool hl_command_complete(struct hl_commands *c, const char *line, size_t word, hl_command_add *add,
                         void *user)
{
    struct adder a = {add, user};
    size_t name = strcspn(line, " ");
    const char *first = line + name + strspn(line + name, " ");
    const char *now = line + word;
    size_t len = first < now ? strcspn(first, " ") : 0;

    if (!c->conf || name > word)
        return false;
    if (name == 4 && strncmp(line, "/set", 4) == 0)
        complete_set(c, first, len, &a);
    else if (name == 6 && strncmp(line, "/theme", 6) == 0 && len == 0)
        hl_conf_themes(c->conf, add_theme, &a);
    else if (name == 5 && strncmp(line, "/bind", 5) == 0 && len)
        complete_bind(&a);
    else
        return false;
    return true;
}
