/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void hl_hex_put(char *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}

bool hl_hex_get(uint8_t *out, size_t len, const char *text)
{
    for (size_t i = 0; i < 2 * len; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

        if (!digit)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (digit - digits));
    }
    return true;
}
