/* SPDX-License-Identifier: MIT */
/* What happened, one event at a time. Nothing is queued: events are read off the streams, and a
 * few marks say which streams are worth a look. */
#include "flow_state.h"

#include "err.h"

#include <errno.h>

static bool message_event(struct hl_flow *f, struct hl_flow_event *ev)
{
    struct hl_flow_live *l = f->live;
    int found;

    for (int i = 0; i < FLOW_CHATS; i++) {
        if (!l->in_news[i])
            continue;
        found = hl_recvstream_message(&l->in[i], f->env, &ev->data, &ev->len);
        if (hl_recvstream_credit_due(&l->in[i], f->reliable))
            l->tell[i] = true;
        if (found == -ENOMEM)
            continue;
        if (found == 1) {
            ev->kind = HL_FLOW_MESSAGE;
            ev->stream = (uint64_t)i;
            return true;
        }
        l->in_news[i] = false;
        if (found < 0) {
            ev->kind = HL_FLOW_BROKEN;
            ev->stream = (uint64_t)i;
            ev->err = found;
            return true;
        }
    }
    return false;
}

/* One of an incoming byte stream. */
static bool instream_event(struct hl_flow *f, struct hl_instream *in, struct hl_flow_event *ev)
{
    struct hl_recvstream_piece piece;

    ev->stream = in->id;
    if (in->reset_due) {
        in->reset_due = false;
        ev->kind = HL_FLOW_RESET;
        ev->code = in->reset_code;
        return true;
    }
    if (!hl_recvstream_data(&in->recv, &piece))
        return false;
    if (hl_recvstream_credit_due(&in->recv, f->reliable))
        f->bytes->in_control = true;
    ev->kind = HL_FLOW_DATA;
    ev->offset = piece.offset;
    ev->data = piece.data;
    ev->len = piece.len;
    ev->fin = piece.fin;
    return true;
}

static bool in_event(struct hl_flow *f, struct hl_flow_event *ev)
{
    struct hl_flow_bytes *b = f->bytes;

    if (!b || !b->in_news)
        return false;
    for (unsigned i = 0; i < b->in.count;) {
        if (instream_event(f, b->in.open[i], ev))
            return true;
        if (hl_recvstream_over(&b->in.open[i]->recv))
            hl_flow_bytes_over(f, b->in.open[i]);
        else
            i++;
    }
    b->in_news = false;
    return false;
}

/* One of an outgoing stream of either kind. */
static bool sendstream_event(struct hl_sendstream *s, struct hl_flow_event *ev)
{
    ev->stream = s->id;
    if (s->stopped) {
        s->stopped = false;
        ev->kind = HL_FLOW_STOPPED;
        ev->code = s->code;
        return true;
    }
    if (hl_sendstream_token(s, &ev->token)) {
        ev->kind = HL_FLOW_ACKED;
        return true;
    }
    if (hl_sendstream_writable(s)) {
        ev->kind = HL_FLOW_WRITABLE;
        return true;
    }
    return false;
}

static bool out_event(struct hl_flow *f, struct hl_flow_event *ev)
{
    struct hl_flow_bytes *b = f->bytes;

    if (f->live->out_news) {
        for (int i = 0; i < FLOW_CHATS; i++)
            if (sendstream_event(&f->live->out[i], ev))
                return true;
        f->live->out_news = false;
    }
    while (b && b->news) {
        unsigned slot = (unsigned)__builtin_ctzll(b->news);

        if (sendstream_event(b->out[slot], ev))
            return true;
        b->news &= b->news - 1;
        if (b->out[slot]->over)
            hl_flow_bytes_drop(f, slot);
    }
    return false;
}

bool hl_flow_event(struct hl_flow *f, hl_time now, struct hl_flow_event *ev)
{
    f->now = now;
    *ev = (struct hl_flow_event){0};
    return f->live && (message_event(f, ev) || in_event(f, ev) || out_event(f, ev));
}
