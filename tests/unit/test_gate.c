/* SPDX-License-Identifier: MIT */
/* Which handshakes are answered: the gate, and the guests behind it. */
#include "gate.h"
#include "guest.h"
#include "memory.h"
#include "rules.h"

#include <criterion/criterion.h>
#include <string.h>

static uint64_t state = 88172645463325252U;

static void fill(void *user, void *out, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        ((uint8_t *)out)[i] = (uint8_t)(state >> 33);
    }
}

static struct hl_path from(uint32_t n)
{
    struct hl_path p = {.link = 1, .transport = HL_UDP};

    p.remote = (struct hl_addr){.family = HL_AF_INET, .port = 1};
    memcpy(p.remote.ip, &n, 4);
    return p;
}

static struct memory m;
static struct hl_gate gate;

static void start(void)
{
    memory_init(&m);
    m.env.random = fill;
    hl_gate_init(&gate, &m.env, 0);
}

/* How many of count handshakes pass in the next second, from that many sources in turn. */
static unsigned pass(hl_time *now, unsigned count, unsigned sources, enum hl_gate_proof proof)
{
    unsigned passed = 0;

    for (unsigned i = 0; i < count; i++) {
        struct hl_path p = from(i % sources + 1);

        passed += hl_gate_ask(&gate, *now, &p, proof, false) == HL_GATE_PASS;
        *now += HL_SECS(1) / count;
    }
    return passed;
}

Test(gate, opens_until_there_are_too_many, .init = start)
{
    hl_time now = 0;
    struct hl_path p = from(1);

    for (unsigned i = 0; i < 10; i++)
        cr_assert_eq(pass(&now, 90, 1, HL_GATE_UNPROVEN), 90);
    cr_assert_leq(pass(&now, 1000, 1, HL_GATE_UNPROVEN), 200);
    cr_assert_eq(hl_gate_ask(&gate, now, &p, HL_GATE_UNPROVEN, false), HL_GATE_COOKIE);
    now += HL_LOAD_HOLD;
    cr_assert_eq(hl_gate_ask(&gate, now, &p, HL_GATE_UNPROVEN, false), HL_GATE_PASS);
    cr_assert_eq(hl_gate_ask(&gate, now, &p, HL_GATE_FORGED, false), HL_GATE_COOKIE);
    cr_assert_eq(hl_gate_ask(&gate, now, &p, HL_GATE_UNPROVEN, true), HL_GATE_COOKIE, "crowded");
    hl_gate_fini(&gate);
}

Test(gate, sources_share, .init = start)
{
    hl_time now = 0;
    struct hl_path contact = from(1000000);
    unsigned passed;

    (void)pass(&now, 2000, 1, HL_GATE_UNPROVEN);
    /* One source has its rate, many have all but the reserve. */
    passed = pass(&now, 1000, 1, HL_GATE_PROVEN);
    cr_assert(passed >= HL_SOURCE_BURST && passed <= HL_SOURCE_BURST + 2 * HL_SOURCE_HANDSHAKES,
              "%u", passed);
    for (unsigned i = 0; i < 5; i++)
        passed = pass(&now, 20000, 20000, HL_GATE_PROVEN);
    cr_assert(passed >= 900 && passed <= 1100, "%u", passed);
    /* What is left is the reserve. */
    for (uint32_t i = 50000; passed; i++) {
        struct hl_path p = from(i);

        passed = hl_gate_ask(&gate, now, &p, HL_GATE_PROVEN, false) == HL_GATE_PASS;
    }
    cr_assert_eq(hl_gate_ask(&gate, now, &contact, HL_GATE_PROVEN, false), HL_GATE_DROP);
    hl_gate_know(&gate, &contact.remote, 1);
    cr_assert_eq(hl_gate_ask(&gate, now, &contact, HL_GATE_PROVEN, false), HL_GATE_PASS);
    hl_gate_know(&gate, &contact.remote, -1);
    cr_assert_eq(hl_gate_ask(&gate, now, &contact, HL_GATE_PROVEN, false), HL_GATE_DROP);
    hl_gate_fini(&gate);
}

/* ---- guests ---- */

static struct hl_guest *add(struct hl_guests *g, hl_time now, bool stranger, unsigned n)
{
    uint8_t mac1[HL_MAC_SIZE] = {(uint8_t)n, (uint8_t)(n >> 8)};
    struct hl_guest *guest = hl_guests_add(g, now, stranger, mac1);

    if (guest)
        guest->contact = n;
    return guest;
}

Test(guest, strangers_leave_room_for_contacts)
{
    struct hl_index index;
    struct hl_guests g;
    unsigned strangers = 0, contacts = 0;

    start();
    hl_index_init(&index, &m.env);
    hl_guests_init(&g, &m.env, &index);
    for (unsigned i = 0; i < 5000; i++)
        strangers += add(&g, 0, true, i) != NULL;
    cr_assert_eq(strangers, HL_GUESTS_STRANGERS);
    cr_assert(hl_guests_crowded(&g));
    for (unsigned i = 0; i < 5000; i++)
        contacts += add(&g, HL_SECS(1), false, i) != NULL;
    cr_assert_eq(contacts, HL_GUESTS_MAX - HL_GUESTS_STRANGERS);
    cr_assert_eq(hl_guests_deadline(&g), HL_GUEST_LIFE);
    hl_guests_expire(&g, HL_GUEST_LIFE);
    cr_assert_eq(g.count, contacts);
    hl_guests_renew(&g, g.oldest, HL_SECS(2));
    hl_guests_expire(&g, HL_SECS(1) + HL_GUEST_LIFE);
    cr_assert_eq(g.count, 1);
    cr_assert_eq(index.used, 1);
    hl_guests_fini(&g);
    cr_assert_eq(index.used, 0);
    hl_index_fini(&index);
    hl_gate_fini(&gate);
    cr_assert_eq(m.blocks, 0);
}

Test(guest, is_found_by_its_initial)
{
    struct hl_index index;
    struct hl_guests g;

    start();
    hl_index_init(&index, &m.env);
    hl_guests_init(&g, &m.env, &index);
    for (unsigned i = 0; i < 700; i++)
        cr_assert_not_null(add(&g, 0, false, i));
    for (unsigned i = 0; i < 700; i++) {
        uint8_t mac1[HL_MAC_SIZE] = {(uint8_t)i, (uint8_t)(i >> 8)};
        struct hl_guest *guest = hl_guests_repeated(&g, mac1);

        cr_assert(guest && guest->contact == i);
        cr_assert_eq(hl_guests_at(&g, hl_index_find(&index, guest->own)), guest);
        hl_guests_drop(&g, guest, false);
        cr_assert_null(hl_guests_repeated(&g, mac1));
    }
    for (unsigned i = 0; i < 2 * HL_GUESTS_PER_PEER; i++) {
        hl_guests_limit(&g, 5);
        cr_assert_not_null(add(&g, i, false, 5));
    }
    cr_assert_eq(g.count, HL_GUESTS_PER_PEER);
    cr_assert_eq(g.oldest->ends, HL_GUESTS_PER_PEER + HL_GUEST_LIFE, "the oldest made room");
    hl_guests_forget(&g, 5);
    cr_assert_eq(g.count, 0);
    hl_guests_fini(&g);
    hl_index_fini(&index);
    hl_gate_fini(&gate);
    cr_assert_eq(m.blocks, 0);
}
