/* SPDX-License-Identifier: MIT */
#include "date.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    MS = 1000,
    YEAR_MIN = 1970,
    YEAR_MAX = 9999,
};

/* ---- reading ---- */

/* Exactly that many digits, within bounds. */
static bool number(const char **at, size_t digits, int min, int max, int *out)
{
    int n = 0;

    for (size_t i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        n = n * 10 + (**at - '0');
    }
    *out = n;
    return n >= min && n <= max;
}

static bool letter(const char **at, const char *one_of)
{
    if (**at == '\0' || !strchr(one_of, **at))
        return false;
    (*at)++;
    return true;
}

static bool day(const char **at, struct tm *out)
{
    int year;
    int month;

    if (!number(at, 4, YEAR_MIN, YEAR_MAX, &year) || !letter(at, "-") ||
        !number(at, 2, 1, 12, &month) || !letter(at, "-") || !number(at, 2, 1, 31, &out->tm_mday))
        return false;
    out->tm_year = year - 1900;
    out->tm_mon = month - 1;
    out->tm_isdst = -1;
    return true;
}

static bool time_of_day(const char **at, struct tm *out, int *ms)
{
    int unit = MS / 10;

    if (!number(at, 2, 0, 23, &out->tm_hour) || !letter(at, ":") ||
        !number(at, 2, 0, 59, &out->tm_min))
        return false;
    if (letter(at, ":") && !number(at, 2, 0, 60, &out->tm_sec))
        return false;
    if (!letter(at, "."))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
        *ms += unit * (**at - '0');
    return true;
}

/* Z or +01:00: seconds east of Greenwich. */
static bool offset(const char **at, int *out)
{
    bool west = **at == '-';
    int hours;
    int minutes;

    *out = 0;
    if (letter(at, "Zz"))
        return true;
    if (!letter(at, "+-") || !number(at, 2, 0, 23, &hours) || !letter(at, ":") ||
        !number(at, 2, 0, 59, &minutes))
        return false;
    *out = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

/* mktime() makes the 1st of March of the 30th of February. */
static bool to_seconds(struct tm t, time_t (*convert)(struct tm *), time_t *out)
{
    int month = t.tm_mon;
    int mday = t.tm_mday;

    *out = convert(&t);
    return t.tm_mon == month && t.tm_mday == mday;
}

int hl_date_parse(const char *text, int64_t *first, int64_t *end)
{
    struct tm t = {0};
    time_t seconds;
    int east;
    int ms = 0;

    if (!day(&text, &t))
        return -EINVAL;
    if (*text == '\0') {
        if (!to_seconds(t, mktime, &seconds))
            return -EINVAL;
        *first = (int64_t)seconds * MS;
        t.tm_mday++; /* of 23, 24 or 25 hours */
        *end = (int64_t)mktime(&t) * MS;
        return 0;
    }
    if (!letter(&text, "Tt ") || !time_of_day(&text, &t, &ms))
        return -EINVAL;
    if (*text == '\0') {
        if (!to_seconds(t, mktime, &seconds))
            return -EINVAL;
    } else {
        if (!offset(&text, &east) || *text || !to_seconds(t, timegm, &seconds))
            return -EINVAL;
        seconds -= east;
    }
    *first = *end = (int64_t)seconds * MS + ms;
    return 0;
}

/* ---- showing ---- */

static void local_time(int64_t ms, struct tm *out)
{
    time_t seconds = ms / MS;

    if (!localtime_r(&seconds, out))
        *out = (struct tm){.tm_mday = 1, .tm_year = 70};
}

const char *hl_date_day(int64_t ms, char out[static HL_DATE_TEXT])
{
    struct tm t;
    size_t len;

    local_time(ms, &t);
    len = strftime(out, HL_DATE_TEXT, "%A, ", &t);
    len += (size_t)snprintf(out + len, HL_DATE_TEXT - len, "%d", t.tm_mday);
    if (strftime(out + len, HL_DATE_TEXT - len, " %B %Y", &t) == 0)
        out[0] = '\0';
    return out;
}

const char *hl_date_time(int64_t ms, char out[static HL_DATE_TEXT])
{
    struct tm t;

    local_time(ms, &t);
    if (strftime(out, HL_DATE_TEXT, "%Y-%m-%d %H:%M:%S", &t) == 0)
        out[0] = '\0';
    return out;
}

int64_t hl_date_number(int64_t ms)
{
    struct tm t;

    local_time(ms, &t);
    return (int64_t)t.tm_year * 1000 + t.tm_yday;
}
