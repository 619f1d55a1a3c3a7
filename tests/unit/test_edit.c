/* SPDX-License-Identifier: MIT */
/* The line editor. Rows read: text with the cursor as |, keys, text with the cursor. */
#include "cluster.h"
#include "edit.h"
#include "hard_strings.h"
#include "utf8.h"
#include "width.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(edit, .init = utf8_locale);

static enum hl_action action_of(const char *name)
{
    size_t count;
    char text[HL_KEYMAP_TEXT];
    const struct hl_keymap_row *rows = hl_keymap_rows(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; rows[i].keys[k]; k++) {
            hl_keymap_name(rows[i].keys[k], text);
            if (rows[i].contexts & HL_CTX_INPUT && strcmp(text, name) == 0)
                return rows[i].action;
        }
    }
    return HL_ACT_NONE;
}

/* Keys by name between spaces; Space types one, "text" in any other form is typed by character,
 * and paste:text comes at once. */
static enum hl_edit_result press(struct hl_edit *e, const char *keys)
{
    char buffer[256];
    enum hl_edit_result result = HL_EDIT_DONE;
    strcpy(buffer, keys);
    for (char *key = strtok(buffer, " "); key; key = strtok(NULL, " ")) {
        enum hl_action action = action_of(key);
        if (strcmp(key, "Space") == 0)
            result = hl_edit_insert(e, " ", 1);
        else if (strncmp(key, "paste:", 6) == 0)
            result = hl_edit_insert(e, key + 6, strlen(key + 6));
        else if (action != HL_ACT_NONE)
            result = hl_edit_do(e, action);
        else
            for (size_t at = 0, n; key[at]; at += n) {
                uint32_t cp;
                n = hl_utf8_decode(key + at, strlen(key + at), &cp);
                result = hl_edit_insert(e, key + at, n);
            }
    }
    return result;
}

static struct hl_edit *start(const char *text)
{
    struct hl_edit *e = hl_edit_new(HL_EDIT_MAX);
    const char *cursor = strchr(text, '|');
    cr_assert_not_null(e);
    cr_assert_eq(hl_edit_insert(e, text, (size_t)(cursor - text)), HL_EDIT_DONE);
    size_t at = hl_edit_cursor(e);
    cr_assert_eq(hl_edit_insert(e, cursor + 1, strlen(cursor + 1)), HL_EDIT_DONE);
    while (hl_edit_cursor(e) > at)
        hl_edit_do(e, HL_ACT_LEFT);
    return e;
}

static void show(const struct hl_edit *e, char *out)
{
    const char *text = hl_edit_text(e, NULL);
    sprintf(out, "%.*s|%s", (int)hl_edit_cursor(e), text, text + hl_edit_cursor(e));
}

Test(edit, rows)
{
    static const struct {
        const char *before, *keys, *after;
    } rows[] = {
        {"|", "abc", "abc|"},
        {"ab|d", "c", "abc|d"},
        {"|", "a Space b", "a b|"},
        /* moving */
        {"abc|", "Left Left", "a|bc"},
        {"a|bc", "Right C-f Right", "abc|"},
        {"one two|", "M-b M-b", "|one two"},
        {"|one, two", "M-f", "one|, two"},
        {"one|, two", "C-Right", "one, two|"},
        {"one, two|", "C-Left", "one, |two"},
        {"größe 漢字|", "M-b M-b", "|größe 漢字"},
        {"ab|cd", "Home x End y", "xabcdy|"},
        {"a\nbc|d", "C-a x C-e y", "a\nxbcdy|"},
        {"|a\nb", "C-j", "\n|a\nb"},
        /* whole clusters */
        {"漢字|", "Backspace", "漢|"},
        {"cafe\u0301|", "Backspace", "caf|"},
        {"x👨\u200d👩\u200d👧\u200d👦|", "Backspace", "x|"},
        {"|👨\u200d👩\u200d👧\u200d👦x", "Delete", "|x"},
        {"🇩🇪🇫🇷|", "Backspace", "🇩🇪|"},
        {"🇩🇪🇫🇷|", "Left", "🇩🇪|🇫🇷"},
        {"1\ufe0f\u20e3👍🏽|", "Left Left", "|1\ufe0f\u20e3👍🏽"},
        {"|🇩🇪", "Right C-h", "|"},
        {"e|x", "\u0301", "e\u0301|x"},
        {"🇩|🇪x", "Left Right", "🇩🇪|x"},
        {"🇩x|🇪", "Backspace", "🇩🇪|"},
        {"|🇩🇪", "🇫", "🇫🇩|🇪"},
        /* deleting, killing, yanking */
        {"a|b", "Backspace Delete", "|"},
        {"|abc", "Backspace", "|abc"},
        {"one two|", "C-w", "one |"},
        {"ls /usr/bin|", "C-w", "ls |"},
        {"ls /usr/bin|", "M-Backspace", "ls /usr/|"},
        {"ls |/usr/bin", "M-d", "ls |/bin"},
        {"one two  |", "C-w", "one |"},
        {"ab|cd", "C-k", "ab|"},
        {"ab|cd", "C-u", "|cd"},
        {"ab|\ncd", "C-k", "ab|cd"},
        {"ab\n|cd", "C-u", "ab|cd"},
        {"a|b\ncd", "C-k", "a|\ncd"},
        {"ab|cd", "C-k C-a C-y", "cd|ab"},
        {"one two three|", "C-w C-w C-y", "one two three|"},
        {"|one two three", "M-d M-d C-e C-y", " threeone two|"},
        {"|one two three", "M-d C-e C-w C-y", " two three|"},
        {"one two|", "C-w Left Right C-w C-y M-y", "two|"},
        {"a b c|", "C-w Left Right C-w Left Right C-w C-y", "a |"},
        {"a b c|", "C-w Left Right C-w Left Right C-w C-y M-y", "b |"},
        {"a b c|", "C-w Left Right C-w Left Right C-w C-y M-y M-y", "c|"},
        {"a b c|", "C-w Left Right C-w Left Right C-w C-y M-y M-y M-y", "a |"},
        {"ab|", "C-u C-y M-y", "ab|"},
        {"ab|", "C-u C-y x M-y", "abx|"},
        {"a b|", "C-w Left Right C-w M-y M-y", "|"},
        {"|x", "C-y", "|x"},
        /* swapping and case */
        {"abc|", "C-t", "acb|"},
        {"a|bc", "C-t", "ba|c"},
        {"|abc", "C-t", "|abc"},
        {"a|", "C-t", "a|"},
        {"a\nb|c", "C-t", "a\ncb|"},
        {"a\n|bc", "C-t", "a\n|bc"},
        {"漢🇩🇪|", "C-t", "🇩🇪漢|"},
        {"|one two", "M-u", "ONE| two"},
        {"one| two", "M-c", "one Two|"},
        {"|ÀÉ ß", "M-l", "àé| ß"},
        {"|élan", "M-c", "Élan|"},
        {"|mIXED", "M-c", "Mixed|"},
        {"o|ne", "M-u", "oNE|"},
        {"|...", "M-u", "|..."},
        /* undo */
        {"|", "abc C-_", "|"},
        {"|", "one Space two C-_", "one |"},
        {"|", "one Space two C-_ C-_", "|"},
        {"|", "one Space two C-_ C-_ M-_", "one |"},
        {"|", "one Space two C-_ C-_ M-_ M-_", "one two|"},
        {"|", "one C-_ two M-_", "two|"},
        {"|", "ab Left Right cd C-_", "ab|"},
        {"|", "paste:ab paste:cd C-_", "ab|"},
        {"|", "ab paste:cd C-_", "ab|"},
        {"one two|", "C-w C-_", "one two|"},
        {"ab|cd", "C-k C-_", "ab|cd"},
        {"abc|", "C-t C-_", "abc|"},
        {"a b|", "C-w C-y M-y C-_ C-_", "a b|"},
        /* what comes in */
        {"|", "paste:a\r\nb\rc\nd", "a\nb\nc\nd|"},
        {"|", "paste:a\tb\x1b[31m\x07\x7f", "a\tb[31m|"},
        {"|", "paste:\xff\xe6\xbc", "\ufffd\ufffd|"},
        {"|",
         "paste:\xc2\x9b"
         "31m",
         "31m|"},
        {"|", "paste:a\u202eb\u200d", "a\u202eb\u200d|"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[512];
        struct hl_edit *e = start(rows[i].before);
        press(e, rows[i].keys);
        show(e, got);
        cr_expect_str_eq(got, rows[i].after, "row %zu (%s): %s, not %s", i, rows[i].keys, got,
                         rows[i].after);
        hl_edit_free(e);
    }
}

Test(edit, results)
{
    static const struct {
        const char *before, *keys;
        enum hl_edit_result result;
    } rows[] = {
        {"|a", "Left", HL_EDIT_EDGE},      {"|a", "Right", HL_EDIT_DONE},
        {"|a", "Backspace", HL_EDIT_EDGE}, {"a|", "C-k", HL_EDIT_EDGE},
        {"a|", "C-y", HL_EDIT_EDGE},       {"a|", "M-y", HL_EDIT_EDGE},
        {"|", "C-_", HL_EDIT_EDGE},        {"|", "M-_", HL_EDIT_EDGE},
        {"|a", "C-t", HL_EDIT_EDGE},       {"a|", "M-u", HL_EDIT_EDGE},
        {"|", "M-r", HL_EDIT_EDGE},        {"a|b", "C-Space", HL_EDIT_DONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_edit *e = start(rows[i].before);
        cr_expect_eq(press(e, rows[i].keys), rows[i].result, "row %zu", i);
        hl_edit_free(e);
    }
    struct hl_edit *e = start("|");
    cr_assert_eq(hl_edit_do(e, HL_ACT_NONE), HL_EDIT_UNKNOWN);
    cr_assert_eq(hl_edit_do(e, HL_ACT_SEND), HL_EDIT_UNKNOWN);
    for (int a = HL_ACT_NONE + 1; a <= HL_ACT_EDIT_END; a++)
        cr_assert_neq(hl_edit_do(e, (enum hl_action)a), HL_EDIT_UNKNOWN, "action %d", a);
    hl_edit_free(e);
    hl_edit_free(NULL);
}

Test(edit, replace_set_and_reset)
{
    char got[64];
    struct hl_edit *e = start("/con|x");
    cr_assert_eq(hl_edit_replace(e, 0, 4, "/connect ", 9), HL_EDIT_DONE);
    show(e, got);
    cr_assert_str_eq(got, "/connect |x");
    press(e, "C-_");
    show(e, got);
    cr_assert_str_eq(got, "/con|x");
    cr_assert_eq(hl_edit_set(e, "🇩🇪", 8), HL_EDIT_DONE);
    cr_assert_eq(hl_edit_replace(e, 0, 4, "x", 1), HL_EDIT_DONE, "half a flag is a whole one");
    show(e, got);
    cr_assert_str_eq(got, "x|");
    cr_assert_eq(hl_edit_set(e, "", 0), HL_EDIT_DONE);
    press(e, "C-_");
    show(e, got);
    cr_assert_str_eq(got, "x|");
    hl_edit_reset(e);
    cr_assert_eq(press(e, "C-_"), HL_EDIT_EDGE);
    show(e, got);
    cr_assert_str_eq(got, "|");
    hl_edit_free(e);
}

Test(edit, more_than_the_maximum_is_refused_whole)
{
    static char big[HL_EDIT_MAX + 1];
    size_t len;
    struct hl_edit *e = hl_edit_new(HL_EDIT_MAX);
    memset(big, 'x', sizeof big);
    cr_assert_eq(hl_edit_insert(e, big, sizeof big), HL_EDIT_FULL);
    hl_edit_text(e, &len);
    cr_assert_eq(len, 0);
    cr_assert_eq(hl_edit_insert(e, big, HL_EDIT_MAX), HL_EDIT_DONE);
    cr_assert_eq(hl_edit_insert(e, "y", 1), HL_EDIT_FULL);
    cr_assert_eq(hl_edit_do(e, HL_ACT_NEWLINE), HL_EDIT_FULL);
    hl_edit_text(e, &len);
    cr_assert_eq(len, HL_EDIT_MAX);
    cr_assert_eq(hl_edit_do(e, HL_ACT_DELETE_LEFT), HL_EDIT_DONE);
    cr_assert_eq(hl_edit_insert(e, "y", 1), HL_EDIT_DONE);
    hl_edit_free(e);
}

Test(edit, undo_memory_is_bounded_and_the_newest_steps_stay)
{
    static char big[HL_EDIT_MAX];
    struct hl_edit *e = hl_edit_new(HL_EDIT_MAX);
    memset(big, 'x', sizeof big);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(hl_edit_set(e, big, sizeof big - (size_t)i), HL_EDIT_DONE);
        cr_assert_eq(hl_edit_set(e, "", 0), HL_EDIT_DONE);
    }
    size_t steps = 0;
    while (hl_edit_do(e, HL_ACT_UNDO) == HL_EDIT_DONE)
        steps++;
    cr_assert_gt(steps, 8);
    cr_assert_lt(steps, 2UL * HL_EDIT_UNDO_MAX / HL_EDIT_MAX);
    hl_edit_free(e);
}

/* Slow and obvious: boundaries by one pass, text rebuilt by copying. */
struct reference {
    char text[4096];
    size_t len, cursor;
};

static size_t boundary_before(const struct reference *r, size_t at)
{
    size_t last = 0;
    for (size_t i = 0; i < at; i = hl_cluster_next(r->text, r->len, i))
        last = i;
    return last;
}

static size_t boundary_from(const struct reference *r, size_t at)
{
    size_t i = 0;
    while (i < at)
        i = hl_cluster_next(r->text, r->len, i);
    return i;
}

static void reference_splice(struct reference *r, size_t from, size_t to, const char *s)
{
    char copy[sizeof r->text];
    int n = snprintf(copy, sizeof copy, "%.*s%s%s", (int)from, r->text, s, r->text + to);
    cr_assert_lt(n, (int)sizeof copy);
    memcpy(r->text, copy, (size_t)n + 1);
    r->len = (size_t)n;
    r->cursor = boundary_from(r, from + strlen(s));
}

static void reference_do(struct reference *r, enum hl_action action)
{
    size_t line = r->cursor;
    size_t end = r->cursor + strcspn(r->text + r->cursor, "\n");
    while (line > 0 && r->text[line - 1] != '\n')
        line--;
    switch ((int)action) {
    case HL_ACT_LEFT:
        r->cursor = boundary_before(r, r->cursor);
        break;
    case HL_ACT_RIGHT:
        r->cursor = r->cursor < r->len ? boundary_from(r, r->cursor + 1) : r->len;
        break;
    case HL_ACT_LINE_START:
        r->cursor = line;
        break;
    case HL_ACT_LINE_END:
        r->cursor = end;
        break;
    case HL_ACT_DELETE_LEFT:
        if (r->cursor > 0)
            reference_splice(r, boundary_before(r, r->cursor), r->cursor, "");
        break;
    case HL_ACT_DELETE_RIGHT:
        if (r->cursor < r->len)
            reference_splice(r, r->cursor, boundary_from(r, r->cursor + 1), "");
        break;
    case HL_ACT_KILL_LINE_RIGHT:
        if (r->cursor < r->len)
            reference_splice(r, r->cursor, end > r->cursor ? end : r->cursor + 1, "");
        break;
    case HL_ACT_KILL_LINE_LEFT:
        if (r->cursor > 0)
            reference_splice(r, line < r->cursor ? line : r->cursor - 1, r->cursor, "");
        break;
    default:
        break;
    }
}

Test(edit, random_operations_agree_with_the_reference)
{
    static const enum hl_action actions[] = {
        HL_ACT_LEFT,        HL_ACT_RIGHT,        HL_ACT_LINE_START,      HL_ACT_LINE_END,
        HL_ACT_DELETE_LEFT, HL_ACT_DELETE_RIGHT, HL_ACT_KILL_LINE_RIGHT, HL_ACT_KILL_LINE_LEFT,
    };
    static const char *const texts[] = {"a",      " ", "\n", "word", "\u0301",
                                        "\u200d", "👩", "🇩",  "🏽", "漢"};
    static struct reference r;
    for (unsigned seed = 1; seed <= 2000; seed++) {
        struct hl_edit *e = hl_edit_new(HL_EDIT_MAX);
        unsigned state = seed;
        r = (struct reference){.len = 0};
        for (int step = 0; step < 60; step++) {
            unsigned pick = (unsigned)rand_r(&state) >> 4;
            if (pick % 2) {
                const char *s = texts[pick / 2 % (sizeof texts / sizeof texts[0])];
                hl_edit_insert(e, s, strlen(s));
                reference_splice(&r, r.cursor, r.cursor, s);
            } else {
                enum hl_action a = actions[pick / 2 % (sizeof actions / sizeof actions[0])];
                hl_edit_do(e, a);
                reference_do(&r, a);
            }
            cr_assert_str_eq(hl_edit_text(e, NULL), r.text, "seed %u step %d", seed, step);
            cr_assert_eq(hl_edit_cursor(e), r.cursor, "seed %u step %d: cursor", seed, step);
        }
        hl_edit_free(e);
    }
}

Test(edit, undo_returns_to_the_start_and_redo_to_the_end)
{
    for (unsigned seed = 1; seed <= 2000; seed++) {
        struct hl_edit *e = hl_edit_new(HL_EDIT_MAX);
        unsigned state = seed;
        hl_edit_insert(e, "start 🇩🇪 text", 17);
        hl_edit_do(e, HL_ACT_WORD_LEFT);
        for (int step = 0; step < 40; step++) {
            const char *s = hard_strings[(size_t)rand_r(&state) / 3 % HARD_STRINGS].text;
            if (rand_r(&state) % 3 == 0)
                hl_edit_insert(e, s, strlen(s));
            else
                hl_edit_do(e, (enum hl_action)(1 + rand_r(&state) / 5 % HL_ACT_EDIT_END));
            size_t len;
            const char *text = hl_edit_text(e, &len);
            cr_assert(hl_utf8_valid(text, len), "seed %u", seed);
            cr_assert_eq(hl_cluster_snap(text, len, hl_edit_cursor(e)), hl_edit_cursor(e),
                         "seed %u: cursor inside a cluster", seed);
        }
        while (hl_edit_do(e, HL_ACT_REDO) == HL_EDIT_DONE)
            ;
        char *end = strdup(hl_edit_text(e, NULL));
        while (hl_edit_do(e, HL_ACT_UNDO) == HL_EDIT_DONE)
            ;
        cr_assert_str_eq(hl_edit_text(e, NULL), "", "seed %u", seed);
        while (hl_edit_do(e, HL_ACT_REDO) == HL_EDIT_DONE)
            ;
        cr_assert_str_eq(hl_edit_text(e, NULL), end, "seed %u", seed);
        free(end);
        hl_edit_free(e);
    }
}

static const struct {
    const char *text;
    size_t cursor;
    enum hl_action action;
    const char *after; /* NULL: nothing happens */
} words[] = {
    {"one two", 7, HL_ACT_TRANSPOSE_WORDS, "two one"},
    {"one two three", 4, HL_ACT_TRANSPOSE_WORDS, "two one three"},
    {"one, two!", 9, HL_ACT_TRANSPOSE_WORDS, "two, one!"},
    {"one", 3, HL_ACT_TRANSPOSE_WORDS, NULL},
    {"", 0, HL_ACT_TRANSPOSE_WORDS, NULL},
    {"  ", 1, HL_ACT_TRANSPOSE_WORDS, NULL},
    {"\u00e4 \u6f22\u5b57", 9, HL_ACT_TRANSPOSE_WORDS, "\u6f22\u5b57 \u00e4"},
    {"a  \t b", 3, HL_ACT_DELETE_BLANKS, "ab"},
    {"a\n  b", 2, HL_ACT_DELETE_BLANKS, "a\nb"},
    {"ab", 1, HL_ACT_DELETE_BLANKS, NULL},
};

Test(edit, words_swapped_and_blanks_deleted)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct hl_edit *e = hl_edit_new(HL_EDIT_MAX);
        hl_edit_insert(e, words[i].text, strlen(words[i].text));
        while (hl_edit_cursor(e) > words[i].cursor)
            cr_assert_eq(hl_edit_do(e, HL_ACT_LEFT), HL_EDIT_DONE);
        cr_expect_eq(hl_edit_do(e, words[i].action), words[i].after ? HL_EDIT_DONE : HL_EDIT_EDGE,
                     "row %zu", i);
        cr_expect_str_eq(hl_edit_text(e, NULL), words[i].after ? words[i].after : words[i].text,
                         "row %zu", i);
        hl_edit_free(e);
    }
}

/* Actions of keys of two strokes, which press() does not know. */
static void do_all(struct hl_edit *e, const enum hl_action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(hl_edit_do(e, actions[i]), HL_EDIT_DONE, "action %zu", i);
}

Test(edit, mark_and_region)
{
    static const struct {
        const char *before;
        enum hl_action actions[6];
        const char *after;
    } rows[] = {
        {"one| two", {HL_ACT_SET_MARK, HL_ACT_LINE_END, HL_ACT_KILL_REGION}, "one|"},
        {"one| two", {HL_ACT_SET_MARK, HL_ACT_LINE_START, HL_ACT_KILL_REGION}, "| two"},
        {"one| two", {HL_ACT_SET_MARK, HL_ACT_LINE_START, HL_ACT_SWAP_MARK}, "one| two"},
        {"one| two",
         {HL_ACT_SET_MARK, HL_ACT_LINE_START, HL_ACT_SWAP_MARK, HL_ACT_SWAP_MARK},
         "|one two"},
        {"one| two",
         {HL_ACT_SET_MARK, HL_ACT_LINE_START, HL_ACT_COPY_REGION, HL_ACT_YANK},
         "one|one two"},
        /* it stays with the text around it, */
        {"one| two",
         {HL_ACT_SET_MARK, HL_ACT_WORD_LEFT, HL_ACT_DELETE_RIGHT, HL_ACT_SWAP_MARK},
         "ne| two"},
        {"one| two",
         {HL_ACT_SET_MARK, HL_ACT_LINE_END, HL_ACT_KILL_LINE_LEFT, HL_ACT_YANK, HL_ACT_SWAP_MARK},
         "|one two"},
        {"🇩|", {HL_ACT_SET_MARK, HL_ACT_LINE_START, HL_ACT_KILL_REGION}, "|"},
        {"a\nb|c\nd", {HL_ACT_KILL_LINE}, "a\n|d"},
        {"a\nb|c", {HL_ACT_KILL_LINE}, "a|"},
        {"a|b", {HL_ACT_KILL_LINE}, "|"},
        {"a|\nb\nc", {HL_ACT_KILL_LINE, HL_ACT_KILL_LINE, HL_ACT_YANK}, "a\nb\n|c"},
        {"a|", {HL_ACT_TAB}, "a\t|"},
        {"a|", {HL_ACT_NEWLINE, HL_ACT_TAB, HL_ACT_REVERT}, "|"},
    };
    char after[128];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_edit *e = start(rows[i].before);
        size_t count = 0;
        while (count < 6 && rows[i].actions[count] != HL_ACT_NONE)
            count++;
        do_all(e, rows[i].actions, count);
        show(e, after);
        cr_expect_str_eq(after, rows[i].after, "row %zu: %s", i, after);
        hl_edit_free(e);
    }
    struct hl_edit *e = start("ab|");
    cr_expect_eq(hl_edit_do(e, HL_ACT_KILL_REGION), HL_EDIT_EDGE);
    cr_expect_eq(hl_edit_do(e, HL_ACT_SWAP_MARK), HL_EDIT_EDGE);
    hl_edit_do(e, HL_ACT_SET_MARK);
    hl_edit_reset(e);
    cr_expect_eq(hl_edit_do(e, HL_ACT_SWAP_MARK), HL_EDIT_EDGE);
    cr_expect_eq(hl_edit_do(e, HL_ACT_KILL_LINE), HL_EDIT_EDGE);
    hl_edit_free(e);
}

/* Whatever is changed, the mark is in the text and can be gone to. */
Test(edit, the_mark_is_never_lost)
{
    struct hl_edit *e = start("|");
    uint32_t seed = 4711;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245 + 12345;
        uint32_t r = seed >> 16;
        if (r % 4 == 0)
            hl_edit_insert(e, hard_strings[r / 4 % HARD_STRINGS].text,
                           strlen(hard_strings[r / 4 % HARD_STRINGS].text));
        else
            hl_edit_do(e, (enum hl_action)(r / 4 % HL_ACT_EDIT_END + 1));
        size_t len;
        const char *text = hl_edit_text(e, &len);
        cr_assert_leq(hl_edit_cursor(e), len);
        cr_assert_eq(hl_cluster_snap(text, len, hl_edit_cursor(e)), hl_edit_cursor(e), "step %d",
                     i);
        if (len > 4000)
            hl_edit_reset(e);
    }
    hl_edit_free(e);
}

/* Nothing is looked at before the text, and nothing is joined to what was done elsewhere. */
Test(edit, a_cursor_that_was_put_elsewhere_begins_anew)
{
    struct hl_edit *e = start("|");
    size_t len;

    hl_edit_insert(e, "b", 1);
    hl_edit_place(e, 0);
    hl_edit_insert(e, "a", 1);
    cr_expect_str_eq(hl_edit_text(e, &len), "ab");
    hl_edit_do(e, HL_ACT_UNDO);
    cr_expect_str_eq(hl_edit_text(e, &len), "b");
    hl_edit_set(e, "one two", 7);
    hl_edit_do(e, HL_ACT_KILL_WORD_LEFT);
    hl_edit_place(e, 0);
    hl_edit_do(e, HL_ACT_KILL_LINE_RIGHT);
    hl_edit_do(e, HL_ACT_YANK);
    cr_expect_str_eq(hl_edit_text(e, &len), "one ");
    hl_edit_place(e, 0);
    cr_expect_eq(hl_edit_do(e, HL_ACT_YANK_POP), HL_EDIT_EDGE);
    hl_edit_free(e);
}

Test(edit, seeks_characters)
{
    struct hl_edit *e = start("|abcabc 漢字\n漢");
    cr_expect_eq(hl_edit_seek(e, "c", 1, false), HL_EDIT_DONE);
    cr_expect_eq(hl_edit_cursor(e), 2);
    cr_expect_eq(hl_edit_seek(e, "c", 1, false), HL_EDIT_DONE);
    cr_expect_eq(hl_edit_cursor(e), 5);
    cr_expect_eq(hl_edit_seek(e, "c", 1, false), HL_EDIT_EDGE);
    cr_expect_eq(hl_edit_seek(e, "漢", 3, false), HL_EDIT_DONE);
    cr_expect_eq(hl_edit_seek(e, "漢", 3, false), HL_EDIT_DONE);
    cr_expect_eq(hl_edit_cursor(e), 14);
    cr_expect_eq(hl_edit_seek(e, "a", 1, true), HL_EDIT_DONE);
    cr_expect_eq(hl_edit_cursor(e), 3);
    cr_expect_eq(hl_edit_seek(e, "a", 1, true), HL_EDIT_DONE);
    cr_expect_eq(hl_edit_seek(e, "a", 1, true), HL_EDIT_EDGE);
    cr_expect_eq(hl_edit_cursor(e), 0);
    hl_edit_free(e);
}
