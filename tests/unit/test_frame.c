/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <criterion/criterion.h>
#include <locale.h>

static struct hl_frame f;

static void start(void)
{
    cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
    hl_frame_init(&f);
    cr_assert_eq(hl_frame_reset(&f, 3, 12), 0);
}

static void stop(void)
{
    hl_frame_fini(&f);
}

TestSuite(frame, .init = start, .fini = stop);

static void is_row(int row, const char *want)
{
    char text[512];

    hl_frame_row(&f, row, text, sizeof(text));
    cr_assert_str_eq(text, want, "row %d is [%s], not [%s]", row, text, want);
}

Test(frame, blank_at_first)
{
    for (int row = 0; row < 3; row++) {
        is_row(row, "");
    }
    cr_assert_not(f.cursor_visible);
}

Test(frame, clips_on_every_side)
{
    cr_assert_eq(hl_frame_puts(&f, 0, 8, 100, HL_STYLE_TEXT, "abcdefgh"), 12);
    is_row(0, "        abcd");
    cr_assert_eq(hl_frame_puts(&f, 1, 2, 5, HL_STYLE_TEXT, "abcdefgh"), 5);
    is_row(1, "  abc");
    cr_assert_eq(hl_frame_puts(&f, 3, 0, 12, HL_STYLE_TEXT, "x"), 0);
    cr_assert_eq(hl_frame_puts(&f, -1, 0, 12, HL_STYLE_TEXT, "x"), 0);
    cr_assert_eq(hl_frame_puts(&f, 0, -1, 12, HL_STYLE_TEXT, "x"), -1);
    cr_assert_eq(hl_frame_puts(&f, 2, 6, 3, HL_STYLE_TEXT, "x"), 6);
    is_row(2, "");
}

Test(frame, wide_characters_stay_whole)
{
    cr_assert_eq(hl_frame_puts(&f, 0, 0, 5, HL_STYLE_TEXT, "漢字漢"), 4);
    is_row(0, "漢字");
    cr_assert_eq(f.cells[0].width, 2);
    cr_assert_eq(f.cells[1].len, 0);
    hl_frame_puts(&f, 0, 1, 12, HL_STYLE_TEXT, "x"); /* over the right half */
    is_row(0, " x字");
    hl_frame_puts(&f, 0, 2, 12, HL_STYLE_TEXT, "y"); /* over the left half */
    is_row(0, " xy");
    hl_frame_puts(&f, 1, 1, 12, HL_STYLE_TEXT, "漢字");
    hl_frame_puts(&f, 1, 2, 12, HL_STYLE_TEXT, "漢"); /* over a right and a left half */
    is_row(1, "  漢");
}

Test(frame, marks_join_their_base)
{
    cr_assert_eq(hl_frame_puts(&f, 0, 0, 12, HL_STYLE_TEXT, "e\u0301a漢\u0302b"), 5);
    is_row(0, "e\u0301a漢\u0302b");
    cr_assert_eq(f.cells[0].len, 3);
    cr_assert_eq(hl_frame_puts(&f, 1, 0, 12, HL_STYLE_TEXT, "\u0301x"), 1);
    is_row(1, "x");
    for (int i = 0; i < 30; i++) { /* more marks than a cell holds */
        hl_frame_puts(&f, 2, 0, 12, HL_STYLE_TEXT,
                      "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
                      "\u0301\u0301\u0301\u0301\u0301\u0301z");
    }
    cr_assert_leq(f.cells[24].len, HL_CELL_TEXT);
    cr_assert_eq(f.cells[25].text[0], 'z');
}

Test(frame, no_control_reaches_a_cell)
{
    for (char c = 1; c < 0x20; c++) {
        hl_frame_put(&f, &(struct hl_span){0, 0, 12}, HL_STYLE_TEXT, &c, 1);
        is_row(0, "\uFFFD");
    }
    hl_frame_puts(&f, 1, 0, 12, HL_STYLE_TEXT, "\x7f\xc2\x85\xff");
    is_row(1, "\uFFFD\uFFFD\uFFFD");
}

Test(frame, ascii_terminal_gets_question_marks)
{
    f.ascii = true;
    hl_frame_puts(&f, 0, 0, 12, HL_STYLE_TEXT, "aé漢e\u0301");
    is_row(0, "a??e");
    hl_frame_put_short(&f, 1, 0, 4, HL_STYLE_TEXT, "abcdef");
    is_row(1, "abc~");
}

Test(frame, short_text_ends_in_an_ellipsis)
{
    hl_frame_put_short(&f, 0, 0, 5, HL_STYLE_TEXT, "abcde");
    is_row(0, "abcde");
    hl_frame_put_short(&f, 0, 0, 5, HL_STYLE_TEXT, "abcdef");
    is_row(0, "abcd…");
    hl_frame_put_short(&f, 1, 0, 4, HL_STYLE_TEXT, "漢字漢字");
    is_row(1, "漢…");
    hl_frame_put_short(&f, 2, 0, 0, HL_STYLE_TEXT, "abc");
    is_row(2, "");
}

Test(frame, fill_and_cursor)
{
    hl_frame_fill(&f, 0, 2, 6, HL_STYLE_RULE, "─");
    is_row(0, "  ────");
    cr_assert_eq(f.cells[2].style, HL_STYLE_RULE);
    hl_frame_cursor(&f, 99, 99);
    cr_assert(f.cursor_visible);
    cr_assert_eq(f.cursor_row, 2);
    cr_assert_eq(f.cursor_col, 11);
}

Test(frame, any_size)
{
    static const int sizes[][4] = {
        {0, 0, 1, 1}, {-5, 7, 1, 7}, {100000, 2, HL_FRAME_ROWS, 2}, {1, 100000, 1, HL_FRAME_COLS}};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        cr_assert_eq(hl_frame_reset(&f, sizes[i][0], sizes[i][1]), 0);
        cr_assert_eq(f.rows, sizes[i][2]);
        cr_assert_eq(f.cols, sizes[i][3]);
        hl_frame_puts(&f, f.rows - 1, f.cols - 1, f.cols, HL_STYLE_TEXT, "漢x");
        hl_frame_puts(&f, 0, 0, f.cols, HL_STYLE_TEXT, "漢");
    }
}

Test(frame, row_text_is_cut_at_a_cell)
{
    char text[6];

    hl_frame_puts(&f, 0, 0, 12, HL_STYLE_TEXT, "a漢字");
    cr_assert_eq(hl_frame_row(&f, 0, text, sizeof(text)), 4);
    cr_assert_str_eq(text, "a漢");
}
