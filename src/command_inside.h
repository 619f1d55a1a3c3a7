/* SPDX-License-Identifier: MIT */
/* What the files of the slash commands share; nobody else includes it.
 *   command.c        the table, and commands of every conversation
 *   command_conf.c   settings, themes, keys
 *   command_home.c   commands that need the messenger: entries and contacts
 *   command_pane.c   commands about panes */
#ifndef HL_COMMAND_INSIDE_H
#define HL_COMMAND_INSIDE_H

#include "command.h"

/* One line; format is a msgid. */
void hl_command_say(struct hl_commands *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

typedef void hl_command_fn(struct hl_commands *c, const char *args);
hl_command_fn hl_command_last, hl_command_reply, hl_command_react, hl_command_edit,
    hl_command_delete, hl_command_cancel, hl_command_history, hl_command_search, hl_command_verify,
    hl_command_accept, hl_command_keep, hl_command_block, hl_command_unblock, hl_command_rename,
    hl_command_note, hl_command_status, hl_command_split, hl_command_vsplit, hl_command_unsplit,
    hl_command_zoom, hl_command_copy, hl_command_talk, hl_command_away, hl_command_url;

/* command_conf.c */
hl_command_fn hl_command_set, hl_command_theme, hl_command_bind, hl_command_unbind;

/* Asks the messenger, and says what is wrong. */
int hl_command_ask(struct hl_commands *c, struct hl_ctl *r);

/* Links of the messages that come as an answer to c->links. */
void hl_command_links(struct hl_commands *c, const struct hl_conv *conv, const struct hl_ctl *r);

/* The conversation on the screen, if it has a messenger behind it; else says so. */
struct hl_conv *hl_command_current(struct hl_commands *c);

/* The message among those that come as an answer to c->copy. */
void hl_command_copied(struct hl_commands *c, const struct hl_ctl *r);

/* The entry that the arguments name by "#N", else the latest one; the rest of the arguments. Says
 * what is wrong. */
const struct hl_said *hl_command_pick(struct hl_commands *c, const struct hl_conv *conv,
                                      const char **args, bool ours);

/* Lists what each key does. */
void hl_command_keys(struct hl_commands *c);

#endif
