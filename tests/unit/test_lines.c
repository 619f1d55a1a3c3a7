/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Numbers as tests count them: the first line is 1. */
static uint64_t nth(uint64_t n)
{
    return HL_LINES_START - 1 + n;
}

static struct hl_line_new line_of(const char *text)
{
    return (struct hl_line_new){
        .kind = HL_LINE_IN, .sender = "bob", .text = text, .len = strlen(text)};
}

static uint64_t add(struct hl_lines *l, const char *text)
{
    struct hl_line_new line = line_of(text);

    return hl_lines_add(l, &line) - nth(0);
}

static bool replace(struct hl_lines *l, uint64_t n, const char *text, uint32_t flags)
{
    struct hl_line_new line = line_of(text);

    line.flags = flags;
    return hl_lines_replace(l, nth(n), &line);
}

Test(lines, empty_ring)
{
    struct hl_lines l;

    hl_lines_init(&l, 0, 0);
    cr_assert_eq(hl_lines_first(&l), HL_LINES_START);
    cr_assert_eq(hl_lines_last(&l), HL_LINES_START - 1);
    cr_assert_null(hl_lines_get(&l, 0));
    cr_assert_null(hl_lines_get(&l, nth(1)));
    cr_assert_not(hl_lines_mark(&l, nth(1), HL_LINE_SENT, NULL));
    hl_lines_forget(&l);
    cr_assert_eq(l.forgotten, 0);
    hl_lines_fini(&l);
}

Test(lines, keeps_the_newest_by_number)
{
    for (size_t max = 1; max <= 40; max++) {
        struct hl_lines l;
        char text[16];

        hl_lines_init(&l, max, 0);
        for (uint64_t n = 1; n <= 100; n++) {
            snprintf(text, sizeof(text), "line %d", (int)n);
            cr_assert_eq(add(&l, text), n);
            cr_assert_leq(l.count, max);
        }
        cr_assert_eq(l.count, max);
        cr_assert_eq(l.forgotten, 100 - max);
        cr_assert_eq(hl_lines_first(&l), nth(100 - max + 1));
        cr_assert_null(hl_lines_get(&l, nth(100 - max)));
        for (uint64_t n = hl_lines_first(&l); n <= hl_lines_last(&l); n++) {
            const struct hl_line *line = hl_lines_get(&l, n);
            snprintf(text, sizeof(text), "line %d", (int)(n - nth(0)));
            cr_assert_eq(line->id, n);
            cr_assert_str_eq(hl_line_text(line), text);
            cr_assert_str_eq(hl_line_sender(line), "bob");
        }
        hl_lines_fini(&l);
    }
}

Test(lines, keeps_the_newest_by_bytes)
{
    struct hl_lines l;
    char text[1001];

    memset(text, 'x', sizeof(text) - 1);
    text[1000] = '\0';
    hl_lines_init(&l, 0, 10000);
    for (int i = 0; i < 100; i++) {
        add(&l, text);
        cr_assert_leq(l.bytes, 10000);
    }
    cr_assert_eq(l.count, 9);
    hl_lines_fini(&l);
    cr_assert_eq(l.bytes, 0);

    hl_lines_init(&l, 0, 10); /* a line above the bound is kept alone */
    add(&l, text);
    cr_assert_eq(add(&l, text), 2);
    cr_assert_eq(l.count, 1);
    hl_lines_fini(&l);
}

Test(lines, marks_by_number)
{
    struct hl_lines l;

    hl_lines_init(&l, 10, 0);
    for (int i = 0; i < 15; i++) {
        add(&l, "x");
    }
    cr_assert(hl_lines_mark(&l, nth(12), HL_LINE_FAILED, "refused"));
    cr_assert_eq(hl_lines_get(&l, nth(12))->state, HL_LINE_FAILED);
    cr_assert_str_eq(hl_lines_get(&l, nth(12))->reason, "refused");
    cr_assert_not(hl_lines_mark(&l, nth(5), HL_LINE_SENT, NULL));
    cr_assert_not(hl_lines_mark(&l, nth(16), HL_LINE_SENT, NULL));
    hl_lines_clear(&l);
    cr_assert_eq(add(&l, "y"), 16);
    hl_lines_fini(&l);
}

Test(lines, text_is_replaced_in_place)
{
    struct hl_lines l;

    hl_lines_init(&l, 3, 0);
    for (int i = 0; i < 5; i++) {
        add(&l, "x");
    }
    hl_lines_mark(&l, nth(4), HL_LINE_FAILED, "refused");
    size_t before = l.bytes;
    cr_assert(replace(&l, 4, "longer", HL_LINE_EDITED));
    cr_assert_eq(l.bytes, before + 5);
    cr_assert_str_eq(hl_line_text(hl_lines_get(&l, nth(4))), "longer");
    cr_assert_eq(hl_lines_get(&l, nth(4))->flags, HL_LINE_EDITED);
    cr_assert_eq(hl_lines_get(&l, nth(4))->state, HL_LINE_FAILED);
    cr_assert_str_eq(hl_lines_get(&l, nth(4))->reason, "refused");
    cr_assert_str_eq(hl_line_text(hl_lines_get(&l, nth(5))), "x");
    cr_assert_not(replace(&l, 2, "gone", 0));
    cr_assert_not(replace(&l, 6, "not there", 0));
    hl_lines_clear(&l);
    cr_assert_eq(l.bytes, 0);
    hl_lines_fini(&l);
}

Test(lines, long_sender_is_cut_at_a_character)
{
    struct hl_lines l;
    char sender[301] = "";

    for (int i = 0; i < 100; i++) {
        strcat(sender, "漢");
    }
    hl_lines_init(&l, 0, 0);
    hl_lines_add(&l, &(struct hl_line_new){.sender = sender, .text = "x", .len = 1});
    cr_assert_eq(strlen(hl_line_sender(hl_lines_get(&l, nth(1)))), HL_SENDER_MAX);
    hl_lines_add(&l, &(struct hl_line_new){.text = NULL, .len = 0});
    cr_assert_str_eq(hl_line_sender(hl_lines_get(&l, nth(2))), "");
    cr_assert_str_eq(hl_line_text(hl_lines_get(&l, nth(2))), "");
    hl_lines_fini(&l);
}

Test(lines, days)
{
    static const struct {
        struct hl_stamp at;
        int32_t day;
        int weekday;
    } rows[] = {
        {{.year = 1970, .month = 1, .day = 1}, 0, 4},
        {{.year = 1969, .month = 12, .day = 31}, -1, 3},
        {{.year = 2000, .month = 2, .day = 29}, 11016, 2},
        {{.year = 2000, .month = 3, .day = 1}, 11017, 3},
        {{.year = 2026, .month = 11, .day = 21}, 20778, 6},
        {{.year = 2100, .month = 3, .day = 1}, 47541, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_eq(hl_stamp_day(&rows[i].at), rows[i].day, "row %zu: %d", i,
                     hl_stamp_day(&rows[i].at));
        cr_assert_eq(hl_stamp_weekday(&rows[i].at), rows[i].weekday, "row %zu", i);
    }
}

/* Messages with places; 0 stands for a notice. */
static uint64_t put(struct hl_lines *l, uint64_t pos, uint64_t missing)
{
    struct hl_line_new line = line_of("text");

    line.pos = pos;
    line.missing = missing;
    return hl_lines_add(l, &line);
}

static uint64_t insert(struct hl_lines *l, uint64_t pos, uint64_t missing)
{
    struct hl_line_new line = line_of("late");

    line.pos = pos;
    line.missing = missing;
    return hl_lines_insert(l, &line);
}

/* "1 0 5!3": places in order, and what is missing before each. */
static const char *places(const struct hl_lines *l)
{
    static char out[400];
    size_t len = 0;

    out[0] = '\0';
    for (uint64_t id = hl_lines_first(l); l->count > 0 && id <= hl_lines_last(l); id++) {
        const struct hl_line *line = hl_lines_get(l, id);
        cr_assert_eq(line->id, id);
        len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%d", len > 0 ? " " : "",
                                (int)line->pos);
        if (line->missing > 0)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "!%d", (int)line->missing);
    }
    return out;
}

Test(lines, what_comes_late_goes_to_its_place)
{
    struct hl_lines l;

    hl_lines_init(&l, 0, 0);
    put(&l, 4, 0);
    put(&l, 0, 0);
    put(&l, 8, 3);
    put(&l, 9, 0);
    cr_assert_str_eq(places(&l), "4 0 8!3 9");
    hl_lines_filled(&l, 6, 1); /* 6 has come: 5 and 7 are missing now */
    cr_assert_eq(insert(&l, 6, 1), hl_lines_first(&l) + 1);
    cr_assert_str_eq(places(&l), "4 6!1 0 8!1 9");
    hl_lines_filled(&l, 7, 1);
    cr_assert_eq(insert(&l, 7, 0), hl_lines_first(&l) + 2);
    cr_assert_str_eq(places(&l), "4 6!1 7 0 8 9");
    hl_lines_filled(&l, 5, 1); /* nothing that is shown: an edit, or lost */
    cr_assert_str_eq(places(&l), "4 6 7 0 8 9");
    hl_lines_filled(&l, 5, 1);
    hl_lines_filled(&l, 100, 1);
    cr_assert_str_eq(places(&l), "4 6 7 0 8 9");
    cr_assert_eq(insert(&l, 3, 0), 0, "older lines are not here");
    cr_assert_str_eq(hl_line_text(hl_lines_get(&l, hl_lines_by_pos(&l, 7))), "late");
    hl_lines_fini(&l);
}

Test(lines, what_comes_late_is_bounded_too)
{
    struct hl_lines l;

    hl_lines_init(&l, 4, 0);
    for (uint64_t pos = 10; pos <= 40; pos += 10)
        put(&l, pos, 0);
    cr_assert_neq(insert(&l, 35, 0), 0);
    cr_assert_str_eq(places(&l), "20 30 35 40");
    cr_assert_eq(insert(&l, 15, 0), 0);
    cr_assert_neq(insert(&l, 25, 0), 0);
    cr_assert_str_eq(places(&l), "25 30 35 40");
    hl_lines_fini(&l);
}

Test(lines, quotes_follow_what_they_quote)
{
    struct hl_lines l;
    struct hl_line_new answer = line_of("yes");
    const uint8_t id[HL_ENTRY_MAX] = {1};

    hl_lines_init(&l, 0, 0);
    put(&l, 1, 0);
    put(&l, 2, 0);
    answer.answers = 1;
    answer.quote = "you: noon?";
    uint64_t line = hl_lines_add(&l, &answer);
    cr_assert_not(hl_line_is_entry(hl_lines_get(&l, line)));
    hl_lines_set_row(&l, line, 103, 3, id);
    hl_lines_requote(&l, 2, "no");
    hl_lines_requote(&l, 0, "no");
    cr_assert_str_eq(hl_line_quote(hl_lines_get(&l, line)), "you: noon?");
    hl_lines_requote(&l, 1, "you: one o'clock, rather?");
    cr_assert_str_eq(hl_line_quote(hl_lines_get(&l, line)), "you: one o'clock, rather?");
    cr_assert_str_eq(hl_line_text(hl_lines_get(&l, line)), "yes");
    hl_lines_set_row(&l, line, 0, 0, NULL);
    cr_assert_eq(hl_lines_by_pos(&l, 3), line);
    cr_assert_eq(hl_lines_by_row(&l, 103), line);
    cr_assert(hl_line_is_entry(hl_lines_get(&l, line)));
    hl_lines_fini(&l);
}

Test(lines, what_grows_pushes_out_the_oldest)
{
    enum { MANY = 10, MOST = 2800 };
    struct hl_lines l;
    char text[2001];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    hl_lines_init(&l, 0, MOST);
    for (int i = 0; i < MANY; i++)
        add(&l, "short");
    cr_assert(replace(&l, 5, text, 0));
    hl_lines_fit(&l);
    cr_assert_leq(l.bytes, MOST);
    cr_assert_gt(l.forgotten, 0);
    cr_assert_null(hl_lines_get(&l, nth(1)));
    cr_assert_not_null(hl_lines_get(&l, nth(MANY)));
    cr_assert(replace(&l, MANY, text, 0));
    hl_lines_fit(&l);
    cr_assert_eq(l.count, MANY - 5,
                 "the one before that has grown, too, gives way with those above");
    cr_assert(replace(&l, 6, text, 0));
    hl_lines_fit(&l);
    cr_assert_leq(l.bytes, MOST);
    cr_assert_not_null(hl_lines_get(&l, nth(MANY)), "the newest stays");
    hl_lines_fini(&l);
}
