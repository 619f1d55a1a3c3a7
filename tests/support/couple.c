/* SPDX-License-Identifier: MIT */
#include "couple.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t couple_random(struct couple *c, uint64_t below)
{
    /* splitmix64 (Steele, Lea and Flood, 2014) */
    uint64_t z = c->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

void couple_renew(struct couple *c, int host)
{
    struct couple_host *h = &c->host[host];

    if (hl_flow_new(&h->memory.env, c->now, &h->path, &h->flow))
        abort();
}

void couple_init(struct couple *c, uint64_t seed)
{
    *c = (struct couple){
        .now = HL_SECS(1000), .delay = HL_MS(25), .queue = HL_MS(100), .random = seed};
    for (int i = 0; i < 2; i++) {
        memory_init(&c->host[i].memory);
        c->host[i].path =
            (struct hl_flow_path){.datagram = COUPLE_DATAGRAM, .overhead = COUPLE_OVERHEAD};
        couple_renew(c, i);
    }
}

void couple_cut(struct couple *c)
{
    while (c->wire) {
        struct couple_packet *p = c->wire;

        c->wire = p->next;
        free(p);
    }
}

void couple_fini(struct couple *c)
{
    couple_cut(c);
    for (int i = 0; i < 2; i++) {
        hl_flow_free(c->host[i].flow);
        if (c->host[i].memory.blocks) {
            fprintf(stderr, "couple: host %d leaks\n", i);
            abort();
        }
    }
}

/* ---- the wire ---- */

static void launch(struct couple *c, int from, hl_time at, const struct hl_flow_fill *fill)
{
    struct couple_packet **spot = &c->wire;
    struct couple_packet *p = malloc(sizeof *p + fill->len);

    if (!p)
        abort();
    *p = (struct couple_packet){.at = at, .to = !from, .pn = fill->pn, .len = fill->len};
    memcpy(p->bytes, fill->out, fill->len);
    while (*spot && (*spot)->at <= at)
        spot = &(*spot)->next;
    p->next = *spot;
    *spot = p;
}

static void trace(struct couple *c, int from, const struct hl_flow_fill *fill)
{
    uint64_t hash = c->trace ^ fill->pn ^ (uint64_t)c->now << 20 ^ (uint64_t)from << 60;

    for (size_t i = 0; i < fill->len; i++)
        hash = (hash ^ fill->out[i]) * UINT64_C(0x100000001b3);
    c->trace = hash;
}

static void transmit(struct couple *c, int from, const struct hl_flow_fill *fill)
{
    struct couple_host *h = &c->host[from];
    size_t size = fill->len + h->path.overhead;
    hl_time at = c->now;

    h->packets++;
    h->bytes += fill->len;
    trace(c, from, fill);
    if (c->gate && !c->gate(c, from, fill->out, fill->len, fill->pn))
        return;
    if (!h->path.reliable && (couple_random(c, 1000) < c->lose || (c->mtu && size > c->mtu)))
        return;
    if ((c->now >= c->dark_from && c->now < c->dark_to) || c->host[!from].down)
        return;
    if (c->rate > 0) {
        if (h->link_free < c->now)
            h->link_free = c->now;
        if (h->link_free - c->now > c->queue)
            return;
        h->link_free += (hl_time)((double)(size + 28) / c->rate * 1e6);
        at = h->link_free;
    }
    at += c->delay;
    if (!h->path.reliable && couple_random(c, 1000) < c->late)
        at += (hl_time)couple_random(c, (uint64_t)c->delay);
    launch(c, from, at, fill);
    if (!h->path.reliable && couple_random(c, 1000) < c->twice)
        launch(c, from, at + (hl_time)couple_random(c, (uint64_t)c->delay), fill);
}

/* ---- the hosts ---- */

static void take_events(struct couple *c, int host)
{
    struct hl_flow_event ev;

    while (!c->host[host].deaf && hl_flow_event(c->host[host].flow, c->now, &ev)) {
        if (ev.kind == HL_FLOW_BROKEN)
            c->host[host].err = ev.err;
        if (c->event)
            c->event(c, host, &ev);
    }
}

int couple_inject(struct couple *c, int host, uint64_t pn, const void *frames, size_t len)
{
    struct hl_flow_notice notice;
    uint8_t *copy = malloc(len ? len : 1);
    int err;

    if (!copy)
        abort();
    memcpy(copy, frames, len);
    err = hl_flow_recv(c->host[host].flow, c->now, pn, copy, len, &notice);
    if (!err) {
        take_events(c, host);
        err = hl_flow_settle(c->host[host].flow);
    }
    free(copy);
    return err;
}

static void send_all(struct couple *c, int host)
{
    static uint8_t out[HL_FRAMES_MAX];
    struct couple_host *h = &c->host[host];

    for (int i = 0; i < 100000; i++) {
        struct hl_flow_fill fill = {.out = out, .cap = sizeof out};

        if (!hl_flow_fill(h->flow, c->now, &fill))
            return;
        transmit(c, host, &fill);
    }
    fprintf(stderr, "couple: host %d never stops sending\n", host);
    abort();
}

void couple_pump(struct couple *c)
{
    for (int i = 0; i < 2; i++) {
        take_events(c, i);
        send_all(c, i);
    }
}

bool couple_step(struct couple *c, hl_time until)
{
    hl_time next = until;
    struct couple_packet *p;
    uint64_t before;
    bool timer = false;

    couple_pump(c);
    for (int i = 0; i < 2; i++) {
        hl_time due = hl_flow_deadline(c->host[i].flow, c->now);

        if (due < next) {
            next = due;
            timer = true;
        }
    }
    if (c->wire && c->wire->at <= next) {
        next = c->wire->at;
        timer = false;
    } else if (next == until) {
        c->now = until;
        return false;
    }
    if (next > c->now)
        c->now = next;
    if (timer) {
        before = c->host[0].packets + c->host[1].packets;
        couple_pump(c);
        c->vain += before == c->host[0].packets + c->host[1].packets;
    }
    while ((p = c->wire) && p->at <= c->now) {
        c->wire = p->next;
        if (!c->host[p->to].err)
            c->host[p->to].err = couple_inject(c, p->to, p->pn, p->bytes, p->len);
        free(p);
    }
    return true;
}

void couple_run(struct couple *c, hl_time until)
{
    while (couple_step(c, until))
        ;
    couple_pump(c);
}

bool couple_settle(struct couple *c, hl_time within)
{
    hl_time until = c->now + within;

    do {
        couple_pump(c);
        if (!c->wire && hl_flow_idle(c->host[0].flow) && hl_flow_idle(c->host[1].flow))
            return true;
    } while (couple_step(c, until));
    return false;
}
