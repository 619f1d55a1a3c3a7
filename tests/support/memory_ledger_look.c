/* SPDX-License-Identifier: MIT */
#include "memory_ledger_inside.h"

#include <stdlib.h>

void memory_ledger_fini(struct memory_ledger *m)
{
    memory_ledger_crash(m);
    for (size_t i = 0; i < m->count; i++)
        free(m->rows[i].body);
    for (size_t i = 0; i < m->convs_count; i++) {
        free(m->convs[i].ours);
        free(m->convs[i].gaps.at);
    }
    free(m->rows);
    free(m->hash);
    free(m->convs);
    free(m->undo);
    memory_ledger_init(m);
}

void memory_ledger_copy(struct memory_ledger *to, const struct memory_ledger *from)
{
    memory_ledger_fini(to);
    to->count = to->cap = from->count;
    to->rows = memory_copy_of(from->rows, from->count * sizeof *from->rows);
    to->hash_cap = from->hash_cap;
    to->hash = memory_copy_of(from->hash, from->hash_cap * sizeof *from->hash);
    to->convs_count = from->convs_count;
    to->convs = memory_copy_of(from->convs, from->convs_count * sizeof *from->convs);
    for (size_t i = 0; i < to->count; i++)
        to->rows[i].body = memory_copy_of(to->rows[i].body, to->rows[i].len);
    for (size_t i = 0; i < to->convs_count; i++) {
        struct memory_ledger_conv *c = &to->convs[i];

        c->ours = memory_copy_of(c->ours, c->ours_cap * sizeof *c->ours);
        c->gaps.at = memory_copy_of(c->gaps.at, c->gaps.count * sizeof *c->gaps.at);
    }
}

void memory_ledger_erase(struct memory_ledger *m, uint32_t contact, uint64_t seq)
{
    memory_conv_of(m, contact)->ours[seq - 1] = 0;
}

const struct memory_ledger_row *memory_ledger_find(const struct memory_ledger *m, uint32_t contact,
                                                   const uint8_t *id)
{
    return memory_row_find(m, contact, id);
}

uint64_t memory_ledger_missing(const struct memory_ledger *m, uint32_t contact)
{
    const struct memory_ledger_conv *c = memory_conv_find(m, contact);

    return c ? memory_gaps_sum(&c->gaps) : 0;
}

struct hl_ledger_counts memory_ledger_counts(const struct memory_ledger *m, uint32_t contact)
{
    const struct memory_ledger_conv *c = memory_conv_find(m, contact);
    struct hl_ledger_counts out = {.next_seq = 1, .expected = 1};

    if (c)
        memory_count(m, c, &out);
    return out;
}
