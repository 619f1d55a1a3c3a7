/* SPDX-License-Identifier: MIT */
#include "outbuf.h"

#include <stdlib.h>
#include <string.h>

enum {
    BYTES_FIRST = 4096,
    MARKS_FIRST = 16,
    BYTES_KEPT = 16 << 10, /* what an empty buffer may keep: there are thousands of them */
    MARKS_KEPT = 1024,
};

void hl_outbuf_fini(struct hl_outbuf *o)
{
    free(o->bytes);
    free(o->marks);
    *o = (struct hl_outbuf){0};
}

/* Makes room for more elements of size each at the end of an array whose front is used up: first
 * by moving it to the front, when that frees half of it, then by growing. */
static bool make_room(void **array, size_t each, size_t *head, size_t *cap, size_t used,
                      size_t more)
{
    size_t want = *cap;
    uint8_t *p = *array;

    if (*head + used + more <= want)
        return true;
    if (used + more <= want / 2) {
        memmove(p, p + *head * each, used * each);
        *head = 0;
        return true;
    }
    while (want < *head + used + more)
        want *= 2;
    p = realloc(p, want * each);
    if (!p)
        return false;
    *array = p;
    *cap = want;
    return true;
}

static bool start(struct hl_outbuf *o)
{
    o->cap = BYTES_FIRST;
    o->mark_cap = MARKS_FIRST;
    o->bytes = malloc(o->cap);
    o->marks = malloc(o->mark_cap * sizeof(*o->marks));
    return o->bytes && o->marks;
}

bool hl_outbuf_append(struct hl_outbuf *o, const void *data, size_t len)
{
    void *bytes;

    if (!o->bytes && !start(o)) {
        hl_outbuf_fini(o);
        return false;
    }
    bytes = o->bytes;
    if (!make_room(&bytes, 1, &o->head, &o->cap, o->len, len))
        return false;
    o->bytes = bytes;
    memcpy(o->bytes + o->head + o->len, data, len);
    o->len += len;
    return true;
}

bool hl_outbuf_end(struct hl_outbuf *o, uint64_t token, bool silent)
{
    void *marks = o->marks;

    if (!make_room(&marks, sizeof(*o->marks), &o->mark_head, &o->mark_cap, o->mark_len, 1))
        return false;
    o->marks = marks;
    o->marks[o->mark_head + o->mark_len++] =
        (struct hl_outbuf_mark){.end = o->written + o->len, .token = token, .silent = silent};
    return true;
}

bool hl_outbuf_add(struct hl_outbuf *o, uint64_t token, const void *data, size_t len)
{
    if (!hl_outbuf_append(o, data, len))
        return false;
    if (hl_outbuf_end(o, token, false))
        return true;
    o->len -= len;
    return false;
}

size_t hl_outbuf_first(const struct hl_outbuf *o)
{
    return o->mark_len > 0 ? o->marks[o->mark_head].end - o->written : 0;
}

void hl_outbuf_wrote(struct hl_outbuf *o, size_t n)
{
    o->head += n;
    o->len -= n;
    o->written += n;
    if (o->len == 0)
        o->head = 0;
}

bool hl_outbuf_drop(struct hl_outbuf *o, struct hl_outbuf_mark *mark)
{
    if (o->mark_len == 0)
        return false;
    *mark = o->marks[o->mark_head];
    o->mark_head++;
    if (--o->mark_len == 0)
        o->mark_head = 0;
    if (o->mark_len == 0 && o->len == 0 && (o->cap > BYTES_KEPT || o->mark_cap > MARKS_KEPT))
        hl_outbuf_fini(o);
    return true;
}

bool hl_outbuf_done(struct hl_outbuf *o, struct hl_outbuf_mark *mark)
{
    if (o->mark_len == 0 || o->marks[o->mark_head].end > o->written)
        return false;
    return hl_outbuf_drop(o, mark);
}
