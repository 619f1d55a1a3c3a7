/* SPDX-License-Identifier: MIT */
/* Settings of the user interface: one table, from which everything else reads the rows (hullo.conf,
 * /set and its completion, the test that holds the manual page to them).
 *
 * To add one: a member of struct hl_settings, a row in settings.c, an entry in the manual. Who acts
 * on a setting reads the member whenever it is needed, so a change shows at once. Pure. */
#ifndef HL_SETTINGS_H
#define HL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_SETTINGS_TEXT = 256, /* bytes with NUL of a value as text */
    HL_SETTINGS_WHY = 320,  /* bytes with NUL of an error text */
};

enum hl_colours {
    HL_COLOURS_AUTO, /* what terminfo, COLORTERM and NO_COLOR say */
    HL_COLOURS_NONE,
    HL_COLOURS_16,
    HL_COLOURS_256,
    HL_COLOURS_TRUE,
};

enum hl_time_format {
    HL_TIME_NONE,
    HL_TIME_MINUTES, /* 14:03 */
    HL_TIME_SECONDS, /* 14:03:59 */
    HL_TIME_12H,     /* 2:03pm */
};

/* When the terminal's bell rings. */
enum hl_bell {
    HL_BELL_OFF,
    HL_BELL_MENTION, /* our user is away, and is named */
    HL_BELL_MESSAGE, /* our user is away */
    HL_BELL_ALWAYS,
};

/* How the terminal is asked for a notification on the desktop. */
enum hl_notify {
    HL_NOTIFY_OFF,
    HL_NOTIFY_OSC9,
    HL_NOTIFY_OSC777,
    HL_NOTIFY_AUTO,
};

/* What auto decides by what is known of the terminal. */
enum hl_choice {
    HL_CHOICE_AUTO,
    HL_CHOICE_OFF,
    HL_CHOICE_ON,
};

static inline bool hl_choice(int choice, bool otherwise)
{
    return choice == HL_CHOICE_AUTO ? otherwise : choice == HL_CHOICE_ON;
}

/* Members are of the type that their row says: bool; int; int for enumerations; char[] for text. */
struct hl_settings {
    int bell; /* enum hl_bell */
    int bidi; /* enum hl_choice */
    bool clock;
    int colours; /* enum hl_colours */
    char editor[HL_SETTINGS_TEXT];
    char language[HL_SETTINGS_TEXT];
    int links; /* enum hl_choice */
    int list_width;
    bool mouse;
    bool nick_colours;
    int notify; /* enum hl_notify */
    char notify_command[HL_SETTINGS_TEXT];
    bool notify_contents;
    char open_command[HL_SETTINGS_TEXT];
    int paste_bytes;
    int paste_lines;
    char quiet_hours[HL_SETTINGS_TEXT];
    char spell[HL_SETTINGS_TEXT];
    char theme[HL_SETTINGS_TEXT];
    int time; /* enum hl_time_format */
    bool title;
};

enum hl_setting_type {
    HL_SETTING_BOOL,
    HL_SETTING_INT,
    HL_SETTING_ENUM,
    HL_SETTING_TEXT,
};

struct hl_setting {
    const char *name;
    enum hl_setting_type type;
    size_t offset;                  /* of the member */
    int initial;                    /* default of a BOOL, INT or ENUM */
    int min, max;                   /* INT */
    const char *const *words;       /* ENUM: their names in order, ended by NULL */
    const char *text;               /* default of a TEXT */
    bool (*fits)(const char *text); /* TEXT: whether it may be; NULL = any text */
    const char *form;               /* TEXT with fits: what it must be */
    const char *help;               /* one line */
};

/* All rows, ordered by name. */
const struct hl_setting *hl_settings_table(size_t *count);
/* NULL if there is none of that name. */
const struct hl_setting *hl_settings_find(const char *name);

/* Everything at its default. */
void hl_settings_init(struct hl_settings *s);

/* Sets one from text as people write it; "default" is its default. Returns the row, or NULL with
 * "NAME: what is wrong" in why, and then nothing was changed. */
const struct hl_setting *hl_settings_set(struct hl_settings *s, const char *name, const char *value,
                                         char why[static HL_SETTINGS_WHY])
    __attribute__((warn_unused_result));
void hl_settings_reset(struct hl_settings *s, const struct hl_setting *row);

/* The value as text that hl_settings_set() takes. Returns its length. */
size_t hl_settings_print(const struct hl_settings *s, const struct hl_setting *row,
                         char out[static HL_SETTINGS_TEXT]);
bool hl_settings_is_default(const struct hl_settings *s, const struct hl_setting *row);

/* What may be given: "on or off", "0 to 80", "auto, none, 16, 256 or true", "text". */
void hl_settings_choices(const struct hl_setting *row, char out[static HL_SETTINGS_TEXT]);

#endif
