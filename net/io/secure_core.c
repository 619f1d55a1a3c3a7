/* SPDX-License-Identifier: MIT */
/* The core thread's loop: the node is fed with what arrived and what the program wants, its events
 * go to the program, its packets to the net. It waits for nobody: whatever has no room is refused,
 * kept or dropped here, so that a stop comes through at any time. */
#include "secure_core.h"

#include "clock.h"
#include "crypt.h"
#include "entropy.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    ARRIVALS_PER_TURN = 64,       /* events of the net, then the others get their turn */
    ARRIVED_PER_TURN = 512 << 10, /* bytes of them: acknowledgements must not wait for more */
    COMMANDS_PER_TURN = 256,
    RUNS_PER_TURN = 32, /* given to the net */
};

#define FAREWELL_TIME HL_MS(50) /* for the last words of the node, above all to slow streams */

void hl_secure_core_tell(struct hl_sec_core *core, const struct hl_command *c)
{
    (void)!hl_node_command(core->node, core->now, c);
}

/* ---- what arrived ---- */

static void on_message(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    size_t segment = ev->segment ? ev->segment : ev->len;

    if (ev->flags & HL_EVF_TRUNCATED)
        return;
    for (size_t at = 0; at < ev->len; at += segment) {
        size_t len = ev->len - at < segment ? ev->len - at : segment;

        hl_node_recv(core->node, core->now, &ev->path, ev->bytes + at, len);
        hl_secure_events_take(core);
    }
    hl_node_settle(core->node, core->now); /* the next event takes their place */
}

static void on_dial(struct hl_sec_core *core, const struct hl_event *ev) HL_REQUIRES(hl_role_core)
{
    if (ev->token & HL_SECURE_TOKENS)
        hl_secure_dial_event(core, ev);
    else
        hl_secure_events_pass(core, ev);
}

static void on_refused(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    hl_secure_dial_refused(core, &ev->path, ev->err);
}

static void on_accepted(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    hl_secure_links_add(core, &ev->path, true);
}

static void on_closed(struct hl_sec_core *core, const struct hl_event *ev) HL_REQUIRES(hl_role_core)
{
    struct hl_command down = {.kind = HL_CMD_LINK_DOWN, .path = ev->path};

    if (hl_secure_links_over(core, ev) || hl_sec_is_conn(&ev->path))
        return;
    hl_secure_core_tell(core, &down); /* the program closed a socket */
    hl_secure_events_pass(core, ev);
}

static void on_dropped(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    core->dropped.path = ev->path;
    core->dropped.count += ev->count;
}

static void on_addresses(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    core->moved = true;
    if (core->pass_routes)
        hl_secure_events_pass(core, ev);
}

static void on_too_big(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = HL_CMD_TOO_BIG, .path = ev->path, .len = ev->count};

    hl_secure_core_tell(core, &c);
}

static void on_writable(struct hl_sec_core *core, const struct hl_event *ev)
    HL_REQUIRES(hl_role_core)
{
    hl_secure_links_writable(core, ev->path.link);
}

/* HL_EV_SENT and HL_EV_FAILED tell of hl_net_send() alone, which is the program's. */
static void (*const arrivals[])(struct hl_sec_core *core, const struct hl_event *ev) = {
    [HL_EV_MESSAGE] = on_message,
    [HL_EV_SENT] = hl_secure_events_pass,
    [HL_EV_FAILED] = hl_secure_events_pass,
    [HL_EV_REFUSED] = on_refused,
    [HL_EV_ACCEPTED] = on_accepted,
    [HL_EV_LOOKED_UP] = on_dial,
    [HL_EV_ALIAS] = on_dial,
    [HL_EV_LOOKUP_DONE] = on_dial,
    [HL_EV_TRYING] = on_dial,
    [HL_EV_TRY_FAILED] = on_dial,
    [HL_EV_CONNECTED] = on_dial,
    [HL_EV_DIAL_FAILED] = on_dial,
    [HL_EV_FINISHED] = on_closed,
    [HL_EV_CLOSED] = on_closed,
    [HL_EV_DROPPED] = on_dropped,
    [HL_EV_ADDRESSES] = on_addresses,
    [HL_EV_TOO_BIG] = on_too_big,
    [HL_EV_WRITABLE] = on_writable,
};

static void take_arrivals(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    struct hl_event ev;
    size_t bytes = 0;

    for (int i = 0; i < ARRIVALS_PER_TURN && bytes < ARRIVED_PER_TURN; i++) {
        if (!hl_net_next(core->s->net, &ev))
            return;
        bytes += ev.len;
        arrivals[ev.kind](core, &ev);
    }
}

/* Losses are told as one number; there may be many, and nobody who listens. */
static void report_drops(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    const struct hl_event ev = {.kind = HL_EV_DROPPED,
                                .path = core->dropped.path,
                                .count = core->dropped.count,
                                .time = core->now};

    if (core->dropped.count == 0 || core->full)
        return;
    core->dropped.count = 0;
    hl_secure_events_pass(core, &ev);
}

/* ---- commands ---- */

static void do_open(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    hl_secure_dial_open(core, c->peer, c->request);
}

static void do_send(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    hl_secure_peers_send(core, c);
}

static void do_reset(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_peer *p = hl_secure_peers_find(core, c->peer);
    struct hl_command reset = {
        .kind = HL_CMD_RESET, .peer = c->peer, .stream = c->stream, .code = c->code};

    if (p)
        hl_secure_peers_give_up(core, p, c->stream, HL_ERR_CANCELLED);
    hl_secure_core_tell(core, &reset);
}

static void do_refuse(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command stop = {
        .kind = HL_CMD_STOP, .peer = c->peer, .stream = c->stream, .code = c->code};

    hl_secure_core_tell(core, &stop);
}

static void do_close(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_sec_peer *p = hl_secure_peers_find(core, c->peer);
    struct hl_command close_it = {.kind = HL_CMD_CLOSE, .peer = c->peer};

    hl_secure_dial_end(core, c->peer);
    hl_secure_core_tell(core, &close_it);
    if (p) {
        p->up = false;
        hl_secure_peers_set_link(core, p, 0);
    }
}

static void do_forget(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command forget = {.kind = HL_CMD_FORGET, .peer = c->peer};

    hl_secure_core_tell(core, &forget);
    hl_secure_peers_forget(core, c->peer);
    free(c->account);
}

static void do_pairing(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command pairing = {.kind = HL_CMD_PAIRING, .on = c->on};

    hl_secure_core_tell(core, &pairing);
}

static void do_shun(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command shun = {.kind = HL_CMD_SHUN, .peer = c->peer, .on = c->on};

    hl_secure_core_tell(core, &shun);
}

static void do_keep(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    struct hl_command keep = {.kind = HL_CMD_KEEPALIVE, .peer = c->peer, .interval = c->interval};

    hl_secure_core_tell(core, &keep);
}

static void do_peer(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    core->s->found = hl_node_peer(core->node, c->peer, &core->s->info);
    sem_post(&core->s->answered);
}

static void do_stats(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    (void)c;
    hl_node_stats(core->node, &core->s->stats);
    sem_post(&core->s->answered);
}

static void do_stop(struct hl_sec_core *core, const struct hl_sec_command *c)
    HL_REQUIRES(hl_role_core)
{
    core->stop_at = c->deadline;
    core->full = false; /* nobody takes events any more, and none is kept */
}

static void (*const commands[HL_SEC_COMMANDS])(struct hl_sec_core *core,
                                               const struct hl_sec_command *c) = {
    [HL_SEC_DO_OPEN] = do_open,       [HL_SEC_DO_SEND] = do_send,   [HL_SEC_DO_RESET] = do_reset,
    [HL_SEC_DO_REFUSE] = do_refuse,   [HL_SEC_DO_CLOSE] = do_close, [HL_SEC_DO_FORGET] = do_forget,
    [HL_SEC_DO_PAIRING] = do_pairing, [HL_SEC_DO_SHUN] = do_shun,   [HL_SEC_DO_KEEP] = do_keep,
    [HL_SEC_DO_PEER] = do_peer,       [HL_SEC_DO_STATS] = do_stats, [HL_SEC_DO_STOP] = do_stop,
};

static void run_commands(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    for (int i = 0; i < COMMANDS_PER_TURN; i++) {
        uint32_t starved;
        size_t len;
        const struct hl_sec_command *c = hl_queue_pop(&core->s->commands, &len, &starved);

        if (!c)
            return;
        commands[c->kind](core, c);
    }
}

/* ---- what leaves ---- */

static void send_datagrams(struct hl_sec_core *core, const struct hl_transmit *t)
    HL_REQUIRES(hl_role_core)
{
    const struct hl_net_transmit out = {.path = &t->path,
                                        .data = t->data,
                                        .len = t->len,
                                        .segment = t->segment,
                                        .flags = t->probe ? HL_TX_PROBE : 0};
    struct hl_command too_big = {.kind = HL_CMD_TOO_BIG, .path = t->path, .len = t->len};
    int err = hl_net_transmit(core->s->net, &out);

    if (err == -EOPNOTSUPP)
        hl_secure_core_tell(core, &too_big);
    else if (err != 0 && err != HL_ERR_BUSY) /* BUSY: lost, as on any network */
        hl_secure_dial_refused(core, &t->path, err);
}

static void transmit(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    struct hl_transmit t;

    for (int i = 0; i < RUNS_PER_TURN; i++) {
        if (!hl_node_poll(core->node, core->now, core->batch, sizeof(core->batch), &t))
            return;
        if (core->dials)
            hl_secure_dial_left(core, &t.path);
        if (hl_sec_is_conn(&t.path))
            hl_secure_links_send(core, &t);
        else
            send_datagrams(core, &t);
    }
}

/* ---- time ---- */

/* Peers must hear from us at our new address before they can find us there. */
static void notice_moves(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    struct hl_command c = {.kind = HL_CMD_NETWORK};
    hl_time slept = hl_clock_slept();

    if (slept - core->slept > HL_SLEPT)
        core->moved = true;
    core->slept = slept;
    if (core->moved)
        hl_secure_core_tell(core, &c);
    core->moved = false;
}

static hl_time first_of(hl_time a, hl_time b)
{
    return a < b ? a : b;
}

static hl_time run_timers(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    return first_of(hl_secure_dial_timers(core), hl_secure_links_timers(core));
}

/* Sleeps until something arrives, is wanted or is due. */
static void wait(struct hl_sec_core *core, hl_time due) HL_REQUIRES(hl_role_core)
{
    struct pollfd fds[] = {{.fd = hl_net_fd(core->s->net), .events = POLLIN},
                           {.fd = core->s->commands.fd, .events = POLLIN},
                           {.fd = core->s->room, .events = POLLIN}};
    struct timespec ts;
    eventfd_t count;

    (void)ppoll(fds, sizeof(fds) / sizeof(fds[0]), hl_clock_left(due, &ts), NULL);
    if (fds[2].revents && eventfd_read(core->s->room, &count) == 0)
        core->full = false;
    core->now = hl_clock_now();
}

/* One turn, up to the next sleep. Returns when that ends by itself. */
static hl_time turn(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    hl_time due;

    take_arrivals(core);
    run_commands(core);
    notice_moves(core);
    due = run_timers(core);
    report_drops(core);
    hl_secure_events_take(core);
    core->now = hl_clock_now();
    transmit(core);
    hl_secure_peers_rooms(core);
    return first_of(due, hl_node_deadline(core->node));
}

/* ---- life ---- */

static bool goes_on(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    return core->stop_at == HL_NEVER || (core->now < core->stop_at && hl_secure_peers_busy(core));
}

/* Says goodbye to all and sends what that takes; nothing is waited for but room in the net. */
static void farewell(struct hl_sec_core *core) HL_REQUIRES(hl_role_core)
{
    core->stop_at = core->now + FAREWELL_TIME;
    hl_secure_peers_close(core);
    while (core->now < core->stop_at) {
        hl_time due = turn(core);

        if (due > core->now)
            return;
        core->now = hl_clock_now();
    }
}

void *hl_secure_core_main(void *arg)
{
    struct hl_sec_core *core = arg;
    hl_time due;

    hl_role_enter(&hl_role_core);
    core->now = hl_clock_now();
    core->slept = hl_clock_slept();
    due = core->now;
    while (goes_on(core)) {
        wait(core, first_of(due, core->stop_at));
        due = turn(core);
    }
    farewell(core);
    return NULL;
}

int hl_secure_core_new(struct hl_secure *s, const struct hl_secure_config *config,
                       struct hl_sec_core **out)
{
    struct hl_sec_core *core = calloc(1, sizeof(*core));
    struct hl_node_config node = {.env = hl_entropy_env(),
                                  .pairing = config->pairing,
                                  .owner_repeats = config->owner_repeats,
                                  .peers_max = config->peers_max};
    int err;

    if (!core)
        return -ENOMEM;
    core->s = s;
    core->stop_at = HL_NEVER;
    core->pass_routes = config->net.route_events;
    core->owner_repeats = config->owner_repeats;
    memcpy(node.secret, config->secret, sizeof(node.secret));
    err = hl_node_new(&node, hl_clock_now(), &core->node);
    hl_crypt_wipe(&node, sizeof(node));
    if (err != 0) {
        free(core);
        return err;
    }
    *out = core;
    return 0;
}

void hl_secure_core_free(struct hl_sec_core *core)
{
    if (!core)
        return;
    hl_secure_dial_free(core);
    hl_secure_peers_free(core);
    hl_secure_links_free(core);
    hl_node_free(core->node);
    free(core);
}
