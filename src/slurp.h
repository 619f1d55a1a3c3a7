/* SPDX-License-Identifier: MIT */
/* A small file of the user's in one piece, and in its place another one, whole or not at all. */
#ifndef HL_SLURP_H
#define HL_SLURP_H

#include <stddef.h>

/* Reads all of it into memory that the caller frees; a NUL follows the last byte. Returns 0,
 * -errno, or -EFBIG above max bytes, and then *out is NULL. */
int hl_slurp(const char *path, size_t max, char **out, size_t *len)
    __attribute__((warn_unused_result));

/* Replaces what is at path, which is no symbolic link, by rename(2): a reader finds the old text or
 * the new one, and so does whoever comes after a crash. Owner and permissions stay; a new file is
 * private. Returns 0 or -errno. */
int hl_slurp_replace(const char *path, const char *bytes, size_t len)
    __attribute__((warn_unused_result));

#endif
