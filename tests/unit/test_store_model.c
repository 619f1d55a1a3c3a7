/* SPDX-License-Identifier: MIT */
/* The ledger over SQLite and the one in memory, which delivery is tested and simulated with, give
 * the same answers to the same calls, over commits, rollbacks and restarts. */
#include "bytes_of.h"
#include "memory_ledger.h"
#include "storehome.h"

enum {
    CONTACTS = 3,
    SEEDS = 12,
    ROUNDS = 120, /* transactions */
    CALLS = 12,   /* in each, at most */
};

static struct memory_ledger memory;
static const struct hl_ledger *model;
static uint64_t seed, last_id;

static void set_up(void)
{
    home_make();
    memory_ledger_init(&memory);
    model = &memory.ledger;
}

static void tear_down(void)
{
    memory_ledger_fini(&memory);
    home_remove();
}

TestSuite(store_model, .init = set_up, .fini = tear_down, .timeout = 60);

static uint64_t draw(uint64_t below)
{
    return next_random(&seed) % below;
}

static void same_row(const struct hl_ledger_row *a, const struct hl_ledger_row *b, const char *call)
{
    cr_assert(a->row == b->row && a->pos == b->pos && a->contact == b->contact &&
                  a->ours == b->ours && a->kind == b->kind && a->seq == b->seq &&
                  memcmp(a->id, b->id, HL_ID_SIZE) == 0,
              "%s: row %lu and %lu, pos %lu and %lu", call, (unsigned long)a->row,
              (unsigned long)b->row, (unsigned long)a->pos, (unsigned long)b->pos);
    cr_assert_eq(a->state, b->state, "%s: row %lu: state %d and %d", call, (unsigned long)a->row,
                 (int)a->state, (int)b->state);
}

static struct hl_ledger_counts numbers(uint32_t contact)
{
    struct hl_ledger_counts a, b;

    cr_assert_eq(ledger->counts(ledger->user, contact, &a), 0);
    cr_assert_eq(model->counts(model->user, contact, &b), 0);
    cr_assert_eq(memcmp(&a, &b, sizeof a), 0, "counts of %u", contact);
    return a;
}

static struct hl_entry new_entry(const char *body)
{
    return make_entry(HL_ENTRY_TEXT, draw(10) ? ++last_id : 1 + draw(last_id + 1), 0, body);
}

static void call_queue(uint32_t contact)
{
    struct hl_ledger_expiry expiry = {.after_us = (int64_t)draw(2),
                                      .due_us = 1 + (int64_t)draw(99)};
    struct hl_entry e = new_entry("ours");
    struct hl_ledger_row a, b;
    int err;

    e.seq = numbers(contact).next_seq;
    err = ledger->queue(ledger->user, contact, &e, &expiry, &a);
    cr_assert_eq(err, model->queue(model->user, contact, &e, &expiry, &b));
    if (err == 0)
        same_row(&a, &b, "queue");
}

static void call_take(uint32_t contact)
{
    struct hl_entry e = new_entry("theirs");
    struct hl_ledger_row a, b;
    int err;

    e.seq = numbers(contact).expected;
    if (draw(5) == 0) {
        e.len = 0;
        e.kind = HL_ENTRY_CANCEL;
    }
    err = ledger->take(ledger->user, contact, &e, 0, e.seq + 1, &a);
    cr_assert_eq(err, model->take(model->user, contact, &e, 0, e.seq + 1, &b));
    if (err == 0)
        same_row(&a, &b, "take");
}

static void call_gap_open(uint32_t contact)
{
    uint64_t from = numbers(contact).expected, count = 1 + draw(6);

    cr_assert_eq(ledger->gap_open(ledger->user, contact, from, count), 0);
    cr_assert_eq(model->gap_open(model->user, contact, from, count), 0);
    cr_assert_eq(ledger->set_expected(ledger->user, contact, from + count), 0);
    cr_assert_eq(model->set_expected(model->user, contact, from + count), 0);
}

static bool find_gap(uint32_t contact, struct hl_ledger_gap *out)
{
    uint64_t from = draw(numbers(contact).expected);
    struct hl_ledger_gap b;
    int err = ledger->gap_next(ledger->user, contact, from, out);

    cr_assert_eq(err, model->gap_next(model->user, contact, from, &b));
    if (err < 0)
        return false;
    cr_assert(out->from == b.from && out->count == b.count && out->pos == b.pos);
    cr_assert_eq(ledger->gap_find(ledger->user, contact, from, &b),
                 model->gap_find(model->user, contact, from, &b));
    return true;
}

static void call_heal(uint32_t contact)
{
    uint64_t expected = numbers(contact).expected, skip, count = 1;
    struct hl_entry e = make_entry(HL_ENTRY_TEXT, ++last_id, 0, "late");
    struct hl_ledger_gap gap;
    struct hl_ledger_row a, b;

    if (!find_gap(contact, &gap))
        return;
    skip = draw(gap.count);
    e.seq = gap.from + skip;
    if (draw(3)) {
        cr_assert_eq(ledger->take(ledger->user, contact, &e, gap.pos + skip, expected, &a), 0);
        cr_assert_eq(model->take(model->user, contact, &e, gap.pos + skip, expected, &b), 0);
        same_row(&a, &b, "heal");
    } else {
        count += draw(gap.count - skip);
    }
    cr_assert_eq(ledger->gap_drop(ledger->user, contact, gap.from + skip, count), 0);
    cr_assert_eq(model->gap_drop(model->user, contact, gap.from + skip, count), 0);
}

static const enum hl_entry_state ends[] = {HL_STATE_DELIVERED, HL_STATE_DELIVERED,
                                           HL_STATE_FAILED,    HL_STATE_CANCELLING,
                                           HL_STATE_WITHDRAWN, HL_STATE_CANCELLED};

/* The first that waits, from somewhere on. */
static void call_waiting(uint32_t contact)
{
    uint64_t from = draw(4) ? 0 : draw(numbers(contact).next_seq + 1);
    enum hl_entry_state state = ends[draw(sizeof ends / sizeof ends[0])];
    struct hl_entry e, f;
    struct hl_ledger_row a, b;
    int err = ledger->waiting(ledger->user, contact, from, &e, &a);

    cr_assert_eq(err, model->waiting(model->user, contact, from, &f, &b));
    if (err < 0)
        return;
    same_row(&a, &b, "waiting");
    cr_assert_eq(e.len, f.len);
    cr_assert_eq(memcmp(e.body, f.body, e.len), 0);
    cr_assert_eq(ledger->set_state(ledger->user, a.row, state, -5), 0);
    cr_assert_eq(model->set_state(model->user, a.row, state, -5), 0);
    if (state != HL_STATE_DELIVERED || from > 0)
        return;
    cr_assert_eq(ledger->set_read(ledger->user, contact, a.row), 0);
    cr_assert_eq(model->set_read(model->user, contact, a.row), 0);
}

static void call_numbered(uint32_t contact)
{
    uint64_t from = draw(numbers(contact).next_seq + 1);
    struct hl_entry e, f;
    struct hl_ledger_row a, b;
    int err = ledger->numbered(ledger->user, contact, from, &e, &a);

    cr_assert_eq(err, model->numbered(model->user, contact, from, &f, &b));
    if (err == 0)
        same_row(&a, &b, "numbered");
}

static void call_renumber(uint32_t contact)
{
    if (draw(10))
        return; /* seldom, or no number becomes great */
    cr_assert_eq(ledger->renumber(ledger->user, contact), 0);
    cr_assert_eq(model->renumber(model->user, contact), 0);
}

static void call_find(uint32_t contact)
{
    const uint8_t *id = id_of(1 + draw(last_id + 1));
    struct hl_ledger_row a, b;
    int err = ledger->find(ledger->user, contact, id, &a);

    cr_assert_eq(err, model->find(model->user, contact, id, &b));
    if (err < 0)
        return;
    same_row(&a, &b, "find");
    if (a.ours)
        return;
    cr_assert_eq(ledger->set_seen(ledger->user, contact, a.row), 0);
    cr_assert_eq(model->set_seen(model->user, contact, a.row), 0);
}

static void call_last_seen(uint32_t contact)
{
    struct hl_ledger_row a, b;
    int err = ledger->last_seen(ledger->user, contact, &a);

    cr_assert_eq(err, model->last_seen(model->user, contact, &b));
    if (err == 0)
        same_row(&a, &b, "last_seen");
}

static void call_expired(uint32_t contact)
{
    int64_t now = (int64_t)draw(100), next, other;
    struct hl_ledger_row a, b;
    int err = ledger->expired(ledger->user, now, &a, &next);

    (void)contact;
    /* Which one of several is up to the ledger. */
    cr_assert_eq(err, model->expired(model->user, now, &b, &other));
    if (err < 0)
        cr_assert_eq(next, other);
}

static void call_next_waiting(uint32_t contact)
{
    uint32_t a, b;
    int err = ledger->next_waiting(ledger->user, contact - 1, &a);

    cr_assert_eq(err, model->next_waiting(model->user, contact - 1, &b));
    cr_assert(err < 0 || a == b);
}

static void (*const calls[])(uint32_t contact) = {
    call_queue,     call_queue,   call_take,         call_take,     call_gap_open,
    call_heal,      call_heal,    call_waiting,      call_numbered, call_find,
    call_last_seen, call_expired, call_next_waiting, call_renumber,
};

static void transaction(void)
{
    uint64_t before = last_id;

    cr_assert_eq(ledger->begin(ledger->user), 0, "%s", hl_store_why(store));
    cr_assert_eq(model->begin(model->user), 0);
    for (uint64_t n = draw(CALLS); n > 0; n--)
        calls[draw(sizeof calls / sizeof calls[0])](1 + (uint32_t)draw(CONTACTS));
    if (draw(5) == 0) {
        ledger->rollback(ledger->user);
        model->rollback(model->user);
        last_id = before;
        return;
    }
    cr_assert_eq(ledger->commit(ledger->user), 0, "%s", hl_store_why(store));
    cr_assert_eq(model->commit(model->user), 0);
}

Test(store_model, the_same_answers_as_the_ledger_in_memory)
{
    static const uint8_t seal[HL_STORE_SEAL] = {3};

    for (uint64_t s = 1; s <= SEEDS; s++) {
        const uint8_t *key = s % 3 == 0 ? seal : NULL;

        tear_down();
        set_up();
        seed = s;
        last_id = 0;
        cr_assert_eq(home_open(key), 0, "%s", why);
        for (int i = 0; i < CONTACTS; i++)
            add_contact((const char *[]){"a", "b", "c"}[i]);
        for (unsigned round = 0; round < ROUNDS; round++) {
            transaction();
            if (draw(20) == 0) {
                home_close();
                cr_assert_eq(home_open(key), 0, "seed %lu: %s", (unsigned long)s, why);
            }
        }
        cr_log_info("seed %lu", (unsigned long)s);
        check();
    }
}
