/* SPDX-License-Identifier: MIT */
#include "whole.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

/* ---- INITIAL ---- */

static bool is_own_key(const struct hl_node *n, const uint8_t *key)
{
    return memcmp(key, n->id.key, HL_KEY_SIZE) == 0;
}

static void send_cookie(struct hl_node *n, hl_time now, const struct hl_path *from,
                        const struct hl_packet *p)
{
    const struct hl_cookie_asked asked = {p->all.at, p->all.len, p->sender};
    bool xx = p->type == HL_PACKET_INITIAL_XX;
    uint8_t nonce[HL_XNONCE_SIZE];
    uint8_t cookie[HL_COOKIE_SIZE];
    uint8_t reply[HL_COOKIE_REPLY_SIZE];

    n->env->random(n->env->user, nonce, sizeof nonce);
    hl_cookie_make(&n->gate.jar, &from->remote, now, cookie);
    hl_cookie_reply(&asked, xx ? &n->id.mac_stranger : &n->id.mac, nonce, cookie, reply);
    hl_crypt_wipe(cookie, sizeof cookie);
    n->stats.cookies_out += hl_replies_add(&n->replies, from, reply, sizeof reply);
}

/* An INITIAL that has been read and deserves an answer. */
struct asking {
    struct hl_handshake handshake;
    struct hl_peer *contact; /* NULL: a stranger */
    uint64_t instance;       /* its, 0 for XX */
};

/* Fills a new guest in. False: no key is to be had from what it sent, or no memory. */
static bool furnish(struct hl_node *n, hl_time now, struct hl_guest *g, struct asking *a)
{
    struct hl_instances say;
    int len;

    if (!a->contact && !n->stranger_instance)
        n->stranger_instance = hl_env_random64(n->env) | 1;
    g->contact = a->contact ? a->contact->id : 0;
    g->instance = a->contact ? a->contact->own : n->stranger_instance;
    g->other = a->instance;
    a->handshake.own = g->own;
    say = (struct hl_instances){.writer = g->instance, .reader = g->other};
    len = hl_handshake_response(&a->handshake, n->env, &say, g->answer);
    if (len < 0)
        return false;
    g->answer_len = (uint8_t)len;
    g->waiting = a->handshake.xx;
    if (g->waiting) {
        g->handshake = a->handshake;
    } else {
        memcpy(g->key, hl_handshake_remote(&a->handshake), HL_KEY_SIZE);
        hl_handshake_slot(&a->handshake, now, false, &g->slot);
    }
    return true;
}

static void admit(struct hl_node *n, hl_time now, const struct hl_path *from,
                  const struct hl_packet *p, struct asking *a)
{
    struct hl_guest *g;

    if (a->contact)
        hl_guests_limit(&n->guests, a->contact->id);
    g = hl_guests_add(&n->guests, now, !a->contact, hl_packet_mac1(p));
    if (!g) {
        n->stats.throttled++;
        return;
    }
    if (hl_route_set(n->env, &g->route, from) < 0 || !furnish(n, now, g, a)) {
        hl_guests_drop(&n->guests, g, false);
        return;
    }
    n->stats.handshakes_in++;
    (void)!hl_replies_add(&n->replies, from, g->answer, g->answer_len);
    if (HL_WRONG(GUEST_TRUSTED) && !g->waiting)
        (void)hl_accept_confirm(n, now, g, from);
}

static void ask_ik(struct hl_node *n, hl_time now, const struct hl_path *from,
                   const struct hl_packet *p)
{
    struct asking a = {.contact = NULL};
    struct hl_instances said;
    const uint8_t *key;

    if (hl_handshake_take_initial(&a.handshake, &n->id, p, NULL, &said) < 0) {
        n->stats.bad_seal++;
        return;
    }
    key = hl_handshake_remote(&a.handshake);
    a.contact = hl_peer_by_key(n, key);
    a.instance = said.writer;
    if (is_own_key(n, key) || said.writer == 0) { /* 0 stands for no association */
        n->stats.bad_seal++;
    } else if (a.contact ? a.contact->shunned : !n->pairing && !HL_WRONG(STRANGERS_ANSWERED)) {
        n->stats.strangers++;
    } else {
        if (a.contact && a.contact->psk)
            hl_noise_set_psk(&a.handshake.noise, a.contact->psk);
        admit(n, now, from, p, &a);
    }
    hl_crypt_wipe(&a, sizeof a);
}

static void ask_xx(struct hl_node *n, hl_time now, const struct hl_path *from,
                   const struct hl_packet *p, struct hl_peer *named)
{
    struct asking a = {.contact = named};
    struct hl_instances said;

    if (hl_handshake_take_initial(&a.handshake, &n->id, p, named ? named->psk : NULL, &said) < 0)
        n->stats.bad_seal++;
    else
        admit(n, now, from, p, &a);
    hl_crypt_wipe(&a, sizeof a);
}

void hl_greet_initial(struct hl_node *n, hl_time now, const struct hl_path *from,
                      const struct hl_packet *p)
{
    bool xx = p->type == HL_PACKET_INITIAL_XX;
    struct hl_peer *named = xx ? hl_call_named(n, from) : NULL;
    struct hl_guest *repeated;
    enum hl_gate_proof proof;

    if (xx && !n->pairing && !named) {
        n->stats.strangers++;
        return;
    }
    if (!hl_cookie_check_mac1(p->all.at, p->all.len, xx ? &n->id.mac_stranger : &n->id.mac) &&
        !HL_WRONG(MAC1_UNCHECKED)) {
        n->stats.bad_mac++;
        return;
    }
    /* Our own INITIAL sent back to us is no answer and no question. */
    if (xx && hl_call_made(n, hl_packet_mac1(p))) {
        n->stats.replayed++;
        return;
    }
    proof = hl_gate_prove(&n->gate, now, from, p);
    repeated = hl_guests_repeated(&n->guests, hl_packet_mac1(p));
    if (repeated && !HL_WRONG(INITIAL_TWICE) && proof != HL_GATE_FORGED) {
        if (hl_route_compare(&repeated->route, from) != HL_ROUTE_SAME)
            repeated->elsewhere = true;
        (void)!hl_replies_add(&n->replies, from, repeated->answer, repeated->answer_len);
        return;
    }
    switch (hl_gate_ask(&n->gate, now, from, proof, hl_guests_crowded(&n->guests))) {
    case HL_GATE_COOKIE:
        send_cookie(n, now, from, p);
        break;
    case HL_GATE_DROP:
        n->stats.throttled++;
        break;
    case HL_GATE_PASS:
        if (xx)
            ask_xx(n, now, from, p, named);
        else
            ask_ik(n, now, from, p);
        break;
    }
}

void hl_greet_cookie(struct hl_node *n, hl_time now, const struct hl_path *from,
                     const struct hl_packet *p)
{
    uint32_t owner = hl_index_find(&n->index, p->receiver);
    struct hl_call *c = owner < HL_GUEST_OWNER ? n->peers[owner]->call : NULL;
    struct hl_call_try *t;

    if (!c || c->handshake.own != p->receiver) {
        n->stats.no_session++;
        return;
    }
    t = hl_call_tried(c, from);
    /* One for each INITIAL: whoever sends more of them only wants us to send. */
    if (!t || (t->cookie_at != HL_NEVER && t->cookie_at >= c->round) ||
        !hl_cookie_open(p->all.at, p->all.len, &c->mac,
                        hl_cookie_mac1(c->packet, HL_PACKET_INITIAL), t->cookie)) {
        n->stats.bad_seal++;
        return;
    }
    t->cookie_at = now;
    t->next = now;
    hl_peer_due(n, n->peers[c->peer], now);
}

/* ---- RESPONSE ---- */

/* The macs of an answer: nobody is asked for a cookie that answers. */
static bool answer_mac(const struct hl_packet *p, const struct hl_cookie_keys *keys)
{
    return hl_packet_mac2_zero(p) && hl_cookie_check_mac1(p->all.at, p->all.len, keys);
}

/* The other side is us. */
static void found_ourselves(struct hl_node *n, struct hl_peer *p)
{
    hl_call_end(n, p);
    p->err = -ELOOP;
    hl_peer_tell(n, p, HL_NEWS_NO_ANSWER);
}

/* Without memory for it the owner is not told which key it was. */
static void show(struct hl_node *n, struct hl_peer *p, const uint8_t *key)
{
    if (!p->shown)
        p->shown = hl_env_alloc(n->env, HL_KEY_SIZE);
    if (p->shown)
        memcpy(p->shown, key, HL_KEY_SIZE);
}

static void key_changed(struct hl_node *n, struct hl_peer *p, const uint8_t *key)
{
    show(n, p, key);
    hl_call_end(n, p);
    p->key_changed = true;
    hl_peer_tell_down(n, p, HL_ERR_KEY_CHANGED, 0);
}

/* Whose session this is: p, or the peer that has the key which XX showed. NULL: nobody's. */
static struct hl_peer *whose(struct hl_node *n, struct hl_peer *p, const uint8_t *key)
{
    struct hl_peer *known = hl_peer_by_key(n, key);

    if (is_own_key(n, key)) {
        found_ourselves(n, p);
        return NULL;
    }
    if (p->has_key && known != p) {
        key_changed(n, p, key);
        return NULL;
    }
    if (known)
        return known;
    return hl_peer_set_key(n, p, key) < 0 ? NULL : p;
}

/* p named an address at which a peer lives that has another number already. */
static void same_as(struct hl_node *n, struct hl_peer *p, const uint8_t *key)
{
    show(n, p, key);
    hl_peer_tell_down(n, p, -EEXIST, 0);
}

/* Joins the session; in XX FINISH goes first. c belongs to nobody at the moment. */
static void join(struct hl_node *n, struct hl_peer *p, hl_time now, struct hl_call *c,
                 const struct hl_assoc_with *with)
{
    bool xx = c->finishing;

    hl_call_end(n, p);
    if (hl_assoc_join(n, p, now, with) < 0) {
        hl_index_remove(&n->index, with->slot->own);
        xx = false;
    }
    c->peer = p->place;
    p->call = c;
    if (xx)
        hl_call_finishing(n, p, now);
    else
        hl_call_end(n, p);
    if (p->flow)
        hl_flow_ping(p->flow);
    hl_peer_due(n, p, now);
}

/* Where the other side is: where INITIAL was sent, which it got, even if somebody forwarded its
 * RESPONSE from another address. */
static struct hl_path answered_at(struct hl_call *c, const struct hl_path *from)
{
    const struct hl_call_try *t = c->tries;
    struct hl_path path;

    if (!hl_route_forgeable(from->transport) || hl_call_tried(c, from))
        return *from;
    while (t->sends == 0)
        t++;
    hl_route_path(&t->route, &path);
    return path;
}

/* RESPONSE has been read: the session is p's, which may be another peer than called. */
static void answered(struct hl_node *n, struct hl_peer *caller, struct hl_peer *p, hl_time now,
                     const struct hl_path *from, const struct hl_instances *said)
{
    struct hl_call *c = caller->call;
    struct hl_handshake h = c->handshake;
    const struct hl_path path = answered_at(c, from);
    struct hl_slot slot;
    struct hl_assoc_with with = {
        .slot = &slot,
        .own = p->own,
        .other = said->writer,
        .path = &path,
        .proven = true,
    };
    const struct hl_instances say = {.writer = p->own, .reader = said->writer};

    hl_call_answered(n, c);
    if (h.xx && hl_handshake_finish(&h, n->env, &say, c->packet) < 0) {
        hl_index_remove(&n->index, h.own);
        hl_crypt_wipe(&h, sizeof h);
        return; /* a hopeless key; the call runs into its time-out */
    }
    c->finishing = h.xx;
    hl_handshake_slot(&h, now, true, &slot);
    if (p != caller)
        same_as(n, caller, p->key);
    caller->call = NULL;
    join(n, p, now, c, &with);
    hl_crypt_wipe(&slot, sizeof slot);
}

void hl_greet_response(struct hl_node *n, hl_time now, const struct hl_path *from,
                       const struct hl_packet *p)
{
    bool xx = p->type == HL_PACKET_RESPONSE_XX;
    uint32_t owner = hl_index_find(&n->index, p->receiver);
    struct hl_peer *caller = owner < HL_GUEST_OWNER ? n->peers[owner] : NULL;
    struct hl_instances said;
    struct hl_peer *peer;

    if (!caller || !caller->call || caller->call->handshake.own != p->receiver ||
        !hl_call_asked(caller->call)) {
        n->stats.no_session++;
        return;
    }
    if (!answer_mac(p, xx ? &n->id.mac_stranger : &n->id.mac)) {
        n->stats.bad_mac++;
        return;
    }
    if (hl_handshake_take_response(&caller->call->handshake, p, &said) < 0 || said.writer == 0) {
        n->stats.bad_seal++;
        return;
    }
    peer = whose(n, caller, hl_handshake_remote(&caller->call->handshake));
    if (peer)
        answered(n, caller, peer, now, from, &said);
}

/* ---- FINISH ---- */

/* Whether we want a session with that key. */
static bool welcome(const struct hl_node *n, const struct hl_guest *g, const uint8_t *key)
{
    const struct hl_peer *named = g->stranger ? NULL : hl_peer_find(n, g->contact);
    const struct hl_peer *known = hl_peer_by_key(n, key);

    if (is_own_key(n, key))
        return false;
    if (known)
        return !known->shunned;
    return n->pairing || (named && !named->has_key);
}

void hl_greet_finish(struct hl_node *n, hl_time now, const struct hl_packet *p)
{
    uint32_t owner = hl_index_find(&n->index, p->receiver);
    struct hl_guest *g =
        owner != HL_INDEX_NONE && owner >= HL_GUEST_OWNER ? hl_guests_at(&n->guests, owner) : NULL;
    struct hl_instances said;
    const uint8_t *key;

    if (!g || !g->waiting) {
        n->stats.no_session++;
        return;
    }
    if (!answer_mac(p, &n->id.mac)) {
        n->stats.bad_mac++;
        return;
    }
    if (hl_handshake_take_finish(&g->handshake, p, &said) < 0) {
        n->stats.bad_seal++;
        return;
    }
    key = hl_handshake_remote(&g->handshake);
    if (!welcome(n, g, key) || said.writer == 0 || said.reader != g->instance) {
        n->stats.strangers++;
        hl_guests_drop(&n->guests, g, false);
        return;
    }
    memcpy(g->key, key, HL_KEY_SIZE);
    g->other = said.writer;
    g->waiting = false;
    {
        struct hl_handshake h = g->handshake;

        hl_handshake_slot(&h, now, false, &g->slot);
    }
    hl_guests_renew(&n->guests, g, now);
}
