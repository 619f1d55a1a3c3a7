/* SPDX-License-Identifier: MIT */
/* Puts random filtered strings on a real terminal and asks where they end: by our own count, by
 * ncurses' and by the terminal's (DSR 6, ECMA-48). Then paints them through the drawing layer, with
 * a rule in the last column, for somebody else to read off the screen.
 *
 * usage: paint SEED COUNT DIRECTORY    strings to a number of screens; what disagrees goes to
 *                                      DIRECTORY/report, each screen painted to DIRECTORY/N; a key
 *                                      asks for the next one
 *        paint strings                 the fifty hard ones: what, columns, text, filtered text
 */
#include "frame.h"
#include "hard_strings.h"
#include "text.h"
#include "tty.h"
#include "utf8.h"
#include "width.h"

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

enum {
    SCALARS = 24, /* in one string */
    BYTES = SCALARS * HL_UTF8_MAX * HL_TEXT_GROWTH + 1,
};

struct painter {
    unsigned seed;
    int rows, cols;
    FILE *report;
    const char *directory;
    char (*strings)[BYTES]; /* of one screen */
    unsigned long wrong, total;
};

/* Blocks in which terminals, libraries and Unicode versions differ. */
static const struct {
    uint32_t first, last;
} blocks[] = {
    {0x00, 0x7f},       {0x80, 0x24f},      {0x300, 0x36f},     {0x370, 0x52f},
    {0x590, 0x6ff},     {0x700, 0x8ff},     {0x900, 0xdff},     {0xe00, 0xfff},
    {0x1000, 0x109f},   {0x1100, 0x11ff},   {0x1780, 0x18af},   {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},   {0x2000, 0x20ff},   {0x2190, 0x2bff},   {0x2e80, 0x33ff},
    {0x3400, 0x9fff},   {0xa000, 0xabff},   {0xac00, 0xd7ff},   {0xe000, 0xf8ff},
    {0xf900, 0xffff},   {0x10000, 0x11fff}, {0x12000, 0x13fff}, {0x16000, 0x1afff},
    {0x1b000, 0x1bcff}, {0x1d000, 0x1dfff}, {0x1e000, 0x1efff}, {0x1f000, 0x1faff},
    {0x1fb00, 0x1fbff}, {0x20000, 0x3ffff}, {0xe0000, 0xe0fff}, {0x100000, 0x10ffff},
};

/* What joins, selects, orders and hides. */
static const uint32_t joints[] = {0x200d,  0xfe0f,  0xfe0e, 0x20e3, 0x1f3fb, 0x1f1e9,
                                  0x1f468, 0x0301,  0x200b, 0x202e, 0x2066,  0x00ad,
                                  0x034f,  0xe0067, 0x1161, 0x11a8, 0x093f,  0x0e33,
                                  0x3099,  0xff9e,  0x2028, 0x0009, 0x001b,  0x009b};

static unsigned draw_number(struct painter *p, unsigned below)
{
    return (unsigned)rand_r(&p->seed) / 3 % below;
}

static uint32_t draw_scalar(struct painter *p)
{
    unsigned kind = draw_number(p, 8);
    if (kind == 0)
        return ' ' + draw_number(p, 0x5f);
    if (kind < 3)
        return joints[draw_number(p, sizeof joints / sizeof joints[0])];
    unsigned block = draw_number(p, sizeof blocks / sizeof blocks[0]);
    return blocks[block].first + draw_number(p, blocks[block].last - blocks[block].first + 1);
}

/* A filtered string that leaves the last two columns of the screen free. */
static void draw_string(struct painter *p, char out[static BYTES])
{
    char raw[SCALARS * HL_UTF8_MAX];
    size_t len = 0;
    for (unsigned n = 1 + draw_number(p, SCALARS); n > 0; n--)
        len += hl_utf8_encode(draw_scalar(p), raw + len);
    size_t n = hl_text_clean(out, BYTES, raw, len, 0, NULL);
    out[hl_width_fit(out, n, (size_t)p->cols - 2, NULL)] = '\0';
}

static void print_scalars(FILE *to, const char *s)
{
    uint32_t cp;
    for (size_t at = 0, len = strlen(s); at < len;) {
        at += hl_utf8_decode(s + at, len - at, &cp);
        fprintf(to, " U+%04X", (unsigned)cp);
    }
}

static void disagree(struct painter *p, const char *who, const char *s, int columns)
{
    p->wrong++;
    fprintf(p->report, "%s counts %d columns, we %zu:", who, columns, hl_width(s, strlen(s)));
    print_scalars(p->report, s);
    fputc('\n', p->report);
}

/* The column, from 0, that the terminal answers; the answer is ESC [ row ; column R. */
static int read_column(void)
{
    char answer[32];
    size_t len = 0;
    while (len + 1 < sizeof answer && read(STDIN_FILENO, answer + len, 1) == 1) {
        if (answer[len++] == 'R')
            break;
    }
    answer[len] = '\0';
    const char *column = strchr(answer, ';');
    return column ? (int)strtol(column + 1, NULL, 10) - 1 : -1;
}

static void ask_terminal(struct painter *p)
{
    printf("\033[2J");
    for (int row = 0; row < p->rows; row++)
        printf("\033[%d;1H%s\033[6n", row + 1, p->strings[row]);
    fflush(stdout);
    for (int row = 0; row < p->rows; row++) {
        int column = read_column();
        if (column != (int)hl_width(p->strings[row], strlen(p->strings[row])))
            disagree(p, "the terminal", p->strings[row], column);
    }
}

static void ask_ncurses(struct painter *p, WINDOW *pad)
{
    for (int row = 0; row < p->rows; row++) {
        wchar_t wide[BYTES];
        mbstowcs(wide, p->strings[row], BYTES);
        werase(pad);
        mvwaddwstr(pad, 0, 0, wide);
        int column = getcurx(pad);
        if (column != (int)hl_width(p->strings[row], strlen(p->strings[row])))
            disagree(p, "ncurses", p->strings[row], column);
    }
}

/* The rows that the screen must show, written under a name that appears when they are whole. */
static void write_rows(struct painter *p, const struct hl_frame *f, unsigned screen)
{
    char name[4096];
    char row[1 << 14];
    char made[4096 + 8];
    snprintf(name, sizeof name, "%s/%u", p->directory, screen);
    snprintf(made, sizeof made, "%s.new", name);
    FILE *file = fopen(made, "w");
    if (!file)
        exit(1);
    for (int n = 0; n < f->rows; n++) {
        hl_frame_row(f, n, row, sizeof row);
        fprintf(file, "%s\n", row);
    }
    fclose(file);
    rename(made, name);
}

static void paint(struct painter *p, struct hl_tty *tty, struct hl_frame *f,
                  unsigned screen) HL_TTY_THREAD
{
    if (hl_frame_reset(f, p->rows, p->cols) != 0)
        exit(1);
    for (int row = 0; row < p->rows; row++) {
        hl_frame_puts(f, row, 0, p->cols - 1, HL_STYLE_TEXT, p->strings[row]);
        hl_frame_puts(f, row, p->cols - 1, p->cols, HL_STYLE_RULE, "│");
    }
    hl_frame_cursor(f, 0, 0);
    hl_tty_draw(tty, f);
    printf("\033[6n"); /* the answer comes when the screen is drawn */
    fflush(stdout);
    read_column();
    write_rows(p, f, screen);
    char key;
    if (read(STDIN_FILENO, &key, 1) != 1)
        exit(1);
}

/* The hard ones first, then random ones. */
static void draw_strings(struct painter *p, unsigned screen)
{
    for (int row = 0; row < p->rows; row++) {
        if (screen == 0 && row < HARD_STRINGS)
            hl_text_clean(p->strings[row], BYTES, hard_strings[row].text,
                          strlen(hard_strings[row].text), 0, NULL);
        else
            draw_string(p, p->strings[row]);
    }
    p->total += (unsigned long)p->rows;
}

static int run(struct painter *p, unsigned count)
{
    struct winsize size;
    struct termios found;
    struct hl_theme theme;
    struct hl_tty *tty;
    struct hl_frame frame;
    unsigned seed = p->seed;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || tcgetattr(STDIN_FILENO, &found) != 0)
        return 1;
    p->rows = size.ws_row;
    p->cols = size.ws_col;
    p->strings = calloc((size_t)p->rows, sizeof *p->strings);
    unsigned screens = (count + (unsigned)p->rows - 1) / (unsigned)p->rows;
    struct termios raw = found;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    for (unsigned screen = 0; screen < screens; screen++) {
        draw_strings(p, screen);
        ask_terminal(p);
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &found);

    hl_role_enter_tty();
    if (hl_theme_builtin(&theme, "dark") != 0 || hl_tty_start(&tty, &theme, HL_COLOURS_AUTO) != 0)
        return 1;
    WINDOW *pad = newpad(1, 2 * p->cols);
    hl_frame_init(&frame);
    p->seed = seed;
    for (unsigned screen = 0; screen < screens; screen++) {
        draw_strings(p, screen);
        ask_ncurses(p, pad);
        paint(p, tty, &frame, screen);
    }
    delwin(pad);
    hl_tty_stop(tty);
    hl_frame_fini(&frame);
    fprintf(p->report, "%lu of %lu counts disagree\n", p->wrong, p->total);
    return 0;
}

static void print_hard_strings(void)
{
    char clean[256];
    for (size_t i = 0; i < HARD_STRINGS; i++) {
        const struct hard_string *h = &hard_strings[i];
        hl_text_clean(clean, sizeof clean, h->text, strlen(h->text), 0, NULL);
        printf("%s\t%zu\t%s\t%s\n", h->what, h->columns, h->text, clean);
    }
}

int main(int argc, char **argv)
{
    char name[4096];

    if (setlocale(LC_ALL, "") == NULL)
        return 1;
    if (argc == 2 && strcmp(argv[1], "strings") == 0) {
        print_hard_strings();
        return 0;
    }
    if (argc != 4)
        return 2;
    snprintf(name, sizeof name, "%s/report", argv[3]);
    struct painter p = {.seed = (unsigned)strtoul(argv[1], NULL, 10),
                        .directory = argv[3],
                        .report = fopen(name, "w")};
    if (!p.report)
        return 1;
    int status = run(&p, (unsigned)strtoul(argv[2], NULL, 10));
    free(p.strings);
    return fclose(p.report) == 0 ? status : 1;
}
