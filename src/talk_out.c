/* SPDX-License-Identifier: MIT */
/* The way of a message out: waiting here, taken by the net module in pieces, reported by it, and
 * for datagrams remembered for a while, in case ICMP has something to say about it. */
#include "talk_inside.h"

#include "codepoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECES_FIRST = 16,
};

static void report(struct hl_talk *t, struct conv *c, uint64_t msg, int err)
{
    const struct hl_fate fate = {
        .msg = msg, .state = err ? HL_STATE_FAILED : HL_STATE_SENT, .err = err};

    if (t->ops.delivery)
        t->ops.delivery(t->user, &c->pub, &fate);
}

static void end_message(struct hl_talk *t, struct conv *c, uint64_t msg, int err)
{
    t->queued--;
    if (err != 0)
        c->pub.failed++;
    else
        c->pub.sent++;
    report(t, c, msg, err);
}

/* ---- waiting here ---- */

int talk_out_add(struct hl_talk *t, struct conv *c, const char *text, size_t len, uint64_t *msg)
{
    struct outgoing *o;

    if (c->waiting > 0 && c->waiting + len > TALK_WINDOW)
        return HL_ERR_BUSY;
    o = malloc(sizeof(*o) + len);
    if (!o)
        return -ENOMEM;
    o->next = NULL;
    o->msg = ++t->next_msg;
    o->len = len;
    o->off = 0;
    memcpy(o->text, text, len);
    *c->last = o;
    c->last = &o->next;
    c->waiting += len;
    t->queued++;
    *msg = o->msg;
    return 0;
}

static void drop_first(struct conv *c)
{
    struct outgoing *o = c->first;

    c->first = o->next;
    if (!c->first)
        c->last = &c->first;
    free(o);
}

void talk_out_fail(struct hl_talk *t, struct conv *c, int err)
{
    while (c->first) {
        struct outgoing *o = c->first;
        uint64_t msg = o->msg;
        bool begun = o->off > 0;

        c->waiting -= o->len - o->off;
        drop_first(c);
        if (!begun) { /* else its pieces report it */
            end_message(t, c, msg, err);
            continue;
        }
        if (c->piece_count > 0) {
            struct piece *p =
                &c->pieces[(c->piece_first + c->piece_count - 1) & (c->piece_cap - 1)];

            p->last = true;
            p->err = err;
        } else {
            c->msg_err = 0;
            end_message(t, c, msg, err);
        }
    }
}

/* ---- taken by the net module ---- */

static bool ring_room(struct conv *c)
{
    uint32_t cap = c->piece_cap ? c->piece_cap * 2 : PIECES_FIRST;
    struct piece *grown;

    if (c->piece_count < c->piece_cap)
        return true;
    grown = calloc(cap, sizeof(*grown));
    if (!grown)
        return false;
    for (uint32_t i = 0; i < c->piece_count; i++)
        grown[(c->piece_first + i) & (cap - 1)] =
            c->pieces[(c->piece_first + i) & (c->piece_cap - 1)];
    free(c->pieces);
    c->pieces = grown;
    c->piece_cap = cap;
    return true;
}

/* The next piece of o as the transport wants it; copied only if a newline is added to it. */
static const char *next_piece(struct hl_talk *t, const struct conv *c, const struct outgoing *o,
                              size_t *take, size_t *len)
{
    bool datagram = talk_is_datagram(c->pub.path.transport);
    bool stream = hl_transport_is_stream(c->pub.path.transport);
    bool newline = datagram && t->config.newline;
    size_t most = datagram ? (size_t)HL_PIECE_MAX : (size_t)HL_TEXT_MAX;
    size_t left = o->len - o->off;

    if (newline || stream)
        most--;
    *take = hl_codepoint_cut(o->text + o->off, left, most);
    *len = *take;
    if (!newline && !(stream && *take == left))
        return o->text + o->off;
    memcpy(t->scratch, o->text + o->off, *take);
    t->scratch[(*len)++] = '\n';
    return t->scratch;
}

static void remember(struct conv *c, uint64_t msg, const char *text, size_t len)
{
    struct recent *r;

    if (!c->recents)
        c->recents = calloc(TALK_RECENT, sizeof(*c->recents));
    if (!c->recents)
        return; /* errors will name the peer, not the message */
    r = &c->recents[c->recent_next++ % TALK_RECENT];
    free(r->text);
    *r = (struct recent){.msg = msg, .len = (uint32_t)len};
    memcpy(r->prefix, text, len < TALK_PREFIX ? len : TALK_PREFIX);
    if (c->heard == 0 && c->pub.dialled) {
        r->text = malloc(len);
        if (r->text)
            memcpy(r->text, text, len);
    }
}

void talk_out_flush(struct hl_talk *t, struct conv *c)
{
    while (c->first && (c->pub.state == HL_CONV_OPEN || c->pub.state == HL_CONV_FINISHED)) {
        struct outgoing *o = c->first;
        size_t take;
        size_t len;
        const char *text = next_piece(t, c, o, &take, &len);
        uint64_t token = talk_token(c->pub.id, c->piece_first + c->piece_count);

        if (!ring_room(c) || hl_net_send(t->net, &c->pub.path, token, text, len) != 0) {
            t->stalled = true; /* maybe by others alone: no event of ours would bring us back */
            return;
        }
        o->off += take;
        c->pieces[(c->piece_first + c->piece_count++) & (c->piece_cap - 1)] =
            (struct piece){.msg = o->msg, .len = (uint32_t)take, .last = o->off == o->len};
        if (talk_is_datagram(c->pub.path.transport))
            remember(c, o->msg, text, len);
        if (o->off == o->len)
            drop_first(c);
    }
    if (!c->first && c->wants_finish && c->pub.state != HL_CONV_DIALLING) {
        c->wants_finish = false;
        (void)!hl_net_finish(t->net, c->pub.path.link);
    }
}

void talk_out_done(struct hl_talk *t, struct conv *c, uint32_t seq, int err)
{
    if (seq - c->piece_first >= c->piece_count)
        return; /* a repeated datagram: its message was reported when it left first */
    c->pieces[seq & (c->piece_cap - 1)].done = true;
    if (err != 0)
        c->pieces[seq & (c->piece_cap - 1)].err = err;
    while (c->piece_count > 0 && c->pieces[c->piece_first & (c->piece_cap - 1)].done) {
        struct piece p = c->pieces[c->piece_first & (c->piece_cap - 1)];

        c->piece_first++;
        c->piece_count--;
        c->waiting -= p.len;
        if (p.err != 0)
            c->msg_err = p.err;
        if (p.last) {
            end_message(t, c, p.msg, c->msg_err);
            c->msg_err = 0;
        }
    }
}

/* ---- remembered ---- */

static bool matches(const struct recent *r, const void *data, size_t len)
{
    size_t n = len < r->len ? len : r->len;

    if (len > r->len)
        return false;
    return memcmp(r->prefix, data, n < TALK_PREFIX ? n : TALK_PREFIX) == 0;
}

static uint32_t oldest(const struct conv *c)
{
    return c->recent_next > TALK_RECENT ? c->recent_next - TALK_RECENT : 0;
}

/* A refusal may overtake the news that the message has left. Then it is the message's outcome,
 * reported when its last piece is. Returns whether that is so. */
static bool refuse_pending(struct conv *c, uint64_t msg, int err)
{
    for (uint32_t i = 0; i < c->piece_count; i++) {
        struct piece *p = &c->pieces[(c->piece_first + i) & (c->piece_cap - 1)];

        if (p->msg == msg) {
            p->err = err;
            return true;
        }
    }
    if (!c->first || c->first->msg != msg)
        return false;
    c->msg_err = err;
    return true;
}

bool talk_out_refused(struct hl_talk *t, struct conv *c, int err, const void *data, size_t len)
{
    for (uint32_t i = oldest(c); c->recents && i < c->recent_next; i++) {
        struct recent *r = &c->recents[i % TALK_RECENT];
        uint64_t msg = r->msg;

        if (r->refused || !matches(r, data, len))
            continue;
        /* One word per message, however many of its pieces were refused. */
        for (uint32_t k = oldest(c); k < c->recent_next; k++) {
            if (c->recents[k % TALK_RECENT].msg == msg)
                c->recents[k % TALK_RECENT].refused = true;
        }
        if (refuse_pending(c, msg, err))
            return true;
        c->pub.failed++;
        if (c->pub.sent > 0)
            c->pub.sent--;
        report(t, c, msg, err);
        return true;
    }
    return false;
}

void talk_out_repeat(struct hl_talk *t, struct conv *c)
{
    for (uint32_t i = oldest(c); c->recents && i < c->recent_next; i++) {
        struct recent *r = &c->recents[i % TALK_RECENT];

        /* Its number lies outside of what is expected, so talk_out_done() passes over it. */
        if (r->text && !r->refused)
            (void)!hl_net_send(t->net, &c->pub.path, talk_token(c->pub.id, c->piece_first - 1),
                               r->text, r->len);
    }
}

void talk_out_free(struct hl_talk *t, struct conv *c)
{
    while (c->first) {
        drop_first(c);
        t->queued--;
    }
    for (uint32_t i = 0; i < c->piece_count; i++) {
        if (c->pieces[(c->piece_first + i) & (c->piece_cap - 1)].last)
            t->queued--;
    }
    for (uint32_t i = 0; c->recents && i < TALK_RECENT; i++)
        free(c->recents[i].text);
    free(c->recents);
    free(c->pieces);
}
