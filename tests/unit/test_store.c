/* SPDX-License-Identifier: MIT */
/* Opening a store: new, again, of every version, damaged, not ours, not allowed. */
#include "storehome.h"

#include "err.h"

#include <fcntl.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdbool.h>

TestSuite(store, .init = home_make, .fini = home_remove);

static mode_t mode_of(const char *suffix)
{
    char name[128];
    struct stat st;

    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0 ? st.st_mode & 07777 : 0;
}

static const mode_t umasks[] = {0, 0022, 0777};

Test(store, files_are_private_whatever_the_umask_is)
{
    for (size_t i = 0; i < sizeof umasks / sizeof umasks[0]; i++) {
        umask(umasks[i]);
        cr_assert_eq(home_open(NULL), 0, "umask %o: %s", umasks[i], why);
        add_contact("bob");
        cr_assert_eq(mode_of(""), 0600, "umask %o", umasks[i]);
        cr_assert_eq(mode_of("-wal"), 0600, "umask %o", umasks[i]);
        cr_assert_eq(mode_of("-shm"), 0, "nothing is shared");
        home_close();
        cr_assert_eq(mode_of("-wal"), 0, "all is in one file");
        unlink(path);
    }
}

Test(store, a_file_that_others_could_read_is_closed_to_them)
{
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    home_close();
    chmod(path, 0644);
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    cr_assert_eq(mode_of(""), 0600);
}

Test(store, what_was_put_is_there_again)
{
    struct hl_contact c;
    uint64_t row;
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    cr_assert_eq(put_ours(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "hi"), NULL), 0);
    cr_assert_eq(hl_store_set_shown(store, 1), 0);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    cr_assert_eq(hl_store_contact_by_name(store, "bob", &c), 0);
    cr_assert_eq(c.id, bob);
    cr_assert_str_eq(read_all((struct hl_store_query){.contact = bob}).text, ">hi\n");
    cr_assert_eq(hl_store_shown(store, &row), 0);
    cr_assert_eq(row, 1);
    check();
}

Test(store, an_empty_file_is_a_new_store)
{
    close(open(path, O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    check();
}

/* ---- files that are not to be touched ---- */

static char *slurp(size_t *len)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    char *all;

    cr_assert_geq(fd, 0);
    cr_assert_eq(fstat(fd, &st), 0);
    *len = (size_t)st.st_size;
    all = malloc(*len + 1);
    cr_assert_eq(read(fd, all, *len), (ssize_t)*len);
    close(fd);
    return all;
}

/* Opening fails with err, twice, and leaves the file as it is and nothing beside it. */
static void refused(int err, const char *reason)
{
    size_t before_len, after_len;
    char *before = slurp(&before_len), *after;
    bool read_only;

    for (int i = 0; i < 2; i++) {
        read_only = i == 1;
        cr_assert_eq(hl_store_open(&(struct hl_store_config){.path = path, .read_only = read_only},
                                   &store, why),
                     err, "%s (%s)", why, read_only ? "read only" : "writing");
        cr_assert_null(store);
        cr_assert(strstr(why, reason), "%s", why);
    }
    after = slurp(&after_len);
    cr_assert_eq(before_len, after_len);
    cr_assert_eq(memcmp(before, after, before_len), 0);
    free(before);
    free(after);
}

static void sql(const char *text)
{
    sqlite3 *db;
    char *said = NULL;

    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, &said), SQLITE_OK, "%s", said);
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
}

static void make_store(void)
{
    struct hl_ledger_row row;
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    cr_assert_eq(ledger->begin(ledger->user), 0);
    for (uint64_t i = 1; i < 200; i++) {
        struct hl_entry e =
            make_entry(HL_ENTRY_TEXT, i, 0, "a text of some length, for more than a page");

        e.seq = i;
        cr_assert_eq(ledger->queue(ledger->user, bob, &e, NULL, &row), 0);
    }
    cr_assert_eq(ledger->commit(ledger->user), 0);
    home_close();
}

Test(store, a_newer_version_is_left_alone)
{
    make_store();
    sql("PRAGMA user_version = 99");
    refused(HL_ERR_STORE_NEWER, "version 99");
}

Test(store, a_newer_version_in_the_log_is_left_alone)
{
    char copy[128];
    sqlite3 *db;

    make_store();
    /* As if the newer program had ended by a crash: its version is in the log alone. */
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    cr_assert_eq(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    snprintf(copy, sizeof copy, "%s-wal", path);
    cr_assert_eq(access(copy, F_OK), 0);
    refused(HL_ERR_STORE_NEWER, "version 99");
    cr_assert_eq(access(copy, F_OK), 0);
}

Test(store, a_database_of_another_program_is_left_alone)
{
    sql("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    refused(HL_ERR_STORE_DAMAGED, "not a store of hullo");
}

Test(store, garbage_is_left_alone)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0600);

    for (int i = 0; i < 3000; i++)
        cr_assert_eq(write(fd, "garbage ", 8), 8);
    close(fd);
    refused(HL_ERR_STORE_DAMAGED, "not a database");
}

static const off_t lengths[] = {1, 99, 100, 4095, 4096, 4097, 8192, 20000};

Test(store, a_file_cut_short_is_left_alone)
{
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        make_store();
        cr_assert_eq(truncate(path, lengths[i]), 0);
        refused(HL_ERR_STORE_DAMAGED, "");
        unlink(path);
    }
}

Test(store, a_directory_is_no_store)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(hl_err_class(home_open(NULL)), HL_CLASS_STORAGE, "%s", why);
    rmdir(path);
}

Test(store, a_missing_directory_is_said)
{
    snprintf(path, sizeof path, "%s/no/store.db", home);
    cr_assert_eq(hl_err_class(home_open(NULL)), HL_CLASS_STORAGE, "%s", why);
    cr_assert(strstr(why, "No such file or directory"), "%s", why);
    snprintf(path, sizeof path, "%s/store.db", home);
}

Test(store, damage_inside_is_found)
{
    int fd;
    char junk[4096];
    int err;

    make_store();
    memset(junk, 0xee, sizeof junk);
    fd = open(path, O_WRONLY);
    for (off_t page = 3; page < 20; page++)
        cr_assert_eq(pwrite(fd, junk, sizeof junk, page * 4096), (ssize_t)sizeof junk);
    close(fd);
    err = home_open(NULL);
    if (err == 0)
        err = hl_store_check(store, why);
    cr_assert_eq(err, HL_ERR_STORE_DAMAGED, "%d %s", err, why);
}

Test(store, nobody_else_writes_meanwhile)
{
    struct hl_store *other;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    cr_assert_eq(hl_store_open(&(struct hl_store_config){.path = path}, &other, why),
                 HL_ERR_STORAGE);
    cr_assert(strstr(why, "another program"), "%s", why);
}

/* ---- reading alone ---- */

Test(store, read_only_reads)
{
    struct hl_contact c = {.name = "carol"};

    make_store();
    cr_assert_eq(
        hl_store_open(&(struct hl_store_config){.path = path, .read_only = true}, &store, why), 0,
        "%s", why);
    cr_assert_eq(read_all((struct hl_store_query){.contact = 1}).count, 199);
    cr_assert_eq(read_all((struct hl_store_query){.words = "some"}).count, 199);
    cr_assert_eq(hl_store_contact_put(store, &c), -EROFS, "%s", hl_store_why(store));
}

Test(store, read_only_makes_nothing)
{
    cr_assert_neq(
        hl_store_open(&(struct hl_store_config){.path = path, .read_only = true}, &store, why), 0);
    cr_assert_neq(access(path, F_OK), 0);
}

static const uint8_t cache_seal[HL_STORE_SEAL] = {7};
static const uint8_t *const cache_seals[] = {NULL, cache_seal};

/* A flood fills SQLite's cache of pages; an idle program does not keep it. */
Test(store, memory_is_given_back_when_idle)
{
    static char body[4000];

    memset(body, 'a', sizeof body - 1);
    for (size_t i = 0; i < sizeof cache_seals / sizeof cache_seals[0]; i++) {
        size_t full;
        uint32_t bob;

        home_remove();
        home_make();
        cr_assert_eq(home_open(cache_seals[i]), 0, "%s", why);
        bob = add_contact("bob");
        for (uint64_t id = 1; id <= 1000; id++)
            cr_assert_eq(put_ours(bob, make_entry(HL_ENTRY_TEXT, id, 0, body), NULL), 0);
        full = mallinfo2().uordblks;
        if (full == 0)
            cr_skip("this allocator does not count");
        cr_assert_gt(full, 3 << 20, "%zu bytes: the cache was not filled", full);
        tidy();
        cr_assert_lt(mallinfo2().uordblks, 2 << 20, "%zu bytes, and %zu before",
                     mallinfo2().uordblks, full);
        check(); /* and it goes on */
        cr_assert_eq(put_ours(bob, make_entry(HL_ENTRY_TEXT, 2000, 0, "on"), NULL), 0);
        home_close();
    }
}
