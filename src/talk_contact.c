/* SPDX-License-Identifier: MIT */
/* Contacts of the messenger as conversations. */
#include "talk_inside.h"

#include "endpoint.h"

#include <stdio.h>
#include <string.h>

struct hl_addr talk_numbers(const char *text)
{
    struct hl_endpoint e;
    bool known = hl_endpoint_parse(text, &e) == 0 && e.kind != HL_HOST_NAME;

    return known ? e.addr : (struct hl_addr){0};
}

struct conv *talk_conv_of(struct hl_talk *t, uint64_t contact, const char *name)
{
    struct conv *c = talk_conv_by_id(t, (uint32_t)contact);

    if (!c && contact) {
        c = talk_conv_new(t, (uint32_t)contact);
        if (c) {
            c->pub.encrypted = true;
            c->pub.state = HL_CONV_IDLE;
            snprintf(c->pub.name, sizeof c->pub.name, "%s", name);
        }
    }
    return c;
}

struct conv *talk_contact(struct hl_talk *t, const struct hl_ctl *r)
{
    static const enum hl_conv_state states[] = {
        [HL_REACH_IDLE] = HL_CONV_IDLE,     [HL_REACH_LOOKING] = HL_CONV_DIALLING,
        [HL_REACH_UP] = HL_CONV_OPEN,       [HL_REACH_CLOSED] = HL_CONV_CLOSED,
        [HL_REACH_FAILED] = HL_CONV_FAILED,
    };
    struct conv *c = talk_conv_of(t, r->contact, "");
    struct hl_conv *pub = c ? &c->pub : NULL;

    if (!c)
        return NULL;
    pub->state = r->code < sizeof states / sizeof *states ? states[r->code] : HL_CONV_IDLE;
    pub->err = r->err;
    pub->marks = (uint32_t)r->flags;
    pub->dialled = (r->flags & HL_CTL_C_DIALLED) != 0;
    hl_ctl_text(&r->name, pub->name, sizeof pub->name);
    hl_ctl_text(&r->nick, pub->nick, sizeof pub->nick);
    hl_ctl_text(&r->text, pub->address, sizeof pub->address);
    hl_ctl_text(&r->local, pub->local, sizeof pub->local);
    hl_ctl_text(&r->why, pub->why, sizeof pub->why);
    pub->path.transport = (enum hl_transport)(r->via <= HL_UNIX_SEQPACKET ? r->via : HL_UDP);
    pub->path.remote = talk_numbers(pub->address);
    if (r->has_key)
        memcpy(pub->key, r->key, sizeof pub->key);
    pub->like[0] = '\0';
    if (r->flags & HL_CTL_C_CHANGED && r->other.len == sizeof pub->new_key)
        memcpy(pub->new_key, r->other.at, sizeof pub->new_key);
    else if (r->flags & HL_CTL_C_LIKE)
        hl_ctl_text(&r->other, pub->like, sizeof pub->like);
    pub->unread = r->number;
    pub->waiting = r->count;
    return c;
}
