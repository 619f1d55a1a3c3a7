/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include "cluster.h"
#include "text.h"
#include "width.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void hl_layout_fini(struct hl_layout *l)
{
    free(l->text);
    free(l->spare);
    free(l->rows);
    *l = (struct hl_layout){0};
}

static bool reserve_text(struct hl_layout *l, size_t len)
{
    size_t cap = len * HL_TEXT_GROWTH + 1;

    if (cap <= l->cap)
        return true;
    char *text = realloc(l->text, cap * 2);
    if (text != NULL)
        l->text = text;
    char *spare = realloc(l->spare, cap * 2);
    if (spare != NULL)
        l->spare = spare;
    if (text == NULL || spare == NULL)
        return false;
    l->cap = cap * 2;
    return true;
}

static bool add_row(struct hl_layout *l, const struct hl_wrap_row *row)
{
    if (l->count == l->row_cap) {
        size_t cap = l->row_cap == 0 ? 16 : l->row_cap * 2;
        struct hl_wrap_row *rows = reallocarray(l->rows, cap, sizeof(*rows));
        if (rows == NULL)
            return false;
        l->rows = rows;
        l->row_cap = cap;
    }
    l->rows[l->count++] = *row;
    return true;
}

/* The last row that starts at or before a byte. */
static size_t row_of(const struct hl_layout *l, size_t byte)
{
    size_t low = 0;
    size_t high = l->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (l->rows[middle].offset > byte)
            high = middle;
        else
            low = middle;
    }
    return low;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t common_prefix(const char *a, const char *b, size_t len)
{
    enum { STEP = 64 };
    size_t n = 0;

    while (n + STEP <= len && memcmp(a + n, b + n, STEP) == 0)
        n += STEP;
    while (n < len && a[n] == b[n])
        n++;
    return n;
}

/* How many rows are still right when the text differs from byte same on. A row starts where it did
 * if the cluster it starts with is whole before that byte: a later one may have taken more or less
 * of the row before. */
static size_t rows_kept(const struct hl_layout *l, size_t same)
{
    while (same > 0 && is_continuation(l->text[same]))
        same--;
    size_t row = l->count > 0 ? row_of(l, same) : 0;
    while (row > 0 && hl_cluster_next(l->text, same, l->rows[row].offset) >= same)
        row--;
    return row;
}

static bool same_shape(const struct hl_wrap_shape *a, const struct hl_wrap_shape *b)
{
    return a->width == b->width && a->first == b->first && a->hang == b->hang &&
           a->cells == b->cells;
}

static bool cut_rows(struct hl_layout *l, size_t kept)
{
    struct hl_wrap w;
    struct hl_wrap_row row;

    hl_wrap_init(&w, l->text, l->len, &l->shape);
    if (kept > 0)
        hl_wrap_resume(&w, &l->rows[kept]);
    l->count = kept;
    while (hl_wrap_next(&w, &row)) {
        if (!add_row(l, &row))
            return false;
    }
    return true;
}

static void place_cursor(struct hl_layout *l, size_t cursor)
{
    l->cursor = cursor;
    l->cursor_row = row_of(l, cursor);
    const struct hl_wrap_row *row = &l->rows[l->cursor_row];
    size_t before = cursor - row->offset < row->len ? cursor - row->offset : row->len;
    l->cursor_col = row->indent + hl_width(l->text + row->offset, before);
    if (l->cursor_col >= l->shape.width) { /* behind a full row: a new one starts */
        l->cursor_row++;
        l->cursor_col = l->shape.hang < l->cursor_col ? l->shape.hang : 0;
    }
}

int hl_layout_set(struct hl_layout *l, const struct hl_layout_source *from,
                  const struct hl_wrap_shape *shape)
{
    size_t cursor = 0;
    bool made = false;

    if (reserve_text(l, from->len)) {
        char *old = l->text;
        size_t old_len = l->len;
        /* The filtered text before the cursor is a prefix of the filtered whole. */
        cursor = hl_text_clean(l->spare, l->cap, from->text, from->cursor, from->flags, NULL);
        l->len = from->cursor == from->len
                     ? cursor
                     : hl_text_clean(l->spare, l->cap, from->text, from->len, from->flags, NULL);
        l->text = l->spare;
        l->spare = old;
        size_t same = common_prefix(l->text, old, l->len < old_len ? l->len : old_len);
        size_t kept = same_shape(&l->shape, shape) ? rows_kept(l, same) : 0;
        l->shape = *shape;
        made = cut_rows(l, kept);
    }
    if (!made) {
        l->count = l->cursor = l->cursor_row = l->cursor_col = 0;
        return -ENOMEM;
    }
    place_cursor(l, cursor);
    return 0;
}
