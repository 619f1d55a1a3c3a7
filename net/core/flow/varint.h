/* SPDX-License-Identifier: MIT */
/* Variable-length integers of RFC 9000 section 16: 1, 2, 4 or 8 bytes, as the top two bits say. */
#ifndef HL_VARINT_H
#define HL_VARINT_H

#include <stddef.h>
#include <stdint.h>

enum {
    HL_VARINT_LEN_MAX = 8,
};
#define HL_VARINT_MAX ((UINT64_C(1) << 62) - 1)

/* Bytes that v takes: 1, 2, 4 or 8. v is at most HL_VARINT_MAX. */
static inline size_t hl_varint_len(uint64_t v)
{
    if (v < 1U << 6)
        return 1;
    if (v < 1U << 14)
        return 2;
    return v < 1U << 30 ? 4 : 8;
}

/* Reads one of the len bytes at at, in whatever length it was written. Returns the bytes it took,
 * 0 if it is cut short (*v is left alone). */
static inline size_t hl_varint_get(const uint8_t *at, size_t len, uint64_t *v)
{
    size_t width;
    uint64_t value;

    if (len == 0)
        return 0;
    width = (size_t)1 << (at[0] >> 6);
    value = at[0] & 0x3fU;
    if (width > len)
        return 0;
    for (size_t i = 1; i < width; i++)
        value = value << 8 | at[i];
    *v = value;
    return width;
}

/* Writes v, at most HL_VARINT_MAX, in its shortest form. Returns the bytes it took, 0 = no room. */
size_t hl_varint_put(uint8_t *out, size_t cap, uint64_t v);

#endif
