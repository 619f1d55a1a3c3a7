/* SPDX-License-Identifier: MIT */
/* The life of session keys: renewed with use, gone from memory afterwards, and of no use to who
 * steals the long-term key of one side. */
#include "nodes.h"
#include "whole.h"

/* ---- memory that nothing is ever written to again once it was given back ---- */

enum {
    ARENA = 32 << 20,
};

static uint8_t arena[ARENA];
static size_t arena_used;

static void *arena_resize(void *user, void *at, size_t size)
{
    struct memory *m = user;
    size_t old = 0;
    uint8_t *new;

    if (at)
        memcpy(&old, (uint8_t *)at - 16, sizeof old);
    m->blocks += (at == NULL) - (size == 0);
    if (size == 0)
        return NULL;
    if (arena_used + size + 32 > ARENA)
        abort();
    new = arena + arena_used + 16;
    arena_used += (size + 31) / 16 * 16;
    memcpy(new - 16, &size, sizeof size);
    if (at)
        memcpy(new, at, old < size ? old : size);
    return new;
}

static unsigned occurrences(const uint8_t key[HL_KEY_SIZE])
{
    unsigned count = 0;
    const uint8_t *at = arena;

    while ((at = memmem(at, (size_t)(arena + arena_used - at), key, HL_KEY_SIZE))) {
        count++;
        at++;
    }
    return count;
}

/* ---- keys seen so far ---- */

enum {
    SEEN = 4096,
};

static uint8_t seen[SEEN][HL_KEY_SIZE];
static unsigned seen_count;

static void see(const uint8_t key[HL_KEY_SIZE])
{
    static const uint8_t none[HL_KEY_SIZE];

    if (memcmp(key, none, HL_KEY_SIZE) == 0)
        return;
    for (unsigned i = 0; i < seen_count; i++)
        if (memcmp(seen[i], key, HL_KEY_SIZE) == 0)
            return;
    cr_assert_lt(seen_count, SEEN);
    memcpy(seen[seen_count++], key, HL_KEY_SIZE);
}

static void see_slot(const struct hl_slot *s)
{
    see(s->send);
    see(s->recv);
}

static void see_handshake(const struct hl_handshake *h)
{
    see(h->noise.e);
    see(h->noise.ck);
    see(h->noise.k);
}

static void see_all(struct nodes *w, const struct flying *f)
{
    (void)f;
    for (unsigned i = 0; i < w->count; i++) {
        const struct hl_node *n = w->hosts[i].node;

        for (uint32_t k = 0; k < n->places; k++) {
            const struct hl_peer *p = n->peers[k];

            if (!p)
                continue;
            see_slot(&p->slot);
            for (unsigned j = 0; p->older && j < HL_SLOTS_OLDER; j++)
                see_slot(&p->older[j].slot);
            if (p->call)
                see_handshake(&p->call->handshake);
        }
        for (const struct hl_guest *g = n->guests.oldest; g; g = g->next) {
            if (g->waiting)
                see_handshake(&g->handshake);
            else
                see_slot(&g->slot);
        }
    }
}

static bool in_use(const struct nodes *w, const uint8_t key[HL_KEY_SIZE])
{
    for (unsigned i = 0; i < w->count; i++) {
        const struct hl_slot *s = &w->hosts[i].node->peers[0]->slot;

        if (memcmp(s->send, key, HL_KEY_SIZE) == 0 || memcmp(s->recv, key, HL_KEY_SIZE) == 0)
            return true;
    }
    return false;
}

static void wiped_after_rekey(bool known)
{
    struct nodes *w = nodes_new_in(2, !known, arena_resize);
    unsigned live = 0;

    w->before = see_all;
    nodes_know(w, 0, 1, known);
    if (known)
        nodes_know(w, 1, 0, true);
    nodes_call(w, 0, 1);
    for (unsigned i = 0; i < 300; i++) {
        cr_assert_eq(nodes_say(w, 0, 2, "tick"), 0);
        nodes_run(w, HL_SECS(1));
    }
    nodes_run(w, HL_SECS(12));
    cr_assert_eq(nodes_messages(w, 1), 300);
    cr_assert_geq(nodes_stats(w, 0).sessions, 3);
    for (unsigned i = 0; i < seen_count; i++) {
        if (in_use(w, seen[i]))
            live++;
        else
            cr_assert_eq(occurrences(seen[i]), 0, "a key of the past is still in memory");
        cr_assert(!in_use(w, seen[i]) || occurrences(seen[i]) > 0, "the search is blind");
    }
    cr_assert_eq(live, 2, "one key each way");
    cr_assert_gt(seen_count, 10);
    see(w->hosts[0].secret);
    nodes_free(w);
    for (unsigned i = 0; i < seen_count; i++)
        cr_assert_eq(occurrences(seen[i]), 0, "a key survives its node");
}

Test(keys, wiped_after_rekey_ik)
{
    wiped_after_rekey(true);
}

Test(keys, wiped_after_rekey_xx)
{
    wiped_after_rekey(false);
}

/* ---- renewal ---- */

Test(keys, renewed_by_time)
{
    struct nodes *w = nodes_pair();

    for (unsigned i = 0; i < 500; i++) {
        cr_assert_eq(nodes_say(w, 1, 1, "tick"), 0);
        nodes_run(w, HL_SECS(1));
        cr_assert_eq(nodes_messages(w, 0), i % 400 + 1);
        if (i % 400 == 399)
            w->hosts[0].count = w->hosts[1].count = 0;
    }
    cr_assert_eq(nodes_stats(w, 0).sessions, 5, "after 120, 240, 360, 480 s");
    cr_assert_eq(nodes_stats(w, 0).handshakes_out, 5, "by the side that began");
    cr_assert_eq(nodes_stats(w, 1).handshakes_out, 0);
    nodes_free(w);
}

/* Only the responder is left to care: the initiator's packets do not arrive. */
Test(keys, renewed_by_the_other_side)
{
    struct nodes *w = nodes_pair();
    struct hl_peer *p = w->hosts[0].node->peers[0];

    nodes_run(w, HL_SECS(100));
    p->slot.born = w->now; /* a clock that thinks it has time */
    for (unsigned i = 0; i < 80; i++) {
        cr_assert_eq(nodes_say(w, 1, 1, "tick"), 0);
        nodes_run(w, HL_SECS(1));
    }
    cr_assert_eq(nodes_messages(w, 0), 80);
    cr_assert_eq(nodes_stats(w, 1).handshakes_out, 1);
    nodes_free(w);
}

Test(keys, idle_keys_are_not_used_again)
{
    struct nodes *w = nodes_pair();
    uint32_t first = w->hosts[0].node->peers[0]->slot.own;

    nodes_run(w, HL_SECS(1000));
    cr_assert_eq(nodes_stats(w, 0).handshakes_out, 1, "idle sessions are left alone");
    cr_assert_eq(nodes_say(w, 0, 2, "awake"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 1, "awake"), 1);
    cr_assert_neq(w->hosts[0].node->peers[0]->slot.own, first);
    cr_assert_eq(nodes_count(w, 0, HL_NODE_UP), 1, "the owner need not know");
    nodes_run(w, HL_SECS(1000));
    cr_assert_eq(nodes_say(w, 1, 1, "you too"), 0);
    nodes_run(w, HL_SECS(1));
    cr_assert_eq(nodes_heard(w, 0, "you too"), 1);
    nodes_free(w);
}

static const uint32_t sealed_counts[] = {HL_SLOT_PACKETS / 2, HL_SLOT_PACKETS - 1, HL_SLOT_PACKETS};

Test(keys, renewed_by_count)
{
    for (unsigned i = 0; i < 3; i++) {
        struct nodes *w = nodes_pair();
        struct hl_slot *s = &w->hosts[1].node->peers[0]->slot;

        s->sealed = sealed_counts[i];
        cr_assert_eq(nodes_say(w, 1, 1, "one more"), 0);
        nodes_run(w, HL_SECS(1));
        cr_assert_eq(nodes_heard(w, 0, "one more"), 1);
        cr_assert_eq(nodes_stats(w, 1).handshakes_out, 1);
        cr_assert_lt(s->sealed, 100);
        nodes_free(w);
    }
}

/* No number is ever sealed twice, whatever the keys; and no key seals a number again. */
static bool rising(struct nodes *w, unsigned from, const struct hl_path *path, const uint8_t *bytes,
                   size_t len)
{
    uint64_t *next = w->user;
    struct hl_packet p;

    (void)path;
    if (hl_packet_decode(bytes, len, &p) == HL_PACKET_GOOD && p.type == HL_PACKET_DATA) {
        cr_assert_geq(p.number, next[from]);
        next[from] = p.number + 1;
    }
    return false;
}

Test(keys, numbers_go_on_under_new_keys)
{
    struct nodes *w = nodes_pair();
    uint64_t next[2] = {0, 0};
    const struct hl_command rekey = {.kind = HL_CMD_REKEY, .peer = 2};

    w->tap = rising;
    w->user = next;
    for (unsigned i = 0; i < 20; i++) {
        cr_assert_eq(nodes_say(w, 0, 2, "x"), 0);
        cr_assert_eq(nodes_say(w, 1, 1, "x"), 0);
        cr_assert_eq(nodes_command(w, 0, &rekey), 0);
        nodes_run(w, HL_MS(100));
    }
    cr_assert_eq(nodes_stats(w, 0).sessions, 21);
    cr_assert_eq(nodes_messages(w, 0), 20);
    cr_assert_eq(nodes_messages(w, 1), 20);
    cr_assert_gt(next[0], 20);
    nodes_free(w);
}

/* ---- other keys than expected ---- */

Test(keys, a_changed_key_is_a_hard_stop)
{
    struct nodes *w = nodes_new(3, true);
    struct hl_command peer = {.kind = HL_CMD_PEER, .peer = 9, .on = true};
    struct hl_command path = {.kind = HL_CMD_PATH, .peer = 9, .path = nodes_path(w->hosts[1].addr)};

    peer.key = hl_node_key(w->hosts[2].node);
    cr_assert_eq(nodes_command(w, 0, &peer), 0);
    cr_assert_eq(nodes_say(w, 0, 9, "secret"), 0);
    cr_assert_eq(nodes_command(w, 0, &path), 0);
    nodes_run(w, HL_SECS(100));
    cr_assert_eq(nodes_told(w, 0, HL_NODE_DOWN)->ev.err, HL_ERR_KEY_CHANGED);
    cr_assert_arr_eq(nodes_told(w, 0, HL_NODE_DOWN)->key, hl_node_key(w->hosts[1].node),
                     HL_KEY_SIZE);
    cr_assert_null(nodes_told(w, 0, HL_NODE_UP));
    cr_assert_eq(w->hosts[1].count, 0, "the other one has seen nothing");
    cr_assert_eq(nodes_stats(w, 0).handshakes_out, 1, "and is not asked again");
    nodes_free(w);
}

Test(keys, our_own_address_is_nobody)
{
    struct nodes *w = nodes_new(1, true);
    struct hl_command peer = {.kind = HL_CMD_PEER, .peer = 1};
    struct hl_command path = {.kind = HL_CMD_PATH, .peer = 1, .path = nodes_path(w->hosts[0].addr)};

    cr_assert_eq(nodes_command(w, 0, &peer), 0);
    cr_assert_eq(nodes_command(w, 0, &path), 0);
    nodes_run(w, HL_SECS(30));
    cr_assert_null(nodes_told(w, 0, HL_NODE_UP));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_NO_ANSWER));
    nodes_free(w);
}

/* A peer that is named again, to be called at one more address, keeps it. */
Test(keys, a_pre_shared_key_stays_until_another_is_given)
{
    struct nodes *w = nodes_new(2, false);
    const uint8_t psk[HL_KEY_SIZE] = {1};

    for (unsigned i = 0; i < 4; i++) {
        const struct hl_command c = {.kind = HL_CMD_PEER,
                                     .peer = 2 - i % 2,
                                     .key = hl_node_key(w->hosts[1 - i % 2].node),
                                     .psk = i < 2 ? psk : NULL};

        if (i != 3) /* the second time for one of them */
            cr_assert_eq(nodes_command(w, i % 2, &c), 0);
    }
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(10));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_UP));
    cr_assert_not_null(nodes_told(w, 1, HL_NODE_UP));
    nodes_free(w);
}

Test(keys, another_pre_shared_key_opens_nothing)
{
    struct nodes *w = nodes_new(2, false);
    uint8_t psk[2][HL_KEY_SIZE] = {{1}, {2}};

    for (unsigned i = 0; i < 2; i++) {
        const struct hl_command c = {.kind = HL_CMD_PEER,
                                     .peer = 2 - i,
                                     .key = hl_node_key(w->hosts[1 - i].node),
                                     .psk = psk[i]};

        cr_assert_eq(nodes_command(w, i, &c), 0);
    }
    nodes_call(w, 0, 1);
    nodes_run(w, HL_SECS(10));
    cr_assert_eq(w->hosts[0].count + w->hosts[1].count, 0);
    psk[1][0] = 1;
    {
        const struct hl_command c = {
            .kind = HL_CMD_PEER, .peer = 1, .key = hl_node_key(w->hosts[0].node), .psk = psk[1]};

        cr_assert_eq(nodes_command(w, 1, &c), 0);
    }
    nodes_run(w, HL_SECS(10));
    cr_assert_not_null(nodes_told(w, 0, HL_NODE_UP));
    cr_assert_not_null(nodes_told(w, 1, HL_NODE_UP));
    nodes_free(w);
}
