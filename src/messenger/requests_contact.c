/* SPDX-License-Identifier: MIT */
/* Requests about contacts. */
#include "messenger_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TYPED_MAX = 1024, /* bytes of what may be typed for a peer: a link is the longest */
};

/* How long our own front end may take until it listens, before others need not wait for that: it
 * may be asking its user for a port. */
#define PATIENCE HL_SECS(2)

/* ---- finding and opening ---- */

static void answer(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c,
                   const struct hl_party *p, int err)
{
    if (err == 0)
        hl_tell_contact(m, f, p, c->request);
    hl_request_result(f, c, err);
}

static int find_typed(struct hl_messenger *m, const struct hl_ctl *c, bool make,
                      struct hl_party **out)
{
    char text[TYPED_MAX];
    const struct hl_typed t = {
        .text = text, .make = make, .prefer_tcp = c->kind == HL_CTL_OPEN && c->flags & HL_CTL_TCP};
    int err = hl_request_text(&c->text, text, sizeof text);

    return err ? err : hl_typed_find(m, &t, out);
}

bool hl_request_find(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = NULL;
    int err = find_typed(m, c, false, &p);

    answer(m, f, c, p, err);
    return true;
}

bool hl_request_open(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = NULL;
    int err = find_typed(m, c, true, &p);

    if (err == 0)
        err = hl_messenger_online(m);
    if (err == 0 && p->contact.blocked)
        err = HL_ERR_BLOCKED;
    if (err == 0 && !hl_front_opened(f, p->contact.id)) {
        err = hl_front_open(f, p->contact.id);
        p->openers += err == 0;
    }
    if (!f->own && m->now > m->started + PATIENCE)
        hl_reach_begin(m);
    if (err == 0 && p->contact.let_in) { /* our user wants it: it is no stranger any more */
        struct hl_contact contact = p->contact;

        contact.let_in = false;
        err = hl_party_save(m, p, &contact);
    }
    if (err == 0) {
        p->dialled = true;
        p->backoff = 0;
        p->timeout = c->number <= (uint64_t)HL_SECS(86400) ? (hl_time)c->number : 0;
        hl_reach_want(m, p);
    }
    answer(m, f, c, p, err);
    return true;
}

bool hl_request_shut(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);

    if (p && hl_front_shut(f, p->contact.id) && p->openers > 0 && --p->openers == 0)
        hl_reach_part(m, p);
    hl_request_result(f, c, 0);
    return true;
}

struct listing {
    struct hl_messenger *m;
    struct hl_front *f;
    uint64_t request;
};

static bool list_one(void *user, const struct hl_contact *c)
{
    const struct listing *l = user;
    const struct hl_party *p = hl_party_find(l->m, c->id);

    if (p)
        hl_tell_contact(l->m, l->f, p, l->request);
    return true;
}

/* In order of their names, which the store knows. */
bool hl_request_contacts(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct listing l = {.m = m, .f = f, .request = c->request};

    hl_request_result(f, c, hl_store_contacts(m->store, list_one, &l));
    return true;
}

/* ---- changing ---- */

static int set_name(struct hl_contact *c, const struct hl_ctl_bytes *name)
{
    int err = hl_request_text(name, c->name, sizeof c->name);

    if (err == 0 && hl_contact_name_wrong(c->name))
        err = -EINVAL;
    c->named = true;
    return err;
}

/* Why a name is no good in words, where that is why. */
static void answer_name(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c,
                        const struct hl_party *p, int err)
{
    char name[HL_CONTACT_NAME];
    const char *why = NULL;

    if (err == -EINVAL && hl_request_text(&c->name, name, sizeof name) == 0)
        why = hl_contact_name_wrong(name);
    else if (err == -EEXIST)
        why = "another contact has that name";
    if (err)
        hl_request_error(f, c, err, why);
    else
        answer(m, f, c, p, 0);
}

/* Whether another contact than the one that c means has the name; that one need not be there yet.
 */
static int check_free(struct hl_messenger *m, const struct hl_ctl *c, const char *name)
{
    struct hl_contact other;
    struct hl_party *p;
    int err = hl_store_contact_by_name(m->store, name, &other);

    if (err)
        return err == -ENOENT ? 0 : err;
    err = find_typed(m, c, false, &p);
    return err == -ENOENT || (err == 0 && p->contact.id != other.id) ? -EEXIST : err;
}

bool hl_request_add(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_contact named = {.id = 0};
    struct hl_party *p = NULL;
    int err = 0;

    if (c->name.len > 0) /* first, so that a name that is no good leaves nothing behind */
        err = set_name(&named, &c->name);
    if (err == 0 && c->name.len > 0)
        err = check_free(m, c, named.name);
    if (err == 0)
        err = find_typed(m, c, true, &p);
    if (err == 0 && c->name.len > 0) {
        struct hl_contact contact = p->contact;

        memcpy(contact.name, named.name, sizeof contact.name);
        contact.named = true;
        err = hl_party_save(m, p, &contact);
    }
    answer_name(m, f, c, p, err);
    return true;
}

bool hl_request_rename(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_contact contact;
    int err = -ENOENT;

    if (p) {
        contact = p->contact;
        err = set_name(&contact, &c->name);
    }
    if (err == 0)
        err = hl_party_save(m, p, &contact);
    answer_name(m, f, c, p, err);
    return true;
}

bool hl_request_note(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_contact contact;
    int err = -ENOENT;

    if (p) {
        contact = p->contact;
        err = hl_request_text(&c->text, contact.note, sizeof contact.note);
    }
    if (err == 0)
        err = hl_party_save(m, p, &contact);
    answer(m, f, c, p, err);
    return true;
}

bool hl_request_verify(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_contact contact;
    int err = p ? 0 : -ENOENT;

    /* The number that was compared must be that of the key which counts now. */
    if (err == 0 &&
        (!c->has_key || !p->contact.has_key || memcmp(c->key, p->contact.key, sizeof c->key) != 0))
        err = HL_ERR_KEY_CHANGED;
    if (err == 0) {
        contact = p->contact;
        contact.verified = c->flags & HL_CTL_ON;
        err = hl_party_save(m, p, &contact);
    }
    answer(m, f, c, p, err);
    return true;
}

/* ---- what ends sessions: after a commit ---- */

bool hl_request_block(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_contact contact;
    int err = p ? hl_messenger_commit(m) : -ENOENT;

    if (err == 0) {
        contact = p->contact;
        contact.blocked = c->flags & HL_CTL_ON;
        err = hl_party_save(m, p, &contact);
    }
    if (err == 0) {
        hl_reach_drop(m, p, 0);
        hl_reach_admit(m, p);
        p->backoff = 0;
        hl_reach_want(m, p);
    }
    answer(m, f, c, p, err);
    return true;
}

/* That is the contact with the key that counts: no other one is in question any more. */
static int settle_key(struct hl_messenger *m, struct hl_party *p, struct hl_contact contact)
{
    int err;

    contact.changed = false;
    memset(contact.new_key, 0, sizeof contact.new_key);
    err = hl_party_save(m, p, &contact);
    if (err == 0) {
        hl_reach_drop(m, p, 0);
        hl_reach_admit(m, p);
        hl_reach_want(m, p);
    }
    return err;
}

/* The new key's owner may have been let in as a contact of its own meanwhile. *expected: what it
 * says next, then. */
static int take_over(struct hl_messenger *m, struct hl_party *p, const uint8_t *key,
                     uint64_t *expected)
{
    const struct hl_ledger *ledger = hl_store_ledger(m->store);
    struct hl_party *other = hl_party_by_key(m, key);
    struct hl_ledger_counts counts;
    int err;

    if (!other || other == p)
        return 0;
    err = ledger->counts(ledger->user, other->contact.id, &counts);
    if (err)
        return err;
    *expected = counts.expected;
    return hl_reach_merge(m, other, p);
}

/* First the conversation, then the key: should anything fail between them, the old key still is
 * the one that counts, and has not lost more than its right to hear things again. */
static int accept_key(struct hl_messenger *m, struct hl_party *p)
{
    struct hl_input rekey = {.kind = HL_INPUT_REKEY, .contact = p->contact.id};
    struct hl_contact contact;
    int err = take_over(m, p, p->contact.new_key, &rekey.expected);

    if (err == 0)
        err = hl_messenger_put(m, &rekey);
    if (err == 0)
        err = hl_messenger_commit(m);
    if (err)
        return err;
    contact = p->contact;
    contact.verified = false;
    memcpy(contact.key, contact.new_key, sizeof contact.key);
    return settle_key(m, p, contact);
}

bool hl_request_accept(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    int err = p ? hl_messenger_commit(m) : -ENOENT;

    if (err == 0) {
        if (!c->has_key || !p->contact.changed)
            err = HL_ERR_KEY_CHANGED;
        else if (memcmp(c->key, p->contact.key, sizeof c->key) == 0)
            err = settle_key(m, p, p->contact);
        else if (memcmp(c->key, p->contact.new_key, sizeof c->key) == 0)
            err = accept_key(m, p);
        else
            err = HL_ERR_KEY_CHANGED; /* a third one: our user has not seen it */
    }
    answer(m, f, c, p, err);
    return true;
}

bool hl_request_forget(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);

    hl_request_result(f, c, p ? hl_party_forget(m, p) : -ENOENT);
    return true;
}
