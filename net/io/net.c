/* SPDX-License-Identifier: MIT */
#include "net.h"

#include "addr.h"
#include "clock.h"
#include "dgram.h"
#include "direct.h"
#include "rx.h"
#include "sock.h"
#include "tx.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    CONTROL_ROOM = 64 << 10, /* bytes of the command queue beside messages: for dials */
    FDS_OURS = 64,           /* descriptors the program needs beside stream peers, at most */
    STARVED_MS = 1,          /* until memory for an event is asked for again */
};

/* ---- shared with the threads ---- */

hl_link hl_net_new_link(struct hl_net *n)
{
    return atomic_fetch_add(&n->next_link, 1) + 1;
}

bool hl_net_tell_tx(struct hl_net *n, const struct hl_tx_command *c)
{
    struct hl_record r = {.head = c, .head_len = sizeof(*c)};

    return hl_queue_force(&n->tx_commands, &r);
}

bool hl_net_tell_rx(struct hl_net *n, const struct hl_rx_command *c)
{
    struct hl_record r = {.head = c, .head_len = sizeof(*c)};

    return hl_queue_force(&n->rx_commands, &r);
}

void hl_net_emit(struct hl_net *n, const struct hl_event *ev, uint32_t who)
{
    struct hl_record r = {ev, sizeof(*ev), ev->data, ev->len};
    int room = who == HL_STARVED_RX ? n->rx_room : n->tx_room;
    bool again = false;

    while (!atomic_load(&n->stopping) && !hl_queue_push(&n->events, &r, 0, who)) {
        struct pollfd p = {.fd = room, .events = POLLIN};
        eventfd_t count;

        /* There is room, so it is memory that is missing, and asking does not make any. */
        if (again && hl_queue_fits(&n->events, r.head_len + r.body_len))
            poll(NULL, 0, STARVED_MS);
        again = true;
        poll(&p, 1, -1);
        eventfd_read(room, &count);
    }
}

/* ---- start and stop ---- */

static size_t conns_permitted(size_t wanted)
{
    struct rlimit limit;
    size_t ours = FDS_OURS;

    if (wanted == 0)
        wanted = HL_CONNS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    if (limit.rlim_cur / 4 * 3 < ours) /* where there is little, peers get a quarter */
        ours = limit.rlim_cur / 4 * 3;
    return limit.rlim_cur - ours < wanted ? limit.rlim_cur - ours : wanted;
}

/* A peer may have come when the send thread was gone already: its socket is still on the way. */
static void drop_late_wires(struct hl_net *n)
{
    const struct hl_tx_command *c;
    uint32_t starved;
    size_t len;

    while ((c = hl_queue_pop(&n->tx_commands, &len, &starved)) != NULL) {
        if (c->kind == HL_TX_ADD)
            hl_wire_unref(c->wire);
    }
}

static void free_net(struct hl_net *n)
{
    hl_rx_free(n->rx);
    hl_tx_free(n->tx);
    hl_wires_fini(&n->wires);
    hl_queue_fini(&n->events);
    hl_queue_fini(&n->tx_commands);
    hl_queue_fini(&n->rx_commands);
    if (n->rx_room >= 0)
        close(n->rx_room);
    if (n->tx_room >= 0)
        close(n->tx_room);
    free(n);
}

/* Signals belong to the main thread; a thread inherits the mask of the one that makes it. */
static int start_threads(struct hl_net *n)
{
    sigset_t all;
    sigset_t before;
    int err;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = -pthread_create(&n->rx_thread, NULL, hl_rx_main, n->rx);
    if (err == 0) {
        err = -pthread_create(&n->tx_thread, NULL, hl_tx_main, n->tx);
        if (err != 0) {
            struct hl_rx_command stop = {.kind = HL_RX_STOP};

            (void)hl_net_tell_rx(n, &stop);
            pthread_join(n->rx_thread, NULL);
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static int init_queues(struct hl_net *n)
{
    int err = hl_queue_init(&n->events, HL_EVENT_QUEUE);
    int tx_err = hl_queue_init(&n->tx_commands, HL_SEND_QUEUE + CONTROL_ROOM);
    int rx_err = hl_queue_init(&n->rx_commands, HL_SEND_QUEUE);

    n->rx_room = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (err == 0)
        err = n->rx_room < 0 ? -errno : 0;
    n->tx_room = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (err == 0)
        err = n->tx_room < 0 ? -errno : 0;
    if (err == 0)
        err = tx_err ? tx_err : rx_err;
    return err;
}

int hl_net_start(const struct hl_net_config *config, struct hl_net **out)
{
    struct hl_net *n = calloc(1, sizeof(*n));
    int err;

    if (!n)
        return -ENOMEM;
    n->config = *config;
    if (n->config.dial_timeout == 0)
        n->config.dial_timeout = HL_DIAL_TIMEOUT;
    if (n->config.close_patience == 0)
        n->config.close_patience = HL_CLOSE_PATIENCE;
    n->config.conns_max = conns_permitted(config->conns_max);
    n->sending.bound = HL_SEND_QUEUE;
    hl_wires_init(&n->wires);
    err = init_queues(n);
    if (err == 0)
        err = hl_rx_new(n, &n->rx);
    if (err == 0)
        err = hl_tx_new(n, &n->tx);
    if (err == 0)
        err = start_threads(n);
    if (err != 0) {
        free_net(n);
        return err;
    }
    *out = n;
    return 0;
}

void hl_net_stop(struct hl_net *n, hl_time flush)
{
    struct hl_tx_command stop_tx = {.kind = HL_TX_STOP, .deadline = hl_clock_now() + flush};
    struct hl_rx_command stop_rx = {.kind = HL_RX_STOP};

    atomic_store(&n->stopping, true);
    eventfd_write(n->rx_room, 1);
    eventfd_write(n->tx_room, 1);
    while (!hl_net_tell_tx(n, &stop_tx))
        sched_yield();
    pthread_join(n->tx_thread, NULL);
    while (!hl_net_tell_rx(n, &stop_rx))
        sched_yield();
    pthread_join(n->rx_thread, NULL);
    drop_late_wires(n);
    free_net(n);
}

int hl_net_fd(const struct hl_net *n)
{
    return n->events.fd;
}

bool hl_net_next(struct hl_net *n, struct hl_event *ev)
{
    uint32_t starved;
    size_t len;
    const struct hl_event *record = hl_queue_pop(&n->events, &len, &starved);

    if (starved & HL_STARVED_RX)
        eventfd_write(n->rx_room, 1);
    if (starved & HL_STARVED_TX)
        eventfd_write(n->tx_room, 1);
    if (!record)
        return false;
    *ev = *record;
    ev->data = (const uint8_t *)(record + 1);
    return true;
}

/* ---- sockets ---- */

/* Hands a socket to both threads. Takes fd in any case. */
static int hand_over(struct hl_net *n, int fd, enum hl_transport transport, bool listener,
                     hl_link *link, struct hl_addr *bound)
{
    struct hl_rx_command to_rx = {.kind = HL_RX_ADD};
    struct hl_tx_command to_tx = {.kind = HL_TX_ADD};
    struct hl_wire *w = hl_wire_new(fd, hl_net_new_link(n), transport, listener);

    if (!w) {
        close(fd);
        return -ENOMEM;
    }
    *link = w->path.link;
    *bound = w->path.local;
    to_rx.wire = w;
    if (transport == HL_UDP && n->config.segments && !n->config.no_offload)
        atomic_init(&w->can, hl_dgram_enable(fd));
    if (!listener) {
        to_tx.wire = hl_wire_ref(w);
        hl_wires_add(&n->wires, w);
        if (!hl_net_tell_tx(n, &to_tx)) {
            hl_wires_remove(&n->wires, w->path.link);
            hl_wire_unref(w);
            hl_wire_unref(w);
            return HL_ERR_BUSY;
        }
    }
    if (!hl_net_tell_rx(n, &to_rx)) {
        hl_wire_unref(w);
        return HL_ERR_BUSY;
    }
    return 0;
}

/* "Any address" of the families the program may use. */
static void narrow_any(const struct hl_net_config *config, struct hl_addr *a)
{
    if (a->family != HL_AF_NONE)
        return;
    if (config->ipv4_only)
        a->family = HL_AF_INET;
    else if (config->ipv6_only)
        a->family = HL_AF_INET6;
}

int hl_net_listen(struct hl_net *n, const struct hl_endpoint *at, hl_link *link,
                  struct hl_addr *bound)
{
    bool datagram = at->transport == HL_UDP || at->transport == HL_UNIX_DGRAM;
    struct hl_addr a;
    int fd;
    int err = hl_addr_resolve_scope(at, &a);

    if (err != 0)
        return err;
    narrow_any(&n->config, &a);
    err = datagram ? hl_sock_datagram(&a, &fd, bound)
                   : hl_sock_listen(at->transport, &a, HL_BACKLOG, &fd, bound);
    return err ? err : hand_over(n, fd, at->transport, !datagram, link, bound);
}

int hl_net_adopt(struct hl_net *n, int fd, hl_link *link, struct hl_addr *bound)
{
    enum hl_transport transport;
    int err = hl_sock_transport(fd, &transport);

    if (err == 0 && transport != HL_UDP && transport != HL_UNIX_DGRAM)
        err = -EPROTONOSUPPORT;
    if (err != 0)
        return err;
    if (transport == HL_UDP)
        err = hl_sock_prepare_udp(fd);
    if (err != 0)
        close(fd);
    return err ? err : hand_over(n, fd, transport, false, link, bound);
}

hl_link hl_net_first(struct hl_net *n, enum hl_transport transport)
{
    return hl_wires_first(&n->wires, transport);
}

/* ---- commands ---- */

static int tell(struct hl_net *n, const struct hl_tx_command *c)
{
    return hl_net_tell_tx(n, c) ? 0 : -ENOMEM;
}

static int ask(struct hl_net *n, enum hl_tx_kind kind, uint64_t token, const struct hl_dial *dial)
{
    struct hl_tx_command c = {.kind = kind, .token = token};
    struct hl_record r = {&c, sizeof(c), dial, sizeof(*dial)};

    return hl_queue_push(&n->tx_commands, &r, 0, 0) ? 0 : HL_ERR_BUSY;
}

int hl_net_dial(struct hl_net *n, const struct hl_dial *dial, uint64_t token)
{
    return ask(n, HL_TX_DIAL, token, dial);
}

int hl_net_resolve(struct hl_net *n, const struct hl_endpoint *what, hl_time timeout,
                   uint64_t token)
{
    const struct hl_dial d = {.to = *what, .timeout = timeout};

    return ask(n, HL_TX_LOOKUP, token, &d);
}

int hl_net_reverse(struct hl_net *n, const struct hl_addr *a, uint64_t token)
{
    const struct hl_dial d = {.to.addr = *a};

    return ask(n, HL_TX_REVERSE, token, &d);
}

int hl_net_cancel(struct hl_net *n, uint64_t token)
{
    struct hl_tx_command c = {.kind = HL_TX_CANCEL, .token = token};

    return tell(n, &c);
}

int hl_net_send(struct hl_net *n, const struct hl_path *to, uint64_t token, const void *data,
                size_t len)
{
    if (len == 0)
        return -EINVAL;
    if (len > HL_TEXT_MAX)
        return HL_ERR_TOO_LONG;
    return hl_direct_send(n, to, token, data, len);
}

int hl_net_transmit(struct hl_net *n, const struct hl_net_transmit *t)
{
    if (t->len == 0)
        return -EINVAL;
    if (t->len > HL_TEXT_MAX)
        return HL_ERR_TOO_LONG;
    return hl_direct_transmit(n, t);
}

int hl_net_finish(struct hl_net *n, hl_link link)
{
    struct hl_tx_command c = {.kind = HL_TX_FINISH, .link = link};

    hl_direct_end(n, link, true);
    return tell(n, &c);
}

int hl_net_close(struct hl_net *n, hl_link link)
{
    struct hl_tx_command c = {.kind = HL_TX_CLOSE, .link = link};

    hl_direct_end(n, link, false);
    return tell(n, &c);
}

void hl_net_stats(const struct hl_net *n, struct hl_net_stats *out)
{
    *out = (struct hl_net_stats){
        .datagrams_in = atomic_load(&n->datagrams_in),
        .datagrams_out = atomic_load(&n->datagrams_out),
        .bytes_in = atomic_load(&n->bytes_in),
        .bytes_out = atomic_load(&n->bytes_out),
        .dropped = atomic_load(&n->dropped),
        .icmp_errors = atomic_load(&n->icmp_errors),
        .refused_conns = atomic_load(&n->refused_conns),
        .send_errors = atomic_load(&n->send_errors),
    };
}
