/* SPDX-License-Identifier: MIT */
#include "tty.h"

#include "crash.h"
#include "gather.h"
#include "i18n.h"
#include "known_terminal.h"
#include "osc.h"
#include "rewrite.h"
#include "room.h"
#include "terminfo.h"
#include "utf8.h"

#include <curses.h>
#include <errno.h>
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
#define MODES_OFF "\033[?1006l\033[?1002l\033[?1004l\033[?2004l"
#define TITLE_OFF "\033[23;2t"
static const char modes_on[] = "\033[?2004h\033[?1004h";
static const char modes_off[] = MODES_OFF;
static const char mouse_on[] = "\033[?1002h\033[?1006h";
static const char mouse_off[] = "\033[?1006l\033[?1002l";
/* XTWINOPS: the title of the window, onto the terminal's stack and back from it. */
static const char title_save[] = "\033[22;2t";
static const char title_back[] = TITLE_OFF;
/* A frame may be half written. */
static const char crash_off[] = "\033[?2026l" MODES_OFF;
static const char crash_off_titled[] = "\033[?2026l" MODES_OFF TITLE_OFF;
static const char nothing[] = "";
/* What was begun ends, by CAN and ST, and so do attributes. */
static const char any_state[] = "\030\033\\\033[m";
static const char sync_on[] = "\033[?2026h";
static const char sync_off[] = "\033[?2026l";

struct hl_tty {
    SCREEN *screen;
    struct hl_gather gather; /* what ncurses writes goes through it */
    struct termios found;    /* the tty before us */
    struct hl_cell *shown;   /* what the terminal shows: rows * cols */
    cchar_t *row;            /* one row on its way to ncurses */
    int rows, cols;
    int cursor;    /* as given to curs_set() */
    bool all;      /* nothing shown can be relied on */
    bool flowing;  /* a row shown goes on in the next one */
    bool coloured; /* start_color() was called */
    bool mouse;    /* its reports are wanted */
    bool away;     /* the terminal is not ours: between hl_tty_suspend() and hl_tty_resume() */
    bool ecma48;   /* sequences that it does not know do nothing to it */
    bool titled;   /* the terminal has a title, and ours was saved */
    char title[HL_OSC_MAX];
    bool direct; /* colours are red, green and blue, but for the first eight */
    attr_t attr[HL_STYLE_COUNT];
    short pair[HL_STYLE_COUNT];
    struct hl_rewrite rewrite;
};

struct hl_tty_role hl_role_tty;

const char *hl_tty_error_text(int err)
{
    switch (err) {
    case HL_TTY_NO_TTY:
        return _("standard input and output must be a terminal; try --line");
    case HL_TTY_UNSET:
        return _("TERM is not set; set it, or try --line");
    case HL_TTY_UNKNOWN:
        return _("this TERM is not in the terminfo database; try TERM=xterm or --line");
    case HL_TTY_DUMB:
        return _("this TERM cannot move its cursor; try --line");
    case HL_TTY_MEMORY:
        return _("out of memory");
    case HL_TTY_FILES:
        return _("Too many open files");
    default:
        return _("the terminal cannot be used");
    }
}

/* Straight to the terminal: ncurses keeps its own buffer, which is flushed at this point. */
static void put_some(const char *bytes, size_t len) HL_TTY_THREAD;
static void put_some(const char *bytes, size_t len)
{
    hl_room_enter();
    hl_gather_write(STDOUT_FILENO, bytes, len);
    hl_room_leave();
}

static void put_bytes(const char *bytes) HL_TTY_THREAD;
static void put_bytes(const char *bytes)
{
    put_some(bytes, strlen(bytes));
}

/* ---- colours ---- */

/* What the user wants, as far as the terminal has it. */
static int choose_depth(enum hl_colours wanted) HL_TTY_THREAD;
static int choose_depth(enum hl_colours wanted)
{
    static const int most[] = {
        [HL_COLOURS_AUTO] = HL_DEPTH_RGB, [HL_COLOURS_NONE] = HL_DEPTH_NONE,
        [HL_COLOURS_16] = HL_DEPTH_16,    [HL_COLOURS_256] = HL_DEPTH_256,
        [HL_COLOURS_TRUE] = HL_DEPTH_RGB,
    };
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */
    int have = hl_terminfo_colours();

    if (wanted == HL_COLOURS_AUTO && no_color != NULL && no_color[0] != '\0')
        return HL_DEPTH_NONE;
    return have < most[wanted] ? have : most[wanted];
}

/* Not before it is needed: ncurses sets the default colours of the terminal with it. */
static bool start_colours(struct hl_tty *t)
{
    if (!t->coloured)
        t->coloured = has_colors() && start_color() == OK && use_default_colors() == OK;
    return t->coloured;
}

/* The number that ncurses knows a colour by. Direct colour leaves 0 to 7 to the palette, so the
 * darkest seven blues are black. */
static int to_number(const struct hl_tty *t, int colour)
{
    if (!t->direct || colour < HL_DEPTH_8)
        return colour;
    int rgb = (int)hl_theme_rgb(colour);
    return rgb < HL_DEPTH_8 ? 0 : rgb;
}

static attr_t to_attributes(unsigned attrs)
{
    static const struct {
        unsigned ours;
        attr_t theirs;
    } all[] = {{HL_ATTR_BOLD, A_BOLD},
               {HL_ATTR_DIM, A_DIM},
               {HL_ATTR_ITALIC, A_ITALIC},
               {HL_ATTR_UNDERLINE, A_UNDERLINE},
               {HL_ATTR_REVERSE, A_REVERSE}};
    attr_t out = A_NORMAL;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        out |= attrs & all[i].ours ? all[i].theirs : A_NORMAL;
    return out;
}

int hl_tty_theme(struct hl_tty *t, const struct hl_theme *theme, enum hl_colours wanted)
{
    int depth = choose_depth(wanted);

    if (depth > HL_DEPTH_NONE && !start_colours(t))
        depth = HL_DEPTH_NONE;
    for (int i = 0; i < HL_STYLE_COUNT; i++) {
        struct hl_look look = hl_theme_look(theme, (enum hl_style)i, depth);
        t->attr[i] = to_attributes(look.attrs);
        t->pair[i] = 0;
        if ((look.fg >= 0 || look.bg >= 0) && i + 1 < COLOR_PAIRS &&
            init_extended_pair(i + 1, to_number(t, look.fg), to_number(t, look.bg)) == OK)
            t->pair[i] = (short)(i + 1);
    }
    t->all = true;
    return depth;
}

/* ---- the screen ---- */

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

/* Our own modes, which ncurses knows nothing of. */
static void modes(const struct hl_tty *t) HL_TTY_THREAD;
static void modes(const struct hl_tty *t)
{
    if (!t->ecma48)
        return;
    put_bytes(modes_on);
    if (t->mouse)
        put_bytes(mouse_on);
    if (t->titled)
        put_bytes(title_save);
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
static SCREEN *open_screen(const char *name, FILE *out)
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
    SCREEN *screen = newterm(name, out, stdin);
    for (size_t i = 0; i < COUNT; i++)
        sigaction(signals[i], &was[i], NULL);
    return screen;
}

int hl_tty_start(struct hl_tty **out, const struct hl_theme *theme, enum hl_colours wanted)
{
    char direct[HL_TERMINFO_NAME];
    int err = hl_terminfo_check();
    struct hl_tty *t = NULL;

    if (err != 0)
        return err;
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return HL_TTY_MEMORY;
    tcgetattr(STDIN_FILENO, &t->found);
    fflush(stdout);
    t->direct = hl_terminfo_direct(wanted, direct);
    err = hl_gather_init(&t->gather, STDOUT_FILENO);
    if (err != 0) {
        free(t);
        return err == -ENOMEM ? HL_TTY_MEMORY : HL_TTY_FILES;
    }
    t->screen = open_screen(t->direct ? direct : NULL, t->gather.out);
    if (t->screen == NULL) {
        err = hl_terminfo_missing();
        hl_gather_fini(&t->gather);
        free(t);
        return err;
    }
    t->cursor = -1;
    t->rewrite = (struct hl_rewrite){.attr = t->attr, .pair = t->pair};
    hl_terminfo_keep_palette();
    set_modes();
    hl_tty_theme(t, theme, wanted);
    err = take_size(t);
    if (err != 0) {
        hl_tty_stop(t);
        return err;
    }
    t->ecma48 = hl_terminfo_ecma48();
    t->titled = t->ecma48 && hl_terminfo_titles();
    t->rewrite.corner = !hl_terminfo_margins();
    hl_crash_arm(&t->found, t->titled ? crash_off_titled : t->ecma48 ? crash_off : nothing);
    hl_room_arm();
    curs_set(1); /* flushes: ncurses's buffer for a tiny screen ends within a sequence */
    modes(t);
    *out = t;
    return 0;
}

void hl_tty_suspend(struct hl_tty *t)
{
    (void)hl_room_make();
    curs_set(1);
    t->cursor = -1;
    /* While the tty is raw: once it is not, a C-c that waits there throws away what nobody has read
     * yet. */
    if (t->ecma48)
        put_bytes(modes_off);
    if (t->titled)
        put_bytes(title_back);
    endwin();
    t->title[0] = '\0';
    tcsetattr(STDIN_FILENO, TCSADRAIN, &t->found);
    t->away = true;
    hl_crash_pause(true);
}

void hl_tty_resume(struct hl_tty *t)
{
    hl_crash_pause(false);
    t->away = false;
    take_size(t);
    reset_prog_mode();
    set_modes();
    modes(t);
    t->all = true;
}

/* Also in the background, where the first change to the tty would stop us (SIGTTOU). */
static void give_back(struct hl_tty *t) HL_TTY_THREAD;
static void give_back(struct hl_tty *t)
{
    sigset_t set;
    sigset_t was;

    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, &was);
    hl_tty_suspend(t);
    sigprocmask(SIG_SETMASK, &was, NULL);
}

void hl_tty_stop(struct hl_tty *t)
{
    if (!t->away)
        give_back(t);
    hl_room_disarm();
    hl_crash_disarm();
    delscreen(t->screen);
    hl_gather_fini(&t->gather);
    hl_rewrite_fini(&t->rewrite);
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
    if (t->away)
        return;
    hl_room_enter();
    beep();
    hl_room_leave();
}

void hl_tty_title(struct hl_tty *t, const char *title)
{
    char bytes[HL_OSC_MAX];
    bool back = title[0] == '\0';

    if (!t->titled || t->away || strncmp(t->title, title, sizeof(t->title) - 1) == 0)
        return;
    snprintf(t->title, sizeof(t->title), "%s", title);
    if (back) {
        put_bytes(title_back);
        put_bytes(title_save);
    } else {
        put_some(bytes, hl_osc_title(bytes, title));
    }
}

void hl_tty_notify(struct hl_tty *t, enum hl_notify kind, const char *name, const char *body)
{
    char bytes[HL_OSC_MAX];

    if (!t->ecma48 || t->away)
        return;
    if (kind == HL_NOTIFY_AUTO)
        kind = hl_known_terminal_notify();
    put_some(bytes, hl_osc_notify(bytes, kind, hl_known_terminal_tmux(), name, body));
}

bool hl_tty_clipboard(struct hl_tty *t, const char *base64, size_t len)
{
    if (!t->ecma48 || t->away)
        return false;
    put_bytes("\033]52;c;");
    put_some(base64, len);
    put_bytes("\033\\");
    return true;
}

void hl_tty_mouse(struct hl_tty *t, bool on)
{
    if (on != t->mouse && t->ecma48 && !t->away)
        put_bytes(on ? mouse_on : mouse_off);
    t->mouse = on;
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

    if (t->rewrite.corner && t->cols == 1 && row == t->rows - 1) {
        mvaddch(row, 0, ' '); /* what is to be there hl_rewrite_rows() writes */
        return;
    }
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

/* Rows that ncurses was told of; it may have scrolled those between them. */
struct changed {
    int first, last, count;
};

static struct changed draw_rows(struct hl_tty *t, const struct hl_frame *f, int rows, int cols)
{
    struct changed changed = {0};

    for (int row = 0; row < rows; row++) {
        if (!draw_row(t, f->cells + (size_t)row * (size_t)f->cols, cols, row))
            continue;
        if (changed.count++ == 0)
            changed.first = row;
        changed.last = row;
    }
    return changed;
}

/* Some of what was written never came to the terminal: ncurses begins anew. */
static void mend(struct hl_tty *t) HL_TTY_THREAD;
static void mend(struct hl_tty *t)
{
    if (t->ecma48)
        put_bytes(any_state);
    endwin();
    reset_prog_mode();
    set_modes();
    t->cursor = -1;
    t->all = true;
}

/* Only a cleared screen lets go of rows that go on in the next one. */
static bool is_flowing(const struct hl_frame *f)
{
    return memchr(f->flowing, true, (size_t)f->rows) != NULL;
}

/* A terminal could show a half-drawn frame: it may be read in pieces, however it is written. */
static void update_at_once(struct hl_tty *t, bool rewrite) HL_TTY_THREAD;
static void update_at_once(struct hl_tty *t, bool rewrite)
{
    hl_gather_begin(&t->gather);
    if (t->ecma48)
        hl_gather_put(&t->gather, sync_on, sizeof(sync_on) - 1);
    doupdate();
    if (rewrite)
        hl_gather_put(&t->gather, t->rewrite.bytes, t->rewrite.len);
    if (t->ecma48)
        hl_gather_put(&t->gather, sync_off, sizeof(sync_off) - 1);
    hl_gather_end(&t->gather);
}

void hl_tty_draw(struct hl_tty *t, const struct hl_frame *f)
{
    int rows = f->rows < t->rows ? f->rows : t->rows;
    int cols = f->cols < t->cols ? f->cols : t->cols;
    int cursor = f->cursor_visible ? 1 : 0;

    hl_room_enter();
    if (hl_room_lost())
        mend(t);
    t->all = t->all || t->flowing;
    t->flowing = is_flowing(f);
    if (t->all) {
        erase();
        clearok(curscr, TRUE);
    }
    struct changed changed = draw_rows(t, f, rows, cols);
    t->all = false;
    if (cursor != t->cursor) {
        curs_set(cursor);
        t->cursor = cursor;
    }
    move(f->cursor_row < rows ? f->cursor_row : 0, f->cursor_col < cols ? f->cursor_col : 0);
    wnoutrefresh(stdscr);
    bool whole = rows == f->rows && cols == f->cols;
    bool more =
        whole && changed.count > 0 && hl_rewrite_rows(&t->rewrite, f, changed.first, changed.last);
    if (changed.count > 1 || more)
        update_at_once(t, more);
    else
        doupdate();
    hl_room_leave();
}
