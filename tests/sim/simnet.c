/* SPDX-License-Identifier: MIT */
#include "simnet.h"

#include "err.h"
#include "eventq.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    V4,
    V6,
    FAMILIES,
    FILTER_SIZE = 32,   /* remotes that a NAT remembers */
    TCP_STALL_MS = 250, /* what a lost segment costs a connection */
};

struct host {
    bool has[FAMILIES];
    struct hl_addr inner[FAMILIES], outer[FAMILIES];
    bool asleep, filtering;
    struct hl_addr heard[FILTER_SIZE]; /* by the host: who may get in */
    unsigned heard_next;
};

struct end {
    unsigned host;
    hl_link link;
    struct hl_addr addr;
    size_t waiting; /* bytes that this end sent and the other has not got */
    bool full;      /* and said so */
    hl_time last;   /* arrival of the latest record */
};

struct conn {
    bool up;
    struct end end[2];
};

struct item {
    struct sim_item head;
    enum simnet_event_kind kind;
    unsigned host; /* timers and connections: whom it concerns */
    struct hl_addr from, to;
    hl_link link;
    uint64_t timer;
    bool forged;
    size_t altered;
    int maker;
    struct hl_addr meant;
    size_t len;
    uint8_t bytes[];
};

struct simnet {
    hl_time now;
    struct sim_eventq queue;
    struct item *current; /* given out by simnet_next(), freed by the next call */
    struct host hosts[SIMNET_HOSTS];
    unsigned hosts_count;
    struct sim_pipe pipes[SIMNET_HOSTS][SIMNET_HOSTS];
    struct sim_pipe *routes[SIMNET_HOSTS][SIMNET_HOSTS];
    struct conn conns[SIMNET_CONNS];
    unsigned conns_count;
    hl_link last_link;
    simnet_tap *tap;
    void *tap_user;
    struct simnet_stats stats;
};

struct simnet *simnet_new(uint64_t seed)
{
    struct simnet *net = calloc(1, sizeof *net);

    assert(net);
    net->last_link = SIMNET_LINK_V6;
    for (unsigned a = 0; a < SIMNET_HOSTS; a++) {
        for (unsigned b = 0; b < SIMNET_HOSTS; b++) {
            sim_pipe_init(&net->pipes[a][b], seed, (uint64_t)a * SIMNET_HOSTS + b);
            net->routes[a][b] = &net->pipes[a][b];
        }
    }
    return net;
}

void simnet_free(struct simnet *net)
{
    if (!net)
        return;
    sim_eventq_fini(&net->queue);
    free(net->current);
    free(net);
}

void simnet_set_tap(struct simnet *net, simnet_tap *tap, void *user)
{
    net->tap = tap;
    net->tap_user = user;
}

hl_time simnet_now(const struct simnet *net)
{
    return net->now;
}

void simnet_stats(const struct simnet *net, struct simnet_stats *out)
{
    *out = net->stats;
}

/* ---- hosts ---- */

static unsigned family_index(enum hl_family family)
{
    assert(family == HL_AF_INET || family == HL_AF_INET6);
    return family == HL_AF_INET ? V4 : V6;
}

unsigned simnet_host(struct simnet *net)
{
    assert(net->hosts_count < SIMNET_HOSTS);
    return net->hosts_count++;
}

void simnet_set_addr(struct simnet *net, unsigned host, enum hl_family family,
                     const struct hl_addr *inner, const struct hl_addr *outer)
{
    struct host *h = &net->hosts[host];
    unsigned f = family_index(family);

    h->has[f] = inner != NULL;
    if (inner) {
        h->inner[f] = *inner;
        h->outer[f] = *outer;
    }
    memset(h->heard, 0, sizeof h->heard);
}

bool simnet_addr(const struct simnet *net, unsigned host, enum hl_family family,
                 struct hl_addr *out)
{
    const struct host *h = &net->hosts[host];
    unsigned f = family_index(family);

    if (h->has[f])
        *out = h->outer[f];
    return h->has[f];
}

void simnet_set_filter(struct simnet *net, unsigned host, bool on)
{
    net->hosts[host].filtering = on;
}

void simnet_set_asleep(struct simnet *net, unsigned host, bool asleep)
{
    net->hosts[host].asleep = asleep;
}

struct hl_addr simnet_ip(enum hl_family family, unsigned n, uint16_t port)
{
    static const uint8_t v4[] = {192, 0, 2, 0};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};
    struct hl_addr a = {.family = (uint8_t)family, .port = port};

    if (family == HL_AF_INET) {
        memcpy(a.ip, v4, sizeof v4);
        a.ip[3] = (uint8_t)n;
    } else {
        memcpy(a.ip, v6, sizeof v6);
        a.ip[15] = (uint8_t)n;
    }
    return a;
}

struct sim_pipe *simnet_pipe(struct simnet *net, unsigned from, unsigned to)
{
    return net->routes[from][to];
}

void simnet_share(struct simnet *net, unsigned from, unsigned to, const struct sim_pipe *pipe)
{
    for (unsigned a = 0; a < SIMNET_HOSTS; a++) {
        for (unsigned b = 0; b < SIMNET_HOSTS; b++) {
            if (pipe == &net->pipes[a][b])
                net->routes[from][to] = &net->pipes[a][b];
        }
    }
}

/* Who has that address now? -1: nobody. */
static int owner_of(const struct simnet *net, const struct hl_addr *a)
{
    unsigned f = a->family == HL_AF_INET ? V4 : V6;

    for (unsigned i = 0; i < net->hosts_count; i++) {
        if (net->hosts[i].has[f] && hl_addr_equal(&net->hosts[i].outer[f], a))
            return (int)i;
    }
    return -1;
}

static bool remembers(const struct host *h, const struct hl_addr *remote)
{
    for (unsigned i = 0; i < FILTER_SIZE; i++) {
        if (hl_addr_equal(&h->heard[i], remote))
            return true;
    }
    return false;
}

static void remember(struct host *h, const struct hl_addr *remote)
{
    if (!h->filtering || remembers(h, remote))
        return;
    h->heard[h->heard_next] = *remote;
    h->heard_next = (h->heard_next + 1) % FILTER_SIZE;
}

/* ---- events ---- */

static struct item *queue(struct simnet *net, hl_time at, enum simnet_event_kind kind,
                          const uint8_t *bytes, size_t len)
{
    struct item *item = calloc(1, sizeof *item + len);

    assert(item && at >= net->now);
    item->head.at = at;
    item->kind = kind;
    item->len = len;
    if (len)
        memcpy(item->bytes, bytes, len);
    sim_eventq_push(&net->queue, &item->head);
    return item;
}

void simnet_timer(struct simnet *net, hl_time at, uint64_t timer)
{
    queue(net, at, SIMNET_TIMER, NULL, 0)->timer = timer;
}

/* ---- datagrams ---- */

void simnet_inject(struct simnet *net, hl_time at, const struct simnet_forgery *f)
{
    struct item *item = queue(net, at, SIMNET_DATAGRAM, f->bytes, f->len);

    item->from = f->from;
    item->to = f->to;
    item->forged = true;
    item->altered = f->altered;
    item->maker = f->maker;
    item->meant = f->meant;
    net->stats.forged++;
}

static void send_one(struct simnet *net, const struct simnet_packet *p)
{
    struct sim_fate fate;
    struct item *item;
    int to = owner_of(net, &p->to);

    net->stats.sent++;
    if (net->tap && net->tap(net->tap_user, p))
        return;
    if (to < 0) {
        net->stats.nowhere++;
        return;
    }
    sim_pipe_pass(net->routes[p->host][to], net->now, p->len, &fate);
    for (unsigned i = 0; i < fate.copies; i++) {
        item = queue(net, fate.at[i], SIMNET_DATAGRAM, p->bytes, fate.len);
        item->from = p->from;
        item->to = item->meant = p->to;
        item->maker = (int)p->host;
        if (fate.len != p->len)
            item->altered = fate.len + 1;
        if (fate.corrupted) {
            item->bytes[fate.flip / 8] ^= (uint8_t)(1U << fate.flip % 8);
            item->altered = fate.flip / 8 + 1;
        }
    }
}

static int send_datagrams(struct simnet *net, unsigned host, const struct hl_addr *to,
                          const uint8_t *bytes, size_t len, size_t segment)
{
    struct host *h = &net->hosts[host];
    unsigned f = family_index((enum hl_family)to->family);
    struct simnet_packet p = {.at = net->now, .host = host, .to = *to};
    int owner = owner_of(net, to);

    if (!h->has[f]) {
        net->stats.unreachable++;
        return 0;
    }
    if (owner >= 0) {
        const struct sim_pipe_config *c = &net->routes[host][owner]->config;

        if (c->mtu_refuses && c->mtu && (segment ? segment : len) > c->mtu)
            return -EMSGSIZE;
    }
    p.from = h->outer[f];
    remember(h, to);
    for (size_t at = 0; at < len; at += p.len) {
        p.bytes = bytes + at;
        p.len = segment && segment < len - at ? segment : len - at;
        send_one(net, &p);
    }
    return 0;
}

static bool arrive_datagram(struct simnet *net, const struct item *item, struct simnet_event *ev)
{
    int to = owner_of(net, &item->to);
    struct host *h;
    unsigned f;

    if (to < 0) { /* it moved while this was on its way */
        net->stats.nowhere++;
        return false;
    }
    h = &net->hosts[to];
    if (h->asleep) {
        net->stats.asleep++;
        return false;
    }
    if (h->filtering && !remembers(h, &item->from)) {
        net->stats.filtered++;
        return false;
    }
    f = family_index((enum hl_family)item->to.family);
    ev->host = (unsigned)to;
    ev->path = (struct hl_path){.link = f == V4 ? SIMNET_LINK_V4 : SIMNET_LINK_V6,
                                .transport = HL_UDP,
                                .remote = item->from,
                                .local = h->inner[f]};
    net->stats.delivered++;
    return true;
}

/* ---- connections ---- */

static struct conn *find_conn(struct simnet *net, unsigned host, hl_link link, unsigned *side)
{
    for (unsigned i = 0; i < net->conns_count; i++) {
        for (*side = 0; *side < 2; (*side)++) {
            const struct end *e = &net->conns[i].end[*side];

            if (e->host == host && e->link == link)
                return &net->conns[i];
        }
    }
    return NULL;
}

static struct hl_path path_at(const struct conn *c, unsigned side)
{
    return (struct hl_path){.link = c->end[side].link,
                            .transport = HL_TCP,
                            .remote = c->end[!side].addr,
                            .local = c->end[side].addr};
}

void simnet_connect(struct simnet *net, unsigned from, unsigned to, struct hl_path *at_from,
                    struct hl_path *at_to)
{
    struct conn *c = &net->conns[net->conns_count++];
    unsigned host[] = {from, to};

    assert(net->conns_count <= SIMNET_CONNS);
    c->up = true;
    for (unsigned side = 0; side < 2; side++) {
        struct end *e = &c->end[side];
        unsigned f = net->hosts[from].has[V4] && net->hosts[to].has[V4] ? V4 : V6;

        assert(net->hosts[host[side]].has[f]);
        e->host = host[side];
        e->link = ++net->last_link;
        e->addr = net->hosts[host[side]].outer[f];
        e->addr.port = (uint16_t)(side ? e->addr.port : 40000 + net->last_link);
    }
    *at_from = path_at(c, 0);
    *at_to = path_at(c, 1);
}

static void queue_for_link(struct simnet *net, hl_time at, enum simnet_event_kind kind,
                           const struct end *e)
{
    struct item *item = queue(net, at, kind, NULL, 0);

    item->host = e->host;
    item->link = e->link;
}

static void break_conn(struct simnet *net, struct conn *c)
{
    if (!c->up)
        return;
    c->up = false;
    for (unsigned side = 0; side < 2; side++) {
        const struct sim_pipe *p = net->routes[c->end[!side].host][c->end[side].host];

        queue_for_link(net, net->now + p->config.delay, SIMNET_LINK_DOWN, &c->end[side]);
    }
}

void simnet_break(struct simnet *net, unsigned host, hl_link link)
{
    unsigned side;
    struct conn *c = find_conn(net, host, link, &side);

    if (c)
        break_conn(net, c);
}

void simnet_break_all(struct simnet *net, unsigned host)
{
    for (unsigned i = 0; i < net->conns_count; i++) {
        struct conn *c = &net->conns[i];

        if (c->end[0].host == host || c->end[1].host == host)
            break_conn(net, c);
    }
}

/* What loss does to a record is delay: the pipe says whether, TCP's retransmission how long. */
static int send_record(struct simnet *net, unsigned host, hl_link link, const uint8_t *bytes,
                       size_t len)
{
    unsigned side;
    struct conn *c = find_conn(net, host, link, &side);
    struct sim_fate fate;
    struct sim_pipe *pipe;
    struct end *e;
    hl_time at;
    struct item *item;

    if (!c || !c->up)
        return 0; /* the break is already on its way to the sender */
    e = &c->end[side];
    pipe = net->routes[host][c->end[!side].host];
    sim_pipe_pass(pipe, net->now, len, &fate);
    at = fate.copies ? fate.at[0] : net->now + pipe->config.delay + HL_MS(TCP_STALL_MS);
    if (at < e->last)
        at = e->last;
    e->last = at;
    item = queue(net, at, SIMNET_RECORD, bytes, len);
    item->host = c->end[!side].host;
    item->link = c->end[!side].link;
    e->waiting += len;
    e->full = e->waiting > SIMNET_CONN_QUEUE;
    return e->full ? HL_ERR_BUSY : 0;
}

static bool arrive_record(struct simnet *net, const struct item *item, struct simnet_event *ev)
{
    unsigned side;
    struct conn *c = find_conn(net, item->host, item->link, &side);
    struct end *sender = &c->end[!side];

    if (net->hosts[item->host].asleep)
        break_conn(net, c); /* nobody answers for a host that sleeps */
    if (!c->up)
        return false;
    sender->waiting -= item->len;
    if (sender->full && sender->waiting <= SIMNET_CONN_QUEUE / 2) {
        sender->full = false;
        queue_for_link(net, net->now, SIMNET_LINK_ROOM, sender);
    }
    ev->host = item->host;
    ev->path = path_at(c, side);
    return true;
}

/* ---- in and out ---- */

int simnet_send(struct simnet *net, unsigned host, const struct hl_path *path, const uint8_t *bytes,
                size_t len, size_t segment)
{
    assert(!net->hosts[host].asleep && len);
    if (hl_transport_is_stream(path->transport))
        return send_record(net, host, path->link, bytes, len);
    return send_datagrams(net, host, &path->remote, bytes, len, segment);
}

hl_time simnet_due(const struct simnet *net)
{
    const struct sim_item *first = sim_eventq_first(&net->queue);

    return first ? first->at : HL_NEVER;
}

/* Fills in what only some kinds have; false: nobody is there to notice. */
static bool arrive(struct simnet *net, struct item *item, struct simnet_event *ev)
{
    *ev = (struct simnet_event){.kind = item->kind,
                                .at = item->head.at,
                                .host = item->host,
                                .path.link = item->link,
                                .path.transport = HL_TCP,
                                .bytes = item->bytes,
                                .len = item->len,
                                .forged = item->forged,
                                .altered = item->altered,
                                .maker = item->maker,
                                .meant = item->meant,
                                .timer = item->timer};
    switch (item->kind) {
    case SIMNET_DATAGRAM:
        return arrive_datagram(net, item, ev);
    case SIMNET_RECORD:
        return arrive_record(net, item, ev);
    case SIMNET_LINK_DOWN:
    case SIMNET_LINK_ROOM:
    case SIMNET_TIMER:
        break;
    }
    return true;
}

bool simnet_next(struct simnet *net, hl_time until, struct simnet_event *ev)
{
    while (simnet_due(net) <= until && net->queue.count) {
        free(net->current);
        net->current = (struct item *)sim_eventq_pop(&net->queue);
        net->now = net->current->head.at;
        if (arrive(net, net->current, ev))
            return true;
    }
    if (until != HL_NEVER && until > net->now)
        net->now = until;
    return false;
}
