/* SPDX-License-Identifier: MIT */
#include "faultfs.h"

#include "bytes_of.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SECTOR = 512,
    FILES = 3,
};

static const char *const suffixes[FILES] = {"", "-wal", "-journal"};

struct file {
    sqlite3_file base;
    int which;
    sqlite3_file *real;
};

enum action { WRITE, TRUNCATE, SYNC, CREATE, DELETE, MARK };

struct record {
    enum action action;
    int file;
    size_t at, len; /* TRUNCATE: the new length is at; MARK: number */
    uint8_t *data;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *system_vfs;
static unsigned calls, fail_at;
static enum faultfs_kind fail_kind;
static bool fail_lasting, failed, recording;
static struct record *records;
static size_t count, cap;

/* ---- failing ---- */

void faultfs_fail(unsigned at, enum faultfs_kind kind, bool lasting)
{
    calls = 0;
    failed = false;
    fail_at = at;
    fail_kind = kind;
    fail_lasting = lasting;
}

bool faultfs_failed(void)
{
    return failed;
}

void faultfs_heal(void)
{
    fail_at = 0;
}

/* Whether this call is to fail. */
static bool fails(void)
{
    calls++;
    if (fail_at == 0 || (fail_lasting ? calls < fail_at : calls != fail_at))
        return false;
    failed = true;
    return true;
}

/* ---- writing down ---- */

static void put_down(struct record r, const void *data)
{
    if (!recording || r.file < 0)
        return;
    if (count == cap) {
        cap = cap ? 2 * cap : 1024;
        records = reallocarray(records, cap, sizeof *records);
        assert(records);
    }
    if (data) {
        r.data = malloc(r.len);
        assert(r.data);
        memcpy(r.data, data, r.len);
    }
    records[count++] = r;
}

void faultfs_record(void)
{
    for (size_t i = 0; i < count; i++)
        free(records[i].data);
    count = 0;
    recording = true;
}

void faultfs_mark(unsigned acknowledged)
{
    put_down((struct record){.action = MARK, .at = acknowledged}, NULL);
}

void faultfs_stop(void)
{
    recording = false;
}

size_t faultfs_length(void)
{
    return count;
}

/* ---- the file layer ---- */

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static int file_close(sqlite3_file *f)
{
    int rc = real(f)->pMethods->xClose(real(f));

    free(real(f));
    return rc;
}

static int file_read(sqlite3_file *f, void *out, int len, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), out, len, at);
}

static int file_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
    struct record r = {
        .action = WRITE, .file = ((struct file *)f)->which, .at = (size_t)at, .len = (size_t)len};

    if (fails()) {
        if (fail_kind == FAULTFS_SHORT)
            real(f)->pMethods->xWrite(real(f), data, len / 2, at);
        return fail_kind == FAULTFS_EIO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    }
    put_down(r, data);
    return real(f)->pMethods->xWrite(real(f), data, len, at);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (fails())
        return SQLITE_IOERR_TRUNCATE;
    put_down(
        (struct record){.action = TRUNCATE, .file = ((struct file *)f)->which, .at = (size_t)size},
        NULL);
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int file_sync(sqlite3_file *f, int flags)
{
    if (fails())
        return SQLITE_IOERR_FSYNC;
    put_down((struct record){.action = SYNC, .file = ((struct file *)f)->which}, NULL);
    (void)flags; /* this disk is an imagined one: nobody waits for the real one */
    return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *out)
{
    return real(f)->pMethods->xFileSize(real(f), out);
}

static int file_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_check(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

/* No promise of the file system: a write may be torn, and takes what is beside it with it. */
static int file_traits(sqlite3_file *f)
{
    (void)f;
    return 0;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* no shared memory: the store locks its file for itself */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name), n = strlen(suffix);

    return len >= n && strcmp(name + len - n, suffix) == 0;
}

static int which_file(const char *name)
{
    int file = FILES - 1;

    while (!ends_with(name, suffixes[file]))
        file--;
    return file;
}

static int fs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct file *file = (struct file *)f;
    int exists = 0, rc;

    (void)v;
    file->base.pMethods = NULL;
    file->which = name ? which_file(name) : -1;
    if (name)
        system_vfs->xAccess(system_vfs, name, SQLITE_ACCESS_EXISTS, &exists);
    if (!exists && fails())
        return SQLITE_CANTOPEN;
    file->real = calloc(1, (size_t)system_vfs->szOsFile);
    assert(file->real);
    rc = system_vfs->xOpen(system_vfs, name, file->real, flags, out);
    if (rc != SQLITE_OK) {
        free(file->real);
        return rc;
    }
    if (!exists)
        put_down((struct record){.action = CREATE, .file = file->which}, NULL);
    file->base.pMethods = &methods;
    return SQLITE_OK;
}

static int fs_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    if (fails())
        return SQLITE_IOERR_DELETE;
    put_down((struct record){.action = DELETE, .file = which_file(name)}, NULL);
    (void)sync;
    return system_vfs->xDelete(system_vfs, name, 0);
}

void faultfs_install(void)
{
    if (system_vfs)
        return;
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.zName = "fault";
    vfs.szOsFile = sizeof(struct file);
    vfs.pNext = NULL;
    vfs.xOpen = fs_open;
    vfs.xDelete = fs_delete;
    sqlite3_vfs_register(&vfs, 1);
}

/* ---- the disk after a power cut ---- */

struct image {
    uint8_t *at;
    size_t len, cap;
    bool exists;
};

static void grow(struct image *m, size_t len)
{
    if (len > m->cap) {
        m->cap = 2 * len;
        m->at = realloc(m->at, m->cap);
        assert(m->at);
    }
    if (len > m->len) {
        memset(m->at + m->len, 0, len - m->len);
        m->len = len;
    }
}

static void apply_write(struct image *m, const struct record *r, bool torn, uint64_t *seed)
{
    for (size_t done = 0; done < r->len;) {
        size_t room = SECTOR - (r->at + done) % SECTOR;
        size_t n = room < r->len - done ? room : r->len - done;

        if (!torn || next_random(seed) % 2) {
            grow(m, r->at + done + n);
            memcpy(m->at + r->at + done, r->data + done, n);
        }
        done += n;
    }
}

static void apply(struct image *m, const struct record *r, bool torn, uint64_t *seed)
{
    if (torn && r->action != WRITE && next_random(seed) % 2)
        return;
    m->exists = true;
    switch (r->action) {
    case WRITE:
        apply_write(m, r, torn, seed);
        break;
    case TRUNCATE:
        m->len = r->at < m->len ? r->at : m->len;
        grow(m, r->at);
        break;
    case DELETE:
        m->exists = false;
        m->len = 0;
        break;
    case CREATE:
        m->len = 0;
        break;
    case SYNC:
    case MARK:
        break;
    }
}

static void write_image(const struct image *m, const char *name)
{
    FILE *file;
    size_t written;

    unlink(name);
    if (!m->exists)
        return;
    file = fopen(name, "we");
    assert(file);
    written = m->len ? fwrite(m->at, 1, m->len, file) : 0;
    assert(written == m->len);
    fclose(file);
}

/* Up to where the records of a file are on the disk for sure, and, names: those that make or remove
 * it. SQLite syncs the directory when it first syncs a log or journal that it has made. */
static size_t synced_up_to(int file, size_t at, bool names)
{
    bool fresh[FILES] = {false};
    size_t end = 0;

    for (size_t i = 0; i < at; i++) {
        const struct record *r = &records[i];

        if (r->action == CREATE)
            fresh[r->file] = true;
        if (r->action != SYNC)
            continue;
        if (r->file == file || (names && r->file > 0 && fresh[r->file]))
            end = i + 1;
        fresh[r->file] = false;
    }
    return end;
}

static struct image rebuild(int file, size_t at, enum faultfs_cut cut, uint64_t *seed)
{
    size_t synced = synced_up_to(file, at, false), named = synced_up_to(file, at, true);
    struct image m = {NULL, 0, 0, false};

    for (size_t i = 0; i < at; i++) {
        const struct record *r = &records[i];
        bool is_name = r->action == CREATE || r->action == DELETE;
        bool is_synced = i < (is_name ? named : synced);

        if (r->action == MARK || r->file != file)
            continue;
        if (is_synced || cut != FAULTFS_DROPPED)
            apply(&m, r, !is_synced && cut == FAULTFS_TORN, seed);
    }
    return m;
}

unsigned faultfs_rebuild(const char *path, size_t at, enum faultfs_cut cut, uint64_t seed)
{
    unsigned acknowledged = 0;
    char name[200];

    for (size_t i = 0; i < at; i++) {
        if (records[i].action == MARK)
            acknowledged = (unsigned)records[i].at;
    }
    for (int file = 0; file < FILES; file++) {
        struct image m = rebuild(file, at, cut, &seed);

        snprintf(name, sizeof name, "%s%s", path, suffixes[file]);
        write_image(&m, name);
        free(m.at);
    }
    return acknowledged;
}
