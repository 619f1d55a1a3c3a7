/* SPDX-License-Identifier: MIT */
/* Text on a frame: that of a message, row by row as it was wrapped, with its links marked, and
 * names, lists and what is typed. What runs from right to left is put in visual order. */
#ifndef HL_PROSE_H
#define HL_PROSE_H

#include "bidi.h"
#include "frame.h"
#include "links.h"
#include "wrap.h"

struct hl_prose {
    struct hl_frame *frame;
    struct hl_bidi *bidi; /* NULL: logical order */
    bool numbers;         /* the terminal is told of links */
    const char *text;
    size_t len;
    struct hl_links links;
    struct hl_link link; /* the first that does not end before the row drawn last */
    bool linked;         /* there is one */
    bool backwards;      /* some of the text may run from right to left */
};

/* bidi: borrowed, NULL leaves the logical order; numbers: links get numbers of the frame. */
void hl_prose_init(struct hl_prose *p, struct hl_frame *f, struct hl_bidi *bidi, bool numbers);

/* Begins a text, filtered and borrowed. */
void hl_prose_text(struct hl_prose *p, const char *text, size_t len);

/* Draws a row into a span. Rows come in their order; some may be left out. */
void hl_prose_row(struct hl_prose *p, const struct hl_span *at, enum hl_style style,
                  const struct hl_wrap_row *row);

/* Draws other text on one row, such as a name: in visual order, without links, and what does not
 * fit ends in an ellipsis. text: filtered. Returns the column after the last one drawn. */
int hl_prose_short(const struct hl_prose *p, const struct hl_span *at, enum hl_style style,
                   const char *text);

/* Puts in visual order what stands in a span, as a text of its own. */
void hl_prose_order(const struct hl_prose *p, const struct hl_span *at);

/* Draws what is being typed on one row, filtered. Returns the column of the cursor, which stands
 * before that byte of it. */
int hl_prose_typed(const struct hl_prose *p, const struct hl_span *at, const char *text, size_t len,
                   size_t cursor);

#endif
