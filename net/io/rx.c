/* SPDX-License-Identifier: MIT */
/* The receive thread: everything that comes in.
 *
 * It sleeps in one epoll over all sockets and its command queue. When the main thread falls
 * behind and the event queue is full, hl_net_emit() waits right here, so nothing is read: the
 * kernel's buffers fill, TCP slows its senders down, and datagrams that no longer fit are counted
 * by the kernel, whose count is reported as HL_EV_DROPPED. Nothing is thrown away in silence. */
#include "rx.h"
#include "dgram.h"
#include "epoll.h"
#include "netlink.h"
#include "records.h"
#include "sock.h"
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EPOLL_BATCH = 64,
    READ_MAX = 65536,
    ACCEPTS_PER_TURN = 64, /* then the other sockets get theirs */
    BATCHES_PER_TURN = 8,
    ERRORS_PER_TURN = 64,
};

/* Why a link has a time. Each reason has one length, so links that get it later are due later,
 * and a list in order of arrival is in order of time. */
enum in_timer {
    TIMER_NONE,
    TIMER_QUIET,  /* the peer fell silent within a line */
    TIMER_LINGER, /* closed by us: how long the peer may take to end its side */
    TIMER_PAUSE,  /* a listener that could not accept */
    TIMERS,
};

static const hl_time timer_length[TIMERS] = {
    [TIMER_QUIET] = HL_QUIET_TIME,
    [TIMER_LINGER] = HL_SECS(1),
    [TIMER_PAUSE] = HL_MS(100),
};

struct in_link {
    struct hl_wire *wire;
    struct hl_split lines;           /* streams of lines; buf is ours */
    struct hl_records records;       /* framed streams; buf is ours */
    enum in_timer timer;             /* the list it stands in */
    hl_time due;                     /* when that ends */
    bool ended;                      /* end of stream or error seen: only hang-up is awaited */
    bool lingering;                  /* closed by us: what comes is thrown away */
    uint32_t drops;                  /* the kernel's count when we last looked */
    struct in_link *earlier, *later; /* in its timer's list */
    struct in_link *next;            /* in its bucket, or among the removed */
};

enum {
    BUCKETS = 1024, /* link numbers are consecutive, so they spread evenly */
};

struct hl_rx {
    struct hl_net *net;
    int epoll;
    int spare_fd; /* given up to accept and refuse a peer when descriptors run out */
    int route_fd; /* -1 = not watched */
    bool stop;
    struct hl_dgram_rx *dgrams;
    struct in_link *buckets[BUCKETS];
    struct {
        struct in_link *first, *last;
    } timers[TIMERS];
    struct in_link *removed; /* freed after the batch: its epoll events may still name them */
    uint8_t bytes[READ_MAX];
};

static void emit(struct hl_rx *rx, struct hl_event *ev) HL_REQUIRES(hl_role_rx)
{
    ev->time = hl_clock_now();
    hl_net_emit(rx->net, ev, HL_STARVED_RX);
}

static bool watch(struct hl_rx *rx, struct in_link *l, int op, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = l};

    return epoll_ctl(rx->epoll, op, l->wire->fd, &ev) == 0;
}

/* Starts the timer of l anew, or stops it (TIMER_NONE). */
static void set_timer(struct hl_rx *rx, struct in_link *l, enum in_timer timer)
    HL_REQUIRES(hl_role_rx)
{
    if (l->timer != TIMER_NONE) {
        *(l->earlier ? &l->earlier->later : &rx->timers[l->timer].first) = l->later;
        *(l->later ? &l->later->earlier : &rx->timers[l->timer].last) = l->earlier;
    }
    l->timer = timer;
    if (timer == TIMER_NONE)
        return;
    l->due = hl_clock_now() + timer_length[timer];
    l->later = NULL;
    l->earlier = rx->timers[timer].last;
    *(l->earlier ? &l->earlier->later : &rx->timers[timer].first) = l;
    rx->timers[timer].last = l;
}

static struct in_link **slot(struct hl_rx *rx, hl_link link) HL_REQUIRES(hl_role_rx)
{
    struct in_link **at = &rx->buckets[link % BUCKETS];

    while (*at && (*at)->wire->path.link != link)
        at = &(*at)->next;
    return at;
}

static bool is_conn(const struct hl_wire *w)
{
    return !w->listener && w->path.transport != HL_UDP && w->path.transport != HL_UNIX_DGRAM;
}

static void emit_closed(struct hl_rx *rx, const struct hl_wire *w) HL_REQUIRES(hl_role_rx)
{
    struct hl_event ev = {.kind = HL_EV_CLOSED, .path = w->path, .err = atomic_load(&w->err)};

    emit(rx, &ev);
}

/* The in side of w ends before it began; the send thread does the rest. */
static void give_up(struct hl_rx *rx, struct hl_wire *w) HL_REQUIRES(hl_role_rx)
{
    struct hl_tx_command lost = {.kind = HL_TX_LOST, .link = w->path.link};

    if (is_conn(w))
        atomic_fetch_sub(&rx->net->conns, 1);
    if (hl_wire_end(w, HL_WIRE_IN, -ENOMEM))
        emit_closed(rx, w);
    else
        (void)!hl_net_tell_tx(rx->net, &lost);
    hl_wire_unref(w);
}

static struct in_link *new_link(struct hl_rx *rx, struct hl_wire *w)
{
    bool stream = is_conn(w) && hl_transport_is_stream(w->path.transport);
    bool framed = hl_net_is_framed(rx->net, w);
    struct in_link *l = calloc(1, sizeof(*l));
    uint8_t *buf = stream ? malloc(framed ? HL_RECORD_MAX : HL_LINE_MAX) : NULL;

    if (!l || (stream && !buf)) {
        free(buf);
        free(l);
        return NULL;
    }
    l->wire = w;
    if (framed)
        l->records.buf = buf;
    else
        hl_split_init(&l->lines, buf, HL_LINE_MAX);
    return l;
}

static void free_link(struct in_link *l)
{
    free(l->lines.buf);
    free(l->records.buf);
    free(l);
}

/* Takes over a reference of w. Without memory for it, it is ended as if it had broken. */
static void add_link(struct hl_rx *rx, struct hl_wire *w) HL_REQUIRES(hl_role_rx)
{
    struct in_link **at = &rx->buckets[w->path.link % BUCKETS];
    struct in_link *l = new_link(rx, w);
    const int on = 1;

    if (w->path.transport == HL_UNIX_SEQPACKET && is_conn(w)) /* see read_record() */
        setsockopt(w->fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on));
    if (l && watch(rx, l, EPOLL_CTL_ADD, EPOLLIN)) {
        l->next = *at;
        *at = l;
        return;
    }
    if (l)
        free_link(l);
    give_up(rx, w);
}

static void remove_link(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    struct in_link **at = slot(rx, l->wire->path.link);

    *at = l->next;
    epoll_ctl(rx->epoll, EPOLL_CTL_DEL, l->wire->fd, NULL);
    set_timer(rx, l, TIMER_NONE);
    if (is_conn(l->wire))
        atomic_fetch_sub(&rx->net->conns, 1);
    hl_wire_unref(l->wire);
    l->wire = NULL;
    l->next = rx->removed;
    rx->removed = l;
}

static void free_removed(struct hl_rx *rx) HL_REQUIRES(hl_role_rx)
{
    while (rx->removed) {
        struct in_link *l = rx->removed;

        rx->removed = l->next;
        free_link(l);
    }
}

/* ---- datagrams ---- */

/* The kernel counts what its receive buffer had no room for. */
static void report_drops(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    uint32_t drops = hl_dgram_drops(l->wire->fd);
    uint32_t lost = drops - l->drops;
    struct hl_event ev = {.kind = HL_EV_DROPPED, .path = l->wire->path, .count = lost};

    if (lost == 0)
        return;
    l->drops = drops;
    hl_net_count(&rx->net->dropped, lost);
    emit(rx, &ev);
}

static void read_errors(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    struct hl_dgram_error e;

    for (int i = 0; i < ERRORS_PER_TURN && hl_dgram_recv_error(rx->dgrams, l->wire->fd, &e); i++) {
        struct hl_event ev = {.kind = HL_EV_REFUSED,
                              .path = l->wire->path,
                              .err = e.err,
                              .data = e.data,
                              .len = e.len};

        if (e.ours && e.err == -EMSGSIZE && atomic_load(&l->wire->can) & HL_DGRAM_WHOLE)
            continue; /* HL_EV_TOO_BIG has told it */
        ev.path.remote = e.remote;
        hl_net_count(&rx->net->icmp_errors, 1);
        emit(rx, &ev);
    }
}

static void emit_datagram(struct hl_rx *rx, const struct in_link *l, const struct hl_dgram *d)
    HL_REQUIRES(hl_role_rx)
{
    struct hl_event ev = {.kind = HL_EV_MESSAGE,
                          .path = l->wire->path,
                          .flags = d->truncated ? HL_EVF_TRUNCATED : 0,
                          .data = d->data,
                          .len = d->len,
                          .segment = (uint16_t)d->segment};

    ev.path.remote = d->remote;
    if (d->local.family != HL_AF_NONE) {
        ev.path.local = d->local;
        ev.path.local.port = l->wire->path.local.port;
    }
    hl_net_count(&rx->net->datagrams_in, d->segment ? (d->len + d->segment - 1) / d->segment : 1);
    hl_net_count(&rx->net->bytes_in, d->len);
    emit(rx, &ev);
}

static void read_datagrams(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    int most = atomic_load(&l->wire->can) & HL_DGRAM_JOIN ? HL_BATCH_RUNS : HL_BATCH;

    for (int turn = 0; turn < BATCHES_PER_TURN; turn++) {
        const struct hl_dgram *d;
        int n = hl_dgram_recv(rx->dgrams, l->wire->fd, most, &d);

        if (n < 0) /* an ICMP error shows here once; its report is in the error queue */
            continue;
        for (int i = 0; i < n; i++)
            emit_datagram(rx, l, &d[i]);
        if (n < most)
            break;
    }
    report_drops(rx, l);
}

/* ---- streams ---- */

static void emit_bytes(struct hl_rx *rx, const struct in_link *l, const uint8_t *data, size_t len,
                       uint32_t flags) HL_REQUIRES(hl_role_rx)
{
    struct hl_event ev = {
        .kind = HL_EV_MESSAGE, .path = l->wire->path, .flags = flags, .data = data, .len = len};

    if (!l->lingering)
        emit(rx, &ev);
}

static void emit_line(struct hl_rx *rx, const struct in_link *l, const struct hl_split_line *line)
    HL_REQUIRES(hl_role_rx)
{
    uint32_t partial = line->partial ? HL_EVF_PARTIAL : 0;
    uint32_t continues = line->continues ? HL_EVF_CONTINUES : 0;

    emit_bytes(rx, l, line->data, line->len, partial | continues);
}

static void flush_line(struct hl_rx *rx, struct in_link *l, bool at_end) HL_REQUIRES(hl_role_rx)
{
    struct hl_split_line line;

    if (l->lines.buf && hl_split_flush(&l->lines, at_end, &line))
        emit_line(rx, l, &line);
}

/* The peer has ended its side (err 0), or the connection broke. */
static void end_link(struct hl_rx *rx, struct in_link *l, int err) HL_REQUIRES(hl_role_rx)
{
    struct hl_tx_command lost = {.kind = HL_TX_LOST, .link = l->wire->path.link};
    struct hl_event ev = {.kind = HL_EV_FINISHED, .path = l->wire->path};
    bool both;

    if (l->lingering) {
        remove_link(rx, l);
        return;
    }
    flush_line(rx, l, true);
    l->ended = true;
    set_timer(rx, l, TIMER_NONE);
    if (err == 0)
        emit(rx, &ev);
    both = hl_wire_end(l->wire, HL_WIRE_IN, err);
    if (both)
        emit_closed(rx, l->wire);
    else if (err != 0)
        (void)hl_net_tell_tx(rx->net, &lost); /* it fails what waits, then reports the end */
    if (both || err != 0)
        remove_link(rx, l);
    else
        watch(rx, l, EPOLL_CTL_MOD, 0); /* EPOLLHUP and EPOLLERR come all the same */
}

static void feed_lines(struct hl_rx *rx, struct in_link *l, size_t n) HL_REQUIRES(hl_role_rx)
{
    struct hl_split_line line;
    size_t off = 0;

    while (off < n) {
        bool got;

        off += hl_split_take(&l->lines, rx->bytes + off, n - off, &line, &got);
        if (got)
            emit_line(rx, l, &line);
    }
    if (!l->lingering)
        set_timer(rx, l, hl_split_waiting(&l->lines) ? TIMER_QUIET : TIMER_NONE);
}

static void feed_records(struct hl_rx *rx, struct in_link *l, size_t n) HL_REQUIRES(hl_role_rx)
{
    const uint8_t *data;
    size_t len;
    size_t off = 0;
    int err = 0;

    while (off < n && err == 0) {
        off += hl_records_take(&l->records, rx->bytes + off, n - off, &data, &len, &err);
        if (data)
            emit_bytes(rx, l, data, len, 0);
    }
    if (err != 0)
        end_link(rx, l, err);
}

/* Whether a read that gave n (errno) leaves the link alive; ends it if not. */
static bool goes_on(struct hl_rx *rx, struct in_link *l, ssize_t n, bool at_end)
    HL_REQUIRES(hl_role_rx)
{
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n < 0 || at_end) {
        bool cut = hl_records_waiting(&l->records);

        end_link(rx, l, n < 0 ? -errno : cut ? HL_ERR_FRAMING : 0);
        return false;
    }
    hl_net_count(&rx->net->bytes_in, (uint64_t)n);
    return true;
}

static void read_stream(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    ssize_t n = recv(l->wire->fd, rx->bytes, sizeof(rx->bytes), MSG_DONTWAIT);

    if (!goes_on(rx, l, n, n == 0))
        return;
    if (l->records.buf)
        feed_records(rx, l, (size_t)n);
    else
        feed_lines(rx, l, (size_t)n);
}

/* An empty record and the end both read as 0 bytes; but only a record has a time of arrival. */
static void read_record(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    _Alignas(struct cmsghdr) uint8_t stamp[CMSG_SPACE(sizeof(struct timeval))];
    struct iovec iov = {rx->bytes, sizeof(rx->bytes)};
    struct msghdr h = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = stamp, .msg_controllen = sizeof(stamp)};
    ssize_t n = recvmsg(l->wire->fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (goes_on(rx, l, n, n == 0 && h.msg_controllen == 0))
        emit_bytes(rx, l, rx->bytes, (size_t)n, h.msg_flags & MSG_TRUNC ? HL_EVF_TRUNCATED : 0);
}

/* After the end of the stream only a hang-up is reported: both sides are done, or it broke. The
 * in side is done already, so if the out side is not, ending it is the send thread's. */
static void hang_up(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    struct hl_tx_command lost = {.kind = HL_TX_LOST, .link = l->wire->path.link};
    int err = 0;
    socklen_t len = sizeof(err);

    getsockopt(l->wire->fd, SOL_SOCKET, SO_ERROR, &err, &len);
    (void)hl_wire_end(l->wire, HL_WIRE_IN, -err);
    (void)hl_net_tell_tx(rx->net, &lost);
    remove_link(rx, l);
}

/* ---- listeners ---- */

/* Out of descriptors: the spare one is given up for a moment, so that the peer learns at once
 * that it is turned away. Returns false if that did not work either. */
static bool refuse_with_spare(struct hl_rx *rx, int listener) HL_REQUIRES(hl_role_rx)
{
    int fd;

    if (rx->spare_fd >= 0)
        close(rx->spare_fd);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        hl_net_count(&rx->net->refused_conns, 1);
        close(fd);
    }
    rx->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

/* A peer waits and cannot be accepted: the listener would report it without end. */
static void pause_listener(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    watch(rx, l, EPOLL_CTL_MOD, 0);
    set_timer(rx, l, TIMER_PAUSE);
}

static bool welcome(struct hl_rx *rx, const struct hl_wire *listener, int fd)
    HL_REQUIRES(hl_role_rx)
{
    struct hl_tx_command add = {.kind = HL_TX_ADD};
    struct hl_event ev = {.kind = HL_EV_ACCEPTED};
    struct hl_wire *w;

    if (atomic_load(&rx->net->conns) >= rx->net->config.conns_max)
        return false;
    w = hl_wire_new(fd, hl_net_new_link(rx->net), listener->path.transport, false);
    if (!w)
        return false;
    hl_sock_tune_stream(fd);
    atomic_fetch_add(&rx->net->conns, 1);
    add.wire = hl_wire_ref(w);
    ev.path = w->path;
    hl_wires_add(&rx->net->wires, w);
    if (!hl_net_tell_tx(rx->net, &add)) {
        hl_wires_remove(&rx->net->wires, w->path.link);
        hl_wire_unref(w);
        hl_wire_unref(w);
        atomic_fetch_sub(&rx->net->conns, 1);
        return true; /* fd is closed already */
    }
    emit(rx, &ev); /* before any of its messages */
    add_link(rx, w);
    return true;
}

static void accept_peers(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(l->wire->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0) {
            bool full = errno == EMFILE || errno == ENFILE;

            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            if (errno != EAGAIN && !(full && refuse_with_spare(rx, l->wire->fd)))
                pause_listener(rx, l);
            return;
        }
        if (!welcome(rx, l->wire, fd)) {
            hl_net_count(&rx->net->refused_conns, 1);
            close(fd);
        }
    }
}

/* ---- commands and time ---- */

static void close_link(struct hl_rx *rx, hl_link link) HL_REQUIRES(hl_role_rx)
{
    struct in_link *l = *slot(rx, link);

    if (!l || l->ended)
        return;
    if (!is_conn(l->wire)) {
        struct hl_event ev = {.kind = HL_EV_CLOSED, .path = l->wire->path};

        remove_link(rx, l);
        emit(rx, &ev); /* after the fact: who hears of it may bind the address again */
        return;
    }
    /* To close with unread bytes would reset the connection and could destroy what we sent. */
    if (hl_wire_end(l->wire, HL_WIRE_IN, 0))
        emit_closed(rx, l->wire);
    l->lingering = true;
    set_timer(rx, l, TIMER_LINGER);
}

static void run_commands(struct hl_rx *rx) HL_REQUIRES(hl_role_rx)
{
    const struct hl_rx_command *c;
    uint32_t starved;
    size_t len;

    while ((c = hl_queue_pop(&rx->net->rx_commands, &len, &starved)) != NULL) {
        switch (c->kind) {
        case HL_RX_ADD:
            add_link(rx, c->wire);
            break;
        case HL_RX_CLOSE:
            close_link(rx, c->link);
            break;
        case HL_RX_STOP:
            rx->stop = true;
            break;
        }
    }
}

static void time_is_up(struct hl_rx *rx, struct in_link *l) HL_REQUIRES(hl_role_rx)
{
    enum in_timer timer = l->timer;

    set_timer(rx, l, TIMER_NONE);
    if (timer == TIMER_LINGER)
        remove_link(rx, l);
    else if (timer == TIMER_PAUSE)
        watch(rx, l, EPOLL_CTL_MOD, EPOLLIN);
    else
        flush_line(rx, l, false);
}

/* Does what is due. Returns when the next is, HL_NEVER if nothing is. */
static hl_time run_timers(struct hl_rx *rx) HL_REQUIRES(hl_role_rx)
{
    hl_time now = hl_clock_now();
    hl_time first = HL_NEVER;

    for (int i = TIMER_NONE + 1; i < TIMERS; i++) {
        while (rx->timers[i].first && rx->timers[i].first->due <= now)
            time_is_up(rx, rx->timers[i].first);
        if (rx->timers[i].first && rx->timers[i].first->due < first)
            first = rx->timers[i].first->due;
    }
    return first;
}

static void handle(struct hl_rx *rx, struct in_link *l, uint32_t events) HL_REQUIRES(hl_role_rx)
{
    if (l->wire->listener) {
        accept_peers(rx, l);
    } else if (!is_conn(l->wire)) {
        if ((events & EPOLLERR) && l->wire->path.transport == HL_UDP)
            read_errors(rx, l);
        read_datagrams(rx, l);
    } else if (l->ended) {
        hang_up(rx, l);
    } else if (hl_transport_is_stream(l->wire->path.transport)) {
        read_stream(rx, l);
    } else {
        read_record(rx, l);
    }
}

static void on_route(void *user, const struct hl_netlink_event *news) HL_REQUIRES(hl_role_rx)
{
    const char *text = hl_netlink_kind_text(news->kind);
    struct hl_event ev = {.kind = HL_EV_ADDRESSES,
                          .path.local = news->addr,
                          .count = news->index,
                          .data = (const uint8_t *)text,
                          .len = strlen(text)};

    emit(user, &ev);
}

static void dispatch(struct hl_rx *rx, const struct epoll_event *events, int n)
    HL_REQUIRES(hl_role_rx)
{
    for (int i = 0; i < n; i++) {
        struct in_link *l = events[i].data.ptr;

        if (!l)
            run_commands(rx);
        else if (events[i].data.ptr == (void *)rx)
            (void)!hl_netlink_read(rx->route_fd, on_route, rx);
        else if (l->wire)
            handle(rx, l, events[i].events);
    }
    free_removed(rx);
}

static int open_rx(struct hl_rx *rx)
{
    struct hl_net *n = rx->net;
    struct epoll_event commands = {.events = EPOLLIN, .data.ptr = NULL};
    struct epoll_event route = {.events = EPOLLIN, .data.ptr = rx};

    rx->route_fd = -1;
    rx->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    rx->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (rx->epoll < 0 || epoll_ctl(rx->epoll, EPOLL_CTL_ADD, n->rx_commands.fd, &commands) != 0)
        return -errno;
    rx->dgrams = hl_dgram_rx_new();
    if (!rx->dgrams)
        return -ENOMEM;
    if (n->config.route_events && hl_netlink_open(&rx->route_fd) == 0)
        epoll_ctl(rx->epoll, EPOLL_CTL_ADD, rx->route_fd, &route);
    return 0;
}

int hl_rx_new(struct hl_net *n, struct hl_rx **out)
{
    struct hl_rx *rx = calloc(1, sizeof(*rx));
    int err;

    if (!rx)
        return -ENOMEM;
    rx->net = n;
    err = open_rx(rx);
    if (err != 0) {
        hl_rx_free(rx);
        return err;
    }
    *out = rx;
    return 0;
}

void hl_rx_free(struct hl_rx *rx)
{
    if (!rx)
        return;
    hl_dgram_rx_free(rx->dgrams);
    if (rx->route_fd >= 0)
        close(rx->route_fd);
    if (rx->spare_fd >= 0)
        close(rx->spare_fd);
    if (rx->epoll >= 0)
        close(rx->epoll);
    free(rx);
}

void *hl_rx_main(void *arg)
{
    struct hl_rx *rx = arg;

    hl_role_enter(&hl_role_rx);
    while (!rx->stop) {
        struct epoll_event events[EPOLL_BATCH];
        hl_time first = run_timers(rx);
        int n;

        free_removed(rx);
        n = hl_epoll_wait(rx->epoll, events, EPOLL_BATCH, first);
        if (n > 0)
            dispatch(rx, events, n);
    }
    run_commands(rx); /* wires that were still on their way */
    for (int i = 0; i < BUCKETS; i++) {
        while (rx->buckets[i])
            remove_link(rx, rx->buckets[i]);
    }
    free_removed(rx);
    return NULL;
}
