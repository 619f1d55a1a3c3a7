/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct hl_settings s;
static char why[HL_SETTINGS_WHY];

static void init(void)
{
    hl_settings_init(&s);
    why[0] = '\0';
}

TestSuite(settings, .init = init);

Test(settings, the_table_is_in_order_and_whole)
{
    size_t count;
    const struct hl_setting *row = hl_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_gt(strlen(row[i].help), 0, "%s", row[i].name);
        cr_expect_leq(strlen(row[i].help), 70, "%s", row[i].name);
        cr_expect_eq(strspn(row[i].name, "abcdefghijklmnopqrstuvwxyz_"), strlen(row[i].name));
        cr_expect(i == 0 || strcmp(row[i - 1].name, row[i].name) < 0, "%s", row[i].name);
        cr_expect_eq(hl_settings_find(row[i].name), &row[i]);
        cr_expect_eq(row[i].type == HL_SETTING_ENUM, row[i].words != NULL, "%s", row[i].name);
        cr_expect_eq(row[i].type == HL_SETTING_TEXT, row[i].text != NULL, "%s", row[i].name);
        cr_expect(row[i].type != HL_SETTING_INT ||
                      (row[i].initial >= row[i].min && row[i].initial <= row[i].max),
                  "%s", row[i].name);
    }
}

/* What is printed can be set, for the default and for every other word. */
Test(settings, printed_values_are_read_back)
{
    size_t count;
    const struct hl_setting *row = hl_settings_table(&count);
    char text[HL_SETTINGS_TEXT];
    char again[HL_SETTINGS_TEXT];
    for (size_t i = 0; i < count; i++, row++) {
        hl_settings_print(&s, row, text);
        cr_expect(hl_settings_is_default(&s, row), "%s", row->name);
        cr_expect_eq(hl_settings_set(&s, row->name, text, why), row, "%s", why);
        hl_settings_print(&s, row, again);
        cr_expect_str_eq(text, again);
        for (size_t w = 0; row->words != NULL && row->words[w] != NULL; w++) {
            cr_expect_eq(hl_settings_set(&s, row->name, row->words[w], why), row, "%s", why);
            hl_settings_print(&s, row, again);
            cr_expect_str_eq(row->words[w], again);
        }
        cr_expect_eq(hl_settings_set(&s, row->name, "default", why), row);
        hl_settings_print(&s, row, again);
        cr_expect_str_eq(text, again);
    }
}

Test(settings, values)
{
    cr_assert_not_null(hl_settings_set(&s, "clock", "yes", why));
    cr_assert(s.clock);
    cr_assert_not_null(hl_settings_set(&s, "clock", "0", why));
    cr_assert(!s.clock);
    cr_assert_not_null(hl_settings_set(&s, "list_width", "80", why));
    cr_assert_eq(s.list_width, 80);
    cr_assert_not_null(hl_settings_set(&s, "colours", "256", why));
    cr_assert_eq(s.colours, HL_COLOURS_256);
    cr_assert_not_null(hl_settings_set(&s, "theme", "~/my theme #1", why));
    cr_assert_str_eq(s.theme, "~/my theme #1");
    cr_assert(!hl_settings_is_default(&s, hl_settings_find("theme")));
}

Test(settings, mistakes_are_named_and_change_nothing)
{
    static const struct {
        const char *name, *value, *why;
    } rows[] = {
        {"colors", "16", "colors: no such setting: did you mean colours?"},
        {"zzz", "16", "zzz: no such setting"},
        {"", "", ": no such setting"},
        {"clock", "maybe", "clock: maybe: must be on or off"},
        {"clock", "", "clock: : must be on or off"},
        {"list_width", "81", "list_width: 81: must be 0 to 80"},
        {"list_width", "-1", "list_width: -1: must be 0 to 80"},
        {"list_width", "99999999999999999999", "list_width: 99999999999999999999: must be 0 to 80"},
        {"list_width", "1x", "list_width: 1x: must be 0 to 80"},
        {"list_width", "-", "list_width: -: must be 0 to 80"},
        {"colours", "ture",
         "colours: ture: must be auto, none, 16, 256 or true; did you mean true?"},
        {"theme", "a\nb", "theme: must be one line of UTF-8 of at most 255 bytes"},
        {"theme", "\xff", "theme: must be one line of UTF-8 of at most 255 bytes"},
    };
    struct hl_settings before = s;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_null(hl_settings_set(&s, rows[i].name, rows[i].value, why), "row %zu", i);
        cr_expect_str_eq(why, rows[i].why, "row %zu: %s", i, why);
    }
    char lengthy[HL_SETTINGS_TEXT + 1];
    memset(lengthy, 'x', sizeof lengthy);
    lengthy[HL_SETTINGS_TEXT] = '\0';
    cr_assert_null(hl_settings_set(&s, "theme", lengthy, why));
    lengthy[HL_SETTINGS_TEXT - 1] = '\0';
    cr_assert_eq(memcmp(&before, &s, sizeof s), 0);
    cr_assert_not_null(hl_settings_set(&s, "theme", lengthy, why));
}

Test(settings, choices)
{
    char text[HL_SETTINGS_TEXT];
    hl_settings_choices(hl_settings_find("clock"), text);
    cr_assert_str_eq(text, "on or off");
    hl_settings_choices(hl_settings_find("time"), text);
    cr_assert_str_eq(text, "none, hh:mm, hh:mm:ss or 12h");
}
