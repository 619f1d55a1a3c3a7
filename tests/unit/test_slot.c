/* SPDX-License-Identifier: MIT */
#include "memory.h"
#include "rules.h"
#include "slot.h"

#include <criterion/criterion.h>
#include <string.h>

static struct hl_slot side(bool initiator)
{
    struct hl_slot s = {.own = 1, .theirs = 2, .initiator = initiator};

    memset(initiator ? s.send : s.recv, 1, HL_KEY_SIZE);
    memset(initiator ? s.recv : s.send, 2, HL_KEY_SIZE);
    return s;
}

Test(slot, seals_and_opens_in_place)
{
    struct hl_slot a = side(true), b = side(false);
    uint8_t packet[HL_PACKET_OVERHEAD + 100];
    struct hl_packet p;
    struct hl_bytes frames;

    for (size_t len = 0; len <= 100; len++) {
        memset(packet + HL_PACKET_DATA_HEADER, (int)len, len);
        cr_assert_eq(hl_slot_seal(&a, len, packet, len), len + HL_PACKET_OVERHEAD);
        cr_assert_eq(hl_packet_decode(packet, len + HL_PACKET_OVERHEAD, &p), HL_PACKET_GOOD);
        cr_assert(p.number == len && p.receiver == 2);
        cr_assert(hl_slot_open(&b, &p, packet, &frames));
        cr_assert(frames.len == len && frames.at == packet + HL_PACKET_DATA_HEADER);
        for (size_t i = 0; i < len; i++)
            cr_assert_eq(frames.at[i], len);
    }
    cr_assert_eq(a.sealed, 101);
    cr_assert_eq(hl_slot_seal(&a, 7, packet, 10), 39);
    cr_assert_eq(hl_packet_decode(packet, 39, &p), HL_PACKET_GOOD);
    cr_assert_not(hl_slot_open(&a, &p, packet, &frames), "sent back to its sender");
}

Test(slot, ages)
{
    static const struct {
        hl_time age;
        bool stale_ours, stale_theirs, seals, opens;
    } rows[] = {
        {0, false, false, true, true},
        {HL_SECS(119), false, false, true, true},
        {HL_SECS(120), true, false, true, true},
        {HL_SECS(150), true, true, true, true},
        {HL_SECS(170), true, true, false, true},
        {HL_SECS(180), true, true, false, false},
        {HL_SECS(100000), true, true, false, false},
    };
    struct hl_slot none = {.own = 0};

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_slot ours = side(true), theirs = side(false);

        cr_assert_eq(hl_slot_stale(&ours, rows[i].age), rows[i].stale_ours, "row %u", i);
        cr_assert_eq(hl_slot_stale(&theirs, rows[i].age), rows[i].stale_theirs, "row %u", i);
        cr_assert_eq(hl_slot_seals(&ours, rows[i].age), rows[i].seals, "row %u", i);
        cr_assert_eq(hl_slot_opens(&ours, rows[i].age), rows[i].opens, "row %u", i);
    }
    cr_assert(!hl_slot_seals(&none, 0) && !hl_slot_opens(&none, 0));
}

Test(slot, counts)
{
    struct hl_slot s = side(false);

    s.sealed = HL_SLOT_PACKETS / 2 - 1;
    cr_assert_not(hl_slot_stale(&s, 0));
    s.sealed++;
    cr_assert(hl_slot_stale(&s, 0) && hl_slot_seals(&s, 0));
    s.sealed = HL_SLOT_PACKETS;
    cr_assert_not(hl_slot_seals(&s, 0));
}
