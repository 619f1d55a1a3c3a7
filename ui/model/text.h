/* SPDX-License-Identifier: MIT */
/* The one display filter: everything that comes from outside passes here before it is drawn,
 * printed, logged or put into a title. Any bytes go in; what comes out is valid UTF-8 in which
 * every character is visible, moves the cursor by wcwidth(3) columns and stays where it stands.
 *   ill-formed UTF-8, C0, C1, DEL, whatever wcwidth() rejects   -> U+FFFD
 *   invisible or order-changing (the table in text.c)           -> dropped
 *   newline, CR LF, U+2028, U+2029                              -> '\n', or a mark (see LINES)
 *   tab                                                         -> spaces
 *   more than HL_TEXT_MARKS combining marks on one character    -> the rest dropped
 *   a combining mark with nothing to combine with               -> on U+25CC, dotted circle
 * The original is to be kept beside it for copying and sending.
 * Filtering is left to right: the filtered form of a prefix that ends between two clusters is a
 * prefix of the filtered whole, which maps a cursor in the original to a cell.
 * LC_CTYPE must be a UTF-8 locale. Any thread. */
#ifndef HL_TEXT_H
#define HL_TEXT_H

#include <stddef.h>

enum {
    HL_TEXT_MARKS = 4,  /* an ncurses cell holds five code points: a base and four marks */
    HL_TEXT_TAB = 4,    /* spaces for a tab with HL_TEXT_LINES; one space without */
    HL_TEXT_GROWTH = 4, /* len bytes become at most this many times len */
};

enum hl_text_flag {
    HL_TEXT_LINES = 1, /* newlines stay '\n'; without it they become U+23CE (| in ASCII) */
    HL_TEXT_ASCII = 2, /* for terminals without UTF-8: every cluster beyond ASCII becomes ? */
};

enum hl_text_found {
    HL_TEXT_BAD_UTF8 = 1,  /* ill-formed bytes were in it */
    HL_TEXT_REPLACED = 2,  /* a mark stands for something well-formed that cannot be shown */
    HL_TEXT_DROPPED = 4,   /* invisible characters or surplus marks are gone */
    HL_TEXT_TRUNCATED = 8, /* out was too small */
};

/* Filters in[0..len) into out, which has room for cap bytes (cap >= 1) and is always terminated by
 * NUL; never ends inside a character. Returns the length without the NUL. flags: enum
 * hl_text_flag; *found, if not NULL: enum hl_text_found. */
size_t hl_text_clean(char *out, size_t cap, const char *in, size_t len, unsigned flags,
                     unsigned *found);

/* The same, on one line, for a name that stands before a colon and a space, as senders do: these
 * two are nowhere in it, so that what seems to be a message of one name cannot be part of another.
 */
size_t hl_text_clean_name(char *out, size_t cap, const char *in, size_t len, unsigned flags);

/* The original, for a clipboard: joiners, variation selectors, bidi controls and all else that its
 * author wrote, but nothing that acts on what it is pasted into. C0 other than newline and tab, DEL
 * and C1 are left out, CR LF becomes a newline, ill-formed bytes become U+FFFD, and newlines at the
 * end go: a shell would run the last line. out has room for HL_TEXT_GROWTH * len + 1 bytes.
 * Returns the length without the NUL. */
size_t hl_text_original(char *out, const char *in, size_t len);

/* hl_text_clean() into memory the caller frees, without truncation. NULL only when memory is out.
 */
char *hl_text_clean_dup(const char *in, size_t len, unsigned flags, size_t *out_len,
                        unsigned *found) __attribute__((warn_unused_result, malloc));

#endif
