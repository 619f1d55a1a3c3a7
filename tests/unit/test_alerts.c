/* SPDX-License-Identifier: MIT */
#include "alerts.h"

#include "forbidden.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static struct hl_settings s;
static struct hl_alerts a;
static struct hl_alert out;

static void init(void)
{
    hl_settings_init(&s);
    a = (struct hl_alerts){0};
}

TestSuite(alerts, .init = init);

/* A message from bob at noon, to a user who is away. */
static struct hl_alert_news news(const char *text)
{
    return (struct hl_alert_news){.name = "bob",
                                  .text = text,
                                  .len = strlen(text),
                                  .away = true,
                                  .minute = 12 * 60,
                                  .now = 1000000};
}

static void decide(const struct hl_alert_news *n)
{
    hl_alerts_decide(&a, &s, n, &out);
}

Test(alerts, the_bell_rings_as_it_is_set)
{
    static const struct {
        int bell;
        bool rings[4]; /* here; here, named; away; away, named */
    } rows[] = {{HL_BELL_OFF, {false, false, false, false}},
                {HL_BELL_MENTION, {false, false, false, true}},
                {HL_BELL_MESSAGE, {false, false, true, true}},
                {HL_BELL_ALWAYS, {true, true, true, true}}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned k = 0; k < 4; k++) {
            struct hl_alert_news n = news("hi");
            n.away = k >= 2;
            n.mention = k % 2 == 1;
            s.bell = rows[i].bell;
            a = (struct hl_alerts){0};
            decide(&n);
            cr_expect_eq(out.bell, rows[i].rings[k], "bell %d case %u", rows[i].bell, k);
            cr_expect_eq(out.notify, n.away, "bell %d case %u", rows[i].bell, k);
        }
    }
}

Test(alerts, a_flood_rings_once_in_a_while)
{
    struct hl_alert_news n = news("hi");
    int bells = 0;
    int notes = 0;

    for (int i = 0; i < 10000; i++, n.now++) {
        decide(&n);
        bells += out.bell;
        notes += out.notify;
    }
    cr_expect_eq(bells, 10000 / HL_ALERTS_GAP + 1);
    cr_expect_eq(notes, 10000 / HL_ALERTS_GAP + 1);
}

/* What does not ring costs a message that does nothing. */
Test(alerts, a_mention_rings_after_other_messages)
{
    struct hl_alert_news n = news("hi");

    s.bell = HL_BELL_MENTION;
    decide(&n);
    cr_expect(!out.bell && out.notify);
    n.mention = true;
    n.now++;
    decide(&n);
    cr_expect(out.bell && !out.notify);
}

Test(alerts, nothing_rings_in_quiet_hours)
{
    static const struct {
        const char *hours;
        int minute;
        bool quiet;
    } rows[] = {
        {"", 0, false},
        {"22:00-07:00", 22 * 60 - 1, false},
        {"22:00-07:00", 22 * 60, true},
        {"22:00-07:00", 0, true},
        {"22:00-07:00", 7 * 60 - 1, true},
        {"22:00-07:00", 7 * 60, false},
        {"12:00-13:30", 12 * 60, true},
        {"12:00-13:30", 13 * 60 + 29, true},
        {"12:00-13:30", 13 * 60 + 30, false},
        {"12:00-12:00", 12 * 60, false},
        {"nonsense", 12 * 60, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hl_alert_news n = news("hi");
        n.minute = rows[i].minute;
        a = (struct hl_alerts){0};
        s.bell = HL_BELL_ALWAYS;
        snprintf(s.quiet_hours, sizeof(s.quiet_hours), "%s", rows[i].hours);
        decide(&n);
        cr_expect_eq(hl_alerts_quiet(rows[i].hours, n.minute), rows[i].quiet, "row %zu", i);
        cr_expect_eq(out.bell, !rows[i].quiet, "row %zu", i);
        cr_expect_eq(out.notify, !rows[i].quiet, "row %zu", i);
    }
}

Test(alerts, hours_are_checked)
{
    static const char *const wrong[] = {
        "22:00",        "22:00-",       "24:00-01:00", "1:00-2:00",    "22:60-07:00",
        " 22:00-07:00", "22:00-07:00 ", "22.00-07.00", "22:00-07:000", "off"};
    char why[HL_SETTINGS_WHY];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_expect(!hl_alerts_is_hours(wrong[i]), "%s", wrong[i]);
        cr_expect_null(hl_settings_set(&s, "quiet_hours", wrong[i], why));
        cr_expect_not_null(strstr(why, "HH:MM-HH:MM"), "%s", why);
    }
    cr_expect_not_null(hl_settings_set(&s, "quiet_hours", "22:00-07:00", why));
    cr_expect_not_null(hl_settings_set(&s, "quiet_hours", "", why));
}

Test(alerts, contents_are_hidden_when_wanted)
{
    struct hl_alert_news n = news("the secret");
    char title[HL_ALERTS_TITLE];

    decide(&n);
    cr_expect_str_eq(out.name, "bob");
    cr_expect_str_eq(out.body, "the secret");
    hl_alerts_title(title, &s, 3, "bob", false);
    cr_expect_str_eq(title, "(3) bob - hullo");
    hl_alerts_title(title, &s, 0, "", false);
    cr_expect_str_eq(title, "hullo");
    s.notify_contents = false;
    n.now += HL_ALERTS_GAP;
    decide(&n);
    cr_expect(out.notify);
    cr_expect_str_eq(out.name, "hullo");
    cr_expect_str_eq(out.body, "new message");
    hl_alerts_title(title, &s, 3, "bob", false);
    cr_expect_str_eq(title, "(3) hullo");
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f ||
            (*text == '\xc2' && (unsigned char)text[1] < 0xa0))
            return true;
    }
    return false;
}

Test(alerts, no_control_and_no_length_gets_through)
{
    static const char hostile[] = "\033]0;x\a\r\n\b\x9b\xc2\x9b\x7f\xe2\x80\xae";
    static char text[100000];
    char title[HL_ALERTS_TITLE];
    struct hl_alert_news n = news(text);

    for (size_t i = 0; i + sizeof(hostile) < sizeof(text); i += sizeof(hostile) - 1)
        memcpy(text + i, hostile, sizeof(hostile) - 1);
    n.name = text;
    n.len = strlen(text);
    decide(&n);
    cr_expect(out.notify);
    cr_expect(!has_control(out.name) && !has_control(out.body));
    cr_expect_gt(strlen(out.body), HL_ALERTS_BODY / 2);
    cr_expect_str_eq(out.body + strlen(out.body) - 3, "...");
    hl_alerts_title(title, &s, UINT64_MAX, text, false);
    cr_expect(!has_control(title));
}

static void is_visible(const char *text, bool ascii, uint32_t of)
{
    size_t len = strlen(text);
    uint32_t cp;

    cr_assert_gt(len, 0, "U+%04X", of);
    for (size_t at = 0; at < len;) {
        at += hl_utf8_decode(text + at, len - at, &cp);
        cr_assert(cp != HL_UTF8_INVALID && !forbidden(cp), "U+%04X of U+%04X", cp, of);
        cr_assert(!ascii || cp < 0x7f, "U+%04X of U+%04X", cp, of);
    }
}

/* Around a letter, so that there is something to see. */
static void show_everywhere(uint32_t cp, bool ascii)
{
    char title[HL_ALERTS_TITLE];
    char text[HL_UTF8_MAX + 2];
    struct hl_alert_news n;

    memcpy(text + hl_utf8_encode(cp, text), "x", 2);
    n = news(text);
    n.name = text;
    n.ascii = ascii;
    a = (struct hl_alerts){0};
    decide(&n);
    is_visible(out.name, ascii, cp);
    is_visible(out.body, ascii, cp);
    hl_alerts_title(title, &s, 0, text, ascii);
    is_visible(title, ascii, cp);
}

Test(alerts, all_scalar_values, .timeout = 100)
{
    setlocale(LC_ALL, "C.UTF-8");
    for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
        if (cp >= 0xd800 && cp < 0xe000)
            continue;
        show_everywhere(cp, false);
        show_everywhere(cp, true);
    }
}

/* Whatever the length, it ends whole. */
Test(alerts, every_length_is_cut_between_characters)
{
    static char text[600];

    memset(text, 'x', sizeof(text) - 1);
    for (size_t len = 0; len < sizeof(text) - 3; len++) {
        struct hl_alert_news n = news(text);
        n.len = len;
        n.now += (int64_t)len * HL_ALERTS_GAP;
        decide(&n);
        size_t room = HL_ALERTS_BODY - 4;
        cr_expect_eq(strlen(out.body), len <= room ? len : room + 3, "%zu", len);
    }
}
