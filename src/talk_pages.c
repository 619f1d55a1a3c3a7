/* SPDX-License-Identifier: MIT */
/* History: one entry, or the last pages of a conversation. The messenger gives these latest first,
 * so they are kept here until all is there, and then told in order. */
#include "talk_inside.h"

#include <errno.h>
#include <stdlib.h>

enum {
    LATEST = 500, /* entries in which one is looked for whose place is not known */
};

/* Records as bytes, one after the other. */
struct pages {
    uint64_t first; /* place of the earliest entry so far; 0 = none yet */
    size_t got;     /* for this request */
    char *bytes;
    size_t len, cap;
    size_t *starts;
    size_t count, starts_cap;
};

static int keep(struct pages *p, const struct hl_ctl *r)
{
    size_t need = hl_ctl_size(r);
    size_t size;

    if (p->count == p->starts_cap) {
        size_t cap = p->starts_cap ? 2 * p->starts_cap : 64;
        size_t *starts = reallocarray(p->starts, cap, sizeof *starts);

        if (!starts)
            return -ENOMEM;
        p->starts = starts;
        p->starts_cap = cap;
    }
    if (p->cap - p->len < need) {
        size_t cap = 2 * p->cap + need;
        char *bytes = realloc(p->bytes, cap);

        if (!bytes)
            return -ENOMEM;
        p->bytes = bytes;
        p->cap = cap;
    }
    size = hl_ctl_put(p->bytes + p->len, p->cap - p->len, r);
    if (size == 0)
        return HL_ERR_TOO_LONG;
    p->starts[p->count++] = p->len;
    p->len += size;
    return 0;
}

static void take(void *user, const struct hl_ctl *r)
{
    struct pages *p = user;

    if (r->kind != HL_CTL_ENTRY)
        return;
    p->first = r->pos;
    p->got += keep(p, r) == 0; /* else it ends here */
}

int talk_pages_tell(struct hl_talk *t, struct conv *c, size_t count,
                    void (*tell)(struct hl_talk *t, struct conv *c, const struct hl_ctl *r))
{
    struct pages p = {.first = 0};
    struct hl_ctl r;
    size_t page = 0;
    int err = 0;

    while (err == 0 && p.count < count && p.got == page) {
        page = count - p.count < HL_STORE_PAGE ? count - p.count : HL_STORE_PAGE;
        p.got = 0;
        r = (struct hl_ctl){.kind = HL_CTL_HISTORY,
                            .contact = c->pub.id,
                            .pos = p.first,
                            .number = page,
                            .flags = HL_CTL_BACKWARD};
        err = talk_home_ask(t, &r, take, &p);
    }
    for (size_t i = p.count; i > 0; i--) {
        if (hl_ctl_get(&r, p.bytes + p.starts[i - 1], p.len - p.starts[i - 1]) <= 0)
            continue;
        r.flags |= HL_CTL_E_OLD;
        tell(t, c, &r);
    }
    free(p.bytes);
    free(p.starts);
    return err;
}

int hl_talk_entry(struct hl_talk *t, uint32_t conv, uint64_t pos, uint64_t *request)
{
    struct hl_ctl r = {.kind = HL_CTL_HISTORY,
                       .contact = conv,
                       .pos = pos ? pos + 1 : 0,
                       .flags = HL_CTL_BACKWARD,
                       .number = pos ? 1 : LATEST};
    int err = hl_talk_ask(t, &r);

    *request = err ? 0 : r.request;
    return err;
}
