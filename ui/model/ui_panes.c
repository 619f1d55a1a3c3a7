/* SPDX-License-Identifier: MIT */
/* Which panes there are, and what each of them shows. */
#include "ui_state.h"

#include "i18n.h"
#include "width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    TITLE_TEXT = HL_UI_BELOW + 8,
    STEP_ROWS = 1, /* of one key that moves an edge */
    STEP_COLS = 2,
};

static bool is_visible(const struct hl_ui *ui, unsigned pane)
{
    return hl_splits_is_pane(&ui->splits, pane) &&
           (pane == ui->splits.focus || ui->map.at[pane].cols > 0);
}

static bool at_newest(const struct hl_ui_pane *pane)
{
    return pane->anchor.line == 0 && pane->past == NULL;
}

static bool is_left(const struct hl_ui *ui, const struct hl_ui_room *room)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (hl_splits_is_pane(&ui->splits, i) && ui->panes[i].room == room)
            return false;
    }
    return true;
}

/* ---- what is looked at ---- */

bool hl_ui_is_shown(const struct hl_ui *ui, const struct hl_ui_room *room)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (ui->panes[i].room == room && is_visible(ui, i) && at_newest(&ui->panes[i]))
            return true;
    }
    return false;
}

void hl_ui_look(struct hl_ui *ui)
{
    uint64_t round = ++ui->looks;

    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        struct hl_ui_room *room = ui->panes[i].room;
        if (!is_visible(ui, i) || !at_newest(&ui->panes[i]))
            continue;
        if (room->looked_at + 1 < round || room->unread > 0)
            room->looked = true;
        room->looked_at = round;
        room->unread = room->mentions = 0;
    }
}

uint32_t hl_ui_looked(struct hl_ui *ui)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        struct hl_ui_room *room = ui->panes[i].room;
        if (!is_visible(ui, i) || !room->looked)
            continue;
        room->looked = false;
        if (room->id != 0)
            return room->id;
    }
    return 0;
}

/* ---- what panes show ---- */

/* Another draft is in the input line now: what was begun with the one before is over. */
static void leave_draft(struct hl_ui *ui)
{
    ui->search.active = false;
    ui->send_armed = false;
}

void hl_ui_show(struct hl_ui *ui, struct hl_ui_pane *pane, struct hl_ui_room *room)
{
    struct hl_ui_room *before = pane->room;

    if (before == room) {
        hl_ui_look(ui);
        return;
    }
    hl_ui_pane_follow(pane);
    pane->selecting = false;
    pane->room = room;
    pane->before = before;
    if (pane == hl_ui_focused(ui))
        leave_draft(ui);
    ui->splits.nodes[pane - ui->panes].conv = room->id;
    if (before != NULL && is_left(ui, before))
        before->marker = 0;
    hl_ui_look(ui);
}

bool hl_ui_select(struct hl_ui *ui, uint32_t conv)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room == NULL)
        return false;
    hl_ui_show(ui, hl_ui_focused(ui), room);
    return true;
}

uint32_t hl_ui_selected(const struct hl_ui *ui)
{
    return hl_ui_current(ui)->id;
}

bool hl_ui_shown(const struct hl_ui *ui, uint32_t conv)
{
    const struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    return room != NULL && hl_ui_is_shown(ui, room);
}

void hl_ui_panes_replace(struct hl_ui *ui, const struct hl_ui_room *gone, struct hl_ui_room *by)
{
    if (ui->left == gone)
        ui->left = NULL;
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (hl_splits_is_pane(&ui->splits, i) && ui->panes[i].room == gone)
            hl_ui_show(ui, &ui->panes[i], by);
        if (ui->panes[i].before == gone)
            ui->panes[i].before = NULL;
    }
}

/* ---- places ---- */

/* A pane among others has a title row. */
static bool has_title(const struct hl_ui *ui)
{
    return ui->map.shown > 1;
}

void hl_ui_panes_place(struct hl_ui *ui, const struct hl_rect *area)
{
    ui->area = *area;
    hl_splits_place(&ui->splits, area, &ui->map);
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        struct hl_ui_pane *pane = &ui->panes[i];
        if (!hl_splits_is_pane(&ui->splits, i)) {
            hl_ui_past_free(pane->past);
            *pane = (struct hl_ui_pane){0};
            continue;
        }
        pane->at = ui->map.at[i];
        pane->at.row += has_title(ui);
        pane->at.rows -= has_title(ui);
        pane->live_rows = hl_ui_live_rows(pane->room, pane->at.rows);
        pane->at.rows -= pane->live_rows;
    }
    hl_ui_look(ui);
}

static bool focus(struct hl_ui *ui, int pane)
{
    if (pane < 0 || (unsigned)pane == ui->splits.focus)
        return false;
    hl_ui_cursor_leave(ui);
    ui->splits.focus = (uint8_t)pane;
    leave_draft(ui);
    return true;
}

void hl_ui_focus(struct hl_ui *ui, unsigned pane)
{
    if (focus(ui, (int)pane))
        hl_ui_look(ui);
}

/* The next one on the screen; when zoomed all are as good as on it. */
static bool step(struct hl_ui *ui, int by)
{
    return focus(ui, (int)hl_splits_step(&ui->splits, ui->splits.focus, by));
}

static bool split(struct hl_ui *ui, enum hl_split_kind kind)
{
    struct hl_splits tried = ui->splits;
    struct hl_splits_map map;
    int added = hl_splits_split(&tried, kind);

    if (added < 0) {
        hl_ui_hint(ui, "there can be no more than %d panes", HL_SPLITS_MAX);
        return false;
    }
    hl_splits_place(&tried, &ui->area, &map);
    if (ui->area.rows > 0 && map.at[added].cols == 0) {
        hl_ui_hint(ui, "too small to split");
        return false;
    }
    ui->splits = tried;
    ui->panes[added] = (struct hl_ui_pane){.room = hl_ui_current(ui)};
    if (hl_ui_focused(ui)->past == NULL)
        ui->panes[added].anchor = hl_ui_focused(ui)->anchor;
    return true;
}

static bool close_pane(struct hl_ui *ui)
{
    struct hl_ui_room *before = hl_ui_current(ui);

    if (!hl_splits_close(&ui->splits, ui->splits.focus))
        return false;
    if (is_left(ui, before))
        before->marker = 0;
    return true;
}

static bool zoom(struct hl_ui *ui)
{
    if (hl_splits_count(&ui->splits) < 2)
        return false;
    ui->splits.zoomed = !ui->splits.zoomed;
    return true;
}

static bool only(struct hl_ui *ui)
{
    if (hl_splits_count(&ui->splits) < 2)
        return false;
    hl_splits_only(&ui->splits);
    return true;
}

static bool toward(struct hl_ui *ui, enum hl_side side)
{
    return focus(ui, hl_splits_toward(&ui->splits, &ui->map, side));
}

static bool resize(struct hl_ui *ui, enum hl_split_kind kind, int cells)
{
    return hl_splits_resize(&ui->splits, &ui->map, kind, cells);
}

static bool act(struct hl_ui *ui, enum hl_action action)
{
    switch ((int)action) {
    case HL_ACT_PANE_BELOW:
        return split(ui, HL_SPLIT_BELOW);
    case HL_ACT_PANE_BESIDE:
        return split(ui, HL_SPLIT_BESIDE);
    case HL_ACT_PANE_CLOSE:
        return close_pane(ui);
    case HL_ACT_PANE_ONLY:
        return only(ui);
    case HL_ACT_PANE_NEXT:
        return step(ui, 1);
    case HL_ACT_PANE_PREV:
        return step(ui, -1);
    case HL_ACT_PANE_LEFT:
        return toward(ui, HL_SIDE_LEFT);
    case HL_ACT_PANE_RIGHT:
        return toward(ui, HL_SIDE_RIGHT);
    case HL_ACT_PANE_UP:
        return toward(ui, HL_SIDE_UP);
    case HL_ACT_PANE_DOWN:
        return toward(ui, HL_SIDE_DOWN);
    case HL_ACT_PANE_TALLER:
        return resize(ui, HL_SPLIT_BELOW, STEP_ROWS);
    case HL_ACT_PANE_LOWER:
        return resize(ui, HL_SPLIT_BELOW, -STEP_ROWS);
    case HL_ACT_PANE_WIDER:
        return resize(ui, HL_SPLIT_BESIDE, STEP_COLS);
    case HL_ACT_PANE_NARROWER:
        return resize(ui, HL_SPLIT_BESIDE, -STEP_COLS);
    case HL_ACT_PANE_EQUAL:
        hl_splits_equalise(&ui->splits);
        return true;
    case HL_ACT_PANE_ZOOM:
        return zoom(ui);
    default:
        return false;
    }
}

bool hl_ui_pane_do(struct hl_ui *ui, enum hl_action action)
{
    if (action == HL_ACT_COPY) {
        hl_ui_copy_open(ui);
        return true;
    }
    bool done = act(ui, action);

    if (done)
        hl_ui_panes_place(ui, &ui->area);
    return done;
}

/* ---- the layout as text ---- */

void hl_ui_layout(const struct hl_ui *ui, char out[static HL_SPLITS_TEXT])
{
    hl_splits_print(&ui->splits, out);
}

bool hl_ui_set_layout(struct hl_ui *ui, const char *text)
{
    struct hl_splits parsed;

    if (!hl_splits_parse(&parsed, text))
        return false;
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (hl_splits_is_pane(&parsed, i) && hl_ui_room_of(ui, parsed.nodes[i].conv) == NULL)
            (void)hl_splits_close(&parsed, i);
    }
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        struct hl_ui_room *room = hl_ui_room_of(ui, parsed.nodes[i].conv);
        if (room == NULL) /* the last one may be of a conversation that is gone */
            room = ui->rooms[0];
        parsed.nodes[i].conv = room->id;
        hl_ui_past_free(ui->panes[i].past);
        ui->panes[i] = (struct hl_ui_pane){.room = room};
    }
    ui->splits = parsed;
    hl_ui_panes_place(ui, &ui->area);
    return true;
}

/* ---- drawing ---- */

/* "━━ bob, verified ━━━ 3 new ━━" */
static void draw_title(struct hl_ui *ui, unsigned n)
{
    const struct hl_rect *r = &ui->map.at[n];
    const struct hl_ui_pane *pane = &ui->panes[n];
    const struct hl_ui_room *room = pane->room;
    bool focused = n == ui->splits.focus;
    enum hl_style style = focused ? HL_STYLE_PANE_FOCUS : HL_STYLE_PANE;
    struct hl_frame *f = &ui->frame;
    int end = r->col + r->cols;
    char below[HL_UI_BELOW];
    char text[TITLE_TEXT] = "";

    hl_ui_pane_below(ui, pane, below);
    hl_frame_fill(f, r->row, r->col, end, style,
                  f->ascii  ? focused ? "=" : "-"
                  : focused ? "━"
                            : "─");
    if (room->unread > 0)
        snprintf(text, sizeof(text),
                 ngettext(" %" PRIu32 " new ", " %" PRIu32 " new ", room->unread), room->unread);
    else if (!at_newest(pane))
        snprintf(text, sizeof(text), " %s ", below);
    int width = (int)hl_width(text, strlen(text));
    if (width > 0 && width + 8 < r->cols) {
        end -= width + 1;
        hl_frame_puts(f, r->row, end, end + width, room->unread > 0 ? HL_STYLE_UNREAD : style,
                      text);
    }
    int col = hl_frame_puts(f, r->row, r->col + 1, end, style, " ");
    col = hl_ui_put_short(ui, &(struct hl_span){r->row, col, end - 2}, style, room->name);
    if (room->mark[0] != '\0' && col + 6 < end) {
        col = hl_frame_puts(f, r->row, col, end - 2, style, ", ");
        col = hl_frame_put_short(f, r->row, col, end - 2, style, room->mark);
    }
    hl_frame_puts(f, r->row, col, end - 1, style, " ");
}

/* The rule between the two sides of a split, if both are there. */
static void draw_rule(struct hl_ui *ui, unsigned n)
{
    const struct hl_split_node *node = &ui->splits.nodes[n];
    const struct hl_rect *r = &ui->map.at[n];

    if (node->kind != HL_SPLIT_BESIDE || ui->map.at[node->child[0]].cols == 0 ||
        ui->map.at[node->child[1]].cols == 0)
        return;
    int col = ui->map.at[node->child[1]].col - 1;
    for (int row = r->row; row < r->row + r->rows; row++)
        hl_frame_puts(&ui->frame, row, col, col + 1, HL_STYLE_RULE, ui->frame.ascii ? "|" : "│");
}

void hl_ui_panes_draw(struct hl_ui *ui)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (!hl_splits_is_pane(&ui->splits, i)) {
            draw_rule(ui, i);
        } else if (ui->map.at[i].cols > 0) {
            hl_ui_pane_draw(ui, &ui->panes[i]);
            hl_ui_live_draw(ui, &ui->panes[i]);
            if (has_title(ui))
                draw_title(ui, i);
        }
    }
}
