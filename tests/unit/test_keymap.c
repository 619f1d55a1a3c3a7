/* SPDX-License-Identifier: MIT */
#include "keymap.h"
#include "keys.h"

#include <criterion/criterion.h>
#include <string.h>

static const enum hl_key_context contexts[] = {HL_CTX_INPUT, HL_CTX_SEARCH, HL_CTX_HELP};

Test(keymap, no_key_is_bound_twice)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; rows[i].keys[k] != HL_KEY_NONE; k++) {
            for (size_t c = 0; c < 3; c++) {
                if (!(rows[i].contexts & contexts[c]))
                    continue;
                char name[HL_KEYMAP_TEXT];
                size_t bound = 0;
                for (size_t j = 0; j < count; j++)
                    for (size_t l = 0; rows[j].keys[l] != HL_KEY_NONE; l++)
                        bound +=
                            rows[j].contexts & contexts[c] && rows[j].keys[l] == rows[i].keys[k];
                hl_keymap_name(rows[i].keys[k], name);
                cr_expect_eq(bound, 1, "%s is bound %zu times", name, bound);
                cr_expect_eq(hl_keymap_find(contexts[c], rows[i].keys[k]), rows[i].action);
            }
        }
    }
}

Test(keymap, every_action_has_a_key_and_help)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    for (int action = HL_ACT_NONE + 1; action < HL_ACT_COUNT; action++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || (int)rows[i].action == action;
        cr_expect(found, "action %d has no row", action);
    }
    for (size_t i = 0; i < count; i++) {
        char keys[HL_KEYMAP_TEXT];
        bool report = rows[i].action == HL_ACT_FOCUS_IN || rows[i].action == HL_ACT_FOCUS_OUT;
        cr_expect_neq(rows[i].keys[0], HL_KEY_NONE, "row %zu", i);
        cr_expect_eq(strlen(rows[i].help) == 0, report, "row %zu", i);
        cr_expect_leq(strlen(rows[i].help), 50, "row %zu", i);
        cr_expect_neq(rows[i].contexts, 0, "row %zu", i);
        cr_expect_gt(hl_keymap_names(&rows[i], keys), 0, "row %zu", i);
        cr_expect(i == 0 || rows[i].group >= rows[i - 1].group, "row %zu: order", i);
    }
    for (int g = 0; g < HL_GROUP_COUNT; g++)
        cr_assert_gt(strlen(hl_keymap_group_name((enum hl_key_group)g)), 0);
}

Test(keymap, typed_text_is_never_bound_while_writing)
{
    for (uint32_t cp = ' '; cp < 0x3000; cp++) {
        cr_assert_eq(hl_keymap_find(HL_CTX_INPUT, cp), HL_ACT_NONE, "U+%04X", cp);
        cr_assert(hl_keymap_is_text(cp));
        cr_assert(!hl_keymap_is_text(cp | HL_KEY_ALT));
        cr_assert(!hl_keymap_is_text(cp | HL_KEY_CTRL));
    }
    cr_assert(!hl_keymap_is_text(HL_KEY_UP));
    cr_assert_eq(hl_keymap_find(HL_CTX_HELP, 'q'), HL_ACT_CANCEL);
}

Test(keymap, names)
{
    static const struct {
        uint32_t key;
        const char *name;
    } rows[] = {
        {'a', "a"},
        {' ', "Space"},
        {HL_KEY_CTRL | 'w', "C-w"},
        {HL_KEY_ALT | 'b', "M-b"},
        {HL_KEY_CTRL | HL_KEY_ALT | 'x', "C-M-x"},
        {HL_KEY_PAGE_UP, "PageUp"},
        {HL_KEY_CTRL | HL_KEY_SHIFT | HL_KEY_F12, "C-S-F12"},
        {HL_KEY_CTRL | ' ', "C-Space"},
        {0x6f22, "漢"},
    };
    char name[HL_KEYMAP_TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = hl_keymap_name(rows[i].key, name);
        cr_expect_str_eq(name, rows[i].name, "row %zu: %s", i, name);
        cr_expect_eq(n, strlen(name));
    }
}

Test(keymap, names_of_rows)
{
    static const struct hl_keymap_row two = {.keys = {HL_KEY_CTRL | 'a', HL_KEY_HOME}};
    static const struct hl_keymap_row nine = {
        .keys = {HL_KEY_ALT | '1', 2, 3, 4, 5, 6, 7, 8, HL_KEY_ALT | '9'}};
    char names[HL_KEYMAP_TEXT];
    hl_keymap_names(&two, names);
    cr_assert_str_eq(names, "C-a, Home");
    hl_keymap_names(&nine, names);
    cr_assert_str_eq(names, "M-1 .. M-9");
    for (int d = 0; d <= 9; d++)
        cr_assert_eq(hl_keymap_digit(HL_KEY_ALT | (uint32_t)('0' + d)), d);
    cr_assert_eq(hl_keymap_digit('5'), 0);
    cr_assert_eq(hl_keymap_digit(HL_KEY_ALT | HL_KEY_F1), 0);
}
