/* SPDX-License-Identifier: MIT */
/* Writing to connections: streams, whose bytes leave together however they came, and seqpackets,
 * which leave message by message. */
#include "tx.h"

#include "clock.h"
#include "records.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    STREAM_CHUNK = 64 << 10, /* bytes of a stream that are written without waiting for more */
};

void hl_tx_stream_fail(struct hl_tx *tx, struct hl_tx_link *l, int err)
{
    struct hl_outbuf_mark mark;

    hl_tx_release(tx, l, l->out.len);
    while (hl_outbuf_drop(&l->out, &mark)) {
        if (!mark.silent)
            hl_tx_report(tx, l, &l->wire->path, mark.token, err);
    }
}

void hl_tx_stream_end(struct hl_tx *tx, struct hl_tx_link *l, int err)
{
    struct hl_wire *w = hl_wire_ref(l->wire);
    struct hl_rx_command close_cmd = {.kind = HL_RX_CLOSE, .link = w->path.link};
    bool closing = l->close;

    hl_tx_stream_fail(tx, l, err ? err : HL_ERR_CLOSED);
    hl_tx_remove(tx, l); /* first: who hears of the end finds no link any more */
    shutdown(w->fd, err ? SHUT_RDWR : SHUT_WR);
    if (hl_wire_end(w, HL_WIRE_OUT, err)) {
        struct hl_event ev = {.kind = HL_EV_CLOSED, .path = w->path, .err = atomic_load(&w->err)};

        hl_tx_emit(tx, &ev);
    }
    if (closing)
        (void)hl_net_tell_rx(tx->net, &close_cmd);
    hl_wire_unref(w);
}

static void wrote(struct hl_tx *tx, struct hl_tx_link *l, size_t n) HL_REQUIRES(hl_role_tx)
{
    struct hl_outbuf_mark mark;

    hl_net_count(&tx->net->bytes_out, n);
    hl_outbuf_wrote(&l->out, n);
    hl_tx_release(tx, l, n);
    while (hl_outbuf_done(&l->out, &mark)) {
        if (!mark.silent)
            hl_tx_report(tx, l, &l->wire->path, mark.token, 0);
    }
    if (l->close_due != HL_NEVER)
        l->close_due = hl_clock_now() + tx->net->config.close_patience;
}

void hl_tx_stream_write(struct hl_tx *tx, struct hl_tx_link *l)
{
    bool messages = l->wire->path.transport == HL_UNIX_SEQPACKET;

    while (l->out.len > 0) {
        size_t len = messages ? hl_outbuf_first(&l->out) : l->out.len;
        ssize_t n = send(l->wire->fd, l->out.bytes + l->out.head, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            hl_tx_want_out(tx, l, true);
            return;
        }
        if (n < 0) {
            hl_tx_stream_end(tx, l, -errno);
            return;
        }
        wrote(tx, l, (size_t)n);
    }
    hl_tx_want_out(tx, l, false);
    if (l->finish || l->close)
        hl_tx_stream_end(tx, l, 0);
}

/* Appends the messages of a run, each behind its length where the link is framed. The first
 * c->skip bytes of that have left already. */
static bool append_run(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                       const uint8_t *data, size_t len) HL_REQUIRES(hl_role_tx)
{
    size_t prefix = hl_net_is_framed(tx->net, l->wire) ? HL_RECORD_PREFIX : 0;
    bool messages = l->wire->path.transport == HL_UNIX_SEQPACKET;
    size_t skip = c->skip;

    while (len > 0) {
        size_t piece = len < c->segment ? len : c->segment;
        uint8_t head[HL_RECORD_PREFIX] = {(uint8_t)(piece >> 8), (uint8_t)piece};
        size_t of_head = skip < prefix ? skip : prefix;
        size_t of_data = skip - of_head;

        if (!hl_outbuf_append(&l->out, head + of_head, prefix - of_head) ||
            !hl_outbuf_append(&l->out, data + of_data, piece - of_data))
            return false;
        data += piece;
        len -= piece;
        skip = 0;
        if (messages && len > 0 && !hl_outbuf_end(&l->out, 0, true))
            return false;
    }
    return hl_outbuf_end(&l->out, 0, true);
}

static bool append(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                   const uint8_t *data, size_t len) HL_REQUIRES(hl_role_tx)
{
    size_t before = l->out.len;

    if (c->kind == HL_TX_SEND) {
        if (hl_outbuf_add(&l->out, c->token, data, len))
            return true;
        hl_tx_refuse(tx, l, c, -ENOMEM);
        return false;
    }
    hl_tx_release(tx, l, HL_SEND_OVERHEAD);
    if (append_run(tx, l, c, data, len))
        return true;
    /* A part of a record cannot be taken back: the link is broken. */
    hl_tx_release(tx, l, c->charge - (l->out.len - before));
    hl_tx_stream_end(tx, l, -ENOMEM);
    return false;
}

void hl_tx_stream_queue(struct hl_tx *tx, struct hl_tx_link *l, const struct hl_tx_command *c,
                        const uint8_t *data, size_t len)
{
    if (l->finish || l->close) {
        hl_tx_refuse(tx, l, c, HL_ERR_CLOSED);
        return;
    }
    if (!append(tx, l, c, data, len) || l->wants_out)
        return;
    /* What came together leaves together: one segment for many lines. */
    if (l->out.len >= STREAM_CHUNK)
        hl_tx_stream_write(tx, l);
    else
        hl_tx_wait(tx, l);
}
