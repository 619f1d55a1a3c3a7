/* SPDX-License-Identifier: MIT */
#include "alerts.h"

#include "i18n.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- quiet hours ---- */

static bool take_number(const char **at, int limit, int *out)
{
    const char *p = *at;

    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    *at = p + 2;
    return *out < limit;
}

static bool take_time(const char **at, int *minute)
{
    int hour;

    if (!take_number(at, 24, &hour) || *(*at)++ != ':' || !take_number(at, 60, minute))
        return false;
    *minute += hour * 60;
    return true;
}

static bool parse_hours(const char *text, int *from, int *to)
{
    return take_time(&text, from) && *text++ == '-' && take_time(&text, to) && *text == '\0';
}

bool hl_alerts_is_hours(const char *text)
{
    int from;
    int to;

    return text[0] == '\0' || parse_hours(text, &from, &to);
}

bool hl_alerts_quiet(const char *hours, int minute)
{
    int from;
    int to;

    if (!parse_hours(hours, &from, &to))
        return false;
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/* ---- messages ---- */

static bool rings(const struct hl_settings *s, const struct hl_alert_news *n)
{
    switch (s->bell) {
    case HL_BELL_MENTION:
        return n->away && n->mention;
    case HL_BELL_MESSAGE:
        return n->away;
    case HL_BELL_ALWAYS:
        return true;
    default:
        return false;
    }
}

/* A flood rings once in a while. */
static bool is_due(int64_t *next, int64_t now)
{
    if (now < *next)
        return false;
    *next = now + HL_ALERTS_GAP;
    return true;
}

/* As much of a text as has room, on one line. */
static void put(char *out, size_t cap, const char *text, size_t len, unsigned flags)
{
    static const char more[] = "...";
    unsigned found = 0;
    size_t some = len < cap * HL_TEXT_GROWTH ? len : cap * HL_TEXT_GROWTH;
    size_t end = hl_text_clean(out, cap - sizeof(more) + 1, text, some, flags, &found);

    if (some < len || (found & HL_TEXT_TRUNCATED) != 0)
        memcpy(out + end, more, sizeof(more));
}

void hl_alerts_decide(struct hl_alerts *a, const struct hl_settings *s,
                      const struct hl_alert_news *news, struct hl_alert *out)
{
    unsigned flags = news->ascii ? HL_TEXT_ASCII : 0;

    *out = (struct hl_alert){.bell = false};
    if (hl_alerts_quiet(s->quiet_hours, news->minute))
        return;
    out->bell = rings(s, news) && is_due(&a->bell, news->now);
    out->notify = news->away && is_due(&a->note, news->now);
    if (!out->notify)
        return;
    if (s->notify_contents) {
        hl_text_clean_name(out->name, sizeof(out->name), news->name, strlen(news->name), flags);
        put(out->body, sizeof(out->body), news->text, news->len, flags);
    } else {
        snprintf(out->name, sizeof(out->name), "hullo");
        snprintf(out->body, sizeof(out->body), "%s", _("new message"));
    }
}

void hl_alerts_title(char out[static HL_ALERTS_TITLE], const struct hl_settings *s, uint64_t unread,
                     const char *name, bool ascii)
{
    char count[32] = "";
    char clean[HL_ALERTS_NAME] = "";

    if (unread > 0)
        snprintf(count, sizeof(count), "(%" PRIu64 ") ", unread);
    if (s->notify_contents)
        hl_text_clean(clean, sizeof(clean), name, strlen(name), ascii ? HL_TEXT_ASCII : 0, NULL);
    snprintf(out, HL_ALERTS_TITLE, "%s%s%shullo", count, clean, clean[0] != '\0' ? " - " : "");
}
