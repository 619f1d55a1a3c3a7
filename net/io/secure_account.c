/* SPDX-License-Identifier: MIT */
#include "secure_inside.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the table, main thread ---- */

static struct hl_sec_account **slot(struct hl_secure *s, uint32_t peer)
{
    struct hl_sec_account **at = &s->accounts[peer % HL_SECURE_BUCKETS];

    while (*at && (*at)->peer != peer)
        at = &(*at)->next;
    return at;
}

struct hl_sec_account *hl_secure_account_find(struct hl_secure *s, uint32_t peer)
{
    return *slot(s, peer);
}

struct hl_sec_account *hl_secure_account_get(struct hl_secure *s, uint32_t peer)
{
    struct hl_sec_account **at = slot(s, peer);

    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (*at)
            (*at)->peer = peer;
    }
    return *at;
}

/* Nobody waits for that class any more; whether somebody did. */
static bool unwant(struct hl_secure *s, struct hl_sec_account *a, enum hl_sec_class class)
{
    if (atomic_exchange(&a->wanted[class], 0) == 0)
        return false;
    atomic_fetch_sub(&s->wanting, 1);
    return true;
}

struct hl_sec_account *hl_secure_account_remove(struct hl_secure *s, uint32_t peer)
{
    struct hl_sec_account **at = slot(s, peer);
    struct hl_sec_account *a = *at;
    size_t kept = 0;

    if (!a)
        return NULL;
    *at = a->next;
    for (unsigned i = 0; i < HL_SEC_CLASSES; i++)
        (void)unwant(s, a, (enum hl_sec_class)i);
    for (size_t i = 0; i < s->blocked_count; i++) {
        if (s->blocked[i].peer != peer)
            s->blocked[kept++] = s->blocked[i];
        else if (s->blocked[i].ready)
            s->ready_count--;
    }
    s->blocked_count = kept;
    return a;
}

void hl_secure_accounts_free(struct hl_secure *s)
{
    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        while (s->accounts[i]) {
            struct hl_sec_account *a = s->accounts[i];

            s->accounts[i] = a->next;
            free(a);
        }
    }
    free(s->blocked);
}

/* ---- streams that wait for room, main thread ---- */

/* Remembers that stream was refused; once is enough. */
static bool block(struct hl_secure *s, uint32_t peer, uint64_t stream)
{
    for (size_t i = 0; i < s->blocked_count; i++) {
        if (s->blocked[i].peer == peer && s->blocked[i].stream == stream)
            return true;
    }
    if (s->blocked_count == s->blocked_cap) {
        size_t cap = s->blocked_cap ? 2 * s->blocked_cap : 16;
        struct hl_sec_blocked *more = realloc(s->blocked, cap * sizeof(*more));

        if (!more)
            return false;
        s->blocked = more;
        s->blocked_cap = cap;
    }
    s->blocked[s->blocked_count++] = (struct hl_sec_blocked){.peer = peer, .stream = stream};
    return true;
}

void hl_secure_account_ready(struct hl_secure *s, uint32_t peer, uint64_t class)
{
    for (size_t i = 0; i < s->blocked_count; i++) {
        struct hl_sec_blocked *b = &s->blocked[i];

        if (b->peer != peer || hl_sec_class_of(b->stream) != class || b->ready)
            continue;
        b->ready = true;
        s->ready_count++;
    }
}

bool hl_secure_account_next(struct hl_secure *s, uint32_t *peer, uint64_t *stream)
{
    if (s->ready_count == 0)
        return false;
    for (size_t i = 0; i < s->blocked_count; i++) {
        if (!s->blocked[i].ready)
            continue;
        *peer = s->blocked[i].peer;
        *stream = s->blocked[i].stream;
        s->blocked[i] = s->blocked[--s->blocked_count];
        break;
    }
    s->ready_count--;
    return true;
}

/* ---- taking and giving ---- */

static bool take(struct hl_secure *s, struct hl_sec_account *a, enum hl_sec_class class, size_t n)
{
    return hl_budget_take(&s->budget, &a->held[class], n);
}

/* The order matters: what was refused is made known before it is tried again. Either the second
 * try sees what the core thread gave back, or the core thread sees that it is wanted. */
int hl_secure_account_take(struct hl_secure *s, struct hl_sec_account *a, uint64_t stream,
                           size_t len)
{
    enum hl_sec_class class = hl_sec_class_of(stream);
    size_t n = len + HL_SECURE_OVERHEAD;

    if (take(s, a, class, n))
        return 0;
    if (atomic_exchange(&a->wanted[class], n) == 0)
        atomic_fetch_add(&s->wanting, 1);
    if (take(s, a, class, n)) {
        unwant(s, a, class);
        return 0;
    }
    return block(s, a->peer, stream) ? HL_ERR_BUSY : -ENOMEM;
}

void hl_secure_account_give(struct hl_secure *s, struct hl_sec_account *a, uint64_t stream,
                            size_t len)
{
    hl_budget_give(&s->budget, &a->held[hl_sec_class_of(stream)], len + HL_SECURE_OVERHEAD);
}

bool hl_secure_account_room(struct hl_secure *s, struct hl_sec_account *a, enum hl_sec_class class)
{
    size_t n = atomic_load(&a->wanted[class]);

    return n > 0 && hl_budget_has_room(&s->budget, &a->held[class], n) && unwant(s, a, class);
}
