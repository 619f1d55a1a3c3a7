/* SPDX-License-Identifier: MIT */
/* The contact book: names that are unique, keys that are, addresses in order, merging. */
#include "storehome.h"

TestSuite(store_contacts, .init = home_set_up, .fini = home_remove);

static struct hl_contact make(const char *name, bool named, uint8_t key)
{
    struct hl_contact c = {.named = named, .has_key = key != 0, .added_ms = 5};

    snprintf(c.name, sizeof c.name, "%s", name);
    memset(c.key, key, key ? sizeof c.key : 0);
    return c;
}

static bool collect(void *user, const struct hl_contact *c)
{
    strcat(user, c->name);
    strcat(user, "|");
    return true;
}

static const char *all_names(void)
{
    static char names[2000];

    names[0] = '\0';
    cr_assert_eq(hl_store_contacts(store, collect, names), 0);
    return names;
}

Test(store_contacts, all_of_it_is_kept)
{
    struct hl_contact c = make("bob", true, 1), got;

    c.verified = c.blocked = c.changed = true;
    memset(c.new_key, 2, sizeof c.new_key);
    strcpy(c.nick, "Bobby");
    strcpy(c.note, "a note\nof two lines");
    c.heard_ms = 7;
    cr_assert_eq(hl_store_contact_put(store, &c), 0);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    cr_assert_eq(hl_store_contact(store, c.id, &got), 0);
    cr_assert(got.has_key && got.verified && got.blocked && got.changed && got.named);
    cr_assert_eq(memcmp(got.key, c.key, sizeof c.key), 0);
    cr_assert_eq(memcmp(got.new_key, c.new_key, sizeof c.new_key), 0);
    cr_assert_str_eq(got.name, c.name);
    cr_assert_str_eq(got.nick, c.nick);
    cr_assert_str_eq(got.note, c.note);
    cr_assert_eq(got.added_ms, 5);
    cr_assert_eq(got.heard_ms, 7);
    cr_assert_eq(hl_store_contact_by_key(store, c.key, &got), 0);
    cr_assert_eq(hl_store_contact_by_key(store, c.new_key, &got), -ENOENT);
}

Test(store_contacts, names_are_unique)
{
    struct hl_contact bob = make("bob", true, 1), second = make("bob", true, 2), long_one;

    cr_assert_eq(hl_store_contact_put(store, &bob), 0);
    cr_assert_eq(hl_store_contact_put(store, &second), -EEXIST);
    second.named = false;
    cr_assert_eq(hl_store_contact_put(store, &second), 0);
    cr_assert_str_eq(second.name, "bob (2)");
    second = make("bob", false, 3);
    cr_assert_eq(hl_store_contact_put(store, &second), 0);
    cr_assert_str_eq(second.name, "bob (3)");
    cr_assert_eq(hl_store_contact_put(store, &second), 0, "again, unchanged");
    cr_assert_str_eq(second.name, "bob (3)");
    for (int i = 0; i < 2; i++) {
        /* 96 bytes, of which the last letter has two: it is not cut in half */
        long_one = make("", false, 0);
        memset(long_one.name, 'a', 91);
        strcpy(long_one.name + 91, "äöa");
        cr_assert_eq(hl_store_contact_put(store, &long_one), 0);
    }
    cr_assert_eq(strlen(long_one.name), 95);
    cr_assert_str_eq(long_one.name + 91, " (2)");
    cr_assert(strncmp(all_names(), "aaaaaa", 6) == 0);
}

Test(store_contacts, a_key_is_one_contacts)
{
    struct hl_contact bob = make("bob", true, 1), other = make("carol", true, 1);

    cr_assert_eq(hl_store_contact_put(store, &bob), 0);
    cr_assert_eq(hl_store_contact_put(store, &other), -EEXIST);
    cr_assert_eq(other.id, 0);
    memset(other.key, 2, sizeof other.key);
    cr_assert_eq(hl_store_contact_put(store, &other), 0);
    other.has_key = true;
    memset(other.key, 1, sizeof other.key);
    cr_assert_eq(hl_store_contact_put(store, &other), -EEXIST);
}

static const struct {
    const char *asked, *found; /* NULL: none */
} lookups[] = {
    {"bob", "bob"},     {"Bob", "Bob"},       {"BOB", NULL}, /* two differ in case alone */
    {"carol", "Carol"}, {"MÜLLER", "müller"}, {"muller", NULL}, {"", NULL},
};

Test(store_contacts, by_name)
{
    struct hl_contact got;

    add_contact("bob");
    add_contact("Bob");
    add_contact("Carol");
    add_contact("müller");
    for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++) {
        int err = hl_store_contact_by_name(store, lookups[i].asked, &got);

        cr_assert_eq(err, lookups[i].found ? 0 : -ENOENT, "%s", lookups[i].asked);
        if (err == 0)
            cr_assert_str_eq(got.name, lookups[i].found);
    }
    cr_assert_str_eq(all_names(), "Bob|bob|Carol|müller|");
}

Test(store_contacts, numbers_are_not_used_again)
{
    uint32_t bob = add_contact("bob"), carol;
    struct hl_ledger_row before, after;

    cr_assert_eq(put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "hi"), 0, &before), 0);
    tidy();
    cr_assert_eq(hl_store_contact_delete(store, bob), 0);
    cr_assert_eq(hl_store_contact_delete(store, bob), -ENOENT);
    cr_assert_eq(read_all((struct hl_store_query){.words = "hi"}).count, 0);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    carol = add_contact("carol");
    cr_assert_gt(carol, bob);
    cr_assert_eq(put_theirs(carol, make_entry(HL_ENTRY_TEXT, 1, 0, "hi"), 0, &after), 0);
    cr_assert_gt(after.row, before.row);
    check();
}

/* ---- addresses ---- */

static void put_address(uint32_t contact, const char *text, int64_t worked_ms)
{
    struct hl_contact_address a = {.worked_ms = worked_ms};

    snprintf(a.text, sizeof a.text, "%s", text);
    cr_assert_eq(hl_store_address_put(store, contact, &a), 0, "%s", hl_store_why(store));
}

static const char *addresses_of(uint32_t contact)
{
    static char text[1000];
    struct hl_contact_address a[HL_CONTACT_ADDRESSES];
    size_t count;

    text[0] = '\0';
    cr_assert_eq(hl_store_addresses(store, contact, a, &count), 0);
    for (size_t i = 0; i < count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, a[i].text);
    }
    return text;
}

Test(store_contacts, addresses_that_worked_come_first)
{
    uint32_t bob = add_contact("bob");
    struct hl_contact c;

    put_address(bob, "a", 0);
    put_address(bob, "b", 20);
    put_address(bob, "c", 10);
    put_address(bob, "d", 0);
    cr_assert_str_eq(addresses_of(bob), "b c d a");
    put_address(bob, "a", 30);
    put_address(bob, "b", 0);
    cr_assert_str_eq(addresses_of(bob), "a b c d");
    cr_assert_eq(hl_store_contact_by_address(store, "c", &c), 0);
    cr_assert_eq(c.id, bob);
    cr_assert_eq(hl_store_contact_by_address(store, "x", &c), -ENOENT);
    cr_assert_eq(hl_store_address_delete(store, bob, "c"), 0);
    cr_assert_eq(hl_store_address_delete(store, bob, "c"), -ENOENT);
    cr_assert_str_eq(addresses_of(bob), "a b d");
    for (char name[] = "e"; *name < 'k'; (*name)++)
        put_address(bob, name, 40 + *name);
    cr_assert_str_eq(addresses_of(bob), "j i h g f e a b");
    put_address(bob, "new", 0);
    cr_assert_str_eq(addresses_of(bob), "j i h g f e a new", "what is typed is tried");
}

/* ---- merging ---- */

Test(store_contacts, merge)
{
    uint32_t bob = add_contact("bob"), host = add_contact("host.example");
    struct hl_ledger_counts counts;
    struct hl_ledger_row row;
    struct hl_entry e;
    struct hl_store_conv conv;
    struct hl_contact c;

    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), &row);
    set_state(row.row, HL_STATE_DELIVERED, 0);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "two"), 0, NULL);
    put_ours(host, make_entry(HL_ENTRY_TEXT, 11, 0, "waits one"), NULL);
    put_ours(host, make_entry(HL_ENTRY_TEXT, 12, 0, "failed"), &row);
    set_state(row.row, HL_STATE_FAILED, -5);
    put_ours(host, make_entry(HL_ENTRY_TEXT, 13, 0, "waits two"), NULL);
    put_ours(host, make_entry(HL_ENTRY_EDIT, 14, 13, "waits two, edited"), NULL);
    put_ours(host, make_entry(HL_ENTRY_TEXT, 1, 0, "of an id that bob has"), NULL);
    put_address(host, "host.example:4855", 9);
    tidy();
    cr_assert_eq(hl_store_contact_merge(store, host, bob), 0, "%s", hl_store_why(store));
    check();
    cr_assert_eq(hl_store_contact(store, host, &c), -ENOENT);
    cr_assert_str_eq(addresses_of(bob), "host.example:4855");
    cr_assert_str_eq(read_all((struct hl_store_query){.contact = bob}).text,
                     ">one\n<two\n>waits one\n>failed\n>waits two, edited*\n");
    cr_assert_eq(ledger->counts(ledger->user, bob, &counts), 0);
    cr_assert_eq(counts.next_seq, 5);
    cr_assert_eq(counts.waiting, 3);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &e, &row), 0);
    cr_assert_eq(row.seq, 2);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 3, &e, &row), 0);
    cr_assert_eq(memcmp(row.id, id_of(13), HL_ID_SIZE), 0);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 4, &e, &row), 0);
    cr_assert_eq(row.kind, HL_ENTRY_EDIT);
    cr_assert_eq(hl_store_conversation(store, bob, &conv), 0);
    cr_assert_eq(conv.entries, 5);
    cr_assert_eq(conv.unread, 1);
    cr_assert_eq(read_all((struct hl_store_query){.contact = bob, .words = "edited"}).count, 1);
    cr_assert_eq(read_all((struct hl_store_query){.words = "waits"}).count, 2);
    cr_assert_eq(hl_store_contact_merge(store, bob, bob), -ENOENT);
}

/* ---- pruning ---- */

Test(store_contacts, prune_empties_and_keeps_the_ids)
{
    uint32_t bob = add_contact("bob"), carol = add_contact("carol");
    struct hl_ledger_row row;
    uint64_t count;

    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "waits"), NULL);
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "delivered"), &row);
    set_state(row.row, HL_STATE_DELIVERED, 0);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 3, 0, "theirs"), 0, NULL);
    put_theirs(carol, make_entry(HL_ENTRY_TEXT, 3, 0, "theirs"), 0, NULL);
    tidy();
    cr_assert_eq(hl_store_prune(store, bob, 1000, &count), 0);
    cr_assert_eq(count, 0, "nothing is that old");
    cr_assert_eq(hl_store_prune(store, bob, INT64_MAX, &count), 0);
    cr_assert_eq(count, 2);
    cr_assert_str_eq(read_all((struct hl_store_query){.contact = bob}).text, ">waits\n>\n<\n");
    cr_assert_eq(put_theirs(bob, make_entry(HL_ENTRY_TEXT, 3, 0, "again"), 0, NULL), -EEXIST);
    cr_assert_eq(read_all((struct hl_store_query){.words = "theirs"}).count, 1);
    check();
    cr_assert_eq(hl_store_prune(store, 0, INT64_MAX, &count), 0);
    cr_assert_eq(count, 1);
    check();
}
