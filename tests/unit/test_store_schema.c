/* SPDX-License-Identifier: MIT */
/* Stores of every version that there was (tests/unit/stores) open, and have all they had; and no
 * statement goes through a table of entries where an index should lead it. */
#include "storehome.h"

#include "schema.h"

#include <fcntl.h>

TestSuite(store_schema, .init = home_make, .fini = home_remove);

static char *slurp(const char *name)
{
    FILE *file = fopen(name, "re");
    char *all;
    long size;

    cr_assert_not_null(file, "%s: make it when the version rises", name);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    all = calloc(1, (size_t)size + 1);
    cr_assert_eq(fread(all, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return all;
}

static void make_version(int version)
{
    char name[300], *text;
    sqlite3 *db;

    snprintf(name, sizeof name, HL_SOURCE_DIR "/tests/unit/stores/version-%d.sql", version);
    text = slurp(name);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    free(text);
}

static void holds_what_it_held(void)
{
    struct hl_contact c;
    struct hl_contact_address a[HL_CONTACT_ADDRESSES];
    struct hl_ledger_counts counts;
    struct hl_ledger_row row;
    int64_t next;
    uint64_t shown;
    size_t count;

    check();
    cr_assert_eq(hl_store_contact_by_name(store, "bob", &c), 0);
    cr_assert(c.has_key && c.verified && c.named && c.key[31] == 7);
    cr_assert_str_eq(c.note, "a note");
    cr_assert_eq(hl_store_addresses(store, c.id, a, &count), 0);
    cr_assert_str_eq(a[0].text, "bob.example:4855");
    cr_assert_str_eq(read_all((struct hl_store_query){.contact = c.id}).text,
                     ">hello\n<hi + 1\n>an answer*\n<after a gap (3 missing)\n");
    cr_assert_eq(read_all((struct hl_store_query){.words = "gap"}).count, 1);
    cr_assert_eq(ledger->counts(ledger->user, c.id, &counts), 0);
    cr_assert_eq(counts.next_seq, 5);
    cr_assert_eq(counts.expected, 6);
    cr_assert_eq(counts.waiting, 3);
    cr_assert_eq(counts.handed, 2);
    cr_assert_eq(ledger->expired(ledger->user, INT64_MAX - 1, &row, &next), 0);
    cr_assert_eq(row.seq, 3);
    cr_assert_eq(hl_store_shown(store, &shown), 0);
    cr_assert_eq(shown, 4);
    cr_assert_str_eq(stashed(c.id, "draft"), "half a word");
    cr_assert_str_eq(stashed(0, "layout"), "one pane");
    cr_assert_eq(add_contact("next"), 3);
}

Test(store_schema, every_version_opens)
{
    for (int version = 1; version <= HL_SCHEMA_VERSION; version++) {
        make_version(version);
        cr_assert_eq(home_open(NULL), 0, "version %d: %s", version, why);
        holds_what_it_held();
        home_close();
        cr_assert_eq(home_open(NULL), 0, "version %d, again: %s", version, why);
        check();
        home_close();
        unlink(path);
    }
}

Test(store_schema, an_old_store_is_not_changed_by_reading)
{
    make_version(1);
    cr_assert_eq(
        hl_store_open(&(struct hl_store_config){.path = path, .read_only = true}, &store, why), 0,
        "%s", why);
    cr_assert_eq(read_all((struct hl_store_query){.contact = 1}).count, 4);
}

/* A new store and one that was brought up to date have the same tables. */
static char *tables(void)
{
    static const char sql[] = "SELECT group_concat(name || ' ' || ifnull(sql, ''), char(10)) FROM"
                              " (SELECT name, sql FROM sqlite_schema ORDER BY name)";
    sqlite3_stmt *stmt;
    sqlite3 *db;
    char *text;

    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
    text = strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return text;
}

Test(store_schema, an_upgrade_ends_where_a_new_store_begins)
{
    char *fresh, *upgraded;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    home_close();
    fresh = tables();
    for (int version = 1; version <= HL_SCHEMA_VERSION; version++) {
        unlink(path);
        make_version(version);
        cr_assert_eq(home_open(NULL), 0, "%s", why);
        home_close();
        upgraded = tables();
        cr_assert_str_eq(fresh, upgraded, "version %d", version);
        free(upgraded);
    }
    free(fresh);
}

/* ---- plans ---- */

static const struct {
    const char *name, *text;
} statements[] = {
#define ROW(name, text) {#name, text},
    HL_SQL_LIST(ROW)
#undef ROW
};

/* Those that are meant to read all. */
static const char *const readers[] = {
    "CHECK",         "SEARCH_INDEX",          "CONTACTS",         "ADDRESSES_ALL",
    "CONVERSATIONS", "CONVERSATION_LAST_POS", "ENTRIES_RENUMBER", "STASH_COUNT"};

static bool may_scan(const char *name)
{
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (strcmp(readers[i], name) == 0)
            return true;
    }
    return false;
}

static void check_plan(struct hl_db *db, const char *name, const char *text)
{
    sqlite3_stmt *stmt;
    char sql[2000];

    snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", text);
    cr_assert_eq(sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL), SQLITE_OK, "%s: %s", name,
                 sqlite3_errmsg(db->handle));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(stmt, 3);

        cr_assert(strncmp(step, "SCAN", 4) != 0 || may_scan(name), "%s: %s", name, step);
        cr_assert_null(strstr(step, "TEMP B-TREE FOR ORDER BY") && strstr(name, "ENTR") ? step
                                                                                        : NULL,
                       "%s sorts", name);
        /* What looks for a target must not read the conversation. */
        cr_assert(!strstr(text, "target = ?2") || !strstr(step, "(contact=?") ||
                      strstr(step, "entry_target"),
                  "%s: %s", name, step);
    }
    sqlite3_finalize(stmt);
}

Test(store_schema, statements_are_led_by_indexes)
{
    struct hl_db db;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    home_close();
    cr_assert_eq(hl_db_open(&db, path, false), 0);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (!strstr(statements[i].text, "search")) /* its words are not told apart here */
            check_plan(&db, statements[i].name, statements[i].text);
    }
    hl_db_close(&db, false);
}
