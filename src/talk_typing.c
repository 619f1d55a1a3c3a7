/* SPDX-License-Identifier: MIT */
/* What is typed and not said yet, as it goes to the messenger. */
#include "talk_inside.h"

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
