/* SPDX-License-Identifier: MIT */
/* A frame: what the whole screen should look like, as values.
 *
 * The model fills a frame, ui/term paints the cells that differ from the last one, tests compare
 * it with strings. A cell holds one base character with the combining marks that lie on it; a
 * character two columns wide owns its cell and the one to the right, which is then empty.
 * Text must have passed hl_text's filter: what has no width of its own joins the cell before it,
 * what wcwidth(3) rejects is drawn as U+FFFD. Needs LC_CTYPE with UTF-8. Pure; one thread. */
#ifndef HL_FRAME_H
#define HL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hl_frame_limits {
    HL_CELL_TEXT = 20,    /* bytes of one cell: ncurses draws a base and four marks, no more */
    HL_FRAME_ROWS = 1000, /* a larger terminal is used up to here */
    HL_FRAME_COLS = 2000,
    HL_NICKS = 12,        /* looks of names */
    HL_FRAME_LINKS = 255, /* on one screen; more are text like any other */
};

/* What a cell means; a theme (theme.h) gives it attributes and colours. */
enum hl_style {
    HL_STYLE_TEXT,
    HL_STYLE_TITLE,
    HL_STYLE_STATUS,
    HL_STYLE_STATUS_ALERT, /* unread elsewhere, losses */
    HL_STYLE_RULE,         /* lines between panes */
    HL_STYLE_LIST,
    HL_STYLE_LIST_CURRENT,
    HL_STYLE_LIST_UNREAD,
    HL_STYLE_TIME,
    HL_STYLE_SENDER_IN,
    HL_STYLE_SENDER_OUT,
    HL_STYLE_NOTICE,
    HL_STYLE_ERROR,
    HL_STYLE_MARK, /* delivery and other remarks at the end of a message */
    HL_STYLE_MARK_FAILED,
    HL_STYLE_DAY,    /* day-change line */
    HL_STYLE_UNREAD, /* "new" line */
    HL_STYLE_MORE,   /* how many lines lie below the view */
    HL_STYLE_PROMPT,
    HL_STYLE_HELP_KEY,
    HL_STYLE_PANE, /* title of a pane among others */
    HL_STYLE_PANE_FOCUS,
    HL_STYLE_FOUND,   /* a message that was searched for */
    HL_STYLE_MENTION, /* one that names our user */
    HL_STYLE_QUOTE,   /* what a message answers, and reactions to it */
    HL_STYLE_LINK,
    HL_STYLE_MISSPELT, /* a word in the input line */
    HL_STYLE_NICK,     /* the first of those for names: hl_theme_nick() */
    HL_STYLE_NICK_LAST = HL_STYLE_NICK + HL_NICKS - 1,
    HL_STYLE_COUNT,
};

struct hl_cell {
    char text[HL_CELL_TEXT]; /* not NUL-terminated; bytes after len are 0, so cells compare by
                                memcmp */
    uint8_t len;             /* bytes of text; 0 = right half of the wide cell before it */
    uint8_t width;           /* columns: 1 or 2, 0 for a right half */
    uint8_t style;           /* enum hl_style */
    uint8_t link;            /* hl_frame_uri() of it; 0 = none */
};

/* A link keeps its number while it is on the screen, so cells compare by it. */
struct hl_frame_link {
    char *uri;
    bool now, before; /* used in this frame, in the one before */
};

struct hl_frame {
    int rows, cols;
    struct hl_cell *cells; /* rows * cols, row by row */
    int cursor_row, cursor_col;
    bool cursor_visible;
    bool ascii;    /* the terminal knows no UTF-8: anything else is drawn as '?' */
    bool *flowing; /* rows: the row goes on in the next one, as if the terminal had wrapped it */
    struct hl_frame_link links[HL_FRAME_LINKS];
};

void hl_frame_init(struct hl_frame *f);
void hl_frame_fini(struct hl_frame *f);

/* Sets the size, clamped to 1..HL_FRAME_ROWS/COLS, and blanks everything. Returns 0 or -ENOMEM (the
 * frame then keeps its old size, blanked). */
int hl_frame_reset(struct hl_frame *f, int rows, int cols) __attribute__((warn_unused_result));

/* A rectangle to draw in. Anything outside the frame is clipped. */
struct hl_rect {
    int row, col, rows, cols;
};

/* Columns col to before end of a row. */
struct hl_span {
    int row, col, end;
};

/* Draws text at column col of row, up to but not including column end (clipped to the frame).
 * A wide character that does not fit whole is left out. Returns the column after the last one
 * drawn. */
int hl_frame_put(struct hl_frame *f, const struct hl_span *at, enum hl_style style,
                 const char *text, size_t len);
/* The same for a NUL-terminated string. */
int hl_frame_puts(struct hl_frame *f, int row, int col, int end, enum hl_style style,
                  const char *text);
/* As puts, but text that does not fit ends in an ellipsis. */
int hl_frame_put_short(struct hl_frame *f, int row, int col, int end, enum hl_style style,
                       const char *text);
/* Repeats one character of one column from col to end. */
void hl_frame_fill(struct hl_frame *f, int row, int col, int end, enum hl_style style,
                   const char *text);

/* A number for the link to uri, which must be printable ASCII; 0 if there is none to spare. */
uint8_t hl_frame_link(struct hl_frame *f, const char *uri);
const char *hl_frame_uri(const struct hl_frame *f, uint8_t link); /* NULL if there is none */
/* Gives what is drawn there a style and a link (0 = none). */
void hl_frame_restyle(struct hl_frame *f, const struct hl_span *at, enum hl_style style,
                      uint8_t link);

void hl_frame_cursor(struct hl_frame *f, int row, int col);

/* One row as UTF-8, trailing blanks removed, NUL-terminated; for tests and for line output.
 * Returns its length without the NUL; out is cut at a cell if cap is too small. */
size_t hl_frame_row(const struct hl_frame *f, int row, char *out, size_t cap);

#endif
