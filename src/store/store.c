/* SPDX-License-Identifier: MIT */
/* Opening, closing, transactions. */
#include "store_inside.h"

#include "crypt.h"
#include "err.h"
#include "fts.h"
#include "wrong.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BOOT_MAX = 64,
    PAGE_MIN = 512, /* of any database of SQLite */
};

static const char check_text[] = "hullo store";

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- files ---- */

static int system_failure(struct hl_db *db, const char *path)
{
    int code = errno;
    int err = hl_err_class(-code) == HL_CLASS_STORAGE ? -code : HL_ERR_STORAGE;

    return hl_db_wrong(db, err, "%s: %s", path, hl_err_text(-code));
}

/* SQLite gives its log the mode of the database, so that making that right is enough; and it is
 * made right whatever the umask is, which could also take away what we need ourselves. */
static int examine_file(struct hl_store *s, int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return system_failure(&s->db, s->path);
    if (!S_ISREG(st.st_mode))
        return hl_db_wrong(&s->db, HL_ERR_STORE_DAMAGED, "%s: not a file", s->path);
    /* SQLite would take this for an empty database, and make a new one of it. */
    if (st.st_size > 0 && st.st_size < PAGE_MIN)
        return hl_db_wrong(&s->db, HL_ERR_STORE_DAMAGED, "%s: cut short", s->path);
    if (!s->read_only && (st.st_mode & 07777) != 0600 && fchmod(fd, 0600) < 0)
        return system_failure(&s->db, s->path);
    return 0;
}

static int prepare_file(struct hl_store *s)
{
    int flags = s->read_only ? O_RDONLY : O_RDWR | O_CREAT;
    int fd = open(s->path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    int err;

    if (fd < 0)
        return system_failure(&s->db, s->path);
    err = examine_file(s, fd);
    close(fd);
    return err;
}

int hl_store_damaged(struct hl_store *s, const char *what, uint64_t row)
{
    return hl_db_wrong(&s->db, HL_ERR_STORE_DAMAGED, "%s %" PRIu64 " makes no sense", what, row);
}

/* ---- what is read once ---- */

static int check_seal(struct hl_store *s, struct hl_bytes stored)
{
    uint8_t text[sizeof check_text];
    size_t len;

    if (!s->seal && stored.len == 0)
        return 0;
    if (!s->seal)
        return hl_db_wrong(&s->db, HL_ERR_STORE_SEALED, "the store is sealed");
    if (stored.len == 0)
        return hl_db_wrong(&s->db, HL_ERR_STORE_SEALED, "the store is not sealed");
    if (!hl_seal_get(s->seal, HL_SEALED_CHECK, 1, stored, text, sizeof text, &len))
        return hl_db_wrong(&s->db, HL_ERR_STORE_SEALED, "the store is sealed under another key");
    return 0;
}

int hl_store_write_seal(struct hl_store *s)
{
    uint8_t sealed[sizeof check_text + HL_SEAL_EXTRA];
    struct hl_bytes text = {(const uint8_t *)check_text, sizeof check_text};
    struct hl_bytes stored = hl_seal_put(s->seal, HL_SEALED_CHECK, 1, text, sealed);

    if (!s->seal)
        return hl_db_run(&s->db, HL_SQL_STORE_SEAL, HL_ARGS(HL_NULL));
    return hl_db_run(&s->db, HL_SQL_STORE_SEAL, HL_ARGS(HL_BYTES(stored.at, stored.len)));
}

/* Which boot of this host it is, "" if the kernel does not say. */
static void boot_id(char out[BOOT_MAX])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, out, BOOT_MAX - 1);

    out[len > 0 ? len : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* Boot clocks of different boots cannot be compared: what waits gets all its time again. */
static int begin_boot(struct hl_store *s)
{
    char boot[BOOT_MAX];
    bool own;
    int err = hl_store_enter(s, &own);

    if (err < 0)
        return err;
    boot_id(boot);
    err = hl_db_run(&s->db, HL_SQL_STORE_DUE_ANEW, HL_ARGS(HL_NUMBER(clock_us(CLOCK_BOOTTIME))));
    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_STORE_BOOT, HL_ARGS(HL_BYTES(boot, strlen(boot))));
    return hl_store_leave(s, own, err);
}

static int load_row(struct hl_store *s, bool *same_boot)
{
    char boot[BOOT_MAX];
    struct hl_bytes stored;
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_STORE_GET, HL_NO_ARGS, &stmt);

    if (err < 0)
        return err;
    err = hl_db_step(&s->db, stmt);
    if (err < 0)
        return err;
    if (err == 0)
        return hl_db_wrong(&s->db, HL_ERR_STORE_DAMAGED, "the table of the store is empty");
    s->shown = (uint64_t)sqlite3_column_int64(stmt, 0);
    s->next_row = (uint64_t)sqlite3_column_int64(stmt, 1) + 1;
    s->indexed = (uint64_t)sqlite3_column_int64(stmt, 2);
    s->words = sqlite3_column_int64(stmt, 3);
    s->next_contact = (uint32_t)sqlite3_column_int64(stmt, 6) + 1;
    stored = hl_db_column(stmt, 4);
    boot_id(boot);
    *same_boot = stored.len == strlen(boot) && memcmp(stored.at, boot, stored.len) == 0;
    err = check_seal(s, hl_db_column(stmt, 5));
    hl_db_end(stmt);
    return err;
}

/* All that is kept in memory, from the disk. */
static int load(struct hl_store *s, bool *same_boot)
{
    int err = load_row(s, same_boot);

    err = err < 0 ? err : hl_convs_load(&s->convs, &s->db);
    return err < 0 ? err : hl_known_load(s);
}

/* ---- opening ---- */

static const char *const writing[] = {
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = FAST", /* what was deleted is not to be found in free pages */
    "PRAGMA temp_store = MEMORY",  /* no other file than ours ever holds a text */
    "PRAGMA cache_size = -8192",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 16777216",
};

static int set_up(struct hl_store *s)
{
    int err = 0;

    for (size_t i = 0; i < sizeof writing / sizeof writing[0] && err == 0; i++)
        err = hl_db_exec(&s->db, writing[i]);
    if (HL_WRONG(SYNC_NORMAL) && err == 0)
        err = hl_db_exec(&s->db, "PRAGMA synchronous = NORMAL");
    return err;
}

/* A new store is made in the form that it is to have, sealed or not, from its first moment on. */
static int upgrade(struct hl_store *s, int64_t version)
{
    int err;

    if (version == HL_SCHEMA_VERSION)
        return 0;
    err = hl_db_begin(&s->db);
    err = err < 0 ? err : hl_schema_upgrade(&s->db, version);
    if (err == 0 && version == 0)
        err = hl_store_write_seal(s);
    err = err < 0 ? err : hl_db_commit(&s->db);
    if (err < 0)
        hl_db_rollback(&s->db);
    return err;
}

static int open_database(struct hl_store *s)
{
    int64_t version;
    bool same_boot;
    int err = prepare_file(s);

    err = err < 0 ? err : hl_db_open(&s->db, s->path, s->read_only);
    err = err < 0 ? err : hl_schema_version(&s->db, &version);
    if (err < 0)
        return err;
    if (!s->read_only) {
        hl_store_remove_copy(s->path);
        err = set_up(s);
        err = err < 0 ? err : upgrade(s, version);
    } else if (version != HL_SCHEMA_VERSION) {
        err = hl_db_wrong(&s->db, HL_ERR_STORAGE, "the store must be opened for writing once");
    }
    err = err < 0 ? err : hl_fts_register(&s->db);
    err = err < 0 ? err : load(s, &same_boot);
    if (err == 0 && !s->read_only && !same_boot)
        err = begin_boot(s);
    return err < 0 || s->read_only ? err : hl_fts_prepare(s);
}

int hl_store_open(const struct hl_store_config *config, struct hl_store **out,
                  char why[static HL_STORE_WHY])
{
    struct hl_store *s = calloc(1, sizeof *s);
    int err;

    *out = NULL;
    if (!s || !(s->path = strdup(config->path)) || hl_seal_new(config->seal, &s->seal) < 0) {
        snprintf(why, HL_STORE_WHY, "out of memory");
        hl_store_close(s);
        return -ENOMEM;
    }
    s->read_only = config->read_only;
    s->ledger = hl_book_ledger;
    s->ledger.user = s;
    err = open_database(s);
    if (err == 0) {
        *out = s;
        return 0;
    }
    snprintf(why, HL_STORE_WHY, "%s", s->db.why);
    hl_db_close(&s->db, true);
    hl_store_close(s);
    return err;
}

void hl_store_close(struct hl_store *s)
{
    if (!s)
        return;
    hl_db_close(&s->db, s->read_only);
    hl_seal_free(s->seal);
    hl_convs_fini(&s->convs);
    hl_crypt_wipe(s->known, s->known_cap * sizeof *s->known);
    free(s->known);
    free(s->path);
    hl_crypt_wipe(s, sizeof *s);
    free(s);
}

int hl_store_reopen(struct hl_store *s)
{
    int err;

    hl_db_close(&s->db, true);
    err = open_database(s);
    if (err < 0)
        hl_db_close(&s->db, true);
    return err;
}

const char *hl_store_why(const struct hl_store *s)
{
    return s->db.why;
}

const struct hl_ledger *hl_store_ledger(struct hl_store *s)
{
    return &s->ledger;
}

/* ---- transactions ---- */

int hl_store_ready(struct hl_store *s)
{
    if (s->db.handle && (!s->db.suspect || s->reading || hl_db_inside(&s->db)))
        return 0;
    return hl_store_reopen(s);
}

int hl_store_begin(struct hl_store *s)
{
    int err = hl_store_ready(s);

    if (s->read_only)
        return hl_db_wrong(&s->db, -EROFS, "the store was opened for reading alone");
    s->now_ms = clock_us(CLOCK_REALTIME) / 1000;
    return err < 0 ? err : hl_db_begin(&s->db);
}

int hl_store_commit(struct hl_store *s)
{
    int err = hl_convs_write(&s->convs, &s->db);

    return err < 0 ? err : hl_db_commit(&s->db);
}

void hl_store_rollback(struct hl_store *s)
{
    bool same_boot;

    hl_db_rollback(&s->db);
    if (!s->db.suspect && load(s, &same_boot) < 0)
        s->db.suspect = true;
}

int hl_store_enter(struct hl_store *s, bool *own)
{
    *own = !hl_db_inside(&s->db);
    return *own ? hl_store_begin(s) : 0;
}

int hl_store_leave(struct hl_store *s, bool own, int err)
{
    if (!own)
        return err;
    err = err < 0 ? err : hl_store_commit(s);
    if (err < 0)
        hl_store_rollback(s);
    return err;
}

/* ---- the shown mark ---- */

int hl_store_shown(struct hl_store *s, uint64_t *row)
{
    int err = hl_store_ready(s);

    *row = s->shown;
    return err;
}

int hl_store_set_shown(struct hl_store *s, uint64_t row)
{
    bool own;
    int err;

    if (row <= s->shown && !s->db.suspect)
        return 0;
    err = hl_store_enter(s, &own);
    if (err < 0)
        return err;
    if (row <= s->shown)
        return hl_store_leave(s, own, 0);
    err = hl_db_run(&s->db, HL_SQL_STORE_SHOWN, HL_ARGS(HL_NUMBER(row)));
    if (err == 0)
        s->shown = row;
    return hl_store_leave(s, own, err);
}
