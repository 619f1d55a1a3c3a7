/* SPDX-License-Identifier: MIT */
#include "rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

enum {
    OPEN_MAX = 32, /* bytes before and after a URI */
};

/* Links are a decoration: without memory they are left out. */
static bool reserve(struct hl_rewrite *r, size_t more)
{
    if (r->cap - r->len >= more)
        return true;
    size_t cap = (r->len + more) * 2;
    char *bytes = realloc(r->bytes, cap);
    if (bytes == NULL)
        return false;
    r->bytes = bytes;
    r->cap = cap;
    return true;
}

static void add(struct hl_rewrite *r, const char *bytes, size_t len)
{
    if (reserve(r, len)) {
        memcpy(r->bytes + r->len, bytes, len);
        r->len += len;
    }
}

/* curses gives its bytes to a function without an argument of ours. */
static struct hl_rewrite *collecting;

static int collect(int byte)
{
    char c = (char)byte;

    add(collecting, &c, 1);
    return byte;
}

static void go_to(struct hl_rewrite *r, int row, int col)
{
    collecting = r;
    tputs(tiparm(cursor_address, row, col), 1, collect);
}

static void set_style(struct hl_rewrite *r, int style)
{
    collecting = r;
    vid_puts(style < 0 ? A_NORMAL : r->attr[style], style < 0 ? (short)0 : r->pair[style], NULL,
             collect);
}

static void add_cells(struct hl_rewrite *r, const struct hl_cell *cells, int from, int to)
{
    int style = -1;

    for (int col = from; col < to; col++) {
        if (cells[col].width > 0 && cells[col].style != style) {
            style = cells[col].style;
            set_style(r, style);
        }
        add(r, cells[col].text, cells[col].len);
    }
    set_style(r, -1);
}

/* https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda: cells with the same URI and
 * id are one link, however they are wrapped. */
static void add_link(struct hl_rewrite *r, const char *uri, unsigned id)
{
    size_t most = strlen(uri) + OPEN_MAX;

    if (reserve(r, most))
        r->len += (size_t)snprintf(r->bytes + r->len, most, "\033]8;id=%u;%s\033\\", id, uri);
}

static void rewrite_links(struct hl_rewrite *r, const struct hl_frame *f, int row)
{
    const struct hl_cell *cells = &f->cells[(size_t)row * (size_t)f->cols];

    for (int col = 0; col < f->cols; col++) {
        int from = col;
        const char *uri = hl_frame_uri(f, cells[col].link);
        if (uri == NULL)
            continue;
        while (col + 1 < f->cols && cells[col + 1].link == cells[from].link)
            col++;
        go_to(r, row, from);
        add_link(r, uri, cells[from].link);
        add_cells(r, cells, from, col + 1);
        add(r, "\033]8;;\033\\", 7);
    }
}

/* The terminal wraps by itself when a character follows the one in the last column, or when a wide
 * one finds only one column left. */
static void join_rows(struct hl_rewrite *r, const struct hl_frame *f, int row)
{
    const struct hl_cell *here = &f->cells[(size_t)row * (size_t)f->cols];
    const struct hl_cell *below = here + f->cols;
    int last = f->cols - 1;

    if (here[last].width == 0)
        last--;
    go_to(r, row, last);
    if (here[last].text[0] != ' ' || below[0].width < 2)
        add_cells(r, here, last, f->cols);
    add_cells(r, below, 0, below[0].width);
}

static void write_corner(struct hl_rewrite *r, const struct hl_frame *f)
{
    int row = f->rows - 1;

    go_to(r, row, 0);
    add_cells(r, &f->cells[row], 0, 1);
}

bool hl_rewrite_rows(struct hl_rewrite *r, const struct hl_frame *f, int first, int last)
{
    r->len = 0;
    for (int row = first; row <= last; row++)
        rewrite_links(r, f, row);
    for (int row = first > 0 ? first - 1 : 0; row <= last && auto_right_margin; row++) {
        if (f->flowing[row] && row + 1 < f->rows && f->cols > 1)
            join_rows(r, f, row);
    }
    if (r->corner && f->cols == 1 && last == f->rows - 1)
        write_corner(r, f);
    if (r->len == 0)
        return false;
    go_to(r, f->cursor_row, f->cursor_col);
    return true;
}

void hl_rewrite_fini(struct hl_rewrite *r)
{
    free(r->bytes);
}
