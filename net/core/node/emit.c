/* SPDX-License-Identifier: MIT */
#include "codec.h"
#include "pmtud.h"
#include "whole.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    FULL_MORE = 8, /* links by which the list of full ones grows */
};

static bool is_full(const struct hl_node *n, hl_link link)
{
    for (uint32_t i = 0; i < n->full_count; i++)
        if (n->full[i] == link)
            return true;
    return false;
}

bool hl_emit_blocked(const struct hl_node *n, const struct hl_route *r)
{
    return is_full(n, r->link);
}

int hl_emit_set_full(struct hl_node *n, hl_link link, bool full)
{
    hl_link *links;
    uint32_t at = 0;

    while (at < n->full_count && n->full[at] != link)
        at++;
    if (!full && at < n->full_count)
        n->full[at] = n->full[--n->full_count];
    if (!full || at < n->full_count)
        return 0;
    if (n->full_count == n->full_cap) {
        links = n->env->resize(n->env->user, n->full, (n->full_cap + FULL_MORE) * sizeof *links);
        if (!links)
            return -ENOMEM;
        n->full = links;
        n->full_cap += FULL_MORE;
    }
    n->full[n->full_count++] = link;
    return 0;
}

static bool can_seal(const struct hl_node *n, const struct hl_peer *p, hl_time now)
{
    return hl_slot_seals(&p->slot, now) && p->route.set && !hl_emit_blocked(n, &p->route);
}

/* Seals the frames that lie behind the header at out; how long the packet is. */
static size_t seal(struct hl_peer *p, hl_time now, uint8_t *out, uint64_t number, size_t len)
{
    p->sent = now;
    return hl_slot_seal(&p->slot, number, out, len);
}

/* A packet of these frames, and of what the flow adds to them up to cap bytes in all. */
static size_t seal_frames(struct hl_peer *p, hl_time now, uint8_t *out, size_t len, size_t cap)
{
    struct hl_flow_fill fill = {
        .out = out + HL_PACKET_DATA_HEADER,
        .cap = cap,
        .used = len,
    };

    if (!hl_flow_fill(p->flow, now, &fill))
        return 0;
    return seal(p, now, out, fill.pn, fill.len);
}

static bool send_call(struct hl_node *n, struct hl_peer *p, hl_time now, struct hl_transmit *out)
{
    out->len = hl_call_send(n, p, now, out->data, &out->path);
    return out->len != 0;
}

static bool send_aside(struct hl_node *n, struct hl_peer *p, hl_time now, struct hl_transmit *out)
{
    size_t len;

    if (!p->roam || !hl_slot_seals(&p->slot, now))
        return false;
    len = hl_roam_aside(n, p, out->data + HL_PACKET_DATA_HEADER, HL_PMTUD_BASE, &out->path);
    if (len && is_full(n, out->path.link))
        len = 0;
    out->len = len ? seal_frames(p, now, out->data, len, len) : 0; /* not the flow's business */
    return out->len != 0;
}

/* CLOSE, and what it ends. The acknowledgement that is owed goes along: the peer could never learn
 * otherwise that its last words were heard. */
static bool send_close(struct hl_node *n, struct hl_peer *p, hl_time now, struct hl_transmit *out)
{
    const struct hl_codec_close frame = {.code = p->close_code};
    size_t room = hl_roam_room(p) < HL_PMTUD_BASE ? hl_roam_room(p) : HL_PMTUD_BASE;
    size_t len;

    if (!p->closing)
        return false;
    len = hl_codec_put_close(out->data + HL_PACKET_DATA_HEADER, HL_PMTUD_BASE, &frame);
    if (can_seal(n, p, now) && room >= len + HL_PACKET_OVERHEAD) {
        hl_route_path(&p->route, &out->path);
        out->len = seal_frames(p, now, out->data, len, room - HL_PACKET_OVERHEAD);
    }
    hl_assoc_end(n, p);
    return out->len != 0;
}

/* How much may leave at once. */
static size_t allowance(struct hl_node *n, struct hl_peer *p, hl_time now, size_t cap)
{
    size_t room = hl_roam_room(p);
    size_t burst = hl_flow_burst(p->flow, now);

    if (room < cap) {
        n->stats.held_back += room <= HL_PACKET_OVERHEAD;
        cap = room;
    }
    if (cap > HL_NODE_BATCH)
        cap = HL_NODE_BATCH;
    /* A packet larger than the burst was allowed anyhow, once its time has come. */
    return burst < cap && burst > 0 ? burst : cap;
}

/* One packet of at most cap bytes; 0 = nothing to send. */
static size_t put_packet(struct hl_peer *p, hl_time now, uint8_t *at, size_t cap, bool *probe)
{
    const bool wants = p->roam && hl_flow_deadline(p->flow, now) <= now;
    struct hl_flow_fill fill = {
        .out = at + HL_PACKET_DATA_HEADER,
        .cap = cap - HL_PACKET_OVERHEAD,
    };

    fill.used = p->roam ? hl_roam_frames(p, wants, fill.out, fill.cap) : 0;
    fill.eliciting = fill.used > 0;
    if (!hl_flow_fill(p->flow, now, &fill)) {
        if (p->roam)
            p->roam->broke = wants;
        return 0;
    }
    assert(fill.len <= fill.cap);
    *probe = fill.probe;
    return seal(p, now, at, fill.pn, fill.len);
}

/* Packets of equal size, the last may be smaller, for one path. */
static bool send_data(struct hl_node *n, struct hl_peer *p, hl_time now, size_t cap,
                      struct hl_transmit *out)
{
    size_t batch;
    size_t full;
    unsigned count = 1;

    if (!p->flow || !can_seal(n, p, now))
        return false;
    batch = allowance(n, p, now, cap);
    if (batch <= HL_PACKET_OVERHEAD)
        return false;
    out->len =
        put_packet(p, now, out->data, hl_roam_room(p) < cap ? hl_roam_room(p) : cap, &out->probe);
    if (out->len == 0)
        return false;
    full = out->len;
    hl_route_path(&p->route, &out->path);
    while (!out->probe && !hl_transport_is_stream(out->path.transport) && count < HL_SEGMENTS_MAX &&
           full >= hl_flow_packet_max(p->flow) + HL_PACKET_OVERHEAD && out->len + full <= batch) {
        bool probe = false;
        size_t len = put_packet(p, now, out->data + out->len, full, &probe);

        assert(!probe || len == 0);
        out->len += len;
        out->segment = full;
        count++;
        if (len < full)
            break;
    }
    hl_roam_spend(p, out->len);
    if (p->waiting == HL_NEVER)
        p->waiting = now;
    return true;
}

static bool serve(struct hl_node *n, struct hl_peer *p, hl_time now, size_t cap,
                  struct hl_transmit *out)
{
    hl_timers_run(n, p, now);
    if (send_call(n, p, now, out) || send_aside(n, p, now, out))
        return true;
    if (p->closing)
        return send_close(n, p, now, out);
    return send_data(n, p, now, cap, out);
}

/* What had to wait until nothing was to be sent any more. False: the peer is no more. */
static bool tidy(struct hl_node *n, struct hl_peer *p, hl_time now)
{
    if (p->closing)
        return true;
    if (p->gone) {
        hl_peer_remove(n, p);
        return false;
    }
    if (p->fresh) {
        hl_assoc_renew(n, p, now);
        p->fresh = false;
    }
    return true;
}

static void count(struct hl_node *n, const struct hl_transmit *t)
{
    n->stats.datagrams_out += t->segment ? (t->len + t->segment - 1) / t->segment : 1;
    n->stats.bytes_out += t->len;
}

/* Serves whoever is due, until one has something to send. */
static bool poll_peers(struct hl_node *n, hl_time now, size_t cap, struct hl_transmit *out)
{
    uint32_t place;

    while (hl_heap_first(&n->due, &place) <= now) {
        struct hl_peer *p = n->peers[place];
        bool sent = serve(n, p, now, cap, out);
        hl_time next;

        if (!tidy(n, p, now)) {
            if (sent)
                return true;
            continue;
        }
        next = sent ? now : hl_timers_deadline(n, p, now);
        /* Who had nothing to send and is due again at once would keep us here for ever. */
        hl_heap_set(&n->due, p->place, sent || next > now ? next : now + HL_MS(1));
        if (sent)
            return true;
    }
    return false;
}

/* Who asks over a stream and takes no answer off it gets no more of them: they would pile up. */
static bool poll_replies(struct hl_node *n, struct hl_transmit *out)
{
    do
        out->len = hl_replies_take(&n->replies, &out->path, out->data);
    while (out->len != 0 && is_full(n, out->path.link));
    n->answered = out->len != 0;
    return n->answered;
}

bool hl_node_poll(struct hl_node *n, hl_time now, uint8_t *buf, size_t cap, struct hl_transmit *out)
{
    bool sent;

    assert(cap >= HL_NODE_BATCH);
    hl_accept_settle(n, now);
    hl_guests_expire(&n->guests, now);
    *out = (struct hl_transmit){.data = buf};
    /* By turns: however many ask for a session, those who have one are served. */
    sent = n->answered && poll_peers(n, now, cap, out);
    if (sent)
        n->answered = false;
    else
        sent = poll_replies(n, out) || poll_peers(n, now, cap, out);
    if (sent)
        count(n, out);
    return sent;
}

hl_time hl_node_deadline(const struct hl_node *n)
{
    uint32_t place;
    hl_time at = hl_heap_first(&n->due, &place);
    hl_time guests = hl_guests_deadline(&n->guests);

    if (n->replies.count)
        return 0;
    return guests < at ? guests : at;
}
