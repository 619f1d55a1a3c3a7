/* SPDX-License-Identifier: MIT */
#include "golden.h"

#include <string.h>

static const char style_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

_Static_assert(sizeof style_letters > HL_STYLE_COUNT, "a letter for each style");

void golden_head(FILE *to, const struct scene *s)
{
    fprintf(to, "=== %s: %d x %d", s->name, s->cols, s->rows);
    if (s->terminal != TERMINAL_256 || s->picture != PICTURE_TEXT)
        fprintf(to, ", %s", terminal_name(s->terminal));
    if (strcmp(s->theme, "dark") != 0 || s->picture != PICTURE_TEXT)
        fprintf(to, ", %s theme", s->theme);
    if (s->language != NULL)
        fprintf(to, ", %s", s->language);
    fputc('\n', to);
}

static void ruler(FILE *to, int cols)
{
    fputc('+', to);
    for (int col = 0; col < cols; col++)
        fputc((col + 1) % 10 == 0 ? '+' : '-', to);
    fputs("+\n", to);
}

static void rows(FILE *to, const struct hl_frame *f)
{
    char text[HL_FRAME_COLS * HL_CELL_TEXT + 1];

    for (int row = 0; row < f->rows; row++) {
        hl_frame_row(f, row, text, sizeof text);
        fprintf(to, "|%s\n", text);
    }
}

/* A letter for each column; '.' where plain text stands, '~' for the right half of a wide one. */
static void styles(FILE *to, const struct hl_frame *f)
{
    for (int row = 0; row < f->rows; row++) {
        fputc('|', to);
        for (int col = 0; col < f->cols; col++) {
            const struct hl_cell *cell = &f->cells[row * f->cols + col];
            fputc(cell->width == 0               ? '~'
                  : cell->style == HL_STYLE_TEXT ? '.'
                                                 : style_letters[cell->style],
                  to);
        }
        fputc('\n', to);
    }
}

static void colour(FILE *to, int number)
{
    if (number == HL_COLOUR_DEFAULT)
        fputs("default", to);
    else if (number >= HL_COLOUR_RGB)
        fprintf(to, "#%06x", hl_theme_rgb(number));
    else
        fprintf(to, "%d", number);
}

static void style_name(FILE *to, int style)
{
    if (style >= HL_STYLE_NICK)
        fprintf(to, "name %d", style - HL_STYLE_NICK + 1);
    else
        fputs(hl_theme_style_name((enum hl_style)style), to);
}

static void looks(FILE *to, const struct scene *s, const struct hl_frame *f)
{
    static const char *const attributes[] = {"bold", "dim", "italic", "underline", "reverse"};
    bool used[HL_STYLE_COUNT] = {false};

    for (int i = 0; i < f->rows * f->cols; i++)
        used[f->cells[i].style] = true;
    for (int style = 0; style < HL_STYLE_COUNT; style++) {
        if (!used[style])
            continue;
        struct hl_look look = hl_theme_look(scene_theme(s), (enum hl_style)style, scene_depth(s));
        fprintf(to, "%c ", style == HL_STYLE_TEXT ? '.' : style_letters[style]);
        style_name(to, style);
        fputs(": ", to);
        colour(to, look.fg);
        fputs(" on ", to);
        colour(to, look.bg);
        for (unsigned i = 0; i < sizeof attributes / sizeof *attributes; i++) {
            if (look.attrs & 1U << i)
                fprintf(to, " %s", attributes[i]);
        }
        fputc('\n', to);
    }
}

void golden_print(FILE *to, const struct scene *s)
{
    const struct hl_frame *f = scene_frame(s);

    golden_head(to, s);
    if (s->picture != PICTURE_LOOKS) {
        ruler(to, f->cols);
        rows(to, f);
        ruler(to, f->cols);
        if (f->cursor_visible)
            fprintf(to, "cursor in row %d, column %d\n", f->cursor_row + 1, f->cursor_col + 1);
        else
            fputs("no cursor\n", to);
    }
    if (s->picture == PICTURE_STYLES) {
        styles(to, f);
        ruler(to, f->cols);
    }
    if (s->picture != PICTURE_TEXT)
        looks(to, s, f);
    fputc('\n', to);
}

void golden_print_subject(FILE *to, const char *subject)
{
    for (size_t i = 0; i < scenes_count(); i++) {
        if (strcmp(scenes_at(i)->subject, subject) == 0)
            golden_print(to, scenes_at(i));
    }
}
