/* SPDX-License-Identifier: MIT */
/* The key table: what each key does and how the help page says it. The only place where a key is
 * bound; dispatch and the F1 page read the same rows. */
#ifndef HL_KEYMAP_H
#define HL_KEYMAP_H

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
    HL_ACT_UP,   /* HL_EDIT_EDGE on the first line: go to earlier input */
    HL_ACT_DOWN, /* HL_EDIT_EDGE on the last line: go to later input */
    HL_ACT_NEWLINE,
    HL_ACT_DELETE_LEFT,
    HL_ACT_DELETE_RIGHT,
    HL_ACT_KILL_WORD_LEFT,
    HL_ACT_KILL_WORD_RIGHT,
    HL_ACT_KILL_BLANK_WORD_LEFT, /* back to white space */
    HL_ACT_KILL_LINE_LEFT,
    HL_ACT_KILL_LINE_RIGHT,
    HL_ACT_YANK,
    HL_ACT_YANK_POP,
    HL_ACT_UNDO,
    HL_ACT_REDO,
    HL_ACT_TRANSPOSE,
    HL_ACT_UPCASE,
    HL_ACT_DOWNCASE,
    HL_ACT_CAPITALISE,
    HL_ACT_EDIT_END = HL_ACT_CAPITALISE,

    HL_ACT_SEND,
    HL_ACT_COMPLETE,
    HL_ACT_DELETE_OR_QUIT, /* HL_ACT_DELETE_RIGHT; on an empty line quit */
    HL_ACT_CLEAR_OR_QUIT,  /* clear the line; twice on an empty line: quit */
    HL_ACT_HISTORY_PREV,
    HL_ACT_HISTORY_NEXT,
    HL_ACT_HISTORY_SEARCH, /* again: the next older match */

    HL_ACT_PAGE_UP,
    HL_ACT_PAGE_DOWN,
    HL_ACT_SCROLL_UP,
    HL_ACT_SCROLL_DOWN,
    HL_ACT_SCROLL_TOP,
    HL_ACT_SCROLL_BOTTOM,

    HL_ACT_CONV_PREV,
    HL_ACT_CONV_NEXT,
    HL_ACT_CONV_UNREAD, /* the next one with unread messages */
    HL_ACT_CONV_NUMBER, /* hl_keymap_digit() of the key says which */

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
    HL_CTX_SEARCH = 2, /* incremental search in the input history */
    HL_CTX_HELP = 4,   /* the F1 page */
    HL_CTX_ALL = HL_CTX_INPUT | HL_CTX_SEARCH | HL_CTX_HELP,
};

/* Headings of the help page, in its order. */
enum hl_key_group {
    HL_GROUP_MOVE,
    HL_GROUP_EDIT,
    HL_GROUP_SEND,
    HL_GROUP_VIEW,
    HL_GROUP_CONV,
    HL_GROUP_PROGRAM,
    HL_GROUP_COUNT,
};

enum {
    HL_KEYMAP_KEYS = 9,  /* keys of one row */
    HL_KEYMAP_TEXT = 64, /* bytes that hold the text of one key, or of a row's keys, with NUL */
};

struct hl_keymap_row {
    enum hl_action action;
    enum hl_key_group group;
    unsigned contexts;                 /* enum hl_key_context */
    uint32_t keys[HL_KEYMAP_KEYS + 1]; /* as in struct hl_key, ended by HL_KEY_NONE */
    const char *help;                  /* "" for what is no key of a person, as focus reports */
};

/* All rows, ordered by group. */
const struct hl_keymap_row *hl_keymap_rows(size_t *count);
const char *hl_keymap_group_name(enum hl_key_group group);

/* What key does in context; HL_ACT_NONE when unbound: a character then is text to insert. */
enum hl_action hl_keymap_find(enum hl_key_context context, uint32_t key);

/* 1..9 for M-1..M-9, else 0. */
int hl_keymap_digit(uint32_t key);

/* True for a character without Ctrl or Alt: it is typed text. */
bool hl_keymap_is_text(uint32_t key);

/* Name as people write it: "C-w", "M-b", "C-M-x", "PageUp", "F1", "Space". Returns its length. */
size_t hl_keymap_name(uint32_t key, char out[static HL_KEYMAP_TEXT]);

/* All keys of a row: "C-a, Home"; a run of more than four: "M-1 .. M-9". */
size_t hl_keymap_names(const struct hl_keymap_row *row, char out[static HL_KEYMAP_TEXT]);

#endif
