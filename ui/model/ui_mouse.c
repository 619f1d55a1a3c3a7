/* SPDX-License-Identifier: MIT */
/* What clicks, drags and the wheel do: they act on what the last frame showed there. */
#include "ui_state.h"

#include "keys.h"

#include <stdlib.h>

enum {
    WHEEL_ROWS = 3,
};

static bool holds(const struct hl_rect *r, const struct hl_key *at)
{
    return at->row >= r->row && at->row < r->row + r->rows && at->col >= r->col &&
           at->col < r->col + r->cols;
}

/* The pane there, its title row included; -1 if there is none. */
static int pane_at(const struct hl_ui *ui, const struct hl_key *at)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (hl_splits_is_pane(&ui->splits, i) && holds(&ui->map.at[i], at))
            return (int)i;
    }
    return -1;
}

static void choose(struct hl_ui *ui, const struct hl_key *at)
{
    size_t index = ui->seen.list_first + (size_t)(at->row - ui->seen.list.row);

    if (index < ui->count)
        hl_ui_show(ui, hl_ui_focused(ui), ui->rooms[index]);
}

/* ---- edges ---- */

static void drag(struct hl_ui *ui, const struct hl_key *at)
{
    if (ui->dragged < 0)
        return;
    if (hl_splits_move(&ui->splits, &ui->map, (unsigned)ui->dragged, at->row, at->col))
        hl_ui_panes_place(ui, &ui->area);
}

/* ---- events ---- */

static void press(struct hl_ui *ui, const struct hl_key *at)
{
    int pane = pane_at(ui, at);

    ui->dragged = hl_splits_edge(&ui->splits, &ui->map, at->row, at->col);
    if (ui->help) {
        ui->dragged = -1;
        return;
    }
    if (holds(&ui->seen.list, at))
        choose(ui, at);
    else if (holds(&ui->line.at, at))
        hl_ui_line_click(ui, at->row, at->col);
    else if (pane >= 0)
        hl_ui_focus(ui, (unsigned)pane);
}

static void wheel(struct hl_ui *ui, const struct hl_key *at, long rows)
{
    int pane = pane_at(ui, at);

    if (ui->help)
        hl_ui_help_scroll(ui, rows);
    else if (pane >= 0)
        (void)hl_ui_pane_scroll(ui, &ui->panes[pane], rows);
}

void hl_ui_mouse(struct hl_ui *ui, const struct hl_key *key)
{
    if (ui->form.open || ui->copy.open || ui->list.kind != HL_UI_LIST_NONE)
        return; /* the panes are not on the screen */
    switch (key->mouse) {
    case HL_MOUSE_PRESS:
        press(ui, key);
        break;
    case HL_MOUSE_DRAG:
        drag(ui, key);
        break;
    case HL_MOUSE_RELEASE:
        ui->dragged = -1;
        break;
    case HL_MOUSE_WHEEL_UP:
        wheel(ui, key, -WHEEL_ROWS);
        break;
    case HL_MOUSE_WHEEL_DOWN:
        wheel(ui, key, WHEEL_ROWS);
        break;
    }
}

bool hl_ui_wants_mouse(const struct hl_ui *ui)
{
    return ui->config.settings->mouse && !ui->copy.open;
}
