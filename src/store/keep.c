/* SPDX-License-Identifier: MIT */
/* Housekeeping: bodies whose time is up, and whether all is as it should be. */
#include "fts.h"
#include "store_inside.h"

#include "err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- pruning ---- */

static int prune_next(struct hl_store *s, const struct hl_arg args[3], uint64_t *row)
{
    struct hl_loaded e;
    struct hl_conv *conv;
    int err = hl_entries_get(s, HL_SQL_ENTRY_TO_PRUNE, args, 3, &e);

    if (err < 0)
        return err;
    conv = hl_convs_find(&s->convs, e.e.row.contact);
    *row = e.e.row.row;
    return hl_entries_change(s, conv, &e, (struct hl_bytes){NULL, 0}, e.marks);
}

static int prune(struct hl_store *s, uint32_t contact, int64_t before_ms, uint64_t *count)
{
    uint64_t row = 0;
    int err;

    for (;;) {
        const struct hl_arg args[] = {HL_NUMBER(row), HL_NUMBER(contact), HL_NUMBER(before_ms)};

        err = prune_next(s, args, &row);
        if (err < 0)
            break;
        (*count)++;
    }
    return err == -ENOENT ? 0 : err;
}

int hl_store_prune(struct hl_store *s, uint32_t contact, int64_t before_ms, uint64_t *count)
{
    bool own;
    int err = hl_store_enter(s, &own);

    *count = 0;
    return err < 0 ? err : hl_store_leave(s, own, prune(s, contact, before_ms, count));
}

/* ---- checking ---- */

static int say(char why[static HL_STORE_WHY], const struct hl_store *s)
{
    snprintf(why, HL_STORE_WHY, "%s", s->db.why);
    return s->db.err;
}

/* SQLite's own check: pages, indexes, references. */
static int check_database(struct hl_store *s)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_CHECK, HL_NO_ARGS, &stmt);

    err = err < 0 ? err : hl_db_step(&s->db, stmt);
    if (err < 0)
        return err;
    if (sqlite3_stricmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0)
        err = hl_db_wrong(&s->db, HL_ERR_STORE_DAMAGED, "%s", sqlite3_column_text(stmt, 0));
    hl_db_end(stmt);
    return err < 0 ? err : 0;
}

/* Every entry makes sense, and opens in a sealed store. */
static int check_entries(struct hl_store *s)
{
    struct hl_loaded e;
    sqlite3_stmt *stmt;
    int err =
        hl_db_start(&s->db, HL_SQL_ENTRIES_AFTER, HL_ARGS(HL_NUMBER(0), HL_NUMBER(-1)), &stmt);

    if (err < 0)
        return err;
    while ((err = hl_db_step(&s->db, stmt)) > 0) {
        err = hl_entries_load(s, stmt, &e);
        if (err < 0) {
            hl_db_end(stmt);
            return err;
        }
    }
    return err;
}

static int check_conversation(struct hl_store *s, const struct hl_conv *conv)
{
    struct hl_conv counted = *conv;
    int64_t pos = 0, seq = 0;
    int err = hl_convs_count(&counted, &s->db, s->seal);

    if (err == 0)
        err = hl_db_number(&s->db, HL_SQL_CONVERSATION_LAST_POS, HL_ARGS(HL_NUMBER(conv->contact)),
                           &pos);
    if (err == 0)
        err = hl_db_number(&s->db, HL_SQL_CONVERSATION_LAST_SEQ, HL_ARGS(HL_NUMBER(conv->contact)),
                           &seq);
    if (err < 0)
        return err;
    if (counted.waiting != conv->waiting || counted.kept != conv->kept ||
        counted.texts != conv->texts || counted.unread != conv->unread ||
        counted.missing != conv->missing || (uint64_t)pos >= conv->next_pos ||
        (uint64_t)seq >= conv->next_seq)
        return hl_db_wrong(&s->db, HL_ERR_STORE_DAMAGED,
                           "the numbers of contact %" PRIu32 " are not those of its entries",
                           conv->contact);
    return 0;
}

int hl_store_check(struct hl_store *s, char why[static HL_STORE_WHY])
{
    int err = hl_store_ready(s);

    err = err < 0 ? err : check_database(s);
    err = err < 0 ? err : check_entries(s);
    for (size_t i = 0; i < s->convs.count && err == 0; i++)
        err = check_conversation(s, &s->convs.at[i]);
    if (err == 0 && s->indexed > 0)
        err = hl_db_exec(&s->db, "INSERT INTO search (search) VALUES ('integrity-check')");
    why[0] = '\0';
    return err < 0 ? say(why, s) : 0;
}
