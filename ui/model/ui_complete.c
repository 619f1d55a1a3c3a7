/* SPDX-License-Identifier: MIT */
/* Completion of the word before the cursor: Tab puts in what its candidates have in common and
 * lists them on the status bar, Tab again and S-Tab go through them, and any other key takes the
 * one that stands there. What to write in place of a misspelt word is gone through alike. */
#include "ui_state.h"

#include <stdlib.h>
#include <string.h>

/* Fills matches with the candidates for the word at from. */
static void gather(struct hl_ui *ui, struct hl_ui_completion *c)
{
    struct hl_edit *draft = hl_ui_current_draft(ui);
    size_t cursor = hl_edit_cursor(draft);
    char *line = strndup(hl_edit_text(draft, NULL), cursor);

    c->from = cursor;
    c->len = 0;
    c->behind = 0;
    c->matches.count = 0;
    if (line == NULL)
        return;
    while (c->from > 0 && line[c->from - 1] != ' ' && line[c->from - 1] != '\n')
        c->from--;
    c->len = cursor - c->from;
    hl_matches_start(&c->matches, line + c->from, c->len);
    if (c->len < HL_MATCHES_TEXT) {
        if (ui->config.complete != NULL)
            ui->config.complete(ui->config.user, line, c->from, &c->matches);
        hl_matches_emoji(&c->matches);
    } else {
        c->matches.count = 0;
    }
    free(line);
}

static bool replace(struct hl_ui *ui, const char *text, size_t len, struct hl_ui_action *out)
{
    struct hl_ui_completion *c = &ui->completion;
    enum hl_edit_result result =
        hl_edit_replace(hl_ui_current_draft(ui), c->from, c->from + c->len, text, len);

    hl_ui_edited(ui, result, out);
    if (result == HL_EDIT_DONE) {
        c->len = len;
        hl_edit_place(hl_ui_current_draft(ui), c->from + len + c->behind);
    }
    return result == HL_EDIT_DONE;
}

static void list(struct hl_ui *ui)
{
    struct hl_ui_completion *c = &ui->completion;

    hl_matches_list(&c->matches, c->current, ui->hint, sizeof(ui->hint));
    c->open = true;
    c->revision = hl_edit_revision(hl_ui_current_draft(ui));
    c->conv = hl_ui_current(ui)->id;
}

/* The only candidate, and a space unless it ends with one. */
static void take_only(struct hl_ui *ui, struct hl_ui_action *out)
{
    const char *text = ui->completion.matches.at[0].text;
    char spaced[HL_MATCHES_TEXT + 1];
    size_t len = strlen(text);

    memcpy(spaced, text, len);
    if (len > 0 && text[len - 1] != ' ')
        spaced[len++] = ' ';
    replace(ui, spaced, len, out);
}

static void begin(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_completion *c = &ui->completion;

    gather(ui, c);
    c->current = c->matches.count;
    if (c->matches.count == 0) {
        out->kind = HL_UI_BELL;
    } else if (c->matches.count == 1) {
        take_only(ui, out);
    } else {
        size_t len = hl_matches_common(&c->matches);
        if (len > c->len)
            replace(ui, c->matches.at[0].text, len, out);
        else
            out->kind = HL_UI_BELL;
        list(ui);
    }
}

struct hl_matches *hl_ui_complete_with(struct hl_ui *ui, size_t from, size_t len)
{
    struct hl_ui_completion *c = &ui->completion;
    size_t cursor = hl_edit_cursor(hl_ui_current_draft(ui));

    c->open = true;
    c->revision = hl_edit_revision(hl_ui_current_draft(ui));
    c->conv = hl_ui_current(ui)->id;
    c->from = from;
    c->len = len;
    c->behind = cursor > from + len ? cursor - from - len : 0;
    hl_matches_start(&c->matches, "", 0);
    c->current = HL_MATCHES_MAX; /* the first is next */
    return &c->matches;
}

void hl_ui_complete(struct hl_ui *ui, bool forward, struct hl_ui_action *out)
{
    struct hl_ui_completion *c = &ui->completion;
    size_t count = c->matches.count;

    if (!c->open || c->revision != hl_edit_revision(hl_ui_current_draft(ui)) ||
        c->conv != hl_ui_current(ui)->id) {
        c->open = false;
        begin(ui, out);
        return;
    }
    if (forward)
        c->current = c->current + 1 < count ? c->current + 1 : 0;
    else
        c->current = c->current > 0 ? c->current - 1 : count - 1;
    if (replace(ui, c->matches.at[c->current].text, strlen(c->matches.at[c->current].text), out))
        list(ui);
}
