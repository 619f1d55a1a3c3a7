/* SPDX-License-Identifier: MIT */
#include "cluster.h"
#include "layout.h"
#include "text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(layout, .init = utf8_locale);

static void lay(struct hl_layout *l, const char *text, size_t len, size_t cursor,
                const struct hl_wrap_shape *shape)
{
    const struct hl_layout_source from = {
        .text = text, .len = len, .cursor = cursor, .flags = HL_TEXT_LINES};

    cr_assert_eq(hl_layout_set(l, &from, shape), 0);
}

/* Rows as an earlier text has left them must not show in those of this one. */
static void same_as_fresh(const struct hl_layout *l, const char *text, size_t len, size_t cursor)
{
    struct hl_layout fresh = {0};

    lay(&fresh, text, len, cursor, &l->shape);
    cr_assert_eq(l->len, fresh.len);
    cr_assert_eq(memcmp(l->text, fresh.text, l->len), 0);
    cr_assert_eq(l->count, fresh.count, "%zu rows, not %zu: %.*s", l->count, fresh.count, (int)len,
                 text);
    for (size_t i = 0; i < l->count; i++) {
        cr_assert_eq(l->rows[i].offset, fresh.rows[i].offset, "row %zu: %.*s", i, (int)len, text);
        cr_assert_eq(l->rows[i].len, fresh.rows[i].len, "row %zu: %.*s", i, (int)len, text);
        cr_assert_eq(l->rows[i].columns, fresh.rows[i].columns);
        cr_assert_eq(l->rows[i].indent, fresh.rows[i].indent);
    }
    cr_assert_eq(l->cursor_row, fresh.cursor_row);
    cr_assert_eq(l->cursor_col, fresh.cursor_col);
    hl_layout_fini(&fresh);
}

/* Joins, splits, widens and empties what stands there. */
static const char *const pieces[] = {
    "a",
    "bc d",
    "漢",
    "\u0301",
    "\U0001F1E9",
    "\U0001F468\u200d\U0001F469",
    "\u200d",
    "\U0001F3FD",
    "\n",
    "\t",
    " ",
    "\u0e33",
    "\x1b",
    "e\u0301\u0302",
    "\u1100\u1161",
    "0123456789",
    "\ufe0f",
    "漢字漢字漢字",
};

Test(layout, changed_rows_are_as_if_cut_afresh)
{
    enum { STEPS = 16000, TEXT = 4096, PIECE = 32 };
    static char text[TEXT];
    struct hl_layout l = {0};
    unsigned seed = (unsigned)time(NULL);
    size_t len = 0;

    fprintf(stderr, "seed %u\n", seed);
    for (int i = 0; i < STEPS; i++) {
        struct hl_wrap_shape shape = {.width = 1 + (unsigned)(i / 1000), .cells = true};
        size_t at = hl_cluster_snap(text, len, (size_t)rand_r(&seed) % (len + 1));
        size_t end = len;
        shape.first = shape.hang = shape.width > 10 ? 2 : 0;

        if (rand_r(&seed) % 3 == 0 || len + PIECE > TEXT / 8) {
            end = hl_cluster_snap(text, len, at + (size_t)rand_r(&seed) % (len - at + 1));
            memmove(text + at, text + end, len - end);
            len -= end - at;
        } else {
            const char *piece = pieces[(size_t)rand_r(&seed) % (sizeof pieces / sizeof *pieces)];
            size_t n = strlen(piece);
            memmove(text + at + n, text + at, len - at);
            memcpy(text + at, piece, n);
            len += n;
        }
        at = hl_cluster_snap(text, len, at < len ? at : len);
        lay(&l, text, len, at, &shape);
        same_as_fresh(&l, text, len, at);
    }
    hl_layout_fini(&l);
}

Test(layout, the_cursor_goes_behind_a_full_row)
{
    const struct hl_wrap_shape shape = {.width = 5, .cells = true};
    struct hl_layout l = {0};

    lay(&l, "", 0, 0, &shape);
    cr_assert_eq(l.count, 1);
    cr_assert_eq(l.cursor_row, 0);
    lay(&l, "abcd", 4, 4, &shape);
    cr_assert_eq(l.cursor_col, 4);
    lay(&l, "abcde", 5, 5, &shape);
    cr_assert_eq(l.cursor_row, 1);
    cr_assert_eq(l.cursor_col, 0);
    lay(&l, "abcde", 5, 2, &shape);
    cr_assert_eq(l.cursor_row, 0);
    cr_assert_eq(l.cursor_col, 2);
    hl_layout_fini(&l);
}
