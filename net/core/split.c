/* SPDX-License-Identifier: MIT */
#include "split.h"

#include "codepoint.h"

#include <string.h>

void hl_split_init(struct hl_split *l, uint8_t *buf, size_t cap)
{
    *l = (struct hl_split){.buf = buf, .cap = cap};
}

/* Forgets what the last call handed out of the buffer; its reader is done with it by now. */
static void settle(struct hl_split *l)
{
    if (l->given == 0) /* also before there is a buffer */
        return;
    l->len -= l->given;
    memmove(l->buf, l->buf + l->given, l->len);
    l->given = 0;
}

static void hand_out(struct hl_split *l, const uint8_t *data, size_t len, bool partial,
                     struct hl_split_line *out)
{
    if (!partial && len > 0 && data[len - 1] == '\r')
        len--;
    *out = (struct hl_split_line){
        .data = data, .len = len, .partial = partial, .continues = l->continues};
    l->continues = partial;
}

/* All of the buffer but the beginning of what is still on its way: a character, or the newline
 * that belongs to a carriage return. */
static size_t whole_characters(const struct hl_split *l)
{
    size_t len = l->len - hl_codepoint_tail(l->buf, l->len);

    return len > 0 && l->buf[len - 1] == '\r' ? len - 1 : len;
}

size_t hl_split_take(struct hl_split *l, const uint8_t *in, size_t len, struct hl_split_line *out,
                     bool *got)
{
    const uint8_t *end = memchr(in, '\n', len);
    size_t take = end ? (size_t)(end - in) : len;

    settle(l);
    *got = true;
    if (end && l->len == 0 && take <= l->cap) { /* the usual case: nothing is copied */
        hand_out(l, in, take, false, out);
        return take + 1;
    }
    if (take > l->cap - l->len) {
        take = l->cap - l->len;
        end = NULL;
    }
    memcpy(l->buf + l->len, in, take);
    l->len += take;
    if (end) {
        l->given = l->len;
        hand_out(l, l->buf, l->len, false, out);
        return take + 1;
    }
    *got = l->len == l->cap;
    if (*got) {
        l->given = whole_characters(l);
        hand_out(l, l->buf, l->given, true, out);
    }
    return take;
}

bool hl_split_waiting(const struct hl_split *l)
{
    return whole_characters(l) > l->given;
}

bool hl_split_flush(struct hl_split *l, bool at_end, struct hl_split_line *out)
{
    settle(l);
    l->given = at_end ? l->len : whole_characters(l);
    if (l->given == 0)
        return false;
    hand_out(l, l->buf, l->given, !at_end, out);
    return true;
}
