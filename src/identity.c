/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include "entropy.h"
#include "err.h"
#include "hex.h"
#include "home.h"
#include "i18n.h"
#include "passphrase.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TRIES = 3,          /* of a passphrase, on the terminal */
    TEMPORARY = 4 + 16, /* "key." and random digits */
    OPEN_FLAGS = O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
};

const char *hl_identity_short(const uint8_t key[static HL_IDENTITY_KEY],
                              char out[static HL_IDENTITY_SHORT])
{
    for (size_t i = 0; i < 4; i++) {
        hl_hex_put(out + 5 * i, key + 2 * i, 2);
        out[5 * i + 4] = i < 3 ? ' ' : '\0';
    }
    return out;
}

const char *hl_identity_hex(const uint8_t key[static HL_IDENTITY_KEY],
                            char out[static HL_IDENTITY_HEX])
{
    hl_hex_put(out, key, HL_IDENTITY_KEY);
    out[HL_IDENTITY_HEX - 1] = '\0';
    return out;
}

/* Best effort: a system without one of them keeps no better and no worse care than before. */
static void guard_memory(void)
{
    static const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0L);
}

/* ---- files ---- */

/* The key file's directory, or -1 with errno. */
static int open_directory(const char *path)
{
    char directory[HL_HOME_PATH];

    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The name must outlive a crash as the file does. */
static int sync_directory(const char *path)
{
    int err = 0;
    int fd = open_directory(path);

    if (fd < 0)
        return -errno;
    if (fsync(fd))
        err = -errno;
    close(fd);
    return err;
}

/* Overwrites what a file holds. Nothing depends on it. */
static void scrub(int fd)
{
    static const char zeros[HL_KEYFILE_MAX];
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (off_t)sizeof zeros)
        return;
    if (pwrite(fd, zeros, (size_t)st.st_size, 0) == st.st_size)
        (void)fdatasync(fd);
}

/* Writes text to a new file beside path and calls it temporary. Returns 0 or -errno. */
static int write_beside(const char *path, const char *text, size_t len,
                        char temporary[static HL_HOME_PATH + TEMPORARY])
{
    int err = 0;
    int fd;

    snprintf(temporary, HL_HOME_PATH + TEMPORARY, "%s.%016llx", path,
             (unsigned long long)hl_env_random64(hl_entropy_env()));
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    errno = ENOSPC; /* what a short write means */
    if (write(fd, text, len) != (ssize_t)len || fsync(fd))
        err = -errno;
    if (err)
        scrub(fd);
    close(fd);
    if (err)
        unlink(temporary);
    return err;
}

/* Makes a key file if none is there. Returns 0 or -errno. */
static int create(const char *path)
{
    static const uint8_t no_random[HL_KEYFILE_RANDOM];
    const struct hl_env *env = hl_entropy_env();
    char temporary[HL_HOME_PATH + TEMPORARY];
    char text[HL_KEYFILE_MAX];
    struct hl_secrets id = {.sealed = false};
    int err;
    int len;

    env->random(env->user, id.secret, sizeof id.secret);
    len = hl_keyfile_write(text, &id, NULL, no_random);
    err = write_beside(path, text, (size_t)len, temporary);
    hl_keyfile_wipe(&id);
    hl_crypt_wipe(text, sizeof text);
    if (err)
        return err;
    if (link(temporary, path) && errno != EEXIST) /* another process was first */
        err = -errno;
    unlink(temporary);
    return err ? err : sync_directory(path);
}

/* Reads all of an open key file. Returns NULL, or why it is none. */
static const char *read_text(int fd, char text[static HL_KEYFILE_MAX + 1], size_t *len)
{
    struct stat st;
    ssize_t got;

    if (fstat(fd, &st))
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "not a regular file";
    if (st.st_uid != geteuid())
        return "belongs to another user";
    if (st.st_mode & 077)
        return "others may read it: chmod 600, or remove it if they did";
    got = read(fd, text, HL_KEYFILE_MAX + 1);
    if (got < 0)
        return strerror(errno);
    *len = (size_t)got;
    return hl_keyfile_form(text, *len) == HL_KEYFILE_BAD ? "not a key file of this version" : NULL;
}

/* ---- loading ---- */

static int unlock(const char *text, size_t len, const struct hl_options *o, struct hl_secrets *out,
                  char why[static HL_WHY_MAX])
{
    struct hl_passphrase passphrase;
    struct hl_bytes bytes;
    int err = o->passphrase_file ? hl_passphrase_read(o->passphrase_file, &passphrase, why)
                                 : hl_passphrase_ask(_("Passphrase"), &passphrase, why);

    if (err)
        return err;
    bytes = hl_passphrase_bytes(&passphrase);
    err = hl_keyfile_read(text, len, &bytes, out);
    hl_passphrase_wipe(&passphrase);
    if (err)
        snprintf(why, HL_WHY_MAX, "key file: %s",
                 err == -EINVAL ? "its passphrase would cost too much" : hl_err_text(err));
    return err;
}

static int take_identity(const char *text, size_t len, const struct hl_options *o,
                         struct hl_secrets *out, char why[static HL_WHY_MAX])
{
    int err;

    if (hl_keyfile_form(text, len) == HL_KEYFILE_OPEN) {
        err = hl_keyfile_read(text, len, NULL, out);
        if (err)
            snprintf(why, HL_WHY_MAX, "key file: not a key file of this version");
        return err ? HL_ERR_STORAGE : 0;
    }
    for (int i = 1;; i++) {
        err = unlock(text, len, o, out, why);
        if (err != HL_ERR_PASSPHRASE || i == TRIES || o->passphrase_file)
            break;
    }
    return err == -EINVAL || err == -ENOMEM ? HL_ERR_STORAGE : err;
}

/* Opens the key file, which is made if need be. Returns a descriptor or -errno. */
static int open_key(const char *path)
{
    int fd = open(path, O_RDONLY | OPEN_FLAGS);
    int err;

    if (fd >= 0 || errno != ENOENT)
        return fd < 0 ? -errno : fd;
    err = create(path);
    if (err)
        return err;
    fd = open(path, O_RDONLY | OPEN_FLAGS);
    return fd < 0 ? -errno : fd;
}

/* The text of the key file, which is made if need be. Returns 0 or HL_ERR_STORAGE. */
static int read_key(const struct hl_options *o, char text[static HL_KEYFILE_MAX + 1], size_t *len,
                    char why[static HL_WHY_MAX])
{
    char path[HL_HOME_PATH] = "key";
    const char *reason;
    int fd = hl_home_file(o, HL_HOME_DATA, "key", path);

    if (fd == 0)
        fd = open_key(path);
    else if (fd == -ENOENT)
        fd = -EDESTADDRREQ;
    reason = fd == -EDESTADDRREQ ? "nothing says where: set HOME, or give --home DIR"
             : fd < 0            ? hl_err_text(fd)
                                 : read_text(fd, text, len);
    if (fd >= 0)
        close(fd);
    if (reason)
        snprintf(why, HL_WHY_MAX, "key file %.180s: %s", path, reason);
    return reason ? HL_ERR_STORAGE : 0;
}

int hl_identity_load(const struct hl_options *o, struct hl_secrets *out,
                     char why[static HL_WHY_MAX])
{
    char text[HL_KEYFILE_MAX + 1];
    size_t len = 0;
    int err;

    guard_memory();
    err = read_key(o, text, &len, why);
    if (err == 0)
        err = take_identity(text, len, o, out, why);
    hl_crypt_wipe(text, sizeof text);
    return err;
}

int hl_identity_sealed(const struct hl_options *o, bool *sealed, char why[static HL_WHY_MAX])
{
    char text[HL_KEYFILE_MAX + 1];
    size_t len = 0;
    int err;

    guard_memory();
    err = read_key(o, text, &len, why);
    *sealed = err == 0 && hl_keyfile_form(text, len) == HL_KEYFILE_SEALED;
    hl_crypt_wipe(text, sizeof text);
    return err;
}

/* ---- replacing ---- */

/* Temporary files that a crash has left beside the key hold secrets in the open. */
static void sweep(const char *path)
{
    int fd = open_directory(path);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(directory))) {
        int left;

        if (strncmp(entry->d_name, "key.", 4) != 0 || strlen(entry->d_name) != TEMPORARY)
            continue;
        left = openat(fd, entry->d_name, O_WRONLY | O_NOFOLLOW | OPEN_FLAGS);
        if (left >= 0) {
            scrub(left);
            close(left);
        }
        unlinkat(fd, entry->d_name, 0);
    }
    closedir(directory);
}

static int replace_file(const char *path, const char *text, size_t len)
{
    char temporary[HL_HOME_PATH + TEMPORARY];
    int old = open(path, O_WRONLY | O_NOFOLLOW | OPEN_FLAGS);
    int err = write_beside(path, text, len, temporary);

    if (err == 0 && rename(temporary, path)) {
        err = -errno;
        unlink(temporary);
    }
    if (err == 0)
        err = sync_directory(path);
    if (err == 0 && old >= 0)
        scrub(old);
    if (old >= 0)
        close(old);
    return err;
}

int hl_identity_replace(const struct hl_options *o, const struct hl_secrets *id,
                        const struct hl_bytes *passphrase, char why[static HL_WHY_MAX])
{
    const struct hl_env *env = hl_entropy_env();
    uint8_t random[HL_KEYFILE_RANDOM];
    char path[HL_HOME_PATH] = "key";
    char text[HL_KEYFILE_MAX];
    int err = hl_home_file(o, HL_HOME_DATA, "key", path);
    int len;

    if (err == 0) {
        sweep(path);
        env->random(env->user, random, sizeof random);
        len = hl_keyfile_write(text, id, passphrase, random);
        err = len < 0 ? len : replace_file(path, text, (size_t)len);
        hl_crypt_wipe(text, sizeof text);
    }
    if (err)
        snprintf(why, HL_WHY_MAX, "key file %.180s: %s", path, hl_err_text(err));
    return err ? HL_ERR_STORAGE : 0;
}
