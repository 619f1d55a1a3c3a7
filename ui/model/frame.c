/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include "utf8.h"
#include "width.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void hl_frame_init(struct hl_frame *f)
{
    *f = (struct hl_frame){0};
}

void hl_frame_fini(struct hl_frame *f)
{
    for (size_t i = 0; i < HL_FRAME_LINKS; i++) {
        free(f->links[i].uri);
    }
    free(f->cells);
    free(f->flowing);
    *f = (struct hl_frame){0};
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void blank(struct hl_cell *cells, size_t count)
{
    const struct hl_cell space = {.text = " ", .len = 1, .width = 1, .style = HL_STYLE_TEXT};

    for (size_t i = 0; i < count; i++) {
        cells[i] = space;
    }
}

static int resize(struct hl_frame *f, int rows, int cols)
{
    struct hl_cell *cells = calloc((size_t)rows * (size_t)cols, sizeof(*cells));
    bool *flowing = calloc((size_t)rows, sizeof(*flowing));

    if (cells == NULL || flowing == NULL) {
        free(cells);
        free(flowing);
        return -ENOMEM;
    }
    free(f->cells);
    free(f->flowing);
    f->cells = cells;
    f->flowing = flowing;
    f->rows = rows;
    f->cols = cols;
    return 0;
}

/* What the last frame did not use may be forgotten: whoever compares with it knows no more. */
static void age_links(struct hl_frame *f)
{
    for (size_t i = 0; i < HL_FRAME_LINKS; i++) {
        struct hl_frame_link *l = &f->links[i];
        if (!l->now && !l->before) {
            free(l->uri);
            l->uri = NULL;
        }
        l->before = l->now;
        l->now = false;
    }
}

int hl_frame_reset(struct hl_frame *f, int rows, int cols)
{
    int err = 0;

    rows = clamp(rows, 1, HL_FRAME_ROWS);
    cols = clamp(cols, 1, HL_FRAME_COLS);
    if (rows != f->rows || cols != f->cols) {
        err = resize(f, rows, cols);
    }
    age_links(f);
    memset(f->flowing, 0, (size_t)f->rows * sizeof(*f->flowing));
    blank(f->cells, (size_t)f->rows * (size_t)f->cols);
    f->cursor_row = f->cursor_col = 0;
    f->cursor_visible = false;
    return err;
}

static struct hl_cell *cell_at(struct hl_frame *f, int row, int col)
{
    return &f->cells[(size_t)row * (size_t)f->cols + (size_t)col];
}

/* A wide character of which one half is drawn over loses the other half too. */
static void split_wide(struct hl_frame *f, int row, int col)
{
    struct hl_cell *c = cell_at(f, row, col);

    if (c->width == 0 && col > 0) {
        blank(c - 1, 1);
    } else if (c->width == 2 && col + 1 < f->cols) {
        blank(c + 1, 1);
    }
}

static void set_cell(struct hl_frame *f, int row, int col, const struct hl_cell *cell)
{
    split_wide(f, row, col);
    *cell_at(f, row, col) = *cell;
    if (cell->width == 2) {
        split_wide(f, row, col + 1);
        *cell_at(f, row, col + 1) = (struct hl_cell){.style = cell->style};
    }
}

/* Joins a combining mark to the cell at col. One that no longer fits is left out, as ncurses
 * would do. */
static void join_mark(struct hl_frame *f, int row, int col, const char *text, size_t len)
{
    struct hl_cell *c = cell_at(f, row, col);

    if (c->width == 0 && col > 0) {
        c--;
    }
    if (!f->ascii && c->len + len <= sizeof(c->text)) {
        memcpy(c->text + c->len, text, len);
        c->len = (uint8_t)(c->len + len);
    }
}

static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}

/* The base character of a cell, or width 0 for what joins the one before. The filter has been here
 * before us; a control character that got past it would still move the terminal's cursor, so this
 * last gate stays shut. */
static struct hl_cell base_cell(const struct hl_frame *f, uint32_t cp, enum hl_style style)
{
    struct hl_cell cell = {.style = (uint8_t)style, .width = (uint8_t)hl_width_char(cp)};

    if (cell.width == 0) {
        return cell;
    }
    if (f->ascii && cp > 0x7e) {
        cell.text[0] = '?';
        cell.len = cell.width = 1;
    } else if (is_control(cp) || cp == HL_UTF8_INVALID) {
        cell.len = (uint8_t)hl_utf8_encode(HL_UTF8_REPLACEMENT, cell.text);
        cell.width = 1;
    } else {
        cell.len = (uint8_t)hl_utf8_encode(cp, cell.text);
    }
    return cell;
}

static bool is_printable(char c)
{
    return c >= 0x20 && c < 0x7f;
}

/* Most of a screen is ASCII, and all of it is drawn for each key: what can be known beforehand of
 * such a cell is not looked up. */
static void put_printable(struct hl_frame *f, int row, int col, enum hl_style style, char c)
{
    struct hl_cell *cell = cell_at(f, row, col);

    if (cell->width != 1) {
        split_wide(f, row, col);
    }
    *cell = (struct hl_cell){.text = {c}, .len = 1, .width = 1, .style = (uint8_t)style};
}

int hl_frame_put(struct hl_frame *f, const struct hl_span *at, enum hl_style style,
                 const char *text, size_t len)
{
    int row = at->row;
    int col = at->col;
    int end = at->end < f->cols ? at->end : f->cols;
    bool drawn = false;

    if (row < 0 || row >= f->rows || col < 0) {
        return col;
    }
    for (size_t i = 0; i < len;) {
        struct hl_cell cell;
        uint32_t cp;
        size_t used;

        if (is_printable(text[i]) && col < end) {
            put_printable(f, row, col++, style, text[i++]);
            drawn = true;
            continue;
        }
        used = hl_utf8_decode(text + i, len - i, &cp);
        cell = base_cell(f, cp, style);
        if (cell.width == 0) {
            if (drawn) {
                join_mark(f, row, col - 1, text + i, used);
            }
        } else if (col + cell.width > end) {
            break;
        } else {
            set_cell(f, row, col, &cell);
            col += cell.width;
            drawn = true;
        }
        i += used;
    }
    return col;
}

int hl_frame_puts(struct hl_frame *f, int row, int col, int end, enum hl_style style,
                  const char *text)
{
    return hl_frame_put(f, &(struct hl_span){row, col, end}, style, text, strlen(text));
}

int hl_frame_put_short(struct hl_frame *f, int row, int col, int end, enum hl_style style,
                       const char *text)
{
    size_t len = strlen(text);
    size_t room = end > col ? (size_t)(end - col) : 0;
    size_t fits = hl_width_fit(text, len, room, NULL);

    if (fits < len && room > 0) {
        fits = hl_width_fit(text, len, room - 1, NULL);
        col = hl_frame_put(f, &(struct hl_span){row, col, end}, style, text, fits);
        return hl_frame_puts(f, row, col, end, style, f->ascii ? "~" : "…");
    }
    return hl_frame_put(f, &(struct hl_span){row, col, end}, style, text, fits);
}

void hl_frame_fill(struct hl_frame *f, int row, int col, int end, enum hl_style style,
                   const char *text)
{
    size_t len = strlen(text);

    if (end > f->cols) {
        end = f->cols;
    }
    while (col < end && hl_frame_put(f, &(struct hl_span){row, col, end}, style, text, len) > col) {
        col++;
    }
}

uint8_t hl_frame_link(struct hl_frame *f, const char *uri)
{
    struct hl_frame_link *spare = NULL;

    for (size_t i = 0; i < HL_FRAME_LINKS; i++) {
        struct hl_frame_link *l = &f->links[i];
        if (l->uri == NULL) {
            spare = spare != NULL ? spare : l;
        } else if (strcmp(l->uri, uri) == 0) {
            l->now = true;
            return (uint8_t)(i + 1);
        }
    }
    if (spare == NULL) {
        return 0;
    }
    spare->uri = strdup(uri);
    spare->now = spare->uri != NULL;
    return spare->now ? (uint8_t)(spare - f->links + 1) : 0;
}

const char *hl_frame_uri(const struct hl_frame *f, uint8_t link)
{
    return link > 0 ? f->links[link - 1].uri : NULL;
}

void hl_frame_restyle(struct hl_frame *f, const struct hl_span *at, enum hl_style style,
                      uint8_t link)
{
    int end = at->end < f->cols ? at->end : f->cols;

    if (at->row < 0 || at->row >= f->rows) {
        return;
    }
    for (int col = at->col > 0 ? at->col : 0; col < end; col++) {
        struct hl_cell *c = cell_at(f, at->row, col);
        c->style = (uint8_t)style;
        c->link = link;
    }
}

void hl_frame_cursor(struct hl_frame *f, int row, int col)
{
    f->cursor_row = clamp(row, 0, f->rows - 1);
    f->cursor_col = clamp(col, 0, f->cols - 1);
    f->cursor_visible = true;
}

size_t hl_frame_row(const struct hl_frame *f, int row, char *out, size_t cap)
{
    size_t len = 0;
    size_t kept = 0; /* up to here without trailing blanks */

    if (row >= 0 && row < f->rows) {
        const struct hl_cell *c = &f->cells[(size_t)row * (size_t)f->cols];
        for (int col = 0; col < f->cols && len + c[col].len < cap; col++) {
            memcpy(out + len, c[col].text, c[col].len);
            len += c[col].len;
            if (c[col].len > 1 || (c[col].len == 1 && c[col].text[0] != ' ')) {
                kept = len;
            }
        }
    }
    if (cap > 0) {
        out[kept] = '\0';
    }
    return kept;
}
