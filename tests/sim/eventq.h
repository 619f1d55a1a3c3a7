/* SPDX-License-Identifier: MIT */
/* What is going to happen, by time; a binary heap. Equal times keep the order of their coming. */
#ifndef HL_SIM_EVENTQ_H
#define HL_SIM_EVENTQ_H

#include "types.h"

/* Head of whatever is queued; owned by the queue between push and pop. */
struct sim_item {
    hl_time at;
    uint64_t order; /* set by the queue */
};

struct sim_eventq {
    struct sim_item **heap;
    size_t count, cap;
    uint64_t order;
};

void sim_eventq_push(struct sim_eventq *q, struct sim_item *item);
/* NULL if empty. */
struct sim_item *sim_eventq_first(const struct sim_eventq *q);
/* Only if not empty. */
struct sim_item *sim_eventq_pop(struct sim_eventq *q);
/* Frees the heap and, with free(), all that is in it. */
void sim_eventq_fini(struct sim_eventq *q);

#endif
