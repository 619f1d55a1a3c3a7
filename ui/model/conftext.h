/* SPDX-License-Identifier: MIT */
/* The text of hullo.conf: what its lines say, and the change of one of them. Pure.
 *
 *     # a comment has a line of its own
 *     theme = light
 *     bind C-x u = undo
 *
 * Of two lines about the same thing the later one counts. A mistake spoils its line alone. */
#ifndef HL_CONFTEXT_H
#define HL_CONFTEXT_H

#include "keymap.h"
#include "settings.h"

#include <stddef.h>

enum {
    HL_CONFTEXT_WHY = 320,         /* bytes with NUL of an error text */
    HL_CONFTEXT_MAX = 1024 * 1024, /* bytes of a file; a longer one is something else */
};

/* Where what is read goes. */
struct hl_conftext_sink {
    struct hl_settings *settings;
    struct hl_keymap *keymap;
    void (*mistake)(void *user, size_t line, const char *why); /* why: "what: why" */
    void *user;
};
void hl_conftext_read(const char *text, size_t len, const struct hl_conftext_sink *to);

/* A line as it shall be. */
struct hl_conftext_item {
    bool bind;
    const char *name;  /* of the setting, or the key */
    const char *value; /* of the setting, or the action; NULL = there shall be no such line */
};

/* The text with that line in the place of the last one about the same thing, else at its end;
 * everything else stays byte by byte. To be freed by the caller; NULL if memory is short. */
char *hl_conftext_change(const char *text, size_t len, const struct hl_conftext_item *item,
                         size_t *out_len) __attribute__((warn_unused_result));

#endif
