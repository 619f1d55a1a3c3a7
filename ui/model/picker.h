/* SPDX-License-Identifier: MIT */
/* A list over the screen of which one row is picked: a query line below, above it the rows that
 * fit what is typed there, best first. It takes keys and draws; what picking means is its
 * caller's. The query line is below because the input line is: eyes and cursor stay there. Pure. */
#ifndef HL_PICKER_H
#define HL_PICKER_H

#include "edit.h"
#include "frame.h"
#include "fuzzy.h"
#include "keymap.h"
#include "keys.h"
#include "prose.h"

enum {
    HL_PICKER_ROWS = 8192, /* rows of one list */
    HL_PICKER_TEXT = 1024, /* bytes with NUL of each part of a row; the rest is cut */
    HL_PICKER_HEADED = 3,  /* rows of a screen that has a heading, in its first row */
};

/* Filtered by hl_text_clean() without lines. */
struct hl_picker_row {
    uint64_t key;       /* the caller's */
    int rank;           /* of rows that fit as well the higher one comes first */
    const char *lead;   /* dimmed, before the text; NULL = none */
    const char *text;   /* compared with the query */
    const char *detail; /* dimmed, behind it; compared too, at half the price; NULL = none */
};

struct hl_picker_config {
    const char *heading; /* static storage, as all of these: msgids */
    const char *prompt;
    const char *empty; /* said in place of rows */
    bool given;        /* rows are shown as they were added: the query is the caller's business */
};

struct hl_picker;

/* NULL: no memory. */
struct hl_picker *hl_picker_new(const struct hl_picker_config *config);
void hl_picker_free(struct hl_picker *p);

/* Adds a copy. Returns 0, -ENOMEM, or -ENOSPC behind the last row that there may be. */
int hl_picker_add(struct hl_picker *p, const struct hl_picker_row *row)
    __attribute__((warn_unused_result));
void hl_picker_clear(struct hl_picker *p);   /* all rows; the query stays */
size_t hl_picker_count(struct hl_picker *p); /* rows that fit */

enum hl_picker_result {
    HL_PICKER_DONE,     /* at most the screen has changed */
    HL_PICKER_QUERY,    /* what is typed has changed */
    HL_PICKER_MOVED,    /* another row is selected */
    HL_PICKER_EDGE,     /* there is none that way, or nothing to do */
    HL_PICKER_FULL,     /* the query would be too long */
    HL_PICKER_TAKEN,    /* the selected row; there is one */
    HL_PICKER_LEFT,     /* the list is to be closed */
    HL_PICKER_NOT_OURS, /* *action is the caller's business, if it is any */
};
enum hl_picker_result hl_picker_key(struct hl_picker *p, const struct hl_keymap *map,
                                    const struct hl_key *key, enum hl_action *action);

/* The row; its strings are valid until the next change. False: there is none. */
bool hl_picker_selected(struct hl_picker *p, struct hl_picker_row *out);
size_t hl_picker_index(const struct hl_picker *p); /* of the selected row among those that fit */
bool hl_picker_select(struct hl_picker *p, size_t index);

const char *hl_picker_query(const struct hl_picker *p, size_t *len);
/* Returns how many bytes were cut off because there is no room for them. */
size_t hl_picker_set_query(struct hl_picker *p, const char *text);
/* Words after the heading, copied; "" = none. */
void hl_picker_note(struct hl_picker *p, const char *note);

/* Draws it in a rectangle of at least one cell: the query line in its last row, the heading and the
 * rows above as far as there is room. The rows between them that below counts are left out. keys:
 * words on the heading's right, "" = none. */
void hl_picker_draw(struct hl_picker *p, const struct hl_prose *prose, const struct hl_rect *r,
                    int below, const char *keys);

#endif
