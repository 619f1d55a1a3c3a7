/* SPDX-License-Identifier: MIT */
/* The send thread: everything that goes out.
 *
 * It sleeps in one epoll over its command queue, the resolver, sockets being connected and
 * streams that could not take all. Each message is reported once, as SENT or FAILED. */
#include "tx.h"

#include "epoll.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EPOLL_BATCH = 64,
};

void hl_tx_emit(struct hl_tx *tx, struct hl_event *ev)
{
    ev->time = hl_clock_now();
    hl_net_emit(tx->net, ev, HL_STARVED_TX);
}

void hl_tx_release(struct hl_tx *tx, struct hl_tx_link *l, size_t bytes)
{
    hl_budget_give(&tx->net->sending, l ? &l->wire->waiting : NULL, bytes);
}

void hl_tx_report(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_path *path,
                  uint64_t token, int err)
{
    struct hl_event ev = {
        .kind = err ? HL_EV_FAILED : HL_EV_SENT, .path = *path, .token = token, .err = err};

    if (err)
        hl_net_count(&tx->net->send_errors, 1);
    hl_tx_emit(tx, &ev);
    hl_tx_release(tx, l, HL_SEND_OVERHEAD);
}

void hl_tx_refuse(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c, int err)
{
    hl_tx_release(tx, l, c->charge);
    if (c->kind == HL_TX_SEND) {
        hl_tx_report(tx, l, &c->path, c->token, err);
        return;
    }
    hl_net_count(&tx->net->send_errors, 1);
    hl_tx_release(tx, l, HL_SEND_OVERHEAD);
}

/* ---- table of links ---- */

static struct hl_tx_link **slot(struct hl_tx *tx, hl_link link) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link **at = &tx->buckets[link % HL_TX_BUCKETS];

    while (*at && (*at)->wire->path.link != link)
        at = &(*at)->next_in_bucket;
    return at;
}

bool hl_tx_add(struct hl_tx *tx, struct hl_wire *w)
{
    struct hl_tx_link *l = calloc(1, sizeof(*l));
    struct hl_tx_link **at = &tx->buckets[w->path.link % HL_TX_BUCKETS];

    if (!l)
        return false;
    l->source.kind = HL_TX_SOURCE_LINK;
    l->wire = w;
    l->last = &l->first;
    l->close_due = HL_NEVER;
    l->next_in_bucket = *at;
    *at = l;
    return true;
}

int hl_tx_family(struct hl_tx *tx, hl_link link)
{
    const struct hl_tx_link *l = *slot(tx, link);

    return l ? l->wire->family : AF_UNSPEC;
}

static bool has_backlog(const struct hl_tx_link *l)
{
    return l->first || l->out.len > 0;
}

static void fail_all(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx)
{
    if (hl_wire_is_datagram(l->wire))
        hl_tx_dgram_fail(tx, l, err);
    else
        hl_tx_stream_fail(tx, l, err);
}

/* Takes l out of the lists it stands in. */
static void unlist(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link **at = slot(tx, l->wire->path.link);

    *at = l->next_in_bucket;
    if (l->waits) {
        for (at = &tx->waiting; *at != l;)
            at = &(*at)->next_waiting;
        *at = l->next_waiting;
    }
    if (l->owed > 0) {
        for (at = &tx->owed; *at != l;)
            at = &(*at)->next_owed;
        *at = l->next_owed;
    }
    if (l->close_due != HL_NEVER) {
        for (at = &tx->closing; *at != l;)
            at = &(*at)->next_closing;
        *at = l->next_closing;
    }
}

void hl_tx_remove(struct hl_tx *tx, struct hl_tx_link *l)
{
    unlist(tx, l);
    if (l->wants_out)
        epoll_ctl(tx->epoll, EPOLL_CTL_DEL, l->wire->fd, NULL);
    hl_outbuf_fini(&l->out);
    hl_wires_remove(&tx->net->wires, l->wire->path.link);
    hl_wire_unref(l->wire);
    l->wire = NULL;
    l->next_waiting = tx->removed;
    tx->removed = l;
}

static void free_removed(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    while (tx->removed) {
        struct hl_tx_link *l = tx->removed;

        tx->removed = l->next_waiting;
        free(l);
    }
}

void hl_tx_wait(struct hl_tx *tx, struct hl_tx_link *l)
{
    if (l->waits)
        return;
    l->waits = true;
    l->next_waiting = tx->waiting;
    tx->waiting = l;
}

void hl_tx_want_out(struct hl_tx *tx, struct hl_tx_link *l, bool want)
{
    struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = l};

    if (want == l->wants_out)
        return;
    l->wants_out = want;
    epoll_ctl(tx->epoll, want ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, l->wire->fd, &ev);
}

/* ---- before each sleep ---- */

static hl_time flush_waiting(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    hl_time first = HL_NEVER;
    struct hl_tx_link **at = &tx->waiting;

    while (*at) {
        struct hl_tx_link *l = *at;
        bool datagrams = hl_wire_is_datagram(l->wire);
        hl_time due = datagrams ? hl_tx_dgram_write(tx, l) : HL_NEVER;

        if (due != HL_NEVER) {
            first = due < first ? due : first;
            at = &l->next_waiting;
            continue;
        }
        *at = l->next_waiting;
        l->waits = false;
        if (!datagrams)
            hl_tx_stream_write(tx, l);
        else if (l->close && !l->first)
            hl_tx_dgram_close(tx, l);
    }
    return first;
}

/* Ends what was to be closed and whose peer has taken nothing for too long. Returns when the next
 * is due. They are few: links that are closed and have a backlog. */
static hl_time end_closing(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    hl_time first = HL_NEVER;
    hl_time now = tx->closing ? hl_clock_now() : 0;

    for (struct hl_tx_link *l = tx->closing, *next; l; l = next) {
        next = l->next_closing;
        if (l->close_due > now) {
            first = l->close_due < first ? l->close_due : first;
        } else if (hl_wire_is_datagram(l->wire)) {
            hl_tx_dgram_fail(tx, l, HL_ERR_TIMEOUT);
            hl_tx_dgram_close(tx, l);
        } else {
            hl_tx_stream_end(tx, l, HL_ERR_TIMEOUT);
        }
    }
    return first;
}

/* Tells those who were refused that there is room again. */
static void pay_owed(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link **at = &tx->owed;

    while (*at) {
        struct hl_tx_link *l = *at;
        struct hl_event ev = {.kind = HL_EV_WRITABLE, .path = l->wire->path};

        if (!hl_budget_has_room(&tx->net->sending, &l->wire->waiting, l->owed)) {
            at = &l->next_owed;
            continue;
        }
        *at = l->next_owed;
        l->owed = 0;
        atomic_store(&l->wire->wanted, false); /* before: who hears of it may be refused again */
        hl_tx_emit(tx, &ev);
    }
}

/* ---- commands ---- */

static void send_message(struct hl_tx *tx, const struct hl_tx_command *c, const void *data,
                         size_t len) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link *l = c->known ? *slot(tx, c->path.link) : NULL;

    if (!l)
        hl_tx_refuse(tx, NULL, c, HL_ERR_NO_LINK);
    else if (hl_wire_is_datagram(l->wire))
        hl_tx_dgram_queue(tx, l, c, data, len);
    else
        hl_tx_stream_queue(tx, l, c, data, len);
}

static void owe(struct hl_tx *tx, const struct hl_tx_command *c) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link *l = *slot(tx, c->link);

    if (!l || l->owed > 0)
        return;
    l->owed = c->charge;
    l->next_owed = tx->owed;
    tx->owed = l;
}

static void end_link(struct hl_tx *tx, const struct hl_tx_command *c) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link *l = *slot(tx, c->link);
    struct hl_rx_command close_cmd = {.kind = HL_RX_CLOSE, .link = c->link};

    if (!l) { /* a listener, or a stream whose out side is over */
        if (c->kind == HL_TX_CLOSE)
            (void)hl_net_tell_rx(tx->net, &close_cmd);
        return;
    }
    if (c->kind == HL_TX_FINISH && hl_wire_is_datagram(l->wire))
        return; /* datagrams have no end to tell */
    l->finish = true;
    l->close = l->close || c->kind == HL_TX_CLOSE;
    if (has_backlog(l) && l->close && l->close_due == HL_NEVER) {
        l->close_due = hl_clock_now() + tx->net->config.close_patience;
        l->next_closing = tx->closing;
        tx->closing = l;
    } else if (!has_backlog(l) && hl_wire_is_datagram(l->wire)) {
        hl_tx_dgram_close(tx, l);
    } else if (!has_backlog(l)) {
        hl_tx_stream_end(tx, l, 0);
    }
}

static void lose_link(struct hl_tx *tx, hl_link link) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link *l = *slot(tx, link);

    if (l)
        hl_tx_stream_end(tx, l, atomic_load(&l->wire->err));
}

static void add_or_drop(struct hl_tx *tx, struct hl_wire *w) HL_REQUIRES(hl_role_tx)
{
    if (hl_tx_add(tx, w))
        return;
    (void)hl_wire_end(w, HL_WIRE_OUT, -ENOMEM);
    shutdown(w->fd, SHUT_RDWR);
    hl_wires_remove(&tx->net->wires, w->path.link);
    hl_wire_unref(w);
}

static void run_command(struct hl_tx *tx, const struct hl_tx_command *c, const void *data,
                        size_t len) HL_REQUIRES(hl_role_tx)
{
    switch (c->kind) {
    case HL_TX_ADD:
        add_or_drop(tx, c->wire);
        break;
    case HL_TX_SEND:
    case HL_TX_RUN:
        send_message(tx, c, data, len);
        break;
    case HL_TX_WANT:
        owe(tx, c);
        break;
    case HL_TX_FINISH:
    case HL_TX_CLOSE:
        end_link(tx, c);
        break;
    case HL_TX_LOST:
        lose_link(tx, c->link);
        break;
    case HL_TX_DIAL:
    case HL_TX_LOOKUP:
    case HL_TX_REVERSE:
        hl_dial_start(tx, c, data);
        break;
    case HL_TX_CANCEL:
        hl_dial_cancel(tx, c->token);
        break;
    case HL_TX_STOP:
        tx->stop_at = c->deadline;
        break;
    }
}

static void run_commands(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    const struct hl_tx_command *c;
    uint32_t starved;
    size_t len;

    while ((c = hl_queue_pop(&tx->net->tx_commands, &len, &starved)) != NULL)
        run_command(tx, c, c + 1, len - sizeof(*c));
}

/* The socket takes more. */
static void go_on(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    if (!hl_wire_is_datagram(l->wire)) {
        hl_tx_stream_write(tx, l);
        return;
    }
    hl_tx_want_out(tx, l, false);
    hl_tx_wait(tx, l);
}

static void dispatch(struct hl_tx *tx, const struct epoll_event *events, int n)
    HL_REQUIRES(hl_role_tx)
{
    for (int i = 0; i < n; i++) {
        struct hl_tx_source *s = events[i].data.ptr;
        struct hl_tx_link *l = events[i].data.ptr;

        switch (s->kind) {
        case HL_TX_SOURCE_COMMANDS:
            run_commands(tx);
            break;
        case HL_TX_SOURCE_RESOLVER:
            hl_dial_answers(tx);
            break;
        case HL_TX_SOURCE_LINK:
            if (l->wire)
                go_on(tx, l);
            break;
        case HL_TX_SOURCE_ATTEMPT:
            hl_dial_ready(tx, s);
            break;
        }
    }
    free_removed(tx);
    hl_dial_free_ended(tx);
}

/* Whether anything still waits to leave. */
static bool is_idle(const struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    if (tx->waiting)
        return false;
    for (int i = 0; i < HL_TX_BUCKETS; i++) {
        for (const struct hl_tx_link *l = tx->buckets[i]; l; l = l->next_in_bucket) {
            if (has_backlog(l))
                return false;
        }
    }
    return true;
}

static bool goes_on(const struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    if (tx->stop_at == HL_NEVER)
        return true;
    return hl_clock_now() < tx->stop_at && !is_idle(tx);
}

static bool watch(struct hl_tx *tx, struct hl_tx_source *source, enum hl_tx_source_kind kind,
                  int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = source};

    source->kind = kind;
    return epoll_ctl(tx->epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static int open_tx(struct hl_tx *tx)
{
    struct hl_net *n = tx->net;
    int err;

    tx->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (tx->epoll < 0)
        return -errno;
    err = hl_resolver_new(&tx->resolver);
    if (err != 0)
        return err;
    if (!watch(tx, &tx->commands, HL_TX_SOURCE_COMMANDS, n->tx_commands.fd) ||
        !watch(tx, &tx->answers, HL_TX_SOURCE_RESOLVER, hl_resolver_fd(tx->resolver)))
        return -errno;
    return 0;
}

int hl_tx_new(struct hl_net *n, struct hl_tx **out)
{
    struct hl_tx *tx = calloc(1, sizeof(*tx));
    int err;

    if (!tx)
        return -ENOMEM;
    tx->net = n;
    tx->stop_at = HL_NEVER;
    err = open_tx(tx);
    if (err != 0) {
        hl_tx_free(tx);
        return err;
    }
    *out = tx;
    return 0;
}

void hl_tx_free(struct hl_tx *tx)
{
    if (!tx)
        return;
    hl_resolver_free(tx->resolver);
    if (tx->epoll >= 0)
        close(tx->epoll);
    free(tx);
}

static void tear_down(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    run_commands(tx); /* wires that were still on their way */
    hl_dial_stop(tx);
    for (int i = 0; i < HL_TX_BUCKETS; i++) {
        while (tx->buckets[i]) {
            struct hl_tx_link *l = tx->buckets[i];

            fail_all(tx, l, HL_ERR_STOPPED);
            if (!hl_wire_is_datagram(l->wire))
                shutdown(l->wire->fd, SHUT_WR);
            hl_tx_remove(tx, l);
        }
    }
    free_removed(tx);
    hl_dial_free_ended(tx);
}

void *hl_tx_main(void *arg)
{
    struct hl_tx *tx = arg;

    hl_role_enter(&hl_role_tx);
    while (goes_on(tx)) {
        struct epoll_event events[EPOLL_BATCH];
        hl_time dials = hl_dial_timers(tx);
        hl_time datagrams = flush_waiting(tx);
        hl_time closing = end_closing(tx);
        hl_time first = dials < datagrams ? dials : datagrams;
        int n;

        first = closing < first ? closing : first;
        pay_owed(tx);
        free_removed(tx);
        hl_dial_free_ended(tx);
        if (!goes_on(tx))
            break;
        first = tx->stop_at < first ? tx->stop_at : first;
        n = hl_epoll_wait(tx->epoll, events, EPOLL_BATCH, first);
        if (n > 0)
            dispatch(tx, events, n);
    }
    tear_down(tx);
    return NULL;
}
