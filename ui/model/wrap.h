/* SPDX-License-Identifier: MIT */
/* Soft wrap of filtered text to rows of a terminal. An iterator that stores nothing: lay out what
 * is visible, newest message backwards, with hl_wrap_height() for the height alone.
 *
 * Rows are broken at spaces and between wide characters. A word that no row holds begins where it
 * stands, if a good part of it fits there.
 *
 *     struct hl_wrap w;
 *     struct hl_wrap_row row;
 *     hl_wrap_init(&w, text, len, &(struct hl_wrap_shape){.width = 80, .first = 12, .hang = 12});
 *     while (hl_wrap_next(&w, &row))
 *         draw(row.indent, text + row.offset, row.len);
 */
#ifndef HL_WRAP_H
#define HL_WRAP_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_WRAP_ROOM = 8, /* columns that first and hang must leave free, else they are given up */
};

struct hl_wrap_shape {
    size_t width; /* columns of the window; 0 counts as 1 */
    size_t first; /* columns of the first row taken by a prefix, such as time and sender. When
                     fewer than HL_WRAP_ROOM are left, that row stays empty (len 0). */
    size_t hang;  /* columns left empty before the other rows; 0 is taken if it leaves less */
    bool cells;   /* cut at any cluster and keep all spaces, as an input line must */
    bool brim;    /* a last row that is full is the last: no empty one behind it for a cursor */
};

struct hl_wrap_row {
    size_t offset, len; /* bytes of the text; without the newline, and unless cells, without the
                           spaces at which the row was broken */
    size_t columns;     /* of these bytes; more than fits only when one character is wider than
                           the whole row: draw something else in its place */
    size_t indent;      /* column at which the row starts: first, hang or 0 */
};

struct hl_wrap {
    const char *text;
    size_t len, at;
    struct hl_wrap_shape shape;
    enum { HL_WRAP_PREFIX, HL_WRAP_FIRST, HL_WRAP_MORE, HL_WRAP_DONE } state;
};

/* text is borrowed until the last hl_wrap_next(). A newline ends a row; empty text has one row, and
 * text that ends in a newline has an empty last row. */
void hl_wrap_init(struct hl_wrap *w, const char *text, size_t len,
                  const struct hl_wrap_shape *shape);

/* Goes on with a row other than the first that an earlier pass with this shape has given; the text
 * before it must be the same. */
void hl_wrap_resume(struct hl_wrap *w, const struct hl_wrap_row *row);

/* The next row, false after the last one. */
bool hl_wrap_next(struct hl_wrap *w, struct hl_wrap_row *row);

/* Number of rows, at least 1. */
size_t hl_wrap_height(const char *text, size_t len, const struct hl_wrap_shape *shape);

#endif
