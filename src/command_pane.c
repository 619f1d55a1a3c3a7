/* SPDX-License-Identifier: MIT */
/* Commands about panes and lists: the same that keys do. */
#include "command_inside.h"

#include "i18n.h"

#include <string.h>

#define say hl_command_say

static bool do_pane(struct hl_commands *c, enum hl_action action, const char *otherwise)
{
    bool done = c->ops->pane != NULL && c->ops->pane(c->user, action);

    if (c->ops->pane == NULL)
        say(c, "there are no panes in line mode");
    else if (!done)
        say(c, "%s", _(otherwise));
    return done;
}

/* The new pane gets the focus if it is to show another conversation. */
static void split(struct hl_commands *c, enum hl_action action, const char *args)
{
    struct hl_conv *conv = *args != '\0' ? hl_talk_find(c->session->talk, args) : NULL;

    if (*args != '\0' && conv == NULL) {
        say(c, "%s: no such conversation, or more than one: /peer lists them", args);
        return;
    }
    if (!do_pane(c, action, N_("there is no room for another pane")) || conv == NULL)
        return;
    (void)c->ops->pane(c->user, HL_ACT_PANE_NEXT);
    c->ops->select(c->user, conv);
}

void hl_command_split(struct hl_commands *c, const char *args)
{
    split(c, HL_ACT_PANE_BELOW, args);
}

void hl_command_vsplit(struct hl_commands *c, const char *args)
{
    split(c, HL_ACT_PANE_BESIDE, args);
}

void hl_command_unsplit(struct hl_commands *c, const char *args)
{
    if (*args != '\0' && strcmp(args, "all") != 0)
        say(c, "/unsplit: all, or nothing");
    else
        (void)do_pane(c, *args != '\0' ? HL_ACT_PANE_ONLY : HL_ACT_PANE_CLOSE,
                      N_("there is one pane only"));
}

void hl_command_zoom(struct hl_commands *c, const char *args)
{
    (void)args;
    (void)do_pane(c, HL_ACT_PANE_ZOOM, N_("there is one pane only"));
}

void hl_command_copy(struct hl_commands *c, const char *args)
{
    (void)args;
    (void)do_pane(c, HL_ACT_COPY, N_("there is nothing to be copied"));
}

void hl_command_url(struct hl_commands *c, const char *args)
{
    (void)args;
    if (c->ops->open == NULL)
        say(c, "there is no list of links in line mode");
    else if (!c->ops->open(c->user, HL_ACT_LINKS, ""))
        say(c, "there are no links here");
}
