/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 section 4), encoding only. Pure. */
#ifndef HL_BASE64_H
#define HL_BASE64_H

#include <stddef.h>

/* Characters that len bytes become. */
static inline size_t hl_base64_size(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* Writes hl_base64_size(len) characters, no NUL, and returns their number. */
size_t hl_base64_encode(char *out, const void *in, size_t len);

#endif
