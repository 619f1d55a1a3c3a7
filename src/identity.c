/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include "crypt.h"
#include "entropy.h"
#include "home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char head[] = "hullo-key-1 ";

enum {
    HEAD = sizeof head - 1,
    FILE_SIZE = HEAD + 2 * HL_IDENTITY_KEY + 1,
};

static const char digits[] = "0123456789abcdef";

static void to_hex(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}

static bool from_hex(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < 2 * len; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

        if (!digit)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (digit - digits));
    }
    return true;
}

const char *hl_identity_short(const uint8_t key[static HL_IDENTITY_KEY],
                              char out[static HL_IDENTITY_SHORT])
{
    for (size_t i = 0; i < 4; i++) {
        to_hex(key + 2 * i, 2, out + 5 * i);
        out[5 * i + 4] = i < 3 ? ' ' : '\0';
    }
    return out;
}

const char *hl_identity_hex(const uint8_t key[static HL_IDENTITY_KEY],
                            char out[static HL_IDENTITY_HEX])
{
    to_hex(key, HL_IDENTITY_KEY, out);
    out[HL_IDENTITY_HEX - 1] = '\0';
    return out;
}

/* Reads all of an open key file. Returns NULL, or why it is none. */
static const char *read_key(int fd, uint8_t secret[static HL_IDENTITY_KEY])
{
    char text[FILE_SIZE + 1];
    const char *why = NULL;
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
    got = read(fd, text, sizeof text);
    if (got < 0)
        why = strerror(errno);
    else if (got != FILE_SIZE || memcmp(text, head, HEAD) != 0 || text[FILE_SIZE - 1] != '\n' ||
             !from_hex(text + HEAD, secret, HL_IDENTITY_KEY))
        why = "not a key file of this version";
    hl_crypt_wipe(text, sizeof text);
    return why;
}

/* Writes a new key beside path and links it there. Returns 0, -EEXIST if one came first. */
static int create(const char *path)
{
    char temporary[HL_HOME_PATH + 32];
    char text[FILE_SIZE];
    uint8_t secret[HL_IDENTITY_KEY];
    const struct hl_env *env = hl_entropy_env();
    int err = 0;
    int fd;

    snprintf(temporary, sizeof temporary, "%s.%016llx", path,
             (unsigned long long)hl_env_random64(env));
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    env->random(env->user, secret, sizeof secret);
    memcpy(text, head, HEAD);
    to_hex(secret, sizeof secret, text + HEAD);
    text[FILE_SIZE - 1] = '\n';
    errno = ENOSPC; /* what a short write means */
    if (write(fd, text, sizeof text) != (ssize_t)sizeof text || fsync(fd) || link(temporary, path))
        err = -errno;
    hl_crypt_wipe(secret, sizeof secret);
    hl_crypt_wipe(text, sizeof text);
    close(fd);
    unlink(temporary);
    return err;
}

/* The name must outlive a crash as the file does. */
static int sync_directory(const char *path)
{
    char directory[HL_HOME_PATH];
    int err = 0;
    int fd;

    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fsync(fd))
        err = -errno;
    close(fd);
    return err;
}

int hl_identity_load(const struct hl_options *o, uint8_t secret[static HL_IDENTITY_KEY],
                     char why[static HL_WHY_MAX])
{
    char path[HL_HOME_PATH] = "key";
    const char *reason = NULL;
    int fd = -1;
    int err = hl_home_file(o, HL_HOME_DATA, "key", path);

    if (err == 0) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT) {
            err = create(path);
            if (err == 0)
                err = sync_directory(path);
            if (err == -EEXIST)
                err = 0;
            fd = err ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        }
        if (fd < 0 && err == 0)
            err = -errno;
    }
    if (err == -ENOENT)
        reason = "nothing says where: set HOME, or give --home DIR";
    else if (err)
        reason = strerror(-err);
    else
        reason = read_key(fd, secret);
    if (fd >= 0)
        close(fd);
    if (reason)
        snprintf(why, HL_WHY_MAX, "key file %.180s: %s", path, reason);
    return reason ? -1 : 0;
}
