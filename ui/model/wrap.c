/* SPDX-License-Identifier: MIT */
#include "wrap.h"

#include "cluster.h"
#include "utf8.h"
#include "width.h"

#include <wchar.h>

/* Between wide characters a row may be broken anywhere, but punctuation that closes or repeats does
 * not start a row and punctuation that opens does not end one (JIS X 4051, UAX #14 class CL, NS,
 * OP; the characters in common use). */
static const wchar_t closing[] =
    L",.!?:;)]}%、。，．：；！？）］｝〉》」』】〕〗〙〛’”…‥·・ー々ゝゞヽヾ"
    L"ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ％";
static const wchar_t opening[] = L"([{（［｛〈《「『【〔〖〘〚‘“$＄￥";

#define HAS(set, cp) wmemchr(set, (wchar_t)(cp), sizeof(set) / sizeof(set)[0] - 1)

/* Printable ASCII: one column, and apart from another such character. */
static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f;
}

static size_t room_beside(const struct hl_wrap_shape *shape, size_t indent)
{
    return shape->width > indent ? shape->width - indent : 0;
}

void hl_wrap_init(struct hl_wrap *w, const char *text, size_t len,
                  const struct hl_wrap_shape *shape)
{
    *w = (struct hl_wrap){.text = text, .len = len, .shape = *shape};
    if (w->shape.width == 0)
        w->shape.width = 1;
    if (w->shape.hang > 0 && room_beside(&w->shape, w->shape.hang) < HL_WRAP_ROOM)
        w->shape.hang = 0;
    w->state = HL_WRAP_FIRST;
    if (w->shape.first > 0 && room_beside(&w->shape, w->shape.first) < HL_WRAP_ROOM)
        w->state = HL_WRAP_PREFIX;
}

void hl_wrap_resume(struct hl_wrap *w, const struct hl_wrap_row *row)
{
    w->at = row->offset;
    w->state = HL_WRAP_MORE;
}

/* A row being filled. */
struct fill {
    size_t room;
    size_t pos, columns;     /* up to here everything was looked at */
    size_t end, end_columns; /* behind the last cluster that is no space */
    size_t cut, cut_columns; /* last place to break: the row would end at cut and the next one */
    size_t next;             /* start at next; 0 = none */
    size_t next_columns;     /* before it, in this row */
    uint32_t last;           /* first code point of the cluster before pos, 0 = none */
    bool space, wide;        /* what that cluster is */
};

static void finish(struct hl_wrap *w, struct hl_wrap_row *row, size_t end, size_t columns)
{
    row->offset = w->at;
    row->len = end - w->at;
    row->columns = columns;
}

/* May a row start with the cluster that begins with cp? */
static bool may_break(const struct fill *f, uint32_t cp, size_t columns)
{
    if (f->last == 0)
        return false;
    if (f->space)
        return f->end_columns > 0;
    return (f->wide || columns > 1) && !HAS(closing, cp) && !HAS(opening, f->last);
}

/* The cluster at f->pos: returns its end. */
static size_t look(const struct hl_wrap *w, const struct fill *f, uint32_t *cp, size_t *columns)
{
    const char *s = w->text;
    size_t at = f->pos;
    if (is_plain(s[at]) && (at + 1 == w->len || is_plain(s[at + 1]))) {
        *cp = (unsigned char)s[at];
        *columns = 1;
        return at + 1;
    }
    size_t next = hl_cluster_next(s, w->len, at);
    size_t n = hl_utf8_decode(s + at, next - at, cp);
    *columns = hl_width_char(*cp) + hl_width(s + at + n, next - at - n);
    return next;
}

/* As many characters of a cluster wider than the row as fit, at least one. */
static size_t split(const struct hl_wrap *w, const struct fill *f, size_t next, size_t *columns)
{
    size_t at = f->pos;
    uint32_t cp;
    *columns = 0;
    while (at < next) {
        size_t n = hl_utf8_decode(w->text + at, next - at, &cp);
        if (at > f->pos && *columns + hl_width_char(cp) > f->room)
            break;
        *columns += hl_width_char(cp);
        at += n;
    }
    return at;
}

/* Whether the word at f->next must be broken in any row and has enough room in this one to begin
 * here: in a row of its own it would leave this one nearly empty. As WeeChat and terminals do. */
static bool begins_here(const struct hl_wrap *w, const struct fill *f)
{
    struct fill word = {.room = w->shape.width - w->shape.hang, .pos = f->next};
    if (f->columns - f->next_columns < HL_WRAP_ROOM)
        return false;
    while (word.columns <= word.room) {
        uint32_t cp;
        size_t columns;
        if (word.pos == w->len || w->text[word.pos] == '\n')
            return false;
        size_t next = look(w, &word, &cp, &columns);
        if ((cp == ' ' && next == word.pos + 1) || may_break(&word, cp, columns))
            return false;
        word.pos = next;
        word.columns += columns;
        word.last = cp;
        word.wide = columns > 1;
    }
    return true;
}

/* The cluster [pos, next) does not fit any more. Ends the row, if there is something to end. */
static bool overflow(struct hl_wrap *w, const struct fill *f, struct hl_wrap_row *row, size_t next)
{
    if (f->next > 0 && !begins_here(w, f)) {
        finish(w, row, f->cut, f->cut_columns);
        w->at = f->next;
        return true;
    }
    if (f->pos > w->at) {
        bool hanging = f->columns > f->room;
        finish(w, row, hanging ? f->end : f->pos, hanging ? f->end_columns : f->columns);
        w->at = f->pos;
        return true;
    }
    size_t columns;
    size_t end = split(w, f, next, &columns);
    if (end == next)
        return false;
    finish(w, row, end, columns);
    w->at = end;
    return true;
}

/* End of the text or of a line at f->pos. */
static void end_line(struct hl_wrap *w, struct fill *f, struct hl_wrap_row *row)
{
    bool hanging = f->columns > f->room;
    bool brim = w->shape.cells && !w->shape.brim && f->columns >= f->room;
    finish(w, row, hanging && !brim ? f->end : f->pos,
           hanging && !brim ? f->end_columns : f->columns);
    w->at = f->pos;
    if (brim)
        return;
    if (f->pos == w->len)
        w->state = HL_WRAP_DONE;
    else
        w->at++;
}

static void fill_row(struct hl_wrap *w, struct hl_wrap_row *row)
{
    struct fill f = {.room = w->shape.width - row->indent, .pos = w->at, .end = w->at};
    while (f.pos < w->len && w->text[f.pos] != '\n') {
        uint32_t cp;
        size_t columns;
        size_t next = look(w, &f, &cp, &columns);
        bool space = cp == ' ' && next == f.pos + 1 && !w->shape.cells;
        if (!space && !w->shape.cells && may_break(&f, cp, columns)) {
            f.cut = f.end;
            f.cut_columns = f.end_columns;
            f.next = f.pos;
            f.next_columns = f.columns;
        }
        if (!space && f.columns + columns > f.room && overflow(w, &f, row, next))
            return;
        f.pos = next;
        f.columns += columns;
        if (!space) {
            f.end = f.pos;
            f.end_columns = f.columns;
        }
        f.last = cp;
        f.space = space;
        f.wide = columns > 1;
    }
    end_line(w, &f, row);
}

bool hl_wrap_next(struct hl_wrap *w, struct hl_wrap_row *row)
{
    *row = (struct hl_wrap_row){.offset = w->at};
    switch (w->state) {
    case HL_WRAP_DONE:
        return false;
    case HL_WRAP_PREFIX:
        w->state = HL_WRAP_MORE;
        return true;
    case HL_WRAP_FIRST:
        row->indent = w->shape.first;
        w->state = HL_WRAP_MORE;
        break;
    case HL_WRAP_MORE:
        row->indent = w->shape.hang;
        break;
    }
    fill_row(w, row);
    return true;
}

size_t hl_wrap_height(const char *text, size_t len, const struct hl_wrap_shape *shape)
{
    struct hl_wrap w;
    struct hl_wrap_row row;
    size_t rows = 0;
    hl_wrap_init(&w, text, len, shape);
    while (hl_wrap_next(&w, &row))
        rows++;
    return rows;
}
