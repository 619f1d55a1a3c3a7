/* SPDX-License-Identifier: MIT */
/* Somebody on the path who sees all datagrams and has an address of his own, but no key; and
 * somebody elsewhere who sends whatever comes to his mind. */
#ifndef HL_SIM_ATTACKER_H
#define HL_SIM_ATTACKER_H

#include "world.h"

/* Ways to attack, as bits. */
enum attack {
    ATTACK_REPLAY = 1,     /* what was recorded, again, from where it came */
    ATTACK_REFLECT = 2,    /* back to its sender */
    ATTACK_SPLICE = 4,     /* the head of one, the tail of another */
    ATTACK_MODIFY = 8,     /* a bit flipped, a byte more or less; before the original arrives */
    ATTACK_FORWARD = 16,   /* a copy from the attacker's address, before the original arrives */
    ATTACK_STEAL = 32,     /* the same, and the original never arrives */
    ATTACK_MISDIRECT = 64, /* to another host */
    ATTACK_NOISE = 128,    /* bytes that were never a packet, from his own address or another's */
    ATTACK_ALL = 255,
};

struct attacker;

/* Attacks w until stop: each datagram with that chance. Ends with attacker_free(). */
struct attacker *attacker_new(struct world *w, unsigned ways, uint32_t chance, hl_time stop);
void attacker_free(struct attacker *x);
/* The address from which he forwards. */
struct hl_addr attacker_addr(const struct attacker *x, enum hl_family family);

#endif
