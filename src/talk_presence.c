/* SPDX-License-Identifier: MIT */
/* What is told beside what is said: that our user types, and that he is away. */
#include "talk_inside.h"

#include <string.h>

void hl_talk_typing(struct hl_talk *t, struct hl_conv *c, const struct hl_typing *what)
{
    size_t from = what->len > HL_TYPED_MAX ? what->len - HL_TYPED_MAX : 0;

    while (from > 0 && from < what->len && (what->text[from] & 0xc0) == 0x80)
        from++;
    (void)!hl_talk_ask(
        t, &(struct hl_ctl){.kind = HL_CTL_TYPING,
                            .contact = c->id,
                            .flags = (what->on ? HL_CTL_ON : 0) | (what->live ? HL_CTL_LIVE : 0),
                            .text = {what->text + from, what->len - from}});
}

int hl_talk_away(struct hl_talk *t, bool on, const char *why)
{
    return hl_talk_ask(t, &(struct hl_ctl){.kind = HL_CTL_AWAY,
                                           .flags = on ? HL_CTL_ON : 0,
                                           .text = hl_ctl_bytes(why)});
}

bool hl_talk_is_away(const struct hl_talk *t)
{
    return t->away.on;
}

void talk_absent(struct hl_talk *t, const struct hl_ctl *r)
{
    t->away.on = (r->flags & HL_CTL_ON) != 0;
    hl_ctl_text(&r->text, t->away.why, sizeof t->away.why);
}
