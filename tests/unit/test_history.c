/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <criterion/criterion.h>
#include <string.h>

static void add(struct hl_history *h, const char *s)
{
    cr_assert_eq(hl_history_add(h, s, strlen(s)), 0);
}

/* Up or Down with now in the input line; "-" for the end of the walk. */
static const char *walk(struct hl_history *h, char way, const char *now)
{
    size_t len = 0;
    const char *s = way == 'u' ? hl_history_prev(h, now, strlen(now), &len)
                               : hl_history_next(h, now, strlen(now), &len);
    cr_assert(!s || strlen(s) == len);
    return s ? s : "-";
}

Test(history, walks_up_and_down_and_keeps_the_draft)
{
    struct hl_history *h = hl_history_new(10);
    cr_assert_str_eq(walk(h, 'u', "draft"), "-");
    cr_assert_str_eq(walk(h, 'd', "draft"), "-");
    add(h, "one");
    add(h, "two");
    cr_assert_str_eq(walk(h, 'd', "draft"), "-");
    cr_assert_str_eq(walk(h, 'u', "draft"), "two");
    cr_assert_str_eq(walk(h, 'u', "two"), "one");
    cr_assert_str_eq(walk(h, 'u', "one"), "-");
    cr_assert_str_eq(walk(h, 'd', "one"), "two");
    cr_assert_str_eq(walk(h, 'd', "two"), "draft");
    cr_assert_str_eq(walk(h, 'd', "draft"), "-");
    hl_history_free(h);
    hl_history_free(NULL);
}

Test(history, changes_of_recalled_lines_stay_until_something_is_sent)
{
    struct hl_history *h = hl_history_new(10);
    add(h, "one");
    add(h, "two");
    walk(h, 'u', "");
    cr_assert_str_eq(walk(h, 'u', "two changed"), "one");
    cr_assert_str_eq(walk(h, 'd', ""), "two changed");
    cr_assert_str_eq(walk(h, 'u', "two"), "", "an emptied line stays empty");
    add(h, "three");
    cr_assert_str_eq(walk(h, 'u', ""), "three");
    cr_assert_str_eq(walk(h, 'u', "three"), "two");
    cr_assert_str_eq(walk(h, 'u', "two"), "one");
    hl_history_free(h);
}

Test(history, is_bounded_and_has_no_empty_or_repeated_lines)
{
    struct hl_history *h = hl_history_new(3);
    static const char *const lines[] = {"a", "a", "", "b", "a", "c", "c", "d"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        add(h, lines[i]);
    cr_assert_eq(hl_history_count(h), 3);
    cr_assert_str_eq(walk(h, 'u', "x"), "d");
    cr_assert_str_eq(walk(h, 'u', "d"), "c");
    cr_assert_str_eq(walk(h, 'u', "c"), "a");
    cr_assert_str_eq(walk(h, 'u', "a"), "-");
    add(h, "e");
    cr_assert_str_eq(walk(h, 'u', "y"), "e");
    cr_assert_str_eq(walk(h, 'd', "e"), "y");
    hl_history_free(h);
    h = hl_history_new(0);
    add(h, "a");
    add(h, "b");
    cr_assert_eq(hl_history_count(h), 1);
    hl_history_free(h);
}

Test(history, keeps_bytes_and_lines_as_they_are)
{
    struct hl_history *h = hl_history_new(2);
    size_t len;
    cr_assert_eq(hl_history_add(h, "a\0b\nc", 5), 0);
    cr_assert_eq(memcmp(hl_history_prev(h, "", 0, &len), "a\0b\nc", 6), 0);
    cr_assert_eq(len, 5);
    hl_history_free(h);
}

Test(history, searches_newest_first)
{
    struct hl_history *h = hl_history_new(10);
    add(h, "connect one");
    add(h, "hello");
    add(h, "connect two");
    size_t len;
    cr_assert_str_eq(hl_history_search(h, "connect", 7, 0, &len), "connect two");
    cr_assert_eq(len, 11);
    cr_assert_str_eq(hl_history_search(h, "connect", 7, 1, NULL), "connect one");
    cr_assert_null(hl_history_search(h, "connect", 7, 2, NULL));
    cr_assert_null(hl_history_search(h, "nothing", 7, 0, NULL));
    cr_assert_str_eq(hl_history_search(h, "", 0, 1, NULL), "hello");
    hl_history_free(h);
}

Test(history, comes_back_from_text)
{
    struct hl_history *h = hl_history_new(10);
    struct hl_history *back = hl_history_new(10);
    static char text[HL_HISTORY_LONG + 100];
    size_t len;
    add(h, "one");
    add(h, "two\nlines");
    memset(text, 'x', HL_HISTORY_LONG + 1);
    add(h, text);
    add(h, "three");
    memset(text, 0, sizeof text);
    len = hl_history_print(h, text, sizeof text);
    cr_assert_eq(len, sizeof "one" + sizeof "two\nlines" + sizeof "three");
    add(back, "typed meanwhile");
    cr_assert_eq(hl_history_load(back, text, len), 0);
    cr_assert_str_eq(walk(back, 'u', "now"), "typed meanwhile");
    cr_assert_str_eq(walk(back, 'u', ""), "three");
    cr_assert_str_eq(walk(back, 'u', ""), "two\nlines");
    cr_assert_str_eq(walk(back, 'u', ""), "one");
    cr_assert_str_eq(walk(back, 'u', ""), "-");
    hl_history_free(h);
    hl_history_free(back);
}

Test(history, prints_the_newest_that_fit)
{
    struct hl_history *h = hl_history_new(10);
    char text[10];
    add(h, "one");
    add(h, "two");
    add(h, "three");
    cr_assert_eq(hl_history_print(h, text, sizeof text), 10);
    cr_assert_arr_eq(text, "two\0three", 10);
    cr_assert_eq(hl_history_print(h, text, 9), 6);
    cr_assert_arr_eq(text, "three", 6);
    cr_assert_eq(hl_history_print(h, text, 0), 0);
    hl_history_free(h);
}

Test(history, loads_any_bytes)
{
    struct hl_history *h = hl_history_new(2);
    cr_assert_eq(hl_history_load(h, "\0\0a\0a\0\0bcd", 10), 0);
    cr_assert_eq(hl_history_count(h), 2);
    cr_assert_str_eq(walk(h, 'u', ""), "bcd");
    cr_assert_eq(hl_history_load(h, "", 0), 0);
    cr_assert_eq(hl_history_count(h), 2);
    hl_history_free(h);
}
