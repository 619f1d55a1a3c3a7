/* SPDX-License-Identifier: MIT */
/* Links are opened by a program of the user's choice, without a shell: what a peer wrote is one
 * argument, and only of schemes that name nothing on this host. */
#include "chat.h"

#include "child.h"
#include "cmdline.h"
#include "err.h"
#include "i18n.h"
#include "links.h"
#include "settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

static bool may_open(const char *uri)
{
    static const char *const schemes[] = {"http:", "https:", "mailto:", "hullo:"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

static pid_t *free_slot(struct hl_chat *c)
{
    for (size_t i = 0; i < HL_CHAT_OPENERS; i++) {
        if (c->openers[i] == 0)
            return &c->openers[i];
    }
    return NULL;
}

void hl_chat_open_ended(struct hl_chat *c)
{
    for (size_t i = 0; i < HL_CHAT_OPENERS; i++) {
        if (c->openers[i] != 0 && waitpid(c->openers[i], NULL, WNOHANG) != 0)
            c->openers[i] = 0;
    }
}

/* In a session of its own, with nothing of our terminal: it must neither draw on it nor be ended
 * with us. */
static int start(struct hl_cmdline *command, char *uri, pid_t *pid)
{
    command->at[command->count] = uri;
    command->at[command->count + 1] = NULL;
    return hl_child_start(&(struct hl_child){.argv = command->at,
                                             .fds = {HL_CHILD_NULL, HL_CHILD_NULL, HL_CHILD_NULL},
                                             .place = HL_CHILD_SESSION},
                          pid);
}

void hl_chat_open(struct hl_chat *c, const char *uri)
{
    uint32_t shown = hl_ui_selected(c->ui);
    struct hl_cmdline command;
    char argument[HL_LINK_URI];
    pid_t *slot = free_slot(c);
    int err = hl_cmdline_split(&command, hl_ui_settings(c->ui)->open_command);

    snprintf(argument, sizeof argument, "%s", uri);
    if (!may_open(uri)) {
        hl_chat_say(c, shown, HL_LINE_ERROR, "links of that kind are not opened: %s", uri);
    } else if (slot == NULL) {
        hl_chat_say(c, shown, HL_LINE_ERROR,
                    ngettext("%d link is already being opened", "%d links are already being opened",
                             HL_CHAT_OPENERS),
                    HL_CHAT_OPENERS);
    } else if (err != 0 || command.count == 0) {
        hl_chat_say(c, shown, HL_LINE_ERROR, "nothing opens links: /set open_command PROGRAM");
    } else {
        err = start(&command, argument, slot);
        if (err == 0)
            return;
        *slot = 0;
        hl_chat_say(c, shown, HL_LINE_ERROR, "%s: %s", command.at[0], _(hl_err_text(err)));
    }
}
