/* SPDX-License-Identifier: MIT */
/* The owner's commands, one function each. */
#include "whole.h"

#include <errno.h>
#include <string.h>

/* ---- who there is ---- */

static int set_psk(struct hl_node *n, struct hl_peer *p, const uint8_t *psk)
{
    if (!psk && p->psk) {
        hl_crypt_wipe(p->psk, HL_KEY_SIZE);
        hl_env_free(n->env, p->psk);
        p->psk = NULL;
    }
    if (!psk)
        return 0;
    if (!p->psk)
        p->psk = hl_env_alloc(n->env, HL_KEY_SIZE);
    if (!p->psk)
        return -ENOMEM;
    memcpy(p->psk, psk, HL_KEY_SIZE);
    return 0;
}

/* Another key than before is another peer of that number: nothing of the old one's session may
 * serve it. */
static int set_key(struct hl_node *n, struct hl_peer *p, hl_time now, const uint8_t *key)
{
    const struct hl_peer *other = key ? hl_peer_by_key(n, key) : NULL;

    if (!key || other == p)
        return 0;
    if (other)
        return -EEXIST;
    if (p->has_key) {
        hl_assoc_renew(n, p, now);
        p->up = false;
    }
    /* Who asked a moment ago as a stranger knows an instance of ours already: another one would
     * be a restart to it. */
    if (p->other == 0 && !p->call && hl_guests_instance(&n->guests, key) != 0)
        p->own = hl_guests_instance(&n->guests, key);
    return hl_peer_set_key(n, p, key);
}

static int do_peer(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    bool made = !p;
    bool another;
    int err = 0;

    if (c->key && memcmp(c->key, n->id.key, HL_KEY_SIZE) == 0)
        return -EINVAL;
    if (!p)
        err = c->peer >= HL_PEER_STRANGER ? HL_ERR_NO_PEER : hl_peer_add(n, c->peer, &p);
    if (err < 0)
        return err;
    another = c->key && p->has_key && memcmp(c->key, p->key, HL_KEY_SIZE) != 0;
    err = set_key(n, p, now, c->key);
    if (err == 0 && (c->psk || another))
        err = set_psk(n, p, c->psk);
    if (err < 0 && made) {
        hl_peer_remove(n, p);
        return err;
    }
    p->by_xx = c->on;
    p->key_changed = false;
    return err;
}

static int do_path(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    int err = hl_peer_add_path(n, p, &c->path);

    if (err < 0)
        return err;
    if (p->call)
        return hl_call_add(n, p, now, &c->path);
    /* Of use as well if where the peer seems to be is doubtful. */
    if (hl_slot_used(&p->slot) && p->route.set && !(p->roam && p->roam->unproven))
        return 0;
    return hl_call_start(n, p, now, false);
}

/* ---- what is to be sent ---- */

/* Something waits to be sent: a session for it, if there is none and an address is known. */
static void wake(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    hl_peer_wake(n, p);
    if (!hl_slot_used(&p->slot) && !p->closing)
        (void)!hl_call_start(n, p, now, false);
    hl_peer_due(n, p, now);
}

/* The association that the owner means is over, it only has not been told: it will repeat this. */
static bool came_late(const struct hl_node *n, const struct hl_peer *p)
{
    return n->owner_repeats && p->restarted && p->other != 0;
}

static int do_send(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    struct hl_flow *f;
    int err;

    if (came_late(n, p))
        return 0;
    f = hl_peer_flow(n, p, now);
    err = f ? hl_flow_send(f, c->stream, c->data, c->len, c->token) : -ENOMEM;
    if (err == 0)
        wake(n, p, now);
    return err;
}

static int do_write(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    struct hl_flow *f = hl_peer_flow(n, p, now);
    ptrdiff_t taken = f ? hl_flow_write(f, c->stream, c->data, c->len, c->fin, c->token) : -ENOMEM;

    if (taken < 0)
        return (int)taken;
    if (c->taken)
        *c->taken = (size_t)taken;
    wake(n, p, now);
    return 0;
}

static int do_reset(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    struct hl_flow *f = hl_peer_flow(n, p, now);
    int err = f ? hl_flow_reset(f, c->stream, c->code) : -ENOMEM;

    if (err == 0)
        wake(n, p, now);
    return err;
}

static int do_stop(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    struct hl_flow *f = hl_peer_flow(n, p, now);
    int err = f ? hl_flow_stop(f, c->stream, c->code) : -ENOMEM;

    if (err == 0)
        wake(n, p, now);
    return err;
}

/* ---- ends ---- */

static int do_close(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    hl_call_end(n, p);
    hl_guests_forget(&n->guests, p->id);
    p->news = 0;
    p->retry = HL_NEVER;
    p->up = false;
    p->close_code = (uint8_t)c->code;
    p->closing = true;
    hl_peer_due(n, p, now);
    return 0;
}

static int do_forget(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    (void)do_close(n, p, now, c);
    hl_peer_detach(n, p);
    return 0;
}

/* ---- the network ---- */

static int do_pairing(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    (void)p;
    (void)now;
    n->pairing = c->on;
    return 0;
}

/* The address that we spoke from may be ours no more: the kernel chooses anew. */
static void forget_local(struct hl_node *n, struct hl_peer *p)
{
    struct hl_path path;

    if (!p->route.set || p->route.transport != HL_UDP)
        return;
    hl_route_path(&p->route, &path);
    memset(&path.local, 0, sizeof path.local);
    (void)!hl_peer_set_route(n, p, &path);
}

/* The owner named an address that is not the one in use. */
static bool has_other_path(const struct hl_peer *p)
{
    struct hl_path path;

    for (unsigned i = 0; p->paths && i < p->paths->count; i++) {
        hl_route_path(&p->paths->routes[i], &path);
        if (hl_route_compare(&p->route, &path) != HL_ROUTE_SAME)
            return true;
    }
    return false;
}

/* The way to the peer's address may be gone with our own, a family altogether: whoever is known
 * at others too is called there at once. */
static int do_network(struct hl_node *n, struct hl_peer *unused, hl_time now,
                      const struct hl_command *c)
{
    (void)unused;
    (void)c;
    for (uint32_t i = 0; i < n->places; i++) {
        struct hl_peer *p = n->peers[i];

        if (!p || !p->up)
            continue;
        forget_local(n, p);
        hl_peer_wake(n, p);
        hl_flow_ping(p->flow);
        if (has_other_path(p) && hl_call_start(n, p, now, false) == 0)
            hl_call_hurry(n, p, now);
        hl_peer_due(n, p, now);
    }
    return 0;
}

static int do_link_down(struct hl_node *n, struct hl_peer *unused, hl_time now,
                        const struct hl_command *c)
{
    (void)unused;
    for (uint32_t i = 0; i < n->places; i++) {
        struct hl_peer *p = n->peers[i];
        bool lost = p && p->route.set && p->route.link == c->path.link;

        if (!p)
            continue;
        hl_peer_link_down(n, p, c->path.link);
        if (lost && p->up && hl_call_start(n, p, now, false) == -ENETUNREACH) {
            hl_assoc_end(n, p);
            hl_peer_tell_down(n, p, -ECONNRESET, 0);
        }
        if (lost)
            hl_peer_due(n, p, now);
    }
    return hl_emit_set_full(n, c->path.link, false);
}

static int do_link_full(struct hl_node *n, struct hl_peer *unused, hl_time now,
                        const struct hl_command *c)
{
    (void)unused;
    for (uint32_t i = 0; i < n->places && !c->on; i++) {
        struct hl_peer *p = n->peers[i];

        if (p && p->route.set && p->route.link == c->path.link)
            hl_peer_due(n, p, now);
    }
    return hl_emit_set_full(n, c->path.link, c->on);
}

static int do_too_big(struct hl_node *n, struct hl_peer *unused, hl_time now,
                      const struct hl_command *c)
{
    (void)unused;
    for (uint32_t i = 0; i < n->places; i++) {
        struct hl_peer *p = n->peers[i];

        if (!p || !p->flow || hl_route_compare(&p->route, &c->path) != HL_ROUTE_SAME)
            continue;
        hl_flow_too_big(p->flow, now, c->len);
        hl_peer_due(n, p, now);
    }
    return 0;
}

/* ---- upkeep ---- */

static int do_rekey(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    (void)c;
    return hl_call_start(n, p, now, hl_slot_used(&p->slot) && p->route.set);
}

static int do_shun(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c)
{
    (void)n;
    (void)now;
    p->shunned = c->on;
    return 0;
}

static int do_keepalive(struct hl_node *n, struct hl_peer *p, hl_time now,
                        const struct hl_command *c)
{
    if (c->interval < 0 || c->interval / HL_MS(1) > UINT32_MAX)
        return -EINVAL;
    p->keepalive = (uint32_t)(c->interval / HL_MS(1));
    hl_peer_due(n, p, now);
    return 0;
}

/* ---- all of them ---- */

enum who {
    NOBODY, /* concerns no peer, or all */
    PEER,
    NEW, /* may be made */
};

static const struct {
    int (*act)(struct hl_node *n, struct hl_peer *p, hl_time now, const struct hl_command *c);
    enum who who;
} commands[] = {
    [HL_CMD_PEER] = {do_peer, NEW},
    [HL_CMD_PATH] = {do_path, PEER},
    [HL_CMD_SEND] = {do_send, PEER},
    [HL_CMD_WRITE] = {do_write, PEER},
    [HL_CMD_RESET] = {do_reset, PEER},
    [HL_CMD_STOP] = {do_stop, PEER},
    [HL_CMD_CLOSE] = {do_close, PEER},
    [HL_CMD_FORGET] = {do_forget, PEER},
    [HL_CMD_PAIRING] = {do_pairing, NOBODY},
    [HL_CMD_NETWORK] = {do_network, NOBODY},
    [HL_CMD_LINK_DOWN] = {do_link_down, NOBODY},
    [HL_CMD_LINK_FULL] = {do_link_full, NOBODY},
    [HL_CMD_TOO_BIG] = {do_too_big, NOBODY},
    [HL_CMD_REKEY] = {do_rekey, PEER},
    [HL_CMD_SHUN] = {do_shun, PEER},
    [HL_CMD_KEEPALIVE] = {do_keepalive, PEER},
};

int hl_node_command(struct hl_node *n, hl_time now, const struct hl_command *c)
{
    struct hl_peer *p = NULL;

    if ((size_t)c->kind >= sizeof commands / sizeof commands[0])
        return -EINVAL;
    hl_accept_settle(n, now);
    if (commands[c->kind].who != NOBODY)
        p = hl_peer_find(n, c->peer);
    if (commands[c->kind].who == PEER && !p)
        return HL_ERR_NO_PEER;
    return commands[c->kind].act(n, p, now, c);
}
