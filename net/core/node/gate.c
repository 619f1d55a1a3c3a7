/* SPDX-License-Identifier: MIT */
#include "gate.h"
#include "route.h"
#include "rules.h"

static const struct hl_bucket_rate load_rate = {HL_LOAD_HANDSHAKES, HL_LOAD_HANDSHAKES};
static const struct hl_bucket_rate proven_rate = {HL_PROVEN_HANDSHAKES, HL_PROVEN_HANDSHAKES};
static const struct hl_bucket_rate source_rate = {HL_SOURCE_HANDSHAKES, HL_SOURCE_BURST};

void hl_gate_init(struct hl_gate *g, const struct hl_env *env, hl_time now)
{
    *g = (struct hl_gate){.loaded_until = now};
    hl_cookie_jar_init(&g->jar, env, now);
    hl_bucket_init(&g->all, now, &load_rate);
    hl_bucket_init(&g->proven, now, &proven_rate);
    hl_buckets_init(&g->sources, env);
}

void hl_gate_fini(struct hl_gate *g)
{
    hl_buckets_fini(&g->sources);
    hl_cookie_jar_wipe(&g->jar);
}

static uint16_t *known_cell(struct hl_gate *g, const struct hl_addr *addr)
{
    return &g->known[(hl_buckets_name(g->sources.seed, addr) >> 16) % HL_GATE_KNOWN];
}

void hl_gate_know(struct hl_gate *g, const struct hl_addr *addr, int count)
{
    uint16_t *cell = known_cell(g, addr);

    *cell = (uint16_t)(*cell + count);
}

/* Neither the bucket of a source nor the reserve may be emptied by who only says that it is
 * there: mac2 or a stream has proven the address. */
static enum hl_gate_verdict ask_proven(struct hl_gate *g, hl_time now, const struct hl_path *from)
{
    if (!hl_buckets_take(&g->sources, now, &from->remote, &source_rate))
        return HL_GATE_DROP;
    if (hl_bucket_level(&g->proven, now, &proven_rate) <= HL_RESERVE_HANDSHAKES &&
        *known_cell(g, &from->remote) == 0)
        return HL_GATE_DROP;
    return hl_bucket_take(&g->proven, now, &proven_rate) ? HL_GATE_PASS : HL_GATE_DROP;
}

enum hl_gate_proof hl_gate_prove(struct hl_gate *g, hl_time now, const struct hl_path *from,
                                 const struct hl_packet *p)
{
    bool proven = !hl_route_forgeable(from->transport);

    if (hl_packet_mac2_zero(p))
        return proven ? HL_GATE_PROVEN : HL_GATE_UNPROVEN;
    if (hl_cookie_check_mac2(&g->jar, p->all.at, p->all.len, &from->remote, now))
        return HL_GATE_PROVEN;
    return HL_GATE_FORGED;
}

enum hl_gate_verdict hl_gate_ask(struct hl_gate *g, hl_time now, const struct hl_path *from,
                                 enum hl_gate_proof proof, bool crowded)
{
    if (proof == HL_GATE_FORGED)
        return HL_GATE_COOKIE;
    /* Who is sent a cookie takes a token as well, so that the load lasts as long as the flood. */
    if (!hl_bucket_take(&g->all, now, &load_rate) || crowded)
        g->loaded_until = now + HL_LOAD_HOLD;
    if (now >= g->loaded_until)
        return HL_GATE_PASS;
    return proof == HL_GATE_PROVEN ? ask_proven(g, now, from) : HL_GATE_COOKIE;
}

size_t hl_gate_memory(const struct hl_gate *g)
{
    return g->sources.sources ? HL_SOURCES_MAX * sizeof(*g->sources.sources) : 0;
}
