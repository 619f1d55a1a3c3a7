/* SPDX-License-Identifier: MIT */
/* Conversations in raw text, straight over the net module: a datagram or a line is a message. */
#include "talk_inside.h"

#include "addr.h"
#include "codepoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- life ---- */

static int start(struct hl_talk *t, char why[static HL_STORE_WHY])
{
    int err = hl_net_start(&t->config.net, &t->net);

    if (err)
        snprintf(why, HL_STORE_WHY, "network: %s", hl_err_text(err));
    t->listeners.net = t->net;
    return err;
}

static void stop(struct hl_talk *t, hl_time flush)
{
    hl_net_stop(t->net, flush);
}

static int fd(const struct hl_talk *t)
{
    return hl_net_fd(t->net);
}

static struct hl_net *net(struct hl_talk *t)
{
    return t->net;
}

/* ---- listeners ---- */

static int listen_on(struct hl_talk *t, const char *typed, bool port_default, bool udp_only,
                     struct hl_bound bound[static 2], size_t *count)
{
    struct hl_endpoint at;
    int err = hl_endpoint_parse_listen(typed, &at);

    return err ? err : hl_listeners_open(&t->listeners, &at, port_default, udp_only, bound, count);
}

/* ---- opening and closing ---- */

static int dial(struct hl_talk *t, struct conv *c)
{
    struct hl_dial d = {.to = c->to, .timeout = c->timeout};

    if (c->to.transport == HL_UDP) {
        d.via = hl_listeners_choose(&t->listeners, &c->to);
        if (d.via == 0)
            return -EAFNOSUPPORT;
    }
    c->candidate = 0;
    c->candidate_count = 0;
    c->looking_up = true;
    c->held = 0;
    c->wants_close = false;
    return hl_net_dial(t->net, &d, talk_token(c->pub.id, 0));
}

static int open_conv(struct hl_talk *t, const char *typed, hl_time timeout, struct conv **out)
{
    struct hl_endpoint to;
    struct conv *c;
    int err = hl_endpoint_parse(typed, &to);

    if (err)
        return err;
    if (to.kind != HL_HOST_PATH && !to.port_given)
        to.port = to.addr.port = HL_PORT_DEFAULT;
    if (t->config.prefer_tcp && !to.transport_given && to.transport == HL_UDP)
        to.transport = HL_TCP;
    c = talk_conv_new(t, 0);
    if (!c)
        return -ENOMEM;
    c->to = to;
    c->timeout = timeout;
    c->pub.dialled = true;
    c->pub.path.transport = to.transport;
    snprintf(c->pub.name, sizeof(c->pub.name), "%s", typed);
    err = dial(t, c);
    if (err)
        talk_conv_free(t, c);
    else
        *out = c;
    return err;
}

static bool is_stream_open(const struct conv *c)
{
    return !talk_is_datagram(c->pub.path.transport) && c->pub.path.link != 0 &&
           (c->pub.state == HL_CONV_OPEN || c->pub.state == HL_CONV_FINISHED);
}

static int say(struct hl_talk *t, struct conv *c, const struct hl_saying *s, uint64_t *msg)
{
    struct hl_conv *pub = &c->pub;
    bool over = pub->state == HL_CONV_CLOSED || pub->state == HL_CONV_FAILED;
    int err;

    if (s->kind != HL_ENTRY_TEXT || s->target)
        return -EOPNOTSUPP;
    if (over && !pub->dialled)
        return HL_ERR_CLOSED;
    err = talk_out_add(t, c, s->text, s->len, msg);
    if (err != 0)
        return err;
    if (over) {
        pub->finish_sent = false;
        err = dial(t, c);
        if (err != 0)
            talk_out_fail(t, c, err);
        else
            talk_changed(t, c, HL_CONV_DIALLING, 0);
    }
    talk_out_flush(t, c);
    return 0;
}

static int finish(struct hl_talk *t, struct conv *c)
{
    struct hl_conv *pub = &c->pub;

    if (talk_is_datagram(pub->path.transport) && pub->state != HL_CONV_DIALLING)
        return 0; /* datagrams have no end to tell */
    pub->finish_sent = true;
    c->wants_finish = true;
    talk_out_flush(t, c);
    return 0;
}

static int close_conv(struct hl_talk *t, struct conv *c)
{
    struct hl_conv *pub = &c->pub;

    if (pub->state == HL_CONV_DIALLING) {
        c->wants_close = true;
        return hl_net_cancel(t->net, talk_token(pub->id, 0));
    }
    talk_out_fail(t, c, HL_ERR_CLOSED);
    if (is_stream_open(c))
        return hl_net_close(t->net, pub->path.link);
    if (pub->state == HL_CONV_OPEN)
        talk_changed(t, c, HL_CONV_CLOSED, 0);
    return 0;
}

static void forget(struct hl_talk *t, struct conv *c)
{
    struct hl_conv *pub = &c->pub;

    if (pub->state == HL_CONV_DIALLING)
        (void)!hl_net_cancel(t->net, talk_token(pub->id, 0));
    else if (is_stream_open(c))
        (void)!hl_net_close(t->net, pub->path.link);
}

/* ---- events ---- */

/* A datagram may come from another address of a name than the one in use: it is the same peer. */
static struct conv *adopt_candidate(struct hl_talk *t, const struct hl_path *from)
{
    for (struct conv *c = t->convs; c; c = c->next) {
        if (!c->pub.dialled || c->pub.path.link != from->link || c->heard != 0)
            continue;
        for (unsigned i = 0; i < c->candidate_count; i++) {
            if (hl_addr_equal(&c->candidates[i], &from->remote)) {
                c->candidate = i;
                talk_conv_set_path(t, c, from);
                talk_changed(t, c, c->pub.state, 0);
                return c;
            }
        }
    }
    return NULL;
}

static struct conv *new_peer(struct hl_talk *t, const struct hl_path *path, hl_time now)
{
    struct conv *c = talk_conv_new(t, 0);

    if (!c)
        return NULL;
    c->heard = now;
    c->pub.state = HL_CONV_OPEN;
    talk_conv_set_path(t, c, path);
    snprintf(c->pub.name, sizeof(c->pub.name), "%s", c->pub.address);
    if (path->transport != HL_UDP && path->remote.family == HL_AF_UNIX &&
        path->remote.unix_len == 0) /* most Unix clients have no name of their own */
        snprintf(c->pub.name, sizeof(c->pub.name), "unix#%u", c->pub.id);
    if (t->ops.changed)
        t->ops.changed(t->user, &c->pub);
    return c;
}

static void on_message(struct hl_talk *t, const struct hl_event *ev)
{
    struct conv *c = talk_conv_by_path(t, &ev->path);
    struct hl_incoming m = {.text = (const char *)ev->data, .len = ev->len, .flags = ev->flags};

    if (!c && !talk_is_datagram(ev->path.transport))
        return; /* forgotten while this was on its way */
    if (!c)
        c = adopt_candidate(t, &ev->path);
    if (!c)
        c = new_peer(t, &ev->path, ev->time);
    if (!c)
        return;
    c->heard = ev->time;
    if (!hl_addr_equal(&c->pub.path.local, &ev->path.local))
        talk_conv_set_local(t, c, &ev->path.local);
    if (talk_is_datagram(ev->path.transport) && m.len > 0 && m.text[m.len - 1] == '\n')
        m.len--;
    if (c->pub.state == HL_CONV_CLOSED && talk_is_datagram(ev->path.transport))
        talk_changed(t, c, HL_CONV_OPEN, 0);
    if (m.len == 0 && (ev->flags & HL_EVF_CONTINUES) == 0)
        return;
    m.time = ev->time;
    m.bad_utf8 = !hl_codepoint_valid(m.text, m.len);
    if ((ev->flags & HL_EVF_CONTINUES) == 0)
        c->pub.received++;
    if (t->ops.incoming)
        t->ops.incoming(t->user, &c->pub, &m);
}

/* The address in use refused before the peer was ever heard: what it refused goes to the next. */
static void next_candidate(struct hl_talk *t, struct conv *c, int err)
{
    struct hl_path next = c->pub.path;

    if (t->ops.trying)
        t->ops.trying(t->user, &c->pub, &next.remote, err);
    next.remote = c->candidates[++c->candidate];
    c->held = 0;
    talk_conv_set_path(t, c, &next);
    talk_changed(t, c, c->pub.state, 0);
    talk_out_repeat(t, c);
}

static void on_refused(struct hl_talk *t, const struct hl_event *ev)
{
    struct conv *c = talk_conv_by_path(t, &ev->path);

    if (!c)
        return;
    if (c->heard == 0 && c->candidate + 1 < c->candidate_count)
        next_candidate(t, c, ev->err);
    else if (c->heard == 0 && c->looking_up)
        c->held = ev->err; /* judged when the look-up is through */
    else
        (void)talk_out_refused(t, c, ev->err, ev->data, ev->len);
}

static void on_lookup_done(struct hl_talk *t, struct conv *c)
{
    int err = c->held;

    c->looking_up = false;
    c->held = 0;
    while (err != 0 && talk_out_refused(t, c, err, "", 0)) {
        /* all that left went to the address that refused */
    }
}

static void on_connected(struct hl_talk *t, struct conv *c, const struct hl_event *ev)
{
    if (talk_is_datagram(ev->path.transport)) {
        if (c->candidate_count < TALK_CANDIDATES)
            c->candidates[c->candidate_count++] = ev->path.remote;
        if (c->candidate_count > 1 && c->held != 0)
            next_candidate(t, c, c->held);
        if (c->candidate_count > 1)
            return; /* kept in case the first one refuses */
    }
    talk_conv_set_path(t, c, &ev->path);
    talk_changed(t, c, HL_CONV_OPEN, 0);
    if (c->wants_close) /* the dial was through when it was to be cancelled */
        (void)!close_conv(t, c);
    else
        talk_out_flush(t, c);
}

static void on_closed(struct hl_talk *t, const struct hl_event *ev)
{
    struct conv *c = talk_conv_by_path(t, &ev->path);

    if (!c)
        return;
    talk_out_fail(t, c, ev->err ? ev->err : HL_ERR_CLOSED);
    talk_conv_unhash(t, c);
    c->pub.path.link = 0;
    talk_changed(t, c, HL_CONV_CLOSED, ev->err);
}

/* Events that answer a dial or a message of ours; the token says whose. */
static void on_answer(struct hl_talk *t, const struct hl_event *ev)
{
    struct conv *c = talk_conv_by_id(t, (uint32_t)(ev->token >> 32));
    uint32_t seq = (uint32_t)ev->token;

    if (!c) {
        if (ev->kind == HL_EV_CONNECTED && !talk_is_datagram(ev->path.transport))
            (void)!hl_net_close(t->net, ev->path.link); /* forgotten meanwhile */
        return;
    }
    switch ((int)ev->kind) {
    case HL_EV_SENT:
    case HL_EV_FAILED:
        talk_out_done(t, c, seq, ev->err);
        talk_out_flush(t, c);
        break;
    case HL_EV_TRYING:
    case HL_EV_TRY_FAILED:
        if (t->ops.trying)
            t->ops.trying(t->user, &c->pub, &ev->path.remote, ev->err);
        break;
    case HL_EV_CONNECTED:
        on_connected(t, c, ev);
        break;
    case HL_EV_LOOKUP_DONE:
        on_lookup_done(t, c);
        break;
    case HL_EV_DIAL_FAILED:
        c->looking_up = false;
        talk_changed(t, c, HL_CONV_FAILED, ev->err);
        talk_out_fail(t, c, ev->err);
        break;
    default:
        break;
    }
}

static void on_event(struct hl_talk *t, const struct hl_event *ev)
{
    struct conv *c;

    switch (ev->kind) {
    case HL_EV_MESSAGE:
        on_message(t, ev);
        break;
    case HL_EV_REFUSED:
        on_refused(t, ev);
        break;
    case HL_EV_ACCEPTED:
        (void)new_peer(t, &ev->path, ev->time);
        break;
    case HL_EV_FINISHED:
        c = talk_conv_by_path(t, &ev->path);
        if (c)
            talk_changed(t, c, HL_CONV_FINISHED, 0);
        break;
    case HL_EV_CLOSED:
        on_closed(t, ev);
        break;
    case HL_EV_DROPPED:
    case HL_EV_ADDRESSES:
        talk_net_event(t, ev);
        break;
    case HL_EV_TOO_BIG: /* hl_net_transmit() is not used here */
    case HL_EV_WRITABLE:
        break; /* every pump tries again */
    case HL_EV_SENT:
    case HL_EV_FAILED:
    case HL_EV_LOOKED_UP:
    case HL_EV_ALIAS:
    case HL_EV_LOOKUP_DONE:
    case HL_EV_TRYING:
    case HL_EV_TRY_FAILED:
    case HL_EV_CONNECTED:
    case HL_EV_DIAL_FAILED:
        if (ev->token >> 32 == 0)
            talk_net_event(t, ev);
        else
            on_answer(t, ev);
        break;
    }
}

/* Whatever made room in the net module's queue, all who wait for some may try again. */
static void flush_stalled(struct hl_talk *t)
{
    t->stalled = false;
    for (struct conv *c = t->convs; c; c = c->next) {
        if (c->first)
            talk_out_flush(t, c);
    }
}

static void pump(struct hl_talk *t)
{
    struct hl_event ev;

    for (int i = 0; i < TALK_EVENTS && hl_net_next(t->net, &ev); i++)
        on_event(t, &ev);
    if (t->stalled)
        flush_stalled(t);
}

const struct talk_mode talk_plain = {.start = start,
                                     .stop = stop,
                                     .fd = fd,
                                     .net = net,
                                     .listen = listen_on,
                                     .open = open_conv,
                                     .say = say,
                                     .finish = finish,
                                     .close = close_conv,
                                     .forget = forget,
                                     .pump = pump};
