/* SPDX-License-Identifier: MIT */
#include "db.h"

#include "err.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUSY_MS = 2000, /* a reader of another process, such as the sqlite3 shell, gets that long */
};

static const char *const texts[HL_SQL_COUNT] = {
#define HL_SQL_TEXT(name, text) text,
    HL_SQL_LIST(HL_SQL_TEXT)
#undef HL_SQL_TEXT
};

/* What the system said to SQLite, 0 if nothing that belongs to rc. SQLite notes errno where it
 * could not open a file and at I/O errors, and keeps it until the next of these. At I/O errors it
 * may come from a call in between, that looked for a log which is not there, say: what a disk does
 * not say is none of its words. */
static int system_errno(const struct hl_db *db, int rc)
{
    int code = sqlite3_system_errno(db->handle);

    switch (rc & 0xff) {
    case SQLITE_CANTOPEN:
        return code;
    case SQLITE_IOERR:
        return hl_err_class(-code) == HL_CLASS_STORAGE ? code : 0;
    default:
        return 0;
    }
}

/* Class STORAGE alone, so that nobody takes a missing directory for a missing row. */
static int system_error(const struct hl_db *db, int rc, int otherwise)
{
    int err = -system_errno(db, rc);

    return hl_err_class(err) == HL_CLASS_STORAGE ? err : otherwise;
}

static int our_error(const struct hl_db *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return HL_ERR_STORE_DAMAGED;
    case SQLITE_IOERR:
        return rc == SQLITE_IOERR_NOMEM ? -ENOMEM : system_error(db, rc, -EIO);
    default:
        return system_error(db, rc, HL_ERR_STORAGE);
    }
}

int hl_db_fail(struct hl_db *db, int rc)
{
    int code = system_errno(db, rc);
    const char *system = code ? strerrordesc_np(code) : NULL;
    const char *said = sqlite3_errmsg(db->handle);

    db->err = our_error(db, rc);
    db->suspect = true;
    if (db->err == -ENOSPC)
        snprintf(db->why, sizeof db->why, "disk full");
    else if (rc == SQLITE_BUSY)
        snprintf(db->why, sizeof db->why, "another program has the store open");
    else if (system && db->err != HL_ERR_STORE_DAMAGED)
        snprintf(db->why, sizeof db->why, "%s (%s)", said, system);
    else
        snprintf(db->why, sizeof db->why, "%s", said);
    return db->err;
}

int hl_db_wrong(struct hl_db *db, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(db->why, sizeof db->why, format, args);
    va_end(args);
    db->err = err;
    return err;
}

struct hl_arg hl_db_bytes(const void *at, size_t len)
{
    return (struct hl_arg){.at = len ? at : "", .number = (int64_t)len};
}

/* An exclusive lock is a write lock, which a file opened for reading cannot have; and a log cannot
 * be read without a lock. But where there is no log, nobody is writing. NULL: out of memory. */
static char *reading_uri(const char *path)
{
    char *uri = malloc(3 * strlen(path) + 32), *at = uri;

    if (!uri)
        return NULL;
    at = stpcpy(at, "file:");
    for (; *path; path++) {
        if (strchr("?#%", *path))
            at += sprintf(at, "%%%02x", (unsigned char)*path);
        else
            *at++ = *path;
    }
    strcpy(at, "?immutable=1");
    return uri;
}

static bool has_log(const char *path)
{
    char *name;
    bool has;

    if (asprintf(&name, "%s-wal", path) < 0)
        return true;
    has = access(name, F_OK) == 0;
    free(name);
    return has;
}

static int open_reading(struct hl_db *db, const char *path)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    char *uri;
    int rc;

    if (has_log(path))
        return sqlite3_open_v2(path, &db->handle, flags, NULL);
    uri = reading_uri(path);
    if (!uri)
        return SQLITE_NOMEM;
    rc = sqlite3_open_v2(uri, &db->handle, flags | SQLITE_OPEN_URI, NULL);
    free(uri);
    return rc;
}

static int open_writing(struct hl_db *db, const char *path)
{
    int rc =
        sqlite3_open_v2(path, &db->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db->handle, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    return rc;
}

int hl_db_open(struct hl_db *db, const char *path, bool read_only)
{
    int rc;

    *db = (struct hl_db){.handle = NULL};
    /* Counting its memory costs SQLite a lock at each allocation. Refused once it has begun. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    rc = read_only ? open_reading(db, path) : open_writing(db, path);
    if (rc != SQLITE_OK) {
        hl_db_fail(db, rc);
        hl_db_close(db, true);
        return db->err;
    }
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    /* Nothing is written into a store before it is known to be one of ours. */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return 0;
}

void hl_db_close(struct hl_db *db, bool keep)
{
    if (!db->handle)
        return;
    for (int i = 0; i < HL_SQL_COUNT; i++) {
        sqlite3_finalize(db->stmts[i]);
        db->stmts[i] = NULL;
    }
    if (!keep)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    sqlite3_close(db->handle);
    db->handle = NULL;
}

int hl_db_exec(struct hl_db *db, const char *sql)
{
    int rc;

    if (!db->handle)
        return db->err;
    rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : hl_db_fail(db, rc);
}

int hl_db_ask(struct hl_db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *stmt;
    int rc;

    if (!db->handle)
        return db->err;
    rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);
    if (rc != SQLITE_OK)
        return hl_db_fail(db, rc);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        hl_db_fail(db, rc);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db->err;
}

static int bind(sqlite3_stmt *stmt, int at, const struct hl_arg *arg)
{
    if (arg->null)
        return sqlite3_bind_null(stmt, at);
    if (arg->at)
        return sqlite3_bind_blob(stmt, at, arg->at, (int)arg->number, SQLITE_STATIC);
    return sqlite3_bind_int64(stmt, at, arg->number);
}

int hl_db_start(struct hl_db *db, enum hl_sql sql, const struct hl_arg *args, size_t count,
                sqlite3_stmt **out)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;

    if (!db->handle)
        return db->err;
    if (!db->stmts[sql])
        rc = sqlite3_prepare_v3(db->handle, texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
                                &db->stmts[sql], NULL);
    stmt = db->stmts[sql];
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++)
        rc = bind(stmt, (int)i + 1, &args[i]);
    if (rc != SQLITE_OK)
        return hl_db_fail(db, rc);
    *out = stmt;
    return 0;
}

int hl_db_step(struct hl_db *db, sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        hl_db_fail(db, rc);
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? 0 : db->err;
}

void hl_db_end(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
}

int hl_db_run(struct hl_db *db, enum hl_sql sql, const struct hl_arg *args, size_t count)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(db, sql, args, count, &stmt);

    return err < 0 ? err : hl_db_step(db, stmt);
}

int hl_db_number(struct hl_db *db, enum hl_sql sql, const struct hl_arg *args, size_t count,
                 int64_t *out)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(db, sql, args, count, &stmt);

    if (err < 0)
        return err;
    err = hl_db_step(db, stmt);
    if (err <= 0)
        return err < 0 ? err : -ENOENT;
    *out = sqlite3_column_int64(stmt, 0);
    hl_db_end(stmt);
    return 0;
}

struct hl_bytes hl_db_column(sqlite3_stmt *stmt, int column)
{
    const void *at = sqlite3_column_blob(stmt, column);

    return (struct hl_bytes){at, (size_t)sqlite3_column_bytes(stmt, column)};
}

void hl_db_shrink(struct hl_db *db, int keep)
{
    int used = 0;
    int most;

    if (!db->handle ||
        sqlite3_db_status(db->handle, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0) != SQLITE_OK ||
        used <= keep)
        return;
    sqlite3_db_release_memory(db->handle);
    malloc_trim(0); /* pages are allocated one by one: without it they stay ours */
}

uint64_t hl_db_changes(struct hl_db *db)
{
    return (uint64_t)sqlite3_changes64(db->handle);
}

bool hl_db_inside(const struct hl_db *db)
{
    return db->handle && !sqlite3_get_autocommit(db->handle);
}

int hl_db_begin(struct hl_db *db)
{
    return hl_db_run(db, HL_SQL_BEGIN, HL_NO_ARGS);
}

int hl_db_commit(struct hl_db *db)
{
    return hl_db_run(db, HL_SQL_COMMIT, HL_NO_ARGS);
}

void hl_db_rollback(struct hl_db *db)
{
    if (hl_db_inside(db) && hl_db_run(db, HL_SQL_ROLLBACK, HL_NO_ARGS) < 0)
        db->suspect = true;
}
