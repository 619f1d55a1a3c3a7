/* SPDX-License-Identifier: MIT */
/* A run of bytes that belongs to somebody else. */
#ifndef HL_BYTES_H
#define HL_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct hl_bytes {
    const uint8_t *at;
    size_t len;
};

#endif
