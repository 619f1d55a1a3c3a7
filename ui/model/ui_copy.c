/* SPDX-License-Identifier: MIT */
/* The copy view: nothing but the text of messages, from the first column to the last, for the
 * terminal's own selection. Long lines are cut at the edge and flow on in the next row, as if the
 * terminal had wrapped them, so that what is selected is one line again. It stands still while
 * messages arrive. */
#include "ui_state.h"

#include "keymap.h"
#include "keys.h"

/* Rows of a line, from before to. */
struct part {
    size_t from, to;
};

/* Those that the pane shows, which may be old ones. */
static const struct hl_lines *lines_of(const struct hl_ui *ui)
{
    return hl_ui_pane_lines(&ui->panes[ui->splits.focus]);
}

static struct hl_wrap_shape shape_of(const struct hl_ui *ui)
{
    return (struct hl_wrap_shape){.width = (size_t)ui->copy.at.cols, .cells = true, .brim = true};
}

/* What people have said; in the conversation of notices, these. */
static bool is_copied(const struct hl_ui_room *room, const struct hl_line *l)
{
    return room->id == 0 || l->kind == HL_LINE_IN || l->kind == HL_LINE_OUT;
}

static size_t rows_of(const struct hl_ui *ui, uint64_t id)
{
    const struct hl_ui_room *room = hl_ui_current(ui);
    const struct hl_line *l = hl_lines_get(lines_of(ui), id);
    struct hl_wrap_shape shape = shape_of(ui);

    return l != NULL && is_copied(room, l) ? hl_wrap_height(hl_line_text(l), l->len, &shape) : 0;
}

/* Rows of its last line that the view has. */
static size_t last_rows(const struct hl_ui *ui, const struct hl_ui_anchor *a)
{
    size_t rows = rows_of(ui, a->line);

    return a->rows < rows ? a->rows : rows;
}

/* The end of the view one row up or down; false if there is none. */
static bool move_up(const struct hl_ui *ui, struct hl_ui_anchor *a)
{
    size_t last = last_rows(ui, a);

    if (last > 1) {
        a->rows = last - 1;
        return true;
    }
    for (uint64_t id = a->line; id-- > hl_lines_first(lines_of(ui));) {
        size_t rows = rows_of(ui, id);
        if (rows > 0) {
            *a = (struct hl_ui_anchor){.line = id, .rows = rows};
            return true;
        }
    }
    return false;
}

static bool move_down(const struct hl_ui *ui, struct hl_ui_anchor *a)
{
    if (a->rows < rows_of(ui, a->line)) {
        a->rows++;
        return true;
    }
    for (uint64_t id = a->line + 1; id <= hl_lines_last(lines_of(ui)); id++) {
        if (rows_of(ui, id) > 0) {
            *a = (struct hl_ui_anchor){.line = id, .rows = 1};
            return true;
        }
    }
    return false;
}

/* Rows that would be drawn above the end a, up to height. */
static size_t rows_above(const struct hl_ui *ui, const struct hl_ui_anchor *a, size_t height)
{
    size_t rows = last_rows(ui, a);

    for (uint64_t id = a->line; rows < height && id-- > hl_lines_first(lines_of(ui));)
        rows += rows_of(ui, id);
    return rows < height ? rows : height;
}

/* Lines are forgotten and screens get wider while the view is open. */
static void settle(struct hl_ui *ui)
{
    struct hl_ui_anchor *a = &ui->copy.end;
    size_t height = (size_t)ui->copy.at.rows;
    uint64_t first = hl_lines_first(lines_of(ui));

    if (a->line < first)
        *a = (struct hl_ui_anchor){.line = first};
    for (size_t rows = rows_above(ui, a, height); rows < height && move_down(ui, a);)
        rows++;
    if (a->rows >= rows_of(ui, a->line))
        a->rows = SIZE_MAX; /* all of it, also when it has more in a narrower screen */
}

void hl_ui_copy_open(struct hl_ui *ui)
{
    const struct hl_ui_pane *pane = hl_ui_focused(ui);
    uint64_t line = pane->anchor.line;

    if (line == 0)
        line = hl_lines_last(hl_ui_pane_lines(pane));
    ui->copy = (struct hl_ui_copy){.open = true,
                                   .end = {.line = line, .rows = SIZE_MAX},
                                   .at = {0, 0, ui->frame.rows, ui->frame.cols}};
}

static void scroll(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    bool up = action == HL_ACT_PAGE_UP || action == HL_ACT_SCROLL_UP || action == HL_ACT_SCROLL_TOP;
    bool page = action == HL_ACT_PAGE_UP || action == HL_ACT_PAGE_DOWN;
    struct hl_ui_anchor was = ui->copy.end;
    int left = page ? ui->copy.at.rows - 1 : 1;

    if (action == HL_ACT_SCROLL_TOP || action == HL_ACT_SCROLL_BOTTOM) {
        const struct hl_lines *lines = lines_of(ui);
        ui->copy.end.line = up ? hl_lines_first(lines) : hl_lines_last(lines);
        ui->copy.end.rows = up ? 1 : SIZE_MAX;
    }
    while (left-- > 0 && (up ? move_up(ui, &ui->copy.end) : move_down(ui, &ui->copy.end))) {
        /* one row more */
    }
    settle(ui);
    if (was.line == ui->copy.end.line && was.rows == ui->copy.end.rows)
        out->kind = HL_UI_BELL;
}

bool hl_ui_copy_key(struct hl_ui *ui, const struct hl_key *key, enum hl_action action,
                    struct hl_ui_action *out)
{
    if (action >= HL_ACT_PAGE_UP && action <= HL_ACT_SCROLL_BOTTOM) {
        scroll(ui, action, out);
        return true;
    }
    if (action >= HL_ACT_REDRAW && action <= HL_ACT_FOCUS_OUT)
        return false; /* no key of the view, and none that leaves it */
    ui->copy.open = false;
    return action == HL_ACT_COPY || key->key == HL_KEY_ESCAPE || key->key == 'q';
}

/* Draws part of a line, its first row at row at. */
static void draw_line(struct hl_ui *ui, uint64_t id, const struct part *part, int at)
{
    const struct hl_line *l = hl_lines_get(lines_of(ui), id);
    struct hl_wrap_shape shape = shape_of(ui);
    struct hl_frame *f = &ui->frame;
    struct hl_wrap w;
    struct hl_wrap_row row;
    size_t before = SIZE_MAX; /* where the row before ended */

    hl_wrap_init(&w, hl_line_text(l), l->len, &shape);
    for (size_t n = 0; n < part->to && hl_wrap_next(&w, &row); n++) {
        if (n < part->from)
            continue;
        if (row.offset == before)
            f->flowing[at - 1] = true;
        hl_frame_put(f, &(struct hl_span){at++, 0, f->cols}, HL_STYLE_TEXT,
                     hl_line_text(l) + row.offset, row.len);
        before = row.offset + row.len;
    }
}

void hl_ui_copy_draw(struct hl_ui *ui, const struct hl_rect *r)
{
    const struct hl_ui_anchor *end = &ui->copy.end;
    size_t height = (size_t)r->rows;

    ui->copy.at = *r;
    settle(ui);
    size_t left = rows_above(ui, end, height);
    for (uint64_t id = end->line; left > 0 && id >= hl_lines_first(lines_of(ui)); id--) {
        size_t to = id == end->line ? last_rows(ui, end) : rows_of(ui, id);
        size_t from = to > left ? to - left : 0;
        left -= to - from;
        if (to > 0)
            draw_line(ui, id, &(struct part){from, to}, (int)left);
    }
}
