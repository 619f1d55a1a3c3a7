/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <stdlib.h>
#include <string.h>

struct hl_journal_step {
    struct hl_change change;
    char *block; /* what change.removed and change.inserted point into, in this order */
};

static size_t cost(const struct hl_journal_step *s)
{
    return sizeof *s + s->change.removed_len + s->change.inserted_len;
}

static void drop(struct hl_journal *j, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        j->bytes -= cost(&j->steps[i]);
        free(j->steps[i].block);
    }
    memmove(j->steps + from, j->steps + to, (j->count - to) * sizeof j->steps[0]);
    j->count -= to - from;
}

/* Above the maximum the oldest quarter goes at once, so that not every change moves the array. */
static void forget_oldest(struct hl_journal *j)
{
    size_t n = 0;
    size_t left = j->bytes;
    if (left <= j->max)
        return;
    while (n + 1 < j->count && left > j->max / 4 * 3)
        left -= cost(&j->steps[n++]);
    drop(j, 0, n);
    j->done -= n;
}

void hl_journal_init(struct hl_journal *j, size_t max)
{
    *j = (struct hl_journal){.max = max};
}

void hl_journal_clear(struct hl_journal *j)
{
    if (j->count > 0)
        drop(j, 0, j->count);
    j->done = 0;
}

void hl_journal_fini(struct hl_journal *j)
{
    hl_journal_clear(j);
    free(j->steps);
}

static bool reserve(struct hl_journal *j)
{
    enum { FIRST_CAPACITY = 16 };
    if (j->count < j->cap)
        return true;
    size_t cap = j->cap ? j->cap * 2 : FIRST_CAPACITY;
    struct hl_journal_step *bigger = realloc(j->steps, cap * sizeof *bigger);
    if (!bigger)
        return false;
    j->steps = bigger;
    j->cap = cap;
    return true;
}

bool hl_journal_add(struct hl_journal *j, const struct hl_change *c)
{
    if (!reserve(j))
        return false;
    char *block = malloc(c->removed_len + c->inserted_len + 1);
    if (!block)
        return false;
    memcpy(block, c->removed, c->removed_len);
    memcpy(block + c->removed_len, c->inserted, c->inserted_len);
    drop(j, j->done, j->count);
    struct hl_journal_step *step = &j->steps[j->count++];
    *step = (struct hl_journal_step){.change = *c, .block = block};
    step->change.removed = block;
    step->change.inserted = block + c->removed_len;
    j->bytes += cost(step);
    j->done = j->count;
    forget_oldest(j);
    return true;
}

bool hl_journal_grow(struct hl_journal *j, const struct hl_change *c)
{
    if (j->done == 0 || j->done < j->count)
        return false;
    struct hl_journal_step *step = &j->steps[j->done - 1];
    struct hl_change *newest = &step->change;
    size_t old = newest->removed_len + newest->inserted_len;
    if (c->removed_len > 0 || c->at != newest->at + newest->inserted_len)
        return false;
    char *block = realloc(step->block, old + c->inserted_len + 1);
    if (!block)
        return false;
    memcpy(block + old, c->inserted, c->inserted_len);
    step->block = block;
    newest->removed = block;
    newest->inserted = block + newest->removed_len;
    newest->inserted_len += c->inserted_len;
    newest->cursor_after = c->cursor_after;
    j->bytes += c->inserted_len;
    return true;
}

const struct hl_change *hl_journal_undo(struct hl_journal *j)
{
    return j->done > 0 ? &j->steps[--j->done].change : NULL;
}

const struct hl_change *hl_journal_redo(struct hl_journal *j)
{
    return j->done < j->count ? &j->steps[j->done++].change : NULL;
}
