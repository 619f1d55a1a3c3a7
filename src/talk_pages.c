/* SPDX-License-Identifier: MIT */
/* The last page of a conversation's history. The messenger gives it latest first, and says what is
 * new meanwhile; both are kept here until all is there, and then told in order. */
#include "talk_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Records as bytes, one after the other. */
struct heap {
    char *bytes;
    size_t len, cap;
    size_t *starts;
    size_t count, starts_cap;
};

struct talk_pages {
    uint64_t request;   /* the one that is being answered */
    size_t left;        /* entries still wanted */
    size_t page;        /* of them in this request */
    size_t got;         /* for this request */
    uint64_t first;     /* place of the earliest entry so far */
    struct heap before; /* history, latest first */
    struct heap after;  /* what came meanwhile */
};

/* ---- records ---- */

static int keep(struct heap *h, const struct hl_ctl *r)
{
    size_t need = hl_ctl_size(r);
    size_t size;

    if (h->count == h->starts_cap) {
        size_t cap = h->starts_cap ? 2 * h->starts_cap : 64;
        size_t *starts = reallocarray(h->starts, cap, sizeof *starts);

        if (!starts)
            return -ENOMEM;
        h->starts = starts;
        h->starts_cap = cap;
    }
    if (h->cap - h->len < need) {
        size_t cap = 2 * h->cap + need;
        char *bytes = realloc(h->bytes, cap);

        if (!bytes)
            return -ENOMEM;
        h->bytes = bytes;
        h->cap = cap;
    }
    size = hl_ctl_put(h->bytes + h->len, h->cap - h->len, r);
    if (size == 0)
        return HL_ERR_TOO_LONG;
    h->starts[h->count++] = h->len;
    h->len += size;
    return 0;
}

static bool read_back(const struct heap *h, size_t i, struct hl_ctl *out)
{
    return hl_ctl_get(out, h->bytes + h->starts[i], h->len - h->starts[i]) > 0;
}

static void heap_free(struct heap *h)
{
    free(h->bytes);
    free(h->starts);
}

/* ---- pages ---- */

static int ask(struct hl_talk *t, struct conv *c)
{
    struct talk_pages *p = c->pages;
    struct hl_ctl r = {
        .kind = HL_CTL_HISTORY, .contact = c->pub.id, .pos = p->first, .flags = HL_CTL_BACKWARD};
    int err;

    p->page = p->left < HL_STORE_PAGE ? p->left : HL_STORE_PAGE;
    p->got = 0;
    r.number = p->page;
    err = hl_talk_ask(t, &r);
    p->request = r.request;
    return err;
}

int talk_pages_start(struct hl_talk *t, struct conv *c, size_t count)
{
    int err;

    if (c->pages)
        return HL_ERR_BUSY;
    c->pages = calloc(1, sizeof *c->pages);
    if (!c->pages)
        return -ENOMEM;
    c->pages->left = count;
    err = ask(t, c);
    if (err)
        talk_pages_free(c);
    return err;
}

void talk_pages_free(struct conv *c)
{
    if (!c->pages)
        return;
    heap_free(&c->pages->before);
    heap_free(&c->pages->after);
    free(c->pages);
    c->pages = NULL;
}

struct conv *talk_pages_of(const struct hl_talk *t, uint64_t request)
{
    for (struct conv *c = t->convs; c; c = c->next) {
        if (c->pages && c->pages->request == request)
            return c;
    }
    return NULL;
}

/* All is there: from now on news are told at once again, so pages go first. */
static void tell_all(struct hl_talk *t, struct conv *c,
                     void (*tell)(struct hl_talk *t, struct conv *c, const struct hl_ctl *r))
{
    struct talk_pages *p = c->pages;
    struct hl_ctl r;

    c->pages = NULL;
    for (size_t i = p->before.count; i > 0; i--) {
        if (read_back(&p->before, i - 1, &r)) {
            r.flags |= HL_CTL_E_OLD;
            tell(t, c, &r);
        }
    }
    for (size_t i = 0; i < p->after.count; i++) {
        if (read_back(&p->after, i, &r))
            tell(t, c, &r);
    }
    heap_free(&p->before);
    heap_free(&p->after);
    free(p);
}

static void take_answer(struct talk_pages *p, const struct hl_ctl *r)
{
    if (keep(&p->before, r) == 0)
        p->got++;
    p->first = r->pos;
}

bool talk_pages_take(struct hl_talk *t, struct conv *c, const struct hl_ctl *r,
                     void (*tell)(struct hl_talk *t, struct conv *c, const struct hl_ctl *r))
{
    struct talk_pages *p = c->pages;

    if (!p)
        return false;
    if (r->request != p->request) /* a change of what is told before it would be lost */
        return r->kind == HL_CTL_ENTRY && r->request == 0 && keep(&p->after, r) == 0;
    if (r->kind == HL_CTL_ENTRY) {
        take_answer(p, r);
        return true;
    }
    p->left -= p->got < p->left ? p->got : p->left;
    if (r->kind == HL_CTL_END && p->got == p->page && p->left > 0 && ask(t, c) == 0)
        return true;
    tell_all(t, c, tell);
    return true;
}
