/* SPDX-License-Identifier: MIT */
#include "streams.h"

#include "codec.h"
#include "err.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void hl_streams_init(struct hl_streams *t)
{
    *t = (struct hl_streams){0};
    hl_ranges_init(&t->over, HL_STREAMS_SKIPPED);
}

void hl_streams_fini(struct hl_streams *t, const struct hl_env *env)
{
    for (unsigned i = 0; i < t->count; i++) {
        hl_recvstream_fini(&t->open[i]->recv, env);
        hl_env_free(env, t->open[i]);
    }
    hl_env_free(env, t->open);
    hl_ranges_clear(&t->over, env);
    hl_streams_init(t);
}

/* Index of the first stream whose number is not below id. */
static unsigned place(const struct hl_streams *t, uint64_t id)
{
    unsigned from = 0;
    unsigned to = t->count;

    while (from < to) {
        unsigned middle = from + (to - from) / 2;

        if (t->open[middle]->id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct hl_instream *hl_streams_find(const struct hl_streams *t, uint64_t id)
{
    unsigned i = place(t, id);

    return i < t->count && t->open[i]->id == id ? t->open[i] : NULL;
}

static int make_room(struct hl_streams *t, const struct hl_env *env)
{
    unsigned cap = t->cap ? t->cap * 2 : 4;
    struct hl_instream **open;

    if (t->count < t->cap)
        return 0;
    open = env->resize(env->user, t->open, cap * sizeof(struct hl_instream *));
    if (!open)
        return -ENOMEM;
    t->open = open;
    t->cap = cap;
    return 0;
}

static int add(struct hl_streams *t, const struct hl_env *env, uint64_t id,
               struct hl_instream **out)
{
    unsigned i = place(t, id);
    struct hl_instream *s;

    if (make_room(t, env) < 0)
        return -ENOMEM;
    s = hl_env_alloc(env, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->id = id;
    hl_recvstream_init(&s->recv, false);
    memmove(t->open + i + 1, t->open + i, (t->count - i) * sizeof(struct hl_instream *));
    t->open[i] = s;
    t->count++;
    *out = s;
    return 0;
}

int hl_streams_open(struct hl_streams *t, const struct hl_env *env, uint64_t id,
                    struct hl_instream **out)
{
    *out = hl_streams_find(t, id);
    if (*out || hl_ranges_contains(&t->over, id))
        return 0;
    return t->count < HL_STREAMS_MAX ? add(t, env, id, out) : HL_ERR_STREAM_LIMIT;
}

void hl_streams_close(struct hl_streams *t, const struct hl_env *env, struct hl_instream *stream)
{
    unsigned i = place(t, stream->id);

    assert(i < t->count && t->open[i] == stream);
    /* one range less always makes room, even without memory */
    while (hl_ranges_add(&t->over, env, stream->id, stream->id + 1) < 0)
        hl_ranges_join_lowest(&t->over);
    t->count--;
    memmove(t->open + i, t->open + i + 1, (t->count - i) * sizeof(struct hl_instream *));
    t->widened -= stream->recv.window - HL_WINDOW_INITIAL;
    hl_recvstream_fini(&stream->recv, env);
    hl_env_free(env, stream);
}

void hl_streams_tell(struct hl_streams *t, struct hl_instream *stream, hl_time now, hl_time rtt,
                     struct hl_codec_max *out)
{
    uint32_t before = stream->recv.window;

    hl_recvstream_tell(&stream->recv, now, rtt, HL_STREAMS_WINDOW - t->widened, out);
    t->widened += stream->recv.window - before;
    out->stream = stream->id;
}
