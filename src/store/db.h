/* SPDX-License-Identifier: MIT */
/* One connection to SQLite: errors in our numbers, statements prepared once (sql.h), transactions.
 * Knows nothing of what the tables mean. One thread. */
#ifndef HL_DB_H
#define HL_DB_H

#include "bytes.h"
#include "sql.h"
#include "store.h"

#include <sqlite3.h>

struct hl_db {
    sqlite3 *handle; /* NULL after a failure to open: every call fails with err */
    sqlite3_stmt *stmts[HL_SQL_COUNT];
    int err;
    bool suspect; /* the disk failed: open again before the next transaction */
    char why[HL_STORE_WHY];
};

/* What is bound to ?1, ?2 ... of a statement; borrowed until it has ended. */
struct hl_arg {
    const void *at; /* bytes, or NULL: the number */
    int64_t number; /* or how many bytes */
    bool null;
};

#define HL_NUMBER(n)      ((struct hl_arg){.number = (int64_t)(n)})
#define HL_BYTES(from, n) hl_db_bytes(from, n)
#define HL_NULL           ((struct hl_arg){.null = true})
#define HL_ARGS(...)                                                                               \
    (const struct hl_arg[]){__VA_ARGS__},                                                          \
        sizeof((const struct hl_arg[]){__VA_ARGS__}) / sizeof(struct hl_arg)
#define HL_NO_ARGS NULL, 0

struct hl_arg hl_db_bytes(const void *at, size_t len); /* of no bytes, too */

/* Exclusive to this process from the first statement on. On failure db.why says why. */
int hl_db_open(struct hl_db *db, const char *path, bool read_only)
    __attribute__((warn_unused_result));
/* Rolls back what is open. keep: leaves the file as it is, and what its log holds in the log. */
void hl_db_close(struct hl_db *db, bool keep);

/* Notes what sqlite3_...() returned as err and why. */
int hl_db_fail(struct hl_db *db, int rc);
/* Notes a failure that SQLite does not know of. */
int hl_db_wrong(struct hl_db *db, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Statements that are not worth keeping. */
int hl_db_exec(struct hl_db *db, const char *sql) __attribute__((warn_unused_result));
/* The number that sql's first row begins with; 0 if there is no row. */
int hl_db_ask(struct hl_db *db, const char *sql, int64_t *out) __attribute__((warn_unused_result));

/* Prepares the statement if this is its first use, and binds args. Step it until it returns 0, or
 * end it. One use at a time. */
int hl_db_start(struct hl_db *db, enum hl_sql sql, const struct hl_arg *args, size_t count,
                sqlite3_stmt **out) __attribute__((warn_unused_result));
/* 1: a row; 0: no more; or an error. The statement has ended unless there was a row. */
int hl_db_step(struct hl_db *db, sqlite3_stmt *stmt) __attribute__((warn_unused_result));
void hl_db_end(sqlite3_stmt *stmt);
/* Starts and ends a statement that has no rows. */
int hl_db_run(struct hl_db *db, enum hl_sql sql, const struct hl_arg *args, size_t count)
    __attribute__((warn_unused_result));
/* The first column of its only row; -ENOENT. */
int hl_db_number(struct hl_db *db, enum hl_sql sql, const struct hl_arg *args, size_t count,
                 int64_t *out) __attribute__((warn_unused_result));
struct hl_bytes hl_db_column(sqlite3_stmt *stmt, int column);
uint64_t hl_db_changes(struct hl_db *db); /* rows that the last statement changed */

/* Gives the memory of cached pages back to the system if they take more than keep bytes. */
void hl_db_shrink(struct hl_db *db, int keep);

bool hl_db_inside(const struct hl_db *db); /* a transaction is open */
int hl_db_begin(struct hl_db *db) __attribute__((warn_unused_result));
int hl_db_commit(struct hl_db *db) __attribute__((warn_unused_result));
void hl_db_rollback(struct hl_db *db);

#endif
