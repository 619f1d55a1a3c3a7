/* SPDX-License-Identifier: MIT */
/* A sealed store: nothing of what was said or of whom is to be found in any file, whatever happens
 * to the program. */
#include "storehome.h"

#include "bytes_of.h"
#include "err.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* In every body, name, nick, note and address; in no file. */
#define CANARY "kanarienvogel"

enum {
    KILLS = 25,
};

static const uint8_t key[HL_STORE_SEAL] = {1, 2, 3}, other_key[HL_STORE_SEAL] = {4, 5, 6};

TestSuite(store_seal, .init = home_make, .fini = home_remove, .timeout = 100);

static bool file_has(const char *name, const void *what, size_t len)
{
    char full[400];
    FILE *file;
    char *all;
    size_t size;
    bool has;

    snprintf(full, sizeof full, "%s/%s", home, name);
    file = fopen(full, "re");
    cr_assert_not_null(file);
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    all = malloc(size + 1);
    cr_assert_eq(fread(all, 1, size, file), size);
    fclose(file);
    has = memmem(all, size, what, len) != NULL;
    free(all);
    return has;
}

static bool any_file_has(const void *what, size_t len)
{
    DIR *dir = opendir(home);
    struct dirent *entry;
    bool has = false;

    while ((entry = readdir(dir)))
        has = has || (entry->d_type == DT_REG && file_has(entry->d_name, what, len));
    closedir(dir);
    return has;
}

static void fill(unsigned from, unsigned count)
{
    struct hl_contact c;
    struct hl_contact_address address = {.text = "host." CANARY ".example:4855"};
    char body[120];

    for (unsigned i = from; i < from + count; i++) {
        c = (struct hl_contact){.has_key = true, .nick = CANARY " nick", .note = CANARY " note"};
        memset(c.key, 0x51, sizeof c.key);
        memcpy(c.key, &i, sizeof i);
        snprintf(c.name, sizeof c.name, CANARY " %u", i);
        cr_assert_eq(hl_store_contact_put(store, &c), 0, "%s", hl_store_why(store));
        cr_assert_eq(hl_store_address_put(store, c.id, &address), 0);
        cr_assert_eq(stash(c.id, "draft", CANARY " sin"), 0);
        for (unsigned n = 0; n < 5; n++) {
            snprintf(body, sizeof body, "the " CANARY " sings %u %u", i, n);
            cr_assert_eq(put_ours(c.id, make_entry(HL_ENTRY_TEXT, 2 * n + 1, 0, body), NULL), 0);
            cr_assert_eq(put_theirs(c.id, make_entry(HL_ENTRY_TEXT, 2 * n + 2, 0, body), 0, NULL),
                         0);
        }
    }
}

static void all_there(unsigned count)
{
    struct hl_contact c;
    struct hl_contact_address addresses[HL_CONTACT_ADDRESSES];
    uint8_t wanted[HL_CONTACT_KEY];
    size_t n;

    check();
    for (unsigned i = 0; i < count; i++) {
        memset(wanted, 0x51, sizeof wanted);
        memcpy(wanted, &i, sizeof i);
        cr_assert_eq(hl_store_contact_by_key(store, wanted, &c), 0);
        cr_assert_str_eq(c.nick, CANARY " nick");
        cr_assert_str_eq(c.note, CANARY " note");
        cr_assert_eq(hl_store_addresses(store, c.id, addresses, &n), 0);
        cr_assert_eq(n, 1);
        cr_assert_str_eq(addresses[0].text, "host." CANARY ".example:4855");
        cr_assert_eq(read_all((struct hl_store_query){.contact = c.id}).count, 10);
        cr_assert_str_eq(stashed(c.id, "draft"), CANARY " sin");
    }
    cr_assert_eq(read_all((struct hl_store_query){.words = CANARY}).count, 10 * count);
}

static void nothing_shows(void)
{
    uint8_t part[16];

    memset(part, 0x51, sizeof part); /* of the keys of contacts */
    cr_assert_not(any_file_has(CANARY, strlen(CANARY)));
    cr_assert_not(any_file_has(part, sizeof part));
}

Test(store_seal, nothing_shows_in_a_new_store)
{
    cr_assert_eq(home_open(key), 0, "%s", why);
    fill(0, 5);
    nothing_shows();
    tidy();
    all_there(5);
    nothing_shows();
    home_close();
    nothing_shows();
    cr_assert_eq(home_open(key), 0, "%s", why);
    all_there(5);
}

Test(store_seal, an_open_store_shows_it)
{
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    fill(0, 1);
    cr_assert(any_file_has(CANARY, strlen(CANARY)), "or the other tests prove nothing");
}

Test(store_seal, the_wrong_key_opens_and_changes_nothing)
{
    struct stat before, after;

    cr_assert_eq(home_open(key), 0, "%s", why);
    fill(0, 1);
    home_close();
    cr_assert_eq(stat(path, &before), 0);
    cr_assert_eq(home_open(other_key), HL_ERR_STORE_SEALED, "%s", why);
    cr_assert_eq(home_open(NULL), HL_ERR_STORE_SEALED, "%s", why);
    cr_assert_eq(stat(path, &after), 0);
    cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    cr_assert_eq(home_open(key), 0, "%s", why);
    all_there(1);
    home_close();
    unlink(path);
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    home_close();
    cr_assert_eq(home_open(key), HL_ERR_STORE_SEALED, "%s", why);
}

Test(store_seal, resealing_leaves_nothing_of_the_old_form)
{
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    fill(0, 6);
    tidy();
    cr_assert_eq(hl_store_contact_delete(store, 6), 0); /* free pages */
    cr_assert_eq(hl_store_set_shown(store, 17), 0);
    cr_assert_eq(hl_store_reseal(store, key), 0, "%s", hl_store_why(store));
    nothing_shows();
    all_there(5);
    cr_assert_eq(add_contact("next"), 7, "numbers are not used again");
    cr_assert_eq(hl_store_contact_delete(store, 7), 0);
    fill(5, 1);
    nothing_shows();
    cr_assert_eq(hl_store_reseal(store, other_key), 0, "%s", hl_store_why(store));
    all_there(6);
    home_close();
    nothing_shows();
    cr_assert_eq(home_open(key), HL_ERR_STORE_SEALED);
    cr_assert_eq(home_open(other_key), 0, "%s", why);
    cr_assert_eq(hl_store_reseal(store, NULL), 0, "%s", hl_store_why(store));
    all_there(6);
    tidy();
    all_there(6);
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    all_there(6);
}

/* ---- swapped ---- */

static void sql(const char *text)
{
    sqlite3 *db;

    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static const char *const swaps[] = {
    "UPDATE entry SET body = (SELECT body FROM entry WHERE row = 2) WHERE row = 1",
    "UPDATE contact SET nick = (SELECT note FROM contact WHERE id = 1) WHERE id = 1",
    "UPDATE contact SET key = (SELECT key FROM contact WHERE id = 2) WHERE id = 1",
    "UPDATE address SET text = (SELECT text FROM address WHERE id = 2) WHERE id = 1",
    "UPDATE entry SET body = x'00112233' WHERE row = 1",
};

Test(store_seal, what_is_sealed_stays_in_its_place)
{
    struct hl_contact_address addresses[HL_CONTACT_ADDRESSES];
    size_t n;

    for (size_t i = 0; i < sizeof swaps / sizeof swaps[0]; i++) {
        int err;

        cr_assert_eq(home_open(key), 0, "%s", why);
        fill(0, 2);
        home_close();
        sql(swaps[i]);
        err = home_open(key);
        if (err == 0)
            err = hl_store_addresses(store, 1, addresses, &n);
        if (err == 0)
            err = hl_store_check(store, why);
        cr_assert_eq(err, HL_ERR_STORE_DAMAGED, "%zu: %d", i, err);
        home_close();
        unlink(path);
    }
}

/* ---- killed ---- */

static void kill_soon(pid_t child, uint64_t *seed)
{
    usleep((useconds_t)(next_random(seed) % 60000));
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

static _Noreturn void write_for_ever(const uint8_t *seal)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (home_open(seal) < 0)
        _exit(1);
    for (unsigned i = 1000;; i++) {
        struct hl_contact c = {.note = CANARY};
        bool more;

        snprintf(c.name, sizeof c.name, CANARY " killed");
        if (hl_store_contact_put(store, &c) < 0)
            _exit(1);
        for (uint64_t n = 1; n < 6; n++)
            put_theirs(c.id, make_entry(HL_ENTRY_TEXT, n, 0, CANARY), 0, NULL);
        if (hl_store_tidy(store, &more) < 0 || (i % 3 == 0 && hl_store_contact_delete(store, c.id)))
            _exit(1);
    }
}

Test(store_seal, nothing_shows_after_a_kill)
{
    uint64_t seed = 11;

    for (unsigned i = 0; i < KILLS; i++) {
        pid_t child = fork();

        cr_assert_geq(child, 0);
        if (child == 0)
            write_for_ever(key);
        kill_soon(child, &seed);
        nothing_shows();
        cr_assert_eq(home_open(key), 0, "kill %u: %s", i, why);
        check();
        home_close();
        nothing_shows();
    }
}

static _Noreturn void reseal_for_ever(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (home_open(key) < 0)
        _exit(1);
    while (hl_store_reseal(store, other_key) == 0 && hl_store_reseal(store, key) == 0)
        continue;
    _exit(1);
}

Test(store_seal, a_kill_while_resealing_leaves_the_one_or_the_other)
{
    uint64_t seed = 12;

    cr_assert_eq(home_open(key), 0, "%s", why);
    fill(0, 3);
    home_close();
    for (unsigned i = 0; i < KILLS; i++) {
        pid_t child = fork();

        cr_assert_geq(child, 0);
        if (child == 0)
            reseal_for_ever();
        kill_soon(child, &seed);
        nothing_shows();
        if (home_open(key) < 0) {
            cr_assert_eq(home_open(other_key), 0, "kill %u: %s", i, why);
            cr_assert_eq(hl_store_reseal(store, key), 0, "%s", hl_store_why(store));
        }
        all_there(3);
        home_close();
    }
}
