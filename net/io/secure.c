/* SPDX-License-Identifier: MIT */
/* The main thread's half: commands into one queue, events out of another. */
#include "clock.h"
#include "crypt.h"
#include "entropy.h"
#include "secure_core.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A command with its message takes no more of the queue than it is charged. */
_Static_assert(sizeof(struct hl_sec_command) + 2 * sizeof(uint64_t) <= HL_SECURE_OVERHEAD,
               "a message costs more than it is charged");

/* ---- start and stop ---- */

static int init_shared(struct hl_secure *s)
{
    int err = hl_queue_init(&s->commands, HL_SECURE_COMMANDS);
    int other = hl_queue_init(&s->events, HL_SECURE_EVENTS);

    s->room = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->budget.bound = HL_SECURE_WAITING;
    sem_init(&s->answered, 0, 0);
    if (err == 0)
        err = other;
    if (err == 0 && s->room < 0)
        err = -EMFILE;
    return err;
}

static void free_secure(struct hl_secure *s)
{
    hl_secure_core_free(s->core);
    hl_secure_accounts_free(s);
    hl_queue_fini(&s->commands);
    hl_queue_fini(&s->events);
    if (s->room >= 0)
        close(s->room);
    sem_destroy(&s->answered);
    free(s);
}

static int start_net(struct hl_secure *s, const struct hl_secure_config *config)
{
    struct hl_net_config net = config->net;

    net.route_events = true;
    net.segments = true;
    net.framed = true;
    net.no_offload = config->no_offload;
    net.send_gap = 0;
    return hl_net_start(&net, &s->net);
}

/* Signals belong to the main thread; a thread inherits the mask of the one that makes it. */
static int start_thread(struct hl_secure *s)
{
    sigset_t all;
    sigset_t before;
    int err;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = -pthread_create(&s->thread, NULL, hl_secure_core_main, s->core);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

int hl_secure_start(const struct hl_secure_config *config, struct hl_secure **out)
{
    struct hl_secure *s = calloc(1, sizeof(*s));
    int err;

    if (!s)
        return -ENOMEM;
    err = init_shared(s);
    if (err == 0)
        err = hl_crypt_init();
    if (err == 0)
        err = hl_secure_core_new(s, config, &s->core);
    if (err == 0)
        err = start_net(s, config);
    if (err == 0)
        err = start_thread(s);
    if (err == 0) {
        *out = s;
        return 0;
    }
    if (s->net)
        hl_net_stop(s->net, 0);
    free_secure(s);
    return err;
}

/* What the core thread did not come to any more. */
static void drop_commands(struct hl_secure *s)
{
    const struct hl_sec_command *c;
    uint32_t starved;
    size_t len;

    while ((c = hl_queue_pop(&s->commands, &len, &starved)) != NULL) {
        if (c->kind == HL_SEC_DO_FORGET)
            free(c->account);
        if (c->request) {
            hl_crypt_wipe(c->request, sizeof(*c->request));
            free(c->request);
        }
    }
}

static bool tell(struct hl_secure *s, const struct hl_sec_command *c)
{
    return hl_queue_force(&s->commands, &(struct hl_record){.head = c, .head_len = sizeof(*c)});
}

void hl_secure_stop(struct hl_secure *s, hl_time flush)
{
    struct hl_sec_command stop = {.kind = HL_SEC_DO_STOP, .deadline = hl_clock_now() + flush};

    atomic_store(&s->stopping, true);
    while (!tell(s, &stop))
        sched_yield();
    pthread_join(s->thread, NULL);
    hl_net_stop(s->net, HL_MS(50));
    drop_commands(s);
    free_secure(s);
}

struct hl_net *hl_secure_net(struct hl_secure *s)
{
    return s->net;
}

/* ---- events ---- */

int hl_secure_fd(const struct hl_secure *s)
{
    return s->events.fd;
}

static const uint8_t *read_where(struct hl_secure_event *ev, const uint8_t *at)
{
    const struct hl_sec_where *where = (const void *)at;

    ev->path = where->path;
    memcpy(ev->key, where->key, sizeof(ev->key));
    return at + sizeof(*where);
}

static const uint8_t *read_net(struct hl_secure_event *ev, const uint8_t *at)
{
    memcpy(&ev->net, at, sizeof(ev->net));
    ev->net.data = at + sizeof(ev->net);
    return ev->net.data;
}

static const uint8_t *(*const readers[])(struct hl_secure_event *ev, const uint8_t *at) = {
    [HL_SEC_STRANGER] = read_where,
    [HL_SEC_UP] = read_where,
    [HL_SEC_DOWN] = read_where,
    [HL_SEC_NO_ANSWER] = NULL,
    [HL_SEC_MOVED] = read_where,
    [HL_SEC_MESSAGE] = NULL,
    [HL_SEC_DATA] = NULL,
    [HL_SEC_RESET] = NULL,
    [HL_SEC_STOPPED] = NULL,
    [HL_SEC_ACKED] = NULL,
    [HL_SEC_FAILED] = NULL,
    [HL_SEC_WRITABLE] = NULL,
    [HL_SEC_LOOKED_UP] = read_where,
    [HL_SEC_TRYING] = read_where,
    [HL_SEC_TRY_FAILED] = read_where,
    [HL_SEC_NET] = read_net,
};

static void read_record(struct hl_secure_event *ev, const struct hl_sec_record *r, size_t len)
{
    const uint8_t *at = (const uint8_t *)(r + 1);

    ev->kind = (enum hl_secure_event_kind)r->kind;
    ev->peer = r->peer;
    ev->err = r->err;
    ev->restarted = r->restarted;
    ev->fin = r->fin;
    ev->stream = r->stream;
    ev->offset = r->offset;
    ev->token = r->token;
    ev->code = r->code;
    ev->time = r->time;
    if (readers[r->kind])
        at = readers[r->kind](ev, at);
    ev->data = at;
    ev->len = len - (size_t)(at - (const uint8_t *)r);
}

static void read_writable(struct hl_secure_event *ev, uint32_t peer, uint64_t stream)
{
    const struct hl_sec_record r = {
        .kind = HL_SEC_WRITABLE, .peer = peer, .stream = stream, .time = hl_clock_now()};

    read_record(ev, &r, sizeof(r));
}

bool hl_secure_next(struct hl_secure *s, struct hl_secure_event *ev)
{
    const struct hl_sec_record *r;
    uint64_t stream;
    uint32_t starved;
    uint32_t peer;
    size_t len;

    for (;;) {
        if (hl_secure_account_next(s, &peer, &stream)) {
            read_writable(ev, peer, stream);
            return true;
        }
        r = hl_queue_pop(&s->events, &len, &starved);
        if (starved)
            eventfd_write(s->room, 1);
        if (!r)
            return false;
        if (r->kind != HL_SEC_ROOM)
            break;
        hl_secure_account_ready(s, r->peer, r->stream);
    }
    if (r->restarted)
        s->restarts = r->restarts;
    read_record(ev, r, len);
    return true;
}

/* ---- commands ---- */

static int command(struct hl_secure *s, const struct hl_sec_command *c)
{
    return tell(s, c) ? 0 : -ENOMEM;
}

static int open_peer(struct hl_secure *s, uint32_t peer, const struct hl_secure_open *o)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_OPEN, .peer = peer};
    struct hl_sec_request *r = calloc(1, sizeof(*r));

    if (!r || !hl_secure_account_get(s, peer)) {
        free(r);
        return -ENOMEM;
    }
    *r = (struct hl_sec_request){
        .to = o->to, .via = o->via, .carrier = o->carrier, .timeout = o->timeout};
    if (o->key)
        memcpy(r->key, o->key, sizeof(r->key));
    if (o->psk)
        memcpy(r->psk, o->psk, sizeof(r->psk));
    r->has_key = o->key != NULL;
    r->has_psk = o->psk != NULL;
    c.request = r;
    if (tell(s, &c))
        return 0;
    hl_crypt_wipe(r, sizeof(*r));
    free(r);
    return -ENOMEM;
}

int hl_secure_open(struct hl_secure *s, const struct hl_secure_open *o, uint32_t *peer)
{
    int err;

    if (s->last_peer + 1 >= HL_PEER_STRANGER)
        return HL_ERR_PEERS_FULL;
    *peer = ++s->last_peer;
    err = open_peer(s, *peer, o);
    if (err != 0)
        free(hl_secure_account_remove(s, *peer));
    return err;
}

int hl_secure_reopen(struct hl_secure *s, uint32_t peer, const struct hl_secure_open *o)
{
    if (peer < HL_PEER_STRANGER && !hl_secure_account_find(s, peer))
        return HL_ERR_NO_PEER;
    return open_peer(s, peer, o);
}

static int send_bytes(struct hl_secure *s, struct hl_sec_command *c, const struct hl_bytes *bytes)
{
    struct hl_record r = {.head = c, .head_len = sizeof(*c), .body = bytes->at};
    int err;

    c->kind = HL_SEC_DO_SEND;
    c->restarts = s->restarts;
    c->len = r.body_len = bytes->len;
    c->account = c->peer < HL_PEER_STRANGER ? hl_secure_account_find(s, c->peer)
                                            : hl_secure_account_get(s, c->peer);
    if (!c->account)
        return c->peer < HL_PEER_STRANGER ? HL_ERR_NO_PEER : -ENOMEM;
    if (bytes->len > HL_MESSAGE_MAX)
        return HL_ERR_TOO_LONG;
    err = hl_secure_account_take(s, c->account, c->stream, bytes->len);
    if (err == 0 && !hl_queue_push(&s->commands, &r, 0, 0)) {
        hl_secure_account_give(s, c->account, c->stream, bytes->len);
        err = -ENOMEM; /* the accounts hold less than the queue */
    }
    return err;
}

int hl_secure_send(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t token,
                   const struct hl_bytes *message)
{
    struct hl_sec_command c = {.peer = peer, .stream = stream, .token = token};

    if (stream >= HL_STREAM_BYTES || message->len == 0)
        return -EINVAL;
    return send_bytes(s, &c, message);
}

int hl_secure_write(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t token,
                    const struct hl_bytes *bytes, bool fin)
{
    struct hl_sec_command c = {.peer = peer, .stream = stream, .token = token, .on = fin};

    if (stream < HL_STREAM_BYTES || (bytes->len == 0 && !fin))
        return -EINVAL;
    return send_bytes(s, &c, bytes);
}

static int about_stream(struct hl_secure *s, enum hl_sec_command_kind kind, uint32_t peer,
                        uint64_t stream, uint64_t code)
{
    struct hl_sec_command c = {.kind = kind, .peer = peer, .stream = stream, .code = code};

    return stream < HL_STREAM_BYTES ? -EINVAL : command(s, &c);
}

int hl_secure_reset(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t code)
{
    return about_stream(s, HL_SEC_DO_RESET, peer, stream, code);
}

int hl_secure_refuse(struct hl_secure *s, uint32_t peer, uint64_t stream, uint64_t code)
{
    return about_stream(s, HL_SEC_DO_REFUSE, peer, stream, code);
}

int hl_secure_close(struct hl_secure *s, uint32_t peer)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_CLOSE, .peer = peer};

    return command(s, &c);
}

int hl_secure_forget(struct hl_secure *s, uint32_t peer)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_FORGET, .peer = peer};

    c.account = hl_secure_account_remove(s, peer);
    if (!c.account && peer < HL_PEER_STRANGER)
        return HL_ERR_NO_PEER;
    while (!tell(s, &c)) /* the account is the core thread's now */
        sched_yield();
    return 0;
}

void hl_secure_pairing(struct hl_secure *s, bool on)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_PAIRING, .on = on};

    while (!tell(s, &c))
        sched_yield();
}

void hl_secure_shun(struct hl_secure *s, uint32_t peer, bool on)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_SHUN, .peer = peer, .on = on};

    while (!tell(s, &c))
        sched_yield();
}

void hl_secure_keepalive(struct hl_secure *s, uint32_t peer, hl_time interval)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_KEEP, .peer = peer, .interval = interval};

    while (!tell(s, &c))
        sched_yield();
}

/* Asks the core thread, and waits for it. */
static void ask(struct hl_secure *s, const struct hl_sec_command *c)
{
    while (!tell(s, c))
        sched_yield();
    while (sem_wait(&s->answered) != 0)
        ; /* a signal came in between */
}

bool hl_secure_peer(struct hl_secure *s, uint32_t peer, struct hl_peer_info *out)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_PEER, .peer = peer};

    ask(s, &c);
    if (s->found)
        *out = s->info;
    return s->found;
}

void hl_secure_stats(struct hl_secure *s, struct hl_node_stats *out)
{
    struct hl_sec_command c = {.kind = HL_SEC_DO_STATS};

    ask(s, &c);
    *out = s->stats;
}
