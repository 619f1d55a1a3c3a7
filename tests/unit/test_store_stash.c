/* SPDX-License-Identifier: MIT */
/* What front ends leave for their next start is there then, within its limits. */
#include "storehome.h"

#include "err.h"

TestSuite(store_stash, .init = home_set_up, .fini = home_remove);

static void again(void)
{
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
}

Test(store_stash, is_there_at_the_next_start)
{
    uint32_t bob = add_contact("bob");
    uint32_t eve = add_contact("eve");

    cr_assert_str_eq(stashed(bob, "draft"), "");
    cr_assert_eq(stash(bob, "draft", "half a"), 0);
    cr_assert_eq(stash(bob, "draft", "half a sentence"), 0);
    cr_assert_eq(stash(eve, "draft", "another"), 0);
    cr_assert_eq(stash(0, "draft", "the home's"), 0);
    cr_assert_eq(stash(0, "layout", "one pane"), 0);
    again();
    cr_assert_str_eq(stashed(bob, "draft"), "half a sentence");
    cr_assert_str_eq(stashed(eve, "draft"), "another");
    cr_assert_str_eq(stashed(0, "draft"), "the home's");
    cr_assert_str_eq(stashed(0, "layout"), "one pane");
    cr_assert_eq(stash(eve, "draft", ""), 0);
    cr_assert_eq(stash(eve, "never", ""), 0);
    again();
    cr_assert_str_eq(stashed(eve, "draft"), "");
    cr_assert_str_eq(stashed(bob, "draft"), "half a sentence");
    check();
}

Test(store_stash, keeps_any_bytes_up_to_its_size)
{
    static uint8_t body[HL_STASH_MAX + 1];
    struct hl_bytes back;

    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 7);
    cr_assert_eq(hl_store_stash(store, 0, "all", (struct hl_bytes){body, HL_STASH_MAX}), 0);
    again();
    cr_assert_eq(hl_store_stashed(store, 0, "all", &back), 0);
    cr_assert_eq(back.len, HL_STASH_MAX);
    cr_assert_arr_eq(back.at, body, HL_STASH_MAX);
    cr_assert_eq(hl_store_stash(store, 0, "all", (struct hl_bytes){body, HL_STASH_MAX + 1}),
                 HL_ERR_TOO_LONG);
    cr_assert_eq(hl_store_stashed(store, 0, "all", &back), 0);
    cr_assert_eq(back.len, HL_STASH_MAX);
}

Test(store_stash, refuses_what_is_no_place)
{
    struct hl_bytes back;

    cr_assert_eq(stash(0, "", "x"), -EINVAL);
    cr_assert_eq(stash(0, "a name of thirty-two bytes, just", "x"), 0);
    cr_assert_eq(stash(0, "a name of thirty-three bytes, alas", "x"), HL_ERR_TOO_LONG);
    cr_assert_eq(stash(9, "draft", "x"), -ENOENT, "no such contact");
    cr_assert_eq(hl_store_stashed(store, 0, "", &back), -EINVAL);
}

Test(store_stash, is_bounded)
{
    char name[16];

    cr_assert_eq(ledger->begin(ledger->user), 0);
    for (unsigned i = 0; i < HL_STASH_COUNT; i++) {
        snprintf(name, sizeof name, "%u", i);
        cr_assert_eq(stash(0, name, "x"), 0);
    }
    cr_assert_eq(ledger->commit(ledger->user), 0);
    cr_assert_eq(stash(0, "one more", "x"), -ENOSPC);
    cr_assert_eq(stash(0, "7", "another"), 0, "what is there may change");
    cr_assert_eq(stash(0, "7", ""), 0);
    cr_assert_eq(stash(0, "one more", "x"), 0);
}

Test(store_stash, goes_with_its_contact)
{
    uint32_t bob = add_contact("bob");
    uint32_t eve = add_contact("eve");

    cr_assert_eq(stash(bob, "draft", "to bob"), 0);
    cr_assert_eq(hl_store_contact_delete(store, bob), 0);
    cr_assert_eq(hl_store_stashed(store, bob, "draft", &(struct hl_bytes){0}), 0);
    cr_assert_str_eq(stashed(bob, "draft"), "");
    bob = add_contact("bob");
    cr_assert_eq(stash(bob, "draft", "to bob"), 0);
    cr_assert_eq(stash(bob, "notes", "of bob"), 0);
    cr_assert_eq(stash(eve, "notes", "of eve"), 0);
    cr_assert_eq(hl_store_contact_merge(store, bob, eve), 0);
    cr_assert_str_eq(stashed(eve, "draft"), "to bob");
    cr_assert_str_eq(stashed(eve, "notes"), "of eve");
    cr_assert_str_eq(stashed(bob, "notes"), "");
    check();
}
