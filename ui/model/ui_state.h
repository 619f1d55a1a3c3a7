/* SPDX-License-Identifier: MIT */
/* What the files of the UI share; nobody else includes it.
 *   ui.c          conversations and their lines
 *   ui_input.c    keys
 *   ui_pane.c     the message pane and its scrolling
 *   ui_view.c     the screen around it
 *   ui_overlay.c  help page and form */
#ifndef HL_UI_STATE_H
#define HL_UI_STATE_H

#include "edit.h"
#include "history.h"
#include "layout.h"
#include "settings.h"
#include "ui.h"

enum hl_ui_sizes {
    HL_UI_LIST_MIN_COLS = 60, /* narrower screens show no list of conversations */
    HL_UI_INPUT_ROWS = 10,    /* the input line grows up to this, and to half the screen */
    HL_UI_QUERY = 128,        /* bytes of an incremental search */
    HL_UI_HINT = 512,         /* bytes of a remark on the status bar */
    HL_UI_HISTORY = 500,      /* lines of input remembered */
};

/* Where the view of a scrolled conversation ends: the first rows rows of the block of line. */
struct hl_ui_anchor {
    uint64_t line; /* 0 = follows the newest line */
    size_t rows;
};

struct hl_ui_room {
    uint32_t id;
    bool alert;
    char name[HL_UI_TEXT], local[HL_UI_TEXT], peer[HL_UI_TEXT];
    char transport[16], state[64], mark[64];
    uint64_t sent, received, failed;
    struct hl_lines lines;
    struct hl_edit *draft;
    struct hl_ui_anchor anchor;
    uint32_t unread; /* messages that came while another conversation was shown */
    uint64_t marker; /* the "new" line stands above this line; 0 = none */
};

struct hl_ui_search {
    bool active;
    char query[HL_UI_QUERY];
    size_t len;
    size_t skip; /* newer matches passed over with C-r */
};

struct hl_ui_field {
    struct hl_ui_question question;
    struct hl_edit *edit;
    char error[HL_UI_FORM_TEXT]; /* "" = none */
};

struct hl_ui_form {
    bool open;
    const char *heading;
    size_t current;
    struct hl_ui_field fields[HL_UI_FORM_FIELDS];
};

struct hl_ui {
    struct hl_ui_config config;
    struct hl_settings defaults; /* where config has none */
    struct hl_ui_room **rooms;   /* conversation 0 first, then in the order they came */
    size_t count, cap;
    size_t selected; /* index */
    uint64_t dropped;
    size_t bytes; /* of all lines */

    struct hl_history *history;
    struct hl_ui_search search;
    struct hl_ui_form form;
    bool help;
    size_t help_top;       /* first row shown */
    bool quit_armed;       /* C-c came on an empty line */
    char hint[HL_UI_HINT]; /* shown instead of the status bar until the next key */
    char *submitted;       /* text of the last SUBMIT */

    struct hl_layout input; /* of the draft shown */
    struct hl_frame frame;
    struct hl_rect pane; /* of the last frame */
};

static inline struct hl_ui_room *hl_ui_current(const struct hl_ui *ui)
{
    return ui->rooms[ui->selected];
}

/* Index of a conversation, ui->count if there is none. */
size_t hl_ui_index(const struct hl_ui *ui, uint32_t conv);
void hl_ui_select_index(struct hl_ui *ui, size_t index);
void hl_ui_hint(struct hl_ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Message pane. Scrolling by rows: positive = towards newer lines. Returns false at the edge. */
void hl_ui_pane_draw(struct hl_ui *ui, const struct hl_rect *r);
bool hl_ui_pane_scroll(struct hl_ui *ui, long rows);
void hl_ui_pane_top(struct hl_ui *ui);
uint64_t hl_ui_pane_below(const struct hl_ui_room *room); /* lines below the view */

/* Help page and form. */
void hl_ui_help_draw(struct hl_ui *ui, const struct hl_rect *r);
void hl_ui_help_scroll(struct hl_ui *ui, long rows);
void hl_ui_form_draw(struct hl_ui *ui, const struct hl_rect *r);
void hl_ui_form_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out);

#endif
