/* SPDX-License-Identifier: MIT */
/* Earlier input comes back: by walking through it, by what it begins with, by incremental search,
 * and its last word alone. */
#include "ui_state.h"

#include "cluster.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

void hl_ui_recall_walk(struct hl_ui *ui, bool older, struct hl_ui_action *out)
{
    struct hl_edit *draft = hl_ui_current_draft(ui);
    size_t len;
    const char *now = hl_edit_text(draft, &len);
    const char *text = older ? hl_history_prev(ui->history, now, len, &len)
                             : hl_history_next(ui->history, now, len, &len);

    if (text == NULL)
        out->kind = HL_UI_BELL;
    else
        hl_ui_edited(ui, hl_edit_set(draft, text, len), out);
}

/* The next entry that begins with what stands before the cursor; the cursor stays, so that the next
 * time asks for the same. Where there is none the walk goes back to where it was. */
void hl_ui_recall_like(struct hl_ui *ui, bool older, struct hl_ui_action *out)
{
    const char *(*const go[])(struct hl_history *, const char *, size_t,
                              size_t *) = {hl_history_next, hl_history_prev};
    struct hl_edit *draft = hl_ui_current_draft(ui);
    size_t begins = hl_edit_cursor(draft);
    size_t now_len;
    const char *now = hl_edit_text(draft, &now_len);
    const char *at = now; /* what the walk shows */
    size_t len = now_len;
    size_t steps = 0;

    for (const char *text; (text = go[older](ui->history, at, len, &len)) != NULL; steps++) {
        at = text;
        if (len >= begins && memcmp(at, now, begins) == 0 &&
            !(len == now_len && memcmp(at, now, len) == 0)) {
            hl_ui_edited(ui, hl_edit_set(draft, at, len), out);
            hl_edit_place(draft, begins);
            return;
        }
    }
    out->kind = HL_UI_BELL;
    for (; steps > 0; steps--)
        at = go[!older](ui->history, at, len, &len);
}

/* ---- the last word ---- */

/* Where the last word of a line begins; blanks behind it are left out of *len. */
static const char *last_word(const char *text, size_t *len)
{
    size_t end = *len;
    size_t start = 0;

    while (end > 0 && strchr(" \t\n", text[end - 1]) != NULL)
        end--;
    for (start = end; start > 0 && strchr(" \t\n", text[start - 1]) == NULL;)
        start--;
    *len = end - start;
    return text + start;
}

void hl_ui_recall_word(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_last_word *w = &ui->last_word;
    struct hl_edit *draft = hl_ui_current_draft(ui);
    bool again = w->conv == hl_ui_current(ui)->id && w->revision == hl_edit_revision(draft) &&
                 w->revision > 0 && w->from + w->len == hl_edit_cursor(draft);
    size_t skip = again ? w->skip + 1 : 0;
    size_t from = again ? w->from : hl_edit_cursor(draft);
    size_t len;
    const char *text = hl_history_search(ui->history, "", 0, skip, &len);

    if (text == NULL) {
        out->kind = HL_UI_BELL;
        return;
    }
    text = last_word(text, &len);
    hl_ui_edited(ui, hl_edit_replace(draft, from, again ? from + w->len : from, text, len), out);
    *w = (struct hl_ui_last_word){.conv = hl_ui_current(ui)->id,
                                  .revision = hl_edit_revision(draft),
                                  .from = from,
                                  .len = hl_edit_cursor(draft) - from,
                                  .skip = skip};
}

/* ---- incremental search ---- */

void hl_ui_recall_search(struct hl_ui *ui)
{
    struct hl_edit *draft = hl_ui_current_draft(ui);
    const char *text = hl_edit_text(draft, NULL);

    free(ui->search.was);
    ui->search = (struct hl_ui_search){
        .active = true, .was = strdup(text), .was_cursor = hl_edit_cursor(draft)};
}

static void search_show(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_search *s = &ui->search;
    size_t len;
    const char *text = hl_history_search(ui->history, s->query, s->len, s->skip, &len);

    s->failed = s->len > 0 && text == NULL;
    if (s->len == 0)
        return;
    if (s->failed) {
        out->kind = HL_UI_BELL;
        s->skip -= s->skip > 0;
        return;
    }
    hl_ui_edited(ui, hl_edit_set(hl_ui_current_draft(ui), text, len), out);
}

static void search_insert(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    struct hl_ui_search *s = &ui->search;

    if (s->len + HL_UTF8_MAX >= sizeof(s->query)) {
        out->kind = HL_UI_BELL;
        return;
    }
    s->len += hl_utf8_encode(key->key, s->query + s->len);
    s->skip = 0;
    search_show(ui, out);
}

static void search_newer(struct hl_ui *ui, struct hl_ui_action *out)
{
    if (ui->search.skip == 0) {
        out->kind = HL_UI_BELL;
        return;
    }
    ui->search.skip--;
    search_show(ui, out);
}

/* The draft is as it was found. */
static void search_cancel(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_search *s = &ui->search;
    const char *was = s->was != NULL ? s->was : "";

    s->active = false;
    if (strcmp(hl_edit_text(hl_ui_current_draft(ui), NULL), was) != 0)
        hl_ui_edited(ui, hl_edit_set(hl_ui_current_draft(ui), was, strlen(was)), out);
    hl_edit_place(hl_ui_current_draft(ui), s->was_cursor);
}

bool hl_ui_recall_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    struct hl_ui_search *s = &ui->search;
    enum hl_action action = hl_keymap_find(ui->config.keymap, HL_CTX_SEARCH, key->key);

    if (action == HL_ACT_HISTORY_SEARCH) {
        s->skip++;
        search_show(ui, out);
    } else if (action == HL_ACT_HISTORY_SEARCH_BACK) {
        search_newer(ui, out);
    } else if (action == HL_ACT_DELETE_LEFT) {
        s->len = hl_cluster_prev(s->query, s->len, s->len);
        s->skip = 0;
        search_show(ui, out);
    } else if (action == HL_ACT_CANCEL) {
        search_cancel(ui, out);
    } else if (action == HL_ACT_NONE && hl_keymap_is_text(key->key)) {
        search_insert(ui, key, out);
    } else {
        s->active = false;
        return false;
    }
    return true;
}
