/* SPDX-License-Identifier: MIT */
/* Whose key it is: first contact, strangers that pairing lets in, and another key where a contact
 * was.
 *
 * A contact is called under its pinned key alone. A peer that lives at its address under another
 * key cannot even read such a call, and is silent. So a contact that is silent is asked once beside
 * that who it is, by a call that needs no key. Whoever answers is sent nothing: the call ends as
 * soon as his key is known, and if it is not the contact's, so does all talk with the contact,
 * until our user has said whose key counts. */
#include "messenger_inside.h"

#include "addr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROBE_TIMEOUT HL_SECS(5)

/* ---- strangers ---- */

/* Whether that key is one that we do not want to hear from, whatever pairing says. */
static bool is_refused(struct hl_messenger *m, const uint8_t *key)
{
    for (const struct hl_party *p = m->parties; p; p = p->next) {
        const struct hl_contact *c = &p->contact;

        if ((c->blocked || c->changed) && c->has_key && memcmp(c->key, key, HL_KEY_SIZE) == 0)
            return true;
        if (c->changed && memcmp(c->new_key, key, HL_KEY_SIZE) == 0)
            return true;
    }
    return false;
}

static struct hl_party *new_contact(struct hl_messenger *m, const struct hl_secure_event *ev)
{
    struct hl_contact c = {.has_key = true, .let_in = true, .added_ms = hl_messenger_wall()};
    char text[HL_ADDR_TEXT];

    memcpy(c.key, ev->key, sizeof c.key);
    snprintf(c.name, sizeof c.name, "%.*s", (int)sizeof c.name - 1,
             hl_addr_format(&ev->path.remote, text));
    if (ev->path.remote.family == HL_AF_UNIX)
        snprintf(c.name, sizeof c.name, "unix");
    return hl_store_contact_put(m->store, &c) == 0 ? hl_party_new(m, &c) : NULL;
}

void hl_reach_stranger(struct hl_messenger *m, const struct hl_secure_event *ev)
{
    struct hl_party *p = NULL;

    if (!is_refused(m, ev->key)) {
        p = hl_party_by_key(m, ev->key);
        if (!p && hl_strangers_room(m))
            p = new_contact(m, ev);
    }
    if (!p || p->reach == HL_REACH_UP || hl_manners_shut(m, p)) {
        (void)!hl_secure_forget(m->secure, ev->peer);
        return;
    }
    if (p->peer == 0) { /* else the network was just told of it; either number will do */
        p->came = *p->contact.nick == '\0';
        hl_party_changed(m, p, HL_CTL_C_NEW);
    } else {
        (void)!hl_secure_forget(m->secure, p->peer);
    }
    hl_party_set_peer(m, p, ev->peer);
}

/* ---- first contact ---- */

bool hl_reach_pin(struct hl_messenger *m, struct hl_party *p, const uint8_t key[static HL_KEY_SIZE])
{
    struct hl_contact c = p->contact;
    struct hl_party *other = hl_party_by_key(m, key);
    int err = 0;

    if (other || is_refused(m, key)) { /* not known to the network: blocked or changed */
        err = other && other->contact.changed ? HL_ERR_KEY_CHANGED : HL_ERR_BLOCKED;
    } else {
        c.has_key = true;
        memcpy(c.key, key, sizeof c.key);
        err = hl_party_save(m, p, &c);
    }
    if (err)
        hl_reach_drop(m, p, err);
    if (other && hl_reach_merge(m, p, other) == 0)
        hl_party_changed(m, other, 0);
    return err == 0;
}

/* Delivery forgets what it knows of both, and begins anew with the one that is left. */
static int retell(struct hl_messenger *m, const struct hl_party *from, struct hl_party *to)
{
    struct hl_input in = {.kind = HL_INPUT_FORGET, .contact = from->contact.id};
    int err = hl_messenger_put(m, &in);

    in.contact = to->contact.id;
    if (err == 0)
        err = hl_messenger_put(m, &in);
    return err ? err : hl_messenger_commit(m);
}

int hl_reach_merge(struct hl_messenger *m, struct hl_party *from, struct hl_party *to)
{
    struct hl_store_conv conv;
    int err = hl_messenger_commit(m);

    if (err == 0)
        err = retell(m, from, to);
    if (err == 0)
        err = hl_store_contact_merge(m->store, from->contact.id, to->contact.id);
    if (err)
        return err;
    hl_party_alias(m, from->contact.id, to->contact.id);
    hl_feed_merged(m, from->contact.id, to->contact.id);
    hl_reach_drop(m, from, 0);
    hl_reach_drop(m, to, 0); /* both sides begin anew */
    hl_reach_admit(m, to);
    if (hl_store_conversation(m->store, to->contact.id, &conv) == 0)
        to->waiting = conv.waiting > 0;
    to->openers += from->openers;
    to->dialled = to->dialled || from->dialled;
    from->openers = 0;
    from->waiting = false;
    from->become = to->contact.id;
    hl_party_changed(m, from, 0);
    hl_party_changed(m, to, 0);
    to->backoff = 0;
    hl_reach_want(m, to);
    return 0;
}

/* ---- another key ---- */

void hl_reach_probe(struct hl_messenger *m, struct hl_party *p)
{
    p->probe_at = HL_NEVER;
    if (p->probe == 0 && p->reach == HL_REACH_LOOKING)
        p->probe_dials = hl_reach_open(m, p, NULL, &p->probe, PROBE_TIMEOUT);
}

void hl_reach_probe_end(struct hl_messenger *m, struct hl_party *p)
{
    if (p->probe != 0)
        (void)!hl_secure_forget(m->secure, p->probe);
    p->probe = 0;
    p->probe_dials = 0;
}

void hl_reach_probe_event(struct hl_messenger *m, struct hl_party *p,
                          const struct hl_secure_event *ev)
{
    if (ev->kind == HL_SEC_NO_ANSWER && p->probe_dials > 1) {
        p->probe_dials--;
        return;
    }
    hl_reach_probe_end(m, p);
    if (ev->kind == HL_SEC_UP && memcmp(ev->key, p->contact.key, HL_KEY_SIZE) != 0)
        hl_reach_key_changed(m, p, ev->key);
}

void hl_reach_key_changed(struct hl_messenger *m, struct hl_party *p,
                          const uint8_t key[static HL_KEY_SIZE])
{
    struct hl_contact c = p->contact;

    c.changed = true;
    memcpy(c.new_key, key, sizeof c.new_key);
    if (hl_party_save(m, p, &c) != 0)
        hl_party_set(m, p, &c); /* it holds all the same, as long as we run */
    hl_reach_drop(m, p, HL_ERR_KEY_CHANGED);
    hl_reach_admit(m, p);
}
