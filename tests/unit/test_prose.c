/* SPDX-License-Identifier: MIT */
/* Rows of a message on a frame: visual order and links. */
#include "prose.h"

#include "hard_strings.h"
#include "text.h"
#include "utf8.h"
#include "width.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_frame f;
static struct hl_bidi *bidi;

static void open_frame(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    hl_frame_init(&f);
    bidi = hl_bidi_new();
    cr_assert_not_null(bidi);
}

static void close_frame(void)
{
    hl_frame_fini(&f);
    hl_bidi_free(bidi);
}

TestSuite(prose, .init = open_frame, .fini = close_frame);

/* Draws text in cols columns, with a rule beside it; returns its rows, joined by |. */
static const char *draw_with(const char *text, int cols, struct hl_bidi *with)
{
    static char out[8192];
    struct hl_prose p;
    struct hl_wrap w;
    struct hl_wrap_row row;
    size_t len = 0;
    int n = 0;

    cr_assert_eq(hl_frame_reset(&f, 40, cols + 1), 0);
    hl_prose_init(&p, &f, with, true);
    hl_prose_text(&p, text, strlen(text));
    hl_wrap_init(&w, text, strlen(text), &(struct hl_wrap_shape){.width = (size_t)cols});
    for (; hl_wrap_next(&w, &row) && n < f.rows; n++) {
        hl_frame_puts(&f, n, cols, cols + 1, HL_STYLE_RULE, "|");
        hl_prose_row(&p, &(struct hl_span){n, 0, cols}, HL_STYLE_TEXT, &row);
        for (int col = 0; col < (int)row.columns; col++) {
            const struct hl_cell *c = &f.cells[n * f.cols + col];
            memcpy(out + len, c->text, c->len);
            len += c->len;
        }
        cr_assert_eq(f.cells[n * f.cols + cols].text[0], '|', "the rule was drawn over");
        out[len++] = '|';
    }
    out[len > 0 ? len - 1 : 0] = '\0';
    return out;
}

static const char *draw(const char *text, int cols)
{
    return draw_with(text, cols, bidi);
}

/* Left to right as seen; for a person's eye beside UAX #9's own rules. */
Test(prose, visual_order)
{
    static const struct {
        const char *what, *logical, *visual;
        int cols;
    } rows[] = {
        {"left to right", "hello, world", "hello, world", 20},
        {"Chinese", "漢字 ok", "漢字 ok", 20},
        {"Hebrew", "שלום", "םולש", 20},
        {"in a sentence from left to right", "say שלום twice", "say םולש twice", 20},
        {"a stop at the end of it", "abc שלום.", "abc םולש.", 20},
        {"a stop in Hebrew", "שלום.", ".םולש", 20},
        {"numbers keep their order", "שלום 123", "123 םולש", 20},
        {"a price", "מחיר 12.50 ש", "ש 12.50 ריחמ", 20},
        {"Arabic numbers", "عدد ١٢٣", "١٢٣ ددع", 20},
        {"brackets are mirrored", "(שלום)", "(םולש)", 20},
        {"brackets around Latin", "שלום (abc)", "(abc) םולש", 20},
        {"marks stay on their letters", "שָׁלוֹם", "םוֹלשָׁ", 20},
        {"Latin in Hebrew", "אב cd גד", "דג cd בא", 20},
        {"wrapped: rows are in order, each reversed", "אבגד הוזח טיכל", "חזוה דגבא|לכיט", 10},
        {"a word of Latin keeps the direction of the paragraph", "אבגד abc defg", "abc דגבא|defg",
         9},
        {"lines are paragraphs", "abc.\nשלום.", "abc.|.םולש", 20},
        {"wide characters stay whole", "אב漢字", "漢字בא", 20},
        {"an address", "ראה http://a.example/b?c=1 כאן", "ןאכ http://a.example/b?c=1 האר", 40},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *seen = draw(rows[i].logical, rows[i].cols);
        cr_expect_str_eq(seen, rows[i].visual, "%s: %s", rows[i].what, seen);
    }
}

Test(prose, ascii_and_no_memory_leave_the_order)
{
    cr_assert_str_eq(draw_with("abc שלום", 20, NULL), "abc שלום");
    f.ascii = true;
    cr_assert_str_eq(draw("abc ????", 20), "abc ????");
}

static int compare_cells(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct hl_cell));
}

/* Whatever the text, only the order of its cells changes, and brackets are the only exception. */
Test(prose, random_texts_keep_their_cells)
{
    static const char *const pieces[] = {"a",  "ש",   "م",       "٣",      "7", " ",
                                         "漢", ",",   "e\u0301", "שָׁ",      "😀", "-",
                                         "\n", "ab ", "לא ",     "\u07ca", "𐤀", "%"};
    for (unsigned seed = 1; seed <= 3000; seed++) {
        char text[256] = "";
        static struct hl_cell logical[40 * 41];
        unsigned state = seed;
        size_t len = 0;
        for (int n = rand_r(&state) % 30; n > 0; n--) {
            const char *piece =
                pieces[(size_t)rand_r(&state) / 7 % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + len, piece, strlen(piece) + 1);
            len += strlen(piece);
        }
        int cols = 8 + rand_r(&state) % 32;
        draw_with(text, cols, NULL);
        memcpy(logical, f.cells, (size_t)(f.rows * f.cols) * sizeof *f.cells);
        draw(text, cols);
        for (int row = 0; row < f.rows; row++) {
            struct hl_cell *have = &f.cells[row * f.cols];
            for (int col = 0; col < f.cols; col++)
                cr_assert(have[col].width != 2 || (col + 1 < f.cols && have[col + 1].width == 0),
                          "seed %u: half a character", seed);
            qsort(have, (size_t)f.cols, sizeof *have, compare_cells);
            qsort(&logical[row * f.cols], (size_t)f.cols, sizeof *have, compare_cells);
            cr_assert_eq(memcmp(have, &logical[row * f.cols], (size_t)f.cols * sizeof *have), 0,
                         "seed %u: row %d", seed, row);
        }
    }
}

Test(prose, long_paragraphs)
{
    static char text[3 * HL_BIDI_BYTES + 1];
    for (size_t at = 0; at + 8 < sizeof text; at += 5)
        memcpy(text + at, "אב ", 6);
    cr_assert_str_eq(draw(text, 5),
                     "בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|"
                     "בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|"
                     "בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|בא בא|"
                     "בא בא|בא בא|בא בא|בא בא");
}

/* ---- links ---- */

/* The cells of a row: . for text, else the number of the link. */
static const char *links_on(int row)
{
    static char out[256];
    int n = 0;

    for (; n < f.cols - 1; n++) {
        const struct hl_cell *c = &f.cells[row * f.cols + n];
        out[n] = c->style == HL_STYLE_LINK ? (char)('0' + c->link) : '.';
    }
    out[n] = '\0';
    return out;
}

Test(prose, links_are_marked)
{
    draw("see http://a.example now", 30);
    cr_assert_str_eq(links_on(0), "....1111111111111111..........");
    cr_assert_str_eq(hl_frame_uri(&f, 1), "http://a.example");
    cr_assert_null(hl_frame_uri(&f, 0));
    draw("漢 http://例.jp http://a.example", 50);
    cr_assert_str_eq(links_on(0), "...222222222222.1111111111111111..................");
    cr_assert_str_eq(hl_frame_uri(&f, 2), "http://%E4%BE%8B.jp");
}

Test(prose, a_wrapped_link_is_one)
{
    draw("see http://a.example/abcdefgh, ok", 12);
    cr_assert_str_eq(links_on(0), "....11111111");
    cr_assert_str_eq(links_on(1), "111111111111");
    cr_assert_str_eq(links_on(2), "11111.......");
}

Test(prose, the_same_link_keeps_its_number)
{
    draw("http://a.example http://b.example", 40);
    draw("http://b.example", 40);
    cr_assert_str_eq(links_on(0), "2222222222222222........................");
    draw("http://c.example http://b.example", 40);
    cr_assert_str_eq(links_on(0), "3333333333333333.2222222222222222.......");
    draw("http://d.example", 40); /* the first number is free again */
    cr_assert_str_eq(links_on(0), "1111111111111111........................");
}

Test(prose, more_links_than_numbers)
{
    static char text[40 * 260];
    size_t len = 0;

    for (int i = 0; i < 260; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "http://a.example/%03d ", i);
    cr_assert_eq(hl_frame_reset(&f, 1, 1), 0);
    draw(text, 170);
    cr_assert_eq(f.cells[31 * f.cols].link, 8 * 31 + 1);
    cr_assert_eq(f.cells[32 * f.cols].link, 0);
    cr_assert_eq(f.cells[32 * f.cols].style, HL_STYLE_LINK);
}

Test(prose, in_ascii_links_are_marked_as_well)
{
    f.ascii = true;
    draw("http://a.example/%C3%A9", 30);
    cr_assert_str_eq(links_on(0), "11111111111111111111111.......");
}

Test(prose, a_link_in_reversed_text_is_marked_where_it_is_seen)
{
    draw("ראה http://a.example", 30);
    cr_assert_str_eq(links_on(0), "1111111111111111..............");
}
