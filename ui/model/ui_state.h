/* SPDX-License-Identifier: MIT */
/* What the files of the UI share; nobody else includes it.
 *   ui.c          conversations and their lines
 *   ui_input.c    keys
 *   ui_strokes.c  keys that wait for another one
 *   ui_recall.c   earlier input
 *   ui_line.c     the input line
 *   ui_draft.c    drafts: pasted, sent, kept
 *   ui_about.c    the message that a draft is about
 *   ui_cursor.c   the message that is selected, and what is done with it
 *   ui_hints.c    what can be done now, for the status bar
 *   ui_complete.c  completion of the word before the cursor
 *   ui_spell.c     spelling
 *   ui_panes.c    which panes there are, and what each of them shows
 *   ui_pane.c     the lines in a pane and their scrolling
 *   ui_live.c     what the peer types, below them
 *   ui_pages.c    history that is loaded while it is scrolled
 *   ui_mouse.c    clicks, drags and the wheel
 *   ui_view.c     the screen around the panes
 *   ui_copy.c     the copy view
 *   ui_help.c     help page
 *   ui_form.c     form
 *   ui_list.c     lists to pick from
 *   ui_find.c     search in history */
#ifndef HL_UI_STATE_H
#define HL_UI_STATE_H

#include "complete.h"
#include "edit.h"
#include "history.h"
#include "keymap.h"
#include "layout.h"
#include "links.h"
#include "picker.h"
#include "prose.h"
#include "settings.h"
#include "spell.h"
#include "splits.h"
#include "ui.h"

enum hl_ui_sizes {
    HL_UI_LIST_MIN_COLS = 60,        /* narrower screens show no list of conversations */
    HL_UI_INPUT_ROWS = 10,           /* the input line grows up to this, and to half the screen */
    HL_UI_QUERY = 128,               /* bytes of an incremental search */
    HL_UI_PROMPT = HL_UI_QUERY + 32, /* bytes with NUL of what stands before the draft */
    HL_UI_HINT = 512,                /* bytes of a remark on the status bar */
    HL_UI_HISTORY = 500,             /* lines of input remembered */
    HL_UI_RECENT = 16,               /* things done through the palette that come first there */
    HL_UI_FIND_PAGE = 50,            /* hits asked for at once */
    HL_UI_FIND_AROUND = 8, /* entries asked for on each side of a hit: not all have text */
    HL_UI_FIND_SHOWN = 2,  /* lines shown on each side of it */
    HL_UI_BELOW = 64,      /* bytes with NUL of what lies below a view */
};

/* What HL_UI_AROUND looks for, beside places. */
#define HL_UI_JUMP_START UINT64_MAX

/* Where the view of a scrolled pane ends: the first rows rows of the block of line. */
struct hl_ui_anchor {
    uint64_t line; /* 0 = follows the newest line */
    size_t rows;
};

/* What the draft of a conversation is about, and what stood there before. */
struct hl_ui_topic {
    enum hl_ui_about about;
    uint8_t entry[HL_ENTRY_MAX];
    uint64_t pos;
    char quote[HL_QUOTE_MAX + 1];
    char *before; /* EDIT, REACT: the draft that waits meanwhile; NULL = none */
    size_t before_len;
    char *shown; /* EDIT: what the draft began with; NULL once the original is there */
    size_t shown_len;
};

/* What came so far of a page. */
struct hl_ui_page {
    size_t bytes;
    bool full; /* a line of it had no room: without those beyond it there is no hole */
};

struct hl_ui_room {
    uint32_t id;
    enum hl_ui_presence presence;
    bool alert;
    char name[HL_UI_TEXT], local[HL_UI_TEXT], peer[HL_UI_TEXT];
    char transport[16], state[HL_UI_TEXT], mark[HL_UI_TEXT];
    uint64_t sent, received, failed;
    struct hl_lines lines;
    struct hl_edit *draft;
    struct hl_ui_topic topic;
    bool pasted;   /* there is a paste in the draft */
    uint64_t kept; /* revision of the draft that the front end keeps for the next start, */
    uint8_t kept_reply[HL_ENTRY_MAX]; /* and what that answers */
    uint32_t unread;                  /* messages that came while no pane showed its newest end */
    uint32_t mentions;                /* those among them that name our user */
    uint64_t marker;                  /* the "new" line stands above this line; 0 = none */
    uint64_t looked_at;               /* the last round of hl_ui_look() that found it shown */
    bool looked;                      /* the front end is to hear of it */

    enum hl_ui_live live;
    char *typed; /* what the peer types; NULL = nothing */
    size_t typed_len;

    bool above;                 /* older lines can be asked for */
    bool asked;                 /* and are */
    struct hl_ui_want want;     /* if asked */
    struct hl_ui_page page[2];  /* if asked: behind the lines, and [true] in front of them */
    struct hl_ui_past *loading; /* if that is AROUND */
};

/* A window over older history. */
struct hl_ui_past {
    struct hl_lines lines;
    uint64_t number;
    bool above, below;  /* more can be asked for; */
    uint64_t forgotten; /* above, too, once more lines than these gave way to newer ones */
};

struct hl_ui_pane {
    struct hl_ui_room *room;
    struct hl_ui_room *before; /* what it showed before; NULL = nothing else yet */
    struct hl_ui_past *past;   /* NULL = it shows the lines of the room */
    struct hl_ui_anchor anchor;
    uint64_t centre; /* a line that the next frame puts in the middle; 0 = none */
    uint64_t found;  /* the line that was jumped to; 0 = none */
    bool selecting;  /* a message is selected: that of line cursor, once that is found out */
    uint64_t cursor; /* 0 = not yet */
    uint64_t jump;   /* a place in the conversation that is to be shown once it is here; 0 = none */
    bool wants_older, wants_newer; /* since the last frame: the view comes near an end */
    size_t owed;                   /* rows that were scrolled up beyond what is loaded */
    struct hl_rect at;             /* its lines, in the last frame; empty: hidden */
    int live_rows;                 /* below them: what the peer types */
};

/* The input line. */
struct hl_ui_line {
    struct hl_layout layout; /* of the draft shown */
    bool backwards;          /* some of it may run from right to left */
    char prompt[HL_UI_PROMPT];
    size_t top;        /* the first row shown, if there are more than fit */
    struct hl_rect at; /* in the last frame; empty: it was not there */
    /* Up and Down keep to the column where the first of them started, as long as nothing but they
     * moves the cursor. */
    size_t goal, cursor;
    uint64_t revision;
};

struct hl_ui_copy {
    bool open;
    struct hl_ui_anchor end; /* of what is shown; line is never 0 unless there are none */
    struct hl_rect at;       /* in the last frame */
};

struct hl_ui_search {
    bool active;
    char query[HL_UI_QUERY];
    size_t len;
    size_t skip; /* newer matches passed over with C-r */
    bool failed; /* there is none, or none further on */
    char *was;   /* the draft before it; NULL = nothing */
    size_t was_cursor;
};

/* What M-. put in last: again, it is replaced by that of the input before. */
struct hl_ui_last_word {
    uint32_t conv;
    uint64_t revision; /* of the draft since; 0 = nothing yet */
    size_t from, len;
    size_t skip; /* how many inputs were passed over */
};

/* The character that the next key is: */
enum hl_ui_wants {
    HL_UI_WANTS_NOTHING,
    HL_UI_WANTS_QUOTED, /* typed, whatever the key does */
    HL_UI_WANTS_NEXT,   /* gone to */
    HL_UI_WANTS_BACK,
};

/* What was begun by a key and waits for the next one. */
struct hl_ui_strokes {
    bool prefix; /* C-x came: the next key is taken with it */
    enum hl_ui_wants wants;
    bool counts;        /* a number is being given: */
    bool minus, digits; /* its sign; there are any */
    int count;
};

enum hl_ui_list_kind {
    HL_UI_LIST_NONE,
    HL_UI_LIST_PALETTE,
    HL_UI_LIST_SWITCH,
    HL_UI_LIST_LINKS,
    HL_UI_LIST_FIND,
};

struct hl_ui_list {
    enum hl_ui_list_kind kind;     /* NONE: no list is open */
    struct hl_picker *picker;      /* if one is */
    uint64_t recent[HL_UI_RECENT]; /* what the palette was used for, latest first; 0 = nothing */
    bool over_help;                /* the help page was open */
    bool whole;                    /* a link stands there to be copied */
    char uri[HL_LINK_URI];         /* that */
};

struct hl_ui_hit {
    uint32_t conv;
    uint64_t row, pos;
};

/* What was said right before and after the selected hit: [0] before it, nearest first; [1] after.
 */
struct hl_ui_around {
    uint64_t row; /* of the hit; 0 = nothing is here */
    bool asked[2];
    size_t count[2];
    char text[2][HL_UI_FIND_SHOWN][HL_UI_HINT];
};

struct hl_ui_find {
    char *words;   /* what was asked for last; NULL = nothing yet */
    bool here;     /* in the conversation home alone */
    uint32_t home; /* shown when the search began */
    bool changed;  /* other words or another scope stand there now */
    bool fresh;    /* the rows answer earlier words: they go when the first answer comes */
    bool all;      /* there is nothing older */
    bool asked;    /* asks is not answered yet */
    bool late;     /* and its answer is of no use any more */
    struct hl_ui_asks asks;
    size_t got;             /* answers to it */
    struct hl_ui_hit *hits; /* by the key of their rows */
    size_t count, cap;
    struct hl_ui_around around;
    char why[HL_UI_TEXT]; /* the last question failed; "" = not */
};

/* Tab goes on from here as long as nothing else was done to the draft. */
struct hl_ui_completion {
    bool open;
    uint64_t revision; /* of the draft */
    uint32_t conv;
    size_t from, len; /* what stands in place of the word */
    size_t behind;    /* bytes from its end to the cursor */
    size_t current;   /* candidate; count = none yet */
    struct hl_matches matches;
};

struct hl_ui_spell {
    struct hl_spell *known; /* NULL: nothing is checked */
    bool again;             /* a word was to be mended when nothing was */
    /* The word that is to be mended as soon as it is known, if nothing was changed; "" = none. */
    char wanted[HL_SPELL_WORD];
    uint64_t revision;
    uint32_t conv;
};

/* The first row of the help page that is shown: an entry, so that it stays when others need more or
 * fewer rows in a screen of another width, and how many of its rows are above. */
struct hl_ui_help_top {
    size_t entry, row;
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

/* Where the last frame showed what, for the mouse. */
struct hl_ui_seen {
    struct hl_rect list; /* empty: not there */
    size_t list_first;   /* the conversation in its first row */
};

struct hl_ui {
    struct hl_ui_config config;
    struct hl_settings defaults; /* where config has none */
    struct hl_ui_room **rooms;   /* by number, so that none moves in the list while it is read */
    struct hl_ui_room *left;     /* where jumps to the next unread one began; NULL = nowhere */
    size_t count, cap;
    struct hl_splits splits;
    struct hl_splits_map map;                 /* of the last frame, or the last change after it */
    struct hl_ui_pane panes[HL_SPLITS_NODES]; /* those that splits knows as panes */
    struct hl_rect area;                      /* of all panes in the last frame */
    uint64_t looks;                           /* rounds of hl_ui_look() */
    uint64_t want_number, past_number;        /* given out last */
    uint64_t dropped;
    bool quiet;   /* nothing rings */
    bool away;    /* our user has said so */
    size_t bytes; /* of all lines */

    struct hl_history *history;
    bool history_news; /* what the front end does not keep yet */
    struct hl_ui_search search;
    struct hl_ui_completion completion;
    struct hl_ui_spell spell;
    struct hl_ui_copy copy;
    struct hl_ui_form form;
    struct hl_ui_list list;
    struct hl_ui_find find;
    bool help;
    struct hl_ui_seen seen;
    int dragged; /* the split whose edge is held; -1 = none */
    struct hl_ui_help_top help_top;
    bool quit_armed;   /* C-c came on an empty line */
    bool delete_armed; /* the key that deletes came once */
    bool send_armed;   /* Enter came on a long paste */
    struct hl_ui_strokes strokes;
    struct hl_ui_last_word last_word;
    char hint[HL_UI_HINT]; /* shown instead of the status bar until the next key */
    char *submitted;       /* text of the last SUBMIT */
    char submitted_quote[HL_QUOTE_MAX + 1];
    struct hl_stamp clock; /* hour and minute */

    struct hl_ui_line line;
    struct hl_frame frame;
    struct hl_bidi *bidi; /* NULL without memory: text then stays in its logical order */
};

static inline struct hl_ui_room *hl_ui_current(const struct hl_ui *ui)
{
    return ui->panes[ui->splits.focus].room;
}

static inline struct hl_edit *hl_ui_current_draft(const struct hl_ui *ui)
{
    return hl_ui_current(ui)->draft;
}

static inline struct hl_ui_pane *hl_ui_focused(struct hl_ui *ui)
{
    return &ui->panes[ui->splits.focus];
}

/* For the text of messages, as the settings and the terminal want it. */
static inline void hl_ui_prose(struct hl_ui *ui, struct hl_prose *out)
{
    bool visual = hl_choice(ui->config.settings->bidi, !ui->config.reorders);
    bool links = hl_choice(ui->config.settings->links, ui->config.links);

    hl_prose_init(out, &ui->frame, visual ? ui->bidi : NULL, links);
}

/* A name or another text on one row, cut short where it does not fit. Returns the column behind. */
static inline int hl_ui_put_short(struct hl_ui *ui, const struct hl_span *at, enum hl_style style,
                                  const char *text)
{
    struct hl_prose prose;

    hl_ui_prose(ui, &prose);
    return hl_prose_short(&prose, at, style, text);
}

static inline const struct hl_lines *hl_ui_pane_lines(const struct hl_ui_pane *pane)
{
    return pane->past != NULL ? &pane->past->lines : &pane->room->lines;
}

/* The line, flagged if it names our user. */
struct hl_line_new hl_ui_named(const struct hl_ui *ui, const struct hl_line_new *line);

/* Columns that the longest hl_ui_time() takes. */
int hl_ui_time_cols(int format);

/* Index of a conversation, ui->count if there is none; and itself, NULL if there is none. */
size_t hl_ui_index(const struct hl_ui *ui, uint32_t conv);
struct hl_ui_room *hl_ui_room_of(const struct hl_ui *ui, uint32_t conv);
/* Its lines, and those of windows over it, are brought back within their bounds. */
void hl_ui_fit(struct hl_ui *ui, struct hl_ui_room *room);
/* format: a msgid. */
void hl_ui_hint(struct hl_ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds to it. */
void hl_ui_hint_more(struct hl_ui *ui, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Lines of a draft: one more than it has newlines. */
size_t hl_ui_draft_lines(const struct hl_edit *draft);
/* The draft of the conversation shown. */
void hl_ui_edited(struct hl_ui *ui, enum hl_edit_result result, struct hl_ui_action *out);
void hl_ui_submit(struct hl_ui *ui, struct hl_ui_action *out);
void hl_ui_edit(struct hl_ui *ui, struct hl_ui_action *out); /* in another program */
void hl_ui_paste(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out);

/* Earlier input: the one before or after, the next that begins as the draft does, its last word. */
void hl_ui_recall_walk(struct hl_ui *ui, bool older, struct hl_ui_action *out);
void hl_ui_recall_like(struct hl_ui *ui, bool older, struct hl_ui_action *out);
void hl_ui_recall_word(struct hl_ui *ui, struct hl_ui_action *out);
/* Incremental search in it: begins; a key of it: false if that ends it and has its usual meaning.
 */
void hl_ui_recall_search(struct hl_ui *ui);
bool hl_ui_recall_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out);

/* Takes a key that something waits for, or that waits for another one; else *key may be one of two
 * strokes now, and false is returned. */
bool hl_ui_stroke(struct hl_ui *ui, struct hl_key *key, struct hl_ui_action *out);
/* An action that waits for another key was asked for. */
void hl_ui_stroke_start(struct hl_ui *ui, enum hl_action action, const struct hl_key *key);
/* How often the key that comes now is meant, less than 0: in the other direction. */
long hl_ui_stroke_count(struct hl_ui *ui);

/* The input line: takes its rows for a screen of so many columns and says how many it wants; draws
 * those that fit, with the cursor in them. */
int hl_ui_line_lay(struct hl_ui *ui, int cols);
void hl_ui_line_draw(struct hl_ui *ui, const struct hl_rect *r);
void hl_ui_line_click(struct hl_ui *ui, int row, int col);
/* A row up or down; false: there is none. */
bool hl_ui_line_go(struct hl_ui *ui, bool up);

/* The message that the draft is about. quote: copied. */
void hl_ui_about_begin(struct hl_ui *ui, enum hl_ui_about about, const struct hl_line *line);
/* No longer. Returns false if it was about none. */
bool hl_ui_about_end(struct hl_ui *ui, struct hl_ui_room *room);
/* The word before the prompt; "" if it is about none. */
const char *hl_ui_about_word(const struct hl_ui_room *room);
void hl_ui_about_fini(struct hl_ui_topic *t);

/* The message that is selected in the focused pane. */
bool hl_ui_cursor_is_on(struct hl_ui *ui);
void hl_ui_cursor_do(struct hl_ui *ui, enum hl_action action, struct hl_ui_action *out);
void hl_ui_cursor_leave(struct hl_ui *ui);
/* Before a pane is drawn: there is a message where the cursor stands, if there are any. */
void hl_ui_cursor_settle(struct hl_ui_pane *pane);

/* Keys for the status bar and for lists; "" = nothing in particular can be done. */
void hl_ui_hints(struct hl_ui *ui, char out[static HL_UI_HINT]);

/* The key of an action in the input line, as hl_keymap_key_of(). */
static inline size_t hl_ui_key_of(const struct hl_ui *ui, enum hl_action action,
                                  char out[static HL_KEYMAP_TEXT])
{
    return hl_keymap_key_of(ui->config.keymap, HL_CTX_INPUT, action, out);
}

void hl_ui_complete(struct hl_ui *ui, bool forward, struct hl_ui_action *out);
/* Candidates for these bytes of the draft, to be added; then hl_ui_complete() goes through them. */
struct hl_matches *hl_ui_complete_with(struct hl_ui *ui, size_t from, size_t len);

/* Underlines misspelt words of the input line; mends one. */
void hl_ui_spell_draw(struct hl_ui *ui);
void hl_ui_spell_mend(struct hl_ui *ui, struct hl_ui_action *out);

/* Panes. */
void hl_ui_show(struct hl_ui *ui, struct hl_ui_pane *pane, struct hl_ui_room *room);
/* A pane on the screen has the newest end of it. */
bool hl_ui_is_shown(const struct hl_ui *ui, const struct hl_ui_room *room);
/* What is shown now is no longer unread. */
void hl_ui_look(struct hl_ui *ui);
/* The panes of a conversation that goes show another one. */
void hl_ui_panes_replace(struct hl_ui *ui, const struct hl_ui_room *gone, struct hl_ui_room *by);
void hl_ui_focus(struct hl_ui *ui, unsigned pane);
void hl_ui_panes_place(struct hl_ui *ui, const struct hl_rect *area);
void hl_ui_panes_draw(struct hl_ui *ui);

/* Rows that a pane of so many gives to what the peer types, and these rows. */
int hl_ui_live_rows(const struct hl_ui_room *room, int rows);
void hl_ui_live_draw(struct hl_ui *ui, const struct hl_ui_pane *pane);

/* At the newest end of its conversation from now on. */
void hl_ui_pane_follow(struct hl_ui_pane *pane);
/* The same, with the message that is selected, since the view came there by itself. */
void hl_ui_pane_arrive(struct hl_ui_pane *pane);
/* At its very start, once that is here. */
void hl_ui_pane_start(struct hl_ui_pane *pane);
bool hl_ui_pane_is_above(const struct hl_ui_pane *pane); /* there may be older lines */
/* It shows lines from top to bottom: whether more are wanted on either side. */
void hl_ui_pane_wants(struct hl_ui_pane *pane, uint64_t top, uint64_t bottom);
void hl_ui_past_free(struct hl_ui_past *past);

/* Lines of a pane. Scrolling by rows: positive = towards newer lines. Returns false at the edge. */
void hl_ui_pane_draw(struct hl_ui *ui, struct hl_ui_pane *pane);
bool hl_ui_pane_scroll(struct hl_ui *ui, struct hl_ui_pane *pane, long rows);
void hl_ui_pane_top(struct hl_ui *ui, struct hl_ui_pane *pane);
/* What lies below the view, in words; "" if nothing does. */
void hl_ui_pane_below(const struct hl_ui *ui, const struct hl_ui_pane *pane,
                      char out[static HL_UI_BELOW]);

/* Copy view: the messages of the focused pane, as text and nothing else, until a key leaves it. */
void hl_ui_copy_open(struct hl_ui *ui);
void hl_ui_copy_draw(struct hl_ui *ui, const struct hl_rect *r);
/* Returns whether the key has done its work: others leave the view and do what they mean. */
bool hl_ui_copy_key(struct hl_ui *ui, const struct hl_key *key, enum hl_action action,
                    struct hl_ui_action *out);

/* An action as if its key had been pressed. */
void hl_ui_do(struct hl_ui *ui, enum hl_action action, const struct hl_key *key,
              struct hl_ui_action *out);

/* Lists. False: it could not be opened; a hint says why. */
bool hl_ui_list_open(struct hl_ui *ui, enum hl_ui_list_kind kind);
void hl_ui_list_close(struct hl_ui *ui);
void hl_ui_list_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out);
void hl_ui_list_draw(struct hl_ui *ui, const struct hl_rect *r);

/* Search in history: its list is open. */
void hl_ui_find_changed(struct hl_ui *ui); /* perhaps the query */
void hl_ui_find_scope(struct hl_ui *ui);   /* here or everywhere: the other one */
void hl_ui_find_take(struct hl_ui *ui, uint64_t key, struct hl_ui_action *out);
int hl_ui_find_rows(struct hl_ui *ui, const struct hl_rect *r); /* wanted below the list */
void hl_ui_find_draw(struct hl_ui *ui, const struct hl_rect *r);
void hl_ui_find_fini(struct hl_ui_find *f);

/* A mouse report. */
void hl_ui_mouse(struct hl_ui *ui, const struct hl_key *key);

/* Help page and form. */
void hl_ui_help_draw(struct hl_ui *ui, const struct hl_rect *r);
void hl_ui_help_scroll(struct hl_ui *ui, long rows);
void hl_ui_form_draw(struct hl_ui *ui, const struct hl_rect *r);
void hl_ui_form_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out);

#endif
