/* SPDX-License-Identifier: MIT */
/* Commands about panes and lists: the same that keys do. */
#include "command_inside.h"

#include "err.h"
#include "i18n.h"
#include "links.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINKED_MESSAGES = 500, /* in which links are looked for */
    CLIPPED_MAX = 70000,   /* bytes: xterm takes 100000 characters of base64 */
};

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
                      N_("there is only one pane"));
}

void hl_command_zoom(struct hl_commands *c, const char *args)
{
    (void)args;
    (void)do_pane(c, HL_ACT_PANE_ZOOM, N_("there is only one pane"));
}

/* ---- the clipboard ---- */

/* The talk remembers how messages begin; the store has them whole. */
void hl_command_copy_entry(struct hl_commands *c, const struct hl_conv *conv,
                           const uint8_t id[static HL_ID_SIZE], uint64_t pos)
{
    int err = hl_talk_entry(c->session->talk, conv->id, pos, &c->copy);

    memcpy(c->copied, id, sizeof c->copied);
    if (err)
        say(c, "%s", _(hl_err_text(err)));
}

static void ask_copy(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    const struct hl_said *said = NULL;

    if (*args != '#')
        say(c, "/copy: #N, or nothing");
    else if (conv)
        said = hl_command_pick(c, conv, &args, false);
    if (said)
        hl_command_copy_entry(c, conv, said->id, 0);
}

static void clip(struct hl_commands *c, const struct hl_ctl *r)
{
    char *text = malloc(HL_TEXT_GROWTH * r->text.len + 1);
    size_t len = text ? hl_text_original(text, r->text.len ? r->text.at : "", r->text.len) : 0;

    if (!text)
        say(c, "%s", _(hl_err_text(-ENOMEM)));
    else if (len == 0)
        say(c, "there is no text in that message");
    else if (len > CLIPPED_MAX)
        say(c, "%zu bytes are too many for a clipboard", len);
    else if (!c->ops->clip || !c->ops->clip(c->user, text, len))
        say(c, "this terminal has no clipboard");
    else
        say(c,
            ngettext("%zu byte for the clipboard, if the terminal permits it",
                     "%zu bytes for the clipboard, if the terminal permits it", len),
            len);
    free(text);
}

void hl_command_copied(struct hl_commands *c, const struct hl_ctl *r)
{
    bool ends = r->kind == HL_CTL_END || r->kind == HL_CTL_ERROR;

    if (r->kind == HL_CTL_ENTRY && memcmp(r->id, c->copied, sizeof c->copied) == 0)
        clip(c, r);
    else if (r->kind == HL_CTL_END)
        say(c, "that message is no longer there");
    if (ends || (r->kind == HL_CTL_ENTRY && memcmp(r->id, c->copied, sizeof c->copied) == 0))
        c->copy = 0;
}

void hl_command_copy(struct hl_commands *c, const char *args)
{
    if (c->ops->pane == NULL)
        say(c, "line mode shows nothing but text: copy it as it stands");
    else if (*args != '\0')
        ask_copy(c, args);
    else
        (void)do_pane(c, HL_ACT_COPY, N_("there is nothing to copy"));
}

/* ---- links without a list ---- */

static void say_links(struct hl_commands *c, const struct hl_conv *conv, const struct hl_ctl *r)
{
    char uri[HL_LINK_URI];
    struct hl_links links;
    struct hl_link link;
    size_t len = r->text.len;
    const char *written = len ? r->text.at : "";
    char *text = hl_links_clean_dup(written, len, 0, &len);

    if (!text)
        return;
    hl_links_init(&links, text, len);
    while (hl_links_next(&links, &link)) {
        if (hl_link_uri(text, &link, uri) == 0)
            continue;
        c->linked++;
        say(c, "%s: %s", r->flags & HL_CTL_E_OURS ? _("you") : conv->name, uri);
    }
    free(text);
}

void hl_command_links(struct hl_commands *c, const struct hl_conv *conv, const struct hl_ctl *r)
{
    if (r->kind == HL_CTL_ENTRY && conv)
        say_links(c, conv, r);
    if (r->kind != HL_CTL_END && r->kind != HL_CTL_ERROR)
        return;
    if (r->kind == HL_CTL_END && c->linked == 0)
        say(c, "there are no links here");
    c->links = 0;
}

/* The newest first, as in the list. */
static void ask_links(struct hl_commands *c)
{
    struct hl_conv *conv = hl_command_current(c);
    struct hl_ctl r = {.kind = HL_CTL_HISTORY, .flags = HL_CTL_BACKWARD, .number = LINKED_MESSAGES};

    if (!conv)
        return;
    r.contact = conv->id;
    c->linked = 0;
    c->links = hl_command_ask(c, &r) == 0 ? r.request : 0;
}

void hl_command_url(struct hl_commands *c, const char *args)
{
    (void)args;
    if (c->ops->open == NULL)
        ask_links(c);
    else if (!c->ops->open(c->user, HL_ACT_LINKS, ""))
        say(c, "there are no links here");
}
