/* SPDX-License-Identifier: MIT */
#include "own.h"

#include <string.h>

enum {
    FEW = 64,    /* of which none is looked at */
    STATES = 16, /* a value is a row times this, and a state */
};
_Static_assert((int)HL_STATE_LAPSED < (int)STATES, "a state fits beside its row");

void hl_own_fini(struct hl_own *o)
{
    hl_idtable_fini(&o->table);
}

/* What was delivered long ago, to a peer that does not tell what is read. */
static void sweep(struct hl_own *o)
{
    struct hl_idtable *t = &o->table;

    for (size_t i = 0; i < t->cap;) {
        struct hl_idtable_item *item = &t->items[i];

        if (item->contact && item->value % STATES == HL_STATE_DELIVERED &&
            item->value / STATES + HL_CTL_READ_LATE < o->row)
            hl_idtable_remove(t, item); /* another may stand here now */
        else
            i++;
    }
}

/* A sweep comes when there are twice as many as the last one has left, so that each costs no more
 * than what was added since. */
int hl_own_add(struct hl_own *o, const struct hl_ctl *request)
{
    if (!request->has_id || request->contact > UINT32_MAX)
        return 0;
    if (o->table.count >= o->sweep_at) {
        sweep(o);
        o->sweep_at = 2 * o->table.count + FEW;
    }
    return hl_idtable_put(&o->table, (uint32_t)request->contact, request->id, 0);
}

bool hl_own_told(struct hl_own *o, const struct hl_ctl *state)
{
    struct hl_idtable_item *item = NULL;
    bool over = state->state == 0 ||
                (hl_entry_state_last((int)state->state) && state->state != HL_STATE_DELIVERED);
    bool other;

    if (state->has_id && state->contact <= UINT32_MAX)
        item = hl_idtable_find(&o->table, (uint32_t)state->contact, state->id);
    other = item && state->state && item->value % STATES != state->state;
    if (item && over)
        hl_idtable_remove(&o->table, item);
    else if (item)
        item->value = state->row * STATES + state->state % STATES;
    if (state->row > o->row)
        o->row = state->row;
    return other;
}

void hl_own_rename(struct hl_own *o, uint64_t from, uint64_t to)
{
    if (from <= UINT32_MAX && to <= UINT32_MAX)
        hl_idtable_rename(&o->table, (uint32_t)from, (uint32_t)to);
}

bool hl_own_next(const struct hl_own *o, size_t *at, struct hl_ctl *await)
{
    const struct hl_idtable *t = &o->table;

    while (*at < t->cap && (t->items[*at].contact == 0 || t->items[*at].value == 0))
        ++*at;
    if (*at >= t->cap)
        return false;
    *await =
        (struct hl_ctl){.kind = HL_CTL_AWAIT, .contact = t->items[*at].contact, .has_id = true};
    memcpy(await->id, t->items[*at].id, sizeof await->id);
    ++*at;
    return true;
}
