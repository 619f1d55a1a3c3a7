/* SPDX-License-Identifier: MIT */
/* The ledger over SQLite: entries, states, marks, gaps, what edits and deletions do. */
#include "storehome.h"

static uint32_t bob;

static void set_up(void)
{
    home_set_up();
    bob = add_contact("bob");
}

static void tear_down(void)
{
    home_remove();
}

TestSuite(store_ledger, .init = set_up, .fini = tear_down);

static struct hl_ledger_counts counts(void)
{
    struct hl_ledger_counts c;

    cr_assert_eq(ledger->counts(ledger->user, bob, &c), 0);
    return c;
}

static const char *history(void)
{
    static struct told t;

    check();
    t = read_all((struct hl_store_query){.contact = bob});
    return t.text;
}

Test(store_ledger, queue_numbers_and_dedups)
{
    struct hl_ledger_row row, again;

    cr_assert_eq(put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), &row), 0);
    cr_assert_eq(row.row, 1);
    cr_assert_eq(row.pos, 1);
    cr_assert_eq(row.seq, 1);
    cr_assert(row.ours);
    cr_assert_eq(put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "other"), NULL), -EEXIST);
    cr_assert_eq(put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "other"), 0, NULL), -EEXIST);
    cr_assert_eq(put_ours(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "two"), &row), 0);
    cr_assert_eq(row.seq, 2);
    cr_assert_eq(counts().next_seq, 3);
    cr_assert_eq(counts().waiting, 2);
    cr_assert_eq(ledger->find(ledger->user, bob, id_of(2), &again), 0);
    cr_assert_eq(again.row, row.row);
    cr_assert_eq(again.state, HL_STATE_QUEUED);
    cr_assert_eq(ledger->find(ledger->user, bob, id_of(3), &again), -ENOENT);
    cr_assert_str_eq(history(), ">one\n>two\n");
}

Test(store_ledger, the_same_id_may_come_from_two_contacts)
{
    uint32_t carol = add_contact("carol");

    cr_assert_eq(put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "bob"), 0, NULL), 0);
    cr_assert_eq(put_theirs(carol, make_entry(HL_ENTRY_TEXT, 1, 0, "carol"), 0, NULL), 0);
    cr_assert_str_eq(history(), "<bob\n");
}

Test(store_ledger, states)
{
    struct hl_ledger_row row, second;
    struct hl_entry e;

    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), &row);
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "two"), &second);
    set_state(row.row, HL_STATE_SENT, 0);
    ledger->find(ledger->user, bob, id_of(1), &row);
    cr_assert_eq(row.state, HL_STATE_QUEUED, "a session's knowledge is not kept");
    set_state(row.row, HL_STATE_DELIVERED, 0);
    cr_assert_eq(counts().waiting, 1);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &e, &row), 0);
    cr_assert_eq(row.seq, 2);
    cr_assert_eq(memcmp(e.body, "two", 3), 0);
    cr_assert_eq(ledger->numbered(ledger->user, bob, 1, &e, &row), 0);
    cr_assert_eq(row.seq, 1);
    cr_assert_eq(row.state, HL_STATE_DELIVERED);
    set_state(second.row, HL_STATE_WITHDRAWN, 0);
    cr_assert_eq(counts().waiting, 1);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &e, &row), 0);
    set_state(second.row, HL_STATE_CANCELLED, 0);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &e, &row), -ENOENT);
    cr_assert_eq(counts().waiting, 0);
    check();
}

Test(store_ledger, what_waits_is_numbered_anew)
{
    static const enum hl_entry_state states[] = {
        HL_STATE_DELIVERED, HL_STATE_QUEUED, HL_STATE_FAILED, HL_STATE_CANCELLING, HL_STATE_QUEUED};
    struct hl_ledger_row row;
    struct hl_entry e;

    for (uint64_t i = 0; i < 5; i++) {
        put_ours(bob, make_entry(HL_ENTRY_TEXT, 1 + i, 0, "x"), &row);
        set_state(row.row, states[i], 0);
    }
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->set_handed(ledger->user, bob, 4), 0);
    cr_assert_eq(ledger->renumber(ledger->user, bob), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    cr_assert_eq(counts().next_seq, 4);
    cr_assert_eq(counts().waiting, 3);
    cr_assert_eq(counts().handed, 2);
    for (uint64_t seq = 0; seq <= 3; seq++) {
        static const uint64_t ids[] = {2, 2, 4, 5};

        cr_assert_eq(ledger->numbered(ledger->user, bob, seq, &e, &row), 0);
        cr_assert_eq(row.seq, seq ? seq : 1);
        cr_assert_eq(memcmp(row.id, id_of(ids[seq]), HL_ID_SIZE), 0);
    }
    cr_assert_eq(ledger->numbered(ledger->user, bob, 4, &e, &row), -ENOENT);
    cr_assert_eq(ledger->renumber(ledger->user, 77), -ENOENT);
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 6, 0, "x"), &row);
    cr_assert_eq(row.seq, 4);
    check();
}

Test(store_ledger, failed_says_why)
{
    struct hl_ledger_row row;

    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), &row);
    set_state(row.row, HL_STATE_FAILED, -5);
    cr_assert_eq(read_all((struct hl_store_query){.contact = bob}).last.err, -5);
}

Test(store_ledger, who_has_entries_waiting)
{
    uint32_t carol = add_contact("carol"), who;
    struct hl_ledger_row row;

    cr_assert_eq(ledger->next_waiting(ledger->user, 0, &who), -ENOENT);
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), &row);
    put_ours(carol, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), NULL);
    cr_assert_eq(ledger->next_waiting(ledger->user, 0, &who), 0);
    cr_assert_eq(who, bob);
    cr_assert_eq(ledger->next_waiting(ledger->user, bob, &who), 0);
    cr_assert_eq(who, carol);
    cr_assert_eq(ledger->next_waiting(ledger->user, carol, &who), -ENOENT);
    set_state(row.row, HL_STATE_DELIVERED, 0);
    cr_assert_eq(ledger->next_waiting(ledger->user, 0, &who), 0);
    cr_assert_eq(who, carol);
}

Test(store_ledger, rollback_forgets_all)
{
    struct hl_ledger_row row;
    struct hl_entry e = make_entry(HL_ENTRY_TEXT, 1, 0, "one");

    e.seq = 1;
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->queue(ledger->user, bob, &e, NULL, &row), 0);
    cr_assert_eq(ledger->gap_open(ledger->user, bob, 1, 3), 0);
    cr_assert_eq(counts().next_seq, 2);
    ledger->rollback(ledger->user);
    cr_assert_eq(counts().next_seq, 1);
    cr_assert_str_eq(history(), "");
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "one"), &row);
    cr_assert_eq(row.row, 1);
    cr_assert_eq(row.pos, 1);
}

Test(store_ledger, nobody_is_not_a_contact)
{
    struct hl_ledger_counts c;
    struct hl_ledger_row row;
    struct hl_entry e = make_entry(HL_ENTRY_TEXT, 1, 0, "one");

    cr_assert_eq(ledger->counts(ledger->user, 77, &c), -ENOENT);
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->queue(ledger->user, 77, &e, NULL, &row), -ENOENT);
    cr_assert_eq(ledger->take(ledger->user, 77, &e, 0, 2, &row), -ENOENT);
    cr_assert_eq(ledger->commit(ledger->user), 0);
}

/* ---- marks ---- */

Test(store_ledger, read_and_seen)
{
    struct hl_ledger_row ours[3], theirs[3], row;
    struct hl_store_conv conv;
    struct told t;

    for (uint64_t i = 0; i < 3; i++) {
        put_ours(bob, make_entry(HL_ENTRY_TEXT, 1 + i, 0, "ours"), &ours[i]);
        put_theirs(bob, make_entry(HL_ENTRY_TEXT, 11 + i, 0, "theirs"), 0, &theirs[i]);
    }
    set_state(ours[0].row, HL_STATE_DELIVERED, 0);
    cr_assert_eq(ledger->last_seen(ledger->user, bob, &row), -ENOENT);
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->set_read(ledger->user, bob, ours[1].row), 0);
    cr_assert_eq(ledger->set_seen(ledger->user, bob, theirs[1].row), 0);
    cr_assert_eq(ledger->set_seen(ledger->user, bob, theirs[0].row), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    ledger->find(ledger->user, bob, id_of(1), &row);
    cr_assert_eq(row.state, HL_STATE_READ);
    ledger->find(ledger->user, bob, id_of(2), &row);
    cr_assert_eq(row.state, HL_STATE_QUEUED);
    cr_assert_eq(ledger->last_seen(ledger->user, bob, &row), 0);
    cr_assert_eq(row.row, theirs[1].row);
    cr_assert_eq(hl_store_conversation(store, bob, &conv), 0);
    cr_assert_eq(conv.unread, 1);
    cr_assert_eq(conv.entries, 6);
    cr_assert_eq(conv.waiting, 2);
    t = read_all((struct hl_store_query){.contact = bob, .theirs = true, .limit = 2});
    cr_assert(t.last.seen);
    t = read_all((struct hl_store_query){.contact = bob, .theirs = true});
    cr_assert_not(t.last.seen);
    check();
}

Test(store_ledger, handed_and_expected_are_kept)
{
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->set_handed(ledger->user, bob, 7), 0);
    cr_assert_eq(ledger->set_expected(ledger->user, bob, 9), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    cr_assert_eq(counts().handed, 7);
    cr_assert_eq(counts().expected, 9);
}

Test(store_ledger, expiry)
{
    struct hl_entry e = make_entry(HL_ENTRY_TEXT, 1, 0, "one");
    struct hl_ledger_expiry late = {.after_us = 5000, .due_us = 2000000},
                            soon = {.after_us = 5000, .due_us = 1000000};
    struct hl_ledger_row row;
    int64_t next;

    cr_assert_eq(ledger->begin(ledger->user), 0);
    e.seq = 1;
    cr_assert_eq(ledger->queue(ledger->user, bob, &e, &late, &row), 0);
    e = make_entry(HL_ENTRY_TEXT, 2, 0, "two");
    e.seq = 2;
    cr_assert_eq(ledger->queue(ledger->user, bob, &e, &soon, &row), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0);
    cr_assert_eq(ledger->expired(ledger->user, 999999, &row, &next), -ENOENT);
    cr_assert_eq(next, 1000000);
    cr_assert_eq(ledger->expired(ledger->user, 1000000, &row, &next), 0);
    cr_assert_eq(row.seq, 2);
    cr_assert_eq(next, 2000000);
    set_state(row.row, HL_STATE_EXPIRING, 0);
    cr_assert_eq(ledger->expired(ledger->user, 1000000, &row, &next), -ENOENT);
    set_state(1, HL_STATE_DELIVERED, 0);
    cr_assert_eq(ledger->expired(ledger->user, INT64_MAX, &row, &next), -ENOENT);
    cr_assert_eq(next, INT64_MAX);
}

/* ---- gaps ---- */

static void drop(uint64_t from, uint64_t count)
{
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->gap_drop(ledger->user, bob, from, count), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0);
}

static void open_gap(uint64_t from, uint64_t count)
{
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->gap_open(ledger->user, bob, from, count), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0);
}

/* "2+3 7+1": numbers and how many. */
static const char *gaps(void)
{
    static char text[200];
    struct hl_ledger_gap gap;
    size_t len = 0;

    text[0] = '\0';
    for (uint64_t from = 0; ledger->gap_next(ledger->user, bob, from, &gap) == 0;
         from = gap.from + gap.count)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%lu+%lu@%lu", len ? " " : "",
                                (unsigned long)gap.from, (unsigned long)gap.count,
                                (unsigned long)gap.pos);
    return text;
}

Test(store_ledger, a_gap_heals_in_place)
{
    struct hl_ledger_gap gap;

    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "1"), 0, NULL);
    open_gap(2, 3);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 5, 0, "5"), 0, NULL);
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 100, 0, "ours"), NULL);
    cr_assert_str_eq(history(), "<1\n<5 (3 missing)\n>ours\n");
    cr_assert_str_eq(gaps(), "2+3@2");
    cr_assert_eq(ledger->gap_find(ledger->user, bob, 1, &gap), -ENOENT);
    cr_assert_eq(ledger->gap_find(ledger->user, bob, 5, &gap), -ENOENT);
    cr_assert_eq(ledger->gap_find(ledger->user, bob, 3, &gap), 0);
    cr_assert_eq(gap.pos, 2);
    drop(3, 1);
    cr_assert_str_eq(gaps(), "2+1@2 4+1@4");
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 3, 0, "3"), 3, NULL);
    cr_assert_str_eq(history(), "<1\n<3 (1 missing)\n<5 (1 missing)\n>ours\n");
    for (uint64_t pos = 1; pos <= 6; pos++) {
        uint64_t missing;
        cr_assert_eq(hl_store_missing(store, bob, pos, &missing), 0);
        cr_assert_eq(missing, pos == 3 || pos == 5 ? 1 : 0, "before %d", (int)pos);
    }
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 4, 0, "4"), 4, NULL);
    drop(4, 1);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "2"), 2, NULL);
    drop(2, 1);
    cr_assert_str_eq(gaps(), "");
    cr_assert_str_eq(history(), "<1\n<2\n<3\n<4\n<5\n>ours\n");
}

static const struct {
    uint64_t from, count;
    const char *left;
} cuts[] = {
    {10, 5, ""},       {10, 1, "11+4@2"},          {14, 1, "10+4@1"},   {12, 1, "10+2@1 13+2@4"},
    {1, 10, "11+4@2"}, {14, UINT64_MAX, "10+4@1"}, {0, UINT64_MAX, ""}, {15, 3, "10+5@1"},
    {1, 9, "10+5@1"},
};

Test(store_ledger, drop_takes_numbers_out)
{
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        char name[8];

        snprintf(name, sizeof name, "c%zu", i);
        bob = add_contact(name);
        open_gap(10, 5);
        drop(cuts[i].from, cuts[i].count);
        cr_assert_str_eq(gaps(), cuts[i].left, "cut %zu", i);
        check();
    }
}

Test(store_ledger, drop_over_several_gaps)
{
    open_gap(2, 2);
    open_gap(6, 2);
    open_gap(10, 2);
    drop(3, 8);
    cr_assert_str_eq(gaps(), "2+1@1 11+1@6");
    check();
}

Test(store_ledger, a_gap_of_any_size)
{
    open_gap(1, (UINT64_C(1) << 62) - 10);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "late"), 0, NULL);
    cr_assert_eq(read_all((struct hl_store_query){.contact = bob}).last.missing_before,
                 (UINT64_C(1) << 62) - 10);
    check();
}

/* ---- what refers to others ---- */

/* Of the peer, unless o says ours. Written as they come: kind, id, target, place, body. */
struct step {
    enum hl_entry_kind kind;
    uint64_t id, target, pos;
    const char *body;
    bool ours;
};

#define T HL_ENTRY_TEXT
#define E HL_ENTRY_EDIT
#define D HL_ENTRY_DELETE
#define R HL_ENTRY_REACT

static const struct {
    const char *what;
    struct step steps[6];
    const char *seen;
} effects[] = {
    {"edit", {{T, 1, 0, 0, "a", 0}, {E, 2, 1, 0, "b", 0}}, "<b*\n"},
    {"two edits", {{T, 1, 0, 0, "a", 0}, {E, 2, 1, 0, "b", 0}, {E, 3, 1, 0, "c", 0}}, "<c*\n"},
    {"two edits, the first late",
     {{T, 1, 0, 10, "a", 0}, {E, 3, 1, 12, "c", 0}, {E, 2, 1, 11, "b", 0}},
     "<c*\n"},
    {"edit before its target", {{E, 2, 1, 11, "b", 0}, {T, 1, 0, 10, "a", 0}}, "<b*\n"},
    {"edits before their target",
     {{E, 3, 1, 12, "c", 0}, {E, 2, 1, 11, "b", 0}, {T, 1, 0, 10, "a", 0}},
     "<c*\n"},
    {"many edits before their target",
     {{E, 3, 1, 12, "c", 0},
      {E, 5, 1, 14, "e", 0},
      {E, 4, 1, 13, "d", 0},
      {E, 2, 1, 11, "b", 0},
      {T, 1, 0, 10, "a", 0}},
     "<e*\n"},
    {"edit, its target, another edit before it",
     {{E, 3, 1, 12, "c", 0}, {T, 1, 0, 10, "a", 0}, {E, 2, 1, 11, "b", 0}},
     "<c*\n"},
    {"delete", {{T, 1, 0, 0, "a", 0}, {D, 2, 1, 0, "", 0}}, "<-\n"},
    {"delete before its target", {{D, 2, 1, 11, "", 0}, {T, 1, 0, 10, "a", 0}}, "<-\n"},
    {"edit and delete", {{T, 1, 0, 0, "a", 0}, {E, 2, 1, 0, "b", 0}, {D, 3, 1, 0, "", 0}}, "<*-\n"},
    {"delete, then the edit",
     {{T, 1, 0, 10, "a", 0}, {D, 3, 1, 12, "", 0}, {E, 2, 1, 11, "b", 0}},
     "<-\n"},
    {"delete and edit before their target",
     {{E, 2, 1, 11, "b", 0}, {D, 3, 1, 12, "", 0}, {T, 1, 0, 10, "a", 0}},
     "<*-\n"},
    {"another's entry cannot be edited", {{T, 1, 0, 0, "a", 1}, {E, 2, 1, 0, "b", 0}}, ">a\n"},
    {"nor deleted", {{T, 1, 0, 0, "a", 0}, {D, 2, 1, 0, "", 1}}, "<a\n"},
    {"nor beforehand",
     {{D, 2, 1, 11, "", 1}, {E, 3, 1, 12, "b", 1}, {T, 1, 0, 10, "a", 0}},
     "<a\n"},
    {"an edit of itself", {{T, 1, 0, 0, "a", 0}, {E, 2, 2, 0, "b", 0}}, "<a\n"},
    {"an edit of an edit",
     {{T, 1, 0, 0, "a", 0}, {E, 2, 1, 0, "b", 0}, {E, 3, 2, 0, "c", 0}},
     "<b*\n"},
    {"reaction", {{T, 1, 0, 0, "a", 0}, {R, 2, 1, 0, "+", 0}}, "<a + 1\n"},
    {"reaction to ours", {{T, 1, 0, 0, "a", 1}, {R, 2, 1, 0, "+", 0}}, ">a + 1\n"},
    {"of both, the same",
     {{T, 1, 0, 0, "a", 0}, {R, 2, 1, 0, "+", 0}, {R, 3, 1, 0, "+", 1}},
     "<a + 2\n"},
    {"of both", {{T, 1, 0, 0, "a", 0}, {R, 2, 1, 0, "+", 0}, {R, 3, 1, 0, "-", 1}}, "<a + 1 - 1\n"},
    {"another one", {{T, 1, 0, 0, "a", 0}, {R, 2, 1, 0, "+", 0}, {R, 3, 1, 0, "-", 0}}, "<a - 1\n"},
    {"taken back", {{T, 1, 0, 0, "a", 0}, {R, 2, 1, 0, "+", 0}, {R, 3, 1, 0, "", 0}}, "<a\n"},
    {"reaction before its target", {{R, 2, 1, 11, "+", 0}, {T, 1, 0, 10, "a", 0}}, "<a + 1\n"},
    {"a target that never comes", {{E, 2, 1, 0, "b", 0}, {D, 3, 1, 0, "", 0}}, ""},
};

Test(store_ledger, effects_do_not_depend_on_the_order_of_arrival)
{
    static const uint8_t seal[HL_STORE_SEAL] = {7};

    for (size_t i = 0; i < 4 * sizeof effects / sizeof effects[0]; i++) {
        size_t n = i / 4;

        home_remove();
        home_make();
        cr_assert_eq(home_open(i % 2 ? seal : NULL), 0, "%s", why);
        bob = add_contact("bob");
        for (const struct step *s = effects[n].steps; s->kind; s++) {
            struct hl_entry e = make_entry(s->kind, s->id, s->target, s->body);

            cr_assert_eq(s->ours ? put_ours(bob, e, NULL) : put_theirs(bob, e, s->pos, NULL), 0);
            if (i % 4 >= 2)
                tidy(); /* the search index is to follow */
        }
        cr_assert_str_eq(history(), effects[n].seen, "%s", effects[n].what);
    }
}

Test(store_ledger, what_is_repeated_is_as_it_is_now)
{
    struct hl_entry e;
    struct hl_ledger_row row;

    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "first"), NULL);
    put_ours(bob, make_entry(HL_ENTRY_EDIT, 2, 1, "second"), NULL);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &e, &row), 0);
    cr_assert_eq(e.len, 6);
    cr_assert_eq(memcmp(e.body, "second", 6), 0);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 2, &e, &row), 0);
    cr_assert_eq(e.kind, HL_ENTRY_EDIT);
    cr_assert_eq(e.len, 6);
    cr_assert_eq(memcmp(e.body, "second", 6), 0);
    cr_assert_eq(memcmp(e.target, id_of(1), HL_ID_SIZE), 0);
    put_ours(bob, make_entry(HL_ENTRY_DELETE, 3, 1, ""), NULL);
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &e, &row), 0);
    cr_assert_eq(e.len, 0);
}

static struct hl_answered answered(uint64_t n)
{
    struct told t = {.count = 0};

    cr_assert_geq(hl_store_entry(store, bob, id_of(n), tell, &t), 0);
    return t.last.answered;
}

static void answers(uint64_t n, bool ours, bool gone, const char *text)
{
    struct hl_answered a = answered(n);

    cr_expect(a.ours == ours && a.deleted == gone, "%s", text);
    cr_expect(a.len == strlen(text) && memcmp(a.text, text, a.len) == 0, "%.*s", (int)a.len,
              a.text);
}

Test(store_ledger, what_an_entry_answers_is_told_as_it_is_now)
{
    static const uint8_t seal[HL_STORE_SEAL] = {7};
    char tall[3 * HL_ANSWERED_TEXT];

    memset(tall, 'x', sizeof tall);
    tall[sizeof tall - 1] = '\0';
    for (int sealed = 0; sealed < 2; sealed++) {
        home_remove();
        home_make();
        cr_assert_eq(home_open(sealed ? seal : NULL), 0, "%s", why);
        bob = add_contact("bob");
        put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "noon?"), 0, NULL);
        put_ours(bob, make_entry(HL_ENTRY_TEXT, 2, 1, "yes"), NULL);
        put_theirs(bob, make_entry(HL_ENTRY_TEXT, 3, 2, "good"), 0, NULL);
        put_theirs(bob, make_entry(HL_ENTRY_TEXT, 4, 77, "to what never came"), 0, NULL);
        cr_assert_eq(answered(1).pos, 0);
        cr_assert_eq(answered(4).pos, 0);
        cr_assert_eq(answered(2).pos, 1);
        cr_assert_eq(answered(3).pos, 2);
        answers(2, false, false, "noon?");
        answers(3, true, false, "yes");
        put_theirs(bob, make_entry(HL_ENTRY_EDIT, 5, 1, "one?"), 0, NULL);
        answers(2, false, false, "one?");
        put_theirs(bob, make_entry(HL_ENTRY_EDIT, 6, 1, tall), 0, NULL);
        tall[HL_ANSWERED_TEXT] = '\0';
        answers(2, false, false, tall);
        tall[HL_ANSWERED_TEXT] = 'x';
        put_ours(bob, make_entry(HL_ENTRY_DELETE, 7, 2, ""), NULL);
        answers(3, true, true, "");
    }
}

static void kept(uint64_t bytes, uint64_t entries)
{
    cr_assert_eq(counts().kept, bytes + entries * HL_LEDGER_ENTRY);
}

Test(store_ledger, kept_counts_the_peers_bodies)
{
    put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "ours"), NULL);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "12345"), 0, NULL);
    kept(5, 1);
    put_theirs(bob, make_entry(HL_ENTRY_EDIT, 3, 2, "1234567"), 0, NULL);
    kept(7, 2);
    put_theirs(bob, make_entry(HL_ENTRY_EDIT, 4, 9, "12"), 0, NULL);
    kept(9, 3);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 9, 0, "1"), 0, NULL);
    kept(9, 4);
    put_theirs(bob, make_entry(HL_ENTRY_DELETE, 5, 2, ""), 0, NULL);
    kept(2, 5);
    check();
}

/* A peer may send any number of edits of a text that never comes, or comes at last. */
Test(store_ledger, one_edit_alone_waits_for_its_target)
{
    put_theirs(bob, make_entry(HL_ENTRY_EDIT, 1, 9, "12345"), 0, NULL);
    kept(5, 1);
    put_theirs(bob, make_entry(HL_ENTRY_EDIT, 2, 9, "1234567"), 0, NULL);
    kept(7, 2);
    put_theirs(bob, make_entry(HL_ENTRY_EDIT, 3, 8, "another's"), 0, NULL);
    kept(16, 3);
    for (uint64_t id = 100; id < 400; id++)
        put_theirs(bob, make_entry(HL_ENTRY_EDIT, id, 9, "123"), 0, NULL);
    kept(12, 303);
    check();
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 9, 0, "1"), 0, NULL);
    kept(12, 304);
    cr_assert_str_eq(history(), "<123*\n");
    check();
}

Test(store_ledger, a_cancel_only_makes_its_id_known)
{
    struct hl_ledger_row row;

    cr_assert_eq(put_theirs(bob, make_entry(HL_ENTRY_CANCEL, 1, 0, "junk"), 0, NULL), 0);
    cr_assert_eq(put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "late"), 0, NULL), -EEXIST);
    cr_assert_eq(ledger->find(ledger->user, bob, id_of(1), &row), 0);
    cr_assert_eq(row.kind, HL_ENTRY_CANCEL);
    kept(0, 1);
    cr_assert_str_eq(history(), "");
}

Test(store_ledger, any_bytes)
{
    static uint8_t body[HL_BODY_MAX];
    struct hl_entry e = make_entry(HL_ENTRY_TEXT, 1, 0, ""), out;
    struct hl_ledger_row row;

    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 7);
    e.body = body;
    e.len = sizeof body;
    cr_assert_eq(put_ours(bob, e, NULL), 0);
    tidy();
    cr_assert_eq(ledger->waiting(ledger->user, bob, 1, &out, &row), 0);
    cr_assert_eq(out.len, sizeof body);
    cr_assert_eq(memcmp(out.body, body, sizeof body), 0);
    check();
}
