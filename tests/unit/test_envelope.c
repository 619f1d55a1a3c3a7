/* SPDX-License-Identifier: MIT */
#include "envelope.h"
#include "err.h"
#include "varint.h"

#include <criterion/criterion.h>
#include <string.h>

static uint8_t wire[HL_ENVELOPE_MAX];
static uint8_t long_body[HL_BODY_MAX + 1];

static const uint8_t id_a[HL_ID_SIZE] = "0123456789abcdef";
static const uint8_t id_b[HL_ID_SIZE] = "the other sixtee";

#define ID_A                                                                                       \
    {                                                                                              \
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'             \
    }
#define TEXT(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

/* Each kind, with the smallest and the largest of its numbers. */
static const struct hl_envelope cases[] = {
    {.kind = HL_ENVELOPE_HELLO, .seq = 1},
    {.kind = HL_ENVELOPE_HELLO, .flags = 3, .seq = 200, .text = TEXT("alice")},
    {.kind = HL_ENVELOPE_HELLO, .flags = HL_VARINT_MAX, .seq = HL_VARINT_MAX},
    {.kind = HL_ENVELOPE_RECEIPT, .id = ID_A, .seq = 1},
    {.kind = HL_ENVELOPE_RECEIPT, .id = ID_A, .seq = HL_VARINT_MAX},
    {.kind = HL_ENVELOPE_READ, .id = ID_A},
    {.kind = HL_ENVELOPE_KEPT, .id = ID_A},
    {.kind = HL_ENVELOPE_REFUSED, .id = ID_A, .code = HL_REFUSAL_QUOTA},
    {.kind = HL_ENVELOPE_AGAIN, .seq = 1, .count = 1},
    {.kind = HL_ENVELOPE_AGAIN, .seq = HL_VARINT_MAX, .count = 1},
    {.kind = HL_ENVELOPE_NONE, .seq = 17, .count = 1000},
    {.kind = HL_ENVELOPE_NONE, .seq = 1, .count = HL_VARINT_MAX},
    {.kind = HL_ENVELOPE_TYPING},
    {.kind = HL_ENVELOPE_TYPING, .flags = 1, .text = TEXT("h\xc3\xa9llo\0wor")},
    {.kind = HL_ENVELOPE_PRESENCE},
    {.kind = HL_ENVELOPE_PRESENCE, .flags = 1, .text = TEXT("gone fishing")},
};

enum { CASES = sizeof cases / sizeof *cases };

/* Entries of each kind, with and without target and body. */
static struct hl_envelope entry_case(unsigned i)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_ENTRY};

    e.entry.kind = (enum hl_entry_kind)(1 + i % 5);
    e.entry.seq = i % 2 ? 1 : HL_VARINT_MAX;
    e.entry.time_ms = i % 3 ? 1700000000000 : 0;
    memcpy(e.entry.id, id_a, HL_ID_SIZE);
    if (i % 4 >= 2)
        memcpy(e.entry.target, id_b, HL_ID_SIZE);
    e.entry.body = long_body;
    e.entry.len = i % 7 == 0 ? 0 : i % 7 == 1 ? HL_BODY_MAX : i * 5;
    return e;
}

enum { ENTRY_CASES = 140 };

static void same(const struct hl_envelope *a, const struct hl_envelope *b)
{
    cr_assert_eq(a->kind, b->kind);
    cr_assert_arr_eq(a->id, b->id, HL_ID_SIZE);
    cr_assert(a->flags == b->flags && a->code == b->code && a->seq == b->seq &&
              a->count == b->count);
    cr_assert_eq(a->text.len, b->text.len);
    cr_assert(a->text.len == 0 || memcmp(a->text.at, b->text.at, a->text.len) == 0);
    cr_assert(a->entry.kind == b->entry.kind && a->entry.seq == b->entry.seq &&
              a->entry.time_ms == b->entry.time_ms && a->entry.len == b->entry.len);
    cr_assert_arr_eq(a->entry.id, b->entry.id, HL_ID_SIZE);
    cr_assert_arr_eq(a->entry.target, b->entry.target, HL_ID_SIZE);
    cr_assert(a->entry.len == 0 || memcmp(a->entry.body, b->entry.body, a->entry.len) == 0);
}

/* There and back; cut anywhere it is malformed; what follows is ignored; it fits nowhere else. */
static void round_trip(const struct hl_envelope *e)
{
    struct hl_envelope out;
    size_t len = hl_envelope_put(wire, sizeof wire, e);
    size_t step = len > 1000 ? 97 : 1;
    uint8_t *exact;

    cr_assert_gt(len, 0);
    cr_assert_eq(hl_envelope_get(&out, wire, len), 0);
    same(e, &out);
    for (size_t cut = 0; cut < len; cut += cut + 200 < len && cut > 200 ? step : 1) {
        exact = malloc(cut ? cut : 1); /* of that size: a sanitizer sees who reads beyond */
        memcpy(exact, wire, cut);
        cr_assert_eq(hl_envelope_get(&out, exact, cut), HL_ERR_BAD_MESSAGE, "cut to %zu of %zu",
                     cut, len);
        free(exact);
    }
    for (size_t cap = len - (len > 300 ? 300 : len); cap < len; cap++) {
        exact = malloc(cap ? cap : 1);
        cr_assert_eq(hl_envelope_put(exact, cap, e), 0);
        free(exact);
    }
    if (len + 3 <= sizeof wire) {
        cr_assert_eq(hl_envelope_get(&out, wire, len + 3), 0);
        same(e, &out);
    }
}

Test(envelope, each_kind_there_and_back)
{
    for (unsigned i = 0; i < CASES; i++)
        round_trip(&cases[i]);
}

Test(envelope, entries_there_and_back)
{
    for (unsigned i = 0; i < sizeof long_body; i++)
        long_body[i] = (uint8_t)(i * 31);
    for (unsigned i = 0; i < ENTRY_CASES; i++) {
        struct hl_envelope e = entry_case(i);

        round_trip(&e);
    }
}

Test(envelope, layout_is_that_of_the_specification)
{
    static const uint8_t entry[] = {0x02, '0',  '1',  '2',  '3',  '4', '5', '6', '7',
                                    '8',  '9',  'a',  'b',  'c',  'd', 'e', 'f', 0x40,
                                    0x40, 0x01, 0x25, 0x00, 0x02, 'h', 'i'};
    static const uint8_t receipt[] = {0x03, 0x05, '0', '1', '2', '3', '4', '5', '6',
                                      '7',  '8',  '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    static const uint8_t hello[] = {0x01, 0x03, 0x09, 0x03, 'b', 'o', 'b'};
    static const uint8_t again[] = {0x07, 0x07, 0x43, 0xe8};
    struct hl_envelope e = {.kind = HL_ENVELOPE_ENTRY,
                            .entry = {.kind = HL_ENTRY_TEXT,
                                      .seq = 64,
                                      .time_ms = 37,
                                      .id = ID_A,
                                      .body = (const uint8_t *)"hi",
                                      .len = 2}};

    cr_assert_eq(hl_envelope_put(wire, sizeof wire, &e), sizeof entry);
    cr_assert_arr_eq(wire, entry, sizeof entry);
    e = (struct hl_envelope){.kind = HL_ENVELOPE_RECEIPT, .id = ID_A, .seq = 5};
    cr_assert_eq(hl_envelope_put(wire, sizeof wire, &e), sizeof receipt);
    cr_assert_arr_eq(wire, receipt, sizeof receipt);
    e = (struct hl_envelope){.kind = HL_ENVELOPE_HELLO, .flags = 3, .seq = 9, .text = TEXT("bob")};
    cr_assert_eq(hl_envelope_put(wire, sizeof wire, &e), sizeof hello);
    cr_assert_arr_eq(wire, hello, sizeof hello);
    e = (struct hl_envelope){.kind = HL_ENVELOPE_AGAIN, .seq = 7, .count = 1000};
    cr_assert_eq(hl_envelope_put(wire, sizeof wire, &e), sizeof again);
    cr_assert_arr_eq(wire, again, sizeof again);
}

/* ---- what may not be said ---- */

static const struct hl_envelope unsayable[] = {
    {.kind = (enum hl_envelope_kind)0},
    {.kind = (enum hl_envelope_kind)11},
    {.kind = HL_ENVELOPE_HELLO},
    {.kind = HL_ENVELOPE_HELLO, .seq = 1, .flags = HL_VARINT_MAX + 1},
    {.kind = HL_ENVELOPE_HELLO, .seq = 1, .text = {long_body, HL_NICK_MAX + 1}},
    {.kind = HL_ENVELOPE_TYPING, .text = {long_body, HL_TYPED_MAX + 1}},
    {.kind = HL_ENVELOPE_PRESENCE, .text = {long_body, HL_AWAY_MAX + 1}},
    {.kind = HL_ENVELOPE_RECEIPT},
    {.kind = HL_ENVELOPE_RECEIPT, .seq = HL_VARINT_MAX + 1},
    {.kind = HL_ENVELOPE_REFUSED, .code = UINT64_MAX},
    {.kind = HL_ENVELOPE_AGAIN, .seq = 0, .count = 1},
    {.kind = HL_ENVELOPE_AGAIN, .seq = 1, .count = 0},
    {.kind = HL_ENVELOPE_NONE, .seq = 2, .count = HL_VARINT_MAX},
    {.kind = HL_ENVELOPE_NONE, .seq = UINT64_MAX, .count = 1},
    {.kind = HL_ENVELOPE_NONE, .seq = 2, .count = UINT64_MAX},
    {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = HL_ENTRY_TEXT, .seq = 0}},
    {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = HL_ENTRY_TEXT, .seq = HL_VARINT_MAX + 1}},
    {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = (enum hl_entry_kind)0, .seq = 1}},
    {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = (enum hl_entry_kind)0x10000, .seq = 1}},
    {.kind = HL_ENVELOPE_ENTRY,
     .entry = {.kind = HL_ENTRY_TEXT, .seq = 1, .body = long_body, .len = HL_BODY_MAX + 1}},
};

Test(envelope, out_of_range_is_not_written)
{
    for (unsigned i = 0; i < sizeof unsayable / sizeof *unsayable; i++)
        cr_assert_eq(hl_envelope_put(wire, sizeof wire, &unsayable[i]), 0, "row %u", i);
}

/* The same, as a hostile peer would write it. */
static const struct {
    int err;
    uint8_t bytes[40];
    size_t len;
} hostile[] = {
    {HL_ERR_BAD_MESSAGE, {0}, 1},                      /* no kind */
    {HL_ERR_UNKNOWN_FRAME, {11}, 1},                   /* a newer version's */
    {HL_ERR_UNKNOWN_FRAME, {0x7f, 0xff, 1, 2, 3}, 5},  /* the same */
    {HL_ERR_BAD_MESSAGE, {1, 0, 1, 0x40, 65}, 5 + 65}, /* a name of 65 bytes */
    {HL_ERR_BAD_MESSAGE, {1, 0, 1, 5, 'a', 'b', 'c', 'd'}, 8},
    {HL_ERR_BAD_MESSAGE, {1, 0, 0, 1, 'a'}, 5},
    {HL_ERR_BAD_MESSAGE, {7, 0, 1}, 3}, /* number 0 */
    {HL_ERR_BAD_MESSAGE, {7, 1, 0}, 3}, /* none of them */
    {HL_ERR_BAD_MESSAGE,
     {8, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
     10},                                                            /* beyond all numbers */
    {HL_ERR_BAD_MESSAGE, {3, 0}, 18},                                /* a receipt for nothing */
    {HL_ERR_BAD_MESSAGE, {2, [17] = 0, 1, 0, 0, 0}, 22},             /* entry number 0 */
    {HL_ERR_BAD_MESSAGE, {2, [17] = 1, 0, 0, 0, 0}, 22},             /* of no kind */
    {HL_ERR_BAD_MESSAGE, {2, [17] = 1, 0x80, 1, 0, 0, 0, 0, 0}, 26}, /* of kind 65536 */
    {HL_ERR_BAD_MESSAGE, {2, [17] = 1, 1, 0, 1, 'x', 0}, 23},        /* a target of one byte */
    {0, {2, [17] = 1, 6, 0, 0, 0}, 22}, /* of a newer version's kind: refused */
    {HL_ERR_BAD_MESSAGE,
     {2, [17] = 1, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
     29}, /* no such body */
};

Test(envelope, hostile_bytes_are_told_from_newer_ones)
{
    struct hl_envelope e;

    for (unsigned i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        uint8_t bytes[80] = {0};

        memcpy(bytes, hostile[i].bytes, sizeof hostile[i].bytes);
        cr_assert_eq(hl_envelope_get(&e, bytes, hostile[i].len), hostile[i].err, "row %u", i);
    }
    cr_assert_eq(hl_envelope_get(&e, wire, 0), HL_ERR_BAD_MESSAGE);
}

Test(envelope, a_clock_that_is_wrong_is_brought_into_the_calendar)
{
    static const int64_t times[][2] = {
        {-1, 0},
        {INT64_MIN, 0},
        {INT64_MAX, 253402300799999},
        {253402300800000, 253402300799999},
        {253402300799999, 253402300799999},
    };
    struct hl_envelope e = {.kind = HL_ENVELOPE_ENTRY, .entry = {.kind = HL_ENTRY_TEXT, .seq = 1}};
    struct hl_envelope out;

    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        size_t len;

        e.entry.time_ms = times[i][0];
        len = hl_envelope_put(wire, sizeof wire, &e);
        cr_assert_gt(len, 0);
        cr_assert_eq(hl_envelope_get(&out, wire, len), 0);
        cr_assert_eq(out.entry.time_ms, times[i][1]);
    }
}

/* An author who puts a larger time on the wire is brought into it by the reader. */
Test(envelope, nor_does_the_peers_clock_matter)
{
    static const uint8_t far[] = {2,    0,    0,    0,    0,    0,    0,    0, 0, 0,
                                  0,    0,    0,    0,    0,    0,    0,    1, 1, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0};
    struct hl_envelope e;

    cr_assert_eq(hl_envelope_get(&e, far, sizeof far), 0);
    cr_assert_eq(e.entry.time_ms, 253402300799999);
}
