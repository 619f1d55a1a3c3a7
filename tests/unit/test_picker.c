/* SPDX-License-Identifier: MIT */
/* The list with a query line, as screens. */
#include "picker.h"

#include "keys.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static struct hl_picker *p;
static struct hl_frame frame;
static enum hl_action action;

static void open_list(bool given)
{
    cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
    hl_frame_init(&frame);
    p = hl_picker_new(&(struct hl_picker_config){
        .heading = "Things", .prompt = "> ", .empty = "nothing", .given = given});
    cr_assert_not_null(p);
}

static void start(void)
{
    open_list(false);
}

static void stop(void)
{
    hl_picker_free(p);
    hl_frame_fini(&frame);
}

TestSuite(picker, .init = start, .fini = stop);

static void add(uint64_t key, const char *text, const char *detail)
{
    cr_assert_eq(
        hl_picker_add(p, &(struct hl_picker_row){.key = key, .text = text, .detail = detail}), 0);
}

static enum hl_picker_result press(uint32_t key)
{
    return hl_picker_key(p, NULL, &(struct hl_key){.key = key}, &action);
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        cr_assert_eq(press((unsigned char)*text), HL_PICKER_QUERY);
}

static void is_screen(int rows, int cols, const char *want)
{
    static char have[1 << 16];
    size_t len = 0;

    cr_assert_eq(hl_frame_reset(&frame, rows, cols), 0);
    hl_picker_draw(p, &(struct hl_prose){.frame = &frame}, &(struct hl_rect){0, 0, rows, cols}, 0,
                   "");
    for (int row = 0; row < rows; row++) {
        len += hl_frame_row(&frame, row, have + len, sizeof(have) - len - 1);
        have[len++] = '\n';
    }
    have[len] = '\0';
    cr_assert(strcmp(have, want) == 0, "have:\n%swant:\n%s", have, want);
}

static uint64_t selected(void)
{
    struct hl_picker_row row;

    return hl_picker_selected(p, &row) ? row.key : 0;
}

static void fill(void)
{
    add(1, "alice", "two unread");
    add(2, "bob", NULL);
    add(3, "carol", "away");
    add(4, "malice", NULL);
}

Test(picker, rows_and_query)
{
    fill();
    is_screen(6, 30,
              " Things  1/4\n"
              " alice\n"
              " bob\n"
              " carol\n"
              " malice\n"
              ">\n");
    cr_assert_eq(frame.cursor_row, 5);
    cr_assert_eq(frame.cursor_col, 2);
    type("ali");
    is_screen(6, 30,
              " Things  1/2\n"
              " alice\n"
              " malice\n"
              "\n"
              "\n"
              "> ali\n");
    cr_assert_eq(frame.cells[1 * 30 + 1].style, HL_STYLE_FOUND);
    cr_assert_eq(frame.cells[1 * 30 + 4].style, HL_STYLE_LIST_CURRENT);
    cr_assert_eq(frame.cells[2 * 30 + 1].style, HL_STYLE_TEXT);
    cr_assert_eq(frame.cells[2 * 30 + 2].style, HL_STYLE_FOUND);
}

Test(picker, details_where_there_is_room)
{
    fill();
    is_screen(4, 60,
              " Things  1/4\n"
              " alice  two unread\n"
              " bob\n"
              ">\n");
    type("way"); /* found in a detail alone */
    cr_assert_eq(selected(), 3);
    is_screen(3, 60,
              " Things  1/1\n"
              " carol  away\n"
              "> way\n");
    cr_assert_eq(frame.cells[60 + 9].style, HL_STYLE_FOUND);
}

Test(picker, every_size_down_to_one_cell)
{
    fill();
    is_screen(1, 1, "\n");
    cr_assert(frame.cursor_row == 0 && frame.cursor_col == 0);
    is_screen(2, 3, " a…\n\n");
    is_screen(3, 4, " Th…\n al…\n\n");
    type("bob");
    is_screen(1, 2, "b\n");
    is_screen(1, 12, "> bob\n");
    for (int rows = 1; rows < 12; rows++)
        for (int cols = 1; cols < 90; cols++) {
            cr_assert_eq(hl_frame_reset(&frame, rows, cols), 0);
            hl_picker_draw(p, &(struct hl_prose){.frame = &frame},
                           &(struct hl_rect){0, 0, rows, cols}, 0, "");
            cr_assert(frame.cursor_row == rows - 1 && frame.cursor_col < cols);
        }
}

Test(picker, selection_scrolls_and_wraps)
{
    char name[8];

    for (int i = 1; i <= 20; i++) {
        snprintf(name, sizeof(name), "row %d", i);
        add((uint64_t)i, name, NULL);
    }
    is_screen(5, 20, " Things  1/20\n row 1\n row 2\n row 3\n>\n");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(press(HL_KEY_DOWN), HL_PICKER_MOVED);
    is_screen(5, 20, " Things  4/20\n row 2\n row 3\n row 4\n>\n");
    press(HL_KEY_PAGE_DOWN);
    cr_assert_eq(selected(), 6);
    cr_assert_eq(press(HL_KEY_CTRL | HL_KEY_END), HL_PICKER_MOVED);
    is_screen(5, 20, " Things  20/20\n row 18\n row 19\n row 20\n>\n");
    cr_assert_eq(press(HL_KEY_DOWN), HL_PICKER_MOVED);
    cr_assert_eq(selected(), 1);
    cr_assert_eq(press(HL_KEY_UP), HL_PICKER_MOVED);
    cr_assert_eq(selected(), 20);
    cr_assert_eq(press(HL_KEY_CTRL | HL_KEY_END), HL_PICKER_EDGE);
    is_screen(30, 20,
              " Things  20/20\n row 1\n row 2\n row 3\n row 4\n row 5\n row 6\n row 7\n row 8\n"
              " row 9\n row 10\n row 11\n row 12\n row 13\n row 14\n row 15\n row 16\n row 17\n"
              " row 18\n row 19\n row 20\n\n\n\n\n\n\n\n\n>\n");
}

Test(picker, nothing_fits)
{
    fill();
    type("xyz");
    is_screen(3, 20, " Things  0/0\n nothing\n> xyz\n");
    cr_assert_eq(press(HL_KEY_ENTER), HL_PICKER_EDGE);
    cr_assert_eq(press(HL_KEY_DOWN), HL_PICKER_EDGE);
    cr_assert_eq(selected(), 0);
    cr_assert_eq(press(HL_KEY_CTRL | 'u'), HL_PICKER_QUERY);
    cr_assert_eq(selected(), 1);
    cr_assert_eq(press(HL_KEY_BACKSPACE), HL_PICKER_EDGE);
}

Test(picker, keys_of_the_list)
{
    fill();
    cr_assert_eq(press(HL_KEY_ENTER), HL_PICKER_TAKEN);
    cr_assert_eq(press(HL_KEY_ESCAPE), HL_PICKER_LEFT);
    cr_assert_eq(press(HL_KEY_CTRL | 'g'), HL_PICKER_LEFT);
    cr_assert_eq(press(HL_KEY_CTRL | 'n'), HL_PICKER_MOVED);
    cr_assert_eq(press(HL_KEY_CTRL | 'p'), HL_PICKER_MOVED);
    cr_assert_eq(press(HL_KEY_CTRL | 'l'), HL_PICKER_NOT_OURS);
    cr_assert_eq(action, HL_ACT_REDRAW);
    type("abc");
    cr_assert_eq(press(HL_KEY_LEFT), HL_PICKER_DONE);
    cr_assert_eq(press(HL_KEY_CTRL | 'd'), HL_PICKER_QUERY);
    cr_assert_str_eq(hl_picker_query(p, NULL), "ab");
    cr_assert_eq(press(HL_KEY_CTRL | '_'), HL_PICKER_QUERY);
    cr_assert_str_eq(hl_picker_query(p, NULL), "abc");
}

Test(picker, a_paste_is_one_line)
{
    const struct hl_key line = {.key = HL_KEY_PASTE, .paste = "bob", .paste_len = 3};
    const struct hl_key lines = {.key = HL_KEY_PASTE, .paste = "\na\r\nb\n", .paste_len = 6};
    const struct hl_key breaks = {.key = HL_KEY_PASTE, .paste = "\n\n", .paste_len = 2};

    fill();
    cr_assert_eq(hl_picker_key(p, NULL, &line, &action), HL_PICKER_QUERY);
    cr_assert_eq(selected(), 2);
    cr_assert_eq(hl_picker_key(p, NULL, &breaks, &action), HL_PICKER_EDGE);
    cr_assert_str_eq(hl_picker_query(p, NULL), "bob");
    cr_assert_eq(hl_picker_key(p, NULL, &lines, &action), HL_PICKER_QUERY);
    cr_assert_str_eq(hl_picker_query(p, NULL), "boba b");
}

/* However text comes; what is too long is refused whole. */
Test(picker, a_query_has_512_bytes)
{
    static char text[600];
    const struct hl_key paste = {.key = HL_KEY_PASTE, .paste = text, .paste_len = 300};
    size_t len;

    memset(text, 'x', sizeof text - 1);
    cr_assert_eq(hl_picker_key(p, NULL, &paste, &action), HL_PICKER_QUERY);
    cr_assert_eq(hl_picker_key(p, NULL, &paste, &action), HL_PICKER_FULL);
    cr_assert_eq(press(HL_KEY_CTRL | 'u'), HL_PICKER_QUERY);
    cr_assert_eq(press(HL_KEY_CTRL | 'y'), HL_PICKER_QUERY);
    cr_assert_eq(press(HL_KEY_CTRL | 'y'), HL_PICKER_FULL);
    hl_picker_query(p, &len);
    cr_assert_eq(len, 300);
    cr_assert_eq(hl_picker_set_query(p, text), 87);
    hl_picker_query(p, &len);
    cr_assert_eq(len, 512);
    memcpy(text + 510, "\xe6\xbc\xa2", 3); /* U+6F22 */
    cr_assert_eq(hl_picker_set_query(p, text), 89, "no half of it stays");
    hl_picker_query(p, &len);
    cr_assert_eq(len, 510);
}

Test(picker, rank_counts_among_equals)
{
    fill();
    cr_assert_eq(hl_picker_add(p, &(struct hl_picker_row){.key = 9, .rank = 1, .text = "zoe"}), 0);
    cr_assert_eq(selected(), 9);
    type("b");
    cr_assert_eq(selected(), 2);
}

Test(picker, a_long_text_shows_what_was_found)
{
    add(1, "a very long row that nobody can see the end of, but for the needle in it", NULL);
    type("needle");
    is_screen(3, 30, " Things  1/1\n … for the needle in it\n> needle\n");
}

Test(picker, given_rows_stay_as_they_are)
{
    stop();
    open_list(true);
    add(1, "second: foo bar", NULL);
    add(2, "first: Bar", NULL);
    type("bar");
    is_screen(4, 30, " Things  1/2\n second: foo bar\n first: Bar\n> bar\n");
    cr_assert_eq(frame.cells[30 + 13].style, HL_STYLE_FOUND);
    cr_assert_eq(press(HL_KEY_UP), HL_PICKER_EDGE, "there may be more to come");
    cr_assert_eq(press(HL_KEY_CTRL | 'r'), HL_PICKER_MOVED);
    cr_assert_eq(press(HL_KEY_CTRL | 'r'), HL_PICKER_EDGE);
}

Test(picker, wide_letters_and_a_long_query)
{
    add(1, "漢字漢字漢字", NULL);
    is_screen(3, 8, " Things…\n 漢字漢…\n\n");
    for (int i = 0; i < 30; i++)
        press(i % 2 ? 0x5b57 : 0x6f22);
    is_screen(1, 20, "> 漢字漢字漢字漢字\n");
    cr_assert_eq(frame.cursor_col, 18);
}

Test(picker, bounded)
{
    for (int i = 0; i < HL_PICKER_ROWS; i++)
        add(1, "x", NULL);
    cr_assert_eq(hl_picker_add(p, &(struct hl_picker_row){.text = "x"}), -ENOSPC);
    hl_picker_clear(p);
    cr_assert_eq(hl_picker_count(p), 0);
    add(7, "x", NULL);
    cr_assert_eq(selected(), 7);
}
