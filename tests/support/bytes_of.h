/* SPDX-License-Identifier: MIT */
/* Bytes for tests: out of hexadecimal digits, and random ones from a seed. */
#ifndef HL_BYTES_OF_H
#define HL_BYTES_OF_H

#include "bytes.h"

#include <stdio.h>
#include <string.h>

/* Number of bytes written; hex is right, for the test wrote it. */
static inline size_t from_hex(uint8_t *out, const char *hex)
{
    size_t n = 0;
    unsigned byte;

    for (; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
        out[n] = (uint8_t)byte;
    return n;
}

/* Splitmix64, Steele, Lea and Flood 2014. */
static inline uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void fill_random(uint64_t *seed, void *out, size_t len)
{
    uint8_t *at = out;

    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)next_random(seed);
}

static inline struct hl_bytes text_bytes(const char *text)
{
    return (struct hl_bytes){(const uint8_t *)text, strlen(text)};
}

#endif
