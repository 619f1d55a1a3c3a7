/* SPDX-License-Identifier: MIT */
/* Conversations over encrypted sessions: a message on the chat stream is a message. */
#include "talk_inside.h"

#include "addr.h"
#include "codepoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- life ---- */

static int start(struct hl_talk *t)
{
    struct hl_secure_config config = {.net = t->config.net, .pairing = t->config.pairing};
    int err;

    memcpy(config.secret, t->config.secret, sizeof config.secret);
    err = hl_secure_start(&config, &t->secure);
    hl_crypt_wipe(&config, sizeof config);
    t->config.secret = NULL; /* the caller's, and only for this */
    if (err == 0)
        t->net = hl_secure_net(t->secure);
    return err;
}

static void stop(struct hl_talk *t, hl_time flush)
{
    hl_secure_stop(t->secure, flush);
}

static int fd(const struct hl_talk *t)
{
    return hl_secure_fd(t->secure);
}

/* ---- which conversation ---- */

static struct conv **bucket(struct hl_talk *t, uint32_t peer)
{
    return &t->peers[(peer ^ peer >> 21) % TALK_BUCKETS]; /* strangers differ in the top bit */
}

static struct conv *by_peer(struct hl_talk *t, uint32_t peer)
{
    struct conv *c = *bucket(t, peer);

    while (c && c->peer != peer)
        c = c->in_peer;
    return c;
}

static void unhash(struct hl_talk *t, struct conv *c)
{
    struct conv **at = bucket(t, c->peer);

    while (*at && *at != c)
        at = &(*at)->in_peer;
    if (*at)
        *at = c->in_peer;
    c->peer = 0;
}

static void set_peer(struct hl_talk *t, struct conv *c, uint32_t peer)
{
    c->peer = peer;
    c->in_peer = *bucket(t, peer);
    *bucket(t, peer) = c;
}

static struct conv *new_stranger(struct hl_talk *t, const struct hl_secure_event *ev)
{
    struct conv *c = talk_conv_new(t);

    if (!c)
        return NULL;
    c->pub.encrypted = true;
    set_peer(t, c, ev->peer);
    talk_conv_set_path(t, c, &ev->path);
    snprintf(c->pub.name, sizeof(c->pub.name), "%s", c->pub.address);
    if (ev->path.remote.family == HL_AF_UNIX && ev->path.remote.unix_len == 0)
        snprintf(c->pub.name, sizeof(c->pub.name), "unix#%u", c->pub.id);
    return c;
}

/* ---- opening and closing ---- */

static struct hl_secure_open how(const struct hl_talk *t, const struct conv *c)
{
    bool stream = c->to.transport != HL_UDP;
    enum hl_secure_carrier carrier = stream                  ? HL_CARRIER_STREAM
                                     : c->to.transport_given ? HL_CARRIER_UDP
                                                             : HL_CARRIER_AUTO;

    return (struct hl_secure_open){.to = c->to,
                                   .via = stream ? 0 : hl_listeners_choose(&t->listeners, &c->to),
                                   .carrier = carrier,
                                   .timeout = c->timeout};
}

static int open_conv(struct hl_talk *t, struct conv *c)
{
    struct hl_secure_open o = how(t, c);
    uint32_t peer;
    int err = hl_secure_open(t->secure, &o, &peer);

    if (err)
        return err;
    c->pub.encrypted = true;
    set_peer(t, c, peer);
    return 0;
}

static bool is_over(const struct conv *c)
{
    return c->pub.state == HL_CONV_CLOSED || c->pub.state == HL_CONV_FAILED;
}

static int send_text(struct hl_talk *t, struct conv *c, const char *text, size_t len, uint64_t *msg)
{
    const struct hl_bytes bytes = {(const uint8_t *)text, len};
    int err;

    if (len > HL_MESSAGE_MAX)
        return HL_ERR_TOO_LONG;
    if (c->pub.err == HL_ERR_SAME_PEER)
        return HL_ERR_SAME_PEER;
    err = hl_secure_send(t->secure, c->peer, HL_STREAM_CHAT, t->next_msg + 1, &bytes);
    if (err)
        return err;
    *msg = ++t->next_msg;
    t->queued++;
    c->unacked++;
    if (c->pub.dialled && is_over(c)) {
        struct hl_secure_open o = how(t, c);

        if (hl_secure_reopen(t->secure, c->peer, &o) == 0)
            talk_changed(t, c, HL_CONV_DIALLING, 0);
    }
    return 0;
}

/* A session has no half-close: whoever has said its last closes it once all is received. */
static int finish(struct hl_talk *t, struct conv *c)
{
    (void)t;
    c->pub.finish_sent = true;
    return 0;
}

static int close_conv(struct hl_talk *t, struct conv *c)
{
    int err = hl_secure_close(t->secure, c->peer);

    if (err == 0 && !is_over(c))
        talk_changed(t, c, HL_CONV_CLOSED, 0);
    return err;
}

static void forget(struct hl_talk *t, struct conv *c)
{
    t->queued -= c->unacked;
    c->unacked = 0;
    (void)!hl_secure_forget(t->secure, c->peer);
    unhash(t, c);
}

/* ---- events ---- */

static void on_up(struct hl_talk *t, struct conv *c, const struct hl_secure_event *ev)
{
    memcpy(c->pub.key, ev->key, sizeof c->pub.key);
    c->pub.restarted = ev->restarted;
    talk_conv_set_path(t, c, &ev->path);
    talk_changed(t, c, HL_CONV_OPEN, 0);
    c->pub.restarted = false;
}

/* Goodbye, silence, a breach; or the peer that was dialled turned out to be one that we talk to
 * under another number already, and its session is told of there. */
static void on_down(struct hl_talk *t, struct conv *c, const struct hl_secure_event *ev)
{
    if (ev->err == -EEXIST) {
        talk_changed(t, c, HL_CONV_FAILED, HL_ERR_SAME_PEER);
        (void)!hl_secure_forget(t->secure, c->peer); /* what was queued here fails */
    } else {
        talk_changed(t, c, HL_CONV_CLOSED, ev->err == HL_ERR_CLOSED ? 0 : ev->err);
    }
}

static void on_message(struct hl_talk *t, struct conv *c, const struct hl_secure_event *ev)
{
    const struct hl_incoming m = {.text = (const char *)ev->data,
                                  .len = ev->len,
                                  .bad_utf8 = !hl_codepoint_valid((const char *)ev->data, ev->len),
                                  .time = ev->time};

    if (ev->stream != HL_STREAM_CHAT)
        return; /* a newer version's: what we do not know we do not show */
    c->heard = ev->time;
    c->pub.received++;
    if (t->ops.incoming)
        t->ops.incoming(t->user, &c->pub, &m);
}

static void on_delivery(struct hl_talk *t, struct conv *c, const struct hl_secure_event *ev)
{
    enum hl_msg_state state = ev->kind == HL_SEC_ACKED ? HL_MSG_RECEIVED : HL_MSG_FAILED;

    if (state == HL_MSG_RECEIVED)
        c->pub.sent++;
    else
        c->pub.failed++;
    c->unacked--;
    t->queued--;
    if (t->ops.delivery)
        t->ops.delivery(t->user, &c->pub, ev->token, state, ev->err);
}

static void on_conv(struct hl_talk *t, struct conv *c, const struct hl_secure_event *ev)
{
    switch ((int)ev->kind) {
    case HL_SEC_UP:
        on_up(t, c, ev);
        break;
    case HL_SEC_DOWN:
        on_down(t, c, ev);
        break;
    case HL_SEC_NO_ANSWER:
        talk_changed(t, c, HL_CONV_FAILED, ev->err);
        break;
    case HL_SEC_MOVED:
        talk_conv_set_path(t, c, &ev->path);
        talk_changed(t, c, c->pub.state, c->pub.err);
        break;
    case HL_SEC_MESSAGE:
        on_message(t, c, ev);
        break;
    case HL_SEC_ACKED:
    case HL_SEC_FAILED:
        on_delivery(t, c, ev);
        break;
    case HL_SEC_TRYING:
    case HL_SEC_TRY_FAILED:
        if (t->ops.trying)
            t->ops.trying(t->user, &c->pub, &ev->path.remote, ev->err);
        break;
    default: /* byte streams are not spoken here; WRITABLE: every pump is a chance to try again */
        break;
    }
}

static void pump(struct hl_talk *t)
{
    struct hl_secure_event ev;

    for (int i = 0; i < TALK_EVENTS && hl_secure_next(t->secure, &ev); i++) {
        struct conv *c = ev.kind == HL_SEC_NET ? NULL : by_peer(t, ev.peer);

        if (ev.kind == HL_SEC_NET)
            talk_net_event(t, &ev.net);
        else if (!c && ev.kind == HL_SEC_UP)
            c = new_stranger(t, &ev);
        if (c)
            on_conv(t, c, &ev);
    }
}

const struct talk_mode talk_secure = {.start = start,
                                      .stop = stop,
                                      .fd = fd,
                                      .open = open_conv,
                                      .send = send_text,
                                      .finish = finish,
                                      .close = close_conv,
                                      .forget = forget,
                                      .pump = pump};
