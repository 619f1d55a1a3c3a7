/* SPDX-License-Identifier: MIT */
/* Frames in. One function for each type of frame, in the table at the end. */
#include "flow_state.h"

#include "err.h"
#include "varint.h"
#include "wrong.h"

#include <errno.h>
#include <string.h>

/* A packet while it is being taken. */
struct intake {
    struct hl_flow *f;
    hl_time now;
    uint64_t pn;
    struct hl_flow_notice *notice;
    bool refused; /* something could not be kept: the packet counts as lost */
};

/* ---- what became of packets ---- */

/* The outgoing stream that a chunk belongs to, NULL: gone. */
static struct hl_sendstream *chunk_stream(struct hl_flow *f, const struct hl_sent_chunk *c)
{
    struct hl_sendstream *s;

    if (c->slot < FLOW_CHATS)
        return &f->live->out[c->slot];
    s = f->bytes ? f->bytes->out[c->slot - FLOW_CHATS] : NULL;
    return s && (uint32_t)s->id == c->stream ? s : NULL;
}

/* Something about that outgoing stream changed: there may be an event, or bytes to send. */
static void touch(struct hl_flow *f, unsigned slot)
{
    if (slot < FLOW_CHATS) {
        f->live->out_news = true;
        return;
    }
    f->bytes->news |= UINT64_C(1) << (slot - FLOW_CHATS);
    hl_flow_bytes_touch(f->bytes, slot - FLOW_CHATS);
}

static bool is_data(const struct hl_sent_chunk *c)
{
    return c->kind == HL_SENT_DATA || c->kind == HL_SENT_FIN;
}

static struct hl_sendpiece chunk_piece(const struct hl_sent_chunk *c)
{
    return (struct hl_sendpiece){.offset = c->offset, .len = c->len, .fin = c->kind == HL_SENT_FIN};
}

static void chunks_acked(struct hl_flow *f, const struct hl_sent_packet *p)
{
    for (unsigned i = 0; i < p->chunks; i++) {
        const struct hl_sent_chunk *c = &p->chunk[i];
        struct hl_sendstream *s;

        if (c->kind != HL_SENT_RESET && !is_data(c))
            continue;
        s = chunk_stream(f, c);
        if (!s)
            continue;
        if (c->kind == HL_SENT_RESET) {
            s->reset = HL_SEND_ACKED;
        } else {
            struct hl_sendpiece piece = chunk_piece(c);

            hl_sendstream_acked(s, f->env, &piece);
        }
        touch(f, c->slot);
    }
}

/* A frame about an incoming stream was lost. */
static void in_lost(struct hl_flow *f, const struct hl_sent_chunk *c)
{
    struct hl_flow_bytes *b = f->bytes;
    struct hl_instream *in;

    if (c->offset < FLOW_CHATS) {
        f->live->tell[c->offset] = true;
        return;
    }
    if (c->kind == HL_SENT_DONE) {
        for (unsigned i = 0; i < FLOW_DONE_MAX; i++)
            if (b->done[i].id == c->offset && !b->done[i].due) {
                b->done[i].due = true;
                b->done_due++;
            }
        return;
    }
    in = hl_streams_find(&b->in, c->offset);
    if (!in)
        return;
    if (c->kind == HL_SENT_STOP)
        in->stop_due = true;
    else
        in->tell = true;
    b->in_control = true;
}

void hl_flow_chunks_lost(struct hl_flow *f, const struct hl_sent_packet *p)
{
    for (unsigned i = 0; i < p->chunks; i++) {
        const struct hl_sent_chunk *c = &p->chunk[i];
        struct hl_sendstream *s;

        if (c->kind != HL_SENT_RESET && !is_data(c)) {
            in_lost(f, c);
            continue;
        }
        s = chunk_stream(f, c);
        if (!s)
            continue;
        if (is_data(c)) {
            struct hl_sendpiece piece = chunk_piece(c);

            hl_sendstream_lost(s, f->env, &piece);
        } else if (s->reset == HL_SEND_SENT) {
            s->reset = HL_SEND_QUEUED;
        }
        if (c->slot >= FLOW_CHATS)
            hl_flow_bytes_touch(f->bytes, c->slot - FLOW_CHATS);
    }
}

/* ---- ACK ---- */

/* Packets that one ACK frame was the first to name. */
struct news {
    uint64_t acked; /* bytes */
    uint64_t newest_pn;
    const struct hl_sent_packet *newest;
};

static void packet_acked(struct hl_flow *f, hl_time now, const struct hl_sent_packet *p)
{
    chunks_acked(f, p);
    if (p->probe) {
        hl_pmtud_probe_acked(&f->pmtud, now);
        hl_cc_set_datagram(&f->live->cc, f->pmtud.size);
    } else {
        hl_pmtud_acked(&f->pmtud, p->size);
    }
}

static void range_acked(struct intake *in, const struct hl_range *range, struct news *news)
{
    struct hl_flow *f = in->f;
    const struct hl_sent_packet *p;
    uint64_t pn = range->lo;
    bool was_lost;

    for (; (p = hl_sent_acked(&f->live->sent, &pn, range->hi - 1, &was_lost)); pn++) {
        if (was_lost) {
            f->spurious++;
            chunks_acked(f, p);
            continue;
        }
        packet_acked(f, in->now, p);
        news->acked += p->size;
        if (!news->newest || pn > news->newest_pn) {
            news->newest = p;
            news->newest_pn = pn;
        }
    }
}

static void ack_done(struct intake *in, const struct hl_codec_ack *ack, const struct news *news)
{
    struct hl_flow *f = in->f;
    struct hl_flow_live *l = f->live;
    struct hl_cc_ack told = {.now = in->now, .acked = news->acked, .newest = news->newest->cc};
    hl_time delay =
        ack->delay < (uint64_t)HL_RTT_ACK_DELAY ? (hl_time)ack->delay : HL_RTT_ACK_DELAY;
    bool persistent;

    if (news->newest_pn == ack->largest)
        told.rtt = hl_rtt_sample(&f->rtt, in->now - news->newest->cc.sent, delay);
    told.lost = hl_flow_detect_lost(f, in->now, &persistent);
    told.in_flight = l->sent.in_flight;
    hl_cc_acked(&l->cc, &told);
    if (persistent)
        hl_cc_lost(&l->cc, in->now, 0, true);
    hl_flow_progress(f, in->now);
    hl_sent_trim(&l->sent, in->now - 2 * hl_rtt_pto(&f->rtt));
}

static int take_ack(struct intake *in, struct hl_codec_frame *frame)
{
    struct hl_codec_ack walk = frame->ack;
    struct hl_flow_live *l = in->f->live;
    struct news news = {0};
    struct hl_range range;

    if (frame->ack.largest >= l->sent.next)
        return HL_ERR_BAD_ACK;
    while (hl_codec_ack_next(&walk, &range)) {
        hl_acker_acked(&l->acker, &range);
        range_acked(in, &range, &news);
    }
    if (news.newest)
        ack_done(in, &frame->ack, &news);
    return 0;
}

/* ---- streams ---- */

/* An error of memory: the packet was not taken; it counts as lost and comes again, unless it came
 * over a path that loses nothing. */
static int refuse(struct intake *in, int err)
{
    if (err != -ENOMEM && err != -ENOBUFS)
        return err;
    if (in->f->reliable)
        return -ENOBUFS;
    in->refused = true;
    return 0;
}

static int chat_stream(struct intake *in, const struct hl_codec_stream *s)
{
    struct hl_flow_live *l = in->f->live;

    if (s->fin)
        return HL_ERR_STREAM_STATE;
    l->in_news[s->stream] = true;
    return refuse(in, hl_recvstream_push(&l->in[s->stream], in->f->env, s));
}

/* The incoming byte stream of that number, opened if need be; *out NULL: over, or no memory. */
static int open_stream(struct intake *in, uint64_t id, struct hl_instream **out)
{
    struct hl_flow_bytes *b = hl_flow_bytes_get(in->f);

    *out = NULL;
    return refuse(in, b ? hl_streams_open(&b->in, in->f->env, id, out) : -ENOMEM);
}

static int take_stream(struct intake *in, struct hl_codec_frame *frame)
{
    const struct hl_codec_stream *s = &frame->stream;
    struct hl_instream *stream;
    int err;

    if (HL_WRONG(ACK_UNTAKEN) && in->pn % 16 == 15)
        return 0;
    in->f->live->borrowed = true;
    if (s->stream < FLOW_CHATS)
        return chat_stream(in, s);
    err = open_stream(in, s->stream, &stream);
    if (err || !stream)
        return err;
    err = refuse(in, hl_recvstream_push(&stream->recv, in->f->env, s));
    in->f->bytes->in_news = true;
    if (hl_recvstream_credit_due(&stream->recv, in->f->reliable))
        in->f->bytes->in_control = true;
    return err;
}

static int take_reset(struct intake *in, struct hl_codec_frame *frame)
{
    const struct hl_codec_reset *reset = &frame->reset;
    struct hl_instream *stream;
    int err;

    if (reset->stream < FLOW_CHATS)
        return HL_ERR_STREAM_STATE;
    err = open_stream(in, reset->stream, &stream);
    if (err || !stream)
        return err;
    if (hl_recvstream_over(&stream->recv))
        return 0;
    err = hl_recvstream_reset(&stream->recv, in->f->env, reset->final_size);
    if (err)
        return refuse(in, err);
    if (!stream->stopped) {
        stream->reset_due = true;
        stream->reset_code = reset->code;
    }
    in->f->bytes->in_news = true;
    return 0;
}

static int take_stop(struct intake *in, struct hl_codec_frame *frame)
{
    struct hl_flow_bytes *b = in->f->bytes;
    struct hl_sendstream *s;
    int slot;

    if (frame->stop.stream < FLOW_CHATS)
        return HL_ERR_STREAM_STATE;
    slot = b ? hl_flow_bytes_find(b, frame->stop.stream) : -1;
    if (slot < 0)
        return 0;
    s = b->out[slot];
    if (s->reset || (s->fin == HL_SEND_ACKED && s->una == s->end))
        return 0;
    hl_sendstream_give_up(s, in->f->env, frame->stop.code);
    s->stopped = true;
    touch(in->f, (unsigned)slot + FLOW_CHATS);
    return 0;
}

/* What MAX_STREAM_DATA says is here needs no acknowledgement any more; over a reliable path it is
 * the only one. */
static int confirmed(struct hl_flow *f, struct hl_sendstream *s, const struct hl_codec_max *max)
{
    struct hl_sendpiece piece = {.offset = s->una};

    if (max->received > s->nxt)
        return HL_ERR_BAD_ACK;
    if (max->received > s->una) {
        piece.len = max->received - s->una;
        hl_sendstream_acked(s, f->env, &piece);
    }
    if (max->limit > s->limit)
        s->limit = max->limit;
    return 0;
}

static int bytes_max(struct intake *in, const struct hl_codec_max *max)
{
    struct hl_flow_bytes *b = in->f->bytes;
    int slot = b ? hl_flow_bytes_find(b, max->stream) : -1;
    struct hl_sendstream *s;
    int err;

    if (slot < 0)
        return 0;
    s = b->out[slot];
    err = confirmed(in->f, s, max);
    if (err)
        return err;
    if (max->limit == HL_VARINT_MAX) {
        /* Queued is enough: it may have left before, over another path. */
        if (s->una != s->end || (!s->reset && !s->fin))
            return HL_ERR_STREAM_STATE;
        if (!s->reset)
            s->fin = HL_SEND_ACKED;
        s->over = true;
    }
    touch(in->f, (unsigned)slot + FLOW_CHATS);
    return 0;
}

static int take_max(struct intake *in, struct hl_codec_frame *frame)
{
    struct hl_flow_live *l = in->f->live;
    int err;

    if (frame->max.stream >= FLOW_CHATS)
        return bytes_max(in, &frame->max);
    err = confirmed(in->f, &l->out[frame->max.stream], &frame->max);
    l->out_news = true;
    if (l->out[0].una == l->out[0].nxt && l->out[1].una == l->out[1].nxt)
        l->repeat_at = HL_NEVER;
    return err;
}

/* ---- for the node ---- */

static int take_nothing(struct intake *in, struct hl_codec_frame *frame)
{
    (void)in;
    (void)frame;
    return 0;
}

static int take_challenge(struct intake *in, struct hl_codec_frame *frame)
{
    in->notice->challenged = true;
    memcpy(in->notice->challenge, frame->path, sizeof in->notice->challenge);
    return 0;
}

static int take_response(struct intake *in, struct hl_codec_frame *frame)
{
    in->notice->responded = true;
    memcpy(in->notice->response, frame->path, sizeof in->notice->response);
    return 0;
}

static int take_close(struct intake *in, struct hl_codec_frame *frame)
{
    in->notice->closed = true;
    in->notice->code = frame->close.code;
    in->notice->reason = frame->close.reason;
    in->notice->reason_len = frame->close.reason_len;
    return 0;
}

/* By type; the codec lets no other type through. */
static const struct {
    int (*take)(struct intake *, struct hl_codec_frame *);
    bool elicits;
    bool probes;
} frames[] = {
    [HL_CODEC_PADDING] = {take_nothing, false, true},
    [HL_CODEC_PING] = {take_nothing, true, false},
    [HL_CODEC_ACK] = {take_ack, false, false},
    [HL_CODEC_MAX_STREAM_DATA] = {take_max, true, false},
    [HL_CODEC_RESET_STREAM] = {take_reset, true, false},
    [HL_CODEC_STOP_SENDING] = {take_stop, true, false},
    [HL_CODEC_PATH_CHALLENGE] = {take_challenge, true, true},
    [HL_CODEC_PATH_RESPONSE] = {take_response, true, true},
    [HL_CODEC_STREAM] = {take_stream, true, false},
    [HL_CODEC_CLOSE] = {take_close, false, false},
};

bool hl_flow_fresh(const struct hl_flow *f, uint64_t pn)
{
    return hl_seen_fresh(&f->seen, pn);
}

int hl_flow_settle(struct hl_flow *f)
{
    struct hl_flow_live *l = f->live;
    bool lost = false;

    if (!l || !l->borrowed)
        return 0;
    for (int i = 0; i < FLOW_CHATS; i++)
        lost |= hl_recvstream_settle(&l->in[i], f->env) < 0;
    if (f->bytes)
        for (unsigned i = 0; i < f->bytes->in.count; i++)
            lost |= hl_recvstream_settle(&f->bytes->in.open[i]->recv, f->env) < 0;
    l->borrowed = false;
    if (!lost)
        return 0;
    hl_acker_fini(&l->acker, f->env); /* CLOSE must not acknowledge them */
    return -ENOMEM;
}

/* Over a reliable path each batch is confirmed by MAX_STREAM_DATA. */
static void taken(struct intake *in, size_t len)
{
    struct hl_flow *f = in->f;
    struct hl_flow_live *l = f->live;

    f->packets_received++;
    f->bytes_received += len;
    for (int i = 0; i < FLOW_CHATS; i++)
        if (hl_recvstream_credit_due(&l->in[i], f->reliable))
            l->tell[i] = true;
    if (!f->reliable && !in->refused)
        hl_acker_received(&l->acker, f->env, in->now, in->pn, in->notice->ack_eliciting, len);
}

int hl_flow_recv(struct hl_flow *f, hl_time now, uint64_t pn, uint8_t *bytes, size_t len,
                 struct hl_flow_notice *notice)
{
    struct intake in = {.f = f, .now = now, .pn = pn, .notice = notice};
    struct hl_codec_frame frame;
    size_t at = 0;
    int err = hl_flow_wake(f);

    f->now = now;
    *notice = (struct hl_flow_notice){0};
    if (!err && hl_flow_settle(f) < 0)
        err = -ENOBUFS;
    if (err)
        return err;
    if (!hl_flow_fresh(f, pn)) {
        f->duplicates++;
        return 0;
    }
    hl_seen_mark(&f->seen, f->env, pn);
    if (len == 0)
        return HL_ERR_BAD_FRAME;
    notice->probing = true;
    while (at < len) {
        int taken_bytes = hl_codec_next(bytes + at, len - at, &frame);

        if (taken_bytes < 0)
            return taken_bytes;
        at += (size_t)taken_bytes;
        if (frames[frame.type].elicits)
            notice->ack_eliciting = true;
        if (!frames[frame.type].probes)
            notice->probing = false;
        err = frames[frame.type].take(&in, &frame);
        if (err)
            return err;
    }
    taken(&in, len);
    return 0;
}
