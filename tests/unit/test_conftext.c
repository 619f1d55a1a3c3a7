/* SPDX-License-Identifier: MIT */
#include "conftext.h"
#include "keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_settings settings;
static struct hl_keymap keymap;
static char told[4096]; /* "LINE: why\n" of each mistake */

static void mistake(void *user, size_t line, const char *why)
{
    size_t len = strlen(told);
    (void)user;
    snprintf(told + len, sizeof told - len, "%zu: %s\n", line, why);
}

static const char *read_bytes(const char *text, size_t len)
{
    hl_settings_init(&settings);
    keymap = (struct hl_keymap){.count = 0};
    told[0] = '\0';
    hl_conftext_read(text, len, &(struct hl_conftext_sink){&settings, &keymap, mistake, NULL});
    return told;
}

static const char *read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

Test(conftext, lines)
{
    cr_assert_str_eq(read_text("\xef\xbb\xbf# mine\n"
                               "\n"
                               "  theme=~/my themes/a = b #1  \r\n"
                               "clock = on\n"
                               "clock = off\n"
                               "\tbind\tC-x  u = redraw\n"
                               "bind M-= = undo\n"
                               "bind C-l=none\n"
                               "list_width = 20"),
                     "");
    cr_assert_eq(hl_keymap_find(&keymap, HL_CTX_INPUT, HL_KEYMAP_PREFIX | 'u'), HL_ACT_REDRAW);
    cr_assert_str_eq(settings.theme, "~/my themes/a = b #1");
    cr_assert(!settings.clock);
    cr_assert_eq(settings.list_width, 20);
    cr_assert_eq(hl_keymap_find(&keymap, HL_CTX_INPUT, HL_KEY_ALT | '='), HL_ACT_UNDO);
    cr_assert_eq(hl_keymap_find(&keymap, HL_CTX_INPUT, HL_KEY_CTRL | 'l'), HL_ACT_NONE);
    cr_assert_str_eq(read_text(""), "");
}

Test(conftext, mistakes_are_named_and_spoil_their_line_alone)
{
    static const char text[] = "colors = 16\n"
                               "clock\n"
                               "= on\n"
                               "bind C-x 2\n"
                               "bind F99 = undo\n"
                               "bind F5 = undoo\n"
                               "clock = maybe\n"
                               "clock = on # at night\n"
                               "# \xff in a comment does no harm\n"
                               "theme = \xff\n"
                               "bind = undo\n"
                               "clock = on\n";
    cr_assert_str_eq(read_text(text),
                     "1: colors: no such setting: did you mean colours?\n"
                     "2: this line: must be NAME = VALUE, or bind KEY = ACTION\n"
                     "3: this line: must be NAME = VALUE, or bind KEY = ACTION\n"
                     "4: this line: must be bind KEY = ACTION\n"
                     "5: F99: no such key: did you mean F9?\n"
                     "6: undoo: no such action: did you mean undo?\n"
                     "7: clock: maybe: must be on or off\n"
                     "8: clock: on # at night: must be on or off (a comment needs a line of its "
                     "own)\n"
                     "10: this line: is not UTF-8 text\n"
                     "11: this line: must be bind KEY = ACTION\n");
    cr_assert(settings.clock);
    cr_assert_eq(keymap.count, 0);
    cr_assert_str_eq(read_bytes("clock = on\0", 11), "1: this line: is not UTF-8 text\n");
}

Test(conftext, lengthy_lines)
{
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "theme = ", 8);
    cr_assert_str_eq(read_text(text), "1: this line: is too long\n");
    memset(text, 'x', 9);
    text[9000] = '=';
    cr_assert_str_eq(read_text(text), "1: this line: is too long\n");
}

static const struct {
    const char *before;
    struct hl_conftext_item item;
    const char *after;
} changes[] = {
    {"", {false, "theme", "light"}, "theme = light\n"},
    {"clock = on", {false, "theme", "light"}, "clock = on\ntheme = light\n"},
    {"# theme = x\n\n theme=dark\nunknown line\n",
     {false, "theme", "light"},
     "# theme = x\n\n theme = light\nunknown line\n"},
    {"theme = a\nclock = on\ntheme = b", {false, "theme", "c"}, "theme = a\nclock = on\ntheme = c"},
    {"theme = a\r\nclock = on\r\n", {false, "theme", "c"}, "theme = c\r\nclock = on\r\n"},
    {"# mine\r\nclock = on", {false, "theme", "c"}, "# mine\r\nclock = on\r\ntheme = c\r\n"},
    {"\r\n", {true, "F5", "undo"}, "\r\nbind F5 = undo\r\n"},
    {"theme = a\n# why\ntheme = b\nclock = on", {false, "theme", NULL}, "# why\nclock = on"},
    {"clock = on\n", {false, "theme", NULL}, "clock = on\n"},
    {"bind c-W = undo\ntheme = x\n", {true, "C-w", "redo"}, "bind C-w = redo\ntheme = x\n"},
    {"bind F5 = undo\n", {true, "F6", "redo"}, "bind F5 = undo\nbind F6 = redo\n"},
    {"bind F5 = undo\nbind f5 = redo\n", {true, "F5", NULL}, ""},
    {"bind M-= = undo\n", {true, "M-=", "redo"}, "bind M-= = redo\n"},
    {"\xef\xbb\xbftheme = a\n", {false, "theme", "b"}, "\xef\xbb\xbftheme = b\n"},
    {"\xff\xfe\0x\n", {false, "clock", "on"}, "\xff\xfe\nclock = on\n"},
};

Test(conftext, a_change_leaves_the_rest)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        size_t len;
        char *text = hl_conftext_change(changes[i].before, strlen(changes[i].before),
                                        &changes[i].item, &len);
        cr_assert_not_null(text);
        cr_expect_eq(len, strlen(changes[i].after), "row %zu: %zu bytes", i, len);
        cr_expect_eq(memcmp(text, changes[i].after, len), 0, "row %zu: %.*s", i, (int)len, text);
        free(text);
    }
}
