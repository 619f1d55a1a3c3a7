/* SPDX-License-Identifier: MIT */
/* What goes to each peer, from the command until the acknowledgement.
 *
 * A message is given to the node at once. When the node has no room for its stream, it is parked
 * here, in order, and stays in the account of its peer: the program is told HL_ERR_BUSY long
 * before one slow peer could take the memory of all. */
#include "secure_core.h"

#include "crypt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PENDING_FIRST = 16,
};

static const uint64_t acknowledged = UINT64_MAX; /* no stream has this number */

/* A message or bytes as they are offered to the node. */
struct offer {
    uint64_t stream, serial;
    const uint8_t *data;
    size_t len;
    bool fin;
};

/* ---- table ---- */

static struct hl_sec_peer **slot(struct hl_sec_core *core, uint32_t number)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_peer **at = &core->peers[number % HL_SECURE_BUCKETS];

    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

struct hl_sec_peer *hl_secure_peers_find(struct hl_sec_core *core, uint32_t number)
{
    return *slot(core, number);
}

struct hl_sec_peer *hl_secure_peers_get(struct hl_sec_core *core, uint32_t number)
{
    struct hl_sec_peer **at = slot(core, number);

    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (*at)
            (*at)->number = number;
    }
    return *at;
}

uint32_t hl_secure_peers_by_key(struct hl_sec_core *core, const uint8_t key[HL_KEY_SIZE])
{
    struct hl_peer_info info;

    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        for (const struct hl_sec_peer *p = core->peers[i]; p; p = p->next) {
            if (hl_node_peer(core->node, p->number, &info) && info.has_key &&
                hl_crypt_equal(info.key, key, HL_KEY_SIZE))
                return p->number;
        }
    }
    return 0;
}

/* ---- what is not acknowledged ---- */

static void say_outcome(struct hl_sec_core *core, uint32_t peer, uint64_t token, int err)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_record r = {.kind = err ? HL_SEC_FAILED : HL_SEC_ACKED, .peer = peer};

    r.token = token;
    r.err = err;
    if (token != 0)
        hl_secure_events_say(core, &r);
}

static struct hl_sec_pending *pending_at(struct hl_sec_peer *p, size_t i)
{
    return &p->pending[(p->pending_at + i) % p->pending_cap];
}

static bool grow_pending(struct hl_sec_peer *p)
{
    size_t cap = p->pending_cap ? 2 * p->pending_cap : PENDING_FIRST;
    struct hl_sec_pending *more = malloc(cap * sizeof(*more));

    if (!more)
        return false;
    for (size_t i = 0; i < p->pending_count; i++)
        more[i] = *pending_at(p, i);
    free(p->pending);
    p->pending = more;
    p->pending_at = 0;
    p->pending_cap = cap;
    return true;
}

/* Gives the message a serial, which is the node's token for it. 0 if memory ran out. */
static uint64_t remember(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream,
                         uint64_t token) HL_REQUIRES(hl_role_core)
{
    if (p->pending_count == p->pending_cap && !grow_pending(p))
        return 0;
    *pending_at(p, p->pending_count++) =
        (struct hl_sec_pending){.token = token, .serial = ++core->last_serial, .stream = stream};
    return core->last_serial;
}

/* Serials rise along the ring. */
static struct hl_sec_pending *find_pending(struct hl_sec_peer *p, uint64_t serial)
{
    size_t low = 0;
    size_t high = p->pending_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pending_at(p, middle)->serial < serial)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == p->pending_count || pending_at(p, low)->serial != serial)
        return NULL;
    return pending_at(p, low);
}

static void settle(struct hl_sec_core *core, struct hl_sec_peer *p, struct hl_sec_pending *w,
                   int err) HL_REQUIRES(hl_role_core)
{
    if (w->stream == acknowledged)
        return;
    say_outcome(core, p->number, w->token, err);
    w->stream = acknowledged;
    while (p->pending_count > 0 && pending_at(p, 0)->stream == acknowledged) {
        p->pending_at = (p->pending_at + 1) % p->pending_cap;
        p->pending_count--;
    }
}

void hl_secure_peers_acked(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t serial)
{
    struct hl_sec_pending *w = find_pending(p, serial);

    if (w)
        settle(core, p, w, 0);
}

/* ---- links ---- */

void hl_secure_peers_set_link(struct hl_sec_core *core, struct hl_sec_peer *p, hl_link link)
{
    hl_link before = p->link;

    if (link == before)
        return;
    p->link = link;
    hl_secure_links_use(core, link, true);
    hl_secure_links_use(core, before, false);
}

/* ---- parked ---- */

static struct hl_sec_outlet **outlet_slot(struct hl_sec_peer *p, uint64_t stream)
{
    struct hl_sec_outlet **at = &p->outlets;

    while (*at && (*at)->stream != stream)
        at = &(*at)->next;
    return at;
}

static void give_back(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream, size_t len)
    HL_REQUIRES(hl_role_core)
{
    hl_secure_account_give(core->s, p->account, stream, len);
}

static void drop_first(struct hl_sec_core *core, struct hl_sec_peer *p, struct hl_sec_outlet *o)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_parcel *parcel = o->first;

    o->first = parcel->next;
    if (!o->first)
        o->last = &o->first;
    give_back(core, p, o->stream, parcel->len);
    free(parcel);
}

static void drop_outlet(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_outlet **at = outlet_slot(p, stream);
    struct hl_sec_outlet *o = *at;

    if (!o)
        return;
    while (o->first)
        drop_first(core, p, o);
    *at = o->next;
    free(o);
}

/* Keeps what the node has not taken yet. */
static bool park(struct hl_sec_peer *p, const struct offer *m, size_t sent)
{
    struct hl_sec_outlet **at = outlet_slot(p, m->stream);
    struct hl_sec_parcel *parcel = malloc(sizeof(*parcel) + m->len);

    if (parcel && !*at) {
        *at = calloc(1, sizeof(**at));
        if (*at) {
            (*at)->stream = m->stream;
            (*at)->last = &(*at)->first;
        }
    }
    if (!parcel || !*at) {
        free(parcel);
        return false;
    }
    *parcel =
        (struct hl_sec_parcel){.serial = m->serial, .len = m->len, .sent = sent, .fin = m->fin};
    memcpy(parcel->data, m->data, m->len);
    *(*at)->last = parcel;
    (*at)->last = &parcel->next;
    return true;
}

/* ---- to the node ---- */

/* Returns 0 if the node has all of it now, HL_ERR_BUSY if it has the first *taken bytes and will
 * tell when it takes more. */
static int offer(struct hl_sec_core *core, uint32_t peer, const struct offer *m, size_t *taken)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = m->stream < HL_STREAM_BYTES ? HL_CMD_SEND : HL_CMD_WRITE,
                           .peer = peer,
                           .stream = m->stream,
                           .token = m->serial,
                           .fin = m->fin,
                           .data = m->data,
                           .len = m->len,
                           .taken = taken};
    int err;

    *taken = 0;
    err = hl_node_command(core->node, core->now, &c);
    if (err == 0 && c.kind == HL_CMD_WRITE && *taken < m->len)
        return HL_ERR_BUSY;
    return err;
}

/* A message of p that cannot be sent. A byte stream with a hole in it is of no use: it ends. */
static void fail(struct hl_sec_core *core, struct hl_sec_peer *p, const struct offer *m, int err)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_pending *w = find_pending(p, m->serial);

    if (w)
        settle(core, p, w, err);
    if (m->stream >= HL_STREAM_BYTES) {
        struct hl_command c = {.kind = HL_CMD_RESET, .peer = p->number, .stream = m->stream};

        hl_secure_peers_give_up(core, p, m->stream, err);
        hl_secure_core_tell(core, &c);
    }
}

static void pass_on(struct hl_sec_core *core, struct hl_sec_peer *p, const struct offer *m)
    HL_REQUIRES(hl_role_core)
{
    size_t taken = 0;
    int err = HL_ERR_BUSY;

    if (!*outlet_slot(p, m->stream)) /* else it waits its turn */
        err = offer(core, p->number, m, &taken);
    if (err == HL_ERR_BUSY && park(p, m, taken))
        return;
    give_back(core, p, m->stream, m->len);
    if (err != 0)
        fail(core, p, m, err == HL_ERR_BUSY ? -ENOMEM : err);
}

/* Its owner did not know yet, when it sent this, that it will have to repeat it. */
static bool came_late(const struct hl_sec_core *core, const struct hl_sec_peer *p,
                      const struct hl_sec_command *c)
{
    return core->owner_repeats && c->stream < HL_STREAM_BYTES && c->restarts < p->restarted;
}

void hl_secure_peers_send(struct hl_sec_core *core, const struct hl_sec_command *c)
{
    struct hl_sec_peer *p = hl_secure_peers_find(core, c->peer);
    struct offer m = {
        .stream = c->stream, .data = (const uint8_t *)(c + 1), .len = c->len, .fin = c->on};
    int err = p ? 0 : HL_ERR_NO_PEER;

    if (p && came_late(core, p, c)) {
        hl_secure_account_give(core->s, c->account, c->stream, c->len);
        return;
    }
    if (p && (c->stream < HL_STREAM_BYTES || c->on)) {
        m.serial = remember(core, p, c->stream, c->token);
        err = m.serial ? 0 : -ENOMEM;
    }
    if (err != 0) {
        hl_secure_account_give(core->s, c->account, c->stream, c->len);
        say_outcome(core, c->peer, c->token, err);
        return;
    }
    p->account = c->account;
    p->told = false;
    pass_on(core, p, &m);
}

/* Offers the first parcel again. Whether it is gone. */
static bool retry_first(struct hl_sec_core *core, struct hl_sec_peer *p, struct hl_sec_outlet *o)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_parcel *parcel = o->first;
    struct offer m = {.stream = o->stream,
                      .serial = parcel->serial,
                      .data = parcel->data + parcel->sent,
                      .len = parcel->len - parcel->sent,
                      .fin = parcel->fin};
    size_t taken;
    int err = offer(core, p->number, &m, &taken);

    parcel->sent += taken;
    if (err == HL_ERR_BUSY)
        return false;
    drop_first(core, p, o);
    if (err != 0)
        fail(core, p, &m, err);
    return true;
}

void hl_secure_peers_writable(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream)
{
    struct hl_sec_outlet *o;

    while ((o = *outlet_slot(p, stream)) != NULL && o->first) {
        if (!retry_first(core, p, o))
            return;
    }
    drop_outlet(core, p, stream);
}

/* ---- the end ---- */

void hl_secure_peers_restarted(struct hl_sec_core *core, struct hl_sec_peer *p)
{
    p->restarted = core->restarts;
    if (!core->owner_repeats)
        return;
    for (uint64_t stream = 0; stream < HL_STREAM_BYTES; stream++)
        drop_outlet(core, p, stream);
    for (size_t i = p->pending_count; i-- > 0;) {
        struct hl_sec_pending *w = pending_at(p, i);

        if (w->stream >= HL_STREAM_BYTES)
            continue;
        w->token = 0; /* nobody asks any more */
        settle(core, p, w, HL_ERR_CANCELLED);
    }
}

void hl_secure_peers_give_up(struct hl_sec_core *core, struct hl_sec_peer *p, uint64_t stream,
                             int err)
{
    drop_outlet(core, p, stream);
    for (size_t i = p->pending_count; i-- > 0;) { /* from the end: settle() shortens the front */
        if (pending_at(p, i)->stream == stream)
            settle(core, p, pending_at(p, i), err);
    }
}

static void free_peer(struct hl_sec_peer *p)
{
    free(p->pending);
    free(p);
}

void hl_secure_peers_forget(struct hl_sec_core *core, uint32_t number)
{
    struct hl_sec_peer **at = slot(core, number);
    struct hl_sec_peer *p = *at;

    if (!p)
        return;
    hl_secure_dial_end(core, number);
    hl_secure_links_use(core, p->link, false);
    while (p->outlets)
        drop_outlet(core, p, p->outlets->stream);
    for (size_t i = 0; i < p->pending_count; i++) {
        const struct hl_sec_pending *w = pending_at(p, i);

        if (w->stream != acknowledged)
            say_outcome(core, number, w->token, HL_ERR_CANCELLED);
    }
    *at = p->next;
    free_peer(p);
}

void hl_secure_peers_free(struct hl_sec_core *core)
{
    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        while (core->peers[i]) {
            struct hl_sec_peer *p = core->peers[i];

            core->peers[i] = p->next;
            while (p->outlets) {
                struct hl_sec_outlet *o = p->outlets;

                p->outlets = o->next;
                while (o->first) {
                    struct hl_sec_parcel *parcel = o->first;

                    o->first = parcel->next;
                    free(parcel);
                }
                free(o);
            }
            free_peer(p);
        }
    }
}

/* ---- all of them ---- */

static void say_room(struct hl_sec_core *core, struct hl_sec_peer *p) HL_REQUIRES(hl_role_core)
{
    for (unsigned i = 0; i < HL_SEC_CLASSES; i++) {
        struct hl_sec_record r = {.kind = HL_SEC_ROOM, .peer = p->number, .stream = i};

        if (p->account && hl_secure_account_room(core->s, p->account, (enum hl_sec_class)i))
            hl_secure_events_say(core, &r);
    }
}

void hl_secure_peers_rooms(struct hl_sec_core *core)
{
    if (atomic_load(&core->s->wanting) == 0)
        return;
    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        for (struct hl_sec_peer *p = core->peers[i]; p; p = p->next)
            say_room(core, p);
    }
}

static bool is_busy(struct hl_sec_core *core, struct hl_sec_peer *p) HL_REQUIRES(hl_role_core)
{
    struct hl_peer_info info;

    if (!p->up)
        return hl_secure_dial_busy(core, p->number) && (p->pending_count > 0 || p->outlets);
    if (p->pending_count > 0 || p->outlets)
        return true;
    return hl_node_peer(core->node, p->number, &info) && info.flow.in_flight > 0;
}

bool hl_secure_peers_busy(struct hl_sec_core *core)
{
    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        for (struct hl_sec_peer *p = core->peers[i]; p; p = p->next) {
            if (is_busy(core, p))
                return true;
        }
    }
    return false;
}

void hl_secure_peers_close(struct hl_sec_core *core)
{
    for (size_t i = 0; i < HL_SECURE_BUCKETS; i++) {
        for (const struct hl_sec_peer *p = core->peers[i]; p; p = p->next) {
            struct hl_command c = {.kind = HL_CMD_CLOSE, .peer = p->number};

            hl_secure_core_tell(core, &c);
        }
    }
}
