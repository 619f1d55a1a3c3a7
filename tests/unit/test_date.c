/* SPDX-License-Identifier: MIT */
/* Dates: strict about what they are, tolerant of nothing. */
#include "date.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void set_up(void)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1); /* Berlin */
    tzset();
}

TestSuite(date, .init = set_up);

static const struct {
    const char *text;
    int64_t first, end; /* ms */
} good[] = {
    {"1970-01-01T00:00:00Z", 0, 0},
    {"2026-11-21T08:03:04Z", 1795248184000, 1795248184000},
    {"2026-11-21t08:03:04z", 1795248184000, 1795248184000},
    {"2026-11-21T08:03:04.5Z", 1795248184500, 1795248184500},
    {"2026-11-21T08:03:04.123456Z", 1795248184123, 1795248184123},
    {"2026-11-21T09:03:04+01:00", 1795248184000, 1795248184000},
    {"2026-11-21T03:33:04-04:30", 1795248184000, 1795248184000},
    {"2026-11-21 09:03:04", 1795248184000, 1795248184000},
    {"2026-11-21 09:03", 1795248180000, 1795248180000},
    {"2026-11-21", 1795215600000, 1795302000000},
    {"2026-03-29", 1774738800000, 1774821600000}, /* 23 hours long */
    {"2026-10-25", 1792879200000, 1792969200000}, /* 25 */
    {"2024-02-29", 1709161200000, 1709247600000},
};

Test(date, read)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t first;
        int64_t end;

        cr_assert_eq(hl_date_parse(good[i].text, &first, &end), 0, "%s", good[i].text);
        cr_assert_eq(first, good[i].first, "%s: %lld", good[i].text, (long long)first);
        cr_assert_eq(end, good[i].end, "%s: %lld", good[i].text, (long long)end);
    }
}

static const char *const bad[] = {
    "",
    "today",
    "2026",
    "2026-11",
    "26-11-21",
    "2026-13-01",
    "2026-00-01",
    "2026-02-29",
    "2026-02-30",
    "2026-04-31T00:00:00Z",
    "1969-12-31",
    "2026-11-21T",
    "2026-11-21T08",
    "2026-11-21T24:00",
    "2026-11-21T08:60",
    "2026-11-21x",
    "2026-11-21T08:03:04+1",
    "2026-11-21T08:03:04.Z",
    "2026-11-21T08:03Zjunk",
    " 2026-11-21",
    "2026-11-21 ",
    "+026-11-21",
    "10000-01-01",
};

Test(date, refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t first;
        int64_t end;

        cr_assert_eq(hl_date_parse(bad[i], &first, &end), -EINVAL, "%s", bad[i]);
    }
}

Test(date, shown)
{
    char text[HL_DATE_TEXT];

    cr_assert_str_eq(hl_date_day(1795248184000, text), "Saturday, 21 November 2026");
    cr_assert_str_eq(hl_date_time(1795248184000, text), "2026-11-21 09:03:04");
    cr_assert_eq(hl_date_number(1795215600000), hl_date_number(1795301999999));
    cr_assert_neq(hl_date_number(1795302000000), hl_date_number(1795301999999));
    hl_date_time(INT64_MAX, text); /* a year that nobody can write */
}
