/* SPDX-License-Identifier: MIT */
/* Lists over the screen, made from the tables when they are opened: everything that can be done,
 * conversations, links. The search in history is a list too: ui_find.c. */
#include "ui_state.h"

#include "i18n.h"
#include "links.h"
#include "text.h"
#include "width.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINKS_MAX = 500, /* links of a conversation that are listed */
    KEY_SHIFT = 32,  /* key of a row of the palette: its kind above, its index below */
    DETAIL = 320,
};

enum kind {
    KIND_COMMAND = 1,
    KIND_ACTION, /* index of its row in the key table */
    KIND_ROOM,   /* number of the conversation */
    KIND_SETTING,
};

static const struct hl_picker_config configs[] = {
    [HL_UI_LIST_PALETTE] = {.heading = N_("Do"), .prompt = "> ", .empty = N_("nothing matches")},
    [HL_UI_LIST_SWITCH] = {.heading = N_("Conversations"),
                           .prompt = N_("go to: "),
                           .empty = N_("no conversation of that name")},
    [HL_UI_LIST_LINKS] = {.heading = N_("Links"),
                          .prompt = N_("link: "),
                          .empty = N_("no such link here")},
    [HL_UI_LIST_FIND] = {.heading = N_("Search"), .prompt = N_("words: "), .given = true},
};

/* A row that memory has no room for is left out: the list stays of use. */
static void add(struct hl_ui *ui, uint64_t key, const char *text, const char *detail)
{
    const struct hl_ui_list *list = &ui->list;
    struct hl_picker_row row = {.key = key, .text = text, .detail = detail};

    for (size_t i = 0; i < HL_UI_RECENT && list->kind == HL_UI_LIST_PALETTE; i++) {
        if (list->recent[i] == key)
            row.rank = (int)(HL_UI_RECENT - i);
    }
    (void)!hl_picker_add(list->picker, &row);
}

static uint64_t key_of(enum kind kind, uint64_t index)
{
    return ((uint64_t)kind << KEY_SHIFT) | index;
}

/* ---- what is listed ---- */

static void add_commands(struct hl_ui *ui)
{
    for (size_t i = 0; i < ui->config.command_count; i++)
        add(ui, key_of(KIND_COMMAND, i), ui->config.commands[i].left,
            _(ui->config.commands[i].right));
}

/* An action that a key does anywhere is listed once, but for those that need the key. */
static bool is_listed(const struct hl_keymap_row *row)
{
    return (row->contexts & HL_CTX_INPUT) != 0 && row->help[0] != '\0' &&
           row->action != HL_ACT_CONV_NUMBER && row->action != HL_ACT_PALETTE &&
           row->action != HL_ACT_SEND && row->action != HL_ACT_CANCEL;
}

static void add_actions(struct hl_ui *ui)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    char keys[HL_KEYMAP_TEXT];
    char detail[DETAIL];

    for (size_t i = 0; i < count; i++) {
        if (!is_listed(&rows[i]))
            continue;
        bool bound = hl_keymap_names(ui->config.keymap, &rows[i], keys) > 0;
        snprintf(detail, sizeof(detail), "%s%s%s%s", _(rows[i].help), bound ? "  [" : "", keys,
                 bound ? "]" : "");
        add(ui, key_of(KIND_ACTION, i), rows[i].name, detail);
    }
}

static void describe(const struct hl_ui_room *room, char out[static DETAIL])
{
    int len = 0;

    if (room->unread > 0)
        len = snprintf(out, DETAIL,
                       ngettext("%" PRIu32 " unread, ", "%" PRIu32 " unread, ", room->unread),
                       room->unread);
    snprintf(out + len, DETAIL - (size_t)len, "%s", room->id != 0 ? room->state : _("notices"));
}

static void add_rooms(struct hl_ui *ui, enum kind kind)
{
    char detail[DETAIL];

    for (size_t i = 0; i < ui->count; i++) {
        describe(ui->rooms[i], detail);
        add(ui, key_of(kind, ui->rooms[i]->id), ui->rooms[i]->name, detail);
    }
}

static void add_settings(struct hl_ui *ui)
{
    size_t count;
    const struct hl_setting *rows = hl_settings_table(&count);
    char value[HL_SETTINGS_TEXT];
    char clean[HL_SETTINGS_TEXT * HL_TEXT_GROWTH];
    char detail[DETAIL + sizeof(clean)];

    for (size_t i = 0; i < count; i++) {
        size_t len = hl_settings_print(ui->config.settings, &rows[i], value);
        hl_text_clean(clean, sizeof(clean), value, len, 0, NULL);
        snprintf(detail, sizeof(detail), "= %s  (%s)", clean, _(rows[i].help));
        add(ui, key_of(KIND_SETTING, i), rows[i].name, detail);
    }
}

/* Conversations in the order in which they are wanted: with unread messages first, then the one
 * that was shown before; where one is already comes last. */
static void add_switch(struct hl_ui *ui)
{
    const struct hl_ui_pane *pane = hl_ui_focused(ui);
    char detail[DETAIL];

    for (size_t i = 0; i < ui->count; i++) {
        const struct hl_ui_room *room = ui->rooms[i];
        struct hl_picker_row row = {.key = key_of(KIND_ROOM, room->id),
                                    .text = room->name,
                                    .detail = detail,
                                    .rank = room == pane->room     ? -1
                                            : room->mentions > 0   ? 3
                                            : room->unread > 0     ? 2
                                            : room == pane->before ? 1
                                                                   : 0};
        describe(room, detail);
        (void)!hl_picker_add(ui->list.picker, &row);
    }
}

static void add_link(struct hl_ui *ui, const struct hl_line *line, const struct hl_link *link)
{
    char detail[DETAIL];
    char text[HL_PICKER_TEXT];
    char uri[HL_LINK_URI];

    if (hl_link_uri(hl_line_text(line), link, uri) == 0)
        return;
    snprintf(text, sizeof(text), "%.*s", (int)(link->end - link->start),
             hl_line_text(line) + link->start);
    snprintf(detail, sizeof(detail), "%02d:%02d %s", line->stamp.hour, line->stamp.minute,
             hl_line_sender(line));
    uint64_t key = ((uint64_t)link->start << KEY_SHIFT) | (line->id & UINT32_MAX);
    add(ui, key, text, detail);
}

/* Newest first; of one line in its order. */
static void add_links(struct hl_ui *ui)
{
    const struct hl_lines *lines = hl_ui_pane_lines(hl_ui_focused(ui));
    size_t count = 0;

    for (uint64_t id = hl_lines_last(lines); lines->count > 0 && id >= hl_lines_first(lines);
         id--) {
        const struct hl_line *line = hl_lines_get(lines, id);
        struct hl_links links;
        struct hl_link link;
        if (line == NULL)
            continue;
        hl_links_init(&links, hl_line_text(line), line->len);
        while (count < LINKS_MAX && hl_links_next(&links, &link)) {
            add_link(ui, line, &link);
            count++;
        }
    }
}

/* ---- opening and closing ---- */

void hl_ui_list_close(struct hl_ui *ui)
{
    hl_picker_free(ui->list.picker);
    ui->list.picker = NULL;
    ui->list.kind = HL_UI_LIST_NONE;
    ui->list.whole = false;
}

bool hl_ui_list_open(struct hl_ui *ui, enum hl_ui_list_kind kind)
{
    hl_ui_list_close(ui);
    ui->list.picker = hl_picker_new(&configs[kind]);
    if (ui->list.picker == NULL) {
        hl_ui_hint(ui, "out of memory: there is no list");
        return false;
    }
    ui->list.kind = kind;
    ui->list.over_help = ui->help;
    ui->help = false;
    ui->search.active = false;
    if (kind == HL_UI_LIST_PALETTE) {
        add_commands(ui);
        add_actions(ui);
        add_rooms(ui, KIND_ROOM);
        add_settings(ui);
    } else if (kind == HL_UI_LIST_SWITCH) {
        add_switch(ui);
    } else if (kind == HL_UI_LIST_LINKS) {
        add_links(ui);
        if (hl_picker_count(ui->list.picker) > 0)
            return true;
        hl_ui_list_close(ui);
        hl_ui_hint(ui, "no links here");
        return false;
    }
    return true;
}

/* ---- what is picked ---- */

static void remember(struct hl_ui_list *list, uint64_t key)
{
    size_t at = 0;

    while (at + 1 < HL_UI_RECENT && list->recent[at] != key)
        at++;
    memmove(&list->recent[1], &list->recent[0], at * sizeof(list->recent[0]));
    list->recent[0] = key;
}

/* Puts a line in place of the draft, which undo brings back. */
static void insert(struct hl_ui *ui, const char *line)
{
    struct hl_edit *draft = hl_ui_current_draft(ui);
    size_t len;

    hl_edit_text(draft, &len);
    (void)hl_edit_set(draft, line, strlen(line));
    if (len > 0)
        hl_ui_hint(ui, "your draft was replaced: undo brings it back");
}

/* A command without arguments runs at once; the others wait for theirs in the input line. */
static void pick_command(struct hl_ui *ui, const char *left, struct hl_ui_action *out)
{
    char line[HL_UI_TEXT];
    size_t name = strcspn(left, " ");

    snprintf(line, sizeof(line), "%.*s ", (int)name, left);
    if (left[name] != '\0' && left[name + 1] != '\0') {
        insert(ui, line);
        return;
    }
    char *copy = strndup(left, name);
    if (copy == NULL) {
        hl_ui_hint(ui, "out of memory: nothing was done");
        return;
    }
    free(ui->submitted);
    ui->submitted = copy;
    *out = (struct hl_ui_action){
        .kind = HL_UI_SUBMIT, .conv = hl_ui_current(ui)->id, .text = copy, .len = name};
}

static void pick_setting(struct hl_ui *ui, size_t index)
{
    size_t count;
    const struct hl_setting *rows = hl_settings_table(&count);
    char value[HL_SETTINGS_TEXT];
    char line[HL_SETTINGS_TEXT + HL_UI_TEXT];

    hl_settings_print(ui->config.settings, &rows[index], value);
    snprintf(line, sizeof(line), "/set %s %s", rows[index].name, value);
    insert(ui, line);
}

static void pick(struct hl_ui *ui, uint64_t key, struct hl_ui_action *out)
{
    size_t index = (size_t)(key & UINT32_MAX);
    size_t count;
    const struct hl_key none = {.key = HL_KEY_NONE};

    switch ((enum kind)(key >> KEY_SHIFT)) {
    case KIND_COMMAND:
        pick_command(ui, ui->config.commands[index].left, out);
        break;
    case KIND_ACTION:
        hl_ui_do(ui, hl_keymap_rows(&count)[index].action, &none, out);
        break;
    case KIND_ROOM:
        hl_ui_select(ui, (uint32_t)index);
        break;
    case KIND_SETTING:
        pick_setting(ui, index);
        break;
    }
}

/* The link of a row, looked up anew: the row holds no more than fits on a screen. */
static bool link_of(struct hl_ui *ui, uint64_t key, char uri[static HL_LINK_URI])
{
    const struct hl_lines *lines = hl_ui_pane_lines(hl_ui_focused(ui));
    uint64_t last = hl_lines_last(lines);
    uint64_t id = (last & ~(uint64_t)UINT32_MAX) | (key & UINT32_MAX);
    const struct hl_line *line = hl_lines_get(lines, id > last ? id - (1ULL << 32) : id);
    struct hl_links links;
    struct hl_link link;

    if (line == NULL)
        return false;
    hl_links_init(&links, hl_line_text(line), line->len);
    while (hl_links_next(&links, &link)) {
        if (link.start == key >> KEY_SHIFT)
            return hl_link_uri(hl_line_text(line), &link, uri) > 0;
    }
    return false;
}

static void take(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_picker_row row;

    if (!hl_picker_selected(ui->list.picker, &row))
        return;
    if (ui->list.kind == HL_UI_LIST_FIND) {
        hl_ui_find_take(ui, row.key, out);
        return;
    }
    if (ui->list.kind == HL_UI_LIST_LINKS) {
        ui->list.whole = link_of(ui, row.key, ui->list.uri);
        out->kind = ui->list.whole ? HL_UI_NONE : HL_UI_BELL;
        return;
    }
    if (ui->list.kind == HL_UI_LIST_PALETTE)
        remember(&ui->list, row.key);
    uint64_t key = row.key;
    hl_ui_list_close(ui);
    pick(ui, key, out);
}

/* ---- keys ---- */

/* The link stands there to be copied: Enter opens it, anything else goes back to the list. */
static void whole_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    enum hl_action action = hl_keymap_find(ui->config.keymap, HL_CTX_PICKER, key->key);

    if (action == HL_ACT_REDRAW || action == HL_ACT_SUSPEND) {
        out->kind = action == HL_ACT_REDRAW ? HL_UI_REDRAW : HL_UI_SUSPEND;
        return;
    }
    ui->list.whole = false;
    if (action != HL_ACT_SEND)
        return;
    hl_ui_list_close(ui);
    *out = (struct hl_ui_action){
        .kind = HL_UI_OPEN, .text = ui->list.uri, .len = strlen(ui->list.uri)};
}

static void other_action(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out)
{
    if (action == HL_ACT_SCOPE && ui->list.kind == HL_UI_LIST_FIND)
        hl_ui_find_scope(ui);
    else if (action == HL_ACT_REDRAW)
        out->kind = HL_UI_REDRAW;
    else if (action == HL_ACT_SUSPEND)
        out->kind = HL_UI_SUSPEND;
    else if (action == HL_ACT_SCOPE)
        out->kind = HL_UI_BELL;
}

void hl_ui_list_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    enum hl_action action;

    if (ui->list.whole) {
        whole_key(ui, key, out);
        return;
    }
    switch (hl_picker_key(ui->list.picker, ui->config.keymap, key, &action)) {
    case HL_PICKER_DONE:
        break;
    case HL_PICKER_QUERY:
    case HL_PICKER_MOVED:
        if (ui->list.kind == HL_UI_LIST_FIND)
            hl_ui_find_changed(ui);
        break;
    case HL_PICKER_FULL:
        hl_ui_hint(ui, "the query is full: nothing was added");
        out->kind = HL_UI_BELL;
        break;
    case HL_PICKER_EDGE:
        out->kind = HL_UI_BELL;
        break;
    case HL_PICKER_TAKEN:
        take(ui, out);
        break;
    case HL_PICKER_LEFT:
        ui->help = ui->list.over_help;
        hl_ui_list_close(ui);
        break;
    case HL_PICKER_NOT_OURS:
        other_action(ui, action, out);
        break;
    }
}

/* ---- drawing ---- */

/* The link from the first column to the last, so that the terminal's own selection copies it as
 * it is. */
static void draw_whole(struct hl_ui *ui, const struct hl_rect *r, const char *keys)
{
    const char *uri = ui->list.uri;
    size_t len = strlen(uri);
    struct hl_frame *f = &ui->frame;
    int row = r->row;
    size_t at = 0;

    for (; at < len && row < r->row + r->rows; row++) {
        size_t n = len - at < (size_t)r->cols ? len - at : (size_t)r->cols;
        hl_frame_put(f, &(struct hl_span){row, r->col, r->col + r->cols}, HL_STYLE_LINK, uri + at,
                     n);
        at += n;
        f->flowing[row] = at < len;
    }
    if (row + 1 < r->row + r->rows)
        hl_frame_put_short(f, r->row + r->rows - 1, r->col, r->col + r->cols, HL_STYLE_MARK, keys);
    hl_frame_cursor(f, r->row, r->col);
}

/* What is remarked stands in place of the heading, as it does in place of the status bar. */
static void draw_hint(struct hl_ui *ui, const struct hl_rect *r)
{
    int end = r->col + r->cols;

    hl_frame_fill(&ui->frame, r->row, r->col, end, HL_STYLE_TITLE, " ");
    hl_ui_put_short(ui, &(struct hl_span){r->row, r->col + (r->cols > 1), end},
                    HL_STYLE_STATUS_ALERT, ui->hint);
}

void hl_ui_list_draw(struct hl_ui *ui, const struct hl_rect *r)
{
    int below = ui->list.kind == HL_UI_LIST_FIND ? hl_ui_find_rows(ui, r) : 0;
    char keys[HL_UI_HINT];

    hl_ui_hints(ui, keys);
    if (ui->list.whole) {
        draw_whole(ui, r, keys);
        return;
    }
    struct hl_prose prose;
    hl_ui_prose(ui, &prose);
    hl_picker_draw(ui->list.picker, &prose, r, below, keys);
    if (ui->hint[0] != '\0' && r->rows >= HL_PICKER_HEADED)
        draw_hint(ui, r);
    if (below > 0)
        hl_ui_find_draw(ui,
                        &(struct hl_rect){r->row + r->rows - 1 - below, r->col, below, r->cols});
}
