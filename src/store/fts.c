/* SPDX-License-Identifier: MIT */
#include "fts.h"

#include "clock.h"
#include "err.h"
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIDY_ENTRIES = 2000,  /* taken in by one call, at most */
    IDLE_CACHE = 1 << 20, /* bytes of the database that are kept in memory for the next entries */
};

/* Whoever calls us has nothing to do, but may have at any moment. To write what was taken in, and
 * to merge it with what was there before, takes several times as long. */
#define TIDY_FOR HL_MS(4)

/* ---- words, for FTS5 ---- */

static int tokenizer_new(void *context, const char **args, int count, Fts5Tokenizer **out)
{
    (void)args;
    (void)count;
    *out = context; /* there is no state; but it must not be NULL */
    return SQLITE_OK;
}

static void tokenizer_free(Fts5Tokenizer *tokenizer)
{
    (void)tokenizer;
}

/* What FTS5 wants to be told of each word. */
struct told {
    int (*each)(void *context, int flags, const char *word, int len, int from, int to);
    void *context;
};

/* Words of a query are told apart by hl_query_fts(). */
static int tokenize_query(const struct told *told, const char *text, int len)
{
    int rc = SQLITE_OK;

    for (int from = 0, to; rc == SQLITE_OK && from < len; from = to + 1) {
        for (to = from; to < len && text[to] != ' ';)
            to++;
        if (to > from)
            rc = told->each(told->context, 0, text + from, to - from, from, to);
    }
    return rc;
}

/* Of characters that are words, each is told with the one behind it: two that are common but never
 * side by side are not looked for in all texts that have both. */
static int tokenize_text(const struct told *told, struct hl_bytes text)
{
    char pair[2 * HL_WORD_MAX + 1];
    size_t len = 0, from = 0, to = 0;
    struct hl_words w;
    int rc = SQLITE_OK;

    hl_words_init(&w, text);
    while (rc == SQLITE_OK && hl_words_next(&w)) {
        if (len > 0 && w.alone) {
            memcpy(pair + len, w.word, w.len);
            len += w.len;
        }
        if (len > 0)
            rc = told->each(told->context, 0, pair, (int)len, (int)from, (int)to);
        len = 0;
        if (w.alone) {
            memcpy(pair, w.word, w.len);
            pair[w.len] = HL_WORDS_PAIR;
            len = w.len + 1;
            from = w.from;
            to = w.to;
        } else if (rc == SQLITE_OK) {
            rc = told->each(told->context, 0, w.word, (int)w.len, (int)w.from, (int)w.to);
        }
    }
    if (rc == SQLITE_OK && len > 0)
        rc = told->each(told->context, 0, pair, (int)len, (int)from, (int)to);
    return rc;
}

static int tokenize(Fts5Tokenizer *tokenizer, void *context, int flags, const char *text, int len,
                    int (*each)(void *, int, const char *, int, int, int))
{
    struct told told = {each, context};

    (void)tokenizer;
    if (flags & FTS5_TOKENIZE_QUERY)
        return tokenize_query(&told, text, len);
    return tokenize_text(&told, (struct hl_bytes){(const uint8_t *)text, (size_t)len});
}

static int find_api(struct hl_db *db, fts5_api **out)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(db->handle, "SELECT fts5(?1)", -1, &stmt, NULL);

    *out = NULL;
    if (rc != SQLITE_OK)
        return hl_db_fail(db, rc);
    sqlite3_bind_pointer(stmt, 1, out, "fts5_api_ptr", NULL);
    sqlite3_step(stmt);
    rc = sqlite3_finalize(stmt);
    if (rc != SQLITE_OK)
        return hl_db_fail(db, rc);
    return *out ? 0 : hl_db_wrong(db, HL_ERR_STORAGE, "SQLite has no full-text search");
}

int hl_fts_register(struct hl_db *db)
{
    fts5_tokenizer tokenizer = {tokenizer_new, tokenizer_free, tokenize};
    fts5_api *api;
    int err = find_api(db, &api);
    int rc;

    if (err < 0)
        return err;
    rc = api->xCreateTokenizer(api, "hullo", db, &tokenizer, NULL);
    return rc == SQLITE_OK ? 0 : hl_db_fail(db, rc);
}

/* ---- the table ---- */

/* body: text; who: "c" and the number of the contact, a word like others, so that a search in one
 * conversation does not wade through all. Prefixes of up to HL_WORDS_BEGINNING letters are the
 * common ones, and the slow ones. */
static const char create[] = "CREATE VIRTUAL TABLE search USING fts5 (body, who, content = '',"
                             " tokenize = 'hullo', prefix = '1 2 3', columnsize = 0)";

static int set_indexed(struct hl_store *s, uint64_t row)
{
    int err = hl_db_run(&s->db, HL_SQL_STORE_INDEXED,
                        HL_ARGS(HL_NUMBER(row), HL_NUMBER(HL_WORDS_VERSION)));

    if (err < 0)
        return err;
    s->indexed = row;
    s->words = HL_WORDS_VERSION;
    return 0;
}

int hl_fts_clear(struct hl_store *s)
{
    int err = hl_db_exec(&s->db, "DROP TABLE IF EXISTS search");

    err = err < 0 || s->seal ? err : hl_db_exec(&s->db, create);
    return err < 0 ? err : set_indexed(s, 0);
}

int hl_fts_prepare(struct hl_store *s)
{
    bool own;
    int err;

    if (s->words == HL_WORDS_VERSION)
        return 0;
    err = hl_store_enter(s, &own);
    return err < 0 ? err : hl_store_leave(s, own, hl_fts_clear(s));
}

/* The statements' third argument is the body, the second the contact's word. */
static int run(struct hl_store *s, enum hl_sql sql, uint64_t row, uint32_t contact,
               struct hl_bytes body)
{
    char who[16];
    int len = snprintf(who, sizeof who, "c%" PRIu32, contact);

    if (body.len == 0)
        return 0;
    return hl_db_run(
        &s->db, sql,
        HL_ARGS(HL_NUMBER(row), HL_BYTES(who, (size_t)len), HL_BYTES(body.at, body.len)));
}

int hl_fts_add(struct hl_store *s, uint64_t row, uint32_t contact, struct hl_bytes body)
{
    return run(s, HL_SQL_SEARCH_ADD, row, contact, body);
}

int hl_fts_remove(struct hl_store *s, uint64_t row, uint32_t contact, struct hl_bytes body)
{
    return run(s, HL_SQL_SEARCH_REMOVE, row, contact, body);
}

/* ---- catching up ---- */

/* *last: the row up to which all is taken in. */
static int take_in(struct hl_store *s, uint64_t *last)
{
    hl_time until = hl_clock_now() + TIDY_FOR;
    size_t count = 0;
    struct hl_loaded e;
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_ENTRIES_AFTER,
                          HL_ARGS(HL_NUMBER(s->indexed), HL_NUMBER(TIDY_ENTRIES)), &stmt);

    if (err < 0)
        return err;
    while ((err = hl_db_step(&s->db, stmt)) > 0) {
        err = hl_entries_load(s, stmt, &e);
        if (err == 0 && e.e.row.kind == HL_ENTRY_TEXT)
            err = hl_fts_add(s, e.e.row.row, e.e.row.contact,
                             (struct hl_bytes){e.e.entry.body, e.e.entry.len});
        if (err < 0) {
            hl_db_end(stmt);
            return err;
        }
        *last = e.e.row.row;
        count++;
        if (hl_clock_now() >= until) {
            hl_db_end(stmt);
            return 0;
        }
    }
    if (err == 0 && count < TIDY_ENTRIES) /* the rows behind it are gone, if there ever were any */
        *last = s->next_row - 1;
    return err;
}

/* Inside of a transaction of its own; *more: not all is taken in yet. */
static int catch_up(struct hl_store *s, bool *more)
{
    uint64_t last = s->indexed;
    bool own;
    int err = hl_store_enter(s, &own);

    if (err < 0)
        return err;
    err = take_in(s, &last);
    if (err == 0 && last > s->indexed)
        err = set_indexed(s, last);
    *more = last + 1 < s->next_row;
    return hl_store_leave(s, own, err);
}

int hl_store_tidy(struct hl_store *s, bool *more)
{
    int err = 0;

    *more = false;
    if (!s->seal && !s->read_only && s->indexed + 1 < s->next_row)
        err = catch_up(s, more);
    if (err == 0 && !*more)
        hl_db_shrink(&s->db, IDLE_CACHE);
    return err;
}
