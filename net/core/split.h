/* SPDX-License-Identifier: MIT */
/* Cuts a byte stream into lines. A read is any piece of the stream, so a line may come in parts
 * or many at once. Pure; the caller gives the buffer that holds an unfinished line.
 *
 * A line ends at '\n'; one '\r' before it goes too (telnet). A line longer than the buffer, or
 * one the caller flushes because the peer fell silent, is handed out in parts. */
#ifndef HL_SPLIT_H
#define HL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_split {
    uint8_t *buf;
    size_t cap;
    size_t len;
    size_t given;   /* bytes at the front of buf that the last call handed out */
    bool continues; /* the next part goes on where the last one was cut */
};

struct hl_split_line {
    const uint8_t *data; /* into the caller's input or buffer: use before the next call */
    size_t len;
    bool partial;   /* no end of line yet: more parts will come */
    bool continues; /* not the first part of its line */
};

/* buf of cap >= 8 bytes stays the caller's. */
void hl_split_init(struct hl_split *l, uint8_t *buf, size_t cap);

/* Takes bytes from in until one line or part is complete. Returns how many were taken (call again
 * with the rest until it is all); *got says whether *out was filled. */
size_t hl_split_take(struct hl_split *l, const uint8_t *in, size_t len, struct hl_split_line *out,
                     bool *got);

/* Hands out what waits: as a part (the peer fell silent; an unfinished character stays back), or,
 * at_end, as the last line. Returns false if there is nothing to hand out. */
bool hl_split_flush(struct hl_split *l, bool at_end, struct hl_split_line *out);

/* Whether a flush would hand something out. */
bool hl_split_waiting(const struct hl_split *l);

#endif
