/* SPDX-License-Identifier: MIT */
/* Writing datagrams: UDP in batches and runs under a pace, Unix datagrams around receivers that
 * are full. */
#include "tx.h"

#include "clock.h"
#include "dgram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PACE_BURST = 16, /* datagrams that may leave at once under a pace: wake-ups cost too */
    FULL_MAX = 16,   /* full Unix receivers that others are led around */
};

/* Between tries of full Unix receivers, which tell nobody when they have room again. */
#define PAUSE_FIRST HL_MS(1)
#define PAUSE_MAX   HL_MS(32)

struct hl_tx_backlog {
    struct hl_tx_backlog *next;
    uint64_t token;
    struct hl_addr remote, local;
    hl_time since;  /* when it came here */
    bool silent;    /* a run: nobody waits to hear of it */
    size_t charge;  /* of the budget, for the bytes */
    size_t segment; /* size of the run's pieces */
    size_t sent;    /* bytes of the run that have left */
    size_t len;
    uint8_t data[];
};

void hl_tx_dgram_queue(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                       const uint8_t *data, size_t len)
{
    struct hl_tx_backlog *b;

    if (l->close) {
        hl_tx_refuse(tx, l, c, HL_ERR_CLOSED);
        return;
    }
    b = malloc(sizeof(*b) + len);
    if (!b) {
        hl_tx_refuse(tx, l, c, -ENOMEM);
        return;
    }
    *b = (struct hl_tx_backlog){.token = c->token,
                                .remote = c->path.remote,
                                .local = c->path.local,
                                .since = hl_clock_now(),
                                .silent = c->kind == HL_TX_RUN,
                                .charge = c->charge,
                                .segment = c->segment ? c->segment : len,
                                .len = len};
    memcpy(b->data, data, len);
    *l->last = b;
    l->last = &b->next;
    l->retry = 0; /* its receiver need not be among the full ones */
    if (!l->wants_out)
        hl_tx_wait(tx, l);
}

static size_t pieces(const struct hl_tx_backlog *b, size_t bytes)
{
    return (bytes + b->segment - 1) / b->segment;
}

/* Takes the message at *at out and tells how it ended. */
static void done(struct hl_tx *tx, struct hl_tx_link *l, struct hl_tx_backlog **at, int err)
    HL_REQUIRES(hl_role_tx)
{
    struct hl_tx_backlog *b = *at;
    struct hl_path path = l->wire->path;
    struct hl_event too_big = {.kind = HL_EV_TOO_BIG};

    *at = b->next;
    if (!b->next)
        l->last = at;
    path.remote = b->remote;
    hl_tx_release(tx, l, b->charge);
    if (!b->silent) {
        hl_tx_report(tx, l, &path, b->token, err);
        free(b);
        return;
    }
    if (err != 0)
        hl_net_count(&tx->net->send_errors, 1);
    if (err == -EMSGSIZE) {
        too_big.path = path;
        too_big.count = b->len - b->sent < b->segment ? b->len - b->sent : b->segment;
        hl_tx_emit(tx, &too_big);
    }
    hl_tx_release(tx, l, HL_SEND_OVERHEAD);
    free(b);
}

static void count_out(struct hl_tx *tx, size_t datagrams, size_t bytes) HL_REQUIRES(hl_role_tx)
{
    hl_net_count(&tx->net->datagrams_out, datagrams);
    hl_net_count(&tx->net->bytes_out, bytes);
}

void hl_tx_dgram_fail(struct hl_tx *tx, struct hl_tx_link *l, int err)
{
    while (l->first)
        done(tx, l, &l->first, err);
}

/* ---- UDP ---- */

/* How many datagrams the pace permits now. What it did not use does not add up beyond a burst. */
static int permitted(struct hl_tx *tx, struct hl_tx_link *l, hl_time now) HL_REQUIRES(hl_role_tx)
{
    hl_time gap = tx->net->config.send_gap;
    hl_time n;

    if (gap <= 0)
        return HL_BATCH;
    if (l->due < now - PACE_BURST * gap)
        l->due = now - PACE_BURST * gap;
    n = (now - l->due) / gap + 1;
    return n > HL_BATCH ? HL_BATCH : (int)n;
}

/* Sends single messages together. Returns 0, or what the one that is first now met. */
static int send_batch(struct hl_tx *tx, struct hl_tx_link *l, int most) HL_REQUIRES(hl_role_tx)
{
    struct hl_dgram_out out[HL_BATCH];
    int n = 0;
    int sent;
    int err;

    for (struct hl_tx_backlog *b = l->first; b && !b->silent && n < most; b = b->next)
        out[n++] = (struct hl_dgram_out){
            .remote = b->remote, .local = b->local, .data = b->data, .len = b->len};
    sent = hl_dgram_send(l->wire->fd, l->wire->family, out, n, &err);
    l->due += sent * tx->net->config.send_gap;
    for (int i = 0; i < sent; i++) {
        count_out(tx, 1, l->first->len);
        done(tx, l, &l->first, 0);
    }
    return sent < n ? err : 0;
}

/* Goes on with a run. Returns 0 when all has left, or what the next piece met. */
static int send_run(struct hl_tx *tx, struct hl_tx_link *l, struct hl_tx_backlog *b)
    HL_REQUIRES(hl_role_tx)
{
    struct hl_dgram_run run = {&b->remote, &b->local, b->data + b->sent, b->len - b->sent,
                               b->segment};
    int err;
    size_t sent = hl_dgram_send_run(l->wire->fd, l->wire->family, &run, &l->wire->can, &err);

    l->due += (hl_time)pieces(b, sent) * tx->net->config.send_gap;
    count_out(tx, pieces(b, sent), sent);
    b->sent += sent;
    return err;
}

static int send_first(struct hl_tx *tx, struct hl_tx_link *l, int most) HL_REQUIRES(hl_role_tx)
{
    int err;

    if (!l->first->silent)
        return send_batch(tx, l, most);
    err = send_run(tx, l, l->first);
    if (err == 0)
        done(tx, l, &l->first, 0);
    return err;
}

static hl_time write_udp(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    while (l->first) {
        hl_time now = hl_clock_now();
        int err;

        if (l->due > now)
            return l->due;
        err = send_first(tx, l, permitted(tx, l, now));
        if (err == -EAGAIN) {
            hl_tx_want_out(tx, l, true);
            return HL_NEVER;
        }
        if (err != 0)
            done(tx, l, &l->first, err);
    }
    hl_tx_want_out(tx, l, false);
    return HL_NEVER;
}

/* ---- Unix ---- */

/* Receivers found full on one way through the backlog. */
struct full {
    const struct hl_addr *who[FULL_MAX];
    size_t count;
};

static bool is_full(const struct full *f, const struct hl_addr *a)
{
    for (size_t i = 0; i < f->count; i++) {
        if (hl_addr_equal(f->who[i], a))
            return true;
    }
    return f->count == FULL_MAX;
}

/* When to try again. The pause grows while nobody reads. */
static hl_time when_again(struct hl_tx_link *l, hl_time now, bool full, bool moved)
{
    if (!l->first)
        return HL_NEVER;
    if (l->due > now)
        return l->due;
    if (!full)
        return now;
    l->pause = moved || l->pause == 0 ? PAUSE_FIRST : l->pause * 2;
    if (l->pause > PAUSE_MAX)
        l->pause = PAUSE_MAX;
    l->retry = now + l->pause;
    return l->retry;
}

/* EAGAIN is the receiver's queue here, so it holds back what is meant for it and nothing else. A
 * message that finds no room for HL_UNIX_PATIENCE has failed. */
static hl_time write_unix(struct hl_tx *tx, struct hl_tx_link *l) HL_REQUIRES(hl_role_tx)
{
    struct full full = {.count = 0};
    struct hl_tx_backlog **at = &l->first;
    hl_time now = hl_clock_now();
    bool moved = false;

    if (l->retry > now)
        return l->retry;
    (void)permitted(tx, l, now);
    while (*at && l->due <= now) {
        struct hl_tx_backlog *b = *at;
        int err = is_full(&full, &b->remote) ? -EAGAIN : send_run(tx, l, b);

        if (err == -EAGAIN && now - b->since < HL_UNIX_PATIENCE) {
            if (!is_full(&full, &b->remote))
                full.who[full.count++] = &b->remote;
            at = &b->next;
            continue;
        }
        moved = true;
        done(tx, l, at, err == -EAGAIN ? HL_ERR_TIMEOUT : err);
    }
    return when_again(l, now, full.count > 0, moved);
}

hl_time hl_tx_dgram_write(struct hl_tx *tx, struct hl_tx_link *l)
{
    if (l->wants_out)
        return HL_NEVER;
    return l->wire->path.transport == HL_UDP ? write_udp(tx, l) : write_unix(tx, l);
}

void hl_tx_dgram_close(struct hl_tx *tx, struct hl_tx_link *l)
{
    struct hl_rx_command c = {.kind = HL_RX_CLOSE, .link = l->wire->path.link};

    hl_tx_remove(tx, l);
    (void)hl_net_tell_rx(tx->net, &c);
}
