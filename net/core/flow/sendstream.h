/* SPDX-License-Identifier: MIT */
/* One outgoing stream: what was written and is not acknowledged, what of it has left, what of that
 * was lost.
 *
 *   head     una           nxt        end
 *     |-------|-------------|----------|      head <= una <= nxt <= end
 *       kept    sent; parts   not sent
 *               acked, lost
 *
 * The bytes lie in a ring that doubles as it fills, up to a bound, and is given back by
 * hl_sendstream_compact(). Of a message stream a message is kept until all of it is acknowledged:
 * another instance of the peer would have to get it from its first byte. */
#ifndef HL_SENDSTREAM_H
#define HL_SENDSTREAM_H

#include "env.h"
#include "ranges.h"

#include <stdbool.h>

enum {
    HL_SENDSTREAM_MESSAGES = 1 << 20, /* bytes that wait in a message stream, at most */
    HL_SENDSTREAM_BYTES = 4 << 20,    /* in a byte stream */
    HL_SENDSTREAM_TOKENS = 1 << 16,   /* messages with a token, at most */
    HL_SENDSTREAM_RANGES = 4096,
};

struct hl_sendtoken;

/* How far a FIN or a reset has come. */
enum hl_sendstep {
    HL_SEND_NONE,
    HL_SEND_QUEUED,
    HL_SEND_SENT,
    HL_SEND_ACKED,
};

struct hl_sendstream {
    uint64_t id;
    uint64_t head;
    uint64_t una;
    uint64_t nxt;
    uint64_t end;
    uint64_t limit; /* the peer takes bytes below this offset */
    uint8_t *ring;
    uint32_t cap; /* of ring: a power of two, or 0 */
    uint32_t max;
    struct hl_ranges acked; /* above una */
    struct hl_ranges lost;  /* from una to nxt */

    struct hl_sendtoken *tokens; /* a ring as well */
    uint32_t tokens_cap;
    uint32_t tokens_first;
    uint32_t tokens_count;

    uint64_t fin_token;
    uint64_t code; /* of the reset */
    uint8_t fin;   /* enum hl_sendstep */
    uint8_t reset; /* enum hl_sendstep */
    bool messages;
    bool full;    /* refused something: hl_sendstream_writable() will tell */
    bool stopped; /* the peer wants no more, and the owner has not been told */
    bool over;    /* the peer is done with it */
};

void hl_sendstream_init(struct hl_sendstream *s, uint64_t id, bool messages);
void hl_sendstream_fini(struct hl_sendstream *s, const struct hl_env *env);

/* Appends a message with its length before it. token 0: nobody asks. 0, HL_ERR_BUSY or -ENOMEM:
 * nothing was taken. */
int hl_sendstream_message(struct hl_sendstream *s, const struct hl_env *env, const void *data,
                          size_t len, uint64_t token) __attribute__((warn_unused_result));
/* Appends bytes: how many were taken, or -ENOMEM. fin counts if all were. */
ptrdiff_t hl_sendstream_write(struct hl_sendstream *s, const struct hl_env *env, const void *data,
                              size_t len, bool fin) __attribute__((warn_unused_result));
/* Gives the bytes up: from now on only the reset is to be sent. */
void hl_sendstream_give_up(struct hl_sendstream *s, const struct hl_env *env, uint64_t code);

struct hl_sendpiece {
    uint64_t offset;
    size_t len;
    bool fin; /* these are the last; len may be 0 */
};
/* Is there something to be sent, for the first time or again? A reset does not count. */
bool hl_sendstream_ready(const struct hl_sendstream *s);
/* What that is: lost parts first. False: nothing. */
bool hl_sendstream_next(const struct hl_sendstream *s, struct hl_sendpiece *piece);
/* The first part at or after from that was sent or may be sent and is not acknowledged. */
bool hl_sendstream_repeat(const struct hl_sendstream *s, uint64_t from, struct hl_sendpiece *piece);
/* Copies len bytes at offset, both within what is kept. */
void hl_sendstream_copy(const struct hl_sendstream *s, uint64_t offset, size_t len, uint8_t *out);
/* Bytes that hl_sendstream_repeat() would go over. */
static inline uint64_t hl_sendstream_open(const struct hl_sendstream *s)
{
    return (s->end < s->limit ? s->end : s->limit) - s->una;
}

/* What happened to such a piece. */
void hl_sendstream_sent(struct hl_sendstream *s, const struct hl_env *env,
                        const struct hl_sendpiece *piece);
void hl_sendstream_acked(struct hl_sendstream *s, const struct hl_env *env,
                         const struct hl_sendpiece *piece);
void hl_sendstream_lost(struct hl_sendstream *s, const struct hl_env *env,
                        const struct hl_sendpiece *piece);

/* The next token whose message is acknowledged whole. False: none. */
bool hl_sendstream_token(struct hl_sendstream *s, uint64_t *token);
/* Was something refused, and is half of the room free now? Once. */
bool hl_sendstream_writable(struct hl_sendstream *s);
/* All is acknowledged: nothing is kept. */
static inline bool hl_sendstream_empty(const struct hl_sendstream *s)
{
    return s->una == s->end && s->fin != HL_SEND_QUEUED && s->fin != HL_SEND_SENT;
}

/* Appends to s, beyond the bound if need be, what old has not seen acknowledged: message by
 * message, with their tokens. 0 or -ENOMEM. */
int hl_sendstream_inherit(struct hl_sendstream *s, const struct hl_env *env,
                          const struct hl_sendstream *old) __attribute__((warn_unused_result));
/* Gives back the memory of an empty stream. */
void hl_sendstream_compact(struct hl_sendstream *s, const struct hl_env *env);
size_t hl_sendstream_memory(const struct hl_sendstream *s);

#endif
