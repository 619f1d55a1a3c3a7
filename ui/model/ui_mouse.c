/* SPDX-License-Identifier: MIT */
/* What clicks, drags and the wheel do: they act on what the last frame showed there. */
#include "ui_state.h"

#include "cluster.h"
#include "keys.h"
#include "text.h"
#include "width.h"

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

/* ---- the cursor in the input ---- */

/* Bytes of filtered text before the cell that was clicked. */
static size_t filtered_before(const struct hl_ui *ui, const struct hl_key *at)
{
    const struct hl_layout *l = &ui->input;
    size_t row = ui->seen.input_first + (size_t)(at->row - ui->seen.input.row);

    if (row >= l->count)
        return l->len;
    size_t col = (size_t)(at->col - ui->seen.input.col);
    const struct hl_wrap_row *r = &l->rows[row];
    return r->offset +
           hl_width_fit(l->text + r->offset, r->len, col > r->indent ? col - r->indent : 0, NULL);
}

/* The filter goes from left to right, cluster by cluster, so lengths add up. */
static size_t original_of(const struct hl_ui *ui, const char *text, size_t len, size_t filtered)
{
    const unsigned flags = HL_TEXT_LINES | (ui->config.ascii ? HL_TEXT_ASCII : 0);
    char clean[256];
    size_t at = 0;

    for (size_t end = 0; at < len && filtered > 0; at = end) {
        end = hl_cluster_next(text, len, at);
        size_t some = end - at < sizeof(clean) / HL_TEXT_GROWTH ? end - at : 0;
        size_t became =
            some > 0 ? hl_text_clean(clean, sizeof(clean), text + at, some, flags, NULL) : end - at;
        if (became > filtered)
            break;
        filtered -= became;
    }
    return at;
}

static void place_cursor(struct hl_ui *ui, const struct hl_key *at)
{
    struct hl_edit *draft = hl_ui_current(ui)->draft;
    size_t len;
    const char *text = hl_edit_text(draft, &len);

    hl_edit_place(draft, original_of(ui, text, len, filtered_before(ui, at)));
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
    else if (holds(&ui->seen.input, at))
        place_cursor(ui, at);
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
    if (ui->form.open || ui->copy.open)
        return;
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
