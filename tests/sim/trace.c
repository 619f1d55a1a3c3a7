/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "random.h"

#include <string.h>

void sim_trace_number(struct sim_trace *t, uint64_t value)
{
    t->hash = sim_mix(t->hash + value + UINT64_C(0x9e3779b97f4a7c15));
}

void sim_trace_bytes(struct sim_trace *t, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint64_t word;

    sim_trace_number(t, len);
    for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
        memcpy(&word, at, sizeof word);
        sim_trace_number(t, word);
    }
    if (len) {
        word = 0;
        memcpy(&word, at, len);
        sim_trace_number(t, word);
    }
}

uint64_t sim_trace_of(const void *bytes, size_t len)
{
    struct sim_trace t = {0};

    sim_trace_bytes(&t, bytes, len);
    return t.hash;
}
