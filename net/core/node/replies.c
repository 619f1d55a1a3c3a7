/* SPDX-License-Identifier: MIT */
#include "replies.h"
#include "rules.h"

#include <string.h>

struct hl_reply {
    struct hl_reply *next;
    struct hl_path to;
    size_t len;
    uint8_t bytes[HL_PACKET_ANSWER_MAX];
};

void hl_replies_init(struct hl_replies *r, const struct hl_env *env)
{
    *r = (struct hl_replies){.env = env};
}

static void drop_first(struct hl_replies *r)
{
    struct hl_reply *first = r->first;

    r->first = first->next;
    if (!r->first)
        r->last = NULL;
    r->count--;
    hl_env_free(r->env, first);
}

void hl_replies_fini(struct hl_replies *r)
{
    while (r->first)
        drop_first(r);
}

bool hl_replies_add(struct hl_replies *r, const struct hl_path *to, const uint8_t *bytes,
                    size_t len)
{
    struct hl_reply *reply;

    if (r->count >= HL_REPLIES_MAX)
        return false;
    reply = hl_env_alloc(r->env, sizeof *reply);
    if (!reply)
        return false;
    reply->to = *to;
    reply->len = len;
    memcpy(reply->bytes, bytes, len);
    if (r->last)
        r->last->next = reply;
    else
        r->first = reply;
    r->last = reply;
    r->count++;
    return true;
}

size_t hl_replies_take(struct hl_replies *r, struct hl_path *to, uint8_t *out)
{
    size_t len;

    if (!r->first)
        return 0;
    *to = r->first->to;
    len = r->first->len;
    memcpy(out, r->first->bytes, len);
    drop_first(r);
    return len;
}

size_t hl_replies_memory(const struct hl_replies *r)
{
    return r->count * sizeof(struct hl_reply);
}
