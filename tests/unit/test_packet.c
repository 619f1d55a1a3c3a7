/* SPDX-License-Identifier: MIT */
#include "packet.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    enum hl_packet_type type;
    size_t len, header, body; /* net/PROTOCOL.md section 2 */
} table[] = {
    {HL_PACKET_INITIAL_XX, 192, 8, 152},   {HL_PACKET_INITIAL_IK, 192, 8, 152},
    {HL_PACKET_RESPONSE_XX, 156, 12, 112}, {HL_PACKET_RESPONSE_IK, 108, 12, 64},
    {HL_PACKET_COOKIE, 64, 8, 56},         {HL_PACKET_FINISH_XX, 124, 12, 80},
    {HL_PACKET_DATA, 29, 13, 16},          {HL_PACKET_DATA, 1452, 13, 1439},
};

enum {
    ROWS = sizeof table / sizeof table[0],
};

/* A header of that type, and zeros behind it. */
static void make(uint8_t *bytes, unsigned row)
{
    const struct hl_packet p = {
        .type = table[row].type,
        .sender = 0x01020304,
        .receiver = 0xa1a2a3a4,
        .number = UINT64_C(0x0102030405060708),
    };

    memset(bytes, 0, 1500);
    if (p.type != HL_PACKET_COOKIE)
        cr_assert_eq(hl_packet_header(bytes, &p), table[row].header);
    bytes[0] = (uint8_t)p.type;
}

Test(packet, lengths_are_exact)
{
    uint8_t bytes[1500];
    struct hl_packet p;

    for (unsigned i = 0; i < ROWS; i++) {
        make(bytes, i);
        cr_assert_eq(hl_packet_decode(bytes, table[i].len, &p), HL_PACKET_GOOD, "row %u", i);
        cr_assert_eq(p.header.len, table[i].header);
        cr_assert_eq(p.body.len, table[i].body);
        cr_assert_eq(p.body.at, bytes + p.header.len);
        for (size_t len = 1; len < 300 && table[i].type != HL_PACKET_DATA; len++)
            if (len != table[i].len)
                cr_assert_eq(hl_packet_decode(bytes, len, &p), HL_PACKET_BAD_LENGTH);
    }
    make(bytes, 6);
    for (size_t len = 1; len < 29; len++)
        cr_assert_eq(hl_packet_decode(bytes, len, &p), HL_PACKET_BAD_LENGTH);
    cr_assert_eq(hl_packet_decode(bytes, 0, &p), HL_PACKET_NOT_HULLO);
}

Test(packet, integers_are_big_endian)
{
    uint8_t bytes[1500];
    struct hl_packet p;

    make(bytes, 6);
    cr_assert_arr_eq(bytes, "\xfe\xa1\xa2\xa3\xa4\1\2\3\4\5\6\7\10", 13);
    cr_assert_eq(hl_packet_decode(bytes, 29, &p), HL_PACKET_GOOD);
    cr_assert(p.receiver == 0xa1a2a3a4 && p.number == UINT64_C(0x0102030405060708));
    make(bytes, 3);
    cr_assert_arr_eq(bytes, "\xfb\0\0\0\1\2\3\4\xa1\xa2\xa3\xa4", 12);
    cr_assert_eq(hl_packet_decode(bytes, 108, &p), HL_PACKET_GOOD);
    cr_assert(p.sender == 0x01020304 && p.receiver == 0xa1a2a3a4);
    make(bytes, 0);
    cr_assert_arr_eq(bytes, "\xf8\1\0\0\1\2\3\4", 8);
}

/* Bits without a meaning in version 1, and all that is no packet. */
Test(packet, what_is_not_ours)
{
    static const struct {
        unsigned row;
        size_t at;
    } bits[] = {{0, 1}, {0, 2}, {1, 3}, {2, 1}, {3, 2}, {4, 3}, {5, 1}, {6, 5}};
    uint8_t bytes[1500];
    struct hl_packet p;

    for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        make(bytes, bits[i].row);
        bytes[bits[i].at] ^= 0x80;
        cr_assert_eq(hl_packet_decode(bytes, table[bits[i].row].len, &p), HL_PACKET_NOT_HULLO,
                     "row %u", i);
    }
    for (unsigned first = 0; first < 256; first++) {
        memset(bytes, 0, sizeof bytes);
        bytes[0] = (uint8_t)first;
        if (first < 0xf8 || first == 0xff)
            for (size_t len = 1; len < 200; len++)
                cr_assert_eq(hl_packet_decode(bytes, len, &p), HL_PACKET_NOT_HULLO);
    }
}

Test(packet, data_has_a_greatest_length)
{
    static uint8_t bytes[HL_PACKET_DATA_MAX + 1] = {HL_PACKET_DATA};
    struct hl_packet p;

    cr_assert_eq(hl_packet_decode(bytes, HL_PACKET_DATA_MAX, &p), HL_PACKET_GOOD);
    cr_assert_eq(hl_packet_decode(bytes, HL_PACKET_DATA_MAX + 1, &p), HL_PACKET_BAD_LENGTH);
}
