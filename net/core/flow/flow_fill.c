/* SPDX-License-Identifier: MIT */
/* Frames out: one packet at a time. Its order is ACK, frames about streams, chat, bytes; each part
 * takes what room the ones before it left. */
#include "flow_state.h"

#include "varint.h"

#include <string.h>

/* A packet while it is being written. */
struct packer {
    struct hl_flow *f;
    hl_time now;
    uint8_t *out;
    size_t at;
    size_t cap;
    struct hl_sent_packet *entry; /* NULL: nothing is remembered, on a reliable path */
    bool eliciting;
    bool fresh; /* some of chat left for the first time */
    bool chat;  /* chat left from its oldest byte on */
};

/* Room for another chunk and a frame of that size? */
static bool has_room(const struct packer *w, size_t frame)
{
    return w->cap - w->at >= frame && (!w->entry || w->entry->chunks < HL_SENT_CHUNKS);
}

/* Remembers what was written, which took so many bytes. */
static void wrote(struct packer *w, size_t len, const struct hl_sent_chunk *chunk)
{
    w->at += len;
    w->eliciting = true;
    if (w->entry && chunk)
        w->entry->chunk[w->entry->chunks++] = *chunk;
}

/* ---- frames about streams ---- */

static void wrote_control(struct packer *w, size_t len, enum hl_sent_kind kind, uint64_t id,
                          unsigned slot)
{
    const struct hl_sent_chunk chunk = {
        .offset = id, .stream = (uint32_t)id, .slot = (uint8_t)slot, .kind = (uint8_t)kind};

    wrote(w, len, &chunk);
}

static void put_max(struct packer *w, const struct hl_codec_max *max, enum hl_sent_kind kind)
{
    wrote_control(w, hl_codec_put_max(w->out + w->at, w->cap - w->at, max), kind, max->stream, 0);
}

static void put_chat_limits(struct packer *w)
{
    struct hl_flow_live *l = w->f->live;
    struct hl_codec_max max;

    for (unsigned i = 0; i < FLOW_CHATS; i++) {
        if (!l->tell[i] || !has_room(w, FLOW_FRAME_MAX))
            continue;
        l->tell[i] = false;
        hl_recvstream_tell(&l->in[i], w->now, w->f->rtt.latest ? w->f->rtt.smoothed : 0, SIZE_MAX,
                           &max);
        max.stream = i;
        put_max(w, &max, HL_SENT_MAX);
    }
}

/* False: no room, to be called again. */
static bool put_instream(struct packer *w, struct hl_instream *in)
{
    struct hl_flow *f = w->f;
    struct hl_codec_max max;

    if (in->stop_due) {
        const struct hl_codec_stop stop = {.stream = in->id, .code = in->stop_code};

        if (!has_room(w, FLOW_FRAME_MAX))
            return false;
        in->stop_due = false;
        wrote_control(w, hl_codec_put_stop(w->out + w->at, w->cap - w->at, &stop), HL_SENT_STOP,
                      in->id, 0);
    }
    if (in->tell || hl_recvstream_credit_due(&in->recv, f->reliable)) {
        if (!has_room(w, FLOW_FRAME_MAX))
            return false;
        in->tell = false;
        hl_streams_tell(&f->bytes->in, in, w->now, f->rtt.latest ? f->rtt.smoothed : 0, &max);
        put_max(w, &max, HL_SENT_MAX);
    }
    return true;
}

static void put_done(struct packer *w)
{
    struct hl_flow_bytes *b = w->f->bytes;

    for (unsigned i = 0; i < FLOW_DONE_MAX && b->done_due && has_room(w, FLOW_FRAME_MAX); i++) {
        const struct hl_codec_max max = {
            .stream = b->done[i].id, .received = b->done[i].size, .limit = HL_VARINT_MAX};

        if (!b->done[i].due)
            continue;
        b->done[i].due = false;
        b->done_due--;
        put_max(w, &max, HL_SENT_DONE);
    }
}

static void put_resets(struct packer *w)
{
    struct hl_flow_bytes *b = w->f->bytes;

    while (b->control && has_room(w, FLOW_FRAME_MAX)) {
        unsigned slot = (unsigned)__builtin_ctzll(b->control);
        struct hl_sendstream *s = b->out[slot];
        const struct hl_codec_reset reset = {
            .stream = s->id, .code = s->code, .final_size = s->nxt};

        s->reset = HL_SEND_SENT;
        hl_flow_bytes_touch(b, slot);
        wrote_control(w, hl_codec_put_reset(w->out + w->at, w->cap - w->at, &reset), HL_SENT_RESET,
                      s->id, slot + FLOW_CHATS);
    }
}

static void put_control(struct packer *w)
{
    struct hl_flow_bytes *b = w->f->bytes;
    bool all = true;

    put_chat_limits(w);
    if (!b)
        return;
    put_resets(w);
    put_done(w);
    if (!b->in_control)
        return;
    for (unsigned i = 0; i < b->in.count && all; i++)
        all = put_instream(w, b->in.open[i]);
    b->in_control = !all;
}

/* ---- data ---- */

/* Writes as much of the piece as fits; *piece becomes what was written. False: nothing. */
static bool put_stream(struct packer *w, struct hl_sendstream *s, unsigned slot,
                       struct hl_sendpiece *piece)
{
    size_t header = 1 + hl_varint_len(s->id) + hl_varint_len(piece->offset);
    struct hl_codec_stream frame = {.stream = s->id, .offset = piece->offset};
    struct hl_sent_chunk chunk = {
        .offset = piece->offset, .stream = (uint32_t)s->id, .slot = (uint8_t)slot};
    size_t room = w->cap - w->at;
    bool last;
    size_t len;

    if (!has_room(w, FLOW_STREAM_MIN))
        return false;
    last = header + hl_varint_len(room) + piece->len >= room;
    if (last && piece->len > room - header) {
        piece->len = room - header;
        piece->fin = false;
    }
    frame.len = piece->len;
    frame.fin = piece->fin;
    len = hl_codec_put_stream(w->out + w->at, room, &frame, last);
    hl_sendstream_copy(s, piece->offset, piece->len, w->out + w->at + len);
    chunk.len = (uint16_t)piece->len;
    chunk.kind = piece->fin ? HL_SENT_FIN : HL_SENT_DATA;
    wrote(w, len + piece->len, &chunk);
    if (last)
        w->cap = w->at; /* such a frame ends the packet */
    return true;
}

/* What is new or lost of a stream. */
static void put_next(struct packer *w, struct hl_sendstream *s, unsigned slot)
{
    struct hl_sendpiece piece;

    while (hl_sendstream_next(s, &piece) && put_stream(w, s, slot, &piece)) {
        if (slot < FLOW_CHATS) {
            w->fresh = true;
            w->chat = w->chat || piece.offset == s->una;
        }
        hl_sendstream_sent(s, w->f->env, &piece);
    }
}

/* All that is unacknowledged of a stream, from its oldest byte on. */
static void put_again(struct packer *w, struct hl_sendstream *s, unsigned slot)
{
    struct hl_sendpiece piece;
    uint64_t from = s->una;

    while (hl_sendstream_repeat(s, from, &piece) && put_stream(w, s, slot, &piece)) {
        from = piece.offset + piece.len;
        w->fresh = w->fresh || from > s->nxt;
        w->chat = true;
        hl_sendstream_sent(s, w->f->env, &piece);
    }
}

static void put_chat(struct packer *w, const struct hl_flow_plan *plan)
{
    struct hl_flow_live *l = w->f->live;
    bool again = !w->f->reliable && (plan->repeat || plan->probe || hl_flow_repeats(w->f));

    for (unsigned i = 0; i < FLOW_CHATS; i++) {
        if (again)
            put_again(w, &l->out[i], i);
        else
            put_next(w, &l->out[i], i);
    }
}

/* The stream whose turn it is fills the packet; what it leaves goes to the next ones. */
static void put_bytes(struct packer *w)
{
    struct hl_flow_bytes *b = w->f->bytes;
    uint64_t later;
    unsigned slot;

    while (b->ready && has_room(w, FLOW_STREAM_MIN)) {
        later = b->ready & ~((UINT64_C(1) << b->turn) - 1);
        slot = (unsigned)__builtin_ctzll(later ? later : b->ready);
        put_next(w, b->out[slot], slot + FLOW_CHATS);
        hl_flow_bytes_touch(b, slot);
        b->turn = (slot + 1) % HL_STREAMS_MAX;
    }
}

/* After a probe time-out with no chat to say again: the oldest bytes of some stream. */
static void put_oldest_bytes(struct packer *w)
{
    struct hl_flow_bytes *b = w->f->bytes;

    for (unsigned slot = 0; slot < HL_STREAMS_MAX && !w->eliciting; slot++)
        if (b->out[slot] && b->out[slot]->una < b->out[slot]->nxt && !b->out[slot]->reset) {
            put_again(w, b->out[slot], slot + FLOW_CHATS);
            hl_flow_bytes_touch(b, slot);
        }
}

/* PING, and padding up to what lets a peer that may send no more than it got (it sees us at a new
 * address) answer with an ACK and a PATH_CHALLENGE. */
static void put_ping(struct packer *w)
{
    size_t len = hl_codec_put_ping(w->out + w->at, w->cap - w->at);

    if (!len)
        return;
    wrote(w, len, NULL);
    w->f->live->ping = false;
    for (; w->at < FLOW_PING_MIN && w->at < w->cap; w->at++)
        w->out[w->at] = HL_CODEC_PADDING;
}

/* ---- the packet ---- */

static void put_frames(struct packer *w, const struct hl_flow_plan *plan)
{
    struct hl_flow *f = w->f;
    struct hl_flow_live *l = f->live;

    /* What is not owed yet rides along. */
    if (!f->reliable && hl_acker_deadline(&l->acker) != HL_NEVER)
        w->at += hl_acker_put(&l->acker, w->now, w->out + w->at, w->cap - w->at, l->sent.next);
    if (plan->control)
        put_control(w);
    if (plan->chat || plan->repeat || plan->probe)
        put_chat(w, plan);
    if (plan->bytes)
        put_bytes(w);
    if (plan->probe && !w->eliciting && f->bytes)
        put_oldest_bytes(w);
    if (l->ping || (plan->probe && !w->eliciting))
        put_ping(w);
}

/* The packet leaves. */
static void push(struct packer *w, bool probe)
{
    struct hl_flow *f = w->f;
    struct hl_flow_live *l = f->live;
    bool first = l->sent.flying == 0;

    f->bytes_sent += w->at;
    if (!w->entry) {
        hl_sent_skip(&l->sent);
        return;
    }
    w->entry->probe = probe;
    w->entry->size = (uint16_t)(w->at + f->overhead);
    if (w->eliciting) {
        hl_cc_sent(&l->cc, w->now, w->entry->size, l->sent.in_flight, &w->entry->cc);
        hl_flow_eliciting_sent(f, w->now, first);
    }
    hl_sent_push(&l->sent, w->eliciting);
    if (w->chat)
        hl_flow_chat_sent(f, w->now, w->fresh);
}

/* A packet of nothing but PING and padding, larger than the path is known to carry. */
static bool fill_mtu(struct packer *w, struct hl_flow_fill *fill)
{
    size_t size = hl_pmtud_probe(&w->f->pmtud, w->now);

    if (fill->used || size < w->f->overhead || size - w->f->overhead > fill->cap)
        return false;
    w->cap = size - w->f->overhead;
    put_ping(w);
    memset(w->out + w->at, 0, w->cap - w->at);
    w->at = w->cap;
    push(w, true);
    hl_pmtud_probe_sent(&w->f->pmtud, w->now);
    fill->len = w->at;
    fill->probe = true;
    return true;
}

static bool begin(struct packer *w, struct hl_flow_fill *fill)
{
    struct hl_flow *f = w->f;
    struct hl_sent *sent = &f->live->sent;

    fill->pn = sent->next;
    if (f->reliable)
        return true;
    if (sent->next - sent->base >= sent->cap)
        hl_sent_trim(sent, w->now - 2 * hl_rtt_pto(&f->rtt));
    if (!hl_sent_room(sent, f->env))
        return false;
    w->entry = hl_sent_slot(sent);
    return true;
}

static bool anything(const struct hl_flow_plan *plan)
{
    return plan->ack || plan->control || plan->chat || plan->repeat || plan->bytes || plan->probe;
}

bool hl_flow_fill(struct hl_flow *f, hl_time now, struct hl_flow_fill *fill)
{
    struct packer w = {.f = f,
                       .now = now,
                       .out = fill->out,
                       .at = fill->used,
                       .cap = hl_flow_packet_max(f),
                       .eliciting = fill->used && fill->eliciting};
    struct hl_flow_plan plan;

    f->now = now;
    fill->probe = false;
    if ((!f->live && fill->used == 0) || hl_flow_wake(f))
        return false;
    hl_flow_run_timers(f, now);
    hl_flow_plan(f, now, &plan);
    if (!anything(&plan) && fill->used == 0) {
        if (!f->reliable && !hl_flow_has_data(f))
            hl_cc_app_limited(&f->live->cc, f->live->sent.in_flight);
        return false;
    }
    if (w.cap > fill->cap)
        w.cap = fill->cap;
    if (w.cap < w.at)
        w.cap = w.at;
    if (!begin(&w, fill)) {
        f->live->starved = now + FLOW_STARVED;
        return false;
    }
    if (plan.mtu && fill_mtu(&w, fill))
        return true;
    put_frames(&w, &plan);
    if (w.at == 0)
        return false;
    fill->len = w.at;
    push(&w, false);
    return true;
}
