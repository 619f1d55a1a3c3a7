/* SPDX-License-Identifier: MIT */
/* Entries by id, and a number for each. One owner. */
#ifndef HL_IDTABLE_H
#define HL_IDTABLE_H

#include "idhash.h"

struct hl_idtable_item {
    uint8_t id[HL_ID_SIZE];
    uint32_t contact; /* 0 = this place is free */
    uint64_t value;
};

struct hl_idtable {
    struct hl_idtable_item *items;
    size_t count, cap; /* cap: 0 or a power of two */
    struct hl_idhash hash;
};

void hl_idtable_fini(struct hl_idtable *map);
/* Adds an entry of a contact (not 0), or changes its value. -ENOMEM. */
int hl_idtable_put(struct hl_idtable *map, uint32_t contact, const uint8_t id[static HL_ID_SIZE],
                   uint64_t value) __attribute__((warn_unused_result));
/* NULL if it is not there. Valid until the map is changed. */
struct hl_idtable_item *hl_idtable_find(const struct hl_idtable *map, uint32_t contact,
                                        const uint8_t id[static HL_ID_SIZE]);
void hl_idtable_remove(struct hl_idtable *map, struct hl_idtable_item *item);
/* Entries of one contact are another's now, neither being 0. */
void hl_idtable_rename(struct hl_idtable *map, uint32_t from, uint32_t to);

#endif
