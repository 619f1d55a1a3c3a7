/* SPDX-License-Identifier: MIT */
/* The key table: what each key does and how the help page says it. The rows are the defaults; a
 * keymap holds what the user has bound otherwise. Dispatch, the F1 page, /bind and hullo.conf read
 * the same rows. */
#ifndef HL_KEYMAP_H
#define HL_KEYMAP_H

#include "keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a key can do. Those up to HL_ACT_EDIT_END are done by hl_edit_do(). */
enum hl_action {
    HL_ACT_NONE, /* not bound */

    HL_ACT_LEFT,
    HL_ACT_RIGHT,
    HL_ACT_WORD_LEFT,
    HL_ACT_WORD_RIGHT,
    HL_ACT_LINE_START,
    HL_ACT_LINE_END,
    HL_ACT_NEWLINE,
    HL_ACT_TAB,
    HL_ACT_DELETE_LEFT,
    HL_ACT_DELETE_RIGHT,
    HL_ACT_KILL_WORD_LEFT,
    HL_ACT_KILL_WORD_RIGHT,
    HL_ACT_KILL_BLANK_WORD_LEFT, /* back to white space */
    HL_ACT_KILL_LINE_LEFT,
    HL_ACT_KILL_LINE_RIGHT,
    HL_ACT_KILL_LINE,   /* all of it */
    HL_ACT_KILL_REGION, /* between the mark and the cursor */
    HL_ACT_COPY_REGION,
    HL_ACT_YANK,
    HL_ACT_YANK_POP,
    HL_ACT_UNDO,
    HL_ACT_REDO,
    HL_ACT_TRANSPOSE,
    HL_ACT_UPCASE,
    HL_ACT_DOWNCASE,
    HL_ACT_CAPITALISE,
    HL_ACT_TRANSPOSE_WORDS,
    HL_ACT_DELETE_BLANKS,
    HL_ACT_SET_MARK,
    HL_ACT_SWAP_MARK, /* with the cursor */
    HL_ACT_REVERT,    /* undo all */
    HL_ACT_EDIT_END = HL_ACT_REVERT,

    HL_ACT_UP, /* in the first row: to earlier input */
    HL_ACT_DOWN,
    HL_ACT_HISTORY_PREV,
    HL_ACT_HISTORY_NEXT,
    HL_ACT_HISTORY_LIKE, /* that begins with what stands before the cursor */
    HL_ACT_HISTORY_LIKE_NEXT,
    HL_ACT_HISTORY_WORD,   /* its last word; again: that of the one before */
    HL_ACT_HISTORY_SEARCH, /* again: the next older match */
    HL_ACT_HISTORY_SEARCH_BACK,

    HL_ACT_ARGUMENT, /* how often the next key is meant */
    HL_ACT_QUOTED_INSERT,
    HL_ACT_SEEK, /* the next character that is typed */
    HL_ACT_SEEK_BACK,

    HL_ACT_SEND,
    HL_ACT_EDITOR,         /* the draft in another program */
    HL_ACT_COMPLETE,       /* again: the next candidate */
    HL_ACT_COMPLETE_BACK,  /* the one before */
    HL_ACT_SPELL,          /* mend a word; again: the next suggestion */
    HL_ACT_DELETE_OR_QUIT, /* HL_ACT_DELETE_RIGHT; on an empty line quit */
    HL_ACT_CLEAR_OR_QUIT,  /* clear the line; twice on an empty line: quit */

    HL_ACT_PAGE_UP,
    HL_ACT_PAGE_DOWN,
    HL_ACT_SCROLL_UP,
    HL_ACT_SCROLL_DOWN,
    HL_ACT_SCROLL_TOP,
    HL_ACT_SCROLL_BOTTOM,

    HL_ACT_MSG_SELECT, /* the cursor among the messages; the others are done where it stands */
    HL_ACT_MSG_OLDER,
    HL_ACT_MSG_NEWER,
    HL_ACT_MSG_REPLY,
    HL_ACT_MSG_REACT,
    HL_ACT_MSG_EDIT,
    HL_ACT_MSG_DELETE,
    HL_ACT_MSG_TAKE_BACK,
    HL_ACT_MSG_COPY,
    HL_ACT_MSG_ANSWERED, /* to what it answers */

    HL_ACT_CONV_PREV,
    HL_ACT_CONV_NEXT,
    HL_ACT_CONV_UNREAD, /* the next one with unread messages */
    HL_ACT_CONV_BEFORE, /* the one that was shown before in this pane */
    HL_ACT_CONV_NUMBER, /* hl_keymap_digit() of the key says which */

    HL_ACT_PANE_BELOW,  /* split: another pane below this one */
    HL_ACT_PANE_BESIDE, /* or at its right */
    HL_ACT_PANE_CLOSE,
    HL_ACT_PANE_ONLY, /* close the others */
    HL_ACT_PANE_NEXT,
    HL_ACT_PANE_PREV,
    HL_ACT_PANE_LEFT, /* the one on that side */
    HL_ACT_PANE_RIGHT,
    HL_ACT_PANE_UP,
    HL_ACT_PANE_DOWN,
    HL_ACT_PANE_TALLER,
    HL_ACT_PANE_LOWER,
    HL_ACT_PANE_WIDER,
    HL_ACT_PANE_NARROWER,
    HL_ACT_PANE_EQUAL,
    HL_ACT_PANE_ZOOM, /* alone on the screen, and back */
    HL_ACT_COPY,      /* the copy view */

    HL_ACT_SWITCH, /* lists to pick from: conversations, */
    HL_ACT_FIND,   /* what was said, */
    HL_ACT_LINKS,
    HL_ACT_PALETTE, /* everything that can be done */
    HL_ACT_SCOPE,   /* search in another scope */

    HL_ACT_HELP,
    HL_ACT_CANCEL, /* leave the help page or a search */
    HL_ACT_REDRAW,
    HL_ACT_SUSPEND,
    HL_ACT_FOCUS_IN,
    HL_ACT_FOCUS_OUT,
    HL_ACT_COUNT,
};

/* What has the keyboard. A key may mean different things in different contexts. */
enum hl_key_context {
    HL_CTX_INPUT = 1,
    HL_CTX_SEARCH = 2,   /* incremental search in the input history */
    HL_CTX_HELP = 4,     /* the F1 page */
    HL_CTX_PICKER = 8,   /* a list with a query line */
    HL_CTX_MESSAGE = 16, /* a message is selected */
    HL_CTX_ALL = HL_CTX_INPUT | HL_CTX_SEARCH | HL_CTX_HELP | HL_CTX_PICKER | HL_CTX_MESSAGE,
};

/* Headings of the help page, in its order. */
enum hl_key_group {
    HL_GROUP_MOVE,
    HL_GROUP_EDIT,
    HL_GROUP_SEND,
    HL_GROUP_VIEW,
    HL_GROUP_MESSAGE,
    HL_GROUP_CONV,
    HL_GROUP_PANE,
    HL_GROUP_LIST,
    HL_GROUP_PROGRAM,
    HL_GROUP_COUNT,
};

enum {
    HL_KEYMAP_KEYS = 9,    /* keys of one row */
    HL_KEYMAP_TEXT = 64,   /* bytes that hold the text of one key, or of a row's keys, with NUL */
    HL_KEYMAP_WHY = 320,   /* bytes with NUL of an error text */
    HL_KEYMAP_BINDS = 128, /* keys that a user can bind */
    HL_KEYMAP_IN_FORCE = HL_KEYMAP_KEYS + HL_KEYMAP_BINDS,
    /* A key of two strokes is one number too: this bit and the second stroke stand for C-x and
     * that. hl_keys gives the strokes one by one. */
    HL_KEYMAP_PREFIX = 1 << 27,
    HL_KEYMAP_FIRST = HL_KEY_CTRL | 'x', /* the first stroke */
};

struct hl_keymap_row {
    enum hl_action action;
    const char *name; /* of the action, in hullo.conf and for /bind; readline's where it has one */
    enum hl_key_group group;
    unsigned contexts;                 /* enum hl_key_context */
    uint32_t keys[HL_KEYMAP_KEYS + 1]; /* as in struct hl_key, ended by HL_KEY_NONE */
    const char *help;                  /* "" for what is no key of a person, as focus reports */
};

/* All rows, ordered by group. */
const struct hl_keymap_row *hl_keymap_rows(size_t *count);
const char *hl_keymap_group_name(enum hl_key_group group);

/* Binds of the user; zeroed memory is a keymap without any. Wherever one is asked for, NULL means
 * the defaults too. */
struct hl_keymap_bind {
    uint32_t key;
    enum hl_action action; /* HL_ACT_NONE: the key does nothing */
};
struct hl_keymap {
    size_t count;
    struct hl_keymap_bind binds[HL_KEYMAP_BINDS]; /* in the order in which they were made */
};

/* What key does in context; HL_ACT_NONE when unbound: a character then is text to insert. A bind
 * counts in the contexts of its action; elsewhere the key keeps its default. */
enum hl_action hl_keymap_find(const struct hl_keymap *map, enum hl_key_context context,
                              uint32_t key);

/* "backward-word"; "none" of HL_ACT_NONE. */
const char *hl_keymap_action_name(enum hl_action action);
/* HL_ACT_NONE if there is none of that name. */
enum hl_action hl_keymap_action(const char *name);

/* Lets a key do an action; "none": nothing, "default": what its row says. Returns 0, or -1 with
 * "NAME: what is wrong" in why, and then nothing was changed. */
int hl_keymap_bind(struct hl_keymap *map, const char *key, const char *action,
                   char why[static HL_KEYMAP_WHY]) __attribute__((warn_unused_result));
/* The same without questions; nothing happens if map is full. */
void hl_keymap_set(struct hl_keymap *map, uint32_t key, enum hl_action action);
void hl_keymap_reset(struct hl_keymap *map, uint32_t key);

/* 1..9 for M-1..M-9, else 0. */
int hl_keymap_digit(uint32_t key);

/* True for a character without Ctrl, Alt or C-x: it is typed text. */
bool hl_keymap_is_text(uint32_t key);

/* Name as people write it: "C-w", "M-b", "C-M-x", "PageUp", "F1", "Space", "C-x 2". Returns its
 * length. */
size_t hl_keymap_name(uint32_t key, char out[static HL_KEYMAP_TEXT]);

/* The key of that name, upper or lower case; HL_KEY_NONE with "NAME: what is wrong" in why. */
uint32_t hl_keymap_parse(const char *text, char why[static HL_KEYMAP_WHY]);

/* All keys that do a row's action now: "C-a, Home"; a run of more than four: "M-1 .. M-9"; "" when
 * there is none. */
size_t hl_keymap_names(const struct hl_keymap *map, const struct hl_keymap_row *row,
                       char out[static HL_KEYMAP_TEXT]);

/* The first key that does an action in a context now, those of the table before those bound: what a
 * hint names. Returns the length of its name; "" when no key does it. */
size_t hl_keymap_key_of(const struct hl_keymap *map, enum hl_key_context context,
                        enum hl_action action, char out[static HL_KEYMAP_TEXT]);

#endif
