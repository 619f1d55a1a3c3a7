/* SPDX-License-Identifier: MIT */
/* A hash over all that happens in a simulation, in order: equal runs have equal traces. */
#ifndef HL_SIM_TRACE_H
#define HL_SIM_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct sim_trace {
    uint64_t hash;
};

void sim_trace_number(struct sim_trace *t, uint64_t value);
void sim_trace_bytes(struct sim_trace *t, const void *bytes, size_t len);
/* Hash of bytes alone. */
uint64_t sim_trace_of(const void *bytes, size_t len);

#endif
