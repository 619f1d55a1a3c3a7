/* SPDX-License-Identifier: MIT */
/* The input line as it stands on the screen, in one row or in several: it grows with the draft up
 * to a limit and scrolls inside beyond it, and the cursor goes up and down by its rows. */
#include "ui_state.h"

#include "cluster.h"
#include "i18n.h"
#include "text.h"
#include "width.h"

#include <stdio.h>
#include <string.h>

enum {
    COLS = 80, /* before the first frame */
};

static unsigned ascii_flag(const struct hl_ui *ui)
{
    return ui->config.ascii ? HL_TEXT_ASCII : 0;
}

static void set_prompt(const struct hl_ui *ui, char out[static HL_UI_PROMPT])
{
    size_t lines = hl_ui_draft_lines(hl_ui_current_draft(ui));
    const char *about = hl_ui_about_word(hl_ui_current(ui)); /* never long */

    if (ui->search.active) {
        char query[HL_UI_QUERY * HL_TEXT_GROWTH];
        hl_text_clean(query, sizeof(query), ui->search.query, ui->search.len, ascii_flag(ui), NULL);
        snprintf(out, HL_UI_PROMPT,
                 ui->search.failed ? _("nothing more with %.*s: ") : _("search %.*s: "),
                 HL_UI_QUERY, query);
    } else if (lines > 1) {
        size_t len = (size_t)snprintf(out, HL_UI_PROMPT, "%s%s", about, about[0] ? ", " : "");
        snprintf(out + len, HL_UI_PROMPT - len, ngettext("%zu line> ", "%zu lines> ", lines),
                 lines);
    } else {
        snprintf(out, HL_UI_PROMPT, "%s> ", about);
    }
}

int hl_ui_line_lay(struct hl_ui *ui, int cols)
{
    const struct hl_edit *draft = hl_ui_current_draft(ui);
    struct hl_layout *l = &ui->line.layout;
    struct hl_layout_source source = {.cursor = hl_edit_cursor(draft),
                                      .flags = HL_TEXT_LINES | ascii_flag(ui)};

    source.text = hl_edit_text(draft, &source.len);
    set_prompt(ui, ui->line.prompt);
    size_t prompt = hl_width(ui->line.prompt, strlen(ui->line.prompt));
    if (prompt + HL_WRAP_ROOM > (size_t)cols) { /* narrow: the text needs the columns */
        prompt = 0;
        ui->line.prompt[0] = '\0';
    }
    /* Without memory an empty line is shown: the draft itself is safe. */
    (void)!hl_layout_set(
        l, &source,
        &(struct hl_wrap_shape){
            .width = (size_t)cols, .first = prompt, .hang = prompt, .cells = true});
    ui->line.backwards = hl_bidi_needed(l->text, l->len);
    return (int)(l->count > l->cursor_row ? l->count : l->cursor_row + 1);
}

/* The rows that are shown: those of the last frame, unless the cursor or the end of the text asks
 * for others. */
static void scroll(struct hl_ui_line *line, size_t rows)
{
    const struct hl_layout *l = &line->layout;
    size_t all = l->count > l->cursor_row ? l->count : l->cursor_row + 1;

    if (line->top + rows > all)
        line->top = all > rows ? all - rows : 0;
    if (l->cursor_row < line->top)
        line->top = l->cursor_row;
    if (l->cursor_row >= line->top + rows)
        line->top = l->cursor_row - rows + 1;
}

/* The bidi of a row of the draft, for visual order; NULL if it is drawn as it is. What is typed
 * next at the end of a line stands where its paragraph goes on. */
static struct hl_bidi *load_row(struct hl_ui *ui, size_t n)
{
    const struct hl_layout *l = &ui->line.layout;
    struct hl_prose prose;

    if (!ui->line.backwards)
        return NULL;
    hl_ui_prose(ui, &prose);
    if (prose.bidi == NULL || ui->frame.ascii || n >= l->count)
        return NULL;
    const struct hl_wrap_row *row = &l->rows[n];
    if (!hl_bidi_load(prose.bidi, l->text, l->len, row->offset, row->offset + row->len))
        return NULL;
    if (row->indent + row->columns < l->shape.width)
        hl_bidi_tail(prose.bidi);
    return prose.bidi;
}

/* Where on the screen a column of a row of the draft is, and back. */
static size_t visual_col(struct hl_ui *ui, size_t n, size_t col)
{
    const struct hl_layout *l = &ui->line.layout;
    struct hl_bidi *bidi = load_row(ui, n);

    return bidi != NULL ? l->rows[n].indent + hl_bidi_visual(bidi, col - l->rows[n].indent) : col;
}

static size_t logical_col(struct hl_ui *ui, size_t n, size_t col)
{
    const struct hl_layout *l = &ui->line.layout;
    struct hl_bidi *bidi = load_row(ui, n);

    return bidi != NULL && col >= l->rows[n].indent
               ? l->rows[n].indent + hl_bidi_logical(bidi, col - l->rows[n].indent)
               : col;
}

/* Puts a row that stands at row at of the screen in visual order. */
static void order_row(struct hl_ui *ui, size_t n, int at)
{
    const struct hl_wrap_row *row = &ui->line.layout.rows[n];
    struct hl_frame *f = &ui->frame;
    struct hl_bidi *bidi = load_row(ui, n);
    size_t col = (size_t)ui->line.at.col + row->indent;

    if (bidi != NULL && col < (size_t)f->cols) {
        size_t room = (size_t)f->cols - col;
        size_t cols = row->columns + (row->columns < room);
        hl_bidi_reorder(bidi, &f->cells[(size_t)at * (size_t)f->cols + col],
                        cols < room ? cols : room);
    }
}

void hl_ui_line_draw(struct hl_ui *ui, const struct hl_rect *r)
{
    const struct hl_layout *l = &ui->line.layout;
    struct hl_frame *f = &ui->frame;
    int end = r->col + r->cols;

    scroll(&ui->line, (size_t)r->rows);
    ui->line.at = *r;
    hl_ui_put_short(ui, &(struct hl_span){r->row, r->col, end}, HL_STYLE_PROMPT, ui->line.prompt);
    for (size_t n = 0; n < (size_t)r->rows && ui->line.top + n < l->count; n++) {
        const struct hl_wrap_row *row = &l->rows[ui->line.top + n];
        hl_frame_put(f, &(struct hl_span){r->row + (int)n, r->col + (int)row->indent, end},
                     HL_STYLE_TEXT, l->text + row->offset, row->len);
    }
    hl_ui_spell_draw(ui);
    for (size_t n = 0; n < (size_t)r->rows && ui->line.top + n < l->count; n++)
        order_row(ui, ui->line.top + n, r->row + (int)n);
    hl_frame_cursor(f, r->row + (int)(l->cursor_row - ui->line.top),
                    r->col + (int)visual_col(ui, l->cursor_row, l->cursor_col));
}

/* ---- the cursor ---- */

/* Bytes of filtered text before a cell. A row that goes on in the next one has no place behind its
 * last character: that is the start of the next. */
static size_t filtered_before(const struct hl_layout *l, size_t row, size_t col)
{
    if (row >= l->count)
        return l->len;
    const struct hl_wrap_row *r = &l->rows[row];
    size_t n =
        hl_width_fit(l->text + r->offset, r->len, col > r->indent ? col - r->indent : 0, NULL);
    bool goes_on = row + 1 < l->count && l->rows[row + 1].offset == r->offset + r->len;
    if (n > 0 && n == r->len && goes_on)
        n = hl_cluster_prev(l->text + r->offset, r->len, n);
    return r->offset + n;
}

/* The filter goes from left to right, cluster by cluster, so lengths add up. */
static size_t original_of(const struct hl_ui *ui, const char *text, size_t len, size_t filtered)
{
    const unsigned flags = HL_TEXT_LINES | ascii_flag(ui);
    char clean[256];
    size_t at = 0;

    if (filtered <= len && memcmp(text, ui->line.layout.text, filtered) == 0)
        return filtered; /* nothing was filtered */
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

/* At a column of the screen. */
static void place(struct hl_ui *ui, size_t row, size_t col)
{
    struct hl_edit *draft = hl_ui_current_draft(ui);
    size_t len;
    const char *text = hl_edit_text(draft, &len);
    size_t filtered = filtered_before(&ui->line.layout, row, logical_col(ui, row, col));

    hl_edit_place(draft, original_of(ui, text, len, filtered));
}

void hl_ui_line_click(struct hl_ui *ui, int row, int col)
{
    place(ui, ui->line.top + (size_t)(row - ui->line.at.row), (size_t)(col - ui->line.at.col));
}

bool hl_ui_line_go(struct hl_ui *ui, bool up)
{
    const struct hl_edit *draft = hl_ui_current_draft(ui);
    struct hl_ui_line *line = &ui->line;
    const struct hl_layout *l = &line->layout;

    /* Keys may have come since the last frame. */
    hl_ui_line_lay(ui, l->shape.width > 0 ? (int)l->shape.width : COLS);
    size_t row = l->cursor_row;
    if (up ? row == 0 : row + 1 >= l->count)
        return false;
    if (line->revision != hl_edit_revision(draft) || line->cursor != hl_edit_cursor(draft))
        line->goal = visual_col(ui, row, l->cursor_col);
    place(ui, up ? row - 1 : row + 1, line->goal);
    line->revision = hl_edit_revision(draft);
    line->cursor = hl_edit_cursor(draft);
    return true;
}
