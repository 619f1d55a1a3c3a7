/* SPDX-License-Identifier: MIT */
/* Entries of ours that a front end waits to hear of, where peers never tell what they have read. */
#include "messenger_inside.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    PEER = 1,
    MANY = 20 * HL_CTL_READ_LATE,
    MOST = 3 * HL_CTL_READ_LATE, /* that stay, with those since the last sweep */
};

static struct hl_messenger m;
static struct hl_front f;

static void set_up(void)
{
    const struct hl_contact peer = {.id = PEER};

    cr_assert_not_null(hl_party_new(&m, &peer));
}

static void tear_down(void)
{
    hl_idtable_fini(&f.awaited);
    hl_party_free(&m, m.parties);
}

TestSuite(feed, .init = set_up, .fini = tear_down);

static const uint8_t *id_of(uint64_t row)
{
    static uint8_t id[HL_ID_SIZE];

    row *= UINT64_C(0x9e3779b97f4a7c15);
    memcpy(id + HL_ID_SIZE - sizeof row, &row, sizeof row);
    return id;
}

static void await(uint64_t row, enum hl_entry_state state)
{
    struct hl_ctl told = {.contact = PEER, .row = row, .state = state};

    memcpy(told.id, id_of(row), sizeof told.id);
    m.last_row = row;
    cr_assert_eq(hl_feed_await(&m, &f, &told), 0);
}

static bool is_awaited(uint64_t row)
{
    return hl_idtable_find(&f.awaited, PEER, id_of(row)) != NULL;
}

Test(feed, delivered_long_ago_is_not_waited_for)
{
    f.told = MANY;
    for (uint64_t row = 1; row <= MANY; row++) {
        await(row, HL_STATE_DELIVERED);
        cr_assert_leq(f.awaited.count, MOST);
    }
    for (uint64_t row = MANY; row + HL_CTL_READ_LATE >= MANY; row--)
        cr_assert(is_awaited(row), "it may be read yet: %d", (int)row);
    cr_assert_not(is_awaited(1));
}

Test(feed, what_was_read_is_not_waited_for)
{
    f.told = MANY;
    for (uint64_t row = 1; row <= 1000; row++) {
        await(row, HL_STATE_DELIVERED);
        m.parties->read_row = row;
        cr_assert_leq(f.awaited.count, 1000 / 2);
    }
}

Test(feed, what_waits_stays_however_old_it_is)
{
    f.told = MANY;
    await(1, HL_STATE_QUEUED);
    m.parties->read_row = 2; /* one behind it was delivered, and read */
    for (uint64_t row = 2; row <= MANY; row++)
        await(row, HL_STATE_DELIVERED);
    cr_assert(is_awaited(1));
}

/* By what is in the table a front end's own words are known when it catches up with the store. */
Test(feed, what_it_was_not_told_past_stays)
{
    f.told = 10;
    for (uint64_t row = 1; row <= MANY; row++)
        await(row, HL_STATE_DELIVERED);
    cr_assert(is_awaited(11));
    cr_assert_not(is_awaited(10));
}

Test(feed, what_is_over_is_not_waited_for)
{
    await(1, HL_STATE_READ);
    await(2, HL_STATE_FAILED);
    await(3, HL_STATE_SENT);
    cr_assert_eq(f.awaited.count, 1);
}
