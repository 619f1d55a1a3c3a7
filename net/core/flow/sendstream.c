/* SPDX-License-Identifier: MIT */
#include "sendstream.h"

#include "err.h"
#include "recvstream.h"
#include "varint.h"
#include "wrong.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    CAP_MIN = 4096, /* bytes */
    TOKENS_MIN = 16,
};

struct hl_sendtoken {
    uint64_t end; /* of the message */
    uint64_t token;
};

void hl_sendstream_init(struct hl_sendstream *s, uint64_t id, bool messages)
{
    *s = (struct hl_sendstream){
        .id = id,
        .limit = HL_WINDOW_INITIAL,
        .max = messages ? HL_SENDSTREAM_MESSAGES : HL_SENDSTREAM_BYTES,
        .messages = messages,
    };
    hl_ranges_init(&s->acked, HL_SENDSTREAM_RANGES);
    hl_ranges_init(&s->lost, HL_SENDSTREAM_RANGES);
}

static void drop_ring(struct hl_sendstream *s, const struct hl_env *env)
{
    hl_env_free(env, s->ring);
    s->ring = NULL;
    s->cap = 0;
}

void hl_sendstream_fini(struct hl_sendstream *s, const struct hl_env *env)
{
    drop_ring(s, env);
    hl_env_free(env, s->tokens);
    s->tokens = NULL;
    hl_ranges_clear(&s->acked, env);
    hl_ranges_clear(&s->lost, env);
}

/* ---- the ring ---- */

void hl_sendstream_copy(const struct hl_sendstream *s, uint64_t offset, size_t len, uint8_t *out)
{
    size_t at = offset & (s->cap - 1);
    size_t first = len < s->cap - at ? len : s->cap - at;

    if (len == 0)
        return;
    memcpy(out, s->ring + at, first);
    if (first < len)
        memcpy(out + first, s->ring, len - first);
}

static bool grow(struct hl_sendstream *s, const struct hl_env *env, uint64_t need)
{
    uint32_t cap = s->cap ? s->cap : CAP_MIN;
    uint64_t offset;
    uint8_t *ring;
    size_t step;

    if (need <= s->cap)
        return true;
    while (cap < need)
        cap *= 2;
    ring = env->resize(env->user, NULL, cap);
    if (!ring)
        return false;
    /* Each step ends where one of the rings turns over. */
    for (offset = s->head; offset < s->end; offset += step) {
        step = cap - (offset & (cap - 1));
        if (step > s->end - offset)
            step = s->end - offset;
        hl_sendstream_copy(s, offset, step, ring + (offset & (cap - 1)));
    }
    hl_env_free(env, s->ring);
    s->ring = ring;
    s->cap = cap;
    return true;
}

static void put(struct hl_sendstream *s, const void *data, size_t len)
{
    size_t at = s->end & (s->cap - 1);
    size_t first = len < s->cap - at ? len : s->cap - at;

    if (len == 0)
        return;
    memcpy(s->ring + at, data, first);
    if (first < len)
        memcpy(s->ring, (const uint8_t *)data + first, len - first);
    s->end += len;
}

/* ---- written ---- */

static struct hl_sendtoken *nth_token(const struct hl_sendstream *s, uint32_t n)
{
    return &s->tokens[(s->tokens_first + n) & (s->tokens_cap - 1)];
}

static bool token_room(struct hl_sendstream *s, const struct hl_env *env)
{
    uint32_t cap = s->tokens_cap ? s->tokens_cap * 2 : TOKENS_MIN;
    struct hl_sendtoken *tokens;

    if (s->tokens_count < s->tokens_cap)
        return true;
    tokens = env->resize(env->user, NULL, cap * sizeof *tokens);
    if (!tokens)
        return false;
    for (uint32_t i = 0; i < s->tokens_count; i++)
        tokens[i] = *nth_token(s, i);
    hl_env_free(env, s->tokens);
    s->tokens = tokens;
    s->tokens_cap = cap;
    s->tokens_first = 0;
    return true;
}

static void token_push(struct hl_sendstream *s, uint64_t end, uint64_t token)
{
    *nth_token(s, s->tokens_count++) = (struct hl_sendtoken){.end = end, .token = token};
}

/* The length of a message. */
static void put_length(struct hl_sendstream *s, size_t len)
{
    size_t at = s->end & (s->cap - 1);
    uint8_t prefix[HL_VARINT_LEN_MAX];

    if (s->cap - at >= sizeof prefix)
        s->end += hl_varint_put(s->ring + at, sizeof prefix, len);
    else
        put(s, prefix, hl_varint_put(prefix, sizeof prefix, len));
}

/* Without asking for the bound. */
static int append(struct hl_sendstream *s, const struct hl_env *env, const void *data, size_t len,
                  uint64_t token)
{
    if (!grow(s, env, s->end - s->head + hl_varint_len(len) + len))
        return -ENOMEM;
    if (token && !token_room(s, env))
        return -ENOMEM;
    put_length(s, len);
    put(s, data, len);
    if (token)
        token_push(s, s->end, token);
    return 0;
}

int hl_sendstream_message(struct hl_sendstream *s, const struct hl_env *env, const void *data,
                          size_t len, uint64_t token)
{
    if (s->end - s->head + HL_VARINT_LEN_MAX + len > s->max ||
        s->tokens_count >= HL_SENDSTREAM_TOKENS) {
        s->full = true;
        return HL_ERR_BUSY;
    }
    if (HL_WRONG(SENT_TWICE))
        (void)!append(s, env, data, len, 0);
    return append(s, env, data, len, token);
}

ptrdiff_t hl_sendstream_write(struct hl_sendstream *s, const struct hl_env *env, const void *data,
                              size_t len, bool fin)
{
    uint64_t room = s->max - (s->end - s->head);
    size_t n = len < room ? len : (size_t)room;

    if (!grow(s, env, s->end - s->head + n))
        return -ENOMEM;
    put(s, data, n);
    if (n < len)
        s->full = true;
    else if (fin)
        s->fin = HL_SEND_QUEUED;
    return (ptrdiff_t)n;
}

void hl_sendstream_give_up(struct hl_sendstream *s, const struct hl_env *env, uint64_t code)
{
    hl_sendstream_fini(s, env);
    s->cap = 0;
    s->tokens_cap = s->tokens_count = 0;
    s->fin = HL_SEND_NONE;
    s->full = false;
    s->reset = HL_SEND_QUEUED;
    s->code = code;
    s->head = s->una = s->end = s->nxt; /* the final size */
}

/* ---- to be sent ---- */

/* First offset that may not be sent. */
static uint64_t may_send(const struct hl_sendstream *s)
{
    return s->end < s->limit || HL_WRONG(NO_FLOW_CONTROL) ? s->end : s->limit;
}

bool hl_sendstream_ready(const struct hl_sendstream *s)
{
    return s->nxt < may_send(s) || s->lost.count > 0 ||
           (s->fin == HL_SEND_QUEUED && s->nxt == s->end);
}

static bool is_last(const struct hl_sendstream *s, const struct hl_sendpiece *piece)
{
    return s->fin != HL_SEND_NONE && piece->offset + piece->len == s->end;
}

bool hl_sendstream_next(const struct hl_sendstream *s, struct hl_sendpiece *piece)
{
    if (s->lost.count) {
        const struct hl_range *first = hl_ranges_all(&s->lost);

        piece->offset = first->lo;
        piece->len = first->hi - first->lo;
    } else if (hl_sendstream_ready(s)) {
        piece->offset = s->nxt;
        piece->len = may_send(s) > s->nxt ? may_send(s) - s->nxt : 0;
    } else {
        return false;
    }
    piece->fin = is_last(s, piece);
    return true;
}

bool hl_sendstream_repeat(const struct hl_sendstream *s, uint64_t from, struct hl_sendpiece *piece)
{
    uint64_t end = may_send(s);
    struct hl_range gap;

    if (from < s->una)
        from = s->una;
    if (!hl_ranges_gap(&s->acked, from, &gap) || gap.lo >= end)
        return false;
    piece->offset = gap.lo;
    piece->len = (gap.hi < end ? gap.hi : end) - gap.lo;
    piece->fin = is_last(s, piece);
    return true;
}

void hl_sendstream_sent(struct hl_sendstream *s, const struct hl_env *env,
                        const struct hl_sendpiece *piece)
{
    uint64_t end = piece->offset + piece->len;

    /* Without memory to cut a range in two, a part is sent once more than it must be. */
    if (s->lost.count)
        (void)!hl_ranges_remove(&s->lost, env, piece->offset, end);
    if (end > s->nxt)
        s->nxt = end;
    if (piece->fin && s->fin == HL_SEND_QUEUED)
        s->fin = HL_SEND_SENT;
}

/* ---- acknowledged, lost ---- */

/* Sends again what is neither acknowledged nor lost already; more than that if memory is short. */
static void lose(struct hl_sendstream *s, const struct hl_env *env, uint64_t lo, uint64_t hi)
{
    struct hl_range gap;

    if (HL_WRONG(NEVER_AGAIN))
        return;
    if (lo < s->una)
        lo = s->una;
    if (hi > s->nxt)
        hi = s->nxt;
    while (lo < hi && hl_ranges_gap(&s->acked, lo, &gap) && gap.lo < hi) {
        if (gap.hi > hi)
            gap.hi = hi;
        while (hl_ranges_add(&s->lost, env, gap.lo, gap.hi))
            hl_ranges_join_lowest(&s->lost);
        lo = gap.hi;
    }
}

/* The length of the message at head, with the bytes that it takes itself. */
static uint64_t message_size(const struct hl_sendstream *s)
{
    size_t at = s->head & (s->cap - 1);
    uint8_t prefix[HL_VARINT_LEN_MAX];
    uint64_t size = 0;
    size_t n;

    if (s->cap - at >= sizeof prefix)
        return hl_varint_get(s->ring + at, sizeof prefix, &size) + size;
    n = s->end - s->head < sizeof prefix ? s->end - s->head : sizeof prefix;
    hl_sendstream_copy(s, s->head, n, prefix);
    return hl_varint_get(prefix, n, &size) + size;
}

/* Lets go of what nobody needs any more: whole messages. */
static void release(struct hl_sendstream *s)
{
    uint64_t size;

    if (!s->messages) {
        s->head = s->una;
        return;
    }
    if (s->una == s->end) {
        s->head = s->end;
        return;
    }
    while (s->head < s->una) {
        size = message_size(s);
        if (s->head + size > s->una)
            break;
        s->head += size;
    }
}

/* Una has moved up: into or past ranges that were acknowledged before it. */
static void absorb(struct hl_sendstream *s)
{
    hl_ranges_drop(&s->acked, s->una);
    if (s->acked.count && hl_ranges_all(&s->acked)->lo == s->una) {
        s->una = hl_ranges_all(&s->acked)->hi;
        hl_ranges_drop(&s->acked, s->una);
    }
}

void hl_sendstream_acked(struct hl_sendstream *s, const struct hl_env *env,
                         const struct hl_sendpiece *piece)
{
    uint64_t lo = piece->offset;
    uint64_t hi = lo + piece->len;

    if (s->reset)
        return;
    if (piece->fin)
        s->fin = HL_SEND_ACKED;
    if (hi <= s->una)
        return;
    if (s->lost.count)
        (void)!hl_ranges_remove(&s->lost, env, lo, hi);
    if (lo > s->una) {
        if (hl_ranges_add(&s->acked, env, lo, hi))
            lose(s, env, lo, hi); /* it cannot be remembered */
        return;
    }
    s->una = hi;
    if (s->acked.count)
        absorb(s);
    if (s->lost.count)
        hl_ranges_drop(&s->lost, s->una);
    release(s);
}

void hl_sendstream_lost(struct hl_sendstream *s, const struct hl_env *env,
                        const struct hl_sendpiece *piece)
{
    if (s->reset)
        return;
    lose(s, env, piece->offset, piece->offset + piece->len);
    if (piece->fin && s->fin == HL_SEND_SENT && !HL_WRONG(NEVER_AGAIN))
        s->fin = HL_SEND_QUEUED;
}

bool hl_sendstream_token(struct hl_sendstream *s, uint64_t *token)
{
    const struct hl_sendtoken *first;

    if (s->tokens_count) {
        first = nth_token(s, 0);
        if (first->end > s->una)
            return false;
        *token = first->token;
        s->tokens_first = (s->tokens_first + 1) & (s->tokens_cap - 1);
        s->tokens_count--;
        return true;
    }
    if (s->fin_token == 0 || s->fin != HL_SEND_ACKED || s->una != s->end)
        return false;
    *token = s->fin_token;
    s->fin_token = 0;
    return true;
}

bool hl_sendstream_writable(struct hl_sendstream *s)
{
    if (!s->full || s->end - s->head > s->max / 2 || s->tokens_count > HL_SENDSTREAM_TOKENS / 2)
        return false;
    s->full = false;
    return true;
}

/* ---- another life ---- */

static int inherit_message(struct hl_sendstream *s, const struct hl_env *env,
                           const struct hl_sendstream *old, uint64_t *at)
{
    uint8_t prefix[HL_VARINT_LEN_MAX];
    size_t n = old->end - *at < sizeof prefix ? old->end - *at : sizeof prefix;
    uint64_t size = 0;
    uint64_t end;

    hl_sendstream_copy(old, *at, n, prefix);
    n = hl_varint_get(prefix, n, &size);
    if (!grow(s, env, s->end - s->head + n + size))
        return -ENOMEM;
    for (end = *at + n + size; *at < end; *at += n) {
        n = old->cap - (*at & (old->cap - 1));
        if (n > end - *at)
            n = end - *at;
        put(s, old->ring + (*at & (old->cap - 1)), n);
    }
    return 0;
}

int hl_sendstream_inherit(struct hl_sendstream *s, const struct hl_env *env,
                          const struct hl_sendstream *old)
{
    uint64_t at = old->head;
    uint32_t i = 0;

    for (;;) {
        /* Tokens that ended before were acknowledged, only nobody has asked yet. */
        for (; i < old->tokens_count && nth_token(old, i)->end <= at; i++) {
            if (!token_room(s, env))
                return -ENOMEM;
            token_push(s, s->end, nth_token(old, i)->token);
        }
        if (at == old->end)
            return 0;
        if (inherit_message(s, env, old, &at))
            return -ENOMEM;
    }
}

void hl_sendstream_compact(struct hl_sendstream *s, const struct hl_env *env)
{
    if (s->head == s->end)
        drop_ring(s, env);
    if (s->tokens_count == 0) {
        hl_env_free(env, s->tokens);
        s->tokens = NULL;
        s->tokens_cap = 0;
    }
}

size_t hl_sendstream_memory(const struct hl_sendstream *s)
{
    return s->cap + s->tokens_cap * sizeof *s->tokens;
}
