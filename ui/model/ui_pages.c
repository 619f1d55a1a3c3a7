/* SPDX-License-Identifier: MIT */
/* History that is loaded while it is scrolled.
 *
 * The lines of a room always end with the newest. Older pages are put before them as long as its
 * bounds allow. What lies further back, or is jumped to, is read through a window of the pane's
 * own; where both meet, the pane goes over to the lines of the room again. */
#include "ui_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAST_LINES = 4 * HL_FRAME_ROWS, /* kept of such a window */
    PAST_BYTES = 4 * HL_UI_PAGE_BYTES,
    PAST_COPIED = HL_FRAME_ROWS + 2 * HL_UI_PAGE, /* that it begins with where the room's end */
    /* What a page brings at most, and what lies beyond a view that is near an end: so the page
     * pushes out neither the view nor what the other end would have to ask for again. */
    QUARTER_LINES = PAST_LINES / 4,
    QUARTER_BYTES = PAST_BYTES / 4,
};

static_assert((int)HL_UI_PAGE <= (int)QUARTER_LINES, "a page is no more than that");

static struct hl_ui_past *new_past(struct hl_ui *ui)
{
    struct hl_ui_past *past = calloc(1, sizeof(*past));

    if (past == NULL)
        return NULL;
    hl_lines_init(&past->lines, PAST_LINES, PAST_BYTES);
    past->number = ++ui->past_number;
    past->above = past->below = true;
    return past;
}

void hl_ui_past_free(struct hl_ui_past *past)
{
    if (past == NULL)
        return;
    hl_lines_fini(&past->lines);
    free(past);
}

void hl_ui_pane_follow(struct hl_ui_pane *pane)
{
    hl_ui_past_free(pane->past);
    *pane = (struct hl_ui_pane){.room = pane->room,
                                .before = pane->before,
                                .at = pane->at,
                                .live_rows = pane->live_rows,
                                .selecting = pane->selecting};
}

/* The same line among those of the room; 0 if it is not there. */
static uint64_t in_room(const struct hl_ui_pane *pane, uint64_t id)
{
    const struct hl_line *line = hl_lines_get(hl_ui_pane_lines(pane), id);

    if (pane->past == NULL || line == NULL)
        return line != NULL ? id : 0;
    return hl_lines_by_pos(&pane->room->lines, line->pos);
}

void hl_ui_pane_arrive(struct hl_ui_pane *pane)
{
    uint64_t cursor = in_room(pane, pane->cursor);

    hl_ui_pane_follow(pane);
    pane->cursor = cursor;
}

bool hl_ui_pane_is_above(const struct hl_ui_pane *pane)
{
    const struct hl_ui_past *past = pane->past;

    if (past == NULL)
        return pane->room->above;
    return past->above || past->lines.forgotten != past->forgotten;
}

void hl_ui_above(struct hl_ui *ui, uint32_t conv)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room != NULL)
        room->above = true;
}

/* ---- jumping ---- */

static void centre(struct hl_ui_pane *pane, uint64_t line)
{
    pane->jump = 0;
    pane->centre = pane->found = line;
    pane->anchor = (struct hl_ui_anchor){.line = line, .rows = 1};
}

bool hl_ui_goto(struct hl_ui *ui, uint32_t conv, uint64_t pos)
{
    struct hl_ui_pane *pane = hl_ui_focused(ui);

    if (!hl_ui_select(ui, conv))
        return false;
    uint64_t line = hl_lines_by_pos(&pane->room->lines, pos);
    hl_ui_pane_follow(pane);
    if (line != 0)
        centre(pane, line);
    else
        pane->jump = pos;
    return true;
}

void hl_ui_pane_start(struct hl_ui_pane *pane)
{
    hl_ui_pane_follow(pane);
    pane->jump = HL_UI_JUMP_START;
}

/* ---- wishes ---- */

/* The pane goes on in a window of its own, which begins as a copy of the oldest lines: these keep
 * their numbers, so the view stays where it is. */
static bool open_past(struct hl_ui *ui, struct hl_ui_pane *pane)
{
    struct hl_ui_past *past = new_past(ui);

    if (past == NULL)
        return false;
    if (!hl_lines_copy(&past->lines, &pane->room->lines, PAST_COPIED) ||
        hl_lines_get(&past->lines, pane->anchor.line) == NULL) {
        hl_ui_past_free(past);
        return false;
    }
    pane->past = past;
    return true;
}

/* A page more might push out what came last. */
static bool is_full(const struct hl_lines *l)
{
    return l->count + HL_UI_PAGE > l->max_lines || l->bytes > l->max_bytes / 4 * 3;
}

/* Few lines from first to before end, and few bytes. */
static bool is_little(const struct hl_lines *l, uint64_t first, uint64_t end, uint64_t few)
{
    size_t bytes = 0;

    if (end - first >= few)
        return false;
    for (; first < end; first++)
        bytes += hl_lines_get(l, first)->len;
    return bytes < QUARTER_BYTES;
}

/* Pages come before they are needed, or there would be a jolt at each. */
void hl_ui_pane_wants(struct hl_ui_pane *pane, uint64_t top, uint64_t bottom)
{
    const struct hl_lines *l = hl_ui_pane_lines(pane);
    uint64_t screens = 2 * (uint64_t)pane->at.rows;
    uint64_t few = screens < QUARTER_LINES ? screens : QUARTER_LINES;

    pane->wants_older = is_little(l, hl_lines_first(l), top, few);
    pane->wants_newer = is_little(l, bottom + 1, hl_lines_last(l) + 1, few);
}

/* The room has the lines of the window's view too, and those above them. */
static bool to_room(struct hl_ui_pane *pane)
{
    const struct hl_lines *lines = &pane->room->lines;
    uint64_t first = hl_lines_first_pos(lines);
    const struct hl_line *at = hl_lines_get(&pane->past->lines, pane->anchor.line);

    if (at == NULL || first == 0 || at->pos < first)
        return false;
    uint64_t line = hl_lines_by_pos(lines, at->pos);
    if (line == 0 || line - hl_lines_first(lines) < (uint64_t)pane->at.rows)
        return false;
    uint64_t found = in_room(pane, pane->found);
    struct hl_ui_anchor anchor = {.line = line, .rows = pane->anchor.rows};
    hl_ui_pane_arrive(pane);
    pane->anchor = anchor;
    pane->found = found;
    return true;
}

/* What a pane needs; false: nothing, or it must wait. */
static bool want_of(struct hl_ui *ui, struct hl_ui_pane *pane, struct hl_ui_want *w)
{
    struct hl_ui_room *room = pane->room;

    if (room->asked)
        return false;
    if (pane->jump != 0) {
        room->loading = new_past(ui);
        w->kind = HL_UI_AROUND;
        w->pos = pane->jump != HL_UI_JUMP_START ? pane->jump : 0;
        return room->loading != NULL;
    }
    if (pane->past != NULL && pane->wants_newer && to_room(pane))
        return false;
    if (pane->past != NULL && pane->wants_newer && pane->past->below) {
        w->kind = HL_UI_NEWER;
        w->pos = hl_lines_last_pos(&pane->past->lines);
        w->past = pane->past->number;
        return true;
    }
    if (!pane->wants_older || !hl_ui_pane_is_above(pane))
        return false;
    if (pane->past == NULL && is_full(&room->lines) && !open_past(ui, pane))
        return false;
    w->kind = HL_UI_OLDER;
    w->past = pane->past != NULL ? pane->past->number : 0;
    w->pos = hl_lines_first_pos(hl_ui_pane_lines(pane));
    return true;
}

bool hl_ui_want(struct hl_ui *ui, struct hl_ui_want *out)
{
    for (unsigned i = ui->copy.open ? HL_SPLITS_NODES : 0; i < HL_SPLITS_NODES; i++) {
        struct hl_ui_pane *pane = &ui->panes[i];
        struct hl_ui_want w = {.number = ui->want_number + 1, .pane = i};
        if (!hl_splits_is_pane(&ui->splits, i) || pane->at.rows < 1 || !want_of(ui, pane, &w))
            continue;
        w.conv = pane->room->id;
        ui->want_number = w.number;
        pane->room->asked = true;
        pane->room->want = w;
        memset(pane->room->page, 0, sizeof pane->room->page);
        *out = w;
        return true;
    }
    return false;
}

/* ---- pages ---- */

/* The room that waits for it; NULL: nobody does any more. */
static struct hl_ui_room *waiting(const struct hl_ui *ui, const struct hl_ui_want *w)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, w->conv);

    return room != NULL && room->asked && room->want.number == w->number ? room : NULL;
}

/* The window that a page is for, if its pane is still there. */
static struct hl_ui_past *past_of(const struct hl_ui *ui, const struct hl_ui_room *room,
                                  const struct hl_ui_want *w)
{
    struct hl_ui_past *past = ui->panes[w->pane].past;

    if (w->kind == HL_UI_AROUND)
        return room->loading;
    return past != NULL && past->number == w->past ? past : NULL;
}

/* A messenger that took over may tell some lines again. */
static bool is_known(const struct hl_lines *l, const struct hl_line_new *line, bool front)
{
    uint64_t edge = front ? hl_lines_first_pos(l) : hl_lines_last_pos(l);

    return line->pos != 0 && edge != 0 && (front ? line->pos >= edge : line->pos <= edge);
}

/* Before the lines of the room, as long as there is room for it. */
static uint64_t put_live(struct hl_ui *ui, struct hl_ui_room *room, const struct hl_line_new *line)
{
    size_t before = room->lines.bytes;
    uint64_t id = hl_lines_prepend(&room->lines, line, false);

    ui->bytes += room->lines.bytes - before;
    return id;
}

/* At either end of a window, as long as the page does not get too long for it. */
static bool put_past(struct hl_ui_past *past, bool front, const struct hl_line_new *line,
                     struct hl_ui_page *page)
{
    uint64_t id = 0;

    if (page->bytes == 0 || page->bytes + line->len <= QUARTER_BYTES)
        id = front ? hl_lines_prepend(&past->lines, line, true) : hl_lines_add(&past->lines, line);
    page->bytes += line->len;
    return id != 0;
}

uint64_t hl_ui_page_line(struct hl_ui *ui, const struct hl_ui_want *w, bool front,
                         const struct hl_line_new *line)
{
    struct hl_ui_room *room = waiting(ui, w);
    struct hl_ui_past *past = room != NULL ? past_of(ui, room, w) : NULL;
    const struct hl_line_new named = hl_ui_named(ui, line);
    bool live = room != NULL && w->past == 0 && w->kind == HL_UI_OLDER;
    uint64_t id = 0;

    if ((!live && past == NULL) || room->page[front].full ||
        is_known(live ? &room->lines : &past->lines, line, front))
        return 0;
    if (live)
        id = put_live(ui, room, &named);
    room->page[front].full = live ? id == 0 : !put_past(past, front, &named, &room->page[front]);
    return id;
}

/* What was jumped to is here: the pane shows it, if it still waits for that. */
static void arrive(struct hl_ui *ui, struct hl_ui_room *room, const struct hl_ui_want *w)
{
    struct hl_ui_past *past = room->loading;
    struct hl_ui_pane *pane = &ui->panes[w->pane];
    uint64_t pos = w->pos != 0 ? w->pos : HL_UI_JUMP_START;

    room->loading = NULL;
    if (pane->room != room || pane->jump != pos) {
        hl_ui_past_free(past);
        return;
    }
    uint64_t line = hl_lines_by_pos(&past->lines, w->pos);
    pane->jump = 0;
    if (past->lines.count == 0) {
        hl_ui_past_free(past);
    } else {
        pane->past = past;
        centre(pane, line != 0 ? line : hl_lines_first(&past->lines));
        pane->found = line;
    }
    if (line == 0 && w->pos != 0)
        hl_ui_hint(ui, "that message is no longer there");
}

void hl_ui_page_end(struct hl_ui *ui, const struct hl_ui_want *w, bool first, bool last)
{
    struct hl_ui_room *room = waiting(ui, w);
    struct hl_ui_past *past = room != NULL ? past_of(ui, room, w) : NULL;

    if (room == NULL)
        return;
    room->asked = false;
    first = first && !room->page[true].full;
    last = last && !room->page[false].full;
    if (past != NULL && w->kind != HL_UI_NEWER) {
        past->above = !first && past->lines.count > 0;
        past->forgotten = past->lines.forgotten;
    }
    if (past != NULL && w->kind != HL_UI_OLDER)
        past->below = !last;
    if (w->kind == HL_UI_AROUND)
        arrive(ui, room, w);
    else if (w->past == 0)
        room->above = !first;
    hl_ui_fit(ui, room);
}
