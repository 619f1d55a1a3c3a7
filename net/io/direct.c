/* SPDX-License-Identifier: MIT */
#include "direct.h"

#include "clock.h"
#include "dgram.h"
#include "err.h"
#include "records.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
    PIECES_MAX = 32, /* records per system call */
};

/* A record with its head takes no more of the queue than it is charged. */
_Static_assert(sizeof(struct hl_tx_command) + 2 * sizeof(uint64_t) <= HL_SEND_OVERHEAD,
               "a message costs more than it is charged");

/* ---- through the send thread ---- */

/* The asker is told BUSY: it is owed a word when there is room for charge again. */
static void want(struct hl_net *n, struct hl_wire *w, size_t charge) HL_REQUIRES(&n->wires.lock)
{
    struct hl_tx_command c = {.kind = HL_TX_WANT, .link = w->path.link, .charge = charge};

    if (!atomic_exchange(&w->wanted, true) && !hl_net_tell_tx(n, &c))
        atomic_store(&w->wanted, false);
}

/* Charges w, if it is known, and the whole. */
static int take(struct hl_net *n, struct hl_wire *w, size_t charge) HL_REQUIRES(&n->wires.lock)
{
    if (hl_budget_take(&n->sending, w ? &w->waiting : NULL, charge))
        return 0;
    if (w)
        want(n, w, charge);
    return HL_ERR_BUSY;
}

/* What is charged is bounded by that, so the queue need not refuse. */
static int queue(struct hl_net *n, struct hl_wire *w, struct hl_tx_command *c, const void *data,
                 size_t len) HL_REQUIRES(&n->wires.lock)
{
    struct hl_record r = {c, sizeof(*c), data, len};
    int err = take(n, w, c->charge + HL_SEND_OVERHEAD);

    c->known = w != NULL;
    if (err != 0 || hl_queue_force(&n->tx_commands, &r))
        return err;
    hl_budget_give(&n->sending, w ? &w->waiting : NULL, c->charge + HL_SEND_OVERHEAD);
    return -ENOMEM;
}

static bool is_free(const struct hl_net *n, const struct hl_wire *w)
{
    return !w->ending && n->config.send_gap == 0 && atomic_load(&w->waiting) == 0;
}

/* ---- datagrams ---- */

static void count_out(struct hl_net *n, size_t datagrams, size_t bytes)
{
    hl_net_count(&n->datagrams_out, datagrams);
    hl_net_count(&n->bytes_out, bytes);
}

static struct hl_event event_about(enum hl_event_kind kind, const struct hl_wire *w,
                                   const struct hl_path *to)
{
    struct hl_event ev = {.kind = kind, .path = w->path};

    ev.path.remote = to->remote;
    return ev;
}

/* The asker takes the events too, so it cannot wait for room among them. */
static bool can_report(struct hl_net *n)
{
    return hl_queue_fits(&n->events, sizeof(struct hl_event));
}

static int report(struct hl_net *n, struct hl_event *ev)
{
    struct hl_record r = {ev, sizeof(*ev), NULL, 0};

    ev->time = hl_clock_now();
    return hl_queue_force(&n->events, &r) ? 0 : -ENOMEM;
}

/* One datagram, and its outcome among the events. -EAGAIN: it could not be done here. */
static int send_reported(struct hl_net *n, struct hl_wire *w, const struct hl_tx_command *c,
                         const void *data, size_t len) HL_REQUIRES(&n->wires.lock)
{
    struct hl_dgram_run run = {&c->path.remote, &c->path.local, data, len, 0};
    struct hl_event ev;
    int err;

    if (!hl_wire_is_datagram(w) || !is_free(n, w) || !can_report(n))
        return -EAGAIN;
    (void)hl_dgram_send_run(w->fd, w->family, &run, &w->can, &err);
    if (err == -EAGAIN)
        return err;
    if (err != 0)
        hl_net_count(&n->send_errors, 1);
    else
        count_out(n, 1, len);
    ev = event_about(err ? HL_EV_FAILED : HL_EV_SENT, w, &c->path);
    ev.token = c->token;
    ev.err = err;
    return report(n, &ev);
}

int hl_direct_send(struct hl_net *n, const struct hl_path *to, uint64_t token, const void *data,
                   size_t len)
{
    struct hl_tx_command c = {.kind = HL_TX_SEND, .token = token, .path = *to, .charge = len};
    struct hl_wire *w;
    int err;

    hl_mutex_lock(&n->wires.lock);
    w = hl_wires_find(&n->wires, to->link);
    err = w ? send_reported(n, w, &c, data, len) : -EAGAIN;
    if (err == -EAGAIN)
        err = queue(n, w, &c, data, len);
    hl_mutex_unlock(&n->wires.lock);
    return err;
}

/* ---- runs ---- */

/* What of a run is still to be sent. */
struct rest {
    const uint8_t *data;
    size_t len;
    size_t segment;
    size_t skip; /* bytes of its first record that have left */
};

static size_t prefix_of(const struct hl_net *n, const struct hl_wire *w)
{
    return hl_net_is_framed(n, w) ? HL_RECORD_PREFIX : 0;
}

static size_t piece_of(const struct rest *r)
{
    return r->len < r->segment ? r->len : r->segment;
}

/* Returns 0 (all has left, or it is reported why not), -EAGAIN or another error. */
static int send_datagrams(struct hl_net *n, struct hl_wire *w, const struct hl_path *to,
                          struct rest *r) HL_REQUIRES(&n->wires.lock)
{
    struct hl_dgram_run run = {&to->remote, &to->local, r->data, r->len, r->segment};
    struct hl_event ev;
    int err;
    size_t sent = hl_dgram_send_run(w->fd, w->family, &run, &w->can, &err);

    count_out(n, (sent + r->segment - 1) / r->segment, sent);
    r->data += sent;
    r->len -= sent;
    if (err == 0 || err == -EAGAIN)
        return err;
    hl_net_count(&n->send_errors, 1);
    if (err != -EMSGSIZE || !can_report(n))
        return err;
    ev = event_about(HL_EV_TOO_BIG, w, to);
    ev.count = piece_of(r);
    return report(n, &ev);
}

/* Up to PIECES_MAX pieces with their lengths before them. */
struct gathered {
    struct iovec iov[2 * PIECES_MAX];
    uint8_t lengths[PIECES_MAX][HL_RECORD_PREFIX];
    size_t count;
};

static void gather(struct gathered *g, const struct rest *r, size_t prefix, size_t most)
{
    struct rest at = *r;

    g->count = 0;
    for (size_t i = 0; i < most && at.len > 0; i++) {
        size_t len = piece_of(&at);

        if (prefix > 0) {
            g->lengths[i][0] = (uint8_t)(len >> 8);
            g->lengths[i][1] = (uint8_t)len;
            g->iov[g->count++] = (struct iovec){.iov_base = g->lengths[i], .iov_len = prefix};
        }
        g->iov[g->count++] = hl_dgram_iov(at.data, len);
        at.data += len;
        at.len -= len;
    }
}

/* Takes n bytes of the wire from the front of r. */
static void advance(struct rest *r, size_t prefix, size_t n)
{
    while (r->len > 0 && n >= prefix + piece_of(r)) {
        size_t len = piece_of(r);

        n -= prefix + len;
        r->data += len;
        r->len -= len;
    }
    r->skip = n;
}

/* Writes what a connected socket takes. What it does not take, and an error that ends the link,
 * is the send thread's: -EAGAIN. */
static int send_records(struct hl_net *n, struct hl_wire *w, struct rest *r)
{
    size_t prefix = prefix_of(n, w);
    size_t most = w->path.transport == HL_UNIX_SEQPACKET ? 1 : PIECES_MAX;

    while (r->len > 0 && r->skip == 0) {
        struct gathered g;
        struct msghdr h = {.msg_iov = g.iov};
        ssize_t sent;

        gather(&g, r, prefix, most);
        h.msg_iovlen = g.count;
        sent = sendmsg(w->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -EAGAIN;
        hl_net_count(&n->bytes_out, (uint64_t)sent);
        advance(r, prefix, (size_t)sent);
    }
    return r->len > 0 ? -EAGAIN : 0;
}

/* What r takes on the wire. */
static size_t wire_len(const struct hl_net *n, const struct hl_wire *w, const struct rest *r)
{
    size_t pieces = (r->len + r->segment - 1) / r->segment;

    return r->len + pieces * prefix_of(n, w) - r->skip;
}

static int queue_rest(struct hl_net *n, struct hl_wire *w, const struct hl_path *to,
                      const struct rest *r) HL_REQUIRES(&n->wires.lock)
{
    struct hl_tx_command c = {
        .kind = HL_TX_RUN, .path = *to, .segment = r->segment, .skip = r->skip};

    c.charge = wire_len(n, w, r);
    return queue(n, w, &c, r->data, r->len);
}

/* BUSY means that nothing was taken. So a part of a run of datagrams may be lost, as on any
 * network; for a stream it is made sure before that the rest will fit. */
static int transmit_datagrams(struct hl_net *n, struct hl_wire *w, const struct hl_path *to,
                              struct rest *r) HL_REQUIRES(&n->wires.lock)
{
    size_t len = r->len;
    int err = is_free(n, w) ? send_datagrams(n, w, to, r) : -EAGAIN;

    if (err != -EAGAIN)
        return err;
    err = queue_rest(n, w, to, r);
    if (err == 0 || r->len == len)
        return err;
    hl_net_count(&n->send_errors, 1);
    return 0;
}

/* Without memory a stream is broken off: a part of a record may have left. */
static int transmit_records(struct hl_net *n, struct hl_wire *w, const struct hl_path *to,
                            struct rest *r) HL_REQUIRES(&n->wires.lock)
{
    size_t charge = wire_len(n, w, r) + HL_SEND_OVERHEAD;
    int err;

    if (!hl_budget_fits(&n->sending, &w->waiting, charge)) {
        want(n, w, charge);
        return HL_ERR_BUSY;
    }
    err = is_free(n, w) ? send_records(n, w, r) : -EAGAIN;
    if (err != -EAGAIN)
        return err;
    err = queue_rest(n, w, to, r);
    if (err != 0)
        shutdown(w->fd, SHUT_RDWR);
    return err;
}

static int check(const struct hl_net *n, const struct hl_wire *w, const struct hl_net_transmit *t,
                 const struct rest *r)
{
    if (!w)
        return HL_ERR_NO_LINK;
    if (w->ending)
        return HL_ERR_CLOSED;
    if (hl_net_is_framed(n, w) && piece_of(r) > HL_RECORD_MAX)
        return HL_ERR_TOO_LONG;
    if ((t->flags & HL_TX_PROBE) && !(atomic_load(&w->can) & HL_DGRAM_WHOLE))
        return -EOPNOTSUPP;
    return 0;
}

int hl_direct_transmit(struct hl_net *n, const struct hl_net_transmit *t)
{
    struct rest r = {.data = t->data, .len = t->len, .segment = t->segment};
    struct hl_wire *w;
    int err;

    if (r.segment == 0 || r.segment > r.len)
        r.segment = r.len;
    hl_mutex_lock(&n->wires.lock);
    w = hl_wires_find(&n->wires, t->path->link);
    err = check(n, w, t, &r);
    if (err == 0)
        err = hl_wire_is_datagram(w) ? transmit_datagrams(n, w, t->path, &r)
                                     : transmit_records(n, w, t->path, &r);
    hl_mutex_unlock(&n->wires.lock);
    return err;
}

void hl_direct_end(struct hl_net *n, hl_link link, bool conns_only)
{
    struct hl_wire *w;

    hl_mutex_lock(&n->wires.lock);
    w = hl_wires_find(&n->wires, link);
    if (w && !(conns_only && hl_wire_is_datagram(w)))
        w->ending = true;
    hl_mutex_unlock(&n->wires.lock);
}
