/* SPDX-License-Identifier: MIT */
/* The screen around the panes. When rows are few the title goes first, then the status
 * bar, then the messages: the input line is always there. When columns are few the list goes. */
#include "ui_state.h"

#include "i18n.h"
#include "text.h"
#include "width.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    ITEM_TEXT = 2 * HL_UI_TEXT + 32,
    LIST_MIN = 12,
    LIST_MAX = 26,
    CLOCK_MIN_COLS = 30,
    ABOUT_MIN_ROWS = 4, /* of messages, where a row tells what the draft is about */
};

static void draw_title(struct hl_ui *ui, int row, int cols)
{
    char help[HL_KEYMAP_TEXT + HL_UI_TEXT];
    char key[HL_KEYMAP_TEXT];
    const struct hl_ui_room *room = hl_ui_current(ui);
    const char *title = ui->config.title != NULL ? ui->config.title : "hullo";
    struct hl_frame *f = &ui->frame;
    int end = cols;

    hl_frame_fill(f, row, 0, cols, HL_STYLE_TITLE, " ");
    if (hl_ui_key_of(ui, HL_ACT_HELP, key) > 0)
        snprintf(help, sizeof(help), _(" %s help "), key);
    else
        snprintf(help, sizeof(help), " /help ");
    if (cols >= 40) {
        end = cols - (int)hl_width(help, strlen(help));
        hl_frame_puts(f, row, end, cols, HL_STYLE_TITLE, help);
    }
    int col = hl_frame_put_short(f, row, 1, end, HL_STYLE_TITLE, title);
    if (room->id != 0) {
        col = hl_frame_puts(f, row, col, end, HL_STYLE_TITLE, f->ascii ? " - " : " · ");
        col = hl_ui_put_short(ui, &(struct hl_span){row, col, end}, HL_STYLE_TITLE, room->name);
    }
    if (room->mark[0] != '\0' && col + 3 < end) {
        col = hl_frame_puts(f, row, col, end, HL_STYLE_TITLE, ", ");
        hl_frame_put_short(f, row, col, end, HL_STYLE_TITLE, room->mark);
    }
}

static const struct hl_ui_room *unread_elsewhere(const struct hl_ui *ui, uint64_t *total)
{
    const struct hl_ui_room *first = NULL;

    *total = 0;
    for (size_t i = 0; i < ui->count; i++) {
        bool named = first == NULL || (first->mentions == 0 && ui->rooms[i]->mentions > 0);
        if (named && ui->rooms[i]->unread > 0)
            first = ui->rooms[i];
        *total += ui->rooms[i]->unread;
    }
    return first;
}

/* Items of the status bar, most wanted first; those that do not fit are left out. */
struct bar {
    struct hl_frame *frame;
    struct hl_prose prose;
    int row, col, end;
};

static void bar_item(struct bar *b, enum hl_style style, const char *text)
{
    int gap = b->col > 1 ? 2 : 0;
    int width = (int)hl_width(text, strlen(text));

    if (text[0] == '\0' || b->col + gap + width > b->end)
        return;
    b->col =
        hl_prose_short(&b->prose, &(struct hl_span){b->row, b->col + gap, b->end}, style, text);
}

static void bar_link(struct bar *b, const struct hl_ui_room *room)
{
    char text[ITEM_TEXT];
    const char *arrow = b->frame->ascii ? "->" : "→";

    bar_item(b, room->alert ? HL_STYLE_STATUS_ALERT : HL_STYLE_STATUS, room->state);
    text[0] = '\0';
    if (room->peer[0] != '\0')
        snprintf(text, sizeof(text), "%s%s%s", room->transport,
                 room->transport[0] != '\0' ? " " : "", room->peer);
    if (room->local[0] != '\0' && room->peer[0] != '\0') {
        char full[ITEM_TEXT];
        snprintf(full, sizeof(full), "%s %.*s %s %.*s", room->transport, HL_UI_TEXT, room->local,
                 arrow, HL_UI_TEXT, room->peer);
        if (b->col + 2 + (int)hl_width(full, strlen(full)) <= b->end)
            memcpy(text, full, sizeof(text));
    } else if (room->local[0] != '\0') {
        snprintf(text, sizeof(text), "%s", room->local);
    }
    bar_item(b, HL_STYLE_STATUS, text);
}

static void bar_counts(struct bar *b, const struct hl_ui_room *room)
{
    char text[ITEM_TEXT];

    if (room->failed > 0) {
        snprintf(text, sizeof(text), _("failed %" PRIu64), room->failed);
        bar_item(b, HL_STYLE_STATUS_ALERT, text);
    }
    snprintf(text, sizeof(text), _("sent %" PRIu64), room->sent);
    bar_item(b, HL_STYLE_STATUS, text);
    snprintf(text, sizeof(text), _("received %" PRIu64), room->received);
    bar_item(b, HL_STYLE_STATUS, text);
}

static void bar_unread(struct bar *b, const struct hl_ui *ui)
{
    char text[ITEM_TEXT];
    uint64_t total;
    const struct hl_ui_room *first = unread_elsewhere(ui, &total);

    if (first == NULL)
        return;
    snprintf(text, sizeof(text), _("unread %" PRIu64 ": %s%s"), total,
             first->mentions > 0 ? "@" : "", first->name);
    if (b->col + 2 + (int)hl_width(text, strlen(text)) > b->end)
        snprintf(text, sizeof(text), _("unread %" PRIu64), total);
    bar_item(b, HL_STYLE_STATUS_ALERT, text);
}

/* Stands at the right end, whatever else there is. */
static void bar_clock(struct bar *b, const struct hl_settings *set, const struct hl_stamp *now)
{
    char text[HL_UI_TIME];

    if (!set->clock || b->end < CLOCK_MIN_COLS)
        return;
    hl_ui_time(set->time == HL_TIME_12H ? HL_TIME_12H : HL_TIME_MINUTES, now, text);
    b->end -= (int)strlen(text) + 1;
    hl_frame_puts(b->frame, b->row, b->end, b->end + HL_UI_TIME, HL_STYLE_STATUS, text);
    b->end--;
}

static void draw_status(struct hl_ui *ui, int row, int cols)
{
    const struct hl_ui_room *room = hl_ui_current(ui);
    struct bar b = {.frame = &ui->frame, .row = row, .col = 1, .end = cols};
    const struct hl_ui_pane *pane = hl_ui_focused(ui);
    char text[ITEM_TEXT];

    hl_ui_prose(ui, &b.prose);
    hl_frame_fill(&ui->frame, row, 0, cols, HL_STYLE_STATUS, " ");
    if (ui->hint[0] != '\0') {
        hl_ui_put_short(ui, &(struct hl_span){row, cols > 1, cols}, HL_STYLE_STATUS_ALERT,
                        ui->hint);
        return;
    }
    char keys[HL_UI_HINT];
    hl_ui_hints(ui, keys);
    if (keys[0] != '\0') {
        hl_frame_put_short(&ui->frame, row, cols > 1, cols, HL_STYLE_STATUS, keys);
        return;
    }
    bar_clock(&b, ui->config.settings, &ui->clock);
    char below[HL_UI_BELOW];
    hl_ui_pane_below(ui, pane, below);
    bar_item(&b, HL_STYLE_MORE, below);
    size_t panes = hl_splits_count(&ui->splits);
    if (panes > ui->map.shown) { /* zoomed, or the screen is too small */
        snprintf(text, sizeof(text), ngettext("%zu of %zu pane", "%zu of %zu panes", panes),
                 ui->map.shown, panes);
        bar_item(&b, HL_STYLE_MORE, text);
    }
    bar_unread(&b, ui);
    if (ui->dropped > 0) {
        snprintf(text, sizeof(text), _("lost here %" PRIu64), ui->dropped);
        bar_item(&b, HL_STYLE_STATUS_ALERT, text);
    }
    if (ui->away)
        bar_item(&b, HL_STYLE_STATUS_ALERT, _("you are away"));
    if (ui->quiet)
        bar_item(&b, HL_STYLE_STATUS, _("quiet"));
    bar_link(&b, room);
    if (room->id != 0)
        bar_counts(&b, room);
    if (room->id != 0 && ui->count > 2) { /* the number that M-1..9 and the list know it by */
        snprintf(text, sizeof(text), "[%" PRIu32 "]", room->id);
        bar_item(&b, HL_STYLE_STATUS, text);
    }
}

/* Columns of the list with its rule; 0 = none. One conversation alone needs no list. */
static int list_cols(const struct hl_ui *ui, int cols)
{
    int wanted = LIST_MIN;

    if (cols < HL_UI_LIST_MIN_COLS || ui->count <= 2)
        return 0;
    if (ui->config.settings->list_width > 0)
        return ui->config.settings->list_width > cols / 2 ? cols / 2
                                                          : ui->config.settings->list_width;
    for (size_t i = 0; i < ui->count; i++) {
        int name = (int)hl_width(ui->rooms[i]->name, strlen(ui->rooms[i]->name));
        wanted = name + 11 > wanted ? name + 11 : wanted;
    }
    wanted = wanted > LIST_MAX ? LIST_MAX : wanted;
    return wanted > cols / 4 ? cols / 4 : wanted;
}

/* One column that tells how to reach somebody. */
static const char *presence_sign(const struct hl_ui_room *room, bool ascii)
{
    static const char *const signs[][2] = {[HL_UI_OFFLINE] = {" ", " "},
                                           [HL_UI_LOOKING] = {"◌", "."},
                                           [HL_UI_HERE] = {"●", "*"},
                                           [HL_UI_TYPING] = {"✎", "~"},
                                           [HL_UI_AWAY] = {"○", "o"}};

    return room->alert ? "!" : signs[room->presence][ascii];
}

static void draw_list_row(struct hl_ui *ui, const struct hl_rect *at, size_t index)
{
    const struct hl_ui_room *room = ui->rooms[index];
    enum hl_style style = room == hl_ui_current(ui) ? HL_STYLE_LIST_CURRENT
                          : room->unread > 0        ? HL_STYLE_LIST_UNREAD
                                                    : HL_STYLE_LIST;
    int end = at->col + at->cols;
    char text[16];

    hl_frame_fill(&ui->frame, at->row, at->col, end, style, " ");
    if (room->unread > 0) {
        int len = snprintf(text, sizeof(text), room->unread > 999 ? "%s999+" : "%s%" PRIu32,
                           room->mentions > 0 ? "@" : "", room->unread);
        hl_frame_puts(&ui->frame, at->row, end - len, end, style, text);
        end -= len + 1;
    }
    snprintf(text, sizeof(text), "%2" PRIu32 " ", room->id);
    int col = hl_frame_puts(&ui->frame, at->row, at->col, end, style, room->id != 0 ? text : "   ");
    col = hl_frame_puts(&ui->frame, at->row, col, end, style, presence_sign(room, ui->frame.ascii));
    hl_ui_put_short(ui, &(struct hl_span){at->row, col + 1, end}, style, room->name);
}

static void draw_list(struct hl_ui *ui, const struct hl_rect *r)
{
    size_t rows = (size_t)r->rows;
    size_t selected = hl_ui_index(ui, hl_ui_selected(ui));
    size_t first = 0;

    if (ui->count > rows && selected > rows / 2)
        first = selected - rows / 2;
    if (first + rows > ui->count)
        first = ui->count > rows ? ui->count - rows : 0;
    ui->seen.list = *r;
    ui->seen.list_first = first;
    for (size_t n = 0; n < rows; n++) {
        struct hl_rect at = {r->row + (int)n, r->col, 1, r->cols - 1};
        if (first + n < ui->count)
            draw_list_row(ui, &at, first + n);
        hl_frame_puts(&ui->frame, at.row, at.col + at.cols, r->col + r->cols, HL_STYLE_RULE,
                      ui->frame.ascii ? "|" : "│");
    }
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* The message that the draft is about. */
static void draw_about(struct hl_ui *ui, int row, int cols)
{
    const char *sign = ui->frame.ascii ? "> " : "│ ";
    int col = hl_frame_puts(&ui->frame, row, 0, cols, HL_STYLE_QUOTE, sign);

    hl_ui_put_short(ui, &(struct hl_span){row, col, cols}, HL_STYLE_QUOTE,
                    hl_ui_current(ui)->topic.quote);
}

static void draw_screen(struct hl_ui *ui)
{
    int rows = ui->frame.rows;
    int cols = ui->frame.cols;

    ui->seen = (struct hl_ui_seen){.list_first = 0};
    ui->line.at = (struct hl_rect){.rows = 0};
    int wanted = hl_ui_line_lay(ui, cols);
    int title = rows >= 4;
    int status = rows >= 3;
    int limit = min_int(HL_UI_INPUT_ROWS, rows / 2 > 1 ? rows / 2 : 1);
    int input = min_int(wanted, min_int(limit, rows > 3 ? rows - 3 : 1));
    int list = list_cols(ui, cols);
    int about = hl_ui_current(ui)->topic.about != HL_UI_ABOUT_NOTHING &&
                rows - title - status - input >= ABOUT_MIN_ROWS;
    struct hl_rect area = {title, list, rows - title - status - input - about, cols - list};

    if (title)
        draw_title(ui, 0, cols);
    hl_ui_panes_place(ui, &area);
    if (list > 0 && area.rows > 0)
        draw_list(ui, &(struct hl_rect){title, 0, area.rows, list});
    if (ui->help)
        hl_ui_help_draw(ui, &area);
    else
        hl_ui_panes_draw(ui);
    if (status)
        draw_status(ui, rows - input - about - 1, cols);
    if (about)
        draw_about(ui, rows - input - 1, cols);
    hl_ui_line_draw(ui, &(struct hl_rect){rows - input, 0, input, cols});
}

const struct hl_frame *hl_ui_frame(struct hl_ui *ui, int rows, int cols)
{
    /* Out of memory the old size is kept: a smaller screen than there is, but a whole one. */
    (void)!hl_frame_reset(&ui->frame, rows, cols);
    const struct hl_rect all = {0, 0, ui->frame.rows, ui->frame.cols};
    if (ui->form.open)
        hl_ui_form_draw(ui, &all);
    else if (ui->copy.open)
        hl_ui_copy_draw(ui, &all);
    else if (ui->list.kind != HL_UI_LIST_NONE)
        hl_ui_list_draw(ui, &all);
    else
        draw_screen(ui);
    return &ui->frame;
}
