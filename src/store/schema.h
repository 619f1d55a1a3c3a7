/* SPDX-License-Identifier: MIT */
/* The tables, and how stores of older versions get them. */
#ifndef HL_SCHEMA_H
#define HL_SCHEMA_H

#include "db.h"

enum {
    HL_SCHEMA_APPLICATION = 0x48554c4c, /* "HULL" in the header of the file */
    HL_SCHEMA_VERSION = 1,
    HL_MARK_EDITED = 1, /* entry.marks */
    HL_MARK_DELETED = 2,
    HL_MARK_REACTED = 4,
};

/* Whether the file is a store of ours, or empty (*version 0). Changes nothing.
 * HL_ERR_STORE_NEWER, HL_ERR_STORE_DAMAGED. */
int hl_schema_version(struct hl_db *db, int64_t *version) __attribute__((warn_unused_result));
/* Makes the tables, or brings those of an older version up to date; inside of a
 * transaction. */
int hl_schema_upgrade(struct hl_db *db, int64_t version) __attribute__((warn_unused_result));

#endif
