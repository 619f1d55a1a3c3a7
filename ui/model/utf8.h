/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 and chapter 3.9 of the Unicode Standard define it. */
#ifndef HL_UTF8_H
#define HL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HL_UTF8_MAX = 4,              /* bytes of one character */
    HL_UTF8_REPLACEMENT = 0xfffd, /* stands for what could not be read */
    HL_UTF8_INVALID = 0x7fffffff, /* what decoding gives for ill-formed bytes */
};

/* Reads the character at s (len >= 1) and returns how many bytes it has. Ill-formed bytes give
 * HL_UTF8_INVALID and the length of the maximal subpart: the bytes that one U+FFFD replaces. */
size_t hl_utf8_decode(const char *s, size_t len, uint32_t *cp);

/* Writes a scalar value, returns its 1 to 4 bytes; anything else is written as U+FFFD. */
size_t hl_utf8_encode(uint32_t cp, char out[static HL_UTF8_MAX]);

bool hl_utf8_valid(const char *s, size_t len);

/* Start of the character before at, 0 < at <= len; text must be valid UTF-8. */
size_t hl_utf8_prev(const char *s, size_t at);

/* Longest prefix of at most max bytes that does not end inside a character. */
size_t hl_utf8_cut(const char *s, size_t len, size_t max);

#endif
