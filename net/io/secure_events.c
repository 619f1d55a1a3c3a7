/* SPDX-License-Identifier: MIT */
/* From the node's events to the program's.
 *
 * What a peer can cause is taken out of the node only while the events queue has room: the record
 * that finds none still goes in, beyond the bound, and is the last until the main thread has taken
 * some. So nothing that was taken is lost, and the queue holds one record more than its bound. */
#include "secure_core.h"

#include <errno.h>
#include <string.h>

enum {
    CODE_INTERNAL = 8, /* close code of net/PROTOCOL.md: no memory here */
};

/* The widest head of a record. */
struct head {
    struct hl_sec_record r;
    union {
        struct hl_sec_where where;
        struct hl_event net;
    };
};

static bool force(struct hl_sec_core *core, const struct hl_record *r)
{
    return atomic_load(&core->s->stopping) || hl_queue_force(&core->s->events, r);
}

static bool push(struct hl_sec_core *core, const struct hl_record *r) HL_REQUIRES(hl_role_core)
{
    if (atomic_load(&core->s->stopping) || hl_queue_push(&core->s->events, r, 0, HL_STARVED_CORE))
        return true;
    core->full = true;
    return hl_queue_force(&core->s->events, r);
}

static struct head plain_head(const struct hl_sec_core *core, const struct hl_sec_record *r)
{
    struct head h = {.r = *r};

    h.r.time = core->now;
    return h;
}

static struct head where_head(const struct hl_sec_core *core, const struct hl_sec_record *r,
                              const struct hl_path *path, const uint8_t *key)
{
    struct head h = plain_head(core, r);

    h.where.path = *path;
    if (key)
        memcpy(h.where.key, key, sizeof(h.where.key));
    return h;
}

enum {
    PLAIN_HEAD = sizeof(struct hl_sec_record),
    WHERE_HEAD = sizeof(struct hl_sec_record) + sizeof(struct hl_sec_where),
    NET_HEAD = sizeof(struct hl_sec_record) + sizeof(struct hl_event),
};
_Static_assert(offsetof(struct head, where) == PLAIN_HEAD, "a record follows its head at once");

/* ---- the program's own doing ---- */

void hl_secure_events_say(struct hl_sec_core *core, const struct hl_sec_record *r)
{
    struct head h = plain_head(core, r);

    (void)force(core, &(struct hl_record){.head = &h, .head_len = PLAIN_HEAD});
}

void hl_secure_events_say_where(struct hl_sec_core *core, const struct hl_sec_record *r,
                                const struct hl_path *path, const uint8_t *key)
{
    struct head h = where_head(core, r, path, key);

    (void)force(core, &(struct hl_record){.head = &h, .head_len = WHERE_HEAD});
}

/* An answer to the program is never refused; news is, while nobody takes it. */
void hl_secure_events_pass(struct hl_sec_core *core, const struct hl_event *ev)
{
    bool news = ev->kind == HL_EV_ADDRESSES || ev->kind == HL_EV_DROPPED;
    struct head h = plain_head(core, &(struct hl_sec_record){.kind = HL_SEC_NET});
    struct hl_record r = {.head = &h, .head_len = NET_HEAD, .body = ev->data, .body_len = ev->len};

    h.net = *ev;
    if (!news)
        (void)force(core, &r);
    else if (!core->full)
        (void)push(core, &r);
}

/* ---- the node's events ---- */

/* A message that cannot be handed on for want of memory is gone, and its sender was told that it
 * arrived: that session must not go on as if nothing had happened. */
static void lose(struct hl_sec_core *core, uint32_t peer) HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = HL_CMD_CLOSE, .peer = peer, .code = CODE_INTERNAL};

    hl_secure_core_tell(core, &c);
}

static void emit(struct hl_sec_core *core, const struct hl_sec_record *r, const uint8_t *data,
                 size_t len) HL_REQUIRES(hl_role_core)
{
    struct head h = plain_head(core, r);

    if (!push(core, &(struct hl_record){&h, PLAIN_HEAD, data, len}))
        lose(core, r->peer);
}

static void emit_where(struct hl_sec_core *core, const struct hl_sec_record *r,
                       const struct hl_node_event *ev) HL_REQUIRES(hl_role_core)
{
    struct head h = where_head(core, r, &ev->path, ev->key);

    if (!push(core, &(struct hl_record){&h, WHERE_HEAD, ev->data, ev->len}))
        lose(core, r->peer);
}

static void on_stranger(struct hl_sec_core *core, const struct hl_node_event *ev)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_record r = {.kind = HL_SEC_STRANGER, .peer = ev->peer};

    (void)hl_secure_peers_get(core, ev->peer);
    emit_where(core, &r, ev);
}

static void on_up(struct hl_sec_core *core, const struct hl_node_event *ev)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_record r = {.kind = HL_SEC_UP, .peer = ev->peer, .restarted = ev->restarted};
    struct hl_sec_peer *p = hl_secure_peers_get(core, ev->peer);

    if (p) {
        p->up = true;
        p->told = false;
        hl_secure_peers_set_link(core, p, ev->path.link);
    }
    if (p && ev->restarted) {
        r.restarts = ++core->restarts;
        hl_secure_peers_restarted(core, p);
    }
    hl_secure_dial_end(core, ev->peer);
    emit_where(core, &r, ev);
}

static void on_down(struct hl_sec_core *core, const struct hl_node_event *ev)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_record r = {
        .kind = HL_SEC_DOWN, .peer = ev->peer, .err = ev->err, .code = ev->code};
    struct hl_sec_peer *p = hl_secure_peers_find(core, ev->peer);

    if (p) {
        p->up = false;
        hl_secure_peers_set_link(core, p, 0);
    }
    if (ev->err == -EEXIST && ev->key) {
        r.code = hl_secure_peers_by_key(core, ev->key);
        hl_secure_dial_end(core, ev->peer);
    }
    emit_where(core, &r, ev);
}

/* While a dial is under way, its own end will tell. */
static void on_no_answer(struct hl_sec_core *core, const struct hl_node_event *ev)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_record r = {.kind = HL_SEC_NO_ANSWER, .peer = ev->peer, .err = ev->err};
    struct hl_sec_peer *p = hl_secure_peers_find(core, ev->peer);

    if (!p || p->told || hl_secure_dial_busy(core, ev->peer))
        return;
    p->told = true;
    emit(core, &r, NULL, 0);
}

static void on_moved(struct hl_sec_core *core, const struct hl_node_event *ev)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_record r = {.kind = HL_SEC_MOVED, .peer = ev->peer};
    struct hl_sec_peer *p = hl_secure_peers_find(core, ev->peer);

    if (p)
        hl_secure_peers_set_link(core, p, ev->path.link);
    emit_where(core, &r, ev);
}

static const enum hl_secure_event_kind flow_kinds[] = {
    [HL_FLOW_MESSAGE] = HL_SEC_MESSAGE,
    [HL_FLOW_DATA] = HL_SEC_DATA,
    [HL_FLOW_RESET] = HL_SEC_RESET,
    [HL_FLOW_STOPPED] = HL_SEC_STOPPED,
};

static void on_flow(struct hl_sec_core *core, const struct hl_node_event *ev)
    HL_REQUIRES(hl_role_core)
{
    const struct hl_flow_event *f = &ev->flow;
    struct hl_sec_peer *p = hl_secure_peers_find(core, ev->peer);

    if (f->kind == HL_FLOW_ACKED || f->kind == HL_FLOW_WRITABLE) {
        if (p && f->kind == HL_FLOW_ACKED)
            hl_secure_peers_acked(core, p, f->token);
        else if (p)
            hl_secure_peers_writable(core, p, f->stream);
        return;
    }
    emit(core,
         &(struct hl_sec_record){.kind = (int)flow_kinds[f->kind],
                                 .peer = ev->peer,
                                 .stream = f->stream,
                                 .offset = f->offset,
                                 .code = f->code,
                                 .fin = f->fin},
         f->data, f->len);
    if (p && f->kind == HL_FLOW_STOPPED)
        hl_secure_peers_give_up(core, p, f->stream, HL_ERR_CLOSED);
}

static void (*const handlers[])(struct hl_sec_core *core, const struct hl_node_event *ev) = {
    [HL_NODE_STRANGER] = on_stranger,   [HL_NODE_UP] = on_up,       [HL_NODE_DOWN] = on_down,
    [HL_NODE_NO_ANSWER] = on_no_answer, [HL_NODE_MOVED] = on_moved, [HL_NODE_FLOW] = on_flow,
};

void hl_secure_events_take(struct hl_sec_core *core)
{
    struct hl_node_event ev;

    while (!core->full && hl_node_event(core->node, core->now, &ev))
        handlers[ev.kind](core, &ev);
}
