/* SPDX-License-Identifier: MIT */
/* How many strangers pairing lets in. Keys cost nothing: whoever has a million of them would fill
 * the contact book, and with what each may say the disk.
 *
 * A stranger is whom pairing has let in, and whom our user has neither answered nor named,
 * verified, noted or called since. There are so many of them at one time, and so many new ones in a
 * while. One that has said nothing and is not there any more makes room for the next; one that has
 * said something stays, whoever comes: then nobody else is let in until our user has dealt with
 * some. */
#include "messenger_inside.h"

enum {
    STRANGERS_MAX = 64,
};

#define TELL_EVERY HL_SECS(60)

static const struct hl_bucket_rate rate = {.rate = 1, .burst = STRANGERS_MAX};

void hl_strangers_init(struct hl_messenger *m)
{
    hl_bucket_init(&m->strangers, m->now, &rate);
    m->strangers_told = -TELL_EVERY;
}

static bool is_stranger(const struct hl_party *p, const struct hl_store_conv *conv)
{
    const struct hl_contact *c = &p->contact;

    return c->let_in && !p->gone && !p->become && !p->dialled && !c->named && !c->verified &&
           *c->note == '\0' && conv->said == 0;
}

static void tell(struct hl_messenger *m)
{
    static const char text[] =
        "pairing paused: too many strangers; answer, name or forget some of them";
    const struct hl_ctl c = {
        .kind = HL_CTL_NOTICE, .err = HL_ERR_PEERS_FULL, .text = hl_ctl_bytes(text)};

    if (m->now < m->strangers_told + TELL_EVERY)
        return;
    m->strangers_told = m->now;
    hl_front_put_all(m, HL_FRONT_ANY, &c);
}

bool hl_strangers_room(struct hl_messenger *m)
{
    struct hl_party *silent = NULL; /* the one that came first */
    struct hl_store_conv conv;
    size_t count = 0;
    bool room;

    for (struct hl_party *p = m->parties; p; p = p->next) {
        if (hl_store_conversation(m->store, p->contact.id, &conv) != 0 || !is_stranger(p, &conv))
            continue;
        count++;
        if (conv.heard == 0 && p->reach != HL_REACH_UP && !p->contact.blocked &&
            (!silent || p->contact.id < silent->contact.id))
            silent = p;
    }
    room = (count < STRANGERS_MAX || silent) && hl_bucket_take(&m->strangers, m->now, &rate);
    if (room && count >= STRANGERS_MAX)
        room = hl_party_forget(m, silent) == 0;
    if (!room)
        tell(m);
    return room;
}
