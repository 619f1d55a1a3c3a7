/* SPDX-License-Identifier: MIT */
/* What the network says about peers.
 *
 * Events that begin or end a session are taken only when the journal is empty, that is right after
 * a commit: the effects of what came before them then belong to the session before. */
#include "messenger_inside.h"

#include "addr.h"
#include "race.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEEPALIVE HL_SECS(25)

/* ---- addresses that worked ---- */

/* The path as one would type it; false: nobody can be called there. A stream that came to us came
 * from a port where nobody listens; datagrams come from where they are also taken. */
static bool address_of(const struct hl_path *path, bool dialled,
                       char out[static HL_CONTACT_ADDRESS])
{
    static const char *const schemes[] = {[HL_UDP] = "",
                                          [HL_TCP] = "tcp://",
                                          [HL_UNIX_STREAM] = "",
                                          [HL_UNIX_DGRAM] = "unix-dgram:",
                                          [HL_UNIX_SEQPACKET] = "unix-seqpacket:"};
    char text[HL_ADDR_TEXT];
    const char *plain;

    if (!dialled && path->transport != HL_UDP)
        return false;
    plain = hl_addr_format(&path->remote, text);
    if (*schemes[path->transport] && path->transport != HL_TCP)
        plain += strlen("unix:"); /* which the text of an address begins with */
    snprintf(out, HL_CONTACT_ADDRESS, "%s%s", schemes[path->transport], plain);
    return true;
}

/* What was typed and led there is remembered as well: the name may be another host's address
 * tomorrow, and the same peer's. With several there is no telling which of them it was. */
static void remember(struct hl_messenger *m, struct hl_party *p, const struct hl_path *path,
                     bool dialled)
{
    struct hl_contact_address known[HL_CONTACT_ADDRESSES];
    struct hl_contact_address a = {.worked_ms = hl_messenger_wall()};
    struct hl_contact c = p->contact;
    size_t count = 0;

    if (!hl_manners_may_write(m, p))
        return;
    if (dialled && hl_store_addresses(m->store, c.id, known, &count) == 0 && count == 1) {
        known[0].worked_ms = a.worked_ms - 1; /* the number is tried first: it needs no look-up */
        (void)!hl_store_address_put(m->store, c.id, &known[0]);
    }
    if (address_of(path, dialled, a.text))
        (void)!hl_store_address_put(m->store, c.id, &a);
    c.heard_ms = a.worked_ms;
    (void)!hl_party_save(m, p, &c);
}

/* ---- sessions ---- */

static bool on_up(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev)
{
    struct hl_input up = {.kind = HL_INPUT_UP, .contact = p->contact.id};
    bool dialled = p->reach == HL_REACH_LOOKING;

    if (!p->contact.has_key && !hl_reach_pin(m, p, ev->key))
        return true;
    up.fresh = !p->met || ev->restarted;
    if (up.fresh)
        hl_sender_drop(p);
    if (hl_messenger_put(m, &up) != 0)
        return false;
    p->path = ev->path;
    p->dialled = p->dialled || dialled;
    if (p->met && ev->restarted)
        hl_party_changed(m, p, HL_CTL_C_RESTARTED);
    p->met = true;
    hl_reach_probe_end(m, p);
    if (p->reach != HL_REACH_UP) {
        p->spoke = p->spoke && !up.fresh;
        p->sought = dialled;
    }
    hl_reach_set(m, p, HL_REACH_UP, 0);
    hl_secure_keepalive(m->secure, p->peer, p->openers > 0 ? KEEPALIVE : 0);
    remember(m, p, &ev->path, dialled);
    hl_sender_flush(m, p);
    return true;
}

static bool on_down(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev)
{
    const struct hl_input down = {.kind = HL_INPUT_DOWN, .contact = p->contact.id};
    struct hl_party *other = ev->err == -EEXIST ? hl_party_by_peer(m, (uint32_t)ev->code) : NULL;

    if (other && other != p)
        return hl_reach_merge(m, p, other) == 0;
    if (ev->err == HL_ERR_KEY_CHANGED) {
        hl_reach_key_changed(m, p, ev->key);
        return true;
    }
    if (p->reach == HL_REACH_UP && hl_messenger_put(m, &down) != 0)
        return false;
    hl_reach_set(m, p, HL_REACH_CLOSED, ev->err == HL_ERR_CLOSED ? 0 : ev->err);
    if (ev->err != HL_ERR_CLOSED) /* nobody said goodbye: it may be somewhere else by now */
        hl_reach_want(m, p);
    return true;
}

static bool on_no_answer(struct hl_messenger *m, struct hl_party *p,
                         const struct hl_secure_event *ev)
{
    p->dial_err = hl_race_telling(p->dial_err, ev->err);
    if (p->dials > 0 && --p->dials > 0)
        return true;
    if (p->reach == HL_REACH_LOOKING)
        hl_reach_set(m, p, HL_REACH_FAILED, p->dial_err);
    return true;
}

static bool on_moved(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev)
{
    p->path = ev->path;
    remember(m, p, &ev->path, false);
    return true;
}

static bool on_stranger(struct hl_messenger *m, struct hl_party *p,
                        const struct hl_secure_event *ev)
{
    if (!p)
        hl_reach_stranger(m, ev);
    return true;
}

/* ---- what passes through ---- */

static void spoke(struct hl_messenger *m, struct hl_party *p)
{
    if (!p->spoke)
        hl_party_changed(m, p, 0);
    p->spoke = true;
}

static bool on_message(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev)
{
    const struct hl_input in = {
        .kind = HL_INPUT_ENVELOPE, .contact = p->contact.id, .bytes = {ev->data, ev->len}};

    if (ev->stream != HL_STREAM_CHAT || p->reach != HL_REACH_UP)
        return true; /* a newer version's stream; or what we said goodbye to */
    spoke(m, p);
    return hl_messenger_put(m, &in) == 0;
}

static bool on_acked(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev)
{
    const struct hl_input in = {
        .kind = HL_INPUT_ARRIVED, .contact = p->contact.id, .token = ev->token};

    return hl_messenger_put(m, &in) == 0;
}

static bool on_writable(struct hl_messenger *m, struct hl_party *p,
                        const struct hl_secure_event *ev)
{
    (void)ev;
    hl_sender_flush(m, p);
    return true;
}

static bool on_trying(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev)
{
    char text[HL_ADDR_TEXT];
    const struct hl_ctl c = {.kind = HL_CTL_TRYING,
                             .contact = p->contact.id,
                             .err = ev->err,
                             .text = hl_ctl_bytes(hl_addr_format(&ev->path.remote, text))};

    for (struct hl_front *f = m->fronts; f; f = f->next) {
        if (hl_front_opened(f, p->contact.id) && !hl_front_full(f))
            hl_front_put(f, &c);
    }
    return true;
}

static void on_net(struct hl_messenger *m, const struct hl_event *ev)
{
    char address[HL_ADDR_TEXT] = "";
    struct hl_ctl c = {.kind = HL_CTL_HOST, .number = ev->count};

    if (ev->kind == HL_EV_ADDRESSES) {
        if (ev->path.local.family != HL_AF_NONE)
            hl_addr_format(&ev->path.local, address);
        c.text = (struct hl_ctl_bytes){(const char *)ev->data, ev->len};
        c.local = hl_ctl_bytes(address);
        hl_front_put_all(m, HL_CTL_F_HOST, &c);
        hl_reach_news(m);
    } else if (ev->kind == HL_EV_DROPPED) {
        c = (struct hl_ctl){.kind = HL_CTL_DROPPED, .count = ev->count};
        hl_front_put_all(m, HL_CTL_F_HOST, &c);
    }
}

/* ---- all of them ---- */

static const struct {
    bool (*take)(struct hl_messenger *m, struct hl_party *p, const struct hl_secure_event *ev);
    bool session; /* it begins or ends one: after a commit alone */
    bool anybody; /* though there be no party of that number */
} takers[] = {
    [HL_SEC_STRANGER] = {on_stranger, true, true},
    [HL_SEC_UP] = {on_up, true, false},
    [HL_SEC_DOWN] = {on_down, true, false},
    [HL_SEC_NO_ANSWER] = {on_no_answer, true, false},
    [HL_SEC_MOVED] = {on_moved, false, false},
    [HL_SEC_MESSAGE] = {on_message, false, false},
    [HL_SEC_ACKED] = {on_acked, false, false},
    [HL_SEC_WRITABLE] = {on_writable, false, false},
    [HL_SEC_TRYING] = {on_trying, false, false},
    [HL_SEC_TRY_FAILED] = {on_trying, false, false},
    [HL_SEC_NET] = {NULL, false, true},
};

bool hl_reach_event(struct hl_messenger *m, const struct hl_secure_event *ev)
{
    size_t kind = (size_t)ev->kind;
    struct hl_party *p;

    if (ev->kind == HL_SEC_NET) {
        on_net(m, &ev->net);
        return true;
    }
    if (kind >= sizeof takers / sizeof *takers || !takers[kind].take)
        return true;
    if (takers[kind].session && hl_delivery_pending(m->delivery))
        return false;
    p = hl_party_by_peer(m, ev->peer);
    if (p || takers[kind].anybody)
        return takers[kind].take(m, p, ev);
    p = takers[kind].session ? hl_party_by_probe(m, ev->peer) : NULL;
    if (p)
        hl_reach_probe_event(m, p, ev);
    return true;
}
