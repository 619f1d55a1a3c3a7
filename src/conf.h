/* SPDX-License-Identifier: MIT */
/* hullo.conf: settings, keys and the theme that they name. Read once at the start, changed line by
 * line when the user changes something. A file that cannot be read or written, and mistakes in it,
 * keep nobody from talking: they are told, and defaults or this run's values hold. Main thread. */
#ifndef HL_CONF_H
#define HL_CONF_H

#include "home.h"
#include "keymap.h"
#include "settings.h"
#include "theme.h"

enum {
    HL_CONF_MISTAKES = 16, /* that are kept word for word */
};

struct hl_conf {
    struct hl_settings settings;
    struct hl_keymap keymap;
    struct hl_theme theme;   /* what settings.theme names */
    char path[HL_HOME_PATH]; /* "" = no variable tells where */
    size_t mistake_count;
    char mistakes[HL_CONF_MISTAKES][HL_WHY_MAX]; /* "FILE:LINE: what: why" */
};

/* What became of a change. */
enum hl_conf_saved {
    HL_CONF_REFUSED = -1, /* nothing was changed */
    HL_CONF_SAVED,
    HL_CONF_UNSAVED, /* holds for this run only */
};

/* Everything at its default, and no file. */
void hl_conf_init(struct hl_conf *c);
/* One more, copied: told with those of the file. */
void hl_conf_mistake(struct hl_conf *c, const char *what);

/* Reads the file: --config, hullo.conf in --home, or in $XDG_CONFIG_HOME/hullo. Returns 0, or
 * -errno with "what: why" when the one that --config names cannot be read. */
int hl_conf_load(struct hl_conf *c, const struct hl_options *o, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* Sets a setting or binds a key ("default": the line goes), in memory and in the file. Unless all
 * went well, why says what did not. */
enum hl_conf_saved hl_conf_set(struct hl_conf *c, const char *name, const char *value,
                               char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));
enum hl_conf_saved hl_conf_bind(struct hl_conf *c, const char *key, const char *action,
                                char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* Calls each() with the name of every theme there is: the program's and the user's. */
void hl_conf_themes(const struct hl_conf *c, void (*each)(void *user, const char *name),
                    void *user);

#endif
