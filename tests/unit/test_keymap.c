/* SPDX-License-Identifier: MIT */
#include "keymap.h"
#include "keys.h"

#include <criterion/criterion.h>
#include <string.h>

static const enum hl_key_context contexts[] = {HL_CTX_INPUT, HL_CTX_SEARCH, HL_CTX_HELP,
                                               HL_CTX_PICKER};

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
                cr_expect_eq(hl_keymap_find(NULL, contexts[c], rows[i].keys[k]), rows[i].action);
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
        cr_expect_gt(hl_keymap_names(NULL, &rows[i], keys), 0, "row %zu", i);
        cr_expect(i == 0 || rows[i].group >= rows[i - 1].group, "row %zu: order", i);
    }
    for (int g = 0; g < HL_GROUP_COUNT; g++)
        cr_assert_gt(strlen(hl_keymap_group_name((enum hl_key_group)g)), 0);
}

Test(keymap, typed_text_is_never_bound_while_writing)
{
    for (uint32_t cp = ' '; cp < 0x3000; cp++) {
        cr_assert_eq(hl_keymap_find(NULL, HL_CTX_INPUT, cp), HL_ACT_NONE, "U+%04X", cp);
        cr_assert(hl_keymap_is_text(cp));
        cr_assert(!hl_keymap_is_text(cp | HL_KEY_ALT));
        cr_assert(!hl_keymap_is_text(cp | HL_KEY_CTRL));
    }
    cr_assert(!hl_keymap_is_text(HL_KEY_UP));
    cr_assert_eq(hl_keymap_find(NULL, HL_CTX_HELP, 'q'), HL_ACT_CANCEL);
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
    hl_keymap_names(NULL, &two, names);
    cr_assert_str_eq(names, "C-a, Home");
    hl_keymap_names(NULL, &nine, names);
    cr_assert_str_eq(names, "M-1 .. M-9");
    for (int d = 0; d <= 9; d++)
        cr_assert_eq(hl_keymap_digit(HL_KEY_ALT | (uint32_t)('0' + d)), d);
    cr_assert_eq(hl_keymap_digit('5'), 0);
    cr_assert_eq(hl_keymap_digit(HL_KEY_ALT | HL_KEY_F1), 0);
}

/* ---- names read back ---- */

Test(keymap, every_default_key_is_read_back)
{
    size_t count;
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    char name[HL_KEYMAP_TEXT];
    char why[HL_KEYMAP_WHY];
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; rows[i].help[0] != '\0' && rows[i].keys[k] != HL_KEY_NONE; k++) {
            hl_keymap_name(rows[i].keys[k], name);
            cr_expect_eq(hl_keymap_parse(name, why), rows[i].keys[k], "%s", name);
        }
    }
}

Test(keymap, parse)
{
    static const struct {
        const char *text;
        uint32_t key; /* HL_KEY_NONE: refused */
    } rows[] = {
        {"a", 'a'},
        {"A", 'A'},
        {"-", '-'},
        {"C-w", HL_KEY_CTRL | 'w'},
        {"c-W", HL_KEY_CTRL | 'w'},
        {"C--", HL_KEY_CTRL | '-'},
        {"M-=", HL_KEY_ALT | '='},
        {"M-A", HL_KEY_ALT | 'A'},
        {"M-C-a", HL_KEY_CTRL | HL_KEY_ALT | 'a'},
        {"space", ' '},
        {"M-Space", HL_KEY_ALT | ' '},
        {"S-f5", HL_KEY_SHIFT | HL_KEY_F5},
        {"pageup", HL_KEY_PAGE_UP},
        {"C-x 2", HL_KEYMAP_PREFIX | '2'},
        {"C-x C-f", HL_KEYMAP_PREFIX | HL_KEY_CTRL | 'f'},
        {"C-x Up", HL_KEYMAP_PREFIX | HL_KEY_UP},
        {"M-漢", HL_KEY_ALT | 0x6f22},
        {"", HL_KEY_NONE},
        {"C-", HL_KEY_NONE},
        {"C-x ", HL_KEY_NONE},
        {"ab", HL_KEY_NONE},
        {"S-a", HL_KEY_NONE},
        {"F13", HL_KEY_NONE},
        {"paste", HL_KEY_NONE},
        {"focus in", HL_KEY_NONE},
        {"\x01", HL_KEY_NONE},
        {"\xff", HL_KEY_NONE},
        {" ", HL_KEY_NONE},
    };
    char why[HL_KEYMAP_WHY];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        why[0] = '\0';
        cr_expect_eq(hl_keymap_parse(rows[i].text, why), rows[i].key, "row %zu: %s", i, why);
        cr_expect_eq(why[0] != '\0', rows[i].key == HL_KEY_NONE, "row %zu", i);
    }
    cr_assert_eq(hl_keymap_parse("M-PgeUp", why), HL_KEY_NONE);
    cr_assert_str_eq(why, "M-PgeUp: no such key: did you mean M-PageUp?");
}

Test(keymap, actions_have_names)
{
    for (int a = HL_ACT_NONE + 1; a < HL_ACT_COUNT; a++) {
        const char *name = hl_keymap_action_name((enum hl_action)a);
        cr_expect_eq((int)hl_keymap_action(name), a, "%s", name);
        cr_expect_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name), "%s", name);
    }
    cr_assert_str_eq(hl_keymap_action_name(HL_ACT_NONE), "none");
    cr_assert_eq(hl_keymap_action("none"), HL_ACT_NONE);
}

/* ---- binds ---- */

static const struct hl_keymap_row *row_of(enum hl_action action)
{
    size_t count;
    const struct hl_keymap_row *row = hl_keymap_rows(&count);
    while (row->action != action)
        row++;
    return row;
}

Test(keymap, binds)
{
    struct hl_keymap map = {0};
    char why[HL_KEYMAP_WHY];
    char names[HL_KEYMAP_TEXT];

    cr_assert_eq(hl_keymap_bind(&map, "F5", "redraw", why), 0);
    cr_assert_eq(hl_keymap_find(&map, HL_CTX_INPUT, HL_KEY_F5), HL_ACT_REDRAW);
    cr_assert_eq(hl_keymap_find(NULL, HL_CTX_INPUT, HL_KEY_F5), HL_ACT_NONE);
    hl_keymap_names(&map, row_of(HL_ACT_REDRAW), names);
    cr_assert_str_eq(names, "C-l, F5");

    cr_assert_eq(hl_keymap_bind(&map, "C-l", "none", why), 0);
    cr_assert_eq(hl_keymap_find(&map, HL_CTX_INPUT, HL_KEY_CTRL | 'l'), HL_ACT_NONE);
    hl_keymap_names(&map, row_of(HL_ACT_REDRAW), names);
    cr_assert_str_eq(names, "F5");

    cr_assert_eq(hl_keymap_bind(&map, "C-l", "default", why), 0);
    cr_assert_eq(hl_keymap_find(&map, HL_CTX_INPUT, HL_KEY_CTRL | 'l'), HL_ACT_REDRAW);
    cr_assert_eq(map.count, 1);

    cr_assert_eq(hl_keymap_bind(&map, "C-x 9", "help", why), 0);
    hl_keymap_names(&map, row_of(HL_ACT_HELP), names);
    cr_assert_str_eq(names, "F1, C-x 9");
}

/* C-c leaves the help page, whatever it does to the input. */
Test(keymap, a_bind_counts_where_its_action_does)
{
    struct hl_keymap map = {0};
    char why[HL_KEYMAP_WHY];

    cr_assert_eq(hl_keymap_bind(&map, "C-c", "kill-line", why), 0);
    cr_assert_eq(hl_keymap_find(&map, HL_CTX_INPUT, HL_KEY_CTRL | 'c'), HL_ACT_KILL_LINE_RIGHT);
    cr_assert_eq(hl_keymap_find(&map, HL_CTX_HELP, HL_KEY_CTRL | 'c'), HL_ACT_CANCEL);
}

Test(keymap, what_is_not_bound_is_explained)
{
    static const struct {
        const char *key, *action, *why;
    } rows[] = {
        {"F5", "undoo", "undoo: no such action: did you mean undo?"},
        {"F5", "focus-in", "focus-in: is not an action for a key"},
        {"F5", "conversation-number", "conversation-number: belongs to M-1 .. M-9"},
        {"q", "help", "q: is typed text; bind it with C- or M- before it"},
        {"Enter", "newline", "Enter: always sends, so that any mistake can be undone"},
        {"C-x", "undo", "C-x: begins keys of two strokes, such as C-x 2"},
        {"C-i", "undo", "C-i: terminals send Tab for it"},
        {"F55", "undo", "F55: no such key: did you mean F5?"},
    };
    struct hl_keymap map = {0};
    char why[HL_KEYMAP_WHY];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(hl_keymap_bind(&map, rows[i].key, rows[i].action, why), -1, "row %zu", i);
        cr_expect_str_eq(why, rows[i].why, "row %zu: %s", i, why);
    }
    cr_assert_eq(map.count, 0);
}

Test(keymap, a_full_map_refuses)
{
    struct hl_keymap map = {0};
    char why[HL_KEYMAP_WHY];

    for (uint32_t i = 0; i < HL_KEYMAP_BINDS; i++)
        hl_keymap_set(&map, HL_KEY_ALT | (0x4e00 + i), HL_ACT_UNDO);
    cr_assert_eq(map.count, HL_KEYMAP_BINDS);
    hl_keymap_set(&map, HL_KEY_F5, HL_ACT_UNDO);
    cr_assert_eq(hl_keymap_bind(&map, "F5", "undo", why), -1);
    cr_assert_str_eq(why, "F5: no more keys can be bound");
    cr_assert_eq(hl_keymap_bind(&map, "M-一", "redo", why), 0);
    cr_assert_eq(hl_keymap_find(&map, HL_CTX_INPUT, HL_KEY_ALT | 0x4e00), HL_ACT_REDO);
    char names[HL_KEYMAP_TEXT];
    cr_assert_lt(hl_keymap_names(&map, row_of(HL_ACT_UNDO), names), HL_KEYMAP_TEXT);
}
