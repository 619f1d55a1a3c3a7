/* SPDX-License-Identifier: MIT */
/* The lines of a pane. A line is laid out as a block of rows:
 *     ── 5 older lines are no longer kept ──  above the oldest one
 *     ── Saturday, 21 November 2026 ──        when its day differs from the line before
 *     ── new ──                               when it is the first unread one
 *     ── 2 messages are missing here ──       until they come
 *                   > bob: what it answers
 *     12:34  alice  text, wrapped under
 *                   itself          sent, unconfirmed
 *                   reactions
 * Blocks are laid out from the bottom up and only while they are visible, so the cost of a frame
 * does not depend on how many lines are kept. */
#include "ui_state.h"

#include "i18n.h"
#include "prose.h"
#include "theme.h"
#include "width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_MIN_COLS = 28, /* narrower panes show no time */
    SENDER_MIN = 3,
    OWED_PAGES = 16, /* that are scrolled up faster than they are loaded */
    GAP = 2,         /* between sender and text, and between text and mark */
    MARK_TEXT = 128,
};

/* What a pane shows, and how. */
struct shape {
    const struct hl_lines *lines;
    uint64_t marker; /* the first unread line */
    uint64_t found;  /* the line that was searched for */
    uint64_t cursor; /* the one that is selected */
    uint64_t gone;   /* lines before the first that nobody keeps */
    int cols;
    int time;   /* columns of the time and a space, 0 = not shown */
    int format; /* of the time */
    bool nicks; /* names have colours of their own */
    int sender; /* columns of the sender */
};

struct block {
    const struct hl_line *line;
    struct hl_wrap_shape wrap;
    char mark[MARK_TEXT];
    int mark_cols;
    size_t above; /* what is gone, day row, "new" row, what is missing, quote */
    size_t text;  /* rows of text */
    uint64_t gone;
    bool day, marker, missing, found, cursor;
    bool after;      /* reactions */
    bool mark_below; /* the mark needs a row of its own */
};

static size_t block_rows(const struct block *b)
{
    return b->above + b->text + b->after + b->mark_below;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* The sender's column is as wide as the two names that speak here need, up to a quarter of the
 * pane, so that it stays where it is while lines come and go. */
static struct shape shape_of(const struct hl_ui *ui, const struct hl_ui_pane *pane)
{
    const struct hl_ui_room *room = pane->room;
    const struct hl_settings *set = ui->config.settings;
    int cols = pane->at.cols;
    int time = hl_ui_time_cols(set->time) + 1;
    struct shape s = {
        .lines = hl_ui_pane_lines(pane),
        .marker = room->marker,
        .found = pane->found,
        .cursor = pane->selecting ? pane->cursor : 0,
        .gone = hl_ui_pane_is_above(pane) || pane->past != NULL ? 0 : room->lines.forgotten,
        .cols = cols,
        .time = time > 1 && cols >= TEXT_MIN_COLS + time ? time : 0,
        .format = set->time,
        .nicks = set->nick_colours,
        .sender = 1};

    if (room->id != 0) {
        int own = (int)hl_width(ui->config.own_name, strlen(ui->config.own_name));
        int peer = (int)hl_width(room->name, strlen(room->name));
        s.sender = min_int(max_int(own, peer), max_int(cols / 4, SENDER_MIN));
    }
    return s;
}

static void append(char mark[static MARK_TEXT], const char *word)
{
    size_t len = strlen(mark);

    snprintf(mark + len, MARK_TEXT - len, "%s%s", len > 0 ? _(", ") : "", word);
}

/* The words at the end of a message. */
static void mark_text(const struct hl_line *l, char mark[static MARK_TEXT])
{
    static const struct {
        enum hl_line_flag flag;
        const char *word;
    } remarks[] = {{HL_LINE_BAD_UTF8, N_("not valid UTF-8")},
                   {HL_LINE_CONTINUES, N_("continued")},
                   {HL_LINE_PARTIAL, N_("unfinished")},
                   {HL_LINE_CUT, N_("cut short")},
                   {HL_LINE_EDITED, N_("edited")}};
    static const char *const states[HL_LINE_STATES] = {
        [HL_LINE_QUEUED] = N_("queued"),       [HL_LINE_UNCONFIRMED] = N_("sent, unconfirmed"),
        [HL_LINE_SENT] = N_("sent"),           [HL_LINE_DELIVERED] = N_("delivered"),
        [HL_LINE_READ] = N_("read"),           [HL_LINE_FAILED] = N_("failed"),
        [HL_LINE_EXPIRED] = N_("expired"),     [HL_LINE_CANCELLING] = N_("being cancelled"),
        [HL_LINE_CANCELLED] = N_("cancelled"),
    };

    mark[0] = '\0';
    for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
        if (l->flags & remarks[i].flag)
            append(mark, _(remarks[i].word));
    }
    if (states[l->state] != NULL)
        append(mark, _(states[l->state]));
    if (l->state == HL_LINE_FAILED && l->reason != NULL) {
        size_t len = strlen(mark);
        snprintf(mark + len, MARK_TEXT - len, "%s%s", _(": "), _(l->reason));
    }
}

static void measure(const struct shape *s, uint64_t id, struct block *b)
{
    const struct hl_line *l = hl_lines_get(s->lines, id);
    const struct hl_line *before = hl_lines_get(s->lines, id - 1);
    size_t prefix = (size_t)s->time + (size_t)s->sender + GAP;
    struct hl_wrap w;
    struct hl_wrap_row row;
    size_t used = 0; /* columns of the last row */

    *b = (struct block){.line = l,
                        .wrap = {.width = (size_t)s->cols, .first = prefix, .hang = prefix}};
    b->gone = id == hl_lines_first(s->lines) ? s->gone : 0;
    b->day = before == NULL ? l->stamp.day != 0
                            : hl_stamp_day(&before->stamp) != hl_stamp_day(&l->stamp);
    b->marker = id == s->marker;
    b->missing = l->missing > 0;
    b->found = id == s->found;
    b->cursor = id == s->cursor;
    b->after = l->after_len > 0;
    b->above = (size_t)(b->gone > 0) + b->day + b->marker + b->missing + (l->quote_len > 0);
    hl_wrap_init(&w, hl_line_text(l), l->len, &b->wrap);
    for (; hl_wrap_next(&w, &row); b->text++)
        used = row.indent + row.columns;
    mark_text(l, b->mark);
    if (b->mark[0] != '\0') {
        b->mark_cols = (int)hl_width(b->mark, strlen(b->mark));
        b->mark_below = (int)used + GAP + b->mark_cols > s->cols;
    }
}

static size_t rows_of(const struct shape *s, uint64_t id)
{
    struct block b;

    measure(s, id, &b);
    return block_rows(&b);
}

static bool fits_rule(const struct hl_rect *at, const char *words)
{
    return at->cols > (int)hl_width(words, strlen(words)) + 6;
}

/* A rule across the pane with words in it. */
static void draw_rule(struct hl_frame *f, const struct hl_rect *at, enum hl_style style,
                      const char *words)
{
    int end = at->col + at->cols;

    hl_frame_fill(f, at->row, at->col, end, style, f->ascii ? "-" : "─");
    if (fits_rule(at, words))
        hl_frame_puts(f, at->row, at->col + 3, end, style, words);
}

static void draw_day(struct hl_frame *f, const struct hl_rect *at, const struct hl_stamp *day)
{
    static const char *const days[] = {N_("Sunday"),   N_("Monday"), N_("Tuesday"), N_("Wednesday"),
                                       N_("Thursday"), N_("Friday"), N_("Saturday")};
    static const char *const months[] = {N_("January"), N_("February"), N_("March"),
                                         N_("April"),   N_("May"),      N_("June"),
                                         N_("July"),    N_("August"),   N_("September"),
                                         N_("October"), N_("November"), N_("December")};
    const char *month = _(months[(day->month + 11) % 12]);
    char words[128];

    /* A language that orders them otherwise says %4$d %3$s %2$d. */
    snprintf(words, sizeof(words), _(" %s, %d %s %d "), _(days[hl_stamp_weekday(day)]), day->day,
             month, day->year);
    if (!fits_rule(at, words))
        snprintf(words, sizeof(words), _(" %d %s %d "), day->day, month, day->year);
    if (!fits_rule(at, words))
        snprintf(words, sizeof(words), " %04d-%02d-%02d ", day->year, day->month, day->day);
    draw_rule(f, at, HL_STYLE_DAY, words);
}

static void draw_missing(struct hl_frame *f, const struct hl_rect *at, uint64_t count)
{
    char words[HL_UI_TEXT];

    snprintf(words, sizeof(words),
             ngettext(" %" PRIu64 " message is missing here, asked for again ",
                      " %" PRIu64 " messages are missing here, asked for again ", count),
             count);
    if (!fits_rule(at, words))
        snprintf(words, sizeof(words), _(" %" PRIu64 " missing "), count);
    draw_rule(f, at, HL_STYLE_ERROR, words);
}

static void draw_gone(struct hl_frame *f, const struct hl_rect *at, uint64_t count)
{
    char words[HL_UI_TEXT];

    snprintf(words, sizeof(words),
             ngettext(" %" PRIu64 " older line is no longer kept ",
                      " %" PRIu64 " older lines are no longer kept ", count),
             count);
    if (!fits_rule(at, words))
        snprintf(words, sizeof(words), _(" %" PRIu64 " gone "), count);
    draw_rule(f, at, HL_STYLE_ERROR, words);
}

static enum hl_style text_style(const struct block *b)
{
    const struct hl_line *l = b->line;

    return b->found || b->cursor        ? HL_STYLE_FOUND
           : l->kind == HL_LINE_ERROR   ? HL_STYLE_ERROR
           : l->kind == HL_LINE_NOTICE  ? HL_STYLE_NOTICE
           : l->flags & HL_LINE_DELETED ? HL_STYLE_NOTICE
           : l->flags & HL_LINE_MENTION ? HL_STYLE_MENTION
                                        : HL_STYLE_TEXT;
}

/* Time and sender, the latter flush right in its column. */
static void draw_prefix(struct hl_ui *ui, const struct hl_rect *at, const struct shape *s,
                        const struct hl_line *l)
{
    static const struct {
        enum hl_style style;
        const char *sign; /* instead of a name */
    } kinds[] = {[HL_LINE_IN] = {HL_STYLE_SENDER_IN, NULL},
                 [HL_LINE_OUT] = {HL_STYLE_SENDER_OUT, NULL},
                 [HL_LINE_NOTICE] = {HL_STYLE_NOTICE, "*"},
                 [HL_LINE_ERROR] = {HL_STYLE_ERROR, "!"}};
    const char *name = kinds[l->kind].sign != NULL ? kinds[l->kind].sign : hl_line_sender(l);
    int end = at->col + min_int(s->time + s->sender, at->cols);
    int width = (int)hl_width(name, strlen(name));
    enum hl_style style =
        l->kind == HL_LINE_IN && s->nicks ? hl_theme_nick(name) : kinds[l->kind].style;

    if (s->time > 0) {
        char time[HL_UI_TIME];
        hl_ui_time(s->format, &l->stamp, time);
        hl_frame_puts(&ui->frame, at->row, at->col, end, HL_STYLE_TIME, time);
    }
    hl_ui_put_short(ui, &(struct hl_span){at->row, max_int(end - width, at->col + s->time), end},
                    style, name);
}

/* A sign before the text, for screens without colours. */
static void draw_cursor(struct hl_frame *f, const struct hl_rect *at, const struct block *b)
{
    int col = at->col + (int)b->wrap.hang - GAP;

    if (col < at->col + at->cols)
        hl_frame_puts(f, at->row, col, at->col + at->cols, HL_STYLE_FOUND, f->ascii ? ">" : "▸");
}

static void draw_mark(struct hl_frame *f, const struct hl_rect *at, const struct block *b)
{
    bool lost = b->line->state == HL_LINE_FAILED || b->line->state == HL_LINE_EXPIRED;
    enum hl_style style = lost ? HL_STYLE_MARK_FAILED : HL_STYLE_MARK;
    int end = at->col + at->cols;

    hl_frame_put_short(f, at->row, max_int(end - b->mark_cols, at->col), end, style, b->mark);
}

static void draw_text(struct hl_prose *p, const struct hl_rect *at, const struct block *b,
                      const struct hl_wrap_row *row)
{
    int col = at->col + (int)row->indent;
    int end = at->col + at->cols;

    if ((int)row->columns > end - col) /* one wide character in a pane one column wide */
        hl_frame_puts(p->frame, at->row, col, end, text_style(b), "?");
    else
        hl_prose_row(p, &(struct hl_span){at->row, col, end}, text_style(b), row);
}

/* A short row beside the text: what it answers, or what was said of it. */
static void draw_beside(struct hl_ui *ui, const struct hl_rect *at, const struct block *b,
                        const char *sign, const char *text)
{
    int end = at->col + at->cols;
    int col = at->col + min_int((int)b->wrap.hang, at->cols / 2);

    col = hl_frame_puts(&ui->frame, at->row, col, end, HL_STYLE_QUOTE, sign);
    hl_ui_put_short(ui, &(struct hl_span){at->row, col, end}, HL_STYLE_QUOTE, text);
}

/* The rows above the text. */
static void draw_above(struct hl_ui *ui, const struct hl_rect *at, const struct block *b, size_t n)
{
    struct hl_frame *f = &ui->frame;

    if (b->gone > 0 && n-- == 0)
        draw_gone(f, at, b->gone);
    else if (b->day && n-- == 0)
        draw_day(f, at, &b->line->stamp);
    else if (b->marker && n-- == 0)
        draw_rule(f, at, HL_STYLE_UNREAD, _(" new "));
    else if (b->missing && n-- == 0)
        draw_missing(f, at, b->line->missing);
    else
        draw_beside(ui, at, b, f->ascii ? "> " : "│ ", hl_line_quote(b->line));
}

/* Draws rows from to before to of a block, the first of them at the top of area. */
static void draw_block(struct hl_ui *ui, const struct hl_rect *area, const struct shape *s,
                       const struct block *b, size_t from, size_t to)
{
    struct hl_frame *f = &ui->frame;
    struct hl_rect at = {.row = area->row - (int)from, .col = area->col, .cols = area->cols};
    struct hl_wrap w;
    struct hl_wrap_row row;
    struct hl_prose prose;
    size_t n = 0;

    for (; n < b->above && n < to; n++, at.row++) {
        if (n >= from)
            draw_above(ui, &at, b, n);
    }
    hl_wrap_init(&w, b->line->bytes, b->line->len, &b->wrap);
    hl_ui_prose(ui, &prose);
    hl_prose_text(&prose, b->line->bytes, b->line->len);
    for (; n < to && hl_wrap_next(&w, &row); n++, at.row++) {
        if (n < from)
            continue;
        if (n == b->above)
            draw_prefix(ui, &at, s, b->line);
        if (n == b->above && b->cursor)
            draw_cursor(f, &at, b);
        draw_text(&prose, &at, b, &row);
        if (n + 1 == b->above + b->text && !b->mark_below && b->mark[0] != '\0')
            draw_mark(f, &at, b);
    }
    if (b->mark_below && n < to && n++ >= from)
        draw_mark(f, &at, b);
    at.row += b->mark_below;
    if (b->after && n < to && n >= from)
        draw_beside(ui, &at, b, "", hl_line_after(b->line));
}

/* Where the view ends; lines may have been forgotten since, at either end. False if there are none
 * at all. */
static bool resolve(const struct hl_ui_pane *pane, const struct shape *s, struct hl_ui_anchor *a)
{
    *a = pane->anchor;
    if (s->lines->count == 0)
        return false;
    if (a->line == 0 || a->line > hl_lines_last(s->lines)) {
        a->line = hl_lines_last(s->lines);
        a->rows = rows_of(s, a->line);
    } else if (a->line < hl_lines_first(s->lines)) {
        a->line = hl_lines_first(s->lines);
        a->rows = 1;
    } else {
        size_t rows = rows_of(s, a->line); /* fewer after the screen got wider */
        a->rows = a->rows < rows ? a->rows : rows;
    }
    return true;
}

/* Moves an anchor; true if it came to the end of all lines or beyond. */
static bool move_down(const struct shape *s, struct hl_ui_anchor *a, size_t rows)
{
    size_t have = rows_of(s, a->line);

    a->rows += rows;
    while (a->rows > have && a->line < hl_lines_last(s->lines)) {
        a->rows -= have;
        a->line++;
        have = rows_of(s, a->line);
    }
    return a->line == hl_lines_last(s->lines) && a->rows >= have;
}

static void move_up(const struct shape *s, struct hl_ui_anchor *a, size_t rows)
{
    while (rows >= a->rows && a->line > hl_lines_first(s->lines)) {
        rows -= a->rows;
        a->line--;
        a->rows = rows_of(s, a->line);
    }
    a->rows = a->rows > rows ? a->rows - rows : 0;
}

/* Rows of the screen that would stay empty above an anchor. */
static size_t room_above(const struct shape *s, const struct hl_ui_anchor *a, size_t height)
{
    size_t used = a->rows;

    for (uint64_t id = a->line; used < height && id > hl_lines_first(s->lines);)
        used += rows_of(s, --id);
    return used < height ? height - used : 0;
}

/* The rest of a screen is never left empty at the bottom; whoever comes to the end of all lines
 * follows them from there. */
static void settle(struct hl_ui_pane *pane, const struct shape *s, struct hl_ui_anchor *a)
{
    size_t missing = room_above(s, a, (size_t)pane->at.rows);
    bool end = move_down(s, a, missing);

    if (end && (pane->past == NULL || !pane->past->below))
        hl_ui_pane_arrive(pane);
    else if (end)
        *a = (struct hl_ui_anchor){.line = a->line, .rows = rows_of(s, a->line)};
    if (!end || pane->past != NULL)
        pane->anchor = *a;
}

/* Rows from one anchor down to another, as far as they matter. */
static size_t rows_between(const struct shape *s, const struct hl_ui_anchor *from,
                           const struct hl_ui_anchor *to, size_t most)
{
    size_t rows = to->rows;

    if (from->line > to->line || (from->line == to->line && from->rows > to->rows))
        return 0;
    for (uint64_t id = to->line; id > from->line && rows < most + from->rows;)
        rows += rows_of(s, --id);
    return rows - from->rows < most ? rows - from->rows : most;
}

bool hl_ui_pane_scroll(struct hl_ui *ui, struct hl_ui_pane *pane, long rows)
{
    struct shape s = shape_of(ui, pane);
    struct hl_ui_anchor was = pane->anchor;
    bool more = rows < 0 && hl_ui_pane_is_above(pane);
    struct hl_ui_anchor a;

    if (pane->at.rows < 1 || !resolve(pane, &s, &a))
        return false;
    struct hl_ui_anchor before = a;
    pane->centre = 0;
    pane->selecting = false;
    if (rows < 0)
        move_up(&s, &a, (size_t)-rows);
    else
        move_down(&s, &a, (size_t)rows);
    settle(pane, &s, &a);
    size_t owed = more ? pane->owed + (size_t)-rows : 0;
    size_t done = more ? rows_between(&s, &a, &before, (size_t)-rows) : 0;
    size_t most = OWED_PAGES * (size_t)pane->at.rows;
    pane->owed = owed - done < most ? owed - done : most;
    return more || was.line != pane->anchor.line || was.rows != pane->anchor.rows;
}

void hl_ui_pane_top(struct hl_ui *ui, struct hl_ui_pane *pane)
{
    struct shape s = shape_of(ui, pane);
    struct hl_ui_anchor a = {.line = hl_lines_first(s.lines)};

    if (hl_ui_pane_is_above(pane))
        hl_ui_pane_start(pane);
    else if (pane->at.rows >= 1 && s.lines->count > 0)
        settle(pane, &s, &a);
}

void hl_ui_pane_below(const struct hl_ui *ui, const struct hl_ui_pane *pane,
                      char out[static HL_UI_BELOW])
{
    const struct hl_lines *lines = hl_ui_pane_lines(pane);
    const char *sign = ui->frame.ascii ? "v" : "↓";
    uint64_t line = pane->anchor.line;

    out[0] = '\0';
    if (line != 0 && line < hl_lines_first(lines))
        line = hl_lines_first(lines);
    uint64_t count = hl_lines_last(lines) - line;
    if (pane->jump != 0)
        snprintf(out, HL_UI_BELOW, "%s", _("loading"));
    else if (pane->past != NULL)
        snprintf(out, HL_UI_BELOW, _("%s more"), sign);
    else if (line != 0)
        snprintf(out, HL_UI_BELOW, ngettext("%s %" PRIu64 " more", "%s %" PRIu64 " more", count),
                 sign, count);
}

/* A line that was jumped to goes to the middle. */
static void to_middle(struct hl_ui_pane *pane, const struct shape *s, uint64_t line)
{
    struct hl_ui_anchor a = {.line = line};
    size_t half = (size_t)pane->at.rows / 2;

    if (hl_lines_get(s->lines, line) == NULL)
        return;
    a.rows = rows_of(s, a.line);
    size_t below = half > a.rows / 2 ? half - a.rows / 2 : 0;
    if (a.rows > (size_t)pane->at.rows) /* its beginning is what is looked for */
        a.rows = (size_t)pane->at.rows;
    else
        move_down(s, &a, below);
    pane->centre = 0;
    settle(pane, s, &a);
}

static bool is_in_view(const struct hl_ui_pane *pane, const struct shape *s, uint64_t line)
{
    struct hl_ui_anchor a;
    size_t used;

    if (!resolve(pane, s, &a) || line > a.line ||
        (line == a.line && a.rows < rows_of(s, line) && a.rows < (size_t)pane->at.rows))
        return false;
    used = a.rows;
    for (uint64_t id = a.line; id > line && used <= (size_t)pane->at.rows;)
        used += rows_of(s, --id);
    return used <= (size_t)pane->at.rows || line == a.line;
}

/* Goes on up now that there may be more, unless something else was done meanwhile. */
static void pay(struct hl_ui *ui, struct hl_ui_pane *pane)
{
    size_t rows = pane->owed;

    pane->owed = 0;
    if (rows > 0 && pane->centre == 0 && !pane->selecting)
        (void)hl_ui_pane_scroll(ui, pane, -(long)rows);
}

void hl_ui_pane_draw(struct hl_ui *ui, struct hl_ui_pane *pane)
{
    const struct hl_rect *r = &pane->at;
    struct shape s = shape_of(ui, pane);
    struct hl_ui_anchor a;
    struct block b;
    int top = r->rows; /* rows still free, counted from the top of the pane */
    uint64_t id;

    pane->wants_older = pane->wants_newer = false;
    if (r->rows < 1 || r->cols < 1)
        return;
    pay(ui, pane);
    s = shape_of(ui, pane);
    hl_ui_cursor_settle(pane);
    if (pane->centre != 0)
        to_middle(pane, &s, pane->centre);
    else if (pane->selecting && !is_in_view(pane, &s, pane->cursor))
        to_middle(pane, &s, pane->cursor);
    s = shape_of(ui, pane); /* it may have followed to the room's own lines */
    if (!resolve(pane, &s, &a)) {
        pane->wants_older = true;
        return;
    }
    if (pane->anchor.line != 0) {
        settle(pane, &s, &a);
        s = shape_of(ui, pane);
        resolve(pane, &s, &a);
    }
    for (id = a.line; top > 0 && id >= hl_lines_first(s.lines); id--) {
        measure(&s, id, &b);
        size_t to = id == a.line ? a.rows : block_rows(&b);
        size_t from = to > (size_t)top ? to - (size_t)top : 0;
        top -= (int)(to - from);
        draw_block(ui, &(struct hl_rect){r->row + top, r->col, 0, r->cols}, &s, &b, from, to);
    }
    hl_ui_pane_wants(pane, id + 1, a.line);
}
