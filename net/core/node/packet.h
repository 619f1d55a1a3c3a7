/* SPDX-License-Identifier: MIT */
/* The headers of packets, net/PROTOCOL.md section 2: the only file that knows where what lies.
 * Pure functions of their arguments. */
#ifndef HL_PACKET_H
#define HL_PACKET_H

#include "crypt.h"
#include "types.h"

enum hl_packet_type {
    HL_PACKET_INITIAL_XX = 0xf8,
    HL_PACKET_INITIAL_IK,
    HL_PACKET_RESPONSE_XX,
    HL_PACKET_RESPONSE_IK,
    HL_PACKET_COOKIE,
    HL_PACKET_FINISH_XX,
    HL_PACKET_DATA,
};

enum {
    HL_PACKET_VERSION = 1,

    HL_PACKET_MACS = 2 * HL_MAC_SIZE,
    HL_PACKET_INSTANCES = 16,     /* two instances: the payload of every handshake message */
    HL_PACKET_INITIAL_HEADER = 8, /* type, version, zero 2, sender */
    HL_PACKET_ANSWER_HEADER = 12, /* type, zero 3, sender, receiver */
    HL_PACKET_DATA_HEADER = 13,   /* type, receiver, packet number */

    /* Noise messages: ephemeral key, static key and its tag, payload and its tag. */
    HL_PACKET_KEY = HL_KEY_SIZE,
    HL_PACKET_SEALED_KEY = HL_KEY_SIZE + HL_TAG_SIZE,
    HL_PACKET_PAYLOAD_XX = 104, /* of INITIAL_XX: as long as INITIAL_IK */
    HL_PACKET_PAYLOAD_IK = 56,  /* of INITIAL_IK */
    HL_PACKET_NOISE_INITIAL = HL_PACKET_KEY + HL_PACKET_PAYLOAD_XX + HL_TAG_SIZE,
    HL_PACKET_NOISE_RESPONSE_IK = HL_PACKET_KEY + HL_PACKET_INSTANCES + HL_TAG_SIZE,
    HL_PACKET_NOISE_RESPONSE_XX = HL_PACKET_NOISE_RESPONSE_IK + HL_PACKET_SEALED_KEY,
    HL_PACKET_NOISE_FINISH = HL_PACKET_SEALED_KEY + HL_PACKET_INSTANCES + HL_TAG_SIZE,

    HL_PACKET_INITIAL = HL_PACKET_INITIAL_HEADER + HL_PACKET_NOISE_INITIAL + HL_PACKET_MACS,
    HL_PACKET_RESPONSE_XX_LEN =
        HL_PACKET_ANSWER_HEADER + HL_PACKET_NOISE_RESPONSE_XX + HL_PACKET_MACS,
    HL_PACKET_RESPONSE_IK_LEN =
        HL_PACKET_ANSWER_HEADER + HL_PACKET_NOISE_RESPONSE_IK + HL_PACKET_MACS,
    HL_PACKET_FINISH = HL_PACKET_ANSWER_HEADER + HL_PACKET_NOISE_FINISH + HL_PACKET_MACS,
    HL_PACKET_COOKIE_LEN = 64,
    HL_PACKET_ANSWER_MAX = HL_PACKET_RESPONSE_XX_LEN, /* to an INITIAL: less than its cause */

    HL_PACKET_OVERHEAD = HL_PACKET_DATA_HEADER + HL_TAG_SIZE, /* of DATA */
    HL_PACKET_DATA_MAX = HL_PACKET_OVERHEAD + 65000,
};

/* What a header says, and where the rest of the packet lies. */
struct hl_packet {
    enum hl_packet_type type;
    uint32_t sender;        /* INITIAL, RESPONSE, FINISH */
    uint32_t receiver;      /* all but INITIAL */
    uint64_t number;        /* DATA */
    struct hl_bytes header; /* DATA: associated data; INITIAL: part of the prologue */
    struct hl_bytes body;   /* the Noise message, or the sealed frames with their tag */
    struct hl_bytes all;
};

enum hl_packet_fault {
    HL_PACKET_GOOD,
    HL_PACKET_NOT_HULLO, /* another protocol or version, or bits set that must be zero */
    HL_PACKET_BAD_LENGTH,
};

enum hl_packet_fault hl_packet_decode(const uint8_t *bytes, size_t len, struct hl_packet *p);

/* Writes the header that type, sender, receiver and number ask for; COOKIE is cookie.h's. Returns
 * its length: the body goes behind it. */
size_t hl_packet_header(uint8_t *out, const struct hl_packet *p);

/* mac1 of an INITIAL tells it from all others: for finding repeated ones. */
static inline const uint8_t *hl_packet_mac1(const struct hl_packet *p)
{
    return p->all.at + p->all.len - HL_PACKET_MACS;
}

/* Whether there is no mac2: only INITIAL may have one. */
bool hl_packet_mac2_zero(const struct hl_packet *p);

#endif
