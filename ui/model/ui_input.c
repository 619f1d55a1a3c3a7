/* SPDX-License-Identifier: MIT */
#include "ui_state.h"

#include "cluster.h"
#include "keymap.h"
#include "keys.h"
#include "text.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* ---- drafts and input history ---- */

static struct hl_edit *draft_of(const struct hl_ui *ui)
{
    return hl_ui_current(ui)->draft;
}

static void walk_history(struct hl_ui *ui, bool older, struct hl_ui_action *out)
{
    struct hl_edit *draft = draft_of(ui);
    size_t len;
    const char *now = hl_edit_text(draft, &len);
    const char *text = older ? hl_history_prev(ui->history, now, len, &len)
                             : hl_history_next(ui->history, now, len, &len);

    if (text == NULL)
        out->kind = HL_UI_BELL;
    else
        hl_ui_edited(ui, hl_edit_set(draft, text, len), out);
}

static void clear_or_quit(struct hl_ui *ui, struct hl_ui_action *out)
{
    size_t len;

    hl_edit_text(draft_of(ui), &len);
    if (len > 0) {
        hl_ui_edited(ui, hl_edit_set(draft_of(ui), "", 0), out);
    } else if (ui->quit_armed) {
        out->kind = HL_UI_QUIT;
    } else {
        ui->quit_armed = true;
        hl_ui_hint(ui, "C-c again quits");
    }
}

static void delete_or_quit(struct hl_ui *ui, struct hl_ui_action *out)
{
    size_t len;

    hl_edit_text(draft_of(ui), &len);
    if (len == 0)
        out->kind = HL_UI_QUIT;
    else
        hl_ui_edited(ui, hl_edit_do(draft_of(ui), HL_ACT_DELETE_RIGHT), out);
}

/* ---- incremental search ---- */

static void search_show(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_search *s = &ui->search;
    size_t len;
    const char *text = hl_history_search(ui->history, s->query, s->len, s->skip, &len);

    if (s->len == 0)
        return;
    if (text == NULL) {
        out->kind = HL_UI_BELL;
        s->skip -= s->skip > 0;
        return;
    }
    hl_ui_edited(ui, hl_edit_set(draft_of(ui), text, len), out);
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

/* Returns false if the key ends the search and then has its usual meaning. */
static bool search_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    struct hl_ui_search *s = &ui->search;
    enum hl_action action = hl_keymap_find(ui->config.keymap, HL_CTX_SEARCH, key->key);

    if (action == HL_ACT_HISTORY_SEARCH) {
        s->skip++;
        search_show(ui, out);
    } else if (action == HL_ACT_DELETE_LEFT) {
        s->len = hl_cluster_prev(s->query, s->len, s->len);
        s->skip = 0;
        search_show(ui, out);
    } else if (action == HL_ACT_CANCEL) {
        s->active = false;
        hl_edit_set(draft_of(ui), "", 0);
    } else if (action == HL_ACT_NONE && hl_keymap_is_text(key->key)) {
        search_insert(ui, key, out);
    } else {
        s->active = false;
        return false;
    }
    return true;
}

/* ---- conversations ---- */

static void select_step(struct hl_ui *ui, size_t step)
{
    size_t index = hl_ui_index(ui, hl_ui_current(ui)->id);

    hl_ui_show(ui, hl_ui_focused(ui), ui->rooms[(index + step) % ui->count]);
}

/* The next one with something unread, those first that name our user; NULL if there is none. */
static struct hl_ui_room *next_unread(const struct hl_ui *ui)
{
    size_t from = hl_ui_index(ui, hl_ui_current(ui)->id);
    struct hl_ui_room *found = NULL;

    for (size_t step = 1; step < ui->count; step++) {
        struct hl_ui_room *room = ui->rooms[(from + step) % ui->count];
        if (room->mentions > 0)
            return room;
        if (room->unread > 0 && found == NULL)
            found = room;
    }
    return found;
}

/* When all is read it goes back to where that began. */
static void select_unread(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_room *to = next_unread(ui);

    if (to != NULL && ui->left == NULL) {
        ui->left = hl_ui_current(ui);
    } else if (to == NULL) {
        to = ui->left;
        ui->left = NULL;
    }
    if (to != NULL && to != hl_ui_current(ui))
        hl_ui_show(ui, hl_ui_focused(ui), to);
    else
        out->kind = HL_UI_BELL;
}

static void select_before(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_pane *pane = hl_ui_focused(ui);

    if (pane->before != NULL)
        hl_ui_show(ui, pane, pane->before);
    else
        out->kind = HL_UI_BELL;
}

/* ---- scrolling ---- */

static void scroll(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    struct hl_ui_pane *pane = hl_ui_focused(ui);
    int height = ui->help ? ui->area.rows : pane->at.rows;
    long page = height > 2 ? height - 2 : 1; /* two rows in common */
    long rows = action == HL_ACT_PAGE_UP       ? -page
                : action == HL_ACT_PAGE_DOWN   ? page
                : action == HL_ACT_SCROLL_UP   ? -1
                : action == HL_ACT_SCROLL_DOWN ? 1
                                               : 0;

    if (ui->help) {
        hl_ui_help_scroll(ui, action == HL_ACT_SCROLL_TOP      ? -10000
                              : action == HL_ACT_SCROLL_BOTTOM ? 10000
                                                               : rows);
    } else if (action == HL_ACT_SCROLL_TOP) {
        hl_ui_pane_top(ui, pane);
    } else if (action == HL_ACT_SCROLL_BOTTOM) {
        hl_ui_pane_follow(pane);
    } else if (!hl_ui_pane_scroll(ui, pane, rows)) {
        out->kind = HL_UI_BELL;
    }
}

/* ---- dispatch ---- */

static void edit_action(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    enum hl_edit_result result = hl_edit_do(draft_of(ui), action);

    if (result == HL_EDIT_EDGE && (action == HL_ACT_UP || action == HL_ACT_DOWN))
        walk_history(ui, action == HL_ACT_UP, out);
    else
        hl_ui_edited(ui, result, out);
}

static void insert_text(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    char text[HL_UTF8_MAX];

    if (hl_keymap_is_text(key->key))
        hl_ui_edited(ui, hl_edit_insert(draft_of(ui), text, hl_utf8_encode(key->key, text)), out);
    else
        out->kind = HL_UI_BELL;
}

static void do_conversation(struct hl_ui *ui, enum hl_action action, const struct hl_key *key,
                            struct hl_ui_action *out)
{
    if (action == HL_ACT_CONV_PREV)
        select_step(ui, ui->count - 1);
    else if (action == HL_ACT_CONV_NEXT)
        select_step(ui, 1);
    else if (action == HL_ACT_CONV_UNREAD)
        select_unread(ui, out);
    else if (action == HL_ACT_CONV_BEFORE)
        select_before(ui, out);
    else if (!hl_ui_select(ui, (uint32_t)hl_keymap_digit(key->key)))
        out->kind = HL_UI_BELL;
}

bool hl_ui_open(struct hl_ui *ui, enum hl_action action, const char *words)
{
    static const enum hl_ui_list_kind lists[] = {[HL_ACT_SWITCH] = HL_UI_LIST_SWITCH,
                                                 [HL_ACT_LINKS] = HL_UI_LIST_LINKS,
                                                 [HL_ACT_PALETTE] = HL_UI_LIST_PALETTE};

    if (action == HL_ACT_FIND)
        return hl_ui_find_open(ui, words);
    if (action != HL_ACT_HELP)
        return hl_ui_list_open(ui, lists[action]);
    ui->help = true;
    ui->help_top = 0;
    return true;
}

static void do_program(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    if (action == HL_ACT_HELP) {
        ui->help = !ui->help;
        ui->help_top = 0;
    } else if (action == HL_ACT_CANCEL) {
        ui->help = false;
    } else if (action == HL_ACT_REDRAW) {
        out->kind = HL_UI_REDRAW;
    } else if (action == HL_ACT_SUSPEND) {
        out->kind = HL_UI_SUSPEND;
    }
}

void hl_ui_do(struct hl_ui *ui, enum hl_action action, const struct hl_key *key,
              struct hl_ui_action *out)
{
    if (action <= HL_ACT_EDIT_END)
        edit_action(ui, action, out);
    else if (action == HL_ACT_SEND)
        hl_ui_submit(ui, out);
    else if (action == HL_ACT_COMPLETE || action == HL_ACT_COMPLETE_BACK)
        hl_ui_complete(ui, action == HL_ACT_COMPLETE, out);
    else if (action == HL_ACT_DELETE_OR_QUIT)
        delete_or_quit(ui, out);
    else if (action == HL_ACT_CLEAR_OR_QUIT)
        clear_or_quit(ui, out);
    else if (action == HL_ACT_HISTORY_PREV || action == HL_ACT_HISTORY_NEXT)
        walk_history(ui, action == HL_ACT_HISTORY_PREV, out);
    else if (action == HL_ACT_HISTORY_SEARCH)
        ui->search = (struct hl_ui_search){.active = true};
    else if (action >= HL_ACT_PAGE_UP && action <= HL_ACT_SCROLL_BOTTOM)
        scroll(ui, action, out);
    else if (action >= HL_ACT_CONV_PREV && action <= HL_ACT_CONV_NUMBER)
        do_conversation(ui, action, key, out);
    else if (action >= HL_ACT_PANE_BELOW && action <= HL_ACT_COPY)
        out->kind = hl_ui_pane_do(ui, action) ? HL_UI_NONE : HL_UI_BELL;
    else if (action >= HL_ACT_SWITCH && action <= HL_ACT_PALETTE)
        out->kind = hl_ui_open(ui, action, "") ? HL_UI_NONE : HL_UI_BELL;
    else
        do_program(ui, action, out);
}

/* The first of two keys waits for the second one, shown in the status bar; any other key is what
 * it is. */
static bool is_prefix(struct hl_ui *ui, struct hl_key *key)
{
    bool second = ui->prefix;

    ui->prefix = !second && key->key == HL_KEYMAP_FIRST && !ui->help && !ui->search.active;
    if (second && key->key != HL_KEY_PASTE)
        key->key |= HL_KEYMAP_PREFIX;
    if (ui->prefix)
        hl_ui_hint(ui, "C-x-");
    return ui->prefix;
}

static void one_key(struct hl_ui *ui, const struct hl_key *pressed, struct hl_ui_action *out)
{
    struct hl_key typed = *pressed;
    const struct hl_key *key = &typed;
    bool armed = ui->quit_armed;
    bool asked = ui->send_armed;

    *out = (struct hl_ui_action){.kind = HL_UI_NONE};
    if (key->key == HL_KEY_MOUSE) {
        hl_ui_mouse(ui, key);
        return;
    }
    if (ui->form.open) {
        hl_ui_form_key(ui, key, out);
        return;
    }
    ui->hint[0] = '\0';
    if (ui->list.kind != HL_UI_LIST_NONE) {
        hl_ui_list_key(ui, key, out);
        return;
    }
    if (is_prefix(ui, &typed))
        return;
    enum hl_action action =
        hl_keymap_find(ui->config.keymap, ui->help ? HL_CTX_HELP : HL_CTX_INPUT, key->key);
    if (ui->help && action == HL_ACT_NONE) {
        ui->help = false; /* typing goes on where it was left */
        action = hl_keymap_find(ui->config.keymap, HL_CTX_INPUT, key->key);
    }
    if (ui->copy.open && hl_ui_copy_key(ui, key, action, out))
        return;
    if (ui->search.active && search_key(ui, key, out))
        return;
    if (key->key == HL_KEY_PASTE)
        hl_ui_paste(ui, key, out);
    else if (action == HL_ACT_NONE)
        insert_text(ui, key, out);
    else
        hl_ui_do(ui, action, key, out);
    if (action != HL_ACT_COMPLETE && action != HL_ACT_COMPLETE_BACK)
        ui->completion.open = false;
    if (armed)
        ui->quit_armed = false;
    if (asked)
        ui->send_armed = false;
}

/* Esc and a character in quick succession look like that character with Meta. */
static bool is_escape_and_text(const struct hl_ui *ui, uint32_t key)
{
    bool list = ui->list.kind != HL_UI_LIST_NONE;
    unsigned context = list       ? HL_CTX_PICKER
                       : ui->help ? HL_CTX_INPUT | HL_CTX_HELP
                                  : HL_CTX_INPUT | HL_CTX_SEARCH;

    return (ui->help || ui->search.active || list) && (key & HL_KEY_ALT) != 0 &&
           hl_keymap_is_text(key & ~(uint32_t)HL_KEY_ALT) &&
           hl_keymap_find(ui->config.keymap, context, key) == HL_ACT_NONE;
}

void hl_ui_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    if (is_escape_and_text(ui, key->key)) {
        one_key(ui, &(struct hl_key){.key = HL_KEY_ESCAPE}, out);
        one_key(ui, &(struct hl_key){.key = key->key & ~(uint32_t)HL_KEY_ALT}, out);
    } else {
        one_key(ui, key, out);
    }
    hl_ui_look(ui);
}
