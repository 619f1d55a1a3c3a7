/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include "random.h"
#include "trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TYPE_DATA = 0xfe,
    DATA_HEADER = 13, /* type, receiver index 4, packet number 8 */
};

struct watch_addr *watch_addr(struct watch_ledger *l, const struct hl_addr *a)
{
    for (size_t i = 0; i < l->count; i++) {
        if (hl_addr_equal(&l->rows[i].addr, a))
            return &l->rows[i];
    }
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 8;
        l->rows = reallocarray(l->rows, l->cap, sizeof *l->rows);
        assert(l->rows);
    }
    l->rows[l->count] = (struct watch_addr){.addr = *a};
    return &l->rows[l->count++];
}

void watch_ledger_fini(struct watch_ledger *l)
{
    free(l->rows);
    *l = (struct watch_ledger){0};
}

const char *watch_balance(const struct watch_addr *row)
{
    if (row->given)
        return NULL;
    if (row->stranger && row->out)
        return "a stranger was answered";
    if (!row->proven && row->out > row->in)
        return "more bytes to an unvalidated address than came from it";
    return NULL;
}

static struct watch_number *slot_of(struct watch_numbers *n, uint64_t key)
{
    size_t i = (size_t)key & (n->cap - 1);

    while (n->slots[i].key && n->slots[i].key != key)
        i = (i + 1) & (n->cap - 1);
    return &n->slots[i];
}

static void grow(struct watch_numbers *n)
{
    struct watch_numbers more = {.count = n->count, .cap = n->cap ? n->cap * 2 : 1024};

    more.slots = calloc(more.cap, sizeof *more.slots);
    assert(more.slots);
    for (size_t i = 0; i < n->cap; i++) {
        if (n->slots[i].key)
            *slot_of(&more, n->slots[i].key) = n->slots[i];
    }
    free(n->slots);
    *n = more;
}

bool watch_number(struct watch_numbers *n, unsigned sender, const uint8_t *bytes, size_t len)
{
    struct watch_number *slot;
    struct sim_trace head = {sender + 1};
    uint64_t content;

    if (len < DATA_HEADER || bytes[0] != TYPE_DATA)
        return true;
    if (n->count * 2 >= n->cap)
        grow(n);
    sim_trace_bytes(&head, bytes, DATA_HEADER);
    content = sim_trace_of(bytes + DATA_HEADER, len - DATA_HEADER);
    slot = slot_of(n, head.hash | 1);
    if (slot->key)
        return slot->content == content;
    *slot = (struct watch_number){head.hash | 1, content};
    n->count++;
    return true;
}

void watch_numbers_fini(struct watch_numbers *n)
{
    free(n->slots);
    *n = (struct watch_numbers){0};
}
