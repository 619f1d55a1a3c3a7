/* SPDX-License-Identifier: MIT */
/* Visual order of text that runs from right to left, or in both directions (UAX #9), for terminals
 * that draw cells from left to right as they come.
 *
 * Levels are found for a whole paragraph, whose direction is that of its first strong character;
 * what is drawn is then put in order row by row (rules L1 and L2), whole cells, so that marks stay
 * on their letters, and brackets in what runs backwards are mirrored (L4). The filter has dropped
 * all directional controls, so nothing in a text reaches beyond the cells that are given. Letters
 * are not joined to Arabic presentation forms: what is copied off the screen are letters.
 * The only file that calls fribidi. Pure but for memory. */
#ifndef HL_BIDI_H
#define HL_BIDI_H

#include "frame.h"

enum {
    HL_BIDI_BYTES = 4096, /* of a paragraph; each row of a longer one is a paragraph by itself */
};

struct hl_bidi;

struct hl_bidi *hl_bidi_new(void);
void hl_bidi_free(struct hl_bidi *b);

/* Whether anything in the text could run backwards. */
bool hl_bidi_needed(const char *text, size_t len);

/* Finds the levels of the paragraph that bytes from to before to of the text belong to. False if
 * all of it runs forwards (or memory is short). text: filtered; paragraphs end in '\n'. */
bool hl_bidi_load(struct hl_bidi *b, const char *text, size_t len, size_t from, size_t to);

/* The row loaded has a blank behind it, in the direction of its paragraph: where a cursor stands at
 * the end of what is typed. */
void hl_bidi_tail(struct hl_bidi *b);

/* Puts cells in visual order: columns cells drawn from that row. */
void hl_bidi_reorder(struct hl_bidi *b, struct hl_cell *cells, size_t columns);

/* In the row loaded, the column where the cell of a column goes, and the one that it came from. */
size_t hl_bidi_visual(struct hl_bidi *b, size_t column);
size_t hl_bidi_logical(struct hl_bidi *b, size_t column);

/* Of fribidi, and of the Unicode that it knows. */
const char *hl_bidi_version(void);
const char *hl_bidi_unicode_version(void);

#endif
