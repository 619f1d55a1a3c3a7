/* SPDX-License-Identifier: MIT */
#include "convs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where that contact is, or would be. */
static size_t place(const struct hl_convs *c, uint32_t contact)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->at[middle].contact < contact)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct hl_conv *hl_convs_find(const struct hl_convs *c, uint32_t contact)
{
    size_t i = place(c, contact);

    return i < c->count && c->at[i].contact == contact ? &c->at[i] : NULL;
}

struct hl_conv *hl_convs_after(const struct hl_convs *c, uint32_t contact)
{
    size_t i = contact == UINT32_MAX ? c->count : place(c, contact + 1);

    return i < c->count ? &c->at[i] : NULL;
}

static int grow(struct hl_convs *c)
{
    size_t cap = c->cap ? 2 * c->cap : 16;
    struct hl_conv *at;

    if (c->count < c->cap)
        return 0;
    at = reallocarray(c->at, cap, sizeof *at);
    if (!at)
        return -ENOMEM;
    c->at = at;
    c->cap = cap;
    return 0;
}

int hl_convs_add(struct hl_convs *c, uint32_t contact)
{
    if (grow(c) < 0)
        return -ENOMEM;
    c->at[c->count++] =
        (struct hl_conv){.contact = contact, .next_seq = 1, .expected = 1, .next_pos = 1};
    return 0;
}

void hl_convs_remove(struct hl_convs *c, uint32_t contact)
{
    struct hl_conv *conv = hl_convs_find(c, contact);

    if (!conv)
        return;
    c->count--;
    memmove(conv, conv + 1, (size_t)(c->at + c->count - conv) * sizeof *conv);
}

static void take_row(struct hl_conv *conv, sqlite3_stmt *stmt)
{
    uint64_t *const numbers[] = {
        &conv->next_seq, &conv->expected, &conv->next_pos, &conv->handed,
        &conv->waiting,  &conv->kept,     &conv->texts,    &conv->unread,
        &conv->missing,  &conv->seen_row, &conv->read_row,
    };
    int column = 1;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i] = (uint64_t)sqlite3_column_int64(stmt, column++);
    conv->last_ms = sqlite3_column_int64(stmt, column);
}

int hl_convs_load(struct hl_convs *c, struct hl_db *db)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(db, HL_SQL_CONVERSATIONS, HL_NO_ARGS, &stmt);

    if (err < 0)
        return err;
    c->count = 0;
    while ((err = hl_db_step(db, stmt)) > 0) {
        if (hl_convs_add(c, (uint32_t)sqlite3_column_int64(stmt, 0)) < 0) {
            hl_db_end(stmt);
            return hl_db_wrong(db, -ENOMEM, "out of memory");
        }
        take_row(&c->at[c->count - 1], stmt);
    }
    return err;
}

void hl_convs_fini(struct hl_convs *c)
{
    free(c->at);
    *c = (struct hl_convs){NULL, 0, 0};
}

static int write_one(const struct hl_conv *c, struct hl_db *db)
{
    return hl_db_run(db, HL_SQL_CONVERSATION_SET,
                     HL_ARGS(HL_NUMBER(c->contact), HL_NUMBER(c->next_seq), HL_NUMBER(c->expected),
                             HL_NUMBER(c->next_pos), HL_NUMBER(c->handed), HL_NUMBER(c->waiting),
                             HL_NUMBER(c->kept), HL_NUMBER(c->texts), HL_NUMBER(c->unread),
                             HL_NUMBER(c->missing), HL_NUMBER(c->seen_row), HL_NUMBER(c->read_row),
                             HL_NUMBER(c->last_ms)));
}

int hl_convs_write(struct hl_convs *c, struct hl_db *db)
{
    for (size_t i = 0; i < c->count; i++) {
        int err;

        if (!c->at[i].dirty)
            continue;
        err = write_one(&c->at[i], db);
        if (err < 0)
            return err;
        c->at[i].dirty = false;
    }
    return 0;
}

int hl_convs_count(struct hl_conv *conv, struct hl_db *db, const struct hl_seal *seal)
{
    sqlite3_stmt *stmt;
    int64_t missing = 0;
    int err =
        hl_db_number(db, HL_SQL_CONVERSATION_GAPS, HL_ARGS(HL_NUMBER(conv->contact)), &missing);

    err = err < 0
              ? err
              : hl_db_start(db, HL_SQL_CONVERSATION_COUNT,
                            HL_ARGS(HL_NUMBER(conv->contact), HL_NUMBER(conv->seen_row)), &stmt);
    err = err < 0 ? err : hl_db_step(db, stmt);
    if (err < 0)
        return err;
    conv->missing = (uint64_t)missing;
    conv->texts = (uint64_t)sqlite3_column_int64(stmt, 0);
    conv->unread = (uint64_t)sqlite3_column_int64(stmt, 1);
    conv->waiting = (uint64_t)sqlite3_column_int64(stmt, 2);
    conv->kept = (uint64_t)sqlite3_column_int64(stmt, 3);
    conv->kept += (uint64_t)sqlite3_column_int64(stmt, 5) * HL_LEDGER_ENTRY;
    if (seal)
        conv->kept -= (uint64_t)sqlite3_column_int64(stmt, 4) * HL_SEAL_EXTRA;
    hl_db_end(stmt);
    return 0;
}
