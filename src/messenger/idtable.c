/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing. */
#include "idtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST = 64,
};

void hl_idtable_fini(struct hl_idtable *map)
{
    free(map->items);
    *map = (struct hl_idtable){0};
}

static size_t home(const struct hl_idtable *map, const uint8_t *id)
{
    return hl_idhash_place(&map->hash, id, map->cap);
}

/* Where it is, or the free place where it would go. */
static size_t place(const struct hl_idtable *map, uint32_t contact, const uint8_t *id)
{
    size_t i = home(map, id);

    while (map->items[i].contact != 0 &&
           (map->items[i].contact != contact || memcmp(map->items[i].id, id, HL_ID_SIZE) != 0))
        i = (i + 1) & (map->cap - 1);
    return i;
}

static bool grow(struct hl_idtable *map)
{
    struct hl_idtable more = {.count = map->count, .cap = map->cap ? 2 * map->cap : FIRST};

    more.items = calloc(more.cap, sizeof *more.items);
    if (!more.items)
        return false;
    more.hash = hl_idhash_new();
    for (size_t i = 0; i < map->cap; i++) {
        const struct hl_idtable_item *item = &map->items[i];

        if (item->contact != 0)
            more.items[place(&more, item->contact, item->id)] = *item;
    }
    free(map->items);
    *map = more;
    return true;
}

int hl_idtable_put(struct hl_idtable *map, uint32_t contact, const uint8_t id[static HL_ID_SIZE],
                   uint64_t value)
{
    struct hl_idtable_item *item;

    if (4 * (map->count + 1) > 3 * map->cap && !grow(map))
        return -ENOMEM;
    item = &map->items[place(map, contact, id)];
    map->count += item->contact == 0;
    memcpy(item->id, id, HL_ID_SIZE);
    item->contact = contact;
    item->value = value;
    return 0;
}

struct hl_idtable_item *hl_idtable_find(const struct hl_idtable *map, uint32_t contact,
                                        const uint8_t id[static HL_ID_SIZE])
{
    struct hl_idtable_item *item;

    if (map->count == 0 || contact == 0)
        return NULL;
    item = &map->items[place(map, contact, id)];
    return item->contact ? item : NULL;
}

/* Moves back what had been pushed behind this place, so that no search stops too early. */
void hl_idtable_remove(struct hl_idtable *map, struct hl_idtable_item *item)
{
    size_t mask = map->cap - 1;
    size_t hole = (size_t)(item - map->items);

    for (size_t i = (hole + 1) & mask; map->items[i].contact != 0; i = (i + 1) & mask) {
        size_t at = home(map, map->items[i].id);

        if (((i - at) & mask) >= ((i - hole) & mask)) {
            map->items[hole] = map->items[i];
            hole = i;
        }
    }
    map->items[hole].contact = 0;
    map->count--;
}

/* The contact has no part in the place. */
void hl_idtable_rename(struct hl_idtable *map, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < map->cap; i++) {
        if (map->items[i].contact == from)
            map->items[i].contact = to;
    }
}
