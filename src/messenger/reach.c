/* SPDX-License-Identifier: MIT */
/* Who is dialled when. A contact is dialled while a front end has opened it or something waits for
 * it, first at once, then ever more rarely; news of any kind bring it back to "at once". Contacts
 * that nobody dials are known to the network all the same, and may call. */
#include "messenger_inside.h"

#include "entropy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BACKOFF_FIRST HL_SECS(1)
#define BACKOFF_MAX   HL_SECS(30)
/* How long a contact may be silent before it is asked whether it has another key now: long enough
 * for a lost packet or two to be repeated. */
#define PROBE_AFTER HL_MS(1500)

/* A session that ends sooner counts as a failed call: whoever lets us in and shows us the door at
 * once is not to be called every second. */
#define PROVEN HL_SECS(10)

/* ---- timers ---- */

static void due(struct hl_messenger *m, hl_time at)
{
    if (at < m->reach_due)
        m->reach_due = at;
}

static bool is_wanted(const struct hl_party *p)
{
    return (p->openers > 0 || p->waiting) && !p->contact.blocked && !p->contact.changed;
}

void hl_reach_later(struct hl_messenger *m, struct hl_party *p, hl_time at)
{
    p->admit_at = at;
    p->retry_at = is_wanted(p) ? at : HL_NEVER;
    due(m, at);
}

static void retry_at(struct hl_messenger *m, struct hl_party *p, hl_time at)
{
    p->retry_at = at;
    due(m, at);
}

/* Not all at the same moment: two hosts that lost each other together would collide for ever. */
static void retry_later(struct hl_messenger *m, struct hl_party *p)
{
    hl_time jitter;

    p->backoff = p->backoff == 0 ? BACKOFF_FIRST : 2 * p->backoff;
    if (p->backoff > BACKOFF_MAX)
        p->backoff = BACKOFF_MAX;
    jitter = (hl_time)(hl_env_random64(hl_entropy_env()) % (uint64_t)(p->backoff / 4));
    retry_at(m, p, is_wanted(p) ? m->now + p->backoff + jitter : HL_NEVER);
}

void hl_reach_set(struct hl_messenger *m, struct hl_party *p, enum hl_ctl_reach reach, int err)
{
    if (p->reach != reach || p->err != err)
        hl_party_changed(m, p, 0);
    if (p->reach == HL_REACH_UP && p->spoke && m->now - p->up_since > PROVEN)
        p->backoff = 0;
    p->reach = reach;
    p->err = err;
    if (reach == HL_REACH_UP) {
        p->dials = 0;
        p->up_since = m->now;
        p->retry_at = p->probe_at = HL_NEVER;
    } else if (reach == HL_REACH_CLOSED || reach == HL_REACH_FAILED) {
        retry_later(m, p);
    }
}

/* ---- dialling ---- */

static struct hl_secure_open how(const struct hl_messenger *m, const struct hl_endpoint *to)
{
    bool stream = to->transport != HL_UDP;

    return (struct hl_secure_open){.to = *to,
                                   .via = stream ? 0 : hl_listeners_choose(&m->listeners, to),
                                   .carrier = stream                ? HL_CARRIER_STREAM
                                              : to->transport_given ? HL_CARRIER_UDP
                                                                    : HL_CARRIER_AUTO};
}

unsigned hl_reach_open(struct hl_messenger *m, struct hl_party *p, const uint8_t *key,
                       uint32_t *peer, hl_time timeout)
{
    struct hl_contact_address addresses[HL_CONTACT_ADDRESSES];
    struct hl_endpoint to;
    unsigned opened = 0;
    size_t count = 0;

    if (hl_store_addresses(m->store, p->contact.id, addresses, &count))
        return 0;
    for (size_t i = 0; i < count; i++) {
        struct hl_secure_open o;
        int err = hl_endpoint_parse(addresses[i].text, &to);

        if (err)
            continue;
        o = how(m, &to);
        o.key = key;
        o.timeout = timeout;
        err = *peer ? hl_secure_reopen(m->secure, *peer, &o) : hl_secure_open(m->secure, &o, peer);
        opened += err == 0;
    }
    return opened;
}

static void dial(struct hl_messenger *m, struct hl_party *p)
{
    const uint8_t *key = p->contact.has_key ? p->contact.key : NULL;
    uint32_t peer = p->peer;

    p->retry_at = HL_NEVER;
    if (m->mute)
        return;
    if (hl_manners_shut(m, p)) {
        hl_reach_later(m, p, p->manners.shut_until);
        return;
    }
    p->dials = hl_reach_open(m, p, key, &peer, p->timeout);
    p->dial_err = 0;
    if (peer != p->peer)
        hl_party_set_peer(m, p, peer);
    if (p->dials == 0) {
        hl_reach_set(m, p, HL_REACH_FAILED, HL_ERR_NO_ANSWER);
        return;
    }
    hl_reach_set(m, p, HL_REACH_LOOKING, 0);
    p->probe_at = key ? m->now + PROBE_AFTER : HL_NEVER;
    due(m, p->probe_at);
}

void hl_reach_want(struct hl_messenger *m, struct hl_party *p)
{
    if (m->secure && is_wanted(p) && p->reach != HL_REACH_UP && p->reach != HL_REACH_LOOKING)
        dial(m, p);
}

void hl_reach_begin(struct hl_messenger *m)
{
    if (!m->mute)
        return;
    m->mute = false;
    for (struct hl_party *p = m->parties; p; p = p->next)
        hl_reach_want(m, p);
}

void hl_reach_unwant(struct hl_messenger *m, struct hl_party *p)
{
    if (!m->secure || is_wanted(p))
        return;
    p->retry_at = p->probe_at = HL_NEVER;
    hl_reach_probe_end(m, p);
    if (p->reach == HL_REACH_LOOKING)
        hl_reach_set(m, p, HL_REACH_IDLE, 0);
}

void hl_reach_part(struct hl_messenger *m, struct hl_party *p)
{
    const struct hl_input down = {.kind = HL_INPUT_DOWN, .contact = p->contact.id};

    hl_reach_unwant(m, p);
    if (p->reach != HL_REACH_UP || is_wanted(p))
        return;
    if (hl_messenger_commit(m) == 0 && hl_messenger_put(m, &down) == 0) {
        (void)!hl_secure_close(m->secure, p->peer);
        hl_reach_set(m, p, HL_REACH_CLOSED, 0);
    }
}

void hl_reach_news(struct hl_messenger *m)
{
    for (struct hl_party *p = m->parties; p; p = p->next) {
        p->backoff = 0;
        hl_reach_want(m, p);
    }
}

void hl_reach_timers(struct hl_messenger *m)
{
    if (m->now < m->reach_due)
        return;
    m->reach_due = HL_NEVER;
    for (struct hl_party *p = m->parties; p; p = p->next) {
        if (p->admit_at <= m->now)
            hl_reach_admit(m, p);
        if (p->retry_at <= m->now)
            dial(m, p);
        if (p->probe_at <= m->now)
            hl_reach_probe(m, p);
        due(m, p->retry_at);
        due(m, p->probe_at);
        due(m, p->admit_at);
    }
}

/* ---- who may call ---- */

void hl_reach_admit(struct hl_messenger *m, struct hl_party *p)
{
    const struct hl_contact *c = &p->contact;
    const struct hl_secure_open o = {.to = {.kind = HL_HOST_ANY}, .key = c->key};
    uint32_t peer = 0;

    p->admit_at = HL_NEVER;
    if (!m->secure || p->peer != 0 || !c->has_key)
        return;
    if (hl_manners_shut(m, p)) {
        hl_reach_later(m, p, p->manners.shut_until);
        return;
    }
    if (hl_secure_open(m->secure, &o, &peer) != 0)
        return;
    hl_party_set_peer(m, p, peer);
    if (c->blocked || c->changed) /* else pairing would let it in as a stranger */
        hl_secure_shun(m->secure, peer, true);
}

void hl_reach_start(struct hl_messenger *m)
{
    for (struct hl_party *p = m->parties; p; p = p->next)
        hl_reach_admit(m, p);
}

void hl_reach_drop(struct hl_messenger *m, struct hl_party *p, int err)
{
    const struct hl_input down = {.kind = HL_INPUT_DOWN, .contact = p->contact.id};

    hl_reach_probe_end(m, p);
    if (p->peer != 0)
        (void)!hl_secure_forget(m->secure, p->peer);
    hl_party_set_peer(m, p, 0);
    if (p->reach == HL_REACH_UP) /* there is room: all that ends sessions commits first */
        (void)!hl_messenger_put(m, &down);
    p->met = false;
    hl_sender_drop(p);
    hl_reach_set(m, p, err ? HL_REACH_FAILED : HL_REACH_IDLE, err);
}
