/* SPDX-License-Identifier: MIT */
/* The kill ring: the last texts that were cut out, newest first. */
#ifndef HL_KILL_H
#define HL_KILL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_KILL_COUNT = 16, /* the oldest goes when one more comes */
};

struct hl_kill_ring {
    struct {
        char *text;
        size_t len;
    } entries[HL_KILL_COUNT]; /* [0] is the newest */
    size_t count;
};

void hl_kill_init(struct hl_kill_ring *r);
void hl_kill_fini(struct hl_kill_ring *r);

/* Adds an entry. False: out of memory, nothing changed. */
bool hl_kill_add(struct hl_kill_ring *r, const char *s, size_t len);

/* Adds to the newest entry instead, before or behind what it holds; there must be one. */
bool hl_kill_join(struct hl_kill_ring *r, const char *s, size_t len, bool before);

#endif
