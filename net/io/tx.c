/* SPDX-License-Identifier: MIT */
/* The send thread: everything that goes out.
 *
 * It sleeps in one epoll over its command queue, the resolver, sockets being connected and
 * streams that could not take all. Each message is reported once, as SENT or FAILED. */
#include "tx.h"

#include "clock.h"
#include "dgram.h"
#include "outbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EPOLL_BATCH = 64,
    STREAM_CHUNK = 64 << 10, /* bytes of a stream that are written without waiting for more */
    PACE_BURST = 16,         /* datagrams that may leave at once under a pace: wake-ups cost too */
};

#define RETRY_GAP HL_MS(1) /* until a full socket buffer is tried again */

struct backlog {
    struct backlog *next;
    uint64_t token;
    struct hl_addr remote, local;
    size_t len;
    uint8_t data[];
};

struct hl_tx_link {
    struct hl_tx_source source;
    struct hl_wire *wire;
    struct hl_tx_link *next_in_bucket;
    struct hl_tx_link *next_waiting; /* also: next removed */
    bool waits;                      /* stands in hl_tx.waiting */
    bool wants_out;                  /* stands in epoll for EPOLLOUT */
    bool finish, close;              /* asked for, once all is written */
    struct hl_outbuf out;            /* streams */
    struct backlog *first, **last;   /* datagrams */
    hl_time due;                     /* datagrams: when the next may leave */
};

void hl_tx_emit(struct hl_tx *tx, struct hl_event *ev)
{
    ev->time = hl_clock_now();
    hl_net_emit(tx->net, ev, HL_STARVED_TX);
}

/* Bytes that hl_net_send() took have left or failed: there is room for as many again. */
static void release(struct hl_tx *tx, size_t bytes) HL_REQUIRES(hl_role_tx)
{
    atomic_fetch_sub(&tx->net->send_bytes, bytes);
}

static void report(struct hl_tx *tx, const struct hl_path *path, uint64_t token, int err)
    HL_REQUIRES(hl_role_tx)
{
    struct hl_event ev = {
        .kind = err ? HL_EV_FAILED : HL_EV_SENT, .path = *path, .token = token, .err = err};

    if (err)
        hl_net_count(&tx->net->send_errors, 1);
    release(tx, HL_SEND_OVERHEAD);
    hl_tx_emit(tx, &ev);
}

/* A message that got no further than here. */
static void refuse(struct hl_tx *tx, const struct hl_tx_command *c, size_t len, int err)
    HL_REQUIRES(hl_role_tx)
{
    release(tx, len);
    report(tx, &c->path, c->token, err);
}

/* ---- table of links ---- */

static struct hl_tx_link **slot(struct hl_tx *tx, hl_link link) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link **at = &tx->buckets[link % HL_TX_BUCKETS];

    while (*at && (*at)->wire->path.link != link)
        at = &(*at)->next_in_bucket;
    return at;
}

static bool is_datagram(const struct hl_tx_link *l)
{
    return l->wire->path.transport == HL_UDP || l->wire->path.transport == HL_UNIX_DGRAM;
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
    l->next_in_bucket = *at;
    *at = l;
    return true;
}

int hl_tx_family(struct hl_tx *tx, hl_link link)
{
    const struct hl_tx_link *l = *slot(tx, link);

    return l ? l->wire->family : AF_UNSPEC;
}

static void fail_all(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx)
{
    uint64_t token;

    release(tx, l->out.len);
    while (hl_outbuf_drop(&l->out, &token))
        report(tx, &l->wire->path, token, err);
    while (l->first) {
        struct backlog *b = l->first;

        l->first = b->next;
        release(tx, b->len);
        report(tx, &l->wire->path, b->token, err);
        free(b);
    }
    l->last = &l->first;
}

static void remove_link(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link **at = slot(tx, l->wire->path.link);

    *at = l->next_in_bucket;
    if (l->waits) {
        for (at = &tx->waiting; *at != l;)
            at = &(*at)->next_waiting;
        *at = l->next_waiting;
    }
    if (l->wants_out)
        epoll_ctl(tx->epoll, EPOLL_CTL_DEL, l->wire->fd, NULL);
    hl_outbuf_fini(&l->out);
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

static void emit_closed(struct hl_tx *tx, const struct hl_wire *w) HL_REQUIRES(hl_role_tx)
{
    struct hl_event ev = {.kind = HL_EV_CLOSED, .path = w->path, .err = atomic_load(&w->err)};

    hl_tx_emit(tx, &ev);
}

/* l is looked at before the thread sleeps next. */
static void wait_link(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    if (l->waits)
        return;
    l->waits = true;
    l->next_waiting = tx->waiting;
    tx->waiting = l;
}

/* ---- streams ---- */

static void want_out(struct hl_tx *tx, struct hl_tx_link *l, bool want) HL_REQUIRES(hl_role_tx)
{
    struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = l};

    if (want == l->wants_out)
        return;
    l->wants_out = want;
    epoll_ctl(tx->epoll, want ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, l->wire->fd, &ev);
}

/* The out side is over: normally (err 0) or because it broke. A broken one is shut down, so that
 * the receive thread meets its end too, after reading what the peer still said. */
static void end_out(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx)
{
    struct hl_rx_command close_cmd = {.kind = HL_RX_CLOSE, .link = l->wire->path.link};
    bool closing = l->close;

    fail_all(tx, l, err ? err : HL_ERR_CLOSED);
    shutdown(l->wire->fd, err ? SHUT_RDWR : SHUT_WR);
    if (hl_wire_end(l->wire, HL_WIRE_OUT, err))
        emit_closed(tx, l->wire);
    remove_link(tx, l);
    if (closing)
        (void)hl_net_tell_rx(tx->net, &close_cmd);
}

static void write_stream(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    bool records = l->wire->path.transport == HL_UNIX_SEQPACKET;
    uint64_t token;

    while (l->out.len > 0) {
        size_t len = records ? hl_outbuf_first(&l->out) : l->out.len;
        ssize_t n = send(l->wire->fd, l->out.bytes + l->out.head, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            want_out(tx, l, true);
            return;
        }
        if (n < 0) {
            end_out(tx, l, -errno);
            return;
        }
        hl_net_count(&tx->net->bytes_out, (uint64_t)n);
        hl_outbuf_wrote(&l->out, (size_t)n);
        release(tx, (size_t)n);
        while (hl_outbuf_done(&l->out, &token))
            report(tx, &l->wire->path, token, 0);
    }
    want_out(tx, l, false);
    if (l->finish || l->close)
        end_out(tx, l, 0);
}

static void queue_stream(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                         const void *data, size_t len) HL_REQUIRES(hl_role_tx)
{
    if (l->finish || l->close) {
        refuse(tx, c, len, HL_ERR_CLOSED);
        return;
    }
    if (l->out.len + len > HL_CONN_QUEUE || !hl_outbuf_add(&l->out, c->token, data, len)) {
        refuse(tx, c, len, HL_ERR_BUSY);
        return;
    }
    if (l->wants_out)
        return;
    /* What came together leaves together: one segment for many lines. */
    if (l->out.len >= STREAM_CHUNK)
        write_stream(tx, l);
    else
        wait_link(tx, l);
}

/* ---- datagrams ---- */

static void queue_datagram(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                           const void *data, size_t len) HL_REQUIRES(hl_role_tx)
{
    struct backlog *b;

    if (l->close) {
        refuse(tx, c, len, HL_ERR_CLOSED);
        return;
    }
    b = malloc(sizeof(*b) + len);
    if (!b) {
        refuse(tx, c, len, -ENOMEM);
        return;
    }
    b->next = NULL;
    b->token = c->token;
    b->remote = c->path.remote;
    b->local = c->path.local;
    b->len = len;
    memcpy(b->data, data, len);
    *l->last = b;
    l->last = &b->next;
    wait_link(tx, l);
}

static void done_datagram(struct hl_tx *tx, struct hl_tx_link *l, int err) HL_REQUIRES(hl_role_tx)
{
    struct backlog *b = l->first;
    struct hl_path path = l->wire->path;

    l->first = b->next;
    if (!l->first)
        l->last = &l->first;
    path.remote = b->remote;
    release(tx, b->len);
    report(tx, &path, b->token, err);
    if (err == 0) {
        hl_net_count(&tx->net->datagrams_out, 1);
        hl_net_count(&tx->net->bytes_out, b->len);
    }
    free(b);
}

/* How many datagrams the pace permits now; moves the link's clock on by as many. */
static int permitted(struct hl_tx *tx, struct hl_tx_link *l, hl_time now) HL_REQUIRES(hl_role_tx)
{
    hl_time gap = tx->net->config.send_gap;
    hl_time n;

    if (gap <= 0)
        return HL_BATCH;
    if (l->due < now - PACE_BURST * gap)
        l->due = now - PACE_BURST * gap;
    n = (now - l->due) / gap + 1;
    return n > HL_BATCH ? HL_BATCH : (int)n;
}

/* Sends one batch. Returns whether the link may go on at once. */
static bool send_batch(struct hl_tx *tx, struct hl_tx_link *l, int most) HL_REQUIRES(hl_role_tx)
{
    struct hl_dgram_out out[HL_BATCH];
    int n = 0;
    int sent;
    int err;

    for (struct backlog *b = l->first; b && n < most; b = b->next)
        out[n++] = (struct hl_dgram_out){
            .remote = b->remote, .local = b->local, .data = b->data, .len = b->len};
    sent = hl_dgram_send(l->wire->fd, l->wire->family, out, n, &err);
    for (int i = 0; i < sent; i++)
        done_datagram(tx, l, 0);
    l->due += sent * tx->net->config.send_gap;
    if (sent == n)
        return true;
    if (err == -EAGAIN) {
        l->due = hl_clock_now() + RETRY_GAP;
        return false;
    }
    done_datagram(tx, l, err);
    return true;
}

/* Sends what may leave now. Returns when the next may, HL_NEVER if nothing is left. */
static hl_time write_datagrams(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    while (l->first) {
        hl_time now = hl_clock_now();

        if (l->due > now)
            return l->due;
        if (!send_batch(tx, l, permitted(tx, l, now)))
            return l->due;
    }
    return HL_NEVER;
}

static void close_datagrams(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    struct hl_rx_command c = {.kind = HL_RX_CLOSE, .link = l->wire->path.link};

    remove_link(tx, l);
    (void)hl_net_tell_rx(tx->net, &c);
}

static hl_time flush_waiting(struct hl_tx *tx) HL_REQUIRES(hl_role_tx)
{
    hl_time first = HL_NEVER;
    struct hl_tx_link **at = &tx->waiting;

    while (*at) {
        struct hl_tx_link *l = *at;
        hl_time due = is_datagram(l) ? write_datagrams(tx, l) : HL_NEVER;

        if (due != HL_NEVER) {
            first = due < first ? due : first;
            at = &l->next_waiting;
            continue;
        }
        *at = l->next_waiting;
        l->waits = false;
        if (!is_datagram(l))
            write_stream(tx, l);
        else if (l->close)
            close_datagrams(tx, l);
    }
    return first;
}

/* ---- commands ---- */

static void send_message(struct hl_tx *tx, const struct hl_tx_command *c, const void *data,
                         size_t len) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link *l = *slot(tx, c->path.link);

    if (!l)
        refuse(tx, c, len, HL_ERR_NO_LINK);
    else if (is_datagram(l))
        queue_datagram(tx, l, c, data, len);
    else
        queue_stream(tx, l, c, data, len);
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
    if (c->kind == HL_TX_FINISH && is_datagram(l))
        return; /* datagrams have no end to tell */
    l->finish = true;
    l->close = l->close || c->kind == HL_TX_CLOSE;
    if (is_datagram(l) && !l->first)
        close_datagrams(tx, l);
    else if (!is_datagram(l) && l->out.len == 0)
        end_out(tx, l, 0);
}

static void lose_link(struct hl_tx *tx, hl_link link) HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_link *l = *slot(tx, link);

    if (l)
        end_out(tx, l, atomic_load(&l->wire->err));
}

static void add_or_drop(struct hl_tx *tx, struct hl_wire *w) HL_REQUIRES(hl_role_tx)
{
    if (hl_tx_add(tx, w))
        return;
    (void)hl_wire_end(w, HL_WIRE_OUT, -ENOMEM);
    shutdown(w->fd, SHUT_RDWR);
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
        send_message(tx, c, data, len);
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
                write_stream(tx, l);
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
            if (l->out.len > 0)
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

struct hl_tx *hl_tx_new(struct hl_net *n)
{
    struct hl_tx *tx = calloc(1, sizeof(*tx));

    if (!tx)
        return NULL;
    tx->net = n;
    tx->stop_at = HL_NEVER;
    tx->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (tx->epoll >= 0 && hl_resolver_new(&tx->resolver) == 0 &&
        watch(tx, &tx->commands, HL_TX_SOURCE_COMMANDS, n->tx_commands.fd) &&
        watch(tx, &tx->answers, HL_TX_SOURCE_RESOLVER, hl_resolver_fd(tx->resolver)))
        return tx;
    hl_tx_free(tx);
    return NULL;
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
            if (!is_datagram(l))
                shutdown(l->wire->fd, SHUT_WR);
            remove_link(tx, l);
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
        struct timespec ts;
        hl_time dials = hl_dial_timers(tx);
        hl_time datagrams = flush_waiting(tx);
        hl_time first = dials < datagrams ? dials : datagrams;
        int n;

        free_removed(tx);
        hl_dial_free_ended(tx);
        if (!goes_on(tx))
            break;
        first = tx->stop_at < first ? tx->stop_at : first;
        n = epoll_pwait2(tx->epoll, events, EPOLL_BATCH, hl_clock_left(first, &ts), NULL);
        if (n > 0)
            dispatch(tx, events, n);
    }
    tear_down(tx);
    return NULL;
}
