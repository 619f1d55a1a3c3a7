/* SPDX-License-Identifier: MIT */
#include "splits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_splits s;
static struct hl_splits_map map;

static void place(int rows, int cols)
{
    hl_splits_place(&s, &(struct hl_rect){0, 0, rows, cols}, &map);
}

static unsigned split(enum hl_split_kind kind, uint32_t conv)
{
    int pane = hl_splits_split(&s, kind);

    cr_assert_geq(pane, 0);
    s.nodes[pane].conv = conv;
    s.focus = (uint8_t)pane;
    return (unsigned)pane;
}

static void is_text(const char *want)
{
    char text[HL_SPLITS_TEXT];

    cr_assert_eq(hl_splits_print(&s, text), strlen(want));
    cr_assert_str_eq(text, want);
}

static void is_at(unsigned pane, int row, int col, int rows, int cols)
{
    const struct hl_rect *r = &map.at[pane];

    cr_assert(r->row == row && r->col == col && r->rows == rows && r->cols == cols,
              "pane %u is at %d,%d %dx%d", pane, r->row, r->col, r->rows, r->cols);
}

Test(splits, one_pane_has_all)
{
    hl_splits_init(&s, 7);
    place(1, 1);
    is_at(s.focus, 0, 0, 1, 1);
    cr_assert_eq(map.shown, 1);
    cr_assert_not(hl_splits_close(&s, s.focus), "the last one stays");
    cr_assert_eq(hl_splits_step(&s, s.focus, 1), s.focus);
    is_text("*7");
}

Test(splits, panes_keep_their_numbers)
{
    hl_splits_init(&s, 1);
    unsigned a = s.focus;
    unsigned b = split(HL_SPLIT_BESIDE, 2);
    unsigned c = split(HL_SPLIT_BELOW, 3);
    is_text("|5000[1 -5000[2 *3]]");
    place(20, 81);
    is_at(a, 0, 0, 20, 40);
    is_at(b, 0, 41, 10, 40);
    is_at(c, 10, 41, 10, 40);
    cr_assert_eq(hl_splits_step(&s, a, 1), b);
    cr_assert_eq(hl_splits_step(&s, c, 1), a);
    cr_assert_eq(hl_splits_step(&s, a, -1), c);
    cr_assert_eq(hl_splits_step(&s, c, -1), b);
    cr_assert_eq(hl_splits_toward(&s, &map, HL_SIDE_LEFT), (int)a);
    cr_assert_eq(hl_splits_toward(&s, &map, HL_SIDE_UP), (int)b);
    cr_assert_eq(hl_splits_toward(&s, &map, HL_SIDE_DOWN), -1);
    cr_assert(hl_splits_close(&s, a));
    is_text("-5000[2 *3]");
    cr_assert(hl_splits_close(&s, c));
    is_text("*2");
    cr_assert_eq(s.focus, b);
    cr_assert_not(hl_splits_close(&s, a), "it is gone");
}

Test(splits, the_neighbour_gets_room_and_focus)
{
    cr_assert(hl_splits_parse(&s, "|5000[-5000[1 2] -5000[*3 4]]"));
    cr_assert(hl_splits_close(&s, s.focus));
    is_text("|5000[-5000[1 2] *4]");
    cr_assert(hl_splits_close(&s, s.focus));
    is_text("-5000[1 *2]");
    hl_splits_only(&s);
    is_text("*2");
}

Test(splits, what_does_not_fit_is_hidden_whole)
{
    cr_assert(hl_splits_parse(&s, "|5000[1 -5000[*2 3]]"));
    place(20, 2 * HL_SPLITS_COLS); /* one column for the rule is missing */
    cr_assert_eq(map.shown, 2);
    is_at(s.focus, 0, 0, 10, 32);
    place(2 * HL_SPLITS_ROWS - 1, 2 * HL_SPLITS_COLS);
    cr_assert_eq(map.shown, 1);
    is_at(s.focus, 0, 0, 5, 32);
    for (int rows = 0; rows < 30; rows++) {
        for (int cols = 0; cols < 100; cols++) {
            place(rows, cols);
            cr_assert(map.at[s.focus].rows == rows || rows >= 2 * HL_SPLITS_ROWS);
            for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
                const struct hl_rect *r = &map.at[i];
                cr_assert(r->row >= 0 && r->col >= 0 && r->row + r->rows <= rows &&
                          r->col + r->cols <= cols);
                cr_assert(!hl_splits_is_pane(&s, i) || i == s.focus || r->cols == 0 ||
                          (r->rows >= HL_SPLITS_ROWS && r->cols >= HL_SPLITS_COLS));
            }
        }
    }
}

Test(splits, no_two_panes_overlap)
{
    unsigned seed = 1;

    for (int round = 0; round < 300; round++) {
        hl_splits_init(&s, 0);
        for (int i = rand_r(&seed) % HL_SPLITS_MAX; i > 0; i--) {
            int pane = hl_splits_split(&s, rand_r(&seed) % 2 ? HL_SPLIT_BELOW : HL_SPLIT_BESIDE);
            if (rand_r(&seed) % 2)
                s.focus = (uint8_t)pane;
        }
        int rows = 1 + rand_r(&seed) % 60;
        int cols = 1 + rand_r(&seed) % 200;
        int cells = 0;
        place(rows, cols);
        for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
            const struct hl_rect *a = &map.at[i];
            if (!hl_splits_is_pane(&s, i))
                continue;
            cells += a->rows * a->cols;
            for (unsigned k = 0; k < i; k++) {
                const struct hl_rect *b = &map.at[k];
                bool apart = a->row + a->rows <= b->row || b->row + b->rows <= a->row ||
                             a->col + a->cols <= b->col || b->col + b->cols <= a->col;
                cr_assert(!hl_splits_is_pane(&s, k) || apart, "seed 1, round %d", round);
            }
        }
        cr_assert_leq(cells, rows * cols);
        cr_assert_gt(cells, 0);
    }
}

Test(splits, edges_move_by_cells)
{
    cr_assert(hl_splits_parse(&s, "|5000[1 -5000[*2 3]]"));
    place(20, 81);
    cr_assert(hl_splits_resize(&s, &map, HL_SPLIT_BESIDE, 3)); /* from the one at its left */
    place(20, 81);
    cr_assert_eq(map.at[s.focus].cols, 43);
    cr_assert(hl_splits_resize(&s, &map, HL_SPLIT_BELOW, -2));
    place(20, 81);
    cr_assert_eq(map.at[s.focus].rows, 8);
    cr_assert(hl_splits_resize(&s, &map, HL_SPLIT_BELOW, -100), "as far as it goes");
    place(20, 81);
    cr_assert_eq(map.at[s.focus].rows, HL_SPLITS_ROWS);
    cr_assert_not(hl_splits_resize(&s, &map, HL_SPLIT_BELOW, -1));
    hl_splits_equalise(&s);
    is_text("|5000[1 -5000[*2 3]]");
    for (int cols = 2 * HL_SPLITS_COLS + 1; cols < 2000; cols++) { /* every cell can be reached */
        cr_assert(hl_splits_parse(&s, "|0[*1 2]"));
        place(20, cols);
        cr_assert(cols == 2 * HL_SPLITS_COLS + 1 ||
                  hl_splits_resize(&s, &map, HL_SPLIT_BESIDE, cols / 3 % (cols - 32) + 1));
        int want = map.at[s.focus].cols + cols / 3 % (cols - 32) + 1;
        place(20, cols);
        cr_assert(cols == 2 * HL_SPLITS_COLS + 1 || map.at[s.focus].cols == want ||
                  map.at[s.focus].cols == cols - 1 - HL_SPLITS_COLS);
    }
}

Test(splits, three_beside_each_other_get_the_same)
{
    cr_assert(hl_splits_parse(&s, "|9000[1 |5000[-1[*2 3] 4]]"));
    hl_splits_equalise(&s);
    is_text("|3333[1 |5000[-5000[*2 3] 4]]");
    cr_assert_not(hl_splits_resize(&s, &map, HL_SPLIT_FREE, 1));
}

Test(splits, zoom)
{
    cr_assert(hl_splits_parse(&s, "Z|5000[1 *2]"));
    place(20, 81);
    is_at(s.focus, 0, 0, 20, 81);
    cr_assert_eq(map.shown, 1);
    is_text("Z|5000[1 *2]");
    cr_assert_not(hl_splits_resize(&s, &map, HL_SPLIT_BESIDE, 1));
    cr_assert_geq(hl_splits_split(&s, HL_SPLIT_BELOW), 0);
    is_text("|5000[1 -5000[*2 2]]");
}

Test(splits, there_is_an_end)
{
    hl_splits_init(&s, UINT32_MAX);
    for (int i = 1; i < HL_SPLITS_MAX; i++)
        split(i % 3 ? HL_SPLIT_BESIDE : HL_SPLIT_BELOW, UINT32_MAX);
    cr_assert_eq(hl_splits_split(&s, HL_SPLIT_BELOW), -1);
    cr_assert_eq(hl_splits_count(&s), HL_SPLITS_MAX);
    char text[HL_SPLITS_TEXT];
    cr_assert_lt(hl_splits_print(&s, text), HL_SPLITS_TEXT);
    struct hl_splits again;
    cr_assert(hl_splits_parse(&again, text));
    char second[HL_SPLITS_TEXT];
    hl_splits_print(&again, second);
    cr_assert_str_eq(second, text);
}

Test(splits, hostile_text_is_refused)
{
    static const char *const bad[] = {
        "",
        "1",
        "*",
        "*1 ",
        " *1",
        "*1x",
        "**1",
        "*-1",
        "*01",
        "*4294967296",
        "*99999999999999999999",
        "ZZ*1",
        "z*1",
        "|[*1 2]",
        "|5000[*1 2",
        "|5000*1 2]",
        "|5000[*1]",
        "|5000[*1 2 3]",
        "|10001[*1 2]",
        "|5000[1 2]",
        "|5000[*1 *2]",
        "|5000[*1  2]",
        "|-1[*1 2]",
        "|5000[*1,2]",
        "|5000[*1 2]]",
        "|5000[|5000[|5000[",
        "+5000[*1 2]",
        "*1\n",
    };
    char deep[4096] = "";

    hl_splits_init(&s, 3);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_not(hl_splits_parse(&s, bad[i]), "taken: %s", bad[i]);
        is_text("*3");
    }
    for (int i = 0; i < 500; i++)
        strcat(deep, "|5000[");
    cr_assert_not(hl_splits_parse(&s, deep));
    strcpy(deep, "*1");
    for (int i = 0; i < HL_SPLITS_MAX; i++) {
        char more[4096];
        snprintf(more, sizeof(more), "|5000[%.3000s 2]", deep);
        strcpy(deep, more);
        cr_assert_eq(hl_splits_parse(&s, deep), i + 2 <= HL_SPLITS_MAX, "%d panes", i + 2);
    }
}

Test(splits, any_text_is_taken_or_left)
{
    static const char set[] = "|-[]*Z 0123459";
    unsigned seed = 2;
    char text[32];

    for (int round = 0; round < 200000; round++) {
        int len = rand_r(&seed) % 24;
        char out[HL_SPLITS_TEXT];
        for (int i = 0; i < len; i++)
            text[i] = set[(size_t)rand_r(&seed) % (sizeof(set) - 1)];
        text[len] = '\0';
        if (!hl_splits_parse(&s, text))
            continue;
        hl_splits_print(&s, out);
        cr_assert_str_eq(out, text);
        place(24, 80);
    }
}
