/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <stdint.h>

size_t hl_base64_encode(char *out, const void *in, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *byte = in;
    char *end = out;

    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        uint32_t group = (uint32_t)byte[i] << 16;

        if (have > 1)
            group |= (uint32_t)byte[i + 1] << 8;
        if (have > 2)
            group |= byte[i + 2];
        for (size_t k = 0; k < 4; k++)
            *end++ = k <= have ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return (size_t)(end - out);
}
