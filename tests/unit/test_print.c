/* SPDX-License-Identifier: MIT */
#include "print.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) s, sizeof(s) - 1

static const struct {
    const char *text;
    size_t len;
    uint32_t flags;
    bool bad;
    const char *line;
} lines[] = {
    {TEXT("hello"), 0, false, "[::1]:4855: hello"},
    {TEXT("one\ntwo"), 0, false, "[::1]:4855: one\u23cetwo"},
    {TEXT("a: b"), 0, false, "[::1]:4855: a: b"},
    {TEXT("rest"), HL_EVF_CONTINUES, false, "[::1]:4855: …rest"},
    {TEXT("cut"), HL_EVF_TRUNCATED, false, "[::1]:4855: cut [cut short]"},
    {TEXT("\xff!"), 0, true, "[::1]:4855: \ufffd! [not UTF-8]"},
    {TEXT("\x1b[2J\x07"), 0, false, "[::1]:4855: \ufffd[2J\ufffd"},
    {TEXT("\u202eabc"), 0, false, "[::1]:4855: abc"},
};

Test(print, a_message_is_one_line_with_its_sender)
{
    struct hl_conv c = {.name = "[::1]:4855"};

    setlocale(LC_ALL, "C.UTF-8");
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        const struct hl_incoming m = {.text = lines[i].text,
                                      .len = lines[i].len,
                                      .flags = lines[i].flags,
                                      .bad_utf8 = lines[i].bad};
        char *line = hl_print_message_text(&c, &m, false);

        cr_assert_str_eq(line, lines[i].line, "%s", line);
        free(line);
    }
}

/* What can be copied from there and opened. */
Test(print, links_stay_what_they_are)
{
    struct hl_conv c = {.name = "bob"};
    const char *text = "see https://a.example/\u00e9\u200b\u00e9 \u00e9";
    const struct hl_incoming m = {.text = text, .len = strlen(text)};
    char *line;

    setlocale(LC_ALL, "C.UTF-8");
    line = hl_print_message_text(&c, &m, true);
    cr_assert_str_eq(line, "bob: see https://a.example/%C3%A9%E2%80%8B%C3%A9 ?", "%s", line);
    free(line);
    line = hl_print_message_text(&c, &m, false);
    cr_assert_str_eq(line, "bob: see https://a.example/\u00e9%E2%80%8B\u00e9 \u00e9", "%s", line);
    free(line);
}

Test(print, a_terminal_without_utf8_gets_ascii)
{
    struct hl_conv c = {.name = "bob"};
    const struct hl_incoming m = {.text = "h\u00e9\u4f60", .len = 6, .flags = HL_EVF_CONTINUES};
    char *line;

    setlocale(LC_ALL, "C.UTF-8");
    line = hl_print_message_text(&c, &m, true);
    cr_assert_str_eq(line, "bob: ...h??", "%s", line);
    free(line);
}
