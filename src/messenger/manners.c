/* SPDX-License-Identifier: MIT */
/* What contacts may do at our expense. Each is who our user wants to talk to, and may be broken or
 * in somebody else's hands all the same: it must cost us no more than its share, and nobody else
 * anything.
 *
 *   what it says       fills its quota and no more (delivery)
 *   what it makes us   write beside that, its name and its addresses: so many times a second
 *   what it breaks     ends its session, and it is not let in again for a while, ever longer
 *   what it asks for   and does not take: the same */
#include "messenger_inside.h"

#define SHUT_FIRST HL_SECS(1)
#define SHUT_MAX   HL_SECS(60)
#define SHUT_CALM  HL_SECS(600) /* good for so long: what was before is forgotten */

static const struct hl_bucket_rate writes = {.rate = 1, .burst = 10};

void hl_manners_init(struct hl_manners *b, hl_time now)
{
    hl_bucket_init(&b->writes, now, &writes);
}

bool hl_manners_may_write(struct hl_messenger *m, struct hl_party *p)
{
    return hl_bucket_take(&p->manners.writes, m->now, &writes);
}

void hl_manners_bad(struct hl_messenger *m, struct hl_party *p, int err)
{
    if (p->manners.err == 0)
        p->manners.err = err;
    m->misbehaved = true;
}

bool hl_manners_shut(const struct hl_messenger *m, const struct hl_party *p)
{
    return m->now < p->manners.shut_until;
}

static void tell(struct hl_messenger *m, const struct hl_party *p)
{
    const struct hl_ctl c = {.kind = HL_CTL_NOTICE,
                             .contact = p->contact.id,
                             .err = p->manners.err,
                             .text = hl_ctl_bytes(hl_err_text(p->manners.err))};

    hl_front_put_all(m, HL_FRONT_ANY, &c);
}

static void shut(struct hl_messenger *m, struct hl_party *p)
{
    struct hl_manners *b = &p->manners;

    if (m->now - b->shut_until > SHUT_CALM)
        b->shut_for = 0;
    b->shut_for = b->shut_for == 0 ? SHUT_FIRST : 2 * b->shut_for;
    if (b->shut_for > SHUT_MAX)
        b->shut_for = SHUT_MAX;
    b->shut_until = m->now + b->shut_for;
    tell(m, p);
    hl_reach_drop(m, p, b->err);
    hl_reach_later(m, p, b->shut_until);
    b->err = 0;
}

void hl_manners_run(struct hl_messenger *m)
{
    if (!m->misbehaved || !m->secure || hl_delivery_pending(m->delivery))
        return;
    m->misbehaved = false;
    for (struct hl_party *p = m->parties; p; p = p->next) {
        if (p->manners.err)
            shut(m, p);
    }
}
