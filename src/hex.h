/* SPDX-License-Identifier: MIT */
/* Bytes as lower-case hexadecimal digits. Pure. */
#ifndef HL_HEX_H
#define HL_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes 2 * len digits, no NUL. */
void hl_hex_put(char *out, const uint8_t *bytes, size_t len);

/* Reads 2 * len digits; false if one is none. The text may end early. */
bool hl_hex_get(uint8_t *out, size_t len, const char *text) __attribute__((warn_unused_result));

#endif
