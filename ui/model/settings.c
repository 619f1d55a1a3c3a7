/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include "alerts.h"
#include "i18n.h"
#include "suggest.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct hl_settings, member)

static const char *const choice_words[] = {
    [HL_CHOICE_AUTO] = "auto",
    [HL_CHOICE_OFF] = "off",
    [HL_CHOICE_ON] = "on",
    NULL,
};
static const char *const bell_words[] = {
    [HL_BELL_OFF] = "off",
    [HL_BELL_MENTION] = "mention",
    [HL_BELL_MESSAGE] = "message",
    [HL_BELL_ALWAYS] = "always",
    NULL,
};
static const char *const notify_words[] = {
    [HL_NOTIFY_OFF] = "off",
    [HL_NOTIFY_OSC9] = "osc9",
    [HL_NOTIFY_OSC777] = "osc777",
    [HL_NOTIFY_AUTO] = "auto",
    NULL,
};
static const char *const colour_words[] = {
    [HL_COLOURS_AUTO] = "auto", [HL_COLOURS_NONE] = "none", [HL_COLOURS_16] = "16",
    [HL_COLOURS_256] = "256",   [HL_COLOURS_TRUE] = "true", NULL,
};
static const char *const time_words[] = {
    [HL_TIME_NONE] = "none",
    [HL_TIME_MINUTES] = "hh:mm",
    [HL_TIME_SECONDS] = "hh:mm:ss",
    [HL_TIME_12H] = "12h",
    NULL,
};

static const struct hl_setting table[] = {
    {"bell", HL_SETTING_ENUM, AT(bell), .initial = HL_BELL_MESSAGE, .words = bell_words,
     .help = "when the bell rings; except for always, only while you look elsewhere"},
    {"bidi", HL_SETTING_ENUM, AT(bidi), .initial = HL_CHOICE_AUTO, .words = choice_words,
     .help = "reorder right-to-left text; auto: unless the terminal does"},
    {"clock", HL_SETTING_BOOL, AT(clock), .help = "the time of day on the status bar"},
    {"colours", HL_SETTING_ENUM, AT(colours), .initial = HL_COLOURS_AUTO, .words = colour_words,
     .help = "how many colours to use; auto: as many as the terminal has"},
    {"editor", HL_SETTING_TEXT, AT(editor), .text = "",
     .help = "the program that edits a draft; none: $VISUAL, $EDITOR or vi; no shell"},
    {"language", HL_SETTING_TEXT, AT(language), .text = "",
     .help = "language of this program, such as en or zh_CN, from the next start on"},
    {"links", HL_SETTING_ENUM, AT(links), .initial = HL_CHOICE_AUTO, .words = choice_words,
     .help = "let a click open links, in terminals that know how"},
    {"list_width", HL_SETTING_INT, AT(list_width), .min = 0, .max = 80,
     .help = "columns of the list of conversations; 0: as many as the names need"},
    {"mouse", HL_SETTING_BOOL, AT(mouse),
     .help = "take clicks and the wheel; with Shift they are the terminal's"},
    {"nick_colours", HL_SETTING_BOOL, AT(nick_colours), .initial = true,
     .help = "a colour of its own for each name"},
    {"notify", HL_SETTING_ENUM, AT(notify), .initial = HL_NOTIFY_AUTO, .words = notify_words,
     .help = "desktop notifications through the terminal, while you look elsewhere"},
    {"notify_command", HL_SETTING_TEXT, AT(notify_command), .text = "",
     .help = "a program to run for a notification, with the text as its input"},
    {"notify_contents", HL_SETTING_BOOL, AT(notify_contents), .initial = true,
     .help = "show names and texts in notifications and in the window title"},
    {"open_command", HL_SETTING_TEXT, AT(open_command), .text = "xdg-open",
     .help = "the program that opens links, and its arguments; no shell"},
    {"paste_bytes", HL_SETTING_INT, AT(paste_bytes), .initial = 2000, .min = 100, .max = 65536,
     .help = "a paste of more bytes is sent only after a second Enter"},
    {"paste_lines", HL_SETTING_INT, AT(paste_lines), .initial = 5, .min = 1, .max = 10000,
     .help = "the same for a paste of more lines"},
    {"quiet_hours", HL_SETTING_TEXT, AT(quiet_hours), .text = "", .fits = hl_alerts_is_hours,
     .form = "HH:MM-HH:MM", .help = "hours in which nothing rings, such as 22:00-07:00"},
    {"spell", HL_SETTING_TEXT, AT(spell), .text = "",
     .help = "a program that checks your spelling, such as aspell -a"},
    {"theme", HL_SETTING_TEXT, AT(theme), .text = "dark",
     .help = "dark, light, contrast, mono, one of yours, or a file"},
    {"time", HL_SETTING_ENUM, AT(time), .initial = HL_TIME_MINUTES, .words = time_words,
     .help = "how to show the time before a message"},
    {"title", HL_SETTING_BOOL, AT(title), .initial = true,
     .help = "show the number of unread messages in the window title"},
};

enum {
    COUNT = sizeof(table) / sizeof(table[0]),
};

const struct hl_setting *hl_settings_table(size_t *count)
{
    *count = COUNT;
    return table;
}

const struct hl_setting *hl_settings_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

static void *member(struct hl_settings *s, const struct hl_setting *row)
{
    return (char *)s + row->offset;
}

static const void *value_of(const struct hl_settings *s, const struct hl_setting *row)
{
    return (const char *)s + row->offset;
}

void hl_settings_reset(struct hl_settings *s, const struct hl_setting *row)
{
    switch (row->type) {
    case HL_SETTING_BOOL:
        *(bool *)member(s, row) = row->initial != 0;
        break;
    case HL_SETTING_INT:
    case HL_SETTING_ENUM:
        *(int *)member(s, row) = row->initial;
        break;
    case HL_SETTING_TEXT:
        snprintf(member(s, row), HL_SETTINGS_TEXT, "%s", row->text);
        break;
    }
}

void hl_settings_init(struct hl_settings *s)
{
    for (size_t i = 0; i < COUNT; i++)
        hl_settings_reset(s, &table[i]);
}

/* ---- values ---- */

static bool parse_bool(bool *out, const char *value)
{
    static const char *const words[] = {"off", "on", "no", "yes", "false", "true", "0", "1"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], value) == 0) {
            *out = i % 2 != 0;
            return true;
        }
    }
    return false;
}

static bool parse_int(int *out, const char *value, const struct hl_setting *row)
{
    bool minus = value[0] == '-';
    long n = 0;

    value += minus;
    if (value[0] == '\0' || strlen(value) > 9 || value[strspn(value, "0123456789")] != '\0')
        return false;
    for (; *value != '\0'; value++)
        n = n * 10 + (*value - '0');
    n = minus ? -n : n;
    if (n < row->min || n > row->max)
        return false;
    *out = (int)n;
    return true;
}

static bool parse_word(int *out, const char *value, const struct hl_setting *row)
{
    for (int i = 0; row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], value) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* Printable UTF-8 that can stand on a line of a file. */
static bool parse_text(char out[static HL_SETTINGS_TEXT], const char *value)
{
    size_t len = strlen(value);

    if (len >= HL_SETTINGS_TEXT || !hl_utf8_valid(value, len))
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
            return false;
    }
    memcpy(out, value, len + 1);
    return true;
}

static bool parse(struct hl_settings *s, const struct hl_setting *row, const char *value)
{
    switch (row->type) {
    case HL_SETTING_BOOL:
        return parse_bool(member(s, row), value);
    case HL_SETTING_INT:
        return parse_int(member(s, row), value, row);
    case HL_SETTING_ENUM:
        return parse_word(member(s, row), value, row);
    case HL_SETTING_TEXT:
        return (row->fits == NULL || row->fits(value)) && parse_text(member(s, row), value);
    }
    return false;
}

void hl_settings_choices(const struct hl_setting *row, char out[static HL_SETTINGS_TEXT])
{
    size_t at = 0;

    switch (row->type) {
    case HL_SETTING_BOOL:
        snprintf(out, HL_SETTINGS_TEXT, "%s", _("on or off"));
        break;
    case HL_SETTING_INT:
        snprintf(out, HL_SETTINGS_TEXT, _("%d to %d"), row->min, row->max);
        break;
    case HL_SETTING_ENUM:
        for (size_t i = 0; row->words[i] != NULL && at < HL_SETTINGS_TEXT; i++) {
            const char *before = i == 0 ? "" : row->words[i + 1] == NULL ? _(" or ") : _(", ");
            at += (size_t)snprintf(out + at, HL_SETTINGS_TEXT - at, "%s%s", before, row->words[i]);
        }
        break;
    case HL_SETTING_TEXT:
        snprintf(out, HL_SETTINGS_TEXT, "%s", row->fits != NULL ? row->form : _("text"));
        break;
    }
}

static void explain(const struct hl_setting *row, const char *value,
                    char why[static HL_SETTINGS_WHY])
{
    char choices[HL_SETTINGS_TEXT];
    struct hl_suggestion near;

    if (row->type == HL_SETTING_TEXT && row->fits == NULL) {
        snprintf(why, HL_SETTINGS_WHY, _("%s: must be one line of UTF-8 of at most %d bytes"),
                 row->name, HL_SETTINGS_TEXT - 1);
        return;
    }
    hl_settings_choices(row, choices);
    hl_suggest_start(&near, value);
    for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++)
        hl_suggest_offer(&near, row->words[i]);
    if (near.best != NULL)
        snprintf(why, HL_SETTINGS_WHY, _("%s: %.40s: must be %.160s; did you mean %s?"), row->name,
                 value, choices, near.best);
    else
        snprintf(why, HL_SETTINGS_WHY, _("%s: %.40s: must be %.160s"), row->name, value, choices);
}

const struct hl_setting *hl_settings_set(struct hl_settings *s, const char *name, const char *value,
                                         char why[static HL_SETTINGS_WHY])
{
    const struct hl_setting *row = hl_settings_find(name);

    if (row == NULL) {
        struct hl_suggestion near;
        hl_suggest_start(&near, name);
        for (size_t i = 0; i < COUNT; i++)
            hl_suggest_offer(&near, table[i].name);
        if (near.best != NULL)
            snprintf(why, HL_SETTINGS_WHY, _("%.80s: no such setting: did you mean %s?"), name,
                     near.best);
        else
            snprintf(why, HL_SETTINGS_WHY, _("%.80s: no such setting"), name);
        return NULL;
    }
    if (strcmp(value, "default") == 0) {
        hl_settings_reset(s, row);
    } else if (!parse(s, row, value)) {
        explain(row, value, why);
        return NULL;
    }
    return row;
}

size_t hl_settings_print(const struct hl_settings *s, const struct hl_setting *row,
                         char out[static HL_SETTINGS_TEXT])
{
    const void *value = value_of(s, row);
    int len = 0;

    switch (row->type) {
    case HL_SETTING_BOOL:
        len = snprintf(out, HL_SETTINGS_TEXT, "%s", *(const bool *)value ? "on" : "off");
        break;
    case HL_SETTING_INT:
        len = snprintf(out, HL_SETTINGS_TEXT, "%d", *(const int *)value);
        break;
    case HL_SETTING_ENUM:
        len = snprintf(out, HL_SETTINGS_TEXT, "%s", row->words[*(const int *)value]);
        break;
    case HL_SETTING_TEXT:
        len = snprintf(out, HL_SETTINGS_TEXT, "%s", (const char *)value);
        break;
    }
    return (size_t)len;
}

bool hl_settings_is_default(const struct hl_settings *s, const struct hl_setting *row)
{
    struct hl_settings initial;
    char now[HL_SETTINGS_TEXT];
    char then[HL_SETTINGS_TEXT];

    hl_settings_reset(&initial, row);
    hl_settings_print(s, row, now);
    hl_settings_print(&initial, row, then);
    return strcmp(now, then) == 0;
}
