/* SPDX-License-Identifier: MIT */
#include "eventq.h"

#include <assert.h>
#include <stdlib.h>

static bool before(const struct sim_item *a, const struct sim_item *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void sim_eventq_push(struct sim_eventq *q, struct sim_item *item)
{
    size_t i = q->count;

    if (q->count == q->cap) {
        q->cap = q->cap ? q->cap * 2 : 256;
        q->heap = reallocarray(q->heap, q->cap, sizeof *q->heap);
        assert(q->heap);
    }
    item->order = q->order++;
    q->count++;
    for (; i && before(item, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = item;
}

struct sim_item *sim_eventq_first(const struct sim_eventq *q)
{
    return q->count ? q->heap[0] : NULL;
}

struct sim_item *sim_eventq_pop(struct sim_eventq *q)
{
    struct sim_item *top = q->heap[0];
    struct sim_item *last = q->heap[--q->count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < q->count && before(q->heap[child + 1], q->heap[child]))
            child++;
        if (child >= q->count || !before(q->heap[child], last))
            break;
        q->heap[i] = q->heap[child];
        i = child;
    }
    q->heap[i] = last;
    return top;
}

void sim_eventq_fini(struct sim_eventq *q)
{
    while (q->count)
        free(q->heap[--q->count]);
    free(q->heap);
    *q = (struct sim_eventq){0};
}
