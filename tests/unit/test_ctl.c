/* SPDX-License-Identifier: MIT */
/* Control records: what is put is what is got, and nothing malformed is taken. */
#include "ctl.h"
#include "err.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct hl_ctl full(void)
{
    struct hl_ctl c = {.kind = HL_CTL_ENTRY,
                       .request = 1,
                       .contact = 70000,
                       .flags = 3,
                       .code = 2,
                       .state = 9,
                       .row = UINT64_C(1) << 40,
                       .pos = 5,
                       .seq = 6,
                       .count = 7,
                       .number = 8,
                       .version = 9,
                       .via = 1,
                       .time = 1790000000000,
                       .until = 1,
                       .err = HL_ERR_KEY_CHANGED,
                       .has_id = true,
                       .has_target = true,
                       .has_key = true,
                       .text = {"a\0b\n", 4},
                       .name = {"n", 1},
                       .nick = {"k", 1},
                       .note = {"o", 1},
                       .other = {"t", 1},
                       .local = {"l", 1}};

    memset(c.id, 1, sizeof c.id);
    memset(c.target, 2, sizeof c.target);
    memset(c.key, 3, sizeof c.key);
    return c;
}

static void assert_same_bytes(struct hl_ctl_bytes a, struct hl_ctl_bytes b)
{
    cr_assert_eq(a.len, b.len);
    cr_assert(a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static void assert_same(const struct hl_ctl *a, const struct hl_ctl *b)
{
    struct hl_ctl x = *a;
    struct hl_ctl y = *b;

    assert_same_bytes(a->text, b->text);
    assert_same_bytes(a->name, b->name);
    assert_same_bytes(a->nick, b->nick);
    assert_same_bytes(a->note, b->note);
    assert_same_bytes(a->other, b->other);
    assert_same_bytes(a->local, b->local);
    x.text = x.name = x.nick = x.note = x.other = x.local = (struct hl_ctl_bytes){0};
    y.text = y.name = y.nick = y.note = y.other = y.local = (struct hl_ctl_bytes){0};
    cr_assert_arr_eq(&x, &y, sizeof x);
}

Test(ctl, comes_back_as_it_was)
{
    const struct hl_ctl all = full();
    const struct hl_ctl least = {.kind = HL_CTL_END};
    char out[512];
    struct hl_ctl back;
    size_t len = hl_ctl_put(out, sizeof out, &all);

    cr_assert_gt(len, 0);
    cr_assert_leq(len, hl_ctl_size(&all));
    cr_assert_eq(hl_ctl_get(&back, out, sizeof out), (ptrdiff_t)len);
    assert_same(&all, &back);
    len = hl_ctl_put(out, sizeof out, &least);
    cr_assert_eq(len, 5, "a record without fields is its length and its kind");
    cr_assert_eq(hl_ctl_get(&back, out, len), 5);
    assert_same(&least, &back);
}

Test(ctl, waits_for_the_rest)
{
    const struct hl_ctl all = full();
    char out[512];
    struct hl_ctl back;
    size_t len = hl_ctl_put(out, sizeof out, &all);

    for (size_t i = 0; i < len; i++)
        cr_assert_eq(hl_ctl_get(&back, out, i), 0, "%zu of %zu bytes", i, len);
}

Test(ctl, says_when_there_is_no_room)
{
    const struct hl_ctl all = full();
    char whole[512];
    size_t len = hl_ctl_put(whole, sizeof whole, &all);

    for (size_t cap = 0; cap < len; cap++) {
        char *out = malloc(cap + 1); /* so that a sanitizer sees a byte too many */

        cr_assert_eq(hl_ctl_put(out, cap, &all), 0, "%zu of %zu bytes", cap, len);
        free(out);
    }
}

Test(ctl, takes_nothing_malformed)
{
    static const struct {
        const char *what;
        size_t len;
        const char *at;
    } rows[] = {
        {"no kind", 4, "\0\0\0\0"},
        {"kind 0", 5, "\1\0\0\0\0"},
        {"a kind beyond the last", 5, "\1\0\0\0\377"},
        {"too long", 5, "\1\0\2\0\1"},
        {"tag 0", 7, "\3\0\0\0\1\0\1"},
        {"a tag beyond the last", 7, "\3\0\0\0\1\77\1"},
        {"a number cut short", 6, "\2\0\0\0\1\1"},
        {"an id cut short", 8, "\4\0\0\0\1\20ab"},
        {"bytes cut short", 8, "\4\0\0\0\1\23\5a"},
    };
    struct hl_ctl back;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(hl_ctl_get(&back, rows[i].at, rows[i].len), HL_ERR_FRAMING, "%s",
                     rows[i].what);
}

Test(ctl, every_kind_has_a_name)
{
    for (int kind = 0; kind < HL_CTL_COUNT; kind++)
        cr_assert_not_null(hl_ctl_name((enum hl_ctl_kind)kind), "kind %d", kind);
}

Test(ctl, a_text_as_a_string)
{
    static const char bytes[] = {'a', 'b', '\0', 'c'};
    const struct hl_ctl_bytes nul_within = {bytes, sizeof bytes};
    const struct hl_ctl_bytes word = hl_ctl_bytes("word");
    const struct hl_ctl_bytes none = hl_ctl_bytes(NULL);
    char out[5];

    cr_expect_str_eq(hl_ctl_text(&word, out, sizeof out), "word");
    cr_expect_str_eq(hl_ctl_text(&word, out, 4), "wor");
    cr_expect_str_eq(hl_ctl_text(&nul_within, out, sizeof out), "ab");
    cr_expect_str_eq(hl_ctl_text(&none, out, sizeof out), "");
}
