/* SPDX-License-Identifier: MIT */
/* Stream connections that carry packets.
 *
 * Whoever connects costs us a descriptor before he has proved anything. A connection that no
 * session speaks through is closed after HL_LINK_UNUSED, and of those that came to us at most
 * HL_LINKS_UNUSED are kept: one more closes the oldest, so that a peer whose handshake takes two
 * round trips gets in while somebody holds on to all places. */
#include "secure_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A run that the net had no room for; sealed, so it cannot be given back to the node. */
struct kept {
    struct kept *next;
    size_t len, segment;
    uint8_t data[];
};

struct hl_sec_link {
    struct hl_sec_link *next; /* in its bucket */
    struct hl_path path;
    bool accepted;
    unsigned users;                      /* sessions that speak through it */
    hl_time due;                         /* unused: when it is closed */
    struct hl_sec_link *earlier, *later; /* unused: in order of due */
    struct kept *kept, **kept_last;      /* full: nothing may overtake these */
};

static struct hl_sec_link **slot(struct hl_sec_core *core, hl_link link) HL_REQUIRES(hl_role_core)
{
    struct hl_sec_link **at = &core->links[link % HL_SECURE_BUCKETS];

    while (*at && (*at)->path.link != link)
        at = &(*at)->next;
    return at;
}

/* ---- those that nobody uses ---- */

/* All wait equally long, so the list is in order of due. */
static void into_unused(struct hl_sec_core *core, struct hl_sec_link *l) HL_REQUIRES(hl_role_core)
{
    l->due = core->now + HL_LINK_UNUSED;
    l->later = NULL;
    l->earlier = core->unused.last;
    *(l->earlier ? &l->earlier->later : &core->unused.first) = l;
    core->unused.last = l;
    core->unused.accepted += l->accepted;
}

static void out_of_unused(struct hl_sec_core *core, struct hl_sec_link *l) HL_REQUIRES(hl_role_core)
{
    *(l->earlier ? &l->earlier->later : &core->unused.first) = l->later;
    *(l->later ? &l->later->earlier : &core->unused.last) = l->earlier;
    core->unused.accepted -= l->accepted;
}

static void free_link(struct hl_sec_link *l)
{
    while (l->kept) {
        struct kept *k = l->kept;

        l->kept = k->next;
        free(k);
    }
    free(l);
}

/* Forgets a link that is over, or is being closed. */
static void end_link(struct hl_sec_core *core, struct hl_sec_link **at, int err)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_link *l = *at;
    struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = l->path};

    *at = l->next;
    if (l->users == 0)
        out_of_unused(core, l);
    hl_secure_core_tell(core, &down);
    hl_secure_dial_refused(core, &l->path, err);
    free_link(l);
}

static void close_link(struct hl_sec_core *core, hl_link link, int err) HL_REQUIRES(hl_role_core)
{
    end_link(core, slot(core, link), err);
    (void)!hl_net_close(core->s->net, link);
}

static void close_oldest_accepted(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    const struct hl_sec_link *l = core->unused.first;

    while (!l->accepted)
        l = l->later;
    close_link(core, l->path.link, HL_ERR_CLOSED);
}

hl_time hl_secure_links_timers(struct hl_sec_core *core)
{
    while (core->unused.first && core->unused.first->due <= core->now)
        close_link(core, core->unused.first->path.link, HL_ERR_TIMEOUT);
    return core->unused.first ? core->unused.first->due : HL_NEVER;
}

/* ---- life ---- */

void hl_secure_links_add(struct hl_sec_core *core, const struct hl_path *path, bool accepted)
{
    struct hl_sec_link **at = &core->links[path->link % HL_SECURE_BUCKETS];
    struct hl_sec_link *l = calloc(1, sizeof(*l));

    if (!l) {
        (void)!hl_net_close(core->s->net, path->link);
        return;
    }
    l->path = *path;
    l->accepted = accepted;
    l->kept_last = &l->kept;
    l->next = *at;
    *at = l;
    into_unused(core, l);
    if (core->unused.accepted > HL_LINKS_UNUSED)
        close_oldest_accepted(core);
}

void hl_secure_links_use(struct hl_sec_core *core, hl_link link, bool on)
{
    struct hl_sec_link *l = *slot(core, link);

    if (!l)
        return;
    if (on && l->users++ == 0)
        out_of_unused(core, l);
    else if (!on && --l->users == 0)
        into_unused(core, l);
}

void hl_secure_links_drop(struct hl_sec_core *core, hl_link link)
{
    const struct hl_sec_link *l = *slot(core, link);

    if (l && l->users == 0)
        close_link(core, link, HL_ERR_CANCELLED);
}

/* The end of the peer's half is the end of both: nobody could acknowledge what we still say. */
bool hl_secure_links_over(struct hl_sec_core *core, const struct hl_event *ev)
{
    struct hl_sec_link **at = slot(core, ev->path.link);

    if (!*at)
        return false;
    end_link(core, at, ev->err ? ev->err : HL_ERR_CLOSED);
    if (ev->kind == HL_EV_FINISHED)
        (void)!hl_net_close(core->s->net, ev->path.link);
    return true;
}

void hl_secure_links_free(struct hl_sec_core *core)
{
    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        while (core->links[i]) {
            struct hl_sec_link *l = core->links[i];

            core->links[i] = l->next;
            free_link(l);
        }
    }
}

/* ---- writing ---- */

static void tell_full(struct hl_sec_core *core, const struct hl_sec_link *l, bool full)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = HL_CMD_LINK_FULL, .path = l->path, .on = full};

    hl_secure_core_tell(core, &c);
}

/* Without memory a packet would be missing from a path that loses none: the link ends. */
static void keep(struct hl_sec_core *core, struct hl_sec_link *l, const struct hl_transmit *t)
    HL_REQUIRES(hl_role_core)
{
    struct kept *k = malloc(sizeof(*k) + t->len);

    if (!k) {
        close_link(core, l->path.link, -ENOMEM);
        return;
    }
    *k = (struct kept){.len = t->len, .segment = t->segment};
    memcpy(k->data, t->data, t->len);
    if (!l->kept)
        tell_full(core, l, true);
    *l->kept_last = k;
    l->kept_last = &k->next;
}

void hl_secure_links_send(struct hl_sec_core *core, const struct hl_transmit *t)
{
    const struct hl_net_transmit out = {
        .path = &t->path, .data = t->data, .len = t->len, .segment = t->segment};
    struct hl_sec_link *l = *slot(core, t->path.link);

    /* Any other error means that the link is over, which its own event tells. */
    if (l && (l->kept || hl_net_transmit(core->s->net, &out) == HL_ERR_BUSY))
        keep(core, l, t);
}

void hl_secure_links_writable(struct hl_sec_core *core, hl_link link)
{
    struct hl_sec_link *l = *slot(core, link);

    if (!l || !l->kept)
        return;
    while (l->kept) {
        struct kept *k = l->kept;
        const struct hl_net_transmit out = {
            .path = &l->path, .data = k->data, .len = k->len, .segment = k->segment};

        if (hl_net_transmit(core->s->net, &out) == HL_ERR_BUSY)
            return;
        l->kept = k->next;
        free(k);
    }
    l->kept_last = &l->kept;
    tell_full(core, l, false);
}
