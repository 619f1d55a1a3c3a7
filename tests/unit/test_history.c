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
