/* SPDX-License-Identifier: MIT */
#include "ui_state.h"

#include "i18n.h"
#include "mention.h"
#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_text(char *to, size_t cap, const char *from)
{
    size_t len = from != NULL ? hl_utf8_cut(from, strlen(from), cap - 1) : 0;

    if (len > 0)
        memcpy(to, from, len);
    to[len] = '\0';
}

static void free_room(struct hl_ui_room *room)
{
    hl_edit_free(room->draft);
    hl_ui_about_fini(&room->topic);
    hl_ui_past_free(room->loading);
    free(room->typed);
    hl_lines_fini(&room->lines);
    free(room);
}

static struct hl_ui_room *new_room(struct hl_ui *ui, uint32_t id)
{
    if (ui->count == ui->cap) {
        size_t cap = ui->cap == 0 ? 8 : ui->cap * 2;
        struct hl_ui_room **rooms = reallocarray(ui->rooms, cap, sizeof(struct hl_ui_room *));
        if (rooms == NULL)
            return NULL;
        ui->rooms = rooms;
        ui->cap = cap;
    }
    struct hl_ui_room *room = calloc(1, sizeof(*room));
    if (room == NULL)
        return NULL;
    room->id = id;
    hl_lines_init(&room->lines, ui->config.lines_max, ui->config.bytes_max);
    room->draft = hl_edit_new(HL_EDIT_MAX);
    if (room->draft == NULL) {
        free_room(room);
        return NULL;
    }
    size_t at = ui->count++;
    for (; at > 0 && ui->rooms[at - 1]->id > id; at--)
        ui->rooms[at] = ui->rooms[at - 1];
    ui->rooms[at] = room;
    return room;
}

struct hl_ui *hl_ui_new(const struct hl_ui_config *config)
{
    struct hl_ui *ui = calloc(1, sizeof(*ui));

    if (ui == NULL)
        return NULL;
    ui->config = *config;
    ui->dragged = -1;
    if (ui->config.own_name == NULL)
        ui->config.own_name = _("you");
    hl_settings_init(&ui->defaults);
    if (ui->config.settings == NULL)
        ui->config.settings = &ui->defaults;
    hl_frame_init(&ui->frame);
    ui->frame.ascii = config->ascii;
    ui->bidi = hl_bidi_new();
    ui->history = hl_history_new(HL_UI_HISTORY);
    struct hl_ui_room *console = new_room(ui, 0);
    if (console == NULL || ui->history == NULL || hl_frame_reset(&ui->frame, 1, 1) != 0) {
        hl_ui_free(ui);
        return NULL;
    }
    copy_text(console->name, sizeof(console->name), "hullo");
    hl_splits_init(&ui->splits, console->id);
    hl_ui_show(ui, hl_ui_focused(ui), console);
    return ui;
}

void hl_ui_free(struct hl_ui *ui)
{
    if (ui == NULL)
        return;
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++)
        hl_ui_past_free(ui->panes[i].past);
    for (size_t i = 0; i < ui->count; i++)
        free_room(ui->rooms[i]);
    free(ui->rooms);
    hl_ui_form_close(ui);
    hl_ui_list_close(ui);
    hl_ui_find_fini(&ui->find);
    hl_history_free(ui->history);
    hl_layout_fini(&ui->line.layout);
    hl_frame_fini(&ui->frame);
    hl_bidi_free(ui->bidi);
    hl_spell_free(ui->spell.known);
    free(ui->search.was);
    free(ui->submitted);
    free(ui);
}

size_t hl_ui_index(const struct hl_ui *ui, uint32_t conv)
{
    size_t i = 0;

    while (i < ui->count && ui->rooms[i]->id != conv)
        i++;
    return i;
}

struct hl_ui_room *hl_ui_room_of(const struct hl_ui *ui, uint32_t conv)
{
    size_t index = hl_ui_index(ui, conv);

    return index < ui->count ? ui->rooms[index] : NULL;
}

int hl_ui_conv(struct hl_ui *ui, uint32_t conv, const struct hl_ui_conv_info *info)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room == NULL)
        room = new_room(ui, conv);
    if (room == NULL)
        return -ENOMEM;
    copy_text(room->name, sizeof(room->name), info->name);
    copy_text(room->local, sizeof(room->local), info->local);
    copy_text(room->peer, sizeof(room->peer), info->peer);
    copy_text(room->transport, sizeof(room->transport), info->transport);
    copy_text(room->state, sizeof(room->state), info->state);
    copy_text(room->mark, sizeof(room->mark), info->mark);
    room->presence = info->presence;
    room->alert = info->alert;
    room->sent = info->sent;
    room->received = info->received;
    room->failed = info->failed;
    return 0;
}

void hl_ui_conv_remove(struct hl_ui *ui, uint32_t conv)
{
    size_t index = hl_ui_index(ui, conv);

    if (conv == 0 || index == ui->count)
        return;
    hl_ui_panes_replace(ui, ui->rooms[index], ui->rooms[index - 1]);
    ui->bytes -= ui->rooms[index]->lines.bytes;
    free_room(ui->rooms[index]);
    ui->count--;
    memmove(&ui->rooms[index], &ui->rooms[index + 1],
            (ui->count - index) * sizeof(struct hl_ui_room *));
}

void hl_ui_set_quiet(struct hl_ui *ui, bool quiet)
{
    ui->quiet = quiet;
}

void hl_ui_set_away(struct hl_ui *ui, bool away)
{
    ui->away = away;
}

uint64_t hl_ui_unread_count(const struct hl_ui *ui)
{
    uint64_t total = 0;

    for (size_t i = 0; i < ui->count; i++)
        total += ui->rooms[i]->unread;
    return total;
}

void hl_ui_set_dropped(struct hl_ui *ui, uint64_t dropped)
{
    ui->dropped = dropped;
}

void hl_ui_hint(struct hl_ui *ui, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(ui->hint, sizeof(ui->hint), _(format), args);
    va_end(args);
}

void hl_ui_hint_more(struct hl_ui *ui, const char *format, ...)
{
    size_t len = strlen(ui->hint);
    va_list args;

    va_start(args, format);
    vsnprintf(ui->hint + len, sizeof(ui->hint) - len, _(format), args);
    va_end(args);
}

void hl_ui_remark(struct hl_ui *ui, const char *text)
{
    hl_ui_hint(ui, "%s", text);
}

void hl_ui_clock(struct hl_ui *ui, int hour, int minute)
{
    ui->clock = (struct hl_stamp){.hour = (uint8_t)hour, .minute = (uint8_t)minute};
}

void hl_ui_time(int format, const struct hl_stamp *t, char out[static HL_UI_TIME])
{
    out[0] = '\0';
    if (format == HL_TIME_MINUTES)
        snprintf(out, HL_UI_TIME, "%02d:%02d", t->hour, t->minute);
    else if (format == HL_TIME_SECONDS)
        snprintf(out, HL_UI_TIME, "%02d:%02d:%02d", t->hour, t->minute, t->second);
    else if (format == HL_TIME_12H)
        snprintf(out, HL_UI_TIME, "%2d:%02d%s", (t->hour + 11) % 12 + 1, t->minute,
                 t->hour < 12 ? "am" : "pm");
}

int hl_ui_time_cols(int format)
{
    char longest[HL_UI_TIME];

    hl_ui_time(format, &(struct hl_stamp){.hour = 22}, longest);
    return (int)strlen(longest);
}

/* Old lines gave way: those that are in a store can be asked for again. */
static void note_forgotten(struct hl_ui_room *room, uint64_t before)
{
    if (room->lines.placed_forgotten != before)
        room->above = true;
}

/* Many conversations, each below its own bound, may still be too much: a peer can have as many
 * as it has ports. The largest pays, so a talkative stranger cannot push out what others said. */
static void bound_bytes(struct hl_ui *ui)
{
    while (ui->bytes > HL_UI_BYTES) {
        struct hl_ui_room *largest = ui->rooms[0];
        for (size_t i = 1; i < ui->count; i++) {
            if (ui->rooms[i]->lines.bytes > largest->lines.bytes)
                largest = ui->rooms[i];
        }
        uint64_t before = largest->lines.placed_forgotten;
        ui->bytes -= largest->lines.bytes;
        hl_lines_forget(&largest->lines);
        ui->bytes += largest->lines.bytes;
        note_forgotten(largest, before);
    }
}

/* A message that our user has not seen: unread, unless it came where he looks. */
static void count_news(const struct hl_ui *ui, struct hl_ui_room *room, uint64_t id, uint32_t flags)
{
    bool shown = hl_ui_is_shown(ui, room);

    if (shown && (flags & HL_LINE_AWAY) == 0)
        return;
    if (room->marker == 0 || (!shown && room->unread == 0))
        room->marker = id;
    if (shown)
        return;
    room->unread++;
    room->mentions += (flags & HL_LINE_MENTION) != 0;
}

struct hl_line_new hl_ui_named(const struct hl_ui *ui, const struct hl_line_new *line)
{
    struct hl_line_new out = *line;

    if (line->kind == HL_LINE_IN && hl_mention(line->text, line->len, ui->config.nick))
        out.flags |= HL_LINE_MENTION;
    return out;
}

uint64_t hl_ui_line(struct hl_ui *ui, uint32_t conv, const struct hl_line_new *line)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    const struct hl_line_new named = hl_ui_named(ui, line);

    if (room == NULL)
        room = ui->rooms[0];
    size_t before = room->lines.bytes;
    uint64_t forgotten = room->lines.placed_forgotten;
    uint64_t id = hl_lines_add(&room->lines, &named);
    note_forgotten(room, forgotten);
    ui->bytes += room->lines.bytes - before; /* wraps, and back, when the line pushed others out */
    if (id != 0 && line->kind == HL_LINE_IN && (line->flags & HL_LINE_SEEN) == 0)
        count_news(ui, room, id, named.flags);
    bound_bytes(ui);
    return id;
}

/* The next window of a pane that shows older lines of a room; NULL behind the last one. */
static struct hl_lines *next_past(struct hl_ui *ui, const struct hl_ui_room *room, unsigned *at)
{
    while (*at < HL_SPLITS_NODES) {
        struct hl_ui_pane *pane = &ui->panes[(*at)++];
        if (pane->room == room && pane->past != NULL)
            return &pane->past->lines;
    }
    return NULL;
}

static void mark(struct hl_lines *l, uint64_t line, enum hl_line_state state, const char *reason)
{
    if (line != 0 && hl_lines_mark(l, line, state, reason) && state == HL_LINE_READ)
        hl_lines_read(l, line - 1);
}

/* The same in a window, which may end before that line. */
static void mark_past(struct hl_lines *l, const struct hl_ui_at *at, enum hl_line_state state,
                      const char *reason)
{
    uint64_t line = hl_lines_by_row(l, at->row);

    if (line == 0 && state == HL_LINE_READ && at->pos > hl_lines_last_pos(l))
        hl_lines_read(l, hl_lines_last(l));
    mark(l, line, state, reason);
}

static void move_on(uint64_t *line, uint64_t from)
{
    *line += *line >= from;
}

/* A line was put in at that number. */
static void shift(struct hl_ui *ui, struct hl_ui_pane *pane, uint64_t from)
{
    if (ui->copy.open && pane == hl_ui_focused(ui))
        move_on(&ui->copy.end.line, from);
    move_on(&pane->anchor.line, from);
    move_on(&pane->centre, from);
    move_on(&pane->found, from);
    move_on(&pane->cursor, from);
}

uint64_t hl_ui_insert(struct hl_ui *ui, uint32_t conv, const struct hl_line_new *line)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    const struct hl_line_new named = hl_ui_named(ui, line);
    uint64_t id;

    for (unsigned i = 0; room != NULL && i < HL_SPLITS_NODES; i++) {
        struct hl_ui_pane *pane = &ui->panes[i];
        if (pane->room == room && pane->past != NULL &&
            line->pos < hl_lines_last_pos(&pane->past->lines) &&
            (id = hl_lines_insert(&pane->past->lines, &named)) != 0)
            shift(ui, pane, id);
    }
    if (room == NULL)
        return 0;
    size_t before = room->lines.bytes;
    uint64_t forgotten = room->lines.placed_forgotten;
    id = hl_lines_insert(&room->lines, &named);
    note_forgotten(room, forgotten);
    ui->bytes += room->lines.bytes - before;
    for (unsigned i = 0; id != 0 && i < HL_SPLITS_NODES; i++) {
        if (ui->panes[i].room == room && ui->panes[i].past == NULL)
            shift(ui, &ui->panes[i], id);
    }
    if (id != 0 && room->marker != 0)
        move_on(&room->marker, id);
    if (id != 0 && line->kind == HL_LINE_IN && (line->flags & HL_LINE_SEEN) == 0) {
        count_news(ui, room, id, named.flags);
        room->marker = id < room->marker ? id : room->marker; /* news above it, too */
    }
    bound_bytes(ui);
    return id;
}

void hl_ui_filled(struct hl_ui *ui, uint32_t conv, uint64_t pos, uint64_t count)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    struct hl_lines *past;
    unsigned i = 0;

    if (room == NULL)
        return;
    hl_lines_filled(&room->lines, pos, count);
    while ((past = next_past(ui, room, &i)) != NULL)
        hl_lines_filled(past, pos, count);
}

/* Not while a page is on its way to where lines would give way: there would be a hole. */
void hl_ui_fit(struct hl_ui *ui, struct hl_ui_room *room)
{
    size_t before = room->lines.bytes;
    uint64_t forgotten = room->lines.forgotten;
    struct hl_lines *past;
    unsigned i = 0;

    if (room->asked)
        return;
    hl_lines_fit(&room->lines);
    note_forgotten(room, forgotten);
    ui->bytes += room->lines.bytes - before;
    while ((past = next_past(ui, room, &i)) != NULL)
        hl_lines_fit(past);
}

void hl_ui_requote(struct hl_ui *ui, uint32_t conv, uint64_t pos, const char *quote)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    struct hl_lines *past;
    unsigned i = 0;

    if (room == NULL)
        return;
    size_t before = room->lines.bytes;
    hl_lines_requote(&room->lines, pos, quote);
    ui->bytes += room->lines.bytes - before;
    while ((past = next_past(ui, room, &i)) != NULL)
        hl_lines_requote(past, pos, quote);
    hl_ui_fit(ui, room);
}

void hl_ui_mark(struct hl_ui *ui, const struct hl_ui_at *at, enum hl_line_state state,
                const char *reason)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, at->conv);
    struct hl_lines *past;
    unsigned i = 0;

    if (room == NULL)
        return;
    mark(&room->lines, at->line, state, reason);
    hl_lines_set_row(&room->lines, at->line, at->row, at->pos, at->entry);
    while ((past = next_past(ui, room, &i)) != NULL)
        mark_past(past, at, state, reason);
}

void hl_ui_replace(struct hl_ui *ui, const struct hl_ui_at *at, const struct hl_line_new *line)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, at->conv);
    struct hl_lines *past;
    unsigned i = 0;

    if (room == NULL)
        return;
    const struct hl_line_new named = hl_ui_named(ui, line);
    size_t before = room->lines.bytes;
    hl_lines_replace(&room->lines, at->line, &named);
    ui->bytes += room->lines.bytes - before;
    while ((past = next_past(ui, room, &i)) != NULL)
        hl_lines_replace(past, hl_lines_by_row(past, at->row), &named);
    hl_ui_fit(ui, room);
    bound_bytes(ui);
}

void hl_ui_unread(struct hl_ui *ui, uint32_t conv, uint32_t count)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room != NULL && !hl_ui_is_shown(ui, room))
        room->unread = count;
}

const struct hl_lines *hl_ui_lines(const struct hl_ui *ui, uint32_t conv)
{
    const struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    return room != NULL ? &room->lines : NULL;
}

void hl_ui_clear(struct hl_ui *ui, uint32_t conv)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room == NULL)
        return;
    ui->bytes -= room->lines.bytes;
    hl_lines_clear(&room->lines);
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (ui->panes[i].room == room)
            hl_ui_pane_follow(&ui->panes[i]);
    }
    room->marker = 0;
    room->above = room->asked = false;
    hl_ui_past_free(room->loading);
    room->loading = NULL;
}

void hl_ui_draft(struct hl_ui *ui, uint32_t conv, const char *text, size_t len)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room != NULL && hl_edit_insert(room->draft, text, len) == HL_EDIT_FULL)
        hl_ui_hint(ui, "the draft is full: nothing was added");
}

const struct hl_settings *hl_ui_settings(const struct hl_ui *ui)
{
    return ui->config.settings;
}

const char *hl_ui_drafted(const struct hl_ui *ui, size_t *len)
{
    return hl_edit_text(hl_ui_current_draft(ui), len);
}

bool hl_ui_idle(const struct hl_ui *ui)
{
    size_t len;

    hl_edit_text(hl_ui_current_draft(ui), &len);
    return len == 0 && !ui->form.open && !ui->help && !ui->search.active && !ui->copy.open &&
           ui->list.kind == HL_UI_LIST_NONE && !ui->panes[ui->splits.focus].selecting &&
           hl_ui_current(ui)->topic.about == HL_UI_ABOUT_NOTHING;
}
