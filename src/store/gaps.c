/* SPDX-License-Identifier: MIT */
/* Gaps: numbers of the peer's entries that did not come, and the places that are kept for them. */
#include "store_inside.h"

#include <errno.h>

static int add(struct hl_store *s, struct hl_conv *conv, const struct hl_ledger_gap *gap)
{
    if (gap->count == 0)
        return 0;
    conv->missing += gap->count;
    conv->dirty = true;
    return hl_db_run(&s->db, HL_SQL_GAP_ADD,
                     HL_ARGS(HL_NUMBER(conv->contact), HL_NUMBER(gap->from), HL_NUMBER(gap->count),
                             HL_NUMBER(gap->pos)));
}

static int get(struct hl_store *s, enum hl_sql sql, uint32_t contact, uint64_t number,
               struct hl_ledger_gap *out)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, sql, HL_ARGS(HL_NUMBER(contact), HL_NUMBER(number)), &stmt);

    if (err < 0)
        return err;
    err = hl_db_step(&s->db, stmt);
    if (err <= 0)
        return err < 0 ? err : -ENOENT;
    out->from = (uint64_t)sqlite3_column_int64(stmt, 0);
    out->count = (uint64_t)sqlite3_column_int64(stmt, 1);
    out->pos = (uint64_t)sqlite3_column_int64(stmt, 2);
    hl_db_end(stmt);
    return 0;
}

int hl_gaps_open(void *user, uint32_t contact, uint64_t from, uint64_t count)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    int err;

    if (!conv)
        return -ENOENT;
    /* Numbers fit into 62 bits, and no number is missing twice: places do not run out. */
    err =
        add(s, conv, &(struct hl_ledger_gap){.from = from, .count = count, .pos = conv->next_pos});
    conv->next_pos += count;
    return err;
}

int hl_gaps_find(void *user, uint32_t contact, uint64_t seq, struct hl_ledger_gap *out)
{
    int err = get(user, HL_SQL_GAP_BEFORE, contact, seq, out);

    if (err < 0)
        return err;
    return seq - out->from < out->count ? 0 : -ENOENT;
}

int hl_gaps_next(void *user, uint32_t contact, uint64_t from, struct hl_ledger_gap *out)
{
    int err = hl_gaps_find(user, contact, from, out);

    return err == -ENOENT ? get(user, HL_SQL_GAP_AFTER, contact, from, out) : err;
}

/* Takes the numbers from ... end - 1 out of the gap, which they touch. */
static int cut(struct hl_store *s, struct hl_conv *conv, const struct hl_ledger_gap *gap,
               uint64_t from, uint64_t end)
{
    uint64_t gap_end = gap->from + gap->count;
    struct hl_ledger_gap left = *gap, right = *gap;
    int err = hl_db_run(&s->db, HL_SQL_GAP_DELETE,
                        HL_ARGS(HL_NUMBER(conv->contact), HL_NUMBER(gap->from)));

    if (err < 0)
        return err;
    conv->missing -= gap->count;
    conv->dirty = true;
    left.count = from > gap->from ? from - gap->from : 0;
    right.count = end < gap_end ? gap_end - end : 0;
    right.from = gap_end - right.count;
    right.pos = gap->pos + gap->count - right.count;
    err = add(s, conv, &left);
    return err < 0 ? err : add(s, conv, &right);
}

int hl_gaps_drop(void *user, uint32_t contact, uint64_t from, uint64_t count)
{
    struct hl_store *s = user;
    struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    uint64_t end = count < UINT64_MAX - from ? from + count : UINT64_MAX;
    struct hl_ledger_gap gap;
    int err;

    if (!conv)
        return -ENOENT;
    err = hl_gaps_next(s, contact, from, &gap);
    while (err == 0 && gap.from < end) {
        err = cut(s, conv, &gap, from, end);
        err = err < 0 ? err : hl_gaps_next(s, contact, from, &gap);
    }
    return err == -ENOENT ? 0 : err;
}
