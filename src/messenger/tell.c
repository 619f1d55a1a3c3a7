/* SPDX-License-Identifier: MIT */
/* Records about contacts and entries. */
#include "messenger_inside.h"

#include "addr.h"

#include <stdlib.h>
#include <string.h>

/* ---- contacts ---- */

static uint64_t flags_of(const struct hl_party *p)
{
    const struct hl_contact *c = &p->contact;

    return (c->has_key ? HL_CTL_C_HAS_KEY : 0) | (c->verified ? HL_CTL_C_VERIFIED : 0) |
           (c->blocked ? HL_CTL_C_BLOCKED : 0) | (c->changed ? HL_CTL_C_CHANGED : 0) |
           (c->named ? HL_CTL_C_NAMED : 0) | (p->dialled ? HL_CTL_C_DIALLED : 0) |
           (p->away && p->reach == HL_REACH_UP ? HL_CTL_C_AWAY : 0) | p->news;
}

/* Present is who has spoken: a session that the other side may still refuse is not told of. */
static enum hl_ctl_reach reach_of(const struct hl_party *p)
{
    if (p->reach != HL_REACH_UP || p->spoke)
        return p->reach;
    return p->sought ? HL_REACH_LOOKING : HL_REACH_IDLE;
}

/* Where it is, or where it would be looked for first. */
static const char *address_of(struct hl_messenger *m, const struct hl_party *p,
                              char out[static HL_CONTACT_ADDRESS])
{
    struct hl_contact_address known[HL_CONTACT_ADDRESSES];
    size_t count = 0;

    *out = '\0';
    if (p->reach == HL_REACH_UP)
        hl_addr_format(&p->path.remote, out);
    else if (hl_store_addresses(m->store, p->contact.id, known, &count) == 0 && count > 0)
        memcpy(out, known[0].text, sizeof known[0].text);
    return out;
}

static void local_of(const struct hl_messenger *m, const struct hl_party *p,
                     char out[static HL_ADDR_TEXT])
{
    const struct hl_addr *local = &p->path.local;

    *out = '\0';
    if (p->reach != HL_REACH_UP)
        return;
    if (local->family == HL_AF_NONE) /* nothing told which of our addresses the peer knows */
        local = hl_listeners_address(&m->listeners, p->path.link);
    if (local)
        hl_addr_format(local, out);
}

void hl_tell_contact(struct hl_messenger *m, struct hl_front *f, const struct hl_party *p,
                     uint64_t request)
{
    const struct hl_contact *c = &p->contact;
    const struct hl_party *like = hl_party_like(m, p);
    char address[HL_CONTACT_ADDRESS];
    char local[HL_ADDR_TEXT];
    struct hl_store_conv conv = {0};
    struct hl_ctl r = {.kind = HL_CTL_CONTACT,
                       .request = request,
                       .contact = c->id,
                       .flags = flags_of(p) | (like ? HL_CTL_C_LIKE : 0),
                       .code = reach_of(p),
                       .err = c->changed ? HL_ERR_KEY_CHANGED : p->err,
                       .via = p->path.transport,
                       .has_key = c->has_key,
                       .time = c->heard_ms,
                       .until = c->added_ms,
                       .name = hl_ctl_bytes(c->name),
                       .nick = hl_ctl_bytes(c->nick),
                       .note = hl_ctl_bytes(c->note)};

    if (hl_store_conversation(m->store, c->id, &conv) == 0) {
        r.number = conv.unread;
        r.count = conv.waiting;
    }
    if (c->has_key)
        memcpy(r.key, c->key, sizeof r.key);
    if (c->changed)
        r.other = (struct hl_ctl_bytes){(const char *)c->new_key, sizeof c->new_key};
    else if (like)
        r.other = hl_ctl_bytes(like->contact.name);
    local_of(m, p, local);
    r.text = hl_ctl_bytes(address_of(m, p, address));
    r.local = hl_ctl_bytes(local);
    if (r.flags & HL_CTL_C_AWAY)
        r.why = hl_ctl_bytes(p->why);
    hl_front_put(f, &r);
}

static bool concerns(const struct hl_front *f, uint32_t contact)
{
    return f->greeted && (f->flags & HL_CTL_F_CONTACTS || hl_front_opened(f, contact));
}

static void tell_one(struct hl_messenger *m, const struct hl_party *p)
{
    const struct hl_ctl gone = {
        .kind = HL_CTL_CONTACT, .contact = p->contact.id, .flags = HL_CTL_C_GONE, .pos = p->become};

    for (struct hl_front *f = m->fronts; f; f = f->next) {
        if (!concerns(f, p->contact.id))
            continue;
        if (p->become || p->gone)
            hl_front_put(f, &gone);
        else if (hl_front_full(f))
            f->stale = true;
        else
            hl_tell_contact(m, f, p, 0);
    }
}

/* Whoever pairing has just let in is about to say what it is called, before anything else. */
static bool is_nameless(const struct hl_party *p)
{
    return p->came && (p->reach == HL_REACH_IDLE || p->reach == HL_REACH_UP) && !p->become &&
           !p->gone;
}

void hl_tell_now(struct hl_messenger *m, struct hl_party *p)
{
    if (!p->dirty || p->become || p->gone)
        return;
    tell_one(m, p);
    p->dirty = false;
    p->news = 0;
}

void hl_tell_changed(struct hl_messenger *m)
{
    struct hl_party *next;

    if (!m->changed)
        return;
    m->changed = false;
    for (struct hl_party *p = m->parties; p; p = next) {
        next = p->next;
        if (!p->dirty || is_nameless(p))
            continue;
        tell_one(m, p);
        p->dirty = false;
        p->news = 0;
        if (p->become || p->gone)
            hl_party_free(m, p);
    }
}

/* ---- entries ---- */

void hl_tell_entry(struct hl_front *f, const struct hl_stored *e, uint64_t flags, uint64_t request)
{
    struct hl_ctl r = {
        .kind = HL_CTL_ENTRY,
        .request = request,
        .contact = e->row.contact,
        .row = e->row.row,
        .pos = e->row.pos,
        .has_id = true,
        .code = e->row.kind,
        .text = {(const char *)e->entry.body, e->entry.len},
        .time = e->entry.time_ms,
        .until = e->stored_ms,
        .seq = e->row.seq,
        .state = e->row.state,
        .err = e->err,
        .count = e->missing_before,
        .other = hl_ctl_bytes(e->reactions),
        .note = {e->answered.text, e->answered.len},
        .number = e->answered.pos,
        .flags = flags | (e->row.ours ? HL_CTL_E_OURS : 0) | (e->edited ? HL_CTL_E_EDITED : 0) |
                 (e->deleted ? HL_CTL_E_DELETED : 0) | (e->seen ? HL_CTL_E_SEEN : 0) |
                 (e->answered.ours ? HL_CTL_E_OF_OURS : 0) |
                 (e->answered.deleted ? HL_CTL_E_OF_DELETED : 0)};

    memcpy(r.id, e->row.id, sizeof r.id);
    r.has_target = hl_entry_has_target(&e->entry);
    memcpy(r.target, e->entry.target, sizeof r.target);
    hl_front_put(f, &r);
}
