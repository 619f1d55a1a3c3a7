/* SPDX-License-Identifier: MIT */
/* The draft as the screen shows it: filtered, cut into rows, the cursor placed. Kept from one frame
 * to the next: of a long draft only the rows that a key has changed are cut anew. */
#ifndef HL_LAYOUT_H
#define HL_LAYOUT_H

#include "wrap.h"

struct hl_layout {
    char *text; /* filtered */
    size_t len, cap;
    char *spare; /* the text before the last change; as large */
    struct hl_wrap_row *rows;
    size_t count, row_cap;
    struct hl_wrap_shape shape;
    size_t cursor;                 /* bytes of text before it */
    size_t cursor_row, cursor_col; /* the row may be the one behind the last */
};

/* What is to be laid out. */
struct hl_layout_source {
    const char *text; /* as typed */
    size_t len;
    size_t cursor;  /* between two clusters of it */
    unsigned flags; /* enum hl_text_flag */
};

/* Zeroed memory is an empty layout. */
void hl_layout_fini(struct hl_layout *l);

/* Brings l up to date. Returns 0, or -ENOMEM: then there are no rows. */
int hl_layout_set(struct hl_layout *l, const struct hl_layout_source *from,
                  const struct hl_wrap_shape *shape) __attribute__((warn_unused_result));

#endif
