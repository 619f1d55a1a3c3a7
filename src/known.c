/* SPDX-License-Identifier: MIT */
#include "known.h"

#include <stdio.h>
#include <string.h>

void hl_known_take(struct hl_known *k, const struct hl_ctl *r)
{
    *k = (struct hl_known){
        .id = r->contact,
        .flags = r->flags,
        .reach = (enum hl_ctl_reach)r->code,
        .err = r->err,
        .unread = r->number,
        .waiting = r->count,
        .heard_ms = r->time,
        .added_ms = r->until,
        .via = (enum hl_transport)r->via,
    };
    if (r->has_key)
        memcpy(k->key, r->key, sizeof k->key);
    hl_ctl_text(&r->name, k->name, sizeof k->name);
    hl_ctl_text(&r->nick, k->nick, sizeof k->nick);
    hl_ctl_text(&r->note, k->note, sizeof k->note);
    hl_ctl_text(&r->text, k->address, sizeof k->address);
    hl_ctl_text(&r->local, k->local, sizeof k->local);
    hl_ctl_text(&r->why, k->why, sizeof k->why);
    if (r->flags & HL_CTL_C_CHANGED && r->other.len == sizeof k->new_key)
        memcpy(k->new_key, r->other.at, sizeof k->new_key);
    else if (r->flags & HL_CTL_C_LIKE)
        hl_ctl_text(&r->other, k->like, sizeof k->like);
}

void hl_known_conv(const struct hl_known *k, struct hl_conv *out)
{
    *out = (struct hl_conv){
        .id = (uint32_t)k->id,
        .encrypted = true,
        .marks = (uint32_t)k->flags,
        .unread = k->unread,
        .waiting = k->waiting,
    };
    snprintf(out->name, sizeof out->name, "%s", k->name);
    snprintf(out->nick, sizeof out->nick, "%s", k->nick);
    snprintf(out->like, sizeof out->like, "%s", k->like);
    snprintf(out->why, sizeof out->why, "%s", k->why);
    snprintf(out->address, sizeof out->address, "%.*s", HL_ADDR_TEXT - 1, k->address);
    memcpy(out->key, k->key, sizeof out->key);
    memcpy(out->new_key, k->new_key, sizeof out->new_key);
}

const char *hl_known_reach(const struct hl_known *k)
{
    static const char *const words[] = {
        [HL_REACH_IDLE] = "idle",     [HL_REACH_LOOKING] = "looking", [HL_REACH_UP] = "up",
        [HL_REACH_CLOSED] = "closed", [HL_REACH_FAILED] = "failed",
    };

    return (size_t)k->reach < sizeof words / sizeof *words ? words[k->reach] : "?";
}

const char *hl_known_marks(const struct hl_known *k, char out[static HL_KNOWN_MARKS])
{
    static const struct {
        uint64_t flag;
        const char *word;
    } words[] = {
        {HL_CTL_C_CHANGED, "KEY CHANGED"},
        {HL_CTL_C_BLOCKED, "blocked"},
        {HL_CTL_C_VERIFIED, "verified"},
    };
    size_t len = 0;

    *out = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (k->flags & words[i].flag)
            len += (size_t)snprintf(out + len, HL_KNOWN_MARKS - len, "%s%s", len ? ", " : "",
                                    words[i].word);
    }
    if (k->like[0])
        snprintf(out + len, HL_KNOWN_MARKS - len, "%slooks like %s", len ? ", " : "", k->like);
    return out;
}
