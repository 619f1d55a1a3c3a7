/* SPDX-License-Identifier: MIT */
/* The ledger of net/core/chat over the tables. */
#include "store_inside.h"

#include "err.h"

#include <errno.h>

static int begin(void *user)
{
    return hl_store_begin(user);
}

static int commit(void *user)
{
    return hl_store_commit(user);
}

static void rollback(void *user)
{
    hl_store_rollback(user);
}

static int counts(void *user, uint32_t contact, struct hl_ledger_counts *out)
{
    const struct hl_store *s = user;
    const struct hl_conv *conv = hl_convs_find(&s->convs, contact);

    if (!conv)
        return -ENOENT;
    *out = (struct hl_ledger_counts){
        .next_seq = conv->next_seq,
        .expected = conv->expected,
        .waiting = conv->waiting,
        .kept = conv->kept,
        .handed = conv->handed,
    };
    return 0;
}

static int next_waiting(void *user, uint32_t after, uint32_t *contact)
{
    const struct hl_store *s = user;
    const struct hl_conv *conv = hl_convs_after(&s->convs, after);

    while (conv && conv->waiting == 0)
        conv = hl_convs_after(&s->convs, conv->contact);
    if (!conv)
        return -ENOENT;
    *contact = conv->contact;
    return 0;
}

static int find(void *user, uint32_t contact, const uint8_t *id, struct hl_ledger_row *out)
{
    struct hl_loaded e;
    int err = hl_entries_get(user, HL_SQL_ENTRY_BY_ID,
                             HL_ARGS(HL_NUMBER(contact), HL_BYTES(id, HL_ID_SIZE)), &e);

    *out = e.e.row;
    return err;
}

static int queue(void *user, uint32_t contact, const struct hl_entry *e,
                 const struct hl_ledger_expiry *expiry, struct hl_ledger_row *out)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);

    if (!conv)
        return -ENOENT;
    return hl_entries_add(
        s, conv, &(struct hl_addition){.entry = e, .expiry = expiry, .state = HL_STATE_QUEUED},
        out);
}

static int take(void *user, uint32_t contact, const struct hl_entry *e, uint64_t pos,
                uint64_t expect, struct hl_ledger_row *out)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    int err;

    if (!conv)
        return -ENOENT;
    err = hl_entries_add(
        s, conv, &(struct hl_addition){.entry = e, .pos = pos, .state = HL_STATE_TAKEN}, out);
    if (err == 0)
        conv->expected = expect;
    return err;
}

/* What set_state() has to know of an entry. */
struct state {
    struct hl_conv *conv;
    int number;
    bool has_due;
};

static int get_state(struct hl_store *s, uint64_t row, struct state *out)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_ENTRY_STATE_GET, HL_ARGS(HL_NUMBER(row)), &stmt);

    if (err < 0)
        return err;
    err = hl_db_step(&s->db, stmt);
    if (err <= 0)
        return err < 0 ? err : -ENOENT;
    out->conv = hl_convs_find(&s->convs, (uint32_t)sqlite3_column_int64(stmt, 0));
    out->number = sqlite3_column_int(stmt, 1);
    out->has_due = sqlite3_column_type(stmt, 2) != SQLITE_NULL;
    hl_db_end(stmt);
    return out->conv ? 0 : -ENOENT;
}

static int set_state(void *user, uint64_t row, enum hl_entry_state state, int why)
{
    struct hl_store *s = user;
    bool waits = !hl_entry_state_last((int)state);
    struct state old;
    int err;

    if (state == HL_STATE_SENT) /* true of a session, which the store outlives */
        return 0;
    err = get_state(s, row, &old);
    if (err < 0)
        return err;
    if (old.number == HL_STATE_TAKEN || state == HL_STATE_TAKEN)
        return -ENOENT;
    old.conv->waiting -= !hl_entry_state_last(old.number);
    old.conv->waiting += waits;
    old.conv->dirty = true;
    if (old.has_due && state != HL_STATE_QUEUED)
        err = hl_db_run(&s->db, HL_SQL_ENTRY_NOT_DUE, HL_ARGS(HL_NUMBER(row)));
    if (err < 0)
        return err;
    return hl_db_run(&s->db, HL_SQL_ENTRY_STATE,
                     HL_ARGS(HL_NUMBER(row), HL_NUMBER(state), HL_NUMBER(why), HL_NUMBER(waits)));
}

static int set_read(void *user, uint32_t contact, uint64_t row)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);

    if (!conv)
        return -ENOENT;
    if (row > conv->read_row) {
        conv->read_row = row;
        conv->dirty = true;
    }
    return 0;
}

static int set_seen(void *user, uint32_t contact, uint64_t row)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    int64_t seen = 0;
    int err;

    if (!conv)
        return -ENOENT;
    if (row <= conv->seen_row)
        return 0;
    err =
        hl_db_number(&s->db, HL_SQL_UNREAD,
                     HL_ARGS(HL_NUMBER(contact), HL_NUMBER(conv->seen_row), HL_NUMBER(row)), &seen);
    if (err < 0)
        return err;
    conv->unread -= (uint64_t)seen;
    conv->seen_row = row;
    conv->dirty = true;
    return 0;
}

static int last_seen(void *user, uint32_t contact, struct hl_ledger_row *out)
{
    struct hl_store *s = user;
    const struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    struct hl_loaded e;
    int err;

    if (!conv || conv->seen_row == 0)
        return -ENOENT;
    err = hl_entries_get(s, HL_SQL_ENTRY_LAST_SEEN,
                         HL_ARGS(HL_NUMBER(contact), HL_NUMBER(conv->seen_row)), &e);
    *out = e.e.row;
    return err;
}

static int set_handed(void *user, uint32_t contact, uint64_t seq)
{
    const struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);

    if (!conv)
        return -ENOENT;
    conv->handed = seq;
    conv->dirty = true;
    return 0;
}

static int set_expected(void *user, uint32_t contact, uint64_t seq)
{
    const struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);

    if (!conv)
        return -ENOENT;
    conv->expected = seq;
    conv->dirty = true;
    return 0;
}

static int renumber(void *user, uint32_t contact)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    int64_t handed = 0;
    int err;

    if (!conv)
        return -ENOENT;
    err = hl_db_number(&s->db, HL_SQL_ENTRIES_HANDED,
                       HL_ARGS(HL_NUMBER(contact), HL_NUMBER(conv->handed)), &handed);
    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_ENTRIES_UNNUMBER, HL_ARGS(HL_NUMBER(contact)));
    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_ENTRIES_RENUMBER, HL_ARGS(HL_NUMBER(contact)));
    if (err < 0)
        return err;
    conv->handed = (uint64_t)handed;
    conv->next_seq = conv->waiting + 1;
    conv->dirty = true;
    return 0;
}

static int first_from(struct hl_store *s, enum hl_sql sql, const struct hl_arg args[2],
                      struct hl_entry *e, struct hl_ledger_row *row)
{
    struct hl_loaded found;
    int err = hl_entries_get(s, sql, args, 2, &found);

    err = err < 0 ? err : hl_entries_complete(s, &found);
    if (err < 0)
        return err;
    *e = found.e.entry;
    *row = found.e.row;
    return 0;
}

static int waiting(void *user, uint32_t contact, uint64_t from, struct hl_entry *e,
                   struct hl_ledger_row *row)
{
    const struct hl_arg args[] = {HL_NUMBER(contact), HL_NUMBER(from)};

    return first_from(user, HL_SQL_ENTRIES_WAITING, args, e, row);
}

static int numbered(void *user, uint32_t contact, uint64_t from, struct hl_entry *e,
                    struct hl_ledger_row *row)
{
    const struct hl_arg args[] = {HL_NUMBER(contact), HL_NUMBER(from)};

    return first_from(user, HL_SQL_ENTRIES_NUMBERED, args, e, row);
}

static int expired(void *user, int64_t now_us, struct hl_ledger_row *row, int64_t *next)
{
    struct hl_store *s = user;
    struct hl_loaded e;
    int err = hl_db_number(&s->db, HL_SQL_ENTRY_NEXT_DUE, HL_ARGS(HL_NUMBER(now_us)), next);

    if (err == -ENOENT)
        *next = INT64_MAX;
    else if (err < 0)
        return err;
    err = hl_entries_get(s, HL_SQL_ENTRY_EXPIRED, HL_ARGS(HL_NUMBER(now_us)), &e);
    *row = e.e.row;
    return err;
}

const struct hl_ledger hl_book_ledger = {
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .counts = counts,
    .next_waiting = next_waiting,
    .find = find,
    .queue = queue,
    .take = take,
    .set_state = set_state,
    .set_read = set_read,
    .set_seen = set_seen,
    .last_seen = last_seen,
    .set_handed = set_handed,
    .set_expected = set_expected,
    .renumber = renumber,
    .waiting = waiting,
    .numbered = numbered,
    .expired = expired,
    .gap_open = hl_gaps_open,
    .gap_find = hl_gaps_find,
    .gap_next = hl_gaps_next,
    .gap_drop = hl_gaps_drop,
};
