/* SPDX-License-Identifier: MIT */
/* Earlier input, oldest forgotten first. Up and Down walk through it; what was being typed, and
 * changes made to recalled lines, stay until the next hl_history_add(), as in readline. */
#ifndef HL_HISTORY_H
#define HL_HISTORY_H

#include <stddef.h>

struct hl_history;

/* max >= 1 entries are kept. NULL: no memory. */
struct hl_history *hl_history_new(size_t max);
void hl_history_free(struct hl_history *h);

/* Adds a sent line, unless it is empty or equals the newest, and goes back to the bottom. Returns 0
 * or -ENOMEM. */
int hl_history_add(struct hl_history *h, const char *text, size_t len);

size_t hl_history_count(const struct hl_history *h);

/* The entry before or after the one shown, NULL at the end of the walk. now[0..now_len) is what the
 * input line holds and is kept for the way back. The result is NUL-terminated and valid until the
 * next call; *len may be NULL. */
const char *hl_history_prev(struct hl_history *h, const char *now, size_t now_len, size_t *len);
const char *hl_history_next(struct hl_history *h, const char *now, size_t now_len, size_t *len);

/* Newest entry that contains needle, not counting the newest skip matches; NULL if there is none.
 * For incremental search: typing keeps skip, C-r adds one to it. */
const char *hl_history_search(const struct hl_history *h, const char *needle, size_t needle_len,
                              size_t skip, size_t *len);

/* The newest entries as one text of at most cap bytes, for hl_history_load(): oldest first, a NUL
 * behind each. Long ones (more than HL_HISTORY_LONG) are left out. Returns its length. */
enum {
    HL_HISTORY_LONG = 4096,
};
size_t hl_history_print(const struct hl_history *h, char *out, size_t cap);
/* Adds what hl_history_print() printed before all that is there. Returns 0 or -ENOMEM. */
int hl_history_load(struct hl_history *h, const char *text, size_t len);

#endif
