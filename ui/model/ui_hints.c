/* SPDX-License-Identifier: MIT */
/* What can be done now and by which keys: in the status bar, where letters are no text. */
#include "ui_state.h"

#include "i18n.h"
#include "keymap.h"

#include <stdio.h>
#include <string.h>

struct hint {
    enum hl_action action;
    const char *word;
};

static const struct hl_keymap_row *row_of(enum hl_action action, enum hl_key_context context)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    size_t i = 0;

    while (i + 1 < count && (rows[i].action != action || !(rows[i].contexts & context)))
        i++;
    return &rows[i];
}

/* all: ended by one without a word */
static void print(const struct hl_ui *ui, enum hl_key_context context, const struct hint *all,
                  char out[static HL_UI_HINT])
{
    char keys[HL_KEYMAP_TEXT];
    size_t len = 0;

    out[0] = '\0';
    for (; all->word != NULL && len < HL_UI_HINT; all++) {
        if (hl_keymap_names(ui->config.keymap, row_of(all->action, context), keys) == 0)
            continue;
        keys[strcspn(keys, ",")] = '\0'; /* the first one */
        len += (size_t)snprintf(out + len, HL_UI_HINT - len, "%s%s: %s", len > 0 ? "  " : "", keys,
                                _(all->word));
    }
}

void hl_ui_hints(struct hl_ui *ui, char out[static HL_UI_HINT])
{
    static const struct hint message[] = {{HL_ACT_CANCEL, N_("back")},
                                          {HL_ACT_MSG_REPLY, N_("reply")},
                                          {HL_ACT_MSG_REACT, N_("react")},
                                          {HL_ACT_MSG_EDIT, N_("edit")},
                                          {HL_ACT_MSG_DELETE, N_("delete")},
                                          {HL_ACT_MSG_TAKE_BACK, N_("cancel")},
                                          {HL_ACT_MSG_COPY, N_("copy")},
                                          {HL_ACT_MSG_ANSWERED, N_("quoted")},
                                          {HL_ACT_NONE, NULL}};
    static const struct hint help[] = {{HL_ACT_CANCEL, N_("back")},
                                       {HL_ACT_PAGE_DOWN, N_("more")},
                                       {HL_ACT_PALETTE, N_("search")},
                                       {HL_ACT_NONE, NULL}};

    if (ui->help)
        print(ui, HL_CTX_HELP, help, out);
    else if (hl_ui_cursor_is_on(ui))
        print(ui, HL_CTX_MESSAGE, message, out);
    else
        out[0] = '\0';
}
