/* SPDX-License-Identifier: MIT */
/* A disk that fails, and one whose power fails: SQLite's own file layer with a hand on it.
 *
 * Everything that changes a file is counted, may fail, and may be written down. From what was
 * written down the files can be made again as they would be found after a power cut at any moment:
 * what was synced is there; of what was not, anything may be. */
#ifndef HL_FAULTFS_H
#define HL_FAULTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum faultfs_kind {
    FAULTFS_FULL,  /* no space left */
    FAULTFS_EIO,   /* input/output error */
    FAULTFS_SHORT, /* half of a write is done, then there is no space */
    FAULTFS_KINDS
};

/* Becomes the default of SQLite in this process. */
void faultfs_install(void);

/* The call number at from now on (from 1) fails; lasting: and all after it, until it is healed. */
void faultfs_fail(unsigned at, enum faultfs_kind kind, bool lasting);
void faultfs_heal(void);
bool faultfs_failed(void); /* it has happened since faultfs_fail() */

/* From now on all is written down. */
void faultfs_record(void);
/* Notes that so many transactions have been acknowledged to the user. */
void faultfs_mark(unsigned acknowledged);
void faultfs_stop(void);
size_t faultfs_length(void); /* of what was written down */

enum faultfs_cut {
    FAULTFS_KEPT,    /* all that was written before the cut is on the disk */
    FAULTFS_DROPPED, /* only what was synced */
    FAULTFS_TORN,    /* of what was not synced, sectors by chance */
};
/* Makes the database at path, and its log, as they are when the power fails before record number
 * at. Returns how many transactions were acknowledged by then. */
unsigned faultfs_rebuild(const char *path, size_t at, enum faultfs_cut cut, uint64_t seed);

/* How far apart the moments are that a test of all moments looks at. One thread does all of it, so
 * sanitizers, which make it ten times as slow, lose nothing by seeing a part. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { FAULTFS_STRIDE = 7 };
#else
enum { FAULTFS_STRIDE = 1 };
#endif

#endif
