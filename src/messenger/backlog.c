/* SPDX-License-Identifier: MIT */
#include "backlog.h"

#include "err.h"

#include <errno.h>
#include <stdlib.h>

void hl_backlog_init(struct hl_backlog *b)
{
    *b = (struct hl_backlog){.last = &b->first};
}

void hl_backlog_fini(struct hl_backlog *b)
{
    while (b->first)
        free(hl_backlog_take(b, &b->first));
}

int hl_backlog_add(struct hl_backlog *b, const struct hl_ctl *c)
{
    size_t size = hl_ctl_size(c);
    struct hl_backlog_item *item = malloc(sizeof *item + size);

    if (!item)
        return -ENOMEM;
    *item = (struct hl_backlog_item){
        .request = c->request, .kind = c->kind, .len = hl_ctl_put(item->bytes, size, c)};
    if (item->len == 0) {
        free(item);
        return HL_ERR_TOO_LONG;
    }
    *b->last = item;
    b->last = &item->next;
    b->count++;
    b->bytes += item->len;
    return 0;
}

struct hl_backlog_item **hl_backlog_find(struct hl_backlog *b, uint64_t request)
{
    struct hl_backlog_item **at = &b->first;

    while (*at && (*at)->request != request)
        at = &(*at)->next;
    return *at ? at : NULL;
}

struct hl_backlog_item *hl_backlog_take(struct hl_backlog *b, struct hl_backlog_item **at)
{
    struct hl_backlog_item *item = *at;

    *at = item->next;
    if (!item->next)
        b->last = at;
    b->count--;
    b->bytes -= item->len;
    return item;
}
