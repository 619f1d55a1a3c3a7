/* SPDX-License-Identifier: MIT */
/* What a message is worth to a user who may be looking elsewhere: a ring of the bell, a
 * notification with so much text, a window title. Decisions only; time, focus and settings are
 * given as values. Pure; any thread. */
#ifndef HL_ALERTS_H
#define HL_ALERTS_H

#include "settings.h"

#include <stdint.h>

enum {
    HL_ALERTS_GAP = 3000, /* ms from one ring to the next, and from one notification to the next */
    HL_ALERTS_IDLE = 60000, /* ms without a key, after which our user has gone */
    HL_ALERTS_NAME = 96,    /* bytes with NUL of the name in a notification */
    HL_ALERTS_BODY = 256,   /* of its text */
    HL_ALERTS_TITLE = 160,  /* of the window title */
};

/* Zeroed at first. */
struct hl_alerts {
    int64_t bell, note; /* when the next one may be */
};

/* A message, and what is the case while it comes. */
struct hl_alert_news {
    const char *name; /* whose it is; any bytes */
    const char *text;
    size_t len;
    bool mention; /* it names our user */
    bool away;    /* our user does not look at this terminal */
    bool ascii;   /* the terminal knows no UTF-8 */
    int minute;   /* of the local day */
    int64_t now;  /* ms */
};

struct hl_alert {
    bool bell;
    bool notify; /* with these, filtered, each on one line: */
    char name[HL_ALERTS_NAME];
    char body[HL_ALERTS_BODY];
};

void hl_alerts_decide(struct hl_alerts *a, const struct hl_settings *s,
                      const struct hl_alert_news *news, struct hl_alert *out);

/* "22:00-07:00" holds that minute of the day; "" holds none. */
bool hl_alerts_quiet(const char *hours, int minute);
/* "HH:MM-HH:MM" or "". */
bool hl_alerts_is_hours(const char *text);

/* The window title: "(3) bob - hullo"; name "" for none. Names are not in it when contents are
 * hidden. ascii: the terminal shows nothing else. */
void hl_alerts_title(char out[static HL_ALERTS_TITLE], const struct hl_settings *s, uint64_t unread,
                     const char *name, bool ascii);

#endif
