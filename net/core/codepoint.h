/* SPDX-License-Identifier: MIT */
/* Strict UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). Pure. */
#ifndef HL_CODEPOINT_H
#define HL_CODEPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool hl_codepoint_valid(const void *text, size_t len);

/* How many of the first max bytes of text (len in all) to take so that no character is cut in
 * two: max itself, or up to three bytes less. Bytes that are not UTF-8 are cut anywhere. Returns
 * len when len <= max, and never 0 for max >= 4. */
size_t hl_codepoint_cut(const void *text, size_t len, size_t max);

/* Bytes of an unfinished but so far valid character at the end of text: 0 to 3. */
size_t hl_codepoint_tail(const void *text, size_t len);

#endif
