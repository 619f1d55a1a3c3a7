/* SPDX-License-Identifier: MIT */
#include "bidi.h"

#include "utf8.h"
#include "width.h"

#include <fribidi.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNITS = HL_FRAME_COLS, /* cells of one row */
};

struct hl_bidi {
    FriBidiStrIndex count;            /* of the paragraph whose levels are known; 0 = of none */
    FriBidiChar chars[HL_BIDI_BYTES]; /* of the paragraph */
    FriBidiCharType types[HL_BIDI_BYTES];
    FriBidiBracketType brackets[HL_BIDI_BYTES];
    FriBidiLevel levels[HL_BIDI_BYTES];
    FriBidiParType direction;
    /* What of it is drawn: the characters that have a cell. */
    FriBidiStrIndex units;
    FriBidiCharType unit_types[UNITS];
    FriBidiLevel unit_levels[UNITS];
    uint8_t unit_widths[UNITS];
    FriBidiStrIndex order[UNITS]; /* order[n] = which of them is drawn as the nth from the left */
    struct hl_cell cells[UNITS];
};

struct hl_bidi *hl_bidi_new(void)
{
    struct hl_bidi *b = malloc(sizeof *b);
    if (b != NULL)
        b->count = 0;
    return b;
}

void hl_bidi_free(struct hl_bidi *b)
{
    free(b);
}

const char *hl_bidi_version(void)
{
    return FRIBIDI_VERSION;
}

const char *hl_bidi_unicode_version(void)
{
    return fribidi_unicode_version;
}

/* The blocks for scripts that run backwards, by their first bytes in UTF-8: U+0590 to U+08FF,
 * U+FB00 to U+FEFF, U+10800 to U+10FFF and U+1E800 to U+1EFFF. */
bool hl_bidi_needed(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i + 1 < len; i++) {
        if (s[i] < 0xd6)
            continue;
        if (s[i] < 0xe0 || (s[i] == 0xe0 && s[i + 1] < 0xa4) || (s[i] == 0xef && s[i + 1] > 0xab) ||
            (s[i] == 0xf0 && (s[i + 1] == 0x90 || s[i + 1] == 0x9e)))
            return true;
    }
    return false;
}

/* The paragraph around a row: its first byte and its end. */
static void find_paragraph(const char *text, size_t len, size_t *from, size_t *to)
{
    const char *before = *from > 0 ? memrchr(text, '\n', *from) : NULL;
    const char *after = memchr(text + *to, '\n', len - *to);
    size_t start = before != NULL ? (size_t)(before + 1 - text) : 0;
    size_t end = after != NULL ? (size_t)(after - text) : len;
    if (end - start <= HL_BIDI_BYTES) {
        *from = start;
        *to = end;
    } else if (*to - *from > HL_BIDI_BYTES) {
        *to = *from + hl_utf8_cut(text + *from, *to - *from, HL_BIDI_BYTES);
    }
}

/* The levels of all characters; false if all run forwards. */
static bool find_levels(struct hl_bidi *b, FriBidiStrIndex count)
{
    bool backwards = false;
    fribidi_get_bidi_types(b->chars, count, b->types);
    for (FriBidiStrIndex i = 0; i < count && !backwards; i++)
        backwards = FRIBIDI_IS_RTL(b->types[i]) || FRIBIDI_IS_ARABIC(b->types[i]);
    if (!backwards)
        return false;
    fribidi_get_bracket_types(b->chars, count, b->types, b->brackets);
    b->direction = FRIBIDI_PAR_ON;
    return fribidi_get_par_embedding_levels_ex(b->types, b->brackets, count, &b->direction,
                                               b->levels) != 0;
}

bool hl_bidi_load(struct hl_bidi *b, const char *text, size_t len, size_t from, size_t to)
{
    size_t start = from;
    size_t end = to;
    FriBidiStrIndex count = 0;
    FriBidiStrIndex first = 0;
    FriBidiStrIndex last = 0;
    bool same = true; /* row after row of one paragraph is asked for: its levels are found once */
    find_paragraph(text, len, &start, &end);
    for (size_t at = start; at < end; count++) {
        FriBidiChar cp;
        if (at < from)
            first = count + 1;
        if (at < to)
            last = count + 1;
        at += hl_utf8_decode(text + at, end - at, &cp);
        same = same && count < b->count && b->chars[count] == cp;
        b->chars[count] = cp;
    }
    if (!same || count != b->count)
        b->count = find_levels(b, count) ? count : 0;
    if (b->count == 0)
        return false;
    b->units = 0;
    for (FriBidiStrIndex i = first; i < last && b->units < UNITS; i++) {
        size_t width = hl_width_char(b->chars[i]);
        if (width == 0)
            continue;
        b->unit_widths[b->units] = (uint8_t)width;
        b->unit_types[b->units] = b->types[i];
        b->unit_levels[b->units] = b->levels[i];
        b->units++;
    }
    return true;
}

void hl_bidi_tail(struct hl_bidi *b)
{
    if (b->units == UNITS)
        return;
    b->unit_widths[b->units] = 1;
    b->unit_types[b->units] = FRIBIDI_TYPE_WS;
    b->unit_levels[b->units] = FRIBIDI_DIR_TO_LEVEL(b->direction);
    b->units++;
}

/* Finds the order of the first units of the row. */
static bool arrange(struct hl_bidi *b, FriBidiStrIndex units)
{
    for (FriBidiStrIndex i = 0; i < units; i++)
        b->order[i] = i;
    return units > 0 && fribidi_reorder_line(0, b->unit_types, units, 0, b->direction,
                                             b->unit_levels, NULL, b->order) != 0;
}

/* Draws the opening bracket for the closing one, as far as it takes the same room. */
static void mirror(struct hl_cell *cell)
{
    uint32_t cp;
    FriBidiChar other;
    size_t n = hl_utf8_decode(cell->text, cell->len, &cp);
    if (!fribidi_get_mirror_char(cp, &other) || hl_width_char(other) != cell->width)
        return;
    char text[HL_CELL_TEXT + HL_UTF8_MAX] = {0};
    size_t base = hl_utf8_encode(other, text);
    if (base + cell->len - n > HL_CELL_TEXT)
        return;
    memcpy(text + base, cell->text + n, cell->len - n);
    memcpy(cell->text, text, HL_CELL_TEXT);
    cell->len = (uint8_t)(base + cell->len - n);
}

void hl_bidi_reorder(struct hl_bidi *b, struct hl_cell *cells, size_t columns)
{
    size_t starts[UNITS]; /* the column of each unit */
    FriBidiStrIndex units = 0;
    size_t end = 0;
    for (; end < columns && units < b->units; end += cells[end].width == 2 ? 2 : 1) {
        starts[units] = end;
        units++;
    }
    if (end > columns || !arrange(b, units))
        return;
    size_t col = 0;
    for (FriBidiStrIndex n = 0; n < units; n++) {
        const struct hl_cell *from = &cells[starts[b->order[n]]];
        b->cells[col] = *from;
        if (FRIBIDI_LEVEL_IS_RTL(b->unit_levels[b->order[n]]))
            mirror(&b->cells[col]);
        col++;
        if (from->width == 2)
            b->cells[col++] = from[1];
    }
    memcpy(cells, b->cells, end * sizeof *cells);
}

/* The column in the logical order where a unit starts. */
static size_t start_of(const struct hl_bidi *b, FriBidiStrIndex unit)
{
    size_t col = 0;
    for (FriBidiStrIndex i = 0; i < unit; i++)
        col += b->unit_widths[i];
    return col;
}

size_t hl_bidi_visual(struct hl_bidi *b, size_t column)
{
    FriBidiStrIndex unit = 0;
    size_t start = 0;
    size_t col = 0;
    while (unit < b->units && start + b->unit_widths[unit] <= column)
        start += b->unit_widths[unit++];
    if (unit == b->units || !arrange(b, b->units))
        return column;
    for (FriBidiStrIndex n = 0; b->order[n] != unit; n++)
        col += b->unit_widths[b->order[n]];
    return col + (column - start);
}

size_t hl_bidi_logical(struct hl_bidi *b, size_t column)
{
    size_t col = 0;
    if (!arrange(b, b->units))
        return column;
    for (FriBidiStrIndex n = 0; n < b->units; n++) {
        size_t width = b->unit_widths[b->order[n]];
        if (column < col + width)
            return start_of(b, b->order[n]) + (column - col);
        col += width;
    }
    return column;
}
