/* SPDX-License-Identifier: MIT */
#include "cmdline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The words of a command with | between them, or "?". */
static const char *split(const char *command)
{
    static char out[2 * HL_CMDLINE_LINE];
    struct hl_cmdline w;
    size_t at = 0;

    if (hl_cmdline_split(&w, command) != 0)
        return "?";
    cr_assert_null(w.at[w.count]);
    out[0] = '\0';
    for (int i = 0; i < w.count; i++)
        at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s", i > 0 ? "|" : "", w.at[i]);
    return out;
}

Test(cmdline, commands_are_split_into_words)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"  ", ""},
        {"notify-send", "notify-send"},
        {" a\t b  ", "a|b"},
        {"sh -c 'echo  \"x\" \\n'", "sh|-c|echo  \"x\" \\n"},
        {"a \"b c\"d e", "a|b cd|e"},
        {"a \"\" ''", "a||"},
        {"a\\ b \\\"", "a b|\""},
        {"\"a\\\"b\"", "a\"b"},
        {"a $HOME *", "a|$HOME|*"},
        {"a 'b", "?"},
        {"a \"b", "?"},
        {"a\\", "a\\"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(split(rows[i][0]), rows[i][1], "%s", rows[i][0]);
}

Test(cmdline, commands_are_bounded)
{
    static char many[HL_CMDLINE_LINE];

    for (size_t i = 0; i < 2 * (HL_CMDLINE_MAX + 1); i++)
        many[i] = i % 2 ? ' ' : 'x';
    cr_expect_str_eq(split(many), "?");
    memset(many, 'x', sizeof(many) - 1);
    cr_expect_str_eq(split(many), "?");
}
