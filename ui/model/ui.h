/* SPDX-License-Identifier: MIT */
/* The screen model: conversations, what is shown of them, and what keys do.
 *
 * Keys and lines go in; frames and actions come out. It knows no terminal, no socket and no
 * clock, so every screen is tested as text. Conversation 0 always exists: the program's own
 * notices. Others are named by a number of the caller's choice (> 0). Pure; one thread. */
#ifndef HL_UI_H
#define HL_UI_H

#include "frame.h"
#include "keymap.h"
#include "lines.h"
#include "spell.h"
#include "splits.h"

struct hl_ui;
struct hl_key;      /* keys.h */
struct hl_keymap;   /* keymap.h */
struct hl_settings; /* settings.h */
struct hl_matches;  /* complete.h */

enum hl_ui_limits {
    HL_UI_TEXT = 160,       /* bytes with NUL of a name or an address as shown */
    HL_UI_BYTES = 64 << 20, /* bytes of lines over all conversations; the largest forgets first */
    HL_UI_FORM_FIELDS = 3,
    HL_UI_FORM_TEXT = 256, /* bytes with NUL of an answer or of what is wrong with it */
    HL_UI_TIME = 16,       /* bytes with NUL of a time */
};

/* A time as the setting time has it, "" for none. */
void hl_ui_time(int format, const struct hl_stamp *stamp, char out[static HL_UI_TIME]);

/* One row of the F1 overlay below the keys, e.g. a slash command. Static storage. */
struct hl_ui_help {
    const char *left;
    const char *right;
};

struct hl_ui_config {
    const char *own_name; /* shown as sender of our lines; NULL = "you" */
    const char *nick;     /* what others call us, for mentions; NULL = not known */
    const char *title;    /* program and version, left in the title bar */
    bool ascii;           /* the terminal knows no UTF-8 */
    bool reorders;        /* the terminal puts text from right to left in visual order by itself */
    bool links;           /* it marks links */
    const struct hl_ui_help *commands; /* rows for the overlay */
    size_t command_count;
    /* The caller's, changed by him at any time, read when they are needed. NULL = the defaults. */
    const struct hl_settings *settings;
    const struct hl_keymap *keymap;
    /* Called on Tab with the draft up to the cursor; word is where the word to be completed
     * starts. Adds candidates with hl_matches_add(). May be NULL. */
    void (*complete)(void *user, const char *line, size_t word, struct hl_matches *m);
    void *user;
    size_t lines_max, bytes_max; /* per conversation; 0 = defaults of lines.h */
};

/* NULL if memory is short. */
struct hl_ui *hl_ui_new(const struct hl_ui_config *config);
void hl_ui_free(struct hl_ui *ui);

enum hl_ui_presence {
    HL_UI_OFFLINE,
    HL_UI_LOOKING, /* it is being looked for */
    HL_UI_HERE,
    HL_UI_TYPING,
    HL_UI_AWAY, /* there is a connection, and its user has left */
};

/* What the lists and the bars show of a conversation. Strings are copied (cut at HL_UI_TEXT) and
 * must be filtered. */
struct hl_ui_conv_info {
    const char *name;
    const char *local;     /* "" while unknown */
    const char *peer;      /* "" while unknown */
    const char *transport; /* "udp", "tcp", ...; "" for conversation 0 */
    const char *state;     /* "open", "dialling", ... */
    const char *mark;      /* behind the name in the title: "verified" ...; NULL = none */
    enum hl_ui_presence presence;
    bool alert; /* the state is a fault */
    uint64_t sent, received, failed;
};

/* Adds a conversation or changes what is shown of it; number 0 may be changed too.
 * Returns 0 or -ENOMEM. */
int hl_ui_conv(struct hl_ui *ui, uint32_t conv, const struct hl_ui_conv_info *info)
    __attribute__((warn_unused_result));
/* Its lines and its draft are gone; where it was shown the one before it in the list is. */
void hl_ui_conv_remove(struct hl_ui *ui, uint32_t conv);
/* Shows it in the focused pane. Returns false if there is none. */
bool hl_ui_select(struct hl_ui *ui, uint32_t conv);
uint32_t hl_ui_selected(const struct hl_ui *ui); /* what the focused pane shows */
/* A pane on the screen shows its newest lines. */
bool hl_ui_shown(const struct hl_ui *ui, uint32_t conv);
/* One after the other: the conversations that our user looks at now and did not before, at their
 * newest lines; 0 if there is none (0 itself is none). */
uint32_t hl_ui_looked(struct hl_ui *ui);

/* History that is not here yet: what a pane needs now; false if there is nothing. Each wish is
 * given out once, one of a conversation at a time, and is answered by hl_ui_page_line() for each
 * line and hl_ui_page_end(). To be asked after each frame. */
enum hl_ui_wish {
    HL_UI_OLDER,  /* up to HL_UI_PAGE lines before pos (0 = the last ones), the latest first */
    HL_UI_NEWER,  /* after pos, the earliest first */
    HL_UI_AROUND, /* first up to and with pos, the latest first, if pos is not 0; then after it */
};
enum {
    HL_UI_PAGE = 200,
    HL_UI_PAGE_BYTES = 512 << 10, /* of text; of more than that the first line alone is kept */
};
struct hl_ui_want {
    enum hl_ui_wish kind;
    uint32_t conv;
    uint64_t pos;          /* place in the conversation */
    uint64_t number, past; /* of the model */
    unsigned pane;
};
bool hl_ui_want(struct hl_ui *ui, struct hl_ui_want *out);
/* front: it goes before all that came so far, else behind. Returns its number if it is among the
 * lines that hl_ui_mark() knows by number, else 0. */
uint64_t hl_ui_page_line(struct hl_ui *ui, const struct hl_ui_want *w, bool front,
                         const struct hl_line_new *line);
/* first: there is nothing older; last: nothing newer. Nothing at all if that failed: both. */
void hl_ui_page_end(struct hl_ui *ui, const struct hl_ui_want *w, bool first, bool last);
/* There may be older lines than those added so far. */
void hl_ui_above(struct hl_ui *ui, uint32_t conv);

/* Shows the line at a place of a conversation in the middle of the focused pane, marked as found,
 * as soon as it is loaded. False: there is no such conversation. */
bool hl_ui_goto(struct hl_ui *ui, uint32_t conv, uint64_t pos);

/* Live typing: what the peer types is shown below the messages, as it stands. The text is copied
 * and must be filtered. */
enum hl_ui_live {
    HL_UI_LIVE_OFF,
    HL_UI_LIVE_WAITING, /* for the peer to switch it on, too */
    HL_UI_LIVE_ON,
};
void hl_ui_live(struct hl_ui *ui, uint32_t conv, enum hl_ui_live live, const char *text,
                size_t len);

/* Panes: HL_ACT_PANE_*. False: it cannot be done, and if that needs a word it is in the status
 * bar. */
bool hl_ui_pane_do(struct hl_ui *ui, enum hl_action action);
/* The layout as one line of text, and back; panes of conversations that are not there are left out.
 * False: the text is none of ours. */
void hl_ui_layout(const struct hl_ui *ui, char out[static HL_SPLITS_TEXT]);
bool hl_ui_set_layout(struct hl_ui *ui, const char *text);
/* Mouse reports are wanted: not where the terminal's own selection is to copy the text. */
bool hl_ui_wants_mouse(const struct hl_ui *ui);
/* Nothing rings now: said in the status bar. */
void hl_ui_set_quiet(struct hl_ui *ui, bool quiet);
/* Our user has said that he is away: the same. */
void hl_ui_set_away(struct hl_ui *ui, bool away);
/* Unread messages of all conversations. */
uint64_t hl_ui_unread_count(const struct hl_ui *ui);
void hl_ui_set_dropped(struct hl_ui *ui, uint64_t dropped); /* datagrams lost on this host */

/* Adds a line; an unknown conversation means 0. Returns its number there, 0 if memory is short. */
uint64_t hl_ui_line(struct hl_ui *ui, uint32_t conv, const struct hl_line_new *line);
/* Puts a line that comes late where its place is; those behind it get the next number each. Returns
 * its number, 0 if it belongs before all that is loaded, or memory is short. */
uint64_t hl_ui_insert(struct hl_ui *ui, uint32_t conv, const struct hl_line_new *line);
/* Count messages, the first of them at that place, are no longer missing. */
void hl_ui_filled(struct hl_ui *ui, uint32_t conv, uint64_t pos, uint64_t count);
/* What is quoted of the message at that place where it is answered. */
void hl_ui_requote(struct hl_ui *ui, uint32_t conv, uint64_t pos, const char *quote);
/* A line that is to change: by its number, if it has one, and by its row in the store, since older
 * lines that a pane shows may be it too. */
struct hl_ui_at {
    uint32_t conv;
    uint64_t line, row; /* 0 = not known */
    uint64_t pos;       /* what is known of it now; 0 and NULL = nothing new */
    const uint8_t *entry;
};
/* Delivery mark of a line; nothing happens if it is forgotten. READ: of all before it that were
 * delivered, too. reason: static storage. */
void hl_ui_mark(struct hl_ui *ui, const struct hl_ui_at *at, enum hl_line_state state,
                const char *reason);
/* Another text for a line, with flags, quote and after of line; the rest of it does not count.
 * Nothing happens if it is forgotten. */
void hl_ui_replace(struct hl_ui *ui, const struct hl_ui_at *at, const struct hl_line_new *line);
/* What waits unread in a conversation whose lines are not loaded yet; not in one that is shown. */
void hl_ui_unread(struct hl_ui *ui, uint32_t conv, uint32_t count);
const struct hl_lines *hl_ui_lines(const struct hl_ui *ui, uint32_t conv);
void hl_ui_clear(struct hl_ui *ui, uint32_t conv); /* forgets its lines (C-l does not) */

enum hl_ui_action_kind {
    HL_UI_NONE,
    HL_UI_SUBMIT, /* text: the draft, entered by the user in conversation conv */
    HL_UI_QUIT,
    HL_UI_SUSPEND,
    HL_UI_REDRAW,    /* paint everything anew: something else wrote on the terminal */
    HL_UI_FORM_NEXT, /* field is answered, the form is at the next one: time to check it */
    HL_UI_FORM_DONE, /* answers of the form: hl_ui_form_answer() */
    HL_UI_BELL,      /* the key means nothing here */
    HL_UI_OPEN,      /* text: a URI that our user wants to see */
    HL_UI_EDIT,      /* text: the draft of conv, for another program: hl_ui_set_draft() */
    HL_UI_GO,     /* hl_ui_goto() conv and pos, once what the conversation opens with is loaded */
    HL_UI_DELETE, /* entry: of ours, its text is to go */
    HL_UI_TAKE_BACK, /* entry: of ours, not to be delivered */
    HL_UI_COPY,      /* entry: for the clipboard */
    HL_UI_ORIGINAL,  /* entry: is about to be edited, and wanted as it was written:
                      * hl_ui_original() */
    HL_UI_SPELL,     /* what checks the spelling is gone and is wanted again: hl_ui_spell() */
};

/* What a draft is about. */
enum hl_ui_about {
    HL_UI_ABOUT_NOTHING, /* a message by itself, or a command */
    HL_UI_ABOUT_REPLY,
    HL_UI_ABOUT_EDIT,  /* the new text of a message of ours */
    HL_UI_ABOUT_REACT, /* one sign; empty: none any more */
};

struct hl_ui_action {
    enum hl_ui_action_kind kind;
    uint32_t conv;
    const char *text; /* SUBMIT, OPEN, EDIT: valid until the next call with this ui */
    size_t len;
    size_t field;                /* FORM_NEXT */
    uint64_t pos;                /* GO; SUBMIT: the place of what it is about, 0 = not known */
    enum hl_ui_about about;      /* SUBMIT */
    const char *quote;           /* REPLY: what is answered, in short */
    uint8_t entry[HL_ENTRY_MAX]; /* what it is about; of DELETE, TAKE_BACK, COPY */
};

/* Lets a key act. The frame may have changed after it. */
void hl_ui_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out);
/* Puts text into the draft of conversation conv as if pasted, e.g. one that was not taken. */
void hl_ui_draft(struct hl_ui *ui, uint32_t conv, const char *text, size_t len);

/* The entry that conv's draft edits, as it was written: what stands there is only what is shown of
 * it. Nothing happens if that was changed meanwhile, or the draft is about something else. */
void hl_ui_original(struct hl_ui *ui, uint32_t conv, const uint8_t entry[static HL_ENTRY_MAX],
                    const char *text, size_t len);

/* Another draft in its place, in one step that can be undone. False: there is no such conversation,
 * or no memory. */
bool hl_ui_set_draft(struct hl_ui *ui, uint32_t conv, const char *text, size_t len);

/* Spelling: switches checking on, with nothing known yet, or off. Returns 0, or -1 without memory.
 */
int hl_ui_spell(struct hl_ui *ui, bool on);
/* A word that the speller is to be asked for now; false: none. To be asked after each frame and
 * each answer. */
bool hl_ui_spell_next(struct hl_ui *ui, char word[static HL_SPELL_WORD]);
/* Its answer; near: words to take instead, with commas between them, "" = none. */
void hl_ui_spelt(struct hl_ui *ui, const char *word, bool good, const char *near);

/* Shows text on the status bar until the next key. */
void hl_ui_remark(struct hl_ui *ui, const char *text);

/* The time of day for the status bar, where the setting `clock' has it. */
void hl_ui_clock(struct hl_ui *ui, int hour, int minute);
/* Drafts and input history for the next start. Whether there is anything that is not kept yet. */
bool hl_ui_unkept(const struct hl_ui *ui);
/* One after the other: drafts that have changed since they were asked for here. False: no more. */
struct hl_ui_kept {
    uint32_t conv;
    const char *text; /* valid until the next key */
    size_t len;
    bool turned;                   /* it answers another message than when it was kept last: */
    uint8_t answers[HL_ENTRY_MAX]; /* zeros = none */
    uint64_t pos;
    const char *quote; /* of that message */
};
bool hl_ui_keep_draft(struct hl_ui *ui, struct hl_ui_kept *out);
/* The front end could not keep it: it is told of again. */
void hl_ui_not_kept(struct hl_ui *ui, uint32_t conv);
/* The draft of an earlier start; false: ignored, because something is typed there already. */
bool hl_ui_restore_draft(struct hl_ui *ui, uint32_t conv, const char *text, size_t len);
/* And the message that it answers, as it was kept. */
void hl_ui_restore_reply(struct hl_ui *ui, const struct hl_ui_kept *kept);
/* Input history as of hl_history_print(). False: it has not changed since. */
bool hl_ui_keep_history(struct hl_ui *ui, char *out, size_t cap, size_t *len);
void hl_ui_restore_history(struct hl_ui *ui, const char *text, size_t len);
/* Moves what is typed in one conversation to another in which nothing is. */
void hl_ui_move_draft(struct hl_ui *ui, uint32_t from, uint32_t to);

/* What is being typed in the conversation shown; valid until the next call. */
const char *hl_ui_drafted(const struct hl_ui *ui, size_t *len);

/* Those in force: never NULL. */
const struct hl_settings *hl_ui_settings(const struct hl_ui *ui);

/* Opens what an action opens: HL_ACT_HELP, PALETTE, SWITCH, LINKS, or FIND with words typed
 * already. False: it cannot be, and a hint says why. */
bool hl_ui_open(struct hl_ui *ui, enum hl_action action, const char *words);

/* Search in history: what the open list needs now; false if that is nothing. One question at a
 * time, answered by hl_ui_find_said() for each entry and hl_ui_find_end(). To be asked after each
 * frame. */
enum hl_ui_find_kind {
    HL_UI_FIND_WORDS,  /* entries of conv (0 = of all) with all words, before row at (0 = from the
                        * latest one on), the latest first */
    HL_UI_FIND_BEFORE, /* of conv, before place at, the latest first */
    HL_UI_FIND_AFTER,  /* of conv, after place at, the earliest first */
};
struct hl_ui_asks {
    enum hl_ui_find_kind kind;
    uint32_t conv;
    uint64_t at;
    size_t number;     /* at most that many */
    const char *words; /* valid until it is answered */
};
bool hl_ui_find_open(struct hl_ui *ui, const char *words);
bool hl_ui_find_next(struct hl_ui *ui, struct hl_ui_asks *out);
struct hl_ui_said {
    uint32_t conv;
    uint64_t row, pos;
    struct hl_stamp stamp;
    const char *sender, *text; /* filtered, each on one line */
    size_t len;
};
void hl_ui_find_said(struct hl_ui *ui, const struct hl_ui_said *said);
void hl_ui_find_end(struct hl_ui *ui, const char *why); /* why it failed; NULL = it has not */

/* Nothing is being typed or asked in the conversation shown, so another may be shown unasked. */
bool hl_ui_idle(const struct hl_ui *ui);

/* The form: three questions over the whole screen; keys go there until it is closed. */
struct hl_ui_question {
    const char *label;   /* static storage */
    const char *hint;    /* shown dimmed after the field; static storage */
    const char *initial; /* first answer; NULL = empty */
};
int hl_ui_form_open(struct hl_ui *ui, const char *heading,
                    const struct hl_ui_question q[static HL_UI_FORM_FIELDS])
    __attribute__((warn_unused_result));
const char *hl_ui_form_answer(const struct hl_ui *ui, size_t field);
/* Shows error (copied; NULL = none) under a field and moves there. */
void hl_ui_form_error(struct hl_ui *ui, size_t field, const char *error);
void hl_ui_form_close(struct hl_ui *ui);

/* Computes the screen for this size. The frame belongs to ui and is valid until the next call.
 * Never NULL. */
const struct hl_frame *hl_ui_frame(struct hl_ui *ui, int rows, int cols);

#endif
