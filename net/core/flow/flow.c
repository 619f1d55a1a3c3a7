/* SPDX-License-Identifier: MIT */
/* The life of a flow, and its owner's wishes. */
#include "flow_state.h"

#include "err.h"

#include <assert.h>
#include <errno.h>

/* ---- rest and waking ---- */

static void wake_chat(struct hl_flow *f, unsigned i)
{
    const struct hl_flow_rest *rest = &f->rest[i];
    struct hl_sendstream *out = &f->live->out[i];
    struct hl_recvstream *in = &f->live->in[i];

    hl_sendstream_init(out, i, true);
    out->head = out->una = out->nxt = out->end = rest->out;
    if (rest->out_limit > out->limit)
        out->limit = rest->out_limit;
    hl_recvstream_init(in, true);
    in->consumed = in->received = in->highest = in->told = rest->in;
    if (rest->in_limit > in->limit)
        in->limit = rest->in_limit;
}

int hl_flow_wake(struct hl_flow *f)
{
    struct hl_flow_live *l = f->live;

    if (l)
        return 0;
    l = hl_env_alloc(f->env, sizeof *l);
    if (!l)
        return -ENOMEM;
    f->live = l;
    hl_cc_init(&l->cc, f->now, f->pmtud.size);
    hl_sent_init(&l->sent, f->next_pn);
    hl_acker_init(&l->acker);
    for (unsigned i = 0; i < FLOW_CHATS; i++)
        wake_chat(f, i);
    l->progress = l->pto_base = f->now;
    l->repeat_at = HL_NEVER;
    return 0;
}

static void rest(struct hl_flow *f)
{
    struct hl_flow_live *l = f->live;

    for (unsigned i = 0; i < FLOW_CHATS; i++) {
        f->rest[i] = (struct hl_flow_rest){
            .out = l->out[i].end,
            .out_limit = l->out[i].limit,
            .in = l->in[i].consumed,
            .in_limit = l->in[i].limit,
        };
        hl_sendstream_fini(&l->out[i], f->env);
        hl_recvstream_fini(&l->in[i], f->env);
    }
    f->next_pn = l->sent.next;
    hl_sent_fini(&l->sent, f->env);
    hl_acker_fini(&l->acker, f->env);
    hl_env_free(f->env, l);
    f->live = NULL;
}

static void set_path(struct hl_flow *f, hl_time now, const struct hl_flow_path *path)
{
    f->now = now;
    f->reliable = path->reliable;
    f->overhead = (uint16_t)path->overhead;
    f->datagram = (uint32_t)path->datagram;
    hl_rtt_init(&f->rtt);
    hl_pmtud_init(&f->pmtud, now, path->datagram);
}

int hl_flow_new(const struct hl_env *env, hl_time now, const struct hl_flow_path *path,
                struct hl_flow **out)
{
    struct hl_flow *f = hl_env_alloc(env, sizeof *f);

    if (!f)
        return -ENOMEM;
    f->env = env;
    hl_seen_init(&f->seen);
    set_path(f, now, path);
    *out = f;
    return 0;
}

void hl_flow_free(struct hl_flow *f)
{
    if (!f)
        return;
    if (f->live)
        rest(f);
    hl_flow_bytes_free(f);
    hl_seen_compact(&f->seen, f->env);
    hl_env_free(f->env, f);
}

bool hl_flow_idle(const struct hl_flow *f)
{
    const struct hl_flow_live *l = f->live;

    if (f->bytes && !hl_flow_bytes_idle(f->bytes))
        return false;
    if (!l)
        return true;
    if (l->sent.flying || l->ping || hl_acker_deadline(&l->acker) != HL_NEVER)
        return false;
    for (int i = 0; i < FLOW_CHATS; i++)
        if (!hl_sendstream_empty(&l->out[i]) || l->out[i].tokens_count || l->tell[i] ||
            l->in_news[i] || l->in[i].consumed != l->in[i].highest)
            return false;
    return true;
}

void hl_flow_compact(struct hl_flow *f)
{
    if (!hl_flow_idle(f))
        return;
    if (f->live)
        rest(f);
    if (f->bytes)
        hl_flow_bytes_rest(f);
    hl_seen_compact(&f->seen, f->env);
}

/* ---- path ---- */

static void send_again(struct hl_flow *f, struct hl_sendstream *s)
{
    const struct hl_sendpiece all = {
        .offset = s->una, .len = s->nxt - s->una, .fin = s->fin == HL_SEND_SENT};

    hl_sendstream_lost(s, f->env, &all);
    if (s->reset == HL_SEND_SENT)
        s->reset = HL_SEND_QUEUED;
}

/* What was on its way counts as lost, and whatever else the peer may not have heard is told again.
 */
static void send_all_again(struct hl_flow *f)
{
    struct hl_flow_live *l = f->live;
    struct hl_flow_bytes *b = f->bytes;

    hl_sent_abandon(&l->sent);
    for (int i = 0; i < FLOW_CHATS; i++) {
        send_again(f, &l->out[i]);
        l->tell[i] = true;
    }
    if (!b)
        return;
    for (unsigned slot = 0; slot < HL_STREAMS_MAX; slot++)
        if (b->out[slot]) {
            send_again(f, b->out[slot]);
            hl_flow_bytes_touch(b, slot);
        }
    for (unsigned i = 0; i < b->in.count; i++) {
        b->in.open[i]->tell = true;
        b->in.open[i]->stop_due = b->in.open[i]->stopped;
        b->in_control = true;
    }
    for (unsigned i = 0; i < FLOW_DONE_MAX; i++)
        if (b->done[i].id && !b->done[i].due) {
            b->done[i].due = true;
            b->done_due++;
        }
}

void hl_flow_set_path(struct hl_flow *f, hl_time now, const struct hl_flow_path *path)
{
    struct hl_flow_live *l = f->live;
    bool other_kind = path->reliable || f->reliable;

    set_path(f, now, path);
    if (!l)
        return;
    hl_cc_reset(&l->cc, now);
    hl_cc_set_datagram(&l->cc, f->pmtud.size);
    l->pto_count = 0;
    l->pto_base = l->progress = now;
    l->repeat_at = HL_NEVER;
    l->probe_due = false;
    if (other_kind) {
        hl_acker_fini(&l->acker, f->env);
        hl_acker_init(&l->acker);
    }
    send_all_again(f);
}

void hl_flow_too_big(struct hl_flow *f, hl_time now, size_t datagram)
{
    f->now = now;
    hl_pmtud_too_big(&f->pmtud, now, datagram);
    if (f->live)
        hl_cc_set_datagram(&f->live->cc, f->pmtud.size);
}

size_t hl_flow_packet_max(const struct hl_flow *f)
{
    size_t size = f->pmtud.size;
    uint64_t rate;

    if (f->reliable) {
        size = f->datagram - f->overhead;
        return size < HL_FRAMES_MAX ? size : HL_FRAMES_MAX;
    }
    rate = f->live ? hl_cc_rate(&f->live->cc) : 0;
    /* A datagram that takes longer than a millisecond to leave delays the next line of chat. */
    if (rate && size > rate / 1000)
        size = rate / 1000 > HL_PMTUD_BASE ? (size_t)(rate / 1000) : HL_PMTUD_BASE;
    return size - f->overhead;
}

size_t hl_flow_burst(const struct hl_flow *f, hl_time now)
{
    if (f->reliable)
        return HL_FRAMES_MAX;
    return f->live ? (size_t)hl_cc_burst(&f->live->cc, now) : HL_PMTUD_BASE;
}

/* ---- wishes ---- */

int hl_flow_send(struct hl_flow *f, uint64_t stream, const void *data, size_t len, uint64_t token)
{
    int err;

    if (stream >= FLOW_CHATS || len == 0)
        return -EINVAL;
    if (len > HL_MESSAGE_MAX)
        return HL_ERR_TOO_LONG;
    err = hl_flow_wake(f);
    return err ? err : hl_sendstream_message(&f->live->out[stream], f->env, data, len, token);
}

/* A slot for a new outgoing stream. */
static int open_out(struct hl_flow *f, uint64_t stream)
{
    struct hl_flow_bytes *b = f->bytes;
    int slot = 0;

    while (slot < HL_STREAMS_MAX && b->out[slot])
        slot++;
    if (slot == HL_STREAMS_MAX)
        return HL_ERR_STREAM_LIMIT;
    b->out[slot] = hl_env_alloc(f->env, sizeof *b->out[slot]);
    if (!b->out[slot])
        return -ENOMEM;
    hl_sendstream_init(b->out[slot], stream, false);
    return slot;
}

ptrdiff_t hl_flow_write(struct hl_flow *f, uint64_t stream, const void *data, size_t len, bool fin,
                        uint64_t token)
{
    struct hl_sendstream *s;
    ptrdiff_t taken;
    int slot;

    if (stream < HL_STREAM_BYTES || stream > UINT32_MAX)
        return -EINVAL;
    if (hl_flow_wake(f) || !hl_flow_bytes_get(f))
        return -ENOMEM;
    slot = hl_flow_bytes_find(f->bytes, stream);
    if (slot < 0)
        slot = open_out(f, stream);
    if (slot < 0)
        return slot;
    s = f->bytes->out[slot];
    if (s->reset || s->fin || s->over)
        return HL_ERR_STREAM_STATE;
    taken = hl_sendstream_write(s, f->env, data, len, fin);
    if (s->fin)
        s->fin_token = token;
    hl_flow_bytes_touch(f->bytes, (unsigned)slot);
    return taken;
}

int hl_flow_reset(struct hl_flow *f, uint64_t stream, uint64_t code)
{
    int slot = f->bytes ? hl_flow_bytes_find(f->bytes, stream) : -1;
    struct hl_sendstream *s;

    if (slot < 0)
        return -ENOENT;
    s = f->bytes->out[slot];
    if (s->reset || s->over || (s->fin == HL_SEND_ACKED && s->una == s->end))
        return 0;
    hl_sendstream_give_up(s, f->env, code);
    hl_flow_bytes_touch(f->bytes, (unsigned)slot);
    return 0;
}

int hl_flow_stop(struct hl_flow *f, uint64_t stream, uint64_t code)
{
    struct hl_instream *in = f->bytes ? hl_streams_find(&f->bytes->in, stream) : NULL;

    if (!in)
        return -ENOENT;
    if (in->stopped)
        return 0;
    hl_recvstream_discard(&in->recv, f->env);
    in->stopped = true;
    in->stop_due = true;
    in->stop_code = code;
    in->reset_due = false;
    f->bytes->in_control = true;
    f->bytes->in_news = true; /* it may be over already */
    return hl_flow_wake(f);
}

void hl_flow_ping(struct hl_flow *f)
{
    if (hl_flow_wake(f) == 0)
        f->live->ping = true;
}

/* ---- inheritance ---- */

/* The owner hears that a byte stream of the old flow is gone. */
static int inherit_slot(struct hl_flow *f, const struct hl_sendstream *old)
{
    struct hl_sendstream *s;
    int slot;

    if (!hl_flow_bytes_get(f))
        return -ENOMEM;
    slot = open_out(f, old->id);
    if (slot < 0)
        return slot;
    s = f->bytes->out[slot];
    s->reset = HL_SEND_ACKED;
    s->stopped = s->over = true;
    f->bytes->news |= UINT64_C(1) << slot;
    return 0;
}

int hl_flow_inherit(struct hl_flow *f, struct hl_flow *old, bool messages)
{
    int err = hl_flow_wake(f);

    if (err || !old->live)
        return err;
    for (int i = 0; i < FLOW_CHATS && !err; i++) {
        if (messages)
            err = hl_sendstream_inherit(&f->live->out[i], f->env, &old->live->out[i]);
        f->live->out[i].full = f->live->out[i].full || old->live->out[i].full;
    }
    f->live->out_news = true;
    for (unsigned slot = 0; old->bytes && slot < HL_STREAMS_MAX && !err; slot++)
        if (old->bytes->out[slot] && !old->bytes->out[slot]->over)
            err = inherit_slot(f, old->bytes->out[slot]);
    return err;
}

/* ---- looking in ---- */

static size_t memory(const struct hl_flow *f)
{
    size_t sum = sizeof *f;

    if (f->live) {
        sum += sizeof *f->live + hl_sent_memory(&f->live->sent);
        for (int i = 0; i < FLOW_CHATS; i++)
            sum += hl_sendstream_memory(&f->live->out[i]) + hl_recvstream_memory(&f->live->in[i]);
    }
    if (f->bytes) {
        sum += sizeof *f->bytes;
        for (unsigned slot = 0; slot < HL_STREAMS_MAX; slot++)
            if (f->bytes->out[slot])
                sum += sizeof *f->bytes->out[slot] + hl_sendstream_memory(f->bytes->out[slot]);
        for (unsigned i = 0; i < f->bytes->in.count; i++)
            sum += sizeof(struct hl_instream) + hl_recvstream_memory(&f->bytes->in.open[i]->recv);
    }
    return sum;
}

unsigned hl_flow_probe_timeouts(const struct hl_flow *f)
{
    return f->live ? f->live->pto_count : 0;
}

void hl_flow_stats(const struct hl_flow *f, struct hl_flow_stats *out)
{
    const struct hl_flow_live *l = f->live;

    *out = (struct hl_flow_stats){
        .packets_sent = l ? l->sent.next : f->next_pn,
        .packets_received = f->packets_received,
        .packets_lost = f->packets_lost,
        .spurious = f->spurious,
        .bytes_sent = f->bytes_sent,
        .bytes_received = f->bytes_received,
        .duplicates = f->duplicates,
        .in_flight = l ? l->sent.in_flight : 0,
        .window = l ? hl_cc_window(&l->cc) : 0,
        .rate = l ? hl_cc_rate(&l->cc) : 0,
        .rtt = f->rtt.latest ? f->rtt.smoothed : 0,
        .rtt_min = f->rtt.min,
        .rtt_var = f->rtt.latest ? f->rtt.var : 0,
        .datagram = f->reliable ? f->datagram : f->pmtud.size,
        .memory = memory(f),
        .probe_timeouts = hl_flow_probe_timeouts(f),
    };
}
