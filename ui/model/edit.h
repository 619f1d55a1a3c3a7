/* SPDX-License-Identifier: MIT */
/* The input line: an editor for text of one or more lines with the readline keys. Text is valid
 * UTF-8 kept as typed (ZWJ, variation selectors and all), so draw it through hl_text_clean().
 * Motion and deletion are by grapheme cluster; the cursor always stands between two. */
#ifndef HL_EDIT_H
#define HL_EDIT_H

#include "keymap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_EDIT_MAX = 64 * 1024,        /* bytes of the longest text that any of them may hold */
    HL_EDIT_UNDO_MAX = 1024 * 1024, /* bytes kept for undo; the oldest steps go first */
};

enum hl_edit_result {
    HL_EDIT_DONE,
    HL_EDIT_EDGE,    /* nothing there: Left at the start, nothing to undo, an empty kill ring */
    HL_EDIT_FULL,    /* the text would be too long; nothing was changed */
    HL_EDIT_MEMORY,  /* out of memory; nothing was changed */
    HL_EDIT_UNKNOWN, /* no action of the editor */
};

struct hl_edit;

/* max: bytes of text, however they come, up to HL_EDIT_MAX. NULL: no memory. */
struct hl_edit *hl_edit_new(size_t max);
void hl_edit_free(struct hl_edit *e);

/* The text, NUL-terminated, valid until the next change; *len may be NULL. */
const char *hl_edit_text(const struct hl_edit *e, size_t *len);
size_t hl_edit_cursor(const struct hl_edit *e); /* byte offset */

/* Another number after each change of the text; 0 = never changed. */
uint64_t hl_edit_revision(const struct hl_edit *e);

/* Types or pastes at the cursor. CR and CR LF become newlines, ill-formed UTF-8 becomes U+FFFD,
 * control characters but newline and tab are left out. Consecutive typing is one undo step up to
 * the end of a word; a paste (more than one character) is one step. All or nothing. */
enum hl_edit_result hl_edit_insert(struct hl_edit *e, const char *s, size_t len);
/* The same into a text of one row: a line break becomes a blank, or nothing at either end, where
 * copied lines have one. */
enum hl_edit_result hl_edit_insert_row(struct hl_edit *e, const char *s, size_t len);

/* Puts the cursor at a byte, or behind the cluster that it is in. */
void hl_edit_place(struct hl_edit *e, size_t at);

/* Puts it at the next place behind it, or before it, where a cluster begins with s. */
enum hl_edit_result hl_edit_seek(struct hl_edit *e, const char *s, size_t len, bool back);

/* One action of a key. The mark that some of them need stays with the text around it. */
enum hl_edit_result hl_edit_do(struct hl_edit *e, enum hl_action action);

/* Replaces bytes [from, to) by s, cursor behind it, as completion does; one undo step. */
enum hl_edit_result hl_edit_replace(struct hl_edit *e, size_t from, size_t to, const char *s,
                                    size_t len);

/* Replaces all, cursor at the end; one undo step. Used for history. */
enum hl_edit_result hl_edit_set(struct hl_edit *e, const char *s, size_t len);

/* Adds to the kill ring, as if it had been cut out: yank gives it. False: no memory. */
bool hl_edit_keep(struct hl_edit *e, const char *s, size_t len);

/* Empties text and undo after sending; the kill ring stays. */
void hl_edit_reset(struct hl_edit *e);

#endif
