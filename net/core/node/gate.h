/* SPDX-License-Identifier: MIT */
/* The gate before handshakes: which INITIAL is worth the work of answering it. As long as few come
 * all are. Beyond HL_LOAD_HANDSHAKES a second, or with the table of guests half full, who asks has
 * to prove its address with a cookie first, and then a bucket for each source and one for all of
 * them hold. What contacts' addresses need of the latter is kept for them. One thread. */
#ifndef HL_GATE_H
#define HL_GATE_H

#include "bucket.h"
#include "cookie.h"
#include "packet.h"
#include "path.h"

enum {
    HL_GATE_KNOWN = 1024, /* cells that addresses of contacts are counted in */
};

struct hl_gate {
    struct hl_cookie_jar jar;
    struct hl_bucket all;      /* without cookies */
    struct hl_bucket proven;   /* with a cookie, or over a stream */
    struct hl_buckets sources; /* of the latter */
    hl_time loaded_until;
    uint16_t known[HL_GATE_KNOWN];
};

enum hl_gate_verdict {
    HL_GATE_PASS,
    HL_GATE_COOKIE, /* to be asked for one */
    HL_GATE_DROP,
};

void hl_gate_init(struct hl_gate *g, const struct hl_env *env, hl_time now);
void hl_gate_fini(struct hl_gate *g);

enum hl_gate_proof {
    HL_GATE_UNPROVEN, /* mac2 is zeros: no cookie */
    HL_GATE_PROVEN,   /* who asks is where it says; over a stream it always is */
    HL_GATE_FORGED,   /* mac2 is neither: altered on the way, or the cookie is too old */
};

/* What the mac2 of an INITIAL says whose mac1 is right. */
enum hl_gate_proof hl_gate_prove(struct hl_gate *g, hl_time now, const struct hl_path *from,
                                 const struct hl_packet *p);
/* Whether to answer it. crowded: half-made sessions fill half of their table. */
enum hl_gate_verdict hl_gate_ask(struct hl_gate *g, hl_time now, const struct hl_path *from,
                                 enum hl_gate_proof proof, bool crowded);

/* A contact lives at that address now (count 1), or no longer (-1). */
void hl_gate_know(struct hl_gate *g, const struct hl_addr *addr, int count);

size_t hl_gate_memory(const struct hl_gate *g);

#endif
