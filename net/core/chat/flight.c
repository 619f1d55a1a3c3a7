/* SPDX-License-Identifier: MIT */
#include "flight.h"

#include <assert.h>
#include <errno.h>

enum { CAP_FIRST = 16 };

void hl_flight_free(struct hl_flight *f, const struct hl_env *env)
{
    hl_env_free(env, f->ring);
    *f = (struct hl_flight){0};
}

static struct hl_flight_entry *slot(const struct hl_flight *f, uint64_t number)
{
    return &f->ring[number & (f->cap - 1)];
}

/* Twice as large: each element moves to where its number belongs there. */
static int grow(struct hl_flight *f, const struct hl_env *env, uint64_t from, uint64_t to)
{
    struct hl_flight larger = {.cap = f->cap ? f->cap * 2 : CAP_FIRST};

    larger.ring = env->resize(env->user, NULL, larger.cap * sizeof *larger.ring);
    if (!larger.ring)
        return -ENOMEM;
    for (uint64_t n = from; n < to; n++)
        *slot(&larger, n) = *slot(f, n);
    hl_flight_free(f, env);
    *f = larger;
    return 0;
}

int hl_flight_push(struct hl_flight *f, const struct hl_env *env, struct hl_flight_range *r,
                   uint64_t kept, const struct hl_flight_entry *e)
{
    uint64_t from = kept < r->head ? kept : r->head;

    if (r->tail - from >= f->cap && grow(f, env, from, r->tail) < 0)
        return -ENOMEM;
    *slot(f, r->tail++) = *e;
    r->bytes += e->len;
    return 0;
}

void hl_flight_pop(const struct hl_flight *f, struct hl_flight_range *r)
{
    assert(r->head < r->tail);
    r->bytes -= slot(f, r->head++)->len;
}

struct hl_flight_entry *hl_flight_at(const struct hl_flight *f, const struct hl_flight_range *r,
                                     uint64_t number)
{
    return number >= r->head && number < r->tail ? slot(f, number) : NULL;
}

void hl_flight_flag(const struct hl_flight *f, const struct hl_flight_range *r, uint64_t row,
                    uint8_t flags)
{
    for (uint64_t n = r->head; n < r->tail; n++) {
        if (slot(f, n)->row.row == row)
            slot(f, n)->flags |= flags;
    }
}
