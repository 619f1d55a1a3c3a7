/* SPDX-License-Identifier: MIT */
#include "painter.h"

#include "tty.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    RESIZED_WITHIN = 20, /* seconds: a hang guard */
};

static const char ask_cursor[] = "\033[6n"; /* DSR 6, ECMA-48 8.3.35 */

struct painter {
    struct hl_tty *tty;
    FILE *answers;
    enum terminal terminal;
    const char *theme; /* in which the terminal paints now */
};

/* The next answer to DSR 6: where the terminal's cursor was, from 0, when it had taken in all that
 * was written before the question. */
static bool read_cursor(int *row, int *col)
{
    char answer[64];
    size_t len = 0;

    while (len + 1 < sizeof answer && read(STDIN_FILENO, answer + len, 1) == 1) {
        if (answer[len++] == 'R')
            break;
    }
    answer[len] = '\0';
    const char *at = strchr(answer, '[');
    if (at == NULL || sscanf(at, "[%d;%dR", row, col) != 2)
        return false;
    (*row)--;
    (*col)--;
    return true;
}

/* Waits for the size of a scene; SIGWINCH is blocked. */
static bool await_size(struct painter *p, const struct scene *s) HL_TTY_THREAD
{
    const struct timespec guard = {.tv_sec = RESIZED_WITHIN};
    struct winsize size;
    sigset_t winch;
    int rows;
    int cols;

    sigemptyset(&winch);
    sigaddset(&winch, SIGWINCH);
    while (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
           (size.ws_row != s->rows || size.ws_col != s->cols)) {
        if (sigtimedwait(&winch, NULL, &guard) < 0)
            return false;
    }
    hl_tty_size(p->tty, &rows, &cols);
    if (rows != s->rows || cols != s->cols)
        hl_tty_resize(p->tty);
    return true;
}

static const char *draw(struct painter *p, const struct scene *s) HL_TTY_THREAD
{
    const struct hl_frame *f = scene_frame(s);
    int row;
    int col;

    if (s->terminal != p->terminal)
        return "this is another terminal";
    if (!await_size(p, s))
        return "the terminal does not get that size";
    if (p->theme != s->theme &&
        hl_tty_theme(p->tty, scene_theme(s), HL_COLOURS_AUTO) != scene_depth(s))
        return "the terminal has another number of colours";
    p->theme = s->theme;
    hl_tty_draw(p->tty, f);
    if (write(STDOUT_FILENO, ask_cursor, sizeof ask_cursor - 1) < 0 || !read_cursor(&row, &col))
        return "the terminal does not answer";
    return "drawn";
}

static void tell_rows(struct painter *p, const struct scene *s)
{
    const struct hl_frame *f = scene_frame(s);
    char text[HL_FRAME_COLS * HL_CELL_TEXT + 1];

    for (int row = 0; row < f->rows; row++) {
        hl_frame_row(f, row, text, sizeof text);
        fprintf(p->answers, "%s\n", text);
    }
    if (f->cursor_visible)
        fprintf(p->answers, "cursor %d %d\n", f->cursor_row, f->cursor_col);
    else
        fputs("cursor none\n", p->answers);
}

static bool is_ascii(const struct hl_cell *cells, int cols)
{
    for (int col = 0; col < cols; col++) {
        if (cells[col].width != 1 || cells[col].len != 1)
            return false;
    }
    return true;
}

static bool same_text(const struct hl_cell *a, const struct hl_cell *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Cell by cell, what stands in a row; behind each the cursor is asked for, but once behind equal
 * ones. Not behind the last column: where a cursor is that waits to wrap terminals disagree. So
 * that nobody waits for each single answer, all is written first. */
static void walk(const struct hl_frame *f, void (*cell)(void *user, int row, int col), void *user)
{
    for (int row = 0; row < f->rows; row++) {
        const struct hl_cell *cells = &f->cells[row * f->cols];
        for (int col = 0; !is_ascii(cells, f->cols) && col + cells[col].width < f->cols;
             col += cells[col].width)
            cell(user, row, col);
    }
}

struct walker {
    const struct hl_frame *frame;
    FILE *out;
    char wrong[256];
};

static bool is_asked(const struct hl_cell *cell)
{
    return !same_text(cell, cell + cell->width);
}

static void write_cell(void *user, int row, int col)
{
    struct walker *w = user;
    const struct hl_cell *cell = &w->frame->cells[row * w->frame->cols + col];

    if (col == 0)
        fprintf(w->out, "\033[%d;1H", row + 1);
    fwrite(cell->text, 1, cell->len, w->out);
    if (is_asked(cell))
        fputs(ask_cursor, w->out);
}

static void check_cell(void *user, int row, int col)
{
    struct walker *w = user;
    const struct hl_cell *cell = &w->frame->cells[row * w->frame->cols + col];
    int now_row;
    int now;

    if (!is_asked(cell))
        return;
    if (!read_cursor(&now_row, &now))
        now = -1;
    if (w->wrong[0] == '\0' && (now != col + cell->width || now_row != row))
        snprintf(w->wrong, sizeof w->wrong,
                 "row %d: after \"%.*s\" in column %d the cursor is in %d", row, cell->len,
                 cell->text, col, now);
}

static const char *columns(struct painter *p, const struct scene *s) HL_TTY_THREAD
{
    static struct walker w;
    char *bytes;
    size_t len;

    w = (struct walker){.frame = scene_frame(s), .out = open_memstream(&bytes, &len)};
    hl_tty_redraw(p->tty); /* what it shows is ours no more */
    if (w.out == NULL)
        return "out of memory";
    walk(w.frame, write_cell, &w);
    fclose(w.out);
    for (size_t at = 0; at < len;) {
        ssize_t n = write(STDOUT_FILENO, bytes + at, len - at);
        if (n <= 0)
            return "the terminal takes nothing";
        at += (size_t)n;
    }
    free(bytes);
    walk(w.frame, check_cell, &w);
    return w.wrong[0] != '\0' ? w.wrong : "columns right";
}

static void obey(struct painter *p, const char *line) HL_TTY_THREAD
{
    char verb[16];
    size_t number;
    const struct scene *s = sscanf(line, "%15s %zu", verb, &number) == 2 ? scenes_at(number) : NULL;

    if (s == NULL)
        fputs("no such scene\n", p->answers);
    else if (strcmp(verb, "draw") == 0)
        fprintf(p->answers, "%s\n", draw(p, s));
    else if (strcmp(verb, "rows") == 0)
        tell_rows(p, s);
    else
        fprintf(p->answers, "%s\n", columns(p, s));
    fflush(p->answers);
}

/* As the program chooses it. */
static bool choose_locale(enum terminal terminal)
{
    bool ascii;

    setlocale(LC_ALL, "");
    ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    return ascii == (terminal == TERMINAL_ASCII) && setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

int painter_run(enum terminal terminal, const char *family, const char *commands,
                const char *answers)
{
    struct painter p = {.terminal = terminal};
    struct hl_theme theme;
    char line[64];
    sigset_t winch;

    terminal_environment(terminal, family);
    if (!choose_locale(terminal)) {
        fputs("no such locale\n", stderr);
        return 1;
    }
    sigemptyset(&winch);
    sigaddset(&winch, SIGWINCH);
    sigprocmask(SIG_BLOCK, &winch, NULL);
    FILE *from = fopen(commands, "re");
    p.answers = fopen(answers, "we");
    if (from == NULL || p.answers == NULL || hl_theme_builtin(&theme, "dark") != 0)
        return 1;
    hl_role_enter_tty();
    int err = hl_tty_start(&p.tty, &theme, HL_COLOURS_AUTO);
    if (err != 0) {
        fprintf(p.answers, "%s\n", hl_tty_error_text(err));
        return 1;
    }
    while (fgets(line, sizeof line, from) != NULL)
        obey(&p, line);
    hl_tty_stop(p.tty);
    fclose(from);
    return fclose(p.answers) == 0 ? 0 : 1;
}
