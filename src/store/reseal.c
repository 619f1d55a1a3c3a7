/* SPDX-License-Identifier: MIT */
/* A store under another key: all rows are copied into a new file, which then takes the place of the
 * old one by its name. Until then the old one is as it was, and after that no file holds anything
 * in the old form: neither free pages nor a log. */
#include "store_inside.h"

#include "err.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    COLUMNS_MAX = 17,
};

/* Column 0 is the row that sealed columns are bound to. */
static const struct table {
    const char *name;
    int columns;
    enum hl_sealed sealed[COLUMNS_MAX];
} tables[] = {
    {"contact",
     9,
     {[2] = HL_SEALED_KEY, HL_SEALED_NEW_KEY, HL_SEALED_NAME, HL_SEALED_NICK, HL_SEALED_NOTE}},
    {"address", 4, {[2] = HL_SEALED_ADDRESS}},
    {"conversation", 13, {HL_SEALED_NOT}},
    {"entry", 17, {[16] = HL_SEALED_BODY}},
    {"gap", 4, {HL_SEALED_NOT}},
    {"stash", 4, {[3] = HL_SEALED_STASH}},
};

struct copy {
    struct hl_store *from, *to;
    const struct table *table;
    sqlite3_stmt *get, *put;
};

static int prepare(struct hl_db *db, const char *sql, sqlite3_stmt **out)
{
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, out, NULL);

    return rc == SQLITE_OK ? 0 : hl_db_fail(db, rc);
}

static int copy_column(const struct copy *c, int column)
{
    enum hl_sealed sealed = c->table->sealed[column];
    uint64_t row = (uint64_t)sqlite3_column_int64(c->get, 0);
    struct hl_bytes stored, plain = {c->from->body, 0};
    int rc;

    if (!sealed) {
        rc = sqlite3_bind_value(c->put, column + 1, sqlite3_column_value(c->get, column));
        return rc == SQLITE_OK ? 0 : hl_db_fail(&c->to->db, rc);
    }
    stored = hl_db_column(c->get, column);
    if (!hl_seal_get(c->from->seal, sealed, row, stored, c->from->body, sizeof c->from->body,
                     &plain.len))
        return hl_store_damaged(c->from, c->table->name, row);
    stored = hl_seal_put(c->to->seal, sealed, row, plain, c->to->sealed);
    rc = stored.len
             ? sqlite3_bind_blob(c->put, column + 1, stored.at, (int)stored.len, SQLITE_TRANSIENT)
             : sqlite3_bind_zeroblob(c->put, column + 1, 0);
    return rc == SQLITE_OK ? 0 : hl_db_fail(&c->to->db, rc);
}

static int copy_rows(const struct copy *c)
{
    int err;

    while ((err = hl_db_step(&c->from->db, c->get)) > 0) {
        err = 0;
        for (int i = 0; i < c->table->columns && err == 0; i++)
            err = copy_column(c, i);
        err = err < 0 ? err : hl_db_step(&c->to->db, c->put);
        if (err < 0)
            break;
    }
    return err;
}

static int copy_table(struct hl_store *from, struct hl_store *to, const struct table *table)
{
    struct copy c = {.from = from, .to = to, .table = table};
    char sql[128];
    int len, err;

    snprintf(sql, sizeof sql, "SELECT * FROM %s", table->name);
    err = prepare(&from->db, sql, &c.get);
    len = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table->name);
    for (int i = 1; i < table->columns; i++)
        len += snprintf(sql + len, sizeof sql - (size_t)len, ", ?");
    snprintf(sql + len, sizeof sql - (size_t)len, ")");
    err = err < 0 ? err : prepare(&to->db, sql, &c.put);
    err = err < 0 ? err : copy_rows(&c);
    sqlite3_finalize(c.get);
    sqlite3_finalize(c.put);
    return err;
}

static int copy_numbers(struct hl_store *from, struct hl_store *to)
{
    int err = hl_db_run(&to->db, HL_SQL_STORE_SHOWN, HL_ARGS(HL_NUMBER(from->shown)));

    if (err == 0)
        err = hl_db_run(&to->db, HL_SQL_STORE_LAST_ROW, HL_ARGS(HL_NUMBER(from->next_row - 1)));
    if (err == 0)
        err = hl_db_run(&to->db, HL_SQL_STORE_LAST_CONTACT,
                        HL_ARGS(HL_NUMBER(from->next_contact - 1)));
    return err;
}

/* The new file is of no use before it is complete: it needs no log meanwhile. (No journal at all is
 * refused, silently, to a connection that is DEFENSIVE.) */
static int copy_all(struct hl_store *from, struct hl_store *to)
{
    int err = hl_db_exec(&to->db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");

    err = err < 0 ? err : hl_db_begin(&to->db);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && err == 0; i++)
        err = copy_table(from, to, &tables[i]);
    err = err < 0 ? err : copy_numbers(from, to);
    err = err < 0 ? err : hl_db_commit(&to->db);
    return err < 0 ? err : hl_db_exec(&to->db, "PRAGMA journal_mode = WAL");
}

/* ---- files ---- */

/* Leaves nothing in the log: that of the old file would be taken for the new one's, and that of the
 * new one stays behind when its file is renamed. Closing does the same, but does not say whether it
 * could. */
static int empty_log(struct hl_store *s)
{
    int64_t busy = 0;
    int err = hl_db_ask(&s->db, "PRAGMA wal_checkpoint(TRUNCATE)", &busy);

    if (err == 0 && busy)
        err = hl_db_wrong(&s->db, HL_ERR_STORAGE, "the log cannot be emptied");
    return err;
}

static int sync_path(struct hl_db *db, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    int err = 0;

    if (fd < 0 || fsync(fd) < 0)
        err = hl_db_wrong(db, -EIO, "%s: %s", path, hl_err_text(-errno));
    if (fd >= 0)
        close(fd);
    return err;
}

static void remove_file(const char *path, const char *suffix)
{
    char *name;

    if (asprintf(&name, "%s%s", path, suffix) < 0)
        return;
    unlink(name);
    free(name);
}

void hl_store_remove_copy(const char *path)
{
    remove_file(path, HL_STORE_COPY);
    remove_file(path, HL_STORE_COPY "-wal");
    remove_file(path, HL_STORE_COPY "-journal");
}

static int make_copy(struct hl_store *s, const char *path, const uint8_t *seal)
{
    const struct hl_store_config config = {.path = path, .seal = seal};
    char why[HL_STORE_WHY];
    struct hl_store *copy;
    int err = hl_store_open(&config, &copy, why);

    if (err < 0)
        return hl_db_wrong(&s->db, err, "%s", why);
    err = copy_all(s, copy);
    err = err < 0 ? err : empty_log(copy);
    if (err < 0 && copy->db.err < 0)
        hl_db_wrong(&s->db, err, "%s", copy->db.why);
    hl_store_close(copy);
    return err < 0 ? err : sync_path(&s->db, path, O_RDONLY);
}

/* The one moment: before it the store is the old file, after it the new one. */
static int take_place(struct hl_store *s, const char *copy, struct hl_seal **seal)
{
    struct hl_seal *old = s->seal;
    char *directory;
    int err;

    hl_db_close(&s->db, true);
    remove_file(s->path, "-wal");
    if (rename(copy, s->path) < 0)
        return hl_db_wrong(&s->db, -EIO, "%s: %s", copy, hl_err_text(-errno));
    s->seal = *seal;
    *seal = old;
    directory = strdup(s->path);
    if (!directory)
        return hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    err = sync_path(&s->db, dirname(directory), O_RDONLY | O_DIRECTORY);
    free(directory);
    return err;
}

int hl_store_reseal(struct hl_store *s, const uint8_t *key)
{
    char why[sizeof s->db.why];
    struct hl_seal *seal;
    char *copy;
    int err, opened;

    assert(!hl_db_inside(&s->db));
    if (hl_seal_new(key, &seal) < 0)
        return hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    if (asprintf(&copy, "%s" HL_STORE_COPY, s->path) < 0) {
        hl_seal_free(seal);
        return hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    }
    hl_store_remove_copy(s->path);
    err = make_copy(s, copy, key);
    err = err < 0 ? err : empty_log(s);
    err = err < 0 ? err : take_place(s, copy, &seal);
    if (err < 0)
        hl_store_remove_copy(s->path);
    hl_seal_free(seal);
    free(copy);
    memcpy(why, s->db.why, sizeof why); /* opening begins anew, with nothing to tell */
    opened = hl_store_reopen(s);
    return err < 0 ? hl_db_wrong(&s->db, err, "%s", why) : opened;
}
