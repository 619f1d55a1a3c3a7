/* SPDX-License-Identifier: MIT */
#include "packet.h"

#include <assert.h>
#include <string.h>

_Static_assert((int)HL_PACKET_NOISE_INITIAL ==
                   (int)HL_PACKET_KEY + HL_PACKET_SEALED_KEY + HL_PACKET_PAYLOAD_IK + HL_TAG_SIZE,
               "both INITIALs are equally long");
_Static_assert((int)HL_PACKET_ANSWER_MAX <= (int)HL_PACKET_INITIAL &&
                   (int)HL_PACKET_COOKIE_LEN <= (int)HL_PACKET_INITIAL,
               "no answer is larger than its cause");

/* Offsets within headers. */
enum {
    AT_VERSION = 1,
    AT_INITIAL_SENDER = 4,
    AT_ANSWER_SENDER = 4,
    AT_ANSWER_RECEIVER = 8,
    AT_COOKIE_RECEIVER = 4,
    AT_DATA_RECEIVER = 1,
    AT_DATA_NUMBER = 5,
    COOKIE_HEADER = 8,
};

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint64_t get64(const uint8_t *p)
{
    return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)(v >> 32));
    put32(p + 4, (uint32_t)v);
}

/* One row a type: its lengths, and how its header is laid out. */
enum layout { INITIAL, ANSWER, COOKIE, DATA };

static const struct {
    uint16_t len; /* DATA: at least */
    uint8_t header, macs;
    enum layout layout;
} types[] = {
    [HL_PACKET_INITIAL_XX - HL_PACKET_INITIAL_XX] = {HL_PACKET_INITIAL, HL_PACKET_INITIAL_HEADER,
                                                     HL_PACKET_MACS, INITIAL},
    [HL_PACKET_INITIAL_IK - HL_PACKET_INITIAL_XX] = {HL_PACKET_INITIAL, HL_PACKET_INITIAL_HEADER,
                                                     HL_PACKET_MACS, INITIAL},
    [HL_PACKET_RESPONSE_XX - HL_PACKET_INITIAL_XX] = {HL_PACKET_RESPONSE_XX_LEN,
                                                      HL_PACKET_ANSWER_HEADER, HL_PACKET_MACS,
                                                      ANSWER},
    [HL_PACKET_RESPONSE_IK - HL_PACKET_INITIAL_XX] = {HL_PACKET_RESPONSE_IK_LEN,
                                                      HL_PACKET_ANSWER_HEADER, HL_PACKET_MACS,
                                                      ANSWER},
    [HL_PACKET_COOKIE - HL_PACKET_INITIAL_XX] = {HL_PACKET_COOKIE_LEN, COOKIE_HEADER, 0, COOKIE},
    [HL_PACKET_FINISH_XX -
        HL_PACKET_INITIAL_XX] = {HL_PACKET_FINISH, HL_PACKET_ANSWER_HEADER, HL_PACKET_MACS, ANSWER},
    [HL_PACKET_DATA - HL_PACKET_INITIAL_XX] = {HL_PACKET_OVERHEAD, HL_PACKET_DATA_HEADER, 0, DATA},
};

static bool all_zero(const uint8_t *p, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= p[i];
    return any == 0;
}

bool hl_packet_mac2_zero(const struct hl_packet *p)
{
    return all_zero(p->all.at + p->all.len - HL_MAC_SIZE, HL_MAC_SIZE);
}

/* False: a bit is set that version 1 has no meaning for. */
static bool read_header(const uint8_t *bytes, enum layout layout, struct hl_packet *p)
{
    switch (layout) {
    case INITIAL:
        p->sender = get32(bytes + AT_INITIAL_SENDER);
        return bytes[AT_VERSION] == HL_PACKET_VERSION && all_zero(bytes + 2, 2);
    case ANSWER:
        p->sender = get32(bytes + AT_ANSWER_SENDER);
        p->receiver = get32(bytes + AT_ANSWER_RECEIVER);
        return all_zero(bytes + 1, 3);
    case COOKIE:
        p->receiver = get32(bytes + AT_COOKIE_RECEIVER);
        return all_zero(bytes + 1, 3);
    case DATA:
        p->receiver = get32(bytes + AT_DATA_RECEIVER);
        p->number = get64(bytes + AT_DATA_NUMBER);
        return p->number >> 62 == 0;
    }
    return false;
}

enum hl_packet_fault hl_packet_decode(const uint8_t *bytes, size_t len, struct hl_packet *p)
{
    size_t row;

    if (len == 0 || bytes[0] < HL_PACKET_INITIAL_XX || bytes[0] > HL_PACKET_DATA)
        return HL_PACKET_NOT_HULLO;
    row = bytes[0] - (size_t)HL_PACKET_INITIAL_XX;
    if (types[row].layout == DATA ? len < types[row].len || len > HL_PACKET_DATA_MAX
                                  : len != types[row].len)
        return HL_PACKET_BAD_LENGTH;
    *p = (struct hl_packet){
        .type = (enum hl_packet_type)bytes[0],
        .header = {bytes, types[row].header},
        .body = {bytes + types[row].header, len - types[row].header - types[row].macs},
        .all = {bytes, len},
    };
    return read_header(bytes, types[row].layout, p) ? HL_PACKET_GOOD : HL_PACKET_NOT_HULLO;
}

size_t hl_packet_header(uint8_t *out, const struct hl_packet *p)
{
    size_t row = (size_t)p->type - HL_PACKET_INITIAL_XX;

    memset(out, 0, types[row].header);
    out[0] = (uint8_t)p->type;
    switch (types[row].layout) {
    case INITIAL:
        out[AT_VERSION] = HL_PACKET_VERSION;
        put32(out + AT_INITIAL_SENDER, p->sender);
        break;
    case ANSWER:
        put32(out + AT_ANSWER_SENDER, p->sender);
        put32(out + AT_ANSWER_RECEIVER, p->receiver);
        break;
    case DATA:
        put32(out + AT_DATA_RECEIVER, p->receiver);
        put64(out + AT_DATA_NUMBER, p->number);
        break;
    case COOKIE:
        assert(p->type != HL_PACKET_COOKIE); /* cookie.h writes these */
        break;
    }
    return types[row].header;
}
