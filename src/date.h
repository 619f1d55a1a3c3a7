/* SPDX-License-Identifier: MIT */
/* Dates as people and programs type them, and as they are shown, in the user's time zone. */
#ifndef HL_DATE_H
#define HL_DATE_H

#include <stddef.h>
#include <stdint.h>

enum {
    HL_DATE_TEXT = 64,
};

/* Reads, into ms since the epoch:
 *   2026-11-21                       a day: its first moment here in *first, the next one's in *end
 *   2026-11-21 08:03[:04[.5]]        a moment, here; T may stand for the space
 *   2026-11-21T08:03:04Z, +01:00     RFC 3339
 * A moment is first and end at once. Years 1970 to 9999. Returns 0 or -EINVAL. */
int hl_date_parse(const char *text, int64_t *first, int64_t *end)
    __attribute__((warn_unused_result));

/* "Saturday, 21 November 2026", in the user's language. */
const char *hl_date_day(int64_t ms, char out[static HL_DATE_TEXT]);
/* "2026-11-21 08:03:04". */
const char *hl_date_time(int64_t ms, char out[static HL_DATE_TEXT]);

/* A number that is another one on each day, here. */
int64_t hl_date_number(int64_t ms);

#endif
