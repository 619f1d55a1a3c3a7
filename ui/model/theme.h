/* SPDX-License-Identifier: MIT */
/* Themes: what each style of a cell looks like. Text is parsed into a table; how many colours the
 * terminal has is looked at only when a look is asked for. Pure.
 *
 *     # a comment stands on a line of its own
 *     base = dark                  what this file leaves out is as in that theme
 *     error = bright_red default bold
 *     nicks = 131 166 #5f8700      colours for the names of others
 *
 * A line is STYLE = [FOREGROUND [BACKGROUND]] [ATTRIBUTE...]. Colours: default (the terminal's
 * own), the eight of ECMA-48 and their bright_ forms, 0 to 255 as in xterm, #rrggbb. Attributes:
 * bold, dim, italic, underline, reverse. */
#ifndef HL_THEME_H
#define HL_THEME_H

#include "frame.h"

enum {
    HL_THEME_WHY = 160,         /* bytes with NUL of an error text */
    HL_THEME_BYTES = 64 * 1024, /* a longer file is no theme */
};

enum hl_colour {
    HL_COLOUR_DEFAULT = -1,
    /* 0..255: xterm's palette */
    HL_COLOUR_RGB = 1 << 24, /* + 0xrrggbb */
};

enum hl_attr {
    HL_ATTR_BOLD = 1,
    HL_ATTR_DIM = 2,
    HL_ATTR_ITALIC = 4,
    HL_ATTR_UNDERLINE = 8,
    HL_ATTR_REVERSE = 16,
};

/* How many colours there are to choose from. */
enum hl_depth {
    HL_DEPTH_NONE = 0,
    HL_DEPTH_8 = 8,
    HL_DEPTH_16 = 16,
    HL_DEPTH_256 = 256,
    HL_DEPTH_RGB = 1 << 24,
};

struct hl_look {
    int fg, bg; /* enum hl_colour */
    unsigned attrs;
};

struct hl_theme {
    struct hl_look looks[HL_STYLE_COUNT];
    int nicks[HL_NICKS];
    int nick_count; /* 0: names look as HL_STYLE_SENDER_IN */
};

struct hl_theme_error {
    size_t line;
    char why[HL_THEME_WHY]; /* "what: why" */
};

/* Reads a theme. Returns 0, or -1 with the first mistake in *error, and then *t is as it was. */
int hl_theme_parse(struct hl_theme *t, const char *text, size_t len, struct hl_theme_error *error)
    __attribute__((warn_unused_result));

/* The themes that are part of the program: ui/themes. NULL behind the last. */
const char *hl_theme_name(size_t index);
/* Returns 0, or -1 if none has that name. */
int hl_theme_builtin(struct hl_theme *t, const char *name) __attribute__((warn_unused_result));

/* "sender_in"; "" of the styles that names have. */
const char *hl_theme_style_name(enum hl_style style);

/* How a style is drawn with so many colours; those that are not there are replaced by the nearest,
 * and by attributes where they alone tell something. */
struct hl_look hl_theme_look(const struct hl_theme *t, enum hl_style style, int depth);

/* The nearest colour out of depth many; of HL_DEPTH_NONE always the default. */
int hl_theme_nearest(int colour, int depth);
/* 0xrrggbb of a colour, in xterm's palette; colour is not the default. */
unsigned hl_theme_rgb(int colour);

/* The style for a name: always the same one for the same name. */
enum hl_style hl_theme_nick(const char *name);

#endif
