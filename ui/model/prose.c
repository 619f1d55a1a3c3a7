/* SPDX-License-Identifier: MIT */
#include "prose.h"

#include "utf8.h"
#include "width.h"

#include <string.h>

void hl_prose_init(struct hl_prose *p, struct hl_frame *f, struct hl_bidi *bidi, bool numbers)
{
    *p = (struct hl_prose){.frame = f, .bidi = bidi, .numbers = numbers};
}

void hl_prose_text(struct hl_prose *p, const char *text, size_t len)
{
    p->text = text;
    p->len = len;
    p->backwards = p->bidi != NULL && !p->frame->ascii && hl_bidi_needed(text, len);
    hl_links_init(&p->links, text, len);
    p->linked = hl_links_next(&p->links, &p->link);
}

/* What a terminal is told of the link. */
static uint8_t number(struct hl_prose *p)
{
    char uri[HL_LINK_URI];

    if (!p->numbers || hl_link_uri(p->text, &p->link, uri) == 0)
        return 0;
    return hl_frame_link(p->frame, uri);
}

static void mark_links(struct hl_prose *p, const struct hl_span *at, const struct hl_wrap_row *row)
{
    size_t end = row->offset + row->len;

    while (p->linked && p->link.start < end) {
        if (p->link.end > row->offset) {
            size_t from = p->link.start > row->offset ? p->link.start : row->offset;
            size_t to = p->link.end < end ? p->link.end : end;
            int col = at->col + (int)hl_width(p->text + row->offset, from - row->offset);
            int after = col + (int)hl_width(p->text + from, to - from);
            hl_frame_restyle(p->frame,
                             &(struct hl_span){at->row, col, after < at->end ? after : at->end},
                             HL_STYLE_LINK, number(p));
        }
        if (p->link.end > end)
            return; /* it goes on in the next row */
        p->linked = hl_links_next(&p->links, &p->link);
    }
}

static struct hl_cell *cells_of(const struct hl_prose *p, const struct hl_span *at)
{
    struct hl_frame *f = p->frame;

    return &f->cells[(size_t)at->row * (size_t)f->cols + (size_t)at->col];
}

void hl_prose_row(struct hl_prose *p, const struct hl_span *at, enum hl_style style,
                  const struct hl_wrap_row *row)
{
    struct hl_frame *f = p->frame;
    int end = hl_frame_put(f, at, style, p->text + row->offset, row->len);

    mark_links(p, at, row);
    if (p->backwards && end > at->col &&
        hl_bidi_load(p->bidi, p->text, p->len, row->offset, row->offset + row->len))
        hl_bidi_reorder(p->bidi, cells_of(p, at), (size_t)(end - at->col));
}

/* Whether text that is drawn by itself is to be put in order. */
static bool is_backwards(const struct hl_prose *p, const char *text, size_t len)
{
    return p->bidi != NULL && !p->frame->ascii && hl_bidi_needed(text, len) &&
           hl_bidi_load(p->bidi, text, len, 0, len);
}

int hl_prose_short(const struct hl_prose *p, const struct hl_span *at, enum hl_style style,
                   const char *text)
{
    struct hl_frame *f = p->frame;
    const char *const ellipsis = f->ascii ? "~" : "…";
    char cut[HL_BIDI_BYTES];
    int limit = at->end < f->cols ? at->end : f->cols;
    size_t room = limit > at->col ? (size_t)(limit - at->col) : 0;
    size_t len = strlen(text);

    if (room == 0 || at->row >= f->rows || len + HL_UTF8_MAX >= sizeof(cut))
        return hl_frame_put_short(f, at->row, at->col, at->end, style, text);
    if (hl_width_fit(text, len, room, NULL) < len) { /* the ellipsis is ordered with the rest */
        len = hl_width_fit(text, len, room - 1, NULL);
        memcpy(cut, text, len);
        memcpy(cut + len, ellipsis, strlen(ellipsis));
        len += strlen(ellipsis);
        text = cut;
    }
    int end = hl_frame_put(f, at, style, text, len);
    if (end > at->col && is_backwards(p, text, len))
        hl_bidi_reorder(p->bidi, cells_of(p, at), (size_t)(end - at->col));
    return end;
}

void hl_prose_order(const struct hl_prose *p, const struct hl_span *at)
{
    int end = at->end < p->frame->cols ? at->end : p->frame->cols;
    char text[HL_BIDI_BYTES];
    size_t len = 0;

    if (p->bidi == NULL || at->row < 0 || at->row >= p->frame->rows || at->col < 0 ||
        at->col >= end)
        return;
    struct hl_cell *cells = cells_of(p, at);
    int cols = 0;
    for (; cols < end - at->col && len + cells[cols].len <= sizeof(text); cols++) {
        memcpy(text + len, cells[cols].text, cells[cols].len);
        len += cells[cols].len;
    }
    if (is_backwards(p, text, len))
        hl_bidi_reorder(p->bidi, cells, (size_t)cols);
}

int hl_prose_typed(const struct hl_prose *p, const struct hl_span *at, const char *text, size_t len,
                   size_t cursor)
{
    int limit = at->end < p->frame->cols ? at->end : p->frame->cols;
    int end = hl_frame_put(p->frame, at, HL_STYLE_TEXT, text, len);
    size_t col = hl_width(text, cursor);

    if (end <= at->col || !is_backwards(p, text, len))
        return at->col + (int)col;
    if (end < limit) {
        hl_bidi_tail(p->bidi);
        end++;
    }
    hl_bidi_reorder(p->bidi, cells_of(p, at), (size_t)(end - at->col));
    return at->col + (int)hl_bidi_visual(p->bidi, col);
}
