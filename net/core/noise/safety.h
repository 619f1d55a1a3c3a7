/* SPDX-License-Identifier: MIT */
/* The number that two people compare, by voice or side by side, to know that nobody stands between
 * them. Pure. */
#ifndef HL_SAFETY_H
#define HL_SAFETY_H

#include "crypt.h"

enum {
    HL_SAFETY_DIGITS = 60,
};

/* 60 digits and a NUL from the static public keys of both, in either order. Takes some milliseconds
 * by design; any thread. */
void hl_safety_number(const uint8_t a[HL_KEY_SIZE], const uint8_t b[HL_KEY_SIZE],
                      char out[HL_SAFETY_DIGITS + 1]);

#endif
