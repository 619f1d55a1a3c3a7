/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include "random.h"
#include "trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TYPE_INITIAL = 0xf8,
    TYPE_RESPONSE = 0xfb,
    TYPE_DATA = 0xfe,
    HANDSHAKE_SENDER = 4,
    MACS = 32,
    DATA_RECEIVER = 1,
    DATA_NUMBER = 5,
    PROBE_MAX = 47,   /* header, tag, PATH_CHALLENGE and PATH_RESPONSE */
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
    struct watch_numbers more = *n;

    more.cap = n->cap ? n->cap * 2 : 1024;
    more.slots = calloc(more.cap, sizeof *more.slots);
    assert(more.slots);
    for (size_t i = 0; i < n->cap; i++) {
        if (n->slots[i].key)
            *slot_of(&more, n->slots[i].key) = n->slots[i];
    }
    free(n->slots);
    *n = more;
}

static uint32_t index_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool watch_is_old(struct watch_tops *t, const uint8_t *bytes, size_t len)
{
    struct watch_top *top = NULL;
    uint64_t number;
    uint32_t index;

    if (len < DATA_HEADER || bytes[0] != TYPE_DATA)
        return false;
    index = index_at(bytes + DATA_RECEIVER);
    number = (uint64_t)index_at(bytes + DATA_NUMBER) << 32 | index_at(bytes + DATA_NUMBER + 4);
    for (unsigned i = 0; i < sizeof t->tops / sizeof *t->tops; i++) {
        if (t->tops[i].index == index)
            top = &t->tops[i];
    }
    if (top && number < top->number)
        return true;
    if (len <= PROBE_MAX)
        return false;
    if (!top)
        top = &t->tops[t->next++ % (sizeof t->tops / sizeof *t->tops)];
    *top = (struct watch_top){index, number};
    return false;
}

void watch_begins(struct watch_tops *t, const uint8_t *bytes, size_t len)
{
    if (len <= MACS || bytes[0] < TYPE_INITIAL || bytes[0] > TYPE_RESPONSE)
        return;
    for (unsigned i = 0; i < sizeof t->tops / sizeof *t->tops; i++) {
        if (t->tops[i].index == index_at(bytes + HANDSHAKE_SENDER))
            t->tops[i] = (struct watch_top){0};
    }
}

/* The latest session to which that node gave the index. */
static struct watch_index *find_index(struct watch_numbers *n, unsigned node, uint32_t index)
{
    for (size_t i = n->indices_count; i-- > 0;) {
        if (n->indices[i].index == index && n->indices[i].node == node)
            return &n->indices[i];
    }
    return NULL;
}

/* The only other node that has given the index; -1: none, or it cannot be told which. */
static int only_owner(const struct watch_numbers *n, unsigned sender, uint32_t index)
{
    int owner = -1;

    for (size_t i = 0; i < n->indices_count; i++) {
        const struct watch_index *at = &n->indices[i];

        if (at->index != index || at->node == sender || (int)at->node == owner)
            continue;
        if (owner >= 0)
            return -1;
        owner = (int)at->node;
    }
    return owner;
}

/* INITIAL or RESPONSE: its sender's index begins a session, unless it is the same once more. */
static void watch_handshake(struct watch_numbers *n, unsigned node, const uint8_t *bytes,
                            size_t len)
{
    uint32_t index = index_at(bytes + HANDSHAKE_SENDER);
    uint64_t hash = sim_trace_of(bytes, len - MACS);
    struct watch_index *i = find_index(n, node, index);

    if (i && i->handshake == hash)
        return;
    if (n->indices_count == n->indices_cap) {
        n->indices_cap = n->indices_cap ? n->indices_cap * 2 : 64;
        n->indices = reallocarray(n->indices, n->indices_cap, sizeof *n->indices);
        assert(n->indices);
    }
    n->indices[n->indices_count] =
        (struct watch_index){node, index, hash, n->indices_count + 1, i != NULL};
    n->indices_count++;
}

static bool watch_data(struct watch_numbers *n, unsigned sender, int receiver, const uint8_t *bytes,
                       size_t len)
{
    const uint32_t index = index_at(bytes + DATA_RECEIVER);
    const struct watch_index *i;
    struct sim_trace head;
    struct watch_number *slot;
    uint64_t content;

    if (receiver < 0)
        receiver = only_owner(n, sender, index);
    i = receiver < 0 ? NULL : find_index(n, (unsigned)receiver, index);
    if (!i || i->again)
        return true;
    head.hash = i->session;
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

bool watch_packet(struct watch_numbers *n, unsigned node, int receiver, const uint8_t *bytes,
                  size_t len)
{
    if (len > MACS && bytes[0] >= TYPE_INITIAL && bytes[0] <= TYPE_RESPONSE)
        watch_handshake(n, node, bytes, len);
    return len < DATA_HEADER || bytes[0] != TYPE_DATA || watch_data(n, node, receiver, bytes, len);
}

void watch_numbers_fini(struct watch_numbers *n)
{
    free(n->slots);
    free(n->indices);
    *n = (struct watch_numbers){0};
}
