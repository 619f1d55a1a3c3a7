/* SPDX-License-Identifier: MIT */
#include "split.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Feeds text in pieces of step bytes; writes each line as <text> , a part as <text+ . */
static void run(const char *text, size_t len, size_t step, size_t cap, char *out, size_t out_len)
{
    uint8_t buf[128];
    struct hl_split l;
    struct hl_split_line line;
    size_t used = 0;

    cr_assert_leq(cap, sizeof(buf));
    hl_split_init(&l, buf, cap);
    out[0] = '\0';
    for (size_t off = 0; off < len;) {
        size_t piece = len - off < step ? len - off : step;
        size_t end = off + piece;

        while (off < end) {
            bool got;

            off += hl_split_take(&l, (const uint8_t *)text + off, end - off, &line, &got);
            if (got)
                used += (size_t)snprintf(out + used, out_len - used, "%s%.*s%s",
                                         line.continues ? "~" : "<", (int)line.len, line.data,
                                         line.partial ? "+" : ">");
        }
    }
    if (hl_split_flush(&l, true, &line))
        snprintf(out + used, out_len - used, "%s%.*s!", line.continues ? "~" : "<", (int)line.len,
                 line.data);
}

static const struct {
    const char *in;
    size_t cap;
    const char *out;
} table[] = {
    {"one\ntwo\n", 64, "<one><two>"},
    {"one\r\ntwo\r\n", 64, "<one><two>"},
    {"a\r\r\n", 64, "<a\r>"},
    {"\n\n", 64, "<><>"},
    {"no end", 64, "<no end!"},
    {"", 64, ""},
    {"0123456789abcdef\n", 8, "<01234567+~89abcdef+~>"},
    {"0123456789\n", 8, "<01234567+~89>"},
    {"0123456\n", 8, "<0123456>"},
    {"012345\xe6\xbc\xa2\n", 8, "<012345+~\xe6\xbc\xa2>"}, /* a character is not cut in two */
    {"01234567", 8, "<01234567+"},
};

Test(split, table_in_pieces_of_every_size)
{
    char out[256];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        for (size_t step = 1; step < 24; step++) {
            /* Where a long line is cut depends on the pieces it came in; bytes do not. */
            if (table[i].cap == 8 && step > 1)
                break;
            run(table[i].in, strlen(table[i].in), step, table[i].cap, out, sizeof(out));
            cr_assert_str_eq(out, table[i].out, "row %zu step %zu: %s", i, step, out);
        }
    }
}

Test(split, any_cutting_gives_the_same_bytes)
{
    unsigned seed = 20261121;
    char in[512];
    uint8_t buf[16];

    for (int round = 0; round < 2000; round++) {
        struct hl_split l;
        struct hl_split_line line;
        char got_all[1100];
        size_t got_len = 0;
        size_t len = 1 + (unsigned)rand_r(&seed) % (sizeof(in) - 1);

        for (size_t i = 0; i < len; i++)
            in[i] = "ab\n\xe6\xbc\xa2"[(unsigned)rand_r(&seed) % 6];
        hl_split_init(&l, buf, sizeof(buf));
        for (size_t off = 0; off < len;) {
            size_t piece = 1 + (unsigned)rand_r(&seed) % 40;
            size_t end = off + piece < len ? off + piece : len;

            while (off < end) {
                bool got;

                off += hl_split_take(&l, (const uint8_t *)in + off, end - off, &line, &got);
                if (!got)
                    continue;
                memcpy(got_all + got_len, line.data, line.len);
                got_len += line.len;
                if (!line.partial)
                    got_all[got_len++] = '\n';
            }
            if (rand_r(&seed) % 3 == 0 && hl_split_waiting(&l)) {
                cr_assert(hl_split_flush(&l, false, &line));
                memcpy(got_all + got_len, line.data, line.len);
                got_len += line.len;
            }
        }
        if (hl_split_flush(&l, true, &line)) {
            memcpy(got_all + got_len, line.data, line.len);
            got_len += line.len;
        }
        cr_assert_eq(got_len, len, "round %d of seed 20261121", round);
        cr_assert_arr_eq(got_all, in, len, "round %d of seed 20261121", round);
    }
}

Test(split, silence_shows_a_part_but_never_half_a_character)
{
    uint8_t buf[32];
    struct hl_split l;
    struct hl_split_line line;
    bool got;

    hl_split_init(&l, buf, sizeof(buf));
    hl_split_take(&l, (const uint8_t *)"hi \xe6\xbc", 5, &line, &got);
    cr_assert_not(got);
    cr_assert(hl_split_waiting(&l));
    cr_assert(hl_split_flush(&l, false, &line));
    cr_assert_eq(line.len, 3);
    cr_assert(line.partial);
    cr_assert_not(hl_split_waiting(&l));
    hl_split_take(&l, (const uint8_t *)"\xa2\n", 2, &line, &got);
    cr_assert(got);
    cr_assert_eq(line.len, 3);
    cr_assert(line.continues);
    cr_assert_not(line.partial);
}
