/* SPDX-License-Identifier: MIT */
#include "varint.h"

#include <assert.h>

size_t hl_varint_put(uint8_t *out, size_t cap, uint64_t v)
{
    size_t width = hl_varint_len(v);
    unsigned prefix = width == 8 ? 3 : (unsigned)width / 2; /* binary logarithm of the width */

    assert(v <= HL_VARINT_MAX);
    if (width > cap)
        return 0;
    for (size_t i = width; i-- > 0; v >>= 8)
        out[i] = (uint8_t)v;
    out[0] |= (uint8_t)(prefix << 6);
    return width;
}
