/* SPDX-License-Identifier: MIT */
/* The message that is selected in a pane, and what is done with it. It stays selected while lines
 * come, and the view goes with it. */
#include "ui_state.h"

#include "i18n.h"

#include <stdio.h>
#include <string.h>

bool hl_ui_cursor_is_on(struct hl_ui *ui)
{
    return hl_ui_focused(ui)->selecting;
}

void hl_ui_cursor_leave(struct hl_ui *ui)
{
    hl_ui_focused(ui)->selecting = false;
    hl_ui_focused(ui)->cursor = 0;
}

/* ---- moving ---- */

/* The next message from there on, itself included; 0 if there is none. */
static uint64_t next_entry(const struct hl_lines *l, uint64_t id, int step)
{
    const struct hl_line *line;

    while ((line = hl_lines_get(l, id)) != NULL && !hl_line_is_entry(line))
        id = step < 0 ? id - 1 : id + 1;
    return line != NULL ? id : 0;
}

void hl_ui_cursor_settle(struct hl_ui_pane *pane)
{
    const struct hl_lines *l = hl_ui_pane_lines(pane);
    uint64_t from = pane->found != 0         ? pane->found
                    : pane->anchor.line != 0 ? pane->anchor.line
                                             : hl_lines_last(l);

    if (!pane->selecting || pane->jump != 0 ||
        (pane->cursor != 0 && hl_lines_get(l, pane->cursor) != NULL))
        return;
    pane->cursor = next_entry(l, from, -1);
    if (pane->cursor == 0)
        pane->cursor = next_entry(l, hl_lines_first(l), 1);
}

static bool move(struct hl_ui_pane *pane, int step)
{
    const struct hl_lines *l = hl_ui_pane_lines(pane);
    uint64_t to = next_entry(l, step < 0 ? pane->cursor - 1 : pane->cursor + 1, step);

    if (to == 0)
        return false;
    pane->cursor = to;
    pane->found = 0;
    return true;
}

static bool move_page(struct hl_ui_pane *pane, int step)
{
    bool moved = false;

    for (int n = pane->at.rows / 2; n >= 0 && move(pane, step); n--)
        moved = true;
    return moved;
}

static bool to_edge(struct hl_ui *ui, struct hl_ui_pane *pane, bool oldest)
{
    if (oldest)
        hl_ui_pane_top(ui, pane);
    else
        hl_ui_pane_follow(pane);
    pane->cursor = 0;
    if (oldest && pane->jump == 0)
        pane->cursor =
            next_entry(hl_ui_pane_lines(pane), hl_lines_first(hl_ui_pane_lines(pane)), 1);
    return true;
}

/* ---- acting ---- */

static bool is_own(struct hl_ui *ui, const struct hl_line *line)
{
    if (line->kind != HL_LINE_OUT)
        hl_ui_hint(ui, "that message is not yours");
    return line->kind == HL_LINE_OUT;
}

static bool has_text(struct hl_ui *ui, const struct hl_line *line)
{
    if (line->flags & HL_LINE_DELETED)
        hl_ui_hint(ui, "that message is deleted");
    return !(line->flags & HL_LINE_DELETED);
}

static bool begin(struct hl_ui *ui, enum hl_ui_about about, const struct hl_line *line)
{
    if (!has_text(ui, line) || (about == HL_UI_ABOUT_EDIT && !is_own(ui, line)))
        return false;
    hl_ui_about_begin(ui, about, line);
    hl_ui_cursor_leave(ui);
    return true;
}

static bool ask(const struct hl_ui *ui, enum hl_ui_action_kind kind, const struct hl_line *line,
                struct hl_ui_action *out)
{
    *out = (struct hl_ui_action){.kind = kind, .conv = hl_ui_current(ui)->id, .pos = line->pos};
    memcpy(out->entry, line->entry, sizeof out->entry);
    return true;
}

static bool delete (struct hl_ui *ui, const struct hl_line *line, struct hl_ui_action *out)
{
    if (!is_own(ui, line) || !has_text(ui, line))
        return false;
    if (ui->delete_armed)
        return ask(ui, HL_UI_DELETE, line, out);
    ui->delete_armed = true;
    hl_ui_hint(ui, "the same key again deletes it on both sides");
    return true;
}

static bool copy(struct hl_ui *ui, const struct hl_line *line, struct hl_ui_action *out)
{
    char key[HL_KEYMAP_TEXT];

    if (!has_text(ui, line))
        return false;
    if (!hl_edit_keep(hl_ui_current_draft(ui), hl_line_text(line), line->len)) {
        hl_ui_hint(ui, "out of memory: nothing was copied");
        return false;
    }
    hl_ui_hint(ui, "copied");
    if (hl_ui_key_of(ui, HL_ACT_YANK, key) > 0)
        hl_ui_hint_more(ui, ": %s puts it into the input line", key);
    hl_ui_cursor_leave(ui);
    return ask(ui, HL_UI_COPY, line, out);
}

static bool go_to_answered(struct hl_ui *ui, const struct hl_line *line)
{
    if (line->answers == 0) {
        hl_ui_hint(ui, line->quote_len > 0 ? N_("what it answers is no longer there")
                                           : N_("that message is not an answer"));
        return false;
    }
    return hl_ui_goto(ui, hl_ui_current(ui)->id, line->answers);
}

static bool act(struct hl_ui *ui, enum hl_action action, const struct hl_line *line,
                struct hl_ui_action *out)
{
    switch ((int)action) {
    case HL_ACT_MSG_REPLY:
        return begin(ui, HL_UI_ABOUT_REPLY, line);
    case HL_ACT_MSG_REACT:
        return begin(ui, HL_UI_ABOUT_REACT, line);
    case HL_ACT_MSG_EDIT:
        return begin(ui, HL_UI_ABOUT_EDIT, line) && ask(ui, HL_UI_ORIGINAL, line, out);
    case HL_ACT_MSG_DELETE:
        return delete (ui, line, out);
    case HL_ACT_MSG_TAKE_BACK:
        return is_own(ui, line) && ask(ui, HL_UI_TAKE_BACK, line, out);
    case HL_ACT_MSG_COPY:
        return copy(ui, line, out);
    case HL_ACT_MSG_ANSWERED:
        return go_to_answered(ui, line);
    default:
        return false;
    }
}

static bool select_one(struct hl_ui *ui, struct hl_ui_pane *pane)
{
    pane->selecting = true;
    pane->cursor = 0;
    ui->delete_armed = false;
    hl_ui_cursor_settle(pane);
    if (pane->cursor != 0)
        return true;
    hl_ui_cursor_leave(ui);
    hl_ui_hint(ui, "there is no message here to select");
    return false;
}

static bool moved(struct hl_ui *ui, struct hl_ui_pane *pane, enum hl_action action)
{
    switch ((int)action) {
    case HL_ACT_MSG_OLDER:
    case HL_ACT_SCROLL_UP:
        return move(pane, -1);
    case HL_ACT_MSG_NEWER:
    case HL_ACT_SCROLL_DOWN:
        return move(pane, 1);
    case HL_ACT_PAGE_UP:
        return move_page(pane, -1);
    case HL_ACT_PAGE_DOWN:
        return move_page(pane, 1);
    default:
        return to_edge(ui, pane, action == HL_ACT_SCROLL_TOP);
    }
}

void hl_ui_cursor_do(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    struct hl_ui_pane *pane = hl_ui_focused(ui);
    bool armed = ui->delete_armed;
    bool done;

    if (action == HL_ACT_MSG_SELECT) {
        out->kind = select_one(ui, pane) ? HL_UI_NONE : HL_UI_BELL;
        return;
    }
    hl_ui_cursor_settle(pane);
    const struct hl_line *line = hl_lines_get(hl_ui_pane_lines(pane), pane->cursor);
    if (action >= HL_ACT_MSG_REPLY && action <= HL_ACT_MSG_ANSWERED)
        done = line != NULL && act(ui, action, line, out);
    else
        done = moved(ui, pane, action);
    if (armed)
        ui->delete_armed = false;
    if (!done)
        out->kind = HL_UI_BELL;
}
