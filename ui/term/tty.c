/* SPDX-License-Identifier: MIT */
#include "tty.h"

#include "crash.h"
#include "terminfo.h"
#include "utf8.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
    CELL_CHARS = CCHARW_MAX + 1,
};

/* ncurses does not know these modes, so it does not undo them: we do, before every stop. */
static const char modes_on[] = "\033[?2004h";
static const char modes_off[] = "\033[?2004l";
static const char crash_off[] = "\033[?2026l\033[?2004l"; /* a frame may be half written */
static const char sync_on[] = "\033[?2026h";
static const char sync_off[] = "\033[?2026l";

struct hl_tty {
    SCREEN *screen;
    struct termios found;  /* the tty before us */
    struct hl_cell *shown; /* what the terminal shows: rows * cols */
    cchar_t *row;          /* one row on its way to ncurses */
    int rows, cols;
    int cursor; /* as given to curs_set() */
    bool all;   /* nothing shown can be relied on */
    attr_t attr[HL_STYLE_COUNT];
    short pair[HL_STYLE_COUNT];
};

struct hl_tty_role hl_role_tty;

/* Attributes carry the meaning where there are no colours (NO_COLOR, vt100). */
static const struct look {
    attr_t attr;
    short fg; /* -1 = the terminal's own */
} looks[HL_STYLE_COUNT] = {
    [HL_STYLE_TEXT] = {A_NORMAL, -1},
    [HL_STYLE_TITLE] = {A_REVERSE, -1},
    [HL_STYLE_STATUS] = {A_REVERSE, -1},
    [HL_STYLE_STATUS_ALERT] = {A_REVERSE | A_BOLD, -1},
    [HL_STYLE_RULE] = {A_DIM, -1},
    [HL_STYLE_LIST] = {A_NORMAL, -1},
    [HL_STYLE_LIST_CURRENT] = {A_REVERSE, -1},
    [HL_STYLE_LIST_UNREAD] = {A_BOLD, COLOR_YELLOW},
    [HL_STYLE_TIME] = {A_DIM, -1},
    [HL_STYLE_SENDER_IN] = {A_BOLD, COLOR_CYAN},
    [HL_STYLE_SENDER_OUT] = {A_BOLD, COLOR_GREEN},
    [HL_STYLE_NOTICE] = {A_DIM, -1},
    [HL_STYLE_ERROR] = {A_BOLD, COLOR_RED},
    [HL_STYLE_MARK] = {A_DIM, -1},
    [HL_STYLE_MARK_FAILED] = {A_BOLD, COLOR_RED},
    [HL_STYLE_DAY] = {A_DIM, -1},
    [HL_STYLE_UNREAD] = {A_BOLD, COLOR_YELLOW},
    [HL_STYLE_MORE] = {A_REVERSE | A_BOLD, -1},
    [HL_STYLE_PROMPT] = {A_BOLD, -1},
    [HL_STYLE_HELP_KEY] = {A_BOLD, -1},
};

const char *hl_tty_error_text(int err)
{
    switch (err) {
    case HL_TTY_NO_TTY:
        return "standard input and output must be a terminal; try --line";
    case HL_TTY_UNSET:
        return "TERM is not set; set it, or try --line";
    case HL_TTY_UNKNOWN:
        return "this TERM is not in the terminfo database; try TERM=xterm or --line";
    case HL_TTY_DUMB:
        return "this TERM cannot move its cursor; try --line";
    case HL_TTY_MEMORY:
        return "out of memory";
    default:
        return "the terminal cannot be used";
    }
}

/* Straight to the terminal: ncurses keeps its own buffer, which is flushed at this point. */
static void put_bytes(const char *bytes)
{
    size_t len = strlen(bytes);

    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n <= 0)
            return; /* the terminal is gone; the read side will say so */
        bytes += n;
        len -= (size_t)n;
    }
}

static void set_looks(struct hl_tty *t)
{
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */
    bool colors = (no_color == NULL || no_color[0] == '\0') && has_colors() &&
                  start_color() == OK && use_default_colors() == OK;

    for (int i = 0; i < HL_STYLE_COUNT; i++) {
        t->attr[i] = looks[i].attr;
        if (colors && looks[i].fg >= 0) {
            init_pair((short)(i + 1), looks[i].fg, -1);
            t->pair[i] = (short)(i + 1);
        }
    }
}

static void window_size(int *rows, int *cols)
{
    struct winsize ws;

    *rows = LINES;
    *cols = COLS;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0) {
        *rows = ws.ws_row;
        *cols = ws.ws_col;
    }
    *rows = *rows > HL_FRAME_ROWS ? HL_FRAME_ROWS : *rows;
    *cols = *cols > HL_FRAME_COLS ? HL_FRAME_COLS : *cols;
}

/* Without memory for a larger screen the old, smaller part of it is used. */
static int take_size(struct hl_tty *t)
{
    int rows;
    int cols;

    window_size(&rows, &cols);
    if (rows != LINES || cols != COLS)
        resizeterm(rows, cols);
    t->all = true;
    if (rows == t->rows && cols == t->cols)
        return 0;
    struct hl_cell *shown = calloc((size_t)rows * (size_t)cols, sizeof(*shown));
    cchar_t *row = calloc((size_t)cols, sizeof(*row));
    if (shown == NULL || row == NULL) {
        free(shown);
        free(row);
        return HL_TTY_MEMORY;
    }
    free(t->shown);
    free(t->row);
    t->shown = shown;
    t->row = row;
    t->rows = rows;
    t->cols = cols;
    return 0;
}

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    typeahead(-1); /* a frame is finished, keys or not */
}

static void never_called(int signo)
{
    (void)signo;
}

/* newterm() puts handlers of its own where it finds the default action. The reactor takes these
 * signals from a descriptor, so what was there is put back. All but SIGTSTP: doupdate() ignores
 * that one while it writes unless somebody else handles it, and a signal that is ignored for a
 * moment is lost even while it is blocked. */
static SCREEN *open_screen(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGWINCH, SIGTSTP};
    enum { COUNT = sizeof(signals) / sizeof(signals[0]) };
    static const struct sigaction held = {.sa_handler = never_called};
    struct sigaction was[COUNT];

    for (size_t i = 0; i < COUNT; i++)
        sigaction(signals[i], NULL, &was[i]);
    if (was[COUNT - 1].sa_handler == SIG_DFL) {
        sigaction(SIGTSTP, &held, NULL);
        was[COUNT - 1] = held;
    }
    SCREEN *screen = newterm(NULL, stdout, stdin);
    for (size_t i = 0; i < COUNT; i++)
        sigaction(signals[i], &was[i], NULL);
    return screen;
}

int hl_tty_start(struct hl_tty **out)
{
    int err = hl_terminfo_check();
    struct hl_tty *t = NULL;

    if (err != 0)
        return err;
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return HL_TTY_MEMORY;
    tcgetattr(STDIN_FILENO, &t->found);
    fflush(stdout);
    t->screen = open_screen();
    if (t->screen == NULL) {
        free(t);
        return HL_TTY_UNKNOWN;
    }
    t->cursor = -1;
    set_modes();
    set_looks(t);
    err = take_size(t);
    if (err != 0) {
        hl_tty_stop(t);
        return err;
    }
    hl_crash_arm(&t->found, crash_off);
    put_bytes(modes_on);
    *out = t;
    return 0;
}

void hl_tty_suspend(struct hl_tty *t)
{
    curs_set(1);
    t->cursor = -1;
    endwin();
    put_bytes(modes_off);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &t->found);
}

void hl_tty_resume(struct hl_tty *t)
{
    take_size(t);
    reset_prog_mode();
    set_modes();
    put_bytes(modes_on);
    t->all = true;
}

void hl_tty_stop(struct hl_tty *t)
{
    hl_tty_suspend(t);
    hl_crash_disarm();
    delscreen(t->screen);
    free(t->shown);
    free(t->row);
    free(t);
}

void hl_tty_size(const struct hl_tty *t, int *rows, int *cols)
{
    *rows = t->rows;
    *cols = t->cols;
}

void hl_tty_resize(struct hl_tty *t)
{
    take_size(t);
}

void hl_tty_redraw(struct hl_tty *t)
{
    t->all = true;
}

void hl_tty_bell(struct hl_tty *t)
{
    (void)t;
    beep();
}

static void to_curses(const struct hl_tty *t, const struct hl_cell *cell, cchar_t *out)
{
    wchar_t text[CELL_CHARS] = {L' '};
    size_t n = 0;

    for (size_t at = 0; at < cell->len && n < CCHARW_MAX; n++) {
        uint32_t cp;
        at += hl_utf8_decode(cell->text + at, cell->len - at, &cp);
        text[n] = (wchar_t)cp;
    }
    setcchar(out, text, t->attr[cell->style], t->pair[cell->style], NULL);
}

/* Paints columns from to before to of a row. */
static void paint(struct hl_tty *t, const struct hl_cell *cells, int row, int from, int to)
{
    int n = 0;

    for (int col = from; col < to; col++) {
        if (cells[col].width > 0)
            to_curses(t, &cells[col], &t->row[n++]);
    }
    mvadd_wchnstr(row, from, t->row, n);
}

/* Gives ncurses what changed in one row; false if nothing did. */
static bool draw_row(struct hl_tty *t, const struct hl_cell *cells, int cols, int row)
{
    struct hl_cell *shown = t->shown + (size_t)row * (size_t)t->cols;
    size_t bytes = sizeof(*cells);
    int from = 0;
    int to = cols;

    if (!t->all && memcmp(shown, cells, bytes * (size_t)cols) == 0)
        return false;
    if (!t->all) {
        while (memcmp(&shown[from], &cells[from], bytes) == 0)
            from++;
        while (memcmp(&shown[to - 1], &cells[to - 1], bytes) == 0)
            to--;
        /* Both the old and the new right halves belong to the cell before them. */
        while (from > 0 && (cells[from].width == 0 || shown[from].width == 0))
            from--;
        while (to < cols && (cells[to].width == 0 || shown[to].width == 0))
            to++;
    }
    paint(t, cells, row, from, to);
    memcpy(shown, cells, bytes * (size_t)cols);
    return true;
}

void hl_tty_draw(struct hl_tty *t, const struct hl_frame *f)
{
    int rows = f->rows < t->rows ? f->rows : t->rows;
    int cols = f->cols < t->cols ? f->cols : t->cols;
    int cursor = f->cursor_visible ? 1 : 0;
    int changed = 0;

    if (t->all) {
        erase();
        clearok(curscr, TRUE);
    }
    for (int row = 0; row < rows; row++)
        changed += draw_row(t, f->cells + (size_t)row * (size_t)f->cols, cols, row);
    t->all = false;
    if (cursor != t->cursor) {
        curs_set(cursor);
        t->cursor = cursor;
    }
    move(f->cursor_row < rows ? f->cursor_row : 0, f->cursor_col < cols ? f->cursor_col : 0);
    wnoutrefresh(stdscr);
    if (changed > 1) /* ncurses writes row by row: a terminal could show a half-drawn frame */
        put_bytes(sync_on);
    doupdate();
    if (changed > 1)
        put_bytes(sync_off);
}
