/* SPDX-License-Identifier: MIT */
/* Live typing: the messages above, what the peer types in the middle, what we type below, in the
 * input line. The rows for it stay while it is on, so that nothing jumps. */
#include "ui_state.h"

#include "i18n.h"
#include "wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MIN = 6, /* a lower pane has the messages alone */
    LIVE_MAX = 8,
    INDENT = 2,
    TITLE_TEXT = HL_UI_TEXT + 64,
};

void hl_ui_live(struct hl_ui *ui, uint32_t conv, enum hl_ui_live live, const char *text, size_t len)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    char *typed = len > 0 ? malloc(len) : NULL;

    if (room == NULL || (len > 0 && typed == NULL)) {
        free(typed);
        return;
    }
    if (len > 0)
        memcpy(typed, text, len);
    free(room->typed);
    room->typed = typed;
    room->typed_len = len;
    room->live = live;
}

int hl_ui_live_rows(const struct hl_ui_room *room, int rows)
{
    if (room->live == HL_UI_LIVE_OFF || rows < ROWS_MIN)
        return 0;
    return rows / 3 < LIVE_MAX ? rows / 3 : LIVE_MAX;
}

static void draw_title(struct hl_ui *ui, const struct hl_ui_room *room, const struct hl_rect *r)
{
    struct hl_frame *f = &ui->frame;
    bool on = room->live == HL_UI_LIVE_ON;
    enum hl_style style = on ? HL_STYLE_PANE_FOCUS : HL_STYLE_PANE;
    int end = r->col + r->cols;
    char title[TITLE_TEXT];

    snprintf(title, sizeof(title),
             on ? _(" %s, as it is typed ") : _(" waiting for %s to /talk, too "), room->name);
    hl_frame_fill(f, r->row, r->col, end, style, f->ascii ? "-" : "─");
    hl_ui_put_short(ui, &(struct hl_span){r->row, r->col + 1, end - 1}, style, title);
}

void hl_ui_live_draw(struct hl_ui *ui, const struct hl_ui_pane *pane)
{
    const struct hl_ui_room *room = pane->room;
    const struct hl_rect r = {pane->at.row + pane->at.rows, pane->at.col, pane->live_rows,
                              pane->at.cols};
    const struct hl_wrap_shape shape = {.width = (size_t)r.cols, .first = INDENT, .hang = INDENT};
    struct hl_prose prose;
    struct hl_wrap w;
    struct hl_wrap_row row;
    if (r.rows < 1)
        return;
    draw_title(ui, room, &r);
    if (room->typed_len == 0)
        return;
    hl_ui_prose(ui, &prose);
    hl_prose_text(&prose, room->typed, room->typed_len);
    hl_wrap_init(&w, room->typed, room->typed_len, &shape);
    int first = r.rows - (int)hl_wrap_height(room->typed, room->typed_len, &shape);
    for (int at = first < 1 ? first : 1; hl_wrap_next(&w, &row);
         at++) { /* the end of what is long */
        if (at >= 1)
            hl_prose_row(&prose,
                         &(struct hl_span){r.row + at, r.col + (int)row.indent, r.col + r.cols},
                         HL_STYLE_TEXT, &row);
    }
}
