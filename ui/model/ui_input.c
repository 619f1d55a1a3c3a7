/* SPDX-License-Identifier: MIT */
#include "ui_state.h"

#include "keymap.h"
#include "keys.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* ---- drafts ---- */

static void clear_or_quit(struct hl_ui *ui, struct hl_ui_action *out)
{
    char key[HL_KEYMAP_TEXT];
    size_t len;

    hl_edit_text(hl_ui_current_draft(ui), &len);
    if (hl_ui_about_end(ui, hl_ui_current(ui))) {
        /* the draft is what it was before */
    } else if (len > 0) {
        hl_ui_edited(ui, hl_edit_set(hl_ui_current_draft(ui), "", 0), out);
    } else if (ui->quit_armed) {
        out->kind = HL_UI_QUIT;
    } else {
        ui->quit_armed = true;
        if (hl_ui_key_of(ui, HL_ACT_CLEAR_OR_QUIT, key) > 0)
            hl_ui_hint(ui, "%s again quits", key);
        else
            hl_ui_hint(ui, "/quit quits");
    }
}

static void delete_or_quit(struct hl_ui *ui, struct hl_ui_action *out)
{
    size_t len;

    hl_edit_text(hl_ui_current_draft(ui), &len);
    if (len == 0)
        out->kind = HL_UI_QUIT;
    else
        hl_ui_edited(ui, hl_edit_do(hl_ui_current_draft(ui), HL_ACT_DELETE_RIGHT), out);
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
    if (!ui->help && hl_ui_cursor_is_on(ui)) {
        hl_ui_cursor_do(ui, action, out);
        return;
    }
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

static void insert_text(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    char text[HL_UTF8_MAX];

    if (hl_keymap_is_text(key->key))
        hl_ui_edited(
            ui, hl_edit_insert(hl_ui_current_draft(ui), text, hl_utf8_encode(key->key, text)), out);
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
    ui->help_top = (struct hl_ui_help_top){0};
    return true;
}

static void do_program(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    if (action == HL_ACT_HELP) {
        ui->help = !ui->help;
        ui->help_top = (struct hl_ui_help_top){0};
    } else if (action == HL_ACT_CANCEL) {
        bool about = !ui->help && !hl_ui_cursor_is_on(ui) && hl_ui_about_end(ui, hl_ui_current(ui));
        if (!ui->help && !hl_ui_cursor_is_on(ui) && !about)
            out->kind = HL_UI_BELL;
        ui->help = false;
        hl_ui_cursor_leave(ui);
    } else if (action == HL_ACT_REDRAW) {
        out->kind = HL_UI_REDRAW;
    } else if (action == HL_ACT_SUSPEND) {
        out->kind = HL_UI_SUSPEND;
    }
}

static void do_recall(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    bool up = action == HL_ACT_UP;

    if ((up || action == HL_ACT_DOWN) && hl_ui_line_go(ui, up))
        return;
    if (up || action == HL_ACT_DOWN)
        hl_ui_recall_walk(ui, up, out);
    else if (action == HL_ACT_HISTORY_PREV || action == HL_ACT_HISTORY_NEXT)
        hl_ui_recall_walk(ui, action == HL_ACT_HISTORY_PREV, out);
    else if (action == HL_ACT_HISTORY_LIKE || action == HL_ACT_HISTORY_LIKE_NEXT)
        hl_ui_recall_like(ui, action == HL_ACT_HISTORY_LIKE, out);
    else if (action == HL_ACT_HISTORY_WORD)
        hl_ui_recall_word(ui, out);
    else
        hl_ui_recall_search(ui);
}

void hl_ui_do(struct hl_ui *ui, enum hl_action action, const struct hl_key *key,
              struct hl_ui_action *out)
{
    if (action <= HL_ACT_EDIT_END)
        hl_ui_edited(ui, hl_edit_do(hl_ui_current_draft(ui), action), out);
    else if (action >= HL_ACT_UP && action <= HL_ACT_HISTORY_SEARCH)
        do_recall(ui, action, out);
    else if (action >= HL_ACT_ARGUMENT && action <= HL_ACT_SEEK_BACK)
        hl_ui_stroke_start(ui, action, key);
    else if (action == HL_ACT_SEND)
        hl_ui_submit(ui, out);
    else if (action == HL_ACT_EDITOR)
        hl_ui_edit(ui, out);
    else if (action == HL_ACT_COMPLETE || action == HL_ACT_COMPLETE_BACK)
        hl_ui_complete(ui, action == HL_ACT_COMPLETE, out);
    else if (action == HL_ACT_SPELL && ui->completion.open)
        hl_ui_complete(ui, true, out);
    else if (action == HL_ACT_SPELL)
        hl_ui_spell_mend(ui, out);
    else if (action == HL_ACT_DELETE_OR_QUIT)
        delete_or_quit(ui, out);
    else if (action == HL_ACT_CLEAR_OR_QUIT)
        clear_or_quit(ui, out);
    else if (action >= HL_ACT_MSG_SELECT && action <= HL_ACT_MSG_ANSWERED)
        hl_ui_cursor_do(ui, action, out);
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

/* The same the other way round; HL_ACT_NONE if there is no such thing. */
static enum hl_action opposite(enum hl_action action)
{
    static const enum hl_action pairs[][2] = {
        {HL_ACT_LEFT, HL_ACT_RIGHT},
        {HL_ACT_WORD_LEFT, HL_ACT_WORD_RIGHT},
        {HL_ACT_DELETE_LEFT, HL_ACT_DELETE_RIGHT},
        {HL_ACT_KILL_WORD_LEFT, HL_ACT_KILL_WORD_RIGHT},
        {HL_ACT_KILL_LINE_LEFT, HL_ACT_KILL_LINE_RIGHT},
        {HL_ACT_UNDO, HL_ACT_REDO},
        {HL_ACT_UP, HL_ACT_DOWN},
        {HL_ACT_HISTORY_PREV, HL_ACT_HISTORY_NEXT},
        {HL_ACT_PAGE_UP, HL_ACT_PAGE_DOWN},
        {HL_ACT_SCROLL_UP, HL_ACT_SCROLL_DOWN},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        for (int k = 0; k < 2; k++) {
            if (pairs[i][k] == action)
                return pairs[i][!k];
        }
    }
    return HL_ACT_NONE;
}

/* Others are done once, however often they are asked for. */
static bool is_repeated(enum hl_action action)
{
    return action <= HL_ACT_EDIT_END || opposite(action) != HL_ACT_NONE;
}

/* What a key means, as often as it was asked for. */
static void do_times(struct hl_ui *ui, enum hl_action action, const struct hl_key *key,
                     struct hl_ui_action *out)
{
    long times = hl_ui_stroke_count(ui);

    if (times < 0 && opposite(action) == HL_ACT_NONE) {
        out->kind = HL_UI_BELL;
        return;
    }
    if (times < 0)
        action = opposite(action);
    times = !is_repeated(action) ? 1 : times < 0 ? -times : times;
    for (; times > 0 && out->kind == HL_UI_NONE; times--) {
        if (action == HL_ACT_NONE)
            insert_text(ui, key, out);
        else
            hl_ui_do(ui, action, key, out);
    }
}

static enum hl_key_context context_of(struct hl_ui *ui)
{
    return ui->help ? HL_CTX_HELP : hl_ui_cursor_is_on(ui) ? HL_CTX_MESSAGE : HL_CTX_INPUT;
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
    if (hl_ui_stroke(ui, &typed, out))
        return;
    enum hl_key_context context = context_of(ui);
    enum hl_action action = hl_keymap_find(ui->config.keymap, context, key->key);
    if (context == HL_CTX_MESSAGE && action == HL_ACT_NONE && hl_keymap_is_text(key->key)) {
        out->kind = HL_UI_BELL;
        return;
    }
    if (context != HL_CTX_INPUT && action == HL_ACT_NONE) {
        ui->help = false; /* typing goes on where it was left */
        hl_ui_cursor_leave(ui);
        action = hl_keymap_find(ui->config.keymap, HL_CTX_INPUT, key->key);
    }
    if (ui->copy.open && hl_ui_copy_key(ui, key, action, out))
        return;
    if (ui->search.active && hl_ui_recall_key(ui, key, out))
        return;
    if (key->key == HL_KEY_PASTE)
        hl_ui_paste(ui, key, out);
    else
        do_times(ui, action, key, out);
    if (action != HL_ACT_COMPLETE && action != HL_ACT_COMPLETE_BACK && action != HL_ACT_SPELL)
        ui->completion.open = false;
    if (armed)
        ui->quit_armed = false;
    if (asked)
        ui->send_armed = false;
}

/* Esc and a character in quick succession look like that character with Meta. */
static bool is_escape_and_text(struct hl_ui *ui, uint32_t key)
{
    bool list = ui->list.kind != HL_UI_LIST_NONE;
    bool selecting = hl_ui_cursor_is_on(ui);
    unsigned context = list        ? HL_CTX_PICKER
                       : ui->help  ? HL_CTX_INPUT | HL_CTX_HELP
                       : selecting ? HL_CTX_INPUT | HL_CTX_MESSAGE
                                   : HL_CTX_INPUT | HL_CTX_SEARCH;

    return (ui->help || ui->search.active || list || selecting) && (key & HL_KEY_ALT) != 0 &&
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
