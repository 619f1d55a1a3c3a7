/* SPDX-License-Identifier: MIT */
/* Answers to handshakes on their way out: RESPONSE and COOKIE, each smaller than its cause. When
 * the owner polls too rarely the newest are dropped: whoever asked will ask again. */
#ifndef HL_REPLIES_H
#define HL_REPLIES_H

#include "env.h"
#include "packet.h"
#include "path.h"

struct hl_reply;

struct hl_replies {
    const struct hl_env *env;
    struct hl_reply *first, *last;
    unsigned count;
};

void hl_replies_init(struct hl_replies *r, const struct hl_env *env);
void hl_replies_fini(struct hl_replies *r);
/* Copies len bytes, HL_PACKET_ANSWER_MAX at most. False: there was no room. */
bool hl_replies_add(struct hl_replies *r, const struct hl_path *to, const uint8_t *bytes,
                    size_t len);
/* The oldest: its length and path, 0 if there is none. */
size_t hl_replies_take(struct hl_replies *r, struct hl_path *to, uint8_t *out);
size_t hl_replies_memory(const struct hl_replies *r);

#endif
