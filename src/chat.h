/* SPDX-License-Identifier: MIT */
/* What the files of the UI's front end share; nobody else includes it. Main thread.
 *   chat.c        start, stop, what the user types
 *   chat_talk.c   what the talk tells of peers
 *   chat_lines.c  lines: what was said, and what became of it
 *   chat_live.c   who types, and what
 *   chat_pages.c  history that is loaded while it is scrolled
 *   chat_draft.c  drafts and input history, kept for the next start
 *   chat_find.c   search in history
 *   chat_open.c   links
 *   chat_editor.c the draft in another program
 *   chat_spell.c  its spelling
 *   chat_alert.c  how a user who looks elsewhere hears of messages
 *   chat_form.c   the three questions of a chat without PEER */
#ifndef HL_CHAT_H
#define HL_CHAT_H

#include "alerts.h"
#include "command.h"
#include "complete.h"
#include "idmap.h"
#include "news.h"
#include "notify.h"
#include "program.h"
#include "reactor.h"
#include "scratch.h"
#include "speller.h"
#include "ui.h"

enum {
    HL_CHAT_FLIGHT = 8192, /* messages of ours whose delivery is still shown on their line */
    HL_CHAT_KEEP_MS = 500, /* from the first change of a draft until it is kept */
    HL_CHAT_PAGE = 200,    /* messages of the history that a conversation opens with */
    HL_CHAT_OPENERS = 16,  /* programs that open links at the same time */
    HL_CHAT_TRIED = 8,     /* attempts to reach a peer that are told, and not told again */
    HL_CHAT_PAGES = HL_SPLITS_MAX, /* requests for older ones that run at the same time */
};

/* How long a peer that said so is believed to be typing, and how often it is told that we are. */
#define HL_CHAT_TYPING HL_SECS(15)
#define HL_CHAT_TYPES  HL_SECS(5)
/* How often it is told what we type. */
#define HL_CHAT_LIVE (HL_SECS(1) / 10)

/* Where a message of ours stands on the screen. */
struct hl_chat_flight {
    uint64_t msg; /* 0 = none */
    uint64_t line;
    uint32_t conv;
};

/* What this front end remembers of a conversation, in hl_conv.user. */
struct hl_chat_room {
    enum hl_conv_state state;
    bool loaded;           /* its history and its draft were asked for */
    struct hl_idmap lines; /* encrypted: by id of the entry */
    struct hl_ctl last;    /* the peer's last entry: row and id alone */
    bool live;             /* our user wants both to see what is typed */
    bool peer_live;        /* the peer does */
    bool invited;          /* that was told */
    bool was_open;         /* a session was there when it was looked at last */
    hl_time typing;        /* until then the peer is believed to be typing; 0 = it is not */
    struct {
        struct hl_addr at;
        int err;
    } tried[HL_CHAT_TRIED]; /* what was told of attempts to reach it, before it is known how it is
                             */
    size_t tried_count;
};

/* A page of history that was asked for. */
struct hl_chat_page {
    uint64_t request; /* 0 = none */
    struct hl_ui_want want;
    bool front; /* these are the older ones */
    bool first; /* AROUND: there are none above the older ones */
    size_t got;
};

/* What is known of whether our user looks. */
struct hl_chat_alerts {
    struct hl_alerts state;
    struct hl_notify_hook *hook; /* NULL: none can be run */
    bool unfocused;              /* the terminal says so */
    hl_time key;                 /* when the last one was pressed */
    uint64_t missed;             /* messages that came to a pane while nobody looked */
};

/* The user's editor. */
struct hl_chat_editor {
    int fd;         /* signalfd: SIGCHLD, of any child */
    pid_t pid;      /* 0 = none runs */
    bool has_group; /* it is a job of its own */
    uint32_t conv;  /* whose draft it is */
    struct hl_scratch scratch;
    char name[HL_UI_TEXT]; /* as it was called */
};

struct hl_chat {
    struct hl_program *program;
    struct hl_session session;
    struct hl_commands commands;
    struct hl_ui *ui;
    struct hl_tty *tty;
    struct hl_reactor reactor;
    struct hl_chat_flight *flight; /* by number modulo HL_CHAT_FLIGHT */
    struct hl_chat_flight sending; /* the message that hl_talk_send() is being given */
    char *clean;                   /* room for filtered text */
    size_t clean_cap;
    struct hl_stamp stamp; /* local time of stamp_second */
    int64_t stamp_second;
    struct hl_news_links links;
    struct hl_chat_page pages[HL_CHAT_PAGES];
    char layout[HL_SPLITS_TEXT];    /* as it was left for the next start; "" = one pane */
    pid_t openers[HL_CHAT_OPENERS]; /* programs that open links, 0 = none */
    uint64_t find;                  /* request of the search that runs, 0 = none */
    uint64_t original;              /* the same for the entry that is about to be edited */
    uint8_t edited[HL_ID_SIZE];     /* its id */
    int timer;                      /* timerfd: somebody stops typing, or what we type is due */
    int clock;                      /* timerfd: the next minute, while the clock is shown */
    int keep_timer;                 /* timerfd: drafts are to be kept */
    bool keep_due;                  /* it is set */
    bool keep_failed;               /* the last time, and that was said */
    struct hl_chat_alerts alerts;
    struct hl_chat_editor editor;
    struct hl_speller *speller; /* NULL: none can be run */
    hl_time types;     /* when the peer was told last that we type; 0 = not, or that we stopped */
    uint32_t types_to; /* the conversation */
    hl_time live_due;  /* when what we type is to be told; 0 = nothing is new */
    uint64_t live_sum; /* of the text told last */
    bool asking;       /* the form is open */
    int signal;        /* that ended us, 0 = none */
    int status;
    char why[HL_WHY_MAX]; /* of the last failure */
};

/* ---- chat.c ---- */

void hl_chat_select(void *user, struct hl_conv *conv);

/* ---- chat_talk.c ---- */

extern const struct hl_talk_ops hl_chat_talk_ops;

/* What the lists and bars show of a conversation. */
void hl_chat_show(struct hl_chat *c, const struct hl_conv *conv);
/* The conversations that are there from the start. */
void hl_chat_show_all(struct hl_chat *c);
/* Its remembered part; made when it is first asked for. NULL: no memory. */
struct hl_chat_room *hl_chat_room(struct hl_conv *conv);
/* A pane shows it now: its history is loaded, and what stands there is seen. */
void hl_chat_enter(struct hl_chat *c, struct hl_conv *conv);

/* ---- chat_lines.c ---- */

/* A line in conversation conv; text is any bytes. Returns its number, 0 if memory is short. */
uint64_t hl_chat_line(struct hl_chat *c, uint32_t conv, struct hl_line_new *line);
void hl_chat_say(struct hl_chat *c, uint32_t conv, enum hl_line_kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Says what we listen on. */
void hl_chat_say_bound(struct hl_chat *c);
/* Count messages, the first of them at that place, are no longer missing. */
void hl_chat_filled(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *r);
/* Callbacks of the talk. */
void hl_chat_incoming(void *user, struct hl_conv *conv, const struct hl_incoming *m) HL_TTY_THREAD;
void hl_chat_delivery(void *user, struct hl_conv *conv, const struct hl_fate *f);
/* What our user says: on the screen, and to the talk. */
void hl_chat_submit(void *user, struct hl_conv *conv, const struct hl_saying *s);
/* The same about a message that was picked on the screen. */
void hl_chat_submit_about(struct hl_chat *c, struct hl_conv *conv, const struct hl_ui_action *a);
/* The last count entries, in place of what is shown. */
void hl_chat_history(void *user, struct hl_conv *conv, size_t count);

/* Local time; asked for once a second at most. */
struct hl_stamp hl_chat_stamp(struct hl_chat *c, int64_t second);
/* A line of a page. */
void hl_chat_page_entry(struct hl_chat *c, struct hl_conv *conv, const struct hl_ui_want *w,
                        bool front, const struct hl_ctl *e);

/* ---- chat_live.c ---- */

/* A key was pressed: the peer is told that we type, and what, if both want that. */
void hl_chat_types(struct hl_chat *c);
/* TYPED came. */
void hl_chat_typed(struct hl_chat *c, struct hl_conv *conv, const struct hl_ctl *r);
/* The peer has said something: what it typed is that. */
void hl_chat_said(struct hl_chat *c, struct hl_conv *conv, struct hl_chat_room *room);
/* Our user switches live typing on or off. */
void hl_chat_live(void *user, struct hl_conv *conv, bool on);
/* A new session: the peer is told of the wish again. */
void hl_chat_live_again(struct hl_chat *c, struct hl_conv *conv);
/* The timer has run out. */
void hl_chat_timer(struct hl_chat *c);

/* ---- chat_pages.c ---- */

/* Asks for the history that panes need. */
void hl_chat_pages_ask(struct hl_chat *c);
/* Whether a record answers that; then it is taken. conv: NULL = of none. */
bool hl_chat_pages_told(struct hl_chat *c, struct hl_conv *conv, const struct hl_ctl *r);

/* ---- chat_draft.c ---- */

/* A key may have changed what is to be kept. */
void hl_chat_keep_later(struct hl_chat *c);
/* Keeps it now; wait: until it is on the disk. */
void hl_chat_keep(struct hl_chat *c, bool wait);
/* Whether that was the answer to it. */
bool hl_chat_kept(struct hl_chat *c, const struct hl_ctl *answer);
/* Asks for the entry that is about to be edited, as it was written; whether a record answers that.
 */
void hl_chat_original(struct hl_chat *c, const struct hl_ui_action *a);
bool hl_chat_original_told(struct hl_chat *c, const struct hl_ctl *r);
void hl_chat_restore_draft(struct hl_chat *c, uint32_t conv);
void hl_chat_restore_history(struct hl_chat *c); /* and the draft of no conversation */

/* ---- chat_find.c ---- */

/* Asks for what the search needs; whether a record answers that. */
void hl_chat_find_ask(struct hl_chat *c);
bool hl_chat_find_told(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *r);

/* ---- chat_open.c ---- */

void hl_chat_open(struct hl_chat *c, const char *uri);
/* Some child has ended: those that open links are waited for. */
void hl_chat_open_ended(struct hl_chat *c);

/* ---- chat_editor.c ---- */

/* Blocks SIGCHLD, so call it before any thread is started. Returns 0 or -errno. */
int hl_chat_editor_init(struct hl_chat_editor *e) __attribute__((warn_unused_result));
void hl_chat_editor_fini(struct hl_chat_editor *e);
/* Gives it the draft, and the terminal. What goes wrong is a remark. */
void hl_chat_edit(struct hl_chat *c, const struct hl_ui_action *a) HL_TTY_THREAD;
/* Whether the descriptor is of it; then it was handled. */
bool hl_chat_editor_ready(struct hl_chat *c, int fd) HL_TTY_THREAD;
/* Ends it if it runs. */
void hl_chat_editor_stop(struct hl_chat *c) HL_TTY_THREAD;

/* ---- chat_spell.c ---- */

/* Returns 0 or -errno. */
int hl_chat_spell_start(struct hl_chat *c) __attribute__((warn_unused_result));
void hl_chat_spell_stop(struct hl_chat *c);
/* A setting is another one now, perhaps. */
void hl_chat_spell_changed(struct hl_chat *c);
/* Whether the descriptor is of it; then it was handled. */
bool hl_chat_spell_ready(struct hl_chat *c, int fd);
/* Asks for the next word of the draft; after each frame. */
void hl_chat_spell_ask(struct hl_chat *c);
/* The program is started again: it was gone, and is wanted. */
void hl_chat_spell_again(struct hl_chat *c);

/* ---- chat_alert.c ---- */
/* Without memory there is no hook. Returns 0 or -errno. */
int hl_chat_alerts_start(struct hl_chat *c) __attribute__((warn_unused_result));
void hl_chat_alerts_stop(struct hl_chat *c);
/* Whether the descriptor is of it; then it was handled. */
bool hl_chat_alerts_ready(struct hl_chat *c, int fd);
/* A key tells that our user is here. Whether it is a focus report, which is for nobody else. */
bool hl_chat_alerts_key(struct hl_chat *c, const struct hl_key *key);
/* A message has come. */
void hl_chat_alert(struct hl_chat *c, const struct hl_conv *conv, const char *text,
                   size_t len) HL_TTY_THREAD;
/* Title, mouse and quiet hours as they are to be now; before each frame. */
void hl_chat_alerts_show(struct hl_chat *c) HL_TTY_THREAD;

/* ---- chat_form.c ---- */

int hl_chat_ask(struct hl_chat *c) __attribute__((warn_unused_result));
void hl_chat_answer(struct hl_chat *c,
                    size_t field) HL_TTY_THREAD; /* one of the questions is answered */
void hl_chat_answered(struct hl_chat *c);        /* and now all */

#endif
