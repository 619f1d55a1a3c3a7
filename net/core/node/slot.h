/* SPDX-License-Identifier: MIT */
/* A slot: the pair of transport keys of one session, their ages, and how packets are sealed and
 * opened with them. Embedded; all zeros is an empty slot. One thread. */
#ifndef HL_SLOT_H
#define HL_SLOT_H

#include "packet.h"

struct hl_slot {
    uint8_t send[HL_KEY_SIZE];
    uint8_t recv[HL_KEY_SIZE];
    hl_time born;
    uint32_t own;    /* index that packets to us bear; 0 = empty */
    uint32_t theirs; /* index that packets to the peer bear */
    uint32_t sealed; /* packets */
    bool initiator;  /* we began the handshake */
    bool heard;      /* a packet has been opened: the peer has these keys too */
};

/* Leaves no key; the index is the caller's to remove first. */
void hl_slot_wipe(struct hl_slot *s);

static inline bool hl_slot_used(const struct hl_slot *s)
{
    return s->own != 0;
}

/* Whether it may seal, and open, at that age. */
bool hl_slot_seals(const struct hl_slot *s, hl_time now);
bool hl_slot_opens(const struct hl_slot *s, hl_time now);
/* Whether the next session should be made by us. */
bool hl_slot_stale(const struct hl_slot *s, hl_time now);

/* Makes a packet of the len bytes of frames that lie HL_PACKET_DATA_HEADER behind out. Returns its
 * length, HL_PACKET_OVERHEAD more. number was never used with these keys. */
size_t hl_slot_seal(struct hl_slot *s, uint64_t number, uint8_t *out, size_t len);

/* Opens a packet in place. True: frames are the plaintext, within bytes, where the packet lies. */
bool hl_slot_open(const struct hl_slot *s, const struct hl_packet *p, uint8_t *bytes,
                  struct hl_bytes *frames);

#endif
