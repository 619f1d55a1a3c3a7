/* SPDX-License-Identifier: MIT */
/* Every screen painted on a pseudo-terminal is, cell by cell, what the model wanted to be there:
 * text, columns, attributes and colours as libvterm has understood them. Each is painted over
 * others, in both orders, so that what ncurses leaves as it is counts too. */
#include "golden.h"

#include "ptyrun.h"
#include "utf8.h"

enum {
    ANSWER_MAX = 256,
    ANSWER_WITHIN = 60, /* seconds: a hang guard */
};

static struct pty p;
static FILE *commands;
static int answers;

static void start(enum terminal terminal)
{
    static char number[16];
    static char in[32];
    static char out[32];
    static const char *const env[] = {"HL_UNUSED", NULL};
    int to[2];
    int from[2];

    cr_assert_eq(pipe(to), 0);
    cr_assert_eq(pipe(from), 0);
    snprintf(number, sizeof number, "%d", (int)terminal);
    snprintf(in, sizeof in, "/dev/fd/%d", to[0]);
    snprintf(out, sizeof out, "/dev/fd/%d", from[1]);
    const char *const argv[] = {SCREENS, "paint", number, "xterm", in, out, NULL};
    fcntl(to[1], F_SETFD, FD_CLOEXEC); /* so that the end of the commands is seen */
    fcntl(from[0], F_SETFD, FD_CLOEXEC);
    pty_start(&p, false, env, argv);
    close(to[0]);
    close(from[1]);
    commands = fdopen(to[1], "w");
    answers = from[0];
    cr_assert_not_null(commands);
}

static void stop(void)
{
    if (p.vt == NULL)
        return;
    fclose(commands);
    close(answers);
    pty_end(&p);
    p = (struct pty){0};
}

TestSuite(screens_vterm, .fini = stop, .timeout = 280);

/* What the terminal itself says goes to the program. */
static void speak(void)
{
    char bytes[256];
    size_t len = vterm_output_read(p.vt, bytes, sizeof bytes);

    if (len > 0)
        cr_assert_eq(write(p.master, bytes, len), (ssize_t)len);
}

/* The answer to a command, in one line. */
static const char *answer(void)
{
    static char line[ANSWER_MAX];
    size_t len = 0;
    double end = pty_now() + ANSWER_WITHIN;

    while (pty_now() < end && !p.ended) {
        struct pollfd fds[2] = {{.fd = answers, .events = POLLIN},
                                {.fd = p.master, .events = POLLIN}};
        poll(fds, 2, 100);
        if (fds[1].revents != 0) {
            pty_read(&p, 0);
            speak();
        }
        if (!(fds[0].revents & POLLIN))
            continue;
        ssize_t n = read(answers, line + len, sizeof line - 1 - len);
        cr_assert_gt(n, 0);
        len += (size_t)n;
        if (line[len - 1] != '\n')
            continue;
        line[len - 1] = '\0';
        return line;
    }
    pty_dump(&p);
    return "none";
}

/* ---- one cell ---- */

static size_t to_utf8(const VTermScreenCell *have, char out[static 64])
{
    size_t len = 0;

    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && have->chars[i] != 0; i++)
        len += hl_utf8_encode(have->chars[i], out + len);
    if (len == 0)
        out[len++] = ' ';
    return len;
}

static bool same_colour(const VTermColor *have, int want, int depth)
{
    if (want < 0)
        return VTERM_COLOR_IS_DEFAULT_FG(have) || VTERM_COLOR_IS_DEFAULT_BG(have);
    if (VTERM_COLOR_IS_DEFAULT_FG(have) || VTERM_COLOR_IS_DEFAULT_BG(have))
        return false;
    if (depth < HL_DEPTH_RGB || want < HL_DEPTH_8)
        return VTERM_COLOR_IS_INDEXED(have) && have->indexed.idx == want;
    unsigned rgb = hl_theme_rgb(want);
    return VTERM_COLOR_IS_RGB(have) && have->rgb.red == rgb >> 16 &&
           have->rgb.green == (rgb >> 8 & 0xff) && have->rgb.blue == (rgb & 0xff);
}

/* Of a blank only what can be seen counts. libvterm knows nothing of dim. */
static bool same_look(const VTermScreenCell *have, const struct hl_cell *want,
                      const struct scene *s)
{
    int depth = scene_depth(s);
    struct hl_look look = hl_theme_look(scene_theme(s), (enum hl_style)want->style, depth);
    bool blank = want->len == 1 && want->text[0] == ' ';
    bool reverse = (look.attrs & HL_ATTR_REVERSE) != 0;
    bool underline = (look.attrs & HL_ATTR_UNDERLINE) != 0;

    if ((have->attrs.reverse != 0) != reverse || (have->attrs.underline != 0) != underline)
        return false;
    if (!same_colour(reverse ? &have->fg : &have->bg, reverse ? look.fg : look.bg, depth))
        return false;
    return blank ||
           ((have->attrs.bold != 0) == ((look.attrs & HL_ATTR_BOLD) != 0) &&
            (have->attrs.italic != 0) == ((look.attrs & HL_ATTR_ITALIC) != 0) &&
            same_colour(&have->fg, look.fg, depth) && same_colour(&have->bg, look.bg, depth));
}

static bool same_cell(const VTermScreenCell *have, const struct hl_cell *want,
                      const struct scene *s, const char **what)
{
    char text[64];

    if (want->width == 0) {
        *what = "the right half";
        return have->chars[0] == (uint32_t)-1;
    }
    *what = "the text";
    size_t len = to_utf8(have, text);
    if (have->chars[0] == (uint32_t)-1 || len != want->len || memcmp(text, want->text, len) != 0 ||
        have->width != want->width)
        return false;
    *what = "the look";
    return same_look(have, want, s);
}

/* ---- one screen ---- */

static void compare(const struct scene *s)
{
    const struct hl_frame *f = scene_frame(s);
    VTermPos cursor;

    vterm_state_get_cursorpos(vterm_obtain_state(p.vt), &cursor);
    if (f->cursor_visible)
        cr_expect(cursor.row == f->cursor_row && cursor.col == f->cursor_col,
                  "%s/%s: the cursor is at %d, %d, not at %d, %d", s->subject, s->name, cursor.row,
                  cursor.col, f->cursor_row, f->cursor_col);
    for (int i = 0; i < f->rows * f->cols; i++) {
        VTermPos at = {.row = i / f->cols, .col = i % f->cols};
        VTermScreenCell have;
        const char *what;
        vterm_screen_get_cell(p.screen, at, &have);
        if (same_cell(&have, &f->cells[i], s, &what))
            continue;
        golden_print(stderr, s);
        pty_dump(&p);
        cr_expect(false, "%s/%s: %s at row %d, column %d: have \"%s\", style %d", s->subject,
                  s->name, what, at.row, at.col, pty_row(&p, at.row), f->cells[i].style);
        return;
    }
}

static void paint(size_t index, const struct scene *s)
{
    if (p.rows != s->rows || p.cols != s->cols)
        pty_resize(&p, s->rows, s->cols);
    fprintf(commands, "draw %zu\n", index);
    fflush(commands);
    cr_assert_str_eq(answer(), "drawn", "%s/%s", s->subject, s->name);
    compare(s);
}

static bool is_ours(const struct scene *s, enum terminal terminal)
{
    return s->terminal == terminal && s->not_in_vterm == NULL;
}

static void paint_all(enum terminal terminal)
{
    size_t count = 0;

    start(terminal);
    for (size_t i = 0; i < scenes_count(); i++) {
        if (is_ours(scenes_at(i), terminal) && ++count)
            paint(i, scenes_at(i));
    }
    for (size_t i = scenes_count(); i-- > 0;) {
        if (is_ours(scenes_at(i), terminal))
            paint(i, scenes_at(i));
    }
    cr_assert_gt(count, 0);
}

Test(screens_vterm, colours_256)
{
    paint_all(TERMINAL_256);
}

Test(screens_vterm, colours_8)
{
    paint_all(TERMINAL_8);
}

Test(screens_vterm, colours_16)
{
    paint_all(TERMINAL_16);
}

Test(screens_vterm, direct_colour)
{
    paint_all(TERMINAL_DIRECT);
}

Test(screens_vterm, no_color)
{
    paint_all(TERMINAL_NO_COLOR);
    for (const char *at = p.raw; (at = memmem(at, p.raw_len - (size_t)(at - p.raw), "\033[3", 3));
         at++)
        cr_assert_neq(at[4], 'm', "a colour");
}

Test(screens_vterm, no_locale)
{
    paint_all(TERMINAL_ASCII);
    for (size_t i = 0; i < p.raw_len; i++)
        cr_assert_lt((unsigned char)p.raw[i], 0x80);
}

/* Those that are compared in tmux alone, and why: for whoever reads the log. */
Test(screens_vterm, left_out)
{
    for (size_t i = 0; i < scenes_count(); i++) {
        const struct scene *s = scenes_at(i);
        if (s->not_in_vterm != NULL)
            fprintf(stderr, "%s/%s: not in libvterm: %s\n", s->subject, s->name, s->not_in_vterm);
    }
}
