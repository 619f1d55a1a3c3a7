/* SPDX-License-Identifier: MIT */
#include "kill.h"

#include <stdlib.h>
#include <string.h>

void hl_kill_init(struct hl_kill_ring *r)
{
    *r = (struct hl_kill_ring){.count = 0};
}

void hl_kill_fini(struct hl_kill_ring *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->entries[i].text);
}

bool hl_kill_add(struct hl_kill_ring *r, const char *s, size_t len)
{
    char *text = malloc(len + 1);
    if (!text)
        return false;
    memcpy(text, s, len);
    if (r->count == HL_KILL_COUNT)
        free(r->entries[--r->count].text);
    memmove(r->entries + 1, r->entries, r->count * sizeof r->entries[0]);
    r->entries[0].text = text;
    r->entries[0].len = len;
    r->count++;
    return true;
}

bool hl_kill_join(struct hl_kill_ring *r, const char *s, size_t len, bool before)
{
    size_t old = r->entries[0].len;
    char *text = realloc(r->entries[0].text, old + len + 1);
    if (!text)
        return false;
    if (before)
        memmove(text + len, text, old);
    memcpy(before ? text : text + old, s, len);
    r->entries[0].text = text;
    r->entries[0].len = old + len;
    return true;
}
