/* SPDX-License-Identifier: MIT */
/* Columns on a terminal, counted by wcwidth(3) as ncurses and tmux do, over text that went through
 * hl_text_clean(). LC_CTYPE must be a UTF-8 locale. */
#ifndef HL_WIDTH_H
#define HL_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* 0, 1 or 2; a character wcwidth() rejects counts 1, as ncurses draws it. */
size_t hl_width_char(uint32_t cp);

/* Columns of s[0..len), newlines counting 0. */
size_t hl_width(const char *s, size_t len);

/* Longest prefix of whole clusters that needs at most columns; *used (may be NULL) receives what
 * it needs. For cutting names and titles. */
size_t hl_width_fit(const char *s, size_t len, size_t columns, size_t *used);

/* Bytes of whole clusters to leave out at the start, so that the rest needs at most columns. For
 * the end of what is long, where the cursor is. */
size_t hl_width_skip(const char *s, size_t len, size_t columns);

/* The newest version of Unicode of which wcwidth(3) knows a character; "" if it is older than 9 or
 * the locale knows no such characters. */
const char *hl_width_unicode_version(void);

#endif
