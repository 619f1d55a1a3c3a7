/* SPDX-License-Identifier: MIT */
/* The byte streams of a flow: which are open, in either direction, and what is due for them. */
#include "flow_state.h"

#include <assert.h>

struct hl_flow_bytes *hl_flow_bytes_get(struct hl_flow *f)
{
    struct hl_flow_bytes *b = f->bytes;

    if (b)
        return b;
    b = hl_env_alloc(f->env, sizeof *b);
    if (!b)
        return NULL;
    hl_streams_init(&b->in);
    /* One range needs no memory. */
    if (f->over && hl_ranges_add(&b->in.over, f->env, HL_STREAM_BYTES, f->over))
        assert(false);
    f->bytes = b;
    return b;
}

void hl_flow_bytes_rest(struct hl_flow *f)
{
    const struct hl_ranges *over = &f->bytes->in.over;

    if (over->count > 1 || (over->count == 1 && hl_ranges_all(over)->lo != HL_STREAM_BYTES))
        return;
    f->over = over->count ? hl_ranges_all(over)->hi : 0;
    hl_flow_bytes_free(f);
}

void hl_flow_bytes_free(struct hl_flow *f)
{
    struct hl_flow_bytes *b = f->bytes;

    if (!b)
        return;
    for (unsigned slot = 0; slot < HL_STREAMS_MAX; slot++)
        if (b->out[slot]) {
            hl_sendstream_fini(b->out[slot], f->env);
            hl_env_free(f->env, b->out[slot]);
        }
    hl_streams_fini(&b->in, f->env);
    hl_env_free(f->env, b);
    f->bytes = NULL;
}

bool hl_flow_bytes_idle(const struct hl_flow_bytes *b)
{
    if (b->news || b->done_due || b->in.count)
        return false;
    for (unsigned slot = 0; slot < HL_STREAMS_MAX; slot++)
        if (b->out[slot])
            return false;
    return true;
}

int hl_flow_bytes_find(const struct hl_flow_bytes *b, uint64_t id)
{
    for (int slot = 0; slot < HL_STREAMS_MAX; slot++)
        if (b->out[slot] && b->out[slot]->id == id)
            return slot;
    return -1;
}

static void set_bit(uint64_t *bits, unsigned slot, bool on)
{
    if (on)
        *bits |= UINT64_C(1) << slot;
    else
        *bits &= ~(UINT64_C(1) << slot);
}

void hl_flow_bytes_touch(struct hl_flow_bytes *b, unsigned slot)
{
    const struct hl_sendstream *s = b->out[slot];

    set_bit(&b->ready, slot, s && !s->reset && hl_sendstream_ready(s));
    set_bit(&b->control, slot, s && s->reset == HL_SEND_QUEUED);
}

void hl_flow_bytes_drop(struct hl_flow *f, unsigned slot)
{
    struct hl_flow_bytes *b = f->bytes;

    hl_sendstream_fini(b->out[slot], f->env);
    hl_env_free(f->env, b->out[slot]);
    b->out[slot] = NULL;
    set_bit(&b->news, slot, false);
    hl_flow_bytes_touch(b, slot);
}

void hl_flow_bytes_over(struct hl_flow *f, struct hl_instream *in)
{
    struct hl_flow_bytes *b = f->bytes;
    struct hl_flow_done *d = &b->done[b->done_next];

    b->done_next = (b->done_next + 1) % FLOW_DONE_MAX;
    if (!d->due)
        b->done_due++;
    *d = (struct hl_flow_done){.id = in->id, .size = in->recv.final, .due = true};
    hl_streams_close(&b->in, f->env, in);
}
