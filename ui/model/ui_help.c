/* SPDX-License-Identifier: MIT */
/* The help page: commands, keys and settings, each with what it does beside it, or below it where
 * columns are few. Texts are wrapped, never cut. */
#include "ui_state.h"

#include "i18n.h"
#include "keymap.h"
#include "wrap.h"

#include <string.h>

enum {
    LEFT_MAX = 30,   /* columns of what is explained */
    BESIDE_MIN = 44, /* narrower pages have the explanation below it */
    INDENT = 2,
};

/* An entry of the help page, a heading, or a blank row: that has no texts. */
struct help_row {
    char left[HL_KEYMAP_TEXT];
    const char *command; /* instead of left */
    const char *right;
    bool heading;
};

static void heading(struct help_row *out, const char *text)
{
    out->heading = true;
    out->right = text;
}

/* The parts of the page write row *n, or count *n down by the rows that they have. Each begins with
 * a blank row, but for the first one, and a heading. */
static bool key_row(const struct hl_ui *ui, size_t *n, struct help_row *out)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].help[0] == '\0')
            continue;
        if (i == 0 || rows[i].group != rows[i - 1].group) {
            if ((i > 0 || ui->config.command_count > 0) && (*n)-- == 0)
                return true;
            if ((*n)-- == 0) {
                heading(out, _(hl_keymap_group_name(rows[i].group)));
                return true;
            }
        }
        if ((*n)-- == 0) {
            hl_keymap_names(ui->config.keymap, &rows[i], out->left);
            out->right = _(rows[i].help);
            return true;
        }
    }
    return false;
}

static bool command_row(const struct hl_ui *ui, size_t *n, struct help_row *out)
{
    if (ui->config.command_count == 0)
        return false;
    if ((*n)-- == 0) {
        heading(out, _("Commands"));
        return true;
    }
    if (*n >= ui->config.command_count) {
        *n -= ui->config.command_count;
        return false;
    }
    out->command = ui->config.commands[*n].left;
    out->right = _(ui->config.commands[*n].right);
    return true;
}

static bool setting_row(size_t *n, struct help_row *out)
{
    size_t count;
    const struct hl_setting *rows = hl_settings_table(&count);

    if ((*n)-- == 0)
        return true;
    if ((*n)-- == 0) {
        heading(out, _("Settings"));
        return true;
    }
    if (*n >= count)
        return false;
    out->command = rows[*n].name;
    out->right = _(rows[*n].help);
    return true;
}

/* Writes row number n; false behind the last one. The page is short: no row is worth storing. */
static bool help_row(const struct hl_ui *ui, size_t n, struct help_row *out)
{
    *out = (struct help_row){.right = ""};
    return command_row(ui, &n, out) || key_row(ui, &n, out) || setting_row(&n, out);
}

/* ---- rows on the screen ---- */

/* Where the two texts of an entry stand on a page of so many columns. */
struct columns {
    int left, left_cols;
    int right, right_cols;
    bool beside;
};

static struct columns columns_of(int cols)
{
    int indent = cols > 4 * INDENT ? INDENT : 0;
    int left = cols / 3 < LEFT_MAX ? cols / 3 : LEFT_MAX;

    if (cols >= BESIDE_MIN)
        return (struct columns){.left = indent,
                                .left_cols = left - indent,
                                .right = left + 1,
                                .right_cols = cols - left - 1,
                                .beside = true};
    return (struct columns){.left = indent,
                            .left_cols = cols - indent,
                            .right = 2 * indent,
                            .right_cols = cols - 2 * indent};
}

static const char *left_of(const struct help_row *row)
{
    return row->command != NULL ? row->command : row->left;
}

/* An action without a key has nothing on the left. */
static size_t rows_of_text(const char *text, int cols)
{
    const struct hl_wrap_shape shape = {.width = (size_t)cols};

    return text[0] != '\0' ? hl_wrap_height(text, strlen(text), &shape) : 0;
}

/* Rows of an entry; 0 behind the last one. */
static size_t rows_of(const struct hl_ui *ui, const struct columns *c, size_t n)
{
    struct help_row row;

    if (!help_row(ui, n, &row))
        return 0;
    if (row.heading)
        return rows_of_text(row.right, c->left_cols);
    if (row.right[0] == '\0')
        return 1;
    size_t left = rows_of_text(left_of(&row), c->left_cols);
    size_t right = rows_of_text(row.right, c->right_cols);
    return !c->beside ? left + right : left > right ? left : right;
}

/* Goes on by so many rows from the one that is the first on the screen, as far as there is a page
 * of that many rows below it. */
void hl_ui_help_scroll(struct hl_ui *ui, long rows)
{
    const struct columns c = columns_of(ui->area.cols);
    size_t height = ui->area.rows > 0 ? (size_t)ui->area.rows : 1;
    size_t all = 0;
    size_t at = 0;
    size_t n = 0;

    for (size_t have; (have = rows_of(ui, &c, n)) > 0; n++) {
        if (n == ui->help_top.entry)
            at = all + (ui->help_top.row < have ? ui->help_top.row : have - 1);
        all += have;
    }
    size_t last = all > height ? all - height : 0;
    if (rows < 0)
        at -= (size_t)-rows < at ? (size_t)-rows : at;
    else
        at += (size_t)rows;
    at = at < last ? at : last;
    size_t have = 0;
    for (n = 0; at >= (have = rows_of(ui, &c, n)) && have > 0; n++)
        at -= have;
    ui->help_top = (struct hl_ui_help_top){.entry = n, .row = at};
}

/* Draws the rows of a text that are in r, the first of it at row at, which may lie above. Returns
 * the row behind the last. */
static int draw_text(struct hl_ui *ui, const struct hl_rect *r, int at, enum hl_style style,
                     const char *text)
{
    struct hl_wrap w;
    struct hl_wrap_row row;

    if (text[0] == '\0')
        return at;
    hl_wrap_init(&w, text, strlen(text), &(struct hl_wrap_shape){.width = (size_t)r->cols});
    for (; hl_wrap_next(&w, &row); at++) {
        if (at >= r->row && at < r->row + r->rows)
            hl_frame_put(&ui->frame, &(struct hl_span){at, r->col, r->col + r->cols}, style,
                         text + row.offset, row.len);
    }
    return at;
}

void hl_ui_help_draw(struct hl_ui *ui, const struct hl_rect *r)
{
    const struct columns c = columns_of(r->cols);
    const struct hl_rect left = {r->row, r->col + c.left, r->rows, c.left_cols};
    const struct hl_rect right = {r->row, r->col + c.right, r->rows, c.right_cols};
    struct help_row row;

    hl_ui_help_scroll(ui, 0);
    int at = r->row - (int)ui->help_top.row;
    for (size_t n = ui->help_top.entry; at < r->row + r->rows && help_row(ui, n, &row); n++) {
        if (row.heading) {
            const struct hl_rect all = {r->row, r->col + c.left / 2, r->rows, c.left_cols};
            at = draw_text(ui, &all, at, HL_STYLE_HELP_KEY, row.right);
            continue;
        }
        if (row.right[0] == '\0') {
            at++;
            continue;
        }
        int below = draw_text(ui, &left, at, HL_STYLE_TEXT, left_of(&row));
        int end = draw_text(ui, &right, c.beside ? at : below, HL_STYLE_TEXT, row.right);
        at = end > below ? end : below;
    }
}
