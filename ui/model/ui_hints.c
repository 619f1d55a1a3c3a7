/* SPDX-License-Identifier: MIT */
/* What can be done now and by which keys: in the status bar, where letters are no text, and on the
 * headings of lists. */
#include "ui_state.h"

#include "i18n.h"
#include "keymap.h"

#include <stdio.h>

/* What has the keyboard. */
enum place {
    NOWHERE,
    MESSAGE,
    HELP,
    PALETTE,
    SWITCH,
    LINKS,
    LINK, /* one that is shown whole */
    FIND,
};

static const struct {
    enum place place;
    enum hl_key_context context;
    enum hl_action action;
    const char *word;
} hints[] = {
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_CANCEL, N_("back")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_REPLY, N_("reply")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_REACT, N_("react")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_EDIT, N_("edit")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_DELETE, N_("delete")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_TAKE_BACK, N_("cancel")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_COPY, N_("copy")},
    {MESSAGE, HL_CTX_MESSAGE, HL_ACT_MSG_ANSWERED, N_("quoted")},
    {HELP, HL_CTX_HELP, HL_ACT_CANCEL, N_("back")},
    {HELP, HL_CTX_HELP, HL_ACT_PAGE_DOWN, N_("more")},
    {HELP, HL_CTX_HELP, HL_ACT_PALETTE, N_("search")},
    {PALETTE, HL_CTX_PICKER, HL_ACT_SEND, N_("do it")},
    {PALETTE, HL_CTX_PICKER, HL_ACT_CANCEL, N_("back")},
    {SWITCH, HL_CTX_PICKER, HL_ACT_SEND, N_("show it")},
    {SWITCH, HL_CTX_PICKER, HL_ACT_CANCEL, N_("back")},
    {LINKS, HL_CTX_PICKER, HL_ACT_SEND, N_("show it whole")},
    {LINKS, HL_CTX_PICKER, HL_ACT_CANCEL, N_("back")},
    {LINK, HL_CTX_PICKER, HL_ACT_SEND, N_("open it")},
    {LINK, HL_CTX_PICKER, HL_ACT_CANCEL, N_("back to the list")},
    {FIND, HL_CTX_PICKER, HL_ACT_SEND, N_("go there")},
    {FIND, HL_CTX_PICKER, HL_ACT_SCOPE, N_("where")},
    {FIND, HL_CTX_PICKER, HL_ACT_CANCEL, N_("back")},
};

static enum place place_of(struct hl_ui *ui)
{
    static const enum place lists[] = {[HL_UI_LIST_PALETTE] = PALETTE,
                                       [HL_UI_LIST_SWITCH] = SWITCH,
                                       [HL_UI_LIST_LINKS] = LINKS,
                                       [HL_UI_LIST_FIND] = FIND};

    if (ui->list.kind != HL_UI_LIST_NONE)
        return ui->list.whole ? LINK : lists[ui->list.kind];
    return ui->help ? HELP : hl_ui_cursor_is_on(ui) ? MESSAGE : NOWHERE;
}

void hl_ui_hints(struct hl_ui *ui, char out[static HL_UI_HINT])
{
    enum place place = place_of(ui);
    char key[HL_KEYMAP_TEXT];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof hints / sizeof hints[0] && len < HL_UI_HINT; i++) {
        if (hints[i].place == place &&
            hl_keymap_key_of(ui->config.keymap, hints[i].context, hints[i].action, key) > 0)
            len += (size_t)snprintf(out + len, HL_UI_HINT - len, "%s%s: %s", len > 0 ? "  " : "",
                                    key, _(hints[i].word));
    }
}
